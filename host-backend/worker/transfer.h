/* SPDX-License-Identifier: MIT */
#ifndef WORKER_TRANSFER_H
#define WORKER_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

#include "resource.h"

struct worker;

/* the library's public header names it and leaves it to us */
struct virgl_box {
	uint32_t x, y, z;
	uint32_t w, h, d;
};

/* A transfer's numbers, as the host counts. */
struct transfer {
	uint32_t level;
	uint32_t x, y, z;
	uint32_t width, height, depth;
	uint32_t stride;
	uint32_t layer_stride;
	uint64_t offset;
};

/*
 * Does the box lie in the level, and the bytes it needs in a backing of
 * backing_size?  The strides are those given, or tight ones where they are zero.
 */
bool transfer_valid(const struct resource_shape *shape, const struct transfer *transfer,
		    uint64_t backing_size);

/* bytes of texels in the box */
uint64_t transfer_bytes(const struct resource_shape *shape, const struct transfer *transfer);

/* message handlers */
uint32_t transfer_to_host(struct worker *w, const void *request, void *reply);
uint32_t transfer_from_host(struct worker *w, const void *request, void *reply);

#endif /* WORKER_TRANSFER_H */
