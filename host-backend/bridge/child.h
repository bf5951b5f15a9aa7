/* SPDX-License-Identifier: MIT */
#ifndef BRIDGE_CHILD_H
#define BRIDGE_CHILD_H

#include <sys/types.h>

/*
 * Forks a process that serves us, out of the terminal's reach, which ends with us.
 * As fork(); negative, with an error line that names it.
 */
pid_t child_fork(const char *name);

#endif /* BRIDGE_CHILD_H */
