/* SPDX-License-Identifier: MIT */
#ifndef WORKER_OPTIONS_H
#define WORKER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "vgpu_pv_link.h"

struct options {
	const char *socket_path;	/* or NULL: socket_fd is given */
	int socket_fd;			/* connected; -1 without --socket-fd */
	int stats_fd;			/* -1 without --stats-fd */
	char name[VGPU_PV_MAX_NAME + 1];
	uint64_t memory;		/* quota, bytes */
	const char *gpu;		/* "auto", "surfaceless", an index or a device node */
	const char *user;		/* whom the jail runs as, where started by root */
	bool check;			/* of gpu alone, then the end */
	bool jail;
	bool verbose;
};

/* 0: go on; 1: done (--help and its like); negative: wrong, and said so on stderr */
int options_parse(struct options *opt, int argc, char **argv);

#endif /* WORKER_OPTIONS_H */
