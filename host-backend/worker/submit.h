/* SPDX-License-Identifier: MIT */
#ifndef WORKER_SUBMIT_H
#define WORKER_SUBMIT_H

#include <stdint.h>

struct worker;

/* message handler */
uint32_t submit(struct worker *w, const void *request, void *reply);

#endif /* WORKER_SUBMIT_H */
