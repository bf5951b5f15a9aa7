// SPDX-License-Identifier: MIT
/*
 * The device in other machines than the usual one, added and removed while they
 * run, and what QEMU's monitor says of it.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"
#include "qtest.h"
#include "virtio.h"

#define ROUNDS		20
#define SLOT		5
#define PIIX_SELECT	0xae10 /* the bus that is meant */
#define PIIX_EJECT	0xae08

static struct virtio_device dev;

static int teardown(void **state)
{
	(void)state;
	vm_kill();
	return 0;
}

static void expect_works(void)
{
	const struct vgpu_pv_request info = { .type = VGPU_PV_MSG_GET_DISPLAY_INFO };
	const struct vgpu_pv_request capsets = { .type = VGPU_PV_MSG_GET_CAPSETS };
	unsigned int i;

	virtio_start(&dev);
	assert_int_equal(virtio_answer(&dev, VGPU_PV_QUEUE_DISPLAY, &info, sizeof(info)),
			 VGPU_PV_S_OK);
	for (i = VGPU_PV_QUEUE_RING0; i < dev.nr_queues; i++)
		assert_int_equal(virtio_answer(&dev, i, &capsets, sizeof(capsets)), VGPU_PV_S_OK);
	qtest_write(dev.vm, dev.aperture + 4096, 4, 0xabcd);
	assert_int_equal(qtest_read(dev.vm, dev.aperture + 4096, 4), 0xabcd);
}

/* without the ports of a PC's PCI, and without anything else */
static void microvm_has_the_device(void **state)
{
	static const struct vm_options options = {
		.machine = "microvm,pcie=on",
		.properties = ",rings=2,vram=16M",
	};

	(void)state;
	virtio_open(&dev, vm_start(&options));
	expect_works();
	qmp_system_reset(dev.vm);
	pci_map(&dev.pci);
	expect_works();
	vm_stop(dev.vm);
}

static unsigned int nr_files(pid_t pid)
{
	char path[64];
	unsigned int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	expect(dir, "%s: %m", path);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void add_device(struct vm *vm)
{
	uint64_t until = vm_now_ms() + VM_TIMEOUT_MS;
	char path[64], arguments[256];

	vm_add_worker(vm);
	vm_path(vm, "worker", path, sizeof(path));
	snprintf(arguments, sizeof(arguments),
		 "{\"id\":\"w\",\"backend\":{\"type\":\"socket\",\"data\":{\"server\":false,"
		 "\"addr\":{\"type\":\"unix\",\"data\":{\"path\":\"%s\"}}}}}",
		 path);
	/* a socket has its name a moment before it listens */
	while (!qmp_try(vm, "chardev-add", arguments)) {
		expect(vm_now_ms() < until, "QMP: chardev-add: %s", vm->qmp.text);
		usleep(1000);
	}
	snprintf(arguments, sizeof(arguments),
		 "{\"driver\":\"vgpu-pv\",\"id\":\"gpu\",\"chardev\":\"w\",\"rings\":2,"
		 "\"vram\":16777216,\"max-outputs\":2,\"addr\":\"%#x\"}", SLOT);
	qmp_command(vm, "device_add", arguments);
}

/* the guest takes part: it powers the slot down */
static void remove_device(struct vm *vm)
{
	uint64_t until = vm_now_ms() + VM_TIMEOUT_MS;

	qmp_command(vm, "device_del", "{\"id\":\"gpu\"}");
	qtest_out(vm, PIIX_SELECT, 0);
	qtest_out(vm, PIIX_EJECT, 1u << SLOT);
	while (qmp_try(vm, "qom-list", "{\"path\":\"/machine/peripheral/gpu\"}")) {
		expect(vm_now_ms() < until, "the device is not removed");
		usleep(1000);
	}
	while (!qmp_try(vm, "chardev-remove", "{\"id\":\"w\"}")) {
		expect(vm_now_ms() < until, "the device holds its chardev");
		usleep(1000);
	}
	vm_worker_ended(vm);
}

/* and nothing of it is left behind */
static void devices_come_and_go(void **state)
{
	static const struct vm_options options = { .machine = "pc", .no_device = true };
	unsigned int round, files = 0;
	struct vm *vm;

	(void)state;
	vm = vm_start(&options);
	for (round = 0; round < ROUNDS; round++) {
		add_device(vm);
		virtio_open(&dev, vm);
		expect_works();
		/* some go as they are, some idle */
		if (round % 2)
			virtio_reset(&dev);
		remove_device(vm);
		if (round == 1)
			files = nr_files(vm->qemu);
	}
	if (nr_files(vm->qemu) > files)
		fail_msg("QEMU has %u files open after %u devices, %u after two",
			 nr_files(vm->qemu), ROUNDS, files);
	vm_stop(vm);
}

static void expect_said(const char *said, const char *const *texts)
{
	expect(said, "the monitor refuses");
	for (; *texts; texts++) {
		if (!strstr(said, *texts))
			fail_msg("\"%s\" is not in: %.4000s", *texts, said);
	}
}

#define PATH "\"path\":\"/machine/peripheral/gpu/virtio-backend\""

/* Of the rings, each its own. */
static void expect_vhost_queue(unsigned int queue, bool is_ring)
{
	char arguments[128], desc[64], used[64];
	const char *const texts[] = { desc, used, NULL };

	snprintf(arguments, sizeof(arguments), "{" PATH ",\"queue\":%u}", queue);
	if (!is_ring) {
		assert_null(qmp_try(dev.vm, "x-query-virtio-vhost-queue-status", arguments));
		return;
	}
	snprintf(desc, sizeof(desc), "\"desc-phys\": %llu,",
		 (unsigned long long)dev.queues[queue].desc);
	snprintf(used, sizeof(used), "\"used-phys\": %llu,",
		 (unsigned long long)dev.queues[queue].used);
	expect_said(qmp_try(dev.vm, "x-query-virtio-vhost-queue-status", arguments), texts);
}

/* by name, in every state: device, features, status, BARs, properties */
static void the_monitor_knows_the_device(void **state)
{
	static const struct vm_options options = { .properties = ",rings=2,vram=32M" };
	static const char *const list[] = { "\"name\": \"vgpu-pv\"", NULL };
	static const char *const before[] = { "\"name\": \"vgpu-pv\"", "\"device-id\": 63",
					      "VGPU_PV_F_RENDER", "VIRTIO_F_VERSION_1",
					      "\"num-vqs\": 4", "\"statuses\": []", NULL };
	static const char *const running[] = { "VIRTIO_CONFIG_S_DRIVER_OK", "VGPU_PV_F_RENDER",
					       "\"started\": true", "\"vhost-dev\"", NULL };
	static const char *const queue[] = { "\"name\": \"vgpu-pv\"", "\"queue-index\": 0",
					     "\"vring-num\": 256", NULL };
	static const char *const tree[] = { "dev: vgpu-pv, id \\\"gpu\\\"", "vram = 33554432",
					    "rings = 2", "max-outputs = 1", "refresh = 60000",
					    NULL };
	static const char *const pci[] = { "Display controller", "1af4:107f", "64 bit prefetchable",
					   NULL };
	/* what it cannot do is refused by name */
	static const char *const blocked[] = { "vgpu-pv can be neither migrated nor saved yet",
					       NULL };

	unsigned int i;

	(void)state;
	virtio_open(&dev, vm_start(&options));
	expect_said(qmp_try(dev.vm, "x-query-virtio", NULL), list);
	expect_said(qmp_try(dev.vm, "x-query-virtio-status", "{" PATH "}"), before);
	expect_works();
	expect_said(qmp_try(dev.vm, "x-query-virtio-status", "{" PATH "}"), running);
	expect_said(qmp_try(dev.vm, "x-query-virtio-queue-status", "{" PATH ",\"queue\":0}"),
		    queue);
	for (i = 0; i < VGPU_PV_QUEUE_RING0 + 3; i++)
		expect_vhost_queue(i, i >= VGPU_PV_QUEUE_RING0 && i < VGPU_PV_QUEUE_RING0 + 2);
	expect_said(qmp_try(dev.vm, "human-monitor-command", "{\"command-line\":\"info qtree\"}"),
		    tree);
	expect_said(qmp_try(dev.vm, "human-monitor-command", "{\"command-line\":\"info pci\"}"), pci);
	expect_said(qmp_try(dev.vm, "query-migrate", NULL), blocked);
	qmp_try(dev.vm, "x-query-virtio-queue-element", "{" PATH ",\"queue\":0}");
	vm_kill_worker(dev.vm);
	while (virtio_config(&dev).renderer_state != VGPU_PV_RENDERER_LOST)
		usleep(1000);
	expect_said(qmp_try(dev.vm, "x-query-virtio-status", "{" PATH "}"), list);
	vm_stop(dev.vm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(microvm_has_the_device, teardown),
		cmocka_unit_test_teardown(devices_come_and_go, teardown),
		cmocka_unit_test_teardown(the_monitor_knows_the_device, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
