/* SPDX-License-Identifier: MIT */
#ifndef WORKER_SUBMIT_SHADERS_H
#define WORKER_SUBMIT_SHADERS_H

#include <stdbool.h>

struct virgl;
struct sub_context;

/* whether a shader's text has words to come */
bool submit_shaders_unfinished(const struct sub_context *sub);

/* Follows what the current command does to shaders.  0, or -EINVAL and virgl->why. */
int submit_shaders_follow(struct sub_context *sub, struct virgl *virgl);

#endif /* WORKER_SUBMIT_SHADERS_H */
