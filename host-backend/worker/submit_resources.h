/* SPDX-License-Identifier: MIT */
#ifndef WORKER_SUBMIT_RESOURCES_H
#define WORKER_SUBMIT_RESOURCES_H

struct context;
struct virgl;

/* Are the resources of the current command fit for it?  0, or -EINVAL and virgl->why. */
int submit_resources_check(const struct context *ctx, struct virgl *virgl);

#endif /* WORKER_SUBMIT_RESOURCES_H */
