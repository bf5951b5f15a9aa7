// SPDX-License-Identifier: MIT
/*
 * libFuzzer's target: command buffers through submit(), as it is in the worker,
 * with a renderer in its place that reads every word it is given.  The sanitizers
 * see what is read beyond; here it is seen that a refused buffer runs nothing, and
 * that one that passes reaches the renderer whole: [dev-submit-checked].
 *
 * Beside libFuzzer's own mutations, which rarely make a header's length fit, there
 * are some that know the table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <virgl/virglrenderer.h>

#include "context.h"
#include "fence.h"
#include "resource.h"
#include "submit.h"
#include "virgl.h"
#include "virgl_table.h"
#include "worker.h"

#define CTX		1
#define NR_RESOURCES	6
#define MAX_WORDS	1024

#define BUFFER		0
#define TEXTURE_2D	2
#define FORMAT_B8G8R8A8	1
#define FORMAT_R8	64
#define BIND_CUSTOM	(1u << 17)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

static struct worker worker;
static struct vgpu_pv_stats stats;
static struct resource resources[NR_RESOURCES];

/* what the renderer was given of the buffer under way */
static const uint32_t *buffer, *buffer_end, *given;
static uint32_t read_words;

#define DEMAND(condition)							\
	do {									\
		if (!(condition)) {						\
			fprintf(stderr, "%s:%d: not %s\n", __FILE__, __LINE__, #condition); \
			abort();						\
		}								\
	} while (0)

int __wrap_virgl_renderer_submit_cmd(void *words, int ctx_id, int nr);
int __wrap_virgl_renderer_submit_cmd(void *words, int ctx_id, int nr)
{
	const uint32_t *at = words, *end = at + nr;
	bool ours = at >= buffer && at < buffer_end;

	DEMAND(ctx_id == CTX && nr > 0);
	/* in order, and nothing twice; beside it only the constants' room */
	if (ours) {
		DEMAND(at == given && end <= buffer_end);
		given = end;
	}
	while (at < end) {
		uint32_t nr_args = *at >> 16, i;

		DEMAND(nr_args < (size_t)(end - at));
		DEMAND(virgl_command_rule(*at & 0xff));
		for (i = 0; i <= nr_args; i++)
			read_words += at[i];
		at += 1 + nr_args;
	}
	return 0;
}

void __wrap_fence_want(struct worker *w, uint32_t ctx);
void __wrap_fence_want(struct worker *w, uint32_t ctx)
{
	(void)w;
	(void)ctx;
}

void __wrap_fence_want_queries(struct worker *w);
void __wrap_fence_want_queries(struct worker *w)
{
	(void)w;
}

void __wrap_fence_flush(struct worker *w);
void __wrap_fence_flush(struct worker *w)
{
	(void)w;
}

void __wrap_fence_flush_others(struct worker *w, uint32_t ctx);
void __wrap_fence_flush_others(struct worker *w, uint32_t ctx)
{
	(void)w;
	(void)ctx;
}

static void add_resource(uint32_t id, uint32_t target, uint32_t format, uint32_t bind, uint32_t width)
{
	const struct vgpu_pv_resource_create create = {
		.resource = id, .target = target, .format = format, .bind = bind, .width = width,
		.height = target == BUFFER ? 1 : width, .depth = 1, .array_size = 1,
	};
	struct resource *res = &resources[id];

	res->id = id;
	DEMAND(resource_shape_init(&res->shape, &create));
	res->attached = true;
	res->backing.size = (uint64_t)width * create.height * 4;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	log_init("fuzz-virgl", LOG_LEVEL_ERROR);
	worker.stats = &stats;
	/* a thousand of the same refusal tell nothing */
	worker.guest_errors = (struct log_limit){ .interval_ms = ~0u, .burst = 1 };
	add_resource(1, TEXTURE_2D, FORMAT_B8G8R8A8, 1 << 1, 16);
	add_resource(2, BUFFER, FORMAT_R8, 1 << 4, 4096);
	add_resource(3, BUFFER, FORMAT_R8, BIND_CUSTOM, 16);
	add_resource(4, TEXTURE_2D, FORMAT_B8G8R8A8, 1 << 3, 4);
	resources[5].id = 5;
	resources[5].blob = true;
	return 0;
}

static struct context *new_context(void)
{
	struct context *ctx = calloc(1, sizeof(*ctx));
	uint32_t id;

	DEMAND(ctx);
	ctx->id = CTX;
	for (id = 1; id < NR_RESOURCES; id++)
		DEMAND(!id_table_add(&ctx->resources, id, &resources[id]));
	DEMAND(!id_table_add(&worker.contexts, CTX, ctx));
	return ctx;
}

static void free_each(void *value, void *arg)
{
	(void)arg;
	free(value);
}

static void end_context(struct context *ctx)
{
	id_table_remove(&worker.contexts, CTX);
	worker.nr_sub_contexts -= ctx->sub_ctxs.count;
	DEMAND(!worker.nr_sub_contexts);
	id_table_each(&ctx->sub_ctxs, free_each, NULL);
	id_table_clear(&ctx->sub_ctxs);
	id_table_clear(&ctx->resources);
	free(ctx);
}

static bool gate_passes(const uint32_t *words, uint32_t nr_words)
{
	struct virgl virgl;
	int ret;

	virgl_init(&virgl, words, nr_words);
	while ((ret = virgl_next(&virgl)) > 0)
		;
	DEMAND(!ret == !virgl.why[0]);
	return !ret;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t nr_words = (uint32_t)(size / 4), status;
	/* to the word, so that a sanitizer guards its end */
	struct vgpu_pv_submit *request = malloc(sizeof(*request) + nr_words * 4);
	struct context *ctx = new_context();

	DEMAND(request);
	*request = (struct vgpu_pv_submit){
		.hdr = { .type = VGPU_PV_MSG_SUBMIT, .ctx_id = CTX },
		.size = nr_words * 4,
	};
	memcpy(request + 1, data, nr_words * 4);
	buffer = (const uint32_t *)(request + 1);
	buffer_end = buffer + nr_words;
	given = buffer;
	status = submit(&worker, request, NULL);
	DEMAND(status == VGPU_PV_S_OK || status == VGPU_PV_S_INVALID);
	DEMAND(ctx->lost == (status == VGPU_PV_S_INVALID));
	DEMAND(ctx->lost || given == buffer_end);
	DEMAND(gate_passes(buffer, nr_words) || (ctx->lost && given == buffer));
	end_context(ctx);
	free(request);
	return 0;
}

/* ---- mutations ---- */

static uint32_t noise(unsigned int *seed, uint32_t below)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % below;
}

static uint32_t strange_word(unsigned int *seed)
{
	static const uint32_t words[] = { 0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, 0xffff, 0x10000 };

	switch (noise(seed, 3)) {
	case 0:
		return words[noise(seed, sizeof(words) / sizeof(words[0]))];
	case 1:
		return noise(seed, NR_RESOURCES + 1);
	}
	return noise(seed, 1u << 24) << 8 ^ noise(seed, 1u << 24);
}

/* a command of one of its own lengths; its words */
static uint32_t make_command(unsigned int *seed, uint32_t *words, uint32_t room)
{
	uint32_t command = noise(seed, virgl_nr_commands), object = noise(seed, virgl_nr_objects), nr, i;
	const struct virgl_rule *rule = virgl_command_rule(command);

	if (command == VIRGL_CMD_CREATE_OBJECT && virgl_object_rule(object))
		rule = virgl_object_rule(object);
	nr = rule->min;
	if (rule->step)
		nr += noise(seed, 4) * rule->step;
	if (nr > rule->max || !noise(seed, 16))
		nr = rule->max;
	if (nr >= room)
		return 0;
	words[0] = command | object << 8 | nr << 16;
	for (i = 1; i <= nr; i++)
		words[i] = strange_word(seed);
	return 1 + nr;
}

/* where the n-th command begins, or the end */
static uint32_t find_command(const uint32_t *words, uint32_t nr_words, uint32_t n)
{
	uint32_t at = 0;

	while (n-- && at < nr_words)
		at += 1 + (words[at] >> 16);
	return at < nr_words ? at : nr_words;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	static uint32_t words[MAX_WORDS], fresh[MAX_WORDS];
	uint32_t nr = (uint32_t)(size / 4), room = (uint32_t)(max_size / 4), at, added;

	if (room > MAX_WORDS)
		room = MAX_WORDS;
	if (nr > room || noise(&seed, 4) == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	memcpy(words, data, nr * 4);
	at = find_command(words, nr, noise(&seed, 8));
	if (at < nr && noise(&seed, 2)) {
		/* one word of a command that is there */
		added = at + noise(&seed, 1 + (words[at] >> 16));
		if (added < nr)
			words[added] = added == at ? words[at] ^ 1u << noise(&seed, 32) :
						     strange_word(&seed);
	} else {
		added = make_command(&seed, fresh, room - nr);
		memmove(words + at + added, words + at, (nr - at) * 4);
		memcpy(words + at, fresh, added * 4);
		nr += added;
	}
	memcpy(data, words, nr * 4);
	return nr * 4;
}
