/* SPDX-License-Identifier: MIT */
#ifndef BRIDGE_NAMES_H
#define BRIDGE_NAMES_H

#include <stdint.h>

struct client;

/* Before the first names_translate() of a submit. */
void names_begin(struct client *c);

/*
 * Puts the device's ids in the place of the client's names of resources, and notes in
 * each resource that the next message names it.  What is named and not made yet is
 * made.  0; 1: the ring has no room for that, and it is called again; or refused.
 */
int names_translate(struct client *c, uint32_t *words, uint32_t nr);

#endif /* BRIDGE_NAMES_H */
