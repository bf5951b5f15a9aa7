// SPDX-License-Identifier: MIT
/**
 * TEST: vgpu_pv_addfb
 * Description: Framebuffers: which there can be, and which are refused.
 * Category: Display
 * Mega feature: General Display Features
 * Sub-category: vgpu_pv
 * Functionality: KMS
 * Test category: functionality test
 */
#include "igt.h"

#include <errno.h>
#include <drm/drm_fourcc.h>

#include "vgpu_pv_dumb.h"
#include "vgpu_pv_lib.h"

IGT_TEST_DESCRIPTION("Framebuffers: which there can be, and which are refused.");

/**
 * SUBTEST: depths
 * Description: UAPI: by ADDFB's depths 16, 24 and 32 alone there are framebuffers
 *
 * SUBTEST: largest
 * Description: UAPI: a framebuffer may be as large as the device says, and no larger
 *
 * SUBTEST: linear
 * Description: UAPI: lines one after the other are the only modifier, and it is announced
 *
 * SUBTEST: resource
 * Description: UAPI: a framebuffer on a resource has its format and lies inside of it
 *
 * SUBTEST: bad-%s
 * Description: UAPI, [dev-scanout-bounds] one wrong field, one errno
 *
 * arg[1]:
 *
 * @pitch-small:	a pitch under the width
 * @pitch-odd:		a pitch that is no multiple of 4
 * @buffer-small:	a height over what the buffer holds
 * @offset:		an offset that leaves the buffer
 * @format:		a format that cannot be shown
 * @handle:		a buffer that does not exist
 * @width-zero:		no width
 * @size-huge:		a width over the greatest
 * @modifier:		a layout that is not linear
 */

static struct {
	int fd;
	drmModeRes *res;
	uint32_t plane;
	struct vgpu_pv_dumb dumb;
} kms;

static int add_fb(uint32_t handle, uint32_t pitch, uint32_t width, uint32_t height, uint32_t *fb)
{
	return vgpu_pv_add_fb(kms.fd, handle, pitch, width, height, DRM_FORMAT_XRGB8888, 0, fb);
}

/* Each is right but for one field; zero stands for the right value. */
static const struct {
	const char *name;
	uint32_t width, height, pitch, offset, format;
	int err;
} bad[] = {
	{ "pitch-small", .pitch = 64 * 4 - 4, .err = EINVAL },
	{ "pitch-odd", .pitch = 64 * 4 + 2, .height = 32, .err = EINVAL },
	{ "buffer-small", .height = 2000, .err = EINVAL },
	{ "offset", .offset = 64 * 64 * 4 * 16, .err = EINVAL },
	{ "format", .format = DRM_FORMAT_BGR565, .err = EINVAL },
	{ "size-huge", .width = 32768, .pitch = 32768 * 4, .height = 1, .err = EINVAL },
};

static void check_bad(size_t which)
{
	struct vgpu_pv_dumb dumb;
	uint32_t fb = 0;
	int ret;

	vgpu_pv_dumb_create(kms.fd, &dumb, 64, 64, 32);
	ret = vgpu_pv_add_fb(kms.fd, dumb.handle, bad[which].pitch ?: dumb.pitch,
			     bad[which].width ?: 64, bad[which].height ?: 64,
			     bad[which].format ?: DRM_FORMAT_XRGB8888, bad[which].offset, &fb);
	igt_assert_eq(ret, -bad[which].err);
	vgpu_pv_dumb_destroy(kms.fd, &dumb);
}

static void check_depths(void)
{
	static const struct {
		uint8_t depth, bpp;
		int err;
	} depths[] = {
		{ 16, 16, 0 },	    { 24, 32, 0 },	{ 32, 32, 0 },	    { 0, 0, EINVAL },
		{ 1, 1, EINVAL },   { 8, 8, EINVAL },	{ 15, 16, EINVAL }, { 24, 24, EINVAL },
		{ 30, 32, EINVAL }, { 33, 32, EINVAL }, { 32, 16, EINVAL }, { 255, 255, EINVAL },
	};
	struct vgpu_pv_dumb dumb;
	size_t i;

	vgpu_pv_dumb_create(kms.fd, &dumb, 64, 64, 32);
	for (i = 0; i < ARRAY_SIZE(depths); i++) {
		struct drm_mode_fb_cmd args = { .width = 64, .height = 64, .pitch = dumb.pitch,
						.bpp = depths[i].bpp, .depth = depths[i].depth,
						.handle = dumb.handle };

		igt_debug("depth %u, %u bits a pixel\n", args.depth, args.bpp);
		igt_assert_eq(vgpu_pv_ioctl(kms.fd, DRM_IOCTL_MODE_ADDFB, &args), -depths[i].err);
		if (!depths[i].err)
			igt_assert_eq(drmModeRmFB(kms.fd, args.fb_id), 0);
	}
	vgpu_pv_dumb_destroy(kms.fd, &dumb);
}

static void check_largest(void)
{
	uint32_t width = kms.res->max_width, height = kms.res->max_height, fb;
	struct vgpu_pv_dumb wide, high;

	vgpu_pv_dumb_create(kms.fd, &wide, width + 1, 1, 32);
	igt_assert_eq(add_fb(wide.handle, wide.pitch, width, 1, &fb), 0);
	igt_assert_eq(drmModeRmFB(kms.fd, fb), 0);
	igt_assert_eq(add_fb(wide.handle, wide.pitch, width + 1, 1, &fb), -EINVAL);
	vgpu_pv_dumb_destroy(kms.fd, &wide);
	vgpu_pv_dumb_create(kms.fd, &high, 1, height + 1, 32);
	igt_assert_eq(add_fb(high.handle, high.pitch, 1, height, &fb), 0);
	igt_assert_eq(drmModeRmFB(kms.fd, fb), 0);
	igt_assert_eq(add_fb(high.handle, high.pitch, 1, height + 1, &fb), -EINVAL);
	vgpu_pv_dumb_destroy(kms.fd, &high);
}

static void check_linear(void)
{
	struct drm_mode_fb_cmd2 args = {
		.width = 64, .height = 64, .pixel_format = DRM_FORMAT_XRGB8888,
		.flags = DRM_MODE_FB_MODIFIERS, .pitches = { kms.dumb.pitch },
		.handles = { kms.dumb.handle }, .modifier = { DRM_FORMAT_MOD_LINEAR },
	};
	drmModePropertyBlobRes *blob;
	struct drm_format_modifier_blob *formats;
	struct drm_format_modifier *modifiers;
	uint64_t cap = 0, id = 0;

	igt_assert_eq(drmGetCap(kms.fd, DRM_CAP_ADDFB2_MODIFIERS, &cap), 0);
	igt_assert_eq_u64(cap, 1);
	vgpu_pv_property(kms.fd, kms.plane, DRM_MODE_OBJECT_PLANE, "IN_FORMATS", &id);
	blob = drmModeGetPropertyBlob(kms.fd, id);
	igt_assert(blob);
	formats = blob->data;
	modifiers = (void *)((char *)blob->data + formats->modifiers_offset);
	igt_assert_eq_u32(formats->count_modifiers, 1);
	igt_assert_eq_u64(modifiers->modifier, DRM_FORMAT_MOD_LINEAR);
	igt_assert_eq_u64(modifiers->formats, (1ull << formats->count_formats) - 1);
	drmModeFreePropertyBlob(blob);
	do_ioctl(kms.fd, DRM_IOCTL_MODE_ADDFB2, &args);
	igt_assert_eq(drmModeRmFB(kms.fd, args.fb_id), 0);
}

static void check_resource(void)
{
	struct drm_virtgpu_resource_create args = vgpu_pv_texture_args(64, 64);
	const struct {
		uint32_t width, height, pitch, offset, format;
		int err;
	} cases[] = {
		{ 64, 64, 256, 0, DRM_FORMAT_XRGB8888, 0 },
		{ 32, 64, 256, 0, DRM_FORMAT_ARGB8888, 0 },
		{ 64, 64, 256, 0, DRM_FORMAT_RGB565, EINVAL },
		{ 65, 32, 260, 0, DRM_FORMAT_XRGB8888, EINVAL },
		{ 32, 65, 128, 0, DRM_FORMAT_XRGB8888, EINVAL },
		{ 32, 32, 256, 4, DRM_FORMAT_XRGB8888, EINVAL },
	};
	struct vgpu_pv_bo bo;
	uint32_t fb;
	size_t i;

	igt_require(vgpu_pv_getparam(kms.fd, VIRTGPU_PARAM_3D_FEATURES) == 1);
	args.bind |= VIRGL_BIND_SCANOUT;
	igt_assert_eq(vgpu_pv_create(kms.fd, &args, &bo), 0);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		igt_debug("case %zu\n", i);
		igt_assert_eq(vgpu_pv_add_fb(kms.fd, bo.handle, cases[i].pitch, cases[i].width,
					     cases[i].height, cases[i].format, cases[i].offset,
					     &fb), -cases[i].err);
		if (!cases[i].err)
			igt_assert_eq(drmModeRmFB(kms.fd, fb), 0);
	}
	vgpu_pv_unref(kms.fd, &bo);
}

int igt_main()
{
	uint32_t fb;
	size_t i;

	igt_fixture() {
		kms.fd = vgpu_pv_open_card();
		igt_assert_eq(drmSetClientCap(kms.fd, DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1), 0);
		kms.res = drmModeGetResources(kms.fd);
		igt_assert(kms.res);
		kms.plane = vgpu_pv_find_plane(kms.fd, DRM_PLANE_TYPE_PRIMARY);
		igt_assert(kms.plane);
		vgpu_pv_dumb_create(kms.fd, &kms.dumb, 64, 64, 32);
	}

	igt_describe("UAPI: by ADDFB's depths 16, 24 and 32 alone there are framebuffers.");
	igt_subtest("depths")
		check_depths();

	igt_describe("UAPI: a framebuffer may be as large as the device says, and no larger.");
	igt_subtest("largest")
		check_largest();

	igt_describe("UAPI: lines one after the other are the only modifier, it is announced.");
	igt_subtest("linear")
		check_linear();

	igt_describe("UAPI: a framebuffer on a resource has its format and lies inside of it.");
	igt_subtest("resource")
		check_resource();

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		igt_describe("UAPI, [dev-scanout-bounds] one wrong field, one errno.");
		igt_subtest_f("bad-%s", bad[i].name)
			check_bad(i);
	}

	igt_describe("UAPI: a buffer that does not exist is ENOENT.");
	igt_subtest("bad-handle")
		igt_assert_eq(add_fb(VGPU_PV_BAD_HANDLE, 256, 64, 64, &fb), -ENOENT);

	igt_describe("UAPI: no width is EINVAL.");
	igt_subtest("bad-width-zero")
		igt_assert_eq(add_fb(kms.dumb.handle, 256, 0, 64, &fb), -EINVAL);

	igt_describe("UAPI: a layout that is not linear is EINVAL.");
	igt_subtest("bad-modifier") {
		struct drm_mode_fb_cmd2 args = {
			.width = 64, .height = 64, .pixel_format = DRM_FORMAT_XRGB8888,
			.flags = DRM_MODE_FB_MODIFIERS, .pitches = { 256 },
			.handles = { kms.dumb.handle }, .modifier = { I915_FORMAT_MOD_X_TILED },
		};

		do_ioctl_err(kms.fd, DRM_IOCTL_MODE_ADDFB2, &args, EINVAL);
	}

	igt_fixture() {
		vgpu_pv_dumb_destroy(kms.fd, &kms.dumb);
		drmModeFreeResources(kms.res);
		close(kms.fd);
	}
}
