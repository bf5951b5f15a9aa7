// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: The console
 *
 * fbcon and /dev/fb0 draw into a shadow in system memory, whose pages can be
 * mapped and watched; what changed is copied into a dumb buffer and flushed.
 * The helpers of the DRM core for this want buffers of a kind that the aperture
 * isn't made of, or bring a memory manager along.
 */

#include <linux/fb.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

#include <drm/drm_client.h>
#include <drm/drm_crtc_helper.h>
#include <drm/drm_drv.h>
#include <drm/drm_fb_helper.h>
#include <drm/drm_fourcc.h>
#include <drm/drm_framebuffer.h>
#include <drm/drm_gem.h>
#include <drm/drm_print.h>

#include "vgpu_pv_drv.h"

#define VGPU_PV_FBDEV_DELAY	(HZ / 20)
#define VGPU_PV_FBDEV_COLOURS	16

#if defined(CONFIG_DRM_FBDEV_EMULATION) && !defined(VGPU_PV_COMPAT_GENERIC_FBDEV)

static int vgpu_pv_fbdev_open(struct fb_info *info, int user)
{
	/* fbcon unbinds by itself when the device goes. */
	return user && !try_module_get(THIS_MODULE) ? -ENODEV : 0;
}

static int vgpu_pv_fbdev_release(struct fb_info *info, int user)
{
	if (user)
		module_put(THIS_MODULE);
	return 0;
}

/*
 * The colours that fbcon draws with, which are no business of the DRM master. The
 * helper of the core refuses them while there is one, nobody sets them again, and
 * a console that came up meanwhile would be black on black.
 */
static int vgpu_pv_fbdev_setcolreg(unsigned int index, unsigned int red, unsigned int green,
				   unsigned int blue, unsigned int alpha, struct fb_info *info)
{
	u32 *palette = info->pseudo_palette;

	if (index >= VGPU_PV_FBDEV_COLOURS)
		return -EINVAL;
	palette[index] = red >> 8 << 16 | green >> 8 << 8 | blue >> 8;
	return 0;
}

FB_GEN_DEFAULT_DEFERRED_SYSMEM_OPS(vgpu_pv_fbdev,
				   drm_fb_helper_damage_range,
				   drm_fb_helper_damage_area);

static void vgpu_pv_fbdev_destroy(struct fb_info *info)
{
	struct drm_fb_helper *helper = info->par;
	void *shadow = info->screen_buffer;

	if (!helper->dev)
		return;

	fb_deferred_io_cleanup(info);
	drm_fb_helper_fini(helper);
	vfree(shadow);
	drm_client_buffer_delete(helper->buffer);
	drm_client_release(&helper->client);
	vgpu_pv_compat_fb_helper_free(helper);
}

/* No owner: fbcon would hold the module, and it couldn't be removed. */
static const struct fb_ops vgpu_pv_fbdev_ops = {
	.fb_open = vgpu_pv_fbdev_open,
	.fb_release = vgpu_pv_fbdev_release,
	FB_DEFAULT_DEFERRED_OPS(vgpu_pv_fbdev),
	.fb_check_var = drm_fb_helper_check_var,
	.fb_set_par = drm_fb_helper_set_par,
	.fb_setcolreg = vgpu_pv_fbdev_setcolreg,
	.fb_blank = drm_fb_helper_blank,
	.fb_pan_display = drm_fb_helper_pan_display,
	.fb_ioctl = drm_fb_helper_ioctl,
	.fb_destroy = vgpu_pv_fbdev_destroy,
};

static void vgpu_pv_fbdev_copy(struct drm_fb_helper *helper, const struct drm_clip_rect *clip)
{
	struct drm_framebuffer *fb = helper->fb;
	struct vgpu_pv_object *obj = to_vgpu_pv_object(fb->obj[0]);
	struct vgpu_pv_device *vg = to_vgpu_pv(helper->dev);
	size_t offset = clip->y1 * fb->pitches[0] + clip->x1 * 4;
	const void *from = helper->info->screen_buffer + offset;
	void *to = vg->aperture + obj->node.start + offset;
	unsigned int y;

	for (y = clip->y1; y < clip->y2; y++) {
		memcpy(to, from, (clip->x2 - clip->x1) * 4);
		from += fb->pitches[0];
		to += fb->pitches[0];
	}
}

static int vgpu_pv_fbdev_dirty(struct drm_fb_helper *helper, struct drm_clip_rect *clip)
{
	int idx;

	if (clip->x1 >= clip->x2 || clip->y1 >= clip->y2)
		return 0;

	/* A mapping of it outlives the device, whose aperture may be another's then. */
	if (!drm_dev_enter(helper->dev, &idx))
		return -ENODEV;
	vgpu_pv_fbdev_copy(helper, clip);
	drm_dev_exit(idx);
	return helper->fb->funcs->dirty(helper->fb, NULL, 0, 0, clip, 1);
}

static const struct drm_fb_helper_funcs vgpu_pv_fbdev_helper_funcs = {
	.fb_dirty = vgpu_pv_fbdev_dirty,
};

int vgpu_pv_fbdev_probe(struct drm_fb_helper *helper, struct drm_fb_helper_surface_size *sizes)
{
	struct fb_info *info = helper->info;
	struct drm_client_buffer *buffer;
	size_t size;
	int ret;

	buffer = drm_client_buffer_create_dumb(&helper->client, sizes->surface_width,
					       sizes->surface_height, DRM_FORMAT_XRGB8888);
	if (IS_ERR(buffer))
		return PTR_ERR(buffer);

	helper->funcs = &vgpu_pv_fbdev_helper_funcs;
	helper->buffer = buffer;
	helper->fb = buffer->fb;

	size = buffer->gem->size;
	info->screen_buffer = vzalloc(size);
	if (!info->screen_buffer) {
		ret = -ENOMEM;
		goto err_delete;
	}

	drm_fb_helper_fill_info(info, helper, sizes);
	info->fbops = &vgpu_pv_fbdev_ops;
	info->flags |= FBINFO_VIRTFB | FBINFO_READS_FAST;
	info->fix.smem_len = size;

	helper->fbdefio.delay = VGPU_PV_FBDEV_DELAY;
	helper->fbdefio.deferred_io = drm_fb_helper_deferred_io;
	info->fbdefio = &helper->fbdefio;
	ret = fb_deferred_io_init(info);
	if (ret)
		goto err_vfree;
	return 0;

err_vfree:
	vfree(info->screen_buffer);
err_delete:
	helper->fb = NULL;
	helper->buffer = NULL;
	drm_client_buffer_delete(buffer);
	return ret;
}

#else

int vgpu_pv_fbdev_probe(struct drm_fb_helper *helper, struct drm_fb_helper_surface_size *sizes)
{
	return -ENODEV;
}

#endif
