// SPDX-License-Identifier: MIT
/**
 * TEST: vgpu_pv_capset
 * Description: What the renderer can do, as the guest is told.
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: vgpu_pv
 * Functionality: capsets
 * Test category: functionality test
 */
#include "igt.h"

#include "vgpu_pv_lib.h"

IGT_TEST_DESCRIPTION("What the renderer can do, as the guest is told: GET_CAPS.");

/**
 * SUBTEST: get-%s
 * Description: UAPI: a listed capset is given, and the same again
 *
 * arg[1]:
 *
 * @virgl:	the first capset of virgl
 * @virgl2:	the second
 *
 * SUBTEST: short-buffer
 * Description: UAPI: no more is written than the caller has room for
 *
 * SUBTEST: long-buffer
 * Description: [drv-reply-checked] no more is written than the capset has
 *
 * SUBTEST: bad-%s
 * Description: UAPI: one wrong field, one errno
 *
 * arg[1]:
 *
 * @id-zero:		capset 0
 * @id-unlisted:	a capset that the device does not list
 * @id-huge:		a capset number of all bits
 * @version:		a version over the highest
 * @size:		no room
 * @pad:		padding that is not zero
 * @address:		room at nowhere
 */

static uint8_t room[2][16384];

static const struct {
	const char *name;
	struct drm_virtgpu_get_caps args;
	int err;
} bad[] = {
	{ "id-zero", { .cap_set_id = 0, .cap_set_ver = 1, .size = 64 }, EINVAL },
	{ "id-unlisted", { .cap_set_id = 60, .cap_set_ver = 1, .size = 64 }, EINVAL },
	{ "id-huge", { .cap_set_id = UINT32_MAX, .cap_set_ver = 1, .size = 64 }, EINVAL },
	{ "version", { .cap_set_id = 2, .cap_set_ver = 1000, .size = 64 }, EINVAL },
	{ "size", { .cap_set_id = 2, .cap_set_ver = 1, .size = 0 }, EINVAL },
	{ "pad", { .cap_set_id = 2, .cap_set_ver = 1, .size = 64, .pad = 1 }, EINVAL },
	{ "address", { .cap_set_id = 2, .cap_set_ver = 1, .size = 64, .addr = 8 }, EFAULT },
};

static int fd;

static int get_caps(uint32_t id, uint8_t *into, uint32_t size)
{
	struct drm_virtgpu_get_caps args = {
		.cap_set_id = id,
		.cap_set_ver = 1,
		.addr = to_user_pointer(into),
		.size = size,
	};

	return vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_GET_CAPS, &args);
}

/* virgl's capsets begin with their highest version. */
static void check_capset(uint32_t id)
{
	uint32_t version;

	memset(room, 0, sizeof(room));
	igt_assert_eq(get_caps(id, room[0], 64), 0);
	igt_assert_eq(get_caps(id, room[1], 64), 0);
	igt_assert_eq(memcmp(room[0], room[1], 64), 0);
	memcpy(&version, room[0], sizeof(version));
	igt_assert(version >= 1 && version < 100);
}

int igt_main()
{
	size_t i;

	igt_fixture() {
		fd = vgpu_pv_open_3d();
	}

	igt_describe("UAPI: a listed capset is given, and the same again.");
	igt_subtest("get-virgl")
		check_capset(VGPU_PV_CAPSET_VIRGL);

	igt_describe("UAPI: a listed capset is given, and the same again.");
	igt_subtest("get-virgl2")
		check_capset(VGPU_PV_CAPSET_VIRGL2);

	igt_describe("UAPI: no more is written than the caller has room for.");
	igt_subtest("short-buffer") {
		memset(room, 0xa5, sizeof(room));
		igt_assert_eq(get_caps(VGPU_PV_CAPSET_VIRGL2, room[0], 8), 0);
		for (i = 8; i < 4096; i++)
			igt_assert_eq(room[0][i], 0xa5);
	}

	igt_describe("[drv-reply-checked] no more is written than the capset has.");
	igt_subtest("long-buffer") {
		memset(room, 0xa5, sizeof(room));
		igt_assert_eq(get_caps(VGPU_PV_CAPSET_VIRGL2, room[0], sizeof(room[0])), 0);
		for (i = 4096; i < sizeof(room[0]); i++)
			igt_assert_eq(room[0][i], 0xa5);
	}

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		igt_describe("UAPI: one wrong field, one errno.");
		igt_subtest_f("bad-%s", bad[i].name) {
			struct drm_virtgpu_get_caps args = bad[i].args;

			if (!args.addr)
				args.addr = to_user_pointer(room[0]);
			do_ioctl_err(fd, DRM_IOCTL_VIRTGPU_GET_CAPS, &args, bad[i].err);
		}
	}

	igt_fixture() {
		close(fd);
	}
}
