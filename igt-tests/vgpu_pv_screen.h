/* SPDX-License-Identifier: MIT */
/* The first connected output in its preferred mode, with two pictures to show. */
#ifndef VGPU_PV_SCREEN_H
#define VGPU_PV_SCREEN_H

#include <xf86drmMode.h>

#include "vgpu_pv_dumb.h"

struct vgpu_pv_screen {
	int fd;			/* master of the display */
	uint32_t crtc, connector;
	uint32_t minor;		/* its number in /sys/kernel/debug/dri */
	drmModeModeInfo mode;
	struct vgpu_pv_dumb front, back;
};

/* Skips where another program is master. */
void vgpu_pv_screen_open(struct vgpu_pv_screen *screen);
void vgpu_pv_screen_show(const struct vgpu_pv_screen *screen, const struct vgpu_pv_dumb *dumb);
void vgpu_pv_screen_close(struct vgpu_pv_screen *screen);

#endif /* VGPU_PV_SCREEN_H */
