/* SPDX-License-Identifier: MIT */
#ifndef STORE_H
#define STORE_H

#include <stddef.h>
#include <stdint.h>

struct instance;
struct options;

/*
 * Calls add for each instance in the file, if there is one.  A file that is
 * not as store_save() writes it is an error, which is logged.
 */
int store_load(const struct options *o,
	       int (*add)(const char *name, uint64_t memory, char *why, size_t size));

/* Replaces the file by those of the list that an operator created. */
int store_save(const struct options *o, const struct instance *instances, char *why, size_t size);

#endif /* STORE_H */
