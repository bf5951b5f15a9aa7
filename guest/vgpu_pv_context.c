// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: Contexts
 *
 * An open file has one rendering context, made when it is first needed or by
 * CONTEXT_INIT. All of its messages, whatever their ring index, go to one ring,
 * the one with the fewest contexts when it was made: so order inside a context
 * costs nothing. A context that the device lost stays lost; the id is free
 * again when the device has used its CTX_DESTROY.
 */

#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <drm/drm_print.h>

#include "vgpu_pv_drv.h"

#define VGPU_PV_CONTEXT_PARAMS	4

/**
 * vgpu_pv_context_alloc() - make the context of a file, unknown to the device so far
 * @vg: the device
 *
 * Returns: the context with one reference, or NULL.
 */
struct vgpu_pv_context *vgpu_pv_context_alloc(struct vgpu_pv_device *vg)
{
	struct vgpu_pv_context *ctx;

	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);
	if (!ctx)
		return NULL;
	refcount_set(&ctx->refs, 1);
	ctx->vg = vg;
	mutex_init(&ctx->lock);
	spin_lock_init(&ctx->busy_lock);
	ctx->pid = task_pid_nr(current);
	get_task_comm(ctx->comm, current);
	return ctx;
}

/**
 * vgpu_pv_context_get() - take a reference
 * @ctx: the context
 *
 * Returns: the context.
 */
struct vgpu_pv_context *vgpu_pv_context_get(struct vgpu_pv_context *ctx)
{
	refcount_inc(&ctx->refs);
	return ctx;
}

/**
 * vgpu_pv_context_put() - drop a reference, in any context
 * @ctx: the context
 */
void vgpu_pv_context_put(struct vgpu_pv_context *ctx)
{
	if (!refcount_dec_and_test(&ctx->refs))
		return;
	if (ctx->id)
		ida_free(&ctx->vg->context_ids, ctx->id);
	kfree(ctx);
}

/**
 * vgpu_pv_context_lose() - note that the device lost a context
 * @ctx: the context
 * @why: for the log
 *
 * Callable from interrupts; says so once.
 */
void vgpu_pv_context_lose(struct vgpu_pv_context *ctx, const char *why)
{
	if (!xchg(&ctx->lost, true) && !READ_ONCE(ctx->vg->lost))
		vgpu_pv_err(ctx->vg, "context %u is lost: %s\n", ctx->id, why);
}

static struct vgpu_pv_queue *vgpu_pv_context_bind(struct vgpu_pv_device *vg)
{
	struct vgpu_pv_queue *best = vgpu_pv_ring(vg, 0);
	u32 i;

	spin_lock_irq(&vg->lock);
	for (i = 1; i < vg->num_rings; i++)
		if (vgpu_pv_ring(vg, i)->contexts < best->contexts)
			best = vgpu_pv_ring(vg, i);
	best->contexts++;
	vg->contexts++;
	spin_unlock_irq(&vg->lock);
	return best;
}

static void vgpu_pv_context_unbind(struct vgpu_pv_context *ctx)
{
	struct vgpu_pv_device *vg = ctx->vg;
	unsigned long flags;

	spin_lock_irqsave(&vg->lock, flags);
	ctx->queue->contexts--;
	vg->contexts--;
	spin_unlock_irqrestore(&vg->lock, flags);
}

static u32 vgpu_pv_context_default_capset(struct vgpu_pv_device *vg)
{
	/* virgl's second set, else its first; user space that knows more says so. */
	return vg->capset_mask & BIT_ULL(2) ? 2 : 1;
}

static int vgpu_pv_context_create_locked(struct vgpu_pv_context *ctx, u32 capset_id,
					 const char *name)
{
	struct vgpu_pv_device *vg = ctx->vg;
	struct vgpu_pv_ctx_create *req;
	struct vgpu_pv_msg *msg;
	size_t len;
	int ret;

	lockdep_assert_held(&ctx->lock);

	msg = vgpu_pv_msg_alloc(VGPU_PV_MSG_CTX_CREATE, sizeof(*req), 0,
				sizeof(struct vgpu_pv_reply), GFP_KERNEL);
	if (!msg)
		return -ENOMEM;

	ret = ida_alloc_min(&vg->context_ids, 1, GFP_KERNEL);
	if (ret < 0)
		goto out_put;
	ctx->id = ret;
	ctx->queue = vgpu_pv_context_bind(vg);

	req = msg->request;
	req->hdr.ctx_id = cpu_to_le32(ctx->id);
	req->capset_id = cpu_to_le32(capset_id);
	len = strnlen(name, sizeof(req->name));
	req->name_len = cpu_to_le32(len);
	memcpy(req->name, name, len);
	msg->ctx = vgpu_pv_context_get(ctx);

	ret = vgpu_pv_ring_queue(ctx->queue, msg, VGPU_PV_ROOM_TIMEOUT);
	if (ret) {
		/* The device never heard of it. */
		vgpu_pv_context_unbind(ctx);
		ida_free(&vg->context_ids, ctx->id);
		ctx->id = 0;
		goto out_put;
	}

	/* From here on there is something to destroy; pairs with the acquire below. */
	smp_store_release(&ctx->created, true);
	ret = vgpu_pv_ring_wait(ctx->queue, msg, VGPU_PV_GPU_TIMEOUT_MS);
	if (ret == -ERESTARTSYS)
		WRITE_ONCE(ctx->lost, true);
	else if (ret)
		vgpu_pv_context_lose(ctx, "the device didn't create it");

out_put:
	vgpu_pv_msg_put(msg);
	return ret;
}

/**
 * vgpu_pv_context_ensure() - make the context of a file, unless it is there
 * @ctx: the context
 *
 * Returns: 0, -ENOSYS without 3D, -EIO when it is lost, or another errno.
 */
int vgpu_pv_context_ensure(struct vgpu_pv_context *ctx)
{
	struct vgpu_pv_device *vg = ctx->vg;
	char name[TASK_COMM_LEN];
	int ret;

	if (!vg->has_render)
		return -ENOSYS;
	if (READ_ONCE(vg->lost) || READ_ONCE(ctx->lost))
		return -EIO;
	/* Set once and never taken back; what it covers was set before. */
	if (smp_load_acquire(&ctx->created))
		return 0;

	ret = mutex_lock_interruptible(&ctx->lock);
	if (ret)
		return ret;
	if (!ctx->created) {
		get_task_comm(name, current);
		ret = vgpu_pv_context_create_locked(ctx, vgpu_pv_context_default_capset(vg), name);
	}
	mutex_unlock(&ctx->lock);
	return ret;
}

static void vgpu_pv_context_destroyed(struct vgpu_pv_device *vg, struct vgpu_pv_msg *msg)
{
	vgpu_pv_context_unbind(msg->ctx);
}

/**
 * vgpu_pv_context_close() - the end of a context's file
 * @ctx: the context
 *
 * Never sleeps for the device.
 */
void vgpu_pv_context_close(struct vgpu_pv_context *ctx)
{
	struct vgpu_pv_request *req;
	struct vgpu_pv_msg *msg;

	if (ctx->created) {
		msg = vgpu_pv_msg_alloc(VGPU_PV_MSG_CTX_DESTROY, sizeof(*req), 0,
					sizeof(struct vgpu_pv_reply), GFP_KERNEL | __GFP_NOFAIL);
		req = msg->request;
		req->ctx_id = cpu_to_le32(ctx->id);
		msg->ctx = vgpu_pv_context_get(ctx);
		msg->complete = vgpu_pv_context_destroyed;
		vgpu_pv_ring_post(ctx->queue, msg);
	}
	vgpu_pv_context_put(ctx);
}

struct vgpu_pv_context_params {
	u32 seen;	/* bit per parameter */
	u32 capset_id;
	u32 num_rings;
	u64 poll_mask;
	char name[VGPU_PV_MAX_CONTEXT_NAME];
};

static int vgpu_pv_context_parse(struct vgpu_pv_device *vg, struct vgpu_pv_context_params *params,
				 const struct drm_virtgpu_context_set_param *set)
{
	long len;

	if (set->param > VIRTGPU_CONTEXT_PARAM_DEBUG_NAME)
		return -EINVAL;
	if (params->seen & BIT(set->param))
		return -EINVAL;
	params->seen |= BIT(set->param);

	switch (set->param) {
	case VIRTGPU_CONTEXT_PARAM_CAPSET_ID:
		if (set->value > VGPU_PV_MAX_CAPSET_ID || !(vg->capset_mask & BIT_ULL(set->value)))
			return -EINVAL;
		params->capset_id = set->value;
		return 0;
	case VIRTGPU_CONTEXT_PARAM_NUM_RINGS:
		if (set->value > VGPU_PV_MAX_RINGS)
			return -EINVAL;
		params->num_rings = set->value;
		return 0;
	case VIRTGPU_CONTEXT_PARAM_POLL_RINGS_MASK:
		params->poll_mask = set->value;
		return 0;
	case VIRTGPU_CONTEXT_PARAM_DEBUG_NAME:
		len = strncpy_from_user(params->name, u64_to_user_ptr(set->value),
					sizeof(params->name) - 1);
		return len < 0 ? len : 0;
	default:
		return -EINVAL;
	}
}

static u64 vgpu_pv_context_ring_mask(u32 num_rings)
{
	return num_rings ? GENMASK_ULL(num_rings - 1, 0) : 0;
}

int vgpu_pv_context_init_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_virtgpu_context_set_param set[VGPU_PV_CONTEXT_PARAMS];
	struct vgpu_pv_context *ctx = file->driver_priv;
	struct vgpu_pv_device *vg = to_vgpu_pv(drm);
	struct drm_virtgpu_context_init *args = data;
	struct vgpu_pv_context_params params = { };
	char comm[TASK_COMM_LEN];
	int ret;
	u32 i;

	/* As virtio_gpu answers without 3D. */
	if (!vg->has_render)
		return -EINVAL;
	if (args->pad || args->num_params > VGPU_PV_CONTEXT_PARAMS)
		return -EINVAL;
	if (copy_from_user(set, u64_to_user_ptr(args->ctx_set_params),
			   args->num_params * sizeof(set[0])))
		return -EFAULT;
	if (READ_ONCE(vg->lost))
		return -EIO;

	params.capset_id = vgpu_pv_context_default_capset(vg);
	get_task_comm(comm, current);
	strscpy(params.name, comm, sizeof(params.name));
	for (i = 0; i < args->num_params; i++) {
		ret = vgpu_pv_context_parse(vg, &params, &set[i]);
		if (ret)
			return ret;
	}
	if (params.poll_mask & ~vgpu_pv_context_ring_mask(params.num_rings))
		return -EINVAL;

	ret = mutex_lock_interruptible(&ctx->lock);
	if (ret)
		return ret;
	if (ctx->created) {
		ret = -EEXIST;
	} else {
		ctx->num_rings = params.num_rings;
		ctx->poll_mask = params.poll_mask;
		ret = vgpu_pv_context_create_locked(ctx, params.capset_id, params.name);
	}
	mutex_unlock(&ctx->lock);
	return ret;
}
