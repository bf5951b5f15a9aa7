/* SPDX-License-Identifier: MIT */
#ifndef WORKER_CAPSET_H
#define WORKER_CAPSET_H

#include <stdint.h>

struct worker;

/* Learns which capsets the renderer has.  0 or negative with an error line. */
int capset_init(struct worker *w);

/* message handlers; each returns an enum vgpu_pv_status */
uint32_t capset_list(struct worker *w, const void *request, void *reply);
uint32_t capset_get(struct worker *w, const void *request, void *reply);

/* is id one of ours? */
int capset_known(const struct worker *w, uint32_t id);

#endif /* WORKER_CAPSET_H */
