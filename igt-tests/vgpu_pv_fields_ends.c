// SPDX-License-Identifier: MIT
/*
 * What is used after its end, or while it ends: handles, contexts and files.
 */
#include "igt.h"

#include "vgpu_pv_fields.h"

#define ROUNDS 3

/* libdrm's functions return -1 or the errno, and set errno. */
static void refused(int ret, int err)
{
	igt_assert(ret < 0);
	igt_assert_eq(errno, err);
}

static void check_syncobj(uint32_t handle)
{
	int fd = fields.fd, file;
	uint64_t point = 1;

	refused(drmSyncobjDestroy(fd, handle), EINVAL);
	refused(drmSyncobjHandleToFD(fd, handle, &file), EINVAL);
	refused(drmSyncobjExportSyncFile(fd, handle, &file), ENOENT);
	refused(drmSyncobjImportSyncFile(fd, handle, fields_value(SYNC_FD)), ENOENT);
	refused(drmSyncobjWait(fd, &handle, 1, 0, 0, NULL), ENOENT);
	refused(drmSyncobjReset(fd, &handle, 1), ENOENT);
	refused(drmSyncobjSignal(fd, &handle, 1), ENOENT);
	refused(drmSyncobjTimelineSignal(fd, &handle, &point, 1), ENOENT);
	refused(drmSyncobjTimelineWait(fd, &handle, &point, 1, 0, 0, NULL), ENOENT);
	refused(drmSyncobjQuery(fd, &handle, &point, 1), ENOENT);
	refused(drmSyncobjTransfer(fd, fields.out_syncobj, 0, handle, 0, 0), ENOENT);
	refused(drmSyncobjTransfer(fd, handle, 0, fields.in_syncobj, 0, 0), ENOENT);
}

void fields_check_syncobjs(void)
{
	check_syncobj(0);
	check_syncobj(fields_value(STALE_SYNCOBJ));
	check_syncobj(fields_value(FOREIGN_SYNCOBJ));
	check_syncobj(UINT32_MAX);
}

static void check_buffer_twice(void)
{
	struct drm_gem_close again = { 0 };
	struct vgpu_pv_bo own;
	int file;

	vgpu_pv_buffer(fields.fd, FIELDS_PAGE, &own);
	again.handle = own.handle;
	vgpu_pv_unref(fields.fd, &own);
	igt_assert_eq(vgpu_pv_ioctl(fields.fd, DRM_IOCTL_GEM_CLOSE, &again), -EINVAL);
	igt_assert_eq(vgpu_pv_wait(fields.fd, again.handle, 0), -ENOENT);
	refused(drmPrimeHandleToFD(fields.fd, again.handle, 0, &file), ENOENT);
}

static void check_dumb_twice(void)
{
	struct drm_mode_create_dumb own = { .width = 64, .height = 64, .bpp = 32 };
	struct drm_mode_destroy_dumb destroy = { 0 };
	struct drm_mode_map_dumb map = { 0 };
	struct drm_gem_flink flink = { 0 };

	do_ioctl(fields.card, DRM_IOCTL_MODE_CREATE_DUMB, &own);
	destroy.handle = map.handle = flink.handle = own.handle;
	do_ioctl(fields.card, DRM_IOCTL_MODE_DESTROY_DUMB, &destroy);
	do_ioctl_err(fields.card, DRM_IOCTL_MODE_DESTROY_DUMB, &destroy, EINVAL);
	do_ioctl_err(fields.card, DRM_IOCTL_MODE_MAP_DUMB, &map, ENOENT);
	do_ioctl_err(fields.card, DRM_IOCTL_GEM_FLINK, &flink, ENOENT);
}

static void check_framebuffer_twice(void)
{
	uint32_t fb;

	igt_assert_eq(drmModeAddFB(fields.card, 64, 64, 24, 32, 64 * 4, fields.dumb, &fb), 0);
	igt_assert_eq(drmModeRmFB(fields.card, fb), 0);
	do_ioctl_err(fields.card, DRM_IOCTL_MODE_RMFB, &fb, ENOENT);
}

static void check_syncobj_twice(void)
{
	uint32_t handle;

	igt_assert_eq(drmSyncobjCreate(fields.fd, 0, &handle), 0);
	igt_assert_eq(drmSyncobjDestroy(fields.fd, handle), 0);
	check_syncobj(handle);
}

void fields_check_twice(void)
{
	check_buffer_twice();
	check_dumb_twice();
	check_framebuffer_twice();
	check_syncobj_twice();
}

static void lose(int file)
{
	struct vgpu_pv_commands commands = { 0 };

	vgpu_pv_emit_malformed(&commands);
	igt_assert_eq(vgpu_pv_fence_finish(vgpu_pv_submit(file, &commands)), -EINVAL);
	vgpu_pv_commands_free(&commands);
}

void fields_check_lost(void)
{
	struct drm_virtgpu_resource_create_blob blob = {
		.blob_mem = VIRTGPU_BLOB_MEM_GUEST, .size = FIELDS_PAGE,
	};
	struct drm_virtgpu_resource_create create = vgpu_pv_texture_args(16, 16);
	struct drm_virtgpu_3d_transfer_to_host to = { .box = { .w = 16, .h = 16, .d = 1 } };
	struct drm_virtgpu_3d_transfer_from_host from = { .box = { .w = 16, .h = 16, .d = 1 } };
	const struct vgpu_pv_commands none = { 0 };
	struct drm_virtgpu_execbuffer exec = vgpu_pv_exec_args(&none);
	int file = fields_again(fields.fd);
	struct vgpu_pv_bo own, other;

	igt_assert(file >= 0);
	vgpu_pv_texture(file, 16, 16, &own);
	to.bo_handle = from.bo_handle = own.handle;
	lose(file);

	igt_assert_eq(vgpu_pv_exec(file, &exec), -EIO);
	igt_assert_eq(vgpu_pv_create(file, &create, &other), -EIO);
	igt_assert_eq(vgpu_pv_ioctl(file, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &blob), -EIO);
	igt_assert_eq(vgpu_pv_ioctl(file, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to), -EIO);
	igt_assert_eq(vgpu_pv_ioctl(file, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from), -EIO);
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

static void *use_to_the_end(void *arg)
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

/* All of them use the file, then it ends, then they see it.  Returns what was the file. */
static int check_in_use(void (*end)(int file), int err)
{
	struct user users[8];
	int file = fields_again(fields.fd);
	size_t i;

	igt_assert(file >= 0);
	for (i = 0; i < ARRAY_SIZE(users); i++) {
		users[i] = (struct user){ .file = file };
		igt_assert_eq(pthread_create(&users[i].id, NULL, use_to_the_end, &users[i]), 0);
	}
	for (i = 0; i < ARRAY_SIZE(users); i++)
		while (!users[i].rounds)
			usleep(1000);
	end(file);
	for (i = 0; i < ARRAY_SIZE(users); i++) {
		pthread_join(users[i].id, NULL);
		igt_assert_eq(users[i].result, -err);
	}
	return file;
}

void fields_check_lost_in_use(void)
{
	int round, file;

	for (round = 0; round < ROUNDS; round++) {
		file = check_in_use(lose, EIO);
		igt_assert_eq(close(file), 0);
	}
}

static void close_file(int file)
{
	igt_assert_eq(close(file), 0);
}

void fields_check_closed_in_use(void)
{
	int round;

	for (round = 0; round < ROUNDS; round++)
		check_in_use(close_file, EBADF);
}
