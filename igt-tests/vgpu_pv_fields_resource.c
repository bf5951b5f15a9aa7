// SPDX-License-Identifier: MIT
/*
 * Every field of the calls that make resources, map them and tell of them.
 */
#include "igt.h"

#include "vgpu_pv_fields.h"

/* RESOURCE_CREATE */
static void fill_create(void *data)
{
	*(struct drm_virtgpu_resource_create *)data = vgpu_pv_texture_args(16, 16);
}

static void fill_scanout(void *data)
{
	struct drm_virtgpu_resource_create *args = data;

	fill_create(args);
	args->bind |= VIRGL_BIND_SCANOUT;
}

static void fill_buffer(void *data)
{
	*(struct drm_virtgpu_resource_create *)data = vgpu_pv_buffer_args(FIELDS_PAGE);
}

/* What only the device can refuse is told at the first use after its answer. */
static int use_created(uint32_t handle)
{
	struct drm_virtgpu_3d_transfer_from_host from = {
		.bo_handle = handle, .box = { .w = 1, .h = 1, .d = 1 },
	};
	const struct vgpu_pv_commands none = { 0 };
	struct pollfd pfd = { .events = POLLIN };
	int ret = 0;

	pfd.fd = vgpu_pv_submit(fields.fd, &none);
	if (pfd.fd < 0)
		return pfd.fd;
	if (poll(&pfd, 1, VGPU_PV_WAIT_MS) != 1)
		ret = -ETIMEDOUT;
	close(pfd.fd);
	return ret ?: vgpu_pv_ioctl(fields.fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from);
}

static int call_create(unsigned long request, void *data)
{
	struct drm_virtgpu_resource_create *args = data;
	int ret = vgpu_pv_ioctl(fields.fd, request, args);

	if (ret)
		return ret;
	ret = use_created(args->bo_handle);
	fields_close(fields.fd, args->bo_handle);
	return ret;
}

#define CREATE(member, wrong, errno_value) ROW(drm_virtgpu_resource_create, member, wrong, errno_value)

static const struct row create_rows[] = {
	CREATE(target, 1, EINVAL), /* one dimension, but a height */
	CREATE(target, 9, EINVAL),
	CREATE(target, ALL32, EINVAL),
	CREATE(format, 0, EINVAL),
	CREATE(format, 500, EINVAL),
	CREATE(format, ALL32, EINVAL),
	CREATE(bind, 1u << 31, EINVAL),
	CREATE(width, 0, EINVAL),
	CREATE(width, 16385, EINVAL),
	CREATE(width, 1u << 31, EINVAL),
	CREATE(width, ALL32, EINVAL),
	CREATE(height, 0, EINVAL),
	CREATE(height, 16385, EINVAL),
	CREATE(height, ALL32, EINVAL),
	CREATE(depth, 0, EINVAL),
	CREATE(depth, 2, EINVAL),
	CREATE(depth, ALL32, EINVAL),
	CREATE(array_size, 0, 0), /* as 1 */
	CREATE(array_size, 2, EINVAL),
	CREATE(array_size, ALL32, EINVAL),
	CREATE(last_level, 5, EINVAL), /* of 16 by 16 the last is 4 */
	CREATE(last_level, 15, EINVAL),
	CREATE(last_level, ALL32, EINVAL),
	CREATE(nr_samples, 33, EINVAL),
	CREATE(nr_samples, ALL32, EINVAL),
	CREATE(flags, 1u << 31, EINVAL),
	CREATE(flags, ALL32, EINVAL),
	CREATE(bo_handle, STALE, ENOENT),
	CREATE(bo_handle, FOREIGN, ENOENT),
	CREATE(bo_handle, BLOB_BO, EINVAL), /* no import */
	CREATE(bo_handle, ALL32, ENOENT),
	CREATE(res_handle, ALL32, 0),
	CREATE(size, 0, 0),
	CREATE(size, 1, 0),
	CREATE(stride, ALL32, 0),
};

static const struct row scanout_rows[] = {
	CREATE(size, ALL32, ENOMEM),
	CREATE(size, ALL32 - FIELDS_PAGE, ENOMEM),
};

static const struct row buffer_rows[] = {
	CREATE(width, 0, EINVAL),
	CREATE(width, 1u << 31, EINVAL),
	CREATE(width, ALL32, EINVAL),
	CREATE(height, 2, EINVAL),
	CREATE(height, ALL32, EINVAL),
	CREATE(depth, 2, EINVAL),
	CREATE(array_size, 2, EINVAL),
	CREATE(last_level, 1, EINVAL),
	CREATE(nr_samples, 2, EINVAL),
};

/* RESOURCE_CREATE_BLOB, as it is since it has hints: not every header has them. */
struct blob {
	uint32_t blob_mem, blob_flags, bo_handle, res_handle;
	uint64_t size;
	uint32_t pad, cmd_size;
	uint64_t cmd, blob_id;
	uint32_t blob_hints, pad2;
};

#define BLOB_REQUEST DRM_IOWR(DRM_COMMAND_BASE + DRM_VIRTGPU_RESOURCE_CREATE_BLOB, struct blob)

static void fill_blob(void *data)
{
	struct blob *args = data;

	args->blob_mem = VIRTGPU_BLOB_MEM_GUEST;
	args->blob_flags = VIRTGPU_BLOB_FLAG_USE_CROSS_DEVICE;
	args->size = FIELDS_PAGE;
}

static int call_blob(unsigned long request, void *data)
{
	int ret = vgpu_pv_ioctl(fields.fd, request, data);

	if (!ret)
		fields_close(fields.fd, ((struct blob *)data)->bo_handle);
	return ret;
}

#define BLOB(member, wrong, errno_value) ROW(blob, member, wrong, errno_value)

static const struct row blob_rows[] = {
	BLOB(blob_mem, 0, EINVAL),
	BLOB(blob_mem, VIRTGPU_BLOB_MEM_HOST3D, EINVAL),
	BLOB(blob_mem, VIRTGPU_BLOB_MEM_HOST3D_GUEST, EINVAL),
	BLOB(blob_mem, 4, EINVAL),
	BLOB(blob_mem, ALL32, EINVAL),
	BLOB(blob_flags, 1 << 3 | VIRTGPU_BLOB_FLAG_USE_CROSS_DEVICE, EINVAL),
	BLOB(blob_flags, ALL32, EINVAL),
	BLOB(bo_handle, ALL32, 0),
	BLOB(res_handle, ALL32, 0),
	BLOB(size, 0, EINVAL),
	BLOB(size, 1, 0),
	BLOB(size, FIELDS_PAGE + 1, 0),
	BLOB(size, ALL32 - 2 * FIELDS_PAGE, ENOMEM),
	BLOB(size, ALL32, EINVAL),
	BLOB(size, 1ull << 32 | FIELDS_PAGE, EINVAL),
	BLOB(size, 1ull << 63, EINVAL),
	BLOB(size, ALL64, EINVAL),
	BLOB(size, ALL64 - FIELDS_PAGE, EINVAL),
	BLOB(pad, 1, EINVAL),
	BLOB(pad, ALL32, EINVAL),
	BLOB(cmd_size, 4, EINVAL),
	BLOB(cmd_size, ALL32, EINVAL),
	BLOB(cmd, AT_COMMANDS, EINVAL),
	BLOB(cmd, AT_KERNEL, EINVAL),
	BLOB(blob_id, 1, EINVAL),
	BLOB(blob_id, ALL64, EINVAL),
	BLOB(blob_hints, 1 << 1, EINVAL),
	BLOB(blob_hints, ALL32, EINVAL),
	BLOB(pad2, 1, EINVAL),
	BLOB(pad2, ALL32, EINVAL),
};

/* RESOURCE_INFO */
static void fill_info(void *data)
{
	((struct drm_virtgpu_resource_info *)data)->bo_handle = fields.bo.handle;
}

static const struct row info_rows[] = {
	HANDLE_ROWS(drm_virtgpu_resource_info, bo_handle, ENOENT),
	ROW(drm_virtgpu_resource_info, res_handle, ALL32, 0),
	ROW(drm_virtgpu_resource_info, size, ALL32, 0),
	ROW(drm_virtgpu_resource_info, blob_mem, ALL32, 0),
};

/* MAP */
static void fill_map(void *data)
{
	((struct drm_virtgpu_map *)data)->handle = fields.bo.handle;
}

static const struct row map_rows[] = {
	ROW(drm_virtgpu_map, offset, ALL64, 0),
	HANDLE_ROWS(drm_virtgpu_map, handle, ENOENT),
	ROW(drm_virtgpu_map, pad, 1, EINVAL),
	ROW(drm_virtgpu_map, pad, ALL32, EINVAL),
};

static const struct form forms[] = {
	{
		.name = "resource-create", .request = DRM_IOCTL_VIRTGPU_RESOURCE_CREATE,
		.size = sizeof(struct drm_virtgpu_resource_create),
		.fill = fill_create, .call = call_create, FORM_ROWS(create_rows),
	},
	{
		.name = "resource-scanout", .request = DRM_IOCTL_VIRTGPU_RESOURCE_CREATE,
		.size = sizeof(struct drm_virtgpu_resource_create), .more = true,
		.fill = fill_scanout, .call = call_create, FORM_ROWS(scanout_rows),
	},
	{
		.name = "resource-buffer", .request = DRM_IOCTL_VIRTGPU_RESOURCE_CREATE,
		.size = sizeof(struct drm_virtgpu_resource_create), .more = true,
		.fill = fill_buffer, .call = call_create, FORM_ROWS(buffer_rows),
	},
	{
		.name = "resource-blob", .request = BLOB_REQUEST, .size = sizeof(struct blob),
		.fill = fill_blob, .call = call_blob, FORM_ROWS(blob_rows),
	},
	{
		.name = "resource-info", .request = DRM_IOCTL_VIRTGPU_RESOURCE_INFO,
		.size = sizeof(struct drm_virtgpu_resource_info),
		.fill = fill_info, .call = fields_call, FORM_ROWS(info_rows),
	},
	{
		.name = "map", .request = DRM_IOCTL_VIRTGPU_MAP,
		.size = sizeof(struct drm_virtgpu_map),
		.fill = fill_map, .call = fields_call, FORM_ROWS(map_rows),
	},
};

const struct part fields_resource = { forms, ARRAY_SIZE(forms) };
