/* SPDX-License-Identifier: MIT */
#ifndef BRIDGE_NAMES_H
#define BRIDGE_NAMES_H

#include <stdint.h>

struct client;

/*
 * Puts the device's ids in the place of the client's names of resources, and notes
 * in each resource that the next message names it.  0, or refused.
 */
int names_translate(struct client *c, uint32_t *words, uint32_t nr);

#endif /* BRIDGE_NAMES_H */
