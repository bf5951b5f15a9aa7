// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: Shadows
 *
 * The device shows what is in the aperture, and another exporter's buffer is not.
 * It gets a shadow there, with its first framebuffer and for as long as the buffer
 * lives; a commit copies what changed, once all drawing is done. So the output of
 * another GPU of the guest can be shown. As a cursor it is refused: those aren't
 * drawn by a GPU.
 */

#include <linux/dma-resv.h>
#include <linux/iosys-map.h>
#include <linux/jiffies.h>

#include <drm/drm_drv.h>
#include <drm/drm_framebuffer.h>
#include <drm/drm_gem_framebuffer_helper.h>
#include <drm/drm_print.h>
#include <drm/drm_rect.h>

#include "vgpu_pv_drv.h"

/**
 * vgpu_pv_shadow_create() - make sure that a buffer has a shadow
 * @obj: an imported buffer
 *
 * Returns: zero, -ENOMEM, or -ERESTARTSYS where a signal came while the aperture was full.
 */
int vgpu_pv_shadow_create(struct vgpu_pv_object *obj)
{
	struct vgpu_pv_object *shadow;

	if (READ_ONCE(obj->shadow))
		return 0;
	shadow = vgpu_pv_object_alloc(to_vgpu_pv(obj->base.base.dev), obj->base.base.size,
				      VGPU_PV_IN_APERTURE);
	if (IS_ERR(shadow))
		return PTR_ERR(shadow);
	if (cmpxchg(&obj->shadow, NULL, shadow))
		drm_gem_object_put(&shadow->base.base);
	return 0;
}

/**
 * vgpu_pv_shadow_shown() - the buffer in the aperture that the device shows
 * @fb: the framebuffer
 *
 * Returns: the framebuffer's own, or its shadow.
 */
struct vgpu_pv_object *vgpu_pv_shadow_shown(const struct drm_framebuffer *fb)
{
	struct vgpu_pv_object *obj = to_vgpu_pv_object(fb->obj[0]);

	return obj->shadow ?: obj;
}

static void vgpu_pv_shadow_copy_lines(const struct drm_framebuffer *fb, const struct drm_rect *rect,
				      const struct iosys_map *from)
{
	struct vgpu_pv_object *shadow = vgpu_pv_shadow_shown(fb);
	size_t offset = fb->offsets[0] + (size_t)rect->y1 * fb->pitches[0] +
			rect->x1 * fb->format->cpp[0];
	size_t length = drm_rect_width(rect) * fb->format->cpp[0];
	void *to = to_vgpu_pv(fb->dev)->aperture + shadow->node.start;
	int y;

	for (y = rect->y1; y < rect->y2; y++, offset += fb->pitches[0])
		iosys_map_memcpy_from(to + offset, from, offset, length);
}

/* With a limit, which beginning to read has not: our renderer may draw there, too. */
static int vgpu_pv_shadow_begin(struct drm_framebuffer *fb)
{
	long left = dma_resv_wait_timeout(fb->obj[0]->resv, DMA_RESV_USAGE_WRITE, false,
					  msecs_to_jiffies(VGPU_PV_COMMIT_TIMEOUT_MS));

	if (left <= 0)
		return left ?: -ETIMEDOUT;
	return drm_gem_fb_begin_cpu_access(fb, DMA_FROM_DEVICE);
}

/**
 * vgpu_pv_shadow_copy() - bring the shadow up to date
 * @fb: a framebuffer that is on a buffer with one
 * @rect: what of it
 * @from: the buffer's mapping
 *
 * Returns: zero, or an error, and the shadow is as it was.
 */
int vgpu_pv_shadow_copy(struct drm_framebuffer *fb, const struct drm_rect *rect,
			const struct iosys_map *from)
{
	struct vgpu_pv_device *vg = to_vgpu_pv(fb->dev);
	int ret, idx;

	ret = vgpu_pv_shadow_begin(fb);
	if (ret) {
		vgpu_pv_err(vg, "an imported buffer can't be read: error %d\n", ret);
		return ret;
	}
	/* The aperture of a device that is gone may be another's. */
	if (drm_dev_enter(fb->dev, &idx)) {
		vgpu_pv_shadow_copy_lines(fb, rect, from);
		drm_dev_exit(idx);
	}
	drm_gem_fb_end_cpu_access(fb, DMA_FROM_DEVICE);
	return 0;
}
