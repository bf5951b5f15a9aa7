// SPDX-License-Identifier: MIT
/*
 * libvirglrenderer's start, on contexts of our own: drivers without GBM work,
 * and the worker may have contexts in the same share group: fence.c has one.
 */
#include <epoxy/gl.h>
#include <errno.h>
#include <string.h>
#include <virgl/virglrenderer.h>

#include "capset.h"
#include "egl.h"
#include "fence.h"
#include "renderer.h"
#include "stats.h"
#include "warm_up.h"
#include "worker.h"

static struct log_limit renderer_limit = LOG_LIMIT_INIT;
static bool renderer_quiet;

static void renderer_log(const char *fmt, va_list ap)
{
	if (!renderer_quiet && log_limit_pass(&renderer_limit))
		log_vprintf(LOG_LEVEL_WARN, fmt, ap);
}

static virgl_renderer_gl_context renderer_create_context(void *cookie, int scanout,
							 struct virgl_renderer_gl_ctx_param *param)
{
	struct worker *w = cookie;

	(void)scanout;
	return egl_context_create(w->egl, param->major_ver, param->minor_ver);
}

static void renderer_destroy_context(void *cookie, virgl_renderer_gl_context ctx)
{
	struct worker *w = cookie;

	egl_context_destroy(w->egl, ctx);
}

static int renderer_make_current(void *cookie, int scanout, virgl_renderer_gl_context ctx)
{
	struct worker *w = cookie;

	(void)scanout;
	return egl_context_make_current(w->egl, ctx);
}

/* our own fences tell; this one is only there for the renderer's sake */
static void renderer_write_fence(void *cookie, uint32_t fence)
{
	(void)cookie;
	(void)fence;
}

static struct virgl_renderer_callbacks renderer_callbacks = {
	.version = 1,
	.write_fence = renderer_write_fence,
	.create_gl_context = renderer_create_context,
	.destroy_gl_context = renderer_destroy_context,
	.make_current = renderer_make_current,
};

int renderer_init(struct worker *w)
{
	int ret;

	/* the library logs while it starts what it finds missing: not news */
	renderer_quiet = !w->opt.verbose;
	virgl_set_debug_callback(renderer_log);
	ret = virgl_renderer_init(w, 0, &renderer_callbacks);
	if (ret) {
		log_err("libvirglrenderer does not start on %s (error %d): it needs desktop GL 3.1 or GLES 3.0",
			egl_name(w->egl), ret);
		return -EIO;
	}
	ret = warm_up(w->egl);
	if (ret)
		return ret;
	virgl_renderer_force_ctx_0();
	ret = fence_start(w);
	if (ret)
		return ret;
	stats_set_renderer(w->stats, (const char *)glGetString(GL_RENDERER));
	log_info("renders with %s, OpenGL %s", w->stats->renderer,
		 (const char *)glGetString(GL_VERSION));
	ret = capset_init(w);
	renderer_quiet = false;
	return ret;
}

void renderer_cleanup(struct worker *w)
{
	fence_stop(w);
	virgl_renderer_cleanup(w);
}

bool renderer_gl_error(void)
{
	bool any = false;

	while (glGetError() != GL_NO_ERROR)
		any = true;
	return any;
}
