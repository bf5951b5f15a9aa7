// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: Submission
 *
 * EXECBUFFER in small steps: everything that can fail or that needs memory is
 * done before the commands are queued; what comes after can't fail. Fences of
 * this device are turned into waits on the ring, so that a submission only
 * sleeps for other drivers' fences and for room on its ring.
 */

#include <linux/dma-fence-chain.h>
#include <linux/dma-resv.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sync_file.h>
#include <linux/uaccess.h>

#include <drm/drm_file.h>
#include <drm/drm_gem.h>
#include <drm/drm_syncobj.h>

#include "vgpu_pv_drv.h"

struct vgpu_pv_job_event {
	struct drm_pending_event base;
	struct drm_event event;
};

struct vgpu_pv_job_signal {
	struct drm_syncobj *syncobj;
	struct dma_fence_chain *chain;
	u64 point;
};

/*
 * struct vgpu_pv_job - one EXECBUFFER on its way
 * @objects: the buffers, num_bo_handles of them
 * @reset: syncobjs to reset, some NULL, num_in_syncobjs of them
 * @signal: syncobjs to signal, num_out_syncobjs of them
 * @fence: what signals at the end, or NULL where nobody would see it; the
 *	   message's
 * @fd: of @sync_file, or negative
 */
struct vgpu_pv_job {
	struct vgpu_pv_device *vg;
	struct vgpu_pv_context *ctx;
	struct drm_file *file;
	struct drm_virtgpu_execbuffer *args;
	struct vgpu_pv_msg *msg;
	struct vgpu_pv_deps deps;
	struct drm_gem_object **objects;
	struct drm_syncobj **reset;
	struct vgpu_pv_job_signal *signal;
	struct vgpu_pv_fence *fence;
	struct sync_file *sync_file;
	int fd;
};

static int vgpu_pv_submit_check(struct vgpu_pv_context *ctx,
				const struct drm_virtgpu_execbuffer *args)
{
	if (args->flags & ~VIRTGPU_EXECBUF_FLAGS)
		return -EINVAL;
	if (args->size > VGPU_PV_MAX_SUBMIT_SIZE || args->size % 4)
		return -EINVAL;
	if (args->flags & VIRTGPU_EXECBUF_RING_IDX ? args->ring_idx >= READ_ONCE(ctx->num_rings) :
						     args->ring_idx)
		return -EINVAL;
	if (args->num_bo_handles > VGPU_PV_MAX_SUBMIT_OBJECTS ||
	    args->num_in_syncobjs > VGPU_PV_MAX_SUBMIT_SYNCOBJS ||
	    args->num_out_syncobjs > VGPU_PV_MAX_SUBMIT_SYNCOBJS)
		return -EINVAL;
	if ((args->num_in_syncobjs || args->num_out_syncobjs) && !args->syncobj_stride)
		return -EINVAL;
	return 0;
}

/* The context is lost when the device says so of its commands. */
static void vgpu_pv_submit_completed(struct vgpu_pv_device *vg, struct vgpu_pv_msg *msg)
{
	if (msg->result == -EINVAL)
		vgpu_pv_context_lose(msg->ctx, "malformed commands");
	else if (msg->result && msg->result != -ENODEV)
		vgpu_pv_context_lose(msg->ctx, "the device refused its commands");
}

static int vgpu_pv_submit_get_commands(struct vgpu_pv_job *job)
{
	const struct drm_virtgpu_execbuffer *args = job->args;
	struct vgpu_pv_submit *req;
	struct vgpu_pv_msg *msg;

	msg = vgpu_pv_msg_alloc(VGPU_PV_MSG_SUBMIT, sizeof(*req), args->size,
				sizeof(struct vgpu_pv_reply), GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	job->msg = msg;

	req = msg->request;
	req->hdr.ctx_id = cpu_to_le32(job->ctx->id);
	req->size = cpu_to_le32(args->size);
	msg->ctx = vgpu_pv_context_get(job->ctx);
	msg->complete = vgpu_pv_submit_completed;

	if (args->size && copy_from_user(msg->payload, u64_to_user_ptr(args->command), args->size))
		return -EFAULT;
	return 0;
}

static int vgpu_pv_submit_get_objects(struct vgpu_pv_job *job)
{
	u32 i;
	int ret;

	ret = drm_gem_objects_lookup(job->file, u64_to_user_ptr(job->args->bo_handles),
				     job->args->num_bo_handles, &job->objects);
	if (ret)
		return ret;

	for (i = 0; i < job->args->num_bo_handles; i++) {
		ret = READ_ONCE(to_vgpu_pv_object(job->objects[i])->error);
		if (ret)
			return ret;
	}
	return 0;
}

static bool vgpu_pv_submit_wants_event(const struct vgpu_pv_job *job)
{
	return job->args->flags & VIRTGPU_EXECBUF_RING_IDX &&
	       job->ctx->poll_mask & BIT_ULL(job->args->ring_idx);
}

static int vgpu_pv_submit_make_event(struct vgpu_pv_job *job)
{
	struct vgpu_pv_job_event *e;
	int ret;

	e = kzalloc(sizeof(*e), GFP_KERNEL);
	if (!e)
		return -ENOMEM;

	e->event.type = VIRTGPU_EVENT_FENCE_SIGNALED;
	e->event.length = sizeof(e->event);
	ret = drm_event_reserve_init(job->vg->drm, job->file, &e->base, &e->event);
	if (ret) {
		kfree(e);
		return ret;
	}
	job->fence->event = &e->base;
	job->fence->drm = job->vg->drm;
	return 0;
}

static int vgpu_pv_submit_make_fence(struct vgpu_pv_job *job)
{
	const struct drm_virtgpu_execbuffer *args = job->args;

	if (!(args->flags & VIRTGPU_EXECBUF_FENCE_FD_OUT) && !args->num_bo_handles &&
	    !args->num_out_syncobjs && !vgpu_pv_submit_wants_event(job))
		return 0;

	job->fence = vgpu_pv_fence_alloc(job->ctx->queue);
	if (!job->fence)
		return -ENOMEM;
	job->msg->fence = job->fence;

	if (args->flags & VIRTGPU_EXECBUF_FENCE_FD_OUT) {
		job->fd = get_unused_fd_flags(O_CLOEXEC);
		if (job->fd < 0)
			return job->fd;
		job->sync_file = sync_file_create(&job->fence->base);
		if (!job->sync_file)
			return -ENOMEM;
	}

	return vgpu_pv_submit_wants_event(job) ? vgpu_pv_submit_make_event(job) : 0;
}

static int vgpu_pv_submit_get_syncobj(const struct vgpu_pv_job *job, u64 array, u32 i,
				      struct drm_virtgpu_execbuffer_syncobj *desc)
{
	size_t stride = job->args->syncobj_stride;

	memset(desc, 0, sizeof(*desc));
	if (copy_from_user(desc, u64_to_user_ptr(array + i * stride),
			   min(stride, sizeof(*desc))))
		return -EFAULT;
	return 0;
}

static int vgpu_pv_submit_get_out_syncobjs(struct vgpu_pv_job *job)
{
	u32 i, n = job->args->num_out_syncobjs;
	int ret;

	if (!n)
		return 0;
	job->signal = kvcalloc(n, sizeof(*job->signal), GFP_KERNEL);
	if (!job->signal)
		return -ENOMEM;

	for (i = 0; i < n; i++) {
		struct vgpu_pv_job_signal *signal = &job->signal[i];
		struct drm_virtgpu_execbuffer_syncobj desc;

		ret = vgpu_pv_submit_get_syncobj(job, job->args->out_syncobjs, i, &desc);
		if (ret)
			return ret;
		if (desc.flags)
			return -EINVAL;

		signal->syncobj = drm_syncobj_find(job->file, desc.handle);
		if (!signal->syncobj)
			return -ENOENT;
		signal->point = desc.point;
		if (desc.point) {
			signal->chain = dma_fence_chain_alloc();
			if (!signal->chain)
				return -ENOMEM;
		}
	}
	return 0;
}

static int vgpu_pv_submit_add_in_syncobj(struct vgpu_pv_job *job, u32 i)
{
	struct drm_virtgpu_execbuffer_syncobj desc;
	struct dma_fence *fence;
	int ret;

	ret = vgpu_pv_submit_get_syncobj(job, job->args->in_syncobjs, i, &desc);
	if (ret)
		return ret;
	if (desc.flags & ~VIRTGPU_EXECBUF_SYNCOBJ_FLAGS)
		return -EINVAL;

	if (desc.flags & VIRTGPU_EXECBUF_SYNCOBJ_RESET) {
		job->reset[i] = drm_syncobj_find(job->file, desc.handle);
		if (!job->reset[i])
			return -ENOENT;
	}

	ret = drm_syncobj_find_fence(job->file, desc.handle, desc.point, 0, &fence);
	if (ret)
		return ret;
	ret = vgpu_pv_deps_add_fence(&job->deps, job->vg, fence);
	dma_fence_put(fence);
	return ret;
}

static int vgpu_pv_submit_add_in_syncobjs(struct vgpu_pv_job *job)
{
	u32 i, n = job->args->num_in_syncobjs;
	int ret;

	if (!n)
		return 0;
	job->reset = kvcalloc(n, sizeof(*job->reset), GFP_KERNEL);
	if (!job->reset)
		return -ENOMEM;

	for (i = 0; i < n; i++) {
		ret = vgpu_pv_submit_add_in_syncobj(job, i);
		if (ret)
			return ret;
	}
	return 0;
}

static int vgpu_pv_submit_add_in_fence(struct vgpu_pv_job *job)
{
	struct dma_fence *fence;
	int ret;

	if (!(job->args->flags & VIRTGPU_EXECBUF_FENCE_FD_IN))
		return 0;

	fence = sync_file_get_fence(job->args->fence_fd);
	if (!fence)
		return -EINVAL;
	ret = vgpu_pv_deps_add_fence(&job->deps, job->vg, fence);
	dma_fence_put(fence);
	return ret;
}

static int vgpu_pv_submit_lock(struct vgpu_pv_job *job, struct drm_exec *exec)
{
	int ret = 0;

	drm_exec_init(exec, DRM_EXEC_INTERRUPTIBLE_WAIT | DRM_EXEC_IGNORE_DUPLICATES,
		      job->args->num_bo_handles);
	drm_exec_until_all_locked(exec) {
		ret = drm_exec_prepare_array(exec, job->objects, job->args->num_bo_handles, 1);
		drm_exec_retry_on_contention(exec);
		if (ret)
			break;
	}
	return ret;
}

/* Waits on the ring, then the commands; afterwards the device has them. */
static int vgpu_pv_submit_queue(struct vgpu_pv_job *job)
{
	int ret;

	ret = vgpu_pv_deps_queue(&job->deps, job->ctx->queue, VGPU_PV_ROOM_TIMEOUT);
	if (ret)
		return ret;
	return vgpu_pv_ring_queue(job->ctx->queue, job->msg, VGPU_PV_ROOM_TIMEOUT);
}

static int vgpu_pv_submit_queue_with_objects(struct vgpu_pv_job *job)
{
	struct drm_gem_object *gem;
	struct drm_exec exec;
	long ret;

again:
	/* Rather here than with the buffers locked: others may fault on them. */
	ret = vgpu_pv_ring_wait_room(job->ctx->queue, 1, VGPU_PV_ROOM_TIMEOUT);
	if (ret < 0)
		return ret;

	ret = vgpu_pv_submit_lock(job, &exec);
	if (ret)
		goto out_unlock;

	drm_exec_for_each_locked_object(&exec, gem)
		vgpu_pv_deps_add_object(&job->deps, to_vgpu_pv_object(gem));
	if (job->deps.foreign) {
		drm_exec_fini(&exec);
		ret = vgpu_pv_deps_wait_foreign(&job->deps, job->vg);
		if (ret)
			return ret;
		goto again;
	}

	ret = vgpu_pv_submit_queue(job);
	if (ret)
		goto out_unlock;

	drm_exec_for_each_locked_object(&exec, gem) {
		/* Commands don't say what they only read. */
		dma_resv_add_fence(gem->resv, &job->fence->base, DMA_RESV_USAGE_WRITE);
		to_vgpu_pv_object(gem)->queue = job->ctx->queue;
	}

out_unlock:
	drm_exec_fini(&exec);
	return ret;
}

/* The commands are queued: tell everyone who waits for them. */
static void vgpu_pv_submit_publish(struct vgpu_pv_job *job)
{
	u32 i;

	for (i = 0; i < job->args->num_in_syncobjs; i++)
		if (job->reset[i])
			drm_syncobj_replace_fence(job->reset[i], NULL);

	for (i = 0; i < job->args->num_out_syncobjs; i++) {
		struct vgpu_pv_job_signal *signal = &job->signal[i];

		if (signal->chain) {
			drm_syncobj_add_point(signal->syncobj, signal->chain, &job->fence->base,
					      signal->point);
			signal->chain = NULL;
		} else {
			drm_syncobj_replace_fence(signal->syncobj, &job->fence->base);
		}
	}

	if (job->sync_file) {
		job->args->fence_fd = job->fd;
		fd_install(job->fd, job->sync_file->file);
		job->sync_file = NULL;
		job->fd = -1;
	}
}

static void vgpu_pv_submit_cancel(struct vgpu_pv_job *job)
{
	if (job->fence && job->fence->event) {
		drm_event_cancel_free(job->vg->drm, job->fence->event);
		job->fence->event = NULL;
	}
	if (job->sync_file)
		fput(job->sync_file->file);
	if (job->fd >= 0)
		put_unused_fd(job->fd);
}

static void vgpu_pv_submit_cleanup(struct vgpu_pv_job *job)
{
	u32 i;

	vgpu_pv_deps_fini(&job->deps);

	for (i = 0; job->signal && i < job->args->num_out_syncobjs; i++) {
		dma_fence_chain_free(job->signal[i].chain);
		if (job->signal[i].syncobj)
			drm_syncobj_put(job->signal[i].syncobj);
	}
	kvfree(job->signal);

	for (i = 0; job->reset && i < job->args->num_in_syncobjs; i++)
		if (job->reset[i])
			drm_syncobj_put(job->reset[i]);
	kvfree(job->reset);

	for (i = 0; job->objects && i < job->args->num_bo_handles; i++)
		if (job->objects[i])
			drm_gem_object_put(job->objects[i]);
	kvfree(job->objects);

	if (job->msg)
		vgpu_pv_msg_put(job->msg);
}

static int vgpu_pv_submit_run(struct vgpu_pv_job *job)
{
	int ret;

	ret = vgpu_pv_submit_get_commands(job);
	if (ret)
		return ret;
	ret = vgpu_pv_submit_get_objects(job);
	if (ret)
		return ret;
	ret = vgpu_pv_submit_make_fence(job);
	if (ret)
		return ret;
	ret = vgpu_pv_submit_get_out_syncobjs(job);
	if (ret)
		return ret;
	ret = vgpu_pv_submit_add_in_syncobjs(job);
	if (ret)
		return ret;
	ret = vgpu_pv_submit_add_in_fence(job);
	if (ret)
		return ret;

	return job->objects ? vgpu_pv_submit_queue_with_objects(job) : vgpu_pv_submit_queue(job);
}

int vgpu_pv_submit_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct vgpu_pv_context *ctx = file->driver_priv;
	struct vgpu_pv_job *job;
	int ret;

	if (!to_vgpu_pv(drm)->has_render)
		return -ENOSYS;
	ret = vgpu_pv_submit_check(ctx, data);
	if (ret)
		return ret;
	ret = vgpu_pv_context_ensure(ctx);
	if (ret)
		return ret;

	job = kzalloc(sizeof(*job), GFP_KERNEL);
	if (!job)
		return -ENOMEM;
	job->vg = to_vgpu_pv(drm);
	job->ctx = ctx;
	job->file = file;
	job->args = data;
	job->fd = -1;

	ret = vgpu_pv_submit_run(job);
	if (ret)
		vgpu_pv_submit_cancel(job);
	else
		vgpu_pv_submit_publish(job);
	vgpu_pv_submit_cleanup(job);
	kfree(job);
	return ret;
}
