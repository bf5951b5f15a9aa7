/* SPDX-License-Identifier: MIT */
#ifndef BRIDGE_COMMAND_H
#define BRIDGE_COMMAND_H

#include "client.h"

struct command_type {
	const char *name;
	uint32_t version;	/* that it takes at least */
	uint32_t words;		/* that are gathered before the handler runs */
	enum {
		COMMAND_EXACT,	/* no more than these follow */
		COMMAND_MORE,	/* the handler checks the length, and takes what follows */
		COMMAND_BYTES,	/* the length is bytes, all of them gathered */
		COMMAND_BULK,	/* words up to a submit's limit follow, none gathered */
	} length;
	const char *refused;	/* why, where there is no handler */
	int (*handler)(struct client *c, const void *args);
};

/* Takes one command from the input.  1: taken; 0: more input is needed; negative: refused. */
int command_take(struct client *c);

/* the name, for errors */
const char *command_name(const struct client *c);

#endif /* BRIDGE_COMMAND_H */
