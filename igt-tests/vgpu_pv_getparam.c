// SPDX-License-Identifier: MIT
/**
 * TEST: vgpu_pv_getparam
 * Description: What the device says of itself.
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: vgpu_pv
 * Functionality: getparam
 * Test category: functionality test
 */
#include "igt.h"

#include "vgpu_pv_lib.h"

IGT_TEST_DESCRIPTION("What the device says of itself: GETPARAM and the version.");

/**
 * SUBTEST: version
 * Description: UAPI: the DRM name tells which user space API the device speaks,
 *	the description tells the driver
 *
 * SUBTEST: value-%s
 * Description: UAPI: each parameter has the value that stock user space relies on
 *
 * arg[1]:
 *
 * @3d-features:		3d features
 * @capset-query-fix:		capset query fix
 * @resource-blob:		resource blob
 * @host-visible:		host visible
 * @cross-device:		cross device
 * @context-init:		context init
 * @explicit-debug-name:	explicit debug name
 *
 * SUBTEST: capset-ids
 * Description: UAPI: the mask holds the capsets of virgl
 *
 * SUBTEST: bad-param-%s
 * Description: UAPI: an unknown parameter is EINVAL
 *
 * arg[1]:
 *
 * @zero:	zero
 * @next:	the first after those that exist
 * @huge:	all bits
 *
 * SUBTEST: bad-pointer
 * Description: UAPI: a value pointer to nowhere is EFAULT
 */

static const struct {
	const char *name;
	uint64_t param;
	int value;
} values[] = {
	{ "3d-features", VIRTGPU_PARAM_3D_FEATURES, 1 },
	{ "capset-query-fix", VIRTGPU_PARAM_CAPSET_QUERY_FIX, 1 },
	{ "resource-blob", VIRTGPU_PARAM_RESOURCE_BLOB, 1 },
	{ "host-visible", VIRTGPU_PARAM_HOST_VISIBLE, 0 },
	{ "cross-device", VIRTGPU_PARAM_CROSS_DEVICE, 1 },
	{ "context-init", VIRTGPU_PARAM_CONTEXT_INIT, 1 },
	{ "explicit-debug-name", VIRTGPU_PARAM_EXPLICIT_DEBUG_NAME, 1 },
};

static const struct {
	const char *name;
	uint64_t param;
} bad[] = {
	{ "zero", 0 },
	{ "next", VIRTGPU_PARAM_EXPLICIT_DEBUG_NAME + 1 },
	{ "huge", UINT64_MAX },
};

static int fd;

int igt_main()
{
	size_t i;

	igt_fixture() {
		fd = vgpu_pv_open_3d();
	}

	igt_describe("UAPI: the DRM name tells the user space API, the description the driver.");
	igt_subtest("version") {
		drmVersionPtr version = drmGetVersion(fd);

		igt_assert(version);
		igt_assert(!strcmp(version->name, "virtio_gpu") || !strcmp(version->name, "vgpu_pv"));
		igt_assert(strstr(version->desc, "vgpu_pv"));
		igt_assert_eq(version->version_major, 0);
		igt_assert_eq(version->version_minor, 1);
		igt_assert_eq(version->version_patchlevel, 0);
		drmFreeVersion(version);
	}

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		igt_describe("UAPI: each parameter has the value that stock user space relies on.");
		igt_subtest_f("value-%s", values[i].name)
			igt_assert_eq(vgpu_pv_getparam(fd, values[i].param), values[i].value);
	}

	igt_describe("UAPI: the mask of capsets holds those of virgl.");
	igt_subtest("capset-ids") {
		const int virgl = 1 << VGPU_PV_CAPSET_VIRGL | 1 << VGPU_PV_CAPSET_VIRGL2;

		igt_assert_eq(vgpu_pv_getparam(fd, VIRTGPU_PARAM_SUPPORTED_CAPSET_IDs) & virgl, virgl);
	}

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		igt_describe("UAPI: an unknown parameter is EINVAL.");
		igt_subtest_f("bad-param-%s", bad[i].name)
			igt_assert_eq(vgpu_pv_getparam(fd, bad[i].param), -EINVAL);
	}

	igt_describe("UAPI: a value pointer to nowhere is EFAULT.");
	igt_subtest("bad-pointer") {
		struct drm_virtgpu_getparam args = { .param = VIRTGPU_PARAM_3D_FEATURES, .value = 8 };

		do_ioctl_err(fd, DRM_IOCTL_VIRTGPU_GETPARAM, &args, EFAULT);
	}

	igt_fixture() {
		close(fd);
	}
}
