/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rings: messages, the virtqueues that they go through, and the fences that tell of
 * their end.
 */
#ifndef VGPU_PV_RINGS_H
#define VGPU_PV_RINGS_H

#include <linux/dma-fence.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "vgpu_pv.h"

struct drm_device;
struct drm_pending_event;
struct scatterlist;
struct virtqueue;
struct vgpu_pv_context;
struct vgpu_pv_device;
struct vgpu_pv_object;

/**
 * struct vgpu_pv_fence - the completion of one message on one ring
 * @base: its seqno is the message's number on the ring
 * @lock: the fence's own, because a fence may outlive the device
 * @incarnation: &vgpu_pv_device.incarnation when it was made
 * @ring: the ring's number
 * @event: what user space polls for, or NULL
 * @drm: where @event goes
 */
struct vgpu_pv_fence {
	struct dma_fence base;
	spinlock_t lock;	/* of the fence; it may outlive the device */
	u64 incarnation;
	u32 ring;
	struct drm_pending_event *event;
	struct drm_device *drm;
};

/**
 * struct vgpu_pv_msg - one message, from its making until the device used it
 * @node: in &vgpu_pv_queue.deferred, or in the list of what an interrupt found
 * @refs: one of the queue, one of a waiter
 * @type: enum vgpu_pv_msg_type
 * @request: the fixed part that the device reads
 * @request_size: bytes of @request
 * @payload: the variable part, or NULL
 * @payload_size: bytes of @payload
 * @payload_sg: one entry a page of @payload
 * @payload_nents: entries of @payload_sg
 * @reply: what the device writes
 * @reply_size: bytes of @reply
 * @used_len: what the device says it wrote
 * @result: 0 or a negative errno, once @done
 * @done: the device is done with the message
 * @seq: its number on the ring, once queued
 * @fence: signals with the message, or NULL; a reference
 * @ctx: the context it belongs to, or NULL; a reference
 * @object: the object it names, or NULL; a hold
 * @cost: what a creation may cost in device memory, in bytes
 * @complete: called in the interrupt, before the fence signals
 * @data: @request and @reply
 */
struct vgpu_pv_msg {
	struct list_head node;
	refcount_t refs;
	u32 type;
	void *request;
	size_t request_size;
	void *payload;
	size_t payload_size;
	struct scatterlist *payload_sg;
	unsigned int payload_nents;
	void *reply;
	size_t reply_size;
	unsigned int used_len;
	int result;
	bool done;
	u64 seq;
	struct vgpu_pv_fence *fence;
	struct vgpu_pv_context *ctx;
	struct vgpu_pv_object *object;
	u64 cost;
	void (*complete)(struct vgpu_pv_device *vg, struct vgpu_pv_msg *msg);
	u8 data[] __aligned(8);
};

/**
 * struct vgpu_pv_queue - one virtqueue
 * @vg: the device
 * @vq: NULL while the device has no queues
 * @index: the virtqueue's number
 * @ring: the ring's number on the wire, where it is a ring
 * @lock: protects @vq, @seq, @used, @waited, @deferred and @dead
 * @wait: for room in the queue and for messages
 * @seq: messages made available since the device's reset
 * @used: messages used since then
 * @waited: the highest seq of each other ring that this ring waits for already
 * @deferred: messages of those who may not wait for room, in order
 * @dead: the device is gone: nothing is queued any more
 * @fence_context: the timeline
 * @contexts: live contexts bound to the ring; &vgpu_pv_device.lock
 */
struct vgpu_pv_queue {
	struct vgpu_pv_device *vg;
	struct virtqueue *vq;
	unsigned int index;
	u32 ring;
	spinlock_t lock;	/* see above */
	wait_queue_head_t wait;
	u64 seq;
	u64 used;
	u64 *waited;
	struct list_head deferred;
	bool dead;
	u64 fence_context;
	unsigned int contexts;
};

/**
 * struct vgpu_pv_deps - what must have been executed before a message is
 * @rings: bit per ring that @seq names
 * @seq: messages of each ring
 * @foreign: a fence of somebody else to wait for, or NULL; a reference
 */
struct vgpu_pv_deps {
	u64 rings;
	u64 seq[VGPU_PV_MAX_RINGS];
	struct dma_fence *foreign;
};

/* vgpu_pv_msg.c */
struct vgpu_pv_msg *vgpu_pv_msg_alloc(u32 type, size_t request_size, size_t payload_size,
				      size_t reply_size, gfp_t gfp);
void vgpu_pv_msg_put(struct vgpu_pv_msg *msg);
unsigned int vgpu_pv_msg_sgs(struct vgpu_pv_msg *msg, struct scatterlist head[2],
			     struct scatterlist *sgs[3], unsigned int *out);
void vgpu_pv_msg_finish(struct vgpu_pv_queue *queue, struct vgpu_pv_msg *msg, int broken);

/* vgpu_pv_ring.c */
void vgpu_pv_ring_init(struct vgpu_pv_device *vg, struct vgpu_pv_queue *queue, unsigned int index);
void vgpu_pv_ring_start(struct vgpu_pv_queue *queue, struct virtqueue *vq);
void vgpu_pv_ring_kill(struct vgpu_pv_queue *queue);
void vgpu_pv_ring_drain(struct vgpu_pv_queue *queue);
void vgpu_pv_ring_wake(struct vgpu_pv_queue *queue);
void vgpu_pv_ring_callback(struct virtqueue *vq);
long vgpu_pv_ring_wait_room(struct vgpu_pv_queue *queue, unsigned int needed, long timeout);
int vgpu_pv_ring_queue(struct vgpu_pv_queue *queue, struct vgpu_pv_msg *msg, long timeout);
void vgpu_pv_ring_post(struct vgpu_pv_queue *queue, struct vgpu_pv_msg *msg);
int vgpu_pv_ring_wait(struct vgpu_pv_queue *queue, struct vgpu_pv_msg *msg,
		      unsigned int timeout_ms);
int vgpu_pv_ring_call(struct vgpu_pv_queue *queue, struct vgpu_pv_msg *msg,
		      unsigned int timeout_ms);

/* vgpu_pv_fence.c */
struct vgpu_pv_fence *vgpu_pv_fence_alloc(struct vgpu_pv_queue *queue);
void vgpu_pv_fence_signal(struct vgpu_pv_fence *fence, int error);
bool vgpu_pv_fence_is_ours(struct vgpu_pv_device *vg, struct dma_fence *fence);

/* vgpu_pv_deps.c */
void vgpu_pv_deps_add_seq(struct vgpu_pv_deps *deps, struct vgpu_pv_queue *queue, u64 seq);
int vgpu_pv_deps_add_fence(struct vgpu_pv_deps *deps, struct vgpu_pv_device *vg,
			   struct dma_fence *fence);
void vgpu_pv_deps_add_object(struct vgpu_pv_deps *deps, struct vgpu_pv_object *obj);
int vgpu_pv_deps_wait_foreign(struct vgpu_pv_deps *deps, struct vgpu_pv_device *vg);
int vgpu_pv_deps_queue(struct vgpu_pv_deps *deps, struct vgpu_pv_queue *queue, long timeout);
void vgpu_pv_deps_post(struct vgpu_pv_deps *deps, struct vgpu_pv_queue *queue);
void vgpu_pv_deps_fini(struct vgpu_pv_deps *deps);

#endif /* VGPU_PV_RINGS_H */
