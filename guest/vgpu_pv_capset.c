// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: Capability sets
 *
 * What the renderer can do, as opaque sets that user space reads. Which there
 * are is asked once; a set itself when somebody wants it, and then kept.
 */

#include <linux/slab.h>
#include <linux/uaccess.h>

#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include "vgpu_pv_drv.h"

static int vgpu_pv_capset_take(struct vgpu_pv_device *vg,
			       const struct vgpu_pv_capsets_reply *reply)
{
	u32 count = le32_to_cpu(reply->count);
	u32 i;

	if (!count || count > VGPU_PV_MAX_CAPSETS) {
		drm_err(vg->drm, "%u capability sets, not 1 to %u\n", count, VGPU_PV_MAX_CAPSETS);
		return -EPROTO;
	}

	vg->num_capsets = 0;
	vg->capset_mask = 0;
	for (i = 0; i < count; i++) {
		struct vgpu_pv_capset *capset = &vg->capsets[i];
		u32 size = le32_to_cpu(reply->capsets[i].max_size);
		u32 id = le32_to_cpu(reply->capsets[i].id);

		if (!id || id > VGPU_PV_MAX_CAPSET_ID || vg->capset_mask & BIT_ULL(id) ||
		    !size || size > VGPU_PV_MAX_CAPSET_SIZE) {
			drm_err(vg->drm, "capability set %u of %u bytes is not valid\n", id, size);
			return -EPROTO;
		}

		if (!capset->data) {
			capset->data = drmm_kzalloc(vg->drm, VGPU_PV_MAX_CAPSET_SIZE, GFP_KERNEL);
			if (!capset->data)
				return -ENOMEM;
		}
		capset->id = id;
		capset->max_version = le32_to_cpu(reply->capsets[i].max_version);
		capset->max_size = size;
		capset->size = 0;
		vg->capset_mask |= BIT_ULL(id);
	}
	vg->num_capsets = count;
	return 0;
}

/**
 * vgpu_pv_capset_init() - ask which capability sets there are
 * @vg: the device
 *
 * Returns: 0 or a negative errno.
 */
int vgpu_pv_capset_init(struct vgpu_pv_device *vg)
{
	struct vgpu_pv_queue *queue = vgpu_pv_ring(vg, 0);
	struct vgpu_pv_msg *msg;
	int ret;

	msg = vgpu_pv_msg_alloc(VGPU_PV_MSG_GET_CAPSETS, sizeof(struct vgpu_pv_request), 0,
				sizeof(struct vgpu_pv_capsets_reply), GFP_KERNEL);
	if (!msg)
		return -ENOMEM;

	ret = vgpu_pv_ring_call(queue, msg, VGPU_PV_QUERY_TIMEOUT_MS);
	if (!ret)
		ret = vgpu_pv_capset_take(vg, msg->reply);
	if (ret)
		drm_err(vg->drm, "no capability sets: error %d\n", ret);
	vgpu_pv_msg_put(msg);
	return ret;
}

static int vgpu_pv_capset_fetch(struct vgpu_pv_device *vg, struct vgpu_pv_capset *capset,
				u32 version)
{
	const struct vgpu_pv_capset_reply *reply;
	struct vgpu_pv_get_capset *req;
	struct vgpu_pv_msg *msg;
	u32 size;
	int ret;

	lockdep_assert_held(&vg->capset_lock);
	if (capset->size && capset->version == version)
		return 0;

	msg = vgpu_pv_msg_alloc(VGPU_PV_MSG_GET_CAPSET, sizeof(*req), 0, sizeof(*reply),
				GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	req = msg->request;
	req->id = cpu_to_le32(capset->id);
	req->version = cpu_to_le32(version);

	ret = vgpu_pv_ring_call(vgpu_pv_ring(vg, 0), msg, VGPU_PV_QUERY_TIMEOUT_MS);
	if (ret)
		goto out_put;

	reply = msg->reply;
	size = le32_to_cpu(reply->size);
	if (!size || size > capset->max_size) {
		vgpu_pv_err(vg, "capability set %u has %u bytes, not 1 to %u\n",
			    capset->id, size, capset->max_size);
		ret = -EPROTO;
		goto out_put;
	}

	memset(capset->data, 0, VGPU_PV_MAX_CAPSET_SIZE);
	memcpy(capset->data, reply->data, size);
	capset->version = version;
	capset->size = size;

out_put:
	vgpu_pv_msg_put(msg);
	return ret;
}

int vgpu_pv_capset_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct vgpu_pv_device *vg = to_vgpu_pv(drm);
	struct drm_virtgpu_get_caps *args = data;
	struct vgpu_pv_capset *capset = NULL;
	unsigned int i;
	int ret;

	if (!vg->has_render)
		return -ENOSYS;
	if (!args->size || args->pad)
		return -EINVAL;

	for (i = 0; i < vg->num_capsets; i++)
		if (vg->capsets[i].id == args->cap_set_id)
			capset = &vg->capsets[i];
	if (!capset || args->cap_set_ver > capset->max_version)
		return -EINVAL;

	ret = mutex_lock_interruptible(&vg->capset_lock);
	if (ret)
		return ret;
	ret = vgpu_pv_capset_fetch(vg, capset, args->cap_set_ver);
	if (!ret && copy_to_user(u64_to_user_ptr(args->addr), capset->data,
				 min(args->size, capset->max_size)))
		ret = -EFAULT;
	mutex_unlock(&vg->capset_lock);
	return ret;
}
