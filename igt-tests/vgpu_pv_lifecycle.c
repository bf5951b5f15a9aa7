// SPDX-License-Identifier: MIT
/**
 * TEST: vgpu_pv_lifecycle
 * Description: Files, handles and threads that come and go.
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: vgpu_pv
 * Functionality: lifetimes
 * Test category: functionality test
 */
#include "igt.h"

#include <sys/wait.h>

#include "vgpu_pv_lib.h"

IGT_TEST_DESCRIPTION("Files, handles and threads that come and go.");

/**
 * SUBTEST: close-in-flight
 * Description: [drv-owned-until-used] closing a file with work in flight does not block
 *
 * SUBTEST: killed-in-flight
 * Description: [drv-owned-until-used] a process killed with work in flight leaves the rest working
 *
 * SUBTEST: open-close
 * Description: UAPI: files come and go
 *
 * SUBTEST: unref-in-flight
 * Description: [drv-owned-until-used] memory of work in flight is not given to another
 *
 * SUBTEST: unmap-after-close
 * Description: UAPI: a mapping outlives handle and file
 *
 * SUBTEST: stale-handle
 * Description: UAPI: a closed handle is ENOENT everywhere
 *
 * SUBTEST: foreign-handle
 * Description: UAPI: another file's handle is ENOENT
 *
 * SUBTEST: foreign-resource
 * Description: [dev-context-isolated] commands that name another context's resource do not reach it
 *
 * SUBTEST: huge-handle
 * Description: UAPI: a handle of all bits is ENOENT everywhere
 *
 * SUBTEST: double-close
 * Description: UAPI: closing a handle twice is EINVAL
 *
 * SUBTEST: threads
 * Description: UAPI: 64 threads with a file each draw at once
 *
 * SUBTEST: threads-one-file
 * Description: UAPI: 64 threads draw at once in one file
 */

#define THREADS 64

static int fd;

static void submit_longs(int file, int count)
{
	struct vgpu_pv_bo a, b;
	int i, fence;

	vgpu_pv_texture(file, 2048, 2048, &a);
	vgpu_pv_texture(file, 2048, 2048, &b);
	for (i = 0; i < count; i++) {
		fence = vgpu_pv_submit_long(file, &a, &b);
		igt_assert(fence >= 0);
		close(fence);
	}
}

static void check_close_in_flight(void)
{
	const struct vgpu_pv_commands none = { 0 };
	int file = vgpu_pv_open_3d(), fence;
	double start;

	submit_longs(file, 8);
	fence = vgpu_pv_submit(file, &none);
	igt_assert(fence >= 0);
	start = vgpu_pv_now();
	igt_assert_eq(close(file), 0);
	igt_info("close took %.3f s\n", vgpu_pv_now() - start);
	igt_assert_f(vgpu_pv_fence_status(fence) == 0, "the work was over too early to tell\n");
	igt_assert_eq(vgpu_pv_fence_finish(fence), 1);
	vgpu_pv_check_alive(fd);
}

static void check_killed(void)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		submit_longs(vgpu_pv_open_3d(), 4);
		kill(getpid(), SIGKILL);
	}
	igt_assert(child > 0);
	igt_assert_eq(waitpid(child, &status, 0), child);
	igt_assert(WIFSIGNALED(status));
	vgpu_pv_check_alive(fd);
}

static void check_unref_in_flight(void)
{
	struct vgpu_pv_bo a, b, fresh;
	size_t i;
	int round;

	for (round = 0; round < 4; round++) {
		vgpu_pv_texture(fd, 1024, 1024, &a);
		vgpu_pv_texture(fd, 1024, 1024, &b);
		close(vgpu_pv_submit_long(fd, &a, &b));
		igt_assert_eq(vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST,
			&(struct drm_virtgpu_3d_transfer_from_host){
				.bo_handle = a.handle, .box = { .w = 1024, .h = 1024, .d = 1 },
			}), 0);
		vgpu_pv_unref(fd, &a);
		vgpu_pv_unref(fd, &b);
		vgpu_pv_texture(fd, 1024, 1024, &fresh);
		vgpu_pv_map(fd, &fresh);
		memset(fresh.map, 0x5c, fresh.size);
		vgpu_pv_check_alive(fd);
		for (i = 0; i < fresh.size / 4; i++)
			igt_assert_eq_u32(fresh.map[i], 0x5c5c5c5c);
		vgpu_pv_unref(fd, &fresh);
	}
}

static void check_unmap(void)
{
	int file = vgpu_pv_open_3d();
	struct vgpu_pv_bo bo;

	vgpu_pv_texture(file, 64, 64, &bo);
	vgpu_pv_map(file, &bo);
	igt_assert_eq(drmCloseBufferHandle(file, bo.handle), 0);
	close(file);
	memset(bo.map, 0x6b, bo.size);
	igt_assert_eq_u32(bo.map[100], 0x6b6b6b6b);
	igt_assert_eq(munmap(bo.map, bo.size), 0);
}

/* Every call that takes a handle. */
static void check_enoent(int file, uint32_t handle)
{
	const struct vgpu_pv_commands none = { 0 };
	struct drm_virtgpu_map map = { .handle = handle };
	struct drm_virtgpu_resource_info info = { .bo_handle = handle };
	struct drm_virtgpu_3d_transfer_to_host to = {
		.bo_handle = handle, .box = { .w = 1, .h = 1, .d = 1 },
	};
	struct drm_virtgpu_3d_transfer_from_host from = {
		.bo_handle = handle, .box = { .w = 1, .h = 1, .d = 1 },
	};
	struct drm_virtgpu_execbuffer exec = vgpu_pv_exec_args(&none);

	exec.bo_handles = to_user_pointer(&handle);
	exec.num_bo_handles = 1;
	igt_assert_eq(vgpu_pv_ioctl(file, DRM_IOCTL_VIRTGPU_MAP, &map), -ENOENT);
	igt_assert_eq(vgpu_pv_ioctl(file, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info), -ENOENT);
	igt_assert_eq(vgpu_pv_ioctl(file, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to), -ENOENT);
	igt_assert_eq(vgpu_pv_ioctl(file, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from), -ENOENT);
	igt_assert_eq(vgpu_pv_wait(file, handle, 0), -ENOENT);
	igt_assert_eq(vgpu_pv_exec(file, &exec), -ENOENT);
}

/* The stranger may be lost for it; the resource must keep its bytes. */
static void check_foreign_resource(void)
{
	static const float red[4] = { 1, 0, 0, 1 };
	struct vgpu_pv_commands commands = { 0 };
	int stranger = vgpu_pv_open_3d(), fence;
	struct vgpu_pv_bo bo;
	size_t i;

	vgpu_pv_texture(fd, 64, 64, &bo);
	vgpu_pv_map(fd, &bo);
	memset(bo.map, 0x18, bo.size);
	vgpu_pv_upload(fd, &bo);
	vgpu_pv_expect_loss();
	vgpu_pv_emit_clear(&commands, &bo, red);
	fence = vgpu_pv_submit(stranger, &commands);
	igt_assert(fence >= 0);
	vgpu_pv_fence_finish(fence);
	memset(bo.map, 0, bo.size);
	vgpu_pv_download(fd, &bo);
	for (i = 0; i < bo.size / 4; i++)
		igt_assert_eq_u32(bo.map[i], 0x18181818);
	vgpu_pv_commands_free(&commands);
	vgpu_pv_unref(fd, &bo);
	close(stranger);
}

struct thread {
	pthread_t id;
	int file;
	int result; /* 0, or the first errno; a thread cannot leave a subtest */
};

static void *thread_draw(void *arg)
{
	struct thread *thread = arg;
	int round;

	for (round = 0; round < 8 && !thread->result; round++)
		thread->result = vgpu_pv_draw(thread->file, round & 1);
	return NULL;
}

static void check_threads(bool one_file)
{
	static struct thread threads[THREADS];
	int i;

	for (i = 0; i < THREADS; i++) {
		threads[i].result = 0;
		threads[i].file = one_file ? fd : vgpu_pv_open_3d();
		igt_assert_eq(pthread_create(&threads[i].id, NULL, thread_draw, &threads[i]), 0);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i].id, NULL);
	for (i = 0; i < THREADS; i++) {
		if (!one_file)
			close(threads[i].file);
		igt_assert_eq(threads[i].result, 0);
	}
}

int igt_main()
{
	struct vgpu_pv_bo bo;
	int i;

	igt_fixture() {
		fd = vgpu_pv_open_3d();
	}

	igt_describe("[drv-owned-until-used] closing a file with work in flight does not block.");
	igt_subtest("close-in-flight")
		check_close_in_flight();

	igt_describe("[drv-owned-until-used] a process killed with work in flight leaves the rest "
		     "working.");
	igt_subtest("killed-in-flight")
		check_killed();

	igt_describe("UAPI: files come and go.");
	igt_subtest("open-close") {
		for (i = 0; i < 100; i++) {
			int file = vgpu_pv_open_3d();

			if (i % 10 == 0)
				vgpu_pv_check_alive(file);
			close(file);
		}
	}

	igt_describe("[drv-owned-until-used] memory of work in flight is not given to another.");
	igt_subtest("unref-in-flight")
		check_unref_in_flight();

	igt_describe("UAPI: a mapping outlives handle and file.");
	igt_subtest("unmap-after-close")
		check_unmap();

	igt_describe("UAPI: a closed handle is ENOENT everywhere.");
	igt_subtest("stale-handle") {
		uint32_t handle;

		vgpu_pv_buffer(fd, 4096, &bo);
		handle = bo.handle;
		vgpu_pv_unref(fd, &bo);
		check_enoent(fd, handle);
	}

	igt_describe("UAPI: another file's handle is ENOENT.");
	igt_subtest("foreign-handle") {
		int stranger = vgpu_pv_open_3d();

		vgpu_pv_buffer(fd, 4096, &bo);
		check_enoent(stranger, bo.handle);
		vgpu_pv_unref(fd, &bo);
		close(stranger);
	}

	igt_describe("[dev-context-isolated] commands that name another context's resource do not "
		     "reach it.");
	igt_subtest("foreign-resource")
		check_foreign_resource();

	igt_describe("UAPI: a handle of all bits is ENOENT everywhere.");
	igt_subtest("huge-handle")
		check_enoent(fd, UINT32_MAX);

	igt_describe("UAPI: closing a handle twice is EINVAL.");
	igt_subtest("double-close") {
		struct drm_gem_close args = { 0 };

		vgpu_pv_buffer(fd, 4096, &bo);
		args.handle = bo.handle;
		do_ioctl(fd, DRM_IOCTL_GEM_CLOSE, &args);
		do_ioctl_err(fd, DRM_IOCTL_GEM_CLOSE, &args, EINVAL);
	}

	igt_describe("UAPI: 64 threads with a file each draw at once.");
	igt_subtest("threads")
		check_threads(false);

	igt_describe("UAPI: 64 threads draw at once in one file.");
	igt_subtest("threads-one-file")
		check_threads(true);

	igt_fixture() {
		close(fd);
	}
}
