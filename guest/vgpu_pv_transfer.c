// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: Transfers
 *
 * Between a resource and the buffer behind it. A transfer goes on the ring of
 * the caller's context, after everything that the buffer was used for, and its
 * fence is a writer's: who looks at the buffer next waits for it. Pictures for
 * the display are fetched the same way when they are put on a plane, on the
 * ring that drew them last.
 */

#include <linux/dma-resv.h>
#include <linux/jiffies.h>

#include <drm/drm_framebuffer.h>
#include <drm/drm_gem.h>
#include <drm/drm_rect.h>

#include "vgpu_pv_drv.h"

static struct vgpu_pv_msg *vgpu_pv_transfer_msg(struct vgpu_pv_object *obj, u32 type)
{
	struct vgpu_pv_transfer *req;
	struct vgpu_pv_msg *msg;

	msg = vgpu_pv_msg_alloc(type, sizeof(*req), 0, sizeof(struct vgpu_pv_reply), GFP_KERNEL);
	if (!msg)
		return NULL;
	req = msg->request;
	req->resource = cpu_to_le32(obj->id);
	vgpu_pv_object_hold(obj);
	msg->object = obj;
	return msg;
}

/*
 * Queue a transfer whose request is complete, on the given ring or else on that
 * of the last use. On success the message has its fence.
 */
static int vgpu_pv_transfer_queue(struct vgpu_pv_object *obj, struct vgpu_pv_queue *queue,
				  struct vgpu_pv_msg *msg, struct vgpu_pv_deps *deps, long timeout)
{
	struct dma_resv *resv = obj->base.base.resv;
	int ret;

	for (;;) {
		ret = dma_resv_lock_interruptible(resv, NULL);
		if (ret)
			return ret;
		vgpu_pv_deps_add_object(deps, obj);
		if (!deps->foreign)
			break;
		dma_resv_unlock(resv);
		ret = vgpu_pv_deps_wait_foreign(deps, to_vgpu_pv(obj->base.base.dev));
		if (ret)
			return ret;
	}

	queue = queue ?: obj->queue;
	msg->fence = vgpu_pv_fence_alloc(queue);
	if (!msg->fence) {
		ret = -ENOMEM;
		goto out_unlock;
	}

	ret = dma_resv_reserve_fences(resv, 1);
	if (ret)
		goto out_unlock;
	ret = vgpu_pv_deps_queue(deps, queue, timeout);
	if (ret)
		goto out_unlock;
	ret = vgpu_pv_ring_queue(queue, msg, timeout);
	if (ret)
		goto out_unlock;

	dma_resv_add_fence(resv, &msg->fence->base, DMA_RESV_USAGE_WRITE);
	obj->queue = queue;

out_unlock:
	dma_resv_unlock(resv);
	return ret;
}

/* TO_HOST and FROM_HOST have structures of their own, with the same fields. */
static int vgpu_pv_transfer(struct drm_file *file, u32 type,
			    const struct drm_virtgpu_3d_transfer_to_host *args)
{
	struct vgpu_pv_context *ctx = file->driver_priv;
	struct vgpu_pv_deps deps = { };
	struct vgpu_pv_transfer *req;
	struct drm_gem_object *gem;
	struct vgpu_pv_object *obj;
	struct vgpu_pv_msg *msg;
	int ret;

	ret = vgpu_pv_context_ensure(ctx);
	if (ret)
		return ret;

	gem = drm_gem_object_lookup(file, args->bo_handle);
	if (!gem)
		return -ENOENT;
	obj = to_vgpu_pv_object(gem);

	ret = READ_ONCE(obj->error);
	if (ret)
		goto out_put_gem;

	/* A resource with a format knows its own strides, except in others' pages. */
	if (!obj->id || obj->blob || (!obj->import && (args->stride || args->layer_stride)) ||
	    args->offset >= gem->size || !args->box.w || !args->box.h || !args->box.d) {
		ret = -EINVAL;
		goto out_put_gem;
	}

	msg = vgpu_pv_transfer_msg(obj, type);
	if (!msg) {
		ret = -ENOMEM;
		goto out_put_gem;
	}
	req = msg->request;
	req->hdr.ctx_id = cpu_to_le32(ctx->id);
	msg->ctx = vgpu_pv_context_get(ctx);
	req->level = cpu_to_le32(args->level);
	req->x = cpu_to_le32(args->box.x);
	req->y = cpu_to_le32(args->box.y);
	req->z = cpu_to_le32(args->box.z);
	req->width = cpu_to_le32(args->box.w);
	req->height = cpu_to_le32(args->box.h);
	req->depth = cpu_to_le32(args->box.d);
	req->stride = cpu_to_le32(args->stride);
	req->layer_stride = cpu_to_le32(args->layer_stride);
	req->offset = cpu_to_le64(args->offset);

	ret = vgpu_pv_transfer_queue(obj, ctx->queue, msg, &deps, VGPU_PV_ROOM_TIMEOUT);
	vgpu_pv_deps_fini(&deps);
	vgpu_pv_msg_put(msg);

out_put_gem:
	drm_gem_object_put(gem);
	return ret;
}

int vgpu_pv_transfer_to_host_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	return vgpu_pv_transfer(file, VGPU_PV_MSG_TRANSFER_TO_HOST, data);
}

static_assert(sizeof(struct drm_virtgpu_3d_transfer_to_host) ==
	      sizeof(struct drm_virtgpu_3d_transfer_from_host));
static_assert(offsetof(struct drm_virtgpu_3d_transfer_to_host, layer_stride) ==
	      offsetof(struct drm_virtgpu_3d_transfer_from_host, layer_stride));

int vgpu_pv_transfer_from_host_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	return vgpu_pv_transfer(file, VGPU_PV_MSG_TRANSFER_FROM_HOST, data);
}

/**
 * vgpu_pv_transfer_scanout() - fetch what was drawn, for the display
 * @fb: a framebuffer on a resource with a format, in the aperture
 * @rect: what of it
 * @after: what user space said to wait for, or NULL
 *
 * Returns: the fence, or an ERR_PTR().
 */
struct dma_fence *vgpu_pv_transfer_scanout(struct drm_framebuffer *fb,
					   const struct drm_rect *rect,
					   struct dma_fence *after)
{
	struct vgpu_pv_object *obj = to_vgpu_pv_object(fb->obj[0]);
	struct vgpu_pv_device *vg = to_vgpu_pv(fb->dev);
	struct vgpu_pv_deps deps = { };
	struct vgpu_pv_transfer *req;
	struct dma_fence *fence;
	struct vgpu_pv_msg *msg;
	int ret;

	if (READ_ONCE(vg->lost))
		return ERR_PTR(-EIO);

	msg = vgpu_pv_transfer_msg(obj, VGPU_PV_MSG_TRANSFER_FROM_HOST);
	if (!msg)
		return ERR_PTR(-ENOMEM);
	req = msg->request;
	req->x = cpu_to_le32(rect->x1);
	req->y = cpu_to_le32(rect->y1);
	req->width = cpu_to_le32(drm_rect_width(rect));
	req->height = cpu_to_le32(drm_rect_height(rect));
	req->depth = cpu_to_le32(1);
	req->stride = cpu_to_le32(fb->pitches[0]);
	req->offset = cpu_to_le64((u64)rect->y1 * fb->pitches[0] +
				  rect->x1 * fb->format->cpp[0]);

	ret = after ? vgpu_pv_deps_add_fence(&deps, vg, after) : 0;
	if (!ret)
		ret = vgpu_pv_transfer_queue(obj, NULL, msg, &deps,
					     msecs_to_jiffies(VGPU_PV_COMMIT_TIMEOUT_MS));
	fence = ret ? ERR_PTR(ret) : dma_fence_get(&msg->fence->base);
	vgpu_pv_deps_fini(&deps);
	vgpu_pv_msg_put(msg);
	return fence;
}
