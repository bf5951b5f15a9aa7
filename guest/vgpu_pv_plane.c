// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: Planes
 *
 * A primary plane that shows a piece of the aperture, and a cursor plane. What
 * the CPU drew is in the aperture already, and of another exporter's buffer a
 * commit copies what changed to its shadow. What the renderer drew is fetched:
 * when the plane is prepared, a transfer of what is stale of the framebuffer is
 * queued behind the drawing. The commit waits for it with a limit, which is why
 * its fence isn't left to the core, which has none: a stuck renderer must not
 * take the display along.
 */

#include <linux/dma-fence-unwrap.h>
#include <linux/dma-resv.h>
#include <linux/iosys-map.h>
#include <linux/jiffies.h>
#include <linux/slab.h>

#include <drm/drm_atomic.h>
#include <drm/drm_atomic_helper.h>
#include <drm/drm_damage_helper.h>
#include <drm/drm_fourcc.h>
#include <drm/drm_framebuffer.h>
#include <drm/drm_gem_atomic_helper.h>
#include <drm/drm_gem_framebuffer_helper.h>
#include <drm/drm_print.h>

#include "vgpu_pv_drv.h"

/*
 * struct vgpu_pv_plane_state - a plane's state
 * @transfer: the fetch of what the renderer drew, or NULL; a reference
 * @drawn: without a fetch, what the device still does with the picture, or NULL;
 *	   a reference
 * @damage: up to this frame, once it is prepared
 * @import: the mapping of a framebuffer that has a shadow, once it is prepared
 */
struct vgpu_pv_plane_state {
	struct drm_plane_state base;
	struct dma_fence *transfer;
	struct dma_fence *drawn;
	struct vgpu_pv_damage damage;
	struct iosys_map import[DRM_FORMAT_MAX_PLANES];
};

static const u32 vgpu_pv_plane_primary_formats[] = {
	DRM_FORMAT_XRGB8888,
	DRM_FORMAT_ARGB8888,
	DRM_FORMAT_XBGR8888,
	DRM_FORMAT_ABGR8888,
	DRM_FORMAT_RGB565,
};

static const u32 vgpu_pv_plane_cursor_formats[] = {
	DRM_FORMAT_ARGB8888,
};

static struct vgpu_pv_plane_state *to_vgpu_pv_plane_state(struct drm_plane_state *state)
{
	return container_of(state, struct vgpu_pv_plane_state, base);
}

static void vgpu_pv_plane_reset(struct drm_plane *plane)
{
	struct vgpu_pv_plane_state *state;

	if (plane->state)
		plane->funcs->atomic_destroy_state(plane, plane->state);

	state = kzalloc(sizeof(*state), GFP_KERNEL);
	if (state)
		__drm_atomic_helper_plane_reset(plane, &state->base);
	else
		plane->state = NULL;
}

static struct drm_plane_state *vgpu_pv_plane_duplicate_state(struct drm_plane *plane)
{
	struct vgpu_pv_plane_state *state;

	state = kzalloc(sizeof(*state), GFP_KERNEL);
	if (!state)
		return NULL;
	__drm_atomic_helper_plane_duplicate_state(plane, &state->base);
	state->damage = to_vgpu_pv_plane_state(plane->state)->damage;
	return &state->base;
}

static void vgpu_pv_plane_unmap(struct drm_plane_state *state)
{
	struct iosys_map *import = to_vgpu_pv_plane_state(state)->import;

	if (iosys_map_is_null(&import[0]))
		return;
	drm_gem_fb_vunmap(state->fb, import);
	iosys_map_clear(&import[0]);
}

/* Mapped still where a shutdown lacked the memory to clean up. */
static void vgpu_pv_plane_destroy_state(struct drm_plane *plane, struct drm_plane_state *state)
{
	vgpu_pv_plane_unmap(state);
	dma_fence_put(to_vgpu_pv_plane_state(state)->transfer);
	dma_fence_put(to_vgpu_pv_plane_state(state)->drawn);
	__drm_atomic_helper_plane_destroy_state(state);
	kfree(to_vgpu_pv_plane_state(state));
}

static const struct drm_plane_funcs vgpu_pv_plane_funcs = {
	.update_plane = drm_atomic_helper_update_plane,
	.disable_plane = drm_atomic_helper_disable_plane,
	.reset = vgpu_pv_plane_reset,
	.atomic_duplicate_state = vgpu_pv_plane_duplicate_state,
	.atomic_destroy_state = vgpu_pv_plane_destroy_state,
};

/* The device takes so many lines of this length, from where the buffer begins. */
static int vgpu_pv_plane_check_cursor(const struct drm_plane_state *new)
{
	const u32 size = VGPU_PV_CURSOR_DIMENSION << 16;

	/* An import, which isn't. */
	if (to_vgpu_pv_object(new->fb->obj[0])->placement != VGPU_PV_IN_APERTURE)
		return -EINVAL;
	if (new->src_x || new->src_y || new->src_w != size || new->src_h != size ||
	    new->fb->pitches[0] != VGPU_PV_CURSOR_DIMENSION * 4)
		return -EINVAL;
	return 0;
}

static int vgpu_pv_plane_check_primary(const struct drm_plane_state *new)
{
	const struct vgpu_pv_object *obj = to_vgpu_pv_object(new->fb->obj[0]);

	return obj->placement == VGPU_PV_IN_APERTURE || READ_ONCE(obj->shadow) ? 0 : -EINVAL;
}

static int vgpu_pv_plane_atomic_check(struct drm_plane *plane, struct drm_atomic_commit *state)
{
	struct drm_plane_state *new = drm_atomic_get_new_plane_state(state, plane);
	bool is_cursor = plane->type == DRM_PLANE_TYPE_CURSOR;
	struct drm_crtc_state *crtc_state = NULL;
	int ret;

	if (new->crtc)
		crtc_state = drm_atomic_get_new_crtc_state(state, new->crtc);
	ret = drm_atomic_helper_check_plane_state(new, crtc_state, DRM_PLANE_NO_SCALING,
						  DRM_PLANE_NO_SCALING, is_cursor, true);
	if (ret || !new->fb)
		return ret;
	ret = vgpu_pv_kms_check_fb(new->fb);
	if (ret)
		return ret;
	return is_cursor ? vgpu_pv_plane_check_cursor(new) : vgpu_pv_plane_check_primary(new);
}

/* Whether it is of this device alone, which may never signal it. */
static bool vgpu_pv_plane_is_own_fence(struct vgpu_pv_device *vg, struct dma_fence *fence)
{
	struct dma_fence_unwrap iter;
	struct dma_fence *f;

	if (!fence)
		return false;
	dma_fence_unwrap_for_each(f, &iter, fence) {
		if (!vgpu_pv_fence_is_ours(vg, f)) {
			dma_fence_put(iter.chain);
			return false;
		}
	}
	return true;
}

static int vgpu_pv_plane_prepare_drawn(struct drm_plane *plane, struct drm_plane_state *new)
{
	struct vgpu_pv_plane_state *state = to_vgpu_pv_plane_state(new);
	int ret;

	ret = drm_gem_plane_helper_prepare_fb(plane, new);
	if (ret)
		return ret;
	if (vgpu_pv_plane_is_own_fence(to_vgpu_pv(plane->dev), new->fence)) {
		state->drawn = new->fence;
		new->fence = NULL;
	}
	return 0;
}

/* What of the framebuffer is stale: nothing, where the renderer has no part in it. */
static const struct drm_rect *vgpu_pv_plane_stale(struct drm_plane *plane,
						  struct drm_plane_state *new)
{
	struct vgpu_pv_plane_state *state = to_vgpu_pv_plane_state(new);
	struct drm_rect whole, changed = { };

	drm_rect_fp_to_int(&whole, &new->src);
	/* Where nothing was shown, nothing can be the same; of a cursor nobody tells. */
	if (!plane->state->fb || !plane->state->visible || plane->type == DRM_PLANE_TYPE_CURSOR)
		changed = whole;
	else
		drm_atomic_helper_damage_merged(plane->state, new, &changed);
	return vgpu_pv_damage_frame(&state->damage, new->fb, &changed, &whole);
}

static int vgpu_pv_plane_prepare_pixels(struct drm_plane *plane, struct drm_plane_state *new)
{
	int ret = vgpu_pv_plane_prepare_drawn(plane, new);

	if (ret || !to_vgpu_pv_object(new->fb->obj[0])->shadow)
		return ret;
	return drm_gem_fb_vmap(new->fb, to_vgpu_pv_plane_state(new)->import, NULL);
}

static int vgpu_pv_plane_prepare_fb(struct drm_plane *plane, struct drm_plane_state *new)
{
	struct vgpu_pv_plane_state *state = to_vgpu_pv_plane_state(new);
	struct vgpu_pv_object *obj;
	const struct drm_rect *stale;
	struct dma_fence *fence;

	if (!new->fb || !new->visible)
		return 0;

	/* A cursor that moves has no damage: it is another buffer, or the same picture. */
	if (plane->type == DRM_PLANE_TYPE_CURSOR && plane->state->fb == new->fb)
		return 0;

	stale = vgpu_pv_plane_stale(plane, new);
	obj = to_vgpu_pv_object(new->fb->obj[0]);
	if (!obj->id || obj->blob)
		return vgpu_pv_plane_prepare_pixels(plane, new);
	if (!drm_rect_visible(stale))
		return 0;

	/* Into a buffer that the display may have been showing until just now. */
	vgpu_pv_display_settle(to_vgpu_pv(plane->dev));
	fence = vgpu_pv_transfer_scanout(new->fb, stale, new->fence);
	/* With the renderer gone or stuck, what was last fetched is shown. */
	if (fence == ERR_PTR(-EIO) || fence == ERR_PTR(-ETIMEDOUT))
		return 0;
	if (IS_ERR(fence))
		return PTR_ERR(fence);

	/* The transfer waits for the user's fence, and the commit for the transfer. */
	vgpu_pv_damage_fetched(&state->damage);
	dma_fence_put(new->fence);
	new->fence = NULL;
	dma_fence_put(state->transfer);
	state->transfer = fence;
	return 0;
}

static void vgpu_pv_plane_cleanup_fb(struct drm_plane *plane, struct drm_plane_state *old)
{
	vgpu_pv_plane_unmap(old);
}

static void vgpu_pv_plane_wait(struct drm_plane *plane, struct drm_plane_state *new)
{
	struct vgpu_pv_plane_state *state = to_vgpu_pv_plane_state(new);
	struct dma_fence *fence = state->transfer ?: state->drawn;
	long left;

	if (!fence)
		return;
	left = dma_fence_wait_timeout(fence, false, msecs_to_jiffies(VGPU_PV_COMMIT_TIMEOUT_MS));
	if (!left)
		vgpu_pv_err(to_vgpu_pv(plane->dev),
			    "no frame from the renderer after %u ms: showing the last\n",
			    VGPU_PV_COMMIT_TIMEOUT_MS);
}

static struct vgpu_pv_pipe *vgpu_pv_plane_pipe(struct drm_plane_state *old,
					       struct drm_plane_state *new)
{
	return to_vgpu_pv_pipe(new->crtc ?: old->crtc);
}

static bool vgpu_pv_plane_scanout_changed(const struct vgpu_pv_pipe *pipe,
					  const struct drm_plane_state *old,
					  const struct drm_plane_state *new)
{
	return pipe->modeset || old->fb != new->fb || !drm_rect_equals(&old->src, &new->src);
}

static void vgpu_pv_plane_update_primary(struct drm_plane *plane, struct drm_atomic_commit *state)
{
	struct drm_plane_state *old = drm_atomic_get_old_plane_state(state, plane);
	struct drm_plane_state *new = drm_atomic_get_new_plane_state(state, plane);
	struct vgpu_pv_pipe *pipe = vgpu_pv_plane_pipe(old, new);
	struct drm_rect src, rect;
	bool changed, whole = true;

	if (!new->visible) {
		vgpu_pv_display_set_scanout(pipe, NULL, NULL);
		return;
	}

	vgpu_pv_plane_wait(plane, new);

	drm_rect_fp_to_int(&src, &new->src);
	changed = vgpu_pv_plane_scanout_changed(pipe, old, new);
	if (changed)
		rect = src;
	else if (!drm_atomic_helper_damage_merged(old, new, &rect))
		return;

	if (to_vgpu_pv_object(new->fb->obj[0])->shadow)
		whole = !vgpu_pv_shadow_copy(new->fb, &rect,
					     &to_vgpu_pv_plane_state(new)->import[0]);
	if (changed)
		vgpu_pv_display_set_scanout(pipe, new->fb, &src);
	/* What could not be copied is made good for by the next frame. */
	pipe->modeset = !whole;
	drm_rect_translate(&rect, -src.x1, -src.y1);
	vgpu_pv_display_flush(pipe, &rect, !to_vgpu_pv_plane_state(new)->transfer);
}

static void vgpu_pv_plane_update_cursor(struct drm_plane *plane, struct drm_atomic_commit *state)
{
	struct drm_plane_state *old = drm_atomic_get_old_plane_state(state, plane);
	struct drm_plane_state *new = drm_atomic_get_new_plane_state(state, plane);
	struct vgpu_pv_pipe *pipe = vgpu_pv_plane_pipe(old, new);
	struct vgpu_pv_object *obj = NULL;
	bool update;

	vgpu_pv_plane_wait(plane, new);

	if (new->visible)
		obj = to_vgpu_pv_object(new->fb->obj[0]);
	update = pipe->cursor != obj || old->fb != new->fb ||
		 vgpu_pv_compat_hotspot_x(old) != vgpu_pv_compat_hotspot_x(new) ||
		 vgpu_pv_compat_hotspot_y(old) != vgpu_pv_compat_hotspot_y(new) ||
		 to_vgpu_pv_plane_state(new)->transfer;
	vgpu_pv_display_cursor(pipe, new, update);
}

/* A cursor that user space moves by the old calls doesn't wait for a page flip. */
static int vgpu_pv_plane_async_check(struct drm_plane *plane, struct drm_atomic_commit *state,
				     bool flip)
{
	struct drm_plane_state *new = drm_atomic_get_new_plane_state(state, plane);

	if (!drm_atomic_get_new_crtc_state(state, new->crtc)->active)
		return -EINVAL;
	/* What is still drawn is waited for by a commit. */
	if (!dma_resv_test_signaled(new->fb->obj[0]->resv, DMA_RESV_USAGE_WRITE))
		return -EBUSY;
	return 0;
}

VGPU_PV_COMPAT_ASYNC_CHECK(vgpu_pv_plane_async_check)

static void vgpu_pv_plane_async_update(struct drm_plane *plane, struct drm_atomic_commit *state)
{
	struct drm_plane_state *new = drm_atomic_get_new_plane_state(state, plane);
	struct drm_plane_state *now = plane->state;

	vgpu_pv_plane_update_cursor(plane, state);
	vgpu_pv_crc_commit(vgpu_pv_plane_pipe(now, new));

	now->crtc_x = new->crtc_x;
	now->crtc_y = new->crtc_y;
	now->crtc_w = new->crtc_w;
	now->crtc_h = new->crtc_h;
	now->src_x = new->src_x;
	now->src_y = new->src_y;
	now->src_w = new->src_w;
	now->src_h = new->src_h;
	now->src = new->src;
	now->dst = new->dst;
	now->visible = new->visible;
	to_vgpu_pv_plane_state(now)->damage = to_vgpu_pv_plane_state(new)->damage;
	/* What was shown is cleaned up with the other state. */
	swap(now->fb, new->fb);
}

static const struct drm_plane_helper_funcs vgpu_pv_plane_primary_helpers = {
	.prepare_fb = vgpu_pv_plane_prepare_fb,
	.cleanup_fb = vgpu_pv_plane_cleanup_fb,
	.atomic_check = vgpu_pv_plane_atomic_check,
	.atomic_update = vgpu_pv_plane_update_primary,
};

static const struct drm_plane_helper_funcs vgpu_pv_plane_cursor_helpers = {
	.prepare_fb = vgpu_pv_plane_prepare_fb,
	.atomic_check = vgpu_pv_plane_atomic_check,
	.atomic_update = vgpu_pv_plane_update_cursor,
	.atomic_async_check = VGPU_PV_COMPAT_ASYNC_CHECK_NAME(vgpu_pv_plane_async_check),
	.atomic_async_update = vgpu_pv_plane_async_update,
};

/**
 * vgpu_pv_plane_create() - make a plane of an output
 * @vg: the device
 * @type: primary or cursor
 * @index: the output's number
 *
 * Returns: the plane, or an ERR_PTR().
 */
struct drm_plane *vgpu_pv_plane_create(struct vgpu_pv_device *vg, enum drm_plane_type type,
				       unsigned int index)
{
	bool is_cursor = type == DRM_PLANE_TYPE_CURSOR;
	struct drm_plane *plane;

	plane = __drmm_universal_plane_alloc(vg->drm, sizeof(*plane), 0, BIT(index),
					     &vgpu_pv_plane_funcs,
					     is_cursor ? vgpu_pv_plane_cursor_formats :
							 vgpu_pv_plane_primary_formats,
					     is_cursor ? ARRAY_SIZE(vgpu_pv_plane_cursor_formats) :
							 ARRAY_SIZE(vgpu_pv_plane_primary_formats),
					     NULL, type, NULL);
	if (IS_ERR(plane))
		return plane;

	drm_plane_helper_add(plane, is_cursor ? &vgpu_pv_plane_cursor_helpers :
						&vgpu_pv_plane_primary_helpers);
	if (!is_cursor)
		drm_plane_enable_fb_damage_clips(plane);
	return plane;
}
