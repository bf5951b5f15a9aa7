/* SPDX-License-Identifier: MIT */
/* A client of the vtest protocol that does what Mesa's does, and nothing beside. */
#ifndef BENCH_VTEST_H
#define BENCH_VTEST_H

#include <stddef.h>
#include <stdint.h>

#include "vtest_protocol.h"

struct vtest {
	int sock;
	uint32_t next;		/* handle */
};

struct vtest_texture {
	uint32_t handle;
	uint32_t side;		/* texels of 4 bytes */
	uint8_t *map;
};

/* All of them end the program where the server fails. */
void vtest_connect(struct vtest *v, const char *path);

/* a command buffer with one command that does nothing, until it is complete */
void vtest_submit_and_wait(struct vtest *v);

void vtest_texture_create(struct vtest *v, struct vtest_texture *texture, uint32_t side);
void vtest_texture_destroy(struct vtest *v, const struct vtest_texture *texture);
/* VTEST_TRANSFER_PUT2 or GET2 of all of it, until it is complete */
void vtest_texture_transfer(struct vtest *v, const struct vtest_texture *texture,
			    enum vtest_command command);

#endif /* BENCH_VTEST_H */
