// SPDX-License-Identifier: MIT
/*
 * Command buffers.  The whole buffer's framing is checked before any of it
 * runs.  It then goes to the renderer in pieces that end where the current
 * sub-context changes: each sub-context is a GL context of its own, and a fence
 * covers the work of one.
 */
#include <endian.h>
#include <errno.h>
#include <virgl/virglrenderer.h>

#include "context.h"
#include "decode.h"
#include "fence.h"
#include "stats.h"
#include "submit.h"
#include "worker.h"

static int submit_check(const uint32_t *words, uint32_t nr_words, uint64_t *nr_commands,
			const char **why)
{
	struct decode decode;
	int ret;

	*nr_commands = 0;
	decode_init(&decode, words, nr_words);
	while ((ret = decode_next(&decode, why)) > 0)
		++*nr_commands;
	return ret;
}

/* Follows a sub-context command; 1: another one becomes current. */
static int submit_sub_ctx(struct worker *w, struct context *ctx, const struct decode *decode,
			  const char **why)
{
	uint32_t id = le32toh(decode->args[0]);
	int ret;

	switch (decode->command) {
	case DECODE_CREATE_SUB_CTX:
		if (!id || id_table_find(&ctx->sub_ctxs, id))
			return 0;
		if (w->nr_sub_contexts == VGPU_PV_MAX_CONTEXTS) {
			*why = "there are too many sub-contexts";
			return -ENOMEM;
		}
		ret = id_table_add(&ctx->sub_ctxs, id, ctx);
		if (ret) {
			*why = "no memory for a sub-context";
			return ret;
		}
		w->nr_sub_contexts++;
		break;
	case DECODE_SET_SUB_CTX:
		if (id == ctx->sub_ctx || (id && !id_table_find(&ctx->sub_ctxs, id)))
			return 0;
		break;
	default:
		if (!id || !id_table_remove(&ctx->sub_ctxs, id))
			return 0;
		w->nr_sub_contexts--;
		ctx->sub_ctx = id == ctx->sub_ctx ? 0 : ctx->sub_ctx;
		return 1;
	}
	ctx->sub_ctx = id;
	return 1;
}

static int submit_piece(struct worker *w, struct context *ctx, const uint32_t *words, uint32_t from,
			uint32_t to, const char **why)
{
	if (from == to)
		return 0;
	if (virgl_renderer_submit_cmd((void *)(words + from), (int)ctx->id, (int)(to - from))) {
		*why = "the renderer refuses a command";
		return -EINVAL;
	}
	fence_want(w, ctx->id);
	return 0;
}

static int submit_run(struct worker *w, struct context *ctx, const uint32_t *words,
		      uint32_t nr_words, const char **why)
{
	uint32_t from = 0, at;
	struct decode decode;
	int ret;

	fence_flush_others(w, ctx->id);
	decode_init(&decode, words, nr_words);
	for (;;) {
		at = decode.at;
		ret = decode_next(&decode, why);
		if (ret <= 0)
			break;
		if (decode.command < DECODE_SET_SUB_CTX || decode.command > DECODE_DESTROY_SUB_CTX)
			continue;
		ret = submit_sub_ctx(w, ctx, &decode, why);
		if (ret < 0)
			return ret;
		if (!ret)
			continue;
		ret = submit_piece(w, ctx, words, from, at, why);
		if (ret)
			return ret;
		fence_flush(w);
		from = at;
	}
	return submit_piece(w, ctx, words, from, nr_words, why);
}

uint32_t submit(struct worker *w, const void *request, void *reply)
{
	const struct vgpu_pv_submit *wire = request;
	const uint32_t *words = (const uint32_t *)(wire + 1);
	uint32_t nr_words = le32toh(wire->size) / sizeof(uint32_t), status;
	const char *why = NULL;
	struct context *ctx;
	uint64_t commands;

	(void)reply;
	ctx = context_find(w, le32toh(wire->hdr.ctx_id), &status);
	if (!ctx)
		return status;
	if (submit_check(words, nr_words, &commands, &why) < 0 ||
	    submit_run(w, ctx, words, nr_words, &why) < 0) {
		context_lose(w, ctx, why);
		return VGPU_PV_S_INVALID;
	}
	stats_add(w->stats->submits, 1);
	stats_add(w->stats->commands, commands);
	return VGPU_PV_S_OK;
}
