// SPDX-License-Identifier: MIT
/*
 * A message is descriptors 2 * slot and 2 * slot + 1, its slot that of its number;
 * each slot has a fixed place in guest memory.
 */
#include <linux/virtio_ring.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"
#include "qtest.h"
#include "vgpu_pv_layout.h"
#include "virtio.h"

#define VIRTIO_CAP_COMMON 1
#define VIRTIO_CAP_NOTIFY 2
#define VIRTIO_CAP_ISR	  3
#define VIRTIO_CAP_CONFIG 4
#define VIRTIO_CAP_SHM	  8

#define VIRTIO_SLOT_SIZE (VIRTIO_MAX_REQUEST + VIRTIO_MAX_ROOM)
#define VIRTIO_MEMORY	 (16u << 20) /* first guest address that is used */

static uint32_t common_read(const struct virtio_device *dev, unsigned int reg, unsigned int size)
{
	return qtest_read(dev->vm, dev->common + reg, size);
}

static void common_write(const struct virtio_device *dev, unsigned int reg, unsigned int size,
			 uint32_t value)
{
	qtest_write(dev->vm, dev->common + reg, size, value);
}

static void virtio_read_capability(struct virtio_device *dev, unsigned int cap)
{
	uint32_t type = pci_read(&dev->pci, cap) >> 24;
	uint32_t place = pci_read(&dev->pci, cap + 4);
	const struct pci_bar *bar = &dev->pci.bars[(place & 0xff) % PCI_NR_BARS];
	uint64_t addr = bar->addr + pci_read(&dev->pci, cap + 8);
	uint64_t length = pci_read(&dev->pci, cap + 12);

	switch (type) {
	case VIRTIO_CAP_COMMON:
		dev->common = addr;
		break;
	case VIRTIO_CAP_NOTIFY:
		dev->notify = addr;
		dev->notify_multiplier = pci_read(&dev->pci, cap + 16);
		break;
	case VIRTIO_CAP_ISR:
		dev->isr = addr;
		break;
	case VIRTIO_CAP_CONFIG:
		dev->config = addr;
		break;
	case VIRTIO_CAP_SHM:
		expect((place >> 8 & 0xff) == VGPU_PV_SHM_APERTURE, "shared memory region %u",
		       place >> 8 & 0xff);
		dev->aperture = addr + ((uint64_t)pci_read(&dev->pci, cap + 16) << 32);
		dev->aperture_size = length | (uint64_t)pci_read(&dev->pci, cap + 20) << 32;
		break;
	}
}

void virtio_open(struct virtio_device *dev, struct vm *vm)
{
	unsigned int cap;

	memset(dev, 0, sizeof(*dev));
	dev->vm = vm;
	pci_open(&dev->pci, vm, VIRTIO_VGPU_PV);
	for (cap = pci_find_capability(&dev->pci, PCI_CAP_VENDOR, 0); cap;
	     cap = pci_find_capability(&dev->pci, PCI_CAP_VENDOR, cap))
		virtio_read_capability(dev, cap);
	expect(dev->common && dev->notify && dev->isr && dev->config && dev->aperture,
	       "a virtio capability is missing");
}

uint64_t virtio_features(const struct virtio_device *dev)
{
	uint64_t features;

	common_write(dev, VIRTIO_COMMON_FEATURE_SELECT, 4, 0);
	features = common_read(dev, VIRTIO_COMMON_FEATURE, 4);
	common_write(dev, VIRTIO_COMMON_FEATURE_SELECT, 4, 1);
	return features | (uint64_t)common_read(dev, VIRTIO_COMMON_FEATURE, 4) << 32;
}

uint8_t virtio_status(const struct virtio_device *dev)
{
	return (uint8_t)common_read(dev, VIRTIO_COMMON_STATUS, 1);
}

void virtio_set_status(const struct virtio_device *dev, uint8_t status)
{
	common_write(dev, VIRTIO_COMMON_STATUS, 1, status);
}

struct vgpu_pv_config virtio_config(const struct virtio_device *dev)
{
	struct vgpu_pv_config config;

	/* by fours, as a driver does: the registers are no memory */
	for (unsigned int i = 0; i < sizeof(config); i += 4)
		*(uint32_t *)((uint8_t *)&config + i) = qtest_read(dev->vm, dev->config + i, 4);
	return config;
}

void virtio_reset(struct virtio_device *dev)
{
	virtio_set_status(dev, 0);
	expect(!virtio_status(dev), "the device's reset does not end");
	dev->nr_queues = 0;
	dev->free = VIRTIO_MEMORY;
}

uint64_t virtio_alloc(struct virtio_device *dev, size_t size)
{
	uint64_t addr = dev->free;

	dev->free += (size + 4095) & ~(size_t)4095;
	expect(dev->free <= VM_MEMORY_SIZE, "the test's guest memory is used up");
	memset(virtio_memory(dev, addr), 0, size);
	return addr;
}

void *virtio_memory(const struct virtio_device *dev, uint64_t addr)
{
	return dev->vm->memory + addr;
}

static void virtio_start_queue(struct virtio_device *dev, unsigned int i)
{
	struct virtio_queue *q = &dev->queues[i];

	memset(q, 0, sizeof(*q));
	common_write(dev, VIRTIO_COMMON_QUEUE, 2, i);
	q->num = (uint16_t)common_read(dev, VIRTIO_COMMON_SIZE, 2);
	q->desc = virtio_alloc(dev, q->num * sizeof(struct vring_desc));
	q->avail = virtio_alloc(dev, 4096);
	q->used = virtio_alloc(dev, 4096);
	q->buffers = virtio_alloc(dev, (size_t)q->num / 2 * VIRTIO_SLOT_SIZE);
	q->notify = dev->notify + (uint64_t)common_read(dev, VIRTIO_COMMON_NOTIFY_OFFSET, 2) *
					  dev->notify_multiplier;
	qtest_write64(dev->vm, dev->common + VIRTIO_COMMON_DESC, q->desc);
	qtest_write64(dev->vm, dev->common + VIRTIO_COMMON_AVAIL, q->avail);
	qtest_write64(dev->vm, dev->common + VIRTIO_COMMON_USED, q->used);
	common_write(dev, VIRTIO_COMMON_ENABLE, 2, 1);
}

bool virtio_prepare(struct virtio_device *dev, uint64_t features)
{
	uint8_t status = VIRTIO_STATUS_ACK | VIRTIO_STATUS_DRIVER;
	unsigned int i;

	virtio_reset(dev);
	virtio_set_status(dev, VIRTIO_STATUS_ACK);
	virtio_set_status(dev, status);
	common_write(dev, VIRTIO_COMMON_GUEST_SELECT, 4, 0);
	common_write(dev, VIRTIO_COMMON_GUEST, 4, (uint32_t)features);
	common_write(dev, VIRTIO_COMMON_GUEST_SELECT, 4, 1);
	common_write(dev, VIRTIO_COMMON_GUEST, 4, (uint32_t)(features >> 32));
	status |= VIRTIO_STATUS_FEATURES;
	virtio_set_status(dev, status);
	if (virtio_status(dev) != status)
		return false;
	dev->nr_queues = VGPU_PV_QUEUE_RING0 + virtio_config(dev).num_rings;
	expect(dev->nr_queues <= VIRTIO_MAX_QUEUES, "%u queues", dev->nr_queues);
	for (i = 0; i < dev->nr_queues; i++)
		virtio_start_queue(dev, i);
	return true;
}

void virtio_start(struct virtio_device *dev)
{
	/* without EVENT_IDX: a test looks at the used ring itself, and kicks always */
	expect(virtio_prepare(dev, virtio_features(dev) & ~VIRTIO_FEATURE_EVENT),
	       "the device does not accept its own features");
	virtio_set_status(dev, VIRTIO_STATUS_ACK | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES |
				       VIRTIO_STATUS_DRIVER_OK);
}

/* ---- messages ---- */

static uint64_t virtio_slot(const struct virtio_queue *q, uint16_t number)
{
	return q->buffers + (uint64_t)(number % (q->num / 2)) * VIRTIO_SLOT_SIZE;
}

void virtio_post(struct virtio_device *dev, unsigned int queue, const void *request, size_t len,
		 size_t room)
{
	struct virtio_queue *q = &dev->queues[queue];
	struct vring_avail *avail = virtio_memory(dev, q->avail);
	unsigned int head = q->posted % (q->num / 2) * 2;
	struct vring_desc *desc = (struct vring_desc *)virtio_memory(dev, q->desc) + head;
	uint64_t slot = virtio_slot(q, q->posted);

	expect((uint16_t)(q->posted - q->seen) < q->num / 2, "queue %u is full", queue);
	expect(len <= VIRTIO_MAX_REQUEST && room <= VIRTIO_MAX_ROOM && len + room,
	       "a message of %zu and %zu bytes", len, room);
	memcpy(virtio_memory(dev, slot), request, len);
	memset(virtio_memory(dev, slot + VIRTIO_MAX_REQUEST), 0xa5, VIRTIO_MAX_ROOM);
	memset(desc, 0, 2 * sizeof(*desc));
	if (len) {
		desc->addr = slot;
		desc->len = (uint32_t)len;
		if (room) {
			desc->flags = VRING_DESC_F_NEXT;
			desc->next = (uint16_t)(head + 1);
			desc++;
		}
	}
	if (room) {
		desc->addr = slot + VIRTIO_MAX_REQUEST;
		desc->len = (uint32_t)room;
		desc->flags = VRING_DESC_F_WRITE;
	}
	avail->ring[q->posted % q->num] = (uint16_t)head;
	q->posted++;
	__atomic_store_n(&avail->idx, q->posted, __ATOMIC_RELEASE);
}

void virtio_kick(const struct virtio_device *dev, unsigned int queue)
{
	qtest_write(dev->vm, dev->queues[queue].notify, 2, queue);
}

void virtio_post_wait(struct virtio_device *dev, unsigned int queue, uint32_t ring, uint64_t seq)
{
	const struct vgpu_pv_wait_ring request = {
		.hdr.type = VGPU_PV_MSG_WAIT_RING,
		.ring = ring,
		.seq = seq,
	};

	virtio_post(dev, queue, &request, sizeof(request), sizeof(struct vgpu_pv_reply));
}

bool virtio_used(const struct virtio_device *dev, unsigned int queue)
{
	const struct virtio_queue *q = &dev->queues[queue];
	struct vring_used *used = virtio_memory(dev, q->used);

	return __atomic_load_n(&used->idx, __ATOMIC_ACQUIRE) != q->seen;
}

const void *virtio_wait(struct virtio_device *dev, unsigned int queue, uint32_t *len)
{
	struct virtio_queue *q = &dev->queues[queue];
	struct vring_used *used = virtio_memory(dev, q->used);
	uint64_t until = vm_now_ms() + VM_TIMEOUT_MS;
	const struct vring_used_elem *elem;

	while (!virtio_used(dev, queue)) {
		expect(vm_now_ms() < until, "queue %u: message %u is not used", queue, q->seen);
		usleep(200);
	}
	elem = &used->ring[q->seen % q->num];
	expect(elem->id == (uint32_t)(q->seen % (q->num / 2) * 2),
	       "queue %u: message %u is not used in its turn: chain %u", queue, q->seen, elem->id);
	*len = elem->len;
	return virtio_memory(dev, virtio_slot(q, q->seen++) + VIRTIO_MAX_REQUEST);
}

const void *virtio_call(struct virtio_device *dev, unsigned int queue, const void *request,
			size_t size, size_t room, uint32_t *len)
{
	virtio_post(dev, queue, request, size, room);
	virtio_kick(dev, queue);
	return virtio_wait(dev, queue, len);
}

uint32_t virtio_answer(struct virtio_device *dev, unsigned int queue, const void *request,
		       size_t size)
{
	const struct vgpu_pv_reply *reply;
	uint32_t len, type = 0;

	memcpy(&type, request, size < sizeof(type) ? size : sizeof(type));
	reply = virtio_call(dev, queue, request, size, VIRTIO_MAX_ROOM, &len);
	expect(len >= sizeof(*reply), "queue %u: a reply of %u bytes", queue, len);
	expect(reply->type == (type | VGPU_PV_MSG_REPLY), "queue %u: type %#x is answered by %#x",
	       queue, type, reply->type);
	expect(reply->status == VGPU_PV_S_OK || len == sizeof(*reply),
	       "queue %u: an error of %u bytes", queue, len);
	return reply->status;
}
