// SPDX-License-Identifier: MIT
/*
 * The device as a PCI function, whatever a guest does with it: interrupts masked
 * and let through, BARs moved, and resets in every state.
 */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"
#include "msix.h"
#include "qtest.h"

#define DRIVER_OK                                                                          \
	(VIRTIO_STATUS_ACK | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES |               \
	 VIRTIO_STATUS_DRIVER_OK)
#define NEEDS_RESET	0x40
#define RINGS		3
#define QUEUES		(VGPU_PV_QUEUE_RING0 + RINGS)
#define RING(n)		(VGPU_PV_QUEUE_RING0 + (n))
#define BAR_REGISTERS	2
#define BAR_APERTURE	4

static const struct vm_options plain = { .properties = ",rings=3,vram=16M" };
static struct virtio_device dev;

static int teardown(void **state)
{
	(void)state;
	vm_kill();
	return 0;
}

static const struct vgpu_pv_request info = { .type = VGPU_PV_MSG_GET_DISPLAY_INFO };
static const struct vgpu_pv_request capsets = { .type = VGPU_PV_MSG_GET_CAPSETS };

static bool all_work(void)
{
	unsigned int i;

	if (virtio_answer(&dev, VGPU_PV_QUEUE_DISPLAY, &info, sizeof(info)) != VGPU_PV_S_OK)
		return false;
	for (i = 0; i < RINGS; i++) {
		if (virtio_answer(&dev, RING(i), &capsets, sizeof(capsets)) != VGPU_PV_S_OK)
			return false;
	}
	return true;
}

static void wait_for_loss(void)
{
	uint64_t until = vm_now_ms() + VM_TIMEOUT_MS;

	while (virtio_config(&dev).renderer_state != VGPU_PV_RENDERER_LOST) {
		expect(vm_now_ms() < until, "the loss of the worker is not seen");
		usleep(1000);
	}
}

/* ---- interrupts ---- */

/* one that belongs to the queue, so that it is answered */
static void interrupt_of_queue(unsigned int queue)
{
	const struct vgpu_pv_cursor move = { .hdr.type = VGPU_PV_MSG_MOVE_CURSOR };

	if (queue == VGPU_PV_QUEUE_DISPLAY)
		virtio_answer(&dev, queue, &info, sizeof(info));
	else if (queue == VGPU_PV_QUEUE_CURSOR)
		virtio_answer(&dev, queue, &move, sizeof(move));
	else
		virtio_answer(&dev, queue, &capsets, sizeof(capsets));
}

static volatile uint32_t *messages[QUEUES + 1];

static void start_with_vectors(void)
{
	unsigned int i;
	uint64_t addr;

	virtio_open(&dev, vm_start(&plain));
	assert_int_equal(msix_count(&dev), QUEUES + 1);
	assert_true(virtio_prepare(&dev, VIRTIO_FEATURE_1 | VIRTIO_FEATURE_RENDER));
	addr = virtio_alloc(&dev, 4096);
	for (i = 0; i <= QUEUES; i++)
		messages[i] = msix_route(&dev, i, addr + 4 * i);
	msix_spread(&dev);
	virtio_set_status(&dev, DRIVER_OK);
}

static void expect_held_back(unsigned int vector)
{
	assert_true(msix_becomes_pending(&dev, vector));
	assert_int_equal(*messages[vector], 0);
}

static void expect_let_through(unsigned int vector)
{
	assert_true(msix_comes(messages[vector]));
	assert_false(msix_pending(&dev, vector));
	*messages[vector] = 0;
}

/* each vector alone, and all at once by the function's own mask */
static void masked_vectors_are_pending(void **state)
{
	unsigned int i, round;

	(void)state;
	start_with_vectors();
	for (round = 0; round < 2; round++) {
		for (i = 0; i < QUEUES; i++) {
			msix_mask(&dev, i, true);
			/* a queue's interrupt may have come for nothing before */
			*messages[i] = 0;
			interrupt_of_queue(i);
			expect_held_back(i);
			msix_mask(&dev, i, false);
			expect_let_through(i);
			/* and nothing is left of it */
			interrupt_of_queue(i);
			expect_let_through(i);
		}
	}
	msix_mask_all(&dev, true);
	for (i = 0; i < QUEUES; i++)
		*messages[i] = 0;
	for (i = 0; i < QUEUES; i++)
		interrupt_of_queue(i);
	for (i = 0; i < QUEUES; i++)
		expect_held_back(i);
	msix_mask_all(&dev, false);
	for (i = 0; i < QUEUES; i++)
		expect_let_through(i);

	msix_mask(&dev, QUEUES, true);
	vm_kill_worker(dev.vm);
	wait_for_loss();
	assert_true(msix_becomes_pending(&dev, QUEUES));
	assert_int_equal(*messages[QUEUES], 0);
	msix_mask(&dev, QUEUES, false);
	expect_let_through(QUEUES);
	vm_stop(dev.vm);
}

/* ---- BARs ---- */

static void move_bar(unsigned int bar, uint64_t addr)
{
	pci_write(&dev.pci, PCI_REG_BAR0 + 4 * bar, (uint32_t)addr);
	if (bar + 1 < PCI_NR_BARS)
		pci_write(&dev.pci, PCI_REG_BAR0 + 4 * bar + 4, (uint32_t)(addr >> 32));
}

/*
 * The aperture goes where a 64-bit BAR can, its bytes with it, and the registers too,
 * while messages are under way.  Without memory in the command register all are away.
 */
static void bars_are_moved(void **state)
{
	static const uint64_t places[] = {
		0xfffffffffe000000ull,		/* up to the end there is no BAR */
		0x8000000000000000ull,
		0x10000000000ull,
		0x40000000ull,
		PCI_MEMORY64 + (64ull << 30),
	};
	uint64_t registers, offset = 0;
	unsigned int i;

	(void)state;
	virtio_open(&dev, vm_start(&plain));
	virtio_start(&dev);
	registers = dev.pci.bars[BAR_REGISTERS].addr;
	qtest_write(dev.vm, dev.aperture, 4, 0x12345678);
	qtest_write(dev.vm, dev.aperture + dev.aperture_size - 4, 4, 0x9abcdef0);
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		virtio_post(&dev, RING(0), &capsets, sizeof(capsets), 4096);
		virtio_kick(&dev, RING(0));
		move_bar(BAR_APERTURE, places[i]);
		assert_int_equal(virtio_wait(&dev, RING(0), &(uint32_t){ 0 }) != NULL, true);
		assert_int_equal(qtest_read(dev.vm, places[i], 4), 0x12345678);
		assert_int_equal(qtest_read(dev.vm, places[i] + dev.aperture_size - 4, 4),
				 0x9abcdef0);
		assert_true(all_work());

		move_bar(BAR_REGISTERS, PCI_MEMORY64 + (32ull << 30) + (i << 20));
		offset = PCI_MEMORY64 + (32ull << 30) + (i << 20) - registers;
		dev.common += offset;
		dev.notify += offset;
		dev.config += offset;
		for (unsigned int q = 0; q < dev.nr_queues; q++)
			dev.queues[q].notify += offset;
		registers += offset;
		assert_int_equal(virtio_status(&dev), DRIVER_OK);
		assert_true(all_work());

		pci_write(&dev.pci, PCI_REG_COMMAND, PCI_COMMAND_BUS_MASTER);
		qtest_write(dev.vm, places[i], 4, 1);
		qtest_write(dev.vm, dev.common + VIRTIO_COMMON_STATUS, 1, 0);
		pci_write(&dev.pci, PCI_REG_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_BUS_MASTER);
		assert_int_equal(qtest_read(dev.vm, places[i], 4), 0x12345678);
		assert_int_equal(virtio_status(&dev), DRIVER_OK);
		assert_true(all_work());
	}
	vm_stop(dev.vm);
}

/* Over the guest's memory, over each other and over the firmware: and apart again. */
static void bars_overlap(void **state)
{
	static const uint64_t places[] = { 0, 0x1000000, 0xf0000, 0xfec00000, 0xfee00000,
					   PCI_MEMORY32, PCI_MEMORY64 };
	unsigned int bar, i;

	(void)state;
	virtio_open(&dev, vm_start(&plain));
	virtio_start(&dev);
	qtest_write(dev.vm, dev.aperture + 8, 4, 0xfeedface);
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		for (bar = 0; bar < PCI_NR_BARS; bar++) {
			if (!dev.pci.bars[bar].size)
				continue;
			move_bar(bar, places[i]);
			virtio_post(&dev, RING(i % RINGS), &capsets, sizeof(capsets), 4096);
			virtio_kick(&dev, RING(i % RINGS));
			qtest_read(dev.vm, places[i], 4);
		}
		pci_map(&dev.pci);
		/* no kick may have come through */
		virtio_kick(&dev, RING(i % RINGS));
		while (dev.queues[RING(i % RINGS)].seen != dev.queues[RING(i % RINGS)].posted)
			virtio_wait(&dev, RING(i % RINGS), &(uint32_t){ 0 });
		assert_int_equal(qtest_read(dev.vm, dev.aperture + 8, 4), 0xfeedface);
		assert_true(all_work());
	}
	vm_stop(dev.vm);
}

/* ---- states ---- */

static void state_new(void)
{
}

static void state_driver(void)
{
	virtio_set_status(&dev, VIRTIO_STATUS_ACK | VIRTIO_STATUS_DRIVER);
}

static void state_features(void)
{
	assert_true(virtio_prepare(&dev, VIRTIO_FEATURE_1 | VIRTIO_FEATURE_RENDER));
}

static void state_running(void)
{
	virtio_start(&dev);
}

static void state_busy(void)
{
	unsigned int ring, i;

	virtio_start(&dev);
	for (ring = 0; ring < RINGS; ring++) {
		virtio_post_wait(&dev, RING(ring), (ring + 1) % RINGS, 1000);
		for (i = 0; i < 50; i++)
			virtio_post(&dev, RING(ring), &capsets, sizeof(capsets), 4096);
		virtio_kick(&dev, RING(ring));
	}
}

/* a queue of QEMU's, and then one of the worker's, where no memory is */
static void break_queue(unsigned int queue)
{
	virtio_reset(&dev);
	assert_true(virtio_prepare(&dev, VIRTIO_FEATURE_1 | VIRTIO_FEATURE_RENDER));
	qtest_write(dev.vm, dev.common + VIRTIO_COMMON_QUEUE, 2, queue);
	qtest_write64(dev.vm, dev.common + VIRTIO_COMMON_DESC, 0xfffffffff000ull);
	qtest_write(dev.vm, dev.common + VIRTIO_COMMON_ENABLE, 2, 1);
	virtio_set_status(&dev, DRIVER_OK);
	virtio_kick(&dev, queue);
}

static void state_broken(void)
{
	break_queue(RING(1));
}

static void state_dead(void)
{
	vm_kill_worker(dev.vm);
	wait_for_loss();
	virtio_start(&dev);
	virtio_post_wait(&dev, RING(0), 1, 1000);
	virtio_kick(&dev, RING(0));
}

static const struct {
	const char *name;
	void (*enter)(void);
} states[] = {
	{ "new", state_new },	      { "DRIVER", state_driver },    { "FEATURES_OK", state_features },
	{ "running", state_running }, { "busy", state_busy },	     { "broken", state_broken },
	{ "without a worker", state_dead },
};

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static void expect_new_device(const char *name)
{
	bool dead = virtio_config(&dev).renderer_state == VGPU_PV_RENDERER_LOST;

	expect(!virtio_status(&dev), "%s: the status after a reset is %#x", name,
	       virtio_status(&dev));
	expect(!virtio_config(&dev).events_read, "%s: events after a reset", name);
	virtio_start(&dev);
	if (dead)
		expect(virtio_answer(&dev, RING(0), &capsets, sizeof(capsets)) ==
			       VGPU_PV_S_RENDERER_LOST,
		       "%s: no answer after a reset", name);
	else
		expect(all_work(), "%s: not all works after a reset", name);
	virtio_reset(&dev);
}

/* [dev-reset] by the driver, of the machine, and of the machine twice while it is paused */
static void resets_work_in_every_state(void **state)
{
	unsigned int i;

	(void)state;
	virtio_open(&dev, vm_start(&plain));
	for (i = 0; i < COUNT_OF(states); i++) {
		states[i].enter();
		virtio_reset(&dev);
		expect_new_device(states[i].name);
		if (states[i].enter == state_dead)
			break;
		states[i].enter();
		qmp_system_reset(dev.vm);
		pci_map(&dev.pci);
		expect_new_device(states[i].name);
		states[i].enter();
		qmp_command(dev.vm, "stop", NULL);
		qmp_system_reset(dev.vm);
		qmp_system_reset(dev.vm);
		qmp_command(dev.vm, "cont", NULL);
		pci_map(&dev.pci);
		expect_new_device(states[i].name);
	}
	vm_stop(dev.vm);
}

/*
 * Every register of the device in every state, with what no driver writes there:
 * QEMU goes on, and the device after a reset.
 */
static void registers_take_anything(void **state)
{
	static const uint32_t values[] = { 0, 1, 0xffffffff, 0x80000000, 0x00010001 };
	static const uint32_t sizes[] = { 1, 2, 4 };
	uint64_t places[4];
	unsigned int i, v, s, p, reg;

	(void)state;
	virtio_open(&dev, vm_start(&plain));
	places[0] = dev.common;
	places[1] = dev.config;
	places[2] = dev.isr;
	places[3] = dev.notify;
	for (i = 0; i < COUNT_OF(states); i++) {
		for (v = 0; v < COUNT_OF(values); v++) {
			if (states[i].enter != state_dead || !v)
				states[i].enter();
			for (p = 0; p < COUNT_OF(places); p++) {
				for (reg = 0; reg < 68; reg++) {
					s = sizes[(reg + v) % COUNT_OF(sizes)];
					qtest_write(dev.vm, places[p] + reg, s, values[v]);
					qtest_read(dev.vm, places[p] + reg, s);
				}
			}
			/* all of it but the places of the BARs, which pci_map() writes */
			for (reg = 0; reg < 0x100; reg += 4) {
				pci_write(&dev.pci, reg, values[v]);
				pci_read(&dev.pci, reg);
			}
			pci_map(&dev.pci);
			qmp_system_reset(dev.vm);
			pci_map(&dev.pci);
		}
		expect_new_device(states[i].name);
	}
	vm_stop(dev.vm);
}

/* A driver that did it wrong reads so, also where it was in the middle of its start. */
static void broken_devices_ask_for_a_reset(void **state)
{
	static const unsigned int queues[] = { VGPU_PV_QUEUE_DISPLAY, VGPU_PV_QUEUE_CURSOR, RING(1) };
	uint64_t until;
	unsigned int i;

	(void)state;
	virtio_open(&dev, vm_start(&plain));
	for (i = 0; i < COUNT_OF(queues); i++) {
		break_queue(queues[i]);
		if (queues[i] != RING(1)) {
			/* QEMU finds out when there is something */
			virtio_post(&dev, queues[i], &info, sizeof(info), 128);
			virtio_kick(&dev, queues[i]);
		}
		for (until = vm_now_ms() + VM_TIMEOUT_MS;
		     virtio_status(&dev) != (DRIVER_OK | NEEDS_RESET);) {
			expect(vm_now_ms() < until, "queue %u: the status is %#x", queues[i],
			       virtio_status(&dev));
			usleep(1000);
		}
		virtio_reset(&dev);
		expect_new_device("broken");
	}
	vm_stop(dev.vm);
}

/* ---- what changes under the device's eyes ---- */

static uint32_t *racing;
static bool race_ends;

static void *race(void *arg)
{
	(void)arg;
	while (!__atomic_load_n(&race_ends, __ATOMIC_RELAXED)) {
		__atomic_store_n(racing, 0x7777u, __ATOMIC_RELAXED);
		__atomic_store_n(racing, VGPU_PV_MSG_GET_DISPLAY_INFO, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* [dev-copy-once] the answer is to one of two requests, never to a mixture */
static void requests_are_read_once(void **state)
{
	const struct vgpu_pv_reply *reply;
	pthread_t thread;
	unsigned int i;
	uint32_t len;

	(void)state;
	virtio_open(&dev, vm_start(&plain));
	virtio_start(&dev);
	for (i = 0; i < 300; i++) {
		virtio_post(&dev, VGPU_PV_QUEUE_DISPLAY, &info, sizeof(info), 128);
		racing = virtio_memory(&dev, dev.queues[VGPU_PV_QUEUE_DISPLAY].buffers +
						     i % (VGPU_PV_QUEUE_SIZE / 2) *
							     (VIRTIO_MAX_REQUEST + VIRTIO_MAX_ROOM));
		race_ends = false;
		assert_int_equal(pthread_create(&thread, NULL, race, NULL), 0);
		virtio_kick(&dev, VGPU_PV_QUEUE_DISPLAY);
		reply = virtio_wait(&dev, VGPU_PV_QUEUE_DISPLAY, &len);
		__atomic_store_n(&race_ends, true, __ATOMIC_RELAXED);
		pthread_join(thread, NULL);
		if (reply->type == (VGPU_PV_MSG_GET_DISPLAY_INFO | VGPU_PV_MSG_REPLY))
			assert_int_equal(reply->status, VGPU_PV_S_OK);
		else
			assert_int_equal(reply->status, VGPU_PV_S_UNSUPPORTED);
	}
	vm_stop(dev.vm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(masked_vectors_are_pending, teardown),
		cmocka_unit_test_teardown(bars_are_moved, teardown),
		cmocka_unit_test_teardown(bars_overlap, teardown),
		cmocka_unit_test_teardown(resets_work_in_every_state, teardown),
		cmocka_unit_test_teardown(registers_take_anything, teardown),
		cmocka_unit_test_teardown(broken_devices_ask_for_a_reset, teardown),
		cmocka_unit_test_teardown(requests_are_read_once, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
