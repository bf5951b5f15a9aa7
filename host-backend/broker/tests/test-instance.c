// SPDX-License-Identifier: MIT
/*
 * The life of instances and of their workers: who ends with whom, and that
 * nothing is left.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

/* Promise: attach by name makes an instance of the default quota, dropped with its connection. */
static void test_automatic(void **state)
{
	struct harness *h = *state;
	json_t *answer, *instance;
	unsigned int before;
	int sock, qemu, fd;
	pid_t worker;

	harness_start(h, "--memory", "256M", NULL);
	sock = harness_connect(h);
	harness_ask_ok(sock, "{'op': 'list'}");
	before = harness_broker_fds(h);
	qemu = harness_connect(h);
	fd = harness_attach(qemu, "name", "vm");
	answer = harness_ask(sock, "{'op': 'list'}");
	instance = json_array_get(json_object_get(answer, "instances"), 0);
	assert_int_equal(json_integer_value(json_object_get(instance, "memory")), 256 << 20);
	assert_string_equal(json_string_value(json_object_get(instance, "state")), "connected");
	assert_true(json_is_true(json_object_get(instance, "automatic")));
	worker = (pid_t)json_integer_value(json_object_get(instance, "worker"));
	json_decref(answer);
	assert_true(harness_alive(worker));
	/* its QEMU crashed: the kernel closed everything at once */
	close(fd);
	close(qemu);
	harness_await(!harness_alive(worker));
	assert_string_equal(harness_state(sock, "vm"), "");
	harness_await(harness_workers(h) == 0);
	assert_int_equal(harness_broker_fds(h), before);
	close(sock);
	harness_stop(h);
}

/* Promise: when the connection closes the worker ends, even if its own socket stays open. */
static void test_connection_ends_worker(void **state)
{
	struct harness *h = *state;
	int sock, qemu, fd;
	pid_t worker;

	harness_start(h, NULL);
	sock = harness_connect(h);
	qemu = harness_connect(h);
	fd = harness_attach(qemu, "name", "vm");
	worker = harness_worker(sock, "vm");
	close(qemu);
	harness_await(!harness_alive(worker));
	close(fd);
	close(sock);
	harness_stop(h);
}

/* Promise: an instance in use is refused by name, by instance, and on the same connection. */
static void test_in_use(void **state)
{
	struct harness *h = *state;
	int sock, qemu, fd;

	harness_start(h, NULL);
	sock = harness_connect(h);
	qemu = harness_connect(h);
	fd = harness_attach(qemu, "name", "vm");
	harness_ask_error(sock, "instance vm is in use: give each guest its own -name",
			  "{'op': 'attach', 'name': 'vm'}");
	harness_ask_error(sock, "instance vm is in use", "{'op': 'attach', 'instance': 'vm'}");
	harness_ask_error(qemu, "holds instance vm", "{'op': 'attach', 'name': 'other'}");
	assert_string_equal(harness_state(sock, "vm"), "connected");
	assert_string_equal(harness_state(sock, "other"), "");
	close(fd);
	close(qemu);
	close(sock);
	harness_stop(h);
}

/* Promise: an instance made beforehand is joined by instance or name, and is idle afterwards. */
static void test_made_beforehand(void **state)
{
	static const char *const keys[] = { "instance", "name" };
	struct harness *h = *state;
	int sock, qemu, fd;
	unsigned int i;

	harness_start(h, NULL);
	sock = harness_connect(h);
	harness_ask_error(sock, "vgpu-pvctl create vm", "{'op': 'attach', 'instance': 'vm'}");
	harness_ask_ok(sock, "{'op': 'create', 'name': 'vm', 'memory': 33554432}");
	harness_ask_error(sock, "is there already",
			  "{'op': 'create', 'name': 'vm', 'memory': 33554432}");
	for (i = 0; i < 2; i++) {
		assert_string_equal(harness_state(sock, "vm"), "idle");
		qemu = harness_connect(h);
		fd = harness_attach(qemu, keys[i], "vm");
		assert_string_equal(harness_state(sock, "vm"), "connected");
		close(qemu);
		close(fd);
		harness_await(!strcmp(harness_state(sock, "vm"), "idle"));
	}
	harness_ask_ok(sock, "{'op': 'destroy', 'name': 'vm'}");
	assert_string_equal(harness_state(sock, "vm"), "");
	harness_ask_error(sock, "there is no instance", "{'op': 'destroy', 'name': 'vm'}");
	close(sock);
	harness_stop(h);
}

/* Promise: a worker that dies leaves its instance failed until its QEMU leaves; others go on. */
static void test_worker_killed(void **state)
{
	struct harness *h = *state;
	int sock, qemu[2], fd[2];
	pid_t victim, other;
	char byte;

	harness_start(h, NULL);
	sock = harness_connect(h);
	qemu[0] = harness_connect(h);
	fd[0] = harness_attach(qemu[0], "name", "victim");
	qemu[1] = harness_connect(h);
	fd[1] = harness_attach(qemu[1], "name", "other");
	victim = harness_worker(sock, "victim");
	other = harness_worker(sock, "other");
	kill(victim, SIGKILL);
	/* QEMU sees it by itself: nobody else holds the worker's socket */
	assert_int_equal(read(fd[0], &byte, 1), 0);
	harness_await(!strcmp(harness_state(sock, "victim"), "failed"));
	assert_int_equal(harness_worker(sock, "victim"), 0);
	harness_ask_error(sock, "in use", "{'op': 'attach', 'name': 'victim'}");
	assert_string_equal(harness_state(sock, "other"), "connected");
	assert_true(harness_alive(other));
	close(qemu[0]);
	close(fd[0]);
	harness_await(!strcmp(harness_state(sock, "victim"), ""));
	close(qemu[1]);
	close(fd[1]);
	close(sock);
	harness_stop(h);
}

/* Promise: a worker that exits at its start fails that instance, nothing else. */
static void test_worker_exits(void **state)
{
	struct harness *h = *state;
	int sock, qemu, fd;

	harness_start(h, NULL);
	sock = harness_connect(h);
	qemu = harness_connect(h);
	fd = harness_attach(qemu, "name", "quick");
	harness_await(!strcmp(harness_state(sock, "quick"), "failed"));
	close(qemu);
	close(fd);
	close(sock);
	harness_stop(h);
}

static json_int_t counter(int sock, const char *name, const char *key)
{
	json_t *answer = harness_ask(sock, "{'op': 'stats', 'name': '%s'}", name);
	json_int_t value = json_integer_value(
		json_object_get(json_array_get(json_object_get(answer, "instances"), 0), key));

	json_decref(answer);
	return value;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Promise: a worker that does not hear SIGTERM, or is stopped, is killed after 100 ms. */
static void test_worker_stuck(void **state)
{
	static const char *const names[] = { "stubborn", "stopped" };
	struct harness *h = *state;
	int sock, qemu, fd;
	unsigned int i;
	double start;
	pid_t worker;

	harness_start(h, NULL);
	sock = harness_connect(h);
	for (i = 0; i < 2; i++) {
		qemu = harness_connect(h);
		fd = harness_attach(qemu, "name", names[i]);
		worker = harness_worker(sock, names[i]);
		harness_await(counter(sock, names[i], "contexts") == 2);
		if (i) {
			kill(worker, SIGSTOP);
			harness_await(harness_process(worker) == 'T');
		}
		start = now();
		close(qemu);
		/* the name is free without waiting for it */
		harness_await(!strcmp(harness_state(sock, names[i]), ""));
		harness_await(!harness_alive(worker));
		assert_true(now() - start > 0.09);
		close(fd);
	}
	close(sock);
	harness_stop(h);
}

/* Promise: a worker that cannot be started is an error to that client, and leaves nothing. */
static void test_worker_cannot_start(void **state)
{
	char worker[128], text[] = "no program";
	struct harness *h = *state;
	unsigned int before;
	int sock;

	harness_write(h, "worker", text);
	snprintf(worker, sizeof(worker), "%s", harness_path(h, "worker"));
	assert_int_equal(chmod(worker, 0755), 0);
	harness_start(h, "--worker", worker, NULL);
	sock = harness_connect(h);
	harness_ask_ok(sock, "{'op': 'list'}");
	before = harness_broker_fds(h);
	harness_ask_error(sock, "cannot be started: Exec format error",
			  "{'op': 'attach', 'name': 'vm'}");
	assert_string_equal(harness_state(sock, "vm"), "");
	assert_int_equal(harness_workers(h), 0);
	assert_int_equal(harness_broker_fds(h), before);
	close(sock);
	harness_stop(h);
}

/* Promise: destroy refuses an instance in use; forced, it ends the worker and the connection. */
static void test_destroy_in_use(void **state)
{
	struct harness *h = *state;
	int sock, qemu, fd;
	pid_t worker;
	char byte;

	harness_start(h, NULL);
	sock = harness_connect(h);
	harness_ask_ok(sock, "{'op': 'create', 'name': 'vm', 'memory': 33554432}");
	qemu = harness_connect(h);
	fd = harness_attach(qemu, "instance", "vm");
	worker = harness_worker(sock, "vm");
	harness_ask_error(sock, "in use", "{'op': 'destroy', 'name': 'vm'}");
	harness_ask_error(sock, "in use", "{'op': 'destroy', 'name': 'vm', 'force': false}");
	assert_true(harness_alive(worker));
	harness_ask_ok(sock, "{'op': 'destroy', 'name': 'vm', 'force': true}");
	assert_int_equal(read(fd, &byte, 1), 0);
	assert_int_equal(read(qemu, &byte, 1), 0);
	harness_await(!harness_alive(worker));
	assert_string_equal(harness_state(sock, "vm"), "");
	close(qemu);
	/* a connection that destroys what it holds itself */
	qemu = harness_connect(h);
	close(fd);
	fd = harness_attach(qemu, "name", "self");
	assert_null(harness_ask(qemu, "{'op': 'destroy', 'name': 'self', 'force': true}"));
	assert_string_equal(harness_state(sock, "self"), "");
	close(qemu);
	close(fd);
	close(sock);
	harness_stop(h);
}

/* Promise: 64 guests at once, the 65th is refused with the limit, and all of it goes away. */
static void test_many(void **state)
{
	struct harness *h = *state;
	int sock, qemu[64], fd[64];
	unsigned int i, before;
	char name[16];

	harness_start(h, NULL);
	sock = harness_connect(h);
	harness_ask_ok(sock, "{'op': 'list'}");
	before = harness_broker_fds(h);
	for (i = 0; i < 64; i++) {
		snprintf(name, sizeof(name), "vm%u", i);
		qemu[i] = harness_connect(h);
		assert_true(qemu[i] >= 0);
		fd[i] = harness_attach(qemu[i], "name", name);
	}
	assert_int_equal(harness_workers(h), 64);
	harness_ask_error(sock, "limit 64", "{'op': 'attach', 'name': 'one-more'}");
	harness_ask_error(sock, "limit 64",
			  "{'op': 'create', 'name': 'one-more', 'memory': 33554432}");
	for (i = 0; i < 64; i++) {
		close(qemu[i]);
		close(fd[i]);
	}
	harness_await(harness_workers(h) == 0);
	assert_int_equal(harness_broker_fds(h), before);
	close(sock);
	harness_stop(h);
}

/* Promise: a worker inherits its two descriptors and stdio alone, and its counters are told. */
static void test_worker_inheritance(void **state)
{
	struct harness *h = *state;
	int sock, qemu[2], fd[2];

	harness_start(h, NULL);
	sock = harness_connect(h);
	qemu[0] = harness_connect(h);
	fd[0] = harness_attach(qemu[0], "name", "first");
	qemu[1] = harness_connect(h);
	fd[1] = harness_attach(qemu[1], "name", "second");
	harness_await(counter(sock, "second", "contexts") == 2);
	assert_int_equal(counter(sock, "second", "submits"), 0);
	assert_int_equal(counter(sock, "second", "memory_used"), 1 << 29);
	close(qemu[0]);
	close(qemu[1]);
	close(fd[0]);
	close(fd[1]);
	close(sock);
	harness_stop(h);
}

/* Promise: --gpu and --user are handed on to the workers. */
static void test_worker_settings(void **state)
{
	struct harness *h = *state;
	int sock, qemu, fd;

	harness_start(h, "--user", "nobody", "--gpu", "fake0", NULL);
	sock = harness_connect(h);
	qemu = harness_connect(h);
	fd = harness_attach(qemu, "name", "vm");
	harness_await(counter(sock, "vm", "contexts") == 2);
	assert_int_equal(counter(sock, "vm", "commands"), 1);
	assert_int_equal(counter(sock, "vm", "transfers"), 1);
	close(qemu);
	close(fd);
	close(sock);
	harness_stop(h);
}

/* Promise: what a worker claims in its page cannot harm the broker, nor break its answers. */
static void test_lying_worker(void **state)
{
	struct harness *h = *state;
	int sock, qemu, fd;
	json_t *answer, *instance;
	const char *text;

	harness_start(h, NULL);
	sock = harness_connect(h);
	qemu = harness_connect(h);
	fd = harness_attach(qemu, "name", "liar");
	harness_await(counter(sock, "liar", "kicks") == INT64_MAX);
	answer = harness_ask(sock, "{'op': 'stats', 'name': 'liar'}");
	instance = json_array_get(json_object_get(answer, "instances"), 0);
	text = json_string_value(json_object_get(instance, "renderer"));
	assert_non_null(text);
	assert_int_equal(strlen(text), 127);
	assert_int_equal(strspn(text, "?"), 127);
	json_decref(answer);
	close(qemu);
	close(fd);
	close(sock);
	harness_stop(h);
}

/* Promise: the broker's end, by signal or kill, leaves workers to their QEMU, and no longer. */
static void test_broker_ends(void **state)
{
	struct harness *h = *state;
	int sock, qemu, fd;
	unsigned int i;
	pid_t worker;
	char byte;

	for (i = 0; i < 2; i++) {
		harness_start(h, NULL);
		sock = harness_connect(h);
		qemu = harness_connect(h);
		fd = harness_attach(qemu, "name", "vm");
		worker = harness_worker(sock, "vm");
		close(sock);
		if (i)
			harness_kill(h);
		else
			harness_stop(h);
		assert_int_equal(read(qemu, &byte, 1), 0);
		usleep(150000);
		assert_true(harness_alive(worker));
		/* a new broker knows nothing of it, and does not mind it */
		harness_start(h, NULL);
		sock = harness_connect(h);
		assert_string_equal(harness_state(sock, "vm"), "");
		close(sock);
		assert_true(harness_alive(worker));
		close(fd);
		close(qemu);
		harness_await(!harness_alive(worker));
		harness_stop(h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		harness_test(test_automatic),
		harness_test(test_connection_ends_worker),
		harness_test(test_in_use),
		harness_test(test_made_beforehand),
		harness_test(test_worker_killed),
		harness_test(test_worker_exits),
		harness_test(test_worker_stuck),
		harness_test(test_worker_cannot_start),
		harness_test(test_destroy_in_use),
		harness_test(test_many),
		harness_test(test_worker_inheritance),
		harness_test(test_worker_settings),
		harness_test(test_lying_worker),
		harness_test(test_broker_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
