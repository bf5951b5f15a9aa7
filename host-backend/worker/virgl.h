/* SPDX-License-Identifier: MIT */
/*
 * Command buffers of virgl, a command at a time.  Whoever looks at commands walks
 * them with virgl_next(); what there is to know of each is in virgl_table.c.
 */
#ifndef WORKER_VIRGL_H
#define WORKER_VIRGL_H

#include <stdbool.h>
#include <stdint.h>

struct virgl_rule;

/* The commands of the protocol that more than the table must know, by their numbers. */
enum virgl_command {
	VIRGL_CMD_NOP = 0,
	VIRGL_CMD_CREATE_OBJECT = 1,
	VIRGL_CMD_BIND_OBJECT = 2,
	VIRGL_CMD_DESTROY_OBJECT = 3,
	VIRGL_CMD_SET_FRAMEBUFFER_STATE = 5,
	VIRGL_CMD_SET_VERTEX_BUFFERS = 6,
	VIRGL_CMD_DRAW_VBO = 8,
	VIRGL_CMD_RESOURCE_INLINE_WRITE = 9,
	VIRGL_CMD_SET_INDEX_BUFFER = 11,
	VIRGL_CMD_SET_CONSTANT_BUFFER = 12,
	VIRGL_CMD_BLIT = 16,
	VIRGL_CMD_RESOURCE_COPY_REGION = 17,
	VIRGL_CMD_GET_QUERY_RESULT = 21,
	VIRGL_CMD_SET_UNIFORM_BUFFER = 27,
	VIRGL_CMD_SET_SUB_CTX = 28,
	VIRGL_CMD_CREATE_SUB_CTX = 29,
	VIRGL_CMD_DESTROY_SUB_CTX = 30,
	VIRGL_CMD_BIND_SHADER = 31,
	VIRGL_CMD_SET_SHADER_BUFFERS = 34,
	VIRGL_CMD_SET_SHADER_IMAGES = 35,
	VIRGL_CMD_LAUNCH_GRID = 37,
	VIRGL_CMD_SET_ATOMIC_BUFFERS = 40,
	VIRGL_CMD_GET_QUERY_RESULT_QBO = 42,
	VIRGL_CMD_TRANSFER3D = 43,
	VIRGL_CMD_COPY_TRANSFER3D = 45,
	VIRGL_CMD_CLEAR_TEXTURE = 47,
	VIRGL_CMD_SEND_STRING_MARKER = 51,
	VIRGL_CMD_LINK_SHADER = 52,
};

/* its object types, likewise */
enum virgl_object {
	VIRGL_OBJECT_BLEND = 1,
	VIRGL_OBJECT_RASTERIZER = 2,
	VIRGL_OBJECT_DSA = 3,
	VIRGL_OBJECT_SHADER = 4,
	VIRGL_OBJECT_VERTEX_ELEMENTS = 5,
	VIRGL_OBJECT_SAMPLER_VIEW = 6,
	VIRGL_OBJECT_SAMPLER_STATE = 7,
	VIRGL_OBJECT_SURFACE = 8,
	VIRGL_OBJECT_QUERY = 9,
	VIRGL_OBJECT_STREAMOUT_TARGET = 10,
	VIRGL_OBJECT_MSAA_SURFACE = 11,
};

#define VIRGL_WHY_SIZE		96

struct virgl {
	const uint32_t *words;
	uint32_t nr_words;
	uint32_t at;			/* the word after the current command */
	bool checked;			/* the whole buffer is, up to its end */

	/* the current command */
	uint32_t command;		/* enum virgl_command, or another */
	uint32_t object;		/* enum virgl_object, where the command has one */
	const uint32_t *args;		/* argument 0 is of CREATE_, BIND_ and DESTROY_OBJECT the handle */
	uint32_t nr_args;
	const struct virgl_rule *rule;	/* of CREATE_OBJECT that of its object */

	char why[VIRGL_WHY_SIZE];	/* what is wrong, after an error */
};

void virgl_init(struct virgl *virgl, const uint32_t *words, uint32_t nr_words);

/* 1: a command; 0: the end; -EINVAL: the next one is refused */
int virgl_next(struct virgl *virgl);

/* at the end, back to the start: what was checked is not checked again */
void virgl_rewind(struct virgl *virgl);

/* says why; -EINVAL */
int virgl_refuse(struct virgl *virgl, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* an argument, as the host counts */
uint32_t virgl_arg(const struct virgl *virgl, uint32_t index);

#endif /* WORKER_VIRGL_H */
