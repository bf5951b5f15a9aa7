/* SPDX-License-Identifier: MIT */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define OPTIONS_CONFIG	      "/etc/vgpu-pv/vgpu-pvd.conf"
#define OPTIONS_MEMORY	      (1ull << 30)
#define OPTIONS_MIN_MEMORY    (16ull << 20)
#define OPTIONS_MAX_MEMORY    (1ull << 44)
#define OPTIONS_INSTANCES     64
#define OPTIONS_MAX_INSTANCES 1024

struct options_instance {
	struct options_instance *next;
	char *name;
	uint64_t memory;
};

struct options {
	char *socket;	 /* absolute once options_parse() is done */
	char *gpu;	 /* NULL: the worker's choice */
	char *worker;	 /* absolute path of vgpu-pv-worker */
	char *user;	 /* that workers become; NULL: their choice */
	char *group;	 /* NULL: no group may administer */
	uint64_t memory; /* default quota, bytes */
	unsigned int max_instances;
	bool daemon;
	struct options_instance *instances;

	gid_t group_gid; /* of group */
};

/* Flags over the configuration file over the defaults.  Exits on --help and the like. */
int options_parse(struct options *o, int argc, char **argv);
void options_fini(struct options *o);

/*
 * Sets one setting by its name, which is the flag's and the configuration
 * file's.  On failure why says what is wrong.
 */
int options_set(struct options *o, const char *key, const char *value, char *why, size_t size);
int options_add_instance(struct options *o, const char *name, const char *memory, char *why,
			 size_t size);

/* The path of a file beside the socket: its name without ".sock", and a suffix. */
char *options_beside(const struct options *o, const char *suffix);

bool options_name_valid(const char *name);
/* Writes why a quota is refused; 0 when it is not. */
int options_memory_check(uint64_t memory, char *why, size_t size);

#endif /* OPTIONS_H */
