/* SPDX-License-Identifier: MIT */
#ifndef WORKER_RENDERER_H
#define WORKER_RENDERER_H

#include <stdbool.h>

struct worker;

/*
 * Starts libvirglrenderer on the calling thread, which becomes the render
 * thread.  0, or negative with an error line.
 */
int renderer_init(struct worker *w);
void renderer_cleanup(struct worker *w);

/* Discards old GL errors; true where there was one. */
bool renderer_gl_error(void);

#endif /* WORKER_RENDERER_H */
