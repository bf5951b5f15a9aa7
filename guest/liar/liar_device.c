// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The virtio device.  Its parent is a platform device, as drivers look there for
 * DMA and for a name.  Queues are served by a work, because a driver kicks them
 * with its locks held and is interrupted for the answer.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/virtio_ring.h>

#include "liar.h"

#define LIAR_NAME	"vgpu-pv-liar"
#define LIAR_CREDIT	SZ_1G
#define LIAR_RINGS	2

static struct liar *to_liar(struct virtio_device *vdev)
{
	return container_of(vdev, struct liar, vdev);
}

static void liar_device_work(struct work_struct *work)
{
	struct liar *liar = container_of(work, struct liar, work);
	unsigned int i;

	mutex_lock(&liar->lock);
	for (i = 0; i < liar->nr_queues; i++)
		liar_ring_serve(&liar->queues[i]);
	mutex_unlock(&liar->lock);
}

static void liar_device_get(struct virtio_device *vdev, unsigned int offset, void *buf,
			    unsigned int len)
{
	struct liar *liar = to_liar(vdev);

	memset(buf, 0, len);
	if (offset > sizeof(liar->config) || len > sizeof(liar->config) - offset)
		return;
	memcpy(buf, (u8 *)&liar->config + offset, len);
}

static void liar_device_set(struct virtio_device *vdev, unsigned int offset, const void *buf,
			    unsigned int len)
{
	struct liar *liar = to_liar(vdev);
	__le32 events;

	mutex_lock(&liar->lock);
	if (offset != offsetof(struct vgpu_pv_config, events_clear) || len != sizeof(events)) {
		liar_rules_broken(liar, "drv-config-readonly", "%u bytes at %u", len, offset);
	} else {
		memcpy(&events, buf, sizeof(events));
		liar->config.events_read &= ~events;
	}
	mutex_unlock(&liar->lock);
}

static u8 liar_device_get_status(struct virtio_device *vdev)
{
	return to_liar(vdev)->status;
}

static void liar_device_set_status(struct virtio_device *vdev, u8 status)
{
	struct liar *liar = to_liar(vdev);

	mutex_lock(&liar->lock);
	liar->status = status;
	mutex_unlock(&liar->lock);
	queue_work(liar->workqueue, &liar->work);
}

static void liar_device_reset(struct virtio_device *vdev)
{
	struct liar *liar = to_liar(vdev);

	mutex_lock(&liar->lock);
	liar->status = 0;
	liar_ring_forget(liar);
	memset(liar->ring_of, 0, sizeof(liar->ring_of));
	mutex_unlock(&liar->lock);
	cancel_work_sync(&liar->work);
}

static u64 liar_device_get_features(struct virtio_device *vdev)
{
	return to_liar(vdev)->features;
}

static int liar_device_finalize_features(struct virtio_device *vdev)
{
	vring_transport_features(vdev);
	to_liar(vdev)->negotiated = vdev->features;
	return 0;
}

static bool liar_device_notify(struct virtqueue *vq)
{
	struct liar *liar = to_liar(vq->vdev);

	queue_work(liar->workqueue, &liar->work);
	return true;
}

static void liar_device_del_vqs(struct virtio_device *vdev)
{
	struct liar *liar = to_liar(vdev);
	unsigned int i;

	mutex_lock(&liar->lock);
	for (i = 0; i < liar->nr_queues; i++)
		vring_del_virtqueue(liar->queues[i].vq);
	liar->nr_queues = 0;
	mutex_unlock(&liar->lock);
}

static int liar_device_find_vqs(struct virtio_device *vdev, unsigned int nr,
				struct virtqueue *vqs[], struct virtqueue_info info[],
				struct irq_affinity *affinity)
{
	struct liar *liar = to_liar(vdev);
	struct virtqueue *vq;
	unsigned int i;

	if (nr > LIAR_MAX_QUEUES)
		return -ENOENT;
	for (i = 0; i < nr; i++) {
		struct liar_queue *queue = &liar->queues[i];

		vq = vring_create_virtqueue(i, queue->size, SMP_CACHE_BYTES, vdev, true, false,
					    false, liar_device_notify, info[i].callback,
					    info[i].name);
		if (!vq) {
			liar_device_del_vqs(vdev);
			return -ENOMEM;
		}
		vq->num_max = queue->size;
		vqs[i] = vq;

		mutex_lock(&liar->lock);
		queue->vq = vq;
		queue->taken = 0;
		queue->used = 0;
		queue->messages = 0;
		liar->nr_queues = i + 1;
		liar_rules_check_address(liar, "virtqueue", virtqueue_get_desc_addr(vq),
					 queue->size * sizeof(struct vring_desc));
		mutex_unlock(&liar->lock);
	}
	return 0;
}

static bool liar_device_get_shm_region(struct virtio_device *vdev,
				       struct virtio_shm_region *region, u8 id)
{
	struct liar *liar = to_liar(vdev);

	if (id != VGPU_PV_SHM_APERTURE || !liar->aperture_addr)
		return false;
	region->addr = liar->aperture_addr;
	region->len = liar->aperture_len;
	return true;
}

static const struct virtio_config_ops liar_device_ops = {
	.get = liar_device_get,
	.set = liar_device_set,
	.get_status = liar_device_get_status,
	.set_status = liar_device_set_status,
	.reset = liar_device_reset,
	.find_vqs = liar_device_find_vqs,
	.del_vqs = liar_device_del_vqs,
	.get_features = liar_device_get_features,
	.finalize_features = liar_device_finalize_features,
	.get_shm_region = liar_device_get_shm_region,
};

struct liar *liar_device_new(void)
{
	struct liar *liar;
	unsigned int i;

	liar = kzalloc(sizeof(*liar), GFP_KERNEL);
	if (!liar)
		return ERR_PTR(-ENOMEM);
	liar->workqueue = alloc_workqueue(LIAR_NAME, WQ_UNBOUND, 1);
	if (!liar->workqueue) {
		kfree(liar);
		return ERR_PTR(-ENOMEM);
	}
	liar->parent = platform_device_register_simple(LIAR_NAME, PLATFORM_DEVID_AUTO, NULL, 0);
	if (IS_ERR(liar->parent)) {
		int ret = PTR_ERR(liar->parent);

		destroy_workqueue(liar->workqueue);
		kfree(liar);
		return ERR_PTR(ret);
	}

	INIT_WORK(&liar->work, liar_device_work);
	mutex_init(&liar->lock);
	liar->features = BIT_ULL(VIRTIO_F_VERSION_1) | BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC) |
			 BIT_ULL(VGPU_PV_F_RENDER);
	liar->config.num_outputs = cpu_to_le32(1);
	liar->config.num_rings = cpu_to_le32(LIAR_RINGS);
	liar->config.renderer_state = cpu_to_le32(VGPU_PV_RENDERER_READY);
	liar->credit = LIAR_CREDIT;
	for (i = 0; i < LIAR_MAX_QUEUES; i++) {
		liar->queues[i].liar = liar;
		liar->queues[i].index = i;
		liar_ring_init(&liar->queues[i]);
		liar->queues[i].size = i == VGPU_PV_QUEUE_CURSOR ? VGPU_PV_CURSOR_QUEUE_SIZE :
								   VGPU_PV_QUEUE_SIZE;
	}
	return liar;
}

/* The device's own last reference is dropped here, so that nothing refers to liar. */
void liar_device_free(struct liar *liar)
{
	liar_device_unplug(liar);
	platform_device_unregister(liar->parent);
	destroy_workqueue(liar->workqueue);
	kfree(liar);
}

static void liar_device_release(struct device *dev)
{
}

/* Returns when the driver's probe did. */
int liar_device_plug(struct liar *liar)
{
	int ret;

	mutex_lock(&liar->lock);
	ret = liar->plugged ? -EBUSY : 0;
	liar->plugged = true;
	mutex_unlock(&liar->lock);
	if (ret)
		return ret;

	memset(&liar->vdev, 0, sizeof(liar->vdev));
	liar->vdev.dev.parent = &liar->parent->dev;
	liar->vdev.dev.release = liar_device_release;
	liar->vdev.id.device = VGPU_PV_DEVICE_ID;
	liar->vdev.id.vendor = VIRTIO_DEV_ANY_ID;
	liar->vdev.config = &liar_device_ops;
	ret = register_virtio_device(&liar->vdev);
	if (ret) {
		put_device(&liar->vdev.dev);
		liar->plugged = false;
	}
	return ret;
}

void liar_device_unplug(struct liar *liar)
{
	if (!liar->plugged)
		return;
	unregister_virtio_device(&liar->vdev);
	liar->plugged = false;
}
