/* SPDX-License-Identifier: MIT */
#ifndef CONFORMANCE_RUN_H
#define CONFORMANCE_RUN_H

#include "conformance.h"

struct conf_target {
	const char *connect;	/* the socket of a back end that is there, or NULL */
	const char *start;	/* else the command of one for each case */
	unsigned int limit_s;	/* of a case */
	bool verbose;		/* what the back ends say is shown */
};

enum conf_result {
	CONF_PASSED,
	CONF_FAILED,
	CONF_SKIPPED,
};

struct conf_outcome {
	enum conf_result result;
	char reason[CONF_REASON];	/* empty where it passed */
};

/* Connects, where there is one back end for all cases; ends the program if it cannot. */
void conf_open(const struct conf_target *target);

void conf_run(const struct conf_target *target, const struct conf_case *c,
	      struct conf_outcome *outcome);

#endif /* CONFORMANCE_RUN_H */
