// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: Messages to the display
 *
 * The host shows the aperture itself, without a copy. So a buffer stays where it
 * is until the device has used the message that replaces it as the scanout or
 * as the cursor: that message carries the hold of what it replaces.
 */

#include <linux/slab.h>

#include <drm/drm_edid.h>
#include <drm/drm_fourcc.h>
#include <drm/drm_framebuffer.h>
#include <drm/drm_print.h>
#include <drm/drm_rect.h>

#include "vgpu_pv_drv.h"

#define VGPU_PV_DEFAULT_WIDTH	1024
#define VGPU_PV_DEFAULT_HEIGHT	768
#define VGPU_PV_EDID_BLOCK	128

static unsigned long vgpu_pv_display_query_outputs(struct vgpu_pv_device *vg)
{
	const struct vgpu_pv_display_info_reply *reply;
	unsigned long changed = 0;
	struct vgpu_pv_msg *msg;
	unsigned int i;
	int ret;

	msg = vgpu_pv_msg_alloc(VGPU_PV_MSG_GET_DISPLAY_INFO, sizeof(struct vgpu_pv_request), 0,
				sizeof(*reply), GFP_KERNEL);
	if (!msg)
		return 0;

	ret = vgpu_pv_ring_call(&vg->queues[VGPU_PV_QUEUE_DISPLAY], msg, VGPU_PV_QUERY_TIMEOUT_MS);
	if (ret) {
		vgpu_pv_err(vg, "no display information: error %d\n", ret);
		goto out_put;
	}

	reply = msg->reply;
	for (i = 0; i < vg->num_outputs; i++) {
		struct vgpu_pv_pipe *pipe = &vg->pipes[i];
		u32 width = le32_to_cpu(reply->outputs[i].width);
		u32 height = le32_to_cpu(reply->outputs[i].height);
		bool enabled = le32_to_cpu(reply->outputs[i].enabled);

		if (enabled && (!width || width > VGPU_PV_MAX_DIMENSION ||
				!height || height > VGPU_PV_MAX_DIMENSION)) {
			vgpu_pv_err(vg, "output %u: a display of %ux%u pixels\n", i, width, height);
			enabled = false;
		}
		if (enabled != pipe->enabled ||
		    (enabled && (width != pipe->width || height != pipe->height)))
			changed |= BIT(i);
		pipe->enabled = enabled;
		if (!enabled)
			continue;
		pipe->width = width;
		pipe->height = height;
	}

out_put:
	vgpu_pv_msg_put(msg);
	return changed;
}

static const struct drm_edid *vgpu_pv_display_parse_edid(struct vgpu_pv_pipe *pipe,
							 const struct vgpu_pv_edid_reply *reply)
{
	u32 size = le32_to_cpu(reply->size);
	const struct drm_edid *edid;

	if (size < VGPU_PV_EDID_BLOCK || size > VGPU_PV_MAX_EDID_SIZE ||
	    size % VGPU_PV_EDID_BLOCK) {
		vgpu_pv_err(pipe->vg, "output %u: an EDID of %u bytes\n", pipe->index, size);
		return NULL;
	}

	edid = drm_edid_alloc(reply->edid, size);
	if (edid && !drm_edid_valid(edid)) {
		vgpu_pv_err(pipe->vg, "output %u: the EDID is not valid\n", pipe->index);
		drm_edid_free(edid);
		return NULL;
	}
	return edid;
}

static void vgpu_pv_display_query_edid(struct vgpu_pv_pipe *pipe)
{
	struct vgpu_pv_device *vg = pipe->vg;
	const struct drm_edid *edid = NULL;
	struct vgpu_pv_get_edid *req;
	struct vgpu_pv_msg *msg;
	int ret;

	msg = vgpu_pv_msg_alloc(VGPU_PV_MSG_GET_EDID, sizeof(*req), 0,
				sizeof(struct vgpu_pv_edid_reply), GFP_KERNEL);
	if (!msg)
		return;
	req = msg->request;
	req->scanout = cpu_to_le32(pipe->index);

	ret = vgpu_pv_ring_call(&vg->queues[VGPU_PV_QUEUE_DISPLAY], msg, VGPU_PV_QUERY_TIMEOUT_MS);
	if (ret)
		vgpu_pv_err(vg, "output %u: no EDID: error %d\n", pipe->index, ret);
	else
		edid = vgpu_pv_display_parse_edid(pipe, msg->reply);
	vgpu_pv_msg_put(msg);

	mutex_lock(&vg->drm->mode_config.mutex);
	swap(pipe->edid, edid);
	mutex_unlock(&vg->drm->mode_config.mutex);
	drm_edid_free(edid);
}

/**
 * vgpu_pv_display_query() - ask what is attached
 * @vg: the device
 *
 * Without an answer, the first output stays as it was, or gets a default.
 *
 * Return: bit per output that was attached, taken away or has another size.
 */
unsigned long vgpu_pv_display_query(struct vgpu_pv_device *vg)
{
	struct vgpu_pv_pipe *first = &vg->pipes[0];
	unsigned long changed;
	unsigned int i;

	if (!first->width) {
		first->enabled = true;
		first->width = VGPU_PV_DEFAULT_WIDTH;
		first->height = VGPU_PV_DEFAULT_HEIGHT;
	}

	changed = vgpu_pv_display_query_outputs(vg);
	for (i = 0; i < vg->num_outputs; i++)
		if (vg->pipes[i].enabled)
			vgpu_pv_display_query_edid(&vg->pipes[i]);
	return changed;
}

/* No right device refuses what the driver asks of the display. */
static void vgpu_pv_display_done(struct vgpu_pv_device *vg, struct vgpu_pv_msg *msg)
{
	if (msg->result && msg->result != -ENODEV && msg->result != -EPROTO)
		vgpu_pv_err(vg, "the display refused message 0x%x: error %d\n", msg->type,
			    msg->result);
}

/* Send what replaces *slot by obj: the message takes over the old one's hold. */
static void vgpu_pv_display_replace(struct vgpu_pv_pipe *pipe, unsigned int queue,
				    struct vgpu_pv_msg *msg, struct vgpu_pv_object **slot,
				    struct vgpu_pv_object *obj)
{
	if (obj)
		vgpu_pv_object_hold(obj);
	msg->object = *slot;
	msg->complete = vgpu_pv_display_done;
	*slot = obj;
	vgpu_pv_ring_post(&pipe->vg->queues[queue], msg);
}

/**
 * vgpu_pv_display_set_scanout() - show a buffer, or nothing
 * @pipe: the output
 * @fb: the framebuffer, or NULL
 * @src: what of it, in pixels
 */
void vgpu_pv_display_set_scanout(struct vgpu_pv_pipe *pipe, struct drm_framebuffer *fb,
				 const struct drm_rect *src)
{
	struct vgpu_pv_set_scanout *req;
	struct vgpu_pv_object *obj = NULL;
	struct vgpu_pv_msg *msg;
	u64 offset = 0;

	msg = vgpu_pv_msg_alloc(VGPU_PV_MSG_SET_SCANOUT, sizeof(*req), 0,
				sizeof(struct vgpu_pv_reply), GFP_KERNEL | __GFP_NOFAIL);
	req = msg->request;
	req->scanout = cpu_to_le32(pipe->index);
	if (fb) {
		obj = vgpu_pv_shadow_shown(fb);
		req->format = cpu_to_le32(fb->format->format);
		req->width = cpu_to_le32(drm_rect_width(src));
		req->height = cpu_to_le32(drm_rect_height(src));
		req->stride = cpu_to_le32(fb->pitches[0]);
		offset = obj->node.start + fb->offsets[0] + (u64)src->y1 * fb->pitches[0] +
			 src->x1 * fb->format->cpp[0];
		req->offset = cpu_to_le64(offset);
	}
	vgpu_pv_crc_note_scanout(pipe, fb, offset);
	vgpu_pv_display_replace(pipe, VGPU_PV_QUEUE_DISPLAY, msg, &pipe->scanout, obj);
}

/* With a reference of its own. */
static void vgpu_pv_display_set_pending(struct vgpu_pv_device *vg, struct vgpu_pv_msg *msg)
{
	refcount_inc(&msg->refs);
	spin_lock_irq(&vg->lock);
	swap(vg->flush, msg);
	spin_unlock_irq(&vg->lock);
	if (msg)
		vgpu_pv_msg_put(msg);
}

/**
 * vgpu_pv_display_flush() - let the display take what changed
 * @pipe: the output
 * @rect: what changed, in pixels of the scanout
 * @wait: until it did, so that user space may draw again after the page flip
 *
 * What the renderer draws is not seen before it is fetched: who does that waits then,
 * by vgpu_pv_display_settle(), and the next frame is drawn meanwhile.
 */
void vgpu_pv_display_flush(struct vgpu_pv_pipe *pipe, const struct drm_rect *rect, bool wait)
{
	struct vgpu_pv_queue *queue = &pipe->vg->queues[VGPU_PV_QUEUE_DISPLAY];
	struct vgpu_pv_flush *req;
	struct vgpu_pv_msg *msg;
	int ret;

	msg = vgpu_pv_msg_alloc(VGPU_PV_MSG_FLUSH, sizeof(*req), 0, sizeof(struct vgpu_pv_reply),
				GFP_KERNEL);
	if (!msg)
		return;
	req = msg->request;
	req->scanout = cpu_to_le32(pipe->index);
	req->x = cpu_to_le32(rect->x1);
	req->y = cpu_to_le32(rect->y1);
	req->width = cpu_to_le32(drm_rect_width(rect));
	req->height = cpu_to_le32(drm_rect_height(rect));
	msg->complete = vgpu_pv_display_done;

	if (wait) {
		ret = vgpu_pv_ring_call(queue, msg, VGPU_PV_FLUSH_TIMEOUT_MS);
	} else {
		ret = vgpu_pv_ring_queue(queue, msg, msecs_to_jiffies(VGPU_PV_FLUSH_TIMEOUT_MS));
		if (!ret)
			vgpu_pv_display_set_pending(pipe->vg, msg);
	}
	if (ret && ret != -ENODEV)
		drm_dbg_kms(pipe->vg->drm, "output %u: flush: error %d\n", pipe->index, ret);
	vgpu_pv_msg_put(msg);
}

/**
 * vgpu_pv_display_settle() - wait until the display shows what it was told last
 * @vg: the device
 *
 * Then nothing is read any more of a buffer that was shown before. Not for long, since
 * nothing is lost without an answer.
 */
void vgpu_pv_display_settle(struct vgpu_pv_device *vg)
{
	struct vgpu_pv_msg *msg;

	spin_lock_irq(&vg->lock);
	msg = vg->flush;
	if (msg)
		refcount_inc(&msg->refs);
	spin_unlock_irq(&vg->lock);
	if (!msg)
		return;

	vgpu_pv_ring_wait(&vg->queues[VGPU_PV_QUEUE_DISPLAY], msg, VGPU_PV_FLUSH_TIMEOUT_MS);
	vgpu_pv_msg_put(msg);
}

/**
 * vgpu_pv_display_cursor() - show, move or hide the cursor
 * @pipe: the output
 * @state: of the cursor plane, or NULL to hide it
 * @update: its picture or hot spot changed, too
 */
void vgpu_pv_display_cursor(struct vgpu_pv_pipe *pipe, const struct drm_plane_state *state,
			    bool update)
{
	struct vgpu_pv_object *obj = NULL;
	struct vgpu_pv_cursor *req;
	struct vgpu_pv_msg *msg;
	int hot_x, hot_y;

	msg = vgpu_pv_msg_alloc(update ? VGPU_PV_MSG_UPDATE_CURSOR : VGPU_PV_MSG_MOVE_CURSOR,
				sizeof(*req), 0, sizeof(struct vgpu_pv_reply),
				GFP_KERNEL | __GFP_NOFAIL);
	req = msg->request;
	req->scanout = cpu_to_le32(pipe->index);
	if (state) {
		req->x = cpu_to_le32(state->crtc_x);
		req->y = cpu_to_le32(state->crtc_y);
	}
	if (state && state->visible) {
		obj = to_vgpu_pv_object(state->fb->obj[0]);
		req->visible = cpu_to_le32(1);
	}
	if (update && obj) {
		/* User space may put it anywhere, the device's is in the picture. */
		hot_x = clamp(vgpu_pv_compat_hotspot_x(state), 0, VGPU_PV_CURSOR_DIMENSION - 1);
		hot_y = clamp(vgpu_pv_compat_hotspot_y(state), 0, VGPU_PV_CURSOR_DIMENSION - 1);
		req->hot_x = cpu_to_le32(hot_x);
		req->hot_y = cpu_to_le32(hot_y);
		req->offset = cpu_to_le64(obj->node.start + state->fb->offsets[0]);
	}

	vgpu_pv_crc_note_cursor(pipe, state);
	if (update)
		vgpu_pv_display_replace(pipe, VGPU_PV_QUEUE_CURSOR, msg, &pipe->cursor, obj);
	else
		vgpu_pv_ring_post(&pipe->vg->queues[VGPU_PV_QUEUE_CURSOR], msg);
}
