// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The cursor queue.  The picture is copied out of the aperture when it is
 * defined, because user interfaces keep a cursor for as long as they like.
 */
#include "qemu/osdep.h"

#include "trace.h"
#include "vgpu-pv.h"

#define CURSOR_SIZE (VGPU_PV_CURSOR_DIMENSION * VGPU_PV_CURSOR_DIMENSION * 4)

static enum vgpu_pv_status vgpu_pv_cursor_place(struct vgpu_pv *s, const struct vgpu_pv_cursor *req,
						const uint8_t *picture)
{
	struct vgpu_pv_screen *screen = &s->screens[le32_to_cpu(req->scanout)];
	int32_t x = le32_to_cpu(req->x), y = le32_to_cpu(req->y);
	bool visible = req->visible;
	QEMUCursor *cursor;

	trace_vgpu_pv_cursor(le32_to_cpu(req->scanout), visible, x, y);
	if (picture) {
		cursor = cursor_alloc(VGPU_PV_CURSOR_DIMENSION, VGPU_PV_CURSOR_DIMENSION);
		cursor->hot_x = le32_to_cpu(req->hot_x);
		cursor->hot_y = le32_to_cpu(req->hot_y);
		memcpy(cursor->data, picture, CURSOR_SIZE);
		dpy_cursor_define(screen->con, cursor);
		cursor_unref(cursor);
		trace_vgpu_pv_cursor_picture(le32_to_cpu(req->scanout), le32_to_cpu(req->hot_x),
					     le32_to_cpu(req->hot_y));
	}
	dpy_mouse_set(screen->con, x, y, visible);
	return VGPU_PV_S_OK;
}

static enum vgpu_pv_status vgpu_pv_cursor_check(struct vgpu_pv *s, const struct vgpu_pv_cursor *req)
{
	if (le32_to_cpu(req->scanout) >= s->max_outputs)
		return VGPU_PV_S_NOENT;
	return le32_to_cpu(req->visible) > 1 ? VGPU_PV_S_INVALID : VGPU_PV_S_OK;
}

static enum vgpu_pv_status vgpu_pv_cursor_update(struct vgpu_pv *s, const void *request,
						 void *reply)
{
	const struct vgpu_pv_cursor *req = request;
	enum vgpu_pv_status status = vgpu_pv_cursor_check(s, req);
	uint8_t *picture;

	if (status != VGPU_PV_S_OK || !req->visible)
		return status != VGPU_PV_S_OK ? status : vgpu_pv_cursor_place(s, req, NULL);
	picture = vgpu_pv_aperture_range(s->aperture, le64_to_cpu(req->offset), CURSOR_SIZE);
	if (!picture || le32_to_cpu(req->hot_x) >= VGPU_PV_CURSOR_DIMENSION ||
	    le32_to_cpu(req->hot_y) >= VGPU_PV_CURSOR_DIMENSION)
		return VGPU_PV_S_INVALID;
	return vgpu_pv_cursor_place(s, req, picture);
}

static enum vgpu_pv_status vgpu_pv_cursor_move(struct vgpu_pv *s, const void *request, void *reply)
{
	enum vgpu_pv_status status = vgpu_pv_cursor_check(s, request);

	return status != VGPU_PV_S_OK ? status : vgpu_pv_cursor_place(s, request, NULL);
}

static const struct vgpu_pv_message vgpu_pv_cursor_messages[] = {
	{ VGPU_PV_MSG_UPDATE_CURSOR, sizeof(struct vgpu_pv_cursor), sizeof(struct vgpu_pv_reply),
	  vgpu_pv_cursor_update },
	{ VGPU_PV_MSG_MOVE_CURSOR, sizeof(struct vgpu_pv_cursor), sizeof(struct vgpu_pv_reply),
	  vgpu_pv_cursor_move },
};

static size_t vgpu_pv_cursor_answer(struct vgpu_pv *s, VirtQueue *vq, VirtQueueElement *elem)
{
	return vgpu_pv_message_answer(s, elem, vgpu_pv_cursor_messages,
				      ARRAY_SIZE(vgpu_pv_cursor_messages));
}

void vgpu_pv_cursor_serve(struct vgpu_pv *s)
{
	vgpu_pv_device_drain(s, s->cursor_vq, vgpu_pv_cursor_answer);
}

void vgpu_pv_cursor_off(struct vgpu_pv *s, unsigned int n)
{
	dpy_mouse_set(s->screens[n].con, 0, 0, false);
}
