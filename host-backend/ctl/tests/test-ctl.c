// SPDX-License-Identifier: MIT
/*
 * vgpu-pvctl as an operator has it: against a real broker with fake workers,
 * its output and its exit status.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "harness.h"
#include "table.h"

#define CTL_WORDS 10

/* Runs the tool with words up to NULL; its exit status, and its output in *text. */
static int ctl(const struct harness *h, char **text, ...)
{
	const char *argv[CTL_WORDS + 4] = { harness_program("vgpu-pvctl"), "--socket", h->socket };
	unsigned int n = 3;
	va_list ap;

	va_start(ap, text);
	while (n < CTL_WORDS + 3 && (argv[n] = va_arg(ap, const char *)))
		n++;
	va_end(ap);
	return harness_run(text, argv);
}

#define ctl_expect(h, status, part, ...)                                                      \
	do {                                                                                  \
		char *text_;                                                                  \
		int status_ = ctl(h, &text_, __VA_ARGS__, NULL);                              \
		if (status_ != (status) || !strstr(text_, part))                              \
			fail_msg("status %d, and '%s' was looked for in '%s'", status_, part, \
				 text_);                                                      \
		free(text_);                                                                  \
	} while (0)

static json_t *ctl_json(const struct harness *h, const char *command, const char *name,
			const char *interval)
{
	char *text;
	json_t *json;

	if (interval)
		assert_int_equal(ctl(h, &text, command, "--json", "--interval", interval, NULL), 0);
	else
		assert_int_equal(ctl(h, &text, command, "--json", name, NULL), 0);
	json = json_loads(text, 0, NULL);
	free(text);
	assert_true(json_is_array(json));
	return json;
}

/* Promise: a wrong command line is status 2, says what is wrong, and asks nothing. */
static void test_usage(void **state)
{
	struct harness *h = *state;

	/* no broker is there: what is wrong is found first */
	ctl_expect(h, 2, "a command is missing", "--");
	ctl_expect(h, 2, "unknown command 'lsit'", "lsit");
	ctl_expect(h, 2, "see vgpu-pvctl --help", "lsit");
	ctl_expect(h, 2, "see vgpu-pvctl --help", "--colour");
	ctl_expect(h, 2, "create needs --memory", "create", "a");
	ctl_expect(h, 2, "create needs the instance's name", "create", "--memory", "1G");
	ctl_expect(h, 2, "'1X' is no size", "create", "a", "--memory", "1X");
	ctl_expect(h, 2, "'16E' is no size", "create", "a", "--memory", "16E");
	ctl_expect(h, 2, "'b' is one word too many", "create", "a", "b", "--memory", "1G");
	ctl_expect(h, 2, "create takes no --json", "create", "a", "--memory", "1G", "--json");
	ctl_expect(h, 2, "list takes no --force", "list", "--force");
	ctl_expect(h, 2, "'a' is one word too many", "list", "a");
	ctl_expect(h, 2, "destroy needs the instance's name", "destroy");
	ctl_expect(h, 2, "'0' is no number of seconds", "stats", "--interval", "0");
	ctl_expect(h, 2, "'nan' is no number of seconds", "stats", "--interval", "nan");
	ctl_expect(h, 2, "'1e9' is no number of seconds", "stats", "--interval", "1e9");
	ctl_expect(h, 0, "Usage: vgpu-pvctl", "--help");
	ctl_expect(h, 0, "vgpu-pvctl ", "--version");
}

/* Promise: no broker is status 3 and says what to do, be there no socket or a dead one. */
static void test_no_broker(void **state)
{
	struct harness *h = *state;

	ctl_expect(h, 3, "no vgpu-pvd is serving", "list");
	harness_start(h, NULL);
	harness_kill(h);
	ctl_expect(h, 3, "no vgpu-pvd is serving", "list");
	assert_int_equal(unlink(h->socket), 0);
}

/* Promise: create, list, destroy do what they say; a refusal is status 1 with the reason. */
static void test_life(void **state)
{
	struct harness *h = *state;
	json_t *list;
	int qemu, fd;

	harness_start(h, NULL);
	ctl_expect(h, 0, "", "create", "tenant", "--memory", "1536M");
	ctl_expect(h, 1, "is there already", "create", "tenant", "--memory", "1G");
	ctl_expect(h, 1, "16M", "create", "small", "--memory", "1M");
	ctl_expect(h, 1, "must be a name", "create", "a/b", "--memory", "1G");
	ctl_expect(h, 0,
		   "NAME    STATE  MEMORY  WORKER  AUTOMATIC\n"
		   "tenant  idle     1.5G       -  no\n",
		   "list");
	list = ctl_json(h, "list", NULL, NULL);
	assert_int_equal(json_array_size(list), 1);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 0), "memory")),
			 1536 << 20);
	json_decref(list);
	qemu = harness_connect(h);
	fd = harness_attach(qemu, "instance", "tenant");
	ctl_expect(h, 0, "connected", "list");
	ctl_expect(h, 1, "in use", "destroy", "tenant");
	ctl_expect(h, 0, "", "destroy", "tenant", "--force");
	ctl_expect(h, 1, "there is no instance tenant", "destroy", "tenant");
	close(qemu);
	close(fd);
	harness_stop(h);
}

/* Promise: list shows all instances, however many pages the broker needs for them. */
static void test_pages(void **state)
{
	struct harness *h = *state;
	json_t *list;
	unsigned int i;
	int sock;

	harness_start(h, "--max-instances", "80", NULL);
	sock = harness_connect(h);
	for (i = 0; i < 80; i++)
		harness_ask_ok(sock, "{'op': 'create', 'name': 'i%u', 'memory': 33554432}", i);
	list = ctl_json(h, "list", NULL, NULL);
	assert_int_equal(json_array_size(list), 80);
	json_decref(list);
	close(sock);
	harness_stop(h);
}

static bool ctl_has_renderer(const struct harness *h, const char *name)
{
	json_t *list = ctl_json(h, "stats", name, NULL);
	bool has = json_object_get(json_array_get(list, 0), "renderer");

	json_decref(list);
	return has;
}

/* Promise: stats has the worker's counters, as a table, as bytes in JSON, and as rates. */
static void test_stats(void **state)
{
	struct harness *h = *state;
	json_t *list, *instance;
	int qemu, fd;

	harness_start(h, "--memory", "256M", NULL);
	ctl_expect(h, 0, "", "create", "idle", "--memory", "32M");
	qemu = harness_connect(h);
	fd = harness_attach(qemu, "name", "vm");
	harness_await(ctl_has_renderer(h, "vm"));
	list = ctl_json(h, "stats", "vm", NULL);
	instance = json_array_get(list, 0);
	assert_int_equal(json_integer_value(json_object_get(instance, "memory_used")), 128 << 20);
	assert_string_equal(json_string_value(json_object_get(instance, "renderer")),
			    "fake \"renderer\"");
	assert_int_equal(json_integer_value(json_object_get(instance, "frames")), 3);
	assert_int_equal(json_integer_value(json_object_get(instance, "bytes_copied")), 4096);
	json_decref(list);
	ctl_expect(h, 0, "fake \"renderer\"\n", "stats");
	ctl_expect(h, 0, "128M", "stats", "vm");
	ctl_expect(h, 0, "COPIED", "stats", "vm");
	ctl_expect(h, 0, "FRAMES", "stats", "vm");
	ctl_expect(h, 1, "there is no instance", "stats", "nobody");
	list = ctl_json(h, "stats", NULL, "0.2");
	assert_int_equal(json_array_size(list), 2);
	instance = json_array_get(list, 1);
	/* a fake worker counts no more after its start */
	assert_int_equal(json_integer_value(json_object_get(instance, "commands")), 0);
	assert_int_equal(json_integer_value(json_object_get(instance, "frames")), 0);
	/* what does not grow is as it is */
	assert_int_equal(json_integer_value(json_object_get(instance, "contexts")), 2);
	assert_true(json_real_value(json_object_get(instance, "interval")) >= 0.2);
	json_decref(list);
	close(qemu);
	close(fd);
	harness_stop(h);
}

/* Promise: with --interval a counter is what it grew by in a second, not its total. */
static void test_rates(void **state)
{
	struct harness *h = *state;
	json_int_t rate, total;
	json_t *list;
	int qemu, fd;

	harness_start(h, NULL);
	qemu = harness_connect(h);
	fd = harness_attach(qemu, "name", "busy");
	harness_await(ctl_has_renderer(h, "busy"));
	list = ctl_json(h, "stats", NULL, "0.5");
	rate = json_integer_value(json_object_get(json_array_get(list, 0), "messages"));
	json_decref(list);
	/* some 1000 on a machine that is not too busy itself */
	assert_true(rate > 0 && rate < 1500);
	do {
		list = ctl_json(h, "stats", "busy", NULL);
		total = json_integer_value(json_object_get(json_array_get(list, 0), "messages"));
		json_decref(list);
	} while (total < 1500);
	list = ctl_json(h, "stats", NULL, "0.5");
	rate = json_integer_value(json_object_get(json_array_get(list, 0), "messages"));
	json_decref(list);
	assert_true(rate > 0 && rate < 1500);
	close(qemu);
	close(fd);
	harness_stop(h);
}

/* Answers the tool's one request with these bytes, then closes. */
static pid_t serve_once(const struct harness *h, const char *answer, size_t len)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_SEQPACKET, 0), sock;
	char request[256];
	pid_t pid;

	unlink(h->socket);
	strcpy(addr.sun_path, h->socket);
	assert_int_equal(bind(listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(listener, 1), 0);
	pid = fork();
	if (!pid) {
		sock = accept(listener, NULL, NULL);
		if (recv(sock, request, sizeof(request), 0) > 0 && len)
			send(sock, answer, len, 0);
		_exit(0);
	}
	close(listener);
	return pid;
}

/* Promise: an answer that makes no sense is an error, never a crash or success. */
static void test_odd_answers(void **state)
{
	static const struct {
		const char *answer;
		int status;
		const char *part;
	} cases[] = {
		{ "", 3, "closed the connection" },
		{ "x", 3, "cannot be understood" },
		{ "[]", 3, "cannot be understood" },
		{ "{\"ok\": 1}", 3, "cannot be understood" },
		{ "{\"ok\": false}", 1, "does not say why" },
		{ "{\"ok\": true, \"instances\": [7, {\"name\": 7, \"state\": []}]}", 0, "-" },
		{ "{\"ok\": true, \"instances\": 7, \"more\": true}", 0, "NAME" },
		{ "{\"ok\": true, \"instances\": [{\"name\": \"a\", \"memory\": -1}]}", 0, "a" },
	};
	struct harness *h = *state;
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		serve_once(h, cases[i].answer, strlen(cases[i].answer));
		ctl_expect(h, cases[i].status, cases[i].part, "list");
	}
	unlink(h->socket);
}

/* Promise: sizes in tables have a unit and at most four digits. */
static void test_table_size(void **state)
{
	static const struct {
		unsigned long long bytes;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 1, "1" },
		{ 1023, "1023" },
		{ 1024, "1K" },
		{ 1536, "1.5K" },
		{ 10 * 1024 + 512, "10K" },
		{ 1024 * 1024 - 1, "1M" },
		{ 123456789, "118M" },
		{ 256ull << 20, "256M" },
		{ 1ull << 30, "1G" },
		{ 16ull << 40, "16T" },
		{ ~0ull, "16E" },
	};
	char text[TABLE_SIZE_TEXT];
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(table_size(cases[i].bytes, text), cases[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		harness_test(test_usage),	harness_test(test_no_broker),
		harness_test(test_life),	harness_test(test_pages),
		harness_test(test_stats),	harness_test(test_rates),
		harness_test(test_odd_answers), cmocka_unit_test(test_table_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
