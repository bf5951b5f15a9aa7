// SPDX-License-Identifier: MIT
/*
 * The command line.  Every value is checked here, so that the rest of the
 * worker starts from facts.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "egl.h"
#include "log.h"
#include "options.h"
#include "size.h"
#include "version.h"

#define DEFAULT_MEMORY	(512ull << 20)
#define MIN_MEMORY	(1ull << 20)

enum {
	OPT_SOCKET = 256,
	OPT_SOCKET_FD,
	OPT_STATS_FD,
	OPT_NAME,
	OPT_MEMORY,
	OPT_GPU,
	OPT_LIST_GPUS,
	OPT_CHECK,
	OPT_USER,
	OPT_NO_JAIL,
	OPT_VERSION,
};

static const struct option options_long[] = {
	{ "socket", required_argument, NULL, OPT_SOCKET },
	{ "socket-fd", required_argument, NULL, OPT_SOCKET_FD },
	{ "stats-fd", required_argument, NULL, OPT_STATS_FD },
	{ "name", required_argument, NULL, OPT_NAME },
	{ "memory", required_argument, NULL, OPT_MEMORY },
	{ "gpu", required_argument, NULL, OPT_GPU },
	{ "list-gpus", no_argument, NULL, OPT_LIST_GPUS },
	{ "check", no_argument, NULL, OPT_CHECK },
	{ "user", required_argument, NULL, OPT_USER },
	{ "no-jail", no_argument, NULL, OPT_NO_JAIL },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void options_help(void)
{
	fputs("usage: vgpu-pv-worker (--socket PATH | --socket-fd FD) [OPTION]...\n"
	      "\n"
	      "Renders for one guest: serves the submit rings of one QEMU's -device vgpu-pv\n"
	      "over vhost-user, and ends when QEMU closes the connection.  vgpu-pvd starts\n"
	      "one for each guest; by hand, give its socket to QEMU as chardev=.\n"
	      "\n"
	      "  --socket PATH     listen at PATH, serve the first QEMU that connects\n"
	      "  --socket-fd FD    serve the connected socket FD\n"
	      "  --stats-fd FD     publish counters in the shared page FD\n"
	      "  --name NAME       of the guest, in log lines (default: guest)\n"
	      "  --memory SIZE     device memory of the guest, as 256M or 2G (default: 512M)\n"
	      "  --gpu GPU         auto (a GPU, else llvmpipe; the default), surfaceless,\n"
	      "                    an index of the EGL devices, or a node as /dev/dri/renderD128\n"
	      "  --list-gpus       list the GPUs that start here, and exit\n"
	      "  --check           start the GPU, and exit: with status 0 if it starts\n"
	      "  --user USER       run as USER where started by root (default: nobody)\n"
	      "  --no-jail         keep privileges and system calls: for debugging only\n"
	      "  -v, --verbose     log what the guest does wrong in detail\n"
	      "  -h, --help        this text\n"
	      "  --version         the version\n",
	      stdout);
}

static int options_fd(const char *option, const char *text, int *fd)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || end == text || *end || value < 0 || value > 1 << 20 ||
	    fcntl((int)value, F_GETFD) < 0) {
		log_err("%s %s: not an open file descriptor", option, text);
		return -EBADF;
	}
	*fd = (int)value;
	return 0;
}

static int options_name(char *name, const char *text)
{
	size_t len = strlen(text);

	if (!len || len > VGPU_PV_MAX_NAME ||
	    strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != len) {
		log_err("--name %s: 1 to %d letters, digits, '-', '_', '.'", text, VGPU_PV_MAX_NAME);
		return -EINVAL;
	}
	memcpy(name, text, len + 1);
	return 0;
}

static int options_memory(uint64_t *memory, const char *text)
{
	if (size_parse(text, memory) < 0 || *memory < MIN_MEMORY) {
		log_err("--memory %s: a size as 256M or 2G, at least 1M", text);
		return -EINVAL;
	}
	return 0;
}

int options_parse(struct options *opt, int argc, char **argv)
{
	int c, ret = 0;

	*opt = (struct options){
		.socket_fd = -1,
		.stats_fd = -1,
		.name = "guest",
		.memory = DEFAULT_MEMORY,
		.gpu = "auto",
		.user = "nobody",
		.jail = true,
	};
	while (!ret && (c = getopt_long(argc, argv, "vh", options_long, NULL)) != -1) {
		switch (c) {
		case OPT_SOCKET:
			opt->socket_path = optarg;
			break;
		case OPT_SOCKET_FD:
			ret = options_fd("--socket-fd", optarg, &opt->socket_fd);
			break;
		case OPT_STATS_FD:
			ret = options_fd("--stats-fd", optarg, &opt->stats_fd);
			break;
		case OPT_NAME:
			ret = options_name(opt->name, optarg);
			break;
		case OPT_MEMORY:
			ret = options_memory(&opt->memory, optarg);
			break;
		case OPT_GPU:
			opt->gpu = optarg;
			break;
		case OPT_LIST_GPUS:
			egl_list(stdout);
			return 1;
		case OPT_CHECK:
			opt->check = true;
			break;
		case OPT_USER:
			opt->user = optarg;
			break;
		case OPT_NO_JAIL:
			opt->jail = false;
			break;
		case OPT_VERSION:
			puts("vgpu-pv-worker " VGPU_PV_VERSION);
			return 1;
		case 'v':
			opt->verbose = true;
			break;
		case 'h':
			options_help();
			return 1;
		default:
			fputs("try: vgpu-pv-worker --help\n", stderr);
			return -EINVAL;
		}
	}
	if (ret)
		return ret;
	if (optind < argc) {
		log_err("%s: not an option; try --help", argv[optind]);
		return -EINVAL;
	}
	if (!opt->check && !opt->socket_path == (opt->socket_fd < 0)) {
		log_err("give one of --socket PATH and --socket-fd FD; try --help");
		return -EINVAL;
	}
	return 0;
}
