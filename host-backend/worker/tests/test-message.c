// SPDX-License-Identifier: MIT
/* The gate that every request passes, type by type. */
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "message.h"

struct message_case {
	const char *name;
	uint32_t type;
	uint32_t size;
	uint32_t reply;
	uint32_t padding;	/* offset of a field that is zero, beside the header's; 0: none */
	uint32_t count;		/* offset of the count of a tail; 0: none */
	uint32_t unit;		/* bytes a count of one stands for */
	uint32_t most;
	uint32_t step;		/* counts are multiples */
	bool has_ctx;
};

#define SIMPLE(t, s, ...) { .name = #t, .type = VGPU_PV_MSG_##t, .size = sizeof(struct s),	\
			    .reply = sizeof(struct vgpu_pv_reply), ##__VA_ARGS__ }
#define ENTRIES(s, field) .count = offsetof(struct s, field),		\
	.unit = sizeof(struct vgpu_pv_backing_entry), .most = VGPU_PV_MAX_BACKING_ENTRIES, .step = 1

static const struct message_case cases[] = {
	{ .name = "GET_CAPSETS", .type = VGPU_PV_MSG_GET_CAPSETS,
	  .size = sizeof(struct vgpu_pv_request), .reply = sizeof(struct vgpu_pv_capsets_reply) },
	{ .name = "GET_CAPSET", .type = VGPU_PV_MSG_GET_CAPSET,
	  .size = sizeof(struct vgpu_pv_get_capset), .reply = sizeof(struct vgpu_pv_capset_reply) },
	SIMPLE(CTX_CREATE, vgpu_pv_ctx_create, .has_ctx = true),
	SIMPLE(CTX_DESTROY, vgpu_pv_request, .has_ctx = true),
	SIMPLE(CTX_ATTACH, vgpu_pv_resource_ref, .has_ctx = true,
	       .padding = offsetof(struct vgpu_pv_resource_ref, padding)),
	SIMPLE(CTX_DETACH, vgpu_pv_resource_ref, .has_ctx = true,
	       .padding = offsetof(struct vgpu_pv_resource_ref, padding)),
	SIMPLE(RESOURCE_CREATE, vgpu_pv_resource_create,
	       .padding = offsetof(struct vgpu_pv_resource_create, padding),
	       ENTRIES(vgpu_pv_resource_create, backing.nr_entries)),
	SIMPLE(RESOURCE_CREATE_BLOB, vgpu_pv_resource_create_blob,
	       .padding = offsetof(struct vgpu_pv_resource_create_blob, padding),
	       ENTRIES(vgpu_pv_resource_create_blob, backing.nr_entries)),
	SIMPLE(RESOURCE_ADD_BACKING, vgpu_pv_resource_add_backing,
	       ENTRIES(vgpu_pv_resource_add_backing, nr_entries)),
	SIMPLE(RESOURCE_DESTROY, vgpu_pv_resource_ref,
	       .padding = offsetof(struct vgpu_pv_resource_ref, padding)),
	SIMPLE(TRANSFER_TO_HOST, vgpu_pv_transfer, .has_ctx = true),
	SIMPLE(TRANSFER_FROM_HOST, vgpu_pv_transfer, .has_ctx = true),
	SIMPLE(SUBMIT, vgpu_pv_submit, .has_ctx = true,
	       .padding = offsetof(struct vgpu_pv_submit, padding),
	       .count = offsetof(struct vgpu_pv_submit, size), .unit = 1,
	       .most = VGPU_PV_MAX_SUBMIT_SIZE, .step = 4),
	SIMPLE(WAIT_RING, vgpu_pv_wait_ring,
	       .padding = offsetof(struct vgpu_pv_wait_ring, padding)),
};

static uint8_t *request;

static int setup(void **state)
{
	(void)state;
	request = malloc(MESSAGE_MAX);
	return request ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	free(request);
	return 0;
}

static void put(uint32_t offset, uint32_t value)
{
	memcpy(request + offset, &value, sizeof(value));
}

static void fresh(const struct message_case *c)
{
	memset(request, 0, MESSAGE_MAX);
	put(0, c->type);
}

static void check(const struct message_case *c, uint64_t len, uint64_t room, uint32_t status,
		  uint32_t reply_len)
{
	struct message msg;

	message_check(&msg, request, len, room);
	if (msg.status != status || msg.reply_len != reply_len)
		fail_msg("%s of %llu bytes, room for %llu: status %u, reply of %u, not %u and %u",
			 c->name, (unsigned long long)len, (unsigned long long)room, msg.status,
			 msg.reply_len, status, reply_len);
	assert_int_equal(msg.type, c->type);
	assert_int_equal(msg.wait, c->type == VGPU_PV_MSG_WAIT_RING);
	assert_int_equal(msg.fenced, c->type == VGPU_PV_MSG_SUBMIT);
}

#define for_each_case(c) \
	for (c = cases; c < cases + sizeof(cases) / sizeof(cases[0]); c++)

/* [dev-msg-size] */
static void sizes_are_exact(void **state)
{
	const struct message_case *c;

	(void)state;
	for_each_case(c) {
		fresh(c);
		check(c, c->size, c->reply, VGPU_PV_S_OK, c->reply);
		check(c, c->size, 1 << 20, VGPU_PV_S_OK, c->reply);
		check(c, c->size - 1, c->reply, VGPU_PV_S_INVALID, c->reply);
		check(c, c->size + 1, c->reply, VGPU_PV_S_INVALID, c->reply);
		check(c, c->size + 4, c->reply, VGPU_PV_S_INVALID, c->reply);
		check(c, 1ull << 40, c->reply, VGPU_PV_S_INVALID, c->reply);
		check(c, 4, c->reply, VGPU_PV_S_INVALID, c->reply);
	}
}

/* [dev-msg-size] [dev-submit-limit] */
static void tails_are_exact(void **state)
{
	const struct message_case *c;
	uint64_t whole;

	(void)state;
	for_each_case(c) {
		if (!c->count)
			continue;
		fresh(c);
		put(c->count, 2 * c->step);
		whole = c->size + 2ull * c->step * c->unit;
		check(c, whole, c->reply, VGPU_PV_S_OK, c->reply);
		check(c, whole - 1, c->reply, VGPU_PV_S_INVALID, c->reply);
		check(c, whole + c->unit, c->reply, VGPU_PV_S_INVALID, c->reply);
		put(c->count, c->most);
		whole = c->size + (uint64_t)c->most * c->unit;
		check(c, whole, c->reply, VGPU_PV_S_OK, c->reply);
		put(c->count, c->most + c->step);
		whole += (uint64_t)c->step * c->unit;
		check(c, whole, c->reply, VGPU_PV_S_INVALID, c->reply);
		put(c->count, 0xffffffff);
		check(c, c->size, c->reply, VGPU_PV_S_INVALID, c->reply);
		check(c, c->size + 0xffffffffull * c->unit, c->reply, VGPU_PV_S_INVALID, c->reply);
		if (c->step > 1) {
			put(c->count, c->step + 1);
			check(c, c->size + c->step + 1, c->reply, VGPU_PV_S_INVALID, c->reply);
		}
	}
}

/* [dev-msg-zero] [dev-msg-ctx] */
static void zeros_are_zero(void **state)
{
	const struct message_case *c;

	(void)state;
	for_each_case(c) {
		fresh(c);
		put(offsetof(struct vgpu_pv_request, flags), 1);
		check(c, c->size, c->reply, VGPU_PV_S_INVALID, c->reply);
		fresh(c);
		put(offsetof(struct vgpu_pv_request, padding), 0x80000000);
		check(c, c->size, c->reply, VGPU_PV_S_INVALID, c->reply);
		fresh(c);
		put(offsetof(struct vgpu_pv_request, ctx_id), 7);
		check(c, c->size, c->reply, c->has_ctx ? VGPU_PV_S_OK : VGPU_PV_S_INVALID, c->reply);
		if (!c->padding)
			continue;
		fresh(c);
		put(c->padding, 1);
		check(c, c->size, c->reply, VGPU_PV_S_INVALID, c->reply);
	}
}

/* [dev-reply-room] */
static void replies_need_room(void **state)
{
	const struct message_case *c;
	uint32_t room;

	(void)state;
	for_each_case(c) {
		fresh(c);
		for (room = 0; room < sizeof(struct vgpu_pv_reply); room++)
			check(c, c->size, room, VGPU_PV_S_INVALID, 0);
		for (; room < c->reply; room++)
			check(c, c->size, room, VGPU_PV_S_INVALID, sizeof(struct vgpu_pv_reply));
	}
}

/* [dev-msg-type] */
static void other_types_are_unsupported(void **state)
{
	static const uint32_t types[] = {
		0, 1, VGPU_PV_MSG_GET_DISPLAY_INFO, VGPU_PV_MSG_FLUSH, VGPU_PV_MSG_UPDATE_CURSOR,
		VGPU_PV_MSG_GET_CAPSETS - 1, VGPU_PV_MSG_WAIT_RING + 1, 0x7fffffff, 0x80000000,
		VGPU_PV_MSG_GET_CAPSETS | VGPU_PV_MSG_REPLY, 0xffffffff,
	};
	struct message msg;
	unsigned int i;

	(void)state;
	memset(request, 0, MESSAGE_MAX);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		put(0, types[i]);
		message_check(&msg, request, sizeof(struct vgpu_pv_request), 64);
		assert_int_equal(msg.status, VGPU_PV_S_UNSUPPORTED);
		assert_int_equal(msg.reply_len, sizeof(struct vgpu_pv_reply));
		assert_int_equal(msg.type, types[i]);
	}
	message_check(&msg, request, 0, 64);
	assert_int_equal(msg.status, VGPU_PV_S_INVALID);
	assert_int_equal(msg.type, 0);
}

/* [dev-reply] */
static void reply_names_its_request(void **state)
{
	struct message msg = { .type = VGPU_PV_MSG_SUBMIT };
	struct vgpu_pv_reply reply;

	(void)state;
	message_reply(&msg, VGPU_PV_S_NOENT, 12345, &reply);
	assert_int_equal(reply.type, 0x8000030cu);
	assert_int_equal(reply.status, VGPU_PV_S_NOENT);
	assert_int_equal(reply.credit, 12345);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_exact),
		cmocka_unit_test(tails_are_exact),
		cmocka_unit_test(zeros_are_zero),
		cmocka_unit_test(replies_need_room),
		cmocka_unit_test(other_types_are_unsupported),
		cmocka_unit_test(reply_names_its_request),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
