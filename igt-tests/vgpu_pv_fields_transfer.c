// SPDX-License-Identifier: MIT
/*
 * Every field of the calls that move what is in a resource, and that wait for it.
 */
#include "igt.h"

#include "vgpu_pv_fields.h"

/* TRANSFER_TO_HOST and TRANSFER_FROM_HOST have the same fields; on a texture of the row's own */
static void fill_transfer(void *data)
{
	struct drm_virtgpu_3d_transfer_to_host *args = data;

	args->bo_handle = OWN;
	args->box = (struct drm_virtgpu_3d_box){ .w = 16, .h = 16, .d = 1 };
}

static bool all_bytes(const struct vgpu_pv_bo *texture, uint8_t byte)
{
	const uint8_t *at = (const uint8_t *)texture->map;
	uint64_t i;

	for (i = 0; i < texture->size; i++)
		if (at[i] != byte)
			return false;
	return true;
}

static int transfer_all(unsigned long request, uint32_t handle)
{
	struct drm_virtgpu_3d_transfer_to_host args = { 0 };

	fill_transfer(&args);
	args.bo_handle = handle;
	return vgpu_pv_ioctl(fields.fd, request, &args) ?: vgpu_pv_wait(fields.fd, handle, 0);
}

/* Zeroes are in the texture, then other bytes on the side that the call takes from. */
static int transfer_both(unsigned long request, const struct drm_virtgpu_3d_transfer_to_host *args,
			 const struct vgpu_pv_bo *own)
{
	bool to_host = request == DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST;
	int ret;

	ret = transfer_all(DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, own->handle);
	memset(own->map, 0x44, own->size);
	if (!ret)
		ret = vgpu_pv_ioctl(fields.fd, request, (void *)args);
	if (!ret)
		ret = vgpu_pv_wait(fields.fd, args->bo_handle, 0);
	if (ret)
		return ret;
	if (!to_host)
		return all_bytes(own, 0x44) ? -FIELDS_NO_EFFECT : 0;
	memset(own->map, 0x33, own->size);
	ret = transfer_all(DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, own->handle);
	return ret ?: all_bytes(own, 0) ? -FIELDS_NO_EFFECT : 0;
}

static int call_transfer(unsigned long request, void *data)
{
	struct drm_virtgpu_resource_create create = vgpu_pv_texture_args(16, 16);
	struct drm_virtgpu_3d_transfer_to_host *args = data;
	struct drm_virtgpu_map map = { 0 };
	struct vgpu_pv_bo own;
	int ret;

	ret = vgpu_pv_create(fields.fd, &create, &own);
	if (ret)
		return ret;
	map.handle = own.handle;
	ret = vgpu_pv_ioctl(fields.fd, DRM_IOCTL_VIRTGPU_MAP, &map);
	own.map = mmap(NULL, own.size, PROT_READ | PROT_WRITE, MAP_SHARED, fields.fd, map.offset);
	if (!ret && own.map == MAP_FAILED)
		ret = -errno;
	if (args->bo_handle == OWN)
		args->bo_handle = own.handle;
	if (!ret)
		ret = transfer_both(request, args, &own);
	munmap(own.map, own.size);
	fields_close(fields.fd, own.handle);
	return ret;
}

#define TRANSFER_ROWS(type) \
	HANDLE_ROWS(type, bo_handle, ENOENT), \
	ROW(type, bo_handle, BLOB_BO, EINVAL), \
	ROW(type, box.x, 1, FIELDS_NO_EFFECT), \
	ROW(type, box.x, 16, FIELDS_NO_EFFECT), \
	ROW(type, box.x, ALL32, FIELDS_NO_EFFECT), \
	ROW(type, box.y, 1, FIELDS_NO_EFFECT), \
	ROW(type, box.y, ALL32, FIELDS_NO_EFFECT), \
	ROW(type, box.z, 1, FIELDS_NO_EFFECT), \
	ROW(type, box.z, ALL32, FIELDS_NO_EFFECT), \
	ROW(type, box.w, 0, EINVAL), \
	ROW(type, box.w, 17, FIELDS_NO_EFFECT), \
	ROW(type, box.w, 1u << 30, FIELDS_NO_EFFECT), \
	ROW(type, box.w, ALL32, FIELDS_NO_EFFECT), \
	ROW(type, box.h, 0, EINVAL), \
	ROW(type, box.h, 17, FIELDS_NO_EFFECT), \
	ROW(type, box.h, ALL32, FIELDS_NO_EFFECT), \
	ROW(type, box.d, 0, EINVAL), \
	ROW(type, box.d, 2, FIELDS_NO_EFFECT), \
	ROW(type, box.d, ALL32, FIELDS_NO_EFFECT), \
	ROW(type, level, 1, FIELDS_NO_EFFECT), \
	ROW(type, level, ALL32, FIELDS_NO_EFFECT), \
	ROW(type, offset, FIELDS_PAGE, EINVAL), \
	ROW(type, offset, FIELDS_PAGE - 4, FIELDS_NO_EFFECT), \
	ROW(type, offset, ALL32, EINVAL), \
	ROW(type, stride, 64, EINVAL), \
	ROW(type, stride, ALL32, EINVAL), \
	ROW(type, layer_stride, 1024, EINVAL), \
	ROW(type, layer_stride, ALL32, EINVAL)

static const struct row to_host_rows[] = { TRANSFER_ROWS(drm_virtgpu_3d_transfer_to_host) };
static const struct row from_host_rows[] = { TRANSFER_ROWS(drm_virtgpu_3d_transfer_from_host) };

/* WAIT */
static void fill_wait(void *data)
{
	((struct drm_virtgpu_3d_wait *)data)->handle = fields.bo.handle;
}

static const struct row wait_rows[] = {
	HANDLE_ROWS(drm_virtgpu_3d_wait, handle, ENOENT),
	ROW(drm_virtgpu_3d_wait, flags, 1 << 1, EINVAL),
	ROW(drm_virtgpu_3d_wait, flags, 1u << 31, EINVAL),
	ROW(drm_virtgpu_3d_wait, flags, ALL32, EINVAL),
};

static const struct form forms[] = {
	{
		.name = "transfer-to-host", .request = DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST,
		.size = sizeof(struct drm_virtgpu_3d_transfer_to_host),
		.fill = fill_transfer, .call = call_transfer, FORM_ROWS(to_host_rows),
	},
	{
		.name = "transfer-from-host", .request = DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST,
		.size = sizeof(struct drm_virtgpu_3d_transfer_from_host),
		.fill = fill_transfer, .call = call_transfer, FORM_ROWS(from_host_rows),
	},
	{
		.name = "wait", .request = DRM_IOCTL_VIRTGPU_WAIT,
		.size = sizeof(struct drm_virtgpu_3d_wait),
		.fill = fill_wait, .call = fields_call, FORM_ROWS(wait_rows),
	},
};

const struct part fields_transfer = { forms, ARRAY_SIZE(forms) };
