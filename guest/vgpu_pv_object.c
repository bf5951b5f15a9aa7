// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: Buffers
 *
 * A buffer is in guest memory or in the aperture, for its whole life. Its GEM
 * reference count says whether anyone can still name it. Its holds say whether
 * anything can still touch its memory: the GEM object itself, messages that the
 * device hasn't used, an output that shows it. Memory goes with the last hold,
 * which is often dropped in an interrupt, hence in a worker.
 */

#include <linux/slab.h>

#include <drm/drm_gem.h>
#include <drm/drm_gem_shmem_helper.h>
#include <drm/drm_mode.h>

#include "vgpu_pv_drv.h"

/**
 * vgpu_pv_object_list() - have a buffer seen by debugfs
 * @obj: the buffer
 *
 * Once nothing can fail any more.
 */
void vgpu_pv_object_list(struct vgpu_pv_object *obj)
{
	struct vgpu_pv_device *vg = to_vgpu_pv(obj->base.base.dev);

	mutex_lock(&vg->objects_lock);
	list_add_tail(&obj->listed, &vg->objects);
	mutex_unlock(&vg->objects_lock);
}

static void vgpu_pv_object_unlist(struct vgpu_pv_object *obj)
{
	struct vgpu_pv_device *vg = to_vgpu_pv(obj->base.base.dev);

	mutex_lock(&vg->objects_lock);
	list_del_init(&obj->listed);
	mutex_unlock(&vg->objects_lock);
}

static void vgpu_pv_object_free_work(struct work_struct *work)
{
	struct vgpu_pv_object *obj = container_of(work, struct vgpu_pv_object, free_work);
	struct drm_gem_object *gem = &obj->base.base;

	vgpu_pv_object_unlist(obj);
	dma_fence_put(obj->idle);

	if (obj->placement == VGPU_PV_IN_PAGES && !obj->import) {
		drm_gem_shmem_free(&obj->base);
		return;
	}

	if (obj->import)
		vgpu_pv_object_release(obj->import);
	else
		vgpu_pv_aperture_free(to_vgpu_pv(gem->dev), obj);
	drm_gem_object_release(gem);
	kfree(obj);
}

/**
 * vgpu_pv_object_hold() - have the memory stay
 * @obj: the buffer
 */
void vgpu_pv_object_hold(struct vgpu_pv_object *obj)
{
	refcount_inc(&obj->holds);
}

/**
 * vgpu_pv_object_release() - let the memory go
 * @obj: the buffer
 *
 * In any context: it is freed in the workqueue.
 */
void vgpu_pv_object_release(struct vgpu_pv_object *obj)
{
	if (refcount_dec_and_test(&obj->holds))
		queue_work(to_vgpu_pv(obj->base.base.dev)->workqueue, &obj->free_work);
}

/**
 * vgpu_pv_object_gem_free() - the last GEM reference is gone
 * @gem: the buffer
 *
 * Never sleeps for the device: the memory stays until that has let go of it.
 */
void vgpu_pv_object_gem_free(struct drm_gem_object *gem)
{
	struct vgpu_pv_object *obj = to_vgpu_pv_object(gem);

	if (obj->placement == VGPU_PV_IN_APERTURE)
		vgpu_pv_aperture_leave(to_vgpu_pv(gem->dev), obj);
	if (obj->id)
		vgpu_pv_resource_destroy(obj);
	if (obj->shadow)
		drm_gem_object_put(&obj->shadow->base.base);
	vgpu_pv_object_release(obj);
}

int vgpu_pv_object_gem_open(struct drm_gem_object *gem, struct drm_file *file)
{
	return vgpu_pv_resource_attach(to_vgpu_pv_object(gem), file->driver_priv);
}

void vgpu_pv_object_gem_close(struct drm_gem_object *gem, struct drm_file *file)
{
	vgpu_pv_resource_detach(to_vgpu_pv_object(gem), file->driver_priv);
}

static const struct drm_gem_object_funcs vgpu_pv_object_pages_funcs = {
	.free = vgpu_pv_object_gem_free,
	.open = vgpu_pv_object_gem_open,
	.close = vgpu_pv_object_gem_close,
	.print_info = drm_gem_shmem_object_print_info,
	.pin = drm_gem_shmem_object_pin,
	.unpin = drm_gem_shmem_object_unpin,
	.get_sg_table = drm_gem_shmem_object_get_sg_table,
	.vmap = drm_gem_shmem_object_vmap,
	.vunmap = drm_gem_shmem_object_vunmap,
	.mmap = drm_gem_shmem_object_mmap,
	.vm_ops = &drm_gem_shmem_vm_ops,
};

static atomic64_t vgpu_pv_object_serials;

/**
 * vgpu_pv_object_new() - make a buffer without memory
 * @funcs: of the GEM object, which the caller initializes
 * @placement: where its memory will be
 *
 * Returns: the buffer, or NULL.
 */
struct vgpu_pv_object *vgpu_pv_object_new(const struct drm_gem_object_funcs *funcs,
					  enum vgpu_pv_placement placement)
{
	struct vgpu_pv_object *obj;

	obj = kzalloc(sizeof(*obj), GFP_KERNEL);
	if (!obj)
		return NULL;
	obj->base.base.funcs = funcs;
	obj->placement = placement;
	obj->serial = atomic64_inc_return(&vgpu_pv_object_serials);
	refcount_set(&obj->holds, 1);
	INIT_LIST_HEAD(&obj->listed);
	INIT_WORK(&obj->free_work, vgpu_pv_object_free_work);
	return obj;
}

/**
 * vgpu_pv_object_gem_create() - what the shmem helpers make their buffers with
 * @drm: the device
 * @size: not needed here
 *
 * Returns: the buffer, or an ERR_PTR().
 */
struct drm_gem_object *vgpu_pv_object_gem_create(struct drm_device *drm, size_t size)
{
	struct vgpu_pv_object *obj;

	obj = vgpu_pv_object_new(&vgpu_pv_object_pages_funcs, VGPU_PV_IN_PAGES);
	return obj ? &obj->base.base : ERR_PTR(-ENOMEM);
}

static struct vgpu_pv_object *vgpu_pv_object_alloc_aperture(struct vgpu_pv_device *vg, u64 size)
{
	struct vgpu_pv_object *obj;
	int ret;

	obj = vgpu_pv_object_new(&vgpu_pv_aperture_funcs, VGPU_PV_IN_APERTURE);
	if (!obj)
		return ERR_PTR(-ENOMEM);

	ret = vgpu_pv_aperture_alloc(vg, obj, size);
	if (ret) {
		kfree(obj);
		return ERR_PTR(ret);
	}
	drm_gem_private_object_init(vg->drm, &obj->base.base, size);
	vgpu_pv_object_list(obj);
	return obj;
}

/**
 * vgpu_pv_object_alloc() - make a buffer that the device doesn't know yet
 * @vg: the device
 * @size: bytes, not zero
 * @placement: where
 *
 * Returns: the buffer with one GEM reference, or an ERR_PTR().
 */
struct vgpu_pv_object *vgpu_pv_object_alloc(struct vgpu_pv_device *vg, u64 size,
					    enum vgpu_pv_placement placement)
{
	struct drm_gem_shmem_object *shmem;
	struct vgpu_pv_object *obj;

	size = PAGE_ALIGN(size);
	if (placement == VGPU_PV_IN_APERTURE)
		return vgpu_pv_object_alloc_aperture(vg, size);

	shmem = drm_gem_shmem_create(vg->drm, size);
	if (IS_ERR(shmem))
		return ERR_CAST(shmem);
	obj = to_vgpu_pv_object(&shmem->base);
	vgpu_pv_object_list(obj);
	return obj;
}

int vgpu_pv_object_dumb_create(struct drm_file *file, struct drm_device *drm,
			       struct drm_mode_create_dumb *args)
{
	struct vgpu_pv_object *obj;
	int ret;

	if (args->flags || (args->bpp != 32 && args->bpp != 16))
		return -EINVAL;

	/* The core has seen to it that the size fits into 32 bits. */
	args->pitch = ALIGN(args->width * (args->bpp / 8), 4);
	args->size = PAGE_ALIGN((u64)args->pitch * args->height);

	obj = vgpu_pv_object_alloc(to_vgpu_pv(drm), args->size, VGPU_PV_IN_APERTURE);
	if (IS_ERR(obj))
		return PTR_ERR(obj);

	ret = drm_gem_handle_create(file, &obj->base.base, &args->handle);
	drm_gem_object_put(&obj->base.base);
	return ret;
}
