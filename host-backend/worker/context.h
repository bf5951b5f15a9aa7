/* SPDX-License-Identifier: MIT */
#ifndef WORKER_CONTEXT_H
#define WORKER_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "id_table.h"

struct worker;
struct resource;

struct context {
	uint32_t id;
	bool lost;			/* until it is destroyed */
	uint32_t sub_ctx;		/* the current one */
	struct id_table sub_ctxs;	/* besides 0, which always is; values mean nothing */
	struct id_table resources;	/* attached */
};

/* live context of a message that needs one; *status says why NULL */
struct context *context_find(struct worker *w, uint32_t id, uint32_t *status);

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
