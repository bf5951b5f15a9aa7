/* SPDX-License-Identifier: MIT */
#ifndef BRIDGE_SERVE_H
#define BRIDGE_SERVE_H

struct options;

#define SERVE_MAX_CLIENTS	64	/* at once; a GPU that they share has a ring for each */

/* A socket for programs at path; its descriptor, or negative with an error line. */
int serve_listen(const char *path);

/* Serves programs until the process ends.  Returns where it cannot, with an error line. */
int serve_run(const struct options *opt, int listener);

#endif /* BRIDGE_SERVE_H */
