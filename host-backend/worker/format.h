/* SPDX-License-Identifier: MIT */
#ifndef WORKER_FORMAT_H
#define WORKER_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

/* A block of texels as a transfer carries it, and what it costs the host. */
struct format {
	uint8_t width;		/* texels */
	uint8_t height;
	uint8_t bytes;		/* of a block in a transfer */
	uint8_t texel_cost;	/* bytes of device memory, rounded up */
};

/* of a number of virgl's protocol; false: unknown, or not one for resources */
bool format_lookup(uint32_t number, struct format *format);

#endif /* WORKER_FORMAT_H */
