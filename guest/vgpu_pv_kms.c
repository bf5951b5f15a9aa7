// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: Mode setting
 *
 * Each output of the device is a CRTC, an encoder and a connector with two
 * planes. There is no mode to program: the host shows what it is given, at any
 * size. What is attached, its size and its EDID come from the device, at the
 * start and whenever it says that they changed.
 */

#include <linux/math.h>

#include <drm/drm_atomic.h>
#include <drm/drm_atomic_helper.h>
#include <drm/drm_damage_helper.h>
#include <drm/drm_edid.h>
#include <drm/drm_fourcc.h>
#include <drm/drm_framebuffer.h>
#include <drm/drm_gem_framebuffer_helper.h>
#include <drm/drm_managed.h>
#include <drm/drm_modeset_helper_vtables.h>
#include <drm/drm_print.h>
#include <drm/drm_probe_helper.h>
#include <drm/drm_vblank.h>

#include "vgpu_pv_drv.h"

#define VGPU_PV_MIN_SIZE	1
#define VGPU_PV_DEFAULT_REFRESH	60

/* The renderer's number. */
#define VGPU_PV_FORMAT_B5G6R5	7
#define VGPU_PV_MAX_REFRESH	1000

static struct vgpu_pv_pipe *vgpu_pv_kms_pipe(struct drm_connector *connector)
{
	return container_of(connector, struct vgpu_pv_pipe, connector);
}

/* The CRTC. */

/* With the next vblank, or now where there will be none. */
static void vgpu_pv_kms_send_event(struct drm_crtc *crtc)
{
	struct drm_pending_vblank_event *event = crtc->state->event;

	if (!event)
		return;
	crtc->state->event = NULL;

	spin_lock_irq(&crtc->dev->event_lock);
	if (crtc->state->active && !drm_crtc_vblank_get(crtc))
		drm_crtc_arm_vblank_event(crtc, event);
	else
		drm_crtc_send_vblank_event(crtc, event);
	spin_unlock_irq(&crtc->dev->event_lock);
}

static void vgpu_pv_kms_atomic_enable(struct drm_crtc *crtc, struct drm_atomic_commit *state)
{
	struct vgpu_pv_pipe *pipe = to_vgpu_pv_pipe(crtc);

	pipe->modeset = true;
	vgpu_pv_crc_note_mode(pipe, &crtc->state->mode);
	vgpu_pv_vblank_on(pipe);
}

static void vgpu_pv_kms_atomic_disable(struct drm_crtc *crtc, struct drm_atomic_commit *state)
{
	struct vgpu_pv_pipe *pipe = to_vgpu_pv_pipe(crtc);

	vgpu_pv_vblank_off(pipe);
	if (pipe->cursor)
		vgpu_pv_display_cursor(pipe, NULL, true);
	vgpu_pv_display_set_scanout(pipe, NULL, NULL);

	/* Of a CRTC that stays off, nothing is flushed. */
	if (!crtc->state->active)
		vgpu_pv_kms_send_event(crtc);
}

static void vgpu_pv_kms_atomic_flush(struct drm_crtc *crtc, struct drm_atomic_commit *state)
{
	/* Ahead of the event: who was told of a frame finds its checksum. */
	vgpu_pv_crc_commit(to_vgpu_pv_pipe(crtc));
	vgpu_pv_kms_send_event(crtc);
}

/* A timer makes the vblanks.  A frame longer than a second overflows what the core computes. */
static enum drm_mode_status vgpu_pv_kms_mode_valid(struct drm_crtc *crtc,
						   const struct drm_display_mode *mode)
{
	int refresh = drm_mode_vrefresh(mode);

	return refresh >= 1 && refresh <= VGPU_PV_MAX_REFRESH ? MODE_OK : MODE_VSYNC;
}

static const struct drm_crtc_helper_funcs vgpu_pv_kms_crtc_helpers = {
	.mode_valid = vgpu_pv_kms_mode_valid,
	.atomic_enable = vgpu_pv_kms_atomic_enable,
	.atomic_disable = vgpu_pv_kms_atomic_disable,
	.atomic_flush = vgpu_pv_kms_atomic_flush,
};

static const struct drm_crtc_funcs vgpu_pv_kms_crtc_funcs = {
	.set_config = drm_atomic_helper_set_config,
	.page_flip = drm_atomic_helper_page_flip,
	.reset = drm_atomic_helper_crtc_reset,
	.atomic_duplicate_state = drm_atomic_helper_crtc_duplicate_state,
	.atomic_destroy_state = drm_atomic_helper_crtc_destroy_state,
	.enable_vblank = vgpu_pv_vblank_enable,
	.disable_vblank = vgpu_pv_vblank_disable,
	.get_vblank_timestamp = vgpu_pv_vblank_timestamp,
	.get_crc_sources = vgpu_pv_crc_get_sources,
	.verify_crc_source = vgpu_pv_crc_verify_source,
	.set_crc_source = vgpu_pv_crc_set_source,
};

/* The connector. */

/* Blanking as of a panel.  CVT has multiples of 8 pixels only, and nothing small. */
static struct drm_display_mode *vgpu_pv_kms_exact_mode(struct drm_device *drm, u32 width,
						       u32 height)
{
	struct drm_display_mode *mode = drm_mode_create(drm);

	if (!mode)
		return NULL;
	mode->type = DRM_MODE_TYPE_DRIVER | DRM_MODE_TYPE_PREFERRED;
	mode->hdisplay = width;
	mode->hsync_start = width + 48;
	mode->hsync_end = width + 80;
	mode->htotal = width + 160;
	mode->vdisplay = height;
	mode->vsync_start = height + 3;
	mode->vsync_end = height + 9;
	mode->vtotal = height + 31;
	mode->clock = DIV_ROUND_CLOSEST_ULL((u64)mode->htotal * mode->vtotal *
					    VGPU_PV_DEFAULT_REFRESH, 1000);
	drm_mode_set_name(mode);
	return mode;
}

/* The core drops what isn't, and EDIDs of small sizes have no room for a pulse. */
static bool vgpu_pv_kms_mode_is_whole(const struct drm_display_mode *mode)
{
	return mode->clock &&
	       mode->hdisplay <= mode->hsync_start && mode->hsync_start < mode->hsync_end &&
	       mode->hsync_end <= mode->htotal &&
	       mode->vdisplay <= mode->vsync_start && mode->vsync_start < mode->vsync_end &&
	       mode->vsync_end <= mode->vtotal;
}

static int vgpu_pv_kms_add_preferred(struct drm_connector *connector)
{
	struct vgpu_pv_pipe *pipe = vgpu_pv_kms_pipe(connector);
	struct drm_display_mode *mode;

	if (!pipe->width || !pipe->height)
		return 0;

	list_for_each_entry(mode, &connector->probed_modes, head)
		if (mode->hdisplay == pipe->width && mode->vdisplay == pipe->height &&
		    mode->type & DRM_MODE_TYPE_PREFERRED && vgpu_pv_kms_mode_is_whole(mode))
			return 0;

	mode = vgpu_pv_kms_exact_mode(connector->dev, pipe->width, pipe->height);
	if (!mode)
		return 0;
	drm_mode_probed_add(connector, mode);
	return 1;
}

static int vgpu_pv_kms_get_modes(struct drm_connector *connector)
{
	struct vgpu_pv_pipe *pipe = vgpu_pv_kms_pipe(connector);
	int count;

	drm_edid_connector_update(connector, pipe->edid);
	count = drm_edid_connector_add_modes(connector);
	if (!count)
		count = drm_add_modes_noedid(connector, pipe->width, pipe->height);
	return count + vgpu_pv_kms_add_preferred(connector);
}

static int vgpu_pv_kms_detect(struct drm_connector *connector, struct drm_modeset_acquire_ctx *ctx,
			      bool force)
{
	return vgpu_pv_kms_pipe(connector)->enabled ? connector_status_connected :
						      connector_status_disconnected;
}

static const struct drm_connector_helper_funcs vgpu_pv_kms_connector_helpers = {
	.get_modes = vgpu_pv_kms_get_modes,
	.detect_ctx = vgpu_pv_kms_detect,
};

static const struct drm_connector_funcs vgpu_pv_kms_connector_funcs = {
	.fill_modes = drm_helper_probe_single_connector_modes,
	.reset = drm_atomic_helper_connector_reset,
	.atomic_duplicate_state = drm_atomic_helper_connector_duplicate_state,
	.atomic_destroy_state = drm_atomic_helper_connector_destroy_state,
};

/* Framebuffers. */

static const struct drm_framebuffer_funcs vgpu_pv_kms_fb_funcs = {
	.destroy = drm_gem_fb_destroy,
	.create_handle = drm_gem_fb_create_handle,
	.dirty = drm_atomic_helper_dirtyfb,
};

/**
 * vgpu_pv_kms_check_fb() - whether a framebuffer can be shown
 * @fb: the framebuffer
 *
 * It is asked again when it is to be shown: the core gives a framebuffer its id, by
 * which others find it, before it was checked.
 *
 * Returns: zero, or -EINVAL for what the size check of the core, which knows only
 * bytes, doesn't cover.
 */
int vgpu_pv_kms_check_fb(const struct drm_framebuffer *fb)
{
	const struct vgpu_pv_object *obj = to_vgpu_pv_object(fb->obj[0]);
	bool is_16bit = obj->format == VGPU_PV_FORMAT_B5G6R5;

	if (obj->placement != VGPU_PV_IN_APERTURE && !obj->base.base.import_attach)
		return -EINVAL;
	if (fb->pitches[0] % 4 || fb->offsets[0] % fb->format->cpp[0])
		return -EINVAL;
	if (!obj->id || obj->blob)
		return 0;
	/* A resource is fetched to its beginning, line by line, in its own format. */
	if (fb->offsets[0] || fb->width > obj->width || fb->height > obj->height)
		return -EINVAL;
	return fb->format->cpp[0] == (is_16bit ? 2 : 4) ? 0 : -EINVAL;
}

static struct drm_framebuffer *vgpu_pv_kms_fb_create(struct drm_device *drm, struct drm_file *file,
						     const struct drm_format_info *info,
						     const struct drm_mode_fb_cmd2 *cmd)
{
	struct drm_framebuffer *fb;
	int ret;

	if (!drm_any_plane_has_format(drm, cmd->pixel_format, cmd->modifier[0]))
		return ERR_PTR(-EINVAL);

	fb = drm_gem_fb_create_with_funcs(drm, file, info, cmd, &vgpu_pv_kms_fb_funcs);
	if (IS_ERR(fb))
		return fb;

	ret = vgpu_pv_kms_check_fb(fb);
	if (!ret && fb->obj[0]->import_attach)
		ret = vgpu_pv_shadow_create(to_vgpu_pv_object(fb->obj[0]));
	if (ret) {
		drm_framebuffer_put(fb);
		return ERR_PTR(ret);
	}
	return fb;
}

VGPU_PV_COMPAT_FB_CREATE(vgpu_pv_kms_fb_create)

static const struct drm_mode_config_funcs vgpu_pv_kms_mode_funcs = {
	.fb_create = VGPU_PV_COMPAT_FB_CREATE_NAME(vgpu_pv_kms_fb_create),
	.atomic_check = drm_atomic_helper_check,
	.atomic_commit = drm_atomic_helper_commit,
};

/*
 * A frame is waited for before the next, so planes come after the CRTC is on.
 * The wait is for the flip's event: the helpers' wait for a vblank takes 100 ms
 * without one for a driver's fault, and a virtual CPU may not run for as long.
 */
static void vgpu_pv_kms_commit_tail(struct drm_atomic_commit *state)
{
	struct drm_device *drm = state->dev;

	drm_atomic_helper_commit_modeset_disables(drm, state);
	drm_atomic_helper_commit_modeset_enables(drm, state);
	drm_atomic_helper_commit_planes(drm, state, DRM_PLANE_COMMIT_ACTIVE_ONLY);
	drm_atomic_helper_fake_vblank(state);
	drm_atomic_helper_commit_hw_done(state);
	drm_atomic_helper_wait_for_flip_done(drm, state);
	drm_atomic_helper_cleanup_planes(drm, state);
}

static const struct drm_mode_config_helper_funcs vgpu_pv_kms_mode_helpers = {
	.atomic_commit_tail = vgpu_pv_kms_commit_tail,
};

static void vgpu_pv_kms_fini_pipe(struct drm_device *drm, void *data)
{
	struct vgpu_pv_pipe *pipe = data;

	hrtimer_cancel(&pipe->vblank_timer);
	drm_edid_free(pipe->edid);
	if (pipe->scanout)
		vgpu_pv_object_release(pipe->scanout);
	if (pipe->cursor)
		vgpu_pv_object_release(pipe->cursor);
}

static void vgpu_pv_kms_fini_flush(struct drm_device *drm, void *data)
{
	struct vgpu_pv_device *vg = data;

	if (vg->flush)
		vgpu_pv_msg_put(vg->flush);
}

static int vgpu_pv_kms_init_pipe(struct vgpu_pv_device *vg, unsigned int index)
{
	struct vgpu_pv_pipe *pipe = &vg->pipes[index];
	struct drm_plane *primary, *cursor;
	int ret;

	pipe->vg = vg;
	pipe->index = index;
	vgpu_pv_vblank_init(pipe);
	ret = drmm_add_action_or_reset(vg->drm, vgpu_pv_kms_fini_pipe, pipe);
	if (ret)
		return ret;
	ret = drmm_mutex_init(vg->drm, &pipe->crc_lock);
	if (ret)
		return ret;

	primary = vgpu_pv_plane_create(vg, DRM_PLANE_TYPE_PRIMARY, index);
	if (IS_ERR(primary))
		return PTR_ERR(primary);
	cursor = vgpu_pv_plane_create(vg, DRM_PLANE_TYPE_CURSOR, index);
	if (IS_ERR(cursor))
		return PTR_ERR(cursor);

	ret = drmm_crtc_init_with_planes(vg->drm, &pipe->crtc, primary, cursor,
					 &vgpu_pv_kms_crtc_funcs, NULL);
	if (ret)
		return ret;
	drm_crtc_helper_add(&pipe->crtc, &vgpu_pv_kms_crtc_helpers);

	ret = drmm_encoder_init(vg->drm, &pipe->encoder, NULL, DRM_MODE_ENCODER_VIRTUAL, NULL);
	if (ret)
		return ret;
	pipe->encoder.possible_crtcs = drm_crtc_mask(&pipe->crtc);

	ret = drmm_connector_init(vg->drm, &pipe->connector, &vgpu_pv_kms_connector_funcs,
				  DRM_MODE_CONNECTOR_VIRTUAL, NULL);
	if (ret)
		return ret;
	drm_connector_helper_add(&pipe->connector, &vgpu_pv_kms_connector_helpers);
	drm_connector_attach_edid_property(&pipe->connector);
	pipe->connector.polled = DRM_CONNECTOR_POLL_HPD;

	return drm_connector_attach_encoder(&pipe->connector, &pipe->encoder);
}

/**
 * vgpu_pv_kms_hotplug() - tell user space of outputs that changed
 * @vg: the device
 * @changed: bit per output; none where it is only known that something did
 */
void vgpu_pv_kms_hotplug(struct vgpu_pv_device *vg, unsigned long changed)
{
	unsigned int i;

	for_each_set_bit(i, &changed, vg->num_outputs) {
		struct drm_connector *connector = &vg->pipes[i].connector;

		/* By itself that tells of what was attached or taken away, not of a size. */
		if (!drm_connector_helper_hpd_irq_event(connector))
			drm_kms_helper_connector_hotplug_event(connector);
	}
	if (!changed)
		drm_kms_helper_hotplug_event(vg->drm);
}

/**
 * vgpu_pv_kms_init() - set up the outputs
 * @vg: the device
 *
 * Returns: 0 or a negative errno.
 */
int vgpu_pv_kms_init(struct vgpu_pv_device *vg)
{
	struct drm_mode_config *config = &vg->drm->mode_config;
	unsigned int i;
	int ret;

	ret = drmm_mode_config_init(vg->drm);
	if (ret)
		return ret;

	ret = drmm_add_action_or_reset(vg->drm, vgpu_pv_kms_fini_flush, vg);
	if (ret)
		return ret;

	config->funcs = &vgpu_pv_kms_mode_funcs;
	config->helper_private = &vgpu_pv_kms_mode_helpers;
	config->min_width = VGPU_PV_MIN_SIZE;
	config->min_height = VGPU_PV_MIN_SIZE;
	config->max_width = VGPU_PV_MAX_DIMENSION;
	config->max_height = VGPU_PV_MAX_DIMENSION;
	config->cursor_width = VGPU_PV_CURSOR_DIMENSION;
	config->cursor_height = VGPU_PV_CURSOR_DIMENSION;
	config->preferred_depth = 24;

	for (i = 0; i < vg->num_outputs; i++) {
		ret = vgpu_pv_kms_init_pipe(vg, i);
		if (ret)
			return ret;
	}

	ret = drm_vblank_init(vg->drm, vg->num_outputs);
	if (ret)
		return ret;

	drm_mode_config_reset(vg->drm);
	return 0;
}
