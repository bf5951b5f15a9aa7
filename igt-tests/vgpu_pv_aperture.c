// SPDX-License-Identifier: MIT
/**
 * TEST: vgpu_pv_aperture
 * Description: A full aperture: ENOMEM on every way to its memory, and nothing else.
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: vgpu_pv
 * Functionality: aperture
 * Test category: functionality test
 */
#include "igt.h"

#include "vgpu_pv_lib.h"

IGT_TEST_DESCRIPTION("A full aperture: ENOMEM on every way to its memory, and nothing else.");

/**
 * SUBTEST: dumb
 * Description: UAPI: a dumb buffer is ENOMEM, of one page or larger than the aperture
 *
 * SUBTEST: scanout
 * Description: UAPI: a resource that can be shown is ENOMEM
 *
 * SUBTEST: blob
 * Description: UAPI: a blob for other devices is ENOMEM
 *
 * SUBTEST: pages
 * Description: UAPI: what lies in guest memory is made as ever
 *
 * SUBTEST: use
 * Description: UAPI: what is in the aperture is mapped, exported, imported, drawn and shown
 *	as ever
 *
 * SUBTEST: kept
 * Description: [drv-aperture-kept] no byte of what was there has changed
 *
 * SUBTEST: again
 * Description: UAPI: what was freed is there for the next, zeroed, in whatever size
 *
 * SUBTEST: threads
 * Description: UAPI: threads that compete for the last room get it or ENOMEM
 */

#define PAGE	    4096u
#define MAX_BUFFERS 65536

/* Every one filled with its number, which only the first and the last page say. */
struct filling {
	uint32_t handle;
	uint32_t size;
	uint32_t *first, *last;
};

static int fd;
static struct vgpu_pv_bo drawn;
static struct filling *fillings;
static uint32_t nr_fillings;

static int dumb_create(uint32_t width, uint32_t height, uint32_t *handle)
{
	struct drm_mode_create_dumb args = { .width = width, .height = height, .bpp = 32 };
	int ret = vgpu_pv_ioctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &args);

	*handle = args.handle;
	return ret;
}

static uint32_t *dumb_map(uint32_t handle, uint32_t offset, uint32_t size)
{
	struct drm_mode_map_dumb args = { .handle = handle };
	uint32_t *map;

	do_ioctl(fd, DRM_IOCTL_MODE_MAP_DUMB, &args);
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, args.offset + offset);
	igt_assert(map != MAP_FAILED);
	return map;
}

static bool zeroed(const uint32_t *map, uint32_t size)
{
	uint32_t i;

	for (i = 0; i < size / 4; i++)
		if (map[i])
			return false;
	return true;
}

static void number(const struct filling *filling, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < PAGE / 4; i++)
		filling->first[i] = filling->last[i] = n ^ i << 16;
}

/* Of one size, a power of two, until there is no more. */
static void fill_with(uint32_t size)
{
	int ret;

	while (nr_fillings < MAX_BUFFERS) {
		struct filling *filling = &fillings[nr_fillings];

		ret = dumb_create(1024, size / PAGE, &filling->handle);
		if (ret)
			break;
		filling->size = size;
		filling->first = dumb_map(filling->handle, 0, size);
		filling->last = filling->first + (size - PAGE) / 4;
		igt_assert(zeroed(filling->first, PAGE) && zeroed(filling->last, PAGE));
		number(filling, ++nr_fillings);
	}
	igt_assert_eq(ret, -ENOMEM);
}

static void fill(void)
{
	uint32_t size;

	for (size = 16 << 20; size >= PAGE; size /= 2)
		fill_with(size);
	igt_info("%u buffers\n", nr_fillings);
}

static void drop(struct filling *filling)
{
	igt_assert_eq(munmap(filling->first, filling->size), 0);
	igt_assert_eq(drmCloseBufferHandle(fd, filling->handle), 0);
}

static void check_dumb(void)
{
	uint32_t handle;

	igt_assert_eq(dumb_create(1, 1, &handle), -ENOMEM);
	igt_assert_eq(dumb_create(1024, 1024, &handle), -ENOMEM);
	igt_assert_eq(dumb_create(16384, 16384, &handle), -ENOMEM);
}

static void check_scanout(void)
{
	struct drm_virtgpu_resource_create args = vgpu_pv_texture_args(16, 16);
	struct vgpu_pv_bo bo;

	args.bind |= VIRGL_BIND_SCANOUT;
	igt_assert_eq(vgpu_pv_create(fd, &args, &bo), -ENOMEM);
	args.size = UINT32_MAX;
	igt_assert_eq(vgpu_pv_create(fd, &args, &bo), -ENOMEM);
	args.size = 0;
	igt_assert_eq(vgpu_pv_create(fd, &args, &bo), -ENOMEM);
	vgpu_pv_check_alive(fd);
}

static void check_blob(void)
{
	struct drm_virtgpu_resource_create_blob args = {
		.blob_mem = VIRTGPU_BLOB_MEM_GUEST,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE | VIRTGPU_BLOB_FLAG_USE_CROSS_DEVICE,
		.size = PAGE,
	};

	igt_assert_eq(vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &args), -ENOMEM);
	args.size = 0xf0000000;
	igt_assert_eq(vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &args), -ENOMEM);
	args.size = PAGE;
	args.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE;
	do_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &args);
	igt_assert_eq(drmCloseBufferHandle(fd, args.bo_handle), 0);
}

static void check_use(void)
{
	struct filling *filling = &fillings[0];
	uint32_t fb, handle, *map, i;
	int prime, other;

	/* Drawn, read back, and mapped once more. */
	vgpu_pv_download(fd, &drawn);
	for (i = 0; i < drawn.width * drawn.height; i++)
		igt_assert_eq_u32(drawn.map[i], 0xff00ff00);
	map = dumb_map(filling->handle, 0, PAGE);
	igt_assert_eq(memcmp(map, filling->first, PAGE), 0);
	munmap(map, PAGE);

	igt_assert_eq(drmPrimeHandleToFD(fd, filling->handle, DRM_CLOEXEC | DRM_RDWR, &prime), 0);
	map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, prime, 0);
	igt_assert(map != MAP_FAILED);
	igt_assert_eq(memcmp(map, filling->first, PAGE), 0);
	munmap(map, PAGE);
	other = vgpu_pv_open_render();
	igt_assert_eq(drmPrimeFDToHandle(other, prime, &handle), 0);
	close(prime);
	close(other);

	igt_assert_eq(drmModeAddFB(fd, 1024, filling->size / PAGE, 24, 32, PAGE, filling->handle,
				   &fb), 0);
	igt_assert_eq(drmModeRmFB(fd, fb), 0);
}

static void check_kept(void)
{
	uint32_t n, i;

	for (n = 0; n < nr_fillings; n++)
		for (i = 0; i < PAGE / 4; i++) {
			igt_assert_eq_u32(fillings[n].first[i], (n + 1) ^ i << 16);
			igt_assert_eq_u32(fillings[n].last[i], (n + 1) ^ i << 16);
		}
}

static void check_again(void)
{
	struct drm_virtgpu_resource_create args = vgpu_pv_texture_args(64, 64);
	struct filling *filling = &fillings[0];
	uint32_t size = filling->size, handle;
	struct vgpu_pv_bo bo;

	drop(filling);
	/* Half of it as a resource, which is ENOMEM a second time, */
	args.bind |= VIRGL_BIND_SCANOUT;
	args.size = size / 2 + PAGE;
	igt_assert_eq(vgpu_pv_create(fd, &args, &bo), 0);
	igt_assert_eq(dumb_create(1024, size / 2 / PAGE, &handle), -ENOMEM);
	vgpu_pv_map(fd, &bo);
	igt_assert(zeroed(bo.map, bo.size));
	memset(bo.map, 0xff, bo.size);
	vgpu_pv_unref(fd, &bo);

	/* and the whole as it was; the device's letting go of it is waited for. */
	igt_assert_eq(dumb_create(1024, size / PAGE, &filling->handle), 0);
	filling->first = dumb_map(filling->handle, 0, size);
	igt_assert(zeroed(filling->first, size));
	filling->last = filling->first + (size - PAGE) / 4;
	number(filling, 1);
	check_kept();
}

static void *compete(void *arg)
{
	uint32_t rows = fillings[nr_fillings - 1].size / PAGE, handle;
	unsigned int *got = arg, i;

	for (i = 0; i < 200; i++) {
		int ret = dumb_create(1024, rows, &handle);

		if (ret == -ENOMEM)
			continue;
		if (ret || drmCloseBufferHandle(fd, handle))
			return (void *)-1;
		++*got;
	}
	return NULL;
}

static void check_threads(void)
{
	struct filling *filling = &fillings[nr_fillings - 1];
	unsigned int got[8] = { 0 }, sum = 0, i;
	pthread_t threads[8];
	void *failed;

	drop(filling);
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		igt_assert_eq(pthread_create(&threads[i], NULL, compete, &got[i]), 0);
	for (i = 0; i < ARRAY_SIZE(threads); i++) {
		igt_assert_eq(pthread_join(threads[i], &failed), 0);
		igt_assert(!failed);
		sum += got[i];
	}
	igt_assert(sum > 0);
	nr_fillings--;
	check_kept();
}

int igt_main()
{
	static const float green[4] = { 0, 1, 0, 1 };

	igt_fixture() {
		struct drm_virtgpu_resource_create args = vgpu_pv_texture_args(64, 64);
		struct vgpu_pv_commands commands = { 0 };

		fd = vgpu_pv_open_card();
		igt_require(vgpu_pv_getparam(fd, VIRTGPU_PARAM_3D_FEATURES) == 1);
		fillings = calloc(MAX_BUFFERS, sizeof(*fillings));
		igt_assert(fillings);
		args.bind |= VIRGL_BIND_SCANOUT;
		igt_assert_eq(vgpu_pv_create(fd, &args, &drawn), 0);
		vgpu_pv_map(fd, &drawn);
		vgpu_pv_emit_clear(&commands, &drawn, green);
		igt_assert_eq(vgpu_pv_fence_finish(vgpu_pv_submit(fd, &commands)), 1);
		vgpu_pv_commands_free(&commands);
		fill();
	}

	igt_describe("UAPI: a dumb buffer is ENOMEM.");
	igt_subtest("dumb")
		check_dumb();

	igt_describe("UAPI: a resource that can be shown is ENOMEM.");
	igt_subtest("scanout")
		check_scanout();

	igt_describe("UAPI: a blob for other devices is ENOMEM.");
	igt_subtest("blob")
		check_blob();

	igt_describe("UAPI: what lies in guest memory is made as ever.");
	igt_subtest("pages")
		vgpu_pv_check_alive(fd);

	igt_describe("UAPI: what is in the aperture is used as ever.");
	igt_subtest("use")
		check_use();

	igt_describe("[drv-aperture-kept] No byte of what was there has changed.");
	igt_subtest("kept")
		check_kept();

	igt_describe("UAPI: what was freed is there for the next.");
	igt_subtest("again")
		check_again();

	igt_describe("UAPI: threads that compete for the last room get it or ENOMEM.");
	igt_subtest("threads")
		check_threads();

	igt_fixture() {
		close(fd);
		free(fillings);
	}
}
