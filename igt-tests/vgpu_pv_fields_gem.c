// SPDX-License-Identifier: MIT
/*
 * Every field of the core's calls that end in the driver's buffers: handles, names,
 * dma-bufs and dumb buffers.
 */
#include "igt.h"

#include "vgpu_pv_fields.h"

/* GEM_CLOSE, of a buffer of the row's own */
static void fill_close(void *data)
{
	((struct drm_gem_close *)data)->handle = OWN;
}

static int call_close(unsigned long request, void *data)
{
	struct drm_virtgpu_resource_create create = vgpu_pv_buffer_args(FIELDS_PAGE);
	struct drm_gem_close *args = data;
	struct vgpu_pv_bo own;
	int ret;

	ret = vgpu_pv_create(fields.fd, &create, &own);
	if (ret)
		return ret;
	if (args->handle == OWN)
		args->handle = own.handle;
	ret = vgpu_pv_ioctl(fields.fd, request, args);
	if (ret)
		fields_close(fields.fd, own.handle);
	return ret;
}

static const struct row close_rows[] = {
	HANDLE_ROWS(drm_gem_close, handle, EINVAL),
	ROW(drm_gem_close, pad, ALL32, 0),
};

/* GEM_FLINK and GEM_OPEN */
static void fill_flink(void *data)
{
	((struct drm_gem_flink *)data)->handle = fields.dumb;
}

static const struct row flink_rows[] = {
	HANDLE_ROWS(drm_gem_flink, handle, ENOENT),
	ROW(drm_gem_flink, name, ALL32, 0),
};

static void fill_open(void *data)
{
	((struct drm_gem_open *)data)->name = fields.name;
}

/* In another file: what was opened is not closed under other threads' feet. */
static int call_open(unsigned long request, void *data)
{
	return fields_call_again(fields.card, request, data);
}

static const struct row open_rows[] = {
	ROW(drm_gem_open, name, 0, ENOENT),
	ROW(drm_gem_open, name, STALE_NAME, ENOENT),
	ROW(drm_gem_open, name, ALL32, ENOENT),
	ROW(drm_gem_open, handle, ALL32, 0),
	ROW(drm_gem_open, size, ALL64, 0),
};

/* PRIME */
static void fill_export(void *data)
{
	((struct drm_prime_handle *)data)->handle = fields.bo.handle;
}

static int call_export(unsigned long request, void *data)
{
	int ret = vgpu_pv_ioctl(fields.fd, request, data);

	if (!ret)
		close(((struct drm_prime_handle *)data)->fd);
	return ret;
}

static const struct row export_rows[] = {
	HANDLE_ROWS(drm_prime_handle, handle, ENOENT),
	ROW(drm_prime_handle, flags, DRM_CLOEXEC | DRM_RDWR, 0),
	ROW(drm_prime_handle, flags, 1, EINVAL),
	ROW(drm_prime_handle, flags, 1u << 30, EINVAL),
	ROW(drm_prime_handle, flags, ALL32, EINVAL),
	ROW(drm_prime_handle, fd, ALL32, 0),
};

static void fill_import(void *data)
{
	((struct drm_prime_handle *)data)->fd = fields_value(DMABUF_FD);
}

static int call_import(unsigned long request, void *data)
{
	return fields_call_again(fields.fd, request, data);
}

static const struct row import_rows[] = {
	ROW(drm_prime_handle, handle, ALL32, 0),
	ROW(drm_prime_handle, flags, ALL32, 0),
	ROW(drm_prime_handle, fd, ALL32, EBADF),
	ROW(drm_prime_handle, fd, 1 << 20, EBADF),
	ROW(drm_prime_handle, fd, 1u << 31, EBADF),
	ROW(drm_prime_handle, fd, FILE_FD, EINVAL),
	ROW(drm_prime_handle, fd, SYNC_FD, EINVAL),
};

/* Dumb buffers */
static void fill_dumb(void *data)
{
	struct drm_mode_create_dumb *args = data;

	args->width = args->height = 16;
	args->bpp = 32;
}

static int call_dumb(unsigned long request, void *data)
{
	int ret = vgpu_pv_ioctl(fields.card, request, data);

	if (!ret)
		fields_close(fields.card, ((struct drm_mode_create_dumb *)data)->handle);
	return ret;
}

#define DUMB(member, wrong, errno_value) ROW(drm_mode_create_dumb, member, wrong, errno_value)

static const struct row dumb_rows[] = {
	DUMB(height, 0, EINVAL),
	DUMB(height, 0x800000, ENOMEM),
	DUMB(height, 1 << 26, EINVAL), /* 0 bytes in 32 bits */
	DUMB(height, ALL32, EINVAL),
	DUMB(width, 0, EINVAL),
	DUMB(width, 0x800000, ENOMEM),
	DUMB(width, 1 << 30, EINVAL),
	DUMB(width, ALL32, EINVAL),
	DUMB(bpp, 0, EINVAL),
	DUMB(bpp, 8, EINVAL),
	DUMB(bpp, 24, EINVAL),
	DUMB(bpp, 1u << 31, EINVAL),
	DUMB(bpp, ALL32, EINVAL),
	DUMB(flags, 1, EINVAL),
	DUMB(flags, ALL32, EINVAL),
	DUMB(handle, ALL32, 0),
	DUMB(pitch, ALL32, 0),
	DUMB(size, ALL64, 0),
};

static void fill_map_dumb(void *data)
{
	((struct drm_mode_map_dumb *)data)->handle = fields.dumb;
}

static const struct row map_dumb_rows[] = {
	HANDLE_ROWS(drm_mode_map_dumb, handle, ENOENT),
	ROW(drm_mode_map_dumb, pad, ALL32, 0),
	ROW(drm_mode_map_dumb, offset, ALL64, 0),
};

static void fill_destroy_dumb(void *data)
{
	((struct drm_mode_destroy_dumb *)data)->handle = OWN;
}

static int call_destroy_dumb(unsigned long request, void *data)
{
	struct drm_mode_create_dumb own = { .width = 16, .height = 16, .bpp = 32 };
	struct drm_mode_destroy_dumb *args = data;
	int ret;

	ret = vgpu_pv_ioctl(fields.card, DRM_IOCTL_MODE_CREATE_DUMB, &own);
	if (ret)
		return ret;
	if (args->handle == OWN)
		args->handle = own.handle;
	ret = vgpu_pv_ioctl(fields.card, request, args);
	if (ret)
		fields_close(fields.card, own.handle);
	return ret;
}

static const struct row destroy_dumb_rows[] = {
	HANDLE_ROWS(drm_mode_destroy_dumb, handle, EINVAL),
};

static const struct form forms[] = {
	{
		.name = "gem-close", .request = DRM_IOCTL_GEM_CLOSE,
		.size = sizeof(struct drm_gem_close),
		.fill = fill_close, .call = call_close, FORM_ROWS(close_rows),
	},
	{
		.name = "gem-flink", .request = DRM_IOCTL_GEM_FLINK,
		.size = sizeof(struct drm_gem_flink), .card = true,
		.fill = fill_flink, .call = fields_call_card, FORM_ROWS(flink_rows),
	},
	{
		.name = "gem-open", .request = DRM_IOCTL_GEM_OPEN,
		.size = sizeof(struct drm_gem_open), .card = true,
		.fill = fill_open, .call = call_open, FORM_ROWS(open_rows),
	},
	{
		.name = "prime-export", .request = DRM_IOCTL_PRIME_HANDLE_TO_FD,
		.size = sizeof(struct drm_prime_handle),
		.fill = fill_export, .call = call_export, FORM_ROWS(export_rows),
	},
	{
		.name = "prime-import", .request = DRM_IOCTL_PRIME_FD_TO_HANDLE,
		.size = sizeof(struct drm_prime_handle),
		.fill = fill_import, .call = call_import, FORM_ROWS(import_rows),
	},
	{
		.name = "dumb-create", .request = DRM_IOCTL_MODE_CREATE_DUMB,
		.size = sizeof(struct drm_mode_create_dumb), .card = true,
		.fill = fill_dumb, .call = call_dumb, FORM_ROWS(dumb_rows),
	},
	{
		.name = "dumb-map", .request = DRM_IOCTL_MODE_MAP_DUMB,
		.size = sizeof(struct drm_mode_map_dumb), .card = true,
		.fill = fill_map_dumb, .call = fields_call_card, FORM_ROWS(map_dumb_rows),
	},
	{
		.name = "dumb-destroy", .request = DRM_IOCTL_MODE_DESTROY_DUMB,
		.size = sizeof(struct drm_mode_destroy_dumb), .card = true,
		.fill = fill_destroy_dumb, .call = call_destroy_dumb,
		FORM_ROWS(destroy_dumb_rows),
	},
};

const struct part fields_gem = { forms, ARRAY_SIZE(forms) };
