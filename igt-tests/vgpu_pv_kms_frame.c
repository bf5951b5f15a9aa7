// SPDX-License-Identifier: MIT
/**
 * TEST: vgpu_pv_kms_frame
 * Description: Frames: vblanks, their counters and times.
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

IGT_TEST_DESCRIPTION("Frames: vblanks, their counters and times.");

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
 */

#define VGPU_PV_OUTPUTS 4

static struct vgpu_pv_screen screen;

static void get_sequence(uint64_t *sequence, uint64_t *ns)
{
	igt_assert_eq(drmCrtcGetSequence(screen.fd, screen.crtc, sequence, ns), 0);
}

/* Between these two vblanks there are as many of the mode's periods as they count. */
static void check_distance(const drmModeModeInfo *mode, uint64_t count, double ns)
{
	double period = 1e6 * mode->htotal * mode->vtotal / mode->clock;

	igt_info("%llu vblanks in %.3f ms\n", (unsigned long long)count, ns / 1e6);
	igt_assert(ns > count * period - period / 100 && ns < count * period + period / 100);
}

static void off(uint32_t crtc)
{
	igt_assert_eq(drmModeSetCrtc(screen.fd, crtc, 0, 0, 0, NULL, 0, NULL), 0);
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
	off(screen.crtc);
	vgpu_pv_screen_show(&screen, &screen.front);
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
	check_distance(&screen.mode, last - first, last_ns - first_ns);
}

static void check_vblank_events(void)
{
	drmVBlank first = { 0 }, vbl;
	uint32_t count;

	vgpu_pv_screen_show(&screen, &screen.front);
	first.request.type = DRM_VBLANK_RELATIVE;
	first.request.sequence = 1;
	igt_assert_eq(drmWaitVBlank(screen.fd, &first), 0);
	for (count = 1; count <= 20; count++) {
		memset(&vbl, 0, sizeof(vbl));
		vbl.request.type = DRM_VBLANK_ABSOLUTE;
		vbl.request.sequence = first.reply.sequence + count;
		igt_assert_eq(drmWaitVBlank(screen.fd, &vbl), 0);
		igt_assert((int)(vbl.reply.sequence - first.reply.sequence - count) >= 0);
		/* WAIT_VBLANK tells microseconds. */
		check_distance(&screen.mode, vbl.reply.sequence - first.reply.sequence,
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

	vgpu_pv_screen_show(&screen, &screen.front);
	get_sequence(&first, &ns);
	for (count = 0; count < 40; count++) {
		igt_assert_eq(drmModePageFlip(screen.fd, screen.crtc,
					      count % 2 ? screen.front.fb : screen.back.fb,
					      DRM_MODE_PAGE_FLIP_EVENT, NULL), 0);
		igt_assert_eq(read(screen.fd, &event, sizeof(event)), sizeof(event));
		igt_assert_eq_u32(event.base.type, DRM_EVENT_FLIP_COMPLETE);
		check_distance(&screen.mode, event.sequence - (uint32_t)first,
			       event.tv_sec * 1e9 + event.tv_usec * 1e3 - ns);
	}
}

static void check_sequence(void)
{
	struct pollfd pfd = { .fd = screen.fd, .events = POLLIN };
	struct drm_event_crtc_sequence event;
	uint64_t now, ns, queued;

	vgpu_pv_screen_show(&screen, &screen.front);
	get_sequence(&now, &ns);
	igt_assert_eq(drmCrtcQueueSequence(screen.fd, screen.crtc, 0, now + 10, &queued, 77), 0);
	igt_assert_eq_u64(queued, now + 10);
	igt_assert_eq(poll(&pfd, 1, VGPU_PV_WAIT_MS), 1);
	igt_assert_eq(read(screen.fd, &event, sizeof(event)), sizeof(event));
	igt_assert_eq_u32(event.base.type, DRM_EVENT_CRTC_SEQUENCE);
	igt_assert_eq_u64(event.user_data, 77);
	igt_assert(event.sequence >= queued);
	check_distance(&screen.mode, event.sequence - now, event.time_ns - ns);
}

static void check_vblank_off(void)
{
	uint64_t before, after, ns;
	drmVBlank vbl = { .request.type = DRM_VBLANK_RELATIVE, .request.sequence = 1 };

	vgpu_pv_screen_show(&screen, &screen.front);
	get_sequence(&before, &ns);
	off(screen.crtc);
	igt_assert(drmWaitVBlank(screen.fd, &vbl) != 0);
	vgpu_pv_screen_show(&screen, &screen.front);
	get_sequence(&after, &ns);
	igt_assert(after >= before);
	vbl = (drmVBlank){ .request.type = DRM_VBLANK_RELATIVE, .request.sequence = 1 };
	igt_assert_eq(drmWaitVBlank(screen.fd, &vbl), 0);
}

struct head {
	uint32_t crtc;
	drmModeConnector *connector;
	struct vgpu_pv_dumb picture;
	drmModeModeInfo *mode;
	uint64_t sequence, ns; /* seen last */
};

/* The connected ones, each with a CRTC that its connector can use alone. */
static int heads_find(struct head heads[VGPU_PV_OUTPUTS])
{
	drmModeRes *res = drmModeGetResources(screen.fd);
	int i, n = 0;

	igt_assert(res && res->count_connectors <= VGPU_PV_OUTPUTS);
	igt_assert_eq(res->count_crtcs, res->count_connectors);
	for (i = 0; i < res->count_connectors; i++) {
		drmModeConnector *connector = drmModeGetConnector(screen.fd, res->connectors[i]);

		igt_assert(connector);
		if (connector->connection != DRM_MODE_CONNECTED) {
			drmModeFreeConnector(connector);
			continue;
		}
		heads[n] = (struct head){ .crtc = res->crtcs[i], .connector = connector };
		vgpu_pv_dumb_create_fb(screen.fd, &heads[n].picture, connector->modes[0].hdisplay,
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
		igt_assert_eq(drmModeSetCrtc(screen.fd, head->crtc, head->picture.fb, 0, 0,
					     &head->connector->connector_id, 1, head->mode), 0);
	}
}

/* All at once: an event for each, of its own count, at whole periods of its own mode. */
static void heads_check(struct head *heads, int n)
{
	struct drm_event_crtc_sequence events[VGPU_PV_OUTPUTS];
	struct pollfd pfd = { .fd = screen.fd, .events = POLLIN };
	uint64_t queued[VGPU_PV_OUTPUTS], sequence, ns;
	ssize_t length;
	int i, k, seen = 0;

	for (i = 0; i < n; i++) {
		igt_assert_eq(drmCrtcGetSequence(screen.fd, heads[i].crtc, &sequence, &ns), 0);
		igt_assert(sequence >= heads[i].sequence && ns >= heads[i].ns);
		heads[i].sequence = sequence;
		heads[i].ns = ns;
		igt_assert_eq(drmCrtcQueueSequence(screen.fd, heads[i].crtc,
						   DRM_CRTC_SEQUENCE_RELATIVE, 3 + 2 * i,
						   &queued[i], 100 + i), 0);
	}
	while (seen < n) {
		igt_assert_eq(poll(&pfd, 1, VGPU_PV_WAIT_MS), 1);
		length = read(screen.fd, events, sizeof(events));
		igt_assert(length > 0 && length % sizeof(events[0]) == 0);
		for (k = 0; k < length / (ssize_t)sizeof(events[0]); k++, seen++) {
			i = events[k].user_data - 100;
			igt_assert(i >= 0 && i < n && events[k].sequence >= queued[i]);
			check_distance(heads[i].mode, events[k].sequence - heads[i].sequence,
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
	int i, n = heads_find(heads);

	igt_info("%d outputs\n", n);
	for (i = 0; i < 3; i++) {
		heads_show(heads, n, i);
		heads_check(heads, n);
	}
	/* Off, one after the other: the rest goes on. */
	for (i = 0; i < n; i++) {
		off(heads[i].crtc);
		igt_assert(drmCrtcGetSequence(screen.fd, heads[i].crtc, &sequence, &ns) != 0);
		heads_check(heads + i + 1, n - i - 1);
	}
	heads_show(heads, n, 0);
	heads_check(heads, n);
	for (i = 0; i < n; i++) {
		off(heads[i].crtc);
		vgpu_pv_dumb_destroy(screen.fd, &heads[i].picture);
		drmModeFreeConnector(heads[i].connector);
	}
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
};

int igt_main()
{
	size_t i;

	igt_fixture() {
		vgpu_pv_screen_open(&screen);
	}

	for (i = 0; i < ARRAY_SIZE(checks); i++) {
		igt_describe(checks[i].text);
		igt_subtest_f("%s", checks[i].name)
			checks[i].check();
	}

	igt_fixture()
		vgpu_pv_screen_close(&screen);
}
