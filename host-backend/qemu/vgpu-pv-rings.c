// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who serves the submit rings:
 *
 *	           DRIVER_OK, VM runs
 *	  stopped ------------------> worker (over vhost)
 *	     ^    <------------------   |
 *	     |     reset, VM pauses     | worker gone
 *	     |                          v
 *	     +-- reset, VM pauses --- QEMU (every message is RENDERER_LOST)
 *
 * A guest whose driver did not take F_RENDER has its rings served by QEMU too,
 * so that no message is ever left without an answer.
 */
#include "qemu/osdep.h"
#include "exec/address-spaces.h"
#include "hw/virtio/virtio-bus.h"
#include "qemu/error-report.h"

#include "trace.h"
#include "vgpu-pv.h"

/*
 * vhost maps what the guest names, and would be given a bounce buffer for a
 * device's registers: only memory that the worker can share is a ring.
 */
static bool vgpu_pv_rings_in_ram(hwaddr addr, hwaddr size)
{
	MemoryRegionSection section;
	bool good;

	if (addr + size < addr)
		return false;
	section = memory_region_find(get_system_memory(), addr, size);
	if (!section.mr)
		return false;
	good = memory_region_is_ram(section.mr) && !memory_region_is_rom(section.mr) &&
	       !memory_region_is_ram_device(section.mr) && memory_region_get_fd(section.mr) >= 0 &&
	       int128_get64(section.size) == size;
	memory_region_unref(section.mr);
	return good;
}

/* Notes what is started; says what is wrong with a ring that cannot be. */
static const char *vgpu_pv_rings_check(struct vgpu_pv *s, unsigned int i)
{
	VirtIODevice *vdev = VIRTIO_DEVICE(s);
	struct vgpu_pv_ring *ring = &s->rings[i];
	int n = VGPU_PV_QUEUE_RING0 + i;

	ring->num = virtio_queue_get_num(vdev, n);
	ring->desc = virtio_queue_get_desc_addr(vdev, n);
	ring->avail = virtio_queue_get_avail_addr(vdev, n);
	ring->used = virtio_queue_get_used_addr(vdev, n);
	if (!ring->desc)
		return NULL;
	if (ring->num > VGPU_PV_QUEUE_SIZE || !is_power_of_2(ring->num))
		return "its size is no power of two up to " stringify(VGPU_PV_QUEUE_SIZE);
	if (ring->desc % 16 || ring->avail % 2 || ring->used % 4)
		return "it is not aligned";
	if (!vgpu_pv_rings_in_ram(ring->desc, virtio_queue_get_desc_size(vdev, n)) ||
	    !vgpu_pv_rings_in_ram(ring->avail, virtio_queue_get_avail_size(vdev, n)) ||
	    !vgpu_pv_rings_in_ram(ring->used, virtio_queue_get_used_size(vdev, n)))
		return "it is not in memory";
	return NULL;
}

static bool vgpu_pv_rings_check_all(struct vgpu_pv *s)
{
	const char *wrong;
	unsigned int i;

	for (i = 0; i < s->nr_rings; i++) {
		wrong = vgpu_pv_rings_check(s, i);
		if (wrong) {
			virtio_error(VIRTIO_DEVICE(s), "vgpu-pv: the guest's ring %u: %s", i,
				     wrong);
			return false;
		}
	}
	return true;
}

static bool vgpu_pv_rings_startable(struct vgpu_pv *s, uint8_t status)
{
	VirtIODevice *vdev = VIRTIO_DEVICE(s);

	return s->renderer_state == VGPU_PV_RENDERER_READY && !s->worker_gone &&
	       !s->vhost.started && !vdev->broken && (status & VIRTIO_CONFIG_S_FEATURES_OK) &&
	       virtio_vdev_has_feature(vdev, VIRTIO_F_VERSION_1) &&
	       virtio_vdev_has_feature(vdev, VGPU_PV_F_RENDER);
}

static int vgpu_pv_rings_start_vhost(struct vgpu_pv *s)
{
	VirtIODevice *vdev = VIRTIO_DEVICE(s);
	BusState *bus = qdev_get_parent_bus(DEVICE(s));
	VirtioBusClass *k = VIRTIO_BUS_GET_CLASS(bus);
	unsigned int nr_queues = VGPU_PV_QUEUE_RING0 + s->nr_rings;
	unsigned int i;
	int ret;

	ret = vhost_dev_enable_notifiers(&s->vhost, vdev);
	if (ret < 0)
		return ret;
	ret = k->set_guest_notifiers(bus->parent, nr_queues, true);
	if (ret < 0)
		goto fail_notifiers;
	s->vhost.acked_features = vdev->guest_features;
	ret = vhost_dev_start(&s->vhost, vdev, true);
	if (ret < 0)
		goto fail_guest_notifiers;
	/* what was made available while nobody listened */
	for (i = 0; i < s->nr_rings; i++)
		event_notifier_set(virtio_queue_get_host_notifier(s->rings[i].vq));
	return 0;

fail_guest_notifiers:
	k->set_guest_notifiers(bus->parent, nr_queues, false);
fail_notifiers:
	vhost_dev_disable_notifiers(&s->vhost, vdev);
	return ret;
}

/* Where the guest has it wrong, the device is broken until its reset; the worker is not. */
void vgpu_pv_rings_start(struct vgpu_pv *s, uint8_t status)
{
	int ret;

	if (!vgpu_pv_rings_startable(s, status) || !vgpu_pv_rings_check_all(s))
		return;
	vgpu_pv_watchdog_arm(&s->watchdog, VGPU_PV_WATCHDOG_MS);
	ret = vgpu_pv_rings_start_vhost(s);
	if (vgpu_pv_watchdog_disarm(&s->watchdog))
		vgpu_pv_worker_lost(s);
	trace_vgpu_pv_rings_start(ret);
	if (ret < 0 && !s->worker_gone)
		virtio_error(VIRTIO_DEVICE(s), "vgpu-pv: the rings cannot be started: %s",
			     strerror(-ret));
}

/*
 * A guest may write a queue's addresses and size at any time, and vhost unmaps
 * what it finds there.  It must find what it mapped.
 */
static void vgpu_pv_rings_restore(struct vgpu_pv *s)
{
	VirtIODevice *vdev = VIRTIO_DEVICE(s);
	unsigned int i;

	for (i = 0; i < s->nr_rings; i++) {
		struct vgpu_pv_ring *ring = &s->rings[i];
		int n = VGPU_PV_QUEUE_RING0 + i;

		if (ring->num == virtio_queue_get_num(vdev, n) &&
		    ring->desc == virtio_queue_get_desc_addr(vdev, n) &&
		    ring->avail == virtio_queue_get_avail_addr(vdev, n) &&
		    ring->used == virtio_queue_get_used_addr(vdev, n))
			continue;
		virtio_error(vdev, "vgpu-pv: the guest moved ring %u while it was in use", i);
		virtio_queue_set_num(vdev, n, ring->num);
		virtio_queue_set_rings(vdev, n, ring->desc, ring->avail, ring->used);
	}
}

void vgpu_pv_rings_stop(struct vgpu_pv *s)
{
	VirtIODevice *vdev = VIRTIO_DEVICE(s);
	BusState *bus = qdev_get_parent_bus(DEVICE(s));
	VirtioBusClass *k = VIRTIO_BUS_GET_CLASS(bus);

	if (!s->vhost.started)
		return;
	vgpu_pv_rings_restore(s);
	vgpu_pv_watchdog_arm(&s->watchdog, VGPU_PV_WATCHDOG_MS);
	vhost_dev_stop(&s->vhost, vdev, true);
	if (vgpu_pv_watchdog_disarm(&s->watchdog))
		vgpu_pv_worker_lost(s);
	if (k->set_guest_notifiers(bus->parent, VGPU_PV_QUEUE_RING0 + s->nr_rings, false) < 0)
		error_report("vgpu-pv: the guest notifiers cannot be taken down");
	vhost_dev_disable_notifiers(&s->vhost, vdev);
	trace_vgpu_pv_rings_stop(s->worker_gone);
}

static size_t vgpu_pv_rings_answer(struct vgpu_pv *s, VirtQueue *vq, VirtQueueElement *elem)
{
	return vgpu_pv_message_refuse(elem, VGPU_PV_S_RENDERER_LOST);
}

/* A kick that reaches QEMU although the worker is the one to serve it is for later. */
void vgpu_pv_rings_handle(VirtIODevice *vdev, VirtQueue *vq)
{
	struct vgpu_pv *s = VGPU_PV_DEVICE(vdev);

	if (s->vhost.started || (s->renderer_state == VGPU_PV_RENDERER_READY &&
				 virtio_vdev_has_feature(vdev, VGPU_PV_F_RENDER)))
		return;
	vgpu_pv_device_drain(s, vq, vgpu_pv_rings_answer);
}

/* The worker may have asked for no more kicks; QEMU wants them. */
void vgpu_pv_rings_serve(struct vgpu_pv *s)
{
	unsigned int i;

	if (!vgpu_pv_device_running(s))
		return;
	for (i = 0; i < s->nr_rings; i++) {
		if (!s->vhost.started)
			virtio_queue_set_notification(s->rings[i].vq, 1);
		vgpu_pv_rings_handle(VIRTIO_DEVICE(s), s->rings[i].vq);
	}
}
