// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: The aperture
 *
 * The device's memory that guest and host both see: what is shown lies here, so
 * that the display is free of copies. A range is contiguous, cached, and named
 * to the device by its offset. It is mapped as a whole and for good, because
 * every dumb buffer is cleared by the CPU anyway. There are no page structures
 * behind it, so other devices can't attach to these buffers; the processors can.
 */

#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/virtio_config.h>

#include <drm/drm_drv.h>
#include <drm/drm_gem.h>
#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include "vgpu_pv_drv.h"

/* How many pages a fault maps. */
#define VGPU_PV_FAULT_AROUND	64

static void vgpu_pv_aperture_fini(struct drm_device *drm, void *data)
{
	struct vgpu_pv_device *vg = data;

	drm_mm_takedown(&vg->aperture_mm);
	memunmap(vg->aperture);
	mutex_destroy(&vg->aperture_lock);
}

/**
 * vgpu_pv_aperture_init() - find, claim and map the aperture
 * @vg: the device
 *
 * Returns: 0 or a negative errno.
 */
int vgpu_pv_aperture_init(struct vgpu_pv_device *vg)
{
	struct virtio_shm_region region;

	if (!virtio_get_shm_region(vg->vdev, &region, VGPU_PV_SHM_APERTURE)) {
		drm_err(vg->drm, "the device has no aperture (shared memory region %u): does its bridge have room for the BAR?\n",
			VGPU_PV_SHM_APERTURE);
		return -ENODEV;
	}

	if (!region.len || !PAGE_ALIGNED(region.addr) || !PAGE_ALIGNED(region.len)) {
		drm_err(vg->drm, "the aperture is not made of pages: 0x%llx bytes at 0x%llx\n",
			region.len, region.addr);
		return -EINVAL;
	}

	if (!devm_request_mem_region(&vg->vdev->dev, region.addr, region.len,
				     VGPU_PV_DRIVER_NAME)) {
		drm_err(vg->drm, "the aperture is in use: 0x%llx bytes at 0x%llx\n",
			region.len, region.addr);
		return -EBUSY;
	}

	vg->aperture_addr = region.addr;
	vg->aperture = memremap(region.addr, region.len, MEMREMAP_WB);
	if (!vg->aperture)
		return -ENOMEM;

	mutex_init(&vg->aperture_lock);
	init_waitqueue_head(&vg->aperture_wait);
	vg->aperture_size = region.len;
	drm_mm_init(&vg->aperture_mm, 0, region.len);
	drm_info(vg->drm, "aperture: %llu MiB\n", region.len >> 20);

	return drmm_add_action_or_reset(vg->drm, vgpu_pv_aperture_fini, vg);
}

/* Where there is no room: how many buffers that nobody can name have some still, or none. */
static unsigned int vgpu_pv_aperture_insert(struct vgpu_pv_device *vg,
					    struct vgpu_pv_object *obj, u64 size,
					    unsigned int *frees, int *ret)
{
	unsigned int leaving;

	mutex_lock(&vg->aperture_lock);
	*ret = drm_mm_insert_node_generic(&vg->aperture_mm, &obj->node, size, PAGE_SIZE, 0,
					  DRM_MM_INSERT_BEST) ? -ENOMEM : 0;
	leaving = *ret ? vg->aperture_leaving : 0;
	*frees = vg->aperture_frees;
	mutex_unlock(&vg->aperture_lock);
	return leaving;
}

/**
 * vgpu_pv_aperture_alloc() - give a buffer a range of the aperture
 * @vg: the device
 * @obj: the buffer
 * @size: bytes, whole pages
 *
 * What was closed is free once the device has let go of it, so where there is no
 * room the caller waits a little for that.
 *
 * Returns: 0, -ENOMEM or -ERESTARTSYS. The range is zeroed.
 */
int vgpu_pv_aperture_alloc(struct vgpu_pv_device *vg, struct vgpu_pv_object *obj, u64 size)
{
	struct vgpu_pv_wait wait;
	unsigned int frees;
	long left;
	int ret;

	if (size > vg->aperture_size)
		return -ENOMEM;

	while (vgpu_pv_aperture_insert(vg, obj, size, &frees, &ret)) {
		vgpu_pv_wait_begin(vg, &wait, VGPU_PV_WAIT_MEMORY, -1);
		left = wait_event_interruptible_timeout(vg->aperture_wait,
							READ_ONCE(vg->aperture_frees) != frees,
							msecs_to_jiffies(VGPU_PV_FREE_TIMEOUT_MS));
		vgpu_pv_wait_end(vg, &wait, left);
		if (left < 0)
			return left;
		if (!left)
			return -ENOMEM;
	}
	if (ret)
		return ret;

	/* Somebody else's pictures were here. */
	memset(vg->aperture + obj->node.start, 0, size);
	return 0;
}

/**
 * vgpu_pv_aperture_leave() - nobody can name a buffer any more, but it has its range
 * @vg: the device
 * @obj: the buffer
 */
void vgpu_pv_aperture_leave(struct vgpu_pv_device *vg, struct vgpu_pv_object *obj)
{
	mutex_lock(&vg->aperture_lock);
	vg->aperture_leaving++;
	mutex_unlock(&vg->aperture_lock);
}

/**
 * vgpu_pv_aperture_free() - take its range back from a buffer that left
 * @vg: the device
 * @obj: the buffer
 */
void vgpu_pv_aperture_free(struct vgpu_pv_device *vg, struct vgpu_pv_object *obj)
{
	mutex_lock(&vg->aperture_lock);
	drm_mm_remove_node(&obj->node);
	vg->aperture_leaving--;
	WRITE_ONCE(vg->aperture_frees, vg->aperture_frees + 1);
	mutex_unlock(&vg->aperture_lock);
	wake_up_all(&vg->aperture_wait);
}

/*
 * Page by page as they are touched: what is mapped when the device goes is taken
 * away, and a mapping that is being made then finds no device any more, whose
 * address may be another's. A dma-buf outlives the device.
 */
static vm_fault_t vgpu_pv_aperture_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct drm_gem_object *gem = vma->vm_private_data;
	pgoff_t page = vmf->pgoff - drm_vma_node_start(&gem->vma_node);
	phys_addr_t addr = to_vgpu_pv(gem->dev)->aperture_addr +
			   to_vgpu_pv_object(gem)->node.start;
	unsigned long pfn = PHYS_PFN(addr) + page;
	unsigned long at = vmf->address;
	unsigned long end = min(vma->vm_end, at + VGPU_PV_FAULT_AROUND * PAGE_SIZE);
	vm_fault_t ret;
	int idx;

	if (!drm_dev_enter(gem->dev, &idx))
		return VM_FAULT_SIGBUS;
	ret = vmf_insert_pfn(vma, at, pfn);
	/* The rest is only to spare faults. */
	while (ret == VM_FAULT_NOPAGE && (at += PAGE_SIZE) < end)
		if (vmf_insert_pfn(vma, at, ++pfn) != VM_FAULT_NOPAGE)
			break;
	drm_dev_exit(idx);
	return ret;
}

static int vgpu_pv_aperture_mmap(struct drm_gem_object *gem, struct vm_area_struct *vma)
{
	u64 offset = (u64)(vma->vm_pgoff - drm_vma_node_start(&gem->vma_node)) << PAGE_SHIFT;
	unsigned long size = vma->vm_end - vma->vm_start;

	/* A dma-buf may be mapped from the middle. */
	if (offset > gem->size || size > gem->size - offset)
		return -EINVAL;
	if ((vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE)
		return -EINVAL;

	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_page_prot = vm_get_page_prot(vma->vm_flags);
	return drm_dev_is_unplugged(gem->dev) ? -ENODEV : 0;
}

static int vgpu_pv_aperture_vmap(struct drm_gem_object *gem, struct iosys_map *map)
{
	struct vgpu_pv_device *vg = to_vgpu_pv(gem->dev);

	if (drm_dev_is_unplugged(gem->dev))
		return vgpu_pv_compat_vmap_gone(gem, map);
	iosys_map_set_vaddr(map, vg->aperture + to_vgpu_pv_object(gem)->node.start);
	return 0;
}

static int vgpu_pv_aperture_pin(struct drm_gem_object *gem)
{
	return -EOPNOTSUPP;
}

static void vgpu_pv_aperture_unpin(struct drm_gem_object *gem)
{
}

static struct sg_table *vgpu_pv_aperture_get_sg_table(struct drm_gem_object *gem)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static const struct vm_operations_struct vgpu_pv_aperture_vm_ops = {
	.fault = vgpu_pv_aperture_fault,
	.open = drm_gem_vm_open,
	.close = drm_gem_vm_close,
};

const struct drm_gem_object_funcs vgpu_pv_aperture_funcs = {
	.free = vgpu_pv_object_gem_free,
	.open = vgpu_pv_object_gem_open,
	.close = vgpu_pv_object_gem_close,
	.pin = vgpu_pv_aperture_pin,
	.unpin = vgpu_pv_aperture_unpin,
	.get_sg_table = vgpu_pv_aperture_get_sg_table,
	.vmap = vgpu_pv_aperture_vmap,
	VGPU_PV_COMPAT_VUNMAP
	.mmap = vgpu_pv_aperture_mmap,
	.vm_ops = &vgpu_pv_aperture_vm_ops,
};
