/* SPDX-License-Identifier: MIT */
/*
 * What the worker's two threads share.
 *
 * The render thread takes messages from the rings and runs them; all of GL and
 * libvirglrenderer is its own.  The vhost-user thread answers QEMU, and must do
 * so within 100 ms whatever GL does.  So one lock guards what both touch, and
 * the render thread holds it while it handles rings but never while it runs a
 * message: "executing" tells that it may be inside GL with pointers into guest
 * memory.  The vhost-user thread comes in as a visitor: the render thread lets
 * visitors pass at each message's boundary, and a visitor that needs the
 * boundary itself waits for it a bounded time.  Rejected: one lock held while a
 * message runs (a stuck GPU would block QEMU), and a queue of requests to the
 * render thread (each needs an answer in time all the same).
 */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "fence.h"
#include "guest_memory.h"
#include "id_table.h"
#include "log.h"
#include "options.h"
#include "queue.h"
#include "vgpu_pv.h"
#include "vgpu_pv_stats.h"

#define WORKER_MAX_CAPSETS	2

struct egl;

struct worker_capset {
	uint32_t id;
	uint32_t version;	/* the highest */
	uint32_t size;
	uint8_t data[VGPU_PV_MAX_CAPSET_SIZE];
};

struct worker {
	struct options opt;
	struct vgpu_pv_stats *stats;
	struct egl *egl;
	int epoll_fd;
	int change_fd;			/* eventfd: another thread changed something */
	struct fence_queue fences;

	/* under lock */
	pthread_mutex_t lock;
	pthread_cond_t boundary;	/* executing became false */
	pthread_cond_t resume;		/* visitors became zero */
	unsigned int visitors;		/* atomic: raised before the lock is taken */
	bool executing;
	uint64_t executions;		/* counts what executing guarded */
	uint64_t waited_for;		/* the execution a visitor already waited for in vain */
	bool quit;
	bool reset_pending;		/* the render thread has contexts and resources to drop */
	bool memory_changed;		/* the render thread has iovecs to translate again */
	bool no_renderer;		/* set before the threads start: F_RENDER is not offered */
	uint64_t features;		/* as the driver acknowledged them */
	struct guest_memory *memory;	/* current, never NULL */
	struct guest_memory *retired;	/* pointers into these may still be in use */
	uint8_t *aperture;		/* set once, before its size */
	uint64_t aperture_size;		/* atomic; 0: none was announced */
	int aperture_fd;		/* as aperture */
	int link_sock;			/* atomic; -1: the front end has no more to say of it */
	struct queue queues[VGPU_PV_MAX_RINGS];
	uint32_t fence_passed;		/* the newest fence that has */
	uint32_t fence_done;		/* and after which nothing is left to do */

	/* the render thread's own */
	const struct guest_memory *mapped;	/* that backings point into */
	struct id_table contexts;
	struct id_table resources;
	bool context_ended;		/* since memory was last given back */
	bool heap_used;			/* the same */
	uint32_t nr_sub_contexts;
	uint64_t nr_submits;		/* that were executed */
	uint64_t memory_used;		/* bytes, of opt.memory */
	uint64_t nr_ranges;		/* of all backings */
	bool aperture_placed;		/* files were put into it */
	int aperture_error;		/* or one could not be: negative, for good */
	uint32_t fence_last;		/* the newest one made */
	bool fence_wanted;		/* commands were submitted since fence_last */
	uint32_t fence_ctx;		/* by this context, where fence_wanted */
	bool fence_queries;		/* and a query's result was asked for */
	uint8_t *request;		/* the message being run: MESSAGE_MAX bytes */
	struct worker_capset capsets[WORKER_MAX_CAPSETS];
	struct log_limit guest_errors;
};

/* the vhost-user thread's way in and out */
void worker_enter(struct worker *w);
void worker_leave(struct worker *w);

/* inside: waits for the render thread's boundary, once for each thing it runs */
void worker_wait_boundary(struct worker *w);

/* the render thread, with the lock: around what runs without it */
void worker_begin_execute(struct worker *w);
void worker_end_execute(struct worker *w);

static inline uint64_t worker_aperture_size(const struct worker *w)
{
	return __atomic_load_n(&w->aperture_size, __ATOMIC_ACQUIRE);
}

/* wakes the render thread */
void worker_changed(struct worker *w);

#endif /* WORKER_WORKER_H */
