// SPDX-License-Identifier: MIT
/* The lock between the two threads: worker.h says why it is shaped so. */
#include <time.h>
#include <unistd.h>

#include "worker.h"

#define BOUNDARY_WAIT_MS	50	/* of the 100 in which QEMU is answered */

void worker_enter(struct worker *w)
{
	__atomic_add_fetch(&w->visitors, 1, __ATOMIC_SEQ_CST);
	pthread_mutex_lock(&w->lock);
}

void worker_leave(struct worker *w)
{
	__atomic_sub_fetch(&w->visitors, 1, __ATOMIC_SEQ_CST);
	pthread_cond_signal(&w->resume);
	pthread_mutex_unlock(&w->lock);
}

void worker_wait_boundary(struct worker *w)
{
	struct timespec until;

	if (!w->executing || w->waited_for == w->executions)
		return;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += BOUNDARY_WAIT_MS * 1000000l;
	if (until.tv_nsec >= 1000000000l) {
		until.tv_nsec -= 1000000000l;
		until.tv_sec++;
	}
	w->waited_for = w->executions;
	while (w->executing && w->waited_for == w->executions) {
		if (pthread_cond_timedwait(&w->boundary, &w->lock, &until))
			return;
	}
}

void worker_begin_execute(struct worker *w)
{
	w->executing = true;
	w->executions++;
	pthread_mutex_unlock(&w->lock);
}

void worker_end_execute(struct worker *w)
{
	pthread_mutex_lock(&w->lock);
	w->executing = false;
	pthread_cond_broadcast(&w->boundary);
	while (__atomic_load_n(&w->visitors, __ATOMIC_SEQ_CST))
		pthread_cond_wait(&w->resume, &w->lock);
}

void worker_changed(struct worker *w)
{
	uint64_t one = 1;

	/* full means that the render thread has yet to wake: good enough */
	if (write(w->change_fd, &one, sizeof(one)) < 0)
		return;
}
