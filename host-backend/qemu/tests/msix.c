// SPDX-License-Identifier: MIT
#include <unistd.h>

#include "expect.h"
#include "msix.h"
#include "qtest.h"

#define MSIX_ENABLE	0x80000000u
#define MSIX_MASK_ALL	0x40000000u
#define MSIX_ENTRY_SIZE 16

static unsigned int msix_capability(struct virtio_device *dev)
{
	unsigned int cap = pci_find_capability(&dev->pci, PCI_CAP_MSIX, 0);

	expect(cap, "there is no MSI-X");
	return cap;
}

/* what the capability's register points to: the table, or the pending bits */
static uint64_t msix_place(struct virtio_device *dev, unsigned int reg)
{
	uint32_t place = pci_read(&dev->pci, msix_capability(dev) + reg);

	return dev->pci.bars[(place & 7) % PCI_NR_BARS].addr + (place & ~7u);
}

static uint64_t msix_entry(struct virtio_device *dev, unsigned int vector)
{
	return msix_place(dev, 4) + (uint64_t)vector * MSIX_ENTRY_SIZE;
}

volatile uint32_t *msix_route(struct virtio_device *dev, unsigned int vector, uint64_t addr)
{
	unsigned int cap = msix_capability(dev);

	qtest_write64(dev->vm, msix_entry(dev, vector), addr);
	qtest_write(dev->vm, msix_entry(dev, vector) + 8, 4, 1);
	msix_mask(dev, vector, false);
	pci_write(&dev->pci, cap, pci_read(&dev->pci, cap) | MSIX_ENABLE);
	return virtio_memory(dev, addr);
}

void msix_mask(struct virtio_device *dev, unsigned int vector, bool masked)
{
	qtest_write(dev->vm, msix_entry(dev, vector) + 12, 4, masked);
}

void msix_mask_all(struct virtio_device *dev, bool masked)
{
	unsigned int cap = msix_capability(dev);
	uint32_t value = pci_read(&dev->pci, cap) & ~MSIX_MASK_ALL;

	pci_write(&dev->pci, cap, value | (masked ? MSIX_MASK_ALL : 0));
}

bool msix_pending(struct virtio_device *dev, unsigned int vector)
{
	return qtest_read(dev->vm, msix_place(dev, 8) + vector / 32 * 4, 4) & 1u << vector % 32;
}

unsigned int msix_count(struct virtio_device *dev)
{
	return (pci_read(&dev->pci, msix_capability(dev)) >> 16 & 0x7ff) + 1;
}

bool msix_comes(volatile uint32_t *message)
{
	uint64_t until = vm_now_ms() + VM_TIMEOUT_MS;

	while (!*message && vm_now_ms() < until)
		usleep(200);
	return *message;
}

bool msix_becomes_pending(struct virtio_device *dev, unsigned int vector)
{
	uint64_t until = vm_now_ms() + VM_TIMEOUT_MS;

	while (!msix_pending(dev, vector)) {
		if (vm_now_ms() >= until)
			return false;
		usleep(200);
	}
	return true;
}

void msix_spread(struct virtio_device *dev)
{
	unsigned int i;

	for (i = 0; i < dev->nr_queues; i++) {
		qtest_write(dev->vm, dev->common + VIRTIO_COMMON_QUEUE, 2, i);
		qtest_write(dev->vm, dev->common + VIRTIO_COMMON_VECTOR, 2, i);
	}
	qtest_write(dev->vm, dev->common + VIRTIO_COMMON_CONFIG_VECTOR, 2, i);
}
