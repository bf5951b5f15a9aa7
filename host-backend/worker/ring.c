// SPDX-License-Identifier: MIT
/*
 * A split virtqueue seen from the device, over memory that the other side may
 * change at any time.  Every field is read once into a local and checked there:
 * an index beyond the table, a chain longer than the ring or an indirect table
 * that is not one breaks the ring, and nothing else.  Segment addresses are not
 * resolved here: those of the reply are needed only when the message has
 * completed, perhaps under another memory table.
 */
#include <endian.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "ring.h"

static uint16_t load_le16(const __virtio16 *p)
{
	return le16toh(__atomic_load_n(p, __ATOMIC_ACQUIRE));
}

static void store_le16(__virtio16 *p, uint16_t value)
{
	__atomic_store_n(p, htole16(value), __ATOMIC_RELEASE);
}

static __virtio16 *ring_used_event(const struct ring *ring)
{
	return &ring->avail->ring[ring->num];
}

/* it follows the last used element, 4-byte aligned */
static __virtio16 *ring_avail_event(const struct ring *ring)
{
	return (__virtio16 *)&ring->used->ring[ring->num];
}

void ring_reset(struct ring *ring, uint16_t idx)
{
	ring->avail_idx = idx;
	ring->used_idx = idx;
	ring->called_valid = false;
}

int ring_available(const struct ring *ring)
{
	uint16_t idx = load_le16(&ring->avail->idx);

	/* what is taken and not yet used has its place in the ring, too */
	if ((uint16_t)(idx - ring->used_idx) > ring->num ||
	    (uint16_t)(idx - ring->avail_idx) > ring->num)
		return -EINVAL;
	return idx != ring->avail_idx;
}

static int chain_add(struct ring_chain *chain, const struct vring_desc *desc, const char **why)
{
	uint16_t flags = le16toh(desc->flags);
	struct ring_segment seg = { .gpa = le64toh(desc->addr), .len = le32toh(desc->len) };

	if (chain->nr_readable + chain->nr_writable == RING_MAX_CHAIN) {
		*why = "a chain is longer than the ring, or loops";
		return -ELOOP;
	}
	if (!seg.len) {
		*why = "a descriptor has no length";
		return -EINVAL;
	}
	if (flags & VRING_DESC_F_WRITE) {
		chain->writable[chain->nr_writable++] = seg;
		chain->writable_len += seg.len;
	} else if (chain->nr_writable) {
		*why = "a readable descriptor follows a writable one";
		return -EINVAL;
	} else {
		chain->readable[chain->nr_readable++] = seg;
		chain->readable_len += seg.len;
	}
	return 0;
}

static int chain_walk_indirect(struct ring_chain *chain, const struct guest_memory *mem,
			       const struct vring_desc *table, const char **why)
{
	uint32_t len = le32toh(table->len);
	uint64_t addr = le64toh(table->addr);
	struct vring_desc desc;
	unsigned int count, i = 0;
	int ret;

	if (!len || len % sizeof(desc) || len / sizeof(desc) > UINT16_MAX) {
		*why = "an indirect table has a wrong length";
		return -EINVAL;
	}
	count = len / sizeof(desc);
	for (;;) {
		if (guest_memory_read(mem, addr + i * sizeof(desc), &desc, sizeof(desc)) < 0) {
			*why = "an indirect table is not in guest memory";
			return -EFAULT;
		}
		if (le16toh(desc.flags) & VRING_DESC_F_INDIRECT) {
			*why = "an indirect table holds an indirect descriptor";
			return -EINVAL;
		}
		ret = chain_add(chain, &desc, why);
		if (ret || !(le16toh(desc.flags) & VRING_DESC_F_NEXT))
			return ret;
		i = le16toh(desc.next);
		if (i >= count) {
			*why = "a descriptor's next is beyond its table";
			return -EINVAL;
		}
	}
}

int ring_pop(struct ring *ring, const struct guest_memory *mem, struct ring_chain *chain,
	     const char **why)
{
	struct vring_desc desc;
	uint16_t flags;
	unsigned int i;
	int ret;

	ret = ring_available(ring);
	if (ret < 0)
		*why = "the available index is further than the ring is long";
	if (ret <= 0)
		return ret;
	i = load_le16(&ring->avail->ring[ring->avail_idx & (ring->num - 1)]);
	if (i >= ring->num) {
		*why = "an available descriptor is beyond the table";
		return -EINVAL;
	}
	chain->head = (uint16_t)i;
	chain->nr_readable = 0;
	chain->nr_writable = 0;
	chain->readable_len = 0;
	chain->writable_len = 0;
	for (;;) {
		memcpy(&desc, &ring->desc[i], sizeof(desc));
		flags = le16toh(desc.flags);
		if (flags & VRING_DESC_F_INDIRECT) {
			if (flags & VRING_DESC_F_NEXT) {
				*why = "a descriptor follows an indirect table";
				return -EINVAL;
			}
			ret = chain_walk_indirect(chain, mem, &desc, why);
			break;
		}
		ret = chain_add(chain, &desc, why);
		if (ret || !(flags & VRING_DESC_F_NEXT))
			break;
		i = le16toh(desc.next);
		if (i >= ring->num) {
			*why = "a descriptor's next is beyond its table";
			return -EINVAL;
		}
	}
	if (ret)
		return ret;
	ring->avail_idx++;
	return 1;
}

void ring_push(struct ring *ring, uint16_t head, uint32_t len)
{
	struct vring_used_elem *elem = &ring->used->ring[ring->used_idx & (ring->num - 1)];

	elem->id = htole32(head);
	elem->len = htole32(len);
	ring->used_idx++;
}

bool ring_publish(struct ring *ring)
{
	uint16_t old = ring->called_idx;
	bool valid = ring->called_valid;

	store_le16(&ring->used->idx, ring->used_idx);
	/* the index must be seen before we look whether the guest sleeps */
	atomic_thread_fence(memory_order_seq_cst);
	if (!ring->event_idx)
		return !(load_le16(&ring->avail->flags) & VRING_AVAIL_F_NO_INTERRUPT);
	ring->called_idx = ring->used_idx;
	ring->called_valid = true;
	return !valid || vring_need_event(load_le16(ring_used_event(ring)), ring->used_idx, old);
}

void ring_disable_kicks(struct ring *ring)
{
	/* with event_idx, an avail_event that stays behind asks for none */
	if (!ring->event_idx)
		store_le16(&ring->used->flags, VRING_USED_F_NO_NOTIFY);
}

bool ring_enable_kicks(struct ring *ring)
{
	if (ring->event_idx)
		store_le16(ring_avail_event(ring), ring->avail_idx);
	else
		store_le16(&ring->used->flags, 0);
	/* a message made available before the guest saw this brings no kick */
	atomic_thread_fence(memory_order_seq_cst);
	return ring_available(ring) != 0;
}
