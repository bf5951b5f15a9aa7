// SPDX-License-Identifier: MIT
/*
 * None of the samples is INVALID as it is: most name what does not exist.  So an
 * answer of INVALID is to what a case has changed in one, and to nothing else.
 */
#include <stddef.h>
#include <string.h>

#include "conformance.h"

#define NOBODY	0xabcdef

static struct conf_sample *add(struct conf_sample **next, const char *name, const void *request,
			       uint32_t len, uint32_t reply, uint32_t status)
{
	struct conf_sample *s = (*next)++;

	*s = (struct conf_sample){ .name = name, .len = len, .reply = reply, .status = status };
	memcpy(s->bytes, request, len);
	return s;
}

#define ADD(t, request, ...)	add(&next, #t, (memcpy(&(request), &(uint32_t){ VGPU_PV_MSG_##t }, 4), \
					       &(request)), sizeof(request), __VA_ARGS__)
#define HEAD	sizeof(struct vgpu_pv_reply)

static void add_queries(struct conf_sample **at)
{
	struct vgpu_pv_wait_ring wait = { .ring = CONF_SAMPLE_RING };
	struct vgpu_pv_get_capset get = { .id = NOBODY };
	struct conf_sample *next = *at;
	struct vgpu_pv_request head = { 0 };

	ADD(GET_CAPSETS, head, sizeof(struct vgpu_pv_capsets_reply), VGPU_PV_S_OK);
	ADD(GET_CAPSET, get, sizeof(struct vgpu_pv_capset_reply), VGPU_PV_S_NOENT);
	ADD(WAIT_RING, wait, HEAD, VGPU_PV_S_OK)->padding =
		offsetof(struct vgpu_pv_wait_ring, padding);
	*at = next;
}

static void add_of_contexts(struct conf_sample **at)
{
	struct vgpu_pv_request head = { .ctx_id = NOBODY };
	struct vgpu_pv_resource_ref ref = { .hdr = head, .resource = NOBODY };
	struct vgpu_pv_transfer transfer = { .hdr = head, .resource = NOBODY };
	struct vgpu_pv_ctx_create create = { .capset_id = NOBODY };
	struct vgpu_pv_submit submit = { .hdr = head };
	struct conf_sample *next = *at, *first = next;

	ADD(CTX_CREATE, create, HEAD, VGPU_PV_S_NOENT);
	ADD(CTX_DESTROY, head, HEAD, VGPU_PV_S_NOENT);
	ADD(CTX_ATTACH, ref, HEAD, VGPU_PV_S_NOENT)->padding =
		offsetof(struct vgpu_pv_resource_ref, padding);
	ADD(CTX_DETACH, ref, HEAD, VGPU_PV_S_NOENT)->padding =
		offsetof(struct vgpu_pv_resource_ref, padding);
	ADD(TRANSFER_TO_HOST, transfer, HEAD, VGPU_PV_S_NOENT);
	ADD(TRANSFER_FROM_HOST, transfer, HEAD, VGPU_PV_S_NOENT);
	ADD(SUBMIT, submit, HEAD, VGPU_PV_S_NOENT)->padding =
		offsetof(struct vgpu_pv_submit, padding);
	next[-1].count = offsetof(struct vgpu_pv_submit, size);
	for (; first < next; first++)
		first->has_ctx = true;
	*at = next;
}

static void add_of_resources(struct fe *fe, struct conf_sample **at)
{
	struct vgpu_pv_resource_create texture = guest_texture(71, CONF_WIDTH, CONF_HEIGHT);
	struct {
		struct vgpu_pv_resource_create_blob blob;
		struct vgpu_pv_backing_entry entry;
	} blob = {
		.blob = {
			.resource = 72,
			.backing = { .kind = VGPU_PV_BACKING_PAGES, .nr_entries = 1, .size = 4096 },
		},
		.entry = { .addr = fe_gpa(fe, fe_alloc(fe, 4096)), .size = 4096 },
	};
	struct {
		struct vgpu_pv_resource_add_backing add;
		struct vgpu_pv_backing_entry entry;
	} more = { .add = { .resource = NOBODY, .nr_entries = 1 }, .entry = blob.entry };
	struct vgpu_pv_resource_ref ref = { .resource = NOBODY };
	struct conf_sample *next = *at;

	ADD(RESOURCE_CREATE, texture, HEAD, VGPU_PV_S_OK)->padding =
		offsetof(struct vgpu_pv_resource_create, padding);
	next[-1].count = offsetof(struct vgpu_pv_resource_create, backing.nr_entries);
	next[-1].undo = 71;
	ADD(RESOURCE_CREATE_BLOB, blob, HEAD, VGPU_PV_S_OK)->padding =
		offsetof(struct vgpu_pv_resource_create_blob, padding);
	next[-1].count = offsetof(struct vgpu_pv_resource_create_blob, backing.nr_entries);
	next[-1].undo = 72;
	ADD(RESOURCE_ADD_BACKING, more, HEAD, VGPU_PV_S_NOENT)->count =
		offsetof(struct vgpu_pv_resource_add_backing, nr_entries);
	ADD(RESOURCE_DESTROY, ref, HEAD, VGPU_PV_S_NOENT)->padding =
		offsetof(struct vgpu_pv_resource_ref, padding);
	*at = next;
}

void conf_samples(struct fe *fe, struct conf_sample samples[CONF_SAMPLES])
{
	struct conf_sample *next = samples;

	add_queries(&next);
	add_of_contexts(&next);
	add_of_resources(fe, &next);
	demand(next == samples + CONF_SAMPLES, "a sample of a message is missing");
}
