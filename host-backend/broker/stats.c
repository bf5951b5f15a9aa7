// SPDX-License-Identifier: MIT
/*
 * What list and stats say of an instance.  A worker writes its counters into a
 * page that it shares with the broker, so reading them costs the worker nothing
 * and works while it is stuck; they are its claims, and only printed.
 */
#include <jansson.h>
#include <stddef.h>
#include <string.h>

#include "instance.h"
#include "stats.h"
#include "vgpu_pv_stats.h"
#include "worker.h"

/* clang-format off */
#define COUNTER(member) { #member, offsetof(struct vgpu_pv_stats, member) }
/* clang-format on */

static const struct {
	const char *key;
	size_t offset;
} stats_members[] = {
	COUNTER(memory_used), COUNTER(contexts),	COUNTER(resources),    COUNTER(messages),
	COUNTER(submits),     COUNTER(commands),	COUNTER(transfers),    COUNTER(frames),
	COUNTER(bytes_in),    COUNTER(bytes_out),	COUNTER(bytes_copied), COUNTER(contexts_lost),
	COUNTER(kicks),	      COUNTER(calls),
};

json_t *stats_instance(const struct instance *instance)
{
	json_t *json =
		json_pack("{s:s, s:I, s:s, s:b}", "name", instance->name, "memory",
			  (json_int_t)instance->memory, "state", instance_state_name(instance),
			  "automatic", instance->origin == INSTANCE_AUTOMATIC);

	if (instance->worker)
		json_object_set_new(json, "worker", json_integer(instance->worker->pid));
	return json;
}

static json_t *stats_renderer(const struct vgpu_pv_stats *stats)
{
	char text[VGPU_PV_STATS_RENDERER];
	size_t i;

	for (i = 0; i < sizeof(text) - 1; i++) {
		text[i] = __atomic_load_n(&stats->renderer[i], __ATOMIC_RELAXED);
		if (!text[i])
			break;
		if (text[i] < ' ' || text[i] > '~')
			text[i] = '?';
	}
	return json_stringn(text, i);
}

json_t *stats_counters(const struct instance *instance)
{
	json_t *json = stats_instance(instance);
	const struct vgpu_pv_stats *stats;
	uint64_t value;
	size_t i;

	if (!instance->worker)
		return json;
	stats = instance->worker->stats;
	if (__atomic_load_n(&stats->magic, __ATOMIC_ACQUIRE) != VGPU_PV_STATS_MAGIC)
		return json;
	json_object_set_new(json, "renderer", stats_renderer(stats));
	for (i = 0; i < sizeof(stats_members) / sizeof(stats_members[0]); i++) {
		value = __atomic_load_n((const uint64_t *)(const void *)((const char *)stats +
									 stats_members[i].offset),
					__ATOMIC_RELAXED);
		/* JSON's integers are signed here; no honest count gets there */
		json_object_set_new(json, stats_members[i].key,
				    json_integer((json_int_t)(value & INT64_MAX)));
	}
	return json;
}
