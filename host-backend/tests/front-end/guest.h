/* SPDX-License-Identifier: MIT */
/* Messages as a driver sends them, and a few of virgl's commands, for tests. */
#ifndef FRONT_END_GUEST_H
#define FRONT_END_GUEST_H

#include "front_end.h"

#define VIRGL_TARGET_BUFFER		0
#define VIRGL_TARGET_2D			2
#define VIRGL_TARGET_3D			3
#define VIRGL_FORMAT_B8G8R8A8		1
#define VIRGL_FORMAT_R8			64
#define VIRGL_BIND_RENDER_TARGET	(1u << 1)
#define VIRGL_BIND_SAMPLER_VIEW		(1u << 3)
#define VIRGL_BIND_VERTEX_BUFFER	(1u << 4)
#define VIRGL_BIND_STAGING		(1u << 19)

#define GUEST_CAPSET	2

struct guest_commands {
	uint32_t words[VGPU_PV_MAX_SUBMIT_SIZE / 4];
	uint32_t nr;
};

/* each returns a status */
uint32_t guest_ctx_create(struct fe *fe, unsigned int ring, uint32_t ctx);
uint32_t guest_ctx_destroy(struct fe *fe, unsigned int ring, uint32_t ctx);
uint32_t guest_attach(struct fe *fe, unsigned int ring, uint32_t ctx, uint32_t resource);
uint32_t guest_detach(struct fe *fe, unsigned int ring, uint32_t ctx, uint32_t resource);
uint32_t guest_destroy(struct fe *fe, unsigned int ring, uint32_t resource);

/* a 2D texture to draw on and to sample */
struct vgpu_pv_resource_create guest_texture(uint32_t resource, uint32_t width, uint32_t height);

/* RESOURCE_CREATE backed by size bytes at p in guest memory, told in `entries` pieces */
uint32_t guest_create_pages(struct fe *fe, unsigned int ring, struct vgpu_pv_resource_create *create,
			    const void *p, size_t size, unsigned int entries);

uint32_t guest_transfer(struct fe *fe, unsigned int ring, uint32_t type, uint32_t ctx,
			uint32_t resource, uint32_t width, uint32_t height);

/* SUBMIT; guest_post_submit() returns the slot, without a kick */
unsigned int guest_post_submit(struct fe *fe, unsigned int ring, uint32_t ctx,
			       const struct guest_commands *commands);
uint32_t guest_submit(struct fe *fe, unsigned int ring, uint32_t ctx,
		      const struct guest_commands *commands);

void guest_command(struct guest_commands *commands, uint32_t command, uint32_t object,
		   const uint32_t *args, uint32_t nr_args);

/* Makes a surface of the resource and clears it to a colour. */
void guest_clear(struct guest_commands *commands, uint32_t surface, uint32_t resource,
		 const float colour[4]);

/* Clears the framebuffer set before, count times: work for the GPU. */
void guest_clear_again(struct guest_commands *commands, unsigned int count);

#endif /* FRONT_END_GUEST_H */
