// SPDX-License-Identifier: MIT
/*
 * The renderer has one timeline of fences; each ring's order is the worker's
 * own.  A fence is made in whatever GL context is current and covers that
 * context's work only, so that one is made before another context becomes
 * current, and otherwise one for a batch of messages.
 *
 * The renderer drops the fence it is just waiting for when it destroys any
 * context.  A later fence stands in for it: fences pass in order.
 */
#include <epoxy/gl.h>
#include <virgl/virglrenderer.h>

#include "fence.h"
#include "worker.h"

void fence_want(struct worker *w, uint32_t ctx)
{
	w->fence_wanted = true;
	w->fence_ctx = ctx;
}

uint32_t fence_next(const struct worker *w)
{
	return w->fence_last + 1;
}

static void fence_make(struct worker *w)
{
	w->fence_wanted = false;
	w->fence_last++;
	if (!virgl_renderer_create_fence((int)w->fence_last, 0))
		return;
	/* no memory for a fence: wait for the work itself */
	glFinish();
	w->fence_done = w->fence_last;
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

void fence_renew(struct worker *w)
{
	if (fence_outstanding(w->fence_last, w->fence_done))
		fence_make(w);
}

void fence_retire(struct worker *w, uint32_t fence)
{
	w->fence_done = fence;
}
