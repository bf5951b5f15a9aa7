/* SPDX-License-Identifier: MIT */
/* MSI-X: a message is a write to memory, here to where the test can see it. */
#ifndef MSIX_H
#define MSIX_H

#include "virtio.h"

/* Enables MSI-X and has the vector write to guest address addr; the place in memory. */
volatile uint32_t *msix_route(struct virtio_device *dev, unsigned int vector, uint64_t addr);

/* one vector, and all of the function */
void msix_mask(struct virtio_device *dev, unsigned int vector, bool masked);
void msix_mask_all(struct virtio_device *dev, bool masked);
bool msix_pending(struct virtio_device *dev, unsigned int vector);
unsigned int msix_count(struct virtio_device *dev);

/* Waits until the message is there, and until the vector is pending; false: in vain. */
bool msix_comes(volatile uint32_t *message);
bool msix_becomes_pending(struct virtio_device *dev, unsigned int vector);

/* queue and configuration get vectors of their own: that of queue n is n, then the other's */
void msix_spread(struct virtio_device *dev);

#endif /* MSIX_H */
