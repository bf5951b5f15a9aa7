// SPDX-License-Identifier: MIT
/**
 * TEST: vgpu_pv_fields
 * Description: Every field of every call wrong, one at a time, each with its errno.
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: vgpu_pv
 * Functionality: bad input
 * Test category: functionality test
 */
#include "igt.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include "vgpu_pv_lib.h"

IGT_TEST_DESCRIPTION("Every field of every call wrong, one at a time, each with its errno.");

/**
 * SUBTEST: %s
 * Description: UAPI: each field of the call wrong alone has its errno
 *
 * arg[1]:
 *
 * @map:		MAP
 * @execbuffer:		EXECBUFFER, all of whose fields are in use
 * @in-syncobj:		an entry of its in_syncobjs
 * @out-syncobj:	an entry of its out_syncobjs
 * @getparam:		GETPARAM
 * @resource-create:	RESOURCE_CREATE in guest memory
 * @resource-scanout:	RESOURCE_CREATE in the aperture
 * @resource-info:	RESOURCE_INFO
 * @transfer-to-host:	TRANSFER_TO_HOST
 * @transfer-from-host:	TRANSFER_FROM_HOST
 * @wait:		WAIT
 * @get-caps:		GET_CAPS
 * @resource-blob:	RESOURCE_CREATE_BLOB in the aperture
 * @context-init:	CONTEXT_INIT
 * @context-capset:	its parameter CAPSET_ID
 * @context-rings:	its parameter NUM_RINGS
 * @context-mask:	its parameter POLL_RINGS_MASK
 * @context-name:	its parameter DEBUG_NAME
 * @gem-close:		GEM_CLOSE
 * @prime-export:	PRIME_HANDLE_TO_FD
 * @prime-import:	PRIME_FD_TO_HANDLE
 * @dumb-create:	MODE_CREATE_DUMB
 * @dumb-map:		MODE_MAP_DUMB
 * @dumb-destroy:	MODE_DESTROY_DUMB
 *
 * SUBTEST: complete
 * Description: UAPI: the tables leave no byte of the structures out
 *
 * SUBTEST: syncobj-handles
 * Description: UAPI: stale, foreign and huge syncobjs are refused
 *
 * SUBTEST: lost-context
 * Description: [dev-context-lost] each call on a lost context has its errno
 *
 * SUBTEST: closed-in-use
 * Description: UAPI: a file that is closed under its users' feet ends in EBADF
 *
 * SUBTEST: threads
 * Description: UAPI: 64 threads go through the tables at once
 */

#define THREADS 64
#define HANDLES 200 /* more than all threads have at once */
#define PAGE	4096

/* Memory at fixed places, so that the tables can name it; a hole after each page. */
#define PLACES		0x70000000ull
#define PLACE(n)	(PLACES + 2 * (n) * PAGE)
#define AT_COMMANDS	PLACE(0) /* zeroes: NOPs */
#define AT_BO		(PLACE(1) + PAGE - 4)
#define AT_IN		(PLACE(2) + PAGE - sizeof(struct drm_virtgpu_execbuffer_syncobj))
#define AT_OUT		(PLACE(3) + PAGE - sizeof(struct drm_virtgpu_execbuffer_syncobj))
#define AT_READ_ONLY	PLACE(4)
#define AT_RESULT	PLACE(5)
#define AT_PARAM	(PLACE(6) + PAGE - sizeof(struct drm_virtgpu_context_set_param))
#define AT_NAME		PLACE(7)
#define PLACE_COUNT	8
#define AT_NOWHERE	8ull
#define AT_HOLE		(PLACES + PAGE)
#define AT_KERNEL	(1ull << 63)
#define ALL32		UINT32_MAX
#define ALL64		UINT64_MAX

/* Values of 32 bits that are known at run time only. */
#define STALE	(1ull << 40)
#define FOREIGN (2ull << 40)
#define FILE_FD (3ull << 40) /* the device's own file: neither fence nor dma-buf */
#define STALE_SYNCOBJ	(4ull << 40)
#define FOREIGN_SYNCOBJ (5ull << 40)

struct row {
	const char *field;
	size_t offset, size;
	uint64_t value;
	int err; /* 0: the value is as good as another */
};

#define FIELD_SIZE(type, member) sizeof(((struct type *)0)->member)
#define ROW(type, member, wrong, errno_value) \
	{ #member, offsetof(struct type, member), FIELD_SIZE(type, member), wrong, errno_value }

union args {
	struct drm_virtgpu_map map;
	struct drm_virtgpu_execbuffer exec;
	struct drm_virtgpu_execbuffer_syncobj syncobj;
	struct drm_virtgpu_getparam getparam;
	struct drm_virtgpu_resource_create create;
	struct drm_virtgpu_resource_info info;
	struct drm_virtgpu_3d_transfer_to_host to;
	struct drm_virtgpu_3d_transfer_from_host from;
	struct drm_virtgpu_3d_wait wait;
	struct drm_virtgpu_get_caps caps;
	struct drm_virtgpu_resource_create_blob blob;
	struct drm_virtgpu_context_init init;
	struct drm_virtgpu_context_set_param param;
	struct drm_gem_close close;
	struct drm_prime_handle prime;
	struct drm_mode_create_dumb dumb;
	struct drm_mode_map_dumb map_dumb;
	struct drm_mode_destroy_dumb destroy_dumb;
};

/*
 * A call: fill makes arguments that are right, call makes the call, undoes what it
 * did and returns 0 or the negative errno.  Both run in threads: nothing in them
 * may leave the subtest.
 */
struct form {
	const char *name;
	size_t size;
	void (*fill)(union args *args);
	int (*call)(union args *args);
	const struct row *rows;
	size_t count;
};

static int fd, card, stranger;
static uint32_t stale, foreign, stale_syncobj, foreign_syncobj, in_syncobj, out_syncobj;
static int in_fence, dmabuf;
static struct vgpu_pv_bo bo;

/* The node again, as another file. */
static int again(int file)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	return open(path, O_RDWR | O_CLOEXEC);
}

static void close_handle(int file, uint32_t handle)
{
	struct drm_gem_close args = { .handle = handle };

	vgpu_pv_ioctl(file, DRM_IOCTL_GEM_CLOSE, &args);
}

/* MAP */
static void fill_map(union args *args)
{
	args->map.handle = bo.handle;
}

static int call_map(union args *args)
{
	return vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_MAP, args);
}

static const struct row map_rows[] = {
	ROW(drm_virtgpu_map, offset, ALL64, 0),
	ROW(drm_virtgpu_map, handle, 0, ENOENT),
	ROW(drm_virtgpu_map, handle, STALE, ENOENT),
	ROW(drm_virtgpu_map, handle, FOREIGN, ENOENT),
	ROW(drm_virtgpu_map, handle, ALL32, ENOENT),
	ROW(drm_virtgpu_map, pad, 1, EINVAL),
	ROW(drm_virtgpu_map, pad, ALL32, EINVAL),
};

/* EXECBUFFER */
static void fill_exec(union args *args)
{
	args->exec = (struct drm_virtgpu_execbuffer){
		.flags = VIRTGPU_EXECBUF_FLAGS,
		.size = 8,
		.command = AT_COMMANDS,
		.bo_handles = AT_BO,
		.num_bo_handles = 1,
		.fence_fd = in_fence,
		.ring_idx = 1,
		.syncobj_stride = sizeof(struct drm_virtgpu_execbuffer_syncobj),
		.num_in_syncobjs = 1,
		.num_out_syncobjs = 1,
		.in_syncobjs = AT_IN,
		.out_syncobjs = AT_OUT,
	};
}

static int call_exec(union args *args)
{
	int ret, before = args->exec.fence_fd;

	ret = vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, args);
	if (args->exec.fence_fd == before)
		return ret;
	close(args->exec.fence_fd);
	return ret ? -ENOTRECOVERABLE : 0; /* an error must not leave a fence behind */
}

static const struct row exec_rows[] = {
	ROW(drm_virtgpu_execbuffer, flags, VIRTGPU_EXECBUF_FLAGS | 1 << 3, EINVAL),
	ROW(drm_virtgpu_execbuffer, flags, ALL32, EINVAL),
	ROW(drm_virtgpu_execbuffer, size, 6, EINVAL),
	ROW(drm_virtgpu_execbuffer, size, 2 * PAGE, EFAULT),
	ROW(drm_virtgpu_execbuffer, size, VGPU_PV_MAX_SUBMIT + 4, EINVAL),
	ROW(drm_virtgpu_execbuffer, size, ALL32 - 3, EINVAL),
	ROW(drm_virtgpu_execbuffer, command, 0, EFAULT),
	ROW(drm_virtgpu_execbuffer, command, AT_HOLE - 4, EFAULT),
	ROW(drm_virtgpu_execbuffer, command, AT_KERNEL, EFAULT),
	ROW(drm_virtgpu_execbuffer, command, ALL64 - 3, EFAULT),
	ROW(drm_virtgpu_execbuffer, bo_handles, 0, EFAULT),
	ROW(drm_virtgpu_execbuffer, bo_handles, AT_BO + 2, EFAULT),
	ROW(drm_virtgpu_execbuffer, bo_handles, AT_COMMANDS, ENOENT),
	ROW(drm_virtgpu_execbuffer, bo_handles, AT_KERNEL, EFAULT),
	ROW(drm_virtgpu_execbuffer, num_bo_handles, 2, EFAULT),
	ROW(drm_virtgpu_execbuffer, num_bo_handles, 65537, EINVAL),
	ROW(drm_virtgpu_execbuffer, num_bo_handles, 1 << 30, EINVAL),
	ROW(drm_virtgpu_execbuffer, num_bo_handles, ALL32, EINVAL),
	ROW(drm_virtgpu_execbuffer, fence_fd, ALL32, EINVAL),
	ROW(drm_virtgpu_execbuffer, fence_fd, 1 << 20, EINVAL),
	ROW(drm_virtgpu_execbuffer, fence_fd, FILE_FD, EINVAL),
	ROW(drm_virtgpu_execbuffer, ring_idx, 2, EINVAL),
	ROW(drm_virtgpu_execbuffer, ring_idx, ALL32, EINVAL),
	ROW(drm_virtgpu_execbuffer, syncobj_stride, 0, EINVAL),
	ROW(drm_virtgpu_execbuffer, syncobj_stride, ALL32, 0),
	ROW(drm_virtgpu_execbuffer, num_in_syncobjs, 2, EFAULT),
	ROW(drm_virtgpu_execbuffer, num_in_syncobjs, 4097, EINVAL),
	ROW(drm_virtgpu_execbuffer, num_in_syncobjs, ALL32, EINVAL),
	ROW(drm_virtgpu_execbuffer, num_out_syncobjs, 2, EFAULT),
	ROW(drm_virtgpu_execbuffer, num_out_syncobjs, 4097, EINVAL),
	ROW(drm_virtgpu_execbuffer, num_out_syncobjs, ALL32, EINVAL),
	ROW(drm_virtgpu_execbuffer, in_syncobjs, 0, EFAULT),
	ROW(drm_virtgpu_execbuffer, in_syncobjs, AT_IN + 1, EFAULT),
	ROW(drm_virtgpu_execbuffer, in_syncobjs, AT_COMMANDS, ENOENT),
	ROW(drm_virtgpu_execbuffer, in_syncobjs, AT_KERNEL, EFAULT),
	ROW(drm_virtgpu_execbuffer, out_syncobjs, 0, EFAULT),
	ROW(drm_virtgpu_execbuffer, out_syncobjs, AT_OUT + 1, EFAULT),
	ROW(drm_virtgpu_execbuffer, out_syncobjs, AT_COMMANDS, ENOENT),
	ROW(drm_virtgpu_execbuffer, out_syncobjs, AT_KERNEL, EFAULT),
};

static void fill_in_syncobj(union args *args)
{
	args->syncobj.handle = in_syncobj;
}

static void fill_out_syncobj(union args *args)
{
	args->syncobj.handle = out_syncobj;
}

static int call_in_syncobj(union args *args)
{
	union args exec;

	fill_exec(&exec);
	exec.exec.in_syncobjs = to_user_pointer(args);
	return call_exec(&exec);
}

static int call_out_syncobj(union args *args)
{
	union args exec;

	fill_exec(&exec);
	exec.exec.out_syncobjs = to_user_pointer(args);
	return call_exec(&exec);
}

#define SYNCOBJ_HANDLE_ROWS \
	ROW(drm_virtgpu_execbuffer_syncobj, handle, 0, ENOENT), \
	ROW(drm_virtgpu_execbuffer_syncobj, handle, STALE_SYNCOBJ, ENOENT), \
	ROW(drm_virtgpu_execbuffer_syncobj, handle, FOREIGN_SYNCOBJ, ENOENT), \
	ROW(drm_virtgpu_execbuffer_syncobj, handle, ALL32, ENOENT)

static const struct row in_syncobj_rows[] = {
	SYNCOBJ_HANDLE_ROWS,
	ROW(drm_virtgpu_execbuffer_syncobj, flags, 1 << 1, EINVAL),
	ROW(drm_virtgpu_execbuffer_syncobj, flags, ALL32, EINVAL),
	ROW(drm_virtgpu_execbuffer_syncobj, point, 5, EINVAL),
	ROW(drm_virtgpu_execbuffer_syncobj, point, ALL64, EINVAL),
};

static const struct row out_syncobj_rows[] = {
	SYNCOBJ_HANDLE_ROWS,
	ROW(drm_virtgpu_execbuffer_syncobj, flags, VIRTGPU_EXECBUF_SYNCOBJ_RESET, EINVAL),
	ROW(drm_virtgpu_execbuffer_syncobj, flags, ALL32, EINVAL),
	ROW(drm_virtgpu_execbuffer_syncobj, point, ALL64, 0),
};

/* GETPARAM */
static void fill_getparam(union args *args)
{
	args->getparam.param = VIRTGPU_PARAM_3D_FEATURES;
	args->getparam.value = AT_RESULT;
}

static int call_getparam(union args *args)
{
	return vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_GETPARAM, args);
}

static const struct row getparam_rows[] = {
	ROW(drm_virtgpu_getparam, param, 0, EINVAL),
	ROW(drm_virtgpu_getparam, param, VIRTGPU_PARAM_EXPLICIT_DEBUG_NAME + 1, EINVAL),
	ROW(drm_virtgpu_getparam, param, 1ull << 32 | VIRTGPU_PARAM_3D_FEATURES, EINVAL),
	ROW(drm_virtgpu_getparam, param, ALL64, EINVAL),
	ROW(drm_virtgpu_getparam, value, 0, EFAULT),
	ROW(drm_virtgpu_getparam, value, AT_NOWHERE, EFAULT),
	ROW(drm_virtgpu_getparam, value, AT_READ_ONLY, EFAULT),
	ROW(drm_virtgpu_getparam, value, AT_HOLE - 2, EFAULT),
	ROW(drm_virtgpu_getparam, value, AT_KERNEL, EFAULT),
};

/* RESOURCE_CREATE */
static void fill_create(union args *args)
{
	args->create = vgpu_pv_texture_args(16, 16);
}

static void fill_scanout(union args *args)
{
	args->create = vgpu_pv_texture_args(16, 16);
	args->create.bind |= VIRGL_BIND_SCANOUT;
}

/* What only the device can refuse is told at the first use after its answer. */
static int use_created(uint32_t handle)
{
	struct drm_virtgpu_3d_transfer_from_host from = {
		.bo_handle = handle, .box = { .w = 1, .h = 1, .d = 1 },
	};
	const struct vgpu_pv_commands none = { 0 };
	struct pollfd pfd = { .events = POLLIN };
	int ret = 0;

	pfd.fd = vgpu_pv_submit(fd, &none);
	if (pfd.fd < 0)
		return pfd.fd;
	if (poll(&pfd, 1, VGPU_PV_WAIT_MS) != 1)
		ret = -ETIMEDOUT;
	close(pfd.fd);
	return ret ? ret : vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from);
}

static int call_create(union args *args)
{
	int ret = vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, args);

	if (ret)
		return ret;
	ret = use_created(args->create.bo_handle);
	close_handle(fd, args->create.bo_handle);
	return ret;
}

#define CREATE(member, wrong, errno_value) ROW(drm_virtgpu_resource_create, member, wrong, errno_value)

static const struct row create_rows[] = {
	CREATE(target, 9, EINVAL),
	CREATE(target, ALL32, EINVAL),
	CREATE(format, 500, EINVAL),
	CREATE(format, ALL32, EINVAL),
	CREATE(bind, 1u << 31, EINVAL),
	CREATE(width, 0, EINVAL),
	CREATE(width, 16385, EINVAL),
	CREATE(width, ALL32, EINVAL),
	CREATE(height, 0, EINVAL),
	CREATE(height, 16385, EINVAL),
	CREATE(height, ALL32, EINVAL),
	CREATE(depth, 2, EINVAL),
	CREATE(depth, ALL32, EINVAL),
	CREATE(array_size, 2, EINVAL),
	CREATE(array_size, ALL32, EINVAL),
	CREATE(last_level, 12, EINVAL),
	CREATE(last_level, ALL32, EINVAL),
	CREATE(nr_samples, 33, EINVAL),
	CREATE(nr_samples, ALL32, EINVAL),
	CREATE(flags, 1u << 31, EINVAL),
	CREATE(bo_handle, STALE, ENOENT),
	CREATE(bo_handle, FOREIGN, ENOENT),
	CREATE(bo_handle, ALL32, ENOENT),
	CREATE(res_handle, ALL32, 0),
	CREATE(size, 0, 0),
	CREATE(stride, ALL32, 0),
};

static const struct row scanout_rows[] = {
	CREATE(size, ALL32, ENOMEM),
	CREATE(size, ALL32 - PAGE, ENOMEM),
};

/* RESOURCE_INFO */
static void fill_info(union args *args)
{
	args->info.bo_handle = bo.handle;
}

static int call_info(union args *args)
{
	return vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, args);
}

static const struct row info_rows[] = {
	ROW(drm_virtgpu_resource_info, bo_handle, 0, ENOENT),
	ROW(drm_virtgpu_resource_info, bo_handle, STALE, ENOENT),
	ROW(drm_virtgpu_resource_info, bo_handle, FOREIGN, ENOENT),
	ROW(drm_virtgpu_resource_info, bo_handle, ALL32, ENOENT),
	ROW(drm_virtgpu_resource_info, res_handle, ALL32, 0),
	ROW(drm_virtgpu_resource_info, size, ALL32, 0),
	ROW(drm_virtgpu_resource_info, blob_mem, ALL32, 0),
};

/* TRANSFER_TO_HOST and TRANSFER_FROM_HOST, on a texture of the row's own */
#define OWN	  0xfffffff0u
#define NO_EFFECT 1000 /* accepted, then refused by the device: no byte moves */

static void fill_transfer(union args *args)
{
	args->to.bo_handle = OWN;
	args->to.box = (struct drm_virtgpu_3d_box){ .w = 16, .h = 16, .d = 1 };
}

static bool all_bytes(const struct vgpu_pv_bo *texture, uint8_t byte)
{
	const uint8_t *at = (const uint8_t *)texture->map;
	uint64_t i;

	for (i = 0; i < texture->size; i++)
		if (at[i] != byte)
			return false;
	return true;
}

static int transfer_all(unsigned long request, uint32_t handle)
{
	union args args = { 0 };

	fill_transfer(&args);
	args.to.bo_handle = handle;
	return vgpu_pv_ioctl(fd, request, &args) ?: vgpu_pv_wait(fd, handle, 0);
}

static int transfer_both(union args *args, struct vgpu_pv_bo *own, unsigned long request)
{
	bool to_host = request == DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST;
	int ret;

	ret = transfer_all(DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, own->handle);
	memset(own->map, 0x44, own->size);
	if (!ret)
		ret = vgpu_pv_ioctl(fd, request, args);
	if (!ret)
		ret = vgpu_pv_wait(fd, args->to.bo_handle, 0);
	if (ret)
		return ret;
	if (!to_host)
		return all_bytes(own, 0x44) ? -NO_EFFECT : 0;
	memset(own->map, 0x33, own->size);
	ret = transfer_all(DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, own->handle);
	return ret ?: all_bytes(own, 0) ? -NO_EFFECT : 0;
}

static int call_transfer(union args *args, unsigned long request)
{
	struct drm_virtgpu_resource_create create = vgpu_pv_texture_args(16, 16);
	struct drm_virtgpu_map map = { 0 };
	struct vgpu_pv_bo own;
	int ret;

	ret = vgpu_pv_create(fd, &create, &own);
	if (ret)
		return ret;
	map.handle = own.handle;
	ret = vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_MAP, &map);
	own.map = mmap(NULL, own.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, map.offset);
	if (!ret && own.map == MAP_FAILED)
		ret = -errno;
	if (args->to.bo_handle == OWN)
		args->to.bo_handle = own.handle;
	if (!ret)
		ret = transfer_both(args, &own, request);
	munmap(own.map, own.size);
	close_handle(fd, own.handle);
	return ret;
}

static int call_to_host(union args *args)
{
	return call_transfer(args, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST);
}

static int call_from_host(union args *args)
{
	return call_transfer(args, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST);
}

#define TRANSFER_ROWS(type) \
	ROW(type, bo_handle, 0, ENOENT), \
	ROW(type, bo_handle, STALE, ENOENT), \
	ROW(type, bo_handle, FOREIGN, ENOENT), \
	ROW(type, bo_handle, ALL32, ENOENT), \
	ROW(type, box.x, 1, NO_EFFECT), \
	ROW(type, box.x, ALL32, NO_EFFECT), \
	ROW(type, box.y, 1, NO_EFFECT), \
	ROW(type, box.y, ALL32, NO_EFFECT), \
	ROW(type, box.z, 1, NO_EFFECT), \
	ROW(type, box.z, ALL32, NO_EFFECT), \
	ROW(type, box.w, 0, EINVAL), \
	ROW(type, box.w, 17, NO_EFFECT), \
	ROW(type, box.w, ALL32, NO_EFFECT), \
	ROW(type, box.h, 0, EINVAL), \
	ROW(type, box.h, 17, NO_EFFECT), \
	ROW(type, box.h, ALL32, NO_EFFECT), \
	ROW(type, box.d, 0, EINVAL), \
	ROW(type, box.d, 2, NO_EFFECT), \
	ROW(type, box.d, ALL32, NO_EFFECT), \
	ROW(type, level, 1, NO_EFFECT), \
	ROW(type, level, ALL32, NO_EFFECT), \
	ROW(type, offset, PAGE, EINVAL), \
	ROW(type, offset, PAGE - 4, NO_EFFECT), \
	ROW(type, offset, ALL32, EINVAL), \
	ROW(type, stride, 64, EINVAL), \
	ROW(type, stride, ALL32, EINVAL), \
	ROW(type, layer_stride, 1024, EINVAL), \
	ROW(type, layer_stride, ALL32, EINVAL)

static const struct row to_host_rows[] = { TRANSFER_ROWS(drm_virtgpu_3d_transfer_to_host) };
static const struct row from_host_rows[] = { TRANSFER_ROWS(drm_virtgpu_3d_transfer_from_host) };

/* WAIT */
static void fill_wait(union args *args)
{
	args->wait.handle = bo.handle;
}

static int call_wait(union args *args)
{
	return vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_WAIT, args);
}

static const struct row wait_rows[] = {
	ROW(drm_virtgpu_3d_wait, handle, 0, ENOENT),
	ROW(drm_virtgpu_3d_wait, handle, STALE, ENOENT),
	ROW(drm_virtgpu_3d_wait, handle, FOREIGN, ENOENT),
	ROW(drm_virtgpu_3d_wait, handle, ALL32, ENOENT),
	ROW(drm_virtgpu_3d_wait, flags, 1 << 1, EINVAL),
	ROW(drm_virtgpu_3d_wait, flags, ALL32, EINVAL),
};

/* GET_CAPS */
static void fill_caps(union args *args)
{
	args->caps = (struct drm_virtgpu_get_caps){
		.cap_set_id = VGPU_PV_CAPSET_VIRGL2, .addr = AT_RESULT, .size = 64,
	};
}

static int call_caps(union args *args)
{
	return vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_GET_CAPS, args);
}

static const struct row caps_rows[] = {
	ROW(drm_virtgpu_get_caps, cap_set_id, 0, EINVAL),
	ROW(drm_virtgpu_get_caps, cap_set_id, 63, EINVAL),
	ROW(drm_virtgpu_get_caps, cap_set_id, ALL32, EINVAL),
	ROW(drm_virtgpu_get_caps, cap_set_ver, 1000, EINVAL),
	ROW(drm_virtgpu_get_caps, cap_set_ver, ALL32, EINVAL),
	ROW(drm_virtgpu_get_caps, addr, 0, EFAULT),
	ROW(drm_virtgpu_get_caps, addr, AT_READ_ONLY, EFAULT),
	ROW(drm_virtgpu_get_caps, addr, AT_HOLE - 8, EFAULT),
	ROW(drm_virtgpu_get_caps, addr, AT_KERNEL, EFAULT),
	ROW(drm_virtgpu_get_caps, size, 0, EINVAL),
	ROW(drm_virtgpu_get_caps, size, ALL32, 0),
	ROW(drm_virtgpu_get_caps, pad, 1, EINVAL),
	ROW(drm_virtgpu_get_caps, pad, ALL32, EINVAL),
};

/* RESOURCE_CREATE_BLOB */
static void fill_blob(union args *args)
{
	args->blob = (struct drm_virtgpu_resource_create_blob){
		.blob_mem = VIRTGPU_BLOB_MEM_GUEST,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_CROSS_DEVICE,
		.size = PAGE,
	};
}

static int call_blob(union args *args)
{
	int ret = vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, args);

	if (!ret)
		close_handle(fd, args->blob.bo_handle);
	return ret;
}

#define BLOB(member, wrong, errno_value) \
	ROW(drm_virtgpu_resource_create_blob, member, wrong, errno_value)

static const struct row blob_rows[] = {
	BLOB(blob_mem, 0, EINVAL),
	BLOB(blob_mem, VIRTGPU_BLOB_MEM_HOST3D, EINVAL),
	BLOB(blob_mem, VIRTGPU_BLOB_MEM_HOST3D_GUEST, EINVAL),
	BLOB(blob_mem, ALL32, EINVAL),
	BLOB(blob_flags, 1 << 3 | VIRTGPU_BLOB_FLAG_USE_CROSS_DEVICE, EINVAL),
	BLOB(blob_flags, ALL32, EINVAL),
	BLOB(bo_handle, ALL32, 0),
	BLOB(res_handle, ALL32, 0),
	BLOB(size, 0, EINVAL),
	BLOB(size, ALL32 - 2 * PAGE, ENOMEM),
	BLOB(size, ALL32, EINVAL),
	BLOB(size, 1ull << 32 | PAGE, EINVAL),
	BLOB(size, ALL64, EINVAL),
	BLOB(size, ALL64 - PAGE, EINVAL),
	BLOB(pad, 1, EINVAL),
	BLOB(pad, ALL32, EINVAL),
	BLOB(cmd_size, 4, EINVAL),
	BLOB(cmd_size, ALL32, EINVAL),
	BLOB(cmd, AT_COMMANDS, EINVAL),
	BLOB(cmd, AT_KERNEL, EINVAL),
	BLOB(blob_id, 1, EINVAL),
	BLOB(blob_id, ALL64, EINVAL),
};

/* CONTEXT_INIT, each time in a new file */
static void fill_init(union args *args)
{
	args->init.num_params = 1;
	args->init.ctx_set_params = AT_PARAM;
}

static int call_init(union args *args)
{
	int ret, file = again(fd);

	if (file < 0)
		return -errno;
	ret = vgpu_pv_ioctl(file, DRM_IOCTL_VIRTGPU_CONTEXT_INIT, args);
	close(file);
	return ret;
}

static const struct row init_rows[] = {
	ROW(drm_virtgpu_context_init, num_params, 2, EFAULT),
	ROW(drm_virtgpu_context_init, num_params, 5, EINVAL),
	ROW(drm_virtgpu_context_init, num_params, ALL32, EINVAL),
	ROW(drm_virtgpu_context_init, pad, 1, EINVAL),
	ROW(drm_virtgpu_context_init, pad, ALL32, EINVAL),
	ROW(drm_virtgpu_context_init, ctx_set_params, 0, EFAULT),
	ROW(drm_virtgpu_context_init, ctx_set_params, AT_PARAM + 1, EFAULT),
	ROW(drm_virtgpu_context_init, ctx_set_params, AT_KERNEL, EFAULT),
};

static void fill_capset(union args *args)
{
	args->param.param = VIRTGPU_CONTEXT_PARAM_CAPSET_ID;
	args->param.value = VGPU_PV_CAPSET_VIRGL2;
}

static void fill_rings(union args *args)
{
	args->param.param = VIRTGPU_CONTEXT_PARAM_NUM_RINGS;
	args->param.value = 2;
}

static void fill_mask(union args *args)
{
	args->param.param = VIRTGPU_CONTEXT_PARAM_POLL_RINGS_MASK;
	args->param.value = 1 << 1;
}

static void fill_name(union args *args)
{
	args->param.param = VIRTGPU_CONTEXT_PARAM_DEBUG_NAME;
	args->param.value = AT_NAME;
}

static int call_param(union args *args)
{
	union args init = { .init = { .num_params = 1, .ctx_set_params = to_user_pointer(args) } };

	return call_init(&init);
}

/* A mask means something with rings only. */
static int call_mask(union args *args)
{
	struct drm_virtgpu_context_set_param params[] = {
		{ .param = VIRTGPU_CONTEXT_PARAM_NUM_RINGS, .value = 2 }, args->param,
	};
	union args init = { .init = { .num_params = 2, .ctx_set_params = to_user_pointer(params) } };

	return call_init(&init);
}

#define PARAM(member, wrong, errno_value) \
	ROW(drm_virtgpu_context_set_param, member, wrong, errno_value)

static const struct row capset_rows[] = {
	PARAM(param, 0, EINVAL),
	PARAM(param, VIRTGPU_CONTEXT_PARAM_DEBUG_NAME + 1, EINVAL),
	PARAM(param, 1ull << 32 | VIRTGPU_CONTEXT_PARAM_CAPSET_ID, EINVAL),
	PARAM(param, ALL64, EINVAL),
	PARAM(value, 0, EINVAL),
	PARAM(value, 63, EINVAL),
	PARAM(value, 64, EINVAL),
	PARAM(value, 64 + VGPU_PV_CAPSET_VIRGL2, EINVAL),
	PARAM(value, 1ull << 32 | VGPU_PV_CAPSET_VIRGL2, EINVAL),
	PARAM(value, ALL64, EINVAL),
};

static const struct row rings_rows[] = {
	PARAM(value, 0, 0),
	PARAM(value, 65, EINVAL),
	PARAM(value, 1ull << 32 | 2, EINVAL),
	PARAM(value, ALL64, EINVAL),
};

static const struct row mask_rows[] = {
	PARAM(param, VIRTGPU_CONTEXT_PARAM_NUM_RINGS, EINVAL), /* twice the same */
	PARAM(value, 1 << 2, EINVAL),
	PARAM(value, 1ull << 63, EINVAL),
	PARAM(value, ALL64, EINVAL),
};

static const struct row name_rows[] = {
	PARAM(value, 0, EFAULT),
	PARAM(value, AT_NOWHERE, EFAULT),
	PARAM(value, AT_KERNEL, EFAULT),
};

/* GEM_CLOSE */
static void fill_close(union args *args)
{
	args->close.handle = OWN;
}

static int call_close(union args *args)
{
	struct drm_virtgpu_resource_create create = vgpu_pv_buffer_args(PAGE);
	struct vgpu_pv_bo own;
	int ret;

	ret = vgpu_pv_create(fd, &create, &own);
	if (ret)
		return ret;
	if (args->close.handle == OWN)
		args->close.handle = own.handle;
	ret = vgpu_pv_ioctl(fd, DRM_IOCTL_GEM_CLOSE, args);
	if (ret)
		close_handle(fd, own.handle);
	return ret;
}

static const struct row close_rows[] = {
	ROW(drm_gem_close, handle, 0, EINVAL),
	ROW(drm_gem_close, handle, STALE, EINVAL),
	ROW(drm_gem_close, handle, FOREIGN, EINVAL),
	ROW(drm_gem_close, handle, ALL32, EINVAL),
	ROW(drm_gem_close, pad, ALL32, 0),
};

/* PRIME */
static void fill_export(union args *args)
{
	args->prime.handle = bo.handle;
}

static int call_export(union args *args)
{
	int ret = vgpu_pv_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, args);

	if (!ret)
		close(args->prime.fd);
	return ret;
}

static const struct row export_rows[] = {
	ROW(drm_prime_handle, handle, 0, ENOENT),
	ROW(drm_prime_handle, handle, STALE, ENOENT),
	ROW(drm_prime_handle, handle, FOREIGN, ENOENT),
	ROW(drm_prime_handle, handle, ALL32, ENOENT),
	ROW(drm_prime_handle, flags, 1u << 30, EINVAL),
	ROW(drm_prime_handle, flags, ALL32, EINVAL),
	ROW(drm_prime_handle, fd, ALL32, 0),
};

static void fill_import(union args *args)
{
	args->prime.fd = dmabuf;
}

static int call_import(union args *args)
{
	int ret, file = again(fd);

	if (file < 0)
		return -errno;
	ret = vgpu_pv_ioctl(file, DRM_IOCTL_PRIME_FD_TO_HANDLE, args);
	close(file);
	return ret;
}

static const struct row import_rows[] = {
	ROW(drm_prime_handle, handle, ALL32, 0),
	ROW(drm_prime_handle, flags, ALL32, 0),
	ROW(drm_prime_handle, fd, ALL32, EBADF),
	ROW(drm_prime_handle, fd, 1 << 20, EBADF),
	ROW(drm_prime_handle, fd, FILE_FD, EINVAL),
};

/* Dumb buffers, on the card */
static void fill_dumb(union args *args)
{
	args->dumb.width = args->dumb.height = 16;
	args->dumb.bpp = 32;
}

static int call_dumb(union args *args)
{
	int ret = vgpu_pv_ioctl(card, DRM_IOCTL_MODE_CREATE_DUMB, args);

	if (!ret)
		close_handle(card, args->dumb.handle);
	return ret;
}

static const struct row dumb_rows[] = {
	ROW(drm_mode_create_dumb, height, 0, EINVAL),
	ROW(drm_mode_create_dumb, height, 0x800000, ENOMEM),
	ROW(drm_mode_create_dumb, height, ALL32, EINVAL),
	ROW(drm_mode_create_dumb, width, 0, EINVAL),
	ROW(drm_mode_create_dumb, width, 0x800000, ENOMEM),
	ROW(drm_mode_create_dumb, width, ALL32, EINVAL),
	ROW(drm_mode_create_dumb, bpp, 0, EINVAL),
	ROW(drm_mode_create_dumb, bpp, 24, EINVAL),
	ROW(drm_mode_create_dumb, bpp, ALL32, EINVAL),
	ROW(drm_mode_create_dumb, flags, 1, EINVAL),
	ROW(drm_mode_create_dumb, flags, ALL32, EINVAL),
	ROW(drm_mode_create_dumb, handle, ALL32, 0),
	ROW(drm_mode_create_dumb, pitch, ALL32, 0),
	ROW(drm_mode_create_dumb, size, ALL64, 0),
};

/* Maps or destroys a dumb buffer of the row's own. */
static int call_own_dumb(uint32_t *handle, unsigned long request, void *args)
{
	struct drm_mode_create_dumb own = { .width = 16, .height = 16, .bpp = 32 };
	int ret;

	ret = vgpu_pv_ioctl(card, DRM_IOCTL_MODE_CREATE_DUMB, &own);
	if (ret)
		return ret;
	if (*handle == OWN)
		*handle = own.handle;
	ret = vgpu_pv_ioctl(card, request, args);
	if (ret || request == DRM_IOCTL_MODE_MAP_DUMB)
		close_handle(card, own.handle);
	return ret;
}

static void fill_map_dumb(union args *args)
{
	args->map_dumb.handle = OWN;
}

static int call_map_dumb(union args *args)
{
	return call_own_dumb(&args->map_dumb.handle, DRM_IOCTL_MODE_MAP_DUMB, args);
}

static const struct row map_dumb_rows[] = {
	ROW(drm_mode_map_dumb, handle, 0, ENOENT),
	ROW(drm_mode_map_dumb, handle, FOREIGN, ENOENT),
	ROW(drm_mode_map_dumb, handle, ALL32, ENOENT),
	ROW(drm_mode_map_dumb, pad, ALL32, 0),
	ROW(drm_mode_map_dumb, offset, ALL64, 0),
};

static void fill_destroy_dumb(union args *args)
{
	args->destroy_dumb.handle = OWN;
}

static int call_destroy_dumb(union args *args)
{
	return call_own_dumb(&args->destroy_dumb.handle, DRM_IOCTL_MODE_DESTROY_DUMB, args);
}

static const struct row destroy_dumb_rows[] = {
	ROW(drm_mode_destroy_dumb, handle, 0, EINVAL),
	ROW(drm_mode_destroy_dumb, handle, FOREIGN, EINVAL),
	ROW(drm_mode_destroy_dumb, handle, ALL32, EINVAL),
};

#define FORM(name, type, fill, call, rows) \
	{ name, sizeof(struct type), fill, call, rows, ARRAY_SIZE(rows) }

static const struct form forms[] = {
	FORM("map", drm_virtgpu_map, fill_map, call_map, map_rows),
	FORM("execbuffer", drm_virtgpu_execbuffer, fill_exec, call_exec, exec_rows),
	FORM("in-syncobj", drm_virtgpu_execbuffer_syncobj, fill_in_syncobj, call_in_syncobj,
	     in_syncobj_rows),
	FORM("out-syncobj", drm_virtgpu_execbuffer_syncobj, fill_out_syncobj, call_out_syncobj,
	     out_syncobj_rows),
	FORM("getparam", drm_virtgpu_getparam, fill_getparam, call_getparam, getparam_rows),
	FORM("resource-create", drm_virtgpu_resource_create, fill_create, call_create, create_rows),
	FORM("resource-info", drm_virtgpu_resource_info, fill_info, call_info, info_rows),
	FORM("transfer-to-host", drm_virtgpu_3d_transfer_to_host, fill_transfer, call_to_host,
	     to_host_rows),
	FORM("transfer-from-host", drm_virtgpu_3d_transfer_from_host, fill_transfer, call_from_host,
	     from_host_rows),
	FORM("wait", drm_virtgpu_3d_wait, fill_wait, call_wait, wait_rows),
	FORM("get-caps", drm_virtgpu_get_caps, fill_caps, call_caps, caps_rows),
	FORM("resource-blob", drm_virtgpu_resource_create_blob, fill_blob, call_blob, blob_rows),
	FORM("context-init", drm_virtgpu_context_init, fill_init, call_init, init_rows),
	FORM("context-capset", drm_virtgpu_context_set_param, fill_capset, call_param, capset_rows),
	FORM("gem-close", drm_gem_close, fill_close, call_close, close_rows),
	FORM("prime-export", drm_prime_handle, fill_export, call_export, export_rows),
	FORM("prime-import", drm_prime_handle, fill_import, call_import, import_rows),
	FORM("dumb-create", drm_mode_create_dumb, fill_dumb, call_dumb, dumb_rows),
	FORM("dumb-map", drm_mode_map_dumb, fill_map_dumb, call_map_dumb, map_dumb_rows),
	FORM("dumb-destroy", drm_mode_destroy_dumb, fill_destroy_dumb, call_destroy_dumb,
	     destroy_dumb_rows),
	/* The rest has only what the tables above could not say of the same structures. */
#define MORE_FORMS 4
	FORM("resource-scanout", drm_virtgpu_resource_create, fill_scanout, call_create,
	     scanout_rows),
	FORM("context-rings", drm_virtgpu_context_set_param, fill_rings, call_param, rings_rows),
	FORM("context-mask", drm_virtgpu_context_set_param, fill_mask, call_mask, mask_rows),
	FORM("context-name", drm_virtgpu_context_set_param, fill_name, call_param, name_rows),
};

static void bend(union args *args, const struct row *row)
{
	uint32_t value32;
	uint64_t value = row->value;

	if (row->size == sizeof(value)) {
		memcpy((char *)args + row->offset, &value, sizeof(value));
		return;
	}
	value32 = value == STALE ? stale : value == FOREIGN ? foreign :
		  value == FILE_FD ? (uint32_t)fd : value == STALE_SYNCOBJ ? stale_syncobj :
		  value == FOREIGN_SYNCOBJ ? foreign_syncobj : (uint32_t)value;
	memcpy((char *)args + row->offset, &value32, sizeof(value32));
}

/* The number of rows, and of right arguments, that were answered otherwise. */
static int run_form(const struct form *form)
{
	int ret, wrong = 0;
	union args args;
	size_t i;

	memset(&args, 0, sizeof(args));
	form->fill(&args);
	ret = form->call(&args);
	if (ret) {
		igt_info("%s: right arguments are %d\n", form->name, ret);
		wrong++;
	}
	for (i = 0; i < form->count; i++) {
		const struct row *row = &form->rows[i];

		memset(&args, 0, sizeof(args));
		form->fill(&args);
		bend(&args, row);
		ret = form->call(&args);
		if (ret == -row->err)
			continue;
		igt_info("%s: %s = 0x%llx is %d, not %d\n", form->name, row->field,
			 (unsigned long long)row->value, ret, -row->err);
		wrong++;
	}
	return wrong;
}

static void check_complete(void)
{
	size_t i, k, byte;

	for (i = 0; i < ARRAY_SIZE(forms) - MORE_FORMS; i++) {
		for (byte = 0; byte < forms[i].size; byte++) {
			for (k = 0; k < forms[i].count; k++)
				if (byte - forms[i].rows[k].offset < forms[i].rows[k].size)
					break;
			igt_assert_f(k < forms[i].count, "%s: no row for byte %zu\n",
				     forms[i].name, byte);
		}
	}
}

/* libdrm's functions return -1 or the errno, and set errno. */
static void refused(int ret, int err)
{
	igt_assert(ret < 0);
	igt_assert_eq(errno, err);
}

static void check_syncobj_handles(void)
{
	const uint32_t wrong[] = { 0, stale_syncobj, foreign_syncobj, UINT32_MAX };
	uint64_t point = 1;
	size_t i;
	int file;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		uint32_t handle = wrong[i];

		refused(drmSyncobjDestroy(fd, handle), EINVAL);
		refused(drmSyncobjHandleToFD(fd, handle, &file), EINVAL);
		refused(drmSyncobjExportSyncFile(fd, handle, &file), ENOENT);
		refused(drmSyncobjImportSyncFile(fd, handle, in_fence), ENOENT);
		refused(drmSyncobjWait(fd, &handle, 1, 0, 0, NULL), ENOENT);
		refused(drmSyncobjReset(fd, &handle, 1), ENOENT);
		refused(drmSyncobjSignal(fd, &handle, 1), ENOENT);
		refused(drmSyncobjTimelineSignal(fd, &handle, &point, 1), ENOENT);
		refused(drmSyncobjTimelineWait(fd, &handle, &point, 1, 0, 0, NULL), ENOENT);
		refused(drmSyncobjQuery(fd, &handle, &point, 1), ENOENT);
		refused(drmSyncobjTransfer(fd, out_syncobj, 0, handle, 0, 0), ENOENT);
		refused(drmSyncobjTransfer(fd, handle, 0, in_syncobj, 0, 0), ENOENT);
	}
}

static void check_lost(void)
{
	struct drm_virtgpu_resource_create create = vgpu_pv_texture_args(16, 16);
	struct vgpu_pv_commands commands = { 0 }, none = { 0 };
	struct drm_virtgpu_execbuffer exec = vgpu_pv_exec_args(&none);
	struct vgpu_pv_bo own, other;
	int file = again(fd);
	union args args;

	igt_assert(file >= 0);
	vgpu_pv_texture(file, 16, 16, &own);
	vgpu_pv_emit_malformed(&commands);
	igt_assert_eq(vgpu_pv_fence_finish(vgpu_pv_submit(file, &commands)), -EINVAL);
	vgpu_pv_commands_free(&commands);

	igt_assert_eq(vgpu_pv_exec(file, &exec), -EIO);
	igt_assert_eq(vgpu_pv_create(file, &create, &other), -EIO);
	memset(&args, 0, sizeof(args));
	fill_blob(&args);
	igt_assert_eq(vgpu_pv_ioctl(file, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &args), -EIO);
	memset(&args, 0, sizeof(args));
	fill_transfer(&args);
	args.to.bo_handle = own.handle;
	igt_assert_eq(vgpu_pv_ioctl(file, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &args), -EIO);
	igt_assert_eq(vgpu_pv_ioctl(file, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &args), -EIO);
	igt_assert_eq(vgpu_pv_context_init(file, (void *)(uintptr_t)AT_PARAM, 1), -EEXIST);
	/* What needs no context goes on. */
	igt_assert_eq(vgpu_pv_wait(file, own.handle, 0), 0);
	igt_assert_eq(vgpu_pv_getparam(file, VIRTGPU_PARAM_3D_FEATURES), 1);
	vgpu_pv_map(file, &own);
	memset(own.map, 1, own.size);
	vgpu_pv_unref(file, &own);
	close(file);
}

struct user {
	pthread_t id;
	int file, result;
	volatile int rounds;
};

static void *use_until_closed(void *arg)
{
	const struct vgpu_pv_commands none = { 0 };
	struct user *user = arg;

	do {
		struct drm_virtgpu_execbuffer exec = vgpu_pv_exec_args(&none);

		user->result = vgpu_pv_exec(user->file, &exec);
		user->rounds++;
	} while (!user->result);
	return NULL;
}

static void check_closed_in_use(void)
{
	struct user users[8];
	int round, file;
	size_t i;

	for (round = 0; round < 8; round++) {
		file = again(fd);
		igt_assert(file >= 0);
		for (i = 0; i < ARRAY_SIZE(users); i++) {
			users[i] = (struct user){ .file = file };
			igt_assert_eq(pthread_create(&users[i].id, NULL, use_until_closed, &users[i]), 0);
		}
		for (i = 0; i < ARRAY_SIZE(users); i++)
			while (!users[i].rounds)
				usleep(1000);
		close(file);
		for (i = 0; i < ARRAY_SIZE(users); i++) {
			pthread_join(users[i].id, NULL);
			igt_assert_eq(users[i].result, -EBADF);
		}
	}
}

static void *run_all(void *arg)
{
	struct user *user = arg;
	size_t i;

	/* Each begins elsewhere, so that different calls meet; together they do all. */
	for (i = 0; i < ARRAY_SIZE(forms) / 3; i++)
		user->result += run_form(&forms[(i + user->file) % ARRAY_SIZE(forms)]);
	return NULL;
}

static void check_threads(void)
{
	static struct user users[THREADS];
	int i;

	for (i = 0; i < THREADS; i++) {
		users[i] = (struct user){ .file = i };
		igt_assert_eq(pthread_create(&users[i].id, NULL, run_all, &users[i]), 0);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(users[i].id, NULL);
	for (i = 0; i < THREADS; i++)
		igt_assert_eq(users[i].result, 0);
}

/* A process that draws and looks at what it drew, all the time. */
static struct neighbour {
	pid_t pid;
	int result, rounds;
} *neighbour;

static void start_neighbour(void)
{
	int file;

	neighbour = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	igt_assert(neighbour != MAP_FAILED);
	file = again(fd);
	igt_assert(file >= 0);
	neighbour->pid = fork();
	igt_assert(neighbour->pid >= 0);
	if (neighbour->pid) {
		close(file);
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		int ret = vgpu_pv_draw(file, neighbour->rounds & 1);

		if (ret) {
			__atomic_store_n(&neighbour->result, ret, __ATOMIC_SEQ_CST);
			_exit(1);
		}
		__atomic_add_fetch(&neighbour->rounds, 1, __ATOMIC_SEQ_CST);
	}
}

/* It drew something since the last time that somebody asked, all of it right. */
static void check_neighbour(void)
{
	int before = __atomic_load_n(&neighbour->rounds, __ATOMIC_SEQ_CST);
	double until = vgpu_pv_now() + VGPU_PV_WAIT_MS / 1000.0;

	for (;;) {
		igt_assert_eq(__atomic_load_n(&neighbour->result, __ATOMIC_SEQ_CST), 0);
		if (__atomic_load_n(&neighbour->rounds, __ATOMIC_SEQ_CST) > before)
			return;
		igt_assert_f(vgpu_pv_now() < until, "the neighbour stands still\n");
		usleep(1000);
	}
}

/* A number that the file had and has no more; with keep, one that it still has. */
static uint32_t late_handle(int file, bool keep)
{
	uint32_t i, handles[HANDLES];
	struct vgpu_pv_bo one;

	for (i = 0; i < HANDLES; i++) {
		vgpu_pv_buffer(file, PAGE, &one);
		handles[i] = one.handle;
	}
	for (i = 0; i < HANDLES && !keep; i++)
		close_handle(file, handles[i]);
	return handles[HANDLES - 1];
}

static uint32_t late_syncobj(int file, bool keep)
{
	uint32_t i, handles[HANDLES];

	for (i = 0; i < HANDLES; i++)
		igt_assert_eq(drmSyncobjCreate(file, 0, &handles[i]), 0);
	for (i = 0; i < HANDLES && !keep; i++)
		drmSyncobjDestroy(file, handles[i]);
	return handles[HANDLES - 1];
}

static void make_places(void)
{
	int i;

	for (i = 0; i < PLACE_COUNT; i++)
		igt_assert(mmap((void *)(uintptr_t)PLACE(i), PAGE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != MAP_FAILED);
	*(uint32_t *)(uintptr_t)AT_BO = bo.handle;
	((struct drm_virtgpu_execbuffer_syncobj *)(uintptr_t)AT_IN)->handle = in_syncobj;
	((struct drm_virtgpu_execbuffer_syncobj *)(uintptr_t)AT_OUT)->handle = out_syncobj;
	*(struct drm_virtgpu_context_set_param *)(uintptr_t)AT_PARAM =
		(struct drm_virtgpu_context_set_param){
			.param = VIRTGPU_CONTEXT_PARAM_NUM_RINGS, .value = 1,
		};
	igt_assert_eq(mprotect((void *)(uintptr_t)AT_READ_ONLY, PAGE, PROT_READ), 0);
}

static void set_up(void)
{
	const struct drm_virtgpu_context_set_param rings = {
		.param = VIRTGPU_CONTEXT_PARAM_NUM_RINGS, .value = 2,
	};
	const struct vgpu_pv_commands none = { 0 };

	fd = vgpu_pv_open_3d();
	card = vgpu_pv_open_card();
	stranger = vgpu_pv_open_3d();
	igt_assert_eq(vgpu_pv_context_init(fd, &rings, 1), 0);
	stale = late_handle(fd, false);
	foreign = late_handle(stranger, true);
	stale_syncobj = late_syncobj(fd, false);
	foreign_syncobj = late_syncobj(stranger, true);
	igt_assert_eq(drmSyncobjCreate(fd, DRM_SYNCOBJ_CREATE_SIGNALED, &in_syncobj), 0);
	igt_assert_eq(drmSyncobjCreate(fd, 0, &out_syncobj), 0);
	vgpu_pv_texture(fd, 16, 16, &bo);
	igt_assert_eq(drmPrimeHandleToFD(fd, bo.handle, DRM_CLOEXEC, &dmabuf), 0);
	in_fence = vgpu_pv_submit(fd, &none);
	igt_assert(in_fence >= 0);
	make_places();
	start_neighbour();
}

int igt_main()
{
	size_t i;

	igt_fixture() {
		set_up();
	}

	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		igt_describe("UAPI: each field of the call wrong alone has its errno.");
		igt_subtest_f("%s", forms[i].name) {
			igt_assert_eq(run_form(&forms[i]), 0);
			vgpu_pv_check_alive(fd);
			check_neighbour();
		}
	}

	igt_describe("UAPI: the tables leave no byte of the structures out.");
	igt_subtest("complete")
		check_complete();

	igt_describe("UAPI: stale, foreign and huge syncobjs are refused.");
	igt_subtest("syncobj-handles")
		check_syncobj_handles();

	igt_describe("[dev-context-lost] each call on a lost context has its errno.");
	igt_subtest("lost-context") {
		check_lost();
		check_neighbour();
	}

	igt_describe("UAPI: a file that is closed under its users' feet ends in EBADF.");
	igt_subtest("closed-in-use") {
		check_closed_in_use();
		check_neighbour();
	}

	igt_describe("UAPI: 64 threads go through the tables at once.");
	igt_subtest("threads") {
		check_threads();
		vgpu_pv_check_alive(fd);
		check_neighbour();
	}

	igt_fixture() {
		kill(neighbour->pid, SIGKILL);
		waitpid(neighbour->pid, NULL, 0);
		close(in_fence);
		close(dmabuf);
		close(stranger);
		close(card);
		close(fd);
	}
}
