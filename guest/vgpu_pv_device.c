// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: The device as a whole
 *
 * Set-up, the end, suspend and the device's news. The end goes in this order:
 * nobody may touch the queues any more and all waits end; the device is reset;
 * only then do messages that it never used end with an error, and with them
 * the memory that they named.
 */

#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/virtio_config.h>

#include <drm/drm_managed.h>
#include <drm/drm_print.h>
#include <drm/drm_probe_helper.h>

#include "vgpu_pv_drv.h"
#include "vgpu_pv_layout.h"

static atomic64_t vgpu_pv_device_incarnations = ATOMIC64_INIT(0);

/**
 * vgpu_pv_device_renderer_ready() - whether there is 3D to have
 * @vdev: the virtio device
 *
 * Without 3D the device is asked for as much as the display needs.
 *
 * Returns: true or false.
 */
bool vgpu_pv_device_renderer_ready(struct virtio_device *vdev)
{
	u32 state;

	if (!virtio_has_feature(vdev, VGPU_PV_F_RENDER))
		return false;

	virtio_cread_le(vdev, struct vgpu_pv_config, renderer_state, &state);
	return state == VGPU_PV_RENDERER_READY;
}

/**
 * vgpu_pv_device_lose() - the renderer is gone
 * @vg: the device
 *
 * Callable from interrupts, and more than once.
 */
void vgpu_pv_device_lose(struct vgpu_pv_device *vg)
{
	unsigned int i;

	if (xchg(&vg->lost, true))
		return;

	drm_err(vg->drm, "the renderer is gone, with every context: 3D is off until the module is loaded again\n");
	for (i = VGPU_PV_QUEUE_RING0; i < vg->num_queues; i++)
		vgpu_pv_ring_wake(&vg->queues[i]);
}

/**
 * vgpu_pv_device_break() - the device can't be trusted with anything any more
 * @vg: the device
 *
 * Callable from interrupts. Fences must signal and memory must come back, so the
 * device is reset, soon; it stays off until the driver is bound anew.
 */
void vgpu_pv_device_break(struct vgpu_pv_device *vg)
{
	if (!xchg(&vg->broken, true))
		queue_work(system_wq, &vg->config_work);
}

static void vgpu_pv_device_kill_rings(struct vgpu_pv_device *vg)
{
	unsigned int i;

	for (i = 0; i < vg->num_queues; i++)
		vgpu_pv_ring_kill(&vg->queues[i]);
	/* No doorbell is rung after this. */
	synchronize_rcu();
}

/* All that is with the device ends with an error, and nothing goes there any more. */
static void vgpu_pv_device_reset(struct vgpu_pv_device *vg)
{
	unsigned int i;

	WRITE_ONCE(vg->lost, true);
	vgpu_pv_device_kill_rings(vg);
	virtio_reset_device(vg->vdev);
	for (i = 0; i < vg->num_queues; i++)
		vgpu_pv_ring_drain(&vg->queues[i]);
}

static void vgpu_pv_device_config_work(struct work_struct *work)
{
	struct vgpu_pv_device *vg = container_of(work, struct vgpu_pv_device, config_work);
	u32 events;

	if (vg->vdev->config->get_status(vg->vdev) & VIRTIO_CONFIG_S_NEEDS_RESET)
		WRITE_ONCE(vg->broken, true);
	if (READ_ONCE(vg->broken)) {
		if (READ_ONCE(vg->queues[0].dead))
			return;
		drm_err(vg->drm, "the device is broken: it is off until the driver is bound again\n");
		vgpu_pv_device_reset(vg);
		return;
	}

	virtio_cread_le(vg->vdev, struct vgpu_pv_config, events_read, &events);
	events &= VGPU_PV_EVENT_DISPLAY | VGPU_PV_EVENT_RENDERER;
	if (!events)
		return;

	/* Cleared before the look, so that what changes meanwhile is seen again. */
	virtio_cwrite_le(vg->vdev, struct vgpu_pv_config, events_clear, &events);

	if (events & VGPU_PV_EVENT_RENDERER && vg->has_render &&
	    !vgpu_pv_device_renderer_ready(vg->vdev))
		vgpu_pv_device_lose(vg);

	if (events & VGPU_PV_EVENT_DISPLAY)
		vgpu_pv_kms_hotplug(vg, vgpu_pv_display_query(vg));
}

/**
 * vgpu_pv_device_config_changed() - have the events of the configuration seen to
 * @vdev: the virtio device
 *
 * In the interrupt.
 */
void vgpu_pv_device_config_changed(struct virtio_device *vdev)
{
	struct vgpu_pv_device *vg = vdev->priv;

	queue_work(system_wq, &vg->config_work);
}

static int vgpu_pv_device_find_queues(struct vgpu_pv_device *vg)
{
	struct virtqueue_info *info;
	struct virtqueue **vqs;
	unsigned int i;
	int ret;

	info = kcalloc(vg->num_queues, sizeof(*info), GFP_KERNEL);
	vqs = kcalloc(vg->num_queues, sizeof(*vqs), GFP_KERNEL);
	if (!info || !vqs) {
		ret = -ENOMEM;
		goto out_free;
	}

	for (i = 0; i < vg->num_queues; i++) {
		info[i].callback = vgpu_pv_ring_callback;
		info[i].name = i == VGPU_PV_QUEUE_DISPLAY ? "display" :
			       i == VGPU_PV_QUEUE_CURSOR ? "cursor" : "ring";
	}

	ret = virtio_find_vqs(vg->vdev, vg->num_queues, vqs, info, NULL);
	if (ret) {
		drm_err(vg->drm, "no %u virtqueues: error %d\n", vg->num_queues, ret);
		/* What it has enabled until here it would not give out again. */
		virtio_reset_device(vg->vdev);
		goto out_free;
	}

	for (i = 0; i < vg->num_queues; i++) {
		unsigned int size = virtqueue_get_vring_size(vqs[i]);
		unsigned int least = i == VGPU_PV_QUEUE_CURSOR ? VGPU_PV_CURSOR_QUEUE_SIZE :
				     VGPU_PV_QUEUE_SIZE;

		if (size < least) {
			drm_err(vg->drm, "virtqueue %u has %u entries, fewer than %u\n",
				i, size, least);
			virtio_reset_device(vg->vdev);
			vg->vdev->config->del_vqs(vg->vdev);
			ret = -EINVAL;
			goto out_free;
		}
	}

	for (i = 0; i < vg->num_queues; i++)
		vgpu_pv_ring_start(&vg->queues[i], vqs[i]);

out_free:
	kfree(vqs);
	kfree(info);
	return ret;
}

/* Queues, and the device's answers to what the driver must know. */
static int vgpu_pv_device_start(struct vgpu_pv_device *vg)
{
	int ret;

	vg->incarnation = atomic64_inc_return(&vgpu_pv_device_incarnations);

	ret = vgpu_pv_device_find_queues(vg);
	if (ret)
		return ret;
	virtio_device_ready(vg->vdev);

	if (vg->num_rings && !vgpu_pv_capset_init(vg))
		vg->has_render = true;
	return 0;
}

static void vgpu_pv_device_destroy_workqueue(struct drm_device *drm, void *data)
{
	destroy_workqueue(data);
}

static int vgpu_pv_device_read_config(struct vgpu_pv_device *vg, bool render)
{
	if (!virtio_has_feature(vg->vdev, VIRTIO_F_VERSION_1)) {
		drm_err(vg->drm, "the device has no VIRTIO_F_VERSION_1\n");
		return -EINVAL;
	}

	virtio_cread_le(vg->vdev, struct vgpu_pv_config, num_outputs, &vg->num_outputs);
	if (!vg->num_outputs || vg->num_outputs > VGPU_PV_MAX_OUTPUTS) {
		drm_err(vg->drm, "the device has %u outputs, not 1 to %u\n",
			vg->num_outputs, VGPU_PV_MAX_OUTPUTS);
		return -EINVAL;
	}

	if (!render)
		return 0;

	virtio_cread_le(vg->vdev, struct vgpu_pv_config, num_rings, &vg->num_rings);
	if (!vg->num_rings || vg->num_rings > VGPU_PV_MAX_RINGS) {
		drm_err(vg->drm, "the device has %u rings, not 1 to %u\n",
			vg->num_rings, VGPU_PV_MAX_RINGS);
		return -EINVAL;
	}
	return 0;
}

/**
 * vgpu_pv_device_init() - set the device up
 * @vg: zeroed, but for .drm and .vdev
 * @render: use the rings
 *
 * Memory belongs to the DRM device; vgpu_pv_device_stop() undoes the rest.
 *
 * Returns: 0 or a negative errno.
 */
int vgpu_pv_device_init(struct vgpu_pv_device *vg, bool render)
{
	unsigned int i;
	int ret;

	/* Calls that are under way may outlive the virtio device. */
	vg->physical = virtio_has_dma_quirk(vg->vdev);
	spin_lock_init(&vg->lock);
	ratelimit_state_init(&vg->errors, DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST);
	INIT_LIST_HEAD(&vg->waits);
	INIT_LIST_HEAD(&vg->objects);
	init_rwsem(&vg->mapping_lock);
	ida_init(&vg->context_ids);
	ida_init(&vg->resource_ids);
	INIT_WORK(&vg->config_work, vgpu_pv_device_config_work);

	ret = drmm_mutex_init(vg->drm, &vg->capset_lock);
	if (ret)
		return ret;

	ret = drmm_mutex_init(vg->drm, &vg->objects_lock);
	if (ret)
		return ret;

	ret = vgpu_pv_device_read_config(vg, render);
	if (ret)
		return ret;

	ret = vgpu_pv_aperture_init(vg);
	if (ret)
		return ret;

	/* After the aperture, so that what it frees still has one. */
	vg->workqueue = alloc_workqueue("vgpu_pv", WQ_UNBOUND, 0);
	if (!vg->workqueue)
		return -ENOMEM;
	ret = drmm_add_action_or_reset(vg->drm, vgpu_pv_device_destroy_workqueue, vg->workqueue);
	if (ret)
		return ret;

	vg->num_queues = VGPU_PV_QUEUE_RING0 + vg->num_rings;
	vg->queues = drmm_kcalloc(vg->drm, vg->num_queues, sizeof(*vg->queues), GFP_KERNEL);
	if (!vg->queues)
		return -ENOMEM;

	for (i = 0; i < vg->num_queues; i++) {
		vgpu_pv_ring_init(vg, &vg->queues[i], i);
		if (i < VGPU_PV_QUEUE_RING0)
			continue;
		vg->queues[i].waited = drmm_kcalloc(vg->drm, vg->num_rings, sizeof(u64),
						    GFP_KERNEL);
		if (!vg->queues[i].waited)
			return -ENOMEM;
	}

	ret = vgpu_pv_kms_init(vg);
	if (ret)
		return ret;

	ret = vgpu_pv_device_start(vg);
	if (ret)
		return ret;

	vgpu_pv_display_query(vg);

	if (!vg->has_render)
		drm_warn(vg->drm, "no renderer on the host: 3D is off, the display works\n");
	return 0;
}

/**
 * vgpu_pv_device_stop() - back to where the device knows nothing of the driver
 * @vg: the device
 */
void vgpu_pv_device_stop(struct vgpu_pv_device *vg)
{
	unsigned int i;

	vgpu_pv_device_kill_rings(vg);
	cancel_work_sync(&vg->config_work);

	virtio_reset_device(vg->vdev);
	for (i = 0; i < vg->num_queues; i++)
		vgpu_pv_ring_drain(&vg->queues[i]);
	vg->vdev->config->del_vqs(vg->vdev);
	/* Of interrupts that were under way until then: they go with the queues. */
	cancel_work_sync(&vg->config_work);
	flush_workqueue(vg->workqueue);
}

/**
 * vgpu_pv_device_restart() - go on after vgpu_pv_device_stop()
 * @vg: the device
 *
 * The device may be another one now.
 *
 * Returns: 0 or a negative errno.
 */
int vgpu_pv_device_restart(struct vgpu_pv_device *vg)
{
	bool had_render = vg->has_render;
	int ret;

	/* It isn't trusted after a sleep either. */
	if (vg->broken)
		return 0;

	vg->lost = false;
	vg->has_render = false;
	ret = vgpu_pv_device_start(vg);
	if (ret)
		return ret;

	if (had_render && !vg->has_render) {
		vg->has_render = true;
		vgpu_pv_device_lose(vg);
	}
	vgpu_pv_display_query(vg);
	return 0;
}
