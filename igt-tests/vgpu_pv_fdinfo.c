// SPDX-License-Identifier: MIT
/**
 * TEST: vgpu_pv_fdinfo
 * Description: What /proc says of an open file.
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: vgpu_pv
 * Functionality: fdinfo
 * Test category: functionality test
 */
#include "igt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "vgpu_pv_lib.h"

IGT_TEST_DESCRIPTION("What /proc says of an open file: the keys of drm-usage-stats.");

/**
 * SUBTEST: identity
 * Description: UAPI: driver, client and PCI device are named; clients differ
 *
 * SUBTEST: memory
 * Description: UAPI: each region's total grows and shrinks with its buffers
 *
 * SUBTEST: shared
 * Description: UAPI: an exported buffer is shared
 *
 * SUBTEST: engine
 * Description: UAPI: time on the engine grows with work, never faster than time
 *
 * SUBTEST: lost
 * Description: UAPI: a lost context is said to be lost
 */

static int fd;

/* The value's text, or false if there is no such key. */
static bool find(int file, const char *key, char value[64])
{
	char path[64], line[256];
	size_t n = strlen(key);
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", file);
	f = fopen(path, "r");
	igt_assert(f);
	while (!found && fgets(line, sizeof(line), f)) {
		if (strncmp(line, key, n) || line[n] != ':')
			continue;
		igt_assert(sscanf(line + n + 1, " %63[^\n]", value) == 1);
		found = true;
	}
	fclose(f);
	return found;
}

static uint64_t number(int file, const char *key, const char *unit)
{
	char value[64], *end;
	uint64_t n;

	igt_require_f(find(file, "drm-client-id", value), "no fdinfo before Linux 6.5\n");
	igt_assert_f(find(file, key, value), "no key %s\n", key);
	n = strtoull(value, &end, 10);
	igt_assert_f(end != value && !strcmp(end, unit), "%s: '%s', not in '%s'\n", key, value,
		     unit);
	return n;
}

static void check_identity(void)
{
	int other = vgpu_pv_open_3d();
	unsigned int d, b, s, f;
	char value[64];

	igt_assert(number(fd, "drm-client-id", "") != number(other, "drm-client-id", ""));
	igt_assert(find(fd, "drm-driver", value));
	igt_assert_f(!strcmp(value, "virtio_gpu") || !strcmp(value, "vgpu_pv"), "%s\n", value);
	igt_assert(find(fd, "drm-pdev", value));
	igt_assert(sscanf(value, "%x:%x:%x.%u", &d, &b, &s, &f) == 4);
	close(other);
}

static void check_memory(void)
{
	struct drm_virtgpu_resource_create args = vgpu_pv_texture_args(256, 256);
	struct vgpu_pv_bo pages, aperture;
	int file = vgpu_pv_open_3d();

	igt_assert_eq_u64(number(file, "drm-total-system", " KiB"), 0);
	igt_assert_eq_u64(number(file, "drm-total-aperture", " KiB"), 0);

	vgpu_pv_texture(file, 256, 256, &pages);
	igt_assert_eq_u64(number(file, "drm-total-system", " KiB"), 256);
	igt_assert_eq_u64(number(file, "drm-resident-system", " KiB"), 256);
	igt_assert_eq_u64(number(file, "drm-shared-system", " KiB"), 0);
	igt_assert_eq_u64(number(file, "drm-purgeable-system", " KiB"), 0);
	igt_assert_eq_u64(number(file, "drm-total-aperture", " KiB"), 0);

	args.bind |= VIRGL_BIND_SCANOUT;
	igt_assert_eq(vgpu_pv_create(file, &args, &aperture), 0);
	igt_assert_eq_u64(number(file, "drm-total-aperture", " KiB"), 256);
	igt_assert_eq_u64(number(file, "drm-resident-aperture", " KiB"), 256);
	igt_assert_eq_u64(number(file, "drm-total-system", " KiB"), 256);

	vgpu_pv_upload(file, &pages);
	igt_assert_eq_u64(number(file, "drm-active-system", " KiB"), 0);

	vgpu_pv_unref(file, &pages);
	vgpu_pv_unref(file, &aperture);
	igt_assert_eq_u64(number(file, "drm-total-system", " KiB"), 0);
	igt_assert_eq_u64(number(file, "drm-total-aperture", " KiB"), 0);
	close(file);
}

static void check_shared(void)
{
	int file = vgpu_pv_open_3d(), prime;
	struct vgpu_pv_bo bo;

	vgpu_pv_texture(file, 64, 64, &bo);
	igt_assert_eq_u64(number(file, "drm-shared-system", " KiB"), 0);
	igt_assert_eq(drmPrimeHandleToFD(file, bo.handle, DRM_CLOEXEC, &prime), 0);
	igt_assert_eq_u64(number(file, "drm-shared-system", " KiB"), 16);
	igt_assert_eq_u64(number(file, "drm-total-system", " KiB"), 16);
	close(prime);
	vgpu_pv_unref(file, &bo);
	close(file);
}

static void check_engine(void)
{
	uint64_t before, during, after, idle;
	int file = vgpu_pv_open_3d(), fence;
	double start = vgpu_pv_now(), spent;
	struct vgpu_pv_bo a, b;

	vgpu_pv_texture(file, 2048, 2048, &a);
	vgpu_pv_texture(file, 2048, 2048, &b);
	igt_assert_eq(vgpu_pv_wait(file, b.handle, 0), 0);
	before = number(file, "drm-engine-render", " ns");
	fence = vgpu_pv_submit_long(file, &a, &b);
	igt_assert(fence >= 0);
	during = number(file, "drm-engine-render", " ns");
	igt_assert(during >= before);
	igt_assert_eq(vgpu_pv_fence_finish(fence), 1);
	after = number(file, "drm-engine-render", " ns");
	igt_assert(after > before && after >= during);
	spent = vgpu_pv_now() - start;
	igt_assert_f(after <= spent * 1e9, "%" PRIu64 " ns of %f s\n", after, spent);

	/* Nothing is under way now: it stands still. */
	igt_assert_eq(vgpu_pv_wait(file, b.handle, 0), 0);
	idle = number(file, "drm-engine-render", " ns");
	igt_assert_eq_u64(number(file, "drm-engine-render", " ns"), idle);
	close(file);
}

static void check_lost(void)
{
	struct vgpu_pv_commands commands = { 0 };
	int file = vgpu_pv_open_3d(), fence;

	igt_assert_eq_u64(number(file, "vgpu-pv-context-lost", ""), 0);
	igt_assert(number(file, "vgpu-pv-credit", " KiB") > 0);
	vgpu_pv_emit_malformed(&commands);
	fence = vgpu_pv_submit(file, &commands);
	igt_assert(fence >= 0);
	igt_assert(vgpu_pv_fence_finish(fence) < 0);
	igt_assert_eq_u64(number(file, "vgpu-pv-context-lost", ""), 1);
	vgpu_pv_commands_free(&commands);
	close(file);
}

int igt_main()
{
	igt_fixture() {
		fd = vgpu_pv_open_3d();
	}

	igt_describe("UAPI: driver, client and PCI device are named; clients differ.");
	igt_subtest("identity")
		check_identity();

	igt_describe("UAPI: each region's total grows and shrinks with its buffers.");
	igt_subtest("memory")
		check_memory();

	igt_describe("UAPI: an exported buffer is shared.");
	igt_subtest("shared")
		check_shared();

	igt_describe("UAPI: time on the engine grows with work, never faster than time.");
	igt_subtest("engine")
		check_engine();

	igt_describe("UAPI: a lost context is said to be lost.");
	igt_subtest("lost")
		check_lost();

	igt_fixture() {
		close(fd);
	}
}
