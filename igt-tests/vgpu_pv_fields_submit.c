// SPDX-License-Identifier: MIT
/*
 * Every field of EXECBUFFER and of the syncobjs that it points at.
 */
#include "igt.h"

#include "vgpu_pv_fields.h"

static void fill_exec(void *data)
{
	struct drm_virtgpu_execbuffer *args = data;

	args->flags = VIRTGPU_EXECBUF_FLAGS;
	args->size = 8;
	args->command = AT_COMMANDS;
	args->bo_handles = AT_BO;
	args->num_bo_handles = 1;
	args->fence_fd = fields_value(SYNC_FD);
	args->ring_idx = 1;
	args->syncobj_stride = sizeof(struct drm_virtgpu_execbuffer_syncobj);
	args->num_in_syncobjs = 1;
	args->num_out_syncobjs = 1;
	args->in_syncobjs = AT_IN;
	args->out_syncobjs = AT_OUT;
}

static int call_exec(unsigned long request, void *data)
{
	struct drm_virtgpu_execbuffer *args = data;
	int ret, before = args->fence_fd;

	ret = vgpu_pv_ioctl(fields.fd, request, args);
	if (args->fence_fd == before)
		return ret;
	close(args->fence_fd);
	return ret ? -ENOTRECOVERABLE : 0; /* an error must not leave a fence behind */
}

#define EXEC(member, wrong, errno_value) ROW(drm_virtgpu_execbuffer, member, wrong, errno_value)

static const struct row exec_rows[] = {
	EXEC(flags, VIRTGPU_EXECBUF_FLAGS | 1 << 3, EINVAL),
	EXEC(flags, VIRTGPU_EXECBUF_FLAGS | 1u << 31, EINVAL),
	EXEC(flags, VIRTGPU_EXECBUF_FENCE_FD_IN, EINVAL), /* and still an index of a ring */
	EXEC(flags, ALL32, EINVAL),
	EXEC(size, 0, 0),
	EXEC(size, 1, EINVAL),
	EXEC(size, 6, EINVAL),
	EXEC(size, FIELDS_PAGE + 4, EFAULT),
	EXEC(size, VGPU_PV_MAX_SUBMIT, EFAULT),
	EXEC(size, VGPU_PV_MAX_SUBMIT + 4, EINVAL),
	EXEC(size, ALL32 - 3, EINVAL),
	EXEC(size, ALL32, EINVAL),
	EXEC(command, 0, EFAULT),
	EXEC(command, AT_COMMANDS + 1, 0),
	EXEC(command, AT_HOLE - 4, EFAULT),
	EXEC(command, AT_SECRET, EFAULT),
	EXEC(command, AT_KERNEL, EFAULT),
	EXEC(command, AT_GAP, EFAULT),
	EXEC(command, ALL64 - 3, EFAULT),
	EXEC(bo_handles, 0, EFAULT),
	EXEC(bo_handles, AT_BO + 2, EFAULT),
	EXEC(bo_handles, AT_COMMANDS, ENOENT),
	EXEC(bo_handles, AT_SECRET, EFAULT),
	EXEC(bo_handles, AT_KERNEL, EFAULT),
	EXEC(bo_handles, AT_GAP, EFAULT),
	EXEC(num_bo_handles, 0, 0),
	EXEC(num_bo_handles, 2, EFAULT),
	EXEC(num_bo_handles, 65536, EFAULT),
	EXEC(num_bo_handles, 65537, EINVAL),
	EXEC(num_bo_handles, 1 << 30, EINVAL),
	EXEC(num_bo_handles, ALL32, EINVAL),
	EXEC(fence_fd, ALL32, EINVAL),
	EXEC(fence_fd, 1 << 20, EINVAL),
	EXEC(fence_fd, 1u << 31, EINVAL),
	EXEC(fence_fd, FILE_FD, EINVAL),
	EXEC(fence_fd, DMABUF_FD, EINVAL),
	EXEC(ring_idx, 2, EINVAL),
	EXEC(ring_idx, 64, EINVAL),
	EXEC(ring_idx, ALL32, EINVAL),
	EXEC(syncobj_stride, 0, EINVAL),
	EXEC(syncobj_stride, 4, 0), /* the handle alone */
	EXEC(syncobj_stride, ALL32, 0),
	EXEC(num_in_syncobjs, 0, 0),
	EXEC(num_in_syncobjs, 2, EFAULT),
	EXEC(num_in_syncobjs, 4096, EFAULT),
	EXEC(num_in_syncobjs, 4097, EINVAL),
	EXEC(num_in_syncobjs, ALL32, EINVAL),
	EXEC(num_out_syncobjs, 0, 0),
	EXEC(num_out_syncobjs, 2, EFAULT),
	EXEC(num_out_syncobjs, 4096, EFAULT),
	EXEC(num_out_syncobjs, 4097, EINVAL),
	EXEC(num_out_syncobjs, ALL32, EINVAL),
	EXEC(in_syncobjs, 0, EFAULT),
	EXEC(in_syncobjs, AT_IN + 1, EFAULT),
	EXEC(in_syncobjs, AT_COMMANDS, ENOENT),
	EXEC(in_syncobjs, AT_SECRET, EFAULT),
	EXEC(in_syncobjs, AT_KERNEL, EFAULT),
	EXEC(in_syncobjs, AT_GAP, EFAULT),
	EXEC(out_syncobjs, 0, EFAULT),
	EXEC(out_syncobjs, AT_OUT + 1, EFAULT),
	EXEC(out_syncobjs, AT_COMMANDS, ENOENT),
	EXEC(out_syncobjs, AT_SECRET, EFAULT),
	EXEC(out_syncobjs, AT_KERNEL, EFAULT),
	EXEC(out_syncobjs, AT_GAP, EFAULT),
};

/* What it points at */
static void fill_bo(void *data)
{
	*(uint32_t *)data = fields.bo.handle;
}

static void fill_in_syncobj(void *data)
{
	((struct drm_virtgpu_execbuffer_syncobj *)data)->handle = fields.in_syncobj;
}

static void fill_out_syncobj(void *data)
{
	((struct drm_virtgpu_execbuffer_syncobj *)data)->handle = fields.out_syncobj;
}

static int call_bo(unsigned long request, void *data)
{
	struct drm_virtgpu_execbuffer args = { 0 };

	fill_exec(&args);
	args.bo_handles = to_user_pointer(data);
	return call_exec(request, &args);
}

static int call_in_syncobj(unsigned long request, void *data)
{
	struct drm_virtgpu_execbuffer args = { 0 };

	fill_exec(&args);
	args.in_syncobjs = to_user_pointer(data);
	return call_exec(request, &args);
}

static int call_out_syncobj(unsigned long request, void *data)
{
	struct drm_virtgpu_execbuffer args = { 0 };

	fill_exec(&args);
	args.out_syncobjs = to_user_pointer(data);
	return call_exec(request, &args);
}

#define BO(wrong, errno_value) { "handle", 0, sizeof(uint32_t), wrong, errno_value }

static const struct row bo_rows[] = {
	BO(0, ENOENT),
	BO(STALE, ENOENT),
	BO(FOREIGN, ENOENT),
	BO(ALL32, ENOENT),
	BO(BLOB_BO, 0),
};

#define SYNCOBJ(member, wrong, errno_value) \
	ROW(drm_virtgpu_execbuffer_syncobj, member, wrong, errno_value)
#define SYNCOBJ_HANDLE_ROWS \
	SYNCOBJ(handle, 0, ENOENT), \
	SYNCOBJ(handle, STALE_SYNCOBJ, ENOENT), \
	SYNCOBJ(handle, FOREIGN_SYNCOBJ, ENOENT), \
	SYNCOBJ(handle, ALL32, ENOENT)

static const struct row in_syncobj_rows[] = {
	SYNCOBJ_HANDLE_ROWS,
	SYNCOBJ(flags, 1 << 1, EINVAL),
	SYNCOBJ(flags, 1u << 31, EINVAL),
	SYNCOBJ(flags, ALL32, EINVAL),
	SYNCOBJ(point, 5, EINVAL),
	SYNCOBJ(point, ALL64, EINVAL),
};

static const struct row out_syncobj_rows[] = {
	SYNCOBJ_HANDLE_ROWS,
	SYNCOBJ(flags, VIRTGPU_EXECBUF_SYNCOBJ_RESET, EINVAL),
	SYNCOBJ(flags, 1u << 31, EINVAL),
	SYNCOBJ(flags, ALL32, EINVAL),
	SYNCOBJ(point, ALL64, 0),
};

static const struct form forms[] = {
	{
		.name = "execbuffer", .request = DRM_IOCTL_VIRTGPU_EXECBUFFER,
		.size = sizeof(struct drm_virtgpu_execbuffer),
		.fill = fill_exec, .call = call_exec, FORM_ROWS(exec_rows),
	},
	{
		.name = "bo-handle", .request = DRM_IOCTL_VIRTGPU_EXECBUFFER, .inner = true,
		.size = sizeof(uint32_t),
		.fill = fill_bo, .call = call_bo, FORM_ROWS(bo_rows),
	},
	{
		.name = "in-syncobj", .request = DRM_IOCTL_VIRTGPU_EXECBUFFER, .inner = true,
		.size = sizeof(struct drm_virtgpu_execbuffer_syncobj),
		.fill = fill_in_syncobj, .call = call_in_syncobj, FORM_ROWS(in_syncobj_rows),
	},
	{
		.name = "out-syncobj", .request = DRM_IOCTL_VIRTGPU_EXECBUFFER, .inner = true,
		.size = sizeof(struct drm_virtgpu_execbuffer_syncobj),
		.fill = fill_out_syncobj, .call = call_out_syncobj, FORM_ROWS(out_syncobj_rows),
	},
};

const struct part fields_submit = { forms, ARRAY_SIZE(forms) };
