// SPDX-License-Identifier: MIT
/*
 * A program with a GPU: a folder of ours with the sockets, a broker if none serves,
 * the bridge, and the program in a mount namespace of its own.  Older Mesa knows one
 * path alone for its server; a private mount puts ours there, for this program
 * and what it starts, so that any number of these runs go on at once.  It takes no
 * privileges where the kernel lets users have namespaces.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker.h"
#include "log.h"
#include "options.h"
#include "run.h"
#include "serve.h"
#include "vtest_protocol.h"

struct run {
	char folder[64];
	char socket[96];	/* ours */
	char broker_socket[96];	/* of a broker that we start */
	struct broker broker;
	pid_t server;
	pid_t program;
};

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

/* a namespace of mounts, with one of users around it where we may not otherwise */
static int run_unshare(void)
{
	char map[64];
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (!unshare(CLONE_NEWNS))
		return 0;
	if (errno != EPERM || unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return -1;
	snprintf(map, sizeof(map), "%u %u 1", uid, uid);
	if (write_file("/proc/self/uid_map", map) || write_file("/proc/self/setgroups", "deny"))
		return -1;
	snprintf(map, sizeof(map), "%u %u 1", gid, gid);
	return write_file("/proc/self/gid_map", map);
}

/* There has to be a file to mount on; whose it is does not matter, but no link is followed. */
static int run_mount(const struct run *r)
{
	char path[32];
	int fd;

	if (run_unshare() || mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL))
		return -1;
	fd = open(VTEST_DEFAULT_SOCKET, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	fd = open(VTEST_DEFAULT_SOCKET, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return mount(r->socket, path, NULL, MS_BIND, NULL);
}

static _Noreturn void run_exec(const struct run *r, char **program)
{
	if (run_mount(r))
		log_warn("no private mount of " VTEST_DEFAULT_SOCKET ": %m; older Mesa will not find the GPU");
	setenv("GALLIUM_DRIVER", "virpipe", 1);
	setenv("LIBGL_ALWAYS_SOFTWARE", "true", 1);
	setenv("VTEST_SOCKET_NAME", r->socket, 1);
	if (!getenv("DISPLAY") && !getenv("WAYLAND_DISPLAY"))
		setenv("EGL_PLATFORM", "surfaceless", 0);
	execvp(program[0], program);
	log_err("%s cannot be run: %m", program[0]);
	_exit(errno == ENOENT ? 127 : 126);
}

static int run_make_folder(struct run *r)
{
	strcpy(r->folder, "/tmp/vgpu-pv-bridge.XXXXXX");
	if (!mkdtemp(r->folder)) {
		log_err("%s: %m", r->folder);
		return -1;
	}
	snprintf(r->socket, sizeof(r->socket), "%s/vtest.sock", r->folder);
	snprintf(r->broker_socket, sizeof(r->broker_socket), "%s/vgpu-pvd.sock", r->folder);
	return 0;
}

static int run_serve(struct run *r, const struct options *opt)
{
	struct options with = *opt;
	int listener;

	if (!broker_serves(opt->broker)) {
		with.broker = r->broker_socket;
		if (broker_start(&r->broker, with.broker, opt->verbose))
			return -1;
	}
	listener = serve_listen(r->socket);
	if (listener < 0)
		return -1;
	r->server = fork();
	if (!r->server) {
		/* what the terminal sends is the program's to answer, with its GPU there */
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		exit(serve_run(&with, listener) ? EXIT_FAILURE : EXIT_SUCCESS);
	}
	close(listener);
	if (r->server < 0)
		log_err("no process for the bridge: %m");
	return r->server < 0 ? -1 : 0;
}

static pid_t run_signalled;

static void run_forward(int signal)
{
	if (run_signalled > 0)
		kill(run_signalled, signal);
}

static void run_set_signals(void (*interrupt)(int), void (*end)(int))
{
	const struct sigaction action = { .sa_handler = end, .sa_flags = SA_RESTART };

	signal(SIGINT, interrupt);
	signal(SIGQUIT, interrupt);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

/*
 * The terminal's signals reach the program without us; those that are sent to us do
 * not.  None gets lost before there is a program.
 */
static void run_start(struct run *r, char **program)
{
	sigset_t all, before;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	run_set_signals(SIG_IGN, run_forward);
	r->program = run_signalled = fork();
	if (!r->program)
		run_set_signals(SIG_DFL, SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (!r->program)
		run_exec(r, program);
}

static int run_wait(struct run *r)
{
	int status;

	while (waitpid(r->program, &status, 0) < 0) {
		if (errno != EINTR) {
			log_err("the program cannot be waited for: %m");
			return RUN_FAILED;
		}
	}
	run_signalled = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void run_end_process(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGTERM);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}

static void run_end(struct run *r)
{
	run_end_process(r->server);
	broker_end(&r->broker);
	unlink(r->socket);
	unlink(r->broker_socket);
	if (rmdir(r->folder) < 0)
		log_warn("%s stays: %m", r->folder);
}

int run_program(const struct options *opt)
{
	struct run r = { .server = 0 };
	int status = RUN_FAILED;

	if (run_make_folder(&r))
		return status;
	if (run_serve(&r, opt))
		goto end;
	run_start(&r, opt->program);
	if (r.program < 0) {
		log_err("no process for %s: %m", opt->program[0]);
		goto end;
	}
	status = run_wait(&r);
end:
	run_end(&r);
	return status;
}
