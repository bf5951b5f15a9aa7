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
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "vgpu_pv_dumb.h"
#include "vgpu_pv_lib.h"

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

static struct {
	int fd;
	uint32_t crtc, connector;
	drmModeModeInfo mode;
	struct vgpu_pv_dumb front, back, cursor;
	char debugfs[128];
} kms;

static void setup(void)
{
	drmModeConnector *connector;
	drmModeRes *res;
	struct stat st;

	kms.fd = vgpu_pv_open_card();
	igt_require_f(drmIsMaster(kms.fd) || !drmSetMaster(kms.fd),
		      "another program is master of the display\n");
	res = drmModeGetResources(kms.fd);
	igt_assert(res);
	connector = drmModeGetConnector(kms.fd, res->connectors[0]);
	igt_assert(connector && connector->count_modes);
	kms.crtc = res->crtcs[0];
	kms.connector = connector->connector_id;
	kms.mode = connector->modes[0];
	vgpu_pv_dumb_create_fb(kms.fd, &kms.front, kms.mode.hdisplay, kms.mode.vdisplay, 32);
	vgpu_pv_dumb_create_fb(kms.fd, &kms.back, kms.mode.hdisplay, kms.mode.vdisplay, 32);
	vgpu_pv_dumb_create_fb(kms.fd, &kms.cursor, 64, 64, 32);
	memset(kms.cursor.map, 0xff, kms.cursor.size);
	igt_assert_eq(fstat(kms.fd, &st), 0);
	snprintf(kms.debugfs, sizeof(kms.debugfs), "/sys/kernel/debug/dri/%u/crtc-0/crc",
		 minor(st.st_rdev));
	drmModeFreeConnector(connector);
	drmModeFreeResources(res);
}

static void show(const struct vgpu_pv_dumb *picture)
{
	igt_assert_eq(drmModeSetCrtc(kms.fd, kms.crtc, picture->fb, 0, 0, &kms.connector, 1,
				     &kms.mode), 0);
}

static FILE *crc_open(const char *name, const char *mode)
{
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", kms.debugfs, name);
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

	memset(kms.front.map, 0x11, kms.front.size);
	memset(kms.back.map, 0x11, kms.back.size);
	show(&kms.front);
	first = crc_of_shown();
	show(&kms.back);
	igt_assert_eq_u32(crc_of_shown(), first);
	/* What nobody sees: the byte above the colours. */
	kms.back.map[0] = 0xff111111;
	show(&kms.back);
	igt_assert_eq_u32(crc_of_shown(), first);
	kms.back.map[kms.mode.hdisplay - 1] ^= 1;
	show(&kms.back);
	other = crc_of_shown();
	igt_assert(other != first);
}

static void check_depth(void)
{
	uint32_t i, width = kms.mode.hdisplay, height = kms.mode.vdisplay;
	uint32_t stride = kms.front.pitch / 4;
	struct vgpu_pv_dumb small = { 0 };
	uint16_t *pixels;

	vgpu_pv_dumb_create_fb(kms.fd, &small, width, height, 16);
	pixels = (uint16_t *)small.map;
	for (i = 0; i < width * height; i++) {
		uint16_t pixel = i * 40503;
		uint32_t red = pixel >> 11, green = pixel >> 5 & 63, blue = pixel & 31;

		pixels[i / width * (small.pitch / 2) + i % width] = pixel;
		kms.front.map[i / width * stride + i % width] =
			(red << 3 | red >> 2) << 16 | (green << 2 | green >> 4) << 8 |
			(blue << 3 | blue >> 2);
	}
	show(&small);
	i = crc_of_shown();
	show(&kms.front);
	igt_assert_eq_u32(crc_of_shown(), i);
	vgpu_pv_dumb_destroy(kms.fd, &small);
}

static void check_cursor(void)
{
	unsigned int plain, first, moved;
	uint32_t x, y, stride = kms.front.pitch / 4;

	memset(kms.front.map, 0, kms.front.size);
	show(&kms.front);
	plain = crc_of_shown();
	igt_assert_eq(drmModeMoveCursor(kms.fd, kms.crtc, 10, 10), 0);
	igt_assert_eq(drmModeSetCursor(kms.fd, kms.crtc, kms.cursor.handle, 64, 64), 0);
	first = crc_of_shown();
	igt_assert_eq(drmModeMoveCursor(kms.fd, kms.crtc, -20, 30), 0);
	moved = crc_of_shown();
	igt_assert(first != plain && moved != plain && moved != first);
	igt_assert_eq(drmModeSetCursor(kms.fd, kms.crtc, 0, 0, 0), 0);
	igt_assert_eq_u32(crc_of_shown(), plain);
	/* The cursor is white: so is what is drawn in its place. */
	for (y = 30; y < 94; y++)
		for (x = 0; x < 44; x++)
			kms.front.map[y * stride + x] = 0xffffff;
	show(&kms.front);
	igt_assert_eq_u32(crc_of_shown(), moved);
}

static void check_imported(void)
{
	uint32_t pitch = kms.mode.hdisplay * 4, handle, *map;
	size_t size = (pitch * kms.mode.vdisplay + 4095) & ~(size_t)4095;
	struct vgpu_pv_dumb imported = { .size = size };
	int prime = vgpu_pv_udmabuf(size, &map), ret;
	unsigned int first;

	ret = drmPrimeFDToHandle(kms.fd, prime, &handle);
	igt_require_f(!ret || errno != EOPNOTSUPP, "no import, as there is no 3D\n");
	igt_assert_eq(ret, 0);
	close(prime);
	igt_assert_eq(drmModeAddFB(kms.fd, kms.mode.hdisplay, kms.mode.vdisplay, 24, 32, pitch,
				   handle, &imported.fb), 0);
	igt_assert_eq(drmCloseBufferHandle(kms.fd, handle), 0);

	memset(map, 0x22, size);
	memset(kms.front.map, 0x22, kms.front.size);
	show(&kms.front);
	first = crc_of_shown();
	show(&imported);
	igt_assert_eq_u32(crc_of_shown(), first);
	map[kms.mode.hdisplay * 2 + 1] ^= 1;
	igt_assert_eq_u32(crc_of_shown(), first);
	igt_assert_eq(drmModeDirtyFB(kms.fd, imported.fb, NULL, 0), 0);
	igt_assert(crc_of_shown() != first);

	show(&kms.front);
	igt_assert_eq(drmModeRmFB(kms.fd, imported.fb), 0);
	igt_assert_eq(munmap(map, size), 0);
}

static void check_sequence(void)
{
	unsigned int frame, next, crc, first;
	FILE *data;
	int i;

	show(&kms.front);
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
		setup();
	}

	for (i = 0; i < ARRAY_SIZE(checks); i++) {
		igt_describe(checks[i].text);
		igt_subtest_f("%s", checks[i].name)
			checks[i].check();
	}

	igt_fixture()
		close(kms.fd);
}
