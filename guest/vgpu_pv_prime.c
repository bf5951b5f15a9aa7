// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: Buffers of others
 *
 * A buffer in guest memory can be attached by any device; one in the aperture
 * by none, since there are no page structures behind it: EOPNOTSUPP. What
 * another exporter has in guest memory is imported as pages, and no resource:
 * the format isn't known. RESOURCE_CREATE with bo_handle makes one of them, or
 * several, whose backing these pages are, so that transfers go between the
 * pages and the resource, behind the exporter's fences, and leave a fence that
 * the exporter sees. An import that is said to be a resource at once, of bytes,
 * was turned down: Mesa would use it as the texture that it isn't, and lose its
 * context; as it is, Mesa's import fails and its caller copies.
 *
 * The pages stay attached and mapped until the device has used the
 * RESOURCE_DESTROY of each of their resources.
 *
 * The device takes guest-physical addresses, unless it uses the platform's. So
 * without that feature an import is refused where DMA addresses are something
 * else: behind an IOMMU, in bounce buffers, or outside the guest's memory.
 */

#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/ioport.h>

#include <drm/drm_gem_shmem_helper.h>
#include <drm/drm_prime.h>
#include <drm/drm_print.h>

#include "vgpu_pv_drv.h"

static int vgpu_pv_prime_check(struct vgpu_pv_device *vg, struct sg_table *sgt, u64 size)
{
	bool physical = vg->physical;
	struct device *dev = vg->drm->dev;
	struct scatterlist *sg;
	u64 sum = 0;
	int i;

	if (physical && device_iommu_mapped(dev))
		return -EOPNOTSUPP;

	for_each_sgtable_dma_sg(sgt, sg, i) {
		u64 addr = sg_dma_address(sg);

		sum += sg_dma_len(sg);
		if (!physical)
			continue;
		if (dma_need_sync(dev, addr) ||
		    region_intersects(addr, sg_dma_len(sg), IORESOURCE_SYSTEM_RAM,
				      IORES_DESC_NONE) != REGION_INTERSECTS)
			return -EOPNOTSUPP;
	}
	return sum == size ? 0 : -EINVAL;
}

/**
 * vgpu_pv_prime_import_sg_table() - make a buffer of another's pages
 * @drm: the device
 * @attach: the attachment
 * @sgt: its pages
 *
 * Returns: the buffer, or an ERR_PTR().
 */
struct drm_gem_object *vgpu_pv_prime_import_sg_table(struct drm_device *drm,
						     struct dma_buf_attachment *attach,
						     struct sg_table *sgt)
{
	struct vgpu_pv_device *vg = to_vgpu_pv(drm);
	u64 size = PAGE_ALIGN(attach->dmabuf->size);
	int ret;

	ret = vgpu_pv_prime_check(vg, sgt, size);
	if (ret) {
		drm_dbg(drm, "import of %llu bytes: not in guest memory that the device can reach\n",
			size);
		return ERR_PTR(ret);
	}
	return drm_gem_shmem_prime_import_sg_table(drm, attach, sgt);
}

/**
 * vgpu_pv_prime_import() - turn a dma-buf into a buffer
 * @drm: the device
 * @buf: ours, or somebody else's
 *
 * Returns: the buffer with one GEM reference, or an ERR_PTR(): -EOPNOTSUPP where
 * the device can't reach the memory, -ENODEV where it is gone.
 */
struct drm_gem_object *vgpu_pv_prime_import(struct drm_device *drm, struct dma_buf *buf)
{
	struct vgpu_pv_device *vg = to_vgpu_pv(drm);
	struct drm_gem_object *gem;
	int ret;

	ret = vgpu_pv_mapping_begin(vg);
	if (ret)
		return ERR_PTR(ret);
	gem = drm_gem_prime_import(drm, buf);
	if (!IS_ERR(gem) && gem->import_attach)
		vgpu_pv_object_list(to_vgpu_pv_object(gem));
	vgpu_pv_mapping_end(vg);
	return gem;
}

/* Whoever wants the pages attaches to their exporter. */
static int vgpu_pv_prime_pin(struct drm_gem_object *gem)
{
	return -EOPNOTSUPP;
}

static void vgpu_pv_prime_unpin(struct drm_gem_object *gem)
{
}

static struct sg_table *vgpu_pv_prime_get_sg_table(struct drm_gem_object *gem)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static const struct drm_gem_object_funcs vgpu_pv_prime_alias_funcs = {
	.free = vgpu_pv_object_gem_free,
	.open = vgpu_pv_object_gem_open,
	.close = vgpu_pv_object_gem_close,
	.pin = vgpu_pv_prime_pin,
	.unpin = vgpu_pv_prime_unpin,
	.get_sg_table = vgpu_pv_prime_get_sg_table,
};

/**
 * vgpu_pv_prime_alias() - make another buffer of an import's pages
 * @vg: the device
 * @file: the file
 * @handle: of the import
 *
 * It shares the import's fences, too, and can't be mapped: the dma-buf can.
 *
 * Returns: the buffer with one GEM reference, or an ERR_PTR(): -ENOENT where
 * there is no such handle, -EINVAL where it is no import's.
 */
struct vgpu_pv_object *vgpu_pv_prime_alias(struct vgpu_pv_device *vg, struct drm_file *file,
					   u32 handle)
{
	struct drm_gem_object *gem = drm_gem_object_lookup(file, handle);
	struct vgpu_pv_object *obj = ERR_PTR(-EINVAL);

	if (!gem)
		return ERR_PTR(-ENOENT);
	if (!gem->import_attach)
		goto out_put;

	obj = vgpu_pv_object_new(&vgpu_pv_prime_alias_funcs, VGPU_PV_IN_PAGES);
	if (!obj) {
		obj = ERR_PTR(-ENOMEM);
		goto out_put;
	}
	obj->import = to_vgpu_pv_object(gem);
	vgpu_pv_object_hold(obj->import);
	obj->base.base.resv = gem->resv;
	drm_gem_private_object_init(vg->drm, &obj->base.base, gem->size);
	vgpu_pv_object_list(obj);

out_put:
	drm_gem_object_put(gem);
	return obj;
}
