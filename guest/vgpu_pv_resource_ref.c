// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: References to resources
 *
 * A context may name a resource while its file has a handle of it. A destruction
 * is sent on the ring of the last use, behind a wait for all others, and the
 * buffer's memory stays until it is used and all fences have signalled: having
 * been executed, as WAIT_RING promises, is not yet having left the memory alone.
 */

#include <linux/dma-resv.h>

#include <drm/drm_gem.h>

#include "vgpu_pv_drv.h"

static struct vgpu_pv_msg *vgpu_pv_resource_ref(u32 type, u32 ctx_id, u32 id, gfp_t gfp)
{
	struct vgpu_pv_resource_ref *req;
	struct vgpu_pv_msg *msg;

	msg = vgpu_pv_msg_alloc(type, sizeof(*req), 0, sizeof(struct vgpu_pv_reply), gfp);
	if (!msg)
		return NULL;
	req = msg->request;
	req->hdr.ctx_id = cpu_to_le32(ctx_id);
	req->resource = cpu_to_le32(id);
	return msg;
}

/**
 * vgpu_pv_resource_attach() - let a file's context use a resource
 * @obj: the buffer
 * @ctx: the context
 *
 * The file has a handle now.
 *
 * Returns: 0 or a negative errno; also 0 where the context or the renderer is lost.
 */
int vgpu_pv_resource_attach(struct vgpu_pv_object *obj, struct vgpu_pv_context *ctx)
{
	struct vgpu_pv_deps deps = { };
	struct vgpu_pv_msg *msg;
	int ret;

	if (!obj->id)
		return 0;
	ret = vgpu_pv_context_ensure(ctx);
	/* What can't render any more can still be looked at. */
	if (ret == -EIO)
		return 0;
	if (ret)
		return ret;

	msg = vgpu_pv_resource_ref(VGPU_PV_MSG_CTX_ATTACH, ctx->id, obj->id, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;

	vgpu_pv_deps_add_seq(&deps, obj->create_queue, obj->create_seq);
	ret = vgpu_pv_deps_queue(&deps, ctx->queue, VGPU_PV_ROOM_TIMEOUT);
	if (!ret)
		ret = vgpu_pv_ring_queue(ctx->queue, msg, VGPU_PV_ROOM_TIMEOUT);
	vgpu_pv_msg_put(msg);
	return ret == -EIO ? 0 : ret;
}

/**
 * vgpu_pv_resource_detach() - the file's handle is gone
 * @obj: the buffer
 * @ctx: the context
 *
 * Never sleeps for the device.
 */
void vgpu_pv_resource_detach(struct vgpu_pv_object *obj, struct vgpu_pv_context *ctx)
{
	if (!obj->id || !READ_ONCE(ctx->created) || READ_ONCE(ctx->vg->lost))
		return;

	vgpu_pv_ring_post(ctx->queue, vgpu_pv_resource_ref(VGPU_PV_MSG_CTX_DETACH, ctx->id,
							   obj->id, GFP_KERNEL | __GFP_NOFAIL));
}

static void vgpu_pv_resource_destroyed(struct vgpu_pv_device *vg, struct vgpu_pv_msg *msg)
{
	ida_free(&vg->resource_ids, msg->object->id);
	atomic_dec(&vg->resources);
}

static void vgpu_pv_resource_idle(struct dma_fence *fence, struct dma_fence_cb *cb)
{
	vgpu_pv_object_release(container_of(cb, struct vgpu_pv_object, idle_cb));
}

/* Keep the memory until every fence of the buffer has signalled. */
static void vgpu_pv_resource_hold_until_idle(struct vgpu_pv_object *obj)
{
	struct dma_resv *resv = obj->base.base.resv;

	if (dma_resv_get_singleton(resv, DMA_RESV_USAGE_BOOKKEEP, &obj->idle)) {
		/* No memory for a container: the rare case may wait. */
		obj->idle = NULL;
		dma_resv_wait_timeout(resv, DMA_RESV_USAGE_BOOKKEEP, false,
				      msecs_to_jiffies(VGPU_PV_GPU_TIMEOUT_MS));
		return;
	}
	if (!obj->idle)
		return;

	vgpu_pv_object_hold(obj);
	if (dma_fence_add_callback(obj->idle, &obj->idle_cb, vgpu_pv_resource_idle))
		vgpu_pv_object_release(obj);
}

/**
 * vgpu_pv_resource_destroy() - nobody can name the buffer any more
 * @obj: the buffer
 *
 * Its memory has a hold until the device is done with it.
 */
void vgpu_pv_resource_destroy(struct vgpu_pv_object *obj)
{
	struct vgpu_pv_queue *queue = obj->queue;
	struct vgpu_pv_deps deps = { };
	struct vgpu_pv_msg *msg;

	dma_resv_lock(obj->base.base.resv, NULL);
	vgpu_pv_deps_add_object(&deps, obj);
	vgpu_pv_resource_hold_until_idle(obj);
	dma_resv_unlock(obj->base.base.resv);

	vgpu_pv_deps_add_seq(&deps, obj->create_queue, obj->create_seq);
	vgpu_pv_deps_post(&deps, queue);
	vgpu_pv_deps_fini(&deps);

	msg = vgpu_pv_resource_ref(VGPU_PV_MSG_RESOURCE_DESTROY, 0, obj->id,
				   GFP_KERNEL | __GFP_NOFAIL);
	vgpu_pv_object_hold(obj);
	msg->object = obj;
	msg->complete = vgpu_pv_resource_destroyed;
	vgpu_pv_ring_post(queue, msg);
}
