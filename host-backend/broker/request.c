// SPDX-License-Identifier: MIT
/*
 * What clients ask, as vgpu_pv_link.h describes it.  One table names each
 * request, who may make it, and its members with their types; one gate checks a
 * packet against it before any handler runs.  A member that is not in the table
 * is refused, so that a misspelt one never passes for its default.
 */
#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "instance.h"
#include "options.h"
#include "request.h"
#include "stats.h"
#include "vgpu_pv_link.h"

#define REQUEST_WHY 512

/* What one page of an answer holds: names and renderers are bounded, so it fits a packet. */
#define REQUEST_PAGE 32

enum request_kind {
	REQUEST_END = 0,
	REQUEST_NAME,  /* a string that options_name_valid() takes */
	REQUEST_BYTES, /* an integer, not negative */
	REQUEST_FLAG,  /* true or false */
};

/* The members of a request, as the gate found them. */
struct request {
	struct client *client;
	const char *name, *instance, *after;
	uint64_t memory;
	bool force;
	int *fd;
};

struct request_member {
	const char *key;
	enum request_kind kind;
	bool required;
	size_t offset;
};

/* clang-format off */
#define MEMBER(key, kind, required) { #key, kind, required, offsetof(struct request, key) }
/* clang-format on */

struct request_op {
	const char *name;
	bool operator; /* root, the broker's user, or the group that administers */
	json_t *(*handle)(const struct request *request);
	struct request_member members[3];
};

json_t *request_error(const char *fmt, ...)
{
	char why[REQUEST_WHY];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return json_pack("{s:b, s:s}", "ok", 0, "error", why);
}

static json_t *request_attach(const struct request *request)
{
	const char *name = request->name ? request->name : request->instance;
	char why[REQUEST_WHY];

	if (!request->name == !request->instance)
		return request_error("attach needs either name or instance");
	if (client_instance(request->client))
		return request_error("this connection holds instance %s already",
				     client_instance(request->client)->name);
	if (instance_attach(name, request->name, request->client, request->fd, why, sizeof(why)))
		return request_error("%s", why);
	return json_pack("{s:b, s:s, s:I}", "ok", 1, "name", name, "memory",
			 (json_int_t)instance_find(name)->memory);
}

static json_t *request_create(const struct request *request)
{
	char why[REQUEST_WHY];

	if (options_memory_check(request->memory, why, sizeof(why)) ||
	    instance_create(request->name, request->memory, why, sizeof(why)))
		return request_error("%s", why);
	return json_pack("{s:b}", "ok", 1);
}

static json_t *request_destroy(const struct request *request)
{
	char why[REQUEST_WHY];

	if (instance_destroy(request->name, request->force, why, sizeof(why)))
		return request_error("%s", why);
	return json_pack("{s:b}", "ok", 1);
}

static json_t *request_page(const struct request *request,
			    json_t *(*describe)(const struct instance *instance))
{
	struct instance *instance;
	json_t *list = json_array();
	unsigned int n = 0;

	if (request->name) {
		instance = instance_find(request->name);
		if (!instance) {
			json_decref(list);
			return request_error("there is no instance %s", request->name);
		}
		json_array_append_new(list, describe(instance));
		instance = NULL;
	} else {
		instance = instance_after(request->after ? request->after : "");
		for (; instance && n < REQUEST_PAGE; instance = instance->next, n++)
			json_array_append_new(list, describe(instance));
	}
	return json_pack("{s:b, s:o, s:b}", "ok", 1, "instances", list, "more", instance != NULL);
}

static json_t *request_list(const struct request *request)
{
	return request_page(request, stats_instance);
}

static json_t *request_stats(const struct request *request)
{
	return request_page(request, stats_counters);
}

static const struct request_op request_ops[] = {
	{ "attach",
	  false,
	  request_attach,
	  { MEMBER(name, REQUEST_NAME, false), MEMBER(instance, REQUEST_NAME, false) } },
	{ "create",
	  true,
	  request_create,
	  { MEMBER(name, REQUEST_NAME, true), MEMBER(memory, REQUEST_BYTES, true) } },
	{ "destroy",
	  true,
	  request_destroy,
	  { MEMBER(name, REQUEST_NAME, true), MEMBER(force, REQUEST_FLAG, false) } },
	{ "list", false, request_list, { MEMBER(after, REQUEST_NAME, false) } },
	{ "stats",
	  false,
	  request_stats,
	  { MEMBER(name, REQUEST_NAME, false), MEMBER(after, REQUEST_NAME, false) } },
};

#define REQUEST_NR_OPS (sizeof(request_ops) / sizeof(request_ops[0]))

static json_t *request_member(struct request *request, const struct request_member *member,
			      const json_t *value)
{
	void *slot = (char *)request + member->offset;

	switch (member->kind) {
	case REQUEST_NAME:
		if (!json_is_string(value) || !options_name_valid(json_string_value(value)))
			return request_error("%s must be a name: 1 to %d letters, digits, '-', '_' "
					     "and '.', not starting with '.'",
					     member->key, VGPU_PV_MAX_NAME);
		*(const char **)slot = json_string_value(value);
		return NULL;
	case REQUEST_BYTES:
		if (!json_is_integer(value) || json_integer_value(value) < 0)
			return request_error("%s must be a number of bytes, without a fraction",
					     member->key);
		*(uint64_t *)slot = (uint64_t)json_integer_value(value);
		return NULL;
	case REQUEST_FLAG:
		if (!json_is_boolean(value))
			return request_error("%s must be true or false", member->key);
		*(bool *)slot = json_is_true(value);
		return NULL;
	case REQUEST_END:
		break;
	}
	return request_error("%s cannot be read", member->key);
}

/* The gate: every member is read here, and none that the table lacks passes. */
static json_t *request_members(struct request *request, const struct request_op *op,
			       const json_t *packet)
{
	const struct request_member *member;
	json_t *value, *error;
	size_t found = 1; /* op itself */

	for (member = op->members; member->kind != REQUEST_END; member++) {
		value = json_object_get(packet, member->key);
		if (!value && member->required)
			return request_error("%s needs %s", op->name, member->key);
		if (!value)
			continue;
		found++;
		error = request_member(request, member, value);
		if (error)
			return error;
	}
	if (json_object_size(packet) != found)
		return request_error("%s has a member that it does not know", op->name);
	return NULL;
}

static json_t *request_dispatch(struct request *request, const json_t *packet)
{
	const char *name = json_string_value(json_object_get(packet, "op"));
	const struct request_op *op;
	json_t *error;
	unsigned int i;

	if (!name)
		return request_error("a request is an object with a string op");
	for (i = 0; i < REQUEST_NR_OPS; i++) {
		op = &request_ops[i];
		if (strcmp(op->name, name))
			continue;
		if (op->operator&& !client_is_operator(request->client))
			return request_error("%s is for root, the broker's user and members of its "
					     "--group",
					     op->name);
		error = request_members(request, op, packet);
		return error ? error : op->handle(request);
	}
	return request_error("unknown op: attach, create, destroy, list and stats are known");
}

json_t *request_handle(struct client *client, const char *packet, size_t len, int *fd)
{
	struct request request = { .client = client, .fd = fd };
	json_error_t error;
	json_t *json, *answer;

	json = json_loadb(packet, len, JSON_REJECT_DUPLICATES, &error);
	if (!json)
		return request_error("not a JSON object (at byte %d)", error.position);
	answer = request_dispatch(&request, json);
	json_decref(json);
	return answer;
}
