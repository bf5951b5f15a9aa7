// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "demand.h"
#include "guest.h"
#include "vgpu_pv_layout.h"

/* numbers of virgl's protocol */
#define CMD_CREATE_OBJECT	1
#define CMD_SET_FRAMEBUFFER	5
#define CMD_CLEAR		7
#define OBJECT_SURFACE		8
#define CLEAR_COLOR0		(1u << 2)

static uint32_t simple(struct fe *fe, unsigned int ring, uint32_t type, uint32_t ctx,
		       uint32_t resource)
{
	struct vgpu_pv_resource_ref ref = {
		.hdr = { .type = type, .ctx_id = ctx },
		.resource = resource,
	};

	return fe_status(fe, ring, &ref,
			 type == VGPU_PV_MSG_CTX_DESTROY ? sizeof(ref.hdr) : sizeof(ref));
}

uint32_t guest_ctx_create(struct fe *fe, unsigned int ring, uint32_t ctx)
{
	struct vgpu_pv_ctx_create create = {
		.hdr = { .type = VGPU_PV_MSG_CTX_CREATE, .ctx_id = ctx },
		.capset_id = GUEST_CAPSET,
		.name_len = 4,
		.name = "test",
	};

	return fe_status(fe, ring, &create, sizeof(create));
}

uint32_t guest_ctx_destroy(struct fe *fe, unsigned int ring, uint32_t ctx)
{
	return simple(fe, ring, VGPU_PV_MSG_CTX_DESTROY, ctx, 0);
}

uint32_t guest_attach(struct fe *fe, unsigned int ring, uint32_t ctx, uint32_t resource)
{
	return simple(fe, ring, VGPU_PV_MSG_CTX_ATTACH, ctx, resource);
}

uint32_t guest_detach(struct fe *fe, unsigned int ring, uint32_t ctx, uint32_t resource)
{
	return simple(fe, ring, VGPU_PV_MSG_CTX_DETACH, ctx, resource);
}

uint32_t guest_destroy(struct fe *fe, unsigned int ring, uint32_t resource)
{
	return simple(fe, ring, VGPU_PV_MSG_RESOURCE_DESTROY, 0, resource);
}

struct vgpu_pv_resource_create guest_texture(uint32_t resource, uint32_t width, uint32_t height)
{
	return (struct vgpu_pv_resource_create){
		.hdr.type = VGPU_PV_MSG_RESOURCE_CREATE,
		.resource = resource,
		.target = VIRGL_TARGET_2D,
		.format = VIRGL_FORMAT_B8G8R8A8,
		.bind = VIRGL_BIND_RENDER_TARGET | VIRGL_BIND_SAMPLER_VIEW,
		.width = width,
		.height = height,
		.depth = 1,
		.array_size = 1,
	};
}

uint32_t guest_create_pages(struct fe *fe, unsigned int ring, struct vgpu_pv_resource_create *create,
			    const void *p, size_t size, unsigned int entries)
{
	size_t len = sizeof(*create) + entries * sizeof(struct vgpu_pv_backing_entry), at = 0, part;
	struct vgpu_pv_backing_entry *entry;
	uint8_t *msg = calloc(1, len);
	unsigned int i;
	uint32_t status;

	demand(msg, "no memory");
	create->backing.kind = VGPU_PV_BACKING_PAGES;
	create->backing.nr_entries = entries;
	create->backing.size = size;
	memcpy(msg, create, sizeof(*create));
	entry = (void *)(msg + sizeof(*create));
	for (i = 0; i < entries; i++) {
		part = i + 1 < entries ? size / entries & ~(size_t)4095 : size - at;
		entry[i].addr = fe_gpa(fe, (const uint8_t *)p + at);
		entry[i].size = (uint32_t)part;
		at += part;
	}
	status = fe_status(fe, ring, msg, len);
	free(msg);
	return status;
}

uint32_t guest_transfer(struct fe *fe, unsigned int ring, uint32_t type, uint32_t ctx,
			uint32_t resource, uint32_t width, uint32_t height)
{
	struct vgpu_pv_transfer transfer = {
		.hdr = { .type = type, .ctx_id = ctx },
		.resource = resource,
		.width = width,
		.height = height,
		.depth = 1,
	};

	return fe_status(fe, ring, &transfer, sizeof(transfer));
}

unsigned int guest_post_submit(struct fe *fe, unsigned int ring, uint32_t ctx,
			       const struct guest_commands *commands)
{
	struct vgpu_pv_submit submit = {
		.hdr = { .type = VGPU_PV_MSG_SUBMIT, .ctx_id = ctx },
		.size = commands->nr * 4,
	};
	uint8_t *msg = malloc(sizeof(submit) + submit.size);
	unsigned int slot;

	demand(msg, "no memory");
	memcpy(msg, &submit, sizeof(submit));
	memcpy(msg + sizeof(submit), commands->words, submit.size);
	slot = fe_post(fe, ring, msg, sizeof(submit) + submit.size, sizeof(struct vgpu_pv_reply));
	free(msg);
	return slot;
}

uint32_t guest_submit(struct fe *fe, unsigned int ring, uint32_t ctx,
		      const struct guest_commands *commands)
{
	unsigned int slot = guest_post_submit(fe, ring, ctx, commands);
	struct vgpu_pv_reply reply;

	fe_kick(fe, ring);
	demand(fe_wait(fe, ring, slot, &reply, sizeof(reply)) == sizeof(reply), "a short reply");
	demand(reply.type == (VGPU_PV_MSG_SUBMIT | VGPU_PV_MSG_REPLY), "a reply of type %#x",
	       reply.type);
	return reply.status;
}

void guest_command(struct guest_commands *commands, uint32_t command, uint32_t object,
		   const uint32_t *args, uint32_t nr_args)
{
	demand(commands->nr + 1 + nr_args <= sizeof(commands->words) / 4, "too many commands");
	commands->words[commands->nr++] = command | object << 8 | nr_args << 16;
	memcpy(&commands->words[commands->nr], args, nr_args * 4);
	commands->nr += nr_args;
}

static void clear(struct guest_commands *commands, const float colour[4])
{
	uint32_t args[8] = { CLEAR_COLOR0 };

	memcpy(&args[1], colour, 16);
	guest_command(commands, CMD_CLEAR, 0, args, 8);
}

void guest_clear(struct guest_commands *commands, uint32_t surface, uint32_t resource,
		 const float colour[4])
{
	const uint32_t create[] = { surface, resource, VIRGL_FORMAT_B8G8R8A8, 0, 0 };
	const uint32_t framebuffer[] = { 1, 0, surface };

	guest_command(commands, CMD_CREATE_OBJECT, OBJECT_SURFACE, create, 5);
	guest_command(commands, CMD_SET_FRAMEBUFFER, 0, framebuffer, 3);
	clear(commands, colour);
}

void guest_clear_again(struct guest_commands *commands, unsigned int count)
{
	static const float colours[2][4] = { { 1, 0, 0, 1 }, { 0, 1, 0, 1 } };

	while (count--)
		clear(commands, colours[count & 1]);
}
