/* SPDX-License-Identifier: MIT */
#ifndef REQUEST_H
#define REQUEST_H

#include <jansson.h>
#include <stddef.h>

struct client;

/*
 * Answers one packet.  *fd is a descriptor to send along, the caller's to
 * close, or stays -1.  NULL: out of memory.
 */
json_t *request_handle(struct client *client, const char *packet, size_t len, int *fd);

json_t *request_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif /* REQUEST_H */
