/* SPDX-License-Identifier: MIT */
/* What clients' commands become on their rings, and what comes back. */
#ifndef BRIDGE_MESSAGE_H
#define BRIDGE_MESSAGE_H

#include "client.h"

#define MESSAGE_ROOM	1024	/* bytes: more than any message but a submit, and its reply */
#define MESSAGE_MOST	3	/* that a command becomes */

/* Room for them must be there: MESSAGE_MOST messages of MESSAGE_ROOM bytes in all. */
void message_create_context(struct client *c);
void message_destroy_context(struct client *c);
void message_create(struct client *c, struct resource *res,
		    const struct vtest_resource_create *create);
/* takes it from the client; it is freed when the device has done so */
void message_destroy(struct client *c, struct resource *res);
void message_transfer(struct client *c, uint32_t type, struct resource *res,
		      const struct vtest_transfer *transfer, uint64_t offset);

/* A place for size bytes of commands, or NULL; and once they are there: 0, or refused. */
void *message_submit_reserve(struct client *c, uint32_t size);
int message_submit(struct client *c, void *commands, uint32_t size);

/* ring_take()'s */
void message_done(void *client, const struct ring_message *message, uint32_t len);

const char *message_status(uint32_t status);

#endif /* BRIDGE_MESSAGE_H */
