/* SPDX-License-Identifier: MIT */
/* A resource as the bridge knows it: an id, and the file that its client maps. */
#ifndef BRIDGE_RESOURCE_H
#define BRIDGE_RESOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "gpu.h"
#include "vtest_protocol.h"

struct resource {
	struct resource *next, *prev;	/* the client's */
	uint32_t id;		/* the device's: ours, and never used again */
	uint32_t handle;	/* the client's */
	int fd;			/* its bytes, in the aperture at offset; -1: it has none */
	uint64_t size;		/* bytes, not rounded */
	uint64_t offset;
	uint8_t *map;		/* here, where the client cannot map; else NULL */
	bool placed;		/* has an address in the aperture */
	bool deferred;		/* the device does not know it yet */
	struct vtest_resource_create create;	/* where it was deferred, what it will be told */
	bool late;		/* and was made long after its client was answered */
	uint64_t claim;		/* bytes of the GPU's credit, while it is created */
	uint64_t created;	/* number of the message that made it the context's */
	uint64_t used;		/* of the last message that is about it, or names it */
	bool bound;		/* later submits may use it without naming it */
	uint32_t status;	/* enum vgpu_pv_status of its creation, once that is known */
};

#define RESOURCE_MAX_SIZE	UINT32_MAX	/* as the device's largest backing */
#define RESOURCE_PAGE		4096u

/*
 * Makes one with size bytes of backing, that is in the GPU's table.  NULL with
 * errno: EFBIG, or what the system has run out of.
 */
struct resource *resource_new(struct gpu *gpu, uint64_t size, bool map);

/* The same without a place in the aperture; file is taken over for it, or -1. */
struct resource *resource_new_unplaced(struct gpu *gpu, uint64_t size, int file);

/* 0 or negative */
int resource_place(struct gpu *gpu, struct resource *res);

/* once the device has destroyed it, or never heard of it */
void resource_free(struct gpu *gpu, struct resource *res);

/* once there is no device any more */
void resource_free_all(struct gpu *gpu);

#endif /* BRIDGE_RESOURCE_H */
