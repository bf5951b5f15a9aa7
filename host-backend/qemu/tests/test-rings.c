// SPDX-License-Identifier: MIT
/*
 * The submit rings through QEMU to a real worker, and what becomes of them when
 * the machine is reset or paused, or the worker stops, dies, or has no renderer.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"
#include "qtest.h"
#include "virtio.h"

#define RINGS	      3
#define RING(n)	      (VGPU_PV_QUEUE_RING0 + (n))
#define CAPSET	      2
#define PIPE_2D	      2 /* the renderer's number, as those below */
#define FORMAT_BGRA   1
#define BIND_SAMPLER  (1u << 3)
#define WIDTH	      32
#define HEIGHT	      16
#define PICTURE_BYTES (WIDTH * HEIGHT * 4)
#define PROMPT_MS     1000 /* in which the monitor answers, whatever the worker does */
#define ATTEMPTS      3	   /* as another program may have the processor meanwhile */

static const struct vm_options plain = { .properties = ",rings=3,vram=16M" };
static struct virtio_device dev;

static void start(const struct vm_options *options)
{
	virtio_open(&dev, vm_start(options));
	virtio_start(&dev);
}

static int teardown(void **state)
{
	(void)state;
	vm_kill();
	return 0;
}

/* ---- messages ---- */

static uint32_t capsets_status(unsigned int ring)
{
	const struct vgpu_pv_request request = { .type = VGPU_PV_MSG_GET_CAPSETS };

	return virtio_answer(&dev, RING(ring), &request, sizeof(request));
}

static void post_capsets(unsigned int ring)
{
	const struct vgpu_pv_request request = { .type = VGPU_PV_MSG_GET_CAPSETS };

	virtio_post(&dev, RING(ring), &request, sizeof(request), 4096);
}

static void take(unsigned int ring, uint32_t type, uint32_t status)
{
	const struct vgpu_pv_reply *reply;
	uint32_t len;

	reply = virtio_wait(&dev, RING(ring), &len);
	assert_true(len >= sizeof(*reply));
	assert_int_equal(reply->type, type | VGPU_PV_MSG_REPLY);
	assert_int_equal(reply->status, status);
	if (status == VGPU_PV_S_RENDERER_LOST)
		assert_int_equal(len, sizeof(*reply));
}

static uint32_t create_context(unsigned int ring, uint32_t id)
{
	const struct vgpu_pv_ctx_create request = {
		.hdr = { .type = VGPU_PV_MSG_CTX_CREATE, .ctx_id = id },
		.capset_id = CAPSET,
		.name_len = 4,
		.name = "test",
	};

	return virtio_answer(&dev, RING(ring), &request, sizeof(request));
}

/* a texture, backed by one piece of memory or of the aperture */
static uint32_t create_texture(unsigned int ring, uint32_t id, uint32_t kind, uint64_t place)
{
	struct {
		struct vgpu_pv_resource_create create;
		struct vgpu_pv_backing_entry entry;
	} request = {
		.create = {
			.hdr.type = VGPU_PV_MSG_RESOURCE_CREATE,
			.resource = id,
			.target = PIPE_2D,
			.format = FORMAT_BGRA,
			.bind = BIND_SAMPLER,
			.width = WIDTH,
			.height = HEIGHT,
			.depth = 1,
			.array_size = 1,
			.backing = { .kind = kind, .size = PICTURE_BYTES },
		},
		.entry = { .addr = place, .size = PICTURE_BYTES },
	};
	size_t size = sizeof(request);

	if (kind == VGPU_PV_BACKING_PAGES) {
		request.create.backing.nr_entries = 1;
	} else {
		request.create.backing.offset = place;
		size = sizeof(request.create);
	}
	return virtio_answer(&dev, RING(ring), &request, size);
}

static uint32_t transfer(unsigned int ring, uint32_t type, uint32_t id)
{
	const struct vgpu_pv_transfer request = {
		.hdr.type = type,
		.resource = id,
		.width = WIDTH,
		.height = HEIGHT,
		.depth = 1,
	};

	return virtio_answer(&dev, RING(ring), &request, sizeof(request));
}

static void fill(uint32_t *pixels, uint32_t seed)
{
	for (unsigned int i = 0; i < WIDTH * HEIGHT; i++)
		pixels[i] = (seed + i) * 2654435761u;
}

static bool display_works(void)
{
	const struct vgpu_pv_request request = { .type = VGPU_PV_MSG_GET_DISPLAY_INFO };

	return virtio_answer(&dev, VGPU_PV_QUEUE_DISPLAY, &request, sizeof(request)) ==
	       VGPU_PV_S_OK;
}

static void wait_for_state(uint32_t renderer_state)
{
	uint64_t until = vm_now_ms() + VM_TIMEOUT_MS;

	while (virtio_config(&dev).renderer_state != renderer_state) {
		expect(vm_now_ms() < until, "renderer_state does not become %u", renderer_state);
		usleep(1000);
	}
}

/* ---- a worker that is well ---- */

/* [dev-rings-alike] and the worker reads and writes guest memory and aperture */
static void messages_reach_the_worker(void **state)
{
	uint32_t picture[WIDTH * HEIGHT], got[WIDTH * HEIGHT], *pages;
	uint64_t addr;
	unsigned int i;

	(void)state;
	start(&plain);
	for (i = 0; i < RINGS; i++)
		assert_int_equal(capsets_status(i), VGPU_PV_S_OK);
	addr = virtio_alloc(&dev, PICTURE_BYTES);
	pages = virtio_memory(&dev, addr);
	fill(picture, 1);
	memcpy(pages, picture, sizeof(picture));
	assert_int_equal(create_texture(1, 5, VGPU_PV_BACKING_PAGES, addr), VGPU_PV_S_OK);
	assert_int_equal(transfer(1, VGPU_PV_MSG_TRANSFER_TO_HOST, 5), VGPU_PV_S_OK);
	memset(pages, 0, PICTURE_BYTES);
	assert_int_equal(transfer(2, VGPU_PV_MSG_TRANSFER_FROM_HOST, 5), VGPU_PV_S_OK);
	assert_memory_equal(pages, picture, PICTURE_BYTES);

	fill(picture, 2);
	qtest_write_bytes(dev.vm, dev.aperture + 0x10000, picture, sizeof(picture));
	assert_int_equal(create_texture(0, 6, VGPU_PV_BACKING_APERTURE, 0x10000), VGPU_PV_S_OK);
	assert_int_equal(transfer(0, VGPU_PV_MSG_TRANSFER_TO_HOST, 6), VGPU_PV_S_OK);
	memset(got, 0, sizeof(got));
	qtest_write_bytes(dev.vm, dev.aperture + 0x10000, got, sizeof(got));
	assert_int_equal(transfer(0, VGPU_PV_MSG_TRANSFER_FROM_HOST, 6), VGPU_PV_S_OK);
	qtest_read_bytes(dev.vm, dev.aperture + 0x10000, got, sizeof(got));
	assert_memory_equal(got, picture, PICTURE_BYTES);
	/* [dev-aperture-bounds] its end is where QEMU says */
	assert_int_equal(
		create_texture(0, 7, VGPU_PV_BACKING_APERTURE, dev.aperture_size - PICTURE_BYTES),
		VGPU_PV_S_OK);
	assert_int_equal(create_texture(0, 8, VGPU_PV_BACKING_APERTURE,
					dev.aperture_size - PICTURE_BYTES + 4),
			 VGPU_PV_S_INVALID);
	vm_stop(dev.vm);
}

static void expect_new_device(void)
{
	/* nothing of before: neither ids nor counts */
	assert_int_equal(create_context(0, 1), VGPU_PV_S_OK);
	assert_int_equal(create_context(0, 1), VGPU_PV_S_EXIST);
	assert_int_equal(create_texture(0, 1, VGPU_PV_BACKING_APERTURE, 0), VGPU_PV_S_OK);
	virtio_post_wait(&dev, RING(0), 1, 2);
	virtio_kick(&dev, RING(0));
	assert_int_equal(capsets_status(1), VGPU_PV_S_OK);
	assert_int_equal(capsets_status(2), VGPU_PV_S_OK);
	assert_false(virtio_used(&dev, RING(0)));
	assert_int_equal(capsets_status(1), VGPU_PV_S_OK);
	take(0, VGPU_PV_MSG_WAIT_RING, VGPU_PV_S_OK);
	/* what the reset is to drop */
	virtio_post_wait(&dev, RING(0), 1, 1000);
	post_capsets(0);
	virtio_kick(&dev, RING(0));
}

/* [dev-reset] by the driver, and of the whole machine, with messages outstanding */
static void resets_drop_all(void **state)
{
	unsigned int i;

	(void)state;
	start(&plain);
	for (i = 0; i < 3; i++) {
		expect_new_device();
		virtio_start(&dev);
	}
	for (i = 0; i < 3; i++) {
		expect_new_device();
		qmp_system_reset(dev.vm);
		assert_false(virtio_used(&dev, RING(0)));
		pci_map(&dev.pci);
		assert_int_equal(virtio_status(&dev), 0);
		virtio_start(&dev);
	}
	vm_stop(dev.vm);
}

/* A reset while the driver is halfway through its initialization. */
static void resets_come_at_any_time(void **state)
{
	static const uint8_t statuses[] = { 0x0, 0x1, 0x3, 0xb, 0xf };
	unsigned int i;

	(void)state;
	start(&plain);
	for (i = 0; i < sizeof(statuses); i++) {
		virtio_reset(&dev);
		if (statuses[i] & VIRTIO_STATUS_FEATURES)
			virtio_prepare(&dev, VIRTIO_FEATURE_1 | VIRTIO_FEATURE_RENDER);
		if (statuses[i])
			virtio_set_status(&dev, statuses[i]);
		if (i % 2)
			qmp_command(dev.vm, "stop", NULL);
		qmp_system_reset(dev.vm);
		qmp_command(dev.vm, "cont", NULL);
		pci_map(&dev.pci);
		assert_int_equal(virtio_status(&dev), 0);
		virtio_start(&dev);
		assert_int_equal(capsets_status(i % RINGS), VGPU_PV_S_OK);
		assert_true(display_works());
	}
	vm_stop(dev.vm);
}

/* [dev-stop-keeps] contexts, contents, counts, and messages from before and meanwhile */
static void pauses_keep_all(void **state)
{
	uint32_t picture[WIDTH * HEIGHT], *pages;
	unsigned int round;
	uint64_t addr;

	(void)state;
	start(&plain);
	addr = virtio_alloc(&dev, PICTURE_BYTES);
	pages = virtio_memory(&dev, addr);
	fill(picture, 3);
	memcpy(pages, picture, sizeof(picture));
	assert_int_equal(create_context(2, 1), VGPU_PV_S_OK);
	assert_int_equal(create_texture(2, 1, VGPU_PV_BACKING_PAGES, addr), VGPU_PV_S_OK);
	assert_int_equal(transfer(2, VGPU_PV_MSG_TRANSFER_TO_HOST, 1), VGPU_PV_S_OK);
	for (round = 0; round < 3; round++) {
		/* ring 0 waits for what ring 1 is sent last */
		virtio_post_wait(&dev, RING(0), 1, 2 * (round + 1));
		post_capsets(0);
		virtio_kick(&dev, RING(0));
		assert_int_equal(capsets_status(1), VGPU_PV_S_OK);
		qmp_command(dev.vm, "stop", NULL);
		post_capsets(1);
		virtio_kick(&dev, RING(1));
		usleep(20000);
		assert_false(virtio_used(&dev, RING(0)));
		assert_false(virtio_used(&dev, RING(1)));
		qmp_command(dev.vm, "cont", NULL);
		take(1, VGPU_PV_MSG_GET_CAPSETS, VGPU_PV_S_OK);
		take(0, VGPU_PV_MSG_WAIT_RING, VGPU_PV_S_OK);
		take(0, VGPU_PV_MSG_GET_CAPSETS, VGPU_PV_S_OK);
		assert_int_equal(create_context(2, 1), VGPU_PV_S_EXIST);
		memset(pages, 0, PICTURE_BYTES);
		assert_int_equal(transfer(2, VGPU_PV_MSG_TRANSFER_FROM_HOST, 1), VGPU_PV_S_OK);
		assert_memory_equal(pages, picture, PICTURE_BYTES);
	}
	vm_stop(dev.vm);
}

/* ---- a worker that is not ---- */

/* [dev-renderer-lost] [dev-used-order] outstanding ones in order, and later ones */
static void messages_of_a_dead_worker_are_lost(void **state)
{
	struct vgpu_pv_config before, after;
	unsigned int ring, i;

	(void)state;
	start(&plain);
	before = virtio_config(&dev);
	assert_int_equal(before.renderer_state, VGPU_PV_RENDERER_READY);
	assert_int_equal(capsets_status(1), VGPU_PV_S_OK);
	/* ring 0 waits for ring 2 for ever, ring 1 for ring 0, and ring 2, seen or not, for ring 1 */
	virtio_post_wait(&dev, RING(0), 2, 1000);
	virtio_post_wait(&dev, RING(1), 0, 1000);
	for (ring = 0; ring < 2; ring++) {
		for (i = 0; i < 50; i++)
			post_capsets(ring);
		virtio_kick(&dev, RING(ring));
	}
	virtio_post_wait(&dev, RING(2), 1, 1000);
	vm_kill_worker(dev.vm);
	for (ring = 0; ring < 2; ring++) {
		take(ring, VGPU_PV_MSG_WAIT_RING, VGPU_PV_S_RENDERER_LOST);
		for (i = 0; i < 50; i++)
			take(ring, VGPU_PV_MSG_GET_CAPSETS, VGPU_PV_S_RENDERER_LOST);
	}
	take(2, VGPU_PV_MSG_WAIT_RING, VGPU_PV_S_RENDERER_LOST);
	after = virtio_config(&dev);
	assert_int_equal(after.renderer_state, VGPU_PV_RENDERER_LOST);
	assert_int_equal(after.epoch, before.epoch + 1);
	assert_int_equal(after.events_read, VGPU_PV_EVENT_RENDERER);

	for (i = 0; i < 300; i++)
		assert_int_equal(create_context(i % RINGS, i), VGPU_PV_S_RENDERER_LOST);
	assert_true(display_works());
	for (i = 0; i < 2; i++) {
		qmp_command(dev.vm, "stop", NULL);
		qmp_command(dev.vm, "cont", NULL);
		assert_int_equal(capsets_status(0), VGPU_PV_S_RENDERER_LOST);
		qmp_system_reset(dev.vm);
		pci_map(&dev.pci);
		virtio_start(&dev);
		assert_int_equal(virtio_config(&dev).renderer_state, VGPU_PV_RENDERER_LOST);
		assert_int_equal(virtio_config(&dev).epoch, before.epoch + 1);
	}
	assert_true(display_works());
	vm_stop(dev.vm);
}

/* A worker that is killed while the machine is paused, or while no driver runs. */
static void losses_are_seen_at_any_time(void **state)
{
	(void)state;
	start(&plain);
	virtio_post_wait(&dev, RING(0), 1, 1000);
	virtio_kick(&dev, RING(0));
	assert_int_equal(capsets_status(2), VGPU_PV_S_OK);
	qmp_command(dev.vm, "stop", NULL);
	vm_kill_worker(dev.vm);
	wait_for_state(VGPU_PV_RENDERER_LOST);
	assert_false(virtio_used(&dev, RING(0)));
	qmp_command(dev.vm, "cont", NULL);
	take(0, VGPU_PV_MSG_WAIT_RING, VGPU_PV_S_RENDERER_LOST);
	vm_stop(dev.vm);

	virtio_open(&dev, vm_start(&plain));
	vm_kill_worker(dev.vm);
	wait_for_state(VGPU_PV_RENDERER_LOST);
	virtio_start(&dev);
	assert_int_equal(capsets_status(0), VGPU_PV_S_RENDERER_LOST);
	assert_true(display_works());
	vm_stop(dev.vm);
}

/* A short stop of the worker, of which nobody asks anything, costs nothing. */
static void short_stops_lose_nothing(void **state)
{
	(void)state;
	start(&plain);
	assert_int_equal(create_context(0, 1), VGPU_PV_S_OK);
	vm_suspend_worker(dev.vm);
	post_capsets(0);
	virtio_kick(&dev, RING(0));
	usleep(20000);
	assert_false(virtio_used(&dev, RING(0)));
	assert_true(display_works());
	kill(dev.vm->worker, SIGCONT);
	take(0, VGPU_PV_MSG_GET_CAPSETS, VGPU_PV_S_OK);
	assert_int_equal(create_context(0, 1), VGPU_PV_S_EXIST);
	vm_stop(dev.vm);
}

static uint64_t timed_stop(struct vm *vm)
{
	return qmp_command(vm, "stop", NULL);
}

static uint64_t timed_cont(struct vm *vm)
{
	return qmp_command(vm, "cont", NULL);
}

static uint64_t timed_reset(struct vm *vm)
{
	return qmp_system_reset(vm);
}

static uint64_t timed_quit(struct vm *vm)
{
	return qmp_command(vm, "quit", NULL);
}

/* With a worker that is stopped for good: how long the command takes, and what follows it. */
static uint64_t time_with_stopped_worker(uint64_t (*command)(struct vm *vm))
{
	uint64_t took, next;

	start(&plain);
	assert_int_equal(create_context(0, 1), VGPU_PV_S_OK);
	if (command == timed_cont)
		qmp_command(dev.vm, "stop", NULL);
	vm_suspend_worker(dev.vm);
	took = command(dev.vm);
	if (command != timed_quit) {
		next = qmp_command(dev.vm, "query-status", NULL);
		took = next > took ? next : took;
		pci_map(&dev.pci);
		wait_for_state(VGPU_PV_RENDERER_LOST);
		next = qmp_command(dev.vm, "quit", NULL);
		took = next > took ? next : took;
	}
	/* QEMU needs no word from the worker in order to end, and that ends once it can */
	vm_qemu_ended(dev.vm);
	kill(dev.vm->worker, SIGCONT);
	vm_ended(dev.vm);
	return took;
}

static void monitor_is_prompt(uint64_t (*command)(struct vm *vm))
{
	uint64_t took = 0;
	unsigned int i;

	for (i = 0; i < ATTEMPTS; i++) {
		took = time_with_stopped_worker(command);
		if (took <= PROMPT_MS)
			return;
	}
	fail_msg("the monitor answers after %llu ms", (unsigned long long)took);
}

static void stopped_worker_holds_up_no_stop(void **state)
{
	(void)state;
	monitor_is_prompt(timed_stop);
}

static void stopped_worker_holds_up_no_cont(void **state)
{
	(void)state;
	monitor_is_prompt(timed_cont);
}

static void stopped_worker_holds_up_no_reset(void **state)
{
	(void)state;
	monitor_is_prompt(timed_reset);
}

static void stopped_worker_holds_up_no_quit(void **state)
{
	(void)state;
	monitor_is_prompt(timed_quit);
}

/* Display only: no F_RENDER, and yet no message is left without an answer. */
static void display_works_without_renderer(void **state)
{
	static const struct vm_options options = {
		.properties = ",rings=3",
		.no_renderer = true,
	};
	unsigned int ring;
	char *log;

	(void)state;
	virtio_open(&dev, vm_start(&options));
	assert_false(virtio_features(&dev) & VIRTIO_FEATURE_RENDER);
	virtio_start(&dev);
	assert_int_equal(virtio_config(&dev).renderer_state, VGPU_PV_RENDERER_ABSENT);
	assert_true(display_works());
	for (ring = 0; ring < RINGS; ring++)
		assert_int_equal(capsets_status(ring), VGPU_PV_S_RENDERER_LOST);
	qmp_system_reset(dev.vm);
	pci_map(&dev.pci);
	virtio_start(&dev);
	assert_true(display_works());
	log = vm_log(dev.vm);
	assert_non_null(strstr(log, "the worker has no renderer: the guest gets a display only"));
	free(log);
	vm_stop(dev.vm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(messages_reach_the_worker, teardown),
		cmocka_unit_test_teardown(resets_drop_all, teardown),
		cmocka_unit_test_teardown(resets_come_at_any_time, teardown),
		cmocka_unit_test_teardown(pauses_keep_all, teardown),
		cmocka_unit_test_teardown(messages_of_a_dead_worker_are_lost, teardown),
		cmocka_unit_test_teardown(losses_are_seen_at_any_time, teardown),
		cmocka_unit_test_teardown(short_stops_lose_nothing, teardown),
		cmocka_unit_test_teardown(stopped_worker_holds_up_no_stop, teardown),
		cmocka_unit_test_teardown(stopped_worker_holds_up_no_cont, teardown),
		cmocka_unit_test_teardown(stopped_worker_holds_up_no_reset, teardown),
		cmocka_unit_test_teardown(stopped_worker_holds_up_no_quit, teardown),
		cmocka_unit_test_teardown(display_works_without_renderer, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
