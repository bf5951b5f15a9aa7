/* SPDX-License-Identifier: MIT */
#ifndef BRIDGE_RUN_H
#define BRIDGE_RUN_H

struct options;

#define RUN_FAILED	125	/* exit status where the program was not started */

/* Runs the program of opt with a GPU; its exit status, as a shell tells it. */
int run_program(const struct options *opt);

#endif /* BRIDGE_RUN_H */
