// SPDX-License-Identifier: MIT
/*
 * Command buffers.  The whole buffer is checked before any of it runs.  It then
 * goes to the renderer in pieces that end where the current sub-context changes:
 * each sub-context is a GL context of its own, and a fence covers the work of one.
 * Most buffers hold draws and state alone, and are one piece without another look.
 */
#include <endian.h>
#include <virgl/virglrenderer.h>

#include "context.h"
#include "fence.h"
#include "stats.h"
#include "submit.h"
#include "submit_resources.h"
#include "submit_shaders.h"
#include "virgl.h"
#include "worker.h"

#define SUBMIT_MAX_CONSTANTS	16384	/* words: GL's limit for a shader with common drivers */

static bool submit_has_room(struct context *ctx, const struct virgl *virgl)
{
	uint32_t type = virgl_arg(virgl, 0);

	/* the renderer refuses an unknown type */
	return type >= CONTEXT_SHADER_TYPES || context_sub(ctx)->roomy & 1u << type;
}

/* whether submit_run() has to see this command: it changes what it keeps, or needs what it kept */
static bool submit_is_followed(struct context *ctx, const struct virgl *virgl)
{
	switch (virgl->command) {
	case VIRGL_CMD_CREATE_OBJECT:
		return virgl->object == VIRGL_OBJECT_SHADER;
	case VIRGL_CMD_BIND_SHADER:
	case VIRGL_CMD_LINK_SHADER:
		return submit_shaders_unfinished(context_sub(ctx));
	case VIRGL_CMD_SET_CONSTANT_BUFFER:
		return !submit_has_room(ctx, virgl);
	case VIRGL_CMD_SET_SUB_CTX:
		return virgl_arg(virgl, 0) != ctx->sub_ctx;
	case VIRGL_CMD_CREATE_SUB_CTX:
	case VIRGL_CMD_DESTROY_SUB_CTX:
	case VIRGL_CMD_GET_QUERY_RESULT:
		return true;
	}
	return false;
}

static int submit_check(struct context *ctx, struct virgl *virgl, uint64_t *nr_commands,
			bool *followed)
{
	int ret;

	*nr_commands = 0;
	*followed = false;
	while ((ret = virgl_next(virgl)) > 0) {
		ret = submit_resources_check(ctx, virgl);
		if (ret)
			return ret;
		*followed = *followed || submit_is_followed(ctx, virgl);
		++*nr_commands;
	}
	return ret;
}

/* Follows a sub-context command; 1: another one becomes current. */
static int submit_sub_ctx(struct worker *w, struct context *ctx, struct virgl *virgl)
{
	uint32_t id = virgl_arg(virgl, 0);

	switch (virgl->command) {
	case VIRGL_CMD_CREATE_SUB_CTX:
		if (!id || id_table_find(&ctx->sub_ctxs, id))
			return 0;
		if (w->nr_sub_contexts == VGPU_PV_MAX_CONTEXTS)
			return virgl_refuse(virgl, "CREATE_SUB_CTX with %u of all contexts, of %u at most",
					    w->nr_sub_contexts, VGPU_PV_MAX_CONTEXTS);
		if (!context_has_memory() || !context_add_sub(ctx, id))
			return virgl_refuse(virgl, "CREATE_SUB_CTX of %u without memory for it", id);
		w->nr_sub_contexts++;
		break;
	case VIRGL_CMD_SET_SUB_CTX:
		if (id == ctx->sub_ctx || (id && !id_table_find(&ctx->sub_ctxs, id)))
			return 0;
		break;
	default:
		if (!id || !context_remove_sub(ctx, id))
			return 0;
		w->nr_sub_contexts--;
		ctx->sub_ctx = id == ctx->sub_ctx ? 0 : ctx->sub_ctx;
		return 1;
	}
	ctx->sub_ctx = id;
	return 1;
}

static int submit_piece(struct worker *w, struct context *ctx, struct virgl *virgl, uint32_t from,
			uint32_t to)
{
	if (from == to)
		return 0;
	if (virgl_renderer_submit_cmd((void *)(virgl->words + from), (int)ctx->id,
				      (int)(to - from)))
		return virgl_refuse(virgl, "the renderer refuses a command");
	fence_want(w, ctx->id);
	return 0;
}

/*
 * The renderer gives GL as many constants as a shader declares, however few there
 * are.  It keeps the largest memory that it ever needed for them: so it gets as
 * many as GL takes before it gets the guest's first.
 */
static int submit_room(struct context *ctx, struct virgl *virgl)
{
	static uint32_t words[1 + 2 + SUBMIT_MAX_CONSTANTS];
	struct sub_context *sub = context_sub(ctx);
	uint32_t type = virgl_arg(virgl, 0);

	words[0] = VIRGL_CMD_SET_CONSTANT_BUFFER | (2 + SUBMIT_MAX_CONSTANTS) << 16;
	words[1] = type;
	if (virgl_renderer_submit_cmd(words, (int)ctx->id, sizeof(words) / sizeof(words[0])))
		return virgl_refuse(virgl, "the renderer has no room for constants");
	sub->roomy |= 1u << type;
	return 0;
}

static int submit_run(struct worker *w, struct context *ctx, struct virgl *virgl, bool followed)
{
	uint32_t from = 0, at;
	int ret;

	fence_flush_others(w, ctx->id);
	while (followed) {
		at = virgl->at;
		ret = virgl_next(virgl);
		if (ret <= 0)
			break;
		if (virgl->command == VIRGL_CMD_GET_QUERY_RESULT)
			fence_want_queries(w);
		if (virgl->command < VIRGL_CMD_SET_SUB_CTX || virgl->command > VIRGL_CMD_DESTROY_SUB_CTX) {
			ret = submit_shaders_follow(context_sub(ctx), virgl);
			if (ret)
				return ret;
			if (virgl->command != VIRGL_CMD_SET_CONSTANT_BUFFER ||
			    submit_has_room(ctx, virgl))
				continue;
			/* what precedes may be the change to this sub-context */
			ret = submit_piece(w, ctx, virgl, from, at);
			from = at;
			if (!ret)
				ret = submit_room(ctx, virgl);
			if (ret)
				return ret;
			continue;
		}
		ret = submit_sub_ctx(w, ctx, virgl);
		if (ret < 0)
			return ret;
		if (!ret)
			continue;
		ret = submit_piece(w, ctx, virgl, from, at);
		if (ret)
			return ret;
		fence_flush(w);
		from = at;
	}
	return submit_piece(w, ctx, virgl, from, virgl->nr_words);
}

uint32_t submit(struct worker *w, const void *request, void *reply)
{
	const struct vgpu_pv_submit *wire = request;
	const uint32_t *words = (const uint32_t *)(wire + 1);
	uint32_t nr_words = le32toh(wire->size) / sizeof(uint32_t), status;
	struct virgl virgl;
	struct context *ctx;
	uint64_t commands;
	bool followed;
	int ret;

	(void)reply;
	ctx = context_find(w, le32toh(wire->hdr.ctx_id), &status);
	if (!ctx)
		return status;
	virgl_init(&virgl, words, nr_words);
	ret = submit_check(ctx, &virgl, &commands, &followed);
	if (!ret) {
		virgl_rewind(&virgl);
		ret = submit_run(w, ctx, &virgl, followed);
	}
	if (ret) {
		context_lose(w, ctx, virgl.why);
		return VGPU_PV_S_INVALID;
	}
	w->nr_submits++;
	stats_add(w->stats->submits, 1);
	stats_add(w->stats->commands, commands);
	return VGPU_PV_S_OK;
}
