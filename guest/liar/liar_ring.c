// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device's side of a split virtqueue, and the lies about it.  Addresses in
 * descriptors are physical, and memory of the kernel: the driver negotiates no
 * VIRTIO_F_ACCESS_PLATFORM.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/virtio_ring.h>

#include "liar.h"

static const struct vring *liar_ring(const struct liar_queue *queue)
{
	return virtqueue_get_vring(queue->vq);
}

/* Next to be used, without a word to the driver. */
void liar_ring_push(struct liar_queue *queue, u32 id, u32 len)
{
	const struct vring *ring = liar_ring(queue);
	struct vring_used_elem *elem = &ring->used->ring[queue->used % ring->num];

	elem->id = cpu_to_virtio32(queue->vq->vdev, id);
	elem->len = cpu_to_virtio32(queue->vq->vdev, len);
	liar_ring_jump(queue, 1);
}

/* So many entries further, whatever is in them. */
void liar_ring_jump(struct liar_queue *queue, u16 entries)
{
	const struct vring *ring = liar_ring(queue);

	queue->used += entries;
	/* The entries are there before the index says so. */
	virt_wmb();
	WRITE_ONCE(ring->used->idx, cpu_to_virtio16(queue->vq->vdev, queue->used));
}

static void liar_ring_irq(struct irq_work *irq)
{
	vring_interrupt(0, container_of(irq, struct liar_queue, irq)->vq);
}

void liar_ring_init(struct liar_queue *queue)
{
	queue->irq = IRQ_WORK_INIT_HARD(liar_ring_irq);
}

/* A real interrupt, so that the driver's handler runs as with any device; returns after it. */
void liar_ring_interrupt(struct liar_queue *queue)
{
	irq_work_queue(&queue->irq);
	irq_work_sync(&queue->irq);
}

static void liar_ring_free(struct liar_chain *chain)
{
	kvfree(chain->request);
	kfree(chain);
}

/* One descriptor that is no table. */
static int liar_ring_read_one(struct liar_chain *chain, const struct vring_desc *desc)
{
	struct virtio_device *vdev = chain->queue->vq->vdev;
	u64 addr = virtio64_to_cpu(vdev, desc->addr);
	u32 len = virtio32_to_cpu(vdev, desc->len);

	liar_rules_check_address(chain->queue->liar, "descriptor", addr, len);
	if (!pfn_valid(PHYS_PFN(addr)) || !pfn_valid(PHYS_PFN(addr + len - 1)))
		return -EFAULT;
	if (virtio16_to_cpu(vdev, desc->flags) & VRING_DESC_F_WRITE) {
		if (chain->nr_writable == LIAR_MAX_WRITABLE)
			return -E2BIG;
		chain->writable[chain->nr_writable].at = phys_to_virt(addr);
		chain->writable[chain->nr_writable++].len = len;
		return 0;
	}
	if (len > LIAR_MAX_REQUEST - chain->request_size ||
	    chain->nr_readable == LIAR_MAX_READABLE)
		return -E2BIG;
	chain->readable[chain->nr_readable].at = phys_to_virt(addr);
	chain->readable[chain->nr_readable++].len = len;
	memcpy(chain->request + chain->request_size, phys_to_virt(addr), len);
	chain->request_size += len;
	return 0;
}

static int liar_ring_read(struct liar_chain *chain, const struct vring_desc *table, u32 num,
			  u32 at)
{
	struct virtio_device *vdev = chain->queue->vq->vdev;
	int ret;

	for (;;) {
		const struct vring_desc *desc = &table[at];
		u16 flags;

		if (at >= num || chain->descriptors++ > num)
			return -ELOOP;
		flags = virtio16_to_cpu(vdev, desc->flags);
		if (flags & VRING_DESC_F_INDIRECT)
			return liar_ring_read(chain,
					      phys_to_virt(virtio64_to_cpu(vdev, desc->addr)),
					      virtio32_to_cpu(vdev, desc->len) / sizeof(*desc), 0);
		ret = liar_ring_read_one(chain, desc);
		if (ret || !(flags & VRING_DESC_F_NEXT))
			return ret;
		at = virtio16_to_cpu(vdev, desc->next);
	}
}

/* The next message, or NULL. */
static struct liar_chain *liar_ring_take(struct liar_queue *queue)
{
	const struct vring *ring = liar_ring(queue);
	struct virtio_device *vdev = queue->vq->vdev;
	struct liar_chain *chain;
	int ret;

	if (queue->taken == virtio16_to_cpu(vdev, READ_ONCE(ring->avail->idx)))
		return NULL;
	/* The entry is read after the index. */
	virt_rmb();

	chain = kzalloc(sizeof(*chain), GFP_KERNEL);
	if (!chain)
		return NULL;
	chain->request = kvmalloc(LIAR_MAX_REQUEST, GFP_KERNEL);
	if (!chain->request) {
		kfree(chain);
		return NULL;
	}
	chain->queue = queue;
	chain->head = virtio16_to_cpu(vdev, ring->avail->ring[queue->taken % ring->num]);
	queue->taken++;
	queue->messages++;

	ret = liar_ring_read(chain, ring->desc, ring->num, chain->head);
	if (ret)
		liar_rules_broken(queue->liar, "split virtqueues", "queue %u: chain %u: error %d",
				  queue->index, chain->head, ret);
	if (chain->descriptors > ring->num)
		liar_rules_broken(queue->liar, "drv-chain-length", "queue %u: %u descriptors",
				  queue->index, chain->descriptors);
	return chain;
}

static void liar_ring_write(const struct liar_chain *chain, const u8 *reply, size_t size)
{
	unsigned int i;

	for (i = 0; i < chain->nr_writable && size; i++) {
		size_t part = min_t(size_t, size, chain->writable[i].len);

		memcpy(chain->writable[i].at, reply, part);
		reply += part;
		size -= part;
	}
}

static u32 liar_ring_type(const struct liar_chain *chain)
{
	const struct vgpu_pv_request *hdr = (const void *)chain->request;

	return chain->request_size < sizeof(*hdr) ? 0 : le32_to_cpu(hdr->type);
}

/* Whether it is to be told of this message; if so, once less from now on. */
static bool liar_ring_tells(struct liar_lie *lie, const struct liar_chain *chain)
{
	if (lie->type != liar_ring_type(chain) || !lie->times)
		return false;
	lie->times--;
	return true;
}

/* The honest answer, but for the lies. */
static void liar_ring_answer(struct liar_chain *chain)
{
	struct liar_queue *queue = chain->queue;
	struct liar *liar = queue->liar;
	u32 id = chain->head, len;
	bool twice = false;
	unsigned int i;

	liar_rules_check_kept(liar, chain);
	len = liar_answer(liar, chain);
	for (i = 0; i < liar->nr_lies; i++) {
		struct liar_lie *lie = &liar->lies[i];

		if (lie->what > LIAR_TWICE || !liar_ring_tells(lie, chain))
			continue;
		if (lie->what == LIAR_POKE)
			*(__le32 *)(liar->reply + lie->a) = cpu_to_le32(lie->b);
		else if (lie->what == LIAR_LEN)
			len = lie->a;
		else if (lie->what == LIAR_ID)
			id = lie->a;
		else
			twice = true;
	}
	liar_ring_write(chain, liar->reply, sizeof(liar->reply));
	liar_ring_push(queue, id, len);
	if (twice)
		liar_ring_push(queue, id, len);
	liar_ring_free(chain);
}

/* Lies that keep an answer back; true where one does. */
static bool liar_ring_keep(struct liar_chain *chain)
{
	struct liar *liar = chain->queue->liar;
	unsigned int i;

	for (i = 0; i < liar->nr_lies; i++) {
		struct liar_lie *lie = &liar->lies[i];

		if (lie->what <= LIAR_TWICE || !liar_ring_tells(lie, chain))
			continue;
		if (lie->what == LIAR_DROP)
			liar_ring_free(chain);
		else if (lie->what == LIAR_HOLD)
			chain->queue->held = chain;
		else
			chain->queue->swapped = chain;
		return true;
	}
	return false;
}

void liar_ring_serve(struct liar_queue *queue)
{
	struct liar_chain *chain, *swapped;
	bool answered = false;

	if (!(queue->liar->status & VIRTIO_CONFIG_S_DRIVER_OK))
		return;
	while (!queue->held && (chain = liar_ring_take(queue))) {
		liar_rules_check(queue->liar, chain);
		swapped = queue->swapped;
		if (!swapped && liar_ring_keep(chain))
			continue;
		liar_ring_answer(chain);
		if (swapped) {
			queue->swapped = NULL;
			liar_ring_answer(swapped);
		}
		answered = true;
	}
	if (answered)
		liar_ring_interrupt(queue);
}

/* How many messages wait to be taken. */
unsigned int liar_ring_waiting(const struct liar_queue *queue)
{
	u16 available = virtio16_to_cpu(queue->vq->vdev, READ_ONCE(liar_ring(queue)->avail->idx));

	return (u16)(available - queue->taken);
}

/* What is held is answered, and what waited behind it. */
void liar_ring_release(struct liar *liar)
{
	unsigned int i;

	for (i = 0; i < liar->nr_queues; i++) {
		struct liar_queue *queue = &liar->queues[i];
		struct liar_chain *held = queue->held;

		if (!held)
			continue;
		queue->held = NULL;
		liar_ring_answer(held);
		liar_ring_interrupt(queue);
		liar_ring_serve(queue);
	}
}

/* At a reset, whatever was taken is forgotten. */
void liar_ring_forget(struct liar *liar)
{
	unsigned int i;

	for (i = 0; i < LIAR_MAX_QUEUES; i++) {
		struct liar_queue *queue = &liar->queues[i];

		if (queue->held)
			liar_ring_free(queue->held);
		if (queue->swapped)
			liar_ring_free(queue->swapped);
		queue->held = NULL;
		queue->swapped = NULL;
	}
}
