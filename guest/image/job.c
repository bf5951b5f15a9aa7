// SPDX-License-Identifier: MIT
/*
 * Process 1 of the guest once it is set up: runs the one command that guest/vm
 * was given, carries its output to the host and tells its exit status.
 *
 * The command comes as NUL-terminated words in a firmware file, so that no shell
 * and no kernel command line touches its bytes.  It writes into pipes and not
 * into the virtio ports themselves, because a port can be opened only once
 * and a program may well open /dev/stdout again.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOB_FILE	"/sys/firmware/qemu_fw_cfg/by_name/opt/vgpu-pv/job/raw"
#define JOB_PORTS	"/sys/class/virtio-ports"
#define JOB_MAX_SIZE	(1 << 20)

enum { OUT, ERR, STREAMS };

static void __attribute__((noreturn)) job_power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

static void __attribute__((noreturn, format(printf, 1, 2)))
job_die(const char *fmt, ...)
{
	FILE *log = fopen("/dev/kmsg", "w");
	va_list ap;

	if (log) {
		fputs("<2>vgpu-pv guest: ", log);
		va_start(ap, fmt);
		vfprintf(log, fmt, ap);
		va_end(ap);
		fclose(log);
	}
	job_power_off();
}

static void job_write(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t done = write(fd, data, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return;
		data += done;
		size -= done;
	}
}

/* Opens the virtio port of that name: without udev, no link carries it. */
static int job_open_port(const char *wanted)
{
	char path[512], name[64];
	struct dirent *entry;
	DIR *dir = opendir(JOB_PORTS);
	int fd = -1;

	while (dir && fd < 0 && (entry = readdir(dir))) {
		FILE *file;

		snprintf(path, sizeof(path), JOB_PORTS "/%s/name", entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		if (fscanf(file, "%63s", name) == 1 && !strcmp(name, wanted)) {
			snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
			fd = open(path, O_WRONLY | O_CLOEXEC);
		}
		fclose(file);
	}
	if (dir)
		closedir(dir);
	if (fd < 0)
		job_die("no virtio port named %s", wanted);
	return fd;
}

/* The words of the command, in memory that is never freed. */
static char **job_read(void)
{
	char *text = malloc(JOB_MAX_SIZE + 1);
	FILE *file = fopen(JOB_FILE, "r");
	size_t size, words = 0, i;
	char **argv;

	if (!text || !file)
		job_die("cannot read %s: %s", JOB_FILE, strerror(errno));
	size = fread(text, 1, JOB_MAX_SIZE, file);
	fclose(file);
	text[size] = '\0';
	for (i = 0; i < size; i++)
		words += !text[i];
	argv = calloc(words + 1, sizeof(*argv));
	if (!argv || !words)
		job_die("the command is empty");
	for (i = 0; i < words; i++) {
		argv[i] = text;
		text += strlen(text) + 1;
	}
	return argv;
}

static pid_t job_start(char **argv, int from[STREAMS])
{
	int to[STREAMS], i, ends[2];
	sigset_t none;
	pid_t pid;

	for (i = 0; i < STREAMS; i++) {
		if (pipe2(ends, O_CLOEXEC))
			job_die("pipe: %s", strerror(errno));
		from[i] = ends[0];
		to[i] = ends[1];
		fcntl(from[i], F_SETFL, O_NONBLOCK);
	}
	pid = fork();
	if (pid < 0)
		job_die("fork: %s", strerror(errno));
	if (!pid) {
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		setsid();
		dup2(to[OUT], STDOUT_FILENO);
		dup2(to[ERR], STDERR_FILENO);
		execvp(argv[0], argv);
		i = errno;
		fprintf(stderr, "%s: %s\n", argv[0], strerror(i));
		_exit(i == ENOENT ? 127 : 126);
	}
	for (i = 0; i < STREAMS; i++)
		close(to[i]);
	return pid;
}

/* Carries at most a pipeful; returns 0 once the stream is at its end. */
static int job_carry(int from, int port)
{
	static char data[65536];
	ssize_t size = read(from, data, sizeof(data));

	if (size > 0)
		job_write(port, data, size);
	return size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Reaps every child; returns 1 and the status once it was the command. */
static int job_ended(pid_t command, int *status)
{
	int now;
	pid_t pid;

	while ((pid = waitpid(-1, &now, WNOHANG)) > 0) {
		if (pid == command) {
			*status = WIFEXITED(now) ? WEXITSTATUS(now) : 128 + WTERMSIG(now);
			return 1;
		}
	}
	return 0;
}

int main(void)
{
	int from[STREAMS], ports[STREAMS], state, status = 0, children, i;
	struct pollfd polls[STREAMS + 1];
	struct signalfd_siginfo info;
	sigset_t mask;
	char **argv;
	char line[32];
	pid_t pid;

	i = open("/dev/null", O_RDWR);
	if (i < 0 || dup2(i, 0) < 0 || dup2(i, 1) < 0 || dup2(i, 2) < 0)
		job_die("/dev/null: %s", strerror(errno));
	if (i > 2)
		close(i);

	ports[OUT] = job_open_port("vgpu-pv.stdout");
	ports[ERR] = job_open_port("vgpu-pv.stderr");
	state = job_open_port("vgpu-pv.status");
	argv = job_read();

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	children = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);

	job_write(state, "start 0\n", 8);
	pid = job_start(argv, from);

	for (i = 0; i < STREAMS; i++)
		polls[i] = (struct pollfd){ .fd = from[i], .events = POLLIN };
	polls[STREAMS] = (struct pollfd){ .fd = children, .events = POLLIN };

	for (;;) {
		if (poll(polls, STREAMS + 1, -1) < 0 && errno != EINTR)
			job_die("poll: %s", strerror(errno));
		for (i = 0; i < STREAMS; i++) {
			if (polls[i].revents && !job_carry(from[i], ports[i]))
				polls[i].fd = -1;
		}
		while (read(children, &info, sizeof(info)) > 0)
			;
		if (job_ended(pid, &status))
			break;
	}
	/* What the command wrote is in the pipes; what outlives it is not waited for. */
	for (i = 0; i < STREAMS; i++)
		job_carry(from[i], ports[i]);

	snprintf(line, sizeof(line), "exit %d\n", status);
	job_write(state, line, strlen(line));
	job_power_off();
}
