/* SPDX-License-Identifier: MIT */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

/* Exit statuses, as vgpu-pvctl(1) lists them. */
enum command_status {
	COMMAND_OK = 0,
	COMMAND_REFUSED = 1,
	COMMAND_USAGE = 2,
	COMMAND_NO_BROKER = 3,
};

/* What the command line says. */
struct command_args {
	const char *socket;
	const char *name; /* NULL: none was given */
	uint64_t memory;  /* bytes */
	double interval;  /* seconds, 0: totals */
	bool json;
	bool force;
};

enum command_status command_create(int sock, const struct command_args *args);
enum command_status command_destroy(int sock, const struct command_args *args);
enum command_status command_list(int sock, const struct command_args *args);
enum command_status command_stats(int sock, const struct command_args *args);

#endif /* CTL_COMMAND_H */
