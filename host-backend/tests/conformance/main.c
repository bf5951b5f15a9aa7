// SPDX-License-Identifier: MIT
/*
 * vgpu-pv-conformance: asks an implementation of the device, over vhost-user,
 * for what the chapter requires of it and a front end can see.
 */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "version.h"

#define DEFAULT_LIMIT_S	60
#define MAX_LIMIT_S	3600
#define MAX_ONLY	64

enum {
	OPT_CONNECT = 256,
	OPT_START,
	OPT_ONLY,
	OPT_LIST,
	OPT_JSON,
	OPT_LIMIT,
	OPT_VERSION,
};

static const struct option long_options[] = {
	{ "connect", required_argument, NULL, OPT_CONNECT },
	{ "start", required_argument, NULL, OPT_START },
	{ "only", required_argument, NULL, OPT_ONLY },
	{ "list", no_argument, NULL, OPT_LIST },
	{ "json", required_argument, NULL, OPT_JSON },
	{ "limit", required_argument, NULL, OPT_LIMIT },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const struct conf_group *const groups[] = {
	&conf_messages, &conf_order, &conf_life, &conf_contexts, &conf_resources, &conf_transfers,
};

static struct conf_target target = { .limit_s = DEFAULT_LIMIT_S };
static const char *only[MAX_ONLY];
static unsigned int nr_only;
static const char *json_path;
static unsigned int counts[3];

static void help(void)
{
	fputs("usage: vgpu-pv-conformance (--connect SOCKET | --start COMMAND) [OPTION]...\n"
	      "\n"
	      "Checks an implementation of the vgpu-pv device against its specification, over\n"
	      "vhost-user: each requirement of the device that can be seen from there, by the\n"
	      "label that it has in the specification.  Closes with \"N passed, N failed, N\n"
	      "skipped\"; the exit status is 0 where none failed, 1 where one did, 2 where the\n"
	      "cases could not be run.\n"
	      "\n"
	      "  --connect SOCKET  of a back end that runs; it is reset ahead of each case\n"
	      "  --start COMMAND   starts a back end, for the shell and anew for each case: %s\n"
	      "                    stands for the socket that it is to listen at, or %d for a\n"
	      "                    connected one that it inherits\n"
	      "  --only LABEL      the cases of this requirement; may be repeated\n"
	      "  --list            list the cases, and exit\n"
	      "  --json FILE       write the results as JSON, too\n"
	      "  --limit SECONDS   for a case (default: 60)\n"
	      "  -v, --verbose     show what the back ends say\n"
	      "  -h, --help        this text\n"
	      "  --version         the version\n",
	      stdout);
}

static _Noreturn void usage_error(const char *text)
{
	fprintf(stderr, "vgpu-pv-conformance: %s; try --help\n", text);
	exit(2);
}

static bool is_label(const char *label)
{
	unsigned int g, i;

	for (g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		for (i = 0; i < groups[g]->nr; i++) {
			if (!strcmp(groups[g]->cases[i].label, label))
				return true;
		}
	}
	return false;
}

static void add_only(const char *label)
{
	if (nr_only == MAX_ONLY || !is_label(label))
		usage_error("--only takes a label that --list shows");
	only[nr_only++] = label;
}

static void list(void)
{
	unsigned int g, i;

	for (g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		for (i = 0; i < groups[g]->nr; i++)
			printf("%-24s %s\n", groups[g]->cases[i].label, groups[g]->cases[i].what);
	}
}

/* whether the program is done */
static bool parse(int argc, char **argv)
{
	char *end;
	int c;

	while ((c = getopt_long(argc, argv, "vh", long_options, NULL)) != -1) {
		switch (c) {
		case OPT_CONNECT:
			target.connect = optarg;
			break;
		case OPT_START:
			target.start = optarg;
			break;
		case OPT_ONLY:
			add_only(optarg);
			break;
		case OPT_LIST:
			list();
			return true;
		case OPT_JSON:
			json_path = optarg;
			break;
		case OPT_LIMIT:
			target.limit_s = (unsigned int)strtoul(optarg, &end, 10);
			if (*end || !target.limit_s || target.limit_s > MAX_LIMIT_S)
				usage_error("--limit takes 1 to 3600 seconds");
			break;
		case OPT_VERSION:
			puts("vgpu-pv-conformance " VGPU_PV_VERSION);
			return true;
		case 'v':
			target.verbose = true;
			break;
		case 'h':
			help();
			return true;
		default:
			usage_error("an option is wrong");
		}
	}
	if (optind < argc || !target.connect == !target.start)
		usage_error("give one of --connect SOCKET and --start COMMAND");
	if (target.start && !strstr(target.start, "%s") == !strstr(target.start, "%d"))
		usage_error("--start takes a command with %s or %d in it");
	return false;
}

static bool is_wanted(const struct conf_case *c)
{
	unsigned int i;

	for (i = 0; i < nr_only; i++) {
		if (!strcmp(only[i], c->label))
			return true;
	}
	return !nr_only;
}

static void run_one(const struct conf_case *c, json_t *cases)
{
	static const char *const names[] = { "pass", "FAIL", "skip" };
	static const char *const json_names[] = { "pass", "fail", "skip" };
	struct conf_outcome outcome;
	uint64_t start = fe_now_ms();

	conf_run(&target, c, &outcome);
	counts[outcome.result]++;
	printf("%s %s: %s%s%s\n", names[outcome.result], c->label, c->what,
	       *outcome.reason ? ": " : "", outcome.reason);
	fflush(stdout);
	json_array_append_new(cases, json_pack("{s:s, s:s, s:s, s:s, s:I}", "label", c->label,
					       "case", c->what, "result",
					       json_names[outcome.result], "reason", outcome.reason,
					       "ms", (json_int_t)(fe_now_ms() - start)));
}

int main(int argc, char **argv)
{
	json_t *cases = json_array(), *all;
	unsigned int g, i;

	if (parse(argc, argv)) {
		json_decref(cases);
		return 0;
	}
	conf_open(&target);
	for (g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		for (i = 0; i < groups[g]->nr; i++) {
			if (is_wanted(&groups[g]->cases[i]))
				run_one(&groups[g]->cases[i], cases);
		}
	}
	printf("%u passed, %u failed, %u skipped\n", counts[CONF_PASSED], counts[CONF_FAILED],
	       counts[CONF_SKIPPED]);
	all = json_pack("{s:s, s:i, s:i, s:i, s:o}", "version", VGPU_PV_VERSION, "passed",
			counts[CONF_PASSED], "failed", counts[CONF_FAILED], "skipped",
			counts[CONF_SKIPPED], "cases", cases);
	if (json_path && json_dump_file(all, json_path, JSON_INDENT(2))) {
		fprintf(stderr, "vgpu-pv-conformance: %s cannot be written\n", json_path);
		return 2;
	}
	json_decref(all);
	return counts[CONF_FAILED] ? 1 : 0;
}
