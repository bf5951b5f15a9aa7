// SPDX-License-Identifier: MIT
/*
 * The display and cursor queues, which QEMU itself serves: what they refuse, and
 * that what they accept is on the screen, as QEMU's screendump sees it.
 */
#include <libdrm/drm_fourcc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "edid.h"
#include "expect.h"
#include "qtest.h"
#include "virtio.h"

#define DISPLAY	     VGPU_PV_QUEUE_DISPLAY
#define CURSOR	     VGPU_PV_QUEUE_CURSOR
#define OUTPUTS	     2
#define APERTURE     (16u << 20)
#define WIDTH	     40 /* of a picture */
#define HEIGHT	     24
#define CURSOR_BYTES (VGPU_PV_CURSOR_DIMENSION * VGPU_PV_CURSOR_DIMENSION * 4)

static struct virtio_device dev;

struct picture {
	unsigned int width, height;
	uint8_t *rgb;
};

static uint32_t send_(unsigned int queue, const void *request, size_t size)
{
	return virtio_answer(&dev, queue, request, size);
}

#define send(queue, request) send_(queue, &(request), sizeof(request))

static struct vgpu_pv_set_scanout scanout_at(uint32_t output, uint64_t offset)
{
	return (struct vgpu_pv_set_scanout){
		.hdr.type = VGPU_PV_MSG_SET_SCANOUT,
		.scanout = output,
		.format = DRM_FORMAT_XRGB8888,
		.width = WIDTH,
		.height = HEIGHT,
		.stride = WIDTH * 4,
		.offset = offset,
	};
}

static struct vgpu_pv_flush flush_of(uint32_t output)
{
	return (struct vgpu_pv_flush){
		.hdr.type = VGPU_PV_MSG_FLUSH,
		.scanout = output,
		.width = WIDTH,
		.height = HEIGHT,
	};
}

static struct vgpu_pv_cursor cursor_at(uint32_t type, uint64_t offset)
{
	return (struct vgpu_pv_cursor){
		.hdr.type = type,
		.visible = 1,
		.x = 3,
		.y = (uint32_t)-3,
		.hot_x = 1,
		.hot_y = 2,
		.offset = offset,
	};
}

static struct picture screendump(unsigned int output)
{
	char path[64], arguments[256];
	struct picture p;
	FILE *f;

	vm_path(dev.vm, "picture", path, sizeof(path));
	snprintf(arguments, sizeof(arguments),
		 "{\"filename\":\"%s\",\"device\":\"gpu\",\"head\":%u}", path, output);
	qmp_command(dev.vm, "screendump", arguments);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "P6 %u %u 255", &p.width, &p.height), 2);
	fgetc(f);
	p.rgb = malloc((size_t)p.width * p.height * 3);
	assert_non_null(p.rgb);
	assert_int_equal(fread(p.rgb, 3, (size_t)p.width * p.height, f), p.width * p.height);
	fclose(f);
	unlink(path);
	return p;
}

/* a colour of its own for each pixel of each picture, as 0xRRGGBB */
static uint32_t colour(unsigned int seed, unsigned int x, unsigned int y)
{
	return (x * 6 + seed) % 256 << 16 | (y * 10 + seed) % 256 << 8 | (x + y + 7 * seed) % 256;
}

static uint32_t swap_red_blue(uint32_t rgb)
{
	return rgb >> 16 | (rgb & 0xff00) | (rgb & 0xff) << 16;
}

static void draw(uint64_t offset, unsigned int stride, unsigned int seed)
{
	uint32_t row[WIDTH];
	unsigned int x, y;

	for (y = 0; y < HEIGHT; y++) {
		for (x = 0; x < WIDTH; x++)
			row[x] = colour(seed, x, y) | 0x5a000000;
		qtest_write_bytes(dev.vm, dev.aperture + offset + y * stride, row, sizeof(row));
	}
}

static bool shows(unsigned int output, unsigned int seed, bool swapped)
{
	struct picture p = screendump(output);
	bool same = p.width == WIDTH && p.height == HEIGHT;
	unsigned int i;

	for (i = 0; same && i < WIDTH * HEIGHT; i++) {
		const uint8_t *c = p.rgb + 3 * i;
		uint32_t want = colour(seed, i % WIDTH, i / WIDTH);

		if (swapped)
			want = swap_red_blue(want);
		same = want == ((uint32_t)c[0] << 16 | (uint32_t)c[1] << 8 | c[2]);
	}
	free(p.rgb);
	return same;
}

/* Each test begins with a reset device. */
static int setup(void **state)
{
	(void)state;
	virtio_start(&dev);
	return 0;
}

/* [dev-msg-size] longer, shorter, and shorter than a header */
static void sizes_are_exact(void **state)
{
	static const struct {
		unsigned int queue;
		uint32_t type;
		size_t size;
	} cases[] = {
		{ DISPLAY, VGPU_PV_MSG_GET_DISPLAY_INFO, sizeof(struct vgpu_pv_request) },
		{ DISPLAY, VGPU_PV_MSG_GET_EDID, sizeof(struct vgpu_pv_get_edid) },
		{ DISPLAY, VGPU_PV_MSG_SET_SCANOUT, sizeof(struct vgpu_pv_set_scanout) },
		{ DISPLAY, VGPU_PV_MSG_FLUSH, sizeof(struct vgpu_pv_flush) },
		{ CURSOR, VGPU_PV_MSG_UPDATE_CURSOR, sizeof(struct vgpu_pv_cursor) },
		{ CURSOR, VGPU_PV_MSG_MOVE_CURSOR, sizeof(struct vgpu_pv_cursor) },
	};
	static const size_t all[] = { 0, 1, 4, 15, 16, 17, 23, 24, 25, 40, 47, 48, 49, 2048 };
	uint32_t request[512] = { 0 };
	unsigned int i, n;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (n = 0; n < sizeof(all) / sizeof(all[0]); n++) {
			request[0] = cases[i].type;
			/* the type of what has none is not answered with a guess */
			if (all[n] < 4)
				request[0] = 0;
			assert_int_equal(virtio_answer(&dev, cases[i].queue, request, all[n]) ==
						 VGPU_PV_S_INVALID,
					 all[n] != cases[i].size);
		}
	}
}

/* [dev-msg-zero] [dev-msg-ctx] in every request of both queues */
static void headers_are_checked(void **state)
{
	struct vgpu_pv_request info = { .type = VGPU_PV_MSG_GET_DISPLAY_INFO };
	struct vgpu_pv_get_edid edid = { .hdr.type = VGPU_PV_MSG_GET_EDID };
	struct vgpu_pv_set_scanout scanout = scanout_at(0, 0);
	struct vgpu_pv_flush flush = flush_of(0);
	struct vgpu_pv_cursor update = cursor_at(VGPU_PV_MSG_UPDATE_CURSOR, 0);
	struct vgpu_pv_cursor move = cursor_at(VGPU_PV_MSG_MOVE_CURSOR, 0);
	const struct {
		unsigned int queue;
		struct vgpu_pv_request *request;
		size_t size;
		__le32 *padding;
	} cases[] = {
		{ DISPLAY, &info, sizeof(info), NULL },
		{ DISPLAY, &edid.hdr, sizeof(edid), &edid.padding },
		{ DISPLAY, &scanout.hdr, sizeof(scanout), &scanout.padding },
		{ DISPLAY, &flush.hdr, sizeof(flush), &flush.padding },
		{ CURSOR, &update.hdr, sizeof(update), NULL },
		{ CURSOR, &move.hdr, sizeof(move), NULL },
	};
	unsigned int i, n;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		__le32 *words[] = { &cases[i].request->flags, &cases[i].request->ctx_id,
				    &cases[i].request->padding, cases[i].padding };

		for (n = 0; n < 4 && words[n]; n++) {
			*words[n] = 1u << (8 * n);
			assert_int_equal(send_(cases[i].queue, cases[i].request, cases[i].size),
					 VGPU_PV_S_INVALID);
			*words[n] = 0;
		}
		assert_int_equal(send_(cases[i].queue, cases[i].request, cases[i].size),
				 VGPU_PV_S_OK);
	}
}

/* [dev-msg-type] unknown numbers, and known ones on another queue */
static void types_belong_to_queues(void **state)
{
	static const uint32_t unknown[] = { 0, 0xff, 0x104, 0x202, 0x30e, 0x80000100, 0xffffffff };
	struct vgpu_pv_request request = { 0 };
	unsigned int i;
	uint32_t type;

	(void)state;
	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		request.type = unknown[i];
		assert_int_equal(send(DISPLAY, request), VGPU_PV_S_UNSUPPORTED);
		assert_int_equal(send(CURSOR, request), VGPU_PV_S_UNSUPPORTED);
	}
	for (type = VGPU_PV_MSG_GET_CAPSETS; type <= VGPU_PV_MSG_WAIT_RING; type++) {
		request.type = type;
		assert_int_equal(send(DISPLAY, request), VGPU_PV_S_UNSUPPORTED);
		assert_int_equal(send(CURSOR, request), VGPU_PV_S_UNSUPPORTED);
	}
	request.type = VGPU_PV_MSG_GET_DISPLAY_INFO;
	assert_int_equal(send(CURSOR, request), VGPU_PV_S_UNSUPPORTED);
	request.type = VGPU_PV_MSG_UPDATE_CURSOR;
	assert_int_equal(send(DISPLAY, request), VGPU_PV_S_UNSUPPORTED);
	/* and by the worker */
	assert_int_equal(send(VGPU_PV_QUEUE_RING0, request), VGPU_PV_S_UNSUPPORTED);
}

/* [dev-reply-room] [dev-reply] for each reply that is more than a header, and for one that is none
 */
static void replies_fit_their_room(void **state)
{
	struct vgpu_pv_request info = { .type = VGPU_PV_MSG_GET_DISPLAY_INFO };
	struct vgpu_pv_get_edid edid = { .hdr.type = VGPU_PV_MSG_GET_EDID };
	struct vgpu_pv_set_scanout off = { .hdr.type = VGPU_PV_MSG_SET_SCANOUT };
	const struct {
		const struct vgpu_pv_request *request;
		size_t size, reply;
	} cases[] = {
		{ &info, sizeof(info), sizeof(struct vgpu_pv_display_info_reply) },
		{ &edid.hdr, sizeof(edid), sizeof(struct vgpu_pv_edid_reply) },
		{ &off.hdr, sizeof(off), sizeof(struct vgpu_pv_reply) },
	};
	static const size_t rooms[] = { 0, 1, 15, 16, 17, 111, 112, 113, 1047, 1048, 1049, 4096 };
	const struct vgpu_pv_reply *reply;
	unsigned int i, n;
	uint32_t len;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (n = 0; n < sizeof(rooms) / sizeof(rooms[0]); n++) {
			reply = virtio_call(&dev, DISPLAY, cases[i].request, cases[i].size,
					    rooms[n], &len);
			if (rooms[n] < sizeof(*reply)) {
				assert_int_equal(len, 0);
				continue;
			}
			assert_int_equal(reply->type, cases[i].request->type | VGPU_PV_MSG_REPLY);
			if (rooms[n] < cases[i].reply) {
				assert_int_equal(len, sizeof(*reply));
				assert_int_equal(reply->status, VGPU_PV_S_INVALID);
			} else {
				assert_int_equal(len, cases[i].reply);
				assert_int_equal(reply->status, VGPU_PV_S_OK);
			}
		}
	}
}

/* [dev-display-noent] in every message that names an output */
static void unknown_outputs_are_refused(void **state)
{
	static const uint32_t outputs[] = { OUTPUTS, VGPU_PV_MAX_OUTPUTS, 0x80000000, 0xffffffff };
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++) {
		struct vgpu_pv_get_edid edid = { .hdr.type = VGPU_PV_MSG_GET_EDID };
		struct vgpu_pv_set_scanout scanout = scanout_at(outputs[i], 0);
		struct vgpu_pv_flush flush = flush_of(outputs[i]);
		struct vgpu_pv_cursor update = cursor_at(VGPU_PV_MSG_UPDATE_CURSOR, 0);
		struct vgpu_pv_cursor move = cursor_at(VGPU_PV_MSG_MOVE_CURSOR, 0);

		edid.scanout = outputs[i];
		update.scanout = outputs[i];
		move.scanout = outputs[i];
		assert_int_equal(send(DISPLAY, edid), VGPU_PV_S_NOENT);
		assert_int_equal(send(DISPLAY, scanout), VGPU_PV_S_NOENT);
		assert_int_equal(send(DISPLAY, flush), VGPU_PV_S_NOENT);
		assert_int_equal(send(CURSOR, update), VGPU_PV_S_NOENT);
		assert_int_equal(send(CURSOR, move), VGPU_PV_S_NOENT);
	}
}

/* [dev-scanout-bounds] [dev-aperture-bounds] [dev-refused-no-effect] each limit from both sides */
static void scanouts_stay_in_the_aperture(void **state)
{
	static const uint32_t xr = DRM_FORMAT_XRGB8888;
	static const struct {
		uint32_t format, width, height, stride;
		uint64_t offset;
		bool good;
	} cases[] = {
		{ xr, 64, 64, 256, 0, true },
		{ DRM_FORMAT_ARGB8888, 64, 64, 256, 0, true },
		{ DRM_FORMAT_XBGR8888, 64, 64, 256, 0, true },
		{ DRM_FORMAT_ABGR8888, 64, 64, 256, 0, true },
		{ DRM_FORMAT_RGB565, 64, 64, 256, 0, true },
		{ DRM_FORMAT_RGB565, 64, 64, 128, 2, true },
		{ DRM_FORMAT_RGB565, 64, 64, 128, 1, false },
		{ DRM_FORMAT_RGB565, 64, 64, 124, 0, false },
		{ DRM_FORMAT_RGB565, 63, 64, 126, 0, false },
		{ DRM_FORMAT_RGB565, 64, 64, 128, APERTURE - 64 * 128, true },
		{ DRM_FORMAT_RGB565, 64, 64, 128, APERTURE - 64 * 128 + 2, false },
		{ DRM_FORMAT_BGR565, 64, 64, 256, 0, false },
		{ DRM_FORMAT_RGB888, 64, 64, 256, 0, false },
		{ 0, 64, 64, 256, 0, false },
		/* not all zero: not off */
		{ 0, 0, 0, 4, 0, false },
		{ xr, 0, 0, 0, 0, false },
		{ xr, 0, 64, 256, 0, false },
		{ xr, 64, 0, 256, 0, false },
		{ xr, VGPU_PV_MAX_DIMENSION, 1, 4 * VGPU_PV_MAX_DIMENSION, 0, true },
		{ xr, VGPU_PV_MAX_DIMENSION + 1, 1, 4 * VGPU_PV_MAX_DIMENSION + 4, 0, false },
		{ xr, 1, VGPU_PV_MAX_DIMENSION, 4, 0, true },
		{ xr, 1, VGPU_PV_MAX_DIMENSION + 1, 4, 0, false },
		{ xr, 0x40000001, 1, 4, 0, false },
		{ xr, 64, 64, 252, 0, false },
		{ xr, 64, 64, 258, 0, false },
		{ xr, 64, 64, 260, 0, true },
		{ xr, 1, 1, 0x7ffffffc, 0, true },
		{ xr, 1, 1, 0x80000000, 0, false },
		{ xr, 1, 1, 0xfffffffc, 0, false },
		{ xr, 1, VGPU_PV_MAX_DIMENSION, 0x7ffffffc, 0, false },
		{ xr, 64, 64, 256, 2, false },
		{ xr, 64, 64, 256, APERTURE - 64 * 256, true },
		{ xr, 64, 64, 256, APERTURE - 64 * 256 + 4, false },
		/* the last line needs no whole stride */
		{ xr, 64, 64, 512, APERTURE - 63 * 512 - 256, true },
		{ xr, 1, 1, 4, APERTURE - 4, true },
		{ xr, 1, 1, 4, APERTURE, false },
		{ xr, 1, 1, 4, 1ull << 63, false },
		{ xr, 1, 1, 4, ~3ull, false },
		{ xr, 64, 64, 256, ~0ull - 64 * 256 + 1, false },
	};
	struct vgpu_pv_set_scanout shown = scanout_at(0, 4096);
	unsigned int i;

	(void)state;
	draw(4096, WIDTH * 4, 1);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vgpu_pv_set_scanout scanout = {
			.hdr.type = VGPU_PV_MSG_SET_SCANOUT,
			.format = cases[i].format,
			.width = cases[i].width,
			.height = cases[i].height,
			.stride = cases[i].stride,
			.offset = cases[i].offset,
		};

		if (!cases[i].good)
			assert_int_equal(send(DISPLAY, shown), VGPU_PV_S_OK);
		if (send(DISPLAY, scanout) != (cases[i].good ? VGPU_PV_S_OK : VGPU_PV_S_INVALID))
			fail_msg("case %u", i);
		if (!cases[i].good && !shows(0, 1, false))
			fail_msg("case %u is refused, and has an effect", i);
	}
}

/* [dev-flush-shows] on each output, in each order of colours, and what is drawn later too */
static void flushed_pictures_are_shown(void **state)
{
	static const uint32_t formats[] = { DRM_FORMAT_XRGB8888, DRM_FORMAT_ARGB8888,
					    DRM_FORMAT_XBGR8888, DRM_FORMAT_ABGR8888 };
	struct vgpu_pv_set_scanout scanout;
	struct vgpu_pv_flush flush;
	unsigned int output, i;

	(void)state;
	for (output = 0; output < OUTPUTS; output++) {
		for (i = 0; i < 4; i++) {
			unsigned int stride = WIDTH * 4 + 64 * i;

			scanout = scanout_at(output, 0x10000 * (1 + output));
			scanout.format = formats[i];
			scanout.stride = stride;
			flush = flush_of(output);
			draw(scanout.offset, stride, 10 * output + i);
			assert_int_equal(send(DISPLAY, scanout), VGPU_PV_S_OK);
			assert_int_equal(send(DISPLAY, flush), VGPU_PV_S_OK);
			assert_true(shows(output, 10 * output + i, i >= 2));
			draw(scanout.offset, stride, 99);
			assert_int_equal(send(DISPLAY, flush), VGPU_PV_S_OK);
			assert_true(shows(output, 99, i >= 2));
		}
	}
	assert_true(shows(0, 99, true));
}

/* [dev-flush-shows] with two bytes a pixel */
static void small_pixels_are_shown(void **state)
{
	struct vgpu_pv_set_scanout scanout = scanout_at(0, 0x8002);
	struct vgpu_pv_flush flush = flush_of(0);
	uint16_t pixels[HEIGHT][WIDTH];
	struct picture p;
	unsigned int i;

	(void)state;
	scanout.format = DRM_FORMAT_RGB565;
	scanout.width = WIDTH - 4;
	scanout.stride = sizeof(pixels[0]);
	for (i = 0; i < HEIGHT * WIDTH; i++)
		pixels[i / WIDTH][i % WIDTH] = (uint16_t)(i * 40503);
	qtest_write_bytes(dev.vm, dev.aperture + scanout.offset, pixels, sizeof(pixels));
	assert_int_equal(send(DISPLAY, scanout), VGPU_PV_S_OK);
	assert_int_equal(send(DISPLAY, flush), VGPU_PV_S_OK);
	p = screendump(0);
	assert_int_equal(p.width, WIDTH - 4);
	for (i = 0; i < HEIGHT * p.width; i++) {
		const uint8_t *c = p.rgb + 3 * i;
		uint16_t pixel = pixels[i / p.width][i % p.width];

		assert_int_equal(c[0] >> 3, pixel >> 11);
		assert_int_equal(c[1] >> 2, pixel >> 5 & 0x3f);
		assert_int_equal(c[2] >> 3, pixel & 0x1f);
	}
	free(p.rgb);
}

/* What is outside of the picture is ignored, and so is an output that is off. */
static void flushes_are_clipped(void **state)
{
	static const uint32_t far[] = {
		0, 1, WIDTH - 1, WIDTH, 0x7fffffff, 0x80000000, 0xffffffff
	};
	struct vgpu_pv_set_scanout scanout = scanout_at(0, 0);
	struct vgpu_pv_flush flush = flush_of(1);
	unsigned int i, n;

	(void)state;
	assert_int_equal(send(DISPLAY, flush), VGPU_PV_S_OK);
	draw(0, WIDTH * 4, 3);
	assert_int_equal(send(DISPLAY, scanout), VGPU_PV_S_OK);
	for (i = 0; i < 7; i++) {
		for (n = 0; n < 7; n++) {
			flush = flush_of(0);
			flush.x = far[i];
			flush.y = far[6 - i];
			flush.width = far[n];
			flush.height = far[6 - n];
			assert_int_equal(send(DISPLAY, flush), VGPU_PV_S_OK);
		}
	}
	assert_true(shows(0, 3, false));
}

/* [dev-scanout-off] and [dev-reset], of one output and of both */
static void outputs_are_switched_off(void **state)
{
	struct vgpu_pv_set_scanout first = scanout_at(0, 0), second = scanout_at(1, 0);
	struct vgpu_pv_set_scanout off = { .hdr.type = VGPU_PV_MSG_SET_SCANOUT,
					   .offset = 0x123456789abcdefull };

	(void)state;
	draw(0, WIDTH * 4, 4);
	assert_int_equal(send(DISPLAY, first), VGPU_PV_S_OK);
	assert_int_equal(send(DISPLAY, second), VGPU_PV_S_OK);
	assert_int_equal(send(DISPLAY, off), VGPU_PV_S_OK);
	assert_false(shows(0, 4, false));
	assert_true(shows(1, 4, false));
	assert_int_equal(send(DISPLAY, off), VGPU_PV_S_OK);
	assert_int_equal(send(DISPLAY, first), VGPU_PV_S_OK);
	assert_true(shows(0, 4, false));
	virtio_reset(&dev);
	assert_false(shows(0, 4, false));
	assert_false(shows(1, 4, false));
}

/* [dev-edid] and GET_DISPLAY_INFO agree with xres= and yres= */
static void outputs_have_their_size(void **state)
{
	const struct vgpu_pv_request request = { .type = VGPU_PV_MSG_GET_DISPLAY_INFO };
	const struct vgpu_pv_display_info_reply *info;
	const struct vgpu_pv_edid_reply *reply;
	unsigned int output, i;
	uint32_t len;

	(void)state;
	info = virtio_call(&dev, DISPLAY, &request, sizeof(request), 4096, &len);
	assert_int_equal(len, sizeof(*info));
	for (i = 0; i < VGPU_PV_MAX_OUTPUTS; i++) {
		assert_int_equal(info->outputs[i].enabled, i == 0);
		assert_int_equal(info->outputs[i].width, i == 0 ? 1024 : 0);
		assert_int_equal(info->outputs[i].height, i == 0 ? 768 : 0);
		assert_int_equal(info->outputs[i].padding, 0);
	}
	for (output = 0; output < OUTPUTS; output++) {
		struct vgpu_pv_get_edid edid = { .hdr.type = VGPU_PV_MSG_GET_EDID,
						 .scanout = output };
		unsigned int width, height;

		reply = virtio_call(&dev, DISPLAY, &edid, sizeof(edid), 4096, &len);
		assert_int_equal(len, sizeof(*reply));
		assert_int_equal(reply->hdr.status, VGPU_PV_S_OK);
		edid_first_mode(reply, &width, &height);
		assert_int_equal(width, 1024);
		assert_int_equal(height, 768);
	}
}

/* [dev-cursor-bounds] [dev-aperture-bounds] */
static void cursors_stay_in_the_aperture(void **state)
{
	static const struct {
		uint32_t visible, hot_x, hot_y;
		uint64_t offset;
		bool good;
	} cases[] = {
		{ 1, 0, 0, 0, true },
		{ 1, 63, 63, 0, true },
		{ 1, 64, 0, 0, false },
		{ 1, 0, 64, 0, false },
		{ 1, 0xffffffff, 0, 0, false },
		{ 2, 0, 0, 0, false },
		{ 0xffffffff, 0, 0, 0, false },
		{ 1, 0, 0, APERTURE - CURSOR_BYTES, true },
		{ 1, 0, 0, APERTURE - CURSOR_BYTES + 1, false },
		{ 1, 0, 0, APERTURE, false },
		{ 1, 0, 0, ~0ull, false },
		{ 1, 0, 0, ~0ull - CURSOR_BYTES + 1, false },
		/* one that is not seen has no picture */
		{ 0, 99, 99, ~0ull, true },
	};
	struct vgpu_pv_cursor cursor;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cursor = cursor_at(VGPU_PV_MSG_UPDATE_CURSOR, cases[i].offset);
		cursor.visible = cases[i].visible;
		cursor.hot_x = cases[i].hot_x;
		cursor.hot_y = cases[i].hot_y;
		if (send(CURSOR, cursor) != (cases[i].good ? VGPU_PV_S_OK : VGPU_PV_S_INVALID))
			fail_msg("case %u", i);
	}
	/* a move has no picture, and may go anywhere */
	cursor = cursor_at(VGPU_PV_MSG_MOVE_CURSOR, ~0ull);
	cursor.hot_x = 0xffffffff;
	cursor.x = 0x80000000;
	cursor.y = 0x7fffffff;
	assert_int_equal(send(CURSOR, cursor), VGPU_PV_S_OK);
	cursor.visible = 2;
	assert_int_equal(send(CURSOR, cursor), VGPU_PV_S_INVALID);
}

/* More than the queues hold, in one kick; the answers are in order. */
static void full_queues_are_drained(void **state)
{
	const struct vgpu_pv_request info = { .type = VGPU_PV_MSG_GET_DISPLAY_INFO };
	struct vgpu_pv_cursor move = cursor_at(VGPU_PV_MSG_MOVE_CURSOR, 0);
	unsigned int round, i;
	uint32_t len;

	(void)state;
	for (round = 0; round < 5; round++) {
		for (i = 0; i < VGPU_PV_QUEUE_SIZE / 2; i++)
			virtio_post(&dev, DISPLAY, &info, sizeof(info), 128);
		for (i = 0; i < VGPU_PV_CURSOR_QUEUE_SIZE / 2; i++)
			virtio_post(&dev, CURSOR, &move, sizeof(move), 16);
		virtio_kick(&dev, DISPLAY);
		virtio_kick(&dev, CURSOR);
		for (i = 0; i < VGPU_PV_QUEUE_SIZE / 2; i++) {
			virtio_wait(&dev, DISPLAY, &len);
			assert_int_equal(len, sizeof(struct vgpu_pv_display_info_reply));
		}
		for (i = 0; i < VGPU_PV_CURSOR_QUEUE_SIZE / 2; i++) {
			virtio_wait(&dev, CURSOR, &len);
			assert_int_equal(len, sizeof(struct vgpu_pv_reply));
		}
	}
}

static int group_setup(void **state)
{
	static const struct vm_options options = {
		.properties = ",max-outputs=2,vram=16M,xres=1024,yres=768",
	};

	(void)state;
	virtio_open(&dev, vm_start(&options));
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	vm_stop(dev.vm);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(sizes_are_exact, setup),
		cmocka_unit_test_setup(headers_are_checked, setup),
		cmocka_unit_test_setup(types_belong_to_queues, setup),
		cmocka_unit_test_setup(replies_fit_their_room, setup),
		cmocka_unit_test_setup(unknown_outputs_are_refused, setup),
		cmocka_unit_test_setup(scanouts_stay_in_the_aperture, setup),
		cmocka_unit_test_setup(flushed_pictures_are_shown, setup),
		cmocka_unit_test_setup(small_pixels_are_shown, setup),
		cmocka_unit_test_setup(flushes_are_clipped, setup),
		cmocka_unit_test_setup(outputs_are_switched_off, setup),
		cmocka_unit_test_setup(outputs_have_their_size, setup),
		cmocka_unit_test_setup(cursors_stay_in_the_aperture, setup),
		cmocka_unit_test_setup(full_queues_are_drained, setup),
	};
	int failed = cmocka_run_group_tests(tests, group_setup, group_teardown);

	vm_kill();
	return failed;
}
