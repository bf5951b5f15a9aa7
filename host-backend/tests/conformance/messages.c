// SPDX-License-Identifier: MIT
/* What holds for every message: its size, its header, the room for its answer. */
#include <pthread.h>
#include <stddef.h>
#include <string.h>

#include "conformance.h"
#include "vhost_user_protocol.h"

#define INVALID	VGPU_PV_S_INVALID
#define FLAGS	offsetof(struct vgpu_pv_request, flags)
#define CTX_ID	offsetof(struct vgpu_pv_request, ctx_id)
#define PADDING	offsetof(struct vgpu_pv_request, padding)

static struct conf_sample samples[CONF_SAMPLES];

#define for_each_sample(s)	for ((s) = samples; (s) < samples + CONF_SAMPLES; (s)++)

static uint32_t send(struct fe *fe, unsigned int ring, const void *bytes, uint32_t len)
{
	struct vgpu_pv_reply reply;
	uint8_t whole[sizeof(struct vgpu_pv_capset_reply)];
	uint32_t used = fe_call(fe, ring, bytes, len, whole, sizeof(whole));

	demand(used >= sizeof(reply), "a reply of %u bytes", used);
	memcpy(&reply, whole, sizeof(reply));
	return reply.status;
}

/* and what a sample made is undone */
static uint32_t send_sample(struct fe *fe, unsigned int ring, const struct conf_sample *s)
{
	uint32_t status = send(fe, ring, s->bytes, s->len);

	if (status == VGPU_PV_S_OK && s->undo)
		conf_want(guest_destroy(fe, ring, s->undo), VGPU_PV_S_OK, "RESOURCE_DESTROY");
	return status;
}

static uint32_t send_with(struct fe *fe, const struct conf_sample *s, uint32_t at, uint32_t value)
{
	struct conf_sample changed = *s;

	memcpy(changed.bytes + at, &value, sizeof(value));
	return send_sample(fe, 0, &changed);
}

/* [dev-version-1] */
static void version_1_is_offered(struct fe *fe)
{
	demand(fe->offered & VHOST_USER_F_VERSION_1, "VIRTIO_F_VERSION_1 is not offered");
	demand(fe->offered & 1ull << VGPU_PV_F_RENDER, "VGPU_PV_F_RENDER is not offered");
}

/* [dev-rings-alike] */
static void rings_are_alike(struct fe *fe)
{
	const struct conf_sample *s;
	unsigned int ring;

	conf_samples(fe, samples);
	for_each_sample(s) {
		for (ring = 0; ring < FE_RINGS; ring++) {
			if (!strcmp(s->name, "WAIT_RING") && ring == CONF_SAMPLE_RING)
				continue;
			conf_want(send_sample(fe, ring, s), s->status, "%s on ring %u", s->name,
				  ring);
		}
	}
}

/* [dev-msg-size] */
static void sizes_are_exact(struct fe *fe)
{
	const struct conf_sample *s;
	struct conf_sample longer;
	uint32_t count;

	conf_samples(fe, samples);
	for_each_sample(s) {
		conf_want(send_sample(fe, 0, s), s->status, "%s", s->name);
		longer = *s;
		for (longer.len = s->len + 1; longer.len <= s->len + 16; longer.len += 5)
			conf_want(send_sample(fe, 0, &longer), INVALID, "%s of %u bytes for %u",
				  s->name, longer.len, s->len);
		longer.len = s->len - 1;
		conf_want(send(fe, 0, s->bytes, longer.len), INVALID, "%s of %u bytes for %u",
			  s->name, longer.len, s->len);
		conf_want(send(fe, 0, s->bytes, 4), INVALID, "%s of 4 bytes", s->name);
		if (!s->count)
			continue;
		memcpy(&count, s->bytes + s->count, sizeof(count));
		conf_want(send_with(fe, s, s->count, count + 4), INVALID,
			  "%s with a count of 4 more than there is", s->name);
		conf_want(send_with(fe, s, s->count, ~0u), INVALID, "%s with a count of 2^32 - 1",
			  s->name);
	}
}

/* [dev-msg-zero] */
static void zeros_are_zero(struct fe *fe)
{
	const struct conf_sample *s;

	conf_samples(fe, samples);
	for_each_sample(s) {
		conf_want(send_with(fe, s, FLAGS, 1), INVALID, "%s with flags 1", s->name);
		conf_want(send_with(fe, s, FLAGS, 1u << 31), INVALID, "%s with flags 2^31", s->name);
		conf_want(send_with(fe, s, PADDING, 1), INVALID, "%s with padding 1 in its header",
			  s->name);
		if (s->padding)
			conf_want(send_with(fe, s, s->padding, 1), INVALID, "%s with padding 1",
				  s->name);
	}
}

/* [dev-msg-ctx] */
static void no_context_is_zero(struct fe *fe)
{
	const struct conf_sample *s;

	conf_samples(fe, samples);
	for_each_sample(s) {
		if (!s->has_ctx)
			conf_want(send_with(fe, s, CTX_ID, 1), INVALID, "%s with ctx_id 1", s->name);
	}
}

/* [dev-msg-type] */
static void types_are_known(struct fe *fe)
{
	static const uint32_t types[] = {
		0, 1, VGPU_PV_MSG_GET_DISPLAY_INFO, VGPU_PV_MSG_FLUSH, VGPU_PV_MSG_UPDATE_CURSOR,
		VGPU_PV_MSG_GET_CAPSETS - 1, VGPU_PV_MSG_WAIT_RING + 1,
		VGPU_PV_MSG_GET_CAPSETS | VGPU_PV_MSG_REPLY, ~0u,
	};
	struct vgpu_pv_request request = { 0 };
	unsigned int i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		request.type = types[i];
		conf_want(send(fe, 0, &request, sizeof(request)), VGPU_PV_S_UNSUPPORTED,
			  "type %#x on a ring", types[i]);
	}
}

/* [dev-reply] */
static void replies_are_whole(struct fe *fe)
{
	uint8_t whole[sizeof(struct vgpu_pv_capset_reply)];
	const struct conf_sample *s;
	struct vgpu_pv_reply reply;
	uint32_t type, used;

	conf_samples(fe, samples);
	for_each_sample(s) {
		used = fe_call(fe, 0, s->bytes, s->len, whole, s->reply);
		memcpy(&type, s->bytes, sizeof(type));
		memcpy(&reply, whole, sizeof(reply));
		demand(used >= sizeof(reply) && (s->status || used == s->reply),
		       "%s: a reply of %u bytes, not %u", s->name, used, s->reply);
		demand(reply.type == (type | VGPU_PV_MSG_REPLY), "%s: a reply of type %#x", s->name,
		       reply.type);
		conf_want(reply.status, s->status, "%s", s->name);
	}
}

static bool untouched(const uint8_t *p, uint32_t len)
{
	while (len && *p == 0xee) {
		p++;
		len--;
	}
	return !len;
}

static void expect_room(struct fe *fe, const struct conf_sample *s, uint32_t room, uint32_t answer)
{
	unsigned int slot = fe_post(fe, 0, s->bytes, s->len, room);
	const uint8_t *at = fe->rings[0]->slots[slot].reply;
	struct vgpu_pv_reply reply = { 0 };
	uint32_t used;

	fe_kick(fe, 0);
	used = fe_wait(fe, 0, slot, &reply, sizeof(reply));
	demand(used == answer && untouched(at + answer, s->reply - answer),
	       "%s with room for %u bytes: %u bytes are written, not %u", s->name, room, used,
	       answer);
	if (answer)
		conf_want(reply.status, INVALID, "%s with room for %u bytes", s->name, room);
}

/* [dev-reply-room] */
static void replies_fit_their_room(struct fe *fe)
{
	const struct conf_sample *s;

	conf_samples(fe, samples);
	for_each_sample(s) {
		expect_room(fe, s, 0, 0);
		expect_room(fe, s, 1, 0);
		expect_room(fe, s, sizeof(struct vgpu_pv_reply) - 1, 0);
		if (s->reply == sizeof(struct vgpu_pv_reply))
			continue;
		expect_room(fe, s, sizeof(struct vgpu_pv_reply), sizeof(struct vgpu_pv_reply));
		expect_room(fe, s, s->reply - 1, sizeof(struct vgpu_pv_reply));
	}
}

/* ---- what changes under the device's eyes ---- */

#define RACE_MS		700
#define RACE_OTHER	0x7777u

struct race {
	uint32_t *word;
	uint32_t values[2];
	bool end;
};

static void *race_thread(void *arg)
{
	struct race *race = arg;
	unsigned int i = 0;

	while (!__atomic_load_n(&race->end, __ATOMIC_RELAXED))
		__atomic_store_n(race->word, race->values[i++ & 1], __ATOMIC_RELAXED);
	return NULL;
}

/* the word of the next message's request flips until its answer has come */
static uint32_t race(struct fe *fe, const void *request, size_t len, size_t at, uint32_t other,
		     void *reply, size_t room)
{
	unsigned int slot = fe_post(fe, 0, request, len, room);
	struct race r = { .word = (uint32_t *)(fe->rings[0]->slots[slot].request + at) };
	pthread_t thread;
	uint32_t used;

	r.values[0] = *r.word;
	r.values[1] = other;
	demand(!pthread_create(&thread, NULL, race_thread, &r), "no thread");
	fe_kick(fe, 0);
	used = fe_wait(fe, 0, slot, reply, room);
	__atomic_store_n(&r.end, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	return used;
}

/* [dev-copy-once] an answer is to one of two requests, never to a mixture */
static void requests_are_read_once(struct fe *fe)
{
	const struct vgpu_pv_request request = { .type = VGPU_PV_MSG_GET_CAPSETS };
	struct vgpu_pv_resource_create create = guest_texture(1, CONF_WIDTH, CONF_HEIGHT);
	uint64_t until = fe_now_ms() + RACE_MS;
	struct vgpu_pv_capsets_reply reply;
	uint32_t used, wanted, first, second;

	while (fe_now_ms() < until) {
		memset(&reply, 0, sizeof(reply));
		used = race(fe, &request, sizeof(request), 0, RACE_OTHER, &reply, sizeof(reply));
		demand(used >= sizeof(reply.hdr), "a reply of %u bytes", used);
		wanted = reply.hdr.type == (RACE_OTHER | VGPU_PV_MSG_REPLY) ? VGPU_PV_S_UNSUPPORTED
									    : VGPU_PV_S_OK;
		demand(wanted || reply.hdr.type == (request.type | VGPU_PV_MSG_REPLY),
		       "a reply of type %#x to neither of two requests", reply.hdr.type);
		conf_want(reply.hdr.status, wanted,
			  "a request whose type changes is answered with type %#x", reply.hdr.type);

		race(fe, &create, sizeof(create),
		     offsetof(struct vgpu_pv_resource_create, resource), 2, &reply,
		     sizeof(reply.hdr));
		conf_want(reply.hdr.status, VGPU_PV_S_OK, "RESOURCE_CREATE");
		first = guest_destroy(fe, 0, 1);
		second = guest_destroy(fe, 0, 2);
		demand((first == VGPU_PV_S_OK) != (second == VGPU_PV_S_OK),
		       "a creation whose id changes makes %s of both resources",
		       first == VGPU_PV_S_OK ? "each" : "none");
	}
}

static const struct conf_case cases[] = {
	{ "dev-version-1", "VERSION_1 and RENDER are offered", version_1_is_offered },
	{ "dev-rings-alike", "every message is taken on every ring", rings_are_alike },
	{ "dev-msg-size", "a longer, shorter or miscounted message is INVALID", sizes_are_exact },
	{ "dev-msg-zero", "flags and padding are zero", zeros_are_zero },
	{ "dev-msg-ctx", "ctx_id is zero where there is no context", no_context_is_zero },
	{ "dev-msg-type", "other types are UNSUPPORTED", types_are_known },
	{ "dev-reply", "replies have their type and their whole structure", replies_are_whole },
	{ "dev-reply-room", "short rooms get a header, or nothing", replies_fit_their_room },
	{ "dev-copy-once", "a request that changes meanwhile is read once", requests_are_read_once },
};

CONF_GROUP(conf_messages, cases);
