// SPDX-License-Identifier: MIT
/**
 * TEST: vgpu_pv_kms
 * Description: The display: modes, buffers, flips, cursor.
 * Category: Display
 * Mega feature: General Display Features
 * Sub-category: vgpu_pv
 * Functionality: KMS
 * Test category: functionality test
 */
#include "igt.h"

#include <errno.h>
#include <drm/drm_fourcc.h>

#include "vgpu_pv_lib.h"

IGT_TEST_DESCRIPTION("The display: modes, buffers, flips, cursor.");

/**
 * SUBTEST: output
 * Description: UAPI: an output is connected and has modes, one of them preferred
 *
 * SUBTEST: edid
 * Description: [dev-edid] the EDID is whole and its first mode is the preferred one
 *
 * SUBTEST: dumb
 * Description: UAPI: a dumb buffer is zeroed, can be written, and has a pitch that fits
 *
 * SUBTEST: dumb-many
 * Description: [drv-aperture-kept] dumb buffers do not overlap, and come back when closed
 *
 * SUBTEST: formats
 * Description: UAPI: the primary plane shows XRGB8888, the cursor plane ARGB8888
 *
 * SUBTEST: addfb-depths
 * Description: UAPI: by ADDFB's depths 16, 24 and 32 alone there are framebuffers
 *
 * SUBTEST: addfb-largest
 * Description: UAPI: a framebuffer may be as large as the device says, and no larger
 *
 * SUBTEST: addfb-linear
 * Description: UAPI: lines one after the other are the only modifier, and it is announced
 *
 * SUBTEST: addfb-resource
 * Description: UAPI: a framebuffer on a resource has its format and lies inside of it
 *
 * SUBTEST: flip
 * Description: UAPI: a flip sends its event once, with the caller's data
 *
 * SUBTEST: flip-busy
 * Description: UAPI: a second flip before the first is done is EBUSY or queued behind
 *
 * SUBTEST: flip-drawn
 * Description: [drv-flush-after-fence] a texture that commands draw can be flipped to
 *
 * SUBTEST: pacing
 * Description: UAPI: flips are no faster than the mode's refresh rate
 *
 * SUBTEST: cursor
 * Description: UAPI: the cursor is shown, moved also out of the screen, and hidden
 *
 * SUBTEST: cursor-size
 * Description: UAPI: the cursor is 64 by 64, another size is refused
 *
 * SUBTEST: atomic-test-only
 * Description: UAPI: a test of what can be shown succeeds and shows nothing
 *
 * SUBTEST: atomic-bad-source
 * Description: UAPI: a source rectangle out of the buffer is ENOSPC
 *
 * SUBTEST: bad-mode-refresh
 * Description: UAPI: a mode whose frame is too short or too long to keep time by is EINVAL
 *
 * SUBTEST: dirty
 * Description: UAPI: a rectangle drawn in place is shown by DIRTYFB
 *
 * SUBTEST: master
 * Description: UAPI: without being master there is no mode setting
 *
 * SUBTEST: bad-addfb-%s
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

struct dumb {
	uint32_t handle, fb, pitch, width, height;
	uint64_t size;
	uint32_t *map;
};

static struct {
	int fd;
	drmModeRes *res;
	drmModeConnector *connector;
	drmModeModeInfo mode;
	uint32_t crtc, plane;
	struct dumb front, back;
} kms;

static void dumb_create(struct dumb *dumb, uint32_t width, uint32_t height)
{
	struct drm_mode_create_dumb args = { .width = width, .height = height, .bpp = 32 };
	struct drm_mode_map_dumb map = { 0 };

	do_ioctl(kms.fd, DRM_IOCTL_MODE_CREATE_DUMB, &args);
	igt_assert(args.pitch >= width * 4 && args.size >= (uint64_t)args.pitch * height);
	*dumb = (struct dumb){
		.handle = args.handle, .pitch = args.pitch, .size = args.size,
		.width = width, .height = height,
	};
	map.handle = args.handle;
	do_ioctl(kms.fd, DRM_IOCTL_MODE_MAP_DUMB, &map);
	dumb->map = mmap(NULL, args.size, PROT_READ | PROT_WRITE, MAP_SHARED, kms.fd, map.offset);
	igt_assert(dumb->map != MAP_FAILED);
}

static void dumb_destroy(struct dumb *dumb)
{
	if (dumb->fb)
		igt_assert_eq(drmModeRmFB(kms.fd, dumb->fb), 0);
	igt_assert_eq(munmap(dumb->map, dumb->size), 0);
	igt_assert_eq(drmModeDestroyDumbBuffer(kms.fd, dumb->handle), 0);
	memset(dumb, 0, sizeof(*dumb));
}

static int add_fb(uint32_t handle, uint32_t pitch, uint32_t width, uint32_t height,
		  uint32_t format, uint32_t offset, uint32_t *fb)
{
	const uint32_t handles[4] = { handle }, pitches[4] = { pitch }, offsets[4] = { offset };

	return drmModeAddFB2(kms.fd, width, height, format, handles, pitches, offsets, fb, 0) ?
		       -errno : 0;
}

static void fb_create(struct dumb *dumb, uint32_t width, uint32_t height)
{
	dumb_create(dumb, width, height);
	igt_assert_eq(add_fb(dumb->handle, dumb->pitch, width, height, DRM_FORMAT_XRGB8888, 0,
			     &dumb->fb), 0);
}

static void setup(void)
{
	int i;

	kms.fd = vgpu_pv_open_card();
	igt_require_f(drmIsMaster(kms.fd) || !drmSetMaster(kms.fd),
		      "another program is master of the display\n");
	igt_assert_eq(drmSetClientCap(kms.fd, DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1), 0);
	igt_assert_eq(drmSetClientCap(kms.fd, DRM_CLIENT_CAP_ATOMIC, 1), 0);
	/*
	 * The cursor plane is the host's pointer: it is shown to those who know hot
	 * spots. Linux before 6.8 doesn't know this capability and shows it to all.
	 */
	igt_assert(!drmSetClientCap(kms.fd, DRM_CLIENT_CAP_CURSOR_PLANE_HOTSPOT, 1) ||
		   errno == EINVAL);
	kms.res = drmModeGetResources(kms.fd);
	igt_assert(kms.res && kms.res->count_crtcs >= 1 && kms.res->count_connectors >= 1);
	for (i = 0; i < kms.res->count_connectors && !kms.connector; i++) {
		kms.connector = drmModeGetConnector(kms.fd, kms.res->connectors[i]);
		if (kms.connector->connection == DRM_MODE_CONNECTED)
			break;
		drmModeFreeConnector(kms.connector);
		kms.connector = NULL;
	}
	igt_assert_f(kms.connector, "no output is connected\n");
	igt_assert_lt(0, kms.connector->count_modes);
	kms.mode = kms.connector->modes[0];
	kms.crtc = kms.res->crtcs[0];
	kms.plane = vgpu_pv_find_plane(kms.fd, DRM_PLANE_TYPE_PRIMARY);
	igt_assert(kms.plane);
	fb_create(&kms.front, kms.mode.hdisplay, kms.mode.vdisplay);
	fb_create(&kms.back, kms.mode.hdisplay, kms.mode.vdisplay);
	memset(kms.back.map, 0x80, kms.back.size);
}

static void show(const struct dumb *dumb)
{
	igt_assert_eq(drmModeSetCrtc(kms.fd, kms.crtc, dumb->fb, 0, 0, &kms.connector->connector_id, 1,
				     &kms.mode), 0);
}

static int flip(uint32_t fb, uint64_t data)
{
	return drmModePageFlip(kms.fd, kms.crtc, fb, DRM_MODE_PAGE_FLIP_EVENT,
			       (void *)(uintptr_t)data) ? -errno : 0;
}

static struct drm_event_vblank next_event(void)
{
	struct pollfd pfd = { .fd = kms.fd, .events = POLLIN };
	struct drm_event_vblank event;

	igt_assert_eq(poll(&pfd, 1, VGPU_PV_WAIT_MS), 1);
	igt_assert_eq(read(kms.fd, &event, sizeof(event)), sizeof(event));
	igt_assert_eq_u32(event.base.type, DRM_EVENT_FLIP_COMPLETE);
	igt_assert_eq_u32(event.crtc_id, kms.crtc);
	return event;
}

static void check_edid(void)
{
	drmModePropertyBlobRes *blob;
	uint64_t id = 0;
	uint32_t i;
	uint8_t *edid, sum = 0;

	vgpu_pv_property(kms.fd, kms.connector->connector_id, DRM_MODE_OBJECT_CONNECTOR, "EDID",
			 &id);
	igt_assert(id);
	blob = drmModeGetPropertyBlob(kms.fd, id);
	igt_assert(blob && blob->length >= 128 && blob->length % 128 == 0);
	edid = blob->data;
	igt_assert_eq(memcmp(edid, "\x00\xff\xff\xff\xff\xff\xff\x00", 8), 0);
	for (i = 0; i < 128; i++)
		sum += edid[i];
	igt_assert_eq(sum, 0);
	/* The first detailed timing: low eight bits and, above them, four more. */
	igt_assert_eq(edid[56] | (edid[58] & 0xf0) << 4, kms.mode.hdisplay);
	igt_assert_eq(edid[59] | (edid[61] & 0xf0) << 4, kms.mode.vdisplay);
	igt_assert(kms.mode.type & DRM_MODE_TYPE_PREFERRED);
	drmModeFreePropertyBlob(blob);
}

static void check_dumb_many(void)
{
	struct dumb dumbs[8];
	size_t i, k;
	int round;

	for (round = 0; round < 20; round++) {
		for (i = 0; i < ARRAY_SIZE(dumbs); i++) {
			dumb_create(&dumbs[i], 512, 512);
			igt_assert_eq_u32(dumbs[i].map[0], 0);
			memset(dumbs[i].map, 1 + i, dumbs[i].size);
		}
		for (i = 0; i < ARRAY_SIZE(dumbs); i++)
			for (k = 0; k < dumbs[i].size / 4; k += 1024)
				igt_assert_eq_u32(dumbs[i].map[k], 0x01010101u * (1 + i));
		for (i = 0; i < ARRAY_SIZE(dumbs); i++)
			dumb_destroy(&dumbs[i]);
	}
}

static bool plane_has(uint32_t id, uint32_t format)
{
	drmModePlane *plane = drmModeGetPlane(kms.fd, id);
	bool found = false;
	uint32_t i;

	igt_assert(plane);
	for (i = 0; i < plane->count_formats; i++)
		found |= plane->formats[i] == format;
	drmModeFreePlane(plane);
	return found;
}

/* The card's own file draws: its handles are what a framebuffer names. */
static void check_flip_drawn(void)
{
	static const float blue[4] = { 0, 0, 1, 1 };
	struct drm_virtgpu_resource_create args =
		vgpu_pv_texture_args(kms.mode.hdisplay, kms.mode.vdisplay);
	struct vgpu_pv_bo bo;
	uint32_t fb;
	int i;

	igt_require(vgpu_pv_getparam(kms.fd, VIRTGPU_PARAM_3D_FEATURES) == 1);
	args.bind |= VIRGL_BIND_SCANOUT;
	igt_assert_eq(vgpu_pv_create(kms.fd, &args, &bo), 0);
	vgpu_pv_map(kms.fd, &bo);
	igt_assert_eq(add_fb(bo.handle, args.stride, args.width, args.height, DRM_FORMAT_XRGB8888, 0,
			     &fb), 0);
	show(&kms.front);
	for (i = 0; i < 4; i++) {
		struct vgpu_pv_commands commands = { 0 };
		struct drm_virtgpu_execbuffer exec;

		vgpu_pv_emit_clear(&commands, &bo, blue);
		exec = vgpu_pv_exec_args(&commands);
		exec.bo_handles = to_user_pointer(&bo.handle);
		exec.num_bo_handles = 1;
		igt_assert_eq(vgpu_pv_exec(kms.fd, &exec), 0);
		igt_assert_eq(flip(i & 1 ? kms.front.fb : fb, i), 0);
		igt_assert_eq_u64(next_event().user_data, i);
		vgpu_pv_commands_free(&commands);
	}
	/* The commit fetched what was drawn into the picture that the display shows. */
	igt_assert_eq_u32(bo.map[0] & 0xffffff, 0x0000ff);
	igt_assert_eq_u32(bo.map[bo.size / 4 - 1] & 0xffffff, 0x0000ff);
	show(&kms.front);
	igt_assert_eq(drmModeRmFB(kms.fd, fb), 0);
	vgpu_pv_unref(kms.fd, &bo);
}

static void check_pacing(void)
{
	const double refresh = kms.mode.clock * 1000.0 / (kms.mode.htotal * kms.mode.vtotal);
	const int count = 30;
	double start, took;
	int i;

	show(&kms.front);
	igt_assert_eq(flip(kms.back.fb, 0), 0);
	next_event();
	start = vgpu_pv_now();
	for (i = 0; i < count; i++) {
		igt_assert_eq(flip(i & 1 ? kms.back.fb : kms.front.fb, i), 0);
		igt_assert_eq_u64(next_event().user_data, i);
	}
	took = vgpu_pv_now() - start;
	igt_info("%d flips in %.3f s, the mode says %.2f Hz\n", count, took, refresh);
	igt_assert(took > 0.8 * (count - 1) / refresh);
}

static void check_cursor(void)
{
	struct dumb cursor;

	dumb_create(&cursor, 64, 64);
	memset(cursor.map, 0xff, cursor.size);
	show(&kms.front);
	igt_assert_eq(drmModeSetCursor(kms.fd, kms.crtc, cursor.handle, 64, 64), 0);
	igt_assert_eq(drmModeMoveCursor(kms.fd, kms.crtc, 100, 100), 0);
	igt_assert_eq(drmModeMoveCursor(kms.fd, kms.crtc, -32, -32), 0);
	igt_assert_eq(drmModeMoveCursor(kms.fd, kms.crtc, kms.mode.hdisplay + 10, 0), 0);
	igt_assert_eq(drmModeSetCursor(kms.fd, kms.crtc, 0, 0, 0), 0);
	dumb_destroy(&cursor);
}

static void check_cursor_size(void)
{
	uint64_t width = 0, height = 0;
	struct dumb cursor;

	igt_assert_eq(drmGetCap(kms.fd, DRM_CAP_CURSOR_WIDTH, &width), 0);
	igt_assert_eq(drmGetCap(kms.fd, DRM_CAP_CURSOR_HEIGHT, &height), 0);
	igt_assert_eq_u64(width, 64);
	igt_assert_eq_u64(height, 64);
	dumb_create(&cursor, 128, 128);
	show(&kms.front);
	igt_assert(drmModeSetCursor(kms.fd, kms.crtc, cursor.handle, 128, 128) != 0);
	dumb_destroy(&cursor);
}

static int commit_plane(uint32_t flags, uint32_t fb, uint32_t src_x)
{
	const struct {
		const char *name;
		uint64_t value;
	} values[] = {
		{ "FB_ID", fb }, { "CRTC_ID", kms.crtc },
		{ "CRTC_X", 0 }, { "CRTC_Y", 0 },
		{ "CRTC_W", kms.mode.hdisplay }, { "CRTC_H", kms.mode.vdisplay },
		{ "SRC_X", (uint64_t)src_x << 16 }, { "SRC_Y", 0 },
		{ "SRC_W", (uint64_t)kms.mode.hdisplay << 16 },
		{ "SRC_H", (uint64_t)kms.mode.vdisplay << 16 },
	};
	drmModeAtomicReq *request = drmModeAtomicAlloc();
	size_t i;
	int ret;

	igt_assert(request);
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		uint32_t id = vgpu_pv_property(kms.fd, kms.plane, DRM_MODE_OBJECT_PLANE,
					       values[i].name, NULL);

		igt_assert(id);
		igt_assert(drmModeAtomicAddProperty(request, kms.plane, id, values[i].value) >= 0);
	}
	ret = drmModeAtomicCommit(kms.fd, request, flags, NULL) ? -errno : 0;
	drmModeAtomicFree(request);
	return ret;
}

static void check_master(void)
{
	int other = vgpu_pv_open_card();
	struct drm_mode_crtc args = { .crtc_id = kms.crtc };

	igt_assert(!drmIsMaster(other));
	igt_assert_eq(vgpu_pv_ioctl(other, DRM_IOCTL_MODE_SETCRTC, &args), -EACCES);
	close(other);
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

static void check_bad_addfb(size_t which)
{
	struct dumb dumb;
	uint32_t fb = 0;
	int ret;

	dumb_create(&dumb, 64, 64);
	ret = add_fb(dumb.handle, bad[which].pitch ?: dumb.pitch, bad[which].width ?: 64,
		     bad[which].height ?: 64, bad[which].format ?: DRM_FORMAT_XRGB8888,
		     bad[which].offset, &fb);
	igt_assert_eq(ret, -bad[which].err);
	dumb_destroy(&dumb);
}

static void test_bad_refresh(void)
{
	drmModeModeInfo quick = kms.mode, slow = kms.mode;

	quick.clock = INT32_MAX;
	igt_assert_eq(drmModeSetCrtc(kms.fd, kms.crtc, kms.front.fb, 0, 0,
				     &kms.connector->connector_id, 1, &quick), -EINVAL);
	/* As a product, the number of pixels is just more than 32 bits. */
	slow.htotal = slow.vtotal = 32768;
	slow.vscan = 4;
	igt_assert_eq(drmModeSetCrtc(kms.fd, kms.crtc, kms.front.fb, 0, 0,
				     &kms.connector->connector_id, 1, &slow), -EINVAL);
}

static void check_addfb_depths(void)
{
	static const struct {
		uint8_t depth, bpp;
		int err;
	} depths[] = {
		{ 16, 16, 0 },	    { 24, 32, 0 },	{ 32, 32, 0 },	    { 0, 0, EINVAL },
		{ 1, 1, EINVAL },   { 8, 8, EINVAL },	{ 15, 16, EINVAL }, { 24, 24, EINVAL },
		{ 30, 32, EINVAL }, { 33, 32, EINVAL }, { 32, 16, EINVAL }, { 255, 255, EINVAL },
	};
	struct dumb dumb;
	size_t i;

	dumb_create(&dumb, 64, 64);
	for (i = 0; i < ARRAY_SIZE(depths); i++) {
		struct drm_mode_fb_cmd args = { .width = 64, .height = 64, .pitch = dumb.pitch,
						.bpp = depths[i].bpp, .depth = depths[i].depth,
						.handle = dumb.handle };

		igt_debug("depth %u, %u bits a pixel\n", args.depth, args.bpp);
		igt_assert_eq(vgpu_pv_ioctl(kms.fd, DRM_IOCTL_MODE_ADDFB, &args), -depths[i].err);
		if (!depths[i].err)
			igt_assert_eq(drmModeRmFB(kms.fd, args.fb_id), 0);
	}
	dumb_destroy(&dumb);
}

static void check_addfb_largest(void)
{
	uint32_t width = kms.res->max_width, height = kms.res->max_height, fb;
	struct dumb wide, high;

	dumb_create(&wide, width + 1, 1);
	igt_assert_eq(add_fb(wide.handle, wide.pitch, width, 1, DRM_FORMAT_XRGB8888, 0, &fb), 0);
	igt_assert_eq(drmModeRmFB(kms.fd, fb), 0);
	igt_assert_eq(add_fb(wide.handle, wide.pitch, width + 1, 1, DRM_FORMAT_XRGB8888, 0, &fb),
		      -EINVAL);
	dumb_destroy(&wide);
	dumb_create(&high, 1, height + 1);
	igt_assert_eq(add_fb(high.handle, high.pitch, 1, height, DRM_FORMAT_XRGB8888, 0, &fb), 0);
	igt_assert_eq(drmModeRmFB(kms.fd, fb), 0);
	igt_assert_eq(add_fb(high.handle, high.pitch, 1, height + 1, DRM_FORMAT_XRGB8888, 0, &fb),
		      -EINVAL);
	dumb_destroy(&high);
}

static void check_addfb_linear(void)
{
	struct drm_mode_fb_cmd2 args = {
		.width = 64, .height = 64, .pixel_format = DRM_FORMAT_XRGB8888,
		.flags = DRM_MODE_FB_MODIFIERS, .pitches = { kms.front.pitch },
		.handles = { kms.front.handle }, .modifier = { DRM_FORMAT_MOD_LINEAR },
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

static void check_addfb_resource(void)
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
		igt_assert_eq(add_fb(bo.handle, cases[i].pitch, cases[i].width, cases[i].height,
				     cases[i].format, cases[i].offset, &fb), -cases[i].err);
		if (!cases[i].err)
			igt_assert_eq(drmModeRmFB(kms.fd, fb), 0);
	}
	vgpu_pv_unref(kms.fd, &bo);
}

int igt_main()
{
	struct dumb dumb;
	uint32_t fb;
	size_t i;

	igt_fixture() {
		setup();
	}

	igt_describe("UAPI: an output is connected and has modes, one of them preferred.");
	igt_subtest("output") {
		int preferred = 0, m;

		for (m = 0; m < kms.connector->count_modes; m++)
			preferred += !!(kms.connector->modes[m].type & DRM_MODE_TYPE_PREFERRED);
		igt_assert_lt(0, preferred);
		igt_assert(kms.mode.hdisplay && kms.mode.vdisplay && kms.mode.clock);
		show(&kms.front);
	}

	igt_describe("[dev-edid] the EDID is whole and its first mode is the preferred one.");
	igt_subtest("edid")
		check_edid();

	igt_describe("UAPI: a dumb buffer is zeroed, can be written, and has a pitch that fits.");
	igt_subtest("dumb") {
		dumb_create(&dumb, 37, 11);
		for (i = 0; i < dumb.size / 4; i++)
			igt_assert_eq_u32(dumb.map[i], 0);
		memset(dumb.map, 0x42, dumb.size);
		igt_assert_eq_u32(dumb.map[dumb.size / 4 - 1], 0x42424242);
		dumb_destroy(&dumb);
	}

	igt_describe("[drv-aperture-kept] dumb buffers do not overlap, and come back when closed.");
	igt_subtest("dumb-many")
		check_dumb_many();

	igt_describe("UAPI: the primary plane shows XRGB8888, the cursor plane ARGB8888.");
	igt_subtest("formats") {
		uint32_t cursor = vgpu_pv_find_plane(kms.fd, DRM_PLANE_TYPE_CURSOR);

		igt_assert(plane_has(kms.plane, DRM_FORMAT_XRGB8888));
		igt_assert(cursor && plane_has(cursor, DRM_FORMAT_ARGB8888));
	}

	igt_describe("UAPI: by ADDFB's depths 16, 24 and 32 alone there are framebuffers.");
	igt_subtest("addfb-depths")
		check_addfb_depths();

	igt_describe("UAPI: a framebuffer may be as large as the device says, and no larger.");
	igt_subtest("addfb-largest")
		check_addfb_largest();

	igt_describe("UAPI: lines one after the other are the only modifier, it is announced.");
	igt_subtest("addfb-linear")
		check_addfb_linear();

	igt_describe("UAPI: a framebuffer on a resource has its format and lies inside of it.");
	igt_subtest("addfb-resource")
		check_addfb_resource();

	igt_describe("UAPI: a flip sends its event once, with the caller's data.");
	igt_subtest("flip") {
		struct pollfd pfd = { .fd = kms.fd, .events = POLLIN };

		show(&kms.front);
		igt_assert_eq(flip(kms.back.fb, 0x123456789ull), 0);
		igt_assert_eq_u64(next_event().user_data, 0x123456789ull);
		igt_assert_eq(poll(&pfd, 1, 100), 0);
	}

	igt_describe("UAPI: a second flip before the first is done is EBUSY, or its turn comes.");
	igt_subtest("flip-busy") {
		int ret;

		show(&kms.front);
		igt_assert_eq(flip(kms.back.fb, 1), 0);
		ret = flip(kms.front.fb, 2);
		igt_assert(ret == 0 || ret == -EBUSY);
		igt_assert_eq_u64(next_event().user_data, 1);
		if (!ret)
			igt_assert_eq_u64(next_event().user_data, 2);
	}

	igt_describe("[drv-flush-after-fence] a texture that commands draw can be flipped to.");
	igt_subtest("flip-drawn")
		check_flip_drawn();

	igt_describe("UAPI: flips are no faster than the mode's refresh rate.");
	igt_subtest("pacing")
		check_pacing();

	igt_describe("UAPI: the cursor is shown, moved also out of the screen, and hidden.");
	igt_subtest("cursor")
		check_cursor();

	igt_describe("UAPI: the cursor is 64 by 64, another size is refused.");
	igt_subtest("cursor-size")
		check_cursor_size();

	igt_describe("UAPI: a test of what can be shown succeeds and shows nothing.");
	igt_subtest("atomic-test-only") {
		uint64_t shown = 0;

		show(&kms.front);
		igt_assert_eq(commit_plane(DRM_MODE_ATOMIC_TEST_ONLY, kms.back.fb, 0), 0);
		vgpu_pv_property(kms.fd, kms.plane, DRM_MODE_OBJECT_PLANE, "FB_ID", &shown);
		igt_assert_eq_u64(shown, kms.front.fb);
		igt_assert_eq(commit_plane(0, kms.back.fb, 0), 0);
		vgpu_pv_property(kms.fd, kms.plane, DRM_MODE_OBJECT_PLANE, "FB_ID", &shown);
		igt_assert_eq_u64(shown, kms.back.fb);
	}

	igt_describe("UAPI: a source rectangle out of the buffer is ENOSPC.");
	igt_subtest("atomic-bad-source") {
		show(&kms.front);
		igt_assert_eq(commit_plane(DRM_MODE_ATOMIC_TEST_ONLY, kms.back.fb, 16), -ENOSPC);
	}

	igt_describe("UAPI: a mode whose frame is too short or too long to keep time by is EINVAL.");
	igt_subtest("bad-mode-refresh")
		test_bad_refresh();

	igt_describe("UAPI: a rectangle drawn in place is shown by DIRTYFB.");
	igt_subtest("dirty") {
		drmModeClip clip = { .x1 = 10, .y1 = 10, .x2 = 50, .y2 = 50 };

		show(&kms.front);
		igt_assert_eq(drmModeDirtyFB(kms.fd, kms.front.fb, &clip, 1), 0);
	}

	igt_describe("UAPI: without being master there is no mode setting.");
	igt_subtest("master")
		check_master();

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		igt_describe("UAPI, [dev-scanout-bounds] one wrong field, one errno.");
		igt_subtest_f("bad-addfb-%s", bad[i].name)
			check_bad_addfb(i);
	}

	igt_describe("UAPI: a buffer that does not exist is ENOENT.");
	igt_subtest("bad-addfb-handle")
		igt_assert_eq(add_fb(VGPU_PV_BAD_HANDLE, 256, 64, 64, DRM_FORMAT_XRGB8888, 0, &fb),
			      -ENOENT);

	igt_describe("UAPI: no width is EINVAL.");
	igt_subtest("bad-addfb-width-zero")
		igt_assert_eq(add_fb(kms.front.handle, 256, 0, 64, DRM_FORMAT_XRGB8888, 0, &fb),
			      -EINVAL);

	igt_describe("UAPI: a layout that is not linear is EINVAL.");
	igt_subtest("bad-addfb-modifier") {
		struct drm_mode_fb_cmd2 args = {
			.width = 64, .height = 64, .pixel_format = DRM_FORMAT_XRGB8888,
			.flags = DRM_MODE_FB_MODIFIERS, .pitches = { 256 },
			.handles = { kms.front.handle }, .modifier = { I915_FORMAT_MOD_X_TILED },
		};

		do_ioctl_err(kms.fd, DRM_IOCTL_MODE_ADDFB2, &args, EINVAL);
	}

	igt_fixture() {
		dumb_destroy(&kms.front);
		dumb_destroy(&kms.back);
		drmModeFreeConnector(kms.connector);
		drmModeFreeResources(kms.res);
		close(kms.fd);
	}
}
