// SPDX-License-Identifier: MIT
/* Rings as timelines: what is done after what, and when it is said to be. */
#include <stdlib.h>
#include <string.h>

#include "conformance.h"

#define ROUNDS	10
#define BURST	100	/* messages */
#define LARGE	1024	/* texels a side of a texture whose drawing takes time */

static unsigned int post_ctx(struct fe *fe, bool create, uint32_t ctx)
{
	struct vgpu_pv_ctx_create request = {
		.hdr = { VGPU_PV_MSG_CTX_CREATE, 0, ctx, 0 },
		.capset_id = GUEST_CAPSET,
	};

	request.hdr.type = create ? VGPU_PV_MSG_CTX_CREATE : VGPU_PV_MSG_CTX_DESTROY;
	return fe_post(fe, 0, &request, create ? sizeof(request) : sizeof(request.hdr),
		       sizeof(struct vgpu_pv_reply));
}

/* [dev-ring-order] the answers tell in which order a context came and went */
static void messages_are_executed_in_order(struct fe *fe)
{
	static const struct {
		bool create;
		uint32_t status;
	} steps[] = {
		{ true, VGPU_PV_S_OK },	   { true, VGPU_PV_S_EXIST },  { false, VGPU_PV_S_OK },
		{ false, VGPU_PV_S_NOENT }, { true, VGPU_PV_S_OK },    { false, VGPU_PV_S_OK },
		{ false, VGPU_PV_S_NOENT },
	};
	const unsigned int nr = sizeof(steps) / sizeof(steps[0]);
	unsigned int round, i, slots[sizeof(steps) / sizeof(steps[0])];

	conf_new_context(fe, 0, 1);
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < nr; i++)
			slots[i] = post_ctx(fe, steps[i].create, 5);
		fe_kick(fe, 0);
		for (i = 0; i < nr; i++)
			conf_take(fe, 0, slots[i], steps[i].status,
				  "one of a row of CTX_CREATE and CTX_DESTROY");
	}
}

/* [dev-used-order] on two rings at once */
static void messages_are_returned_in_order(struct fe *fe)
{
	unsigned int round, ring, i, slots[2][BURST];

	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < BURST; i++) {
			for (ring = 0; ring < 2; ring++)
				slots[ring][i] = i % 3 ? conf_post_capsets(fe, ring)
						       : conf_post_wait(fe, ring, 3, 0);
		}
		for (ring = 0; ring < 2; ring++) {
			fe->rings[ring]->nr_order = 0;
			fe_kick(fe, ring);
		}
		for (ring = 0; ring < 2; ring++) {
			for (i = 0; i < BURST; i++)
				conf_take(fe, ring, slots[ring][i], VGPU_PV_S_OK, "one of a burst");
			for (i = 0; i < BURST; i++)
				demand(fe->rings[ring]->order[i] == slots[ring][i],
				       "ring %u: another message is returned before its message %u",
				       ring, i);
		}
	}
}

static unsigned int post_read(struct fe *fe, uint32_t resource, uint32_t side)
{
	const struct vgpu_pv_transfer request = {
		.hdr = { .type = VGPU_PV_MSG_TRANSFER_FROM_HOST, .ctx_id = 1 },
		.resource = resource,
		.width = side,
		.height = side,
		.depth = 1,
	};

	return fe_post(fe, 0, &request, sizeof(request), sizeof(struct vgpu_pv_reply));
}

/* [dev-complete] a drawing and its copy into memory: both are there with the second's return */
static void effects_are_there_on_return(struct fe *fe)
{
	static const float colours[2][4] = { { 1, 0, 0, 1 }, { 0, 1, 0, 1 } };
	struct guest_commands *commands = calloc(1, sizeof(*commands));
	const size_t size = (size_t)LARGE * LARGE * 4;
	uint32_t *pixels, first, last;
	uint64_t until;
	unsigned int round, slot, submit;

	demand(commands, "no memory");
	conf_new_context(fe, 0, 1);
	pixels = conf_new_texture(fe, LARGE, LARGE, size);
	conf_want(guest_attach(fe, 0, 1, 3), VGPU_PV_S_OK, "CTX_ATTACH");
	for (round = 0; round < ROUNDS; round++) {
		commands->nr = 0;
		guest_clear(commands, 10 + round, 3, colours[round & 1]);
		memset(pixels, 0, size);
		submit = guest_post_submit(fe, 0, 1, commands);
		slot = post_read(fe, 3, LARGE);
		fe_kick(fe, 0);
		/* no sleep: the very moment of the return counts */
		for (until = fe_now_ms() + FE_TIMEOUT_MS; !fe->rings[0]->slots[slot].done;) {
			demand(fe_now_ms() < until, "a transfer does not complete");
			fe_poll(fe, 0);
		}
		first = pixels[0];
		last = pixels[LARGE * LARGE - 1];
		demand(first == (round & 1 ? 0xff00ff00 : 0xffff0000) && last == first,
		       "a transfer is returned while its pixels are %08x to %08x", first, last);
		conf_take(fe, 0, submit, VGPU_PV_S_OK, "SUBMIT");
		conf_take(fe, 0, slot, VGPU_PV_S_OK, "TRANSFER_FROM_HOST");
	}
	free(commands);
}

/* [dev-wait-ring] */
static void rings_wait_for_rings(struct fe *fe)
{
	unsigned int waiting, after, slot;

	waiting = conf_post_wait(fe, 0, 1, 2);
	after = conf_post_capsets(fe, 0);
	fe_kick(fe, 0);
	conf_go_on(fe, 1);
	demand(!fe_try_wait(fe, 0, after, CONF_QUIET_MS),
	       "a ring goes on before the other has executed what it waits for");
	conf_go_on(fe, 1);
	conf_take(fe, 0, waiting, VGPU_PV_S_OK, "WAIT_RING");
	conf_take(fe, 0, after, VGPU_PV_S_OK, "what follows a WAIT_RING");
	/* the waits themselves count */
	slot = conf_post_wait(fe, 1, 0, 2);
	fe_kick(fe, 1);
	conf_take(fe, 1, slot, VGPU_PV_S_OK, "WAIT_RING for another WAIT_RING");
}

/* [dev-wait-ring] */
static void waits_name_rings(struct fe *fe)
{
	const uint32_t rings[] = { 0, FE_RINGS, VGPU_PV_MAX_RINGS, ~0u };
	unsigned int i, slot;

	for (i = 0; i < sizeof(rings) / sizeof(rings[0]); i++) {
		slot = conf_post_wait(fe, 0, rings[i], 0);
		fe_kick(fe, 0);
		conf_take(fe, 0, slot, VGPU_PV_S_INVALID,
			  i ? "WAIT_RING for a ring that there is not"
			    : "WAIT_RING for the ring itself");
	}
}

/* [dev-wait-others] */
static void waits_hold_up_no_other_ring(struct fe *fe)
{
	unsigned int waiting, ring, slot;

	waiting = conf_post_wait(fe, 1, 0, 1);
	fe_kick(fe, 1);
	for (ring = 2; ring < FE_RINGS; ring++) {
		slot = conf_post_capsets(fe, ring);
		fe_kick(fe, ring);
		demand(fe_try_wait(fe, ring, slot, FE_TIMEOUT_MS / 4),
		       "ring %u does not go on while ring 1 waits", ring);
	}
	conf_go_on(fe, 0);
	conf_take(fe, 1, waiting, VGPU_PV_S_OK, "WAIT_RING");
}

static const struct conf_case cases[] = {
	{ "dev-ring-order", "a ring's messages take effect in order",
	  messages_are_executed_in_order },
	{ "dev-used-order", "a ring's messages are returned in order",
	  messages_are_returned_in_order },
	{ "dev-complete", "a message's effects are there when it is returned",
	  effects_are_there_on_return },
	{ "dev-wait-ring", "a ring waits until the other is so far", rings_wait_for_rings },
	{ "dev-wait-ring", "a wait for no ring or itself is INVALID", waits_name_rings },
	{ "dev-wait-others", "a ring that waits holds up no other", waits_hold_up_no_other_ring },
};

CONF_GROUP(conf_order, cases);
