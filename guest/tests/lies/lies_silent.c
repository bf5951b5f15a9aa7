// SPDX-License-Identifier: MIT
/*
 * A device that never answers: [drv-time-limit].  Each wait has its end, of half a
 * minute at most, so all of them run at once, each with a device of its own.  A
 * message that was left out on a ring makes its order wrong, later.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>

#include "lies.h"

#define SILENT(name, type, use, result, text, end) \
	{ "silent: " name, "lie " type " -1 drop", NULL, use, result, text, end }

static const struct lies_row silent_rows[] = {
	{ "silent: the display's questions", "lie " GET_DISPLAY_INFO " -1 drop;lie " GET_EDID
	  " -1 drop", NULL, use_display, 0, "no display information: error -110", LIES_WORKS },
	SILENT("flush", FLUSH, use_display, 0, NULL, LIES_WORKS),
	SILENT("scanout", SET_SCANOUT, use_display, 0, NULL, LIES_WORKS),
	SILENT("cursor", UPDATE_CURSOR, use_display, 0, NULL, LIES_WORKS),
	SILENT("capsets", GET_CAPSETS, use_create, -ENOSYS, "no answer to message 0x300",
	       LIES_NO_3D),
	SILENT("capset", GET_CAPSET, use_caps, -ETIMEDOUT, "no answer to message 0x301", LIES_OFF),
	SILENT("context", CTX_CREATE, use_create, -ETIMEDOUT, "no answer to message 0x302",
	       LIES_OFF),
	{ "silent: resource", "credit 0;lie " RESOURCE_CREATE " -1 drop", NULL, use_create,
	  -ETIMEDOUT, "no answer to message 0x306", LIES_OFF },
	SILENT("a buffer's fence", SUBMIT, use_wait, -ETIMEDOUT, NULL, LIES_OFF),
	SILENT("a full ring", SUBMIT, use_full, -ETIMEDOUT, "no room after", LIES_STUCK),
	SILENT("a frame's fetch", TRANSFER_FROM_HOST, use_fetch, 0, "no frame from the renderer",
	       LIES_OFF),
	SILENT("a frame's drawing", SUBMIT, use_drawing, 0, "no frame from the renderer", LIES_OFF),
};

#define SILENT_COUNT (sizeof(silent_rows) / sizeof(silent_rows[0]))

static pthread_t silent_threads[SILENT_COUNT];
static bool silent_good[SILENT_COUNT];

static void *silent_run(void *arg)
{
	size_t i = (size_t)arg;

	silent_good[i] = lies_run(&silent_rows[i], 1 + i);
	return NULL;
}

void lies_silent_start(void)
{
	size_t i;

	for (i = 0; i < SILENT_COUNT; i++)
		pthread_create(&silent_threads[i], NULL, silent_run, (void *)i);
}

int lies_silent_finish(int *count)
{
	int failed = 0;
	size_t i;

	for (i = 0; i < SILENT_COUNT; i++) {
		if (pthread_join(silent_threads[i], NULL) || !silent_good[i]) {
			failed++;
			printf("FAIL %s\n", silent_rows[i].name);
		}
		++*count;
	}
	return failed;
}
