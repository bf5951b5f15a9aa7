/* SPDX-License-Identifier: MIT */
#ifndef WORKER_FENCE_H
#define WORKER_FENCE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct worker;

#define FENCE_MAX	256	/* that are waited for; one more waits for room */

struct fence {
	void *sync;		/* GL's; NULL: passed as it was made */
	uint32_t number;
	bool queries;		/* the renderer has answers to write once it has passed */
};

/* What the render thread made and the fence thread waits for, oldest first. */
struct fence_queue {
	pthread_t thread;
	bool started;
	void *context;			/* GL's, the thread's own */
	pthread_mutex_t lock;
	pthread_cond_t change;		/* of what follows */
	bool quit;
	unsigned int first, count;
	struct fence fences[FENCE_MAX];
};

/* Starts the fence thread, with a GL context current; 0 or negative. */
int fence_start(struct worker *w);
void fence_stop(struct worker *w);

/* What follows is the render thread's, while it executes. */

/* commands of ctx were given to the renderer: the next fence covers them */
void fence_want(struct worker *w, uint32_t ctx);

/* and they ask the renderer for a query's result */
void fence_want_queries(struct worker *w);

/* the number of the fence that will cover what was given so far */
uint32_t fence_next(const struct worker *w);

/* Makes the fence that is wanted, if any. */
void fence_flush(struct worker *w);

/* Makes the fence that is wanted by any context but ctx. */
void fence_flush_others(struct worker *w, uint32_t ctx);

#endif /* WORKER_FENCE_H */
