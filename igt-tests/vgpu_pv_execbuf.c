// SPDX-License-Identifier: MIT
/**
 * TEST: vgpu_pv_execbuf
 * Description: Command buffers: submitted, fenced, refused.
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: vgpu_pv
 * Functionality: command buffers
 * Test category: functionality test
 */
#include "igt.h"

#include "vgpu_pv_lib.h"

IGT_TEST_DESCRIPTION("Command buffers: submitted, fenced, refused: EXECBUFFER.");

/**
 * SUBTEST: empty
 * Description: UAPI: a command buffer without commands completes
 *
 * SUBTEST: clear
 * Description: UAPI: a cleared texture reads back in the colour asked for
 *
 * SUBTEST: max-size
 * Description: [dev-submit-limit] the largest command buffer runs
 *
 * SUBTEST: many
 * Description: [dev-used-order] more buffers in flight than a ring has room for all complete
 *
 * SUBTEST: fence-out
 * Description: UAPI: an out fence signals when the commands are complete
 *
 * SUBTEST: fence-in
 * Description: UAPI: an in fence is waited for, and stays its owner's
 *
 * SUBTEST: fence-in-out
 * Description: UAPI: one field carries both fences
 *
 * SUBTEST: fence-across-contexts
 * Description: [drv-context-ring] work after another context's fence sees what it drew
 *
 * SUBTEST: ring-idx
 * Description: UAPI: each ring index of the context runs commands
 *
 * SUBTEST: syncobj-binary
 * Description: UAPI: an out syncobj signals, and an in syncobj is waited for
 *
 * SUBTEST: syncobj-reset
 * Description: UAPI: an in syncobj with the reset flag is empty afterwards
 *
 * SUBTEST: syncobj-timeline
 * Description: UAPI: points of a timeline are signalled and waited for
 *
 * SUBTEST: syncobj-stride
 * Description: UAPI: entries may be further apart than they are long
 *
 * SUBTEST: bo-list
 * Description: UAPI: listed buffers are busy until the commands are complete
 *
 * SUBTEST: bad-%s
 * Description: UAPI, [dev-submit-limit] one wrong field, one errno, no out fence
 *
 * arg[1]:
 *
 * @flags:		a flag that does not exist
 * @size-unaligned:	a size that is no multiple of 4
 * @size-over:		a size over VGPU_PV_MAX_SUBMIT_SIZE
 * @size-huge:		a size of nearly all bits
 * @command:		commands at nowhere
 * @ring-without-init:	a ring index in a context without rings
 * @bo-handle:		a listed buffer that does not exist
 * @bo-pointer:		a list of buffers at nowhere
 * @bo-count:		more buffers than fit in memory
 * @fence-fd:		an in fence that is no descriptor
 * @fence-kind:		an in fence that is another kind of file
 * @syncobj-handle:	an in syncobj that does not exist
 * @syncobj-out-handle:	an out syncobj that does not exist
 * @syncobj-flags:	an in syncobj with a flag that does not exist
 * @syncobj-out-flags:	an out syncobj with a flag
 * @syncobj-pointer:	in syncobjs at nowhere
 * @syncobj-empty:	an in syncobj that has no fence
 * @ring-idx:		a ring index that the context has not
 *
 * SUBTEST: malformed-%s
 * Description: [dev-context-lost], [dev-context-isolated], [drv-status-errno] EINVAL on the
 *	fence, then EIO for that context, and a neighbour that goes on
 *
 * arg[1]:
 *
 * @unknown:	a command that does not exist
 * @long:	a command longer than the buffer
 * @object:	an object of a kind that does not exist
 * @short:	a clear that is too short
 */

static int fd;

static const float green[4] = { 0, 1, 0, 1 };

#define GREEN 0xff00ff00

/* A file of its own with two ring indices. */
static int open_rings(void)
{
	const struct drm_virtgpu_context_set_param params[] = {
		{ VIRTGPU_CONTEXT_PARAM_CAPSET_ID, VGPU_PV_CAPSET_VIRGL2 },
		{ VIRTGPU_CONTEXT_PARAM_NUM_RINGS, 2 },
	};
	int file = vgpu_pv_open_3d();

	igt_assert_eq(vgpu_pv_context_init(file, params, ARRAY_SIZE(params)), 0);
	return file;
}

static struct drm_virtgpu_execbuffer empty_args(void)
{
	const struct vgpu_pv_commands none = { 0 };

	return vgpu_pv_exec_args(&none);
}

static int submit_empty(int file, int in_fence)
{
	struct drm_virtgpu_execbuffer args = empty_args();
	int ret;

	args.flags = VIRTGPU_EXECBUF_FENCE_FD_OUT;
	if (in_fence >= 0) {
		args.flags |= VIRTGPU_EXECBUF_FENCE_FD_IN;
		args.fence_fd = in_fence;
	}
	ret = vgpu_pv_exec(file, &args);
	return ret ? ret : args.fence_fd;
}

static void check_max_size(void)
{
	static uint32_t nops[VGPU_PV_MAX_SUBMIT / 4];
	const struct vgpu_pv_commands commands = { .dwords = nops, .count = ARRAY_SIZE(nops) };

	igt_assert_eq(vgpu_pv_fence_finish(vgpu_pv_submit(fd, &commands)), 1);
	vgpu_pv_check_alive(fd);
}

static void check_many(void)
{
	int fence = -1, i;

	for (i = 0; i < 1000; i++) {
		if (fence >= 0)
			close(fence);
		fence = submit_empty(fd, -1);
		igt_assert(fence >= 0);
	}
	igt_assert_eq(vgpu_pv_fence_finish(fence), 1);
}

static void check_fence_in(void)
{
	int first = submit_empty(fd, -1), second;

	igt_assert(first >= 0);
	second = submit_empty(fd, first);
	igt_assert(second >= 0 && second != first);
	igt_assert_eq(vgpu_pv_fence_finish(second), 1);
	igt_assert_eq(vgpu_pv_fence_status(first), 1);
	close(first);
}

/* The neighbour sees the texture by PRIME, and its own copy runs after the fence. */
static void check_across(void)
{
	struct vgpu_pv_commands commands = { 0 }, copy = { 0 };
	struct drm_virtgpu_resource_info info = { 0 };
	struct drm_virtgpu_execbuffer args;
	struct vgpu_pv_bo bo, seen, target;
	int other = open_rings(), prime, fence;

	vgpu_pv_texture(fd, 64, 64, &bo);
	igt_assert_eq(drmPrimeHandleToFD(fd, bo.handle, DRM_CLOEXEC, &prime), 0);
	seen = bo;
	igt_assert_eq(drmPrimeFDToHandle(other, prime, &seen.handle), 0);
	info.bo_handle = seen.handle;
	do_ioctl(other, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info);
	igt_assert_eq_u32(info.res_handle, bo.res);
	vgpu_pv_texture(other, 64, 64, &target);
	vgpu_pv_map(other, &target);

	vgpu_pv_emit_clear(&commands, &bo, green);
	fence = vgpu_pv_submit(fd, &commands);
	igt_assert(fence >= 0);

	vgpu_pv_emit_copy(&copy, &target, &seen);
	args = vgpu_pv_exec_args(&copy);
	args.flags = VIRTGPU_EXECBUF_FENCE_FD_IN;
	args.fence_fd = fence;
	igt_assert_eq(vgpu_pv_exec(other, &args), 0);
	vgpu_pv_download(other, &target);
	igt_assert_eq_u32(target.map[0], GREEN);
	igt_assert_eq_u32(target.map[64 * 64 - 1], GREEN);

	vgpu_pv_commands_free(&commands);
	vgpu_pv_commands_free(&copy);
	close(fence);
	close(prime);
	vgpu_pv_unref(fd, &bo);
	close(other);
}

static void check_ring_idx(void)
{
	struct drm_virtgpu_execbuffer args = empty_args();
	int file = open_rings();

	for (args.ring_idx = 0; args.ring_idx < 2; args.ring_idx++) {
		args.flags = VIRTGPU_EXECBUF_RING_IDX | VIRTGPU_EXECBUF_FENCE_FD_OUT;
		igt_assert_eq(vgpu_pv_exec(file, &args), 0);
		igt_assert_eq(vgpu_pv_fence_finish(args.fence_fd), 1);
	}
	close(file);
}

static int exec_syncobjs(struct drm_virtgpu_execbuffer_syncobj *in,
			 struct drm_virtgpu_execbuffer_syncobj *out)
{
	struct drm_virtgpu_execbuffer args = empty_args();

	args.syncobj_stride = sizeof(*in);
	args.num_in_syncobjs = !!in;
	args.num_out_syncobjs = !!out;
	args.in_syncobjs = to_user_pointer(in);
	args.out_syncobjs = to_user_pointer(out);
	return vgpu_pv_exec(fd, &args);
}

static uint32_t syncobj(void)
{
	uint32_t handle;

	igt_assert_eq(drmSyncobjCreate(fd, 0, &handle), 0);
	return handle;
}

static int64_t deadline(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec + VGPU_PV_WAIT_MS / 1000) * 1000000000ll;
}

static void check_binary(void)
{
	struct drm_virtgpu_execbuffer_syncobj first = { .handle = syncobj() };
	struct drm_virtgpu_execbuffer_syncobj second = { .handle = syncobj() };

	igt_assert_eq(exec_syncobjs(NULL, &first), 0);
	igt_assert_eq(exec_syncobjs(&first, &second), 0);
	igt_assert_eq(drmSyncobjWait(fd, &second.handle, 1, deadline(), 0, NULL), 0);
	igt_assert_eq(drmSyncobjWait(fd, &first.handle, 1, 0, 0, NULL), 0);
	drmSyncobjDestroy(fd, first.handle);
	drmSyncobjDestroy(fd, second.handle);
}

static void check_reset(void)
{
	struct drm_virtgpu_execbuffer_syncobj sync = { .handle = syncobj() };

	igt_assert_eq(exec_syncobjs(NULL, &sync), 0);
	sync.flags = VIRTGPU_EXECBUF_SYNCOBJ_RESET;
	igt_assert_eq(exec_syncobjs(&sync, NULL), 0);
	igt_assert_eq(drmSyncobjWait(fd, &sync.handle, 1, 0, 0, NULL), -EINVAL);
	drmSyncobjDestroy(fd, sync.handle);
}

static void check_timeline(void)
{
	struct drm_virtgpu_execbuffer_syncobj sync = { .handle = syncobj(), .point = 1 };
	struct drm_virtgpu_execbuffer_syncobj next = { .handle = sync.handle, .point = 2 };
	uint64_t point = 2;

	igt_assert_eq(exec_syncobjs(NULL, &sync), 0);
	igt_assert_eq(exec_syncobjs(&sync, &next), 0);
	igt_assert_eq(drmSyncobjTimelineWait(fd, &sync.handle, &point, 1, deadline(), 0, NULL), 0);
	point = 0;
	igt_assert_eq(drmSyncobjQuery(fd, &sync.handle, &point, 1), 0);
	igt_assert_eq_u64(point, 2);
	drmSyncobjDestroy(fd, sync.handle);
}

static void check_stride(void)
{
	struct {
		struct drm_virtgpu_execbuffer_syncobj entry;
		uint64_t later_field;
	} out[2] = { { .entry.handle = syncobj() }, { .entry.handle = syncobj() } };
	const uint32_t handles[2] = { out[0].entry.handle, out[1].entry.handle };
	struct drm_virtgpu_execbuffer args = empty_args();

	args.syncobj_stride = sizeof(out[0]);
	args.num_out_syncobjs = ARRAY_SIZE(out);
	args.out_syncobjs = to_user_pointer(out);
	igt_assert_eq(vgpu_pv_exec(fd, &args), 0);
	igt_assert_eq(drmSyncobjWait(fd, (uint32_t *)handles, 2, deadline(),
				     DRM_SYNCOBJ_WAIT_FLAGS_WAIT_ALL, NULL), 0);
	drmSyncobjDestroy(fd, handles[0]);
	drmSyncobjDestroy(fd, handles[1]);
}

static void check_bo_list(void)
{
	struct vgpu_pv_bo a, b;
	int fence;

	vgpu_pv_texture(fd, 2048, 2048, &a);
	vgpu_pv_texture(fd, 2048, 2048, &b);
	igt_assert_eq(vgpu_pv_wait(fd, b.handle, 0), 0);
	fence = vgpu_pv_submit_long(fd, &a, &b);
	igt_assert(fence >= 0);
	igt_assert_eq(vgpu_pv_wait(fd, a.handle, 0), 0);
	igt_assert_eq(vgpu_pv_fence_status(fence), 1);
	close(fence);
	vgpu_pv_unref(fd, &a);
	vgpu_pv_unref(fd, &b);
}

static uint32_t nop_or_wrong_handle = VGPU_PV_BAD_HANDLE;
static struct drm_virtgpu_execbuffer_syncobj wrong_syncobj = { .handle = VGPU_PV_BAD_HANDLE };

static const struct {
	const char *name;
	struct drm_virtgpu_execbuffer args;
	int err;
} bad[] = {
	{ "flags", { .flags = 1 << 3 }, EINVAL },
	{ "size-unaligned", { .size = 6 }, EINVAL },
	{ "size-over", { .size = VGPU_PV_MAX_SUBMIT + 4 }, EINVAL },
	{ "size-huge", { .size = UINT32_MAX - 3 }, EINVAL },
	{ "command", { .size = 64, .command = 8 }, EFAULT },
	{ "ring-without-init", { .flags = VIRTGPU_EXECBUF_RING_IDX, .ring_idx = 1 }, EINVAL },
	{ "bo-handle", { .bo_handles = 1, .num_bo_handles = 1 }, ENOENT },
	{ "bo-pointer", { .bo_handles = 8, .num_bo_handles = 1 }, EFAULT },
	{ "bo-count", { .bo_handles = 8, .num_bo_handles = UINT32_MAX }, 0 },
	{ "fence-fd", { .flags = VIRTGPU_EXECBUF_FENCE_FD_IN, .fence_fd = 1000 }, EINVAL },
	{ "fence-kind", { .flags = VIRTGPU_EXECBUF_FENCE_FD_IN, .fence_fd = 0 }, EINVAL },
	{ "syncobj-handle", { .num_in_syncobjs = 1, .in_syncobjs = 1 }, ENOENT },
	{ "syncobj-out-handle", { .num_out_syncobjs = 1, .out_syncobjs = 1 }, ENOENT },
	{ "syncobj-pointer", { .num_in_syncobjs = 1, .in_syncobjs = 8 }, EFAULT },
};

/* In the table above 1 stands for the address of an entry with a bad handle. */
static void check_bad(struct drm_virtgpu_execbuffer args, int err)
{
	int ret;

	if (!args.command)
		args.command = to_user_pointer(&nop_or_wrong_handle);
	if (args.bo_handles == 1)
		args.bo_handles = to_user_pointer(&nop_or_wrong_handle);
	if (args.in_syncobjs == 1)
		args.in_syncobjs = to_user_pointer(&wrong_syncobj);
	if (args.out_syncobjs == 1)
		args.out_syncobjs = to_user_pointer(&wrong_syncobj);
	if (args.num_in_syncobjs || args.num_out_syncobjs)
		args.syncobj_stride = sizeof(wrong_syncobj);
	if (!(args.flags & VIRTGPU_EXECBUF_FENCE_FD_IN))
		args.fence_fd = -1;
	args.flags |= VIRTGPU_EXECBUF_FENCE_FD_OUT;
	ret = vgpu_pv_exec(fd, &args);
	if (err)
		igt_assert_eq(ret, -err);
	else
		igt_assert(ret < 0);
	vgpu_pv_check_alive(fd);
}

static void check_bad_syncobj(uint32_t in_flags, uint32_t out_flags, bool fill)
{
	struct drm_virtgpu_execbuffer_syncobj in = { .handle = syncobj(), .flags = in_flags };
	struct drm_virtgpu_execbuffer_syncobj out = { .handle = syncobj(), .flags = out_flags };
	struct drm_virtgpu_execbuffer_syncobj give = { .handle = in.handle };

	if (fill)
		igt_assert_eq(exec_syncobjs(NULL, &give), 0);
	igt_assert_eq(exec_syncobjs(&in, &out), -EINVAL);
	drmSyncobjDestroy(fd, in.handle);
	drmSyncobjDestroy(fd, out.handle);
}

static const struct {
	const char *name;
	uint32_t dwords[8];
	size_t count;
} malformed[] = {
	{ "unknown", { 0xfe | 3 << 16, 1, 2, 3 }, 4 },
	{ "long", { 7 | 8 << 16, 4, 0, 0 }, 4 },
	{ "object", { 1 | 200 << 8 | 3 << 16, 1, 2, 3 }, 4 },
	{ "short", { 7 | 2 << 16, 4, 0 }, 3 },
};

static void check_malformed(const uint32_t *dwords, size_t count)
{
	struct vgpu_pv_commands commands = { 0 };
	int victim = open_rings(), neighbour = open_rings();
	struct drm_virtgpu_execbuffer args;

	vgpu_pv_check_alive(victim);
	vgpu_pv_check_alive(neighbour);
	vgpu_pv_expect_loss();
	vgpu_pv_emit(&commands, dwords, count);
	igt_assert_eq(vgpu_pv_fence_finish(vgpu_pv_submit(victim, &commands)), -EINVAL);
	args = empty_args();
	igt_assert_eq(vgpu_pv_exec(victim, &args), -EIO);
	igt_assert_eq(vgpu_pv_exec(victim, &args), -EIO);
	vgpu_pv_check_alive(neighbour);
	vgpu_pv_check_alive(fd);
	close(victim);
	vgpu_pv_check_alive(neighbour);
	close(neighbour);
	vgpu_pv_commands_free(&commands);
}

int igt_main()
{
	size_t i;

	igt_fixture() {
		fd = vgpu_pv_open_3d();
	}

	igt_describe("UAPI: a command buffer without commands completes.");
	igt_subtest("empty")
		igt_assert_eq(vgpu_pv_fence_finish(submit_empty(fd, -1)), 1);

	igt_describe("UAPI: a cleared texture reads back in the colour asked for.");
	igt_subtest("clear")
		vgpu_pv_check_alive(fd);

	igt_describe("[dev-submit-limit] the largest command buffer runs.");
	igt_subtest("max-size")
		check_max_size();

	igt_describe("[dev-used-order] more in flight than a ring has room for, all complete.");
	igt_subtest("many")
		check_many();

	igt_describe("UAPI: an out fence signals when the commands are complete.");
	igt_subtest("fence-out") {
		int first = submit_empty(fd, -1), second = submit_empty(fd, -1);

		igt_assert(first >= 0 && second >= 0);
		igt_assert_eq(vgpu_pv_fence_finish(second), 1);
		igt_assert_eq(vgpu_pv_fence_finish(first), 1);
	}

	igt_describe("UAPI: an in fence is waited for, and stays its owner's.");
	igt_subtest("fence-in")
		check_fence_in();

	igt_describe("UAPI: one field carries both fences.");
	igt_subtest("fence-in-out") {
		int fence = -1, next;

		for (i = 0; i < 20; i++) {
			next = submit_empty(fd, fence);
			igt_assert(next >= 0);
			if (fence >= 0)
				close(fence);
			fence = next;
		}
		igt_assert_eq(vgpu_pv_fence_finish(fence), 1);
	}

	igt_describe("[drv-context-ring] work after another context's fence sees what it drew.");
	igt_subtest("fence-across-contexts")
		check_across();

	igt_describe("UAPI: each ring index of the context runs commands.");
	igt_subtest("ring-idx")
		check_ring_idx();

	igt_describe("UAPI: an out syncobj signals, and an in syncobj is waited for.");
	igt_subtest("syncobj-binary")
		check_binary();

	igt_describe("UAPI: an in syncobj with the reset flag is empty afterwards.");
	igt_subtest("syncobj-reset")
		check_reset();

	igt_describe("UAPI: points of a timeline are signalled and waited for.");
	igt_subtest("syncobj-timeline")
		check_timeline();

	igt_describe("UAPI: entries may be further apart than they are long.");
	igt_subtest("syncobj-stride")
		check_stride();

	igt_describe("UAPI: listed buffers are busy until the commands are complete.");
	igt_subtest("bo-list")
		check_bo_list();

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		igt_describe("UAPI, [dev-submit-limit] one wrong field, one errno, no out fence.");
		igt_subtest_f("bad-%s", bad[i].name)
			check_bad(bad[i].args, bad[i].err);
	}

	igt_describe("UAPI: an in syncobj with a flag that does not exist is EINVAL.");
	igt_subtest("bad-syncobj-flags")
		check_bad_syncobj(1 << 5, 0, true);

	igt_describe("UAPI: an out syncobj with a flag is EINVAL.");
	igt_subtest("bad-syncobj-out-flags")
		check_bad_syncobj(0, 1 << 5, true);

	igt_describe("UAPI: an in syncobj that has no fence is EINVAL.");
	igt_subtest("bad-syncobj-empty")
		check_bad_syncobj(0, 0, false);

	igt_describe("UAPI: a ring index that the context has not is EINVAL.");
	igt_subtest("bad-ring-idx") {
		struct drm_virtgpu_execbuffer args = empty_args();
		int file = open_rings();

		args.flags = VIRTGPU_EXECBUF_RING_IDX;
		args.ring_idx = 2;
		igt_assert_eq(vgpu_pv_exec(file, &args), -EINVAL);
		args.ring_idx = UINT32_MAX;
		igt_assert_eq(vgpu_pv_exec(file, &args), -EINVAL);
		close(file);
	}

	for (i = 0; i < ARRAY_SIZE(malformed); i++) {
		igt_describe("[dev-context-lost], [dev-context-isolated], [drv-status-errno] EINVAL on "
			     "the fence, then EIO for that context, and a neighbour that goes on.");
		igt_subtest_f("malformed-%s", malformed[i].name)
			check_malformed(malformed[i].dwords, malformed[i].count);
	}

	igt_fixture() {
		close(fd);
	}
}
