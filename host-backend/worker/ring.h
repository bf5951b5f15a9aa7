/* SPDX-License-Identifier: MIT */
#ifndef WORKER_RING_H
#define WORKER_RING_H

#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guest_memory.h"
#include "vgpu_pv.h"

#define RING_MAX_SIZE	VGPU_PV_QUEUE_SIZE
#define RING_MAX_CHAIN	VGPU_PV_QUEUE_SIZE

struct ring_segment {
	uint64_t gpa;
	uint32_t len;
};

/* One descriptor chain, copied out of guest memory. */
struct ring_chain {
	uint16_t head;
	unsigned int nr_readable;
	unsigned int nr_writable;
	uint64_t readable_len;
	uint64_t writable_len;
	struct ring_segment readable[RING_MAX_CHAIN];
	struct ring_segment writable[RING_MAX_CHAIN];
};

struct ring {
	unsigned int num;	/* entries, a power of two, at most RING_MAX_SIZE */
	bool event_idx;
	const struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	uint16_t avail_idx;	/* the next that ring_pop() takes */
	uint16_t used_idx;	/* as the guest sees it after ring_publish() */
	uint16_t called_idx;	/* used_idx at the last call */
	bool called_valid;
};

static inline bool ring_num_valid(uint32_t num)
{
	return num && num <= RING_MAX_SIZE && !(num & (num - 1));
}

static inline size_t ring_desc_bytes(unsigned int num)
{
	return num * sizeof(struct vring_desc);
}

static inline size_t ring_avail_bytes(unsigned int num)
{
	return sizeof(struct vring_avail) + num * sizeof(__virtio16) + sizeof(__virtio16);
}

static inline size_t ring_used_bytes(unsigned int num)
{
	return sizeof(struct vring_used) + num * sizeof(struct vring_used_elem) +
	       sizeof(__virtio16);
}

/* Starts over at idx: the next descriptor taken and the next one used. */
void ring_reset(struct ring *ring, uint16_t idx);

/* 1: chain holds one; 0: none is available; negative: the ring is broken, and why says how. */
int ring_pop(struct ring *ring, const struct guest_memory *mem, struct ring_chain *chain,
	     const char **why);

/* Like ring_pop() without taking: 1, 0, or negative on a wild index. */
int ring_available(const struct ring *ring);

void ring_push(struct ring *ring, uint16_t head, uint32_t len);

/* Lets the guest see what was pushed; true: it wants to be called. */
bool ring_publish(struct ring *ring);

void ring_disable_kicks(struct ring *ring);

/* true: something became available meanwhile */
bool ring_enable_kicks(struct ring *ring);

#endif /* WORKER_RING_H */
