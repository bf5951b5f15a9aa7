// SPDX-License-Identifier: MIT
/* What the device is: identity, features, configuration, interrupts. */
#include <string.h>
#include <unistd.h>

#include "expect.h"
#include "msix.h"
#include "qtest.h"
#include "virtio.h"

#define ISR_CONFIG	0x2
#define PCI_PREFETCH_64 0xc /* of memory, 64-bit and prefetchable */
#define CONFIG_CLEAR	offsetof(struct vgpu_pv_config, events_clear)
#define CONFIG_RENDERER offsetof(struct vgpu_pv_config, renderer_state)

static struct virtio_device dev;

static void start(const struct vm_options *options)
{
	virtio_open(&dev, vm_start(options));
}

static int teardown(void **state)
{
	(void)state;
	vm_kill();
	return 0;
}

/* [dev-pci-class] and the aperture, as large as vram= says */
static void is_a_display_controller(void **state)
{
	static const struct vm_options options = { .properties = ",vram=64M" };
	unsigned int i;

	(void)state;
	start(&options);
	assert_int_equal(pci_read(&dev.pci, PCI_REG_CLASS) >> 16, 0x0380);
	assert_true((pci_read(&dev.pci, PCI_REG_CLASS) & 0xff) >= 1);
	assert_int_equal(dev.aperture_size, 64 << 20);
	for (i = 0; i < PCI_NR_BARS; i++) {
		if (dev.pci.bars[i].addr == dev.aperture)
			break;
	}
	assert_true(i < PCI_NR_BARS);
	assert_int_equal(dev.pci.bars[i].flags, PCI_PREFETCH_64);
	assert_int_equal(dev.pci.bars[i].size, 64 << 20);

	/* it is memory, to its last byte */
	qtest_write(dev.vm, dev.aperture, 4, 0x12345678);
	qtest_write(dev.vm, dev.aperture + dev.aperture_size - 4, 4, 0x9abcdef0);
	assert_int_equal(qtest_read(dev.vm, dev.aperture, 4), 0x12345678);
	assert_int_equal(qtest_read(dev.vm, dev.aperture + dev.aperture_size - 4, 4), 0x9abcdef0);
	vm_stop(dev.vm);
}

/* [dev-version-1] and no feature that the chapter does not list */
static void offers_what_it_has(void **state)
{
	static const struct vm_options options = { 0 };
	uint64_t all = VIRTIO_FEATURE_1 | VIRTIO_FEATURE_INDIRECT | VIRTIO_FEATURE_EVENT |
		       VIRTIO_FEATURE_RENDER;
	const struct vgpu_pv_request info = { .type = VGPU_PV_MSG_GET_DISPLAY_INFO };
	unsigned int queue;

	(void)state;
	start(&options);
	assert_true(virtio_features(&dev) == all);
	assert_true(virtio_prepare(&dev, VIRTIO_FEATURE_1));
	assert_true(virtio_prepare(&dev, all));

	/* a driver without it is not served, and the next one is */
	virtio_prepare(&dev, all & ~VIRTIO_FEATURE_1);
	virtio_set_status(&dev, 0xf);
	for (queue = 0; queue <= VGPU_PV_QUEUE_RING0; queue++) {
		virtio_post(&dev, queue, &info, sizeof(info), 128);
		virtio_kick(&dev, queue);
	}
	usleep(100000);
	for (queue = 0; queue <= VGPU_PV_QUEUE_RING0; queue++)
		assert_false(virtio_used(&dev, queue));
	virtio_start(&dev);
	assert_int_equal(virtio_answer(&dev, VGPU_PV_QUEUE_DISPLAY, &info, sizeof(info)),
			 VGPU_PV_S_OK);
	vm_stop(dev.vm);
}

/* [dev-config-limits] in all sizes, whatever is written there; the queues and their sizes */
static void configuration_is_constant(void **state)
{
	static const struct {
		const char *properties;
		unsigned int outputs, rings;
	} cases[] = {
		{ "", 1, VGPU_PV_DEFAULT_RINGS },
		{ ",max-outputs=1,rings=1", 1, 1 },
		{ ",max-outputs=4,rings=64", VGPU_PV_MAX_OUTPUTS, VGPU_PV_MAX_RINGS },
	};
	struct vgpu_pv_config config;
	unsigned int i, n;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(&(struct vm_options){ .properties = cases[i].properties });
		for (n = 0; n < sizeof(config); n += 4)
			qtest_write(dev.vm, dev.config + n, 4, 0xffffffff);
		config = virtio_config(&dev);
		assert_int_equal(config.events_read, 0);
		assert_int_equal(config.num_outputs, cases[i].outputs);
		assert_int_equal(config.num_rings, cases[i].rings);
		assert_int_equal(config.renderer_state, VGPU_PV_RENDERER_READY);
		assert_int_equal(qtest_read(dev.vm, dev.common + VIRTIO_COMMON_NUM_QUEUES, 2),
				 VGPU_PV_QUEUE_RING0 + cases[i].rings);
		virtio_start(&dev);
		for (n = 0; n < dev.nr_queues; n++)
			assert_int_equal(dev.queues[n].num, n == VGPU_PV_QUEUE_CURSOR
								    ? VGPU_PV_CURSOR_QUEUE_SIZE
								    : VGPU_PV_QUEUE_SIZE);
		vm_stop(dev.vm);
	}
}

static void lose_the_worker(void)
{
	uint64_t until = vm_now_ms() + VM_TIMEOUT_MS;

	vm_kill_worker(dev.vm);
	while (qtest_read(dev.vm, dev.config + CONFIG_RENDERER, 4) != VGPU_PV_RENDERER_LOST) {
		expect(vm_now_ms() < until, "the loss of the worker is not seen");
		usleep(1000);
	}
}

/* [dev-config-event] and [dev-events-clear], the interrupt by its pin */
static void events_are_told_and_cleared(void **state)
{
	static const struct vm_options options = { 0 };
	uint32_t epoch;

	(void)state;
	start(&options);
	virtio_start(&dev);
	epoch = virtio_config(&dev).epoch;
	/* a queue's interrupt may come for nothing, the configuration's not */
	assert_int_equal(qtest_read(dev.vm, dev.isr, 1) & ISR_CONFIG, 0);
	lose_the_worker();
	assert_int_equal(qtest_read(dev.vm, dev.isr, 1) & ISR_CONFIG, ISR_CONFIG);
	assert_int_equal(qtest_read(dev.vm, dev.isr, 1), 0);
	assert_int_equal(virtio_config(&dev).epoch, epoch + 1);
	assert_int_equal(virtio_config(&dev).events_read, VGPU_PV_EVENT_RENDERER);
	qtest_write(dev.vm, dev.config + CONFIG_CLEAR, 4, ~VGPU_PV_EVENT_RENDERER);
	assert_int_equal(virtio_config(&dev).events_read, VGPU_PV_EVENT_RENDERER);
	qtest_write(dev.vm, dev.config + CONFIG_CLEAR, 4, VGPU_PV_EVENT_RENDERER);
	assert_int_equal(virtio_config(&dev).events_read, 0);
	vm_stop(dev.vm);
}

/* one for each queue, QEMU's and the worker's, and one for the configuration */
static void vectors_interrupt(void **state)
{
	static const struct vm_options options = { .properties = ",rings=2" };
	const struct vgpu_pv_request info = { .type = VGPU_PV_MSG_GET_DISPLAY_INFO };
	const struct vgpu_pv_request capsets = { .type = VGPU_PV_MSG_GET_CAPSETS };
	volatile uint32_t *messages[5];
	unsigned int i;
	uint64_t addr;

	(void)state;
	start(&options);
	assert_true(virtio_prepare(&dev, VIRTIO_FEATURE_1 | VIRTIO_FEATURE_RENDER));
	addr = virtio_alloc(&dev, 4096);
	for (i = 0; i < 5; i++)
		messages[i] = msix_route(&dev, i, addr + 4 * i);
	msix_spread(&dev);
	virtio_set_status(&dev, VIRTIO_STATUS_ACK | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES |
					VIRTIO_STATUS_DRIVER_OK);

	assert_int_equal(virtio_answer(&dev, 0, &info, sizeof(info)), VGPU_PV_S_OK);
	assert_true(msix_comes(messages[0]));
	assert_int_equal(virtio_answer(&dev, 3, &capsets, sizeof(capsets)), VGPU_PV_S_OK);
	assert_true(msix_comes(messages[3]));
	assert_int_equal(*messages[1] | *messages[4], 0);
	lose_the_worker();
	assert_true(msix_comes(messages[4]));
	vm_stop(dev.vm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(is_a_display_controller, teardown),
		cmocka_unit_test_teardown(offers_what_it_has, teardown),
		cmocka_unit_test_teardown(configuration_is_constant, teardown),
		cmocka_unit_test_teardown(events_are_told_and_cleared, teardown),
		cmocka_unit_test_teardown(vectors_interrupt, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
