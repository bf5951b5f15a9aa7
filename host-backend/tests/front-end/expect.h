/* SPDX-License-Identifier: MIT */
#ifndef FRONT_END_EXPECT_H
#define FRONT_END_EXPECT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* what the front end itself needs in order to go on */
#define expect(condition, ...)			\
	do {					\
		if (!(condition))		\
			fail_msg(__VA_ARGS__);	\
	} while (0)

#endif /* FRONT_END_EXPECT_H */
