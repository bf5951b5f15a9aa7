/* SPDX-License-Identifier: MIT */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>

struct client;
struct instance;
struct options;

/* Connections that hold no instance; those that hold one count as instances. */
#define CLIENT_MAX_IDLE 64

/* Takes the descriptor, whatever comes of it. */
void client_new(const struct options *o, int fd);
void client_fini(void);

/* May it create and destroy? */
bool client_is_operator(const struct client *client);
struct instance *client_instance(const struct client *client);
void client_hold(struct client *client, struct instance *instance);

/* The connection ends as if the peer had closed it, in a later turn of the loop. */
void client_hang_up(struct client *client);

#endif /* CLIENT_H */
