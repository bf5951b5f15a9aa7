// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The user interface that the driver implements, in numbers of its own: what a
 * kernel's virtgpu_drm.h says, and what the compat layer adds to it, is held
 * against these at every build.  "make check-kernels" finds what the newest
 * header names and this file does not.
 */
#include <linux/build_bug.h>

#define VALUE(name, value)	static_assert((name) == (value))
#define SIZE(type, size)	static_assert(sizeof(struct type) == (size))
#define AT(type, member, at)	static_assert(offsetof(struct type, member) == (at))
#define CALL(nr, size)		_IOC(_IOC_READ | _IOC_WRITE, 'd', 0x40 + (nr), size)

VALUE(DRM_VIRTGPU_MAP, 1);
VALUE(DRM_IOCTL_VIRTGPU_MAP, CALL(1, 16));
SIZE(drm_virtgpu_map, 16);
AT(drm_virtgpu_map, offset, 0);
AT(drm_virtgpu_map, handle, 8);
AT(drm_virtgpu_map, pad, 12);

VALUE(DRM_VIRTGPU_EXECBUFFER, 2);
VALUE(DRM_IOCTL_VIRTGPU_EXECBUFFER, CALL(2, 64));
SIZE(drm_virtgpu_execbuffer, 64);
AT(drm_virtgpu_execbuffer, flags, 0);
AT(drm_virtgpu_execbuffer, size, 4);
AT(drm_virtgpu_execbuffer, command, 8);
AT(drm_virtgpu_execbuffer, bo_handles, 16);
AT(drm_virtgpu_execbuffer, num_bo_handles, 24);
AT(drm_virtgpu_execbuffer, fence_fd, 28);
AT(drm_virtgpu_execbuffer, ring_idx, 32);
AT(drm_virtgpu_execbuffer, syncobj_stride, 36);
AT(drm_virtgpu_execbuffer, num_in_syncobjs, 40);
AT(drm_virtgpu_execbuffer, num_out_syncobjs, 44);
AT(drm_virtgpu_execbuffer, in_syncobjs, 48);
AT(drm_virtgpu_execbuffer, out_syncobjs, 56);
VALUE(VIRTGPU_EXECBUF_FENCE_FD_IN, 1);
VALUE(VIRTGPU_EXECBUF_FENCE_FD_OUT, 2);
VALUE(VIRTGPU_EXECBUF_RING_IDX, 4);
VALUE(VIRTGPU_EXECBUF_FLAGS, 7);

SIZE(drm_virtgpu_execbuffer_syncobj, 16);
AT(drm_virtgpu_execbuffer_syncobj, handle, 0);
AT(drm_virtgpu_execbuffer_syncobj, flags, 4);
AT(drm_virtgpu_execbuffer_syncobj, point, 8);
VALUE(VIRTGPU_EXECBUF_SYNCOBJ_RESET, 1);
VALUE(VIRTGPU_EXECBUF_SYNCOBJ_FLAGS, 1);

VALUE(DRM_VIRTGPU_GETPARAM, 3);
VALUE(DRM_IOCTL_VIRTGPU_GETPARAM, CALL(3, 16));
SIZE(drm_virtgpu_getparam, 16);
AT(drm_virtgpu_getparam, param, 0);
AT(drm_virtgpu_getparam, value, 8);
VALUE(VIRTGPU_PARAM_3D_FEATURES, 1);
VALUE(VIRTGPU_PARAM_CAPSET_QUERY_FIX, 2);
VALUE(VIRTGPU_PARAM_RESOURCE_BLOB, 3);
VALUE(VIRTGPU_PARAM_HOST_VISIBLE, 4);
VALUE(VIRTGPU_PARAM_CROSS_DEVICE, 5);
VALUE(VIRTGPU_PARAM_CONTEXT_INIT, 6);
VALUE(VIRTGPU_PARAM_SUPPORTED_CAPSET_IDs, 7);
VALUE(VIRTGPU_PARAM_EXPLICIT_DEBUG_NAME, 8);
/* Refused, as stock does for a device that asks for no alignment. */
VALUE(VIRTGPU_PARAM_BLOB_ALIGNMENT, 9);

VALUE(DRM_VIRTGPU_RESOURCE_CREATE, 4);
VALUE(DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, CALL(4, 56));
SIZE(drm_virtgpu_resource_create, 56);
AT(drm_virtgpu_resource_create, target, 0);
AT(drm_virtgpu_resource_create, format, 4);
AT(drm_virtgpu_resource_create, bind, 8);
AT(drm_virtgpu_resource_create, width, 12);
AT(drm_virtgpu_resource_create, height, 16);
AT(drm_virtgpu_resource_create, depth, 20);
AT(drm_virtgpu_resource_create, array_size, 24);
AT(drm_virtgpu_resource_create, last_level, 28);
AT(drm_virtgpu_resource_create, nr_samples, 32);
AT(drm_virtgpu_resource_create, flags, 36);
AT(drm_virtgpu_resource_create, bo_handle, 40);
AT(drm_virtgpu_resource_create, res_handle, 44);
AT(drm_virtgpu_resource_create, size, 48);
AT(drm_virtgpu_resource_create, stride, 52);

VALUE(DRM_VIRTGPU_RESOURCE_INFO, 5);
VALUE(DRM_IOCTL_VIRTGPU_RESOURCE_INFO, CALL(5, 16));
SIZE(drm_virtgpu_resource_info, 16);
AT(drm_virtgpu_resource_info, bo_handle, 0);
AT(drm_virtgpu_resource_info, res_handle, 4);
AT(drm_virtgpu_resource_info, size, 8);
AT(drm_virtgpu_resource_info, blob_mem, 12);

SIZE(drm_virtgpu_3d_box, 24);
AT(drm_virtgpu_3d_box, x, 0);
AT(drm_virtgpu_3d_box, y, 4);
AT(drm_virtgpu_3d_box, z, 8);
AT(drm_virtgpu_3d_box, w, 12);
AT(drm_virtgpu_3d_box, h, 16);
AT(drm_virtgpu_3d_box, d, 20);

VALUE(DRM_VIRTGPU_TRANSFER_FROM_HOST, 6);
VALUE(DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, CALL(6, 44));
SIZE(drm_virtgpu_3d_transfer_from_host, 44);
AT(drm_virtgpu_3d_transfer_from_host, bo_handle, 0);
AT(drm_virtgpu_3d_transfer_from_host, box, 4);
AT(drm_virtgpu_3d_transfer_from_host, level, 28);
AT(drm_virtgpu_3d_transfer_from_host, offset, 32);
AT(drm_virtgpu_3d_transfer_from_host, stride, 36);
AT(drm_virtgpu_3d_transfer_from_host, layer_stride, 40);

VALUE(DRM_VIRTGPU_TRANSFER_TO_HOST, 7);
VALUE(DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, CALL(7, 44));
SIZE(drm_virtgpu_3d_transfer_to_host, 44);
AT(drm_virtgpu_3d_transfer_to_host, bo_handle, 0);
AT(drm_virtgpu_3d_transfer_to_host, box, 4);
AT(drm_virtgpu_3d_transfer_to_host, level, 28);
AT(drm_virtgpu_3d_transfer_to_host, offset, 32);
AT(drm_virtgpu_3d_transfer_to_host, stride, 36);
AT(drm_virtgpu_3d_transfer_to_host, layer_stride, 40);

VALUE(DRM_VIRTGPU_WAIT, 8);
VALUE(DRM_IOCTL_VIRTGPU_WAIT, CALL(8, 8));
SIZE(drm_virtgpu_3d_wait, 8);
AT(drm_virtgpu_3d_wait, handle, 0);
AT(drm_virtgpu_3d_wait, flags, 4);
VALUE(VIRTGPU_WAIT_NOWAIT, 1);

VALUE(DRM_VIRTGPU_GET_CAPS, 9);
VALUE(DRM_IOCTL_VIRTGPU_GET_CAPS, CALL(9, 24));
SIZE(drm_virtgpu_get_caps, 24);
AT(drm_virtgpu_get_caps, cap_set_id, 0);
AT(drm_virtgpu_get_caps, cap_set_ver, 4);
AT(drm_virtgpu_get_caps, addr, 8);
AT(drm_virtgpu_get_caps, size, 16);
AT(drm_virtgpu_get_caps, pad, 20);
VALUE(VIRTGPU_DRM_CAPSET_VIRGL, 1);
VALUE(VIRTGPU_DRM_CAPSET_VIRGL2, 2);
VALUE(VIRTGPU_DRM_CAPSET_GFXSTREAM_VULKAN, 3);
VALUE(VIRTGPU_DRM_CAPSET_VENUS, 4);
VALUE(VIRTGPU_DRM_CAPSET_CROSS_DOMAIN, 5);
VALUE(VIRTGPU_DRM_CAPSET_DRM, 6);

VALUE(DRM_VIRTGPU_RESOURCE_CREATE_BLOB, 10);
VALUE(DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, CALL(10, 56));
SIZE(drm_virtgpu_resource_create_blob, 56);
AT(drm_virtgpu_resource_create_blob, blob_mem, 0);
AT(drm_virtgpu_resource_create_blob, blob_flags, 4);
AT(drm_virtgpu_resource_create_blob, bo_handle, 8);
AT(drm_virtgpu_resource_create_blob, res_handle, 12);
AT(drm_virtgpu_resource_create_blob, size, 16);
AT(drm_virtgpu_resource_create_blob, pad, 24);
AT(drm_virtgpu_resource_create_blob, cmd_size, 28);
AT(drm_virtgpu_resource_create_blob, cmd, 32);
AT(drm_virtgpu_resource_create_blob, blob_id, 40);
AT(drm_virtgpu_resource_create_blob, blob_hints, 48);
AT(drm_virtgpu_resource_create_blob, pad2, 52);
VALUE(VIRTGPU_BLOB_MEM_GUEST, 1);
VALUE(VIRTGPU_BLOB_MEM_HOST3D, 2);
VALUE(VIRTGPU_BLOB_MEM_HOST3D_GUEST, 3);
VALUE(VIRTGPU_BLOB_FLAG_USE_MAPPABLE, 1);
VALUE(VIRTGPU_BLOB_FLAG_USE_SHAREABLE, 2);
VALUE(VIRTGPU_BLOB_FLAG_USE_CROSS_DEVICE, 4);
VALUE(DRM_VIRTGPU_BLOB_FLAG_HINT_DEFER_MAPPING, 1);

VALUE(DRM_VIRTGPU_CONTEXT_INIT, 11);
VALUE(DRM_IOCTL_VIRTGPU_CONTEXT_INIT, CALL(11, 16));
SIZE(drm_virtgpu_context_init, 16);
AT(drm_virtgpu_context_init, num_params, 0);
AT(drm_virtgpu_context_init, pad, 4);
AT(drm_virtgpu_context_init, ctx_set_params, 8);
SIZE(drm_virtgpu_context_set_param, 16);
AT(drm_virtgpu_context_set_param, param, 0);
AT(drm_virtgpu_context_set_param, value, 8);
VALUE(VIRTGPU_CONTEXT_PARAM_CAPSET_ID, 1);
VALUE(VIRTGPU_CONTEXT_PARAM_NUM_RINGS, 2);
VALUE(VIRTGPU_CONTEXT_PARAM_POLL_RINGS_MASK, 3);
VALUE(VIRTGPU_CONTEXT_PARAM_DEBUG_NAME, 4);

VALUE(VIRTGPU_EVENT_FENCE_SIGNALED, 0x90000000);
