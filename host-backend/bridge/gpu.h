/* SPDX-License-Identifier: MIT */
/* One virtual GPU: a worker, and what the clients on it share. */
#ifndef BRIDGE_GPU_H
#define BRIDGE_GPU_H

#include <stdbool.h>
#include <stdint.h>

#include "front_end.h"
#include "id_table.h"
#include "log.h"
#include "range.h"

struct options;

#define GPU_NR_CAPSETS	2	/* virgl's own, ids 1 and 2 */

struct gpu_capset {
	uint32_t version;	/* the highest */
	uint32_t size;		/* bytes of data; 0: the renderer has none */
	uint8_t data[VGPU_PV_MAX_CAPSET_SIZE];
};

struct gpu {
	char name[VGPU_PV_MAX_CONTEXT_NAME + 1];	/* the instance's */
	uint64_t memory;	/* its quota, bytes */
	int broker_sock;	/* holds the instance; -1: there is no GPU */
	struct front_end fe;
	struct range_space aperture;
	struct gpu_capset capsets[GPU_NR_CAPSETS];
	struct id_table resources;	/* of all clients */
	uint32_t next_id;	/* of resources: none is used twice */
	uint32_t max_resources;
	uint64_t credit;	/* bytes left but for what is claimed; never too many */
	uint64_t claimed;	/* of it, by creations that are in flight, at most */
	uint32_t unclaimed;	/* creations in flight that may cost more than is left */
	uint64_t settled;	/* creations that are complete */
	struct log_limit errors;	/* of its clients */
};

/* 0, or negative with an error line; memory is the instance's quota */
int gpu_open(struct gpu *gpu, const struct options *opt, unsigned int nr_rings);
void gpu_close(struct gpu *gpu);

/* NULL: there is none of this id */
const struct gpu_capset *gpu_capset(const struct gpu *gpu, uint32_t id);

#endif /* BRIDGE_GPU_H */
