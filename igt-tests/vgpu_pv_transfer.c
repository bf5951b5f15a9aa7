// SPDX-License-Identifier: MIT
/**
 * TEST: vgpu_pv_transfer
 * Description: Bytes between a resource's memory in the guest and the renderer.
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: vgpu_pv
 * Functionality: transfers
 * Test category: functionality test
 */
#include "igt.h"

#include "vgpu_pv_lib.h"

IGT_TEST_DESCRIPTION("Bytes between a resource's memory in the guest and the renderer.");

/**
 * SUBTEST: roundtrip-%s
 * Description: UAPI: what goes to the host comes back with the same bytes
 *
 * arg[1]:
 *
 * @texture:	a texture
 * @odd:	a texture of odd sizes
 * @buffer:	a buffer
 * @scanout:	a texture in the aperture
 * @large:	a texture of 16 MiB in scattered pages
 *
 * SUBTEST: box
 * Description: UAPI: a box changes what is inside of it and nothing else
 *
 * SUBTEST: level
 * Description: UAPI: levels of a texture keep their own bytes
 *
 * SUBTEST: layers
 * Description: UAPI: slices of a volume keep their own bytes
 *
 * SUBTEST: ordered-after-draw
 * Description: [dev-transfer-order] a transfer sees what was drawn before it
 *
 * SUBTEST: bad-%s-handle
 * Description: UAPI: a handle that does not exist is ENOENT
 *
 * arg[1]:
 *
 * @to:		to the host
 * @from:	from the host
 *
 * SUBTEST: bad-box-%s
 * Description: [dev-transfer-bounds] a box out of bounds has no effect and no victim
 *
 * arg[1]:
 *
 * @width:	wider than the texture
 * @height:	higher than the texture
 * @depth:	deeper than the texture
 * @x:		x past the texture
 * @overflow:	x and width whose sum wraps around
 * @level:	a level that the texture has not
 * @offset:	an offset past the memory
 *
 * SUBTEST: bad-%s
 * Description: UAPI: strides are the resource's own, others are EINVAL
 *
 * arg[1]:
 *
 * @stride:		a stride
 * @layer-stride:	a layer stride
 */

static const struct {
	const char *name;
	struct drm_virtgpu_3d_transfer_from_host args;
} bad[] = {
	{ "width", { .box = { .w = 65, .h = 64, .d = 1 } } },
	{ "height", { .box = { .w = 64, .h = 65, .d = 1 } } },
	{ "depth", { .box = { .w = 64, .h = 64, .d = 2 } } },
	{ "x", { .box = { .x = 64, .w = 1, .h = 1, .d = 1 } } },
	{ "overflow", { .box = { .x = UINT32_MAX, .w = 2, .h = 1, .d = 1 } } },
	{ "level", { .box = { .w = 1, .h = 1, .d = 1 }, .level = 20 } },
	{ "offset", { .box = { .w = 64, .h = 64, .d = 1 }, .offset = 64 * 64 * 4 } },
};

static int fd;

static uint32_t pattern(size_t i)
{
	return (uint32_t)i * 2654435761u;
}

static void fill(struct vgpu_pv_bo *bo)
{
	size_t i;

	for (i = 0; i < bo->size / 4; i++)
		bo->map[i] = pattern(i);
}

static void check_roundtrip(const struct drm_virtgpu_resource_create *args)
{
	struct vgpu_pv_bo bo;
	size_t i;

	igt_assert_eq(vgpu_pv_create(fd, args, &bo), 0);
	vgpu_pv_map(fd, &bo);
	fill(&bo);
	vgpu_pv_upload(fd, &bo);
	memset(bo.map, 0, bo.size);
	vgpu_pv_download(fd, &bo);
	for (i = 0; i < bo.size / 4; i++)
		igt_assert_eq_u32(bo.map[i], pattern(i));
	vgpu_pv_unref(fd, &bo);
}

static void transfer(struct vgpu_pv_bo *bo, bool to_host, struct drm_virtgpu_3d_transfer_to_host args)
{
	args.bo_handle = bo->handle;
	/* Both directions have the same arguments. */
	do_ioctl(fd, to_host ? DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST :
			       DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &args);
	igt_assert_eq(vgpu_pv_wait(fd, bo->handle, 0), 0);
}

static void check_box(void)
{
	const struct drm_virtgpu_3d_transfer_to_host box = {
		.box = { .x = 8, .y = 4, .w = 16, .h = 32, .d = 1 },
		.offset = (4 * 64 + 8) * 4,
	};
	struct vgpu_pv_bo bo;
	uint32_t x, y;

	vgpu_pv_texture(fd, 64, 64, &bo);
	vgpu_pv_map(fd, &bo);
	memset(bo.map, 0x11, bo.size);
	vgpu_pv_upload(fd, &bo);
	memset(bo.map, 0x22, bo.size);
	transfer(&bo, true, box);
	memset(bo.map, 0, bo.size);
	vgpu_pv_download(fd, &bo);
	for (y = 0; y < 64; y++)
		for (x = 0; x < 64; x++)
			igt_assert_eq_u32(bo.map[y * 64 + x],
					  x >= 8 && x < 24 && y >= 4 && y < 36 ? 0x22222222 :
										 0x11111111);
	memset(bo.map, 0x33, bo.size);
	transfer(&bo, false, box);
	for (y = 0; y < 64; y++)
		for (x = 0; x < 64; x++)
			igt_assert_eq_u32(bo.map[y * 64 + x],
					  x >= 8 && x < 24 && y >= 4 && y < 36 ? 0x22222222 :
										 0x33333333);
	vgpu_pv_unref(fd, &bo);
}

static void check_level(void)
{
	const struct drm_virtgpu_3d_transfer_to_host level0 = { .box = { .w = 64, .h = 64, .d = 1 } };
	const struct drm_virtgpu_3d_transfer_to_host level1 = {
		.box = { .w = 32, .h = 32, .d = 1 }, .level = 1, .offset = 64 * 64 * 4,
	};
	struct drm_virtgpu_resource_create args = vgpu_pv_texture_args(64, 64);
	struct vgpu_pv_bo bo;
	size_t i;

	args.last_level = 1;
	args.size = (64 * 64 + 32 * 32) * 4;
	igt_assert_eq(vgpu_pv_create(fd, &args, &bo), 0);
	vgpu_pv_map(fd, &bo);
	fill(&bo);
	transfer(&bo, true, level0);
	transfer(&bo, true, level1);
	memset(bo.map, 0, bo.size);
	transfer(&bo, false, level1);
	transfer(&bo, false, level0);
	for (i = 0; i < bo.size / 4; i++)
		igt_assert_eq_u32(bo.map[i], pattern(i));
	vgpu_pv_unref(fd, &bo);
}

static void check_layers(void)
{
	const struct drm_virtgpu_3d_transfer_to_host all = { .box = { .w = 16, .h = 16, .d = 4 } };
	const struct drm_virtgpu_3d_transfer_to_host one = {
		.box = { .z = 2, .w = 16, .h = 16, .d = 1 }, .offset = 2 * 16 * 16 * 4,
	};
	struct drm_virtgpu_resource_create args = vgpu_pv_texture_args(16, 16);
	struct vgpu_pv_bo bo;
	uint32_t i;

	args.target = PIPE_TEXTURE_3D;
	args.bind = VIRGL_BIND_SAMPLER_VIEW;
	args.depth = 4;
	args.size = 4 * 16 * 16 * 4;
	igt_assert_eq(vgpu_pv_create(fd, &args, &bo), 0);
	vgpu_pv_map(fd, &bo);
	fill(&bo);
	transfer(&bo, true, all);
	memset(bo.map, 0x66, bo.size);
	transfer(&bo, true, one);
	memset(bo.map, 0, bo.size);
	transfer(&bo, false, all);
	for (i = 0; i < bo.size / 4; i++)
		igt_assert_eq_u32(bo.map[i], i / 256 == 2 ? 0x66666666 : pattern(i));
	vgpu_pv_unref(fd, &bo);
}

static void check_ordered(void)
{
	static const float colors[2][4] = { { 0, 1, 0, 1 }, { 0, 0, 1, 1 } };
	static const uint32_t pixels[2] = { 0xff00ff00, 0xff0000ff };
	struct drm_virtgpu_3d_transfer_from_host args = { .box = { .w = 64, .h = 64, .d = 1 } };
	struct vgpu_pv_bo bo;
	int round;

	vgpu_pv_texture(fd, 64, 64, &bo);
	vgpu_pv_map(fd, &bo);
	args.bo_handle = bo.handle;
	for (round = 0; round < 50; round++) {
		struct vgpu_pv_commands commands = { 0 };
		struct drm_virtgpu_execbuffer exec;

		vgpu_pv_emit_clear(&commands, &bo, colors[round & 1]);
		exec = vgpu_pv_exec_args(&commands);
		igt_assert_eq(vgpu_pv_exec(fd, &exec), 0);
		do_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &args);
		igt_assert_eq(vgpu_pv_wait(fd, bo.handle, 0), 0);
		igt_assert_eq_u32(bo.map[0], pixels[round & 1]);
		igt_assert_eq_u32(bo.map[64 * 64 - 1], pixels[round & 1]);
		vgpu_pv_commands_free(&commands);
	}
	vgpu_pv_unref(fd, &bo);
}

/*
 * What the driver sees it refuses at once, what only the device sees ends on the
 * fence: either way nothing may move.
 */
static void check_bad_box(struct drm_virtgpu_3d_transfer_from_host args)
{
	struct vgpu_pv_bo bo;
	size_t i;
	int ret;

	vgpu_pv_texture(fd, 64, 64, &bo);
	vgpu_pv_map(fd, &bo);
	fill(&bo);
	vgpu_pv_upload(fd, &bo);

	args.bo_handle = bo.handle;
	memset(bo.map, 0x44, bo.size);
	ret = vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &args);
	igt_assert(ret == 0 || ret == -EINVAL);
	vgpu_pv_wait(fd, bo.handle, 0);
	for (i = 0; i < bo.size / 4; i++)
		igt_assert_eq_u32(bo.map[i], 0x44444444);

	ret = vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &args);
	igt_assert(ret == 0 || ret == -EINVAL);
	vgpu_pv_wait(fd, bo.handle, 0);
	vgpu_pv_download(fd, &bo);
	for (i = 0; i < bo.size / 4; i++)
		igt_assert_eq_u32(bo.map[i], pattern(i));
	vgpu_pv_unref(fd, &bo);
	vgpu_pv_check_alive(fd);
}

static void check_bad_stride(struct drm_virtgpu_3d_transfer_to_host args)
{
	struct vgpu_pv_bo bo;

	vgpu_pv_texture(fd, 64, 64, &bo);
	args.bo_handle = bo.handle;
	do_ioctl_err(fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &args, EINVAL);
	do_ioctl_err(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &args, EINVAL);
	vgpu_pv_unref(fd, &bo);
}

int igt_main()
{
	struct drm_virtgpu_resource_create args;
	size_t i;

	igt_fixture() {
		fd = vgpu_pv_open_3d();
	}

	igt_describe("UAPI: what goes to the host comes back with the same bytes.");
	igt_subtest("roundtrip-texture") {
		args = vgpu_pv_texture_args(64, 64);
		check_roundtrip(&args);
	}

	igt_describe("UAPI: a texture of odd sizes comes back with the same bytes.");
	igt_subtest("roundtrip-odd") {
		args = vgpu_pv_texture_args(37, 53);
		check_roundtrip(&args);
	}

	igt_describe("UAPI: a buffer comes back with the same bytes.");
	igt_subtest("roundtrip-buffer") {
		args = vgpu_pv_buffer_args(100000);
		check_roundtrip(&args);
	}

	igt_describe("UAPI: a texture in the aperture comes back with the same bytes.");
	igt_subtest("roundtrip-scanout") {
		args = vgpu_pv_texture_args(64, 64);
		args.bind |= VIRGL_BIND_SCANOUT;
		check_roundtrip(&args);
	}

	igt_describe("UAPI: 16 MiB in scattered pages come back with the same bytes.");
	igt_subtest("roundtrip-large") {
		args = vgpu_pv_texture_args(2048, 2048);
		check_roundtrip(&args);
	}

	igt_describe("UAPI: a box changes what is inside of it and nothing else.");
	igt_subtest("box")
		check_box();

	igt_describe("UAPI: levels of a texture keep their own bytes.");
	igt_subtest("level")
		check_level();

	igt_describe("UAPI: slices of a volume keep their own bytes.");
	igt_subtest("layers")
		check_layers();

	igt_describe("[dev-transfer-order] a transfer sees what was drawn before it.");
	igt_subtest("ordered-after-draw")
		check_ordered();

	igt_describe("UAPI: a handle that does not exist is ENOENT.");
	igt_subtest("bad-to-handle") {
		struct drm_virtgpu_3d_transfer_to_host bad_args = {
			.bo_handle = VGPU_PV_BAD_HANDLE, .box = { .w = 1, .h = 1, .d = 1 },
		};

		do_ioctl_err(fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &bad_args, ENOENT);
	}

	igt_describe("UAPI: a handle that does not exist is ENOENT.");
	igt_subtest("bad-from-handle") {
		struct drm_virtgpu_3d_transfer_from_host bad_args = {
			.bo_handle = VGPU_PV_BAD_HANDLE, .box = { .w = 1, .h = 1, .d = 1 },
		};

		do_ioctl_err(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &bad_args, ENOENT);
	}

	igt_describe("UAPI: the stride is the resource's own, another is EINVAL.");
	igt_subtest("bad-stride") {
		struct drm_virtgpu_3d_transfer_to_host bad_args = {
			.box = { .w = 1, .h = 1, .d = 1 }, .stride = 64,
		};

		check_bad_stride(bad_args);
	}

	igt_describe("UAPI: the layer stride is the resource's own, another is EINVAL.");
	igt_subtest("bad-layer-stride") {
		struct drm_virtgpu_3d_transfer_to_host bad_args = {
			.box = { .w = 1, .h = 1, .d = 1 }, .layer_stride = 4096,
		};

		check_bad_stride(bad_args);
	}

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		igt_describe("[dev-transfer-bounds] a box out of bounds has no effect and no victim.");
		igt_subtest_f("bad-box-%s", bad[i].name)
			check_bad_box(bad[i].args);
	}

	igt_fixture() {
		close(fd);
	}
}
