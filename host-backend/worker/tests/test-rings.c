// SPDX-License-Identifier: MIT
/*
 * Rings as timelines, and what QEMU does to them: order and waits, stop and
 * start, reset, a changed memory table, a worker whose GPU is busy, rings and
 * connections that are broken on purpose.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"
#include "guest.h"
#include "vhost_user_protocol.h"

#define BUSY_SIZE	2048	/* texels a side */
#define BUSY_COPIES	400	/* well over half a second of one core */
#define BUSY_A		101
#define BUSY_B		102
#define QUERY_DONE	1	/* how the renderer tells */
#define QUERY_WAITS	2

static struct fe *fe;

static void start(bool event_idx, bool indirect)
{
	const struct fe_options options = { .event_idx = event_idx, .indirect = indirect };

	fe = fe_start(&options);
	fe_ring_start(fe, 0);
	fe_ring_start(fe, 1);
}

static int setup(void **state)
{
	(void)state;
	start(true, false);
	return 0;
}

static int setup_plain(void **state)
{
	(void)state;
	start(false, true);
	return 0;
}

static int end(void **state)
{
	int status = fe_end(fe);

	(void)state;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -1;
}

/* for tests that end the worker themselves */
static int end_dead(void **state)
{
	(void)state;
	fe_end(fe);
	return 0;
}

static const struct vgpu_pv_request ask = { .type = VGPU_PV_MSG_GET_CAPSETS };

static unsigned int post_ask(unsigned int ring)
{
	return fe_post(fe, ring, &ask, sizeof(ask), sizeof(struct vgpu_pv_capsets_reply));
}

static void wait_ok(unsigned int ring, unsigned int slot)
{
	struct vgpu_pv_reply reply = { .status = ~0u };

	fe_wait(fe, ring, slot, &reply, sizeof(reply));
	assert_int_equal(reply.status, VGPU_PV_S_OK);
}

static unsigned int post_wait_ring(unsigned int ring, uint32_t other, uint64_t seq)
{
	struct vgpu_pv_wait_ring wait = {
		.hdr.type = VGPU_PV_MSG_WAIT_RING,
		.ring = other,
		.seq = seq,
	};

	return fe_post(fe, ring, &wait, sizeof(wait), sizeof(struct vgpu_pv_reply));
}

/* [dev-used-order] [dev-rings-alike] */
static void many_messages_complete_in_order(void **state)
{
	unsigned int round, ring, i, slots[2][100];

	(void)state;
	for (round = 0; round < 50; round++) {
		for (i = 0; i < 100; i++) {
			for (ring = 0; ring < 2; ring++)
				slots[ring][i] = post_ask(ring);
		}
		fe_kick(fe, 0);
		fe_kick(fe, 1);
		for (ring = 0; ring < 2; ring++) {
			fe->rings[ring]->nr_order = 0;
			for (i = 0; i < 100; i++)
				wait_ok(ring, slots[ring][i]);
			for (i = 0; i < 100; i++)
				assert_int_equal(fe->rings[ring]->order[i], slots[ring][i]);
		}
	}
	assert_int_equal(fe->stats->messages, 50 * 200);
}

/* a batch brings one interrupt, not one a message */
static void interrupts_are_coalesced(void **state)
{
	unsigned int i, slot = 0;

	(void)state;
	for (i = 0; i < 100; i++)
		slot = post_ask(0);
	fe_kick(fe, 0);
	wait_ok(0, slot);
	assert_in_range(fe->stats->calls, 1, 20);
	assert_in_range(fe->stats->kicks, 1, 20);
}

/* [dev-wait-ring] [dev-wait-others] */
static void wait_ring_orders_rings(void **state)
{
	unsigned int waiting, after, first, second;

	(void)state;
	waiting = post_wait_ring(0, 1, 2);
	after = post_ask(0);
	fe_kick(fe, 0);
	assert_false(fe_try_wait(fe, 0, waiting, 50));
	first = post_ask(1);
	fe_kick(fe, 1);
	wait_ok(1, first);
	assert_false(fe_try_wait(fe, 0, waiting, 50));
	second = post_ask(1);
	fe_kick(fe, 1);
	wait_ok(1, second);
	wait_ok(0, waiting);
	wait_ok(0, after);
	/* what is past needs no wait, and the waits themselves count */
	wait_ok(1, (waiting = post_wait_ring(1, 0, 2), fe_kick(fe, 1), waiting));
}

/* [dev-wait-ring] */
static void wait_ring_is_checked(void **state)
{
	struct vgpu_pv_wait_ring wait = { .hdr.type = VGPU_PV_MSG_WAIT_RING };

	(void)state;
	assert_int_equal(fe_status(fe, 0, &wait, sizeof(wait)), VGPU_PV_S_INVALID);
	wait.ring = 5;
	assert_int_equal(fe_status(fe, 0, &wait, sizeof(wait)), VGPU_PV_S_INVALID);
	wait.ring = 0xffffffff;
	assert_int_equal(fe_status(fe, 0, &wait, sizeof(wait)), VGPU_PV_S_INVALID);
	wait.ring = 1;
	wait.padding = 1;
	assert_int_equal(fe_status(fe, 0, &wait, sizeof(wait)), VGPU_PV_S_INVALID);
}

/* [dev-msg-size] [dev-msg-zero] [dev-msg-type] [dev-msg-ctx] [dev-reply-room] */
static void messages_pass_one_gate(void **state)
{
	struct vgpu_pv_request request = { .type = VGPU_PV_MSG_GET_DISPLAY_INFO };
	struct vgpu_pv_reply reply;
	uint8_t bytes[8];

	(void)state;
	assert_int_equal(fe_status(fe, 0, &request, sizeof(request)), VGPU_PV_S_UNSUPPORTED);
	request.type = 0xffffffff;
	assert_int_equal(fe_status(fe, 0, &request, sizeof(request)), VGPU_PV_S_UNSUPPORTED);
	request.type = VGPU_PV_MSG_GET_CAPSETS;
	assert_int_equal(fe_status(fe, 0, &request, sizeof(request)), VGPU_PV_S_INVALID);
	assert_int_equal(fe_call(fe, 0, &request, sizeof(request), bytes, sizeof(bytes)), 0);
	assert_int_equal(fe_call(fe, 0, &request, sizeof(request), bytes, 0), 0);
	assert_int_equal(fe_call(fe, 0, &request, 3, &reply, sizeof(reply)), sizeof(reply));
	assert_int_equal(reply.status, VGPU_PV_S_INVALID);
	assert_int_equal(fe_call(fe, 0, &request, 0, &reply, sizeof(reply)), sizeof(reply));
	assert_int_equal(reply.status, VGPU_PV_S_INVALID);
}

static void busy_prepare(void)
{
	struct vgpu_pv_resource_create create = guest_texture(BUSY_A, BUSY_SIZE, BUSY_SIZE);

	assert_int_equal(guest_ctx_create(fe, 0, 1), VGPU_PV_S_OK);
	assert_int_equal(fe_status(fe, 0, &create, sizeof(create)), VGPU_PV_S_OK);
	create.resource = BUSY_B;
	assert_int_equal(fe_status(fe, 0, &create, sizeof(create)), VGPU_PV_S_OK);
	assert_int_equal(guest_attach(fe, 0, 1, BUSY_A), VGPU_PV_S_OK);
	assert_int_equal(guest_attach(fe, 0, 1, BUSY_B), VGPU_PV_S_OK);
}

/* copies that llvmpipe makes on the calling thread: it is stuck in GL meanwhile */
static unsigned int busy_post(void)
{
	static const uint32_t copy[] = { BUSY_A, 0, 0, 0, 0, BUSY_B, 0, 0, 0, 0,
					 BUSY_SIZE, BUSY_SIZE, 1 };
	struct guest_commands *commands = calloc(1, sizeof(*commands));
	unsigned int i, slot;

	assert_non_null(commands);
	for (i = 0; i < BUSY_COPIES; i++)
		guest_command(commands, 17, 0, copy, 13);
	slot = guest_post_submit(fe, 0, 1, commands);
	free(commands);
	fe_kick(fe, 0);
	usleep(50000);
	return slot;
}

/* QEMU's main loop is never blocked, and what ran is returned after the start: [dev-stop-keeps] */
static void busy_worker_stops_in_time(void **state)
{
	unsigned int busy, after;
	uint64_t begin;
	uint16_t base;

	(void)state;
	busy_prepare();
	base = fe->rings[0]->last_used;
	busy = busy_post();
	after = post_ask(0);
	begin = fe_now_ms();
	assert_int_equal(fe_ring_stop(fe, 0), base);
	assert_in_range(fe_now_ms() - begin, 0, 100);
	/* the others wait for the same message no more */
	begin = fe_now_ms();
	fe_ring_stop(fe, 1);
	assert_in_range(fe_now_ms() - begin, 0, 30);
	assert_false(fe_try_wait(fe, 0, busy, 1500));
	assert_int_equal(fe->rings[0]->used->idx, base);
	fe_ring_restart(fe, 0, base);
	wait_ok(0, busy);
	wait_ok(0, after);
}

/* [dev-reset] */
static void busy_worker_is_reset_in_time(void **state)
{
	uint64_t begin;

	(void)state;
	busy_prepare();
	busy_post();
	begin = fe_now_ms();
	fe_reset(fe);
	assert_in_range(fe_now_ms() - begin, 0, 100);
	fe_ring_restart(fe, 0, 0);
	/* the old context is gone, and the message that was run is not returned */
	assert_int_equal(guest_ctx_create(fe, 0, 1), VGPU_PV_S_OK);
	assert_int_equal(fe->rings[0]->nr_order, 1);
	assert_int_equal(fe->stats->resources, 0);
	assert_int_equal(fe->stats->memory_used, 0);
}

/* a connection that ends while GL is stuck ends the worker all the same */
static void busy_worker_exits(void **state)
{
	int status;

	(void)state;
	busy_prepare();
	busy_post();
	status = fe_end(fe);
	start(false, false);
	assert_true(WIFEXITED(status) && !WEXITSTATUS(status));
}

/* [dev-stop-keeps] */
static void stop_keeps_and_start_goes_on(void **state)
{
	unsigned int waiting, after;
	uint16_t base;
	unsigned int i;

	(void)state;
	assert_int_equal(guest_ctx_create(fe, 0, 1), VGPU_PV_S_OK);
	waiting = post_wait_ring(0, 1, 1);
	after = post_ask(0);
	fe_kick(fe, 0);
	usleep(20000);
	for (i = 0; i < 10; i++) {
		base = fe_ring_stop(fe, 0);
		assert_int_equal(base, 1);
		fe_ring_restart(fe, 0, base);
	}
	assert_false(fe_try_wait(fe, 0, waiting, 50));
	wait_ok(1, (i = post_ask(1), fe_kick(fe, 1), i));
	wait_ok(0, waiting);
	wait_ok(0, after);
	/* what is made available while the ring is stopped brings no kick */
	base = fe_ring_stop(fe, 0);
	after = post_ask(0);
	assert_false(fe_try_wait(fe, 0, after, 50));
	fe_ring_restart(fe, 0, base);
	wait_ok(0, after);
	assert_int_equal(guest_ctx_create(fe, 0, 1), VGPU_PV_S_EXIST);
}

/* [dev-reset] */
static void reset_drops_everything(void **state)
{
	struct vgpu_pv_resource_create create = guest_texture(3, 64, 64);
	unsigned int i, slot;

	(void)state;
	for (i = 0; i < 5; i++) {
		assert_int_equal(guest_ctx_create(fe, 0, 1), VGPU_PV_S_OK);
		assert_int_equal(guest_create_pages(fe, 0, &create, fe_alloc(fe, 64 * 64 * 4),
						    64 * 64 * 4, 1), VGPU_PV_S_OK);
		assert_int_equal(guest_attach(fe, 0, 1, 3), VGPU_PV_S_OK);
		assert_int_equal(fe->stats->contexts, 1);
		post_wait_ring(0, 1, 1000);
		fe_kick(fe, 0);
		usleep(5000);
		fe_reset(fe);
		fe_ring_restart(fe, 0, 0);
		fe_ring_restart(fe, 1, 0);
	}
	/* the counts of messages start over, too */
	slot = post_wait_ring(0, 1, 1);
	fe_kick(fe, 0);
	assert_false(fe_try_wait(fe, 0, slot, 50));
	wait_ok(1, (i = post_ask(1), fe_kick(fe, 1), i));
	wait_ok(0, slot);
	assert_int_equal(fe->stats->contexts, 0);
	assert_int_equal(fe->stats->resources, 0);
	assert_int_equal(fe->stats->memory_used, 0);
}

/* A backing follows the guest's memory to where a new table puts it. */
static void memory_table_may_change(void **state)
{
	struct vgpu_pv_resource_create create = guest_texture(3, 64, 64);
	const size_t size = 64 * 64 * 4;
	uint8_t *pages = fe_alloc(fe, size);
	int other = memfd_create("other", MFD_CLOEXEC);
	uint8_t *map;
	uint16_t bases[2];

	(void)state;
	assert_true(other >= 0);
	assert_int_equal(ftruncate(other, FE_MEMORY_SIZE), 0);
	map = mmap(NULL, FE_MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, other, 0);
	assert_true(map != MAP_FAILED);
	assert_int_equal(guest_create_pages(fe, 0, &create, pages, size, 1), VGPU_PV_S_OK);
	memset(pages, 0x11, size);
	assert_int_equal(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_TO_HOST, 0, 3, 64, 64),
			 VGPU_PV_S_OK);
	bases[0] = fe_ring_stop(fe, 0);
	bases[1] = fe_ring_stop(fe, 1);
	memcpy(map, fe->memory, fe->allocated);
	fe_set_mem_table(fe, other, FE_MEMORY_GPA, FE_MEMORY_SIZE, 0);
	/* the guest now lives in the other file, at the same addresses */
	assert_true(mmap(fe->memory, FE_MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			 other, 0) == fe->memory);
	fe_ring_restart(fe, 0, bases[0]);
	fe_ring_restart(fe, 1, bases[1]);
	memset(pages, 0, size);
	assert_int_equal(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_FROM_HOST, 0, 3, 64, 64),
			 VGPU_PV_S_OK);
	assert_int_equal(pages[0], 0x11);
	assert_int_equal(map[pages - fe->memory + size - 1], 0x11);
	munmap(map, FE_MEMORY_SIZE);
	close(other);
}

/* while rings run: QEMU changes the table whenever the guest moves a BAR */
static void memory_table_may_change_while_running(void **state)
{
	unsigned int i, slot;

	(void)state;
	for (i = 0; i < 50; i++) {
		slot = post_ask(0);
		fe_kick(fe, 0);
		fe_set_mem_table(fe, fe->memory_fd, FE_MEMORY_GPA, FE_MEMORY_SIZE, 0);
		wait_ok(0, slot);
	}
}

static bool err_raised(unsigned int ring)
{
	struct pollfd p = { .fd = fe->rings[ring]->err_fd, .events = POLLIN };

	return poll(&p, 1, FE_TIMEOUT_MS) == 1;
}

/* a broken ring is stopped; its neighbour is not, and a reset mends it */
static void broken_ring_is_stopped_alone(void **state)
{
	static const struct vring_desc bad[] = {
		{ .addr = 0x1000, .len = 16 },				/* no memory there */
		{ .addr = ~0ull - 8, .len = 16 },
		{ .addr = FE_MEMORY_GPA, .len = 0 },
		{ .addr = FE_MEMORY_GPA, .len = 16, .flags = VRING_DESC_F_NEXT, .next = 999 },
		{ .addr = FE_MEMORY_GPA, .len = 16, .flags = VRING_DESC_F_NEXT, .next = 0 },
		{ .addr = FE_MEMORY_GPA + FE_MEMORY_SIZE - 8, .len = 16, .flags = VRING_DESC_F_WRITE },
		{ .addr = FE_MEMORY_GPA, .len = 15, .flags = VRING_DESC_F_INDIRECT },
		{ .addr = 0x1000, .len = 16, .flags = VRING_DESC_F_INDIRECT },
	};
	struct fe_ring *r = fe->rings[0];
	unsigned int i, slot;
	uint64_t count;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]) + 2; i++) {
		if (i < sizeof(bad) / sizeof(bad[0])) {
			r->desc[0] = bad[i];
			r->avail->ring[0] = 0;
			__atomic_store_n(&r->avail->idx, 1, __ATOMIC_RELEASE);
		} else if (i == sizeof(bad) / sizeof(bad[0])) {
			r->avail->ring[0] = VGPU_PV_QUEUE_SIZE;
			__atomic_store_n(&r->avail->idx, 1, __ATOMIC_RELEASE);
		} else {
			__atomic_store_n(&r->avail->idx, VGPU_PV_QUEUE_SIZE + 1, __ATOMIC_RELEASE);
		}
		fe_kick(fe, 0);
		assert_true(err_raised(0));
		assert_int_equal(read(r->err_fd, &count, sizeof(count)), sizeof(count));
		slot = post_ask(1);
		fe_kick(fe, 1);
		wait_ok(1, slot);
		fe_reset(fe);
		fe_ring_restart(fe, 0, 0);
		fe_ring_restart(fe, 1, 0);
		slot = post_ask(0);
		fe_kick(fe, 0);
		wait_ok(0, slot);
		fe_reset(fe);
		fe_ring_restart(fe, 0, 0);
		fe_ring_restart(fe, 1, 0);
	}
}

/* [dev-complete]: a submit is returned with its fence, and what follows after it */
static void submits_complete_with_the_gpu(void **state)
{
	static const float red[4] = { 1, 0, 0, 1 };
	struct vgpu_pv_resource_create create = guest_texture(3, 1024, 1024);
	struct guest_commands *commands = calloc(1, sizeof(*commands));
	unsigned int i, slots[20], ask_slot;

	(void)state;
	assert_non_null(commands);
	assert_int_equal(guest_ctx_create(fe, 0, 1), VGPU_PV_S_OK);
	assert_int_equal(guest_ctx_create(fe, 0, 2), VGPU_PV_S_OK);
	assert_int_equal(fe_status(fe, 0, &create, sizeof(create)), VGPU_PV_S_OK);
	for (i = 1; i <= 2; i++) {
		assert_int_equal(guest_attach(fe, 0, i, 3), VGPU_PV_S_OK);
		commands->nr = 0;
		guest_clear(commands, 10, 3, red);
		assert_int_equal(guest_submit(fe, 0, i, commands), VGPU_PV_S_OK);
	}
	commands->nr = 0;
	guest_clear_again(commands, 100);
	for (i = 0; i < 20; i++)
		slots[i] = guest_post_submit(fe, 0, 1 + (i & 1), commands);
	ask_slot = post_ask(0);
	fe_kick(fe, 0);
	fe->rings[0]->nr_order = 0;
	wait_ok(0, ask_slot);
	for (i = 0; i < 20; i++)
		assert_int_equal(fe->rings[0]->order[i], slots[i]);
	for (i = 0; i < 20; i++)
		wait_ok(0, slots[i]);
	free(commands);
}

/* The renderer loses the fence it waits for when any context goes; ours still passes. */
static void destroying_contexts_loses_no_fence(void **state)
{
	static const float red[4] = { 1, 0, 0, 1 };
	struct vgpu_pv_resource_create create = guest_texture(3, 1024, 1024);
	struct guest_commands *commands = calloc(1, sizeof(*commands));
	struct vgpu_pv_request destroy = { .type = VGPU_PV_MSG_CTX_DESTROY, .ctx_id = 2 };
	unsigned int i, slot, slot2;

	(void)state;
	assert_non_null(commands);
	assert_int_equal(guest_ctx_create(fe, 0, 1), VGPU_PV_S_OK);
	assert_int_equal(fe_status(fe, 0, &create, sizeof(create)), VGPU_PV_S_OK);
	assert_int_equal(guest_attach(fe, 0, 1, 3), VGPU_PV_S_OK);
	guest_clear(commands, 10, 3, red);
	for (i = 0; i < 200; i++) {
		assert_int_equal(guest_ctx_create(fe, 1, 2), VGPU_PV_S_OK);
		slot = guest_post_submit(fe, 0, 1, commands);
		slot2 = fe_post(fe, 1, &destroy, sizeof(destroy), sizeof(struct vgpu_pv_reply));
		fe_kick(fe, 0);
		fe_kick(fe, 1);
		wait_ok(0, slot);
		wait_ok(1, slot2);
		commands->nr = 0;
		guest_clear_again(commands, 1);
	}
	free(commands);
}

/* A query's answer is there when its submit is complete, whatever contexts go meanwhile. */
static void destroying_contexts_loses_no_answer(void **state)
{
	static const float red[4] = { 1, 0, 0, 1 };
	static const uint32_t query[] = { 20, 0, 0, 4 }, ask[] = { 20, 0 };
	struct vgpu_pv_resource_create texture = guest_texture(3, 1024, 1024);
	struct vgpu_pv_resource_create answer = {
		.hdr.type = VGPU_PV_MSG_RESOURCE_CREATE, .resource = 4, .format = VIRGL_FORMAT_R8,
		.bind = 1u << 17, .width = 16, .height = 1, .depth = 1, .array_size = 1,
	};
	struct guest_commands *commands = calloc(1, sizeof(*commands));
	struct vgpu_pv_request destroy = { .type = VGPU_PV_MSG_CTX_DESTROY, .ctx_id = 2 };
	uint32_t *result = fe_alloc(fe, 4096);
	unsigned int i, slot, slot2;

	(void)state;
	assert_non_null(commands);
	assert_int_equal(guest_ctx_create(fe, 0, 1), VGPU_PV_S_OK);
	assert_int_equal(fe_status(fe, 0, &texture, sizeof(texture)), VGPU_PV_S_OK);
	assert_int_equal(guest_create_pages(fe, 0, &answer, result, 16, 1), VGPU_PV_S_OK);
	assert_int_equal(guest_attach(fe, 0, 1, 3), VGPU_PV_S_OK);
	assert_int_equal(guest_attach(fe, 0, 1, 4), VGPU_PV_S_OK);
	guest_clear(commands, 10, 3, red);
	guest_command(commands, 1, 9, query, 4);
	assert_int_equal(guest_submit(fe, 0, 1, commands), VGPU_PV_S_OK);
	commands->nr = 0;
	guest_command(commands, 19, 0, ask, 1);
	guest_clear_again(commands, 4);
	guest_command(commands, 20, 0, ask, 1);
	guest_command(commands, 21, 0, ask, 2);
	for (i = 0; i < 50; i++) {
		result[0] = QUERY_WAITS;
		assert_int_equal(guest_ctx_create(fe, 1, 2), VGPU_PV_S_OK);
		slot = guest_post_submit(fe, 0, 1, commands);
		slot2 = fe_post(fe, 1, &destroy, sizeof(destroy), sizeof(struct vgpu_pv_reply));
		fe_kick(fe, 0);
		fe_kick(fe, 1);
		wait_ok(0, slot);
		assert_int_equal(result[0], QUERY_DONE);
		wait_ok(1, slot2);
	}
	free(commands);
}

/* an idle worker sleeps */
static void idle_costs_nothing(void **state)
{
	char path[64], line[1024];
	unsigned long before[2], after[2];
	FILE *f;
	int i;

	(void)state;
	post_wait_ring(0, 1, 1000);
	fe_kick(fe, 0);
	wait_ok(1, (i = (int)post_ask(1), fe_kick(fe, 1), (unsigned int)i));
	usleep(100000);
	snprintf(path, sizeof(path), "/proc/%d/stat", fe->worker);
	for (i = 0; i < 2; i++) {
		f = fopen(path, "r");
		assert_non_null(f);
		assert_non_null(fgets(line, sizeof(line), f));
		fclose(f);
		assert_int_equal(sscanf(strrchr(line, ')') + 2,
					"%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
					i ? &after[0] : &before[0], i ? &after[1] : &before[1]), 2);
		if (!i)
			usleep(500000);
	}
	assert_in_range(after[0] + after[1] - before[0] - before[1], 0, 1);
}

/* A peer that breaks the protocol is left; no descriptor it sent stays open. */
static void bad_protocol_ends_the_connection(void **state)
{
	static const struct {
		uint32_t request, flags, size;
	} bad[] = {
		{ VHOST_USER_SET_FEATURES, VHOST_USER_VERSION, 4 },
		{ VHOST_USER_SET_FEATURES, VHOST_USER_VERSION, 0xffffffff },
		{ VHOST_USER_SET_FEATURES, 0, 8 },
		{ VHOST_USER_GET_FEATURES, VHOST_USER_VERSION | VHOST_USER_REPLY, 0 },
		{ VHOST_USER_SET_MEM_TABLE, VHOST_USER_VERSION, 4 },
		{ VHOST_USER_SET_MEM_TABLE, VHOST_USER_VERSION, 8 + 32 },
		{ 9999, VHOST_USER_VERSION, 0 },
	};
	uint8_t msg[64];
	unsigned int i;
	int status;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(msg, 0xff, sizeof(msg));
		memcpy(msg, &bad[i], sizeof(bad[i]));
		assert_true(write(fe->sock, msg, 12 + (bad[i].size < 52 ? bad[i].size : 52)) > 0);
		status = 0;
		assert_int_equal(waitpid(fe->worker, &status, 0), fe->worker);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
		fe_end(fe);
		start(false, false);
	}
}

static void killed_worker_is_seen(void **state)
{
	struct pollfd p = { .fd = fe->sock, .events = POLLIN };
	char byte;

	(void)state;
	kill(fe->worker, SIGKILL);
	assert_int_equal(poll(&p, 1, 1000), 1);
	assert_true(read(fe->sock, &byte, 1) <= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(many_messages_complete_in_order, setup, end),
		cmocka_unit_test_setup_teardown(many_messages_complete_in_order, setup_plain, end),
		cmocka_unit_test_setup_teardown(interrupts_are_coalesced, setup, end),
		cmocka_unit_test_setup_teardown(wait_ring_orders_rings, setup, end),
		cmocka_unit_test_setup_teardown(wait_ring_is_checked, setup_plain, end),
		cmocka_unit_test_setup_teardown(messages_pass_one_gate, setup, end),
		cmocka_unit_test_setup_teardown(submits_complete_with_the_gpu, setup, end),
		cmocka_unit_test_setup_teardown(destroying_contexts_loses_no_fence, setup, end),
		cmocka_unit_test_setup_teardown(destroying_contexts_loses_no_answer, setup, end),
		cmocka_unit_test_setup_teardown(stop_keeps_and_start_goes_on, setup, end),
		cmocka_unit_test_setup_teardown(stop_keeps_and_start_goes_on, setup_plain, end),
		cmocka_unit_test_setup_teardown(reset_drops_everything, setup, end),
		cmocka_unit_test_setup_teardown(memory_table_may_change, setup, end),
		cmocka_unit_test_setup_teardown(memory_table_may_change_while_running, setup, end),
		cmocka_unit_test_setup_teardown(broken_ring_is_stopped_alone, setup, end),
		cmocka_unit_test_setup_teardown(busy_worker_stops_in_time, setup, end),
		cmocka_unit_test_setup_teardown(busy_worker_is_reset_in_time, setup, end),
		cmocka_unit_test_setup_teardown(busy_worker_exits, setup, end),
		cmocka_unit_test_setup_teardown(idle_costs_nothing, setup, end),
		cmocka_unit_test_setup_teardown(bad_protocol_ends_the_connection, setup, end),
		cmocka_unit_test_setup_teardown(killed_worker_is_seen, setup, end_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
