// SPDX-License-Identifier: MIT
/*
 * vgpu-pvctl: the operator's tool.  One table names the commands, the options
 * that each takes, and whether it takes a name; one walk over the command line
 * checks it whole before anything is asked of the broker.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "link.h"
#include "log.h"
#include "size.h"
#include "version.h"
#include "vgpu_pv_link.h"

#define MAIN_MAX_INTERVAL 3600

static const char main_help[] =
	"Usage: vgpu-pvctl [--socket PATH] COMMAND\n"
	"Asks vgpu-pvd, the broker of paravirtual GPUs.\n"
	"\n"
	"  create NAME --memory SIZE     make an instance, for -device vgpu-pv,instance=NAME\n"
	"  destroy NAME [--force]        take one away; --force: even from a running guest\n"
	"  list [--json]                 all instances and their states\n"
	"  stats [NAME] [--json] [--interval SECONDS]\n"
	"                                what each uses and has done; with --interval what it\n"
	"                                does in a second\n"
	"\n"
	"      --socket PATH             the broker's socket\n"
	"                                (" VGPU_PV_BROKER_SOCKET ")\n"
	"      --help                    print this, and exit\n"
	"      --version                 print the version, and exit\n"
	"\n"
	"Exit status: 0 done, 1 refused by the broker, 2 wrong usage, 3 no broker.\n"
	"See vgpu-pvctl(1).\n";

enum {
	OPT_MEMORY = 1 << 0,
	OPT_FORCE = 1 << 1,
	OPT_JSON = 1 << 2,
	OPT_INTERVAL = 1 << 3,
	OPT_SOCKET = 1 << 8,
	OPT_HELP = 1 << 9,
	OPT_VERSION = 1 << 10,
};

static const struct option main_options[] = {
	{ "socket", required_argument, NULL, OPT_SOCKET },
	{ "memory", required_argument, NULL, OPT_MEMORY },
	{ "force", no_argument, NULL, OPT_FORCE },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "interval", required_argument, NULL, OPT_INTERVAL },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ 0 },
};

static const struct main_command {
	const char *name;
	enum { NAME_NEEDED, NAME_MAY_BE, NAME_NONE } takes_name;
	int options; /* that it takes */
	int needed;  /* that it cannot do without */
	enum command_status (*run)(int sock, const struct command_args *args);
} main_commands[] = {
	{ "create", NAME_NEEDED, OPT_MEMORY, OPT_MEMORY, command_create },
	{ "destroy", NAME_NEEDED, OPT_FORCE, 0, command_destroy },
	{ "list", NAME_NONE, OPT_JSON, 0, command_list },
	{ "stats", NAME_MAY_BE, OPT_JSON | OPT_INTERVAL, 0, command_stats },
};

#define MAIN_NR_COMMANDS (sizeof(main_commands) / sizeof(main_commands[0]))

static const char *main_option_name(int opt)
{
	const struct option *option;

	for (option = main_options; option->name; option++) {
		if (option->val & opt)
			return option->name;
	}
	return "";
}

static int main_interval(const char *text, double *seconds)
{
	char *end;

	*seconds = strtod(text, &end);
	if (end == text || *end || !(*seconds > 0) || *seconds > MAIN_MAX_INTERVAL) {
		log_err("--interval: '%s' is no number of seconds above 0 and up to %d", text,
			MAIN_MAX_INTERVAL);
		return -EINVAL;
	}
	return 0;
}

/* Reads the options into args and *given; *given < 0: it has been answered. */
static int main_walk(int argc, char **argv, struct command_args *args, int *given)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "", main_options, NULL)) != -1) {
		switch (opt) {
		case OPT_SOCKET:
			args->socket = optarg;
			break;
		case OPT_MEMORY:
			if (size_parse(optarg, &args->memory) || args->memory > INT64_MAX) {
				log_err("--memory: '%s' is no size: write bytes, or a number with "
					"K, M, G or T",
					optarg);
				return -EINVAL;
			}
			break;
		case OPT_FORCE:
			args->force = true;
			break;
		case OPT_JSON:
			args->json = true;
			break;
		case OPT_INTERVAL:
			if (main_interval(optarg, &args->interval))
				return -EINVAL;
			break;
		case OPT_HELP:
			fputs(main_help, stdout);
			*given = -1;
			return 0;
		case OPT_VERSION:
			puts("vgpu-pvctl " VGPU_PV_VERSION);
			*given = -1;
			return 0;
		default:
			return -EINVAL;
		}
		*given |= opt;
	}
	return 0;
}

static const struct main_command *main_find(const char *name)
{
	unsigned int i;

	for (i = 0; name && i < MAIN_NR_COMMANDS; i++) {
		if (!strcmp(main_commands[i].name, name))
			return &main_commands[i];
	}
	if (name)
		log_err("unknown command '%s': create, destroy, list and stats are known", name);
	else
		log_err("a command is missing: create, destroy, list or stats");
	return NULL;
}

/* The words after the command, and the options beside it. */
static int main_check(const struct main_command *command, char **words, int nr, int given,
		      struct command_args *args)
{
	int wrong = given & ~(command->options | OPT_SOCKET);
	int most = command->takes_name == NAME_NONE ? 0 : 1;

	if (wrong) {
		log_err("%s takes no --%s", command->name, main_option_name(wrong & -wrong));
		return -EINVAL;
	}
	if (command->needed & ~given) {
		log_err("%s needs --%s", command->name, main_option_name(command->needed & ~given));
		return -EINVAL;
	}
	if (nr > most) {
		log_err("%s: '%s' is one word too many", command->name, words[most]);
		return -EINVAL;
	}
	if (!nr && command->takes_name == NAME_NEEDED) {
		log_err("%s needs the instance's name", command->name);
		return -EINVAL;
	}
	args->name = nr ? words[0] : NULL;
	return 0;
}

int main(int argc, char **argv)
{
	struct command_args args = { .socket = VGPU_PV_BROKER_SOCKET };
	const struct main_command *command;
	enum command_status status;
	int given = 0, sock;

	log_init("vgpu-pvctl", LOG_LEVEL_INFO);
	if (main_walk(argc, argv, &args, &given))
		goto usage;
	if (given < 0)
		return COMMAND_OK;
	command = main_find(argv[optind]);
	if (!command || main_check(command, argv + optind + 1, argc - optind - 1, given, &args))
		goto usage;
	sock = link_connect(args.socket);
	if (sock < 0)
		return COMMAND_NO_BROKER;
	status = command->run(sock, &args);
	close(sock);
	return status;

usage:
	log_err("see vgpu-pvctl --help");
	return COMMAND_USAGE;
}
