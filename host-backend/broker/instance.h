/* SPDX-License-Identifier: MIT */
#ifndef INSTANCE_H
#define INSTANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vgpu_pv_link.h"

struct client;
struct options;
struct worker;

enum instance_origin {
	INSTANCE_AUTOMATIC,  /* made by an attach, gone with the connection */
	INSTANCE_CONFIGURED, /* from the configuration file */
	INSTANCE_CREATED,    /* by an operator; kept in a file beside the socket */
};

enum instance_state {
	INSTANCE_IDLE,
	INSTANCE_CONNECTED,
	INSTANCE_FAILED,
};

struct instance {
	struct instance *next; /* by name */
	char name[VGPU_PV_MAX_NAME + 1];
	uint64_t memory; /* quota, bytes */
	enum instance_origin origin;
	enum instance_state state;
	struct client *client; /* whose connection holds it; NULL when idle */
	struct worker *worker; /* when connected */
};

/* The configured ones, then those of the file. */
int instance_init(const struct options *o);
void instance_fini(void);

struct instance *instance_find(const char *name);
/* The first whose name sorts after this one; all if it is "". */
struct instance *instance_after(const char *name);
const char *instance_state_name(const struct instance *instance);

/*
 * Each of these answers 0 or -errno with the reason in why, and logs the
 * change that it made.
 */
int instance_create(const char *name, uint64_t memory, char *why, size_t size);
int instance_destroy(const char *name, bool force, char *why, size_t size);
/* make: of the default quota, if there is none of that name.  *fd is the worker's socket. */
int instance_attach(const char *name, bool make, struct client *client, int *fd, char *why,
		    size_t size);

/* The connection is gone. */
void instance_detach(struct instance *instance);
/* The worker is gone, and its struct is about to be. */
void instance_worker_gone(struct instance *instance);

#endif /* INSTANCE_H */
