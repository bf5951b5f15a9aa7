// SPDX-License-Identifier: MIT
/*
 * The broker as a service: its socket and the files beside it, its start and
 * end, its settings, and clients that mean it ill.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "scm.h"

/* Starts a broker that must end at once, with this in what it says. */
static void refused(const struct harness *h, const char *part, const char *flag, const char *value)
{
	char program[4096], worker[4096], *text;
	const char *argv[] = { program,	   "--socket",	h->socket, "--worker", worker,
			       "--config", "/dev/null", flag,	   value,      NULL };

	strcpy(program, harness_program("vgpu-pvd"));
	strcpy(worker, harness_program("fake-worker"));
	assert_int_equal(harness_run(&text, argv), 1);
	if (!strstr(text, part))
		fail_msg("'%s' is not in '%s'", part, text);
	free(text);
}

/* Promise: the socket of a killed broker is replaced, a living one's is left alone. */
static void test_stale_socket(void **state)
{
	struct harness *h = *state;
	int sock;

	harness_start(h, NULL);
	refused(h, "another vgpu-pvd is serving", NULL, NULL);
	sock = harness_connect(h);
	harness_ask_ok(sock, "{'op': 'list'}");
	close(sock);
	harness_kill(h);
	assert_true(harness_exists(h, "b.sock"));
	harness_start(h, NULL);
	harness_stop(h);
}

/* Promise: a file in the socket's place is not touched. */
static void test_file_in_the_way(void **state)
{
	struct harness *h = *state;

	harness_write(h, "b.sock", "precious");
	refused(h, "is no socket", NULL, NULL);
	assert_int_equal(unlink(h->socket), 0);
	refused(h, "cannot be made", "--socket", "/nowhere/at/all.sock");
	refused(h, "names a folder", "--socket", "/tmp/");
}

/* Promise: a broker that ends takes its own socket away, not that of a successor. */
static void test_unlink_own_socket(void **state)
{
	struct harness *h = *state;
	pid_t first;
	int status;

	harness_start(h, NULL);
	first = h->broker;
	assert_int_equal(unlink(h->socket), 0);
	harness_start(h, NULL);
	kill(first, SIGTERM);
	assert_int_equal(waitpid(first, &status, 0), first);
	assert_int_equal(status, 0);
	assert_true(harness_exists(h, "b.sock"));
	harness_stop(h);
}

/* Promise: created instances survive a restart, by signal or kill; destroyed ones do not. */
static void test_persistence(void **state)
{
	struct harness *h = *state;
	json_t *answer, *instance;
	int sock;

	harness_start(h, NULL);
	sock = harness_connect(h);
	harness_ask_ok(sock, "{'op': 'create', 'name': 'keep', 'memory': 33554432}");
	harness_ask_ok(sock, "{'op': 'create', 'name': 'drop', 'memory': 33554432}");
	harness_ask_ok(sock, "{'op': 'destroy', 'name': 'drop'}");
	close(sock);
	harness_kill(h);
	harness_start(h, NULL);
	harness_stop(h);
	harness_start(h, NULL);
	sock = harness_connect(h);
	answer = harness_ask(sock, "{'op': 'list'}");
	assert_int_equal(json_array_size(json_object_get(answer, "instances")), 1);
	instance = json_array_get(json_object_get(answer, "instances"), 0);
	assert_string_equal(json_string_value(json_object_get(instance, "name")), "keep");
	assert_int_equal(json_integer_value(json_object_get(instance, "memory")), 33554432);
	assert_true(json_is_false(json_object_get(instance, "automatic")));
	json_decref(answer);
	close(sock);
	harness_stop(h);
}

/* Promise: a list that is broken stops the start, by name, and is not overwritten. */
static void test_broken_list(void **state)
{
	static const char *const lists[] = {
		"",
		"{}",
		"[{}]",
		"[7]",
		"[{\"name\": \"../a\", \"memory\": 33554432}]",
		"[{\"name\": \"a\", \"memory\": 1}]",
		"[{\"name\": \"a\", \"memory\": -33554432}]",
		"[{\"name\": \"a\", \"memory\": 33554432, \"more\": 1}]",
		"[{\"name\": \"a\", \"memory\": 33554432}",
	};
	struct harness *h = *state;
	unsigned int i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		harness_write(h, "b.instances", lists[i]);
		refused(h, "b.instances: ", NULL, NULL);
		assert_false(harness_exists(h, "b.sock"));
	}
}

/* Promise: a create that cannot be kept is refused, and not half done. */
static void test_list_not_writable(void **state)
{
	struct harness *h = *state;
	int sock;

	harness_start(h, NULL);
	sock = harness_connect(h);
	assert_int_equal(mkdir(harness_path(h, "b.instances.new"), 0755), 0);
	harness_ask_error(sock, "cannot be written",
			  "{'op': 'create', 'name': 'a', 'memory': 33554432}");
	assert_string_equal(harness_state(sock, "a"), "");
	assert_int_equal(rmdir(harness_path(h, "b.instances.new")), 0);
	harness_ask_ok(sock, "{'op': 'create', 'name': 'a', 'memory': 33554432}");
	close(sock);
	harness_stop(h);
}

/* Promise: the configuration's errors name file, line and what is wrong. */
static void test_config_errors(void **state)
{
	static const struct {
		const char *text, *part;
	} cases[] = {
		{ "\n# ok\nnonsense\n", "conf:3: neither" },
		{ "colour = red\n", "conf:1: unknown setting 'colour'" },
		{ "memory = lots\n", "conf:1: 'lots' is no size" },
		{ "memory = 1M\n", "conf:1: a quota of 1M" },
		{ "memory =\n", "conf:1: '' is no size" },
		{ "max-instances = 0\n", "conf:1: '0' is no number of instances" },
		{ "max-instances = -1\n", "conf:1: '-1' is no number" },
		{ "max-instances = 1025\n", "conf:1: '1025' is no number" },
		{ "user = no-such-user\n", "conf:1: there is no user" },
		{ "group = no-such-group\n", "conf:1: there is no group" },
		{ "worker = /nowhere\n", "conf:1: worker '/nowhere' cannot be run" },
		{ "socket =\n", "conf:1: the socket's path is empty" },
		{ "instance a\n", "conf:1: an instance is written" },
		{ "instance a memory\n", "conf:1: an instance is written" },
		{ "instance a memory 1G more\n", "conf:1: an instance is written" },
		{ "instance .a memory 1G\n", "conf:1: '.a' is no instance name" },
		{ "instance a memory 1\n", "conf:1: a quota of 1 " },
		{ "instance a memory 1G\ninstance a memory 1G\n", "conf:2: instance 'a' is there" },
		{ "max-instances = 1\ninstance a memory 1G\ninstance b memory 1G\n",
		  "max-instances is 1" },
	};
	struct harness *h = *state;
	char path[128];
	unsigned int i;

	snprintf(path, sizeof(path), "%s", harness_path(h, "conf"));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		harness_write(h, "conf", cases[i].text);
		refused(h, cases[i].part, "--config", path);
	}
	refused(h, "No such file", "--config", "/nowhere.conf");
}

/* Promise: a bad flag ends the start with a reason. */
static void test_flag_errors(void **state)
{
	struct harness *h = *state;

	refused(h, "see vgpu-pvd --help", "--colour", "red");
	refused(h, "one word too many", "red", NULL);
	/* the worker is asked */
	refused(h, "--gpu fake7: no worker starts with it; vgpu-pvd --list-gpus", "--gpu", "fake7");
	refused(h, "--memory: '1X' is no size", "--memory", "1X");
	refused(h, "--worker: worker '/nowhere' cannot be run", "--worker", "/nowhere");
}

/* Promise: configured instances are there, flags beat the file, and destroy points to the file. */
static void test_config(void **state)
{
	struct harness *h = *state;
	char path[128];
	json_t *answer;
	int sock, qemu, fd;

	harness_write(h, "conf",
		      "# a comment\n"
		      "  memory = 64M  \n"
		      "max-instances=2\n"
		      "\tinstance  tenant-a\tmemory 512M\n");
	snprintf(path, sizeof(path), "%s", harness_path(h, "conf"));
	harness_start(h, "--config", path, "--memory", "128M", NULL);
	sock = harness_connect(h);
	qemu = harness_connect(h);
	fd = harness_attach(qemu, "name", "vm");
	answer = harness_ask(sock, "{'op': 'list'}");
	assert_int_equal(
		json_integer_value(json_object_get(
			json_array_get(json_object_get(answer, "instances"), 0), "memory")),
		512 << 20);
	assert_int_equal(
		json_integer_value(json_object_get(
			json_array_get(json_object_get(answer, "instances"), 1), "memory")),
		128 << 20);
	json_decref(answer);
	harness_ask_error(sock, "limit 2", "{'op': 'attach', 'name': 'third'}");
	harness_ask_error(sock, "configuration file", "{'op': 'destroy', 'name': 'tenant-a'}");
	close(qemu);
	close(fd);
	close(sock);
	harness_stop(h);
}

/* Promise: a configured instance stands over one of that name that was created before. */
static void test_config_over_list(void **state)
{
	struct harness *h = *state;
	char path[128];
	json_t *answer;
	int sock;

	harness_write(h, "b.instances", "[{\"name\": \"a\", \"memory\": 33554432}]");
	harness_write(h, "conf", "instance a memory 64M\n");
	snprintf(path, sizeof(path), "%s", harness_path(h, "conf"));
	harness_start(h, "--config", path, NULL);
	sock = harness_connect(h);
	answer = harness_ask(sock, "{'op': 'list'}");
	assert_int_equal(json_array_size(json_object_get(answer, "instances")), 1);
	assert_int_equal(
		json_integer_value(json_object_get(
			json_array_get(json_object_get(answer, "instances"), 0), "memory")),
		64 << 20);
	json_decref(answer);
	close(sock);
	harness_stop(h);
}

/* Promise: --daemon returns when the socket is served, with a pid file that goes with the broker.
 */
static void test_daemon(void **state)
{
	struct harness *h = *state;
	char program[4096], worker[4096], *text;
	const char *argv[] = { program,	   "--socket",	h->socket,  "--worker", worker,
			       "--config", "/dev/null", "--daemon", NULL };
	int sock, pid = 0;
	FILE *file;

	strcpy(program, harness_program("vgpu-pvd"));
	strcpy(worker, harness_program("fake-worker"));
	assert_int_equal(harness_run(&text, argv), 0);
	free(text);
	sock = harness_connect(h);
	assert_true(sock >= 0);
	harness_ask_ok(sock, "{'op': 'list'}");
	close(sock);
	file = fopen(harness_path(h, "b.pid"), "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &pid), 1);
	fclose(file);
	/* a second one fails in the foreground, and leaves the first one's files */
	assert_int_equal(harness_run(&text, argv), 1);
	assert_non_null(strstr(text, "another vgpu-pvd is serving"));
	free(text);
	assert_true(harness_exists(h, "b.pid"));
	assert_true(harness_exists(h, "b.log"));
	h->broker = pid;
	harness_stop(h);
	assert_false(harness_exists(h, "b.pid"));
}

/* Promise: systemd is told of readiness and end, and no worker can speak to it. */
static void test_notify(void **state)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = 5 };
	struct harness *h = *state;
	char text[64] = "";
	int notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strcpy(addr.sun_path, harness_path(h, "notify"));
	assert_int_equal(bind(notify, (struct sockaddr *)&addr, sizeof(addr)), 0);
	setsockopt(notify, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setenv("NOTIFY_SOCKET", addr.sun_path, 1);
	harness_start(h, NULL);
	unsetenv("NOTIFY_SOCKET");
	assert_true(recv(notify, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, "READY=1");
	harness_stop(h);
	memset(text, 0, sizeof(text));
	assert_true(recv(notify, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, "STOPPING=1");
	close(notify);
}

/* Promise: --list-gpus is the worker's answer; --help and --version answer and exit. */
static void test_answers(void **state)
{
	struct harness *h = *state;
	char program[4096], worker[4096], *text;
	const char *list[] = { program,	    "--worker",	   worker, "--config",
			       "/dev/null", "--list-gpus", NULL };
	const char *help[] = { program, "--help", NULL };
	const char *version[] = { program, "--version", NULL };

	(void)h;
	strcpy(program, harness_program("vgpu-pvd"));
	strcpy(worker, harness_program("fake-worker"));
	assert_int_equal(harness_run(&text, list), 0);
	assert_string_equal(text, "fake0  a pretended GPU\n");
	free(text);
	assert_int_equal(harness_run(&text, help), 0);
	assert_non_null(strstr(text, "Usage: vgpu-pvd"));
	free(text);
	assert_int_equal(harness_run(&text, version), 0);
	assert_non_null(strstr(text, "vgpu-pvd "));
	free(text);
}

/* Promise: a client that never reads its answers is dropped, and nobody waits for it. */
static void test_stuck_client(void **state)
{
	static const char list[] = "{\"op\": \"list\"}";
	struct harness *h = *state;
	int sock, stuck;
	unsigned int i;

	harness_start(h, NULL);
	sock = harness_connect(h);
	for (i = 0; i < 60; i++)
		harness_ask_ok(sock, "{'op': 'create', 'name': 'i%u', 'memory': 33554432}", i);
	stuck = harness_connect(h);
	for (i = 0; i < 100000; i++) {
		if (send(stuck, list, sizeof(list) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
			if (errno != EAGAIN)
				break;
			/* the broker goes on with the others meanwhile */
			harness_ask_ok(sock, "{'op': 'list'}");
		}
	}
	assert_true(i < 100000);
	harness_ask_ok(sock, "{'op': 'list'}");
	close(stuck);
	close(sock);
	harness_stop(h);
}

/* Promise: connections that ask for nothing are bounded, and those that hold instances go on. */
static void test_idle_connections(void **state)
{
	struct harness *h = *state;
	int sock, qemu, fd, idle[64], fds[SCM_MAX_FDS];
	unsigned int i, nr_fds;
	char text[256] = "";
	json_t *answer;
	bool served;

	harness_start(h, NULL);
	qemu = harness_connect(h);
	fd = harness_attach(qemu, "name", "vm");
	for (i = 0; i < 64; i++) {
		idle[i] = harness_connect(h);
		assert_true(idle[i] >= 0);
	}
	harness_ask_ok(idle[63], "{'op': 'list'}");
	sock = harness_connect(h);
	assert_true(scm_recv(sock, text, sizeof(text) - 1, fds, &nr_fds) > 0);
	assert_non_null(strstr(text, "limit 64"));
	assert_int_equal(scm_recv(sock, text, sizeof(text) - 1, fds, &nr_fds), 0);
	close(sock);
	close(idle[0]);
	/* the broker learns of it in a later turn of its loop */
	for (i = 0; i < 1000; i++) {
		sock = harness_connect(h);
		answer = harness_ask(sock, "{'op': 'list'}");
		served = json_is_true(json_object_get(answer, "ok"));
		json_decref(answer);
		if (served)
			break;
		close(sock);
		usleep(10000);
	}
	assert_true(i < 1000);
	assert_string_equal(harness_state(sock, "vm"), "connected");
	for (i = 1; i < 64; i++)
		close(idle[i]);
	close(qemu);
	close(fd);
	close(sock);
	harness_stop(h);
}

/* Promise: out of descriptors the broker waits and serves on, it neither spins nor ends. */
static void test_out_of_descriptors(void **state)
{
	struct rlimit limit, few;
	struct harness *h = *state;
	int sock, idle[64];
	unsigned int i, ok = 0;
	long ticks[2];
	char path[64];

	harness_start(h, NULL);
	sock = harness_connect(h);
	harness_ask_ok(sock, "{'op': 'list'}");
	few.rlim_cur = few.rlim_max = harness_broker_fds(h) + 2;
	assert_int_equal(prlimit(h->broker, RLIMIT_NOFILE, &few, &limit), 0);
	for (i = 0; i < 10; i++)
		idle[i] = harness_connect(h);
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)h->broker);
	for (i = 0; i < 2; i++) {
		FILE *file = fopen(path, "r");

		assert_non_null(file);
		assert_int_equal(fscanf(file,
					"%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u "
					"%ld",
					&ticks[i]),
				 1);
		fclose(file);
		usleep(i ? 0 : 500000);
		harness_ask_error(sock, "cannot be started", "{'op': 'attach', 'name': 'vm'}");
	}
	assert_true(ticks[1] - ticks[0] < 20);
	prlimit(h->broker, RLIMIT_NOFILE, &limit, NULL);
	for (i = 0; i < 10; i++) {
		harness_ask_ok(idle[i], "{'op': 'list'}");
		ok++;
		close(idle[i]);
	}
	assert_int_equal(ok, 10);
	close(sock);
	harness_stop(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		harness_test(test_stale_socket),
		harness_test(test_file_in_the_way),
		harness_test(test_unlink_own_socket),
		harness_test(test_persistence),
		harness_test(test_broken_list),
		harness_test(test_list_not_writable),
		harness_test(test_config_errors),
		harness_test(test_flag_errors),
		harness_test(test_config),
		harness_test(test_config_over_list),
		harness_test(test_daemon),
		harness_test(test_notify),
		harness_test(test_answers),
		harness_test(test_stuck_client),
		harness_test(test_idle_connections),
		harness_test(test_out_of_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
