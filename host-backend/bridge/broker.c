// SPDX-License-Identifier: MIT
/*
 * The broker, asked for a worker, and started where there is none.  One that we
 * start is ours alone: its socket lies in our own folder and it ends with us, so
 * that nobody comes to depend on it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "broker.h"
#include "child.h"
#include "link.h"
#include "log.h"

#define BROKER_PROGRAM		"vgpu-pvd"
#define BROKER_START_MS		10000

int broker_attach(const char *path, const char *name, uint64_t *memory, int *worker)
{
	int sock = link_connect(path);
	json_t *answer, *bytes;

	*worker = -1;
	if (sock < 0)
		return -1;
	answer = link_ask(sock, json_pack("{s:s, s:s}", "op", "attach", "name", name), worker);
	bytes = json_object_get(answer, "memory");
	if (answer && !json_is_true(json_object_get(answer, "ok")))
		log_err("vgpu-pvd refuses instance %s: %s", name,
			json_string_value(json_object_get(answer, "error")) ?: "it does not say why");
	else if (answer && (*worker < 0 || !json_is_integer(bytes)))
		log_err("vgpu-pvd's answer carries no worker: is it of another version?");
	else if (answer)
		*memory = (uint64_t)json_integer_value(bytes);
	if (!json_is_true(json_object_get(answer, "ok")) || *worker < 0 || !json_is_integer(bytes)) {
		if (*worker >= 0)
			close(*worker);
		close(sock);
		sock = -1;
	}
	json_decref(answer);
	return sock;
}

bool broker_serves(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), ret;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	ret = sock < 0 ? -1 : connect(sock, (struct sockaddr *)&addr, sizeof(addr));
	/* one that does not let us in is served, and the error is told later */
	if (ret < 0 && errno != ENOENT && errno != ECONNREFUSED)
		ret = 0;
	if (sock >= 0)
		close(sock);
	return !ret;
}

/* beside this program, or in ../sbin, or where PATH says */
static _Noreturn void broker_exec(const char *path)
{
	static const char *const places[] = { "", "../sbin/" };
	char self[PATH_MAX], program[PATH_MAX + 32];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const char *driver = getenv("GALLIUM_DRIVER");
	unsigned int i;

	/* its workers are what draws */
	if (driver && !strcmp(driver, "virpipe"))
		unsetenv("GALLIUM_DRIVER");
	if (n > 0) {
		self[n] = '\0';
		*strrchr(self, '/') = '\0';
		for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
			snprintf(program, sizeof(program), "%s/%s" BROKER_PROGRAM, self, places[i]);
			execl(program, BROKER_PROGRAM, "--socket", path, NULL);
		}
	}
	execlp(BROKER_PROGRAM, BROKER_PROGRAM, "--socket", path, NULL);
	log_err(BROKER_PROGRAM " cannot be run: %m; it is looked for beside this program, in ../sbin and in PATH");
	_exit(127);
}

/* until the broker and its workers are gone: what is wrong, and no more */
static _Noreturn void broker_filter(int from)
{
	FILE *file = fdopen(from, "r");
	char *line = NULL;
	size_t room = 0;

	/* the terminal's, which are the program's */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	while (file && getline(&line, &room, file) > 0) {
		if (strstr(line, ": error: ") || strstr(line, ": warning: "))
			fputs(line, stderr);
	}
	_exit(EXIT_SUCCESS);
}

static int broker_spawn(struct broker *broker, const char *path, bool tell_all)
{
	int pair[2] = { -1, -1 };

	if (!tell_all && pipe2(pair, O_CLOEXEC) < 0) {
		log_err("no pipe for " BROKER_PROGRAM ": %m");
		return -1;
	}
	broker->pid = child_fork(BROKER_PROGRAM);
	if (!broker->pid) {
		if (!tell_all)
			dup2(pair[1], STDERR_FILENO);
		broker_exec(path);
	}
	if (tell_all)
		return broker->pid < 0 ? -1 : 0;
	close(pair[1]);
	if (broker->pid > 0) {
		broker->filter = fork();
		if (!broker->filter)
			broker_filter(pair[0]);
		if (broker->filter < 0)
			log_err("no process for the lines of " BROKER_PROGRAM ": %m");
	}
	close(pair[0]);
	return broker->pid < 0 || broker->filter < 0 ? -1 : 0;
}

int broker_start(struct broker *broker, const char *path, bool tell_all)
{
	const struct timespec pause = { .tv_nsec = 5000000 };
	unsigned int waited;

	*broker = (struct broker){ 0 };
	if (broker_spawn(broker, path, tell_all))
		return -1;
	for (waited = 0; waited < BROKER_START_MS; waited += 5) {
		if (broker_serves(path))
			return 0;
		if (waitpid(broker->pid, NULL, WNOHANG) == broker->pid) {
			broker->pid = 0;
			log_err(BROKER_PROGRAM " ended at once; what it said stands above");
			return -1;
		}
		nanosleep(&pause, NULL);
	}
	log_err(BROKER_PROGRAM " does not serve %s within %d s", path, BROKER_START_MS / 1000);
	return -1;
}

void broker_end(struct broker *broker)
{
	if (broker->pid > 0)
		kill(broker->pid, SIGTERM);
	while (broker->pid > 0 && waitpid(broker->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	while (broker->filter > 0 && waitpid(broker->filter, NULL, 0) < 0 && errno == EINTR)
		continue;
}
