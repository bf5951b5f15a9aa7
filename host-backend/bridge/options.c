// SPDX-License-Identifier: MIT
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "log.h"
#include "options.h"
#include "version.h"
#include "vgpu_pv_link.h"
#include "vtest_protocol.h"

static const char options_help[] =
	"Usage: vgpu-pv-bridge [OPTION]...\n"
	"       vgpu-pv-bridge run [OPTION]... [--] PROGRAM [ARGUMENT]...\n"
	"A paravirtual GPU for programs on this machine, without a virtual machine: serves\n"
	"Mesa's virpipe driver (GALLIUM_DRIVER=virpipe) over a socket.\n"
	"\n"
	"  run PROGRAM          run PROGRAM with a GPU, and return its exit status; starts a\n"
	"                       broker for that time where none serves\n"
	"\n"
	"      --instance NAME  use the instance NAME, made if there is none; means --share\n"
	"      --share          all clients on one GPU (default: each has its own)\n"
	"      --broker PATH    the broker's socket\n"
	"                       (" VGPU_PV_BROKER_SOCKET ")\n"
	"      --socket PATH    serve PATH (" VTEST_DEFAULT_SOCKET "); not with run\n"
	"      --verbose        tell of each client\n"
	"      --help           print this, and exit\n"
	"      --version        print the version, and exit\n"
	"\n"
	"See vgpu-pv-bridge(1).\n";

enum { OPT_INSTANCE = 1, OPT_SHARE, OPT_BROKER, OPT_SOCKET, OPT_VERBOSE, OPT_HELP, OPT_VERSION };

static const struct option options_known[] = {
	{ "instance", required_argument, NULL, OPT_INSTANCE },
	{ "share", no_argument, NULL, OPT_SHARE },
	{ "broker", required_argument, NULL, OPT_BROKER },
	{ "socket", required_argument, NULL, OPT_SOCKET },
	{ "verbose", no_argument, NULL, OPT_VERBOSE },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ 0 },
};

static int options_usage(void)
{
	log_err("see vgpu-pv-bridge --help");
	return -EINVAL;
}

static int options_path(const char *option, const char *path)
{
	if (*path && strlen(path) < sizeof(((struct sockaddr_un *)0)->sun_path))
		return 0;
	log_err("%s: a socket's path has 1 to %zu bytes, '%s' has %zu", option,
		sizeof(((struct sockaddr_un *)0)->sun_path) - 1, path, strlen(path));
	return -EINVAL;
}

/* 0; 1: answered; negative: refused */
static int options_walk(struct options *opt, int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "+", options_known, NULL)) != -1) {
		switch (c) {
		case OPT_INSTANCE:
			opt->instance = optarg;
			opt->share = true;
			break;
		case OPT_SHARE:
			opt->share = true;
			break;
		case OPT_BROKER:
			opt->broker = optarg;
			break;
		case OPT_SOCKET:
			opt->socket = optarg;
			break;
		case OPT_VERBOSE:
			opt->verbose = true;
			break;
		case OPT_HELP:
			fputs(options_help, stdout);
			return 1;
		case OPT_VERSION:
			puts("vgpu-pv-bridge " VGPU_PV_VERSION);
			return 1;
		default:
			return -EINVAL;
		}
	}
	return 0;
}

int options_parse(struct options *opt, int argc, char **argv)
{
	bool run = argc > 1 && !strcmp(argv[1], "run");
	int ret;

	/* from the start, for run's status is its own where it is not understood */
	*opt = (struct options){ .broker = VGPU_PV_BROKER_SOCKET, .program = run ? argv : NULL };
	ret = options_walk(opt, argc - run, argv + run);
	if (ret)
		return ret > 0 ? ret : options_usage();
	argv += run + optind;
	if (run && opt->socket) {
		log_err("run makes a socket of its own, and takes no --socket");
		return options_usage();
	}
	if (run != !!*argv) {
		if (run)
			log_err("run needs a program");
		else
			log_err("'%s' is not a command: there is run PROGRAM", *argv);
		return options_usage();
	}
	opt->program = run ? argv : NULL;
	if (!opt->socket)
		opt->socket = VTEST_DEFAULT_SOCKET;
	if (options_path("--socket", opt->socket) || options_path("--broker", opt->broker))
		return options_usage();
	return 0;
}
