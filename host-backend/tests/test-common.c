// SPDX-License-Identifier: MIT
/* What the host programs share: sizes, descriptors over sockets, log limits. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "expect.h"
#include "log.h"
#include "scm.h"
#include "size.h"

static void sizes_are_parsed(void **state)
{
	static const struct {
		const char *text;
		int ret;
		uint64_t bytes;
	} cases[] = {
		{ "0", 0, 0 },
		{ "4096", 0, 4096 },
		{ "64K", 0, 65536 },
		{ "64k", 0, 65536 },
		{ "256M", 0, 256ull << 20 },
		{ "256MiB", 0, 256ull << 20 },
		{ "2GB", 0, 2ull << 30 },
		{ "7B", 0, 7 },
		{ "15E", 0, 15ull << 60 },
		{ "16E", -ERANGE, 0 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "M", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "1.5G", -EINVAL, 0 },
		{ "1X", -EINVAL, 0 },
		{ "1MM", -EINVAL, 0 },
		{ "1iB", -EINVAL, 0 },
		{ "1M ", -EINVAL, 0 },
	};
	unsigned int i;
	uint64_t bytes;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bytes = 0;
		assert_int_equal(size_parse(cases[i].text, &bytes), cases[i].ret);
		assert_int_equal(bytes, cases[i].bytes);
	}
}

static void sizes_are_written_shortest(void **state)
{
	char text[SIZE_TEXT];

	(void)state;
	assert_string_equal(size_format(0, text), "0");
	assert_string_equal(size_format(1000, text), "1000");
	assert_string_equal(size_format(1024, text), "1K");
	assert_string_equal(size_format(256ull << 20, text), "256M");
	assert_string_equal(size_format((1ull << 30) + 1024, text), "1048577K");
	assert_string_equal(size_format(15ull << 60, text), "15E");
}

static int lowest_fd(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static void descriptors_arrive(void **state)
{
	int pair[2], fds[SCM_MAX_FDS], sent[SCM_MAX_FDS], before;
	unsigned int nr, i;
	char buf[16];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	before = lowest_fd();
	for (i = 0; i < SCM_MAX_FDS; i++)
		sent[i] = 0;
	assert_int_equal(scm_send(pair[0], "hello", 5, sent, SCM_MAX_FDS), 5);
	assert_int_equal(scm_recv(pair[1], buf, sizeof(buf), fds, &nr), 5);
	assert_int_equal(nr, SCM_MAX_FDS);
	scm_close_fds(fds, nr);
	assert_int_equal(scm_send(pair[0], "hello", 5, NULL, 0), 5);
	assert_int_equal(scm_recv(pair[1], buf, sizeof(buf), fds, &nr), 5);
	assert_int_equal(nr, 0);
	assert_int_equal(scm_send(pair[0], "hello", 5, sent, SCM_MAX_FDS + 1), -EINVAL);
	/* a packet that does not fit keeps no descriptor open */
	assert_int_equal(scm_send(pair[0], "hello", 5, sent, 3), 5);
	assert_int_equal(scm_recv(pair[1], buf, 2, fds, &nr), -EMSGSIZE);
	assert_int_equal(nr, 0);
	assert_int_equal(lowest_fd(), before);
	close(pair[0]);
	assert_int_equal(scm_recv(pair[1], buf, sizeof(buf), fds, &nr), 0);
	assert_int_equal(scm_send(pair[1], "x", 1, NULL, 0), -EPIPE);
	close(pair[1]);
}

static void lines_are_limited(void **state)
{
	struct log_limit limit = { .interval_ms = 100000, .burst = 3 };
	unsigned int i, passed = 0;

	(void)state;
	for (i = 0; i < 100; i++)
		passed += log_limit_pass(&limit);
	assert_int_equal(passed, 3);
	assert_int_equal(limit.missed, 97);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_parsed),
		cmocka_unit_test(sizes_are_written_shortest),
		cmocka_unit_test(descriptors_arrive),
		cmocka_unit_test(lines_are_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
