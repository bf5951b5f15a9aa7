// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: Fences
 *
 * A fence stands for one message on one ring, and each ring is one timeline.
 * Fences can stay in files and reservation objects longer than the device, so
 * they point at nothing of it, and each holds the module: its operations are
 * here. The module is let go after a grace period, when the last of this
 * file's code has returned.
 */

#include <linux/module.h>
#include <linux/slab.h>

#include <drm/drm_file.h>

#include "vgpu_pv_drv.h"

static struct vgpu_pv_fence *to_vgpu_pv_fence(struct dma_fence *fence)
{
	return container_of(fence, struct vgpu_pv_fence, base);
}

static const char *vgpu_pv_fence_driver_name(struct dma_fence *fence)
{
	return "vgpu_pv";
}

static const char *vgpu_pv_fence_timeline_name(struct dma_fence *fence)
{
	return "ring";
}

static void vgpu_pv_fence_free(struct rcu_head *rcu)
{
	struct dma_fence *fence = container_of(rcu, struct dma_fence, rcu);

	kfree(to_vgpu_pv_fence(fence));
	module_put(THIS_MODULE);
}

static void vgpu_pv_fence_release(struct dma_fence *fence)
{
	call_rcu(&fence->rcu, vgpu_pv_fence_free);
}

static const struct dma_fence_ops vgpu_pv_fence_ops = {
	.get_driver_name = vgpu_pv_fence_driver_name,
	.get_timeline_name = vgpu_pv_fence_timeline_name,
	.release = vgpu_pv_fence_release,
};

/**
 * vgpu_pv_fence_alloc() - make a fence
 * @queue: the ring of the message that it is for
 *
 * Its number is set when the message is queued; it must not be shown to anyone
 * before that.
 *
 * Returns: the fence, or NULL.
 */
struct vgpu_pv_fence *vgpu_pv_fence_alloc(struct vgpu_pv_queue *queue)
{
	struct vgpu_pv_fence *fence;

	fence = kzalloc(sizeof(*fence), GFP_KERNEL);
	if (!fence)
		return NULL;

	__module_get(THIS_MODULE);
	spin_lock_init(&fence->lock);
	fence->incarnation = queue->vg->incarnation;
	fence->ring = queue->ring;
	dma_fence_init(&fence->base, &vgpu_pv_fence_ops, &fence->lock, queue->fence_context, 0);
	return fence;
}

/**
 * vgpu_pv_fence_signal() - signal, and send the event
 * @fence: the fence
 * @error: 0 or a negative errno
 *
 * In the interrupt, or after the reset of the device.
 */
void vgpu_pv_fence_signal(struct vgpu_pv_fence *fence, int error)
{
	if (fence->event) {
		drm_send_event(fence->drm, fence->event);
		fence->event = NULL;
	}
	if (error)
		dma_fence_set_error(&fence->base, error);
	dma_fence_signal(&fence->base);
}

/**
 * vgpu_pv_fence_is_ours() - whether a fence is of this device since its last reset
 * @vg: the device
 * @fence: the fence
 *
 * Returns: true where a ring can wait for it.
 */
bool vgpu_pv_fence_is_ours(struct vgpu_pv_device *vg, struct dma_fence *fence)
{
	return fence->ops == &vgpu_pv_fence_ops &&
	       to_vgpu_pv_fence(fence)->incarnation == vg->incarnation;
}
