/* SPDX-License-Identifier: MIT */
#ifndef WORKER_JAIL_H
#define WORKER_JAIL_H

#include <stdbool.h>

struct options;

/*
 * Gives up what rendering does not need, in all threads and for good.  gpu: the
 * renderer talks to a device.  0, or negative with an error line.
 */
int jail_enter(const struct options *opt, bool gpu);

/* the last stage: the system call filter */
int jail_filter(bool gpu);

#endif /* WORKER_JAIL_H */
