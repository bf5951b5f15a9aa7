/* SPDX-License-Identifier: MIT */
#ifndef WORKER_RESOURCE_H
#define WORKER_RESOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "backing.h"
#include "format.h"
#include "vgpu_pv.h"

struct worker;
struct guest_memory;

/* virgl's targets */
enum resource_target {
	RESOURCE_BUFFER = 0,
	RESOURCE_1D,
	RESOURCE_2D,
	RESOURCE_3D,
	RESOURCE_CUBE,
	RESOURCE_RECT,
	RESOURCE_1D_ARRAY,
	RESOURCE_2D_ARRAY,
	RESOURCE_CUBE_ARRAY,
	RESOURCE_NR_TARGETS,
};

/* binds of buffers that the renderer keeps in plain memory, and in none */
#define RESOURCE_BIND_CUSTOM	(1u << 17)
#define RESOURCE_BIND_STAGING	(1u << 19)

struct resource_shape {
	uint32_t target;
	uint32_t bind;
	uint32_t width;
	uint32_t height;
	uint32_t depth;
	uint32_t array_size;
	uint32_t last_level;
	uint32_t nr_samples;
	struct format format;
};

struct resource {
	uint32_t id;
	bool blob;			/* bytes only: shape means nothing */
	uint64_t seen;			/* submits before the last transfer from it */
	bool attached;			/* the renderer holds backing.iov */
	struct resource_shape shape;
	struct backing backing;
	uint64_t cost;			/* bytes of the quota */
};

/* Fills shape from a message.  false: it is no resource that can be. */
bool resource_shape_init(struct resource_shape *shape, const struct vgpu_pv_resource_create *create);

/* Bytes of device memory: all levels, layers and samples. */
uint64_t resource_shape_cost(const struct resource_shape *shape);

/* layers of a level, or its slices where it is 3D */
uint32_t resource_level_depth(const struct resource_shape *shape, uint32_t level);

static inline uint32_t resource_level_size(uint32_t size, uint32_t level)
{
	return size >> level ? size >> level : 1;
}

/* after the memory table changed: finds every backing in mem */
void resource_translate_all(struct worker *w, const struct guest_memory *mem);

void resource_destroy_all(struct worker *w);

/* message handlers */
uint32_t resource_create(struct worker *w, const void *request, void *reply);
uint32_t resource_create_blob(struct worker *w, const void *request, void *reply);
uint32_t resource_add_backing(struct worker *w, const void *request, void *reply);
uint32_t resource_destroy(struct worker *w, const void *request, void *reply);

#endif /* WORKER_RESOURCE_H */
