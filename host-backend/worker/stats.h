/* SPDX-License-Identifier: MIT */
#ifndef WORKER_STATS_H
#define WORKER_STATS_H

#include "vgpu_pv_stats.h"

/* The page of struct vgpu_pv_stats; a private one where nobody asked for it. */
struct vgpu_pv_stats *stats_open(int fd);

/* several threads count */
#define stats_add(field, n)	\
	__atomic_fetch_add(&(field), (n), __ATOMIC_RELAXED)
#define stats_set(field, value)	\
	__atomic_store_n(&(field), (value), __ATOMIC_RELAXED)

void stats_set_renderer(struct vgpu_pv_stats *stats, const char *renderer);

#endif /* WORKER_STATS_H */
