/* SPDX-License-Identifier: MIT */
/* Dumb buffers, which the display's tests draw into and show. */
#ifndef VGPU_PV_DUMB_H
#define VGPU_PV_DUMB_H

#include <stdint.h>

struct vgpu_pv_dumb {
	uint32_t handle, fb, pitch, width, height, bpp;
	uint64_t size;
	uint32_t *map;
};

/* Mapped, without a framebuffer; what cannot be had fails the test. */
void vgpu_pv_dumb_create(int fd, struct vgpu_pv_dumb *dumb, uint32_t width, uint32_t height,
			 uint32_t bpp);
/* The same with a framebuffer of the whole. */
void vgpu_pv_dumb_create_fb(int fd, struct vgpu_pv_dumb *dumb, uint32_t width, uint32_t height,
			    uint32_t bpp);
void vgpu_pv_dumb_destroy(int fd, struct vgpu_pv_dumb *dumb);

/* A framebuffer of one plane: 0 or the negative errno. */
int vgpu_pv_add_fb(int fd, uint32_t handle, uint32_t pitch, uint32_t width, uint32_t height,
		   uint32_t format, uint32_t offset, uint32_t *fb);

#endif /* VGPU_PV_DUMB_H */
