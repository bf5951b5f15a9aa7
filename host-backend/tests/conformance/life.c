// SPDX-License-Identifier: MIT
/* Reset, and stop and start. */
#include <string.h>

#include "conformance.h"

static void make_things(struct fe *fe)
{
	struct vgpu_pv_resource_create create = guest_texture(3, CONF_WIDTH, CONF_HEIGHT);

	conf_new_context(fe, 0, 1);
	conf_want(fe_status(fe, 0, &create, sizeof(create)), VGPU_PV_S_OK, "RESOURCE_CREATE");
	conf_want(guest_attach(fe, 0, 1, 3), VGPU_PV_S_OK, "CTX_ATTACH");
}

/* [dev-reset] */
static void resets_drop_all(struct fe *fe)
{
	uint64_t credit = conf_credit(fe);
	unsigned int round, ring, waiting;

	for (round = 0; round < 3; round++) {
		make_things(fe);
		/* outstanding, for ever */
		conf_post_wait(fe, 0, 1, 1000);
		fe_kick(fe, 0);
		fe_reset(fe);
		fe_set_up(fe);
		for (ring = 0; ring < FE_RINGS; ring++)
			fe_ring_restart(fe, ring, 0);
		conf_want(guest_destroy(fe, 0, 3), VGPU_PV_S_NOENT,
			  "RESOURCE_DESTROY of a resource from before a reset");
		conf_want(guest_ctx_destroy(fe, 0, 1), VGPU_PV_S_NOENT,
			  "CTX_DESTROY of a context from before a reset");
		demand(conf_credit(fe) == credit, "after a reset there are %llu bytes of credit, not %llu",
		       (unsigned long long)conf_credit(fe), (unsigned long long)credit);
	}
	/* ring 1 has executed nothing since */
	waiting = conf_post_wait(fe, 0, 1, 1);
	fe_kick(fe, 0);
	demand(!fe_try_wait(fe, 0, waiting, CONF_QUIET_MS),
	       "messages from before a reset are counted");
	conf_go_on(fe, 1);
	conf_take(fe, 0, waiting, VGPU_PV_S_OK, "WAIT_RING");
}

/* [dev-stop-keeps] */
static void stops_keep_all(struct fe *fe)
{
	unsigned int round, waiting, after, meanwhile;
	uint16_t bases[2];

	make_things(fe);
	for (round = 1; round <= 3; round++) {
		waiting = conf_post_wait(fe, 0, 1, 2 * round);
		after = conf_post_capsets(fe, 0);
		fe_kick(fe, 0);
		conf_go_on(fe, 1);
		bases[0] = fe_ring_stop(fe, 0);
		bases[1] = fe_ring_stop(fe, 1);
		meanwhile = conf_post_capsets(fe, 1);
		fe_kick(fe, 1);
		demand(!fe_try_wait(fe, 1, meanwhile, CONF_QUIET_MS),
		       "a message of a stopped ring is returned");
		fe_ring_restart(fe, 0, bases[0]);
		fe_ring_restart(fe, 1, bases[1]);
		conf_take(fe, 1, meanwhile, VGPU_PV_S_OK, "a message from while its ring was stopped");
		conf_take(fe, 0, waiting, VGPU_PV_S_OK, "a wait from before a stop");
		conf_take(fe, 0, after, VGPU_PV_S_OK, "a message from before a stop");
		conf_want(guest_ctx_create(fe, 0, 1), VGPU_PV_S_EXIST,
			  "CTX_CREATE of what there was before a stop");
		conf_want(guest_attach(fe, 0, 1, 3), VGPU_PV_S_OK,
			  "CTX_ATTACH of what there was before a stop");
	}
}

static const struct conf_case cases[] = {
	{ "dev-reset", "a reset drops contexts, resources, messages and counts", resets_drop_all },
	{ "dev-stop-keeps", "a stop of the rings loses nothing", stops_keep_all },
};

CONF_GROUP(conf_life, cases);
