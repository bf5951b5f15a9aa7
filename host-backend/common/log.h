/* SPDX-License-Identifier: MIT */
#ifndef VGPU_PV_LOG_H
#define VGPU_PV_LOG_H

#include <stdarg.h>
#include <stdint.h>

enum log_level {
	LOG_LEVEL_ERROR = 0,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/* At most `burst` lines in any `interval_ms`; `missed` counts what was kept back. */
struct log_limit {
	uint64_t since_ms;
	unsigned int interval_ms;
	unsigned int burst;
	unsigned int count;
	unsigned int missed;
};

#define LOG_LIMIT_INIT { .interval_ms = 5000, .burst = 10 }

/* prefix stands in front of each line ("vgpu-pv-worker[NAME]"); it is copied */
void log_init(const char *prefix, enum log_level max_level);

void log_vprintf(enum log_level level, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
void log_printf(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#define log_err(...)	log_printf(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)	log_printf(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)	log_printf(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)	log_printf(LOG_LEVEL_DEBUG, __VA_ARGS__)

/* Each user is one thread's; true: this line may be printed. */
int log_limit_pass(struct log_limit *limit);

#define log_err_limited(limit, ...)				\
	do {							\
		if (log_limit_pass(limit))			\
			log_err(__VA_ARGS__);			\
	} while (0)

#endif /* VGPU_PV_LOG_H */
