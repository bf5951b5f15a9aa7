// SPDX-License-Identifier: MIT
/*
 * A case is a process: what it breaks of itself ends with it, and a device that
 * does not answer costs the case's time and no more.  A back end that was started
 * for a case is in the case's process group and is killed with it.  One that was
 * there before is shared, over one connection, and reset ahead of each case.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"
#include "vhost_user_protocol.h"

#define START_MS	30000	/* until a back end listens */
#define CONNECT_MS	2000	/* the same, where its socket is there */

static struct fe *shared;	/* the front end of the one back end for all */
static int report_fd = -1;	/* of a case's process */

static _Noreturn void report(enum conf_result result, const char *reason)
{
	struct conf_outcome outcome = { .result = result };

	if (report_fd < 0) {
		fprintf(stderr, "vgpu-pv-conformance: %s\n", reason);
		exit(2);
	}
	snprintf(outcome.reason, sizeof(outcome.reason), "%s", reason);
	if (write(report_fd, &outcome, sizeof(outcome)) != sizeof(outcome))
		_exit(1);
	_exit(0);
}

static _Noreturn void report_text(enum conf_result result, const char *format, va_list args)
{
	char reason[CONF_REASON];

	vsnprintf(reason, sizeof(reason), format, args);
	report(result, reason);
}

void fe_failed(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report_text(CONF_FAILED, format, args);
}

void conf_skip(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report_text(CONF_SKIPPED, format, args);
}

/* ---- back ends ---- */

static int try_connect(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), error;

	demand(sock >= 0, "socket: %m");
	demand(strlen(path) < sizeof(addr.sun_path), "%s: longer than %zu bytes", path,
	       sizeof(addr.sun_path) - 1);
	strcpy(addr.sun_path, path);
	if (!connect(sock, (struct sockaddr *)&addr, sizeof(addr)))
		return sock;
	error = errno;
	close(sock);
	errno = error;
	return -1;
}

/* %s and %d in the command are filled in */
static void fill_in(const char *command, const char *path, int fd, char *text, size_t size)
{
	size_t at = 0;

	for (; *command && at < size - 1; command++) {
		if (command[0] != '%' || (command[1] != 's' && command[1] != 'd')) {
			text[at++] = *command;
			continue;
		}
		if (*++command == 's')
			at += (size_t)snprintf(text + at, size - at, "%s", path);
		else
			at += (size_t)snprintf(text + at, size - at, "%d", fd);
	}
	demand(at < size - 1, "the command of the back end is too long");
	text[at] = 0;
}

static void exec_back_end(const char *command, bool verbose)
{
	int null = open("/dev/null", O_RDWR);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(null, 0);
	if (!verbose) {
		dup2(null, 1);
		dup2(null, 2);
	}
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

/* Until it takes connections; the folder of its socket is then needed no more. */
static int wait_for_socket(pid_t pid, const char *folder, const char *path)
{
	uint64_t until = fe_now_ms() + START_MS;
	int sock, status;

	while ((sock = try_connect(path)) < 0) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			fe_failed("the back end's command ends with status %#x", status);
		demand(fe_now_ms() < until, "the back end does not listen at %s", path);
		usleep(2000);
	}
	unlink(path);
	rmdir(folder);
	return sock;
}

static int start_back_end(const struct conf_target *target)
{
	bool by_path = strstr(target->start, "%s");
	char folder[] = "/tmp/vgpu-pv-conformance-XXXXXX", path[64] = "", text[4096];
	int pair[2];
	pid_t pid;

	demand(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), "socketpair: %m");
	if (by_path) {
		demand(mkdtemp(folder), "%s: %m", folder);
		snprintf(path, sizeof(path), "%s/socket", folder);
	}
	fill_in(target->start, path, pair[1], text, sizeof(text));
	pid = fork();
	demand(pid >= 0, "fork: %m");
	if (!pid) {
		close(report_fd);
		if (!by_path)
			fcntl(pair[1], F_SETFD, 0);
		exec_back_end(text, target->verbose);
	}
	close(pair[1]);
	if (!by_path)
		return pair[0];
	close(pair[0]);
	return wait_for_socket(pid, folder, path);
}

static const struct fe_options fe_options = { .event_idx = true };

void conf_open(const struct conf_target *target)
{
	uint64_t until = fe_now_ms() + CONNECT_MS;
	int sock;

	signal(SIGPIPE, SIG_IGN);
	if (!target->connect)
		return;
	/* a socket has its name a moment before it listens */
	while ((sock = try_connect(target->connect)) < 0 && errno == ECONNREFUSED &&
	       fe_now_ms() < until)
		usleep(2000);
	demand(sock >= 0, "%s: %m", target->connect);
	shared = fe_connect(sock, &fe_options);
	demand(shared->protocol & VHOST_USER_PROTOCOL_F_RESET_DEVICE,
	       "%s: the back end lacks RESET_DEVICE, so that it cannot serve one case after another; "
	       "use --start", target->connect);
}

/* ---- cases ---- */

static struct fe *case_front_end(const struct conf_target *target)
{
	struct fe *fe = shared;
	unsigned int ring;

	if (fe) {
		fe_send(fe, VHOST_USER_RESET_DEVICE, NULL, 0, NULL, 0);
		fe_set_up(fe);
	} else {
		fe = fe_connect(start_back_end(target), &fe_options);
	}
	for (ring = 0; ring < FE_RINGS; ring++)
		fe_ring_start(fe, ring);
	return fe;
}

static _Noreturn void case_process(const struct conf_target *target, const struct conf_case *c)
{
	struct fe *fe = case_front_end(target);
	unsigned int ring;

	c->run(fe);
	/* a shared back end lets go of the rings before their memory is another case's */
	for (ring = 0; shared && ring < FE_RINGS; ring++)
		fe_ring_stop(fe, ring);
	report(CONF_PASSED, "");
}

static void wait_for_report(int fd, const struct conf_target *target, struct conf_outcome *outcome)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	outcome->result = CONF_FAILED;
	if (poll(&p, 1, (int)target->limit_s * 1000) <= 0)
		snprintf(outcome->reason, sizeof(outcome->reason), "no end within %u seconds",
			 target->limit_s);
	else if (read(fd, outcome, sizeof(*outcome)) != sizeof(*outcome))
		snprintf(outcome->reason, sizeof(outcome->reason), "the case ended by itself");
}

void conf_run(const struct conf_target *target, const struct conf_case *c,
	      struct conf_outcome *outcome)
{
	int fds[2];
	pid_t pid;

	*outcome = (struct conf_outcome){ 0 };
	demand(!pipe2(fds, O_CLOEXEC), "pipe: %m");
	pid = fork();
	demand(pid >= 0, "fork: %m");
	if (!pid) {
		setpgid(0, 0);
		report_fd = fds[1];
		case_process(target, c);
	}
	setpgid(pid, pid);
	close(fds[1]);
	wait_for_report(fds[0], target, outcome);
	close(fds[0]);
	kill(-pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
