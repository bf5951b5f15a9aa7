// SPDX-License-Identifier: MIT
/*
 * Worker processes.  A pidfd each, in place of SIGCHLD: no process id can be
 * mistaken for a later one, and each exit arrives at its own worker.  Workers
 * are sessions of their own and are not tied to the broker's life, so that
 * neither ^C nor the broker's death reaches a guest.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "instance.h"
#include "log.h"
#include "options.h"
#include "worker.h"

#define WORKER_KILL_MS 100
#define WORKER_ARGS    14

/* Workers that were told to end may pile up for 100 ms; more than this may not. */
#define WORKER_MAX (2 * OPTIONS_MAX_INSTANCES)

static struct worker *workers;
static unsigned int nr_workers;

static void worker_free(struct worker *worker)
{
	struct worker **link;

	for (link = &workers; *link; link = &(*link)->next) {
		if (*link == worker) {
			*link = worker->next;
			nr_workers--;
			break;
		}
	}
	loop_del(&worker->killer);
	loop_del(&worker->exited);
	if (worker->stats)
		munmap((void *)worker->stats, (size_t)sysconf(_SC_PAGESIZE));
	free(worker);
}

static void worker_killer_ready(struct loop_source *source, uint32_t events)
{
	struct worker *worker = loop_owner(source, struct worker, killer);

	(void)events;
	loop_del(source);
	log_warn("instance %s: worker %d did not end within %d ms, and is killed", worker->name,
		 (int)worker->pid, WORKER_KILL_MS);
	pidfd_send_signal(worker->exited.fd, SIGKILL, NULL, 0);
}

static void worker_exited_ready(struct loop_source *source, uint32_t events)
{
	struct worker *worker = loop_owner(source, struct worker, exited);
	bool told = !worker->instance;
	siginfo_t info = { 0 };

	(void)events;
	if (waitid(P_PIDFD, (id_t)source->fd, &info, WEXITED | WNOHANG) || !info.si_pid)
		return;
	if (info.si_code == CLD_EXITED)
		log_printf(told || !info.si_status ? LOG_LEVEL_INFO : LOG_LEVEL_WARN,
			   "instance %s: worker %d exited with status %d", worker->name,
			   (int)worker->pid, info.si_status);
	else
		log_printf(told ? LOG_LEVEL_INFO : LOG_LEVEL_WARN,
			   "instance %s: worker %d ended by signal %d (%s)%s", worker->name,
			   (int)worker->pid, info.si_status, strsignal(info.si_status),
			   told ? ", as it was told" : "");
	if (worker->instance)
		instance_worker_gone(worker->instance);
	worker_free(worker);
}

/* The page cannot be resized by the worker, so reading it is always safe. */
static int worker_stats_page(const struct vgpu_pv_stats **stats)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *page;
	int fd, ret;

	fd = memfd_create("vgpu-pv-stats", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)size) ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		goto err;
	page = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		goto err;
	*stats = page;
	return fd;

err:
	ret = -errno;
	close(fd);
	return ret;
}

/* In the child: from here to the exec only system calls, and nothing is freed. */
static void worker_exec(char **argv, int socket_fd, int stats_fd)
{
	sigset_t none;

	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC) || fcntl(socket_fd, F_SETFD, 0) ||
	    fcntl(stats_fd, F_SETFD, 0))
		return;
	execv(argv[0], argv);
}

/* Returns the process, and in *pidfd its pidfd, or -errno: also of a failed exec. */
static pid_t worker_fork(const struct options *o, const struct instance *instance, int socket_fd,
			 int stats_fd, int *pidfd)
{
	char socket_text[16], stats_text[16], memory_text[32];
	char *argv[WORKER_ARGS] = {
		o->worker, "--socket-fd",	   socket_text, "--stats-fd", stats_text,
		"--name",  (char *)instance->name, "--memory",	memory_text
	};
	unsigned int nr = 9;
	int report[2], error = 0;
	ssize_t n;
	pid_t pid;

	snprintf(socket_text, sizeof(socket_text), "%d", socket_fd);
	snprintf(stats_text, sizeof(stats_text), "%d", stats_fd);
	snprintf(memory_text, sizeof(memory_text), "%" PRIu64, instance->memory);
	if (o->gpu) {
		argv[nr++] = "--gpu";
		argv[nr++] = o->gpu;
	}
	if (o->user) {
		argv[nr++] = "--user";
		argv[nr++] = o->user;
	}
	if (pipe2(report, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (!pid) {
		worker_exec(argv, socket_fd, stats_fd);
		error = errno;
		if (write(report[1], &error, sizeof(error)) < 0)
			_exit(126);
		_exit(127);
	}
	error = pid < 0 ? errno : 0;
	close(report[1]);
	if (pid > 0) {
		do {
			n = read(report[0], &error, sizeof(error));
		} while (n < 0 && errno == EINTR);
		*pidfd = error ? -1 : pidfd_open(pid, 0);
		if (!error && *pidfd < 0) {
			error = errno;
			kill(pid, SIGKILL);
		}
		if (error)
			waitpid(pid, NULL, 0);
	}
	close(report[0]);
	return error ? -error : pid;
}

/* By the worker itself, as only it knows what a name stands for. */
int worker_check_gpu(const struct options *o)
{
	char *argv[] = { o->worker, "--gpu", o->gpu, "--check", NULL };
	int status, error;
	pid_t pid;

	if (!o->gpu)
		return 0;
	error = posix_spawn(&pid, o->worker, NULL, NULL, argv, environ);
	if (!error && waitpid(pid, &status, 0) < 0)
		error = errno;
	if (error) {
		log_err("worker '%s' cannot be started: %s", o->worker, strerror(error));
		return -error;
	}
	if (status) {
		log_err("--gpu %s: no worker starts with it; vgpu-pvd --list-gpus names those that do",
			o->gpu);
		return -ENODEV;
	}
	return 0;
}

struct worker *worker_start(const struct options *o, struct instance *instance, int *qemu_fd,
			    char *why, size_t size)
{
	struct worker *worker;
	int pair[2], stats_fd, error;

	if (nr_workers >= WORKER_MAX) {
		snprintf(why, size, "%u workers are running or ending (limit %d): try again later",
			 nr_workers, WORKER_MAX);
		return NULL;
	}
	worker = calloc(1, sizeof(*worker));
	if (!worker) {
		snprintf(why, size, "out of memory");
		return NULL;
	}
	worker->exited.fd = -1;
	worker->exited.ready = worker_exited_ready;
	worker->killer.fd = -1;
	worker->killer.ready = worker_killer_ready;

	stats_fd = worker_stats_page(&worker->stats);
	if (stats_fd < 0) {
		error = -stats_fd;
		goto err_free;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
		error = errno;
		goto err_stats;
	}
	worker->pid = worker_fork(o, instance, pair[1], stats_fd, &worker->exited.fd);
	if (worker->pid < 0) {
		error = -worker->pid;
		goto err_pair;
	}
	error = -loop_add(&worker->exited);
	if (error) {
		pidfd_send_signal(worker->exited.fd, SIGKILL, NULL, 0);
		waitpid(worker->pid, NULL, 0);
		goto err_pair;
	}
	close(pair[1]);
	close(stats_fd);
	worker->instance = instance;
	strcpy(worker->name, instance->name);
	worker->next = workers;
	workers = worker;
	nr_workers++;
	*qemu_fd = pair[0];
	return worker;

err_pair:
	close(pair[0]);
	close(pair[1]);
err_stats:
	close(stats_fd);
err_free:
	snprintf(why, size, "worker '%s' cannot be started: %s", o->worker, strerror(error));
	log_err("instance %s: %s", instance->name, why);
	worker_free(worker);
	return NULL;
}

void worker_end(struct worker *worker)
{
	int signal = SIGTERM;

	worker->instance = NULL;
	if (loop_add_timer(&worker->killer, WORKER_KILL_MS))
		signal = SIGKILL;
	pidfd_send_signal(worker->exited.fd, signal, NULL, 0);
}

void worker_fini(void)
{
	while (workers) {
		if (!workers->instance)
			pidfd_send_signal(workers->exited.fd, SIGKILL, NULL, 0);
		worker_free(workers);
	}
}
