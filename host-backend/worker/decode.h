/* SPDX-License-Identifier: MIT */
#ifndef WORKER_DECODE_H
#define WORKER_DECODE_H

#include <stdint.h>

/* The commands of virgl's protocol that we must know, by their numbers there. */
enum decode_command {
	DECODE_NOP = 0,
	DECODE_CREATE_OBJECT = 1,
	DECODE_BIND_OBJECT = 2,
	DECODE_DESTROY_OBJECT = 3,
	DECODE_SET_VERTEX_BUFFERS = 6,
	DECODE_DRAW_VBO = 8,
	DECODE_RESOURCE_INLINE_WRITE = 9,
	DECODE_SET_INDEX_BUFFER = 11,
	DECODE_SET_CONSTANT_BUFFER = 12,
	DECODE_BLIT = 16,
	DECODE_RESOURCE_COPY_REGION = 17,
	DECODE_SET_UNIFORM_BUFFER = 27,
	DECODE_SET_SUB_CTX = 28,
	DECODE_CREATE_SUB_CTX = 29,
	DECODE_DESTROY_SUB_CTX = 30,
	DECODE_BIND_SHADER = 31,
	DECODE_SET_SHADER_BUFFERS = 34,
	DECODE_SET_SHADER_IMAGES = 35,
	DECODE_LAUNCH_GRID = 37,
	DECODE_SET_ATOMIC_BUFFERS = 40,
	DECODE_GET_QUERY_RESULT_QBO = 42,
	DECODE_TRANSFER3D = 43,
	DECODE_COPY_TRANSFER3D = 45,
	DECODE_CLEAR_TEXTURE = 47,
	DECODE_LINK_SHADER = 52,
};

/* its object types, likewise */
enum decode_object {
	DECODE_OBJECT_BLEND = 1,
	DECODE_OBJECT_RASTERIZER = 2,
	DECODE_OBJECT_DSA = 3,
	DECODE_OBJECT_SHADER = 4,
	DECODE_OBJECT_VERTEX_ELEMENTS = 5,
	DECODE_OBJECT_QUERY = 9,
	DECODE_OBJECT_STREAMOUT_TARGET = 10,
};

/* CREATE_OBJECT of a shader, by words */
enum decode_shader {
	DECODE_SHADER_HANDLE,
	DECODE_SHADER_TYPE,
	DECODE_SHADER_SIZE,		/* of the text in bytes; or its part's offset */
	DECODE_SHADER_TOKENS,
	DECODE_SHADER_SO_OUTPUTS,	/* of a compute shader its local memory */
	DECODE_SHADER_SO_STRIDES,
	DECODE_SHADER_SO_FIRST = DECODE_SHADER_SO_STRIDES + 4,
};

#define DECODE_SHADER_COMPUTE	5		/* a type */
#define DECODE_SHADER_CONTINUED	(1u << 31)	/* in the size */

#define DECODE_WHY_SIZE		96

struct decode {
	const uint32_t *words;
	uint32_t nr_words;
	uint32_t at;			/* the word after the current command */

	/* the current command */
	uint32_t command;		/* enum decode_command, or another */
	uint32_t object;		/* enum decode_object, where the command has one */
	const uint32_t *args;
	uint32_t nr_args;
	const char *name;

	char why[DECODE_WHY_SIZE];	/* what is wrong, after an error */
};

void decode_init(struct decode *decode, const uint32_t *words, uint32_t nr_words);

/* 1: a command; 0: the end; -EINVAL: the next one is refused */
int decode_next(struct decode *decode);

/* says why; -EINVAL */
int decode_refuse(struct decode *decode, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* an argument, as the host counts */
uint32_t decode_arg(const struct decode *decode, uint32_t index);

/* of a shader: words of text in this command */
uint32_t decode_shader_text(const struct decode *decode);

#endif /* WORKER_DECODE_H */
