/* SPDX-License-Identifier: MIT */
/* A submit ring as its driver sees it: one client's timeline. */
#ifndef BRIDGE_RING_H
#define BRIDGE_RING_H

#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vgpu_pv.h"

#define RING_SLOTS	(VGPU_PV_QUEUE_SIZE / 2)	/* a request and its reply each */
#define RING_ARENA	(4u << 20)			/* bytes of messages in flight */
#define RING_SMALL	256u				/* bytes of a message and its reply that need none of it */
#define RING_BYTES	(3 * 4096 + RING_SLOTS * RING_SMALL + RING_ARENA)	/* of shared memory */

struct resource;

struct ring_message {
	uint32_t type;			/* of the request */
	struct resource *resource;	/* that it is about, or NULL */
	uint32_t reply_room;
	void *reply;			/* in shared memory */
	uint64_t end;			/* position in the arena behind it */
};

/*
 * Messages are counted from 1; number n is complete once `completed` is at least
 * n.  Positions in the arena only grow, their remainder is the place.
 */
struct ring {
	unsigned int index;
	struct vring_desc *desc;	/* the three parts of the queue, in shared memory */
	struct vring_avail *avail;
	struct vring_used *used;
	uint8_t *small;			/* a piece for each slot */
	uint8_t *arena;
	uint64_t gpa;			/* of the shared memory at desc */
	int kick_fd;
	int call_fd;
	bool started;
	uint16_t kicked;		/* available index at the last look whether to kick */
	uint64_t head;			/* position of the next message's first byte */
	uint64_t tail;			/* of the oldest in flight */
	uint64_t posted;
	uint64_t completed;
	uint64_t reserved;		/* bytes that ring_reserve() gave for what is not posted */
	struct ring_message messages[RING_SLOTS];
};

/* memory has RING_BYTES zeroed bytes.  0, or -errno */
int ring_init(struct ring *ring, unsigned int index, void *memory, uint64_t gpa);
void ring_fini(struct ring *ring);

/* Room for so many messages is there, one of them with so many bytes of the arena, reply included. */
bool ring_has_room(const struct ring *ring, unsigned int messages, size_t bytes);

/*
 * Sends a copy of a request that with its reply is small; there is room.  What
 * ring_reserve() gave stays reserved.
 */
void ring_post_small(struct ring *ring, const void *request, size_t len, size_t reply_room,
		     struct resource *resource);

/*
 * A place for a request of len bytes and its reply; NULL: there is no room now.
 * What is written there goes out with ring_post(), which comes before the next
 * ring_reserve().
 */
void *ring_reserve(struct ring *ring, size_t len, size_t reply_room);
void ring_post(struct ring *ring, void *request, size_t len, size_t reply_room,
	       struct resource *resource);

/* Tells the device, if it wants to be told. */
int ring_kick(struct ring *ring);

/*
 * Takes what is complete, oldest first: done() gets each with the bytes that were
 * written.  -EPROTO: the device used what is not the oldest.
 */
int ring_take(struct ring *ring, void (*done)(void *arg, const struct ring_message *message,
					      uint32_t len), void *arg);

/* Asks for a call once message number n is complete; true: it is already. */
bool ring_arm(struct ring *ring, uint64_t n);

static inline bool ring_idle(const struct ring *ring)
{
	return ring->posted == ring->completed;
}

#endif /* BRIDGE_RING_H */
