// SPDX-License-Identifier: MIT
/*
 * What the tool does once it is connected: ask, page through the answer, print
 * a table or JSON.  Rates are made here from two samples, so that the broker
 * keeps no history.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "link.h"
#include "log.h"
#include "table.h"

/* Counters that grow: what --interval turns into rates, and "stats" prints. */
static const struct table_column command_counters[] = {
	{ "MESSAGES", "messages", TABLE_COUNT },  { "SUBMITS", "submits", TABLE_COUNT },
	{ "COMMANDS", "commands", TABLE_COUNT },  { "TRANSFERS", "transfers", TABLE_COUNT },
	{ "FRAMES", "frames", TABLE_COUNT },	  { "IN", "bytes_in", TABLE_SIZE },
	{ "OUT", "bytes_out", TABLE_SIZE },	  { "COPIED", "bytes_copied", TABLE_SIZE },
	{ "KICKS", "kicks", TABLE_COUNT },	  { "CALLS", "calls", TABLE_COUNT },
	{ "LOST", "contexts_lost", TABLE_COUNT },
};

#define COMMAND_NR_COUNTERS (sizeof(command_counters) / sizeof(command_counters[0]))

/* An answer that is good, or NULL with the reason on stderr and in status. */
static json_t *command_ask(int sock, json_t *request, enum command_status *status)
{
	json_t *answer = link_ask(sock, request, NULL);
	const char *error;

	*status = COMMAND_OK;
	if (!answer) {
		*status = COMMAND_NO_BROKER;
	} else if (!json_is_true(json_object_get(answer, "ok"))) {
		error = json_string_value(json_object_get(answer, "error"));
		log_err("%s", error ? error : "vgpu-pvd refuses, and does not say why");
		*status = COMMAND_REFUSED;
		json_decref(answer);
		answer = NULL;
	}
	return answer;
}

enum command_status command_create(int sock, const struct command_args *args)
{
	enum command_status status;

	json_decref(command_ask(sock,
				json_pack("{s:s, s:s, s:I}", "op", "create", "name", args->name,
					  "memory", (json_int_t)args->memory),
				&status));
	return status;
}

enum command_status command_destroy(int sock, const struct command_args *args)
{
	enum command_status status;

	json_decref(command_ask(sock,
				json_pack("{s:s, s:s, s:b}", "op", "destroy", "name", args->name,
					  "force", args->force),
				&status));
	return status;
}

/* All instances, page after page, or the one that is named. */
static json_t *command_instances(int sock, const char *op, const char *name,
				 enum command_status *status)
{
	json_t *all = json_array(), *answer, *page;
	const char *after = NULL;
	bool more;

	do {
		answer = command_ask(
			sock,
			json_pack("{s:s, s:s*, s:s*}", "op", op, "name", name, "after", after),
			status);
		if (!answer) {
			json_decref(all);
			return NULL;
		}
		page = json_object_get(answer, "instances");
		json_array_extend(all, page);
		more = json_is_true(json_object_get(answer, "more")) && json_array_size(page);
		json_decref(answer);
		after = json_string_value(
			json_object_get(json_array_get(all, json_array_size(all) - 1), "name"));
	} while (more && after);
	return all;
}

static enum command_status command_print(json_t *instances, bool json,
					 const struct table_column *columns, size_t nr)
{
	int ret;

	if (json)
		ret = json_dumpf(instances, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) ||
		      putchar('\n') == EOF;
	else
		ret = table_print(instances, columns, nr);
	json_decref(instances);
	if (ret || fflush(stdout)) {
		log_err("the answer cannot be printed");
		return COMMAND_REFUSED;
	}
	return COMMAND_OK;
}

enum command_status command_list(int sock, const struct command_args *args)
{
	static const struct table_column columns[] = {
		{ "NAME", "name", TABLE_TEXT },		  { "STATE", "state", TABLE_TEXT },
		{ "MEMORY", "memory", TABLE_SIZE },	  { "WORKER", "worker", TABLE_COUNT },
		{ "AUTOMATIC", "automatic", TABLE_FLAG },
	};
	enum command_status status;
	json_t *instances = command_instances(sock, "list", NULL, &status);

	if (!instances)
		return status;
	return command_print(instances, args->json, columns, sizeof(columns) / sizeof(columns[0]));
}

static json_t *command_find(const json_t *instances, const char *name)
{
	json_t *instance;
	size_t i;

	json_array_foreach (instances, i, instance) {
		const char *its = json_string_value(json_object_get(instance, "name"));

		if (its && name && !strcmp(its, name))
			return instance;
	}
	return NULL;
}

static double command_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* In the second sample counters become what they grew by in a second. */
static void command_rates(const json_t *before, json_t *after, double seconds)
{
	const json_t *old, *worker;
	json_t *instance, *value;
	json_int_t grown;
	size_t i, c;

	json_array_foreach (after, i, instance) {
		old = command_find(before, json_string_value(json_object_get(instance, "name")));
		worker = json_object_get(instance, "worker");
		/* another worker counts from zero */
		if (!worker || !json_equal(worker, json_object_get(old, "worker")))
			old = NULL;
		for (c = 0; c < COMMAND_NR_COUNTERS; c++) {
			value = json_object_get(instance, command_counters[c].key);
			if (!json_is_integer(value))
				continue;
			grown = json_integer_value(value) -
				json_integer_value(json_object_get(old, command_counters[c].key));
			json_integer_set(value, (json_int_t)((double)grown / seconds + 0.5));
		}
		json_object_set_new(instance, "interval", json_real(seconds));
	}
}

enum command_status command_stats(int sock, const struct command_args *args)
{
	static const struct table_column head[] = {
		{ "NAME", "name", TABLE_TEXT },		 { "STATE", "state", TABLE_TEXT },
		{ "MEMORY", "memory", TABLE_SIZE },	 { "USED", "memory_used", TABLE_SIZE },
		{ "CONTEXTS", "contexts", TABLE_COUNT }, { "RESOURCES", "resources", TABLE_COUNT },
	};
	static const struct table_column renderer = { "RENDERER", "renderer", TABLE_TEXT };
	const size_t nr_head = sizeof(head) / sizeof(head[0]);
	struct table_column columns[sizeof(head) / sizeof(head[0]) + COMMAND_NR_COUNTERS + 1];
	json_t *before, *instances;
	enum command_status status;
	struct timespec pause;
	double start;

	instances = command_instances(sock, "stats", args->name, &status);
	if (instances && args->interval > 0) {
		start = command_now();
		pause.tv_sec = (time_t)args->interval;
		pause.tv_nsec = (long)((args->interval - (double)pause.tv_sec) * 1e9);
		nanosleep(&pause, NULL);
		before = instances;
		instances = command_instances(sock, "stats", args->name, &status);
		if (instances)
			command_rates(before, instances, command_now() - start);
		json_decref(before);
	}
	if (!instances)
		return status;
	memcpy(columns, head, sizeof(head));
	memcpy(columns + nr_head, command_counters, sizeof(command_counters));
	columns[nr_head + COMMAND_NR_COUNTERS] = renderer;
	return command_print(instances, args->json, columns, nr_head + COMMAND_NR_COUNTERS + 1);
}
