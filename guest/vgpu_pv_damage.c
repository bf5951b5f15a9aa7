// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: Damage
 *
 * User space says what changed since the last frame. But the next frame is mostly
 * another buffer, and what has to be fetched is what changed since that one was
 * fetched: the damage of every frame from then on. So a plane's state remembers, for
 * the buffers that it showed lately, what of each is stale. It is part of the state
 * because a commit that fails then leaves no trace. To fetch each new buffer whole
 * was turned down: it makes every page flip as dear as a full redraw.
 */

#include <linux/minmax.h>

#include <drm/drm_framebuffer.h>
#include <drm/drm_rect.h>

#include "vgpu_pv_drv.h"

static void vgpu_pv_damage_add(struct drm_rect *sum, const struct drm_rect *rect)
{
	if (!drm_rect_visible(rect))
		return;
	if (!drm_rect_visible(sum)) {
		*sum = *rect;
		return;
	}
	sum->x1 = min(sum->x1, rect->x1);
	sum->y1 = min(sum->y1, rect->y1);
	sum->x2 = max(sum->x2, rect->x2);
	sum->y2 = max(sum->y2, rect->y2);
}

/**
 * vgpu_pv_damage_frame() - a frame changes what is shown
 * @damage: of the plane
 * @fb: what is shown now
 * @changed: since the frame before; may be empty
 * @whole: what of @fb is shown
 *
 * Returns: what of @fb is stale, until vgpu_pv_damage_fetched(); may be empty.
 */
const struct drm_rect *vgpu_pv_damage_frame(struct vgpu_pv_damage *damage,
					    const struct drm_framebuffer *fb,
					    const struct drm_rect *changed,
					    const struct drm_rect *whole)
{
	const struct vgpu_pv_object *obj = to_vgpu_pv_object(fb->obj[0]);
	struct vgpu_pv_damage_buffer latest = {
		.serial = obj->serial,
		.pitch = fb->pitches[0],
		.stale = *whole,
	};
	unsigned int found = ARRAY_SIZE(damage->buffers) - 1;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(damage->buffers); i++) {
		struct vgpu_pv_damage_buffer *buffer = &damage->buffers[i];

		vgpu_pv_damage_add(&buffer->stale, changed);
		if (buffer->serial == latest.serial) {
			found = i;
			if (buffer->pitch == latest.pitch)
				latest.stale = buffer->stale;
		}
	}

	/* The latest first, in place of itself or of the oldest. */
	for (i = found; i > 0; i--)
		damage->buffers[i] = damage->buffers[i - 1];
	damage->buffers[0] = latest;
	return &damage->buffers[0].stale;
}

/**
 * vgpu_pv_damage_fetched() - what was stale is on its way
 * @damage: of the plane
 */
void vgpu_pv_damage_fetched(struct vgpu_pv_damage *damage)
{
	damage->buffers[0].stale = (struct drm_rect){ };
}
