// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device's outputs as QEMU's user interfaces see them.  When one looks, it is told
 * what changed: damage comes from the guest's flushes alone.
 *
 * What is attached, and its size, is what was said last by a user interface (its
 * window's size, none for a window that closed) or by a property of the device.
 */
#include "qemu/osdep.h"
#include "hw/display/edid.h"
#include "hw/qdev-core.h"
#include "qapi/error.h"
#include "qapi/visitor.h"

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

static void vgpu_pv_console_get_output(Object *obj, Visitor *v, const char *name, void *opaque,
				       Error **errp)
{
	const struct vgpu_pv_screen *screen = &VGPU_PV_DEVICE(obj)->screens[(uintptr_t)opaque];
	g_autofree char *value = NULL;

	if (screen->enabled)
		value = g_strdup_printf("%ux%u", screen->width, screen->height);
	else
		value = g_strdup("off");
	visit_type_str(v, name, &value, errp);
}

static bool vgpu_pv_console_parse(const char *value, uint32_t *width, uint32_t *height)
{
	char end;

	*width = *height = 0;
	if (!strcmp(value, "off"))
		return true;
	/* no sign, no spaces: sscanf() takes them */
	if (strspn(value, "0123456789x") != strlen(value) || strlen(value) > strlen("16384x16384"))
		return false;
	return sscanf(value, "%" SCNu32 "x%" SCNu32 "%c", width, height, &end) == 2 && *width &&
	       *width <= VGPU_PV_MAX_DIMENSION && *height && *height <= VGPU_PV_MAX_DIMENSION;
}

/* So that the same size is news again when a user interface asks for it. */
static void vgpu_pv_console_tell(struct vgpu_pv_screen *screen, uint32_t width, uint32_t height)
{
	QemuUIInfo info = *dpy_get_ui_info(screen->con);

	info.width = width;
	info.height = height;
	vgpu_pv_console_ui_info(screen, qemu_console_get_head(screen->con), &info);
	dpy_set_ui_info(screen->con, &info, false);
}

static void vgpu_pv_console_set_output(Object *obj, Visitor *v, const char *name, void *opaque,
				       Error **errp)
{
	struct vgpu_pv *s = VGPU_PV_DEVICE(obj);
	struct vgpu_pv_screen *screen = &s->screens[(uintptr_t)opaque];
	g_autofree char *value = NULL;
	uint32_t width, height;

	if (!visit_type_str(v, name, &value, errp))
		return;
	if (!vgpu_pv_console_parse(value, &width, &height)) {
		error_setg(errp, "%s=%s: give off or WIDTHxHEIGHT, each 1 to %u", name, value,
			   VGPU_PV_MAX_DIMENSION);
		return;
	}
	if (!qdev_is_realized(DEVICE(obj))) {
		screen->preset = true;
		screen->enabled = width;
		screen->width = width;
		screen->height = height;
	} else if (screen->con) {
		vgpu_pv_console_tell(screen, width, height);
	} else {
		error_setg(errp, "%s: the device has max-outputs=%u", name, s->max_outputs);
	}
}

void vgpu_pv_console_add_properties(ObjectClass *klass)
{
	uintptr_t i;

	for (i = 0; i < VGPU_PV_MAX_OUTPUTS; i++) {
		g_autofree char *name = g_strdup_printf("output%u", (unsigned int)i);

		object_class_property_add(klass, name, "str", vgpu_pv_console_get_output,
					  vgpu_pv_console_set_output, NULL, (void *)i);
		object_class_property_set_description(klass, name,
						      "what is attached there, at run time, too: "
						      "off or WIDTHxHEIGHT");
	}
}

bool vgpu_pv_console_check(struct vgpu_pv *s, Error **errp)
{
	unsigned int i;

	for (i = s->max_outputs; i < VGPU_PV_MAX_OUTPUTS; i++) {
		if (s->screens[i].preset) {
			error_setg(errp, "output%u: the device has max-outputs=%u", i,
				   s->max_outputs);
			return false;
		}
	}
	return true;
}

static void vgpu_pv_console_update(void *opaque)
{
	vgpu_pv_display_update(opaque);
}

const GraphicHwOps vgpu_pv_console_ops = {
	.gfx_update = vgpu_pv_console_update,
	.ui_info = vgpu_pv_console_ui_info,
};

void vgpu_pv_console_init(struct vgpu_pv *s)
{
	unsigned int i;

	for (i = 0; i < s->max_outputs; i++) {
		struct vgpu_pv_screen *screen = &s->screens[i];

		screen->s = s;
		if (!screen->preset)
			screen->enabled = i == 0;
		if (!screen->width) {
			screen->width = s->xres;
			screen->height = s->yres;
		}
		screen->con = graphic_console_init(DEVICE(s), i, &vgpu_pv_console_ops, screen);
	}
}

void vgpu_pv_console_close(struct vgpu_pv *s)
{
	unsigned int i;

	for (i = 0; i < s->max_outputs; i++) {
		vgpu_pv_display_drop(&s->screens[i]);
		graphic_console_close(s->screens[i].con);
	}
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
