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

/* The UAPI: what came later; vgpu_pv_compat_uapi.c holds it against the newest. */
#include <drm/virtgpu_drm.h>

#ifndef VIRTGPU_EXECBUF_SYNCOBJ_RESET
#define VIRTGPU_EXECBUF_SYNCOBJ_RESET	0x01
#define VIRTGPU_EXECBUF_SYNCOBJ_FLAGS	VIRTGPU_EXECBUF_SYNCOBJ_RESET

struct drm_virtgpu_execbuffer_syncobj {
	__u32 handle;
	__u32 flags;
	__u64 point;
};

struct vgpu_pv_compat_execbuffer {
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

#define drm_virtgpu_execbuffer	vgpu_pv_compat_execbuffer
#endif

#ifndef DRM_VIRTGPU_BLOB_FLAG_HINT_DEFER_MAPPING
#define DRM_VIRTGPU_BLOB_FLAG_HINT_DEFER_MAPPING	0x0001

struct vgpu_pv_compat_create_blob {
	__u32 blob_mem;
	__u32 blob_flags;
	__u32 bo_handle;
	__u32 res_handle;
	__u64 size;
	__u32 pad;
	__u32 cmd_size;
	__u64 cmd;
	__u64 blob_id;
	__u32 blob_hints;
	__u32 pad2;
};

#define drm_virtgpu_resource_create_blob	vgpu_pv_compat_create_blob
#endif

#ifndef VIRTGPU_PARAM_EXPLICIT_DEBUG_NAME
#define VIRTGPU_PARAM_EXPLICIT_DEBUG_NAME	8
#endif
#ifndef VIRTGPU_PARAM_BLOB_ALIGNMENT
#define VIRTGPU_PARAM_BLOB_ALIGNMENT	9
#endif
#ifndef VIRTGPU_CONTEXT_PARAM_DEBUG_NAME
#define VIRTGPU_CONTEXT_PARAM_DEBUG_NAME	0x0004
#endif

#ifndef VIRTGPU_DRM_CAPSET_VIRGL
#define VIRTGPU_DRM_CAPSET_VIRGL		1
#define VIRTGPU_DRM_CAPSET_VIRGL2		2
#define VIRTGPU_DRM_CAPSET_GFXSTREAM_VULKAN	3
#define VIRTGPU_DRM_CAPSET_VENUS		4
#define VIRTGPU_DRM_CAPSET_CROSS_DOMAIN		5
#define VIRTGPU_DRM_CAPSET_DRM			6
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

/* Since 6.12 the console is a client that asks the driver for its buffer. */
#include <drm/drm_client.h>
#include <drm/drm_drv.h>
#include <drm/drm_fb_helper.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#define VGPU_PV_COMPAT_GENERIC_FBDEV
#define VGPU_PV_COMPAT_FBDEV_PROBE

static inline void drm_client_setup(struct drm_device *drm, const struct drm_format_info *format)
{
	drm_fbdev_generic_setup(drm, 32);
}
#else
#define VGPU_PV_COMPAT_FBDEV_PROBE	.fbdev_probe = vgpu_pv_fbdev_probe,
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
#include <drm/drm_client_setup.h>
#else
#include <drm/clients/drm_client_setup.h>
#endif
#endif

/* Since 6.17 the core looks up the format. */
#include <drm/drm_fourcc.h>
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
	((void)(info), drm_gem_fb_create_with_funcs(drm, file, cmd, funcs))
#else
#define VGPU_PV_COMPAT_FB_CREATE(create)
#define VGPU_PV_COMPAT_FB_CREATE_NAME(create)	create
#endif

/*
 * Until 6.12 the console warns of a buffer that it can't map, also where that is
 * because the device is gone: then it draws into memory.
 */
struct iosys_map;
#ifdef VGPU_PV_COMPAT_GENERIC_FBDEV
int vgpu_pv_compat_vmap_gone(struct drm_gem_object *gem, struct iosys_map *map);
void vgpu_pv_compat_vunmap(struct drm_gem_object *gem, struct iosys_map *map);

#define VGPU_PV_COMPAT_VUNMAP	.vunmap = vgpu_pv_compat_vunmap,
#else
static inline int vgpu_pv_compat_vmap_gone(struct drm_gem_object *gem, struct iosys_map *map)
{
	return -ENODEV;
}

#define VGPU_PV_COMPAT_VUNMAP
#endif

/* Since 6.19 the console's client is freed by the one who made it. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 19, 0)
#define drm_client_buffer_create_dumb	drm_client_framebuffer_create
#define drm_client_buffer_delete	drm_client_framebuffer_delete

#ifndef VGPU_PV_COMPAT_GENERIC_FBDEV
static inline void vgpu_pv_compat_fb_helper_free(struct drm_fb_helper *helper)
{
	drm_fb_helper_unprepare(helper);
	kfree(helper);
}
#endif
#else
static inline void vgpu_pv_compat_fb_helper_free(struct drm_fb_helper *helper)
{
}
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 2, 0)
#define drm_atomic_commit	drm_atomic_state
#endif

/* Since 6.15 page flips that don't wait for a vblank are checked by planes, too. */
#include <drm/drm_modeset_helper_vtables.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
#define VGPU_PV_COMPAT_ASYNC_CHECK(check) \
static int check##_old(struct drm_plane *plane, struct drm_atomic_commit *state) \
{ \
	return check(plane, state, false); \
}

#define VGPU_PV_COMPAT_ASYNC_CHECK_NAME(check)	check##_old
#else
#define VGPU_PV_COMPAT_ASYNC_CHECK(check)
#define VGPU_PV_COMPAT_ASYNC_CHECK_NAME(check)	check
#endif

/* Until 6.6 a driver names the only way there is to share buffers. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#include <drm/drm_prime.h>
#define VGPU_PV_COMPAT_PRIME \
	.prime_handle_to_fd = drm_gem_prime_handle_to_fd, \
	.prime_fd_to_handle = drm_gem_prime_fd_to_handle, \
	.gem_prime_mmap = drm_gem_prime_mmap,
#else
#define VGPU_PV_COMPAT_PRIME
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#include <linux/mm.h>

static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}
#endif

/* Until 6.2 importers do not have the exporter's lock to think of. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define dma_buf_unmap_attachment_unlocked	dma_buf_unmap_attachment
#endif

/* Since 6.13 the namespace is a string. */
#include <linux/module.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#undef MODULE_IMPORT_NS
#define MODULE_IMPORT_NS(ns)	MODULE_INFO(import_ns, ns)
#endif

#include <linux/virtio_config.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
struct virtqueue_info {
	const char *name;
	vq_callback_t *callback;
};

int vgpu_pv_compat_find_vqs(struct virtio_device *vdev, unsigned int count,
			    struct virtqueue *vqs[], const struct virtqueue_info info[]);
#define virtio_find_vqs(vdev, count, vqs, info, affinity) \
	((void)(affinity), vgpu_pv_compat_find_vqs(vdev, count, vqs, info))
#endif

/* Until 6.3 drm_edid_connector_update() adds the modes, too. */
#include <drm/drm_edid.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
int drm_edid_connector_add_modes(struct drm_connector *connector);

static inline bool drm_edid_valid(const struct drm_edid *edid)
{
	return drm_edid_is_valid((struct edid *)drm_edid_raw(edid));
}
#endif

/* Until 6.8 the hot spot belongs to the framebuffer. */
#include <drm/drm_framebuffer.h>
#include <drm/drm_plane.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
#define DRIVER_CURSOR_HOTSPOT	0

static inline int vgpu_pv_compat_hotspot_x(const struct drm_plane_state *state)
{
	return state->fb ? state->fb->hot_x : 0;
}

static inline int vgpu_pv_compat_hotspot_y(const struct drm_plane_state *state)
{
	return state->fb ? state->fb->hot_y : 0;
}
#else
static inline int vgpu_pv_compat_hotspot_x(const struct drm_plane_state *state)
{
	return state->hotspot_x;
}

static inline int vgpu_pv_compat_hotspot_y(const struct drm_plane_state *state)
{
	return state->hotspot_y;
}
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#include "vgpu_pv_compat_exec.h"
#else
#include <drm/drm_exec.h>
#endif

/* Until 6.5 the core has no fdinfo for drivers to add to. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#define VGPU_PV_COMPAT_FOPS(name)	DEFINE_DRM_GEM_FOPS(name)
#define VGPU_PV_COMPAT_SHOW_FDINFO(show)
#else
#define VGPU_PV_COMPAT_FOPS(name) \
	static const struct file_operations name = { \
		.owner = THIS_MODULE, \
		DRM_GEM_FOPS, \
		.show_fdinfo = drm_show_fdinfo, \
	}
#define VGPU_PV_COMPAT_SHOW_FDINFO(show)	.show_fdinfo = show,
#endif

#endif /* VGPU_PV_COMPAT_H */
