/* SPDX-License-Identifier: MIT */
#ifndef WORKER_QUEUE_H
#define WORKER_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "log.h"
#include "ring.h"
#include "vgpu_pv.h"
#include "vgpu_pv_stats.h"

/* A message that was run, waiting for its fence and for those before it. */
struct completion {
	uint16_t head;
	bool fenced;			/* completes when fence has passed */
	uint32_t fence;
	uint32_t reply_len;
	unsigned int nr_segments;	/* where the reply goes, in guest memory */
	struct ring_segment segment;	/* where there is one */
	struct ring_segment *segments;	/* where there are more, else NULL */
	struct vgpu_pv_reply short_reply;
	uint8_t *long_reply;		/* in place of short_reply, where it is longer, else NULL */
};

/* One submit ring.  All of it is under the worker's lock. */
struct queue {
	unsigned int index;		/* the ring's number: virtqueue less VGPU_PV_QUEUE_RING0 */
	bool known;			/* QEMU named it: the device has such a ring */
	struct ring ring;
	uint64_t desc_uva;
	uint64_t avail_uva;
	uint64_t used_uva;
	bool addressed;			/* SET_VRING_ADDR came */
	int kick_fd;
	int call_fd;
	int err_fd;
	bool started;			/* between the kick fd and GET_VRING_BASE */
	bool enabled;
	bool broken;			/* until the next SET_VRING_BASE or reset */
	uint32_t generation;		/* changes when what was taken is dropped */

	uint64_t executed;		/* messages run since the device's reset */
	bool parked;			/* the completion in parking waits for another ring */
	struct completion parking;
	uint32_t wait_ring;
	uint64_t wait_seq;

	unsigned int first;		/* of the completions, a circular buffer */
	unsigned int count;
	struct completion completions[RING_MAX_SIZE];
};

void queue_init(struct queue *q, unsigned int index);
void queue_close(struct queue *q);

/* may messages be taken and returned? */
static inline bool queue_running(const struct queue *q)
{
	return q->started && q->enabled && !q->broken;
}

/* Finds the ring in mem again; a ring that is not in it is broken. */
void queue_translate(struct queue *q, const struct guest_memory *mem);

/* Drops all that was taken and goes on at idx. */
void queue_restart(struct queue *q, uint16_t idx);

void queue_break(struct queue *q, const char *why);

/*
 * Prepares done for a chain: remembers where reply_len bytes of reply go, which
 * the chain has room for.  0 or -ENOMEM.
 */
int completion_init(struct completion *done, const struct ring_chain *chain, uint32_t reply_len);
void completion_free(struct completion *done);

/* where the reply is put together: reply_len bytes, zero at first */
void *completion_reply(struct completion *done);

/* takes done over; there is always room: a ring has no more messages than that */
void queue_done(struct queue *q, const struct completion *done);

/* Returns to the guest what has completed, in order, and calls it at most once. */
void queue_complete(struct queue *q, const struct guest_memory *mem, uint32_t fence_done,
		    struct vgpu_pv_stats *stats);

static inline bool fence_passed(uint32_t fence, uint32_t fence_done)
{
	return (int32_t)(fence_done - fence) >= 0;
}

#endif /* WORKER_QUEUE_H */
