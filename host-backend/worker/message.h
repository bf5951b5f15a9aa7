/* SPDX-License-Identifier: MIT */
#ifndef WORKER_MESSAGE_H
#define WORKER_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vgpu_pv.h"

struct worker;

/* the longest request, bytes */
#define MESSAGE_MAX	(sizeof(struct vgpu_pv_submit) + VGPU_PV_MAX_SUBMIT_SIZE)

/* What the gate found. */
struct message {
	uint32_t type;		/* as it came */
	uint32_t status;	/* not OK: refused, to be answered so and not run */
	uint32_t reply_len;	/* of its answer, whatever the status */
	bool fenced;		/* completes with the GPU's work, not before */
	bool wait;		/* a WAIT_RING: the caller's to run */
	uint32_t (*handler)(struct worker *w, const void *request, void *reply);
};

/*
 * The one gate: judges a request of len bytes (len may be beyond MESSAGE_MAX;
 * request holds what fits) and the room for its reply.
 */
void message_check(struct message *msg, const void *request, uint64_t len, uint64_t reply_room);

/* Runs what passed; fills reply's body.  Returns an enum vgpu_pv_status. */
uint32_t message_run(struct worker *w, const struct message *msg, const void *request, void *reply);

/* Writes the reply's head; reply has room for it. */
void message_reply(const struct message *msg, uint32_t status, uint64_t credit, void *reply);

#endif /* WORKER_MESSAGE_H */
