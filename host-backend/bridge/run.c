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
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker.h"
#include "child.h"
#include "log.h"
#include "options.h"
#include "run.h"
#include "serve.h"
#include "vtest_protocol.h"

static const int run_signals[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };

#define RUN_SIGNALS	(sizeof(run_signals) / sizeof(run_signals[0]))

struct run {
	char folder[64];
	char socket[96];	/* ours */
	char broker_socket[96];	/* of a broker that we start */
	struct broker broker;
	pid_t server;
	pid_t program;
	/* as they came to us, and go on with the program: nohup's, for one */
	sigset_t mask;
	struct sigaction actions[RUN_SIGNALS];
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

/*
 * A child tries first what cannot be taken back: one who may have a user namespace, but
 * no map for it, would be nobody in it.
 */
static int run_mount_tried(const struct run *r)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(run_mount(r) ? errno : 0);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	if (!status)
		return run_mount(r);
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return -1;
}

static _Noreturn void run_exec(const struct run *r, char **program)
{
	if (run_mount_tried(r))
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
	r->server = child_fork("the bridge");
	if (!r->server)
		exit(serve_run(&with, listener) ? EXIT_FAILURE : EXIT_SUCCESS);
	close(listener);
	return r->server < 0 ? -1 : 0;
}

static pid_t run_signalled;

static void run_forward(int signal)
{
	if (run_signalled > 0)
		kill(run_signalled, signal);
}

/* While there is something to remove, and no program yet, none ends us, and none gets lost. */
static void run_hold_signals(struct run *r)
{
	sigset_t held;
	unsigned int i;

	sigemptyset(&held);
	for (i = 0; i < RUN_SIGNALS; i++) {
		sigaddset(&held, run_signals[i]);
		sigaction(run_signals[i], NULL, &r->actions[i]);
	}
	sigprocmask(SIG_BLOCK, &held, &r->mask);
}

/*
 * The terminal's signals reach the program without us, but for those that came before
 * it; what is sent to us alone does not.
 */
static void run_pass_signals(const struct run *r)
{
	const struct sigaction forward = { .sa_handler = run_forward, .sa_flags = SA_RESTART };
	sigset_t pending;

	sigpending(&pending);
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	if (sigismember(&pending, SIGINT))
		kill(r->program, SIGINT);
	if (sigismember(&pending, SIGQUIT))
		kill(r->program, SIGQUIT);
	sigaction(SIGTERM, &forward, NULL);
	sigaction(SIGHUP, &forward, NULL);
	sigprocmask(SIG_SETMASK, &r->mask, NULL);
}

static void run_restore_signals(const struct run *r)
{
	unsigned int i;

	for (i = 0; i < RUN_SIGNALS; i++)
		sigaction(run_signals[i], &r->actions[i], NULL);
	sigprocmask(SIG_SETMASK, &r->mask, NULL);
}

static int run_start(struct run *r, char **program)
{
	r->program = fork();
	if (r->program < 0) {
		log_err("no process for %s: %m", program[0]);
		return -1;
	}
	if (!r->program) {
		run_restore_signals(r);
		run_exec(r, program);
	}
	run_signalled = r->program;
	run_pass_signals(r);
	return 0;
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

	run_hold_signals(&r);
	if (run_make_folder(&r))
		return status;
	if (!run_serve(&r, opt) && !run_start(&r, opt->program))
		status = run_wait(&r);
	run_end(&r);
	return status;
}
