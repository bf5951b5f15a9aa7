// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules that the contract has for the driver, as far as a device can see
 * whether they are kept: each message against a table.
 */
#include <linux/stdarg.h>
#include <linux/virtio_ring.h>

#include "liar.h"

#define NO_FIELD	0

/* A kind of message: its size, and where its padding is (each of 32 bits). */
struct liar_form {
	u32 type;
	size_t size;
	size_t padding;		/* besides that of the header; NO_FIELD: none */
	size_t count;		/* of entries or bytes that follow; NO_FIELD: none */
	size_t each;		/* bytes of what follows */
	bool has_ctx;
};

#define FORM(t, s, ...) \
	{ .type = VGPU_PV_MSG_##t, .size = sizeof(struct s), __VA_ARGS__ }
#define PADDING(s)	.padding = offsetof(struct s, padding)
#define ENTRIES(s, member) \
	.count = offsetof(struct s, member), .each = sizeof(struct vgpu_pv_backing_entry)
#define HAS_CTX		.has_ctx = true

static const struct liar_form liar_forms[] = {
	FORM(GET_DISPLAY_INFO, vgpu_pv_request),
	FORM(GET_EDID, vgpu_pv_get_edid, PADDING(vgpu_pv_get_edid)),
	FORM(SET_SCANOUT, vgpu_pv_set_scanout, PADDING(vgpu_pv_set_scanout)),
	FORM(FLUSH, vgpu_pv_flush, PADDING(vgpu_pv_flush)),
	FORM(UPDATE_CURSOR, vgpu_pv_cursor),
	FORM(MOVE_CURSOR, vgpu_pv_cursor),
	FORM(GET_CAPSETS, vgpu_pv_request),
	FORM(GET_CAPSET, vgpu_pv_get_capset),
	FORM(CTX_CREATE, vgpu_pv_ctx_create, HAS_CTX),
	FORM(CTX_DESTROY, vgpu_pv_request, HAS_CTX),
	FORM(CTX_ATTACH, vgpu_pv_resource_ref, PADDING(vgpu_pv_resource_ref), HAS_CTX),
	FORM(CTX_DETACH, vgpu_pv_resource_ref, PADDING(vgpu_pv_resource_ref), HAS_CTX),
	FORM(RESOURCE_CREATE, vgpu_pv_resource_create, PADDING(vgpu_pv_resource_create),
	     ENTRIES(vgpu_pv_resource_create, backing.nr_entries)),
	FORM(RESOURCE_CREATE_BLOB, vgpu_pv_resource_create_blob,
	     PADDING(vgpu_pv_resource_create_blob),
	     ENTRIES(vgpu_pv_resource_create_blob, backing.nr_entries)),
	FORM(RESOURCE_ADD_BACKING, vgpu_pv_resource_add_backing,
	     ENTRIES(vgpu_pv_resource_add_backing, nr_entries)),
	FORM(RESOURCE_DESTROY, vgpu_pv_resource_ref, PADDING(vgpu_pv_resource_ref)),
	FORM(TRANSFER_TO_HOST, vgpu_pv_transfer, HAS_CTX),
	FORM(TRANSFER_FROM_HOST, vgpu_pv_transfer, HAS_CTX),
	FORM(SUBMIT, vgpu_pv_submit, PADDING(vgpu_pv_submit), HAS_CTX,
	     .count = offsetof(struct vgpu_pv_submit, size), .each = 1),
	FORM(WAIT_RING, vgpu_pv_wait_ring, PADDING(vgpu_pv_wait_ring)),
};

void liar_rules_broken(struct liar *liar, const char *label, const char *format, ...)
{
	char *line = liar->broken[min(liar->nr_broken, LIAR_MAX_BROKEN - 1u)];
	va_list args;
	int n;

	n = scnprintf(line, LIAR_LINE, "[%s] ", label);
	va_start(args, format);
	vscnprintf(line + n, LIAR_LINE - n, format, args);
	va_end(args);
	liar->nr_broken++;
}

/* What the driver gave is as it was. */
void liar_rules_check_kept(struct liar *liar, const struct liar_chain *chain)
{
	size_t offset = 0;
	unsigned int i;

	for (i = 0; i < chain->nr_readable; i++) {
		const struct liar_part *part = &chain->readable[i];

		if (memcmp(chain->request + offset, part->at, part->len))
			liar_rules_broken(liar, "drv-owned-until-used", "chain %u", chain->head);
		offset += part->len;
	}
}

void liar_rules_check_address(struct liar *liar, const char *what, u64 addr, u64 len)
{
	u64 begin = liar->aperture_addr, end = begin + liar->aperture_len;

	if (addr < end && addr + len > begin)
		liar_rules_broken(liar, "drv-no-aperture-rings", "%s of 0x%llx bytes at 0x%llx",
				  what, len, addr);
}

static u32 liar_rules_read(const struct liar_chain *chain, size_t offset)
{
	return le32_to_cpup((const __le32 *)(chain->request + offset));
}

static void liar_rules_zero(struct liar *liar, const struct liar_chain *chain, u32 type,
			    const char *what, size_t offset)
{
	u32 value = liar_rules_read(chain, offset);

	if (value)
		liar_rules_broken(liar, "drv-zero", "message 0x%x: %s is 0x%x", type, what, value);
}

/* Ring messages are for those who took the feature, and a context's for one ring. */
static void liar_rules_check_ring(struct liar *liar, const struct liar_chain *chain,
				  const struct liar_form *form)
{
	unsigned int ring = chain->queue->index - VGPU_PV_QUEUE_RING0;
	u32 ctx = liar_rules_read(chain, offsetof(struct vgpu_pv_request, ctx_id));
	u8 *bound;

	if (!(liar->negotiated & BIT_ULL(VGPU_PV_F_RENDER)))
		liar_rules_broken(liar, "drv-no-render", "message 0x%x", form->type);
	if (!ctx || !form->has_ctx)
		return;
	if (ctx > VGPU_PV_MAX_CONTEXTS)
		return;
	bound = &liar->ring_of[ctx];
	if (form->type == VGPU_PV_MSG_CTX_CREATE)
		*bound = ring + 1;
	if (*bound != ring + 1)
		liar_rules_broken(liar, "drv-context-ring", "message 0x%x of context %u on ring %u",
				  form->type, ctx, ring);
	if (form->type == VGPU_PV_MSG_CTX_DESTROY)
		*bound = 0;
}

static void liar_rules_check_wait(struct liar *liar, const struct liar_chain *chain)
{
	const struct vgpu_pv_wait_ring *req = (const void *)chain->request;
	u32 ring = le32_to_cpu(req->ring);
	u64 seq = le64_to_cpu(req->seq), available;
	const struct liar_queue *queue;
	const struct vring *vring;

	if (ring >= liar->nr_queues - VGPU_PV_QUEUE_RING0 ||
	    ring == chain->queue->index - VGPU_PV_QUEUE_RING0) {
		liar_rules_broken(liar, "drv-wait-known", "ring %u", ring);
		return;
	}
	queue = &liar->queues[VGPU_PV_QUEUE_RING0 + ring];
	vring = virtqueue_get_vring(queue->vq);
	available = virtio16_to_cpu(&liar->vdev, READ_ONCE(vring->avail->idx));
	available = queue->messages + (u16)(available - queue->taken);
	if (seq > available)
		liar_rules_broken(liar, "drv-wait-known", "message %llu of ring %u, which has %llu",
				  seq, ring, available);
}

void liar_rules_check(struct liar *liar, const struct liar_chain *chain)
{
	const struct liar_form *form = NULL;
	size_t i, size, n = 0;
	u32 type;

	if (chain->request_size < sizeof(struct vgpu_pv_request)) {
		liar_rules_broken(liar, "messages", "a request of %zu bytes", chain->request_size);
		return;
	}
	type = liar_rules_read(chain, offsetof(struct vgpu_pv_request, type));
	for (i = 0; i < ARRAY_SIZE(liar_forms); i++)
		if (liar_forms[i].type == type)
			form = &liar_forms[i];
	if (!form || chain->request_size < form->size) {
		liar_rules_broken(liar, "messages", "type 0x%x of %zu bytes", type,
				  chain->request_size);
		return;
	}
	liar->seen[type]++;
	if (form->count != NO_FIELD)
		n = liar_rules_read(chain, form->count);
	size = form->size + n * form->each;
	if (chain->request_size != size)
		liar_rules_broken(liar, "messages", "message 0x%x of %zu bytes, not %zu", type,
				  chain->request_size, size);

	liar_rules_zero(liar, chain, type, "flags", offsetof(struct vgpu_pv_request, flags));
	liar_rules_zero(liar, chain, type, "the header's padding",
			offsetof(struct vgpu_pv_request, padding));
	if (!form->has_ctx)
		liar_rules_zero(liar, chain, type, "ctx_id",
				offsetof(struct vgpu_pv_request, ctx_id));
	if (form->padding != NO_FIELD)
		liar_rules_zero(liar, chain, type, "padding", form->padding);
	for (i = 0; form->each == sizeof(struct vgpu_pv_backing_entry) && i < n &&
	     form->size + (i + 1) * form->each <= chain->request_size; i++)
		liar_rules_zero(liar, chain, type, "an entry's padding",
				form->size + i * form->each +
				offsetof(struct vgpu_pv_backing_entry, padding));

	if (type >= VGPU_PV_MSG_GET_CAPSETS)
		liar_rules_check_ring(liar, chain, form);
	if (type == VGPU_PV_MSG_WAIT_RING)
		liar_rules_check_wait(liar, chain);
}
