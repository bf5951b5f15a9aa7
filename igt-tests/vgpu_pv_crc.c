// SPDX-License-Identifier: MIT
/**
 * TEST: vgpu_pv_crc
 * Description: Checksums of what is shown.
 * Category: Display
 * Mega feature: General Display Features
 * Sub-category: vgpu_pv
 * Functionality: KMS
 * Test category: functionality test
 */
#include "igt.h"

#include <stdio.h>

#include "vgpu_pv_lib.h"
#include "vgpu_pv_screen.h"

IGT_TEST_DESCRIPTION("Checksums of what is shown.");

/**
 * SUBTEST: sources
 * Description: UAPI: "auto" is the only source of checksums
 *
 * SUBTEST: picture
 * Description: UAPI: equal pictures have equal checksums, and a pixel makes another
 *
 * SUBTEST: depth
 * Description: UAPI: two bytes a pixel look like the four that they mean
 *
 * SUBTEST: cursor
 * Description: UAPI: the checksum has the cursor at its place, and none once it is hidden
 *
 * SUBTEST: imported
 * Description: UAPI: another exporter's buffer is shown, and what changed in it once that is told
 *
 * SUBTEST: sequence
 * Description: UAPI: there is a checksum for each frame
 */

static struct vgpu_pv_screen screen;
static struct vgpu_pv_dumb white; /* a cursor */

static FILE *crc_open(const char *name, const char *mode)
{
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/debug/dri/%u/crtc-0/crc/%s", screen.minor,
		 name);
	file = fopen(path, mode);
	igt_require_f(file, "%s: %s\n", path, strerror(errno));
	setvbuf(file, NULL, _IONBF, 0);
	return file;
}

static void crc_next(int data, unsigned int *frame, unsigned int *crc)
{
	char line[32];
	ssize_t length = read(data, line, sizeof(line) - 1);

	igt_assert_lt(0, (int)length);
	line[length] = '\0';
	igt_assert_eq(sscanf(line, "%x %x", frame, crc), 2);
}

/* Opening computes it of what is shown, so the first one is it. */
static unsigned int crc_of_shown(void)
{
	FILE *data = crc_open("data", "r");
	unsigned int frame, crc;

	crc_next(fileno(data), &frame, &crc);
	fclose(data);
	return crc;
}

static void check_sources(void)
{
	FILE *control = crc_open("control", "r+");
	char line[32];

	igt_assert(fgets(line, sizeof(line), control));
	igt_assert_eq(strncmp(line, "auto", 4), 0);
	igt_assert_eq(write(fileno(control), "plane1", 6), -1);
	igt_assert_eq(errno, EINVAL);
	igt_assert_eq(write(fileno(control), "auto", 4), 4);
	fclose(control);
}

static void check_picture(void)
{
	unsigned int first, other;

	memset(screen.front.map, 0x11, screen.front.size);
	memset(screen.back.map, 0x11, screen.back.size);
	vgpu_pv_screen_show(&screen, &screen.front);
	first = crc_of_shown();
	vgpu_pv_screen_show(&screen, &screen.back);
	igt_assert_eq_u32(crc_of_shown(), first);
	/* What nobody sees: the byte above the colours. */
	screen.back.map[0] = 0xff111111;
	vgpu_pv_screen_show(&screen, &screen.back);
	igt_assert_eq_u32(crc_of_shown(), first);
	screen.back.map[screen.mode.hdisplay - 1] ^= 1;
	vgpu_pv_screen_show(&screen, &screen.back);
	other = crc_of_shown();
	igt_assert(other != first);
}

static void check_depth(void)
{
	uint32_t i, width = screen.mode.hdisplay, height = screen.mode.vdisplay;
	uint32_t stride = screen.front.pitch / 4;
	struct vgpu_pv_dumb small = { 0 };
	uint16_t *pixels;

	vgpu_pv_dumb_create_fb(screen.fd, &small, width, height, 16);
	pixels = (uint16_t *)small.map;
	for (i = 0; i < width * height; i++) {
		uint16_t pixel = i * 40503;
		uint32_t red = pixel >> 11, green = pixel >> 5 & 63, blue = pixel & 31;

		pixels[i / width * (small.pitch / 2) + i % width] = pixel;
		screen.front.map[i / width * stride + i % width] =
			(red << 3 | red >> 2) << 16 | (green << 2 | green >> 4) << 8 |
			(blue << 3 | blue >> 2);
	}
	vgpu_pv_screen_show(&screen, &small);
	i = crc_of_shown();
	vgpu_pv_screen_show(&screen, &screen.front);
	igt_assert_eq_u32(crc_of_shown(), i);
	vgpu_pv_dumb_destroy(screen.fd, &small);
}

static void check_cursor(void)
{
	unsigned int plain, first, moved;
	uint32_t x, y, stride = screen.front.pitch / 4;

	memset(screen.front.map, 0, screen.front.size);
	vgpu_pv_screen_show(&screen, &screen.front);
	plain = crc_of_shown();
	igt_assert_eq(drmModeMoveCursor(screen.fd, screen.crtc, 10, 10), 0);
	igt_assert_eq(drmModeSetCursor(screen.fd, screen.crtc, white.handle, 64, 64), 0);
	first = crc_of_shown();
	igt_assert_eq(drmModeMoveCursor(screen.fd, screen.crtc, -20, 30), 0);
	moved = crc_of_shown();
	igt_assert(first != plain && moved != plain && moved != first);
	igt_assert_eq(drmModeSetCursor(screen.fd, screen.crtc, 0, 0, 0), 0);
	igt_assert_eq_u32(crc_of_shown(), plain);
	/* The cursor is white: so is what is drawn in its place. */
	for (y = 30; y < 94; y++)
		for (x = 0; x < 44; x++)
			screen.front.map[y * stride + x] = 0xffffff;
	vgpu_pv_screen_show(&screen, &screen.front);
	igt_assert_eq_u32(crc_of_shown(), moved);
}

static void check_imported(void)
{
	uint32_t pitch = screen.mode.hdisplay * 4, handle, *map;
	size_t size = (pitch * screen.mode.vdisplay + 4095) & ~(size_t)4095;
	struct vgpu_pv_dumb imported = { .size = size };
	int prime = vgpu_pv_udmabuf(size, &map), ret;
	unsigned int first;

	ret = drmPrimeFDToHandle(screen.fd, prime, &handle);
	igt_require_f(!ret || errno != EOPNOTSUPP, "no import, as there is no 3D\n");
	igt_assert_eq(ret, 0);
	close(prime);
	igt_assert_eq(drmModeAddFB(screen.fd, screen.mode.hdisplay, screen.mode.vdisplay, 24, 32, pitch,
				   handle, &imported.fb), 0);
	igt_assert_eq(drmCloseBufferHandle(screen.fd, handle), 0);

	memset(map, 0x22, size);
	memset(screen.front.map, 0x22, screen.front.size);
	vgpu_pv_screen_show(&screen, &screen.front);
	first = crc_of_shown();
	vgpu_pv_screen_show(&screen, &imported);
	igt_assert_eq_u32(crc_of_shown(), first);
	map[screen.mode.hdisplay * 2 + 1] ^= 1;
	igt_assert_eq_u32(crc_of_shown(), first);
	igt_assert_eq(drmModeDirtyFB(screen.fd, imported.fb, NULL, 0), 0);
	igt_assert(crc_of_shown() != first);

	vgpu_pv_screen_show(&screen, &screen.front);
	igt_assert_eq(drmModeRmFB(screen.fd, imported.fb), 0);
	igt_assert_eq(munmap(map, size), 0);
}

static void check_sequence(void)
{
	unsigned int frame, next, crc, first;
	FILE *data;
	int i;

	vgpu_pv_screen_show(&screen, &screen.front);
	data = crc_open("data", "r");
	crc_next(fileno(data), &frame, &first);
	for (i = 0; i < 30; i++, frame = next) {
		crc_next(fileno(data), &next, &crc);
		igt_assert_eq_u32(next, frame + 1);
		igt_assert_eq_u32(crc, first);
	}
	fclose(data);
}

static const struct {
	const char *name, *text;
	void (*check)(void);
} checks[] = {
	{ "sources", "UAPI: \"auto\" is the only source of checksums.", check_sources },
	{ "picture", "UAPI: equal pictures have equal checksums, a pixel makes another.",
	  check_picture },
	{ "depth", "UAPI: two bytes a pixel look like the four that they mean.",
	  check_depth },
	{ "cursor", "UAPI: the checksum has the cursor at its place, none once it is hidden.",
	  check_cursor },
	{ "imported", "UAPI: another's buffer is shown, and what changed in it once that is told.",
	  check_imported },
	{ "sequence", "UAPI: there is a checksum for each frame.", check_sequence },
};

int igt_main()
{
	size_t i;

	igt_fixture() {
		vgpu_pv_screen_open(&screen);
		vgpu_pv_dumb_create(screen.fd, &white, 64, 64, 32);
		memset(white.map, 0xff, white.size);
	}

	for (i = 0; i < ARRAY_SIZE(checks); i++) {
		igt_describe(checks[i].text);
		igt_subtest_f("%s", checks[i].name)
			checks[i].check();
	}

	igt_fixture() {
		vgpu_pv_dumb_destroy(screen.fd, &white);
		vgpu_pv_screen_close(&screen);
	}
}
