// SPDX-License-Identifier: MIT
/*
 * A guest that does what no driver does: a walk over registers, queues, memory
 * and BARs by chance, each from a fixed seed, so that a failure comes again.
 * QEMU must outlive it, answer its monitor, and after a reset of the machine
 * serve a good driver; and the worker must have outlived it too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"
#include "qtest.h"
#include "virtio.h"

#define STEPS	    1500
#define MAX_LENGTH  112 /* of a message, bytes */
#define MSIX_ENTRY  16
#define TOP	    0xffffffff00000000ull
#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static struct virtio_device dev;
static uint64_t random_state;

/* xorshift64* */
static uint32_t any(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)(random_state * 2685821657736338717ull >> 32);
}

static uint32_t below(uint32_t limit)
{
	return any() % limit;
}

#define PICK(array) ((array)[below(COUNT_OF(array))])

static uint64_t any_address(void)
{
	const uint64_t addresses[] = {
		0,
		0x1000,
		0xa0000,
		0xc0000,
		0xf0000,
		0x1000000,
		0x1000000 + below(1 << 20) * 16ull,
		dev.common,
		dev.notify,
		dev.config,
		dev.aperture,
		dev.aperture + 0x10000,
		dev.aperture + dev.aperture_size - 4096,
		0xfee00000,
		0xfffff000,
		VM_MEMORY_SIZE - 4096,
		VM_MEMORY_SIZE - 16,
		VM_MEMORY_SIZE,
		0ull - 4096,
		(1ull << 63) + below(4096),
		(uint64_t)any() << 8,
		1,
	};

	return PICK(addresses);
}

static uint32_t any_word(void)
{
	const uint32_t words[] = { 0,	       0,	   0,	       1,	   1,	 2,
				   3,	       5,	   64,	       1024,	   4096, 0x34325258,
				   0x34325241, 0x7fffffff, 0x80000000, 0xffffffff, any() };

	return PICK(words);
}

/* ---- steps ---- */

static void queue_registers(void)
{
	static const uint16_t sizes[] = { 0, 1, 2, 3, 16, 128, 256, 257, 512, 1024, 1025, 65535 };
	static const unsigned int places[] = { VIRTIO_COMMON_DESC, VIRTIO_COMMON_AVAIL,
					       VIRTIO_COMMON_USED };
	unsigned int i;

	qtest_write(dev.vm, dev.common + VIRTIO_COMMON_QUEUE, 2,
		    below(4) ? below(dev.nr_queues + 1) : below(VIRTIO_MAX_QUEUES));
	if (below(2))
		qtest_write(dev.vm, dev.common + VIRTIO_COMMON_SIZE, 2, PICK(sizes));
	for (i = 0; i < COUNT_OF(places); i++) {
		if (below(2))
			qtest_write64(dev.vm, dev.common + places[i], any_address());
	}
	qtest_write(dev.vm, dev.common + VIRTIO_COMMON_ENABLE, 2, below(3));
}

/* good as far as it goes: it may end early, or have a queue or two wrong */
static void driver(void)
{
	virtio_prepare(&dev, VIRTIO_FEATURE_1 | (below(4) ? VIRTIO_FEATURE_RENDER : 0) |
				     (below(2) ? VIRTIO_FEATURE_INDIRECT : 0));
	while (!below(3))
		queue_registers();
	if (below(8))
		virtio_set_status(&dev, 0xf);
}

static unsigned int any_queue(void)
{
	/* mostly those that QEMU parses */
	return below(2) ? below(2) : below(dev.nr_queues);
}

static void message(void)
{
	static const uint32_t types[] = {
		VGPU_PV_MSG_GET_DISPLAY_INFO,
		VGPU_PV_MSG_GET_EDID,
		VGPU_PV_MSG_SET_SCANOUT,
		VGPU_PV_MSG_SET_SCANOUT,
		VGPU_PV_MSG_FLUSH,
		VGPU_PV_MSG_UPDATE_CURSOR,
		VGPU_PV_MSG_MOVE_CURSOR,
		VGPU_PV_MSG_GET_CAPSETS,
		VGPU_PV_MSG_CTX_CREATE,
		VGPU_PV_MSG_RESOURCE_CREATE,
		VGPU_PV_MSG_RESOURCE_CREATE_BLOB,
		VGPU_PV_MSG_RESOURCE_ADD_BACKING,
		VGPU_PV_MSG_RESOURCE_DESTROY,
		VGPU_PV_MSG_TRANSFER_TO_HOST,
		VGPU_PV_MSG_SUBMIT,
		VGPU_PV_MSG_WAIT_RING,
		0xffffffff,
	};
	static const uint32_t sizes[] = { 4, 16, 24, 24, 40, 40, 48, 48, 48, 64, 88, 104 };
	static const uint32_t rooms[] = { 0, 15, 16, 112, 1048, 4096, 4096 };
	uint32_t request[MAX_LENGTH / 4] = { PICK(types) };
	unsigned int queue, i;

	if (!dev.nr_queues)
		return;
	queue = any_queue();
	for (i = 4; i < COUNT_OF(request); i++)
		request[i] = any_word();
	if (!below(8))
		request[1 + below(3)] = any_word();
	/* nobody may have looked for long */
	if ((uint16_t)(dev.queues[queue].posted - dev.queues[queue].seen) >=
	    dev.queues[queue].num / 2 - 1)
		dev.queues[queue].seen = dev.queues[queue].posted;
	virtio_post(&dev, queue, request, PICK(sizes), PICK(rooms));
	if (below(4))
		virtio_kick(&dev, queue);
}

/* descriptors, available and used ring are in the guest's hands */
static void scribble(void)
{
	const struct virtio_queue *q;
	unsigned int queue, i;
	uint16_t *word;

	if (!dev.nr_queues)
		return;
	queue = any_queue();
	q = &dev.queues[queue];
	for (i = 0; i < 3; i++) {
		const uint64_t rings[] = { q->desc, q->avail, q->used };

		word = virtio_memory(&dev, PICK(rings) + below(64) * 2);
		*word = (uint16_t)any_word();
	}
	virtio_kick(&dev, queue);
}

static void common_register(void)
{
	static const unsigned int sizes[] = { 1, 2, 4 };

	qtest_write(dev.vm, dev.common + below(64), PICK(sizes), any_word());
	qtest_read(dev.vm, dev.common + below(64), PICK(sizes));
}

static void status_register(void)
{
	static const uint8_t statuses[] = { 0, 0, 1, 3, 4, 0xb, 0xf, 0xf, 0x4f, 0x8f, 0xff };

	virtio_set_status(&dev, PICK(statuses));
}

static void device_registers(void)
{
	qtest_write(dev.vm, dev.config + below(64), 1u << below(3), any_word());
	qtest_read(dev.vm, dev.config + below(64), 4);
	qtest_read(dev.vm, dev.isr + below(8), 1);
	qtest_write(dev.vm, dev.notify + below(0x1000), 2, below(VIRTIO_MAX_QUEUES + 4));
}

static void msix_table(void)
{
	uint64_t entry = dev.pci.bars[1].addr + below(24) * MSIX_ENTRY;
	static const uint16_t vectors[] = { 0, 1, 2, 9, 10, 11, 255, 0xffff };

	qtest_write64(dev.vm, entry, below(2) ? 0xfee00000 : any_address());
	qtest_write(dev.vm, entry + 8, 4, any());
	qtest_write(dev.vm, entry + 12, 4, below(2));
	qtest_write(dev.vm, dev.common + VIRTIO_COMMON_QUEUE, 2, below(dev.nr_queues + 1));
	qtest_write(dev.vm, dev.common + VIRTIO_COMMON_VECTOR, 2, PICK(vectors));
	qtest_write(dev.vm, dev.common + VIRTIO_COMMON_CONFIG_VECTOR, 2, PICK(vectors));
}

/* BARs go to the top, over memory, over each other and away, and come back. */
static void move_bars(void)
{
	static const uint64_t places[] = {
		TOP,	    0xffffffffc0000000ull, 0x8000000000ull, 0x1000000, 0,
		0xfec00000, PCI_MEMORY32,	   PCI_MEMORY64
	};
	unsigned int bar = below(PCI_NR_BARS);
	uint64_t place = PICK(places);

	pci_write(&dev.pci, PCI_REG_BAR0 + 4 * bar, (uint32_t)place);
	if (bar + 1 < PCI_NR_BARS)
		pci_write(&dev.pci, PCI_REG_BAR0 + 4 * bar + 4, (uint32_t)(place >> 32));
	if (!below(3))
		pci_write(&dev.pci, PCI_REG_COMMAND, below(8));
	if (!below(3))
		virtio_kick(&dev, 0);
	qtest_write(dev.vm, place, 4, any());
	pci_map(&dev.pci);
}

/* any register behind the header, those of power, MSI-X and function reset among them */
static void pci_register(void)
{
	pci_write(&dev.pci, 0x40 + 4 * below(48), any());
	if (below(2))
		pci_write(&dev.pci, 0x40 + 4 * below(48), any_word());
	pci_map(&dev.pci);
}

static void pause_or_run(void)
{
	qmp_command(dev.vm, below(3) ? "cont" : "stop", NULL);
}

static void machine_reset(void)
{
	qmp_system_reset(dev.vm);
	pci_map(&dev.pci);
	dev.nr_queues = 0;
}

static void look(void)
{
	char path[64], arguments[160];

	vm_path(dev.vm, "picture", path, sizeof(path));
	snprintf(arguments, sizeof(arguments), "{\"filename\":\"%s\",\"device\":\"gpu\"}", path);
	qmp_command(dev.vm, "screendump", arguments);
	unlink(path);
	qmp_command(dev.vm, "x-query-virtio-status",
		    "{\"path\":\"/machine/peripheral/gpu/virtio-backend\"}");
}

static const struct {
	void (*step)(void);
	unsigned int weight;
} steps[] = {
	{ driver, 12 },
	{ message, 80 },
	{ scribble, 16 },
	{ queue_registers, 6 },
	{ common_register, 16 },
	{ msix_table, 8 },
	{ move_bars, 6 },
	{ status_register, 6 },
	{ device_registers, 10 },
	{ pci_register, 3 },
	{ pause_or_run, 5 },
	{ machine_reset, 2 },
	{ look, 2 },
};

static void walk(const char *properties, uint64_t seed)
{
	const struct vm_options options = { .properties = properties };
	const struct vgpu_pv_request info = { .type = VGPU_PV_MSG_GET_DISPLAY_INFO };
	const struct vgpu_pv_request capsets = { .type = VGPU_PV_MSG_GET_CAPSETS };
	unsigned int i, n, sum = 0, at;

	random_state = seed;
	virtio_open(&dev, vm_start(&options));
	for (i = 0; i < COUNT_OF(steps); i++)
		sum += steps[i].weight;
	driver();
	for (n = 0; n < STEPS; n++) {
		at = below(sum);
		for (i = 0; at >= steps[i].weight; i++)
			at -= steps[i].weight;
		steps[i].step();
	}
	qmp_command(dev.vm, "query-status", NULL);
	qmp_command(dev.vm, "cont", NULL);
	machine_reset();
	virtio_start(&dev);
	assert_int_equal(virtio_answer(&dev, VGPU_PV_QUEUE_DISPLAY, &info, sizeof(info)),
			 VGPU_PV_S_OK);
	assert_int_equal(virtio_config(&dev).renderer_state, VGPU_PV_RENDERER_READY);
	for (i = VGPU_PV_QUEUE_RING0; i < dev.nr_queues; i++)
		assert_int_equal(virtio_answer(&dev, i, &capsets, sizeof(capsets)), VGPU_PV_S_OK);
	vm_stop(dev.vm);
}

static int teardown(void **state)
{
	(void)state;
	vm_kill();
	return 0;
}

/* [dev-reset] is what it all comes back to */
static void first_walk(void **state)
{
	(void)state;
	walk("", 1);
}

static void second_walk(void **state)
{
	(void)state;
	walk(",max-outputs=4,vram=16M,rings=3", 2);
}

static void third_walk(void **state)
{
	(void)state;
	walk(",rings=1", 3);
}

static void fourth_walk(void **state)
{
	(void)state;
	walk(",vram=1G,rings=64", 4);
}

/*
 * A ring that is moved while the worker has it is taken down where it was; the
 * device then serves nobody until its reset, and is as good as new.
 */
static void moved_rings_are_taken_down(void **state)
{
	static const struct vm_options options = { .properties = ",rings=2" };
	const struct vgpu_pv_request capsets = { .type = VGPU_PV_MSG_GET_CAPSETS };
	static const struct {
		unsigned int reg, size;
		uint32_t value;
	} moves[] = {
		{ VIRTIO_COMMON_DESC, 4, 0 },	    { VIRTIO_COMMON_DESC, 4, 0xfffff000 },
		{ VIRTIO_COMMON_AVAIL, 4, 0x2000 }, { VIRTIO_COMMON_USED + 4, 4, 0x80000000 },
		{ VIRTIO_COMMON_SIZE, 2, 1024 },
	};
	unsigned int i, ring;
	char *log, *at;

	(void)state;
	virtio_open(&dev, vm_start(&options));
	for (i = 0; i < COUNT_OF(moves); i++) {
		virtio_start(&dev);
		for (ring = 0; ring < 2; ring++)
			assert_int_equal(virtio_answer(&dev, VGPU_PV_QUEUE_RING0 + ring, &capsets,
						       sizeof(capsets)),
					 VGPU_PV_S_OK);
		qtest_write(dev.vm, dev.common + VIRTIO_COMMON_QUEUE, 2,
			    VGPU_PV_QUEUE_RING0 + i % 2);
		qtest_write(dev.vm, dev.common + moves[i].reg, moves[i].size, moves[i].value);
		qtest_write(dev.vm, dev.common + VIRTIO_COMMON_ENABLE, 2, 1);
		qmp_command(dev.vm, "stop", NULL);
		qmp_command(dev.vm, "cont", NULL);
	}
	log = vm_log(dev.vm);
	for (i = 0, at = log; (at = strstr(at, "while it was in use")); at++)
		i++;
	free(log);
	assert_int_equal(i, COUNT_OF(moves));
	virtio_start(&dev);
	assert_int_equal(virtio_answer(&dev, VGPU_PV_QUEUE_RING0, &capsets, sizeof(capsets)),
			 VGPU_PV_S_OK);
	vm_stop(dev.vm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(moved_rings_are_taken_down, teardown),
		cmocka_unit_test_teardown(first_walk, teardown),
		cmocka_unit_test_teardown(second_walk, teardown),
		cmocka_unit_test_teardown(third_walk, teardown),
		cmocka_unit_test_teardown(fourth_walk, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
