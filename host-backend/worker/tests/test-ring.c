// SPDX-License-Identifier: MIT
/*
 * The split virtqueue against memory that this test writes as a hostile driver
 * would.  No worker runs: the ring's code alone.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "expect.h"
#include "ring.h"

#define NUM	8
#define SIZE	65536u
#define GPA	0x10000ull
#define TABLE	0x4000u		/* of indirect descriptors, in the memory */

static struct guest_memory *mem;
static struct ring ring;
static struct ring_chain chain;
static struct vring_desc *desc;
static struct vring_avail *avail;
static struct vring_used *used;
static const char *why;

static uint64_t copied;

static int setup(void **state)
{
	int fd = memfd_create("guest", MFD_CLOEXEC);
	uint64_t len = SIZE;
	uint8_t *host;

	(void)state;
	mem = guest_memory_new(&copied);
	if (fd < 0 || ftruncate(fd, SIZE) || !mem ||
	    guest_memory_add(mem, GPA, GPA, SIZE, 0, fd))
		return -1;
	close(fd);
	host = guest_memory_at(mem, GPA, &len);
	desc = (void *)host;
	avail = (void *)(host + 0x1000);
	used = (void *)(host + 0x2000);
	ring = (struct ring){ .num = NUM, .desc = desc, .avail = avail, .used = used };
	ring_reset(&ring, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	guest_memory_free(mem);
	return 0;
}

static void set(struct vring_desc *d, uint64_t addr, uint32_t len, uint16_t flags, uint16_t next)
{
	*d = (struct vring_desc){ .addr = addr, .len = len, .flags = flags, .next = next };
}

static struct vring_desc *table(unsigned int i)
{
	return (struct vring_desc *)((uint8_t *)desc + TABLE) + i;
}

static void make_available(uint16_t head)
{
	avail->ring[avail->idx % NUM] = head;
	avail->idx++;
}

static int pop(void)
{
	why = NULL;
	return ring_pop(&ring, mem, &chain, &why);
}

static void broken(void)
{
	assert_true(pop() < 0);
	assert_non_null(why);
}

static void empty_ring_has_nothing(void **state)
{
	(void)state;
	assert_int_equal(pop(), 0);
	assert_int_equal(ring_available(&ring), 0);
}

static void chain_is_copied_out(void **state)
{
	(void)state;
	set(&desc[3], GPA, 10, VRING_DESC_F_NEXT, 1);
	set(&desc[1], GPA + 100, 20, VRING_DESC_F_NEXT, 7);
	set(&desc[7], GPA + 200, 30, VRING_DESC_F_WRITE, 5);
	make_available(3);
	assert_int_equal(pop(), 1);
	assert_int_equal(chain.head, 3);
	assert_int_equal(chain.nr_readable, 2);
	assert_int_equal(chain.readable_len, 30);
	assert_int_equal(chain.readable[1].gpa, GPA + 100);
	assert_int_equal(chain.nr_writable, 1);
	assert_int_equal(chain.writable_len, 30);
	assert_int_equal(pop(), 0);
}

static void indirect_chain_is_copied_out(void **state)
{
	(void)state;
	set(table(0), GPA, 10, VRING_DESC_F_NEXT, 2);
	set(table(2), GPA + 100, 20, VRING_DESC_F_WRITE, 0);
	set(&desc[0], GPA + TABLE, 3 * sizeof(struct vring_desc), VRING_DESC_F_INDIRECT, 0);
	make_available(0);
	assert_int_equal(pop(), 1);
	assert_int_equal(chain.readable_len, 10);
	assert_int_equal(chain.writable_len, 20);
}

static void indexes_wrap(void **state)
{
	unsigned int i;

	(void)state;
	ring_reset(&ring, 65530);
	avail->idx = 65530;
	used->idx = 65530;
	set(&desc[2], GPA, 10, 0, 0);
	for (i = 0; i < 100; i++) {
		make_available(2);
		assert_int_equal(pop(), 1);
		ring_push(&ring, 2, i);
		ring_publish(&ring);
		assert_int_equal(used->idx, (uint16_t)(65531 + i));
		assert_int_equal(used->ring[(65530 + i) % NUM].len, i);
	}
}

static void wild_indexes_break(void **state)
{
	(void)state;
	avail->idx = NUM + 1;
	broken();
	avail->idx = 0xffff;
	broken();
	avail->idx = 0;
	make_available(NUM);
	broken();
	ring_reset(&ring, 0);
	avail->idx = 0;
	set(&desc[0], GPA, 10, VRING_DESC_F_NEXT, NUM);
	make_available(0);
	broken();
}

/* more than the ring holds cannot be in flight, however often the guest says so */
static void what_is_taken_counts(void **state)
{
	unsigned int i;

	(void)state;
	set(&desc[0], GPA, 10, 0, 0);
	for (i = 0; i < NUM; i++) {
		make_available(0);
		assert_int_equal(pop(), 1);
	}
	make_available(0);
	broken();
}

static void loops_break(void **state)
{
	unsigned int i;

	(void)state;
	set(&desc[0], GPA, 10, VRING_DESC_F_NEXT, 0);
	make_available(0);
	broken();
	set(&desc[0], GPA, 10, VRING_DESC_F_NEXT, 1);
	set(&desc[1], GPA, 10, VRING_DESC_F_NEXT, 0);
	broken();
	/* an indirect table longer than a chain may be, and one that loops */
	for (i = 0; i <= RING_MAX_CHAIN; i++)
		set(table(i), GPA, 1, VRING_DESC_F_NEXT, (uint16_t)(i + 1));
	set(&desc[0], GPA + TABLE, 1000 * sizeof(struct vring_desc), VRING_DESC_F_INDIRECT, 0);
	broken();
	set(table(1), GPA, 1, VRING_DESC_F_NEXT, 0);
	broken();
}

static void longest_chain_is_taken(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < RING_MAX_CHAIN; i++)
		set(table(i), GPA, 1, i + 1 < RING_MAX_CHAIN ? VRING_DESC_F_NEXT : 0,
		    (uint16_t)(i + 1));
	set(&desc[0], GPA + TABLE, RING_MAX_CHAIN * sizeof(struct vring_desc),
	    VRING_DESC_F_INDIRECT, 0);
	make_available(0);
	assert_int_equal(pop(), 1);
	assert_int_equal(chain.nr_readable, RING_MAX_CHAIN);
}

static void bad_descriptors_break(void **state)
{
	const uint32_t one = sizeof(struct vring_desc);

	(void)state;
	make_available(0);
	set(&desc[0], GPA, 0, 0, 0);
	broken();
	/* readable after writable */
	set(&desc[0], GPA, 10, VRING_DESC_F_WRITE | VRING_DESC_F_NEXT, 1);
	set(&desc[1], GPA, 10, 0, 0);
	broken();
	/* a table and a next */
	set(&desc[0], GPA + TABLE, one, VRING_DESC_F_INDIRECT | VRING_DESC_F_NEXT, 1);
	broken();
	set(&desc[0], GPA + TABLE, 0, VRING_DESC_F_INDIRECT, 0);
	broken();
	set(&desc[0], GPA + TABLE, one - 1, VRING_DESC_F_INDIRECT, 0);
	broken();
	set(&desc[0], GPA + TABLE, 0xfffffff0, VRING_DESC_F_INDIRECT, 0);
	broken();
	set(&desc[0], GPA + SIZE - 8, one, VRING_DESC_F_INDIRECT, 0);
	broken();
	set(&desc[0], ~0ull - 7, one, VRING_DESC_F_INDIRECT, 0);
	broken();
	/* a table in a table, and a next beyond it */
	set(&desc[0], GPA + TABLE, one, VRING_DESC_F_INDIRECT, 0);
	set(table(0), GPA + TABLE, one, VRING_DESC_F_INDIRECT, 0);
	broken();
	set(table(0), GPA, 10, VRING_DESC_F_NEXT, 1);
	broken();
}

static void calls_follow_flags(void **state)
{
	(void)state;
	ring_push(&ring, 0, 0);
	assert_true(ring_publish(&ring));
	avail->flags = VRING_AVAIL_F_NO_INTERRUPT;
	ring_push(&ring, 0, 0);
	assert_false(ring_publish(&ring));
}

static void calls_follow_the_event_index(void **state)
{
	uint16_t *used_event = &avail->ring[NUM];
	unsigned int i;

	(void)state;
	ring.event_idx = true;
	/* the first brings one whatever is asked */
	*used_event = 1000;
	ring_push(&ring, 0, 0);
	assert_true(ring_publish(&ring));
	*used_event = 4;
	for (i = 2; i < 8; i++) {
		ring_push(&ring, 0, 0);
		assert_int_equal(ring_publish(&ring), i == 5);
	}
	/* a batch that steps over the event */
	*used_event = 8;
	for (i = 0; i < 5; i++)
		ring_push(&ring, 0, 0);
	assert_true(ring_publish(&ring));
}

static void kicks_are_asked_for(void **state)
{
	uint16_t *avail_event = (uint16_t *)&used->ring[NUM];

	(void)state;
	ring_disable_kicks(&ring);
	assert_int_equal(used->flags, VRING_USED_F_NO_NOTIFY);
	assert_false(ring_enable_kicks(&ring));
	assert_int_equal(used->flags, 0);
	set(&desc[0], GPA, 10, 0, 0);
	make_available(0);
	assert_true(ring_enable_kicks(&ring));
	ring.event_idx = true;
	assert_int_equal(pop(), 1);
	assert_false(ring_enable_kicks(&ring));
	assert_int_equal(*avail_event, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(empty_ring_has_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(chain_is_copied_out, setup, teardown),
		cmocka_unit_test_setup_teardown(indirect_chain_is_copied_out, setup, teardown),
		cmocka_unit_test_setup_teardown(indexes_wrap, setup, teardown),
		cmocka_unit_test_setup_teardown(wild_indexes_break, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_taken_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(loops_break, setup, teardown),
		cmocka_unit_test_setup_teardown(longest_chain_is_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(bad_descriptors_break, setup, teardown),
		cmocka_unit_test_setup_teardown(calls_follow_flags, setup, teardown),
		cmocka_unit_test_setup_teardown(calls_follow_the_event_index, setup, teardown),
		cmocka_unit_test_setup_teardown(kicks_are_asked_for, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
