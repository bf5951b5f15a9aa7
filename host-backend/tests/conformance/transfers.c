// SPDX-License-Identifier: MIT
/* Transfers between a resource and its backing. */
#include <stdlib.h>
#include <string.h>

#include "conformance.h"

#define ROUNDS	10

static const struct vgpu_pv_transfer whole = {
	.hdr.type = VGPU_PV_MSG_TRANSFER_TO_HOST,
	.resource = 3,
	.width = CONF_WIDTH,
	.height = CONF_HEIGHT,
	.depth = 1,
};

/* [dev-transfer-bounds] */
static void boxes_are_inside(struct fe *fe)
{
	static const uint32_t types[] = { VGPU_PV_MSG_TRANSFER_TO_HOST,
					  VGPU_PV_MSG_TRANSFER_FROM_HOST };
	struct vgpu_pv_transfer good = whole, bad;
	uint32_t *pixels = conf_new_texture(fe, CONF_WIDTH, CONF_HEIGHT, CONF_BYTES);
	unsigned int i;

	for (i = 0; i < 2; i++) {
		good.hdr.type = types[i];
		pixels[5] = 0x12345678;
		conf_want(fe_status(fe, 0, &good, sizeof(good)), VGPU_PV_S_OK, "a transfer of all");
		demand(pixels[5] == 0x12345678, "a transfer there and back changes a texel to %08x",
		       pixels[5]);
#define REFUSED(field, value)						\
	do {								\
		bad = good;						\
		bad.field = value;					\
		conf_want(fe_status(fe, 0, &bad, sizeof(bad)),		\
			  VGPU_PV_S_INVALID, "a transfer with " #field	\
			  " = " #value);				\
	} while (0)
		REFUSED(level, 1);
		REFUSED(level, 0xffffffff);
		REFUSED(x, 1);
		REFUSED(x, 0xffffffff);
		REFUSED(y, 1);
		REFUSED(z, 1);
		REFUSED(width, 0xffffffff);
		REFUSED(height, CONF_HEIGHT + 1);
		REFUSED(depth, 2);
		REFUSED(offset, 4);
		REFUSED(offset, ~0ull);
		REFUSED(offset, 1ull << 63);
		REFUSED(stride, CONF_WIDTH * 4 + 4);
		REFUSED(stride, 0xfffffffc);
#undef REFUSED
	}
}

/* [dev-transfer-order] each of a row of drawings is read by the transfer behind it */
static void transfers_see_what_was_drawn(struct fe *fe)
{
	static const float colours[2][4] = { { 1, 0, 0, 1 }, { 0, 0, 1, 1 } };
	struct guest_commands *commands = calloc(1, sizeof(*commands));
	unsigned int i, draws[ROUNDS], reads[ROUNDS];
	struct vgpu_pv_transfer read = whole;
	uint32_t *pixels, got;

	demand(commands, "no memory");
	conf_new_context(fe, 0, 1);
	pixels = conf_new_texture(fe, CONF_WIDTH, CONF_HEIGHT, (size_t)CONF_BYTES * ROUNDS);
	conf_want(guest_attach(fe, 0, 1, 3), VGPU_PV_S_OK, "CTX_ATTACH");
	read.hdr.type = VGPU_PV_MSG_TRANSFER_FROM_HOST;
	for (i = 0; i < ROUNDS; i++) {
		commands->nr = 0;
		guest_clear(commands, 10 + i, 3, colours[i & 1]);
		draws[i] = guest_post_submit(fe, 0, 1, commands);
		read.offset = (uint64_t)CONF_BYTES * i;
		reads[i] = fe_post(fe, 0, &read, sizeof(read), sizeof(struct vgpu_pv_reply));
	}
	fe_kick(fe, 0);
	for (i = 0; i < ROUNDS; i++) {
		conf_take(fe, 0, draws[i], VGPU_PV_S_OK, "SUBMIT");
		conf_take(fe, 0, reads[i], VGPU_PV_S_OK, "TRANSFER_FROM_HOST");
		got = pixels[(size_t)CONF_WIDTH * CONF_HEIGHT * (i + 1) - 1];
		demand(got == (i & 1 ? 0xff0000ff : 0xffff0000),
		       "behind drawing %u of a row, a transfer reads %08x", i, got);
	}
	free(commands);
}

static const struct conf_case cases[] = {
	{ "dev-transfer-bounds", "a transfer's box and bytes are inside", boxes_are_inside },
	{ "dev-transfer-order", "a transfer sees what was drawn before it",
	  transfers_see_what_was_drawn },
};

CONF_GROUP(conf_transfers, cases);
