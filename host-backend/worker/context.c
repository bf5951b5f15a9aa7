// SPDX-License-Identifier: MIT
/*
 * The guest's contexts.  The renderer reports nothing about attaching and
 * treats a resource that is not attached as an error of the whole context, so
 * what is attached is kept here and checked before the renderer is asked.
 *
 * Creating a context leaves its GL context current while the renderer believes
 * that the one before still is, and would let that one's commands run in the
 * new one: hence its context 0 is forced after each creation.
 */
#include <endian.h>
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <virgl/virglrenderer.h>

#include "capset.h"
#include "context.h"
#include "resource.h"
#include "stats.h"
#include "worker.h"

#define CONTEXT_RESERVE	(128u << 20)	/* bytes */

struct context *context_find(struct worker *w, uint32_t id, uint32_t *status)
{
	struct context *ctx = id_table_find(&w->contexts, id);

	if (!ctx)
		*status = VGPU_PV_S_NOENT;
	else if (ctx->lost)
		*status = VGPU_PV_S_CONTEXT_LOST;
	else
		return ctx;
	return NULL;
}

void context_lose(struct worker *w, struct context *ctx, const char *why)
{
	ctx->lost = true;
	stats_add(w->stats->contexts_lost, 1);
	log_err_limited(&w->guest_errors, "context %u is lost: %s", ctx->id, why);
}

/*
 * GL drivers end the process where they have no memory for a context, and the
 * jail's limit is nearer than VGPU_PV_MAX_CONTEXTS of them: so the memory that one
 * may need, and drawing with it, is asked for ahead.
 */
bool context_has_memory(void)
{
	void *p;

	/* what contexts before have left */
	if (mallinfo2().fordblks >= CONTEXT_RESERVE)
		return true;
	p = mmap(NULL, CONTEXT_RESERVE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return false;
	munmap(p, CONTEXT_RESERVE);
	return true;
}

uint32_t context_create(struct worker *w, const void *request, void *reply)
{
	const struct vgpu_pv_ctx_create *create = request;
	uint32_t id = le32toh(create->hdr.ctx_id), name_len = le32toh(create->name_len);
	struct context *ctx;

	(void)reply;
	if (name_len > VGPU_PV_MAX_CONTEXT_NAME)
		return VGPU_PV_S_INVALID;
	if (!id || !capset_known(w, le32toh(create->capset_id)))
		return VGPU_PV_S_NOENT;
	if (id_table_find(&w->contexts, id))
		return VGPU_PV_S_EXIST;
	if (w->contexts.count == VGPU_PV_MAX_CONTEXTS || !context_has_memory())
		return VGPU_PV_S_NOMEM;
	ctx = calloc(1, sizeof(*ctx));
	if (!ctx)
		return VGPU_PV_S_NOMEM;
	ctx->id = id;
	if (id_table_add(&w->contexts, id, ctx) < 0)
		goto err_free;
	if (virgl_renderer_context_create_with_flags(id, le32toh(create->capset_id), name_len,
						     (const char *)create->name))
		goto err_remove;
	virgl_renderer_force_ctx_0();
	stats_set(w->stats->contexts, w->contexts.count);
	return VGPU_PV_S_OK;

err_remove:
	id_table_remove(&w->contexts, id);
err_free:
	free(ctx);
	return VGPU_PV_S_NOMEM;
}

struct sub_context *context_add_sub(struct context *ctx, uint32_t id)
{
	struct sub_context *sub = calloc(1, sizeof(*sub));

	if (sub && id_table_add(&ctx->sub_ctxs, id, sub) < 0) {
		free(sub);
		return NULL;
	}
	return sub;
}

bool context_remove_sub(struct context *ctx, uint32_t id)
{
	struct sub_context *sub = id_table_remove(&ctx->sub_ctxs, id);

	free(sub);
	return sub;
}

struct sub_context *context_sub(struct context *ctx)
{
	return ctx->sub_ctx ? id_table_find(&ctx->sub_ctxs, ctx->sub_ctx) : &ctx->first;
}

static void context_free_sub(void *value, void *arg)
{
	(void)arg;
	free(value);
}

static void context_free(struct worker *w, struct context *ctx)
{
	virgl_renderer_context_destroy(ctx->id);
	w->nr_sub_contexts -= ctx->sub_ctxs.count;
	id_table_each(&ctx->sub_ctxs, context_free_sub, NULL);
	id_table_clear(&ctx->sub_ctxs);
	id_table_clear(&ctx->resources);
	free(ctx);
	w->context_ended = true;
}

uint32_t context_destroy(struct worker *w, const void *request, void *reply)
{
	const struct vgpu_pv_request *hdr = request;
	struct context *ctx = id_table_remove(&w->contexts, le32toh(hdr->ctx_id));

	(void)reply;
	if (!ctx)
		return VGPU_PV_S_NOENT;
	context_free(w, ctx);
	stats_set(w->stats->contexts, w->contexts.count);
	return VGPU_PV_S_OK;
}

static void context_free_each(void *value, void *arg)
{
	context_free(arg, value);
}

void context_destroy_all(struct worker *w)
{
	id_table_each(&w->contexts, context_free_each, w);
	id_table_clear(&w->contexts);
	stats_set(w->stats->contexts, 0);
}

static uint32_t context_ref(struct worker *w, const struct vgpu_pv_resource_ref *ref,
			    struct context **ctx, struct resource **res)
{
	*ctx = id_table_find(&w->contexts, le32toh(ref->hdr.ctx_id));
	*res = id_table_find(&w->resources, le32toh(ref->resource));
	return *ctx && *res ? VGPU_PV_S_OK : VGPU_PV_S_NOENT;
}

uint32_t context_attach(struct worker *w, const void *request, void *reply)
{
	struct context *ctx;
	struct resource *res;
	uint32_t status;
	int ret;

	(void)reply;
	status = context_ref(w, request, &ctx, &res);
	if (status)
		return status;
	if (ctx->lost)
		return VGPU_PV_S_CONTEXT_LOST;
	ret = id_table_add(&ctx->resources, res->id, res);
	if (ret == -ENOMEM)
		return VGPU_PV_S_NOMEM;
	/* attached already: as good as attached now */
	if (!ret)
		virgl_renderer_ctx_attach_resource((int)ctx->id, (int)res->id);
	return VGPU_PV_S_OK;
}

uint32_t context_detach(struct worker *w, const void *request, void *reply)
{
	struct context *ctx;
	struct resource *res;
	uint32_t status;

	(void)reply;
	status = context_ref(w, request, &ctx, &res);
	if (status)
		return status;
	if (id_table_remove(&ctx->resources, res->id))
		virgl_renderer_ctx_detach_resource((int)ctx->id, (int)res->id);
	return VGPU_PV_S_OK;
}

static void context_forget_each(void *value, void *arg)
{
	struct context *ctx = value;
	uint32_t *id = arg;

	id_table_remove(&ctx->resources, *id);
}

void context_forget_resource(struct worker *w, uint32_t resource_id)
{
	id_table_each(&w->contexts, context_forget_each, &resource_id);
}
