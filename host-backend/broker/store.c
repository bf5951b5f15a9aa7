// SPDX-License-Identifier: MIT
/*
 * The instances that an operator created, kept over a restart of the broker in
 * a JSON file beside the socket.  It is replaced by a rename, so a broker that
 * dies leaves the old or the new list; it is not synced to disk, as it lives in
 * /run and ends with the machine's run.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "instance.h"
#include "log.h"
#include "options.h"
#include "store.h"

#define STORE_SUFFIX ".instances"

int store_load(const struct options *o,
	       int (*add)(const char *name, uint64_t memory, char *why, size_t size))
{
	json_t *list = NULL, *entry;
	json_int_t memory;
	char why[256] = "";
	json_error_t error;
	const char *name;
	size_t i;
	char *path;
	int ret = 0;

	path = options_beside(o, STORE_SUFFIX);
	if (!path)
		return -ENOMEM;
	if (access(path, F_OK))
		goto out;
	list = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_array(list)) {
		snprintf(why, sizeof(why), "%s", list ? "not a list" : error.text);
		ret = -EINVAL;
		goto out;
	}
	json_array_foreach (list, i, entry) {
		if (json_unpack(entry, "{s:s, s:I !}", "name", &name, "memory", &memory) ||
		    !options_name_valid(name) || memory < 0 ||
		    options_memory_check((uint64_t)memory, why, sizeof(why))) {
			if (!*why)
				snprintf(why, sizeof(why), "entry %zu is no instance", i);
			ret = -EINVAL;
			goto out;
		}
		ret = add(name, (uint64_t)memory, why, sizeof(why));
		if (ret)
			goto out;
	}

out:
	if (ret)
		log_err("%s: %s: mend or remove it", path, why);
	json_decref(list);
	free(path);
	return ret;
}

static json_t *store_list(const struct instance *instance)
{
	json_t *list = json_array();

	for (; instance; instance = instance->next) {
		if (instance->origin != INSTANCE_CREATED)
			continue;
		if (json_array_append_new(list,
					  json_pack("{s:s, s:I}", "name", instance->name, "memory",
						    (json_int_t)instance->memory))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

int store_save(const struct options *o, const struct instance *instances, char *why, size_t size)
{
	char *path = options_beside(o, STORE_SUFFIX),
	     *next = options_beside(o, STORE_SUFFIX ".new");
	json_t *list = store_list(instances);
	int fd = -1, ret = 0;

	if (!path || !next || !list) {
		ret = -ENOMEM;
		goto out;
	}
	fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0 || json_dumpfd(list, fd, JSON_INDENT(1)) || rename(next, path)) {
		ret = errno ? -errno : -EIO;
		if (fd >= 0)
			unlink(next);
	}

out:
	if (ret)
		snprintf(why, size, "the list of instances '%s' cannot be written: %s",
			 path ? path : "", strerror(-ret));
	if (fd >= 0)
		close(fd);
	json_decref(list);
	free(next);
	free(path);
	return ret;
}
