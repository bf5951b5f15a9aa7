/* SPDX-License-Identifier: MIT */
/* What clients' commands become on their rings, and what comes back. */
#ifndef BRIDGE_MESSAGE_H
#define BRIDGE_MESSAGE_H

#include "client.h"

#define MESSAGE_MOST	4	/* that a command becomes, but for what a submit names */
#define MESSAGE_DEFERRED	2	/* to make a resource */

/* Room for them must be there. */
void message_create_context(struct client *c);
void message_destroy_context(struct client *c);
void message_create(struct client *c, struct resource *res,
		    const struct vtest_resource_create *create);
/* The same once a message names it: many a resource is given back before. */
void message_defer(struct client *c, struct resource *res,
		   const struct vtest_resource_create *create);
/* which is about to be: 0, or refused */
int message_make(struct client *c, struct resource *res);
/* takes it from the client; it is freed when the device has done so */
void message_destroy(struct client *c, struct resource *res);
int message_transfer(struct client *c, uint32_t type, struct resource *res,
		      const struct vtest_transfer *transfer, uint64_t offset);

#define MESSAGE_SUBMIT	128	/* bytes beside those of commands */

/*
 * A place for size bytes of commands, or NULL; and once they are there: 0; 1: to be
 * called again when the ring has room; or refused.
 */
void *message_submit_reserve(struct client *c, uint32_t size);
int message_submit(struct client *c, void *commands, uint32_t size);

/* ring_take()'s */
void message_done(void *client, const struct ring_message *message, uint32_t len);

const char *message_status(uint32_t status);

#endif /* BRIDGE_MESSAGE_H */
