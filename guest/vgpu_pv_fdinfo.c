// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: fdinfo
 *
 * What a file uses, in the keys of Documentation/gpu/drm-usage-stats.rst.
 *
 * The guest can't see the host's GPU at work. What it knows is when a message
 * of the file's context was in its ring and the device had not answered it, and
 * drm-engine-render is the length of the union of those intervals: it never
 * runs faster than time, nothing is counted twice, and time behind others on the
 * same ring counts too.
 *
 * There are two regions: system, for guest memory, and aperture. Keys of our
 * own start with vgpu-pv-.
 */

#include <linux/dma-resv.h>
#include <linux/ktime.h>

#include <drm/drm_file.h>
#include <drm/drm_gem.h>
#include <drm/drm_print.h>

#include "vgpu_pv_drv.h"

struct vgpu_pv_fdinfo_region {
	u64 total;
	u64 shared;
	u64 resident;
	u64 active;
};

/**
 * vgpu_pv_fdinfo_begin() - a message of a context goes to the device
 * @ctx: the context
 *
 * In any context.
 */
void vgpu_pv_fdinfo_begin(struct vgpu_pv_context *ctx)
{
	unsigned long flags;

	spin_lock_irqsave(&ctx->busy_lock, flags);
	if (!ctx->in_flight++)
		ctx->busy_since = ktime_get();
	spin_unlock_irqrestore(&ctx->busy_lock, flags);
}

/**
 * vgpu_pv_fdinfo_end() - the device is done with a message of a context
 * @ctx: the context
 *
 * In any context.
 */
void vgpu_pv_fdinfo_end(struct vgpu_pv_context *ctx)
{
	unsigned long flags;

	spin_lock_irqsave(&ctx->busy_lock, flags);
	if (!--ctx->in_flight)
		ctx->busy_ns += ktime_to_ns(ktime_sub(ktime_get(), ctx->busy_since));
	spin_unlock_irqrestore(&ctx->busy_lock, flags);
}

static u64 vgpu_pv_fdinfo_busy_ns(struct vgpu_pv_context *ctx)
{
	u64 ns;

	spin_lock_irq(&ctx->busy_lock);
	ns = ctx->busy_ns;
	if (ctx->in_flight)
		ns += ktime_to_ns(ktime_sub(ktime_get(), ctx->busy_since));
	spin_unlock_irq(&ctx->busy_lock);
	return ns;
}

static void vgpu_pv_fdinfo_add(struct vgpu_pv_fdinfo_region *region, struct vgpu_pv_object *obj)
{
	struct drm_gem_object *gem = &obj->base.base;

	region->total += gem->size;
	if (gem->handle_count > 1 || gem->dma_buf || obj->import)
		region->shared += gem->size;
	if (obj->placement == VGPU_PV_IN_APERTURE || obj->base.pages || obj->base.sgt ||
	    obj->import)
		region->resident += gem->size;
	if (!dma_resv_test_signaled(gem->resv, DMA_RESV_USAGE_READ))
		region->active += gem->size;
}

static void vgpu_pv_fdinfo_print(struct drm_printer *p, const char *name,
				 const struct vgpu_pv_fdinfo_region *region)
{
	drm_printf(p, "drm-total-%s:\t%llu KiB\n", name, region->total >> 10);
	drm_printf(p, "drm-shared-%s:\t%llu KiB\n", name, region->shared >> 10);
	drm_printf(p, "drm-resident-%s:\t%llu KiB\n", name, region->resident >> 10);
	drm_printf(p, "drm-purgeable-%s:\t0 KiB\n", name);
	drm_printf(p, "drm-active-%s:\t%llu KiB\n", name, region->active >> 10);
}

/**
 * vgpu_pv_fdinfo_show() - what a file uses
 * @p: where to say it
 * @file: the file
 */
void vgpu_pv_fdinfo_show(struct drm_printer *p, struct drm_file *file)
{
	struct vgpu_pv_fdinfo_region system = { }, aperture = { };
	struct vgpu_pv_device *vg = to_vgpu_pv(file->minor->dev);
	struct vgpu_pv_context *ctx = file->driver_priv;
	struct drm_gem_object *gem;
	int id;

	spin_lock(&file->table_lock);
	idr_for_each_entry(&file->object_idr, gem, id) {
		struct vgpu_pv_object *obj = to_vgpu_pv_object(gem);

		vgpu_pv_fdinfo_add(obj->placement == VGPU_PV_IN_APERTURE ? &aperture : &system,
				   obj);
	}
	spin_unlock(&file->table_lock);

	vgpu_pv_fdinfo_print(p, "system", &system);
	vgpu_pv_fdinfo_print(p, "aperture", &aperture);

	if (!vg->has_render)
		return;
	drm_printf(p, "drm-engine-render:\t%llu ns\n", vgpu_pv_fdinfo_busy_ns(ctx));
	if (vg->num_rings > 1)
		drm_printf(p, "drm-engine-capacity-render:\t%u\n", vg->num_rings);
	drm_printf(p, "vgpu-pv-context-lost:\t%u\n", READ_ONCE(ctx->lost) ? 1 : 0);
	drm_printf(p, "vgpu-pv-credit:\t%llu KiB\n", READ_ONCE(vg->credit) >> 10);
}
