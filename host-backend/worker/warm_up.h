/* SPDX-License-Identifier: MIT */
#ifndef WORKER_WARM_UP_H
#define WORKER_WARM_UP_H

struct egl;

/*
 * Draws a triangle and reads it back, on a context of its own, so that the GL
 * driver loads and starts all that it needs.  0, or negative with an error line
 * where the picture is not right.
 */
int warm_up(struct egl *egl);

#endif /* WORKER_WARM_UP_H */
