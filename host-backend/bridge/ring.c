// SPDX-License-Identifier: MIT
/*
 * The driver's side of a split virtqueue.  The device completes a ring's messages
 * in order, so the messages' memory is a ring as well: what completes is always
 * the oldest, and nothing has to be searched.  Small ones have a place by their slot,
 * so that one can be sent while a large one is still being filled.  Interrupts are asked for one
 * message at a time, the one that somebody waits for.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "ring.h"

#define ALIGN	64u

static uint64_t align(uint64_t size)
{
	return (size + ALIGN - 1) & ~(uint64_t)(ALIGN - 1);
}

int ring_init(struct ring *ring, unsigned int index, void *memory, uint64_t gpa)
{
	uint8_t *at = memory;

	*ring = (struct ring){
		.index = index,
		.desc = (void *)at,
		.avail = (void *)(at + 4096),
		.used = (void *)(at + 8192),
		.small = at + 12288,
		.arena = at + 12288 + RING_SLOTS * RING_SMALL,
		.gpa = gpa,
		.kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
		.call_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	};
	if (ring->kick_fd >= 0 && ring->call_fd >= 0)
		return 0;
	ring_fini(ring);
	return -EMFILE;
}

void ring_fini(struct ring *ring)
{
	if (ring->kick_fd >= 0)
		close(ring->kick_fd);
	if (ring->call_fd >= 0)
		close(ring->call_fd);
	ring->kick_fd = ring->call_fd = -1;
}

/* the position at which size bytes lie in one piece; UINT64_MAX: there is no room */
static uint64_t find_place(const struct ring *ring, uint64_t size)
{
	uint64_t head = ring->head, left = RING_ARENA - head % RING_ARENA;

	if (left < size)
		head += left;
	return head + size - ring->tail <= RING_ARENA ? head : UINT64_MAX;
}

bool ring_has_room(const struct ring *ring, unsigned int messages, size_t bytes)
{
	uint64_t size = bytes ? align(bytes) + ALIGN : 0;

	return ring->posted - ring->completed + messages <= RING_SLOTS &&
	       find_place(ring, size) != UINT64_MAX;
}

void *ring_reserve(struct ring *ring, size_t len, size_t reply_room)
{
	uint64_t size = align(len) + align(reply_room), place = find_place(ring, size);

	if (place == UINT64_MAX || ring->posted - ring->completed == RING_SLOTS)
		return NULL;
	ring->head = place;
	ring->reserved = size;
	return ring->arena + place % RING_ARENA;
}

static uint64_t ring_gpa(const struct ring *ring, const void *p)
{
	return ring->gpa + (uint64_t)((const uint8_t *)p - (const uint8_t *)ring->desc);
}

static void ring_send(struct ring *ring, void *request, size_t len, size_t reply_room,
		      struct resource *resource, uint64_t end)
{
	unsigned int slot = ring->posted % RING_SLOTS;
	struct ring_message *message = &ring->messages[slot];
	struct vring_desc *desc = &ring->desc[2 * slot];
	uint16_t idx = (uint16_t)ring->posted;

	*message = (struct ring_message){
		.type = le32toh(((struct vgpu_pv_request *)request)->type),
		.resource = resource,
		.reply_room = (uint32_t)reply_room,
		.reply = (uint8_t *)request + align(len),
		.end = end,
	};
	desc[0] = (struct vring_desc){
		.addr = htole64(ring_gpa(ring, request)),
		.len = htole32((uint32_t)len),
		.flags = htole16(VRING_DESC_F_NEXT),
		.next = htole16((uint16_t)(2 * slot + 1)),
	};
	desc[1] = (struct vring_desc){
		.addr = htole64(ring_gpa(ring, message->reply)),
		.len = htole32((uint32_t)reply_room),
		.flags = htole16(VRING_DESC_F_WRITE),
	};
	ring->avail->ring[idx % VGPU_PV_QUEUE_SIZE] = htole16((uint16_t)(2 * slot));
	ring->posted++;
	__atomic_store_n(&ring->avail->idx, htole16((uint16_t)ring->posted), __ATOMIC_RELEASE);
}

void ring_post(struct ring *ring, void *request, size_t len, size_t reply_room,
	       struct resource *resource)
{
	ring->head += ring->reserved;
	ring->reserved = 0;
	ring_send(ring, request, len, reply_room, resource, ring->head);
}

void ring_post_small(struct ring *ring, const void *request, size_t len, size_t reply_room,
		     struct resource *resource)
{
	uint8_t *to = ring->small + ring->posted % RING_SLOTS * RING_SMALL;

	memcpy(to, request, len);
	ring_send(ring, to, len, reply_room, resource, ring->head);
}

int ring_kick(struct ring *ring)
{
	uint16_t old = ring->kicked, now = (uint16_t)ring->posted, event;
	uint64_t one = 1;

	if (old == now)
		return 0;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	ring->kicked = now;
	/* the device's wish follows the last used element */
	event = le16toh(__atomic_load_n((uint16_t *)&ring->used->ring[VGPU_PV_QUEUE_SIZE],
					__ATOMIC_ACQUIRE));
	if (!vring_need_event(event, now, old))
		return 0;
	return write(ring->kick_fd, &one, sizeof(one)) < 0 && errno != EAGAIN ? -errno : 0;
}

int ring_take(struct ring *ring, void (*done)(void *arg, const struct ring_message *message,
					      uint32_t len), void *arg)
{
	struct vring_used_elem *elem;
	struct ring_message message;
	unsigned int slot;
	uint32_t len;

	while ((uint16_t)ring->completed !=
	       le16toh(__atomic_load_n(&ring->used->idx, __ATOMIC_ACQUIRE))) {
		slot = ring->completed % RING_SLOTS;
		elem = &ring->used->ring[ring->completed % VGPU_PV_QUEUE_SIZE];
		len = le32toh(__atomic_load_n(&elem->len, __ATOMIC_RELAXED));
		if (ring_idle(ring) || len > ring->messages[slot].reply_room ||
		    le32toh(__atomic_load_n(&elem->id, __ATOMIC_RELAXED)) != 2 * slot)
			return -EPROTO;
		message = ring->messages[slot];
		ring->completed++;
		done(arg, &message, len);
		/* after done(): the reply lies there */
		ring->tail = message.end;
	}
	/* a message as large as may be fits an empty arena, wherever the last one ended */
	if (ring_idle(ring) && !ring->reserved)
		ring->head = ring->tail = 0;
	return 0;
}

bool ring_arm(struct ring *ring, uint64_t n)
{
	__atomic_store_n(&ring->avail->ring[VGPU_PV_QUEUE_SIZE], htole16((uint16_t)(n - 1)),
			 __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return (uint16_t)(le16toh(__atomic_load_n(&ring->used->idx, __ATOMIC_ACQUIRE)) -
			  (uint16_t)ring->completed) >= n - ring->completed;
}
