// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * QEMU's vhost-user reads an answer with a blocking read, in the main loop.  A
 * worker that is stopped or stuck would take the monitor with it.  So a thread
 * waits beside each exchange, and when it takes too long shuts the socket down:
 * the read fails at once, and the worker counts as gone.  A time-out on the
 * socket itself would do no good, as QEMU's channels read again.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/timer.h"

#include "trace.h"
#include "vgpu-pv.h"

static void *vgpu_pv_watchdog_thread(void *opaque)
{
	struct vgpu_pv_watchdog *w = opaque;
	int64_t left;

	qemu_mutex_lock(&w->lock);
	while (!w->quit) {
		if (!w->deadline) {
			qemu_cond_wait(&w->cond, &w->lock);
			continue;
		}
		left = w->deadline - qemu_clock_get_ns(QEMU_CLOCK_REALTIME);
		if (left > 0) {
			qemu_cond_timedwait(&w->cond, &w->lock, left / SCALE_MS + 1);
			continue;
		}
		shutdown(w->fd, SHUT_RDWR);
		w->fired = true;
		w->deadline = 0;
		trace_vgpu_pv_watchdog_fired();
	}
	qemu_mutex_unlock(&w->lock);
	return NULL;
}

/* Takes a descriptor of its own, so that no close elsewhere can give its number away. */
bool vgpu_pv_watchdog_init(struct vgpu_pv_watchdog *w, int fd, Error **errp)
{
	*w = (struct vgpu_pv_watchdog){ .fd = qemu_dup(fd) };
	if (w->fd < 0) {
		error_setg_errno(errp, errno, "cannot copy the worker's socket");
		return false;
	}
	qemu_mutex_init(&w->lock);
	qemu_cond_init(&w->cond);
	qemu_thread_create(&w->thread, "vgpu-pv-dog", vgpu_pv_watchdog_thread, w,
			   QEMU_THREAD_JOINABLE);
	w->running = true;
	return true;
}

void vgpu_pv_watchdog_fini(struct vgpu_pv_watchdog *w)
{
	if (!w->running)
		return;
	qemu_mutex_lock(&w->lock);
	w->quit = true;
	qemu_cond_signal(&w->cond);
	qemu_mutex_unlock(&w->lock);
	qemu_thread_join(&w->thread);
	qemu_cond_destroy(&w->cond);
	qemu_mutex_destroy(&w->lock);
	close(w->fd);
	w->running = false;
}

static int64_t vgpu_pv_watchdog_in(unsigned int ms)
{
	return qemu_clock_get_ns(QEMU_CLOCK_REALTIME) + (int64_t)ms * SCALE_MS;
}

/* Nests: only the outermost counts. */
void vgpu_pv_watchdog_arm(struct vgpu_pv_watchdog *w, unsigned int ms)
{
	if (w->depth++)
		return;
	qemu_mutex_lock(&w->lock);
	w->deadline = vgpu_pv_watchdog_in(ms);
	w->limit = vgpu_pv_watchdog_in(MAX(ms, VGPU_PV_WATCHDOG_LIMIT_MS));
	qemu_cond_signal(&w->cond);
	qemu_mutex_unlock(&w->lock);
}

/* An exchange is done, the next begins: many rings of a slow worker are no reason to end it. */
void vgpu_pv_watchdog_step(struct vgpu_pv_watchdog *w)
{
	qemu_mutex_lock(&w->lock);
	if (w->deadline)
		w->deadline = MIN(vgpu_pv_watchdog_in(VGPU_PV_WATCHDOG_MS), w->limit);
	qemu_mutex_unlock(&w->lock);
}

bool vgpu_pv_watchdog_disarm(struct vgpu_pv_watchdog *w)
{
	bool fired;

	qemu_mutex_lock(&w->lock);
	if (!--w->depth)
		w->deadline = 0;
	fired = w->fired;
	qemu_mutex_unlock(&w->lock);
	return fired;
}
