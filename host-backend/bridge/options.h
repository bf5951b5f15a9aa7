/* SPDX-License-Identifier: MIT */
#ifndef BRIDGE_OPTIONS_H
#define BRIDGE_OPTIONS_H

#include <stdbool.h>

struct options {
	const char *socket;	/* that programs connect to */
	const char *broker;	/* the broker's */
	const char *instance;	/* NULL: one of its own for each GPU */
	bool share;		/* all clients on one GPU */
	bool verbose;
	char **program;		/* run: NULL-terminated; else NULL */
};

/* 0; 1: --help or --version is answered; negative, with an error line */
int options_parse(struct options *opt, int argc, char **argv);

#endif /* BRIDGE_OPTIONS_H */
