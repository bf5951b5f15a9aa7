// SPDX-License-Identifier: MIT
/*
 * Every field of the calls that make a framebuffer of a buffer, and drop it.
 */
#include "igt.h"

#include <drm/drm_fourcc.h>

#include "vgpu_pv_fields.h"

#define SIDE  64 /* pixels of fields.dumb's sides */
#define PITCH (SIDE * 4)

static int remove_fb(uint32_t fb)
{
	return vgpu_pv_ioctl(fields.card, DRM_IOCTL_MODE_RMFB, &fb);
}

/* ADDFB */
static void fill_addfb(void *data)
{
	*(struct drm_mode_fb_cmd *)data = (struct drm_mode_fb_cmd){
		.width = SIDE, .height = SIDE, .pitch = PITCH, .bpp = 32, .depth = 24,
		.handle = fields.dumb,
	};
}

static int call_addfb(unsigned long request, void *data)
{
	return vgpu_pv_ioctl(fields.card, request, data) ?:
	       remove_fb(((struct drm_mode_fb_cmd *)data)->fb_id);
}

#define ADDFB(member, wrong, errno_value) ROW(drm_mode_fb_cmd, member, wrong, errno_value)

static const struct row addfb_rows[] = {
	ADDFB(fb_id, ALL32, 0),
	ADDFB(width, 0, EINVAL),
	ADDFB(width, SIDE + 1, EINVAL),
	ADDFB(width, ALL32, EINVAL),
	ADDFB(height, 0, EINVAL),
	ADDFB(height, SIDE + 1, EINVAL),
	ADDFB(height, ALL32, EINVAL),
	ADDFB(pitch, 0, EINVAL),
	ADDFB(pitch, PITCH - 4, EINVAL),
	ADDFB(pitch, PITCH + 2, EINVAL),
	ADDFB(pitch, ALL32, ERANGE),
	ADDFB(bpp, 0, EINVAL),
	ADDFB(bpp, 24, EINVAL),
	ADDFB(bpp, ALL32, EINVAL),
	ADDFB(depth, 0, EINVAL),
	ADDFB(depth, 15, EINVAL),
	ADDFB(depth, ALL32, EINVAL),
	ADDFB(handle, 0, EINVAL),
	ADDFB(handle, STALE, ENOENT),
	ADDFB(handle, FOREIGN, ENOENT),
	ADDFB(handle, ALL32, ENOENT),
};

/* ADDFB2, with the modifier, so that what is of planes that aren't there is looked at */
static void fill_addfb2(void *data)
{
	*(struct drm_mode_fb_cmd2 *)data = (struct drm_mode_fb_cmd2){
		.width = SIDE, .height = SIDE, .pixel_format = DRM_FORMAT_XRGB8888,
		.flags = DRM_MODE_FB_MODIFIERS, .handles = { fields.dumb },
		.pitches = { PITCH }, .modifier = { DRM_FORMAT_MOD_LINEAR },
	};
}

static int call_addfb2(unsigned long request, void *data)
{
	return vgpu_pv_ioctl(fields.card, request, data) ?:
	       remove_fb(((struct drm_mode_fb_cmd2 *)data)->fb_id);
}

#define ADDFB2(member, wrong, errno_value) ROW(drm_mode_fb_cmd2, member, wrong, errno_value)
#define NO_PLANE_ROWS(n) \
	ADDFB2(handles[n], 1, EINVAL), \
	ADDFB2(pitches[n], PITCH, EINVAL), \
	ADDFB2(offsets[n], 1, EINVAL), \
	ADDFB2(modifier[n], I915_FORMAT_MOD_X_TILED, EINVAL)

static const struct row addfb2_rows[] = {
	ADDFB2(fb_id, ALL32, 0),
	ADDFB2(width, 0, EINVAL),
	ADDFB2(width, SIDE + 1, EINVAL),
	ADDFB2(width, ALL32, EINVAL),
	ADDFB2(height, 0, EINVAL),
	ADDFB2(height, SIDE + 1, EINVAL),
	ADDFB2(height, ALL32, EINVAL),
	ADDFB2(pixel_format, 0, EINVAL),
	ADDFB2(pixel_format, DRM_FORMAT_BGR565, EINVAL),
	ADDFB2(pixel_format, DRM_FORMAT_NV12, EINVAL),
	ADDFB2(pixel_format, ALL32, EINVAL),
	ADDFB2(flags, DRM_MODE_FB_MODIFIERS | 1 << 2, EINVAL),
	ADDFB2(flags, ALL32, EINVAL),
	ADDFB2(handles[0], 0, EINVAL),
	ADDFB2(handles[0], STALE, ENOENT),
	ADDFB2(handles[0], FOREIGN, ENOENT),
	ADDFB2(handles[0], ALL32, ENOENT),
	ADDFB2(pitches[0], 0, EINVAL),
	ADDFB2(pitches[0], PITCH - 4, EINVAL),
	ADDFB2(pitches[0], PITCH + 2, EINVAL),
	ADDFB2(pitches[0], PITCH + 4, EINVAL),
	ADDFB2(pitches[0], ALL32, ERANGE),
	ADDFB2(offsets[0], 2, EINVAL),
	ADDFB2(offsets[0], 4, EINVAL),
	ADDFB2(offsets[0], 1 << 30, EINVAL),
	ADDFB2(offsets[0], ALL32, ERANGE),
	{ "padding", offsetof(struct drm_mode_fb_cmd2, offsets[4]), 4, ALL32, 0 },
	ADDFB2(modifier[0], I915_FORMAT_MOD_X_TILED, EINVAL),
	ADDFB2(modifier[0], DRM_FORMAT_MOD_INVALID, EINVAL),
	ADDFB2(modifier[0], ALL64, EINVAL),
	NO_PLANE_ROWS(1),
	NO_PLANE_ROWS(2),
	NO_PLANE_ROWS(3),
};

/* RMFB, of a framebuffer of the row's own; another's is none of this file's */
static void fill_rmfb(void *data)
{
	*(uint32_t *)data = OWN;
}

static int call_rmfb(unsigned long request, void *data)
{
	struct drm_mode_fb_cmd own;
	uint32_t *fb = data;
	int ret;

	fill_addfb(&own);
	ret = vgpu_pv_ioctl(fields.card, DRM_IOCTL_MODE_ADDFB, &own);
	if (ret)
		return ret;
	if (*fb == OWN)
		return vgpu_pv_ioctl(fields.card, request, &own.fb_id);
	ret = vgpu_pv_ioctl(fields.card, request, fb);
	remove_fb(own.fb_id);
	return ret;
}

static const struct row rmfb_rows[] = {
	{ "fb_id", 0, sizeof(uint32_t), 0, ENOENT },
	{ "fb_id", 0, sizeof(uint32_t), FOREIGN_FB, ENOENT },
	{ "fb_id", 0, sizeof(uint32_t), ALL32, ENOENT },
};

static const struct form forms[] = {
	{
		.name = "addfb", .request = DRM_IOCTL_MODE_ADDFB,
		.size = sizeof(struct drm_mode_fb_cmd), .card = true,
		.fill = fill_addfb, .call = call_addfb, FORM_ROWS(addfb_rows),
	},
	{
		.name = "addfb2", .request = DRM_IOCTL_MODE_ADDFB2,
		.size = sizeof(struct drm_mode_fb_cmd2), .card = true,
		.fill = fill_addfb2, .call = call_addfb2, FORM_ROWS(addfb2_rows),
	},
	{
		.name = "rmfb", .request = DRM_IOCTL_MODE_RMFB, .size = sizeof(uint32_t),
		.card = true, .fill = fill_rmfb, .call = call_rmfb, FORM_ROWS(rmfb_rows),
	},
};

const struct part fields_fb = { forms, ARRAY_SIZE(forms) };
