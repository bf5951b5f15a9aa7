// SPDX-License-Identifier: MIT
/**
 * TEST: vgpu_pv_resource
 * Description: Resources: made, described, mapped, dropped; blobs.
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: vgpu_pv
 * Functionality: resources
 * Test category: functionality test
 */
#include "igt.h"

#include "vgpu_pv_lib.h"

IGT_TEST_DESCRIPTION("Resources: made, described, mapped, dropped; blobs.");

/**
 * SUBTEST: create-%s
 * Description: UAPI: a resource has a handle, an id and zeroed memory
 *
 * arg[1]:
 *
 * @texture:	a texture
 * @buffer:	a buffer
 * @scanout:	a texture that can be shown, which lives in the aperture
 *
 * SUBTEST: ids-distinct
 * Description: [dev-resource-id] no two live resources share an id
 *
 * SUBTEST: ids-reused-safely
 * Description: [drv-owned-until-used] making and dropping in a row never meets an old id
 *
 * SUBTEST: info
 * Description: UAPI: RESOURCE_INFO says id, size and that it is no blob
 *
 * SUBTEST: map-offset-stable
 * Description: UAPI: MAP says the same offset again
 *
 * SUBTEST: bad-create-%s
 * Description: UAPI, [dev-resource-limits] one wrong field is EINVAL
 *
 * arg[1]:
 *
 * @width-zero:		no width
 * @width-huge:		wider than VGPU_PV_MAX_DIMENSION
 * @height-huge:	higher than VGPU_PV_MAX_DIMENSION
 * @product:		a product of sizes over 64 bits
 * @target:		a target that does not exist
 *
 * SUBTEST: late-create-%s
 * Description: [dev-resource-limits] what only the device can refuse is EINVAL at the first
 *	use after its answer, if not at once
 *
 * arg[1]:
 *
 * @format:	a format that the renderer has not
 * @samples:	a buffer of several samples
 * @volume:	a volume of several layers
 *
 * SUBTEST: bad-info-handle
 * Description: UAPI: a handle that does not exist is ENOENT
 *
 * SUBTEST: bad-map-handle
 * Description: UAPI: a handle that does not exist is ENOENT
 *
 * SUBTEST: bad-map-pad
 * Description: UAPI: padding that is not zero is EINVAL
 *
 * SUBTEST: blob-%s
 * Description: UAPI: a blob can be mapped, written and read
 *
 * arg[1]:
 *
 * @guest:		in guest memory
 * @mappable:		the same, said to be mappable
 * @cross-device:	in the aperture
 *
 * SUBTEST: blob-aperture-full
 * Description: [drv-aperture-kept] a blob over the aperture's size is ENOMEM
 *
 * SUBTEST: blob-hints
 * Description: UAPI: later headers' hint to map late is taken, another is EINVAL,
 *		padding behind it too
 *
 * SUBTEST: bad-blob-%s
 * Description: UAPI: one wrong field is EINVAL
 *
 * arg[1]:
 *
 * @mem-zero:		no kind of memory
 * @mem-host3d:		memory of the renderer
 * @mem-host3d-guest:	memory of both
 * @mem-unknown:	a kind that does not exist
 * @flags:		a flag that does not exist
 * @size-zero:		no size
 * @size-huge:		a size of all bits
 * @blob-id:		a blob id for guest memory
 * @cmd-size:		commands for guest memory
 * @pad:		padding that is not zero
 */

#define FIELD_OFFSET(field)	 offsetof(struct drm_virtgpu_resource_create, field)
#define FIELD(name, field, what) { name, FIELD_OFFSET(field), what }

static const struct {
	const char *name;
	size_t offset;
	uint32_t value;
} bad_create[] = {
	FIELD("width-zero", width, 0),
	FIELD("width-huge", width, 16385),
	FIELD("height-huge", height, 16385),
	FIELD("target", target, 1000),
};

static const struct {
	const char *name;
	struct drm_virtgpu_resource_create_blob args;
} bad_blob[] = {
	{ "mem-zero", { .blob_mem = 0, .size = 4096 } },
	{ "mem-host3d", { .blob_mem = VIRTGPU_BLOB_MEM_HOST3D, .size = 4096 } },
	{ "mem-host3d-guest", { .blob_mem = VIRTGPU_BLOB_MEM_HOST3D_GUEST, .size = 4096 } },
	{ "mem-unknown", { .blob_mem = 77, .size = 4096 } },
	{ "flags", { .blob_mem = VIRTGPU_BLOB_MEM_GUEST, .size = 4096, .blob_flags = 1 << 7 } },
	{ "size-zero", { .blob_mem = VIRTGPU_BLOB_MEM_GUEST, .size = 0 } },
	{ "size-huge", { .blob_mem = VIRTGPU_BLOB_MEM_GUEST, .size = UINT64_MAX } },
	{ "blob-id", { .blob_mem = VIRTGPU_BLOB_MEM_GUEST, .size = 4096, .blob_id = 1 } },
	{ "cmd-size", { .blob_mem = VIRTGPU_BLOB_MEM_GUEST, .size = 4096, .cmd_size = 4 } },
	{ "pad", { .blob_mem = VIRTGPU_BLOB_MEM_GUEST, .size = 4096, .pad = 1 } },
};

static const struct {
	const char *name;
	size_t offset[2];
	uint32_t value[2];
} late_create[] = {
	{ "format", { FIELD_OFFSET(format), FIELD_OFFSET(flags) }, { 500, 0 } },
	{ "samples", { FIELD_OFFSET(target), FIELD_OFFSET(nr_samples) }, { PIPE_BUFFER, 4 } },
	{ "volume", { FIELD_OFFSET(target), FIELD_OFFSET(array_size) }, { PIPE_TEXTURE_3D, 4 } },
};

static int fd;

static void check_zeroed(struct vgpu_pv_bo *bo)
{
	size_t i;

	igt_assert_neq(bo->handle, 0);
	igt_assert_neq(bo->res, 0);
	vgpu_pv_map(fd, bo);
	for (i = 0; i < bo->size / 4; i++)
		igt_assert_eq_u32(bo->map[i], 0);
	memset(bo->map, 0x5a, bo->size);
	vgpu_pv_unref(fd, bo);
}

static void check_create(struct drm_virtgpu_resource_create args)
{
	struct vgpu_pv_bo bo;
	int round;

	/* Twice: what the first left in its memory must not be seen in the second. */
	for (round = 0; round < 2; round++) {
		igt_assert_eq(vgpu_pv_create(fd, &args, &bo), 0);
		check_zeroed(&bo);
	}
}

static void check_blob(uint32_t flags)
{
	struct drm_virtgpu_resource_create_blob args = {
		.blob_mem = VIRTGPU_BLOB_MEM_GUEST,
		.blob_flags = flags,
		.size = 3 * 4096,
	};
	struct drm_virtgpu_resource_info info = { 0 };
	struct vgpu_pv_bo bo = { .size = args.size };

	do_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &args);
	bo.handle = args.bo_handle;
	bo.res = args.res_handle;
	info.bo_handle = bo.handle;
	do_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info);
	igt_assert_eq_u32(info.res_handle, bo.res);
	igt_assert_eq_u32(info.blob_mem, VIRTGPU_BLOB_MEM_GUEST);
	igt_assert(info.size >= args.size);
	check_zeroed(&bo);
}

/* The call as it is since its structure got hints; not every header has them. */
static void check_blob_hints(void)
{
	static const struct {
		uint32_t hints, pad2;
		int err;
	} cases[] = {
		{ 0x1, 0, 0 },
		{ 0x2, 0, EINVAL },
		{ 0xffffffff, 0, EINVAL },
		{ 0, 1, EINVAL },
	};
	union {
		struct drm_virtgpu_resource_create_blob blob;
		uint32_t words[14];
	} args;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		memset(&args, 0, sizeof(args));
		args.blob.blob_mem = VIRTGPU_BLOB_MEM_GUEST;
		args.blob.size = 4096;
		args.words[12] = cases[i].hints;
		args.words[13] = cases[i].pad2;
		if (cases[i].err)
			do_ioctl_err(fd, DRM_IOWR(DRM_COMMAND_BASE + DRM_VIRTGPU_RESOURCE_CREATE_BLOB,
						  args), &args, cases[i].err);
		else
			do_ioctl(fd, DRM_IOWR(DRM_COMMAND_BASE + DRM_VIRTGPU_RESOURCE_CREATE_BLOB,
					      args), &args);
	}
}

static void check_late(size_t which)
{
	struct drm_virtgpu_resource_create args = vgpu_pv_texture_args(64, 64);
	struct drm_virtgpu_3d_transfer_to_host to = { .box = { .w = 1, .h = 1, .d = 1 } };
	struct vgpu_pv_bo bo;
	int i, ret;

	for (i = 0; i < 2; i++)
		memcpy((char *)&args + late_create[which].offset[i], &late_create[which].value[i], 4);
	ret = vgpu_pv_create(fd, &args, &bo);
	if (!ret) {
		vgpu_pv_check_alive(fd);
		to.bo_handle = bo.handle;
		ret = vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to);
		vgpu_pv_unref(fd, &bo);
	}
	igt_assert_eq(ret, -EINVAL);
	vgpu_pv_check_alive(fd);
}

int igt_main()
{
	struct drm_virtgpu_resource_create args;
	struct vgpu_pv_bo bo, bos[64];
	size_t i, k;

	igt_fixture() {
		fd = vgpu_pv_open_3d();
	}

	igt_describe("UAPI: a texture has a handle, an id and zeroed memory.");
	igt_subtest("create-texture")
		check_create(vgpu_pv_texture_args(64, 64));

	igt_describe("UAPI: a buffer has a handle, an id and zeroed memory.");
	igt_subtest("create-buffer")
		check_create(vgpu_pv_buffer_args(65536));

	igt_describe("UAPI: a texture that can be shown has the same, in the aperture.");
	igt_subtest("create-scanout") {
		args = vgpu_pv_texture_args(64, 64);
		args.bind |= VIRGL_BIND_SCANOUT;
		check_create(args);
	}

	igt_describe("[dev-resource-id] no two live resources share an id.");
	igt_subtest("ids-distinct") {
		for (i = 0; i < ARRAY_SIZE(bos); i++) {
			vgpu_pv_buffer(fd, 4096, &bos[i]);
			for (k = 0; k < i; k++)
				igt_assert(bos[k].res != bos[i].res);
		}
		for (i = 0; i < ARRAY_SIZE(bos); i++)
			vgpu_pv_unref(fd, &bos[i]);
	}

	igt_describe("[drv-owned-until-used] making and dropping in a row never meets an old id.");
	igt_subtest("ids-reused-safely") {
		for (i = 0; i < 200; i++) {
			vgpu_pv_texture(fd, 16, 16, &bo);
			if (i % 20 == 0)
				igt_assert_eq(vgpu_pv_wait(fd, bo.handle, 0), 0);
			vgpu_pv_unref(fd, &bo);
		}
		vgpu_pv_check_alive(fd);
	}

	igt_describe("UAPI: RESOURCE_INFO says id, size and that it is no blob.");
	igt_subtest("info") {
		struct drm_virtgpu_resource_info info = { 0 };

		vgpu_pv_texture(fd, 64, 64, &bo);
		info.bo_handle = bo.handle;
		do_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info);
		igt_assert_eq_u32(info.res_handle, bo.res);
		igt_assert(info.size >= bo.size);
		igt_assert_eq_u32(info.blob_mem, 0);
		vgpu_pv_unref(fd, &bo);
	}

	igt_describe("UAPI: MAP says the same offset again.");
	igt_subtest("map-offset-stable") {
		struct drm_virtgpu_map first = { 0 }, second = { 0 };

		vgpu_pv_texture(fd, 64, 64, &bo);
		first.handle = second.handle = bo.handle;
		do_ioctl(fd, DRM_IOCTL_VIRTGPU_MAP, &first);
		do_ioctl(fd, DRM_IOCTL_VIRTGPU_MAP, &second);
		igt_assert_eq_u64(first.offset, second.offset);
		vgpu_pv_unref(fd, &bo);
	}

	for (i = 0; i < ARRAY_SIZE(bad_create); i++) {
		igt_describe("UAPI, [dev-resource-limits] one wrong field is EINVAL.");
		igt_subtest_f("bad-create-%s", bad_create[i].name) {
			args = vgpu_pv_texture_args(64, 64);
			memcpy((char *)&args + bad_create[i].offset, &bad_create[i].value, 4);
			igt_assert_eq(vgpu_pv_create(fd, &args, &bo), -EINVAL);
			vgpu_pv_check_alive(fd);
		}
	}

	igt_describe("UAPI: a product of sizes over 64 bits is EINVAL.");
	igt_subtest("bad-create-product") {
		args = vgpu_pv_texture_args(64, 64);
		args.width = args.height = args.depth = args.array_size = UINT32_MAX;
		igt_assert_eq(vgpu_pv_create(fd, &args, &bo), -EINVAL);
	}

	for (i = 0; i < ARRAY_SIZE(late_create); i++) {
		igt_describe("[dev-resource-limits] what only the device can refuse is EINVAL at the "
			     "first use after its answer, if not at once.");
		igt_subtest_f("late-create-%s", late_create[i].name)
			check_late(i);
	}

	igt_describe("UAPI: a handle that does not exist is ENOENT.");
	igt_subtest("bad-info-handle") {
		struct drm_virtgpu_resource_info info = { .bo_handle = VGPU_PV_BAD_HANDLE };

		do_ioctl_err(fd, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info, ENOENT);
	}

	igt_describe("UAPI: a handle that does not exist is ENOENT.");
	igt_subtest("bad-map-handle") {
		struct drm_virtgpu_map map = { .handle = VGPU_PV_BAD_HANDLE };

		do_ioctl_err(fd, DRM_IOCTL_VIRTGPU_MAP, &map, ENOENT);
	}

	igt_describe("UAPI: padding that is not zero is EINVAL.");
	igt_subtest("bad-map-pad") {
		struct drm_virtgpu_map map = { .pad = 1 };

		vgpu_pv_buffer(fd, 4096, &bo);
		map.handle = bo.handle;
		do_ioctl_err(fd, DRM_IOCTL_VIRTGPU_MAP, &map, EINVAL);
		vgpu_pv_unref(fd, &bo);
	}

	igt_describe("UAPI: a blob in guest memory can be mapped, written and read.");
	igt_subtest("blob-guest")
		check_blob(0);

	igt_describe("UAPI: a blob said to be mappable can be mapped.");
	igt_subtest("blob-mappable")
		check_blob(VIRTGPU_BLOB_FLAG_USE_MAPPABLE);

	igt_describe("UAPI: a blob for other devices too lies in the aperture and can be mapped.");
	igt_subtest("blob-cross-device")
		check_blob(VIRTGPU_BLOB_FLAG_USE_MAPPABLE | VIRTGPU_BLOB_FLAG_USE_SHAREABLE |
			   VIRTGPU_BLOB_FLAG_USE_CROSS_DEVICE);

	igt_describe("[drv-aperture-kept] a blob over the aperture's size is ENOMEM.");
	igt_subtest("blob-aperture-full") {
		struct drm_virtgpu_resource_create_blob blob = {
			.blob_mem = VIRTGPU_BLOB_MEM_GUEST,
			.blob_flags = VIRTGPU_BLOB_FLAG_USE_CROSS_DEVICE,
			.size = 1ull << 31,
		};

		do_ioctl_err(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &blob, ENOMEM);
		check_blob(VIRTGPU_BLOB_FLAG_USE_CROSS_DEVICE);
	}

	igt_describe("UAPI: later headers' hint to map late is taken, other hints and padding are EINVAL.");
	igt_subtest("blob-hints")
		check_blob_hints();

	for (i = 0; i < ARRAY_SIZE(bad_blob); i++) {
		igt_describe("UAPI: one wrong field is EINVAL.");
		igt_subtest_f("bad-blob-%s", bad_blob[i].name) {
			struct drm_virtgpu_resource_create_blob blob = bad_blob[i].args;

			do_ioctl_err(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &blob, EINVAL);
		}
	}

	igt_fixture() {
		close(fd);
	}
}
