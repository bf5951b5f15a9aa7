// SPDX-License-Identifier: MIT
/*
 * vgpu-pvd: the broker.  It introduces QEMUs to workers and stays out of their
 * way: no guest's data passes through it, and its end ends no guest.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "client.h"
#include "daemon.h"
#include "instance.h"
#include "log.h"
#include "loop.h"
#include "options.h"
#include "server.h"
#include "worker.h"

/* Descriptors of an instance: its connection, its worker's pidfd and killer; and some spare. */
#define MAIN_FDS(instances) (4 * (rlim_t)(instances) + 2 * CLIENT_MAX_IDLE)

static void main_signal_ready(struct loop_source *source, uint32_t events)
{
	struct signalfd_siginfo info;

	(void)events;
	if (read(source->fd, &info, sizeof(info)) != sizeof(info))
		return;
	log_info("signal %u (%s): the broker ends, workers serve their guests on", info.ssi_signo,
		 strsignal((int)info.ssi_signo));
	loop_quit();
}

static struct loop_source main_signal = { .fd = -1, .ready = main_signal_ready };

static int main_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	main_signal.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return main_signal.fd < 0 ? -errno : loop_add(&main_signal);
}

static void main_raise_limit(const struct options *o)
{
	struct rlimit limit;
	rlim_t want = MAIN_FDS(o->max_instances);

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= want)
		return;
	limit.rlim_cur = want < limit.rlim_max ? want : limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < want)
		log_warn("%llu open files allowed, and %u instances may need %llu: raise the limit "
			 "or lower max-instances",
			 (unsigned long long)limit.rlim_cur, o->max_instances,
			 (unsigned long long)want);
}

static int main_start(const struct options *o)
{
	int ret;

	ret = loop_init();
	if (ret)
		return ret;
	ret = main_signals();
	if (ret)
		return ret;
	main_raise_limit(o);
	ret = server_init(o);
	if (ret)
		return ret;
	/* only whoever has the socket may read and write the files beside it */
	ret = instance_init(o);
	if (ret)
		return ret;
	ret = daemon_ready(o);
	if (!ret)
		log_info("serving %s", o->socket);
	return ret;
}

int main(int argc, char **argv)
{
	struct options options;
	int ret;

	log_init("vgpu-pvd", LOG_LEVEL_INFO);
	ret = options_parse(&options, argc, argv);
	if (!ret)
		ret = worker_check_gpu(&options);
	if (!ret)
		ret = daemon_start(&options);
	if (!ret) {
		ret = main_start(&options);
		if (!ret)
			ret = loop_run();
		if (ret)
			log_err("the broker ends: %s", strerror(-ret));
		daemon_fini();
		server_fini();
		client_fini();
		worker_fini();
		instance_fini();
		loop_del(&main_signal);
		loop_fini();
	}
	options_fini(&options);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
