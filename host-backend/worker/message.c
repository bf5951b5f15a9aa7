// SPDX-License-Identifier: MIT
/*
 * One table says for each message how long it is, what follows it, which of its
 * fields must be zero and who runs it; one gate compares.  No handler looks at
 * a length again.
 */
#include <endian.h>
#include <string.h>

#include "capset.h"
#include "context.h"
#include "fence.h"
#include "message.h"
#include "resource.h"
#include "submit.h"
#include "transfer.h"
#include "vgpu_pv_layout.h"
#include "worker.h"

enum message_tail {
	TAIL_NONE,
	TAIL_BYTES,	/* a count of bytes, a multiple of 4, up to the limit */
	TAIL_ENTRIES,	/* a count of backing entries, up to the limit */
};

enum message_ctx {
	CTX_NONE,	/* hdr.ctx_id is zero */
	CTX_MAYBE,
	CTX_NEEDED,	/* the handler finds zero to be no context */
};

struct message_type {
	uint32_t size;		/* of the request, less the tail */
	uint32_t reply;		/* bytes */
	enum message_ctx ctx;
	enum message_tail tail;
	uint32_t count_at;	/* offset of the tail's count */
	uint32_t zero_at;	/* offset of a 32-bit field that is zero; 0: none */
	bool fenced;
	uint32_t (*handler)(struct worker *w, const void *request, void *reply);
};

#define FIRST_TYPE	VGPU_PV_MSG_GET_CAPSETS
#define PADDING(type)	offsetof(struct type, padding)

static const struct message_type message_types[] = {
	[VGPU_PV_MSG_GET_CAPSETS - FIRST_TYPE] = {
		.size = sizeof(struct vgpu_pv_request),
		.reply = sizeof(struct vgpu_pv_capsets_reply),
		.handler = capset_list,
	},
	[VGPU_PV_MSG_GET_CAPSET - FIRST_TYPE] = {
		.size = sizeof(struct vgpu_pv_get_capset),
		.reply = sizeof(struct vgpu_pv_capset_reply),
		.handler = capset_get,
	},
	[VGPU_PV_MSG_CTX_CREATE - FIRST_TYPE] = {
		.size = sizeof(struct vgpu_pv_ctx_create),
		.reply = sizeof(struct vgpu_pv_reply),
		.ctx = CTX_NEEDED,
		.handler = context_create,
	},
	[VGPU_PV_MSG_CTX_DESTROY - FIRST_TYPE] = {
		.size = sizeof(struct vgpu_pv_request),
		.reply = sizeof(struct vgpu_pv_reply),
		.ctx = CTX_NEEDED,
		.handler = context_destroy,
	},
	[VGPU_PV_MSG_CTX_ATTACH - FIRST_TYPE] = {
		.size = sizeof(struct vgpu_pv_resource_ref),
		.reply = sizeof(struct vgpu_pv_reply),
		.ctx = CTX_NEEDED,
		.zero_at = PADDING(vgpu_pv_resource_ref),
		.handler = context_attach,
	},
	[VGPU_PV_MSG_CTX_DETACH - FIRST_TYPE] = {
		.size = sizeof(struct vgpu_pv_resource_ref),
		.reply = sizeof(struct vgpu_pv_reply),
		.ctx = CTX_NEEDED,
		.zero_at = PADDING(vgpu_pv_resource_ref),
		.handler = context_detach,
	},
	[VGPU_PV_MSG_RESOURCE_CREATE - FIRST_TYPE] = {
		.size = sizeof(struct vgpu_pv_resource_create),
		.reply = sizeof(struct vgpu_pv_reply),
		.tail = TAIL_ENTRIES,
		.count_at = offsetof(struct vgpu_pv_resource_create, backing.nr_entries),
		.zero_at = PADDING(vgpu_pv_resource_create),
		.handler = resource_create,
	},
	[VGPU_PV_MSG_RESOURCE_CREATE_BLOB - FIRST_TYPE] = {
		.size = sizeof(struct vgpu_pv_resource_create_blob),
		.reply = sizeof(struct vgpu_pv_reply),
		.tail = TAIL_ENTRIES,
		.count_at = offsetof(struct vgpu_pv_resource_create_blob, backing.nr_entries),
		.zero_at = PADDING(vgpu_pv_resource_create_blob),
		.handler = resource_create_blob,
	},
	[VGPU_PV_MSG_RESOURCE_ADD_BACKING - FIRST_TYPE] = {
		.size = sizeof(struct vgpu_pv_resource_add_backing),
		.reply = sizeof(struct vgpu_pv_reply),
		.tail = TAIL_ENTRIES,
		.count_at = offsetof(struct vgpu_pv_resource_add_backing, nr_entries),
		.handler = resource_add_backing,
	},
	[VGPU_PV_MSG_RESOURCE_DESTROY - FIRST_TYPE] = {
		.size = sizeof(struct vgpu_pv_resource_ref),
		.reply = sizeof(struct vgpu_pv_reply),
		.zero_at = PADDING(vgpu_pv_resource_ref),
		.handler = resource_destroy,
	},
	[VGPU_PV_MSG_TRANSFER_TO_HOST - FIRST_TYPE] = {
		.size = sizeof(struct vgpu_pv_transfer),
		.reply = sizeof(struct vgpu_pv_reply),
		.ctx = CTX_MAYBE,
		.handler = transfer_to_host,
	},
	[VGPU_PV_MSG_TRANSFER_FROM_HOST - FIRST_TYPE] = {
		.size = sizeof(struct vgpu_pv_transfer),
		.reply = sizeof(struct vgpu_pv_reply),
		.ctx = CTX_MAYBE,
		.handler = transfer_from_host,
	},
	[VGPU_PV_MSG_SUBMIT - FIRST_TYPE] = {
		.size = sizeof(struct vgpu_pv_submit),
		.reply = sizeof(struct vgpu_pv_reply),
		.ctx = CTX_NEEDED,
		.tail = TAIL_BYTES,
		.count_at = offsetof(struct vgpu_pv_submit, size),
		.zero_at = PADDING(vgpu_pv_submit),
		.fenced = true,
		.handler = submit,
	},
	[VGPU_PV_MSG_WAIT_RING - FIRST_TYPE] = {
		.size = sizeof(struct vgpu_pv_wait_ring),
		.reply = sizeof(struct vgpu_pv_reply),
		.zero_at = PADDING(vgpu_pv_wait_ring),
	},
};

static uint32_t load_le32(const void *request, uint32_t offset)
{
	uint32_t value;

	memcpy(&value, (const uint8_t *)request + offset, sizeof(value));
	return le32toh(value);
}

static const struct message_type *message_find(uint32_t type)
{
	if (type < FIRST_TYPE ||
	    type - FIRST_TYPE >= sizeof(message_types) / sizeof(message_types[0]))
		return NULL;
	return &message_types[type - FIRST_TYPE];
}

static bool message_tail_valid(const struct message_type *type, const void *request, uint64_t len)
{
	uint32_t count;

	if (type->tail == TAIL_NONE)
		return len == type->size;
	count = load_le32(request, type->count_at);
	if (type->tail == TAIL_BYTES)
		return count <= VGPU_PV_MAX_SUBMIT_SIZE && !(count % 4) &&
		       len == (uint64_t)type->size + count;
	return count <= VGPU_PV_MAX_BACKING_ENTRIES &&
	       len == type->size + (uint64_t)count * sizeof(struct vgpu_pv_backing_entry);
}

static uint32_t message_judge(const struct message_type *type, const void *request, uint64_t len)
{
	if (len < sizeof(struct vgpu_pv_request))
		return VGPU_PV_S_INVALID;
	if (!type)
		return VGPU_PV_S_UNSUPPORTED;
	if (len < type->size || !message_tail_valid(type, request, len))
		return VGPU_PV_S_INVALID;
	if (load_le32(request, offsetof(struct vgpu_pv_request, flags)) ||
	    load_le32(request, offsetof(struct vgpu_pv_request, padding)) ||
	    (type->zero_at && load_le32(request, type->zero_at)))
		return VGPU_PV_S_INVALID;
	if (type->ctx == CTX_NONE && load_le32(request, offsetof(struct vgpu_pv_request, ctx_id)))
		return VGPU_PV_S_INVALID;
	return VGPU_PV_S_OK;
}

void message_check(struct message *msg, const void *request, uint64_t len, uint64_t reply_room)
{
	const struct message_type *type;

	*msg = (struct message){ .reply_len = sizeof(struct vgpu_pv_reply) };
	if (len >= sizeof(msg->type))
		msg->type = load_le32(request, 0);
	type = message_find(msg->type);
	msg->status = message_judge(type, request, len);
	if (type) {
		msg->reply_len = type->reply;
		msg->fenced = type->fenced;
		msg->wait = !type->handler;
		msg->handler = type->handler;
	}
	if (reply_room >= msg->reply_len)
		return;
	msg->status = VGPU_PV_S_INVALID;
	msg->reply_len = reply_room >= sizeof(struct vgpu_pv_reply) ?
				 sizeof(struct vgpu_pv_reply) : 0;
}

uint32_t message_run(struct worker *w, const struct message *msg, const void *request, void *reply)
{
	/* only a submit leaves the GL context as it is for the next */
	if (!msg->fenced)
		fence_flush(w);
	return msg->handler(w, request, reply);
}

void message_reply(const struct message *msg, uint32_t status, uint64_t credit, void *reply)
{
	struct vgpu_pv_reply *hdr = reply;

	hdr->type = htole32(msg->type | VGPU_PV_MSG_REPLY);
	hdr->status = htole32(status);
	hdr->credit = htole64(credit);
}
