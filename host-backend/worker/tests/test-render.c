// SPDX-License-Identifier: MIT
/*
 * What a driver sees of a worker that renders: capsets, contexts, resources,
 * transfers and command buffers, used rightly and wrongly.  Each test names the
 * requirement that it enforces.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "expect.h"
#include "guest.h"

#define WIDTH	64
#define HEIGHT	32
#define BYTES	(WIDTH * HEIGHT * 4)

static int start(void **state)
{
	static const struct fe_options options = { .event_idx = true };
	struct fe *fe = fe_start(&options);

	fe_ring_start(fe, 0);
	*state = fe;
	return 0;
}

static int end(void **state)
{
	int status = fe_end(*state);

	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -1;
}

/* [dev-capsets] [dev-reply] */
static void capsets_are_listed(void **state)
{
	const struct vgpu_pv_request request = { .type = VGPU_PV_MSG_GET_CAPSETS };
	struct vgpu_pv_capsets_reply reply;
	uint32_t i;

	assert_int_equal(fe_call(*state, 0, &request, sizeof(request), &reply, sizeof(reply)),
			 sizeof(reply));
	assert_int_equal(reply.hdr.type, VGPU_PV_MSG_GET_CAPSETS | VGPU_PV_MSG_REPLY);
	assert_int_equal(reply.hdr.status, VGPU_PV_S_OK);
	assert_true(reply.hdr.credit > 0);
	assert_int_equal(reply.count, 2);
	for (i = 0; i < reply.count; i++) {
		assert_int_equal(reply.capsets[i].id, i + 1);
		assert_in_range(reply.capsets[i].max_size, 1, VGPU_PV_MAX_CAPSET_SIZE);
		assert_int_equal(reply.capsets[i].padding, 0);
	}
}

/* [dev-capset-noent], and no mapping of host memory is offered */
static void capset_is_masked(void **state)
{
	struct vgpu_pv_get_capset request = {
		.hdr.type = VGPU_PV_MSG_GET_CAPSET,
		.id = GUEST_CAPSET,
		.version = 1,
	};
	struct vgpu_pv_capset_reply reply;
	uint32_t bits;

	assert_int_equal(fe_call(*state, 0, &request, sizeof(request), &reply, sizeof(reply)),
			 sizeof(reply));
	assert_int_equal(reply.hdr.status, VGPU_PV_S_OK);
	assert_in_range(reply.size, 400, VGPU_PV_MAX_CAPSET_SIZE);
	/* the capability bits lie at 392; bit 31 is ARB_buffer_storage */
	memcpy(&bits, reply.data + 392, sizeof(bits));
	assert_int_not_equal(bits, 0);
	assert_int_equal(bits & 1u << 31, 0);

	request.version = 1000;
	fe_call(*state, 0, &request, sizeof(request), &reply, sizeof(reply));
	assert_int_equal(reply.hdr.status, VGPU_PV_S_NOENT);
	request.version = 1;
	request.id = 77;
	fe_call(*state, 0, &request, sizeof(request), &reply, sizeof(reply));
	assert_int_equal(reply.hdr.status, VGPU_PV_S_NOENT);
}

/* [dev-ctx-create] [dev-ctx-noent] */
static void contexts_have_ids(void **state)
{
	struct vgpu_pv_ctx_create create = {
		.hdr = { .type = VGPU_PV_MSG_CTX_CREATE, .ctx_id = 9 },
		.capset_id = GUEST_CAPSET,
	};

	assert_int_equal(guest_ctx_create(*state, 0, 7), VGPU_PV_S_OK);
	assert_int_equal(guest_ctx_create(*state, 0, 7), VGPU_PV_S_EXIST);
	assert_int_equal(guest_ctx_create(*state, 0, 0), VGPU_PV_S_NOENT);
	assert_int_equal(guest_ctx_destroy(*state, 0, 8), VGPU_PV_S_NOENT);
	assert_int_equal(guest_ctx_destroy(*state, 0, 0), VGPU_PV_S_NOENT);
	assert_int_equal(guest_ctx_destroy(*state, 0, 7), VGPU_PV_S_OK);
	assert_int_equal(guest_ctx_destroy(*state, 0, 7), VGPU_PV_S_NOENT);
	create.capset_id = 5;
	assert_int_equal(fe_status(*state, 0, &create, sizeof(create)), VGPU_PV_S_NOENT);
	create.capset_id = GUEST_CAPSET;
	create.name_len = VGPU_PV_MAX_CONTEXT_NAME + 1;
	assert_int_equal(fe_status(*state, 0, &create, sizeof(create)), VGPU_PV_S_INVALID);
}

static void fill(uint8_t *p, size_t size, unsigned int seed)
{
	while (size--) {
		seed = seed * 1103515245 + 12345;
		*p++ = (uint8_t)(seed >> 16);
	}
}

static void round_trip(struct fe *fe, uint32_t ctx, unsigned int entries, uint32_t layers)
{
	uint8_t *pages = fe_alloc(fe, BYTES), before[BYTES];
	struct vgpu_pv_resource_create create = guest_texture(3, WIDTH, HEIGHT);

	create.array_size = layers;
	assert_int_equal(guest_create_pages(fe, 0, &create, pages, BYTES, entries), VGPU_PV_S_OK);
	if (ctx)
		assert_int_equal(guest_attach(fe, 0, ctx, 3), VGPU_PV_S_OK);
	fill(pages, BYTES, entries);
	memcpy(before, pages, BYTES);
	assert_int_equal(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_TO_HOST, ctx, 3, WIDTH, HEIGHT),
			 VGPU_PV_S_OK);
	memset(pages, 0, BYTES);
	assert_int_equal(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_FROM_HOST, ctx, 3, WIDTH, HEIGHT),
			 VGPU_PV_S_OK);
	assert_memory_equal(pages, before, BYTES);
	assert_int_equal(guest_destroy(fe, 0, 3), VGPU_PV_S_OK);
}

/* what is uploaded comes back, byte for byte; no layers are one */
static void transfers_keep_bytes(void **state)
{
	assert_int_equal(guest_ctx_create(*state, 0, 1), VGPU_PV_S_OK);
	round_trip(*state, 0, 1, 1);
	round_trip(*state, 1, 1, 0);
	round_trip(*state, 1, 2, 1);
}

/* a part of what is compressed comes back, and nothing else: the box's own blocks */
static void blocks_are_read_where_they_are(void **state)
{
	static const struct vgpu_pv_transfer all = {
		.resource = 3, .width = 128, .height = 128, .depth = 1,
		.hdr.type = VGPU_PV_MSG_TRANSFER_TO_HOST,
	}, middle = {
		.resource = 3, .x = 4, .y = 60, .width = 8, .height = 8, .depth = 1, .offset = 3848,
		.hdr.type = VGPU_PV_MSG_TRANSFER_FROM_HOST,
	};
	struct vgpu_pv_resource_create create = guest_texture(3, 128, 128);
	uint8_t *pages = fe_alloc(*state, 8192), wanted[8192] = { 0 };

	create.format = 105;	/* DXT1: 8 bytes for 4 times 4 texels */
	create.bind = 1 << 3;
	assert_int_equal(guest_create_pages(*state, 0, &create, pages, 8192, 2), VGPU_PV_S_OK);
	fill(pages, 8192, 7);
	/* two rows of blocks, each in a page of its own */
	memcpy(wanted + 3848, pages + 3848, 16);
	memcpy(wanted + 4104, pages + 4104, 16);
	assert_int_equal(fe_status(*state, 0, &all, sizeof(all)), VGPU_PV_S_OK);
	memset(pages, 0, 8192);
	assert_int_equal(fe_status(*state, 0, &middle, sizeof(middle)), VGPU_PV_S_OK);
	assert_memory_equal(pages, wanted, 8192);
}

/* Mesa writes a query's state before it hears that its buffer is made */
static void plain_memory_begins_as_its_backing(void **state)
{
	struct vgpu_pv_resource_create create = guest_texture(3, 4096, 1);
	uint8_t *pages = fe_alloc(*state, 4096), before[4096];

	create.target = 0;
	create.format = 64;
	create.bind = 1 << 17;
	fill(pages, 4096, 9);
	memcpy(before, pages, 4096);
	assert_int_equal(guest_create_pages(*state, 0, &create, pages, 4096, 1), VGPU_PV_S_OK);
	assert_memory_equal(pages, before, 4096);
}

/* the aperture is a backing as good as pages: [dev-aperture-bounds] */
static void aperture_is_a_backing(void **state)
{
	struct vgpu_pv_resource_create create = guest_texture(4, WIDTH, HEIGHT);
	struct fe *fe = *state;
	uint8_t before[BYTES];

	create.backing.kind = VGPU_PV_BACKING_APERTURE;
	create.backing.size = BYTES;
	create.backing.offset = FE_APERTURE_SIZE - BYTES + 4096;
	assert_int_equal(fe_status(fe, 0, &create, sizeof(create)), VGPU_PV_S_INVALID);
	create.backing.offset = ~0ull - 4095;
	assert_int_equal(fe_status(fe, 0, &create, sizeof(create)), VGPU_PV_S_INVALID);
	create.backing.offset = FE_APERTURE_SIZE - BYTES;
	assert_int_equal(fe_status(fe, 0, &create, sizeof(create)), VGPU_PV_S_OK);
	fill(fe->aperture + create.backing.offset, BYTES, 5);
	memcpy(before, fe->aperture + create.backing.offset, BYTES);
	assert_int_equal(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_TO_HOST, 0, 4, WIDTH, HEIGHT),
			 VGPU_PV_S_OK);
	memset(fe->aperture + create.backing.offset, 0, BYTES);
	assert_int_equal(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_FROM_HOST, 0, 4, WIDTH, HEIGHT),
			 VGPU_PV_S_OK);
	assert_memory_equal(fe->aperture + create.backing.offset, before, BYTES);
}

static void clear_is_seen(struct fe *fe, uint32_t ctx, uint32_t resource, const uint8_t *pages,
			  const float colour[4])
{
	struct guest_commands *commands = calloc(1, sizeof(*commands));
	unsigned int i, c;

	assert_non_null(commands);
	guest_clear(commands, 10 + resource, resource, colour);
	assert_int_equal(guest_submit(fe, 0, ctx, commands), VGPU_PV_S_OK);
	assert_int_equal(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_FROM_HOST, ctx, resource, WIDTH,
					HEIGHT), VGPU_PV_S_OK);
	/* memory order is B, G, R, A */
	for (i = 0; i < BYTES; i += 4) {
		for (c = 0; c < 3; c++)
			assert_int_equal(pages[i + c], (uint8_t)(colour[2 - c] * 255 + 0.5f));
	}
	free(commands);
}

/* [dev-transfer-order] */
static void submit_draws(void **state)
{
	static const float colour[4] = { 1.0f, 0.2f, 0.4f, 1.0f };
	struct vgpu_pv_resource_create create = guest_texture(3, WIDTH, HEIGHT);
	uint8_t *pages = fe_alloc(*state, BYTES);

	assert_int_equal(guest_ctx_create(*state, 0, 1), VGPU_PV_S_OK);
	assert_int_equal(guest_create_pages(*state, 0, &create, pages, BYTES, 1), VGPU_PV_S_OK);
	assert_int_equal(guest_attach(*state, 0, 1, 3), VGPU_PV_S_OK);
	clear_is_seen(*state, 1, 3, pages, colour);
}

/* [dev-context-lost] [dev-context-isolated] */
static void malformed_submit_loses_its_context_only(void **state)
{
	static const float colour[4] = { 0.0f, 1.0f, 0.6f, 1.0f };
	static const uint32_t bad[][3] = {
		{ 1, 0x00ff0000 },		/* longer than the buffer */
		{ 1, 0x000000fe },		/* no such command */
		{ 1, 48 },			/* makes memory past the accounting */
		{ 1, 50 },			/* memory figures */
		{ 2, 1 | 8 << 8 | 1 << 16, 1 },	/* a surface without its arguments */
	};
	struct vgpu_pv_resource_create create = guest_texture(3, WIDTH, HEIGHT);
	struct guest_commands *commands = calloc(1, sizeof(*commands));
	struct fe *fe = *state;
	uint8_t *pages = fe_alloc(fe, BYTES);
	unsigned int i;

	assert_int_equal(guest_create_pages(fe, 0, &create, pages, BYTES, 1), VGPU_PV_S_OK);
	assert_int_equal(guest_ctx_create(fe, 0, 1), VGPU_PV_S_OK);
	assert_int_equal(guest_attach(fe, 0, 1, 3), VGPU_PV_S_OK);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(guest_ctx_create(fe, 0, 2), VGPU_PV_S_OK);
		assert_int_equal(guest_attach(fe, 0, 2, 3), VGPU_PV_S_OK);
		commands->nr = bad[i][0];
		memcpy(commands->words, &bad[i][1], bad[i][0] * 4);
		assert_int_equal(guest_submit(fe, 0, 2, commands), VGPU_PV_S_INVALID);
		commands->nr = 0;
		assert_int_equal(guest_submit(fe, 0, 2, commands), VGPU_PV_S_CONTEXT_LOST);
		assert_int_equal(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_TO_HOST, 2, 3, WIDTH,
						HEIGHT), VGPU_PV_S_CONTEXT_LOST);
		assert_int_equal(guest_attach(fe, 0, 2, 3), VGPU_PV_S_CONTEXT_LOST);
		assert_int_equal(guest_detach(fe, 0, 2, 3), VGPU_PV_S_OK);
		assert_int_equal(guest_ctx_destroy(fe, 0, 2), VGPU_PV_S_OK);
	}
	assert_int_equal(fe->stats->contexts_lost, i);
	clear_is_seen(fe, 1, 3, pages, colour);
	free(commands);
}

/*
 * Promise: what moves is counted by the byte, and copied is what must be, once: the
 * message and its reply, and of a transfer no texel; a frame is a picture looked at.
 */
static void bytes_and_frames_are_counted(void **state)
{
	static const float colour[4] = { 1, 0, 0, 1 };
	const uint64_t reply = sizeof(struct vgpu_pv_reply), size = WIDTH * HEIGHT * 4;
	const uint64_t transfer = sizeof(struct vgpu_pv_transfer);
	struct guest_commands *commands = calloc(1, sizeof(*commands));
	struct vgpu_pv_resource_create create = guest_texture(3, WIDTH, HEIGHT);
	struct vgpu_pv_stats before;
	struct fe *fe = *state;
	void *pages = fe_alloc(fe, size);
	unsigned int i;

	assert_non_null(commands);
	assert_int_equal(guest_ctx_create(fe, 0, 1), VGPU_PV_S_OK);
	assert_int_equal(guest_create_pages(fe, 0, &create, pages, size, 1), VGPU_PV_S_OK);
	assert_int_equal(guest_attach(fe, 0, 1, 3), VGPU_PV_S_OK);
	before = *fe->stats;
	assert_int_equal(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_TO_HOST, 1, 3, WIDTH, HEIGHT),
			 VGPU_PV_S_OK);
	assert_int_equal(fe->stats->bytes_in - before.bytes_in, transfer + size);
	assert_int_equal(fe->stats->bytes_out - before.bytes_out, reply);
	assert_int_equal(fe->stats->bytes_copied - before.bytes_copied, transfer + reply);
	before = *fe->stats;
	guest_clear(commands, 10, 3, colour);
	assert_int_equal(guest_submit(fe, 0, 1, commands), VGPU_PV_S_OK);
	assert_int_equal(fe->stats->bytes_in - before.bytes_in,
			 sizeof(struct vgpu_pv_submit) + commands->nr * 4);
	assert_int_equal(fe->stats->bytes_copied - before.bytes_copied,
			 sizeof(struct vgpu_pv_submit) + commands->nr * 4 + reply);
	before = *fe->stats;
	/* looked at twice it is one frame */
	for (i = 0; i < 2; i++)
		assert_int_equal(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_FROM_HOST, 1, 3, WIDTH,
						HEIGHT), VGPU_PV_S_OK);
	assert_int_equal(fe->stats->frames - before.frames, 1);
	assert_int_equal(fe->stats->bytes_out - before.bytes_out, 2 * (reply + size));
	assert_int_equal(fe->stats->bytes_copied - before.bytes_copied, 2 * (transfer + reply));
	assert_int_equal(guest_submit(fe, 0, 1, commands), VGPU_PV_S_OK);
	assert_int_equal(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_FROM_HOST, 1, 3, WIDTH, HEIGHT),
			 VGPU_PV_S_OK);
	assert_int_equal(fe->stats->frames - before.frames, 2);
	free(commands);
}

/* [dev-submit-limit] [dev-msg-size] */
static void submit_has_a_limit(void **state)
{
	struct vgpu_pv_submit *submit = calloc(1, sizeof(*submit) + VGPU_PV_MAX_SUBMIT_SIZE + 4);

	assert_non_null(submit);
	assert_int_equal(guest_ctx_create(*state, 0, 1), VGPU_PV_S_OK);
	submit->hdr = (struct vgpu_pv_request){ .type = VGPU_PV_MSG_SUBMIT, .ctx_id = 1 };
	submit->size = 2;
	assert_int_equal(fe_status(*state, 0, submit, sizeof(*submit) + 2), VGPU_PV_S_INVALID);
	submit->size = 8;
	assert_int_equal(fe_status(*state, 0, submit, sizeof(*submit) + 4), VGPU_PV_S_INVALID);
	submit->size = VGPU_PV_MAX_SUBMIT_SIZE + 4;
	assert_int_equal(fe_status(*state, 0, submit, sizeof(*submit) + submit->size),
			 VGPU_PV_S_INVALID);
	/* zeros are NOPs */
	submit->size = VGPU_PV_MAX_SUBMIT_SIZE;
	assert_int_equal(fe_status(*state, 0, submit, sizeof(*submit) + submit->size), VGPU_PV_S_OK);
	assert_int_equal(((struct fe *)*state)->stats->commands, VGPU_PV_MAX_SUBMIT_SIZE / 4);
	free(submit);
}

/* [dev-resource-id] [dev-resource-noent] [dev-resource-limits] */
static void resources_are_checked(void **state)
{
	struct vgpu_pv_resource_create good = guest_texture(3, WIDTH, HEIGHT), bad;
	struct fe *fe = *state;

	assert_int_equal(fe_status(fe, 0, &good, sizeof(good)), VGPU_PV_S_OK);
	assert_int_equal(fe_status(fe, 0, &good, sizeof(good)), VGPU_PV_S_EXIST);
	assert_int_equal(guest_destroy(fe, 0, 99), VGPU_PV_S_NOENT);
	good.resource = 4;
#define REFUSED(field, value)									\
	do {											\
		bad = good;									\
		bad.field = value;								\
		assert_int_equal(fe_status(fe, 0, &bad, sizeof(bad)), VGPU_PV_S_INVALID);	\
	} while (0)
	REFUSED(resource, 0);
	REFUSED(target, 9);
	REFUSED(format, 0);
	REFUSED(format, 100000);
	REFUSED(width, 0);
	REFUSED(width, VGPU_PV_MAX_DIMENSION + 1);
	REFUSED(height, 0);
	REFUSED(height, 0xffffffff);
	REFUSED(depth, 2);
	REFUSED(array_size, 2);
	REFUSED(last_level, 7);
	REFUSED(last_level, 0xffffffff);
	REFUSED(nr_samples, 1000);
	REFUSED(flags, 2);
	REFUSED(backing.kind, 3);
	REFUSED(backing.size, 4096);
	REFUSED(backing.offset, 4096);
#undef REFUSED
	assert_int_equal(fe->stats->resources, 1);
	assert_int_equal(guest_destroy(fe, 0, 3), VGPU_PV_S_OK);
	assert_int_equal(fe->stats->memory_used, 0);
}

/* [dev-backing-checked] [dev-backing-incomplete] */
static void backings_are_checked(void **state)
{
	struct {
		struct vgpu_pv_resource_add_backing add;
		struct vgpu_pv_backing_entry entry;
	} more = {
		.add = { .hdr.type = VGPU_PV_MSG_RESOURCE_ADD_BACKING, .nr_entries = 1 },
	};
	struct vgpu_pv_resource_create create = guest_texture(3, WIDTH, HEIGHT);
	struct fe *fe = *state;
	uint8_t *pages = fe_alloc(fe, BYTES);

	create.backing.kind = VGPU_PV_BACKING_PAGES;
	create.backing.size = BYTES;
	assert_int_equal(fe_status(fe, 0, &create, sizeof(create)), VGPU_PV_S_OK);
	assert_int_equal(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_TO_HOST, 0, 3, WIDTH, HEIGHT),
			 VGPU_PV_S_INVALID);
	more.entry.addr = fe_gpa(fe, pages);
	more.entry.size = BYTES;
	assert_int_equal(fe_status(fe, 0, &more, sizeof(more)), VGPU_PV_S_NOENT);
	more.add.resource = 3;
	more.entry.size = 0;
	assert_int_equal(fe_status(fe, 0, &more, sizeof(more)), VGPU_PV_S_INVALID);
	more.entry.size = BYTES + 4;
	assert_int_equal(fe_status(fe, 0, &more, sizeof(more)), VGPU_PV_S_INVALID);
	more.entry.size = BYTES / 2;
	more.entry.padding = 1;
	assert_int_equal(fe_status(fe, 0, &more, sizeof(more)), VGPU_PV_S_INVALID);
	more.entry.padding = 0;
	more.entry.addr = FE_MEMORY_GPA + FE_MEMORY_SIZE - 4;
	assert_int_equal(fe_status(fe, 0, &more, sizeof(more)), VGPU_PV_S_INVALID);
	more.entry.addr = ~0ull - 4;
	assert_int_equal(fe_status(fe, 0, &more, sizeof(more)), VGPU_PV_S_INVALID);
	more.entry.addr = fe_gpa(fe, pages);
	assert_int_equal(fe_status(fe, 0, &more, sizeof(more)), VGPU_PV_S_OK);
	assert_int_equal(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_TO_HOST, 0, 3, WIDTH, HEIGHT),
			 VGPU_PV_S_INVALID);
	more.entry.addr += BYTES / 2;
	assert_int_equal(fe_status(fe, 0, &more, sizeof(more)), VGPU_PV_S_OK);
	assert_int_equal(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_TO_HOST, 0, 3, WIDTH, HEIGHT),
			 VGPU_PV_S_OK);
	assert_int_equal(fe_status(fe, 0, &more, sizeof(more)), VGPU_PV_S_INVALID);
}

/* [dev-transfer-bounds] */
static void transfers_are_checked(void **state)
{
	const struct vgpu_pv_transfer good = {
		.hdr.type = VGPU_PV_MSG_TRANSFER_TO_HOST,
		.resource = 3,
		.width = WIDTH,
		.height = HEIGHT,
		.depth = 1,
	};
	struct vgpu_pv_resource_create create = guest_texture(3, WIDTH, HEIGHT);
	struct vgpu_pv_transfer bad;
	struct fe *fe = *state;

	assert_int_equal(guest_create_pages(fe, 0, &create, fe_alloc(fe, BYTES), BYTES, 1),
			 VGPU_PV_S_OK);
	assert_int_equal(guest_ctx_create(fe, 0, 1), VGPU_PV_S_OK);
#define REFUSED(field, value, status)							\
	do {										\
		bad = good;								\
		bad.field = value;							\
		assert_int_equal(fe_status(fe, 0, &bad, sizeof(bad)), status);		\
	} while (0)
	REFUSED(resource, 9, VGPU_PV_S_NOENT);
	REFUSED(hdr.ctx_id, 9, VGPU_PV_S_NOENT);
	REFUSED(hdr.ctx_id, 1, VGPU_PV_S_NOENT);	/* not attached */
	REFUSED(level, 1, VGPU_PV_S_INVALID);
	REFUSED(x, 1, VGPU_PV_S_INVALID);
	REFUSED(x, 0xffffffff, VGPU_PV_S_INVALID);
	REFUSED(y, 1, VGPU_PV_S_INVALID);
	REFUSED(z, 1, VGPU_PV_S_INVALID);
	REFUSED(z, 0x80000000, VGPU_PV_S_INVALID);
	REFUSED(width, 0, VGPU_PV_S_INVALID);
	REFUSED(width, 0xffffffff, VGPU_PV_S_INVALID);
	REFUSED(depth, 2, VGPU_PV_S_INVALID);
	REFUSED(stride, WIDTH * 4 - 1, VGPU_PV_S_INVALID);
	REFUSED(stride, 0xfffffffc, VGPU_PV_S_INVALID);
	REFUSED(layer_stride, 4, VGPU_PV_S_INVALID);
	REFUSED(offset, 4, VGPU_PV_S_INVALID);
	REFUSED(offset, ~0ull, VGPU_PV_S_INVALID);
#undef REFUSED
	/* and the context whose transfers were refused still is one */
	assert_int_equal(guest_attach(fe, 0, 1, 3), VGPU_PV_S_OK);
	assert_int_equal(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_TO_HOST, 1, 3, WIDTH, HEIGHT),
			 VGPU_PV_S_OK);
}

/* a blob has bytes and no texels to transfer */
static void blobs_are_bytes(void **state)
{
	struct {
		struct vgpu_pv_resource_create_blob create;
		struct vgpu_pv_backing_entry entry;
	} blob = {
		.create = {
			.hdr.type = VGPU_PV_MSG_RESOURCE_CREATE_BLOB,
			.resource = 5,
			.backing = { .kind = VGPU_PV_BACKING_PAGES, .nr_entries = 1, .size = 8192 },
		},
	};
	struct fe *fe = *state;

	blob.entry.addr = fe_gpa(fe, fe_alloc(fe, 8192));
	blob.entry.size = 8192;
	assert_int_equal(guest_ctx_create(fe, 0, 1), VGPU_PV_S_OK);
	assert_int_equal(fe_status(fe, 0, &blob, sizeof(blob)), VGPU_PV_S_OK);
	assert_int_equal(guest_attach(fe, 0, 1, 5), VGPU_PV_S_OK);
	assert_int_equal(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_TO_HOST, 1, 5, 1, 1),
			 VGPU_PV_S_INVALID);
	assert_int_equal(guest_destroy(fe, 0, 5), VGPU_PV_S_OK);
	blob.create.backing = (struct vgpu_pv_backing){ .kind = VGPU_PV_BACKING_NONE };
	assert_int_equal(fe_status(fe, 0, &blob.create, sizeof(blob.create)), VGPU_PV_S_INVALID);
	blob.create.backing = (struct vgpu_pv_backing){
		.kind = VGPU_PV_BACKING_APERTURE,
		.offset = 4096,
		.size = 4096,
	};
	assert_int_equal(fe_status(fe, 0, &blob.create, sizeof(blob.create)), VGPU_PV_S_OK);
}

static int start_small(void **state)
{
	static const char *const args[] = { "--memory", "1M", NULL };
	static const struct fe_options options = { .args = args };
	struct fe *fe = fe_start(&options);

	fe_ring_start(fe, 0);
	*state = fe;
	return 0;
}

/* [dev-quota] [dev-credit] */
static void quota_is_kept(void **state)
{
	struct vgpu_pv_resource_create create = guest_texture(3, 512, 256);
	struct vgpu_pv_reply reply;
	struct fe *fe = *state;
	const uint64_t cost = 512 * 256 * 4 + 4096;

	fe_call(fe, 0, &create, sizeof(create), &reply, sizeof(reply));
	assert_int_equal(reply.status, VGPU_PV_S_OK);
	assert_int_equal(reply.credit, (1 << 20) - cost);
	assert_int_equal(fe->stats->memory_used, cost);
	create.resource = 4;
	fe_call(fe, 0, &create, sizeof(create), &reply, sizeof(reply));
	assert_int_equal(reply.status, VGPU_PV_S_NOMEM);
	assert_int_equal(reply.credit, (1 << 20) - cost);
	create.width = create.height = 16384;
	create.target = VIRGL_TARGET_3D;
	create.depth = 16384;
	create.format = 31;
	assert_int_equal(fe_status(fe, 0, &create, sizeof(create)), VGPU_PV_S_NOMEM);
	assert_int_equal(guest_destroy(fe, 0, 3), VGPU_PV_S_OK);
	create = guest_texture(4, 512, 256);
	assert_int_equal(fe_status(fe, 0, &create, sizeof(create)), VGPU_PV_S_OK);
}

/* each is a GL context of its own */
static void sub_contexts_come_and_go(void **state)
{
	struct guest_commands *commands = calloc(1, sizeof(*commands));
	struct fe *fe = *state;
	uint32_t id;

	assert_non_null(commands);
	assert_int_equal(guest_ctx_create(fe, 0, 1), VGPU_PV_S_OK);
	for (id = 1; id < 4; id++)
		guest_command(commands, 29, 0, &id, 1);
	id = 2;
	guest_command(commands, 28, 0, &id, 1);
	guest_command(commands, 30, 0, &id, 1);
	assert_int_equal(guest_submit(fe, 0, 1, commands), VGPU_PV_S_OK);
	free(commands);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(capsets_are_listed, start, end),
		cmocka_unit_test_setup_teardown(capset_is_masked, start, end),
		cmocka_unit_test_setup_teardown(contexts_have_ids, start, end),
		cmocka_unit_test_setup_teardown(transfers_keep_bytes, start, end),
		cmocka_unit_test_setup_teardown(blocks_are_read_where_they_are, start, end),
		cmocka_unit_test_setup_teardown(plain_memory_begins_as_its_backing, start, end),
		cmocka_unit_test_setup_teardown(aperture_is_a_backing, start, end),
		cmocka_unit_test_setup_teardown(submit_draws, start, end),
		cmocka_unit_test_setup_teardown(malformed_submit_loses_its_context_only, start, end),
		cmocka_unit_test_setup_teardown(bytes_and_frames_are_counted, start, end),
		cmocka_unit_test_setup_teardown(submit_has_a_limit, start, end),
		cmocka_unit_test_setup_teardown(resources_are_checked, start, end),
		cmocka_unit_test_setup_teardown(backings_are_checked, start, end),
		cmocka_unit_test_setup_teardown(transfers_are_checked, start, end),
		cmocka_unit_test_setup_teardown(blobs_are_bytes, start, end),
		cmocka_unit_test_setup_teardown(quota_is_kept, start_small, end),
		cmocka_unit_test_setup_teardown(sub_contexts_come_and_go, start, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
