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
#include "vgpu_pv_screen.h"

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
 */

static struct vgpu_pv_screen screen;
static uint32_t primary; /* its plane */

static void setup(void)
{
	vgpu_pv_screen_open(&screen);
	igt_assert_eq(drmSetClientCap(screen.fd, DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1), 0);
	igt_assert_eq(drmSetClientCap(screen.fd, DRM_CLIENT_CAP_ATOMIC, 1), 0);
	/*
	 * The cursor plane is the host's pointer: it is shown to those who know hot
	 * spots. Linux before 6.8 doesn't know this capability and shows it to all.
	 */
	igt_assert(!drmSetClientCap(screen.fd, DRM_CLIENT_CAP_CURSOR_PLANE_HOTSPOT, 1) ||
		   errno == EINVAL);
	primary = vgpu_pv_find_plane(screen.fd, DRM_PLANE_TYPE_PRIMARY);
	igt_assert(primary);
	memset(screen.back.map, 0x80, screen.back.size);
}

static int flip(uint32_t fb, uint64_t data)
{
	return drmModePageFlip(screen.fd, screen.crtc, fb, DRM_MODE_PAGE_FLIP_EVENT,
			       (void *)(uintptr_t)data) ? -errno : 0;
}

static struct drm_event_vblank next_event(void)
{
	struct pollfd pfd = { .fd = screen.fd, .events = POLLIN };
	struct drm_event_vblank event;

	igt_assert_eq(poll(&pfd, 1, VGPU_PV_WAIT_MS), 1);
	igt_assert_eq(read(screen.fd, &event, sizeof(event)), sizeof(event));
	igt_assert_eq_u32(event.base.type, DRM_EVENT_FLIP_COMPLETE);
	igt_assert_eq_u32(event.crtc_id, screen.crtc);
	return event;
}

static void check_edid(void)
{
	drmModePropertyBlobRes *blob;
	uint64_t id = 0;
	uint32_t i;
	uint8_t *edid, sum = 0;

	vgpu_pv_property(screen.fd, screen.connector, DRM_MODE_OBJECT_CONNECTOR, "EDID",
			 &id);
	igt_assert(id);
	blob = drmModeGetPropertyBlob(screen.fd, id);
	igt_assert(blob && blob->length >= 128 && blob->length % 128 == 0);
	edid = blob->data;
	igt_assert_eq(memcmp(edid, "\x00\xff\xff\xff\xff\xff\xff\x00", 8), 0);
	for (i = 0; i < 128; i++)
		sum += edid[i];
	igt_assert_eq(sum, 0);
	/* The first detailed timing: low eight bits and, above them, four more. */
	igt_assert_eq(edid[56] | (edid[58] & 0xf0) << 4, screen.mode.hdisplay);
	igt_assert_eq(edid[59] | (edid[61] & 0xf0) << 4, screen.mode.vdisplay);
	igt_assert(screen.mode.type & DRM_MODE_TYPE_PREFERRED);
	drmModeFreePropertyBlob(blob);
}

static void check_dumb_many(void)
{
	struct vgpu_pv_dumb dumbs[8];
	size_t i, k;
	int round;

	for (round = 0; round < 20; round++) {
		for (i = 0; i < ARRAY_SIZE(dumbs); i++) {
			vgpu_pv_dumb_create(screen.fd, &dumbs[i], 512, 512, 32);
			igt_assert_eq_u32(dumbs[i].map[0], 0);
			memset(dumbs[i].map, 1 + i, dumbs[i].size);
		}
		for (i = 0; i < ARRAY_SIZE(dumbs); i++)
			for (k = 0; k < dumbs[i].size / 4; k += 1024)
				igt_assert_eq_u32(dumbs[i].map[k], 0x01010101u * (1 + i));
		for (i = 0; i < ARRAY_SIZE(dumbs); i++)
			vgpu_pv_dumb_destroy(screen.fd, &dumbs[i]);
	}
}

static bool plane_has(uint32_t id, uint32_t format)
{
	drmModePlane *plane = drmModeGetPlane(screen.fd, id);
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
		vgpu_pv_texture_args(screen.mode.hdisplay, screen.mode.vdisplay);
	struct vgpu_pv_bo bo;
	uint32_t fb;
	int i;

	igt_require(vgpu_pv_getparam(screen.fd, VIRTGPU_PARAM_3D_FEATURES) == 1);
	args.bind |= VIRGL_BIND_SCANOUT;
	igt_assert_eq(vgpu_pv_create(screen.fd, &args, &bo), 0);
	vgpu_pv_map(screen.fd, &bo);
	igt_assert_eq(vgpu_pv_add_fb(screen.fd, bo.handle, args.stride, args.width, args.height,
				     DRM_FORMAT_XRGB8888, 0, &fb), 0);
	vgpu_pv_screen_show(&screen, &screen.front);
	for (i = 0; i < 4; i++) {
		struct vgpu_pv_commands commands = { 0 };
		struct drm_virtgpu_execbuffer exec;

		vgpu_pv_emit_clear(&commands, &bo, blue);
		exec = vgpu_pv_exec_args(&commands);
		exec.bo_handles = to_user_pointer(&bo.handle);
		exec.num_bo_handles = 1;
		igt_assert_eq(vgpu_pv_exec(screen.fd, &exec), 0);
		igt_assert_eq(flip(i & 1 ? screen.front.fb : fb, i), 0);
		igt_assert_eq_u64(next_event().user_data, i);
		vgpu_pv_commands_free(&commands);
	}
	/* The commit fetched what was drawn into the picture that the display shows. */
	igt_assert_eq_u32(bo.map[0] & 0xffffff, 0x0000ff);
	igt_assert_eq_u32(bo.map[bo.size / 4 - 1] & 0xffffff, 0x0000ff);
	vgpu_pv_screen_show(&screen, &screen.front);
	igt_assert_eq(drmModeRmFB(screen.fd, fb), 0);
	vgpu_pv_unref(screen.fd, &bo);
}

static void check_pacing(void)
{
	const double refresh = screen.mode.clock * 1000.0 / (screen.mode.htotal * screen.mode.vtotal);
	const int count = 30;
	double start, took;
	int i;

	vgpu_pv_screen_show(&screen, &screen.front);
	igt_assert_eq(flip(screen.back.fb, 0), 0);
	next_event();
	start = vgpu_pv_now();
	for (i = 0; i < count; i++) {
		igt_assert_eq(flip(i & 1 ? screen.back.fb : screen.front.fb, i), 0);
		igt_assert_eq_u64(next_event().user_data, i);
	}
	took = vgpu_pv_now() - start;
	igt_info("%d flips in %.3f s, the mode says %.2f Hz\n", count, took, refresh);
	igt_assert(took > 0.8 * (count - 1) / refresh);
}

static void check_cursor(void)
{
	struct vgpu_pv_dumb cursor;

	vgpu_pv_dumb_create(screen.fd, &cursor, 64, 64, 32);
	memset(cursor.map, 0xff, cursor.size);
	vgpu_pv_screen_show(&screen, &screen.front);
	igt_assert_eq(drmModeSetCursor(screen.fd, screen.crtc, cursor.handle, 64, 64), 0);
	igt_assert_eq(drmModeMoveCursor(screen.fd, screen.crtc, 100, 100), 0);
	igt_assert_eq(drmModeMoveCursor(screen.fd, screen.crtc, -32, -32), 0);
	igt_assert_eq(drmModeMoveCursor(screen.fd, screen.crtc, screen.mode.hdisplay + 10, 0), 0);
	igt_assert_eq(drmModeSetCursor(screen.fd, screen.crtc, 0, 0, 0), 0);
	vgpu_pv_dumb_destroy(screen.fd, &cursor);
}

static void check_cursor_size(void)
{
	uint64_t width = 0, height = 0;
	struct vgpu_pv_dumb cursor;

	igt_assert_eq(drmGetCap(screen.fd, DRM_CAP_CURSOR_WIDTH, &width), 0);
	igt_assert_eq(drmGetCap(screen.fd, DRM_CAP_CURSOR_HEIGHT, &height), 0);
	igt_assert_eq_u64(width, 64);
	igt_assert_eq_u64(height, 64);
	vgpu_pv_dumb_create(screen.fd, &cursor, 128, 128, 32);
	vgpu_pv_screen_show(&screen, &screen.front);
	igt_assert(drmModeSetCursor(screen.fd, screen.crtc, cursor.handle, 128, 128) != 0);
	vgpu_pv_dumb_destroy(screen.fd, &cursor);
}

static int commit_plane(uint32_t flags, uint32_t fb, uint32_t src_x)
{
	const struct {
		const char *name;
		uint64_t value;
	} values[] = {
		{ "FB_ID", fb }, { "CRTC_ID", screen.crtc },
		{ "CRTC_X", 0 }, { "CRTC_Y", 0 },
		{ "CRTC_W", screen.mode.hdisplay }, { "CRTC_H", screen.mode.vdisplay },
		{ "SRC_X", (uint64_t)src_x << 16 }, { "SRC_Y", 0 },
		{ "SRC_W", (uint64_t)screen.mode.hdisplay << 16 },
		{ "SRC_H", (uint64_t)screen.mode.vdisplay << 16 },
	};
	drmModeAtomicReq *request = drmModeAtomicAlloc();
	size_t i;
	int ret;

	igt_assert(request);
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		uint32_t id = vgpu_pv_property(screen.fd, primary, DRM_MODE_OBJECT_PLANE,
					       values[i].name, NULL);

		igt_assert(id);
		igt_assert(drmModeAtomicAddProperty(request, primary, id, values[i].value) >= 0);
	}
	ret = drmModeAtomicCommit(screen.fd, request, flags, NULL) ? -errno : 0;
	drmModeAtomicFree(request);
	return ret;
}

static void check_master(void)
{
	int other = vgpu_pv_open_card();
	struct drm_mode_crtc args = { .crtc_id = screen.crtc };

	igt_assert(!drmIsMaster(other));
	igt_assert_eq(vgpu_pv_ioctl(other, DRM_IOCTL_MODE_SETCRTC, &args), -EACCES);
	close(other);
}

static void test_bad_refresh(void)
{
	drmModeModeInfo quick = screen.mode, slow = screen.mode;

	quick.clock = INT32_MAX;
	igt_assert_eq(drmModeSetCrtc(screen.fd, screen.crtc, screen.front.fb, 0, 0,
				     &screen.connector, 1, &quick), -EINVAL);
	/* As a product, the number of pixels is just more than 32 bits. */
	slow.htotal = slow.vtotal = 32768;
	slow.vscan = 4;
	igt_assert_eq(drmModeSetCrtc(screen.fd, screen.crtc, screen.front.fb, 0, 0,
				     &screen.connector, 1, &slow), -EINVAL);
}

int igt_main()
{
	struct vgpu_pv_dumb dumb;
	size_t i;

	igt_fixture() {
		setup();
	}

	igt_describe("UAPI: an output is connected and has modes, one of them preferred.");
	igt_subtest("output") {
		drmModeConnector *connector = drmModeGetConnector(screen.fd, screen.connector);
		int preferred = 0, m;

		for (m = 0; m < connector->count_modes; m++)
			preferred += !!(connector->modes[m].type & DRM_MODE_TYPE_PREFERRED);
		igt_assert_lt(0, preferred);
		igt_assert(screen.mode.hdisplay && screen.mode.vdisplay && screen.mode.clock);
		vgpu_pv_screen_show(&screen, &screen.front);
		drmModeFreeConnector(connector);
	}

	igt_describe("[dev-edid] the EDID is whole and its first mode is the preferred one.");
	igt_subtest("edid")
		check_edid();

	igt_describe("UAPI: a dumb buffer is zeroed, can be written, and has a pitch that fits.");
	igt_subtest("dumb") {
		vgpu_pv_dumb_create(screen.fd, &dumb, 37, 11, 32);
		for (i = 0; i < dumb.size / 4; i++)
			igt_assert_eq_u32(dumb.map[i], 0);
		memset(dumb.map, 0x42, dumb.size);
		igt_assert_eq_u32(dumb.map[dumb.size / 4 - 1], 0x42424242);
		vgpu_pv_dumb_destroy(screen.fd, &dumb);
	}

	igt_describe("[drv-aperture-kept] dumb buffers do not overlap, and come back when closed.");
	igt_subtest("dumb-many")
		check_dumb_many();

	igt_describe("UAPI: the primary plane shows XRGB8888, the cursor plane ARGB8888.");
	igt_subtest("formats") {
		uint32_t cursor = vgpu_pv_find_plane(screen.fd, DRM_PLANE_TYPE_CURSOR);

		igt_assert(plane_has(primary, DRM_FORMAT_XRGB8888));
		igt_assert(cursor && plane_has(cursor, DRM_FORMAT_ARGB8888));
	}

	igt_describe("UAPI: a flip sends its event once, with the caller's data.");
	igt_subtest("flip") {
		struct pollfd pfd = { .fd = screen.fd, .events = POLLIN };

		vgpu_pv_screen_show(&screen, &screen.front);
		igt_assert_eq(flip(screen.back.fb, 0x123456789ull), 0);
		igt_assert_eq_u64(next_event().user_data, 0x123456789ull);
		igt_assert_eq(poll(&pfd, 1, 100), 0);
	}

	igt_describe("UAPI: a second flip before the first is done is EBUSY, or its turn comes.");
	igt_subtest("flip-busy") {
		int ret;

		vgpu_pv_screen_show(&screen, &screen.front);
		igt_assert_eq(flip(screen.back.fb, 1), 0);
		ret = flip(screen.front.fb, 2);
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

		vgpu_pv_screen_show(&screen, &screen.front);
		igt_assert_eq(commit_plane(DRM_MODE_ATOMIC_TEST_ONLY, screen.back.fb, 0), 0);
		vgpu_pv_property(screen.fd, primary, DRM_MODE_OBJECT_PLANE, "FB_ID", &shown);
		igt_assert_eq_u64(shown, screen.front.fb);
		igt_assert_eq(commit_plane(0, screen.back.fb, 0), 0);
		vgpu_pv_property(screen.fd, primary, DRM_MODE_OBJECT_PLANE, "FB_ID", &shown);
		igt_assert_eq_u64(shown, screen.back.fb);
	}

	igt_describe("UAPI: a source rectangle out of the buffer is ENOSPC.");
	igt_subtest("atomic-bad-source") {
		vgpu_pv_screen_show(&screen, &screen.front);
		igt_assert_eq(commit_plane(DRM_MODE_ATOMIC_TEST_ONLY, screen.back.fb, 16), -ENOSPC);
	}

	igt_describe("UAPI: a mode whose frame is too short or too long to keep time by is EINVAL.");
	igt_subtest("bad-mode-refresh")
		test_bad_refresh();

	igt_describe("UAPI: a rectangle drawn in place is shown by DIRTYFB.");
	igt_subtest("dirty") {
		drmModeClip clip = { .x1 = 10, .y1 = 10, .x2 = 50, .y2 = 50 };

		vgpu_pv_screen_show(&screen, &screen.front);
		igt_assert_eq(drmModeDirtyFB(screen.fd, screen.front.fb, &clip, 1), 0);
	}

	igt_describe("UAPI: without being master there is no mode setting.");
	igt_subtest("master")
		check_master();

	igt_fixture()
		vgpu_pv_screen_close(&screen);
}
