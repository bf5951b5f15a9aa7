/* SPDX-License-Identifier: MIT */
#ifndef WORKER_H
#define WORKER_H

#include <stdint.h>
#include <sys/types.h>

#include "loop.h"
#include "vgpu_pv_link.h"
#include "vgpu_pv_stats.h"

struct instance;
struct options;

/* One worker process, from its start until it has been reaped. */
struct worker {
	struct worker *next;
	struct loop_source exited;	   /* its pidfd */
	struct loop_source killer;	   /* timer from SIGTERM to SIGKILL, else fd -1 */
	struct instance *instance;	   /* NULL once it was told to end */
	char name[VGPU_PV_MAX_NAME + 1];   /* the instance's, which may be gone before it */
	const struct vgpu_pv_stats *stats; /* one page, written by the worker: believe nothing */
	pid_t pid;
};

/* 0, or with an error line a reason why no worker can use the GPU that was named. */
int worker_check_gpu(const struct options *o);

/*
 * Starts the worker of an instance.  *qemu_fd is then the socket that speaks
 * vhost-user to it, the caller's to close.  NULL: why says what went wrong.
 */
struct worker *worker_start(const struct options *o, struct instance *instance, int *qemu_fd,
			    char *why, size_t size);

/* SIGTERM, and SIGKILL after 100 ms; does not wait. */
void worker_end(struct worker *worker);

/* For the broker's exit: kills those that were told to end, leaves the others alone. */
void worker_fini(void);

#endif /* WORKER_H */
