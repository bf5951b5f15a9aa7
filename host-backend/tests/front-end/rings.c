// SPDX-License-Identifier: MIT
/*
 * The front end's guest driver: split virtqueues of VGPU_PV_QUEUE_SIZE entries.
 * A slot is a message: descriptors 2 * slot and 2 * slot + 1, or one descriptor
 * with an indirect table.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "demand.h"
#include "front_end.h"
#include "vhost_user_protocol.h"

#define SLOT_REQUEST	2048	/* longer requests get memory of their own */
#define SLOT_REPLY	6144
#define SLOT_SIZE	8192

static unsigned int nr_slots(const struct fe *fe)
{
	return fe->options.indirect ? VGPU_PV_QUEUE_SIZE : VGPU_PV_QUEUE_SIZE / 2;
}

static void vring_state(struct fe *fe, uint32_t request, unsigned int ring, uint32_t num)
{
	struct vhost_user_state state = { VGPU_PV_QUEUE_RING0 + ring, num };

	fe_send(fe, request, &state, sizeof(state), NULL, 0);
}

static void vring_fd(struct fe *fe, uint32_t request, unsigned int ring, int fd)
{
	uint64_t index = VGPU_PV_QUEUE_RING0 + ring;

	fe_send(fe, request, &index, sizeof(index), &fd, 1);
}

static void ring_connect(struct fe *fe, unsigned int ring, uint16_t base)
{
	struct fe_ring *r = fe->rings[ring];
	struct vhost_user_addr addr = {
		.index = VGPU_PV_QUEUE_RING0 + ring,
		.desc = (uint64_t)r->desc,
		.avail = (uint64_t)r->avail,
		.used = (uint64_t)r->used,
	};

	vring_state(fe, VHOST_USER_SET_VRING_NUM, ring, VGPU_PV_QUEUE_SIZE);
	vring_state(fe, VHOST_USER_SET_VRING_BASE, ring, base);
	fe_send(fe, VHOST_USER_SET_VRING_ADDR, &addr, sizeof(addr), NULL, 0);
	vring_fd(fe, VHOST_USER_SET_VRING_ERR, ring, r->err_fd);
	vring_fd(fe, VHOST_USER_SET_VRING_KICK, ring, r->kick_fd);
	vring_fd(fe, VHOST_USER_SET_VRING_CALL, ring, r->call_fd);
	if (!fe->options.no_protocol_features)
		vring_state(fe, VHOST_USER_SET_VRING_ENABLE, ring, 1);
}

void fe_ring_start(struct fe *fe, unsigned int ring)
{
	struct fe_ring *r = calloc(1, sizeof(*r));
	uint8_t *slots;
	unsigned int i;

	demand(r, "no memory");
	fe->rings[ring] = r;
	r->desc = fe_alloc(fe, VGPU_PV_QUEUE_SIZE * sizeof(*r->desc));
	r->avail = fe_alloc(fe, 4096);
	r->used = fe_alloc(fe, 4096);
	slots = fe_alloc(fe, VGPU_PV_QUEUE_SIZE * SLOT_SIZE);
	for (i = 0; i < VGPU_PV_QUEUE_SIZE; i++) {
		r->slots[i].table = (void *)(slots + i * SLOT_SIZE);
		r->slots[i].request = slots + i * SLOT_SIZE + 64;
		r->slots[i].reply = slots + i * SLOT_SIZE + SLOT_REQUEST;
	}
	r->kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r->call_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r->err_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	demand(r->kick_fd >= 0 && r->call_fd >= 0 && r->err_fd >= 0, "eventfd: %m");
	ring_connect(fe, ring, 0);
}

void fe_ring_restart(struct fe *fe, unsigned int ring, uint16_t base)
{
	ring_connect(fe, ring, base);
}

uint16_t fe_ring_stop(struct fe *fe, unsigned int ring)
{
	struct vhost_user_state state;

	vring_state(fe, VHOST_USER_GET_VRING_BASE, ring, 0);
	demand(fe_try_reply(fe, VHOST_USER_GET_VRING_BASE, &state, sizeof(state), FE_TIMEOUT_MS),
	       "GET_VRING_BASE is not answered");
	demand(state.index == VGPU_PV_QUEUE_RING0 + ring, "GET_VRING_BASE answers for ring %u",
	       state.index);
	return (uint16_t)state.num;
}

void fe_reset(struct fe *fe)
{
	struct fe_ring *r;
	unsigned int ring, i;

	fe_send(fe, VHOST_USER_RESET_DEVICE, NULL, 0, NULL, 0);
	for (ring = 0; ring < VGPU_PV_MAX_RINGS; ring++) {
		r = fe->rings[ring];
		if (!r)
			continue;
		/* answered in order: the device is reset, and writes no more */
		fe_ring_stop(fe, ring);
		memset(r->desc, 0, VGPU_PV_QUEUE_SIZE * sizeof(*r->desc));
		memset(r->avail, 0, 4096);
		memset(r->used, 0, 4096);
		r->last_used = 0;
		r->kicked = 0;
		r->posted = 0;
		r->nr_order = 0;
		for (i = 0; i < VGPU_PV_QUEUE_SIZE; i++)
			r->slots[i].busy = r->slots[i].done = false;
	}
}

static unsigned int free_slot(struct fe *fe, struct fe_ring *r)
{
	unsigned int i;

	for (i = 0; i < nr_slots(fe); i++) {
		if (!r->slots[i].busy)
			return i;
	}
	fe_failed("the ring is full");
}

unsigned int fe_post(struct fe *fe, unsigned int ring, const void *request, size_t len,
		     size_t reply_room)
{
	struct fe_ring *r = fe->rings[ring];
	unsigned int i = free_slot(fe, r), nr = 0, head = fe->options.indirect ? i : 2 * i;
	struct fe_slot *slot = &r->slots[i];
	struct vring_desc *desc = fe->options.indirect ? slot->table : &r->desc[head];
	void *to = len <= SLOT_REQUEST - 64 ? slot->request : fe_alloc(fe, len);
	uint16_t idx = r->avail->idx;

	demand(reply_room <= SLOT_REPLY, "too much room for a reply");
	memcpy(to, request, len);
	memset(slot->reply, 0xee, SLOT_REPLY);
	slot->busy = true;
	slot->done = false;
	slot->reply_room = (uint32_t)reply_room;
	if (len)
		desc[nr++] = (struct vring_desc){ .addr = fe_gpa(fe, to), .len = (uint32_t)len };
	if (reply_room) {
		if (nr) {
			desc[0].flags = VRING_DESC_F_NEXT;
			desc[0].next = (uint16_t)(fe->options.indirect ? 1 : head + 1);
		}
		desc[nr++] = (struct vring_desc){
			.addr = fe_gpa(fe, slot->reply),
			.len = (uint32_t)reply_room,
			.flags = VRING_DESC_F_WRITE,
		};
	}
	if (fe->options.indirect)
		r->desc[head] = (struct vring_desc){
			.addr = fe_gpa(fe, desc),
			.len = nr * (uint32_t)sizeof(*desc),
			.flags = VRING_DESC_F_INDIRECT,
		};
	r->avail->ring[idx % VGPU_PV_QUEUE_SIZE] = (uint16_t)head;
	__atomic_store_n(&r->avail->idx, (uint16_t)(idx + 1), __ATOMIC_RELEASE);
	r->posted++;
	return i;
}

void fe_kick(struct fe *fe, unsigned int ring)
{
	struct fe_ring *r = fe->rings[ring];
	uint16_t idx = r->avail->idx, old = r->kicked, event;
	uint64_t one = 1;
	bool wanted;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	r->kicked = idx;
	if (fe->options.event_idx) {
		event = __atomic_load_n((uint16_t *)&r->used->ring[VGPU_PV_QUEUE_SIZE],
					__ATOMIC_ACQUIRE);
		wanted = vring_need_event(event, idx, old);
	} else {
		wanted = !(__atomic_load_n(&r->used->flags, __ATOMIC_ACQUIRE) &
			   VRING_USED_F_NO_NOTIFY);
	}
	if (!wanted)
		return;
	r->kicks++;
	demand(write(r->kick_fd, &one, sizeof(one)) == sizeof(one), "kick: %m");
}

void fe_poll(struct fe *fe, unsigned int ring)
{
	struct fe_ring *r = fe->rings[ring];
	struct vring_used_elem *elem;
	unsigned int slot;

	while (r->last_used != __atomic_load_n(&r->used->idx, __ATOMIC_ACQUIRE)) {
		elem = &r->used->ring[r->last_used % VGPU_PV_QUEUE_SIZE];
		slot = fe->options.indirect ? elem->id : elem->id / 2;
		demand(slot < nr_slots(fe) && r->slots[slot].busy && !r->slots[slot].done,
		       "descriptor %u is used, but was not available", elem->id);
		r->slots[slot].done = true;
		r->slots[slot].used_len = elem->len;
		if (r->nr_order < sizeof(r->order) / sizeof(r->order[0]))
			r->order[r->nr_order++] = (uint16_t)slot;
		r->last_used++;
	}
}

/* asks for a call when one more is used; true: one already is */
static bool want_call(struct fe *fe, struct fe_ring *r)
{
	if (fe->options.event_idx)
		__atomic_store_n(&r->avail->ring[VGPU_PV_QUEUE_SIZE], r->last_used,
				 __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return r->last_used != __atomic_load_n(&r->used->idx, __ATOMIC_ACQUIRE);
}

bool fe_try_wait(struct fe *fe, unsigned int ring, unsigned int slot, int timeout_ms)
{
	struct fe_ring *r = fe->rings[ring];
	uint64_t until = fe_now_ms() + (uint64_t)timeout_ms, now, count;
	struct pollfd p = { .fd = r->call_fd, .events = POLLIN };

	for (;;) {
		fe_poll(fe, ring);
		if (r->slots[slot].done)
			return true;
		if (want_call(fe, r))
			continue;
		now = fe_now_ms();
		if (now >= until || poll(&p, 1, (int)(until - now)) <= 0)
			return false;
		if (read(r->call_fd, &count, sizeof(count)) == sizeof(count))
			r->calls += count;
	}
}

uint32_t fe_wait(struct fe *fe, unsigned int ring, unsigned int slot, void *reply, size_t len)
{
	struct fe_slot *s = &fe->rings[ring]->slots[slot];

	demand(fe_try_wait(fe, ring, slot, FE_TIMEOUT_MS), "a message of ring %u does not complete",
	       ring);
	demand(s->used_len <= s->reply_room, "%u bytes are written to room for %u", s->used_len,
	       s->reply_room);
	memcpy(reply, s->reply, len < s->used_len ? len : s->used_len);
	s->busy = false;
	return s->used_len;
}

uint32_t fe_call(struct fe *fe, unsigned int ring, const void *request, size_t len, void *reply,
		 size_t reply_len)
{
	unsigned int slot = fe_post(fe, ring, request, len, reply_len);

	fe_kick(fe, ring);
	return fe_wait(fe, ring, slot, reply, reply_len);
}

uint32_t fe_status(struct fe *fe, unsigned int ring, const void *request, size_t len)
{
	const struct vgpu_pv_request *hdr = request;
	struct vgpu_pv_reply reply;
	uint32_t used = fe_call(fe, ring, request, len, &reply, sizeof(reply));

	demand(used == sizeof(reply), "a reply of %u bytes", used);
	demand(reply.type == (hdr->type | VGPU_PV_MSG_REPLY), "a reply of type %#x", reply.type);
	return reply.status;
}
