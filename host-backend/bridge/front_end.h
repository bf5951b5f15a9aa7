/* SPDX-License-Identifier: MIT */
/* What QEMU is to a worker: vhost-user, the memory, the aperture. */
#ifndef BRIDGE_FRONT_END_H
#define BRIDGE_FRONT_END_H

#include <stdbool.h>
#include <stdint.h>

#include "ring.h"

#define FRONT_END_APERTURE	(1ull << 40)	/* bytes of addresses; none is memory */

struct front_end {
	int sock;		/* the worker's; its end is the worker's */
	int link_sock;		/* our end of the private one */
	uint8_t *memory;	/* the rings', shared */
	unsigned int nr_rings;
	struct ring *rings;
};

/*
 * Meets the worker behind sock, which is taken over.  0, or negative with an error
 * line.  Returns once the worker has its renderer.
 */
int front_end_start(struct front_end *fe, int sock, unsigned int nr_rings);
void front_end_end(struct front_end *fe);

/* 0, or negative with an error line */
int front_end_start_ring(struct front_end *fe, unsigned int index);

/* Puts a file where the aperture's bytes at offset are.  0, or -errno. */
int front_end_place(struct front_end *fe, uint64_t offset, uint64_t size, int fd);

/*
 * One message on a ring that nothing else is in flight on; the bytes of the reply,
 * or negative with an error line.
 */
int front_end_call(struct front_end *fe, struct ring *ring, const void *request, uint32_t len,
		   void *reply, uint32_t room);

#endif /* BRIDGE_FRONT_END_H */
