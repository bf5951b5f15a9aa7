// SPDX-License-Identifier: MIT
/* Capsets, contexts, and what becomes of one that is sent nonsense. */
#include <stdlib.h>
#include <string.h>

#include "conformance.h"

/* [dev-capsets] */
static void capsets_are_listed(struct fe *fe)
{
	const struct vgpu_pv_request request = { .type = VGPU_PV_MSG_GET_CAPSETS };
	struct vgpu_pv_get_capset get = { .hdr.type = VGPU_PV_MSG_GET_CAPSET };
	struct vgpu_pv_capsets_reply list;
	struct vgpu_pv_capset_reply capset;
	uint32_t i;

	demand(fe_call(fe, 0, &request, sizeof(request), &list, sizeof(list)) == sizeof(list),
	       "GET_CAPSETS: not the whole reply");
	conf_want(list.hdr.status, VGPU_PV_S_OK, "GET_CAPSETS");
	demand(list.count <= VGPU_PV_MAX_CAPSETS, "there are %u capsets", list.count);
	demand(!list.padding, "GET_CAPSETS: the reply's padding is %#x", list.padding);
	for (i = 0; i < list.count; i++) {
		demand(list.capsets[i].max_size <= VGPU_PV_MAX_CAPSET_SIZE,
		       "capset %u has up to %u bytes", list.capsets[i].id, list.capsets[i].max_size);
		get.id = list.capsets[i].id;
		get.version = list.capsets[i].max_version;
		demand(fe_call(fe, 0, &get, sizeof(get), &capset, sizeof(capset)) == sizeof(capset),
		       "GET_CAPSET: not the whole reply");
		conf_want(capset.hdr.status, VGPU_PV_S_OK, "GET_CAPSET of capset %u", get.id);
		demand(capset.size && capset.size <= list.capsets[i].max_size,
		       "capset %u has %u bytes, at most %u were announced", get.id, capset.size,
		       list.capsets[i].max_size);
	}
}

static void want_no_capset(struct fe *fe, uint32_t id, uint32_t version)
{
	const struct vgpu_pv_get_capset get = {
		.hdr.type = VGPU_PV_MSG_GET_CAPSET,
		.id = id,
		.version = version,
	};
	struct vgpu_pv_capset_reply reply;

	fe_call(fe, 0, &get, sizeof(get), &reply, sizeof(reply));
	conf_want(reply.hdr.status, VGPU_PV_S_NOENT, "GET_CAPSET of capset %u, version %u", id,
		  version);
}

/* [dev-capset-noent] */
static void other_capsets_are_noent(struct fe *fe)
{
	const struct vgpu_pv_request request = { .type = VGPU_PV_MSG_GET_CAPSETS };
	struct vgpu_pv_capsets_reply list = { 0 };
	uint32_t i;

	want_no_capset(fe, 0, 0);
	want_no_capset(fe, 0xabcdef, 0);
	fe_call(fe, 0, &request, sizeof(request), &list, sizeof(list));
	for (i = 0; i < list.count && i < VGPU_PV_MAX_CAPSETS; i++)
		want_no_capset(fe, list.capsets[i].id, list.capsets[i].max_version + 1);
}

/* [dev-ctx-create] */
static void contexts_are_created(struct fe *fe)
{
	struct vgpu_pv_ctx_create create = {
		.hdr = { .type = VGPU_PV_MSG_CTX_CREATE, .ctx_id = 9 },
		.capset_id = GUEST_CAPSET,
		.name_len = VGPU_PV_MAX_CONTEXT_NAME,
	};
	uint32_t id, status;

	conf_new_context(fe, 0, 1);
	conf_want(guest_ctx_create(fe, 0, 1), VGPU_PV_S_EXIST, "CTX_CREATE of an id in use");
	conf_want(guest_ctx_create(fe, 0, 0), VGPU_PV_S_NOENT, "CTX_CREATE of id 0");
	memset(create.name, 'n', sizeof(create.name));
	conf_want(fe_status(fe, 0, &create, sizeof(create)), VGPU_PV_S_OK,
		  "CTX_CREATE with a name of the longest");
	create.hdr.ctx_id = 10;
	create.name_len++;
	conf_want(fe_status(fe, 0, &create, sizeof(create)), VGPU_PV_S_INVALID,
		  "CTX_CREATE with a longer name");
	create.name_len = 0;
	create.capset_id = 0xabcdef;
	conf_want(fe_status(fe, 0, &create, sizeof(create)), VGPU_PV_S_NOENT,
		  "CTX_CREATE with an unknown capset");
	/* it may have no memory for as many */
	for (id = 1000; id < 1000 + VGPU_PV_MAX_CONTEXTS - 2; id++) {
		status = guest_ctx_create(fe, 0, id);
		if (status == VGPU_PV_S_NOMEM)
			break;
		conf_want(status, VGPU_PV_S_OK, "CTX_CREATE, number %u", id - 997);
	}
	conf_want(guest_ctx_create(fe, 0, id), VGPU_PV_S_NOMEM, "CTX_CREATE beyond the limit");
	while (id-- > 1000)
		conf_want(guest_ctx_destroy(fe, 0, id), VGPU_PV_S_OK, "CTX_DESTROY after that");
	conf_want(guest_ctx_destroy(fe, 0, 1), VGPU_PV_S_OK, "CTX_DESTROY after that");
	conf_want(guest_ctx_create(fe, 0, 1), VGPU_PV_S_OK, "CTX_CREATE after that");
}

/* [dev-ctx-noent] */
static void other_contexts_are_noent(struct fe *fe)
{
	const uint32_t ids[] = { 0, 8, ~0u };
	struct vgpu_pv_resource_create create = guest_texture(3, CONF_WIDTH, CONF_HEIGHT);
	struct guest_commands *commands = calloc(1, sizeof(*commands));
	unsigned int i;

	demand(commands, "no memory");
	conf_new_context(fe, 0, 1);
	conf_want(fe_status(fe, 0, &create, sizeof(create)), VGPU_PV_S_OK, "RESOURCE_CREATE");
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		conf_want(guest_ctx_destroy(fe, 0, ids[i]), VGPU_PV_S_NOENT,
			  "CTX_DESTROY of no context");
		conf_want(guest_attach(fe, 0, ids[i], 3), VGPU_PV_S_NOENT,
			  "CTX_ATTACH to no context");
		conf_want(guest_detach(fe, 0, ids[i], 3), VGPU_PV_S_NOENT,
			  "CTX_DETACH from no context");
		conf_want(guest_submit(fe, 0, ids[i], commands), VGPU_PV_S_NOENT,
			  "SUBMIT to no context");
	}
	conf_want(guest_ctx_destroy(fe, 0, 1), VGPU_PV_S_OK, "CTX_DESTROY");
	conf_want(guest_ctx_destroy(fe, 0, 1), VGPU_PV_S_NOENT, "CTX_DESTROY again");
	free(commands);
}

static const uint32_t nonsense[][3] = {
	{ 1, 0x00ff0000 },		/* longer than the buffer */
	{ 1, 0x000000fe },		/* no such command */
	{ 2, 1 | 8 << 8 | 1 << 16, 1 },	/* a surface without its arguments */
};

static void send_nonsense(struct fe *fe, uint32_t ctx, unsigned int which)
{
	struct guest_commands *commands = calloc(1, sizeof(*commands));

	demand(commands, "no memory");
	commands->nr = nonsense[which][0];
	memcpy(commands->words, &nonsense[which][1], commands->nr * 4);
	conf_want(guest_submit(fe, 0, ctx, commands), VGPU_PV_S_INVALID,
		  "SUBMIT of malformed commands");
	free(commands);
}

#define NR_NONSENSE	(sizeof(nonsense) / sizeof(nonsense[0]))

/* [dev-context-lost] */
static void malformed_commands_lose_the_context(struct fe *fe)
{
	struct guest_commands *empty = calloc(1, sizeof(*empty));
	unsigned int i;

	demand(empty, "no memory");
	conf_new_texture(fe, CONF_WIDTH, CONF_HEIGHT, CONF_BYTES);
	for (i = 0; i < NR_NONSENSE; i++) {
		conf_new_context(fe, 0, 1);
		conf_want(guest_attach(fe, 0, 1, 3), VGPU_PV_S_OK, "CTX_ATTACH");
		send_nonsense(fe, 1, i);
		conf_want(guest_submit(fe, 0, 1, empty), VGPU_PV_S_CONTEXT_LOST,
			  "SUBMIT to a lost context");
		conf_want(guest_attach(fe, 0, 1, 3), VGPU_PV_S_CONTEXT_LOST,
			  "CTX_ATTACH to a lost context");
		conf_want(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_TO_HOST, 1, 3, CONF_WIDTH,
					 CONF_HEIGHT),
			  VGPU_PV_S_CONTEXT_LOST, "TRANSFER_TO_HOST of a lost context");
		conf_want(guest_detach(fe, 0, 1, 3), VGPU_PV_S_OK, "CTX_DETACH from a lost context");
		conf_want(guest_ctx_destroy(fe, 0, 1), VGPU_PV_S_OK, "CTX_DESTROY of a lost context");
	}
	free(empty);
}

/* [dev-context-isolated] */
static void lost_contexts_are_lost_alone(struct fe *fe)
{
	static const float colour[4] = { 0, 1, 0, 1 };
	struct guest_commands *commands = calloc(1, sizeof(*commands));
	uint32_t *pixels;
	unsigned int i;

	demand(commands, "no memory");
	conf_new_context(fe, 0, 1);
	pixels = conf_new_texture(fe, CONF_WIDTH, CONF_HEIGHT, CONF_BYTES);
	conf_want(guest_attach(fe, 0, 1, 3), VGPU_PV_S_OK, "CTX_ATTACH");
	for (i = 0; i < NR_NONSENSE; i++) {
		conf_want(guest_ctx_create(fe, 0, 2 + i), VGPU_PV_S_OK, "CTX_CREATE");
		conf_want(guest_attach(fe, 0, 2 + i, 3), VGPU_PV_S_OK, "CTX_ATTACH");
		send_nonsense(fe, 2 + i, i);
		commands->nr = 0;
		guest_clear(commands, 10 + i, 3, colour);
		conf_want(guest_submit(fe, 0, 1, commands), VGPU_PV_S_OK,
			  "SUBMIT beside a lost context");
		memset(pixels, 0, CONF_BYTES);
		conf_want(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_FROM_HOST, 1, 3, CONF_WIDTH,
					 CONF_HEIGHT),
			  VGPU_PV_S_OK, "TRANSFER_FROM_HOST beside a lost context");
		demand(pixels[0] == 0xff00ff00, "beside a lost context, %08x is drawn", pixels[0]);
	}
	free(commands);
}

/* [dev-submit-checked] what precedes a command that is malformed is not drawn either */
static void malformed_commands_draw_nothing(struct fe *fe)
{
	static const float green[4] = { 0, 1, 0, 1 }, blue[4] = { 0, 0, 1, 1 };
	static const uint32_t args[12];
	static const struct {
		const char *what;
		uint32_t command, object, nr_args, missing;
	} bad[] = {
		{ "an unknown command", 254, 0, 0, 0 },
		{ "an unknown kind of object", 1, 254, 5, 0 },
		{ "a surface that is too short", 1, 8, 4, 0 },
		{ "a clear that is too long", 7, 0, 9, 0 },
		{ "a draw that ends beyond the buffer", 8, 0, 12, 1 },
	};
	struct vgpu_pv_resource_create create = guest_texture(3, CONF_WIDTH, CONF_HEIGHT);
	struct guest_commands *commands = calloc(1, sizeof(*commands));
	uint32_t *pixels = fe_alloc(fe, CONF_BYTES);
	unsigned int i;

	demand(commands, "no memory");
	conf_new_context(fe, 0, 1);
	conf_want(guest_create_pages(fe, 0, &create, pixels, CONF_BYTES, 1), VGPU_PV_S_OK,
		  "RESOURCE_CREATE");
	conf_want(guest_attach(fe, 0, 1, 3), VGPU_PV_S_OK, "CTX_ATTACH");
	guest_clear(commands, 1, 3, green);
	conf_want(guest_submit(fe, 0, 1, commands), VGPU_PV_S_OK, "SUBMIT of a clear");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		conf_want(guest_ctx_create(fe, 0, 2 + i), VGPU_PV_S_OK, "CTX_CREATE");
		conf_want(guest_attach(fe, 0, 2 + i, 3), VGPU_PV_S_OK, "CTX_ATTACH");
		commands->nr = 0;
		guest_clear(commands, 1, 3, blue);
		guest_command(commands, bad[i].command, bad[i].object, args, bad[i].nr_args);
		commands->nr -= bad[i].missing;
		conf_want(guest_submit(fe, 0, 2 + i, commands), VGPU_PV_S_INVALID,
			  "SUBMIT of a clear and %s", bad[i].what);
		conf_want(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_FROM_HOST, 1, 3, CONF_WIDTH,
					 CONF_HEIGHT), VGPU_PV_S_OK, "TRANSFER_FROM_HOST");
		demand(pixels[0] == 0xff00ff00, "a clear and %s draw %08x", bad[i].what, pixels[0]);
	}
	free(commands);
}

/* [dev-submit-limit] */
static void submits_have_a_limit(struct fe *fe)
{
	static const struct {
		uint32_t size, status;
	} sizes[] = {
		{ 0, VGPU_PV_S_OK },
		{ 2, VGPU_PV_S_INVALID },
		{ 4095, VGPU_PV_S_INVALID },
		{ VGPU_PV_MAX_SUBMIT_SIZE, VGPU_PV_S_OK },
		{ VGPU_PV_MAX_SUBMIT_SIZE + 4, VGPU_PV_S_INVALID },
	};
	struct vgpu_pv_submit *submit = calloc(1, sizeof(*submit) + VGPU_PV_MAX_SUBMIT_SIZE + 4);
	unsigned int i;

	demand(submit, "no memory");
	conf_new_context(fe, 0, 1);
	submit->hdr = (struct vgpu_pv_request){ .type = VGPU_PV_MSG_SUBMIT, .ctx_id = 1 };
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		/* zeros are commands that do nothing */
		submit->size = sizes[i].size;
		conf_want(fe_status(fe, 0, submit, sizeof(*submit) + sizes[i].size),
			  sizes[i].status, "SUBMIT of %u bytes", sizes[i].size);
	}
	free(submit);
}

static const struct conf_case cases[] = {
	{ "dev-capsets", "the capsets are within their limits", capsets_are_listed },
	{ "dev-capset-noent", "other capsets and versions are NOENT", other_capsets_are_noent },
	{ "dev-ctx-create", "contexts are created, up to their limits", contexts_are_created },
	{ "dev-ctx-noent", "what names no context is NOENT", other_contexts_are_noent },
	{ "dev-context-lost", "malformed commands lose their context",
	  malformed_commands_lose_the_context },
	{ "dev-context-isolated", "a lost context leaves its neighbour alone",
	  lost_contexts_are_lost_alone },
	{ "dev-submit-checked", "malformed commands and those with them have no effect",
	  malformed_commands_draw_nothing },
	{ "dev-submit-limit", "the size of commands is limited", submits_have_a_limit },
};

CONF_GROUP(conf_contexts, cases);
