// SPDX-License-Identifier: MIT
/* What a person at a viewer sees and does: the cursor, and another size. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "edid.h"
#include "expect.h"
#include "qtest.h"
#include "virtio.h"
#include "vnc.h"

#define CURSOR_PIXELS (VGPU_PV_CURSOR_DIMENSION * VGPU_PV_CURSOR_DIMENSION)
#define CURSOR_BYTES  (CURSOR_PIXELS * 4)
#define ISR_CONFIG    0x2

static struct virtio_device dev;

/* The viewer's socket is in the machine's folder, where QEMU runs. */
static void start(void)
{
	static const char *const args[] = { "-vnc", "unix:" VNC_SOCKET, NULL };
	static const struct vm_options options = { .args = args };

	virtio_open(&dev, vm_start(&options));
	virtio_start(&dev);
}

/* QEMU leaves a viewer's socket behind, ours or not */
static void stop(void)
{
	char path[64];

	vm_path(dev.vm, VNC_SOCKET, path, sizeof(path));
	unlink(path);
	vm_stop(dev.vm);
}

static int teardown(void **state)
{
	(void)state;
	vm_kill();
	return 0;
}

static void draw_cursor(uint32_t *pixels, uint32_t seed, uint64_t offset)
{
	unsigned int i;

	/* opaque, as viewers may have it multiplied by its alpha */
	for (i = 0; i < CURSOR_PIXELS; i++)
		pixels[i] = ((seed + i) * 2654435761u & 0xffffff) | 0xff000000;
	qtest_write_bytes(dev.vm, dev.aperture + offset, pixels, CURSOR_BYTES);
}

static void update_cursor(uint64_t offset, uint32_t hot_x, uint32_t hot_y)
{
	const struct vgpu_pv_cursor request = {
		.hdr.type = VGPU_PV_MSG_UPDATE_CURSOR,
		.visible = 1,
		.hot_x = hot_x,
		.hot_y = hot_y,
		.offset = offset,
	};

	assert_int_equal(virtio_answer(&dev, VGPU_PV_QUEUE_CURSOR, &request, sizeof(request)),
			 VGPU_PV_S_OK);
}

/* The picture that was there when the message completed, at any time after: [dev-cursor-read] */
static void cursor_is_shown(void **state)
{
	static uint32_t first[CURSOR_PIXELS], second[CURSOR_PIXELS], other[CURSOR_PIXELS];
	struct vnc early, late;

	(void)state;
	start();
	vnc_open(&early, dev.vm);
	draw_cursor(first, 1, 0x8000);
	update_cursor(0x8000, 7, 9);
	draw_cursor(other, 2, 0x8000);
	/* the first one may be the viewer's own */
	do {
		vnc_wait_cursor(&early);
	} while (early.width != VGPU_PV_CURSOR_DIMENSION);
	assert_int_equal(early.height, VGPU_PV_CURSOR_DIMENSION);
	assert_int_equal(early.hot_x, 7);
	assert_int_equal(early.hot_y, 9);
	assert_memory_equal(early.cursor, first, CURSOR_BYTES);

	draw_cursor(second, 3, dev.aperture_size - CURSOR_BYTES);
	update_cursor(dev.aperture_size - CURSOR_BYTES, 63, 0);
	draw_cursor(other, 4, dev.aperture_size - CURSOR_BYTES);
	vnc_open(&late, dev.vm);
	vnc_wait_cursor(&early);
	vnc_wait_cursor(&late);
	assert_memory_equal(early.cursor, second, CURSOR_BYTES);
	assert_memory_equal(late.cursor, second, CURSOR_BYTES);
	assert_int_equal(late.hot_x, 63);
	assert_int_equal(late.hot_y, 0);
	vnc_close(&early);
	vnc_close(&late);
	stop();
}

static void expect_size(unsigned int width, unsigned int height)
{
	const struct vgpu_pv_request info = { .type = VGPU_PV_MSG_GET_DISPLAY_INFO };
	const struct vgpu_pv_get_edid get_edid = { .hdr.type = VGPU_PV_MSG_GET_EDID };
	const struct vgpu_pv_display_info_reply *outputs;
	const struct vgpu_pv_edid_reply *edid;
	unsigned int mode_width, mode_height;
	uint32_t len;

	outputs = virtio_call(&dev, VGPU_PV_QUEUE_DISPLAY, &info, sizeof(info), 4096, &len);
	assert_int_equal(len, sizeof(*outputs));
	assert_int_equal(outputs->outputs[0].enabled, 1);
	assert_int_equal(outputs->outputs[0].width, width);
	assert_int_equal(outputs->outputs[0].height, height);
	edid = virtio_call(&dev, VGPU_PV_QUEUE_DISPLAY, &get_edid, sizeof(get_edid), 4096, &len);
	assert_int_equal(len, sizeof(*edid));
	edid_first_mode(edid, &mode_width, &mode_height);
	assert_int_equal(mode_width, width);
	assert_int_equal(mode_height, height);
}

static void wait_for_event(void)
{
	uint64_t until = vm_now_ms() + VM_TIMEOUT_MS;

	while (!virtio_config(&dev).events_read) {
		expect(vm_now_ms() < until, "the new size is not told");
		usleep(1000);
	}
	assert_int_equal(virtio_config(&dev).events_read, VGPU_PV_EVENT_DISPLAY);
	assert_int_equal(qtest_read(dev.vm, dev.isr, 1) & ISR_CONFIG, ISR_CONFIG);
	qtest_write(dev.vm, dev.config + offsetof(struct vgpu_pv_config, events_clear), 4,
		    VGPU_PV_EVENT_DISPLAY);
	assert_int_equal(virtio_config(&dev).events_read, 0);
}

/* [dev-config-event] [dev-edid] and the size outlives a reset of the machine */
static void viewer_resizes(void **state)
{
	static const uint16_t sizes[][2] = {
		{ 1000, 700 }, { 640, 480 }, { 3840, 2160 }, { 16000, 16000 }
	};
	struct vnc vnc;
	unsigned int i;

	(void)state;
	start();
	expect_size(1280, 800);
	vnc_open(&vnc, dev.vm);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		vnc_set_size(&vnc, sizes[i][0], sizes[i][1]);
		wait_for_event();
		expect_size(sizes[i][0], sizes[i][1]);
	}
	/* the same again is no change */
	vnc_set_size(&vnc, 16000, 16000);
	qmp_command(dev.vm, "query-vnc", NULL);
	usleep(50000);
	assert_int_equal(virtio_config(&dev).events_read, 0);
	qmp_system_reset(dev.vm);
	pci_map(&dev.pci);
	virtio_start(&dev);
	expect_size(16000, 16000);
	vnc_close(&vnc);
	stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(cursor_is_shown, teardown),
		cmocka_unit_test_teardown(viewer_resizes, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
