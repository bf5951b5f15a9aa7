// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: Mappings for DMA
 *
 * A buffer in guest memory is mapped for the device when it becomes a resource,
 * an import when it comes, and both stay so for as long as they live: addresses
 * were told to the device. A buffer can outlive its device, the mapping must
 * not. So what maps, or reads a mapping, does so under a lock, and the device's
 * removal, once the device knows no address any more, takes all mappings away.
 * Unplugged devices map nothing. drm_dev_enter() would not do instead: it would
 * make every other device's removal wait for what waits here.
 */

#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>
#include <drm/drm_gem_shmem_helper.h>

#include "vgpu_pv_drv.h"

/**
 * vgpu_pv_mapping_begin() - mappings can be made and used from now on
 * @vg: the device
 *
 * Sleeps for a removal only, whose waits are short.
 *
 * Returns: 0, then vgpu_pv_mapping_end() must follow; -ENODEV where the device
 * is gone.
 */
int vgpu_pv_mapping_begin(struct vgpu_pv_device *vg)
{
	down_read(&vg->mapping_lock);
	if (!drm_dev_is_unplugged(vg->drm))
		return 0;
	up_read(&vg->mapping_lock);
	return -ENODEV;
}

/**
 * vgpu_pv_mapping_end() - after vgpu_pv_mapping_begin()
 * @vg: the device
 */
void vgpu_pv_mapping_end(struct vgpu_pv_device *vg)
{
	up_read(&vg->mapping_lock);
}

static void vgpu_pv_mapping_remove(struct vgpu_pv_object *obj)
{
	struct dma_buf_attachment *attach = obj->base.base.import_attach;
	struct sg_table *sgt = obj->base.sgt;

	obj->base.sgt = NULL;
	if (attach) {
		dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_BIDIRECTIONAL);
	} else {
		dma_unmap_sgtable(obj->base.base.dev->dev, sgt, DMA_BIDIRECTIONAL, 0);
		sg_free_table(sgt);
		kfree(sgt);
	}
}

/* Those with pages; aliases have the mapping of their import. */
static struct vgpu_pv_object *vgpu_pv_mapping_find(struct vgpu_pv_device *vg)
{
	struct vgpu_pv_object *obj;

	list_for_each_entry(obj, &vg->objects, listed) {
		if (obj->placement == VGPU_PV_IN_PAGES && !obj->import && obj->base.sgt &&
		    refcount_inc_not_zero(&obj->holds))
			return obj;
	}
	return NULL;
}

/**
 * vgpu_pv_mapping_remove_all() - no buffer is mapped for the device any more
 * @vg: the device, unplugged and stopped
 */
void vgpu_pv_mapping_remove_all(struct vgpu_pv_device *vg)
{
	struct vgpu_pv_object *obj;

	down_write(&vg->mapping_lock);
	for (;;) {
		mutex_lock(&vg->objects_lock);
		obj = vgpu_pv_mapping_find(vg);
		mutex_unlock(&vg->objects_lock);
		if (!obj)
			break;
		vgpu_pv_mapping_remove(obj);
		vgpu_pv_object_release(obj);
	}
	up_write(&vg->mapping_lock);

	/* What was freed meanwhile unmaps there. */
	flush_workqueue(vg->workqueue);
}
