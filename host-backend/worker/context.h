/* SPDX-License-Identifier: MIT */
#ifndef WORKER_CONTEXT_H
#define WORKER_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "id_table.h"

struct worker;
struct resource;

#define CONTEXT_SHADER_TYPES	6

/* a GL context of its own */
struct sub_context {
	struct {
		uint32_t handle;
		uint32_t left;		/* words of text; 0: there is none */
	} unfinished[CONTEXT_SHADER_TYPES];	/* shaders, one of each type at most */
	uint32_t roomy;			/* shader types whose constants have room for all */
};

struct context {
	uint32_t id;
	bool lost;			/* until it is destroyed */
	uint32_t sub_ctx;		/* the current one */
	struct sub_context first;	/* 0, which always is */
	struct id_table sub_ctxs;	/* the others */
	struct id_table resources;	/* attached */
};

/* live context of a message that needs one; *status says why NULL */
struct context *context_find(struct worker *w, uint32_t id, uint32_t *status);

/* NULL: no memory */
/* whether the process has memory for one more, or for a sub-context */
bool context_has_memory(void);

struct sub_context *context_add_sub(struct context *ctx, uint32_t id);
bool context_remove_sub(struct context *ctx, uint32_t id);
/* the current one */
struct sub_context *context_sub(struct context *ctx);

/* The guest made it unusable; why is for the log. */
void context_lose(struct worker *w, struct context *ctx, const char *why);

/* takes it away from every context that has it attached */
void context_forget_resource(struct worker *w, uint32_t resource_id);

void context_destroy_all(struct worker *w);

/* message handlers */
uint32_t context_create(struct worker *w, const void *request, void *reply);
uint32_t context_destroy(struct worker *w, const void *request, void *reply);
uint32_t context_attach(struct worker *w, const void *request, void *reply);
uint32_t context_detach(struct worker *w, const void *request, void *reply);

#endif /* WORKER_CONTEXT_H */
