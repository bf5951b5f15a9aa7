// SPDX-License-Identifier: MIT
/*
 * The broker's settings.  One table names them all: a setting is a flag and a
 * line of the configuration file under the same name, set by the same function,
 * so that the two cannot differ in what they take.
 */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "log.h"
#include "options.h"
#include "size.h"
#include "version.h"
#include "vgpu_pv_link.h"

#define OPTIONS_WORKER "vgpu-pv-worker"

static const char options_help[] =
	"Usage: vgpu-pvd [OPTION]...\n"
	"The broker of paravirtual GPUs: starts one vgpu-pv-worker for each QEMU that\n"
	"joins with -device vgpu-pv, under a quota of device memory.\n"
	"\n"
	"      --socket PATH        serve PATH (" VGPU_PV_BROKER_SOCKET ")\n"
	"      --memory SIZE        quota of an instance that names none (1G)\n"
	"      --max-instances N    refuse more instances than N (64)\n"
	"      --gpu GPU            the GPU that the workers use, as --list-gpus names it\n"
	"      --list-gpus          list the GPUs that a worker can use, and exit\n"
	"      --worker PATH        the worker (beside this program, or in ../bin)\n"
	"      --user USER          what workers that root starts become (nobody)\n"
	"      --group GROUP        let GROUP connect, create and destroy\n"
	"      --config FILE        read FILE (" OPTIONS_CONFIG ", if it is there)\n"
	"      --daemon             go to the background once the socket is served\n"
	"      --help               print this, and exit\n"
	"      --version            print the version, and exit\n"
	"\n"
	"See vgpu-pvd(8), vgpu-pvd.conf(5) and vgpu-pvctl(1).\n";

static int options_replace(char **slot, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*slot);
	*slot = copy;
	return 0;
}

static int set_socket(struct options *o, const char *value, char *why, size_t size)
{
	if (!*value) {
		snprintf(why, size, "the socket's path is empty");
		return -EINVAL;
	}
	return options_replace(&o->socket, value);
}

static int set_gpu(struct options *o, const char *value, char *why, size_t size)
{
	if (!*value) {
		snprintf(why, size, "the GPU's name is empty: vgpu-pvd --list-gpus lists them");
		return -EINVAL;
	}
	return options_replace(&o->gpu, value);
}

static int set_worker(struct options *o, const char *value, char *why, size_t size)
{
	if (access(value, X_OK)) {
		snprintf(why, size, "worker '%s' cannot be run: %s", value, strerror(errno));
		return -EINVAL;
	}
	return options_replace(&o->worker, value);
}

static int options_memory_parse(const char *value, uint64_t *memory, char *why, size_t size)
{
	if (size_parse(value, memory)) {
		snprintf(why, size, "'%s' is no size: write bytes, or a number with K, M, G or T",
			 value);
		return -EINVAL;
	}
	return options_memory_check(*memory, why, size);
}

static int set_memory(struct options *o, const char *value, char *why, size_t size)
{
	return options_memory_parse(value, &o->memory, why, size);
}

static int set_max_instances(struct options *o, const char *value, char *why, size_t size)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(value, &end, 10);
	if (errno || end == value || *end || *value == '-' || n < 1 || n > OPTIONS_MAX_INSTANCES) {
		snprintf(why, size, "'%s' is no number of instances from 1 to %d", value,
			 OPTIONS_MAX_INSTANCES);
		return -EINVAL;
	}
	o->max_instances = (unsigned int)n;
	return 0;
}

static int set_user(struct options *o, const char *value, char *why, size_t size)
{
	if (!getpwnam(value)) {
		snprintf(why, size, "there is no user '%s'", value);
		return -EINVAL;
	}
	return options_replace(&o->user, value);
}

static int set_group(struct options *o, const char *value, char *why, size_t size)
{
	struct group *gr = getgrnam(value);

	if (!gr) {
		snprintf(why, size, "there is no group '%s'", value);
		return -EINVAL;
	}
	o->group_gid = gr->gr_gid;
	return options_replace(&o->group, value);
}

static const struct {
	const char *key;
	int (*set)(struct options *o, const char *value, char *why, size_t size);
} options_settings[] = {
	{ "socket", set_socket }, { "memory", set_memory }, { "max-instances", set_max_instances },
	{ "gpu", set_gpu },	  { "worker", set_worker }, { "user", set_user },
	{ "group", set_group },
};

#define OPTIONS_NR_SETTINGS (sizeof(options_settings) / sizeof(options_settings[0]))

int options_set(struct options *o, const char *key, const char *value, char *why, size_t size)
{
	unsigned int i;
	int ret;

	for (i = 0; i < OPTIONS_NR_SETTINGS; i++) {
		if (strcmp(options_settings[i].key, key))
			continue;
		ret = options_settings[i].set(o, value, why, size);
		if (ret == -ENOMEM)
			snprintf(why, size, "out of memory");
		return ret;
	}
	snprintf(why, size, "unknown setting '%s': see vgpu-pvd.conf(5)", key);
	return -EINVAL;
}

bool options_name_valid(const char *name)
{
	size_t len = strlen(name);

	return len >= 1 && len <= VGPU_PV_MAX_NAME && name[0] != '.' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
		       len;
}

int options_memory_check(uint64_t memory, char *why, size_t size)
{
	char text[SIZE_TEXT];

	if (memory >= OPTIONS_MIN_MEMORY && memory <= OPTIONS_MAX_MEMORY)
		return 0;
	snprintf(why, size, "a quota of %s is not between 16M and 16T", size_format(memory, text));
	return -EINVAL;
}

int options_add_instance(struct options *o, const char *name, const char *memory, char *why,
			 size_t size)
{
	struct options_instance *instance, **link;
	uint64_t bytes;
	int ret;

	if (!options_name_valid(name)) {
		snprintf(why, size,
			 "'%s' is no instance name: 1 to %d letters, digits, '-', '_' and '.', "
			 "not starting with '.'",
			 name, VGPU_PV_MAX_NAME);
		return -EINVAL;
	}
	ret = options_memory_parse(memory, &bytes, why, size);
	if (ret)
		return ret;
	for (link = &o->instances; *link; link = &(*link)->next) {
		if (!strcmp((*link)->name, name)) {
			snprintf(why, size, "instance '%s' is there already", name);
			return -EEXIST;
		}
	}
	instance = calloc(1, sizeof(*instance));
	if (instance)
		instance->name = strdup(name);
	if (!instance || !instance->name) {
		free(instance);
		snprintf(why, size, "out of memory");
		return -ENOMEM;
	}
	instance->memory = bytes;
	*link = instance;
	return 0;
}

char *options_beside(const struct options *o, const char *suffix)
{
	size_t len = strlen(o->socket);
	char *path;

	if (len > 5 && !strcmp(o->socket + len - 5, ".sock"))
		len -= 5;
	return asprintf(&path, "%.*s%s", (int)len, o->socket, suffix) < 0 ? NULL : path;
}

/* The paths must hold after a change of directory; the folder of the socket may be new. */
static int options_absolute_socket(struct options *o)
{
	char dir[PATH_MAX], real[PATH_MAX], *slash, *path;
	const char *name = o->socket;

	slash = strrchr(o->socket, '/');
	snprintf(dir, sizeof(dir), "%s", ".");
	if (slash) {
		name = slash + 1;
		snprintf(dir, sizeof(dir), "%.*s", (int)(slash - o->socket + 1), o->socket);
		if (mkdir(dir, 0755) && errno != EEXIST) {
			log_err("folder '%s' of the socket cannot be made: %s: make it, or give "
				"another --socket",
				dir, strerror(errno));
			return -errno;
		}
	}
	if (!*name || !realpath(dir, real)) {
		log_err("'%s' is no path for a socket: %s", o->socket,
			*name ? strerror(errno) : "it names a folder");
		return -EINVAL;
	}
	if (asprintf(&path, "%s/%s", strcmp(real, "/") ? real : "", name) < 0)
		return -ENOMEM;
	free(o->socket);
	o->socket = path;
	return 0;
}

/* Installed or in the folder of a build: from where this program is, the worker is not far. */
static int options_find_worker(struct options *o)
{
	static const char *const places[] = { "", "../bin/" };
	char self[PATH_MAX], real[PATH_MAX], *path, *slash;
	unsigned int i;
	ssize_t len;

	len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (len < 0 && !o->worker)
		return -errno;
	self[len > 0 ? len : 0] = '\0';
	slash = strrchr(self, '/');
	if (slash)
		slash[1] = '\0';
	for (i = 0; !o->worker && i < sizeof(places) / sizeof(places[0]); i++) {
		if (asprintf(&path, "%s%s" OPTIONS_WORKER, self, places[i]) < 0)
			return -ENOMEM;
		if (access(path, X_OK))
			free(path);
		else
			o->worker = path;
	}
	if (!o->worker) {
		log_err("there is no " OPTIONS_WORKER " in %s or %s../bin: give --worker PATH",
			self, self);
		return -ENOENT;
	}
	if (!realpath(o->worker, real)) {
		log_err("worker '%s' cannot be run: %s: give --worker PATH", o->worker,
			strerror(errno));
		return -ENOENT;
	}
	return options_replace(&o->worker, real);
}

enum {
	OPT_SETTING = 256, /* and one more for each of options_settings */
	OPT_CONFIG = 512,
	OPT_LIST_GPUS,
	OPT_DAEMON,
	OPT_HELP,
	OPT_VERSION,
};

/* One walk over the flags.  The configuration is found in the first, and beaten by the second. */
static int options_walk(struct options *o, int argc, char **argv, const char **config,
			bool *list_gpus)
{
	struct option longopts[OPTIONS_NR_SETTINGS + 6] = {
		{ "config", required_argument, NULL, OPT_CONFIG },
		{ "list-gpus", no_argument, NULL, OPT_LIST_GPUS },
		{ "daemon", no_argument, NULL, OPT_DAEMON },
		{ "help", no_argument, NULL, OPT_HELP },
		{ "version", no_argument, NULL, OPT_VERSION },
	};
	char why[256];
	unsigned int i;
	int opt;

	for (i = 0; i < OPTIONS_NR_SETTINGS; i++)
		longopts[5 + i] = (struct option){ options_settings[i].key, required_argument, NULL,
						   OPT_SETTING + (int)i };
	optind = 0;
	while ((opt = getopt_long(argc, argv, "", longopts, NULL)) != -1) {
		switch (opt) {
		case OPT_CONFIG:
			*config = optarg;
			break;
		case OPT_LIST_GPUS:
			*list_gpus = true;
			break;
		case OPT_DAEMON:
			o->daemon = true;
			break;
		case OPT_HELP:
			fputs(options_help, stdout);
			exit(EXIT_SUCCESS);
		case OPT_VERSION:
			puts("vgpu-pvd " VGPU_PV_VERSION);
			exit(EXIT_SUCCESS);
		case '?':
			log_err("see vgpu-pvd --help");
			return -EINVAL;
		default:
			i = (unsigned int)opt - OPT_SETTING;
			if (options_settings[i].set(o, optarg, why, sizeof(why))) {
				log_err("--%s: %s", options_settings[i].key, why);
				return -EINVAL;
			}
		}
	}
	if (optind < argc) {
		log_err("'%s' is one word too many: see vgpu-pvd --help", argv[optind]);
		return -EINVAL;
	}
	return 0;
}

int options_parse(struct options *o, int argc, char **argv)
{
	const char *config = NULL;
	struct options_instance *instance;
	bool list_gpus = false;
	unsigned int n = 0;
	int ret;

	memset(o, 0, sizeof(*o));
	o->memory = OPTIONS_MEMORY;
	o->max_instances = OPTIONS_INSTANCES;
	ret = options_replace(&o->socket, VGPU_PV_BROKER_SOCKET);
	if (ret)
		return ret;
	ret = options_walk(o, argc, argv, &config, &list_gpus);
	if (ret)
		return ret;
	if (config || !access(OPTIONS_CONFIG, F_OK)) {
		ret = config_read(o, config ? config : OPTIONS_CONFIG);
		if (!ret)
			ret = options_walk(o, argc, argv, &config, &list_gpus);
		if (ret)
			return ret;
	}
	ret = options_find_worker(o);
	if (ret)
		return ret;
	if (list_gpus) {
		execl(o->worker, o->worker, "--list-gpus", NULL);
		log_err("worker '%s' cannot be run: %s", o->worker, strerror(errno));
		return -errno;
	}
	for (instance = o->instances; instance; instance = instance->next)
		n++;
	if (n > o->max_instances) {
		log_err("the configuration has %u instances, and max-instances is %u: raise it", n,
			o->max_instances);
		return -EINVAL;
	}
	return options_absolute_socket(o);
}

void options_fini(struct options *o)
{
	struct options_instance *instance;

	while ((instance = o->instances)) {
		o->instances = instance->next;
		free(instance->name);
		free(instance);
	}
	free(o->socket);
	free(o->gpu);
	free(o->worker);
	free(o->user);
	free(o->group);
	memset(o, 0, sizeof(*o));
}
