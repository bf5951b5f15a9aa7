// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: The interface to user space
 *
 * That of virtgpu_drm.h: the table, and the calls that concern no other file.
 * All fields that a call doesn't use must be zero, except where stock user
 * space leaves them alone.
 */

#include <linux/dma-resv.h>
#include <linux/uaccess.h>

#include <drm/drm_gem.h>

#include "vgpu_pv_drv.h"

static int vgpu_pv_getparam_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct vgpu_pv_device *vg = to_vgpu_pv(drm);
	struct drm_virtgpu_getparam *args = data;
	int value;

	switch (args->param) {
	case VIRTGPU_PARAM_3D_FEATURES:
	case VIRTGPU_PARAM_RESOURCE_BLOB:
	case VIRTGPU_PARAM_CROSS_DEVICE:
	case VIRTGPU_PARAM_CONTEXT_INIT:
	case VIRTGPU_PARAM_EXPLICIT_DEBUG_NAME:
		value = vg->has_render;
		break;
	case VIRTGPU_PARAM_CAPSET_QUERY_FIX:
		value = 1;
		break;
	case VIRTGPU_PARAM_HOST_VISIBLE:
		value = 0;
		break;
	case VIRTGPU_PARAM_SUPPORTED_CAPSET_IDs:
		value = vg->has_render ? vg->capset_mask : 0;
		break;
	default:
		return -EINVAL;
	}

	if (copy_to_user(u64_to_user_ptr(args->value), &value, sizeof(value)))
		return -EFAULT;
	return 0;
}

static int vgpu_pv_map_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_virtgpu_map *args = data;

	if (args->pad)
		return -EINVAL;
	return drm_gem_dumb_map_offset(file, drm, args->handle, &args->offset);
}

static int vgpu_pv_wait_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_virtgpu_3d_wait *args = data;
	struct vgpu_pv_device *vg = to_vgpu_pv(drm);
	struct drm_gem_object *gem;
	struct vgpu_pv_wait wait;
	long ret;

	if (args->flags & ~VIRTGPU_WAIT_NOWAIT)
		return -EINVAL;

	gem = drm_gem_object_lookup(file, args->handle);
	if (!gem)
		return -ENOENT;

	if (args->flags & VIRTGPU_WAIT_NOWAIT) {
		ret = dma_resv_test_signaled(gem->resv, DMA_RESV_USAGE_READ) ? 1 : -EBUSY;
	} else {
		vgpu_pv_wait_begin(vg, &wait, VGPU_PV_WAIT_IDLE, -1);
		ret = dma_resv_wait_timeout(gem->resv, DMA_RESV_USAGE_READ, true,
					    msecs_to_jiffies(VGPU_PV_GPU_TIMEOUT_MS));
		if (!ret)
			ret = -ETIMEDOUT;
		vgpu_pv_wait_end(vg, &wait, ret);
	}
	drm_gem_object_put(gem);

	if (ret > 0)
		ret = READ_ONCE(vg->lost) ? -EIO : 0;
	return ret;
}

const struct drm_ioctl_desc vgpu_pv_ioctls[] = {
	DRM_IOCTL_DEF_DRV(VIRTGPU_MAP, vgpu_pv_map_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(VIRTGPU_EXECBUFFER, vgpu_pv_submit_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(VIRTGPU_GETPARAM, vgpu_pv_getparam_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(VIRTGPU_RESOURCE_CREATE, vgpu_pv_resource_create_ioctl,
			  DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(VIRTGPU_RESOURCE_INFO, vgpu_pv_resource_info_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(VIRTGPU_TRANSFER_FROM_HOST, vgpu_pv_transfer_from_host_ioctl,
			  DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(VIRTGPU_TRANSFER_TO_HOST, vgpu_pv_transfer_to_host_ioctl,
			  DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(VIRTGPU_WAIT, vgpu_pv_wait_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(VIRTGPU_GET_CAPS, vgpu_pv_capset_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(VIRTGPU_RESOURCE_CREATE_BLOB, vgpu_pv_resource_create_blob_ioctl,
			  DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(VIRTGPU_CONTEXT_INIT, vgpu_pv_context_init_ioctl, DRM_RENDER_ALLOW),
};

const int vgpu_pv_num_ioctls = ARRAY_SIZE(vgpu_pv_ioctls);
