/* SPDX-License-Identifier: MIT */
#ifndef STATS_H
#define STATS_H

#include <jansson.h>

struct instance;

/* An instance as "list" tells of it; NULL when out of memory. */
json_t *stats_instance(const struct instance *instance);

/* And as "stats" does: with what its worker counts, while it has one. */
json_t *stats_counters(const struct instance *instance);

#endif /* STATS_H */
