/* SPDX-License-Identifier: MIT */
#ifndef WORKER_JAIL_H
#define WORKER_JAIL_H

struct options;

/* Gives up what rendering does not need, for good.  0, or negative with an error line. */
int jail_enter(const struct options *opt);

#endif /* WORKER_JAIL_H */
