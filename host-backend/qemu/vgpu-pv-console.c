// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device's outputs as QEMU's user interfaces see them.  There is no
 * periodic update: damage comes from the guest's flushes alone.
 */
#include "qemu/osdep.h"
#include "hw/display/edid.h"

#include "vgpu-pv.h"

static void vgpu_pv_console_ui_info(void *opaque, uint32_t head, QemuUIInfo *info)
{
	struct vgpu_pv_screen *screen = opaque, old = *screen;

	screen->enabled = info->width && info->height;
	screen->x = MAX(info->xoff, 0);
	screen->y = MAX(info->yoff, 0);
	if (screen->enabled) {
		screen->width = MIN(info->width, VGPU_PV_MAX_DIMENSION);
		screen->height = MIN(info->height, VGPU_PV_MAX_DIMENSION);
	}
	screen->width_mm = info->width_mm;
	screen->height_mm = info->height_mm;
	if (memcmp(&old, screen, sizeof(old)))
		vgpu_pv_device_event(screen->s, VGPU_PV_EVENT_DISPLAY);
}

const GraphicHwOps vgpu_pv_console_ops = {
	.ui_info = vgpu_pv_console_ui_info,
};

void vgpu_pv_console_init(struct vgpu_pv *s)
{
	unsigned int i;

	for (i = 0; i < s->max_outputs; i++) {
		struct vgpu_pv_screen *screen = &s->screens[i];

		screen->s = s;
		screen->enabled = i == 0;
		screen->width = s->xres;
		screen->height = s->yres;
		screen->con = graphic_console_init(DEVICE(s), i, &vgpu_pv_console_ops, screen);
	}
}

void vgpu_pv_console_close(struct vgpu_pv *s)
{
	unsigned int i;

	for (i = 0; i < s->max_outputs; i++)
		graphic_console_close(s->screens[i].con);
}

size_t vgpu_pv_console_edid(struct vgpu_pv *s, unsigned int n, uint8_t *edid, size_t size)
{
	const struct vgpu_pv_screen *screen = &s->screens[n];
	qemu_edid_info info = {
		.vendor = "VPV",
		.name = "vgpu-pv",
		.width_mm = screen->width_mm,
		.height_mm = screen->height_mm,
		.prefx = screen->width,
		.prefy = screen->height,
		/* as of a panel: programs that take the largest mode get this one */
		.maxx = screen->width,
		.maxy = screen->height,
		.refresh_rate = s->refresh,
	};

	qemu_edid_generate(edid, size, &info);
	return qemu_edid_size(edid);
}
