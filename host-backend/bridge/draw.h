/* SPDX-License-Identifier: MIT */
/* The commands that draw: resources, transfers, submits and waits for them. */
#ifndef BRIDGE_DRAW_H
#define BRIDGE_DRAW_H

#include <stdint.h>

/* of buffers that GL has no part in: Mesa's fences and queries */
#define DRAW_BIND_CUSTOM	(1u << 17)

struct client;
struct vtest_resource_create;

/* bytes that the device will count for it, at most */
uint64_t draw_cost(const struct vtest_resource_create *create);

int draw_create(struct client *c, const void *args);
int draw_create2(struct client *c, const void *args);
int draw_unref(struct client *c, const void *args);
int draw_get(struct client *c, const void *args);
int draw_put(struct client *c, const void *args);
int draw_get2(struct client *c, const void *args);
int draw_put2(struct client *c, const void *args);
int draw_submit(struct client *c, const void *args);
int draw_busy_wait(struct client *c, const void *args);

#endif /* BRIDGE_DRAW_H */
