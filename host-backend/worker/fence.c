// SPDX-License-Identifier: MIT
/*
 * There is one timeline of fences; each ring's order is the worker's own.  A fence
 * is made in whatever GL context is current and covers that context's work only, so
 * that one is made before another context becomes current, and otherwise one for a
 * batch of messages.
 *
 * A thread waits for them, and returns what completed itself: whoever waits for a
 * frame is woken by the thread that saw it done, and the render thread sleeps on.
 * The renderer has such a thread, too, but tells of a fence on the render thread
 * alone, and drops the one it waits for when it destroys any context.  Only answers
 * of queries are the renderer's to write, on the render thread, when it finds that a
 * fence of its own has passed: so a fence that covers a question comes with one of
 * the renderer's, and waits, with all after it, until that was looked for.
 */
#include <epoxy/gl.h>
#include <errno.h>
#include <string.h>
#include <virgl/virglrenderer.h>

#include "egl.h"
#include "fence.h"
#include "worker.h"

#define FENCE_WAIT_NS	1000000000ull	/* then the thread looks whether it is to end */

void fence_want(struct worker *w, uint32_t ctx)
{
	w->fence_wanted = true;
	w->fence_ctx = ctx;
}

void fence_want_queries(struct worker *w)
{
	w->fence_queries = true;
}

uint32_t fence_next(const struct worker *w)
{
	return w->fence_last + 1;
}

/* what is done as it is asked for needs no thread to wait */
static bool fence_is_done(struct worker *w, const struct fence *fence)
{
	bool next;

	if (fence->queries ||
	    (fence->sync && glClientWaitSync(fence->sync, 0, 0) == GL_TIMEOUT_EXPIRED))
		return false;
	pthread_mutex_lock(&w->lock);
	next = w->fence_done + 1 == fence->number;
	if (next)
		w->fence_done = w->fence_passed = fence->number;
	pthread_mutex_unlock(&w->lock);
	if (next && fence->sync)
		glDeleteSync(fence->sync);
	return next;
}

static void fence_make(struct worker *w)
{
	struct fence_queue *q = &w->fences;
	struct fence fence = { .number = ++w->fence_last, .queries = w->fence_queries };

	w->fence_wanted = false;
	w->fence_queries = false;
	if (fence.queries && virgl_renderer_create_fence((int)fence.number, 0))
		log_err("the renderer has no memory for a fence: a query has no answer yet");
	fence.sync = glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
	/* another context's wait does not make this one's work start */
	if (fence.sync)
		glFlush();
	else
		glFinish();
	if (fence_is_done(w, &fence))
		return;
	pthread_mutex_lock(&q->lock);
	while (q->count == FENCE_MAX)
		pthread_cond_wait(&q->change, &q->lock);
	q->fences[(q->first + q->count++) % FENCE_MAX] = fence;
	pthread_cond_broadcast(&q->change);
	pthread_mutex_unlock(&q->lock);
}

void fence_flush(struct worker *w)
{
	if (w->fence_wanted)
		fence_make(w);
}

void fence_flush_others(struct worker *w, uint32_t ctx)
{
	if (w->fence_wanted && w->fence_ctx != ctx)
		fence_make(w);
}

static void fence_retire(struct worker *w, const struct fence *fence)
{
	unsigned int i;

	pthread_mutex_lock(&w->lock);
	w->fence_passed = fence->number;
	if (fence->queries || w->fence_done + 1 != fence->number) {
		worker_changed(w);
	} else {
		w->fence_done = fence->number;
		for (i = 0; i < VGPU_PV_MAX_RINGS; i++)
			queue_complete(&w->queues[i], w->memory, w->fence_done, w->stats);
	}
	pthread_mutex_unlock(&w->lock);
}

/* with the lock; false: it is to end */
static bool fence_wait(struct fence_queue *q, struct fence *fence)
{
	GLenum state = GL_TIMEOUT_EXPIRED;

	while (!q->count && !q->quit)
		pthread_cond_wait(&q->change, &q->lock);
	*fence = q->fences[q->first];
	while (fence->sync && state == GL_TIMEOUT_EXPIRED && !q->quit) {
		pthread_mutex_unlock(&q->lock);
		state = glClientWaitSync(fence->sync, 0, FENCE_WAIT_NS);
		pthread_mutex_lock(&q->lock);
	}
	if (q->quit)
		return false;
	q->first = (q->first + 1) % FENCE_MAX;
	q->count--;
	pthread_cond_broadcast(&q->change);
	return true;
}

static void *fence_run(void *worker)
{
	struct worker *w = worker;
	struct fence_queue *q = &w->fences;
	struct fence fence;

	if (egl_context_make_current(w->egl, q->context) < 0)
		log_err("fences are waited for without a context");
	pthread_mutex_lock(&q->lock);
	while (fence_wait(q, &fence)) {
		pthread_mutex_unlock(&q->lock);
		if (fence.sync)
			glDeleteSync(fence.sync);
		fence_retire(w, &fence);
		pthread_mutex_lock(&q->lock);
	}
	pthread_mutex_unlock(&q->lock);
	egl_context_make_current(w->egl, NULL);
	return NULL;
}

int fence_start(struct worker *w)
{
	struct fence_queue *q = &w->fences;
	int ret;

	if (epoxy_is_desktop_gl() && epoxy_gl_version() < 32 &&
	    !epoxy_has_gl_extension("GL_ARB_sync")) {
		log_err("%s has no fences: it needs GL_ARB_sync", egl_name(w->egl));
		return -EIO;
	}
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->change, NULL);
	q->context = egl_context_create_least(w->egl);
	if (!q->context) {
		log_err("%s gives no context to wait for fences with", egl_name(w->egl));
		return -EIO;
	}
	ret = pthread_create(&q->thread, NULL, fence_run, w);
	if (ret) {
		log_err("the fence thread cannot start: %s", strerror(ret));
		egl_context_destroy(w->egl, q->context);
		return -ret;
	}
	q->started = true;
	return 0;
}

void fence_stop(struct worker *w)
{
	struct fence_queue *q = &w->fences;

	if (!q->started)
		return;
	pthread_mutex_lock(&q->lock);
	q->quit = true;
	pthread_cond_broadcast(&q->change);
	pthread_mutex_unlock(&q->lock);
	pthread_join(q->thread, NULL);
	q->started = false;
	egl_context_destroy(w->egl, q->context);
}
