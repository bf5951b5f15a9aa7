// SPDX-License-Identifier: MIT
/**
 * TEST: vgpu_pv_fence
 * Description: Sync files: what they say of work that ends well and work that does not.
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: vgpu_pv
 * Functionality: fences
 * Test category: functionality test
 */
#include "igt.h"

#include "vgpu_pv_lib.h"

IGT_TEST_DESCRIPTION("Sync files: what they say of work that ends well and work that does not.");

/**
 * SUBTEST: info
 * Description: UAPI: a sync file holds one fence of this driver
 *
 * SUBTEST: status-good
 * Description: UAPI: completed work has status 1
 *
 * SUBTEST: status-pending
 * Description: [dev-complete] unfinished work has status 0 and then 1
 *
 * SUBTEST: status-malformed
 * Description: [drv-status-errno] malformed commands end with EINVAL on the fence
 *
 * SUBTEST: status-after-loss
 * Description: [dev-context-lost], [drv-status-errno] what was queued behind ends with EIO
 *
 * SUBTEST: order
 * Description: [dev-used-order] fences of one context signal in order
 *
 * SUBTEST: merge
 * Description: UAPI: a merged sync file signals after both, with the error of either
 *
 * SUBTEST: outlives-file
 * Description: UAPI: a fence signals though the file that made it is closed
 */

static int fd;

static int submit_malformed(int file)
{
	struct vgpu_pv_commands commands = { 0 };
	int fence;

	vgpu_pv_emit_malformed(&commands);
	fence = vgpu_pv_submit(file, &commands);
	vgpu_pv_commands_free(&commands);
	igt_assert(fence >= 0);
	return fence;
}

static int submit_empty(int file)
{
	const struct vgpu_pv_commands none = { 0 };

	return vgpu_pv_submit(file, &none);
}

static int submit_long(int file)
{
	struct vgpu_pv_bo a, b;
	int fence;

	vgpu_pv_texture(file, 2048, 2048, &a);
	vgpu_pv_texture(file, 2048, 2048, &b);
	fence = vgpu_pv_submit_long(file, &a, &b);
	igt_assert(fence >= 0);
	vgpu_pv_unref(file, &a);
	vgpu_pv_unref(file, &b);
	return fence;
}

static void check_info(void)
{
	struct sync_fence_info fence_info = { 0 };
	struct sync_file_info info = {
		.num_fences = 1, .sync_fence_info = to_user_pointer(&fence_info),
	};
	/* Since Linux 6.17 a fence that has signalled has no driver any more. */
	int fence = submit_long(fd);

	do_ioctl(fence, SYNC_IOC_FILE_INFO, &info);
	igt_assert_eq_u32(info.num_fences, 1);
	igt_assert(strstr(fence_info.driver_name, "vgpu_pv"));
	igt_assert_eq(vgpu_pv_fence_finish(fence), 1);
}

static void check_after_loss(void)
{
	int file = vgpu_pv_open_3d(), bad, behind;

	vgpu_pv_check_alive(file);
	bad = submit_malformed(file);
	/* The driver may know already: then the call says what the fence would. */
	behind = submit_empty(file);
	if (behind >= 0)
		igt_assert_eq(vgpu_pv_fence_finish(behind), -EIO);
	else
		igt_assert_eq(behind, -EIO);
	igt_assert_eq(vgpu_pv_fence_finish(bad), -EINVAL);
	igt_assert_eq(submit_empty(file), -EIO);
	close(file);
}

static void check_order(void)
{
	int fences[100], i;

	for (i = 0; i < 100; i++) {
		fences[i] = i % 50 ? submit_empty(fd) : submit_long(fd);
		igt_assert(fences[i] >= 0);
	}
	for (i = 99; i >= 0; i--)
		igt_assert_eq(vgpu_pv_fence_finish(fences[i]), 1);
}

static int merge(int a, int b)
{
	struct sync_merge_data args = { .name = "vgpu_pv_fence", .fd2 = b };

	do_ioctl(a, SYNC_IOC_MERGE, &args);
	return args.fence;
}

static void check_merge(void)
{
	int file = vgpu_pv_open_3d(), good, bad, both;

	vgpu_pv_check_alive(file);
	good = submit_long(fd);
	both = merge(good, submit_empty(file));
	igt_assert_eq(vgpu_pv_fence_finish(both), 1);
	igt_assert_eq(vgpu_pv_fence_status(good), 1);
	close(good);

	good = submit_long(fd);
	bad = submit_malformed(file);
	both = merge(good, bad);
	igt_assert_eq(vgpu_pv_fence_finish(both), -EINVAL);
	close(good);
	close(bad);
	close(file);
}

int igt_main()
{
	igt_fixture() {
		fd = vgpu_pv_open_3d();
	}

	igt_describe("UAPI: a sync file holds one fence of this driver.");
	igt_subtest("info")
		check_info();

	igt_describe("UAPI: completed work has status 1.");
	igt_subtest("status-good")
		igt_assert_eq(vgpu_pv_fence_finish(submit_empty(fd)), 1);

	igt_describe("[dev-complete] unfinished work has status 0 and then 1.");
	igt_subtest("status-pending") {
		int fence = submit_long(fd);

		igt_assert_eq(vgpu_pv_fence_status(fence), 0);
		igt_assert_eq(vgpu_pv_fence_finish(fence), 1);
	}

	igt_describe("[drv-status-errno] malformed commands end with EINVAL on the fence.");
	igt_subtest("status-malformed") {
		int file = vgpu_pv_open_3d();

		igt_assert_eq(vgpu_pv_fence_finish(submit_malformed(file)), -EINVAL);
		close(file);
		vgpu_pv_check_alive(fd);
	}

	igt_describe("[dev-context-lost], [drv-status-errno] what was queued behind ends with EIO.");
	igt_subtest("status-after-loss")
		check_after_loss();

	igt_describe("[dev-used-order] fences of one context signal in order.");
	igt_subtest("order")
		check_order();

	igt_describe("UAPI: a merged sync file signals after both, with the error of either.");
	igt_subtest("merge")
		check_merge();

	igt_describe("UAPI: a fence signals though the file that made it is closed.");
	igt_subtest("outlives-file") {
		int file = vgpu_pv_open_3d(), fence = submit_long(file);

		close(file);
		igt_assert_eq(vgpu_pv_fence_finish(fence), 1);
	}

	igt_fixture() {
		close(fd);
	}
}
