// SPDX-License-Identifier: MIT
/*
 * The instances that the broker knows, and their states:
 *
 *	      attach              worker ends
 *	idle ---------> connected ------------> failed
 *	  ^                 |                     |
 *	  +-----------------+---------------------+
 *	     the connection is closed; an automatic
 *	     instance is dropped in place of idle
 *
 * A connection's end is the only way back, so a guest whose worker failed keeps
 * its name until its QEMU leaves, and no second QEMU slips in under it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instance.h"
#include "log.h"
#include "options.h"
#include "client.h"
#include "size.h"
#include "store.h"
#include "worker.h"

static const struct options *instance_options;
static struct instance *instances;
static unsigned int nr_instances;

struct instance *instance_after(const char *name)
{
	struct instance *instance = instances;

	while (instance && strcmp(instance->name, name) <= 0)
		instance = instance->next;
	return instance;
}

struct instance *instance_find(const char *name)
{
	struct instance *instance = instances;

	while (instance && strcmp(instance->name, name))
		instance = instance->next;
	return instance;
}

const char *instance_state_name(const struct instance *instance)
{
	static const char *const names[] = {
		[INSTANCE_IDLE] = "idle",
		[INSTANCE_CONNECTED] = "connected",
		[INSTANCE_FAILED] = "failed",
	};

	return names[instance->state];
}

static struct instance *instance_add(const char *name, uint64_t memory, enum instance_origin origin,
				     char *why, size_t size)
{
	struct instance *instance, **link;

	if (nr_instances >= instance_options->max_instances) {
		snprintf(why, size,
			 "there are %u instances already (limit %u): destroy one, or raise "
			 "max-instances",
			 nr_instances, instance_options->max_instances);
		return NULL;
	}
	instance = calloc(1, sizeof(*instance));
	if (!instance) {
		snprintf(why, size, "out of memory");
		return NULL;
	}
	snprintf(instance->name, sizeof(instance->name), "%s", name);
	instance->memory = memory;
	instance->origin = origin;
	for (link = &instances; *link && strcmp((*link)->name, name) < 0; link = &(*link)->next)
		;
	instance->next = *link;
	*link = instance;
	nr_instances++;
	return instance;
}

static void instance_remove(struct instance *instance)
{
	struct instance **link;

	for (link = &instances; *link != instance; link = &(*link)->next)
		;
	*link = instance->next;
	nr_instances--;
	free(instance);
}

static int instance_load(const char *name, uint64_t memory, char *why, size_t size)
{
	if (instance_find(name)) {
		log_info("instance %s: the configuration's stands over the one made earlier", name);
		return 0;
	}
	return instance_add(name, memory, INSTANCE_CREATED, why, size) ? 0 : -ENOSPC;
}

int instance_init(const struct options *o)
{
	struct options_instance *configured;
	char why[256];

	instance_options = o;
	for (configured = o->instances; configured; configured = configured->next) {
		if (!instance_add(configured->name, configured->memory, INSTANCE_CONFIGURED, why,
				  sizeof(why))) {
			log_err("instance %s: %s", configured->name, why);
			return -ENOSPC;
		}
	}
	return store_load(o, instance_load);
}

void instance_fini(void)
{
	while (instances)
		instance_remove(instances);
}

int instance_create(const char *name, uint64_t memory, char *why, size_t size)
{
	struct instance *instance;
	char text[SIZE_TEXT];
	int ret;

	if (instance_find(name)) {
		snprintf(why, size, "instance %s is there already", name);
		return -EEXIST;
	}
	instance = instance_add(name, memory, INSTANCE_CREATED, why, size);
	if (!instance)
		return -ENOSPC;
	ret = store_save(instance_options, instances, why, size);
	if (ret) {
		instance_remove(instance);
		return ret;
	}
	log_info("instance %s: created, quota %s", name, size_format(memory, text));
	return 0;
}

int instance_destroy(const char *name, bool force, char *why, size_t size)
{
	struct instance *instance = instance_find(name);
	struct client *client;

	if (!instance) {
		snprintf(why, size, "there is no instance %s", name);
		return -ENOENT;
	}
	client = instance->client;
	if (client && !force) {
		snprintf(why, size,
			 "instance %s is in use: shut its guest down first, or force it, and the "
			 "guest loses its renderer",
			 name);
		return -EBUSY;
	}
	if (instance->origin == INSTANCE_CONFIGURED) {
		snprintf(why, size,
			 "instance %s is from the configuration file: take it out there, and "
			 "restart vgpu-pvd",
			 name);
		return -EPERM;
	}
	if (instance->origin == INSTANCE_CREATED) {
		instance->origin = INSTANCE_AUTOMATIC;
		if (store_save(instance_options, instances, why, size)) {
			instance->origin = INSTANCE_CREATED;
			return -EIO;
		}
	}
	log_info("instance %s: destroyed, was %s", name, instance_state_name(instance));
	if (client) {
		instance_detach(instance);
		client_hang_up(client);
	} else {
		instance_remove(instance);
	}
	return 0;
}

int instance_attach(const char *name, bool make, struct client *client, int *fd, char *why,
		    size_t size)
{
	struct instance *instance = instance_find(name);
	char text[SIZE_TEXT];

	if (!instance && !make) {
		snprintf(why, size,
			 "there is no instance %s: make it with vgpu-pvctl create %s --memory SIZE",
			 name, name);
		return -ENOENT;
	}
	if (instance && instance->client) {
		snprintf(why, size, "instance %s is in use%s", name,
			 make ? ": give each guest its own -name, and each further device of a "
				"guest its own instance="
			      : "");
		return -EBUSY;
	}
	if (!instance) {
		instance =
			instance_add(name, instance_options->memory, INSTANCE_AUTOMATIC, why, size);
		if (!instance)
			return -ENOSPC;
	}
	instance->worker = worker_start(instance_options, instance, fd, why, size);
	if (!instance->worker) {
		if (instance->origin == INSTANCE_AUTOMATIC)
			instance_remove(instance);
		return -EIO;
	}
	instance->client = client;
	client_hold(client, instance);
	instance->state = INSTANCE_CONNECTED;
	log_info("instance %s: connected, worker %d, quota %s", name, (int)instance->worker->pid,
		 size_format(instance->memory, text));
	return 0;
}

void instance_detach(struct instance *instance)
{
	log_info("instance %s: disconnected, was %s", instance->name,
		 instance_state_name(instance));
	if (instance->worker)
		worker_end(instance->worker);
	instance->worker = NULL;
	client_hold(instance->client, NULL);
	instance->client = NULL;
	instance->state = INSTANCE_IDLE;
	if (instance->origin == INSTANCE_AUTOMATIC)
		instance_remove(instance);
}

void instance_worker_gone(struct instance *instance)
{
	instance->worker = NULL;
	instance->state = INSTANCE_FAILED;
}
