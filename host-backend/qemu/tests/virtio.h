/* SPDX-License-Identifier: MIT */
/* A driver's side of virtio over PCI: registers, split virtqueues, messages. */
#ifndef VIRTIO_H
#define VIRTIO_H

#include "pci.h"
#include "vgpu_pv.h"

#define VIRTIO_VGPU_PV	   0x107f1af4u
#define VIRTIO_MAX_QUEUES  (VGPU_PV_QUEUE_RING0 + VGPU_PV_MAX_RINGS)
#define VIRTIO_MAX_REQUEST 2048
#define VIRTIO_MAX_ROOM	   6144

#define VIRTIO_FEATURE_INDIRECT (1ull << 28)
#define VIRTIO_FEATURE_EVENT	(1ull << 29)
#define VIRTIO_FEATURE_1	(1ull << 32)
#define VIRTIO_FEATURE_RENDER	(1ull << VGPU_PV_F_RENDER)

#define VIRTIO_STATUS_ACK	0x01
#define VIRTIO_STATUS_DRIVER	0x02
#define VIRTIO_STATUS_DRIVER_OK 0x04
#define VIRTIO_STATUS_FEATURES	0x08

/* registers of the common configuration */
#define VIRTIO_COMMON_FEATURE_SELECT 0
#define VIRTIO_COMMON_FEATURE	     4
#define VIRTIO_COMMON_GUEST_SELECT   8
#define VIRTIO_COMMON_GUEST	     12
#define VIRTIO_COMMON_CONFIG_VECTOR  16
#define VIRTIO_COMMON_NUM_QUEUES     18
#define VIRTIO_COMMON_STATUS	     20
#define VIRTIO_COMMON_QUEUE	     22
#define VIRTIO_COMMON_SIZE	     24
#define VIRTIO_COMMON_VECTOR	     26
#define VIRTIO_COMMON_ENABLE	     28
#define VIRTIO_COMMON_NOTIFY_OFFSET  30
#define VIRTIO_COMMON_DESC	     32
#define VIRTIO_COMMON_AVAIL	     40
#define VIRTIO_COMMON_USED	     48

struct virtio_queue {
	uint16_t num;
	uint64_t desc, avail, used; /* guest addresses */
	uint64_t buffers;
	uint64_t notify; /* register */
	uint16_t posted;
	uint16_t seen;
};

struct virtio_device {
	struct vm *vm;
	struct pci_function pci;
	uint64_t common, notify, isr, config; /* registers */
	uint32_t notify_multiplier;
	uint64_t aperture, aperture_size;
	uint64_t free; /* guest address */
	unsigned int nr_queues;
	struct virtio_queue queues[VIRTIO_MAX_QUEUES];
};

/* Finds the device and its registers; it is as after a reset. */
void virtio_open(struct virtio_device *dev, struct vm *vm);
uint64_t virtio_features(const struct virtio_device *dev);
void virtio_reset(struct virtio_device *dev);
/* all but the status DRIVER_OK; whether the device accepts the features */
bool virtio_prepare(struct virtio_device *dev, uint64_t features);
/* from a reset to DRIVER_OK, with all features that are offered */
void virtio_start(struct virtio_device *dev);
uint8_t virtio_status(const struct virtio_device *dev);
void virtio_set_status(const struct virtio_device *dev, uint8_t status);
struct vgpu_pv_config virtio_config(const struct virtio_device *dev);

/* guest memory, zeroed, 4096-byte aligned, until the next reset */
uint64_t virtio_alloc(struct virtio_device *dev, size_t size);
void *virtio_memory(const struct virtio_device *dev, uint64_t addr);

/* Makes a message available, without a kick; len or room may be 0, not both. */
void virtio_post(struct virtio_device *dev, unsigned int queue, const void *request, size_t len,
		 size_t room);
void virtio_kick(const struct virtio_device *dev, unsigned int queue);
/* Makes one available that waits for message seq of a ring, without a kick. */
void virtio_post_wait(struct virtio_device *dev, unsigned int queue, uint32_t ring, uint64_t seq);
/* whether the next one is used */
bool virtio_used(const struct virtio_device *dev, unsigned int queue);
/* Waits for the next message in the order of posting, and takes it: reply and its length. */
const void *virtio_wait(struct virtio_device *dev, unsigned int queue, uint32_t *len);
const void *virtio_call(struct virtio_device *dev, unsigned int queue, const void *request,
			size_t size, size_t room, uint32_t *len);
/* the same where the reply has a header: its status, after its checks */
uint32_t virtio_answer(struct virtio_device *dev, unsigned int queue, const void *request,
		       size_t size);

#endif /* VIRTIO_H */
