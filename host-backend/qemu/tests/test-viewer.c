// SPDX-License-Identifier: MIT
/* What a person at a viewer sees and does: the cursor, another size, other heads. */
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
#define HEADS	      2

static struct virtio_device dev;

/* Of each head, in the machine's folder, where QEMU runs. */
static const char *const sockets[HEADS] = { "vnc0", "vnc1" };

static void start(void)
{
	static const char *const args[] = { "-vnc", "unix:vnc0,display=gpu,head=0", "-vnc",
					    "unix:vnc1,display=gpu,head=1", NULL };
	static const struct vm_options options = { .args = args, .properties = ",max-outputs=2" };

	virtio_open(&dev, vm_start(&options));
	virtio_start(&dev);
}

/* QEMU leaves a viewer's socket behind, ours or not */
static void stop(void)
{
	char path[64];
	unsigned int i;

	for (i = 0; i < HEADS; i++) {
		vm_path(dev.vm, sockets[i], path, sizeof(path));
		unlink(path);
	}
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

static void update_cursor(uint32_t output, uint64_t offset, uint32_t hot_x, uint32_t hot_y)
{
	const struct vgpu_pv_cursor request = {
		.hdr.type = VGPU_PV_MSG_UPDATE_CURSOR,
		.scanout = output,
		.visible = 1,
		.hot_x = hot_x,
		.hot_y = hot_y,
		.offset = offset,
	};

	assert_int_equal(virtio_answer(&dev, VGPU_PV_QUEUE_CURSOR, &request, sizeof(request)),
			 VGPU_PV_S_OK);
}

/* The first one may be the viewer's own. */
static void wait_own_cursor(struct vnc *vnc)
{
	do {
		vnc_wait_cursor(vnc);
	} while (vnc->width != VGPU_PV_CURSOR_DIMENSION);
}

/* The picture that was there when the message completed, at any time after: [dev-cursor-read] */
static void cursor_is_shown(void **state)
{
	static uint32_t first[CURSOR_PIXELS], second[CURSOR_PIXELS], other[CURSOR_PIXELS];
	struct vnc early, late;

	(void)state;
	start();
	vnc_open(&early, dev.vm, sockets[0]);
	draw_cursor(first, 1, 0x8000);
	update_cursor(0, 0x8000, 7, 9);
	draw_cursor(other, 2, 0x8000);
	wait_own_cursor(&early);
	assert_int_equal(early.height, VGPU_PV_CURSOR_DIMENSION);
	assert_int_equal(early.hot_x, 7);
	assert_int_equal(early.hot_y, 9);
	assert_memory_equal(early.cursor, first, CURSOR_BYTES);

	draw_cursor(second, 3, dev.aperture_size - CURSOR_BYTES);
	update_cursor(0, dev.aperture_size - CURSOR_BYTES, 63, 0);
	draw_cursor(other, 4, dev.aperture_size - CURSOR_BYTES);
	vnc_open(&late, dev.vm, sockets[0]);
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

static void expect_size(uint32_t output, unsigned int width, unsigned int height)
{
	const struct vgpu_pv_request info = { .type = VGPU_PV_MSG_GET_DISPLAY_INFO };
	const struct vgpu_pv_get_edid get_edid = { .hdr.type = VGPU_PV_MSG_GET_EDID,
						   .scanout = output };
	const struct vgpu_pv_display_info_reply *outputs;
	const struct vgpu_pv_edid_reply *edid;
	unsigned int mode_width, mode_height;
	uint32_t len;

	outputs = virtio_call(&dev, VGPU_PV_QUEUE_DISPLAY, &info, sizeof(info), 4096, &len);
	assert_int_equal(len, sizeof(*outputs));
	assert_int_equal(outputs->outputs[output].enabled, width != 0);
	assert_int_equal(outputs->outputs[output].width, width);
	assert_int_equal(outputs->outputs[output].height, height);
	if (!width)
		return;
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
		{ 1000, 700 }, { 1237, 771 },  { 33, 47 },
		{ 640, 480 },  { 3840, 2160 }, { 16000, 16000 },
	};
	struct vnc vnc;
	unsigned int i;

	(void)state;
	start();
	expect_size(0, 1280, 800);
	vnc_open(&vnc, dev.vm, sockets[0]);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		vnc_set_size(&vnc, sizes[i][0], sizes[i][1]);
		wait_for_event();
		expect_size(0, sizes[i][0], sizes[i][1]);
	}
	/* the same again is no change */
	vnc_set_size(&vnc, 16000, 16000);
	qmp_command(dev.vm, "query-vnc", NULL);
	usleep(50000);
	assert_int_equal(virtio_config(&dev).events_read, 0);
	qmp_system_reset(dev.vm);
	pci_map(&dev.pci);
	virtio_start(&dev);
	expect_size(0, 16000, 16000);
	vnc_close(&vnc);
	stop();
}

/* Each head has a viewer, a size and a cursor of its own. */
static void heads_are_apart(void **state)
{
	static uint32_t first[CURSOR_PIXELS], second[CURSOR_PIXELS];
	struct vnc vnc[HEADS];
	unsigned int i;

	(void)state;
	start();
	for (i = 0; i < HEADS; i++)
		vnc_open(&vnc[i], dev.vm, sockets[i]);
	expect_size(1, 0, 0);
	vnc_set_size(&vnc[1], 1237, 771);
	wait_for_event();
	expect_size(0, 1280, 800);
	expect_size(1, 1237, 771);
	draw_cursor(first, 1, 0x8000);
	update_cursor(0, 0x8000, 1, 2);
	draw_cursor(second, 2, 0x8000);
	update_cursor(1, 0x8000, 3, 4);
	for (i = 0; i < HEADS; i++)
		wait_own_cursor(&vnc[i]);
	assert_memory_equal(vnc[0].cursor, first, CURSOR_BYTES);
	assert_int_equal(vnc[0].hot_x, 1);
	assert_memory_equal(vnc[1].cursor, second, CURSOR_BYTES);
	assert_int_equal(vnc[1].hot_x, 3);
	for (i = 0; i < HEADS; i++)
		vnc_close(&vnc[i]);
	stop();
}

static const char *set_output(unsigned int output, const char *value)
{
	char arguments[128];

	snprintf(arguments, sizeof(arguments),
		 "{\"path\":\"gpu\",\"property\":\"output%u\",\"value\":\"%s\"}", output, value);
	return qmp_try(dev.vm, "qom-set", arguments);
}

/* [dev-config-event] [dev-edid] by hand, where there is no viewer that asks for it */
static void outputs_are_attached(void **state)
{
	static const char *const wrong[] = {
		"",	   "on",     "800",	     "800x",  "x600",	 "0x600",
		"800x0",   "-1x600", " 8x6",	     "8x6 ",  "8x6x",	 "16385x600",
		"8x16385", "8X6",    "4294967297x1", "8x6x7", "800,600",
	};
	struct vnc vnc;
	unsigned int i;

	(void)state;
	start();
	assert_non_null(set_output(1, "1237x771"));
	wait_for_event();
	expect_size(1, 1237, 771);
	assert_non_null(set_output(0, "off"));
	wait_for_event();
	expect_size(0, 0, 0);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (set_output(1, wrong[i]))
			fail_msg("\"%s\" is taken for a size", wrong[i]);
		assert_non_null(strstr(dev.vm->qmp.text, "give off or WIDTHxHEIGHT"));
	}
	assert_null(set_output(2, "800x600"));
	assert_non_null(strstr(dev.vm->qmp.text, "output2: the device has max-outputs=2"));
	assert_int_equal(virtio_config(&dev).events_read, 0);
	expect_size(1, 1237, 771);
	/* what a viewer asked for before is news again */
	vnc_open(&vnc, dev.vm, sockets[1]);
	for (i = 0; i < 2; i++) {
		vnc_set_size(&vnc, 640, 480);
		wait_for_event();
		expect_size(1, 640, 480);
		assert_non_null(set_output(1, "16384x1"));
		wait_for_event();
		expect_size(1, 16384, 1);
	}
	vnc_close(&vnc);
	stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(cursor_is_shown, teardown),
		cmocka_unit_test_teardown(viewer_resizes, teardown),
		cmocka_unit_test_teardown(heads_are_apart, teardown),
		cmocka_unit_test_teardown(outputs_are_attached, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
