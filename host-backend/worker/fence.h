/* SPDX-License-Identifier: MIT */
#ifndef WORKER_FENCE_H
#define WORKER_FENCE_H

#include <stdbool.h>
#include <stdint.h>

struct worker;

/* All for the render thread alone. */

/* commands of ctx were given to the renderer: the next fence covers them */
void fence_want(struct worker *w, uint32_t ctx);

/* the number of the fence that will cover what was given so far */
uint32_t fence_next(const struct worker *w);

/* Makes the fence that is wanted, if any. */
void fence_flush(struct worker *w);

/* Makes the fence that is wanted by any context but ctx. */
void fence_flush_others(struct worker *w, uint32_t ctx);

/* Makes a fence where some have not passed: for when the renderer may have lost one. */
void fence_renew(struct worker *w);

static inline bool fence_outstanding(uint32_t last, uint32_t done)
{
	return last != done;
}

/* the renderer says: this one, and all before, passed */
void fence_retire(struct worker *w, uint32_t fence);

#endif /* WORKER_FENCE_H */
