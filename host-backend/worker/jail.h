/* SPDX-License-Identifier: MIT */
#ifndef WORKER_JAIL_H
#define WORKER_JAIL_H

#include <stdbool.h>

struct options;
struct passwd;

/*
 * Can it be entered as the user that the options name?  *user, where user is not
 * NULL: whom to become, or NULL for nobody else.  0, or negative with an error line.
 */
int jail_check(const struct options *opt, const struct passwd **user);

/*
 * Gives up what rendering does not need, in all threads and for good.  gpu: the
 * renderer talks to a device.  0, or negative with an error line.
 */
int jail_enter(const struct options *opt, bool gpu);

/* the last stage: the system call filter */
int jail_filter(bool gpu);

#endif /* WORKER_JAIL_H */
