/* SPDX-License-Identifier: MIT */
#ifndef WORKER_VIRGL_SHADER_H
#define WORKER_VIRGL_SHADER_H

#include <stdint.h>

struct virgl;

/* arguments of CREATE_OBJECT of a shader */
enum virgl_shader {
	VIRGL_SHADER_HANDLE,
	VIRGL_SHADER_TYPE,
	VIRGL_SHADER_SIZE,		/* of the text in bytes; or its part's offset */
	VIRGL_SHADER_TOKENS,
	VIRGL_SHADER_SO_OUTPUTS,	/* of a compute shader its local memory */
	VIRGL_SHADER_SO_STRIDES,
	VIRGL_SHADER_SO_FIRST = VIRGL_SHADER_SO_STRIDES + 4,
};

#define VIRGL_SHADER_COMPUTE	5		/* a type */
#define VIRGL_SHADER_CONTINUED	(1u << 31)	/* in the size */

/* 0, or -EINVAL and virgl->why */
int virgl_shader_check(struct virgl *virgl);

/* words of text in this command */
uint32_t virgl_shader_text(const struct virgl *virgl);

#endif /* WORKER_VIRGL_SHADER_H */
