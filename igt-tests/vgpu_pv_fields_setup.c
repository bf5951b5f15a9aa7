// SPDX-License-Identifier: MIT
/*
 * What the tables name: files, handles that are gone or others', memory at fixed
 * places.  Numbers of handles are chosen, by making as many: the lowest that is free
 * is given out.
 */
#include "igt.h"

#include "vgpu_pv_fields.h"

#define STALE_HANDLE   200 /* more than all threads have at once */
#define FOREIGN_HANDLE 210 /* and this one, its file had never */

/*
 * Buffers up to this number, which is theirs in a file that had none.  All but one are
 * closed again, or that one, too.
 */
static void reach_handle(int file, uint32_t last, bool keep)
{
	struct drm_virtgpu_resource_create create = vgpu_pv_buffer_args(FIELDS_PAGE);
	struct vgpu_pv_bo one = { 0 };
	uint32_t i;

	for (i = 1; i <= last; i++)
		igt_assert_eq(vgpu_pv_create(file, &create, &one), 0);
	igt_assert_eq_u32(one.handle, last);
	for (i = 1; i < last + !keep; i++)
		fields_close(file, i);
}

static void reach_syncobj(int file, uint32_t last, bool keep)
{
	uint32_t i, handle = 0;

	for (i = 1; i <= last; i++)
		igt_assert_eq(drmSyncobjCreate(file, 0, &handle), 0);
	igt_assert_eq_u32(handle, last);
	for (i = 1; i < last + !keep; i++)
		drmSyncobjDestroy(file, i);
}

static uint32_t name_of(uint32_t handle)
{
	struct drm_gem_flink args = { .handle = handle };

	do_ioctl(fields.card, DRM_IOCTL_GEM_FLINK, &args);
	return args.name;
}

/* The last name is given away for the last time before the threads start. */
static void make_names(void)
{
	struct vgpu_pv_bo named, gone;

	vgpu_pv_texture(fields.card, 16, 16, &named);
	vgpu_pv_texture(fields.card, 16, 16, &gone);
	name_of(fields.dumb);
	fields.name = name_of(named.handle);
	fields.tokens[FIELDS_STALE_NAME] = name_of(gone.handle);
	vgpu_pv_unref(fields.card, &gone);
}

static void make_places(void)
{
	int i;

	for (i = 0; i < PLACE_COUNT; i++)
		igt_assert(mmap((void *)(uintptr_t)PLACE(i), FIELDS_PAGE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != MAP_FAILED);
	*(uint32_t *)(uintptr_t)AT_BO = fields.bo.handle;
	((struct drm_virtgpu_execbuffer_syncobj *)(uintptr_t)AT_IN)->handle = fields.in_syncobj;
	((struct drm_virtgpu_execbuffer_syncobj *)(uintptr_t)AT_OUT)->handle = fields.out_syncobj;
	*(struct drm_virtgpu_context_set_param *)(uintptr_t)AT_PARAM =
		(struct drm_virtgpu_context_set_param){
			.param = VIRTGPU_CONTEXT_PARAM_NUM_RINGS, .value = 1,
		};
	memset((void *)(uintptr_t)AT_UNENDED, 'x', PLACE(7) + FIELDS_PAGE - AT_UNENDED);
	igt_assert_eq(mprotect((void *)(uintptr_t)AT_READ_ONLY, FIELDS_PAGE, PROT_READ), 0);
	igt_assert_eq(mprotect((void *)(uintptr_t)AT_SECRET, FIELDS_PAGE, PROT_NONE), 0);
}

static void make_handles(void)
{
	struct drm_virtgpu_resource_create_blob blob = {
		.blob_mem = VIRTGPU_BLOB_MEM_GUEST, .size = FIELDS_PAGE,
	};
	struct drm_mode_create_dumb dumb = { .width = 64, .height = 64, .bpp = 32 };

	reach_handle(fields.fd, STALE_HANDLE, false);
	reach_handle(fields.card, STALE_HANDLE, false);
	reach_handle(fields.stranger, FOREIGN_HANDLE, true);
	reach_syncobj(fields.fd, STALE_HANDLE, false);
	reach_syncobj(fields.stranger, FOREIGN_HANDLE, true);
	fields.tokens[FIELDS_STALE] = fields.tokens[FIELDS_STALE_SYNCOBJ] = STALE_HANDLE;
	fields.tokens[FIELDS_FOREIGN] = fields.tokens[FIELDS_FOREIGN_SYNCOBJ] = FOREIGN_HANDLE;

	vgpu_pv_texture(fields.fd, 16, 16, &fields.bo);
	do_ioctl(fields.fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &blob);
	fields.tokens[FIELDS_BLOB] = blob.bo_handle;
	do_ioctl(fields.card, DRM_IOCTL_MODE_CREATE_DUMB, &dumb);
	fields.dumb = dumb.handle;
	make_names();
	do_ioctl(fields.other_card, DRM_IOCTL_MODE_CREATE_DUMB, &dumb);
	igt_assert_eq(drmModeAddFB(fields.other_card, 64, 64, 24, 32, dumb.pitch, dumb.handle,
				   &fields.tokens[FIELDS_FOREIGN_FB]), 0);
	igt_assert_eq(drmSyncobjCreate(fields.fd, DRM_SYNCOBJ_CREATE_SIGNALED, &fields.in_syncobj), 0);
	igt_assert_eq(drmSyncobjCreate(fields.fd, 0, &fields.out_syncobj), 0);
}

void fields_set_up(void)
{
	const struct drm_virtgpu_context_set_param rings = {
		.param = VIRTGPU_CONTEXT_PARAM_NUM_RINGS, .value = 2,
	};
	const struct vgpu_pv_commands none = { 0 };
	int dmabuf, fence;

	fields.fd = vgpu_pv_open_3d();
	fields.card = vgpu_pv_open_card();
	fields.stranger = vgpu_pv_open_3d();
	fields.other_card = vgpu_pv_open_card();
	fields.master = drmIsMaster(fields.card) || !drmSetMaster(fields.card);
	igt_assert_eq(vgpu_pv_context_init(fields.fd, &rings, 1), 0);
	make_handles();
	igt_assert_eq(drmPrimeHandleToFD(fields.fd, fields.bo.handle, DRM_CLOEXEC, &dmabuf), 0);
	fence = vgpu_pv_submit(fields.fd, &none);
	igt_assert(fence >= 0);
	fields.tokens[FIELDS_FILE_FD] = fields.fd;
	fields.tokens[FIELDS_DMABUF_FD] = dmabuf;
	fields.tokens[FIELDS_SYNC_FD] = fence;
	make_places();
	if (fields.master)
		fields_set_mode();
	fields_start_neighbour();
}

void fields_tear_down(void)
{
	fields_stop_neighbour();
	close(fields_value(SYNC_FD));
	close(fields_value(DMABUF_FD));
	close(fields.stranger);
	close(fields.other_card);
	close(fields.card);
	close(fields.fd);
}
