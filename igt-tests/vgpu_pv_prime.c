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

#include <linux/udmabuf.h>

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
 * Description: UAPI: memory of another exporter becomes a resource of guest memory
 *
 * SUBTEST: bad-export-handle
 * Description: UAPI: a handle that does not exist is ENOENT
 *
 * SUBTEST: bad-import-fd
 * Description: UAPI: what is no descriptor is EBADF
 *
 * SUBTEST: bad-import-kind
 * Description: UAPI: a descriptor that is no buffer is EINVAL
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

static void check_foreign(void)
{
	struct udmabuf_create create = { .size = 65536 };
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), prime, ret;
	struct drm_virtgpu_resource_info info = { 0 };
	uint32_t handle;

	igt_require_f(device >= 0, "no /dev/udmabuf\n");
	create.memfd = memfd_create("vgpu_pv_prime", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	igt_assert(create.memfd != UINT32_MAX);
	igt_assert_eq(ftruncate(create.memfd, create.size), 0);
	igt_assert_eq(fcntl(create.memfd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	prime = ioctl(device, UDMABUF_CREATE, &create);
	igt_assert(prime >= 0);

	ret = drmPrimeFDToHandle(fd, prime, &handle) ? errno : 0;
	igt_assert_eq(ret, 0);
	info.bo_handle = handle;
	do_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info);
	igt_assert(info.res_handle != 0);
	igt_assert(info.size >= create.size);
	igt_assert_eq(vgpu_pv_wait(fd, handle, 0), 0);
	igt_assert_eq(drmCloseBufferHandle(fd, handle), 0);
	close(prime);
	close(create.memfd);
	close(device);
	vgpu_pv_check_alive(fd);
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

	igt_describe("UAPI: memory of another exporter becomes a resource of guest memory.");
	igt_subtest("foreign-import")
		check_foreign();

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

	igt_fixture() {
		close(fd);
	}
}
