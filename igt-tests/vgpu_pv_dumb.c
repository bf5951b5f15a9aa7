// SPDX-License-Identifier: MIT
/* Dumb buffers: see vgpu_pv_dumb.h. */
#include "igt.h"

#include <drm/drm_fourcc.h>

#include "vgpu_pv_dumb.h"
#include "vgpu_pv_lib.h"

void vgpu_pv_dumb_create(int fd, struct vgpu_pv_dumb *dumb, uint32_t width, uint32_t height,
			 uint32_t bpp)
{
	struct drm_mode_create_dumb args = { .width = width, .height = height, .bpp = bpp };
	struct drm_mode_map_dumb map = { 0 };

	do_ioctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &args);
	igt_assert(args.pitch >= width * (bpp / 8) && args.size >= (uint64_t)args.pitch * height);
	*dumb = (struct vgpu_pv_dumb){
		.handle = args.handle, .pitch = args.pitch, .size = args.size,
		.width = width, .height = height, .bpp = bpp,
	};
	map.handle = args.handle;
	do_ioctl(fd, DRM_IOCTL_MODE_MAP_DUMB, &map);
	dumb->map = mmap(NULL, args.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, map.offset);
	igt_assert(dumb->map != MAP_FAILED);
}

void vgpu_pv_dumb_create_fb(int fd, struct vgpu_pv_dumb *dumb, uint32_t width, uint32_t height,
			    uint32_t bpp)
{
	uint32_t format = bpp == 16 ? DRM_FORMAT_RGB565 : DRM_FORMAT_XRGB8888;

	vgpu_pv_dumb_create(fd, dumb, width, height, bpp);
	igt_assert_eq(vgpu_pv_add_fb(fd, dumb->handle, dumb->pitch, width, height, format, 0,
				     &dumb->fb), 0);
}

void vgpu_pv_dumb_destroy(int fd, struct vgpu_pv_dumb *dumb)
{
	if (dumb->fb)
		igt_assert_eq(drmModeRmFB(fd, dumb->fb), 0);
	igt_assert_eq(munmap(dumb->map, dumb->size), 0);
	igt_assert_eq(drmModeDestroyDumbBuffer(fd, dumb->handle), 0);
	memset(dumb, 0, sizeof(*dumb));
}

int vgpu_pv_add_fb(int fd, uint32_t handle, uint32_t pitch, uint32_t width, uint32_t height,
		   uint32_t format, uint32_t offset, uint32_t *fb)
{
	const uint32_t handles[4] = { handle }, pitches[4] = { pitch }, offsets[4] = { offset };

	return drmModeAddFB2(fd, width, height, format, handles, pitches, offsets, fb, 0) ?
		       -errno : 0;
}
