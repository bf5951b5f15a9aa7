/* SPDX-License-Identifier: MIT */
#ifndef WORKER_GLSL_H
#define WORKER_GLSL_H

/* From now on shaders pass glsl_rewrite() on their way to GL. */
void glsl_hook(void);

/* A text to take instead of this one, for free(); NULL: it is as good as any. */
char *glsl_rewrite(const char *text);

#endif /* WORKER_GLSL_H */
