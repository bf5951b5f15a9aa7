/* SPDX-License-Identifier: MIT */
#ifndef WORKER_SUBMIT_SHADERS_H
#define WORKER_SUBMIT_SHADERS_H

struct virgl;
struct sub_context;

/* Follows what the current command does to shaders.  0, or -EINVAL and virgl->why. */
int submit_shaders_follow(struct sub_context *sub, struct virgl *virgl);

#endif /* WORKER_SUBMIT_SHADERS_H */
