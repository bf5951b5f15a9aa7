// SPDX-License-Identifier: MIT
/*
 * A device that lies against the driver: each lie ends in errors and few lines in
 * the kernel log, and afterwards the driver works, or has given the device up, and
 * can be taken from it.  What the device saw of the driver is held against the
 * rules of the contract.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lies.h"

#define MAX_LINES 4	/* of one lie, told a few times, and what came of it */
#define MAX_FLOOD 14	/* ten in five seconds, and what was suppressed */

static bool lies_wrong(const struct lies_row *row, const char *what, long is, long wanted)
{
	if (is == wanted)
		return false;
	printf("%s: %s %ld, not %ld\n", row->name, what, is, wanted);
	return true;
}

/* What still works must work, and what does not must say so at once. */
static bool lies_check_end(const struct lies_row *row, struct lying *d)
{
	int render = row->end == LIES_WORKS ? 0 : -EIO;
	int card = lying_node(d, "card"), ret;
	double begin = lying_now();

	if (lies_wrong(row, "taken by the driver", card >= 0, row->end != LIES_REFUSED))
		return false;
	if (card < 0)
		return true;
	close(card);

	/* The driver may still be about to notice. */
	do {
		ret = row->end == LIES_STUCK ? render : use_submit(d);
		/* Without a renderer from the start, there is neither the call nor the node. */
		if (row->end == LIES_NO_3D && (ret == -ENOSYS || ret == -ENXIO))
			ret = -EIO;
	} while (ret != render && render && lying_now() - begin < lying_wait_ms() / 4000.0);
	if (lies_wrong(row, "rendering", ret, render))
		return false;
	if (row->end != LIES_WORKS) {
		ret = use_dumb(d);
		if (lies_wrong(row, "a dumb buffer", ret, 0))
			return false;
	}
	return !lies_wrong(row, "too slow", lying_now() - begin > lying_wait_ms() / 2000.0, false);
}

bool lies_run(const struct lies_row *row, unsigned int slice)
{
	int most = row->use == use_flood ? MAX_FLOOD : MAX_LINES;
	int ret, lines, found;
	struct lying d;
	bool good;

	lying_open(&d, slice);
	d.after = row->after;
	ret = lying_command(&d, row->before) ?: lying_command(&d, "plug");
	good = !lies_wrong(row, "commands", ret, 0);
	if (good && row->use)
		good = !lies_wrong(row, "its use", row->use(&d), row->result);
	if (good)
		good = !lies_wrong(row, "later commands", lying_after(&d), 0);
	/* No more of them, so that what comes shows how the driver is. */
	lying_command(&d, "truth;credit 0x40000000");
	if (good)
		good = lies_check_end(row, &d);
	lying_command(&d, "unplug");

	lines = lying_log(&d, row->log, &found);
	if (row->log)
		good = !lies_wrong(row, row->log, found, 1) && good;
	if (lines > most)
		good = !lies_wrong(row, "lines", lines, most);
	if (!good)
		printf("%s: %d lines in the kernel log, the last: %s\n", row->name, lines, d.line);
	good = !lying_broken(&d) && good;
	lying_close(&d);
	return good;
}

int main(int argc, char **argv)
{
	const char *only = argc > 1 ? argv[1] : "*";
	bool silent = !fnmatch(only, "silent", 0);
	int count = 0, failed = 0;
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
		fprintf(stderr, "usage: lies [PATTERN]\n\n"
				"Runs the lies whose names fit, \"silent\" and \"honest\".\n");
		return 2;
	}
	if (lying_find_memory()) {
		fprintf(stderr, "lies: no PCI device 0x107f with memory\n");
		return 1;
	}
	if (silent)
		lies_silent_start();
	for (i = 0; i < lies_count; i++) {
		if (fnmatch(only, lies_rows[i].name, 0))
			continue;
		count++;
		if (lies_run(&lies_rows[i], 0))
			continue;
		failed++;
		printf("FAIL %s\n", lies_rows[i].name);
	}
	if (!fnmatch(only, "honest", 0))
		failed += lies_honest(&count);
	if (silent)
		failed += lies_silent_finish(&count);
	printf("%d lies, %d failed\n", count, failed);
	return failed || !count;
}
