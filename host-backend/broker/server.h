/* SPDX-License-Identifier: MIT */
#ifndef SERVER_H
#define SERVER_H

struct options;

/* Serves o->socket, in the place of a dead broker's socket but not of a living one's. */
int server_init(const struct options *o);

/* Stops listening, and takes the socket away if it is still ours. */
void server_fini(void);

#endif /* SERVER_H */
