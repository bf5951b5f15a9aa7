// SPDX-License-Identifier: MIT
/**
 * TEST: vgpu_pv_kms_frame
 * Description: Frames: vblanks, their counters and times, and checksums.
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

#include "vgpu_pv_lib.h"

IGT_TEST_DESCRIPTION("Frames: vblanks, their counters and times, and checksums.");

/**
 * SUBTEST: vblank-idle
 * Description: UAPI: count and time go on at the mode's rate while nobody waits
 *
 * SUBTEST: vblank-events
 * Description: UAPI: events come at whole numbers of the mode's period, in sequence
 *
 * SUBTEST: vblank-flips
 * Description: UAPI: the events of flips, too, come at whole numbers of the mode's period
 *
 * SUBTEST: sequence
 * Description: UAPI: CRTC_QUEUE_SEQUENCE sends its event at the count that it was given
 *
 * SUBTEST: vblank-off
 * Description: UAPI: without a mode there are no vblanks, and with one again the count goes on
 *
 * SUBTEST: outputs
 * Description: UAPI: each output counts its own frames, over changes of its mode, off and on
 *
 * SUBTEST: crc-sources
 * Description: UAPI: "auto" is the only source of checksums
 *
 * SUBTEST: crc-picture
 * Description: UAPI: equal pictures have equal checksums, and a pixel makes another
 *
 * SUBTEST: crc-depth
 * Description: UAPI: two bytes a pixel look like the four that they mean
 *
 * SUBTEST: crc-cursor
 * Description: UAPI: the checksum has the cursor at its place, and none once it is hidden
 *
 * SUBTEST: crc-imported
 * Description: UAPI: another exporter's buffer is shown, and what changed in it once that is told
 *
 * SUBTEST: crc-sequence
 * Description: UAPI: there is a checksum for each frame
 */

#define VGPU_PV_OUTPUTS 4

struct picture {
	uint32_t handle, fb, pitch;
	uint64_t size;
	uint32_t *map;
};

static struct {
	int fd;
	uint32_t crtc, connector;
	drmModeModeInfo mode;
	double period; /* ns */
	struct picture front, back, cursor;
	char debugfs[128];
} kms;

static void picture_create(struct picture *picture, uint32_t width, uint32_t height, uint32_t bpp)
{
	struct drm_mode_create_dumb args = { .width = width, .height = height, .bpp = bpp };
	struct drm_mode_map_dumb map = { 0 };

	do_ioctl(kms.fd, DRM_IOCTL_MODE_CREATE_DUMB, &args);
	map.handle = args.handle;
	do_ioctl(kms.fd, DRM_IOCTL_MODE_MAP_DUMB, &map);
	picture->handle = args.handle;
	picture->size = args.size;
	picture->pitch = args.pitch;
	picture->map = mmap(NULL, args.size, PROT_READ | PROT_WRITE, MAP_SHARED, kms.fd, map.offset);
	igt_assert(picture->map != MAP_FAILED);
	igt_assert_eq(drmModeAddFB(kms.fd, width, height, bpp == 32 ? 24 : bpp, bpp, args.pitch,
				   args.handle, &picture->fb), 0);
}

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
	kms.period = 1e6 * kms.mode.htotal * kms.mode.vtotal / kms.mode.clock;
	picture_create(&kms.front, kms.mode.hdisplay, kms.mode.vdisplay, 32);
	picture_create(&kms.back, kms.mode.hdisplay, kms.mode.vdisplay, 32);
	picture_create(&kms.cursor, 64, 64, 32);
	memset(kms.cursor.map, 0xff, kms.cursor.size);
	igt_assert_eq(fstat(kms.fd, &st), 0);
	snprintf(kms.debugfs, sizeof(kms.debugfs), "/sys/kernel/debug/dri/%u/crtc-0/crc",
		 minor(st.st_rdev));
	drmModeFreeConnector(connector);
	drmModeFreeResources(res);
}

static void show(const struct picture *picture)
{
	igt_assert_eq(drmModeSetCrtc(kms.fd, kms.crtc, picture->fb, 0, 0, &kms.connector, 1,
				     &kms.mode), 0);
}

static void get_sequence(uint64_t *sequence, uint64_t *ns)
{
	igt_assert_eq(drmCrtcGetSequence(kms.fd, kms.crtc, sequence, ns), 0);
}

/* Between these two vblanks there are as many periods as they count. */
static void check_distance(uint64_t count, double ns)
{
	igt_info("%llu vblanks in %.3f ms\n", (unsigned long long)count, ns / 1e6);
	igt_assert(ns > count * kms.period - kms.period / 100 &&
		   ns < count * kms.period + kms.period / 100);
}

static void off(uint32_t crtc)
{
	igt_assert_eq(drmModeSetCrtc(kms.fd, crtc, 0, 0, 0, NULL, 0, NULL), 0);
}

/*
 * How long after the last wait the core stops vblanks, in ms; returns what it was.
 * The core takes it over when an output is switched on.
 */
static int set_idle_time(int ms)
{
	FILE *file = fopen("/sys/module/drm/parameters/vblankoffdelay", "r+");
	int before = 5000;

	igt_require_f(file, "the time until vblanks stop cannot be set\n");
	igt_assert_eq(fscanf(file, "%d", &before), 1);
	rewind(file);
	igt_assert_lt(0, fprintf(file, "%d", ms));
	igt_assert_eq(fclose(file), 0);
	off(kms.crtc);
	show(&kms.front);
	return before;
}

static void check_vblank_idle(void)
{
	uint64_t first, last, first_ns, last_ns;
	int before = set_idle_time(50);

	get_sequence(&first, &first_ns);
	usleep(800000);
	get_sequence(&last, &last_ns);
	set_idle_time(before);
	igt_assert_lt(0, (int)(last - first));
	check_distance(last - first, last_ns - first_ns);
}

static void check_vblank_events(void)
{
	drmVBlank first = { 0 }, vbl;
	uint32_t count;

	show(&kms.front);
	first.request.type = DRM_VBLANK_RELATIVE;
	first.request.sequence = 1;
	igt_assert_eq(drmWaitVBlank(kms.fd, &first), 0);
	for (count = 1; count <= 20; count++) {
		memset(&vbl, 0, sizeof(vbl));
		vbl.request.type = DRM_VBLANK_ABSOLUTE;
		vbl.request.sequence = first.reply.sequence + count;
		igt_assert_eq(drmWaitVBlank(kms.fd, &vbl), 0);
		igt_assert((int)(vbl.reply.sequence - first.reply.sequence - count) >= 0);
		/* WAIT_VBLANK tells microseconds. */
		check_distance(vbl.reply.sequence - first.reply.sequence,
			       (vbl.reply.tval_sec - first.reply.tval_sec) * 1e9 +
				       (vbl.reply.tval_usec - first.reply.tval_usec) * 1e3);
	}
}

/* Each flip arms an event for the next vblank while the last one may still be told of. */
static void check_vblank_flips(void)
{
	struct drm_event_vblank event;
	uint64_t first, ns;
	uint32_t count;

	show(&kms.front);
	get_sequence(&first, &ns);
	for (count = 0; count < 40; count++) {
		igt_assert_eq(drmModePageFlip(kms.fd, kms.crtc,
					      count % 2 ? kms.front.fb : kms.back.fb,
					      DRM_MODE_PAGE_FLIP_EVENT, NULL), 0);
		igt_assert_eq(read(kms.fd, &event, sizeof(event)), sizeof(event));
		igt_assert_eq_u32(event.base.type, DRM_EVENT_FLIP_COMPLETE);
		check_distance(event.sequence - (uint32_t)first,
			       event.tv_sec * 1e9 + event.tv_usec * 1e3 - ns);
	}
}

static void check_sequence(void)
{
	struct pollfd pfd = { .fd = kms.fd, .events = POLLIN };
	struct drm_event_crtc_sequence event;
	uint64_t now, ns, queued;

	show(&kms.front);
	get_sequence(&now, &ns);
	igt_assert_eq(drmCrtcQueueSequence(kms.fd, kms.crtc, 0, now + 10, &queued, 77), 0);
	igt_assert_eq_u64(queued, now + 10);
	igt_assert_eq(poll(&pfd, 1, VGPU_PV_WAIT_MS), 1);
	igt_assert_eq(read(kms.fd, &event, sizeof(event)), sizeof(event));
	igt_assert_eq_u32(event.base.type, DRM_EVENT_CRTC_SEQUENCE);
	igt_assert_eq_u64(event.user_data, 77);
	igt_assert(event.sequence >= queued);
	check_distance(event.sequence - now, event.time_ns - ns);
}

static void check_vblank_off(void)
{
	uint64_t before, after, ns;
	drmVBlank vbl = { .request.type = DRM_VBLANK_RELATIVE, .request.sequence = 1 };

	show(&kms.front);
	get_sequence(&before, &ns);
	off(kms.crtc);
	igt_assert(drmWaitVBlank(kms.fd, &vbl) != 0);
	show(&kms.front);
	get_sequence(&after, &ns);
	igt_assert(after >= before);
	vbl = (drmVBlank){ .request.type = DRM_VBLANK_RELATIVE, .request.sequence = 1 };
	igt_assert_eq(drmWaitVBlank(kms.fd, &vbl), 0);
}

struct head {
	uint32_t crtc;
	drmModeConnector *connector;
	struct picture picture;
	drmModeModeInfo *mode;
	uint64_t sequence, ns; /* seen last */
};

/* The connected ones, each with a CRTC that its connector can use alone. */
static int heads_find(struct head heads[VGPU_PV_OUTPUTS])
{
	drmModeRes *res = drmModeGetResources(kms.fd);
	int i, n = 0;

	igt_assert(res && res->count_connectors <= VGPU_PV_OUTPUTS);
	igt_assert_eq(res->count_crtcs, res->count_connectors);
	for (i = 0; i < res->count_connectors; i++) {
		drmModeConnector *connector = drmModeGetConnector(kms.fd, res->connectors[i]);

		igt_assert(connector);
		if (connector->connection != DRM_MODE_CONNECTED) {
			drmModeFreeConnector(connector);
			continue;
		}
		heads[n] = (struct head){ .crtc = res->crtcs[i], .connector = connector };
		picture_create(&heads[n].picture, connector->modes[0].hdisplay,
			       connector->modes[0].vdisplay, 32);
		n++;
	}
	drmModeFreeResources(res);
	return n;
}

/* Each in its mode of this number, or its last one. */
static void heads_show(struct head *heads, int n, int which)
{
	struct head *head;

	for (head = heads; head < heads + n; head++) {
		int last = head->connector->count_modes - 1;

		head->mode = &head->connector->modes[which < last ? which : last];
		igt_assert_eq(drmModeSetCrtc(kms.fd, head->crtc, head->picture.fb, 0, 0,
					     &head->connector->connector_id, 1, head->mode), 0);
	}
}

/* All at once: an event for each, of its own count, at whole periods of its own mode. */
static void heads_check(struct head *heads, int n)
{
	struct drm_event_crtc_sequence events[VGPU_PV_OUTPUTS];
	struct pollfd pfd = { .fd = kms.fd, .events = POLLIN };
	uint64_t queued[VGPU_PV_OUTPUTS], sequence, ns;
	ssize_t length;
	int i, k, seen = 0;

	for (i = 0; i < n; i++) {
		igt_assert_eq(drmCrtcGetSequence(kms.fd, heads[i].crtc, &sequence, &ns), 0);
		igt_assert(sequence >= heads[i].sequence && ns >= heads[i].ns);
		heads[i].sequence = sequence;
		heads[i].ns = ns;
		igt_assert_eq(drmCrtcQueueSequence(kms.fd, heads[i].crtc,
						   DRM_CRTC_SEQUENCE_RELATIVE, 3 + 2 * i,
						   &queued[i], 100 + i), 0);
	}
	while (seen < n) {
		igt_assert_eq(poll(&pfd, 1, VGPU_PV_WAIT_MS), 1);
		length = read(kms.fd, events, sizeof(events));
		igt_assert(length > 0 && length % sizeof(events[0]) == 0);
		for (k = 0; k < length / (ssize_t)sizeof(events[0]); k++, seen++) {
			i = events[k].user_data - 100;
			igt_assert(i >= 0 && i < n && events[k].sequence >= queued[i]);
			kms.period = 1e6 * heads[i].mode->htotal * heads[i].mode->vtotal /
				     heads[i].mode->clock;
			check_distance(events[k].sequence - heads[i].sequence,
				       events[k].time_ns - heads[i].ns);
			heads[i].sequence = events[k].sequence;
			heads[i].ns = events[k].time_ns;
		}
	}
}

static void check_outputs(void)
{
	struct head heads[VGPU_PV_OUTPUTS];
	uint64_t sequence, ns;
	double period = kms.period;
	int i, n = heads_find(heads);

	igt_info("%d outputs\n", n);
	for (i = 0; i < 3; i++) {
		heads_show(heads, n, i);
		heads_check(heads, n);
	}
	/* Off, one after the other: the rest goes on. */
	for (i = 0; i < n; i++) {
		off(heads[i].crtc);
		igt_assert(drmCrtcGetSequence(kms.fd, heads[i].crtc, &sequence, &ns) != 0);
		heads_check(heads + i + 1, n - i - 1);
	}
	heads_show(heads, n, 0);
	heads_check(heads, n);
	kms.period = period;
	for (i = 0; i < n; i++) {
		off(heads[i].crtc);
		igt_assert_eq(drmModeRmFB(kms.fd, heads[i].picture.fb), 0);
		igt_assert_eq(munmap(heads[i].picture.map, heads[i].picture.size), 0);
		igt_assert_eq(drmModeDestroyDumbBuffer(kms.fd, heads[i].picture.handle), 0);
		drmModeFreeConnector(heads[i].connector);
	}
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

static void check_crc_sources(void)
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

static void check_crc_picture(void)
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

static void check_crc_depth(void)
{
	uint32_t i, width = kms.mode.hdisplay, height = kms.mode.vdisplay;
	uint32_t stride = kms.front.pitch / 4;
	struct picture small = { 0 };
	uint16_t *pixels;

	picture_create(&small, width, height, 16);
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
	igt_assert_eq(drmModeRmFB(kms.fd, small.fb), 0);
	igt_assert_eq(munmap(small.map, small.size), 0);
	igt_assert_eq(drmModeDestroyDumbBuffer(kms.fd, small.handle), 0);
}

static void check_crc_cursor(void)
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

static void check_crc_imported(void)
{
	uint32_t pitch = kms.mode.hdisplay * 4, handle, *map;
	size_t size = (pitch * kms.mode.vdisplay + 4095) & ~(size_t)4095;
	struct picture imported = { .size = size };
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

static void check_crc_sequence(void)
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
	{ "vblank-idle", "UAPI: count and time go on at the mode's rate while nobody waits.",
	  check_vblank_idle },
	{ "vblank-events", "UAPI: events come at whole numbers of the mode's period, in sequence.",
	  check_vblank_events },
	{ "vblank-flips", "UAPI: the events of flips, too, come at whole numbers of the mode's period.",
	  check_vblank_flips },
	{ "sequence", "UAPI: CRTC_QUEUE_SEQUENCE sends its event at the count that it was given.",
	  check_sequence },
	{ "vblank-off", "UAPI: without a mode no vblanks, and with one again the count goes on.",
	  check_vblank_off },
	{ "outputs", "UAPI: each output counts its own frames, over its modes, off and on.",
	  check_outputs },
	{ "crc-sources", "UAPI: \"auto\" is the only source of checksums.", check_crc_sources },
	{ "crc-picture", "UAPI: equal pictures have equal checksums, a pixel makes another.",
	  check_crc_picture },
	{ "crc-depth", "UAPI: two bytes a pixel look like the four that they mean.",
	  check_crc_depth },
	{ "crc-cursor", "UAPI: the checksum has the cursor at its place, none once it is hidden.",
	  check_crc_cursor },
	{ "crc-imported", "UAPI: another's buffer is shown, and what changed in it once that is told.",
	  check_crc_imported },
	{ "crc-sequence", "UAPI: there is a checksum for each frame.", check_crc_sequence },
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
