// SPDX-License-Identifier: MIT
/*
 * What a resource may look like and what it costs.  The renderer checks some of
 * this, and leaves some of it out for certain binds; so all of it is checked
 * here, and the arithmetic that follows (levels, box sizes) cannot overflow.
 */
#include <endian.h>

#include "resource.h"

#define RESOURCE_MAX_BUFFER	(1u << 30)	/* bytes */
#define RESOURCE_MAX_LAYERS	2048
#define RESOURCE_MAX_SAMPLES	32
#define RESOURCE_FLAG_Y_0_TOP	(1u << 0)

static bool shape_one_dimension(const struct resource_shape *s)
{
	return s->height == 1 && s->depth == 1;
}

static bool shape_layers_valid(const struct resource_shape *s)
{
	switch (s->target) {
	case RESOURCE_1D_ARRAY:
	case RESOURCE_2D_ARRAY:
		return s->array_size && s->array_size <= RESOURCE_MAX_LAYERS;
	case RESOURCE_CUBE:
		return s->array_size == 6;
	case RESOURCE_CUBE_ARRAY:
		return s->array_size && s->array_size <= RESOURCE_MAX_LAYERS &&
		       !(s->array_size % 6);
	default:
		return s->array_size <= 1;
	}
}

static bool shape_size_valid(const struct resource_shape *s)
{
	if (!s->width || !s->height || !s->depth)
		return false;
	if (s->target == RESOURCE_BUFFER)
		return s->width <= RESOURCE_MAX_BUFFER && shape_one_dimension(s);
	if (s->width > VGPU_PV_MAX_DIMENSION || s->height > VGPU_PV_MAX_DIMENSION ||
	    s->depth > VGPU_PV_MAX_DIMENSION)
		return false;
	switch (s->target) {
	case RESOURCE_1D:
	case RESOURCE_1D_ARRAY:
		return shape_one_dimension(s);
	case RESOURCE_3D:
		return true;
	case RESOURCE_CUBE:
	case RESOURCE_CUBE_ARRAY:
		return s->depth == 1 && s->width == s->height;
	default:
		return s->depth == 1;
	}
}

static bool shape_levels_valid(const struct resource_shape *s)
{
	uint32_t most = s->width;

	if (!s->last_level)
		return true;
	if (s->target == RESOURCE_BUFFER || s->target == RESOURCE_RECT || s->nr_samples)
		return false;
	if (s->height > most)
		most = s->height;
	if (s->depth > most)
		most = s->depth;
	return s->last_level < 32 && most >> s->last_level;
}

static bool shape_samples_valid(const struct resource_shape *s)
{
	return !s->nr_samples || (s->nr_samples <= RESOURCE_MAX_SAMPLES &&
				  (s->target == RESOURCE_2D || s->target == RESOURCE_2D_ARRAY));
}

bool resource_shape_init(struct resource_shape *s, const struct vgpu_pv_resource_create *create)
{
	*s = (struct resource_shape){
		.target = le32toh(create->target),
		.bind = le32toh(create->bind),
		.width = le32toh(create->width),
		.height = le32toh(create->height),
		.depth = le32toh(create->depth),
		.array_size = le32toh(create->array_size),
		.last_level = le32toh(create->last_level),
		.nr_samples = le32toh(create->nr_samples),
	};
	return s->target < RESOURCE_NR_TARGETS &&
	       !(le32toh(create->flags) & ~RESOURCE_FLAG_Y_0_TOP) &&
	       format_lookup(le32toh(create->format), &s->format) && shape_size_valid(s) &&
	       shape_layers_valid(s) && shape_levels_valid(s) && shape_samples_valid(s);
}

uint32_t resource_level_depth(const struct resource_shape *s, uint32_t level)
{
	if (s->target == RESOURCE_3D)
		return resource_level_size(s->depth, level);
	return s->array_size ? s->array_size : 1;
}

/* below 2^14 * 2^14 * 2^14 * 2^5 * 2^5 * 4/3, which fits */
uint64_t resource_shape_cost(const struct resource_shape *s)
{
	uint64_t texels = 0;
	uint32_t level;

	if (s->target == RESOURCE_BUFFER)
		return s->width;
	for (level = 0; level <= s->last_level; level++)
		texels += (uint64_t)resource_level_size(s->width, level) *
			  resource_level_size(s->height, level) * resource_level_depth(s, level);
	return texels * s->format.texel_cost * (s->nr_samples ? s->nr_samples : 1);
}
