// SPDX-License-Identifier: MIT
/*
 * The worker's command line, and how it starts and ends without a front end:
 * what it says when something is wrong, and that it leaves no socket behind.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"
#include "front_end.h"

struct run {
	pid_t pid;
	int out;		/* its stdout and stderr */
	char text[16384];
	size_t len;
};

static char folder[] = "/tmp/vgpu-pv-test-XXXXXX";
static char path[sizeof(folder) + 16];

static void run(struct run *r, const char *const *args)
{
	const char *argv[16], *more[] = {
#ifdef __SANITIZE_ADDRESS__
		"--no-jail",
#endif
		NULL,
	};
	char program[4096];
	unsigned int n = 0, i;
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	int pair[2];

	assert_true(len > 0);
	program[len] = 0;
	strcpy(strrchr(program, '/') + 1, "vgpu-pv-worker");
	argv[n++] = program;
	for (i = 0; args[i]; i++)
		argv[n++] = args[i];
	for (i = 0; more[i]; i++)
		argv[n++] = more[i];
	argv[n] = NULL;
	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	r->len = 0;
	r->out = pair[0];
	r->pid = fork();
	assert_true(r->pid >= 0);
	if (!r->pid) {
		dup2(pair[1], 1);
		dup2(pair[1], 2);
		execv(program, (char **)argv);
		_exit(127);
	}
	close(pair[1]);
}

/* reads until text appears, or the end */
static bool says(struct run *r, const char *text)
{
	struct pollfd p = { .fd = r->out, .events = POLLIN };
	ssize_t n;

	for (;;) {
		r->text[r->len] = 0;
		if (text && strstr(r->text, text))
			return true;
		if (poll(&p, 1, FE_TIMEOUT_MS) <= 0)
			return false;
		n = read(r->out, r->text + r->len, sizeof(r->text) - 1 - r->len);
		if (n <= 0)
			return false;
		r->len += (size_t)n;
	}
}

static int ended(struct run *r)
{
	int status = -1;

	says(r, NULL);
	close(r->out);
	assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
	return status;
}

static void wrong_options_are_explained(void **state)
{
	static const struct {
		const char *args[8];
		const char *said;
	} cases[] = {
		{ { NULL }, "--socket PATH" },
		{ { "--socket", "/tmp/a", "--socket-fd", "0", NULL }, "--socket PATH" },
		{ { "--socket-fd", "999", NULL }, "999: not an open file descriptor" },
		{ { "--socket-fd", "x", NULL }, "x: not an open file descriptor" },
		{ { "--socket", "/tmp/a", "--memory", "lots", NULL }, "--memory lots" },
		{ { "--socket", "/tmp/a", "--memory", "1K", NULL }, "at least 1M" },
		{ { "--socket", "/tmp/a", "--name", "a b", NULL }, "--name a b" },
		{ { "--socket", "/tmp/a", "--name", "", NULL }, "1 to 64" },
		{ { "--socket", "/tmp/a", "--stats-fd", "77", NULL }, "77: not an open" },
		{ { "--socket", "/tmp/a", "extra", NULL }, "extra: not an option" },
		{ { "--nonsense", NULL }, "--help" },
		{ { "--socket", "/nowhere/a", NULL }, "/nowhere/a" },
	};
	struct run r;
	unsigned int i;
	int status;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run(&r, cases[i].args);
		if (!says(&r, cases[i].said))
			fail_msg("case %u says: %s", i, r.text);
		status = ended(&r);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 1);
	}
}

static void help_is_given(void **state)
{
	static const char *const args[] = { "--help", NULL };
	struct run r;

	(void)state;
	run(&r, args);
	assert_true(says(&r, "--no-jail"));
	assert_int_equal(ended(&r), 0);
}

static void unknown_gpus_are_refused(void **state)
{
	static const char *const gpus[] = { "/dev/dri/no-such", "31", "-1", "x", "" };
	const char *args[] = { "--socket", path, "--gpu", NULL, NULL };
	const char *check[] = { "--gpu", NULL, "--check", NULL };
	struct run r;
	unsigned int i;
	int status;

	(void)state;
	for (i = 0; i < sizeof(gpus) / sizeof(gpus[0]); i++) {
		args[3] = gpus[i];
		run(&r, args);
		assert_true(says(&r, "no such EGL device"));
		status = ended(&r);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
		assert_int_not_equal(access(path, F_OK), 0);
		check[1] = gpus[i];
		run(&r, check);
		assert_true(says(&r, "no such EGL device"));
		status = ended(&r);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	}
	check[1] = "auto";
	run(&r, check);
	assert_int_equal(ended(&r), 0);
}

static int connect_worker(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(addr.sun_path, path);
	assert_int_equal(connect(sock, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return sock;
}

static void every_kind_of_gpu_starts(void **state)
{
	static const char *const gpus[] = { "auto", "surfaceless", "0" };
	const char *args[] = { "--socket", path, "--gpu", NULL, NULL };
	struct run r;
	unsigned int i;
	int sock;

	(void)state;
	for (i = 0; i < sizeof(gpus) / sizeof(gpus[0]); i++) {
		args[3] = gpus[i];
		run(&r, args);
		assert_true(says(&r, "renders with"));
		sock = connect_worker();
		close(sock);
		assert_int_equal(ended(&r), 0);
		assert_int_not_equal(access(path, F_OK), 0);
	}
}

/* one QEMU, and the path is gone when it has come */
static void socket_serves_one(void **state)
{
	const char *const args[] = { "--socket", path, "--name", "one", NULL };
	struct pollfd p = { .events = POLLIN };
	struct run r;

	(void)state;
	run(&r, args);
	assert_true(says(&r, "vgpu-pv-worker[one]: renders with"));
	p.fd = connect_worker();
	/* it is served: nothing comes, nothing is closed */
	assert_int_equal(poll(&p, 1, 300), 0);
	assert_int_not_equal(access(path, F_OK), 0);
	close(p.fd);
	assert_int_equal(ended(&r), 0);
}

static void used_path_is_refused(void **state)
{
	const char *const args[] = { "--socket", path, NULL };
	struct run first, second;
	int status;

	(void)state;
	run(&first, args);
	assert_true(says(&first, "renders with"));
	run(&second, args);
	assert_true(says(&second, "remove it if no worker uses it"));
	status = ended(&second);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	assert_int_equal(access(path, F_OK), 0);
	kill(first.pid, SIGTERM);
	ended(&first);
	assert_int_not_equal(access(path, F_OK), 0);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	sprintf(path, "%s/socket", folder);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_options_are_explained),
		cmocka_unit_test(help_is_given),
		cmocka_unit_test(unknown_gpus_are_refused),
		cmocka_unit_test(every_kind_of_gpu_starts),
		cmocka_unit_test(socket_serves_one),
		cmocka_unit_test(used_path_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
