// SPDX-License-Identifier: MIT
/*
 * Background and readiness.  A caller that starts the broker may use its socket
 * at once: with --daemon when the command returns, under systemd when
 * $NOTIFY_SOCKET was told, which is one datagram and needs no library.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon.h"
#include "log.h"
#include "options.h"

static int daemon_report = -1;
static char *daemon_notify_path;
static char *daemon_pid_path; /* while the file is there */

int daemon_start(const struct options *o)
{
	int report[2];
	char ok = 0;
	pid_t pid;

	/* taken out of the environment, so that no worker speaks for the broker */
	if (getenv("NOTIFY_SOCKET")) {
		daemon_notify_path = strdup(getenv("NOTIFY_SOCKET"));
		unsetenv("NOTIFY_SOCKET");
	}
	if (!o->daemon)
		return 0;
	if (pipe2(report, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid) {
		close(report[1]);
		/* the child said on stderr why, if it ended */
		_exit(read(report[0], &ok, 1) == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	close(report[0]);
	daemon_report = report[1];
	setsid();
	return 0;
}

static void daemon_notify(const char *text)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t len = daemon_notify_path ? strlen(daemon_notify_path) : 0;
	int fd;

	if (!len || len >= sizeof(addr.sun_path))
		return;
	memcpy(addr.sun_path, daemon_notify_path, len);
	if (addr.sun_path[0] == '@')
		addr.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&addr,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
		log_warn("systemd cannot be told of '%s': %s", text, strerror(errno));
	close(fd);
}

static int daemon_write_pid(const struct options *o)
{
	char *path = options_beside(o, ".pid");
	FILE *file = path ? fopen(path, "we") : NULL;
	int ret = 0;

	if (!file || fprintf(file, "%d\n", (int)getpid()) < 0)
		ret = -errno;
	if (file && fclose(file))
		ret = -errno;
	if (ret)
		log_err("pid file '%s' cannot be written: %s", path ? path : "", strerror(-ret));
	daemon_pid_path = path;
	return ret;
}

/* From here on what broker and workers say is in a file beside the socket. */
static int daemon_redirect(const struct options *o)
{
	char *path = options_beside(o, ".log");
	int null, log, ret = 0;

	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	log = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640) : -1;
	if (null < 0 || log < 0 || chdir("/") || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0) {
		ret = -errno;
		log_err("log file '%s': %s", path ? path : "", strerror(errno));
	}
	if (null >= 0)
		close(null);
	if (log >= 0)
		close(log);
	free(path);
	return ret;
}

int daemon_ready(const struct options *o)
{
	int ret;

	if (o->daemon) {
		ret = daemon_write_pid(o);
		if (!ret)
			ret = daemon_redirect(o);
		if (ret)
			return ret;
		if (write(daemon_report, "", 1) != 1)
			log_warn("the process that started the broker is gone");
		close(daemon_report);
	}
	daemon_notify("READY=1");
	return 0;
}

void daemon_fini(void)
{
	daemon_notify("STOPPING=1");
	free(daemon_notify_path);
	if (daemon_pid_path)
		unlink(daemon_pid_path);
	free(daemon_pid_path);
}
