// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: Buffers of others
 *
 * A buffer in guest memory can be attached by any device; one in the aperture
 * by none, since there are no page structures behind it: EOPNOTSUPP. What
 * another exporter has in guest memory becomes a blob whose backing are its
 * pages. It stays attached and mapped until the device has used the blob's
 * RESOURCE_DESTROY, so nothing is freed that the device may touch.
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
 * the memory isn't the guest's, or there is no 3D that could use it.
 */
struct drm_gem_object *vgpu_pv_prime_import(struct drm_device *drm, struct dma_buf *buf)
{
	struct vgpu_pv_device *vg = to_vgpu_pv(drm);
	struct drm_gem_object *gem;
	int ret;

	gem = drm_gem_prime_import(drm, buf);
	if (IS_ERR(gem) || !gem->import_attach)
		return gem;

	if (!vg->has_render)
		ret = -EOPNOTSUPP;
	/* RESOURCE_INFO has 32 bits to tell a size. */
	else if (gem->size > U32_MAX)
		ret = -EINVAL;
	else
		ret = vgpu_pv_resource_import(to_vgpu_pv_object(gem));
	if (ret) {
		drm_gem_object_put(gem);
		return ERR_PTR(ret);
	}
	vgpu_pv_object_list(to_vgpu_pv_object(gem));
	return gem;
}
