// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What older kernels lack and is too long for the header.
 */
#include <linux/dma-resv.h>
#include <linux/iosys-map.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <drm/drm_connector.h>
#include <drm/drm_gem.h>

#include "../vgpu_pv_drv.h"

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
#undef virtio_find_vqs

int vgpu_pv_compat_find_vqs(struct virtio_device *vdev, unsigned int count,
			    struct virtqueue *vqs[], const struct virtqueue_info info[])
{
	vq_callback_t **callbacks = kcalloc(count, sizeof(*callbacks), GFP_KERNEL);
	const char **names = kcalloc(count, sizeof(*names), GFP_KERNEL);
	unsigned int i;
	int ret = -ENOMEM;

	if (callbacks && names) {
		for (i = 0; i < count; i++) {
			callbacks[i] = info[i].callback;
			names[i] = info[i].name;
		}
		ret = virtio_find_vqs(vdev, count, vqs, callbacks, names, NULL);
	}
	kfree(names);
	kfree(callbacks);
	return ret;
}
#endif

#ifdef VGPU_PV_COMPAT_GENERIC_FBDEV
int vgpu_pv_compat_vmap_gone(struct drm_gem_object *gem, struct iosys_map *map)
{
	void *nowhere = vzalloc(gem->size);

	if (!nowhere)
		return -ENOMEM;
	iosys_map_set_vaddr(map, nowhere);
	return 0;
}

void vgpu_pv_compat_vunmap(struct drm_gem_object *gem, struct iosys_map *map)
{
	struct vgpu_pv_device *vg = to_vgpu_pv(gem->dev);

	if (map->vaddr < vg->aperture || map->vaddr >= vg->aperture + vg->aperture_size)
		vfree(map->vaddr);
}
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
int drm_edid_connector_add_modes(struct drm_connector *connector)
{
	struct list_head *mode;
	int count = 0;

	list_for_each(mode, &connector->probed_modes)
		count++;
	return count;
}
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
void drm_exec_init(struct drm_exec *exec, u32 flags, unsigned int max)
{
	memset(exec, 0, sizeof(*exec));
	exec->max = max;
}

static void vgpu_pv_compat_exec_unlock(struct drm_exec *exec)
{
	if (exec->first)
		dma_resv_unlock(exec->first->resv);
	exec->first = NULL;
	while (exec->num)
		dma_resv_unlock(exec->objects[--exec->num]->resv);
}

void drm_exec_fini(struct drm_exec *exec)
{
	vgpu_pv_compat_exec_unlock(exec);
	kvfree(exec->objects);
	if (exec->started)
		ww_acquire_fini(&exec->ticket);
}

/* True at first and after a contention, whose buffer is locked once the others are free. */
bool vgpu_pv_compat_exec_again(struct drm_exec *exec)
{
	if (!exec->started) {
		ww_acquire_init(&exec->ticket, &reservation_ww_class);
		exec->started = true;
		return true;
	}
	return exec->retry;
}

static int vgpu_pv_compat_exec_lock(struct drm_exec *exec, struct drm_gem_object *obj,
				    unsigned int fences)
{
	int ret;

	if (obj == exec->first) {
		exec->first = NULL;
	} else {
		ret = dma_resv_lock_interruptible(obj->resv, &exec->ticket);
		if (ret == -EALREADY)
			return 0;
		if (ret == -EDEADLK)
			exec->contended = obj;
		if (ret)
			return ret;
	}
	exec->objects[exec->num++] = obj;
	return dma_resv_reserve_fences(obj->resv, fences);
}

int drm_exec_prepare_array(struct drm_exec *exec, struct drm_gem_object **objects,
			   unsigned int count, unsigned int fences)
{
	unsigned int i;
	int ret;

	exec->retry = false;
	if (!exec->objects)
		exec->objects = kvcalloc(exec->max, sizeof(*exec->objects), GFP_KERNEL);
	if (!exec->objects && exec->max)
		return -ENOMEM;

	if (exec->contended) {
		struct drm_gem_object *obj = exec->contended;

		exec->contended = NULL;
		ret = dma_resv_lock_slow_interruptible(obj->resv, &exec->ticket);
		if (ret)
			return ret;
		exec->first = obj;
	}

	for (i = 0; i < count; i++) {
		ret = vgpu_pv_compat_exec_lock(exec, objects[i], fences);
		if (ret == -EDEADLK) {
			vgpu_pv_compat_exec_unlock(exec);
			exec->retry = true;
		}
		if (ret)
			return ret;
	}
	return 0;
}
#endif
