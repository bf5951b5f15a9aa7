// SPDX-License-Identifier: MIT
/* What several groups of cases use. */
#include <stdarg.h>
#include <stdio.h>

#include "conformance.h"

const char *conf_status_name(uint32_t status)
{
	static const char *const names[] = {
		[VGPU_PV_S_OK] = "OK",
		[VGPU_PV_S_INVALID] = "INVALID",
		[VGPU_PV_S_NOENT] = "NOENT",
		[VGPU_PV_S_EXIST] = "EXIST",
		[VGPU_PV_S_NOMEM] = "NOMEM",
		[VGPU_PV_S_UNSUPPORTED] = "UNSUPPORTED",
		[VGPU_PV_S_CONTEXT_LOST] = "CONTEXT_LOST",
		[VGPU_PV_S_RENDERER_LOST] = "RENDERER_LOST",
	};

	return status < sizeof(names) / sizeof(names[0]) ? names[status] : "no status at all";
}

void conf_want(uint32_t status, uint32_t wanted, const char *format, ...)
{
	char what[CONF_REASON / 2];
	va_list args;

	if (status == wanted)
		return;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	fe_failed("%s: the answer is %s, not %s", what, conf_status_name(status),
		  conf_status_name(wanted));
}

void conf_take(struct fe *fe, unsigned int ring, unsigned int slot, uint32_t wanted,
	       const char *what)
{
	struct vgpu_pv_reply reply;
	uint32_t len = fe_wait(fe, ring, slot, &reply, sizeof(reply));

	demand(len >= sizeof(reply), "%s: a reply of %u bytes", what, len);
	conf_want(reply.status, wanted, "%s", what);
}

static void ask_capsets(struct fe *fe, unsigned int ring, struct vgpu_pv_capsets_reply *reply)
{
	const struct vgpu_pv_request request = { .type = VGPU_PV_MSG_GET_CAPSETS };

	demand(fe_call(fe, ring, &request, sizeof(request), reply, sizeof(*reply)) == sizeof(*reply),
	       "GET_CAPSETS: not the whole reply");
	conf_want(reply->hdr.status, VGPU_PV_S_OK, "GET_CAPSETS");
}

uint64_t conf_credit(struct fe *fe)
{
	struct vgpu_pv_capsets_reply reply;

	ask_capsets(fe, 0, &reply);
	return reply.hdr.credit;
}

void conf_go_on(struct fe *fe, unsigned int ring)
{
	struct vgpu_pv_capsets_reply reply;

	ask_capsets(fe, ring, &reply);
}

unsigned int conf_post_capsets(struct fe *fe, unsigned int ring)
{
	const struct vgpu_pv_request request = { .type = VGPU_PV_MSG_GET_CAPSETS };

	return fe_post(fe, ring, &request, sizeof(request), sizeof(struct vgpu_pv_capsets_reply));
}

unsigned int conf_post_wait(struct fe *fe, unsigned int ring, uint32_t other, uint64_t seq)
{
	const struct vgpu_pv_wait_ring request = {
		.hdr.type = VGPU_PV_MSG_WAIT_RING,
		.ring = other,
		.seq = seq,
	};

	return fe_post(fe, ring, &request, sizeof(request), sizeof(struct vgpu_pv_reply));
}

static bool has_capset(struct fe *fe, uint32_t id)
{
	struct vgpu_pv_capsets_reply reply;
	uint32_t i;

	ask_capsets(fe, 0, &reply);
	for (i = 0; i < reply.count && i < VGPU_PV_MAX_CAPSETS; i++) {
		if (reply.capsets[i].id == id)
			return true;
	}
	return false;
}

void conf_new_context(struct fe *fe, unsigned int ring, uint32_t ctx)
{
	if (!has_capset(fe, GUEST_CAPSET))
		conf_skip("the device lists no capset %u, whose commands the case sends",
			  GUEST_CAPSET);
	conf_want(guest_ctx_create(fe, ring, ctx), VGPU_PV_S_OK, "CTX_CREATE");
}

uint32_t *conf_new_texture(struct fe *fe, uint32_t width, uint32_t height, size_t size)
{
	struct vgpu_pv_resource_create create = guest_texture(3, width, height);
	uint32_t *pixels = fe_alloc(fe, size);

	conf_want(guest_create_pages(fe, 0, &create, pixels, size, 1), VGPU_PV_S_OK,
		  "RESOURCE_CREATE");
	return pixels;
}
