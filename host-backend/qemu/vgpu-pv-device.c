// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The virtio device: properties, features, configuration, status and reset.
 * What a queue's messages do is in the file of that queue.
 */
#include "qemu/osdep.h"
#include "exec/memory.h"
#include "hw/boards.h"
#include "hw/qdev-properties.h"
#include "hw/qdev-properties-system.h"
#include "migration/blocker.h"
#include "qapi/error.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "qemu/units.h"

#include "trace.h"
#include "vgpu-pv.h"

#define DEVICE_MIN_REFRESH 1000	   /* mHz */
#define DEVICE_MAX_REFRESH 1000000 /* mHz */

/* ---- what the other files use ---- */

void vgpu_pv_device_event(struct vgpu_pv *s, uint32_t event)
{
	s->events |= event;
	virtio_notify_config(VIRTIO_DEVICE(s));
}

bool vgpu_pv_device_running(struct vgpu_pv *s)
{
	VirtIODevice *vdev = VIRTIO_DEVICE(s);

	return vdev->vm_running && (vdev->status & VIRTIO_CONFIG_S_DRIVER_OK);
}

/*
 * At most as many messages as fit the queue: a guest that adds them as fast as
 * they are answered would otherwise keep the main loop.
 */
void vgpu_pv_device_drain(struct vgpu_pv *s, VirtQueue *vq,
			  size_t (*answer)(struct vgpu_pv *s, VirtQueue *vq,
					   VirtQueueElement *elem))
{
	VirtIODevice *vdev = VIRTIO_DEVICE(s);
	int num = virtio_queue_get_num(vdev, virtio_get_queue_index(vq)), done;
	VirtQueueElement *elem;

	if (!vgpu_pv_device_running(s))
		return;
	for (done = 0; done < num; done++) {
		elem = virtqueue_pop(vq, sizeof(*elem));
		if (!elem)
			break;
		virtqueue_push(vq, elem, answer(s, vq, elem));
		g_free(elem);
	}
	if (done)
		virtio_notify(vdev, vq);
	if (done && done == num)
		qemu_bh_schedule(s->queues_bh);
}

/* Looks at all queues that QEMU serves, whether they were kicked or not. */
static void vgpu_pv_device_queues_bh(void *opaque)
{
	struct vgpu_pv *s = opaque;

	vgpu_pv_display_serve(s);
	vgpu_pv_cursor_serve(s);
	vgpu_pv_rings_serve(s);
}

/* Viewers take their time, which is not to be that of the virtual CPU that rang. */
static void vgpu_pv_device_kicked(VirtIODevice *vdev, VirtQueue *vq)
{
	qemu_bh_schedule(VGPU_PV_DEVICE(vdev)->queues_bh);
}

/*
 * What virtio_error() puts into the status while the guest writes it is lost, as
 * QEMU stores the guest's value afterwards.  So the guest is told again.
 */
static void vgpu_pv_device_broken_bh(void *opaque)
{
	VirtIODevice *vdev = VIRTIO_DEVICE(opaque);

	if (!vdev->broken || !vdev->status || vdev->status & VIRTIO_CONFIG_S_NEEDS_RESET)
		return;
	vdev->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
	virtio_notify_config(vdev);
}

/* ---- virtio ---- */

/* Of the ring's own features only those that the worker and the driver are held to. */
static uint64_t vgpu_pv_device_get_features(VirtIODevice *vdev, uint64_t features, Error **errp)
{
	static const int worker_bits[] = {
		VIRTIO_RING_F_INDIRECT_DESC,
		VIRTIO_RING_F_EVENT_IDX,
		VHOST_INVALID_FEATURE_BIT,
	};
	struct vgpu_pv *s = VGPU_PV_DEVICE(vdev);

	features &= BIT_ULL(VIRTIO_F_VERSION_1) | BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC) |
		    BIT_ULL(VIRTIO_RING_F_EVENT_IDX);
	features = vhost_get_features(&s->vhost, worker_bits, features);
	if (s->renderer_state == VGPU_PV_RENDERER_READY)
		features |= BIT_ULL(VGPU_PV_F_RENDER);
	return features;
}

static void vgpu_pv_device_get_config(VirtIODevice *vdev, uint8_t *data)
{
	struct vgpu_pv *s = VGPU_PV_DEVICE(vdev);
	struct vgpu_pv_config config = {
		.events_read = cpu_to_le32(s->events),
		.num_outputs = cpu_to_le32(s->max_outputs),
		.num_rings = cpu_to_le32(s->nr_rings),
		.renderer_state = cpu_to_le32(s->renderer_state),
		.epoch = cpu_to_le32(s->epoch),
	};

	memcpy(data, &config, sizeof(config));
}

static void vgpu_pv_device_set_config(VirtIODevice *vdev, const uint8_t *data)
{
	struct vgpu_pv *s = VGPU_PV_DEVICE(vdev);
	struct vgpu_pv_config config;

	memcpy(&config, data, sizeof(config));
	s->events &= ~le32_to_cpu(config.events_clear);
}

/*
 * QEMU gives queues the largest size that it knows, whatever it is asked for, at
 * each reset.  A queue with addresses is left alone: its mappings have its size.
 */
static void vgpu_pv_device_size_queues(struct vgpu_pv *s)
{
	VirtIODevice *vdev = VIRTIO_DEVICE(s);
	unsigned int n;

	for (n = 0; n < VGPU_PV_QUEUE_RING0 + s->nr_rings; n++) {
		if (virtio_queue_get_desc_addr(vdev, n))
			continue;
		virtio_queue_set_num(vdev, n,
				     n == VGPU_PV_QUEUE_CURSOR ? VGPU_PV_CURSOR_QUEUE_SIZE
							       : VGPU_PV_QUEUE_SIZE);
	}
}

static void vgpu_pv_device_set_status(VirtIODevice *vdev, uint8_t status)
{
	struct vgpu_pv *s = VGPU_PV_DEVICE(vdev);

	if (!vdev->status && status)
		vgpu_pv_device_size_queues(s);
	/* QEMU asks no device what it says of features that lack this one */
	if ((status & (VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK)) &&
	    !virtio_vdev_has_feature(vdev, VIRTIO_F_VERSION_1) && !vdev->broken)
		virtio_error(vdev, "vgpu-pv: the guest's driver does not accept VERSION_1");
	if (virtio_device_should_start(vdev, status)) {
		vgpu_pv_rings_start(s, status);
		qemu_bh_schedule(s->queues_bh);
	} else {
		vgpu_pv_rings_stop(s);
	}
	if (vdev->broken)
		qemu_bh_schedule(s->broken_bh);
}

/* virtio itself has told the worker, through vgpu_pv_device_get_vhost(). */
static void vgpu_pv_device_reset(VirtIODevice *vdev)
{
	struct vgpu_pv *s = VGPU_PV_DEVICE(vdev);
	unsigned int i;

	trace_vgpu_pv_reset();
	for (i = 0; i < s->max_outputs; i++) {
		vgpu_pv_display_off(s, i);
		vgpu_pv_cursor_off(s, i);
	}
	s->events = 0;
}

static struct vhost_dev *vgpu_pv_device_get_vhost(VirtIODevice *vdev)
{
	return &VGPU_PV_DEVICE(vdev)->vhost;
}

/* ---- the machine ---- */

/* The worker maps the guest's memory: one private region in it, and DRIVER_OK would be too late. */
static bool vgpu_pv_device_ram_shared(MemoryRegion *mr)
{
	MemoryRegion *sub;

	if (memory_region_is_ram(mr))
		return memory_region_get_fd(mr) >= 0 && qemu_ram_is_shared(mr->ram_block);
	QTAILQ_FOREACH(sub, &mr->subregions, subregions_link) {
		if (!vgpu_pv_device_ram_shared(sub))
			return false;
	}
	return true;
}

static bool vgpu_pv_device_check_ram(Error **errp)
{
	uint64_t size = current_machine->ram_size;
	g_autofree char *human = size % MiB ? g_strdup_printf("%" PRIu64, size)
					    : g_strdup_printf("%" PRIu64 "M", size / MiB);

	if (current_machine->ram && vgpu_pv_device_ram_shared(current_machine->ram))
		return true;
	error_setg(errp, "the guest's memory cannot be shared with the process that renders for "
			 "it");
	error_append_hint(errp,
			  "Add: -object memory-backend-memfd,id=m,size=%s,share=on "
			  "-machine memory-backend=m\n",
			  human);
	return false;
}

static bool vgpu_pv_device_check_range(const char *name, uint32_t value, uint32_t min, uint32_t max,
				       Error **errp)
{
	if (value >= min && value <= max)
		return true;
	error_setg(errp, "%s=%u is out of range: give %u to %u", name, value, min, max);
	return false;
}

static bool vgpu_pv_device_check_properties(struct vgpu_pv *s, Error **errp)
{
	VirtIODevice *vdev = VIRTIO_DEVICE(s);

	if (virtio_host_has_feature(vdev, VIRTIO_F_RING_PACKED)) {
		error_setg(errp, "packed virtqueues are not supported yet by vgpu-pv; use "
				 "packed=off");
		return false;
	}
	if (virtio_host_has_feature(vdev, VIRTIO_F_IN_ORDER)) {
		error_setg(errp, "in_order is of no use to vgpu-pv, whose rings are in order "
				 "without it; use in_order=off");
		return false;
	}
	if (virtio_host_has_feature(vdev, VIRTIO_F_IOMMU_PLATFORM)) {
		error_setg(errp, "an IOMMU is not supported yet by vgpu-pv; use "
				 "iommu_platform=off");
		return false;
	}
	if (s->instance && qemu_chr_fe_get_driver(&s->chr)) {
		error_setg(errp,
			   "instance=%s is of the broker, and chardev= goes past it: give one "
			   "of them",
			   s->instance);
		return false;
	}
	return vgpu_pv_aperture_check_size(s->vram, errp) &&
	       vgpu_pv_device_check_range("rings", s->nr_rings, 1, VGPU_PV_MAX_RINGS, errp) &&
	       vgpu_pv_device_check_range("max-outputs", s->max_outputs, 1, VGPU_PV_MAX_OUTPUTS,
					  errp) &&
	       vgpu_pv_console_check(s, errp) &&
	       vgpu_pv_device_check_range("xres", s->xres, 1, VGPU_PV_MAX_DIMENSION, errp) &&
	       vgpu_pv_device_check_range("yres", s->yres, 1, VGPU_PV_MAX_DIMENSION, errp) &&
	       vgpu_pv_device_check_range("refresh", s->refresh, DEVICE_MIN_REFRESH,
					  DEVICE_MAX_REFRESH, errp) &&
	       vgpu_pv_device_check_ram(errp);
}

static void vgpu_pv_device_add_queues(struct vgpu_pv *s)
{
	VirtIODevice *vdev = VIRTIO_DEVICE(s);
	unsigned int i;

	s->display_vq = virtio_add_queue(vdev, VGPU_PV_QUEUE_SIZE, vgpu_pv_device_kicked);
	s->cursor_vq = virtio_add_queue(vdev, VGPU_PV_CURSOR_QUEUE_SIZE, vgpu_pv_device_kicked);
	for (i = 0; i < s->nr_rings; i++)
		s->rings[i].vq = virtio_add_queue(vdev, VGPU_PV_QUEUE_SIZE, vgpu_pv_rings_handle);
}

static void vgpu_pv_device_realize(DeviceState *dev, Error **errp)
{
	struct vgpu_pv *s = VGPU_PV_DEVICE(dev);
	VirtIODevice *vdev = VIRTIO_DEVICE(dev);

	if (!vgpu_pv_device_check_properties(s, errp))
		return;
	s->aperture = vgpu_pv_aperture_new(s->vram, errp);
	if (!s->aperture || !vgpu_pv_worker_connect(s, errp))
		return;
	/* after vhost's own, of several reasons the last one is shown */
	error_setg(&s->migration_blocker, "vgpu-pv can be neither migrated nor saved yet");
	if (migrate_add_blocker(&s->migration_blocker, errp) < 0) {
		vgpu_pv_worker_disconnect(s);
		return;
	}
	memory_region_init_ram_ptr(&s->aperture_mr, OBJECT(s), "vgpu-pv-aperture", s->vram,
				   s->aperture->ptr);
	virtio_init(vdev, VGPU_PV_DEVICE_ID, sizeof(struct vgpu_pv_config));
	/*
	 * MSI-X alone masks: were the worker told, what it completes before it reads the
	 * message would interrupt nobody.
	 */
	vdev->use_guest_notifier_mask = false;
	vgpu_pv_device_add_queues(s);
	s->queues_bh = qemu_bh_new_guarded(vgpu_pv_device_queues_bh, s, &dev->mem_reentrancy_guard);
	s->broken_bh = qemu_bh_new_guarded(vgpu_pv_device_broken_bh, s, &dev->mem_reentrancy_guard);
	vgpu_pv_console_init(s);
}

static void vgpu_pv_device_unrealize(DeviceState *dev)
{
	struct vgpu_pv *s = VGPU_PV_DEVICE(dev);
	VirtIODevice *vdev = VIRTIO_DEVICE(dev);
	unsigned int i;

	vgpu_pv_rings_stop(s);
	vgpu_pv_console_close(s);
	qemu_bh_delete(s->queues_bh);
	qemu_bh_delete(s->broken_bh);
	/* their mappings keep the memory map alive, and with it the BAR and us */
	for (i = 0; i < s->nr_rings; i++)
		virtio_delete_queue(s->rings[i].vq);
	virtio_delete_queue(s->cursor_vq);
	virtio_delete_queue(s->display_vq);
	vgpu_pv_worker_disconnect(s);
	migrate_del_blocker(&s->migration_blocker);
	virtio_cleanup(vdev);
}

static void vgpu_pv_device_instance_init(Object *obj)
{
	VGPU_PV_DEVICE(obj)->broker_fd = -1;
}

/* Not before: until here the BAR's memory may be mapped somewhere. */
static void vgpu_pv_device_instance_finalize(Object *obj)
{
	struct vgpu_pv *s = VGPU_PV_DEVICE(obj);

	if (s->aperture)
		vgpu_pv_aperture_unref(s->aperture);
}

static const Property vgpu_pv_device_properties[] = {
	DEFINE_PROP_STRING("instance", struct vgpu_pv, instance),
	DEFINE_PROP_CHR("chardev", struct vgpu_pv, chr),
	DEFINE_PROP_SIZE("vram", struct vgpu_pv, vram, 256 * MiB),
	DEFINE_PROP_UINT32("rings", struct vgpu_pv, nr_rings, VGPU_PV_DEFAULT_RINGS),
	DEFINE_PROP_UINT32("max-outputs", struct vgpu_pv, max_outputs, 1),
	DEFINE_PROP_UINT32("xres", struct vgpu_pv, xres, 1280),
	DEFINE_PROP_UINT32("yres", struct vgpu_pv, yres, 800),
	DEFINE_PROP_UINT32("refresh", struct vgpu_pv, refresh, 60000),
};

static const struct {
	const char *name, *text;
} vgpu_pv_device_descriptions[] = {
	{ "instance", "the broker's instance of this name, made beforehand (else one with the "
		      "default quota, named by -name, the UUID or qemu-PID)" },
	{ "chardev", "the socket of a vgpu-pv-worker, instead of the broker" },
	{ "vram", "memory that scanouts live in: a power of two, 16M to 64G" },
	{ "rings", "submit rings, 1 to 64" },
	{ "max-outputs", "outputs, 1 to 4" },
	{ "xres", "preferred width of an output, pixels" },
	{ "yres", "preferred height of an output, pixels" },
	{ "refresh", "refresh rate of the outputs, mHz" },
};

static void vgpu_pv_device_class_init(ObjectClass *klass, void *data)
{
	DeviceClass *dc = DEVICE_CLASS(klass);
	VirtioDeviceClass *vdc = VIRTIO_DEVICE_CLASS(klass);
	size_t i;

	device_class_set_props(dc, vgpu_pv_device_properties);
	for (i = 0; i < ARRAY_SIZE(vgpu_pv_device_descriptions); i++)
		object_class_property_set_description(klass, vgpu_pv_device_descriptions[i].name,
						      vgpu_pv_device_descriptions[i].text);
	vgpu_pv_console_add_properties(klass);
	set_bit(DEVICE_CATEGORY_DISPLAY, dc->categories);
	dc->user_creatable = false; /* other transports have no shared memory */
	vdc->realize = vgpu_pv_device_realize;
	vdc->unrealize = vgpu_pv_device_unrealize;
	vdc->get_features = vgpu_pv_device_get_features;
	vdc->get_config = vgpu_pv_device_get_config;
	vdc->set_config = vgpu_pv_device_set_config;
	vdc->set_status = vgpu_pv_device_set_status;
	vdc->reset = vgpu_pv_device_reset;
	vdc->get_vhost = vgpu_pv_device_get_vhost;
}

static const TypeInfo vgpu_pv_device_type = {
	.name = TYPE_VGPU_PV_DEVICE,
	.parent = TYPE_VIRTIO_DEVICE,
	.instance_size = sizeof(struct vgpu_pv),
	.instance_init = vgpu_pv_device_instance_init,
	.instance_finalize = vgpu_pv_device_instance_finalize,
	.class_init = vgpu_pv_device_class_init,
};

static void vgpu_pv_device_register(void)
{
	type_register_static(&vgpu_pv_device_type);
}

type_init(vgpu_pv_device_register);
