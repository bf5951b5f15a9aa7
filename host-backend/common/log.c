// SPDX-License-Identifier: MIT
/*
 * Log lines on stderr, where a terminal, systemd's journal and QEMU's parent
 * all find them.  One write() a line, so that lines of several threads and
 * processes never mix.  What a guest can provoke goes through a log_limit.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

#define LOG_LINE	1024

static char log_prefix[128] = "vgpu-pv";
static enum log_level log_max = LOG_LEVEL_INFO;

void log_init(const char *prefix, enum log_level max_level)
{
	snprintf(log_prefix, sizeof(log_prefix), "%s", prefix);
	log_max = max_level;
}

void log_vprintf(enum log_level level, const char *fmt, va_list ap)
{
	static const char *const names[] = { "error: ", "warning: ", "", "debug: " };
	char line[LOG_LINE];
	size_t len;
	int n;

	if (level > log_max)
		return;
	n = snprintf(line, sizeof(line), "%s: %s", log_prefix, names[level]);
	len = (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1;
	n = vsnprintf(line + len, sizeof(line) - len, fmt, ap);
	if (n > 0)
		len += (size_t)n < sizeof(line) - len ? (size_t)n : sizeof(line) - len - 1;
	if (line[len - 1] != '\n') {
		if (len == sizeof(line) - 1)
			len--;
		line[len++] = '\n';
	}
	/* a log that cannot be written has nowhere to complain */
	if (write(STDERR_FILENO, line, len) < 0)
		return;
}

void log_printf(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vprintf(level, fmt, ap);
	va_end(ap);
}

int log_limit_pass(struct log_limit *limit)
{
	struct timespec ts;
	uint64_t now;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	now = (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
	if (!limit->since_ms || now - limit->since_ms >= limit->interval_ms) {
		if (limit->missed)
			log_warn("%u similar lines kept back", limit->missed);
		limit->since_ms = now;
		limit->count = 0;
		limit->missed = 0;
	}
	if (limit->count < limit->burst) {
		limit->count++;
		return 1;
	}
	limit->missed++;
	return 0;
}
