// SPDX-License-Identifier: MIT
/*
 * The broker is tested as its users have it: as a process, through its socket.
 * The harness is a subreaper, so that workers that outlive their broker are
 * seen, and a stray process fails the test that left it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "scm.h"
#include "vgpu_pv_link.h"

#define HARNESS_ARGS 24

const char *harness_program(const char *name)
{
	static char path[PATH_MAX];
	char self[PATH_MAX - 64];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	assert_true(len > 0);
	self[len] = '\0';
	/* beside the test, or in a folder above it */
	while ((slash = strrchr(self, '/'))) {
		*slash = '\0';
		snprintf(path, sizeof(path), "%s/%s", self, name);
		if (!access(path, X_OK))
			return path;
	}
	fail_msg("%s is not built", name);
	return NULL;
}

const char *harness_path(const struct harness *h, const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", h->dir, name);
	return path;
}

int harness_setup(void **state)
{
	struct harness *h = calloc(1, sizeof(*h));

	if (!h)
		return -1;
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	strcpy(h->dir, "/tmp/vgpu-pv-test.XXXXXX");
	if (!mkdtemp(h->dir))
		return -1;
	chmod(h->dir, 0755);
	snprintf(h->socket, sizeof(h->socket), "%s/b.sock", h->dir);
	*state = h;
	return 0;
}

static int harness_remove(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

/* What the broker said, when its test failed. */
static void harness_print_log(const struct harness *h)
{
	FILE *file = fopen(harness_path(h, "log"), "r");
	char line[1024];

	while (file && fgets(line, sizeof(line), file))
		print_error("%s", line);
	if (file)
		fclose(file);
}

/* No process of the test may be left, and no file but the lists and logs that are documented. */
int harness_teardown(void **state)
{
	struct harness *h = *state;
	bool stray = false, socket_left;
	unsigned int n;
	pid_t pid;

	if (h->broker) {
		kill(h->broker, SIGTERM);
		waitpid(h->broker, NULL, 0);
		harness_print_log(h);
	}
	for (n = 0; n < 1000 && (pid = waitpid(-1, NULL, WNOHANG)) >= 0; n++) {
		if (!pid)
			usleep(10000);
	}
	if (n == 1000) {
		stray = true;
		print_error("a stray process is left\n");
	}
	socket_left = harness_exists(h, "b.sock") || harness_exists(h, "b.pid") ||
		      harness_exists(h, "b.instances.new");
	if (socket_left)
		print_error("a stray file is left\n");
	nftw(h->dir, harness_remove, 8, FTW_DEPTH | FTW_PHYS);
	free(h);
	return stray || socket_left ? -1 : 0;
}

void harness_start(struct harness *h, ...)
{
	char worker[PATH_MAX];
	const char *argv[HARNESS_ARGS] = { "vgpu-pvd", "--socket", h->socket,  "--worker",
					   worker,     "--config", "/dev/null" };
	unsigned int n = 7;
	va_list ap;
	int sock = -1;

	strcpy(worker, harness_program("fake-worker"));
	va_start(ap, h);
	while (n < HARNESS_ARGS - 1 && (argv[n] = va_arg(ap, const char *)))
		n++;
	va_end(ap);
	h->broker = fork();
	if (!h->broker) {
		int log = open(harness_path(h, "log"), O_WRONLY | O_CREAT | O_APPEND, 0644);

		dup2(log, STDERR_FILENO);
		close(log);
		execv(harness_program("vgpu-pvd"), (char **)argv);
		_exit(127);
	}
	for (n = 0; n < 500 && sock < 0; n++) {
		usleep(10000);
		assert_int_equal(waitpid(h->broker, NULL, WNOHANG), 0);
		sock = harness_connect(h);
	}
	assert_true(sock >= 0);
	close(sock);
}

void harness_stop(struct harness *h)
{
	int status;

	kill(h->broker, SIGTERM);
	assert_int_equal(waitpid(h->broker, &status, 0), h->broker);
	h->broker = 0;
	if (status)
		harness_print_log(h);
	assert_int_equal(status, 0);
	assert_false(harness_exists(h, "b.sock"));
}

void harness_kill(struct harness *h)
{
	kill(h->broker, SIGKILL);
	waitpid(h->broker, NULL, 0);
	h->broker = 0;
}

unsigned int harness_broker_fds(const struct harness *h)
{
	char path[64];
	unsigned int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)h->broker);
	dir = opendir(path);
	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

unsigned int harness_workers(const struct harness *h)
{
	char path[64];
	unsigned int n = 0;
	FILE *file;
	int pid;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)h->broker, (int)h->broker);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fscanf(file, "%d", &pid) == 1)
		n++;
	fclose(file);
	return n;
}

int harness_connect(const struct harness *h)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = 5 };
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	strcpy(addr.sun_path, h->socket);
	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (!connect(sock, (struct sockaddr *)&addr, sizeof(addr)))
		return sock;
	close(sock);
	return -1;
}

json_t *harness_ask_bytes(int sock, const void *bytes, size_t len, int *fd)
{
	static char packet[VGPU_PV_BROKER_MAX_PACKET + 1];
	int fds[SCM_MAX_FDS];
	unsigned int nr_fds;
	json_t *answer;
	ssize_t n;

	if (scm_send(sock, bytes, len, NULL, 0) < 0)
		return NULL;
	n = scm_recv(sock, packet, sizeof(packet), fds, &nr_fds);
	if (n <= 0) {
		/* closed, but never silent */
		assert_int_not_equal(n, -EAGAIN);
		return NULL;
	}
	assert_true(n <= VGPU_PV_BROKER_MAX_PACKET);
	assert_int_equal(nr_fds, fd && nr_fds ? 1 : 0);
	if (fd)
		*fd = nr_fds ? fds[0] : -1;
	answer = json_loadb(packet, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(answer);
	return answer;
}

static json_t *harness_vask(int sock, int *fd, const char *fmt, va_list ap)
{
	char text[512], *quote;
	int len = vsnprintf(text, sizeof(text), fmt, ap);

	assert_true(len > 0 && len < (int)sizeof(text));
	while ((quote = strchr(text, '\'')))
		*quote = '"';
	return harness_ask_bytes(sock, text, (size_t)len, fd);
}

json_t *harness_ask(int sock, const char *fmt, ...)
{
	json_t *answer;
	va_list ap;

	va_start(ap, fmt);
	answer = harness_vask(sock, NULL, fmt, ap);
	va_end(ap);
	return answer;
}

void harness_ask_ok(int sock, const char *fmt, ...)
{
	json_t *answer;
	va_list ap;

	va_start(ap, fmt);
	answer = harness_vask(sock, NULL, fmt, ap);
	va_end(ap);
	assert_non_null(answer);
	if (!json_is_true(json_object_get(answer, "ok")))
		fail_msg("refused: %s", json_string_value(json_object_get(answer, "error")));
	json_decref(answer);
}

void harness_ask_error(int sock, const char *part, const char *fmt, ...)
{
	const char *error;
	json_t *answer;
	va_list ap;

	va_start(ap, fmt);
	answer = harness_vask(sock, NULL, fmt, ap);
	va_end(ap);
	assert_non_null(answer);
	assert_true(json_is_false(json_object_get(answer, "ok")));
	error = json_string_value(json_object_get(answer, "error"));
	assert_non_null(error);
	if (!strstr(error, part))
		fail_msg("'%s' is not in the error '%s'", part, error);
	json_decref(answer);
}

static json_t *harness_vask_fd(int sock, int *fd, const char *fmt, ...)
{
	json_t *answer;
	va_list ap;

	va_start(ap, fmt);
	answer = harness_vask(sock, fd, fmt, ap);
	va_end(ap);
	return answer;
}

int harness_attach(int sock, const char *key, const char *name)
{
	json_t *answer;
	int fd = -1;

	answer = harness_vask_fd(sock, &fd, "{'op': 'attach', '%s': '%s'}", key, name);
	assert_non_null(answer);
	if (!json_is_true(json_object_get(answer, "ok")))
		fail_msg("refused: %s", json_string_value(json_object_get(answer, "error")));
	assert_true(fd >= 0);
	json_decref(answer);
	return fd;
}

static json_t *harness_instance(int sock, const char *name)
{
	json_t *answer = harness_ask(sock, "{'op': 'stats', 'name': '%s'}", name);
	json_t *instance;

	assert_non_null(answer);
	instance = json_incref(json_array_get(json_object_get(answer, "instances"), 0));
	json_decref(answer);
	return instance;
}

const char *harness_state(int sock, const char *name)
{
	static char state[32];
	json_t *instance = harness_instance(sock, name);
	const char *text = json_string_value(json_object_get(instance, "state"));

	snprintf(state, sizeof(state), "%s", text ? text : "");
	json_decref(instance);
	return state;
}

pid_t harness_worker(int sock, const char *name)
{
	json_t *instance = harness_instance(sock, name);
	pid_t pid = (pid_t)json_integer_value(json_object_get(instance, "worker"));

	json_decref(instance);
	return pid;
}

char harness_process(pid_t pid)
{
	char path[64], state = 'X';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	if (!file)
		return state;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 'X';
	fclose(file);
	return state;
}

/* A zombie that nobody has reaped yet is not alive. */
bool harness_alive(pid_t pid)
{
	char state = harness_process(pid);

	return state != 'Z' && state != 'X';
}

bool harness_exists(const struct harness *h, const char *name)
{
	struct stat st;

	return !lstat(harness_path(h, name), &st);
}

void harness_write(const struct harness *h, const char *name, const char *text)
{
	FILE *file = fopen(harness_path(h, name), "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

int harness_run(char **text, const char *const argv[])
{
	int out[2], status;
	size_t len = 0, room = 65536;
	ssize_t n;
	pid_t pid;

	*text = calloc(1, room);
	assert_non_null(*text);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		dup2(out[1], STDOUT_FILENO);
		dup2(out[1], STDERR_FILENO);
		execv(argv[0], (char **)argv);
		_exit(127);
	}
	close(out[1]);
	while (len < room - 1 && (n = read(out[0], *text + len, room - 1 - len)) > 0)
		len += (size_t)n;
	close(out[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}
