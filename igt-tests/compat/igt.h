/* SPDX-License-Identifier: MIT */
/*
 * The part of IGT's test API that the tests of this folder use, for systems
 * without IGT's own headers.  Inside an IGT tree its igt.h is found instead and
 * nothing of this folder is built.
 *
 * A subtest is the body of a loop that runs at most once: leaving it early is a
 * siglongjmp to the loop's condition, which then ends the loop.
 */
#ifndef IGT_H
#define IGT_H

#include <errno.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xf86drm.h>

#define IGT_EXIT_SUCCESS 0
#define IGT_EXIT_SKIP	 77
#define IGT_EXIT_INVALID 79
#define IGT_EXIT_FAILURE 98

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

extern const char *igt_test_description __attribute__((weak));
extern sigjmp_buf igt_subtest_exit;

void igt_compat_init(int argc, char **argv);
bool igt_compat_enter_fixture(void);
bool igt_compat_enter_subtest(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void igt_compat_requirement(const char *file, int line, const char *function, const char *what,
			    const char *format, ...)
	__attribute__((noreturn, format(printf, 5, 6)));
void igt_compat_assertion(const char *file, int line, const char *function, const char *what,
			  const char *format, ...)
	__attribute__((noreturn, format(printf, 5, 6)));

void igt_describe_f(const char *format, ...) __attribute__((format(printf, 1, 2)));
void igt_skip(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void igt_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void igt_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
void igt_emit_ignore_dmesg_regex(const char *regex);
void igt_success(void) __attribute__((noreturn));
void igt_exit(void) __attribute__((noreturn));

#define IGT_TEST_DESCRIPTION(text) const char *igt_test_description = text

#define igt_main()                                                                                 \
	main(int argc, char **argv);                                                               \
	static void igt_compat_body(void);                                                         \
	int main(int argc, char **argv)                                                            \
	{                                                                                          \
		igt_compat_init(argc, argv);                                                       \
		igt_compat_body();                                                                 \
		igt_exit();                                                                        \
	}                                                                                          \
	static void igt_compat_body(void)

#define igt_fixture()                                                                              \
	for (; igt_compat_enter_fixture() && !sigsetjmp(igt_subtest_exit, 1);)

#define igt_subtest_f(format...)                                                                   \
	for (; igt_compat_enter_subtest(__FILE__, __LINE__, format) &&                             \
	       !sigsetjmp(igt_subtest_exit, 1);                                                    \
	     igt_success())
#define igt_subtest(name)  igt_subtest_f("%s", name)
#define igt_describe(text) igt_describe_f("%s", text)

#define igt_require_f(expr, format...)                                                             \
	do {                                                                                       \
		if (!(expr))                                                                       \
			igt_compat_requirement(__FILE__, __LINE__, __func__, #expr, format);       \
	} while (0)
#define igt_require(expr) igt_require_f(expr, "%s", "")
#define igt_skip_on(expr) igt_require_f(!(expr), "%s", "")

#define igt_assert_f(expr, format...)                                                              \
	do {                                                                                       \
		if (!(expr))                                                                       \
			igt_compat_assertion(__FILE__, __LINE__, __func__, #expr, format);         \
	} while (0)
#define igt_assert(expr) igt_assert_f(expr, "%s", "")

#define igt_compat_compare(type, print, a, op, b)                                                  \
	do {                                                                                       \
		type igt_a = (a), igt_b = (b);                                                     \
		if (!(igt_a op igt_b))                                                             \
			igt_compat_assertion(__FILE__, __LINE__, __func__, #a " " #op " " #b,      \
					     "error: " print " " #op " " print " is false\n",      \
					     igt_a, igt_b);                                        \
	} while (0)
#define igt_assert_eq(a, b)	igt_compat_compare(int, "%d", a, ==, b)
#define igt_assert_neq(a, b)	igt_compat_compare(int, "%d", a, !=, b)
#define igt_assert_lt(a, b)	igt_compat_compare(int, "%d", a, <, b)
#define igt_assert_lte(a, b)	igt_compat_compare(int, "%d", a, <=, b)
#define igt_assert_eq_u32(a, b) igt_compat_compare(uint32_t, "%#x", a, ==, b)
#define igt_assert_eq_u64(a, b) igt_compat_compare(unsigned long long, "%#llx", a, ==, b)

#define do_ioctl(fd, request, arg)                                                                 \
	igt_assert_f(drmIoctl(fd, request, arg) == 0, "errno %d, %s\n", errno, strerror(errno))
#define do_ioctl_err(fd, request, arg, err)                                                        \
	do {                                                                                       \
		errno = 0;                                                                         \
		igt_assert_eq(drmIoctl(fd, request, arg), -1);                                     \
		igt_assert_eq(errno, err);                                                         \
	} while (0)

static inline uint64_t to_user_pointer(const void *ptr)
{
	return (uintptr_t)ptr;
}

#endif /* IGT_H */
