// SPDX-License-Identifier: MIT
/* A program's connection: the handshake, the versions, and all that is refused. */
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pretend.h"
#include "scm.h"

/* byte by byte what Mesa 22 sends first, and what it expects */
static void a_client_is_greeted(void **state)
{
	static const uint32_t hello[] = {
		0, VTEST_PING_PROTOCOL_VERSION, 2, VTEST_RESOURCE_BUSY_WAIT, 0, 0,
	};
	static const uint32_t hello_back[] = {
		0, VTEST_PING_PROTOCOL_VERSION, 1, VTEST_RESOURCE_BUSY_WAIT, 0,
	};
	static const uint32_t caps[] = { 0, VTEST_GET_CAPS2, 0, VTEST_GET_CAPS };
	static const struct vtest_header name = { 8, VTEST_CREATE_RENDERER };
	struct pretend *p = *state;
	uint32_t answer[2 + 344 + 2 + 77];

	pretend_write(p, 0, &name, sizeof(name));
	pretend_write(p, 0, "eglinfo", 8);
	pretend_write(p, 0, hello, sizeof(hello));
	assert_int_equal(pretend_run(p, 0), 0);
	assert_string_equal(p->clients[0].name, "eglinfo");
	pretend_expect(p, 0, hello_back, 5);
	pretend_write(p, 0, caps, sizeof(caps));
	assert_int_equal(pretend_run(p, 0), 0);
	assert_int_equal(recv(p->programs[0], answer, sizeof(answer), MSG_PEEK), 8 + 1376 + 8 + 308);
	pretend_read(p, 0, answer, sizeof(answer), NULL);
	assert_int_equal(answer[0], 1377);
	assert_int_equal(answer[1], 2);
	assert_int_equal(answer[2], 2);
	assert_int_equal(answer[346], 309);
	assert_int_equal(answer[347], 1);
	assert_int_equal(answer[348], 1);
	/* so far the device was told nothing */
	assert_int_equal(p->rings[0].posted, 0);
}

/* 1 was withdrawn and what is newer comes down to 3; again at any time */
static void versions_are_negotiated_again(void **state)
{
	static const uint32_t asked[] = { 0, 1, 2, 3, 4, UINT32_MAX, 2, 0, 3 };
	static const uint32_t given[] = { 0, 0, 2, 3, 3, 3, 2, 0, 3 };
	struct pretend *p = *state;
	uint32_t answer[] = { 1, VTEST_PROTOCOL_VERSION, 0 };
	unsigned int i;

	pretend_greet(p, 0, 2);
	for (i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		pretend_say(p, 0, VTEST_PROTOCOL_VERSION, &asked[i], 1);
		assert_int_equal(pretend_run(p, 0), 0);
		answer[2] = given[i];
		pretend_expect(p, 0, answer, 3);
	}
}

/* Mesa does so where the host's virgl is old: what version 3 made stays */
static void a_resource_outlives_its_version(void **state)
{
	static const uint32_t two = 2, wait[] = { 1, 0 };
	static const uint32_t free_now[] = { 1, VTEST_RESOURCE_BUSY_WAIT, 0 };
	struct pretend *p = *state;
	uint32_t answer[3], own = 77;
	char byte;
	int fd;

	pretend_greet(p, 0, 3);
	pretend_create(p, 0, 0, 4096);
	assert_int_equal(pretend_settle(p, 0), 0);
	assert_int_equal(pretend_read(p, 0, answer, sizeof(answer), NULL), 12);
	assert_int_equal(answer[1], VTEST_RESOURCE_CREATE2);
	assert_int_equal(answer[2], 1);
	assert_int_equal(pretend_read(p, 0, &byte, 1, &fd), 1);
	assert_true(fd >= 0);
	close(fd);
	pretend_say(p, 0, VTEST_PROTOCOL_VERSION, &two, 1);
	pretend_create(p, 0, own, 64);
	assert_int_equal(pretend_settle(p, 0), 0);
	assert_int_equal(pretend_read(p, 0, answer, sizeof(answer), NULL), 12);
	assert_int_equal(pretend_read(p, 0, &byte, 1, NULL), 1);
	pretend_say(p, 0, VTEST_RESOURCE_BUSY_WAIT, wait, 2);
	assert_int_equal(pretend_settle(p, 0), 0);
	pretend_expect(p, 0, free_now, 3);
	pretend_say(p, 0, VTEST_RESOURCE_UNREF, &own, 1);
	pretend_say(p, 0, VTEST_RESOURCE_UNREF, wait, 1);
	assert_int_equal(pretend_settle(p, 0), 0);
	assert_int_equal(p->gpu.resources.count, 0);
}

static void version_3_asks_for_capsets(void **state)
{
	static const uint32_t virgl2[] = { 2, 1 }, newer[] = { 2, 3 }, venus[] = { 4, 0 };
	static const uint32_t none[] = { 1, VTEST_GET_CAPSET, 0 }, param = 1, two = 2;
	static const uint32_t no_param[] = { 2, VTEST_GET_PARAM, 0, 0 };
	struct pretend *p = *state;
	uint32_t answer[1024];

	pretend_greet(p, 0, 3);
	pretend_say(p, 0, VTEST_GET_CAPSET, virgl2, 2);
	assert_int_equal(pretend_run(p, 0), 0);
	assert_int_equal(pretend_read(p, 0, answer, sizeof(answer), NULL), 12 + 1376);
	assert_int_equal(answer[0], 1 + 344);
	assert_int_equal(answer[2], 1);
	pretend_say(p, 0, VTEST_GET_CAPSET, newer, 2);
	assert_int_equal(pretend_run(p, 0), 0);
	pretend_expect(p, 0, none, 3);
	pretend_say(p, 0, VTEST_GET_CAPSET, venus, 2);
	assert_int_equal(pretend_run(p, 0), 0);
	pretend_expect(p, 0, none, 3);
	pretend_say(p, 0, VTEST_GET_PARAM, &param, 1);
	assert_int_equal(pretend_run(p, 0), 0);
	pretend_expect(p, 0, no_param, 4);
	pretend_say(p, 0, VTEST_CONTEXT_INIT, &two, 1);
	assert_int_equal(pretend_run(p, 0), 0);
}

#define WORDS(...)	{ __VA_ARGS__ }, sizeof((uint32_t[]){ __VA_ARGS__ }) / 4

static const struct {
	uint32_t version;
	const char *says;
	uint32_t words[16];
	uint32_t nr;
} refusals[] = {
	{ 2, "command 0 of length 0 is unknown", WORDS(0, 0) },
	{ 2, "command 99 of length 4 is unknown", WORDS(4, 99) },
	{ 2, "command 4294967295 of length 4294967295 is unknown", WORDS(~0u, ~0u) },
	{ 2, "CREATE_RENDERER comes a second time", WORDS(4, 8, 0) },
	{ 2, "GET_CAPS of 1 words: it has 0", WORDS(1, 1, 0) },
	{ 2, "GET_CAPS2 of 4294967295 words: it has 0", WORDS(~0u, 9) },
	{ 2, "RESOURCE_CREATE of 11 words: it has 10", WORDS(11, 2) },
	{ 2, "RESOURCE_CREATE2 of 10 words: it has 11", WORDS(10, 12) },
	{ 2, "RESOURCE_UNREF of 0 words: it has 1", WORDS(0, 3) },
	{ 2, "TRANSFER_GET of 12 words: it has 11", WORDS(12, 4) },
	{ 2, "TRANSFER_PUT of 10 words: it has 11", WORDS(10, 5) },
	{ 2, "TRANSFER_GET2 of 9 words: it has 10", WORDS(9, 13) },
	{ 2, "TRANSFER_PUT2 of 9 words: it has 10", WORDS(9, 14) },
	{ 2, "RESOURCE_BUSY_WAIT of 1 words: it has 2", WORDS(1, 7) },
	{ 2, "SUBMIT_CMD of 131073 words: there may be 131072", WORDS(131073, 6) },
	{ 2, "SUBMIT_CMD of 4294967295 words", WORDS(~0u, 6) },
	{ 2, "RESOURCE_UNREF names resource 5", WORDS(1, 3, 5) },
	{ 2, "RESOURCE_BUSY_WAIT names resource 5", WORDS(2, 7, 5, 1) },
	{ 2, "TRANSFER_GET2 names resource 5", WORDS(10, 13, 5, 0, 0, 0, 0, 1, 1, 1, 4, 0) },
	{ 2, "TRANSFER_PUT2 names resource 0", WORDS(10, 14, 0, 0, 0, 0, 0, 1, 1, 1, 4, 0) },
	{ 2, "RESOURCE_CREATE2 names resource 0, which is none",
	  WORDS(11, 12, 0, 0, 64, 16, 8, 1, 1, 0, 0, 0, 8) },
	{ 2, "RESOURCE_CREATE2 with 67108865 bytes: there may be",
	  WORDS(11, 12, 1, 0, 64, 16, 8, 1, 1, 0, 0, 0, PRETEND_QUOTA + 1) },
	{ 2, "GET_PARAM takes protocol version 3, and 2 was negotiated", WORDS(1, 15, 0) },
	{ 0, "RESOURCE_CREATE2 takes protocol version 2, and 0 was negotiated", WORDS(11, 12) },
	{ 0, "TRANSFER_GET2 takes protocol version 2", WORDS(10, 13) },
	{ 0, "RESOURCE_CREATE with 18446744073709551615 bytes",
	  WORDS(10, 2, 1, 3, 1, 2, ~0u, ~0u, ~0u, ~0u, 0, 0) },
	{ 3, "RESOURCE_CREATE2 names resource 7: since version 3 it must not",
	  WORDS(11, 12, 7, 0, 64, 16, 8, 1, 1, 0, 0, 0, 8) },
	{ 3, "CONTEXT_INIT for capset 4 (Venus)", WORDS(1, 17, 4) },
	{ 3, "CONTEXT_INIT for capset 0, which", WORDS(1, 17, 0) },
	{ 3, "RESOURCE_CREATE_BLOB is refused: it is for Venus", WORDS(6, 18) },
	{ 3, "SYNC_CREATE is refused: it is for Venus", WORDS(2, 19) },
	{ 3, "SYNC_UNREF is refused: it is for Venus", WORDS(1, 20) },
	{ 3, "SYNC_READ is refused: it is for Venus", WORDS(1, 21) },
	{ 3, "SYNC_WRITE is refused: it is for Venus", WORDS(3, 22) },
	{ 3, "SYNC_WAIT is refused: it is for Venus", WORDS(2, 23) },
	{ 3, "SUBMIT_CMD2 is refused: it is for Venus", WORDS(9, 24) },
};

/* each by name, and its neighbour goes on */
static void what_is_wrong_is_refused_by_name(void **state)
{
	static const uint32_t ping_back[] = { 0, VTEST_PING_PROTOCOL_VERSION };
	struct pretend *p;
	unsigned int i;

	pretend_teardown(state);
	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		pretend_setup(state);
		p = *state;
		pretend_greet(p, 0, refusals[i].version);
		pretend_greet(p, 1, 2);
		pretend_write(p, 0, refusals[i].words, refusals[i].nr * 4);
		pretend_refused(p, 0, refusals[i].says);
		pretend_say(p, 1, VTEST_PING_PROTOCOL_VERSION, NULL, 0);
		assert_int_equal(pretend_run(p, 1), 0);
		pretend_expect(p, 1, ping_back, 2);
		pretend_teardown(state);
	}
	pretend_setup(state);
}

static void the_first_command_says_who(void **state)
{
	static const struct vtest_header long_name = { 1025, VTEST_CREATE_RENDERER };
	struct pretend *p = *state;

	pretend_say(p, 0, VTEST_GET_CAPS, NULL, 0);
	pretend_refused(p, 0, "GET_CAPS comes before CREATE_RENDERER");
	pretend_write(p, 1, &long_name, sizeof(long_name));
	pretend_refused(p, 1, "CREATE_RENDERER of 1025 bytes: there may be 1024");
}

/* a name comes into log lines and messages: without a terminator, with control codes */
static void a_name_is_made_harmless(void **state)
{
	struct pretend *p = *state;
	struct vtest_header name = { 1024, VTEST_CREATE_RENDERER };
	char text[1024];

	memset(text, 'x', sizeof(text));
	text[1] = '\n';
	text[2] = 27;
	pretend_write(p, 0, &name, sizeof(name));
	pretend_write(p, 0, text, sizeof(text));
	assert_int_equal(pretend_run(p, 0), 0);
	assert_int_equal(strlen(p->clients[0].name), CLIENT_NAME);
	assert_memory_equal(p->clients[0].name, "x??x", 4);
}

static unsigned int open_files(void)
{
	unsigned int n = 0;
	int fd;

	for (fd = 0; fd < 256; fd++)
		n += dup2(fd, fd) == fd;
	return n;
}

static void descriptors_that_come_are_closed(void **state)
{
	static const uint32_t ping[] = { 0, VTEST_PING_PROTOCOL_VERSION };
	struct pretend *p = *state;
	unsigned int before;
	int fds[SCM_MAX_FDS], i;

	pretend_greet(p, 0, 2);
	before = open_files();
	for (i = 0; i < SCM_MAX_FDS; i++)
		fds[i] = STDIN_FILENO;
	assert_int_equal(scm_send(p->programs[0], ping, sizeof(ping), fds, SCM_MAX_FDS),
			 sizeof(ping));
	assert_int_equal(pretend_run(p, 0), 0);
	pretend_expect(p, 0, ping, 2);
	assert_int_equal(open_files(), before);
}

/* all of a session in pieces of one byte */
static void a_command_may_come_in_pieces(void **state)
{
	static const uint32_t session[] = {
		1, VTEST_PROTOCOL_VERSION, 2,
		11, VTEST_RESOURCE_CREATE2, 9, 0, 64, 16, 256, 1, 1, 0, 0, 0, 256,
		4, VTEST_SUBMIT_CMD, 0, 0, 0, 0,
		10, VTEST_TRANSFER_GET2, 9, 0, 0, 0, 0, 256, 1, 1, 256, 0,
		2, VTEST_RESOURCE_BUSY_WAIT, 9, 1,
		1, VTEST_RESOURCE_UNREF, 9,
	};
	static const uint32_t expected[] = {
		VGPU_PV_MSG_CTX_CREATE, VGPU_PV_MSG_RESOURCE_CREATE, VGPU_PV_MSG_CTX_ATTACH,
		VGPU_PV_MSG_SUBMIT, VGPU_PV_MSG_TRANSFER_FROM_HOST, VGPU_PV_MSG_RESOURCE_DESTROY,
	};
	struct pretend *p = *state;
	uint32_t answer[16];
	size_t i;

	pretend_write(p, 0, (uint32_t[]){ 4, VTEST_CREATE_RENDERER, 0 }, 12);
	for (i = 0; i < sizeof(session); i++) {
		pretend_write(p, 0, (const uint8_t *)session + i, 1);
		assert_int_equal(pretend_settle(p, 0), 0);
	}
	assert_int_equal(p->nr_types, 6);
	assert_memory_equal(p->types, expected, sizeof(expected));
	assert_int_equal(pretend_read(p, 0, answer, 12, NULL), 12);
	assert_int_equal(pretend_read(p, 0, answer, 1, NULL), 1);
	assert_int_equal(pretend_read(p, 0, answer, sizeof(answer), NULL), 12);
	assert_int_equal(answer[1], VTEST_RESOURCE_BUSY_WAIT);
	assert_int_equal(answer[2], 0);
}

/* after any byte of it; then all that it had is destroyed, and its ring is idle */
static void a_program_may_end_in_mid_command(void **state)
{
	static const uint32_t session[] = {
		10, VTEST_RESOURCE_CREATE, 1, 2, 1, 2, 16, 16, 1, 1, 0, 0,
		27, VTEST_TRANSFER_PUT, 1, 0, 64, 0, 0, 0, 0, 16, 1, 1, 64,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		3, VTEST_SUBMIT_CMD, 0, 0, 0,
		11, VTEST_TRANSFER_GET, 1, 0, 64, 0, 0, 0, 0, 16, 1, 1, 64,
	};
	struct pretend *p;
	unsigned int files, n;
	size_t len;

	pretend_teardown(state);
	for (len = 0; len <= sizeof(session); len += 3) {
		pretend_setup(state);
		p = *state;
		pretend_greet(p, 0, 0);
		files = open_files();
		pretend_write(p, 0, session, len);
		assert_int_equal(pretend_settle(p, 0), 0);
		close(p->programs[0]);
		p->programs[0] = -1;
		assert_true(pretend_settle(p, 0) < 0);
		assert_string_equal(pretend_log, "");
		client_hang_up(&p->clients[0]);
		for (n = 0; n < 10 && !client_settled(&p->clients[0]); n++)
			pretend_device(p, 0, UINT32_MAX);
		assert_true(client_settled(&p->clients[0]));
		assert_int_equal(p->gpu.resources.count, 0);
		assert_int_equal(open_files(), files - 2);
		pretend_teardown(state);
	}
	pretend_setup(state);
}

/* its commands wait, and memory does not grow */
static void a_program_that_does_not_read_waits(void **state)
{
	struct pretend *p = *state;
	uint32_t many[2 * 4096];
	size_t sent = 0, got = 0;
	ssize_t n;
	unsigned int i;

	for (i = 0; i < 2 * 4096; i++)
		many[i] = i % 2 ? VTEST_PING_PROTOCOL_VERSION : 0;
	pretend_greet(p, 0, 2);
	for (;;) {
		n = write(p->programs[0], (uint8_t *)many + sent % sizeof(many),
			  sizeof(many) - sent % sizeof(many));
		if (n > 0)
			sent += (size_t)n;
		assert_int_equal(pretend_run(p, 0), 0);
		if (n <= 0)
			break;
	}
	assert_int_equal(client_events(&p->clients[0]), EPOLLOUT);
	while ((n = (ssize_t)pretend_read(p, 0, many, sizeof(many), NULL)) > 0) {
		got += (size_t)n;
		assert_int_equal(pretend_run(p, 0), 0);
	}
	/* a ping is as long as its answer */
	assert_int_equal(got, sent / 8 * 8);
}

/* a program that comes again and again does not fill the log */
static void lines_of_programs_are_limited(void **state)
{
	struct pretend *p = *state;
	unsigned int i, said = 0;

	p->gpu.errors.interval_ms = UINT32_MAX;
	for (i = 0; i < 100; i++) {
		pretend_log[0] = '\0';
		p->clients[0].failed = false;
		assert_true(client_fail(&p->clients[0], "once more") < 0);
		said += pretend_log[0] != '\0';
	}
	assert_int_equal(said, p->gpu.errors.burst);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		pretend_test(a_client_is_greeted),
		pretend_test(versions_are_negotiated_again),
		pretend_test(a_resource_outlives_its_version),
		pretend_test(version_3_asks_for_capsets),
		pretend_test(what_is_wrong_is_refused_by_name),
		pretend_test(the_first_command_says_who),
		pretend_test(a_name_is_made_harmless),
		pretend_test(descriptors_that_come_are_closed),
		pretend_test(a_command_may_come_in_pieces),
		pretend_test(a_program_may_end_in_mid_command),
		pretend_test(a_program_that_does_not_read_waits),
		pretend_test(lines_of_programs_are_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
