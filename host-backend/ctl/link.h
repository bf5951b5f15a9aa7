/* SPDX-License-Identifier: MIT */
#ifndef CTL_LINK_H
#define CTL_LINK_H

#include <jansson.h>

/* Connects to the broker.  A descriptor, or -1 with the reason on stderr. */
int link_connect(const char *path);

/*
 * One request, which is given up, and its answer: an object whose "ok" is a
 * boolean.  NULL with the reason on stderr if the broker gives none.  A descriptor
 * that came with it is stored at fd, and otherwise *fd stays; fd may be NULL.
 */
json_t *link_ask(int sock, json_t *request, int *fd);

#endif /* CTL_LINK_H */
