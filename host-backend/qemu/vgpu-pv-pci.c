// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The PCI front of the device: modern only, no VGA.  BAR 4 is the aperture; the
 * registers take the place of the port BAR that a modern device does not have.
 */
#include "qemu/osdep.h"
#include "hw/pci/pci.h"
#include "hw/qdev-properties.h"
#include "hw/virtio/virtio-pci.h"
#include "qapi/error.h"
#include "qemu/module.h"

#include "vgpu-pv.h"

#define TYPE_VGPU_PV_PCI "vgpu-pv-pci-base"

#define PCI_BAR_NOTIFY_PORT 0
#define PCI_BAR_MSIX	    1
#define PCI_BAR_REGISTERS   2
#define PCI_BAR_APERTURE    4

struct vgpu_pv_pci {
	VirtIOPCIProxy parent_obj;
	struct vgpu_pv vdev;
};

OBJECT_DECLARE_SIMPLE_TYPE(vgpu_pv_pci, VGPU_PV_PCI)

static void vgpu_pv_pci_realize(VirtIOPCIProxy *proxy, Error **errp)
{
	struct vgpu_pv *s = &VGPU_PV_PCI(proxy)->vdev;
	unsigned int i;

	proxy->modern_io_bar_idx = PCI_BAR_NOTIFY_PORT;
	proxy->msix_bar_idx = PCI_BAR_MSIX;
	proxy->modern_mem_bar_idx = PCI_BAR_REGISTERS;
	/* the configuration, the two queues in front, the rings */
	proxy->nvectors = 1 + VGPU_PV_QUEUE_RING0 + MIN(s->nr_rings, VGPU_PV_MAX_RINGS);
	virtio_pci_force_virtio_1(proxy);
	if (!qdev_realize(DEVICE(s), BUS(&proxy->bus), errp))
		return;

	pci_register_bar(&proxy->pci_dev, PCI_BAR_APERTURE,
			 PCI_BASE_ADDRESS_SPACE_MEMORY | PCI_BASE_ADDRESS_MEM_PREFETCH |
				 PCI_BASE_ADDRESS_MEM_TYPE_64,
			 &s->aperture_mr);
	virtio_pci_add_shm_cap(proxy, PCI_BAR_APERTURE, 0, s->vram, VGPU_PV_SHM_APERTURE);
	for (i = 0; i < s->max_outputs; i++)
		object_property_set_link(OBJECT(s->screens[i].con), "device", OBJECT(proxy),
					 &error_abort);
}

static void vgpu_pv_pci_class_init(ObjectClass *klass, void *data)
{
	DeviceClass *dc = DEVICE_CLASS(klass);
	VirtioPCIClass *k = VIRTIO_PCI_CLASS(klass);
	PCIDeviceClass *pci = PCI_DEVICE_CLASS(klass);

	set_bit(DEVICE_CATEGORY_DISPLAY, dc->categories);
	dc->desc = "Paravirtual GPU shared through vgpu-pvd";
	k->realize = vgpu_pv_pci_realize;
	pci->class_id = PCI_CLASS_DISPLAY_OTHER;
}

static void vgpu_pv_pci_instance_init(Object *obj)
{
	struct vgpu_pv_pci *pci = VGPU_PV_PCI(obj);

	virtio_instance_init_common(obj, &pci->vdev, sizeof(pci->vdev), TYPE_VGPU_PV_DEVICE);
}

static const VirtioPCIDeviceTypeInfo vgpu_pv_pci_type = {
	.base_name = TYPE_VGPU_PV_PCI,
	.non_transitional_name = "vgpu-pv",
	.instance_size = sizeof(struct vgpu_pv_pci),
	.instance_init = vgpu_pv_pci_instance_init,
	.class_init = vgpu_pv_pci_class_init,
};

static void vgpu_pv_pci_register(void)
{
	virtio_pci_types_register(&vgpu_pv_pci_type);
}

type_init(vgpu_pv_pci_register);
