/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between kernel versions.  Kbuild includes this file ahead of
 * every source, and here is the only place that asks for a version: the driver
 * itself is written for the newest names.  A second driver for old kernels and
 * version checks in the code were turned down, because both rot.
 *
 * To add a difference: write the driver for the newest kernel, and here, under
 * the version that brought the change, what makes it fit the older ones: the
 * new name as a macro or an inline function, or VGPU_PV_COMPAT_x where the code
 * can't be the same.  "make check-kernels" holds all of it.
 */
#ifndef VGPU_PV_COMPAT_H
#define VGPU_PV_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/version.h>

/* The UAPI: fields that came later than the structure. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#define drm_virtgpu_execbuffer vgpu_pv_execbuffer_without_syncobjs
#endif
#include <drm/virtgpu_drm.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#undef drm_virtgpu_execbuffer

#define VIRTGPU_EXECBUF_SYNCOBJ_RESET	0x01
#define VIRTGPU_EXECBUF_SYNCOBJ_FLAGS	VIRTGPU_EXECBUF_SYNCOBJ_RESET

struct drm_virtgpu_execbuffer_syncobj {
	__u32 handle;
	__u32 flags;
	__u64 point;
};

struct drm_virtgpu_execbuffer {
	__u32 flags;
	__u32 size;
	__u64 command;
	__u64 bo_handles;
	__u32 num_bo_handles;
	__s32 fence_fd;
	__u32 ring_idx;
	__u32 syncobj_stride;
	__u32 num_in_syncobjs;
	__u32 num_out_syncobjs;
	__u64 in_syncobjs;
	__u64 out_syncobjs;
};
#endif

#ifndef VIRTGPU_PARAM_EXPLICIT_DEBUG_NAME
#define VIRTGPU_PARAM_EXPLICIT_DEBUG_NAME	8
#endif
#ifndef VIRTGPU_CONTEXT_PARAM_DEBUG_NAME
#define VIRTGPU_CONTEXT_PARAM_DEBUG_NAME	0x0004
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

/* Until 6.14 a driver has a date, and user space crashes the core without one. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
#define VGPU_PV_COMPAT_DRIVER_DATE	.date = "0",
#else
#define VGPU_PV_COMPAT_DRIVER_DATE
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
#include <drm/drm_client_setup.h>
#else
#include <drm/clients/drm_client_setup.h>
#endif

/* Since 6.17 the core looks up the format. */
#include <drm/drm_gem_framebuffer_helper.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#define VGPU_PV_COMPAT_FB_CREATE(create) \
static struct drm_framebuffer *create##_old(struct drm_device *drm, struct drm_file *file, \
					    const struct drm_mode_fb_cmd2 *cmd) \
{ \
	return create(drm, file, drm_get_format_info(drm, cmd), cmd); \
}
#define VGPU_PV_COMPAT_FB_CREATE_NAME(create)	create##_old
#define drm_gem_fb_create_with_funcs(drm, file, info, cmd, funcs) \
	drm_gem_fb_create_with_funcs(drm, file, cmd, funcs)
#else
#define VGPU_PV_COMPAT_FB_CREATE(create)
#define VGPU_PV_COMPAT_FB_CREATE_NAME(create)	create
#endif

/* Since 6.19 the console's client is freed by the one who made it. */
#include <drm/drm_client.h>
#include <drm/drm_fb_helper.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 19, 0)
#define drm_client_buffer_create_dumb	drm_client_framebuffer_create
#define drm_client_buffer_delete	drm_client_framebuffer_delete

static inline void vgpu_pv_compat_fb_helper_free(struct drm_fb_helper *helper)
{
	drm_fb_helper_unprepare(helper);
	kfree(helper);
}
#else
static inline void vgpu_pv_compat_fb_helper_free(struct drm_fb_helper *helper)
{
}
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 2, 0)
#define drm_atomic_commit	drm_atomic_state
#endif

#endif /* VGPU_PV_COMPAT_H */
