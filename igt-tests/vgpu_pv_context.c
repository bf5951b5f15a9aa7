// SPDX-License-Identifier: MIT
/**
 * TEST: vgpu_pv_context
 * Description: Contexts: made once a file, with capset, rings and name.
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: vgpu_pv
 * Functionality: contexts
 * Test category: functionality test
 */
#include "igt.h"

#include "vgpu_pv_lib.h"

IGT_TEST_DESCRIPTION("Contexts: made once a file, with capset, rings and name: CONTEXT_INIT.");

/**
 * SUBTEST: init-%s
 * Description: UAPI: a context of the capset is made and draws
 *
 * arg[1]:
 *
 * @virgl:	the first capset of virgl
 * @virgl2:	the second
 *
 * SUBTEST: init-everything
 * Description: UAPI: capset, 64 rings, poll mask and name at once
 *
 * SUBTEST: implicit
 * Description: UAPI: a file that never asks for a context gets one at its first use
 *
 * SUBTEST: init-twice
 * Description: UAPI: a file has one context; the second CONTEXT_INIT is EEXIST
 *
 * SUBTEST: init-after-implicit
 * Description: UAPI: CONTEXT_INIT after the first use is EEXIST
 *
 * SUBTEST: bad-init-then-good
 * Description: UAPI: a refused CONTEXT_INIT leaves the file without a context
 *
 * SUBTEST: poll-event
 * Description: UAPI: a ring in the poll mask sends an event for each fence
 *
 * SUBTEST: bad-%s
 * Description: UAPI: one wrong field, one errno
 *
 * arg[1]:
 *
 * @capset-zero:	capset 0
 * @capset-unlisted:	a capset that the device does not list
 * @capset-huge:	a capset number over 32 bits
 * @rings:		65 rings
 * @param-unknown:	a parameter that does not exist
 * @param-twice:	the same parameter twice
 * @poll-mask:		a poll mask with a ring that the context has not
 * @name-pointer:	a name at nowhere
 * @pad:		padding that is not zero
 * @count-huge:		more parameters than there are
 * @pointer:		parameters at nowhere
 *
 * SUBTEST: many
 * Description: [dev-ctx-create] 64 files have 64 contexts at once
 */

#define PARAM(name, what) { .param = VIRTGPU_CONTEXT_PARAM_##name, .value = what }
#define CAPSET		  PARAM(CAPSET_ID, VGPU_PV_CAPSET_VIRGL2)

static const struct {
	const char *name;
	struct drm_virtgpu_context_set_param params[2];
	uint32_t count;
	int err;
} bad[] = {
	{ "capset-zero", { PARAM(CAPSET_ID, 0) }, 1, EINVAL },
	{ "capset-unlisted", { PARAM(CAPSET_ID, 60) }, 1, EINVAL },
	{ "capset-huge", { PARAM(CAPSET_ID, 1ull << 32 | 2) }, 1, EINVAL },
	{ "rings", { CAPSET, PARAM(NUM_RINGS, 65) }, 2, EINVAL },
	{ "param-unknown", { CAPSET, { .param = 99 } }, 2, EINVAL },
	{ "param-twice", { CAPSET, CAPSET }, 2, EINVAL },
	{ "poll-mask", { PARAM(NUM_RINGS, 2), PARAM(POLL_RINGS_MASK, 1 << 2) }, 2, EINVAL },
	{ "name-pointer", { CAPSET, PARAM(DEBUG_NAME, 8) }, 2, EFAULT },
};

static int fd;

static int init(uint64_t capset)
{
	const struct drm_virtgpu_context_set_param param = PARAM(CAPSET_ID, capset);

	return vgpu_pv_context_init(fd, &param, 1);
}

/* A context is a file's: each test has a file of its own. */
static void reopen(void)
{
	if (fd > 0)
		close(fd);
	fd = vgpu_pv_open_3d();
}

static void check_poll_event(void)
{
	const struct drm_virtgpu_context_set_param params[] = {
		CAPSET, PARAM(NUM_RINGS, 2), PARAM(POLL_RINGS_MASK, 1 << 1),
	};
	struct vgpu_pv_commands none = { 0 };
	struct drm_virtgpu_execbuffer args = vgpu_pv_exec_args(&none);
	struct pollfd pfd = { .events = POLLIN };
	struct drm_event event;

	igt_assert_eq(vgpu_pv_context_init(fd, params, ARRAY_SIZE(params)), 0);
	args.flags = VIRTGPU_EXECBUF_RING_IDX;
	args.ring_idx = 1;
	igt_assert_eq(vgpu_pv_exec(fd, &args), 0);
	pfd.fd = fd;
	igt_assert_eq(poll(&pfd, 1, VGPU_PV_WAIT_MS), 1);
	igt_assert_eq(read(fd, &event, sizeof(event)), sizeof(event));
	igt_assert_eq_u32(event.type, VIRTGPU_EVENT_FENCE_SIGNALED);
	igt_assert_eq(event.length, sizeof(event));

	args.ring_idx = 0;
	args.flags |= VIRTGPU_EXECBUF_FENCE_FD_OUT;
	igt_assert_eq(vgpu_pv_exec(fd, &args), 0);
	igt_assert_eq(vgpu_pv_fence_finish(args.fence_fd), 1);
	igt_assert_eq(poll(&pfd, 1, 0), 0);
}

int igt_main()
{
	size_t i;

	igt_fixture() {
		reopen();
	}

	igt_describe("UAPI: a context of the capset is made and draws.");
	igt_subtest("init-virgl") {
		reopen();
		igt_assert_eq(init(VGPU_PV_CAPSET_VIRGL), 0);
		vgpu_pv_check_alive(fd);
	}

	igt_describe("UAPI: a context of the capset is made and draws.");
	igt_subtest("init-virgl2") {
		reopen();
		igt_assert_eq(init(VGPU_PV_CAPSET_VIRGL2), 0);
		vgpu_pv_check_alive(fd);
	}

	igt_describe("UAPI: capset, 64 rings, poll mask and name at once.");
	igt_subtest("init-everything") {
		const struct drm_virtgpu_context_set_param params[] = {
			CAPSET,
			PARAM(NUM_RINGS, 64),
			PARAM(POLL_RINGS_MASK, 1ull << 63),
			PARAM(DEBUG_NAME, to_user_pointer("vgpu_pv_context")),
		};

		reopen();
		igt_assert_eq(vgpu_pv_context_init(fd, params, ARRAY_SIZE(params)), 0);
		vgpu_pv_check_alive(fd);
	}

	igt_describe("UAPI: a file that never asks for a context gets one at its first use.");
	igt_subtest("implicit") {
		reopen();
		vgpu_pv_check_alive(fd);
	}

	igt_describe("UAPI: a file has one context; the second CONTEXT_INIT is EEXIST.");
	igt_subtest("init-twice") {
		reopen();
		igt_assert_eq(init(VGPU_PV_CAPSET_VIRGL2), 0);
		igt_assert_eq(init(VGPU_PV_CAPSET_VIRGL2), -EEXIST);
		vgpu_pv_check_alive(fd);
	}

	igt_describe("UAPI: CONTEXT_INIT after the first use is EEXIST.");
	igt_subtest("init-after-implicit") {
		reopen();
		vgpu_pv_check_alive(fd);
		igt_assert_eq(init(VGPU_PV_CAPSET_VIRGL2), -EEXIST);
	}

	igt_describe("UAPI: a refused CONTEXT_INIT leaves the file without a context.");
	igt_subtest("bad-init-then-good") {
		reopen();
		igt_assert_eq(vgpu_pv_context_init(fd, bad[3].params, bad[3].count), -EINVAL);
		igt_assert_eq(init(VGPU_PV_CAPSET_VIRGL2), 0);
		vgpu_pv_check_alive(fd);
	}

	igt_describe("UAPI: a ring in the poll mask sends an event for each fence, others none.");
	igt_subtest("poll-event") {
		reopen();
		check_poll_event();
	}

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		igt_describe("UAPI: one wrong field, one errno.");
		igt_subtest_f("bad-%s", bad[i].name) {
			reopen();
			igt_assert_eq(vgpu_pv_context_init(fd, bad[i].params, bad[i].count),
				      -bad[i].err);
		}
	}

	igt_describe("UAPI: padding that is not zero is EINVAL.");
	igt_subtest("bad-pad") {
		const struct drm_virtgpu_context_set_param param = CAPSET;
		struct drm_virtgpu_context_init args = {
			.num_params = 1, .pad = 1, .ctx_set_params = to_user_pointer(&param),
		};

		reopen();
		do_ioctl_err(fd, DRM_IOCTL_VIRTGPU_CONTEXT_INIT, &args, EINVAL);
	}

	igt_describe("UAPI: more parameters than there are is EINVAL, before they are read.");
	igt_subtest("bad-count-huge") {
		const struct drm_virtgpu_context_set_param param = CAPSET;

		reopen();
		igt_assert_eq(vgpu_pv_context_init(fd, &param, UINT32_MAX), -EINVAL);
	}

	igt_describe("UAPI: parameters at nowhere are EFAULT.");
	igt_subtest("bad-pointer") {
		reopen();
		igt_assert_eq(vgpu_pv_context_init(fd, (void *)8, 1), -EFAULT);
	}

	igt_describe("[dev-ctx-create] 64 files have 64 contexts at once.");
	igt_subtest("many") {
		int fds[64];

		for (i = 0; i < ARRAY_SIZE(fds); i++) {
			const struct drm_virtgpu_context_set_param param = CAPSET;

			fds[i] = vgpu_pv_open_3d();
			igt_assert_eq(vgpu_pv_context_init(fds[i], &param, 1), 0);
		}
		vgpu_pv_check_alive(fds[0]);
		vgpu_pv_check_alive(fds[63]);
		for (i = 0; i < ARRAY_SIZE(fds); i++)
			close(fds[i]);
	}

	igt_fixture() {
		close(fd);
	}
}
