// SPDX-License-Identifier: MIT
/* The driver's side of a ring, and the aperture's addresses. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "range.h"
#include "ring.h"

#define GPA	0x100000000ull

struct bench {
	struct ring ring;
	uint8_t *memory;
	uint16_t taken;
	uint64_t done;		/* messages that ring_take() gave */
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->memory = aligned_alloc(4096, RING_BYTES);
	memset(b->memory, 0, RING_BYTES);
	*state = b;
	return ring_init(&b->ring, 0, b->memory, GPA);
}

static int teardown(void **state)
{
	struct bench *b = *state;

	ring_fini(&b->ring);
	free(b->memory);
	free(b);
	return 0;
}

static void *at(struct bench *b, uint64_t gpa, uint32_t len)
{
	assert_true(gpa >= GPA && gpa - GPA + len <= RING_BYTES);
	return b->memory + (gpa - GPA);
}

/* the device: checks what the message says of itself, and answers with the same */
static void use(struct bench *b, unsigned int most)
{
	struct ring *r = &b->ring;
	struct vring_desc *request, *reply;
	uint32_t *words, n;
	uint16_t head;

	while (most-- && b->taken != r->avail->idx) {
		head = r->avail->ring[b->taken++ % VGPU_PV_QUEUE_SIZE];
		request = &r->desc[head];
		reply = &r->desc[request->next];
		assert_int_equal(request->flags, VRING_DESC_F_NEXT);
		assert_int_equal(reply->flags, VRING_DESC_F_WRITE);
		words = at(b, request->addr, request->len);
		for (n = 1; n < request->len / 4; n++)
			assert_int_equal(words[n], words[0]);
		memcpy(at(b, reply->addr, reply->len), words, 4);
		r->used->ring[r->used->idx % VGPU_PV_QUEUE_SIZE] =
			(struct vring_used_elem){ .id = head, .len = 4 };
		__atomic_store_n(&r->used->idx, (uint16_t)(r->used->idx + 1), __ATOMIC_RELEASE);
	}
}

static void done(void *arg, const struct ring_message *message, uint32_t len)
{
	struct bench *b = arg;

	assert_int_equal(len, 4);
	assert_int_equal(*(uint32_t *)message->reply, (uint32_t)b->done);
	b->done++;
}

static bool post(struct bench *b, size_t len)
{
	uint32_t *to = ring_reserve(&b->ring, len, 16), i;

	if (!to)
		return false;
	for (i = 0; i < len / 4; i++)
		to[i] = (uint32_t)b->ring.posted;
	ring_post(&b->ring, to, len, 16, NULL);
	return true;
}

/* messages of all sizes, far beyond every wrap: each arrives whole, in order */
static void messages_arrive_whole_and_in_order(void **state)
{
	struct bench *b = *state;
	uint64_t posted = 0;
	size_t len;

	srandom(1);
	while (posted < 70000) {
		len = random() % 8 ? 16 + random() % 64 * 4 : 16 + random() % 20000 * 4;
		if (ring_has_room(&b->ring, 1, len + 16))
			assert_true(post(b, len));
		else if (!post(b, len))
			use(b, random() % RING_SLOTS + 1);
		posted = b->ring.posted;
		if (random() % 4 == 0)
			use(b, random() % 8);
		assert_int_equal(ring_take(&b->ring, done, b), 0);
	}
	use(b, UINT32_MAX);
	assert_int_equal(ring_take(&b->ring, done, b), 0);
	assert_int_equal(b->done, b->ring.posted);
	assert_true(ring_idle(&b->ring));
}

/* wherever the last one ended */
static void an_idle_ring_has_room_for_the_largest(void **state)
{
	struct bench *b = *state;
	unsigned int i;

	for (i = 0; i < 64; i++) {
		assert_true(post(b, 64 + i * 65536 % 1000000 / 4 * 4));
		use(b, 1);
		assert_int_equal(ring_take(&b->ring, done, b), 0);
		assert_true(ring_has_room(&b->ring, 3, RING_ARENA - 64));
	}
}

/* while a large message is filled, and that one arrives whole after them */
static void small_ones_pass_what_is_reserved(void **state)
{
	struct bench *b = *state;
	uint32_t *to, i, small[16];

	post(b, 4096);
	to = ring_reserve(&b->ring, 65536, 16);
	assert_non_null(to);
	for (; b->ring.posted < 4;) {
		for (i = 0; i < 16; i++)
			small[i] = (uint32_t)b->ring.posted;
		ring_post_small(&b->ring, small, sizeof(small), 16, NULL);
		use(b, 1);
		assert_int_equal(ring_take(&b->ring, done, b), 0);
	}
	for (i = 0; i < 65536 / 4; i++)
		to[i] = (uint32_t)b->ring.posted;
	ring_post(&b->ring, to, 65536, 16, NULL);
	post(b, 1024);
	use(b, UINT32_MAX);
	assert_int_equal(ring_take(&b->ring, done, b), 0);
	assert_int_equal(b->done, 6);
}

static void a_full_ring_takes_no_more(void **state)
{
	struct bench *b = *state;
	unsigned int i;

	for (i = 0; i < RING_SLOTS; i++)
		assert_true(post(b, 16));
	assert_false(ring_has_room(&b->ring, 1, 0));
	assert_false(post(b, 16));
	use(b, 1);
	assert_int_equal(ring_take(&b->ring, done, b), 0);
	assert_true(post(b, 16));
}

static unsigned int kicks(struct bench *b)
{
	uint64_t count = 0;

	return read(b->ring.kick_fd, &count, sizeof(count)) < 0 ? 0 : (unsigned int)count;
}

static void kicks_and_calls_are_as_wished(void **state)
{
	struct bench *b = *state;
	uint16_t *wish = (uint16_t *)&b->ring.used->ring[VGPU_PV_QUEUE_SIZE];

	post(b, 16);
	post(b, 16);
	assert_int_equal(ring_kick(&b->ring), 0);
	assert_int_equal(kicks(b), 1);
	assert_int_equal(ring_kick(&b->ring), 0);
	assert_int_equal(kicks(b), 0);
	/* the device is awake: its wish stayed behind */
	post(b, 16);
	assert_int_equal(ring_kick(&b->ring), 0);
	assert_int_equal(kicks(b), 0);
	*wish = 3;
	post(b, 16);
	assert_int_equal(ring_kick(&b->ring), 0);
	assert_int_equal(kicks(b), 1);
	/* a call once the third is used */
	assert_false(ring_arm(&b->ring, 3));
	assert_int_equal(b->ring.avail->ring[VGPU_PV_QUEUE_SIZE], 2);
	use(b, 2);
	assert_false(ring_arm(&b->ring, 3));
	use(b, 1);
	assert_true(ring_arm(&b->ring, 3));
}

static void a_device_is_not_believed(void **state)
{
	static const struct vring_used_elem wrong[] = {
		{ 1, 4 }, { 2, 4 }, { 256, 4 }, { UINT32_MAX, 4 }, { 0, 17 }, { 0, UINT32_MAX },
	};
	struct bench *b = *state;
	unsigned int i;

	post(b, 16);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		b->ring.used->ring[0] = wrong[i];
		b->ring.used->idx = 1;
		assert_int_equal(ring_take(&b->ring, done, b), -EPROTO);
		assert_int_equal(b->done, 0);
	}
	/* more than was made available */
	b->ring.used->idx = 0;
	use(b, 1);
	b->ring.used->idx = 2;
	b->ring.used->ring[1] = (struct vring_used_elem){ 2, 0 };
	assert_int_equal(ring_take(&b->ring, done, b), -EPROTO);
	assert_int_equal(b->done, 1);
}

/* addresses do not overlap, and what is given back is taken first */
static void addresses_are_taken_again(void **state)
{
	struct range_space space = { .size = 1 << 20 };
	uint64_t a, b, c;

	(void)state;
	assert_int_equal(range_take(&space, 1, &a), 0);
	assert_int_equal(range_take(&space, 4097, &b), 0);
	assert_true(b >= a + 4096);
	assert_int_equal(range_take(&space, 4096, &c), 0);
	assert_true(c >= b + 8192);
	range_give_back(&space, 4097, b);
	assert_int_equal(range_take(&space, 8192, &c), 0);
	assert_int_equal(c, b);
	assert_int_equal(range_take(&space, 1 << 20, &c), -ENOSPC);
	assert_int_equal(range_take(&space, UINT64_MAX, &c), -ENOSPC);
	while (!range_take(&space, 4096, &c))
		assert_true(c <= (1 << 20) - 4096);
	range_fini(&space);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(messages_arrive_whole_and_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(an_idle_ring_has_room_for_the_largest, setup, teardown),
		cmocka_unit_test_setup_teardown(small_ones_pass_what_is_reserved, setup, teardown),
		cmocka_unit_test_setup_teardown(a_full_ring_takes_no_more, setup, teardown),
		cmocka_unit_test_setup_teardown(kicks_and_calls_are_as_wished, setup, teardown),
		cmocka_unit_test_setup_teardown(a_device_is_not_believed, setup, teardown),
		cmocka_unit_test(addresses_are_taken_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
