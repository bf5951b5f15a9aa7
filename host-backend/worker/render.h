/* SPDX-License-Identifier: MIT */
#ifndef WORKER_RENDER_H
#define WORKER_RENDER_H

#include <stdint.h>

struct worker;
struct queue;

/* Serves the rings on the calling thread until the worker is told to quit. */
int render_run(struct worker *w);

/* under the lock: events of q's kick descriptor wake the render thread, or not */
int render_watch(struct worker *w, struct queue *q);
void render_unwatch(struct worker *w, struct queue *q);

#endif /* WORKER_RENDER_H */
