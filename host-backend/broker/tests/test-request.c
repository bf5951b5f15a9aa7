// SPDX-License-Identifier: MIT
/*
 * The gate of the broker's socket: whatever a client writes, it gets an answer
 * with "ok" or its connection is closed, and the broker serves on.
 */
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "scm.h"
#include "vgpu_pv_link.h"

/* Promise: malformed packets are refused with a reason, and change nothing. */
static void test_malformed_packets(void **state)
{
	static const struct {
		const char *packet, *part;
	} cases[] = {
		{ "x", "not a JSON object" },
		{ "{", "not a JSON object" },
		{ "{} {}", "not a JSON object" },
		{ "{'op': 'list', 'op': 'list'}", "not a JSON object" },
		{ "{'op': 'li\\u0000st'}", "not a JSON object" },
		{ "{'op': 'list\xff'}", "not a JSON object" },
		{ "[]", "object with a string op" },
		{ "null", "not a JSON object" },
		{ "7", "not a JSON object" },
		{ "{}", "object with a string op" },
		{ "{'op': 7}", "object with a string op" },
		{ "{'op': ['list']}", "object with a string op" },
		{ "{'op': ''}", "unknown op" },
		{ "{'op': 'LIST'}", "unknown op" },
		{ "{'op': '%n%s%s'}", "unknown op" },
		{ "{'op': 'list', 'nmae': 'a'}", "does not know" },
		{ "{'op': 'list', 'force': true}", "does not know" },
		{ "{'op': 'list', 'after': 7}", "after must be a name" },
		{ "{'op': 'attach'}", "either name or instance" },
		{ "{'op': 'attach', 'name': 'a', 'instance': 'a'}", "either name or instance" },
		{ "{'op': 'attach', 'name': null}", "name must be a name" },
		{ "{'op': 'attach', 'name': {'a': 1}}", "name must be a name" },
		{ "{'op': 'attach', 'name': 'a', 'memory': 1}", "does not know" },
		{ "{'op': 'create', 'name': 'a'}", "needs memory" },
		{ "{'op': 'create', 'memory': 33554432}", "needs name" },
		{ "{'op': 'create', 'name': 'a', 'memory': '1G'}", "number of bytes" },
		{ "{'op': 'create', 'name': 'a', 'memory': 1e9}", "number of bytes" },
		{ "{'op': 'create', 'name': 'a', 'memory': -1}", "number of bytes" },
		{ "{'op': 'create', 'name': 'a', 'memory': -9223372036854775808}",
		  "number of bytes" },
		{ "{'op': 'create', 'name': 'a', 'memory': 9223372036854775807}", "16T" },
		{ "{'op': 'create', 'name': 'a', 'memory': 9223372036854775808}",
		  "not a JSON object" },
		{ "{'op': 'create', 'name': 'a', 'memory': 1e999}", "not a JSON object" },
		{ "{'op': 'destroy', 'name': 'a', 'force': 1}", "true or false" },
		{ "{'op': 'stats', 'name': 'a'}", "there is no instance" },
	};
	struct harness *h = *state;
	json_t *answer;
	unsigned int i;
	int sock;

	harness_start(h, NULL);
	sock = harness_connect(h);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		harness_ask_error(sock, cases[i].part, "%s", cases[i].packet);
	answer = harness_ask(sock, "{'op': 'list'}");
	assert_int_equal(json_array_size(json_object_get(answer, "instances")), 0);
	json_decref(answer);
	close(sock);
	harness_stop(h);
}

/* Promise: NUL bytes, deep nesting, full-size and oversized packets are refused alike. */
static void test_hostile_bytes(void **state)
{
	static char big[VGPU_PV_BROKER_MAX_PACKET + 1];
	struct harness *h = *state;
	json_t *answer;
	unsigned int i;
	int sock;

	harness_start(h, NULL);
	sock = harness_connect(h);
	for (i = 0; i < 4; i++) {
		size_t len = i < 3 ? sizeof(big) - 1 : sizeof(big);

		memset(big, i == 0 ? '[' : i == 1 ? '{' : ' ', sizeof(big));
		if (i == 2)
			memset(big, 0, sizeof(big));
		answer = harness_ask_bytes(sock, big, len, NULL);
		assert_true(json_is_false(json_object_get(answer, "ok")));
		json_decref(answer);
	}
	answer = harness_ask_bytes(sock, "{\"op\": \"list\"}\0", 15, NULL);
	assert_true(json_is_false(json_object_get(answer, "ok")));
	json_decref(answer);
	/* a request with the largest size still works */
	memset(big, ' ', sizeof(big));
	memcpy(big, "{\"op\": \"list\"}", 14);
	answer = harness_ask_bytes(sock, big, VGPU_PV_BROKER_MAX_PACKET, NULL);
	assert_true(json_is_true(json_object_get(answer, "ok")));
	json_decref(answer);
	close(sock);
	harness_stop(h);
}

/* Promise: descriptors that a client sends are refused, and not kept. */
static void test_sent_descriptors(void **state)
{
	struct harness *h = *state;
	int fds[SCM_MAX_FDS], sock;
	unsigned int before, i, n;
	char text[256];

	harness_start(h, NULL);
	sock = harness_connect(h);
	harness_ask_ok(sock, "{'op': 'list'}");
	before = harness_broker_fds(h);
	for (i = 0; i < SCM_MAX_FDS; i++)
		fds[i] = STDERR_FILENO;
	assert_true(scm_send(sock, "{\"op\": \"list\"}", 14, fds, SCM_MAX_FDS) == 14);
	assert_true(scm_recv(sock, text, sizeof(text) - 1, fds, &n) > 0);
	assert_non_null(strstr(text, "without descriptors"));
	assert_int_equal(harness_broker_fds(h), before);
	close(sock);
	harness_stop(h);
}

/* Promise: names are 1 to 64 letters, digits, '-', '_' and '.', not starting with '.'. */
static void test_names(void **state)
{
	static const char *const bad[] = { "",	  ".",	  "..",	 ".a",	     "a/b", "../a",
					   "a b", "a\\n", "a%s", "\xc3\xa9", "a:b", "a=b" };
	static const char *const good[] = { "a", "-a", "_", "a.b", "A-0_z.", "0" };
	char longest[VGPU_PV_MAX_NAME + 2];
	struct harness *h = *state;
	unsigned int i;
	int sock;

	harness_start(h, NULL);
	sock = harness_connect(h);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		harness_ask_error(sock, "must be a name",
				  "{'op': 'create', 'name': '%s', 'memory': 33554432}", bad[i]);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		harness_ask_ok(sock, "{'op': 'create', 'name': '%s', 'memory': 33554432}", good[i]);
	memset(longest, 'x', sizeof(longest));
	longest[VGPU_PV_MAX_NAME + 1] = '\0';
	harness_ask_error(sock, "must be a name",
			  "{'op': 'create', 'name': '%s', 'memory': 33554432}", longest);
	longest[VGPU_PV_MAX_NAME] = '\0';
	harness_ask_ok(sock, "{'op': 'create', 'name': '%s', 'memory': 33554432}", longest);
	close(sock);
	harness_stop(h);
}

/* Promise: a quota is at least 16 MiB and at most 16 TiB. */
static void test_quotas(void **state)
{
	struct harness *h = *state;
	int sock;

	harness_start(h, NULL);
	sock = harness_connect(h);
	harness_ask_error(sock, "16M", "{'op': 'create', 'name': 'a', 'memory': 0}");
	harness_ask_error(sock, "16M", "{'op': 'create', 'name': 'a', 'memory': 16777215}");
	harness_ask_ok(sock, "{'op': 'create', 'name': 'a', 'memory': 16777216}");
	harness_ask_error(sock, "16T", "{'op': 'create', 'name': 'b', 'memory': 17592186044417}");
	harness_ask_ok(sock, "{'op': 'create', 'name': 'b', 'memory': 17592186044416}");
	close(sock);
	harness_stop(h);
}

/* As another user: asks one request and returns whether its error has this part ("": ok). */
static bool ask_as(const struct harness *h, uid_t uid, gid_t gid, gid_t extra, const char *packet,
		   const char *part)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		const char *error;
		json_t *answer;
		int sock;

		if (setgroups(1, &extra) || setgid(gid) || setuid(uid))
			_exit(2);
		sock = harness_connect(h);
		if (sock < 0)
			_exit(strcmp(part, "connect") ? 3 : 0);
		answer = harness_ask(sock, "%s", packet);
		error = json_string_value(json_object_get(answer, "error"));
		_exit(*part ? !error || !strstr(error, part) : error != NULL);
	}
	waitpid(pid, &status, 0);
	return !status;
}

/* Promise: who may connect may attach; root, the broker's user and --group may create, destroy. */
static void test_identity(void **state)
{
	static const char create[] = "{'op': 'create', 'name': 'a', 'memory': 33554432}";
	static const char destroy[] = "{'op': 'destroy', 'name': 'a'}";
	const struct group *group = getgrnam("nogroup");
	struct harness *h = *state;
	struct stat st;
	gid_t gid;

	if (geteuid() || !group)
		skip();
	gid = group->gr_gid;
	harness_start(h, "--group", "nogroup", NULL);
	assert_int_equal(stat(h->socket, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_int_equal(st.st_gid, gid);
	/* a stranger does not get in */
	assert_true(ask_as(h, 4242, 4242, 4242, create, "connect"));
	/* a member gets in by either kind of group, and may create and destroy */
	assert_true(ask_as(h, 4242, gid, 4242, create, ""));
	assert_true(ask_as(h, 4242, 4242, gid, destroy, ""));
	/* where the socket's mode is opened, a stranger may attach but not administer */
	assert_int_equal(chmod(h->socket, 0666), 0);
	assert_true(ask_as(h, 4242, 4242, 4242, create, "is for root"));
	assert_true(ask_as(h, 4242, 4242, 4242, destroy, "is for root"));
	assert_true(ask_as(h, 4242, 4242, 4242, "{'op': 'list'}", ""));
	assert_true(ask_as(h, 0, 0, 0, create, ""));
	harness_stop(h);
}

/* Promise: list and stats answer in pages, sorted by name, that leave out nothing. */
static void test_pages(void **state)
{
	struct harness *h = *state;
	char after[80] = "";
	unsigned int i, pages = 0, seen = 0;
	json_t *answer, *page;
	int sock;
	bool more = true;

	harness_start(h, "--max-instances", "100", NULL);
	sock = harness_connect(h);
	for (i = 0; i < 100; i++)
		harness_ask_ok(sock, "{'op': 'create', 'name': 'i%u', 'memory': 33554432}",
			       (i * 37) % 100);
	for (; more; pages++) {
		answer = *after ? harness_ask(sock, "{'op': 'list', 'after': '%s'}", after)
				: harness_ask(sock, "{'op': 'list'}");
		page = json_object_get(answer, "instances");
		for (i = 0; i < json_array_size(page); i++, seen++) {
			const char *name =
				json_string_value(json_object_get(json_array_get(page, i), "name"));

			assert_true(strcmp(name, after) > 0);
			strcpy(after, name);
		}
		more = json_is_true(json_object_get(answer, "more"));
		json_decref(answer);
	}
	assert_int_equal(seen, 100);
	assert_true(pages > 1);
	close(sock);
	harness_stop(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		harness_test(test_malformed_packets),
		harness_test(test_hostile_bytes),
		harness_test(test_sent_descriptors),
		harness_test(test_names),
		harness_test(test_quotas),
		harness_test(test_identity),
		harness_test(test_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
