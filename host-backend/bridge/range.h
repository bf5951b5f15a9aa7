/* SPDX-License-Identifier: MIT */
#ifndef BRIDGE_RANGE_H
#define BRIDGE_RANGE_H

#include <stdint.h>

#define RANGE_CLASSES	33	/* powers of two from 1 page on */

struct range_list {
	uint64_t *offsets;
	uint32_t count;
	uint32_t room;
};

/* A space of addresses, handed out in pieces.  All zero but for size: nothing is taken. */
struct range_space {
	uint64_t size;
	uint64_t next;		/* from here on nothing was ever taken */
	struct range_list given_back[RANGE_CLASSES];
};

/* 0 with *offset, or -ENOSPC */
int range_take(struct range_space *space, uint64_t size, uint64_t *offset);
void range_give_back(struct range_space *space, uint64_t size, uint64_t offset);
void range_fini(struct range_space *space);

#endif /* BRIDGE_RANGE_H */
