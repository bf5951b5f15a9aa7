// SPDX-License-Identifier: MIT
/**
 * TEST: vgpu_pv_wait
 * Description: Waiting for a resource.
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: vgpu_pv
 * Functionality: waits
 * Test category: functionality test
 */
#include "igt.h"

#include <sys/time.h>

#include "vgpu_pv_lib.h"

IGT_TEST_DESCRIPTION("Waiting for a resource: WAIT.");

/**
 * SUBTEST: idle
 * Description: UAPI: an idle resource is waited for at once, either way
 *
 * SUBTEST: busy
 * Description: UAPI: NOWAIT on a busy resource is EBUSY, a wait ends with the work
 *
 * SUBTEST: interrupted
 * Description: UAPI: a signal ends a wait early, and it can be taken up again
 *
 * SUBTEST: bad-%s
 * Description: UAPI: one wrong field, one errno
 *
 * arg[1]:
 *
 * @handle:	a handle that does not exist
 * @zero:	the handle 0
 * @flags:	a flag that does not exist
 */

static int fd;

static void on_alarm(int signal)
{
	(void)signal;
}

static void check_busy(void)
{
	struct vgpu_pv_bo a, b;
	double start;
	int fence;

	vgpu_pv_texture(fd, 2048, 2048, &a);
	vgpu_pv_texture(fd, 2048, 2048, &b);
	igt_assert_eq(vgpu_pv_wait(fd, b.handle, 0), 0);
	start = vgpu_pv_now();
	fence = vgpu_pv_submit_long(fd, &a, &b);
	igt_assert(fence >= 0);
	igt_assert_eq(vgpu_pv_wait(fd, a.handle, VIRTGPU_WAIT_NOWAIT), -EBUSY);
	igt_assert_eq(vgpu_pv_wait(fd, b.handle, VIRTGPU_WAIT_NOWAIT), -EBUSY);
	igt_assert_eq(vgpu_pv_wait(fd, a.handle, 0), 0);
	igt_info("busy for %.3f s\n", vgpu_pv_now() - start);
	igt_assert_eq(vgpu_pv_fence_status(fence), 1);
	igt_assert_eq(vgpu_pv_wait(fd, a.handle, VIRTGPU_WAIT_NOWAIT), 0);
	close(fence);
	vgpu_pv_unref(fd, &a);
	vgpu_pv_unref(fd, &b);
}

static void check_interrupted(void)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	const struct itimerval soon = { .it_value.tv_usec = 20000 };
	struct drm_virtgpu_3d_wait args = { 0 };
	struct vgpu_pv_bo a, b;
	int fences[4], i, ret;

	vgpu_pv_texture(fd, 2048, 2048, &a);
	vgpu_pv_texture(fd, 2048, 2048, &b);
	for (i = 0; i < 4; i++)
		fences[i] = vgpu_pv_submit_long(fd, &a, &b);
	args.handle = a.handle;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	/* Not by drmIoctl(), which would go on waiting by itself. */
	ret = ioctl(fd, DRM_IOCTL_VIRTGPU_WAIT, &args);
	igt_assert(ret == 0 || errno == EINTR);
	igt_assert_eq(vgpu_pv_wait(fd, a.handle, 0), 0);
	for (i = 0; i < 4; i++)
		igt_assert_eq(vgpu_pv_fence_finish(fences[i]), 1);
	vgpu_pv_unref(fd, &a);
	vgpu_pv_unref(fd, &b);
}

int igt_main()
{
	struct vgpu_pv_bo bo;

	igt_fixture() {
		fd = vgpu_pv_open_3d();
	}

	igt_describe("UAPI: an idle resource is waited for at once, either way.");
	igt_subtest("idle") {
		vgpu_pv_buffer(fd, 4096, &bo);
		igt_assert_eq(vgpu_pv_wait(fd, bo.handle, 0), 0);
		igt_assert_eq(vgpu_pv_wait(fd, bo.handle, VIRTGPU_WAIT_NOWAIT), 0);
		vgpu_pv_unref(fd, &bo);
	}

	igt_describe("UAPI: NOWAIT on a busy resource is EBUSY, a wait ends with the work.");
	igt_subtest("busy")
		check_busy();

	igt_describe("UAPI: a signal ends a wait early, and it can be taken up again.");
	igt_subtest("interrupted")
		check_interrupted();

	igt_describe("UAPI: a handle that does not exist is ENOENT.");
	igt_subtest("bad-handle")
		igt_assert_eq(vgpu_pv_wait(fd, VGPU_PV_BAD_HANDLE, 0), -ENOENT);

	igt_describe("UAPI: the handle 0 is ENOENT.");
	igt_subtest("bad-zero")
		igt_assert_eq(vgpu_pv_wait(fd, 0, 0), -ENOENT);

	igt_describe("UAPI: a flag that does not exist is EINVAL.");
	igt_subtest("bad-flags") {
		vgpu_pv_buffer(fd, 4096, &bo);
		igt_assert_eq(vgpu_pv_wait(fd, bo.handle, 1 << 1), -EINVAL);
		igt_assert_eq(vgpu_pv_wait(fd, bo.handle, 1u << 31), -EINVAL);
		vgpu_pv_unref(fd, &bo);
	}

	igt_fixture() {
		close(fd);
	}
}
