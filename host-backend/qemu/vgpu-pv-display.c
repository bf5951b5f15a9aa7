// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The display queue.  A scanout is a surface over the aperture itself, so a
 * flush is nothing but a damaged rectangle, and screendump, VNC and the like
 * see what the guest drew without a copy.
 *
 * A guest flips pages faster than viewers look, and each new surface costs some
 * of them an upload.  So flips and damage are noted, and shown when a viewer is
 * about to look, as QEMU has it from devices that are looked at periodically.
 * Another size or format is shown at once, as viewers change their windows by it.
 */
#include "qemu/osdep.h"
#include "ui/qemu-pixman.h"

#include "trace.h"
#include "vgpu-pv.h"

/* DRM's fourcc codes, as the wire format names them. */
#define DISPLAY_FOURCC(a, b, c, d) \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

/* What is scanned out has nothing behind it: alpha is ignored. */
static const struct {
	uint32_t fourcc;
	pixman_format_code_t pixman;
} vgpu_pv_display_formats[] = {
	{ DISPLAY_FOURCC('X', 'R', '2', '4'), PIXMAN_LE_x8r8g8b8 },
	{ DISPLAY_FOURCC('A', 'R', '2', '4'), PIXMAN_LE_x8r8g8b8 },
	{ DISPLAY_FOURCC('X', 'B', '2', '4'), PIXMAN_LE_x8b8g8r8 },
	{ DISPLAY_FOURCC('A', 'B', '2', '4'), PIXMAN_LE_x8b8g8r8 },
	{ DISPLAY_FOURCC('R', 'G', '1', '6'), PIXMAN_r5g6b5 },
};

static pixman_format_code_t vgpu_pv_display_format(uint32_t fourcc)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vgpu_pv_display_formats); i++) {
		if (vgpu_pv_display_formats[i].fourcc == fourcc)
			return vgpu_pv_display_formats[i].pixman;
	}
	return 0;
}

static enum vgpu_pv_status vgpu_pv_display_get_info(struct vgpu_pv *s, const void *request,
						    void *reply)
{
	struct vgpu_pv_display_info_reply *info = reply;
	unsigned int i;

	for (i = 0; i < s->max_outputs; i++) {
		struct vgpu_pv_screen *screen = &s->screens[i];

		if (!screen->enabled)
			continue;
		info->outputs[i].enabled = cpu_to_le32(1);
		info->outputs[i].x = cpu_to_le32(screen->x);
		info->outputs[i].y = cpu_to_le32(screen->y);
		info->outputs[i].width = cpu_to_le32(screen->width);
		info->outputs[i].height = cpu_to_le32(screen->height);
	}
	return VGPU_PV_S_OK;
}

static enum vgpu_pv_status vgpu_pv_display_get_edid(struct vgpu_pv *s, const void *request,
						    void *reply)
{
	const struct vgpu_pv_get_edid *req = request;
	struct vgpu_pv_edid_reply *edid = reply;

	if (req->padding)
		return VGPU_PV_S_INVALID;
	if (le32_to_cpu(req->scanout) >= s->max_outputs)
		return VGPU_PV_S_NOENT;
	edid->size = cpu_to_le32(
		vgpu_pv_console_edid(s, le32_to_cpu(req->scanout), edid->edid, sizeof(edid->edid)));
	return VGPU_PV_S_OK;
}

/* Forgets what nobody has looked at yet. */
void vgpu_pv_display_drop(struct vgpu_pv_screen *screen)
{
	qemu_free_displaysurface(screen->next);
	screen->next = NULL;
	screen->damage = (pixman_box32_t){ 0 };
}

void vgpu_pv_display_update(struct vgpu_pv_screen *screen)
{
	DisplaySurface *next = screen->next;
	pixman_box32_t damage = screen->damage;

	screen->next = NULL;
	screen->damage = (pixman_box32_t){ 0 };
	if (next)
		dpy_gfx_replace_surface(screen->con, next);
	if (damage.x1 < damage.x2)
		dpy_gfx_update(screen->con, damage.x1, damage.y1, damage.x2 - damage.x1,
			       damage.y2 - damage.y1);
}

static void vgpu_pv_display_show(struct vgpu_pv_screen *screen, DisplaySurface *surface)
{
	bool same = screen->shown_width == (uint32_t)surface_width(surface) &&
		    screen->shown_height == (uint32_t)surface_height(surface) &&
		    surface_format(qemu_console_surface(screen->con)) == surface_format(surface);

	if (!same)
		vgpu_pv_display_drop(screen);
	qemu_free_displaysurface(screen->next);
	screen->next = surface;
	screen->shown_width = surface_width(surface);
	screen->shown_height = surface_height(surface);
	if (!same)
		vgpu_pv_display_update(screen);
}

void vgpu_pv_display_off(struct vgpu_pv *s, unsigned int n)
{
	struct vgpu_pv_screen *screen = &s->screens[n];

	if (!screen->shown_width)
		return;
	screen->shown_width = 0;
	screen->shown_height = 0;
	vgpu_pv_display_drop(screen);
	dpy_gfx_replace_surface(screen->con, NULL);
}

static void vgpu_pv_display_unref(pixman_image_t *image, void *aperture)
{
	vgpu_pv_aperture_unref(aperture);
}

static enum vgpu_pv_status vgpu_pv_display_set_scanout(struct vgpu_pv *s, const void *request,
						       void *reply)
{
	const struct vgpu_pv_set_scanout *req = request;
	uint32_t n = le32_to_cpu(req->scanout), format = le32_to_cpu(req->format);
	uint32_t width = le32_to_cpu(req->width), height = le32_to_cpu(req->height);
	uint64_t stride = le32_to_cpu(req->stride), offset = le64_to_cpu(req->offset);
	pixman_format_code_t pixman = vgpu_pv_display_format(format);
	uint32_t pixel = PIXMAN_FORMAT_BPP(pixman) / 8;
	pixman_image_t *image;
	uint8_t *pixels;

	if (req->padding)
		return VGPU_PV_S_INVALID;
	if (n >= s->max_outputs)
		return VGPU_PV_S_NOENT;
	trace_vgpu_pv_set_scanout(n, format, width, height, stride, offset);
	if (!format && !width && !height && !stride) {
		vgpu_pv_display_off(s, n);
		return VGPU_PV_S_OK;
	}
	if (!pixman || !width || width > VGPU_PV_MAX_DIMENSION || !height ||
	    height > VGPU_PV_MAX_DIMENSION)
		return VGPU_PV_S_INVALID;
	/* INT_MAX: pixman keeps it in an int, even where one line does not use it */
	if (stride < (uint64_t)width * pixel || stride % 4 || stride > INT_MAX || offset % pixel)
		return VGPU_PV_S_INVALID;
	pixels = vgpu_pv_aperture_range(s->aperture, offset,
					(uint64_t)(height - 1) * stride + (uint64_t)width * pixel);
	if (!pixels)
		return VGPU_PV_S_INVALID;

	image = pixman_image_create_bits(pixman, width, height, (uint32_t *)pixels, stride);
	if (!image)
		return VGPU_PV_S_NOMEM;
	vgpu_pv_aperture_ref(s->aperture);
	pixman_image_set_destroy_function(image, vgpu_pv_display_unref, s->aperture);
	vgpu_pv_display_show(&s->screens[n], qemu_create_displaysurface_pixman(image));
	pixman_image_unref(image);
	return VGPU_PV_S_OK;
}

static void vgpu_pv_display_damage(struct vgpu_pv_screen *screen, int32_t x, int32_t y,
				   int32_t width, int32_t height)
{
	pixman_box32_t *damage = &screen->damage;
	pixman_box32_t more = { x, y, x + width, y + height };

	if (damage->x1 == damage->x2) {
		*damage = more;
		return;
	}
	damage->x1 = MIN(damage->x1, more.x1);
	damage->y1 = MIN(damage->y1, more.y1);
	damage->x2 = MAX(damage->x2, more.x2);
	damage->y2 = MAX(damage->y2, more.y2);
}

static enum vgpu_pv_status vgpu_pv_display_flush(struct vgpu_pv *s, const void *request,
						 void *reply)
{
	const struct vgpu_pv_flush *req = request;
	uint32_t n = le32_to_cpu(req->scanout);
	uint32_t x = le32_to_cpu(req->x), y = le32_to_cpu(req->y);
	uint32_t width = le32_to_cpu(req->width), height = le32_to_cpu(req->height);
	struct vgpu_pv_screen *screen;

	if (req->padding)
		return VGPU_PV_S_INVALID;
	if (n >= s->max_outputs)
		return VGPU_PV_S_NOENT;
	trace_vgpu_pv_flush(n, x, y, width, height);
	screen = &s->screens[n];
	if (x >= screen->shown_width || y >= screen->shown_height)
		return VGPU_PV_S_OK;
	width = MIN(width, screen->shown_width - x);
	height = MIN(height, screen->shown_height - y);
	if (width && height)
		vgpu_pv_display_damage(screen, x, y, width, height);
	return VGPU_PV_S_OK;
}

static const struct vgpu_pv_message vgpu_pv_display_messages[] = {
	{ VGPU_PV_MSG_GET_DISPLAY_INFO, sizeof(struct vgpu_pv_request),
	  sizeof(struct vgpu_pv_display_info_reply), vgpu_pv_display_get_info },
	{ VGPU_PV_MSG_GET_EDID, sizeof(struct vgpu_pv_get_edid), sizeof(struct vgpu_pv_edid_reply),
	  vgpu_pv_display_get_edid },
	{ VGPU_PV_MSG_SET_SCANOUT, sizeof(struct vgpu_pv_set_scanout), sizeof(struct vgpu_pv_reply),
	  vgpu_pv_display_set_scanout },
	{ VGPU_PV_MSG_FLUSH, sizeof(struct vgpu_pv_flush), sizeof(struct vgpu_pv_reply),
	  vgpu_pv_display_flush },
};

static size_t vgpu_pv_display_answer(struct vgpu_pv *s, VirtQueue *vq, VirtQueueElement *elem)
{
	return vgpu_pv_message_answer(s, elem, vgpu_pv_display_messages,
				      ARRAY_SIZE(vgpu_pv_display_messages));
}

void vgpu_pv_display_serve(struct vgpu_pv *s)
{
	vgpu_pv_device_drain(s, s->display_vq, vgpu_pv_display_answer);
}
