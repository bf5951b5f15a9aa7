// SPDX-License-Identifier: MIT
/**
 * TEST: vgpu_pv_prime
 * Description: Buffers shared between files and devices.
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: vgpu_pv
 * Functionality: PRIME
 * Test category: functionality test
 */
#include "igt.h"

#include "vgpu_pv_lib.h"

IGT_TEST_DESCRIPTION("Buffers shared between files and devices: PRIME.");

/**
 * SUBTEST: self-import
 * Description: UAPI: a buffer imported where it came from is the same handle
 *
 * SUBTEST: other-file
 * Description: UAPI: another file of the device sees the same resource and bytes
 *
 * SUBTEST: mmap-%s
 * Description: UAPI: an exported buffer can be mapped by its own descriptor
 *
 * arg[1]:
 *
 * @pages:	in guest memory
 * @aperture:	in the aperture
 *
 * SUBTEST: outlives-file
 * Description: UAPI: an exported buffer lives on when its file is closed
 *
 * SUBTEST: foreign-import
 * Description: UAPI: memory of another exporter becomes the backing of resources, and
 *	outlives its handle with them
 *
 * SUBTEST: foreign-info
 * Description: UAPI: what is no resource yet has none to tell of: EINVAL
 *
 * SUBTEST: pair-pages
 * Description: UAPI: two devices draw in turn into one buffer, each behind the other's fences
 *
 * SUBTEST: pair-aperture
 * Description: UAPI: what lies in a device's aperture is EOPNOTSUPP for another
 *
 * SUBTEST: pair-order
 * Description: UAPI: a device's copy out of shared pages waits for the other's copy into them
 *
 * SUBTEST: bad-export-handle
 * Description: UAPI: a handle that does not exist is ENOENT
 *
 * SUBTEST: bad-import-fd
 * Description: UAPI: what is no descriptor is EBADF
 *
 * SUBTEST: bad-import-kind
 * Description: UAPI: a descriptor that is no buffer is EINVAL
 *
 * SUBTEST: bad-backing
 * Description: UAPI: a resource of another buffer's memory is EINVAL where that is no import
 */

static int fd;

static int export(int file, const struct vgpu_pv_bo *bo)
{
	int prime = -1;

	igt_assert_eq(drmPrimeHandleToFD(file, bo->handle, DRM_CLOEXEC | DRM_RDWR, &prime), 0);
	return prime;
}

static void check_other_file(void)
{
	struct drm_virtgpu_resource_info info = { 0 };
	struct vgpu_pv_bo bo, seen;
	int other = vgpu_pv_open_3d(), prime;
	size_t i;

	vgpu_pv_texture(fd, 64, 64, &bo);
	vgpu_pv_map(fd, &bo);
	memset(bo.map, 0x77, bo.size);
	vgpu_pv_upload(fd, &bo);
	memset(bo.map, 0, bo.size);

	prime = export(fd, &bo);
	seen = bo;
	seen.map = NULL;
	igt_assert_eq(drmPrimeFDToHandle(other, prime, &seen.handle), 0);
	info.bo_handle = seen.handle;
	do_ioctl(other, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info);
	igt_assert_eq_u32(info.res_handle, bo.res);
	vgpu_pv_download(other, &seen);
	for (i = 0; i < bo.size / 4; i++)
		igt_assert_eq_u32(bo.map[i], 0x77777777);
	vgpu_pv_unref(other, &seen);
	vgpu_pv_unref(fd, &bo);
	close(prime);
	close(other);
}

static void check_mmap(uint32_t bind)
{
	struct drm_virtgpu_resource_create args = vgpu_pv_texture_args(64, 64);
	struct vgpu_pv_bo bo;
	uint32_t *map;
	int prime;

	args.bind |= bind;
	igt_assert_eq(vgpu_pv_create(fd, &args, &bo), 0);
	vgpu_pv_map(fd, &bo);
	bo.map[5] = 0x12345678;
	prime = export(fd, &bo);
	map = mmap(NULL, bo.size, PROT_READ | PROT_WRITE, MAP_SHARED, prime, 0);
	igt_assert(map != MAP_FAILED);
	igt_assert_eq_u32(map[5], 0x12345678);
	map[6] = 0x9abcdef0;
	igt_assert_eq_u32(bo.map[6], 0x9abcdef0);
	vgpu_pv_unref(fd, &bo);
	igt_assert_eq_u32(map[5], 0x12345678);
	munmap(map, args.size);
	close(prime);
}

static void check_outlives(void)
{
	int first = vgpu_pv_open_3d(), second = vgpu_pv_open_3d(), prime;
	struct vgpu_pv_bo bo;

	vgpu_pv_texture(first, 64, 64, &bo);
	vgpu_pv_map(first, &bo);
	memset(bo.map, 0x3c, bo.size);
	vgpu_pv_upload(first, &bo);
	memset(bo.map, 0, bo.size);
	prime = export(first, &bo);
	close(first);
	igt_assert_eq(drmPrimeFDToHandle(second, prime, &bo.handle), 0);
	close(prime);
	vgpu_pv_download(second, &bo);
	igt_assert_eq_u32(bo.map[0], 0x3c3c3c3c);
	igt_assert_eq_u32(bo.map[64 * 64 - 1], 0x3c3c3c3c);
	vgpu_pv_unref(second, &bo);
	close(second);
}

static int import(int file, int prime, uint32_t *handle)
{
	return drmPrimeFDToHandle(file, prime, handle) ? -errno : 0;
}

/* A texture whose backing is an import. */
static void texture_of(int file, uint32_t handle, uint32_t width, uint32_t height,
		       struct vgpu_pv_bo *bo)
{
	struct drm_virtgpu_resource_create args = vgpu_pv_texture_args(width, height);

	args.bo_handle = handle;
	igt_assert_eq(vgpu_pv_create(file, &args, bo), 0);
	igt_assert(bo->handle != handle);
	igt_assert(bo->res != 0);
}

static void clear(int file, const struct vgpu_pv_bo *bo, const float color[4])
{
	struct vgpu_pv_commands commands = { 0 };
	struct drm_virtgpu_execbuffer args;

	vgpu_pv_emit_clear(&commands, bo, color);
	args = vgpu_pv_exec_args(&commands);
	args.bo_handles = to_user_pointer(&bo->handle);
	args.num_bo_handles = 1;
	igt_assert_eq(vgpu_pv_exec(file, &args), 0);
	vgpu_pv_commands_free(&commands);
}

/* Half a megabyte. */
#define FOREIGN_SIZE 0x80000

static void transfer(unsigned long request, const struct vgpu_pv_bo *bo, uint32_t offset,
		     uint32_t stride)
{
	struct drm_virtgpu_3d_transfer_to_host args = {
		.bo_handle = bo->handle,
		.box = { .w = bo->width, .h = bo->height, .d = 1 },
		.offset = offset,
		.stride = stride,
	};

	do_ioctl(fd, request, &args);
	igt_assert_eq(vgpu_pv_wait(fd, bo->handle, 0), 0);
}

static void check_foreign(void)
{
	struct vgpu_pv_bo a, b;
	uint32_t *map, handle, x, y;
	int prime = vgpu_pv_udmabuf(FOREIGN_SIZE, &map);

	igt_assert_eq(import(fd, prime, &handle), 0);
	close(prime);
	texture_of(fd, handle, 64, 64, &a);
	texture_of(fd, handle, 64, 64, &b);
	igt_assert_eq(drmCloseBufferHandle(fd, handle), 0);

	for (y = 0; y < 64; y++)
		for (x = 0; x < 64; x++)
			map[1024 + y * 128 + x] = y << 16 | x;
	/* Rows of 512 bytes at 4 KiB come back as rows of 1 KiB at 256 KiB. */
	transfer(DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &a, 4096, 512);
	transfer(DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &a, 0x40000, 1024);
	for (y = 0; y < 64; y++) {
		for (x = 0; x < 64; x++)
			igt_assert_eq_u32(map[0x10000 + y * 256 + x], y << 16 | x);
		igt_assert_eq_u32(map[0x10000 + y * 256 + 64], 0);
	}
	vgpu_pv_unref(fd, &a);
	/* The other one's backing is still there. */
	transfer(DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &b, 4096, 512);
	memset(map, 0, FOREIGN_SIZE);
	transfer(DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &b, 0, 0);
	igt_assert_eq_u32(map[65], 1 << 16 | 1);
	igt_assert_eq_u32(map[64 * 64 - 1], 63 << 16 | 63);
	vgpu_pv_unref(fd, &b);
	munmap(map, FOREIGN_SIZE);
	vgpu_pv_check_alive(fd);
}

static void check_foreign_info(void)
{
	struct drm_virtgpu_resource_info info = { 0 };
	struct vgpu_pv_bo bo;
	uint32_t *map;
	int prime = vgpu_pv_udmabuf(FOREIGN_SIZE, &map);

	igt_assert_eq(import(fd, prime, &info.bo_handle), 0);
	igt_assert_eq(vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info), -EINVAL);
	texture_of(fd, info.bo_handle, 64, 64, &bo);
	igt_assert_eq(vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info), -EINVAL);
	igt_assert_eq(drmCloseBufferHandle(fd, info.bo_handle), 0);
	info.bo_handle = bo.handle;
	do_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info);
	igt_assert_eq_u32(info.res_handle, bo.res);
	igt_assert_eq_u32(info.size, FOREIGN_SIZE);
	igt_assert_eq_u32(info.blob_mem, 0);
	vgpu_pv_unref(fd, &bo);
	close(prime);
	munmap(map, FOREIGN_SIZE);
}

static const float green[4] = { 0, 1, 0, 1 }, blue[4] = { 0, 0, 1, 1 };

static void check_pixels(const struct vgpu_pv_bo *bo, uint32_t pixel)
{
	uint32_t i;

	for (i = 0; i < bo->width * bo->height; i++)
		igt_assert_eq_u32(bo->map[i], pixel);
}

static void check_pair_pages(void)
{
	int second = vgpu_pv_open_second_3d(), prime;
	struct vgpu_pv_bo bo, seen, read;
	uint32_t handle;

	vgpu_pv_texture(fd, 64, 64, &bo);
	vgpu_pv_map(fd, &bo);
	prime = export(fd, &bo);
	igt_assert_eq(import(second, prime, &handle), 0);
	close(prime);
	texture_of(second, handle, 64, 64, &seen);
	igt_assert_eq(drmCloseBufferHandle(second, handle), 0);

	/* What the first draws the second reads, */
	clear(fd, &bo, green);
	vgpu_pv_download(fd, &bo);
	vgpu_pv_upload(second, &seen);
	memset(bo.map, 0, bo.size);
	vgpu_pv_download(second, &seen);
	check_pixels(&bo, 0xff00ff00);

	/* and the other way round. */
	clear(second, &seen, blue);
	vgpu_pv_download(second, &seen);
	check_pixels(&bo, 0xff0000ff);
	vgpu_pv_upload(fd, &bo);
	memset(bo.map, 0, bo.size);
	vgpu_pv_download(fd, &bo);
	check_pixels(&bo, 0xff0000ff);

	/* The importer keeps the pages; the exporter's resource goes. */
	read = bo;
	bo.map = NULL;
	vgpu_pv_unref(fd, &bo);
	memset(read.map, 0x55, read.size);
	vgpu_pv_download(second, &seen);
	check_pixels(&read, 0xff0000ff);
	vgpu_pv_unref(second, &seen);
	munmap(read.map, read.size);

	vgpu_pv_check_alive(fd);
	vgpu_pv_check_alive(second);
	close(second);
}

/* As check_pair_pages(), but nobody waits until the end. */
static void check_pair_order(void)
{
	struct drm_virtgpu_3d_transfer_to_host args = { .box = { .w = 512, .h = 512, .d = 1 } };
	int second = vgpu_pv_open_second_3d(), prime, i;
	struct vgpu_pv_bo bo, seen;
	uint32_t handle;

	vgpu_pv_texture(fd, 512, 512, &bo);
	vgpu_pv_map(fd, &bo);
	prime = export(fd, &bo);
	igt_assert_eq(import(second, prime, &handle), 0);
	close(prime);
	texture_of(second, handle, 512, 512, &seen);
	igt_assert_eq(drmCloseBufferHandle(second, handle), 0);

	for (i = 0; i < 8; i++) {
		clear(fd, &bo, i & 1 ? blue : green);
		args.bo_handle = bo.handle;
		do_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &args);
		args.bo_handle = seen.handle;
		do_ioctl(second, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &args);
	}
	/* The second's fences are the exporter's buffer's, too. */
	igt_assert_eq(vgpu_pv_wait(fd, bo.handle, 0), 0);
	memset(bo.map, 0, bo.size);
	vgpu_pv_download(second, &seen);
	check_pixels(&bo, 0xff0000ff);

	vgpu_pv_unref(second, &seen);
	vgpu_pv_unref(fd, &bo);
	close(second);
}

static void check_pair_aperture(void)
{
	struct drm_virtgpu_resource_create args = vgpu_pv_texture_args(64, 64);
	int second = vgpu_pv_open_second_3d(), prime;
	struct vgpu_pv_bo bo;
	uint32_t handle;

	args.bind |= VIRGL_BIND_SCANOUT;
	igt_assert_eq(vgpu_pv_create(fd, &args, &bo), 0);
	prime = export(fd, &bo);
	igt_assert_eq(import(second, prime, &handle), -EOPNOTSUPP);
	close(prime);
	vgpu_pv_unref(fd, &bo);
	vgpu_pv_check_alive(second);
	close(second);
}

int igt_main()
{
	struct vgpu_pv_bo bo;

	igt_fixture() {
		fd = vgpu_pv_open_3d();
	}

	igt_describe("UAPI: a buffer imported where it came from is the same handle.");
	igt_subtest("self-import") {
		uint32_t handle;
		int prime;

		vgpu_pv_texture(fd, 64, 64, &bo);
		prime = export(fd, &bo);
		igt_assert_eq(drmPrimeFDToHandle(fd, prime, &handle), 0);
		igt_assert_eq_u32(handle, bo.handle);
		close(prime);
		vgpu_pv_unref(fd, &bo);
	}

	igt_describe("UAPI: another file of the device sees the same resource and bytes.");
	igt_subtest("other-file")
		check_other_file();

	igt_describe("UAPI: an exported buffer in guest memory can be mapped by its descriptor.");
	igt_subtest("mmap-pages")
		check_mmap(0);

	igt_describe("UAPI: an exported buffer in the aperture can be mapped by its descriptor.");
	igt_subtest("mmap-aperture")
		check_mmap(VIRGL_BIND_SCANOUT);

	igt_describe("UAPI: an exported buffer lives on when its file is closed.");
	igt_subtest("outlives-file")
		check_outlives();

	igt_describe("UAPI: memory of another exporter becomes the backing of resources.");
	igt_subtest("foreign-import")
		check_foreign();

	igt_describe("UAPI: what is no resource yet has none to tell of: EINVAL.");
	igt_subtest("foreign-info")
		check_foreign_info();

	igt_describe("UAPI: two devices draw in turn into one buffer.");
	igt_subtest("pair-pages")
		check_pair_pages();

	igt_describe("UAPI: what lies in a device's aperture is EOPNOTSUPP for another.");
	igt_subtest("pair-aperture")
		check_pair_aperture();

	igt_describe("UAPI: each device waits for what the other does to shared pages.");
	igt_subtest("pair-order")
		check_pair_order();

	igt_describe("UAPI: a handle that does not exist is ENOENT.");
	igt_subtest("bad-export-handle") {
		int prime;

		igt_assert_eq(drmPrimeHandleToFD(fd, VGPU_PV_BAD_HANDLE, 0, &prime), -1);
		igt_assert_eq(errno, ENOENT);
	}

	igt_describe("UAPI: what is no descriptor is EBADF.");
	igt_subtest("bad-import-fd") {
		uint32_t handle;

		igt_assert_eq(drmPrimeFDToHandle(fd, 1000, &handle), -1);
		igt_assert_eq(errno, EBADF);
	}

	igt_describe("UAPI: a descriptor that is no buffer is EINVAL.");
	igt_subtest("bad-import-kind") {
		uint32_t handle;

		igt_assert_eq(drmPrimeFDToHandle(fd, fd, &handle), -1);
		igt_assert_eq(errno, EINVAL);
	}

	igt_describe("UAPI: memory of a buffer that is no import is EINVAL for a resource.");
	igt_subtest("bad-backing") {
		struct drm_virtgpu_resource_create args = vgpu_pv_texture_args(64, 64);
		struct vgpu_pv_bo other;

		vgpu_pv_texture(fd, 64, 64, &bo);
		args.bo_handle = bo.handle;
		igt_assert_eq(vgpu_pv_create(fd, &args, &other), -EINVAL);
		vgpu_pv_unref(fd, &bo);
		vgpu_pv_check_alive(fd);
	}

	igt_fixture() {
		close(fd);
	}
}
