/* SPDX-License-Identifier: MIT */
/*
 * What the front end needs in order to go on.  How it fails is for the program:
 * a case of cmocka's ends (failed.c), or a process of the conformance suite.
 */
#ifndef FRONT_END_DEMAND_H
#define FRONT_END_DEMAND_H

_Noreturn void fe_failed(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define demand(condition, ...)			\
	do {					\
		if (!(condition))		\
			fe_failed(__VA_ARGS__);	\
	} while (0)

#endif /* FRONT_END_DEMAND_H */
