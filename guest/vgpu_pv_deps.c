// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: Order between rings
 *
 * Within a ring, order is free. Between rings, a ring is told to wait: before a
 * message that depends on another ring goes a WAIT_RING that names the last
 * message there. It may only name what was made available before, so there can
 * be no cycle, and the CPU never waits. Whatever one ring waits for already is
 * not asked for again. Only fences of other drivers are waited for here, as
 * there is no way to tell the device about those.
 */

#include <linux/dma-fence-unwrap.h>
#include <linux/dma-resv.h>

#include "vgpu_pv_drv.h"

/**
 * vgpu_pv_deps_add_seq() - depend on a message of a ring
 * @deps: what is known so far
 * @queue: the ring
 * @seq: the message's number
 */
void vgpu_pv_deps_add_seq(struct vgpu_pv_deps *deps, struct vgpu_pv_queue *queue, u64 seq)
{
	u32 ring = queue->ring;

	if (deps->rings & BIT_ULL(ring)) {
		deps->seq[ring] = max(deps->seq[ring], seq);
	} else {
		deps->rings |= BIT_ULL(ring);
		deps->seq[ring] = seq;
	}
}

/* One that isn't a container of others. */
static void vgpu_pv_deps_add_one(struct vgpu_pv_deps *deps, struct vgpu_pv_device *vg,
				 struct dma_fence *fence)
{
	if (dma_fence_is_signaled(fence))
		return;

	if (vgpu_pv_fence_is_ours(vg, fence)) {
		struct vgpu_pv_fence *f = container_of(fence, struct vgpu_pv_fence, base);

		vgpu_pv_deps_add_seq(deps, vgpu_pv_ring(vg, f->ring), fence->seqno);
	} else if (!deps->foreign) {
		deps->foreign = dma_fence_get(fence);
	}
}

/**
 * vgpu_pv_deps_add_fence() - depend on a fence from user space
 * @deps: what is known so far
 * @vg: the device
 * @fence: any fence
 *
 * Waits for fences of other drivers; no lock may be held.
 *
 * Returns: 0, or -ERESTARTSYS.
 */
int vgpu_pv_deps_add_fence(struct vgpu_pv_deps *deps, struct vgpu_pv_device *vg,
			   struct dma_fence *fence)
{
	struct dma_fence_unwrap iter;
	struct dma_fence *f;
	int ret;

	dma_fence_unwrap_for_each(f, &iter, fence) {
		vgpu_pv_deps_add_one(deps, vg, f);
		ret = vgpu_pv_deps_wait_foreign(deps, vg);
		if (ret) {
			dma_fence_put(iter.chain);
			return ret;
		}
	}
	return 0;
}

/**
 * vgpu_pv_deps_add_object() - depend on all that a buffer is used for
 * @deps: what is known so far; where .foreign is set afterwards, the caller
 *	  waits for it and adds the object again
 * @obj: the buffer, locked
 */
void vgpu_pv_deps_add_object(struct vgpu_pv_deps *deps, struct vgpu_pv_object *obj)
{
	struct drm_gem_object *gem = &obj->base.base;
	struct vgpu_pv_device *vg = to_vgpu_pv(gem->dev);
	struct dma_resv_iter cursor;
	struct dma_fence *fence;

	dma_resv_for_each_fence(&cursor, gem->resv, dma_resv_usage_rw(true), fence) {
		struct dma_fence_unwrap iter;
		struct dma_fence *f;

		dma_fence_unwrap_for_each(f, &iter, fence)
			vgpu_pv_deps_add_one(deps, vg, f);
	}
}

/**
 * vgpu_pv_deps_wait_foreign() - wait for the fence of somebody else, if there is one
 * @deps: what is known so far
 * @vg: the device
 *
 * No lock may be held.
 *
 * Returns: 0 or -ERESTARTSYS.
 */
int vgpu_pv_deps_wait_foreign(struct vgpu_pv_deps *deps, struct vgpu_pv_device *vg)
{
	struct dma_fence *fence = deps->foreign;
	struct vgpu_pv_wait wait;
	long ret;

	if (!fence)
		return 0;

	deps->foreign = NULL;
	vgpu_pv_wait_begin(vg, &wait, VGPU_PV_WAIT_FENCE, -1);
	ret = dma_fence_wait(fence, true);
	vgpu_pv_wait_end(vg, &wait, ret);
	dma_fence_put(fence);
	return ret < 0 ? ret : 0;
}

static bool vgpu_pv_deps_needs(struct vgpu_pv_queue *queue, u32 ring, u64 seq)
{
	unsigned long flags;
	bool needs;

	if (ring == queue->ring)
		return false;

	spin_lock_irqsave(&queue->lock, flags);
	needs = queue->waited[ring] < seq;
	spin_unlock_irqrestore(&queue->lock, flags);
	return needs;
}

static void vgpu_pv_deps_done(struct vgpu_pv_queue *queue, u32 ring, u64 seq)
{
	unsigned long flags;

	spin_lock_irqsave(&queue->lock, flags);
	queue->waited[ring] = max(queue->waited[ring], seq);
	spin_unlock_irqrestore(&queue->lock, flags);
}

static struct vgpu_pv_msg *vgpu_pv_deps_msg(u32 ring, u64 seq, gfp_t gfp)
{
	struct vgpu_pv_wait_ring *req;
	struct vgpu_pv_msg *msg;

	msg = vgpu_pv_msg_alloc(VGPU_PV_MSG_WAIT_RING, sizeof(*req), 0,
				sizeof(struct vgpu_pv_reply), gfp);
	if (!msg)
		return NULL;

	req = msg->request;
	req->ring = cpu_to_le32(ring);
	req->seq = cpu_to_le64(seq);
	return msg;
}

/**
 * vgpu_pv_deps_queue() - make a ring wait for what its next message depends on
 * @deps: for what
 * @queue: the ring
 * @timeout: as for vgpu_pv_ring_queue(), for each wait
 *
 * Returns: as vgpu_pv_ring_queue(), or -ENOMEM.
 */
int vgpu_pv_deps_queue(struct vgpu_pv_deps *deps, struct vgpu_pv_queue *queue, long timeout)
{
	u64 rings = deps->rings;

	while (rings) {
		u32 ring = __ffs64(rings);
		struct vgpu_pv_msg *msg;
		int ret;

		rings &= rings - 1;
		if (!vgpu_pv_deps_needs(queue, ring, deps->seq[ring]))
			continue;

		msg = vgpu_pv_deps_msg(ring, deps->seq[ring], GFP_KERNEL);
		if (!msg)
			return -ENOMEM;

		ret = vgpu_pv_ring_queue(queue, msg, timeout);
		vgpu_pv_msg_put(msg);
		if (ret)
			return ret;

		vgpu_pv_deps_done(queue, ring, deps->seq[ring]);
	}
	return 0;
}

/**
 * vgpu_pv_deps_post() - vgpu_pv_deps_queue() for those who may not sleep for room, nor fail
 * @deps: what is known so far
 * @queue: the ring that is to wait
 */
void vgpu_pv_deps_post(struct vgpu_pv_deps *deps, struct vgpu_pv_queue *queue)
{
	u64 rings = deps->rings;

	while (rings) {
		u32 ring = __ffs64(rings);

		rings &= rings - 1;
		if (!vgpu_pv_deps_needs(queue, ring, deps->seq[ring]))
			continue;

		vgpu_pv_ring_post(queue, vgpu_pv_deps_msg(ring, deps->seq[ring],
							  GFP_KERNEL | __GFP_NOFAIL));
		vgpu_pv_deps_done(queue, ring, deps->seq[ring]);
	}
}

/**
 * vgpu_pv_deps_fini() - let go of what is held
 * @deps: what is known so far
 */
void vgpu_pv_deps_fini(struct vgpu_pv_deps *deps)
{
	dma_fence_put(deps->foreign);
	deps->foreign = NULL;
}
