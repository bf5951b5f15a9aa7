// SPDX-License-Identifier: MIT
/*
 * Workers that break one requirement each: the worker's own objects, with calls
 * between them led through here by the linker's --wrap.  VGPU_PV_MUTANT in the
 * environment says which one this is, by the label of what it breaks.  They show
 * that the conformance suite sees what it is for.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backing.h"
#include "context.h"
#include "message.h"
#include "queue.h"
#include "render.h"
#include "resource.h"
#include "scm.h"
#include "submit.h"
#include "vhost_user_protocol.h"
#include "worker.h"

#define WRAP(ret, name, ...)			\
	ret __real_##name(__VA_ARGS__);		\
	ret __wrap_##name(__VA_ARGS__);		\
	ret __wrap_##name(__VA_ARGS__)

static struct worker *worker;
static unsigned int ring_index;		/* of the message under way */
static uint64_t request_at;		/* its guest address */

static bool breaks(const char *label)
{
	const char *mutant = getenv("VGPU_PV_MUTANT");

	return mutant && !strcmp(mutant, label);
}

/* one status in place of another */
static uint32_t instead(const char *label, uint32_t status, uint32_t from, uint32_t to)
{
	return status == from && breaks(label) ? to : status;
}

WRAP(int, render_run, struct worker *w)
{
	worker = w;
	return __real_render_run(w);
}

WRAP(ssize_t, scm_send, int sock, const void *data, size_t len, const int *fds, unsigned int nr_fds)
{
	struct vhost_user_header hdr;
	uint8_t *msg = (uint8_t *)data;
	uint64_t features;

	memcpy(&hdr, msg, sizeof(hdr));
	if (hdr.request == VHOST_USER_GET_FEATURES && breaks("dev-version-1")) {
		memcpy(&features, msg + sizeof(hdr), sizeof(features));
		features &= ~VHOST_USER_F_VERSION_1;
		memcpy(msg + sizeof(hdr), &features, sizeof(features));
	}
	return __real_scm_send(sock, data, len, fds, nr_fds);
}

/* No requirement is broken by this one: what it has read of the guest's memory is gone. */
WRAP(int, guest_memory_read, const struct guest_memory *mem, uint64_t gpa, void *to, size_t len)
{
	int ret = __real_guest_memory_read(mem, gpa, to, len);
	uint64_t part = len;
	uint8_t *at = breaks("read-once") && !ret ? guest_memory_at(mem, gpa, &part) : NULL;

	if (at)
		memset(at, 0xff, part);
	return ret;
}

/* ---- rings ---- */

static void swap_next_two(struct ring *ring)
{
	uint16_t *first = &ring->avail->ring[ring->avail_idx & (ring->num - 1)];
	uint16_t *second = &ring->avail->ring[(ring->avail_idx + 1) & (ring->num - 1)];
	uint16_t head = *first;

	*first = *second;
	*second = head;
}

static bool one_is_parked(void)
{
	unsigned int i;

	for (i = 0; i < VGPU_PV_MAX_RINGS; i++) {
		if (worker->queues[i].parked)
			return true;
	}
	return false;
}

WRAP(int, ring_pop, struct ring *ring, const struct guest_memory *mem, struct ring_chain *chain,
     const char **why)
{
	struct queue *q = (struct queue *)((uint8_t *)ring - offsetof(struct queue, ring));
	int ret;

	if (breaks("dev-wait-others") && one_is_parked() && q->index > 1)
		return 0;
	if (breaks("dev-ring-order") && (uint16_t)(ring->avail->idx - ring->avail_idx) >= 2 &&
	    !(ring->avail_idx & 1))
		swap_next_two(ring);
	ret = __real_ring_pop(ring, mem, chain, why);
	if (ret > 0) {
		ring_index = q->index;
		request_at = chain->nr_readable ? chain->readable[0].gpa : 0;
	}
	return ret;
}

static struct {
	uint16_t head;
	uint32_t len;
} pushed[RING_MAX_SIZE];
static unsigned int nr_pushed;

WRAP(void, ring_push, struct ring *ring, uint16_t head, uint32_t len)
{
	if (!breaks("dev-used-order")) {
		__real_ring_push(ring, head, len);
		return;
	}
	pushed[nr_pushed].head = head;
	pushed[nr_pushed++].len = len;
}

WRAP(bool, ring_publish, struct ring *ring)
{
	while (nr_pushed) {
		nr_pushed--;
		__real_ring_push(ring, pushed[nr_pushed].head, pushed[nr_pushed].len);
	}
	return __real_ring_publish(ring);
}

WRAP(void, render_unwatch, struct worker *w, struct queue *q)
{
	if (breaks("dev-stop-keeps") && q->started)
		w->reset_pending = true;
	__real_render_unwatch(w, q);
}

WRAP(void, context_destroy_all, struct worker *w)
{
	if (!breaks("dev-reset") || w->quit)
		__real_context_destroy_all(w);
}

/* ---- the gate ---- */

static void mend(uint8_t *request, uint32_t at)
{
	static const uint32_t zero;

	if (at)
		memcpy(request + at, &zero, sizeof(zero));
}

WRAP(void, message_check, struct message *msg, const void *request, uint64_t len, uint64_t reply_room)
{
	struct vgpu_pv_wait_ring *wait = (void *)request;
	uint8_t *bytes = (uint8_t *)request;
	uint32_t type = 0;

	memcpy(&type, bytes, sizeof(type));
	if (breaks("dev-wait-ring") && type == VGPU_PV_MSG_WAIT_RING)
		wait->seq = 0;
	if (breaks("dev-msg-size") && type == VGPU_PV_MSG_GET_CAPSETS &&
	    len > sizeof(struct vgpu_pv_request))
		len = sizeof(struct vgpu_pv_request);
	if (breaks("dev-msg-zero") && len >= sizeof(struct vgpu_pv_request))
		mend(bytes, offsetof(struct vgpu_pv_request, padding));
	if (breaks("dev-msg-ctx") && type == VGPU_PV_MSG_RESOURCE_DESTROY)
		mend(bytes, offsetof(struct vgpu_pv_request, ctx_id));
	__real_message_check(msg, request, len, reply_room);
	msg->status = instead("dev-msg-type", msg->status, VGPU_PV_S_UNSUPPORTED, VGPU_PV_S_INVALID);
	if (breaks("dev-rings-alike") && ring_index && type == VGPU_PV_MSG_RESOURCE_CREATE)
		msg->status = VGPU_PV_S_UNSUPPORTED;
	/* a part of a longer reply */
	if (breaks("dev-reply-room") && type == VGPU_PV_MSG_GET_CAPSETS && msg->status)
		msg->reply_len = (uint32_t)reply_room;
	if (breaks("dev-submit-limit") && msg->fenced && msg->status && len > VGPU_PV_MAX_SUBMIT_SIZE)
		msg->status = VGPU_PV_S_NOMEM;
}

WRAP(void, message_reply, const struct message *msg, uint32_t status, uint64_t credit, void *reply)
{
	const struct timespec while_it_changes = { .tv_nsec = 1000000 };
	struct message again = *msg;

	if (breaks("dev-copy-once")) {
		nanosleep(&while_it_changes, NULL);
		guest_memory_read(worker->memory, request_at, &again.type, sizeof(again.type));
	}
	__real_message_reply(&again, status, credit, reply);
	if (breaks("dev-reply"))
		((struct vgpu_pv_reply *)reply)->type = msg->type;
}

/* ---- contexts ---- */

WRAP(uint32_t, capset_list, struct worker *w, const void *request, void *reply)
{
	struct vgpu_pv_capsets_reply *list = reply;
	uint32_t status = __real_capset_list(w, request, reply);

	if (breaks("dev-capsets"))
		list->capsets[1].max_size = VGPU_PV_MAX_CAPSET_SIZE + 1;
	return status;
}

WRAP(uint32_t, capset_get, struct worker *w, const void *request, void *reply)
{
	return instead("dev-capset-noent", __real_capset_get(w, request, reply), VGPU_PV_S_NOENT,
		       VGPU_PV_S_INVALID);
}

WRAP(uint32_t, context_create, struct worker *w, const void *request, void *reply)
{
	return instead("dev-ctx-create", __real_context_create(w, request, reply),
		       VGPU_PV_S_EXIST, VGPU_PV_S_OK);
}

WRAP(uint32_t, context_destroy, struct worker *w, const void *request, void *reply)
{
	return instead("dev-ctx-noent", __real_context_destroy(w, request, reply),
		       VGPU_PV_S_NOENT, VGPU_PV_S_OK);
}

static void lose_too(void *value, void *arg)
{
	(void)arg;
	((struct context *)value)->lost = true;
}

WRAP(void, context_lose, struct worker *w, struct context *ctx, const char *why)
{
	if (breaks("dev-context-lost"))
		return;
	__real_context_lose(w, ctx, why);
	if (breaks("dev-context-isolated"))
		id_table_each(&w->contexts, lose_too, NULL);
}

/* as a device would that looks at a command when it comes to it */
static uint32_t submit_one_by_one(struct worker *w, const struct vgpu_pv_submit *whole,
				  uint32_t (*run)(struct worker *, const void *, void *))
{
	const uint32_t *words = (const uint32_t *)(whole + 1);
	static struct {
		struct vgpu_pv_submit submit;
		uint32_t words[VGPU_PV_MAX_SUBMIT_SIZE / 4];
	} one;
	uint32_t at, nr, status = VGPU_PV_S_OK;

	for (at = 0; !status && at < whole->size / 4; at += nr) {
		nr = 1 + (words[at] >> 16);
		if (nr > whole->size / 4 - at)
			return VGPU_PV_S_INVALID;
		one.submit = *whole;
		one.submit.size = nr * 4;
		memcpy(one.words, words + at, nr * 4);
		status = run(w, &one, NULL);
	}
	return status;
}

WRAP(uint32_t, submit, struct worker *w, const void *request, void *reply)
{
	if (breaks("dev-submit-checked"))
		return submit_one_by_one(w, request, __real_submit);
	return breaks("dev-transfer-order") ? VGPU_PV_S_OK : __real_submit(w, request, reply);
}

/* ---- resources ---- */

WRAP(uint32_t, resource_create, struct worker *w, const void *request, void *reply)
{
	const struct vgpu_pv_resource_create *create = request;
	uint32_t status = __real_resource_create(w, request, reply);
	struct vgpu_pv_resource_ref ref = { .resource = create->resource };

	if (status == VGPU_PV_S_EXIST && breaks("dev-refused-no-effect"))
		resource_destroy(w, &ref, NULL);
	if (create->width > VGPU_PV_MAX_DIMENSION)
		status = instead("dev-resource-limits", status, VGPU_PV_S_INVALID, VGPU_PV_S_NOMEM);
	status = instead("dev-resource-id", status, VGPU_PV_S_EXIST, VGPU_PV_S_INVALID);
	return instead("dev-quota", status, VGPU_PV_S_NOMEM, VGPU_PV_S_INVALID);
}

WRAP(uint32_t, resource_destroy, struct worker *w, const void *request, void *reply)
{
	return instead("dev-resource-noent", __real_resource_destroy(w, request, reply),
		       VGPU_PV_S_NOENT, VGPU_PV_S_OK);
}

WRAP(uint64_t, resource_shape_cost, const struct resource_shape *shape)
{
	uint64_t cost = __real_resource_shape_cost(shape);

	return breaks("dev-credit") ? cost * 5 + 1 : cost;
}

WRAP(uint32_t, backing_check, const struct vgpu_pv_backing *wire, uint64_t aperture_size)
{
	return __real_backing_check(wire, breaks("dev-aperture-bounds") ? UINT64_MAX : aperture_size);
}

WRAP(uint32_t, backing_add, struct backing *backing, const struct guest_memory *mem,
     const struct vgpu_pv_backing_entry *entries, uint32_t nr)
{
	return instead("dev-backing-checked", __real_backing_add(backing, mem, entries, nr),
		       VGPU_PV_S_INVALID, VGPU_PV_S_OK);
}

/* ---- transfers ---- */

WRAP(uint32_t, transfer_to_host, struct worker *w, const void *request, void *reply)
{
	const struct vgpu_pv_transfer *wire = request;
	struct resource *res = id_table_find(&w->resources, wire->resource);
	uint32_t status = __real_transfer_to_host(w, request, reply);

	if (res && !backing_complete(&res->backing))
		return instead("dev-backing-incomplete", status, VGPU_PV_S_INVALID, VGPU_PV_S_OK);
	return instead("dev-transfer-bounds", status, VGPU_PV_S_INVALID, VGPU_PV_S_OK);
}

WRAP(uint32_t, transfer_from_host, struct worker *w, const void *request, void *reply)
{
	static struct vgpu_pv_transfer later;
	uint32_t status;

	if (!breaks("dev-complete"))
		return __real_transfer_from_host(w, request, reply);
	/* at the next one's time */
	status = later.hdr.type ? __real_transfer_from_host(w, &later, reply) : VGPU_PV_S_OK;
	memcpy(&later, request, sizeof(later));
	return status;
}
