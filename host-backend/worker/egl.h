/* SPDX-License-Identifier: MIT */
#ifndef WORKER_EGL_H
#define WORKER_EGL_H

#include <stdbool.h>
#include <stdio.h>

struct egl;

/*
 * Opens the device that gpu names (see --gpu) for the process's life: unloading
 * a GL driver is asking for trouble.  NULL, with an error line.
 */
struct egl *egl_open(const char *gpu);

/* A line for each value of --gpu that starts here: the value, a tab, what it is. */
void egl_list(FILE *out);

/* is there a device behind it, or software? */
bool egl_is_gpu(const struct egl *egl);

/* for people */
const char *egl_name(const struct egl *egl);

/* These may be called by any thread.  A context shares its objects with all others. */
void *egl_context_create(struct egl *egl, int major, int minor);
/* of the least version that serves */
void *egl_context_create_least(struct egl *egl);
void egl_context_destroy(struct egl *egl, void *context);

/* context may be NULL: none.  0 or -EIO. */
int egl_context_make_current(struct egl *egl, void *context);

#endif /* WORKER_EGL_H */
