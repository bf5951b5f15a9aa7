// SPDX-License-Identifier: MIT
/*
 * In the place of vgpu-pv-worker: takes its command line, serves nothing, and
 * ends with its QEMU's connection.  The instance's name says how it behaves:
 *	stubborn...	does not hear SIGTERM
 *	quick...	exits with status 3 at once
 *	busy...		takes some 1000 messages a second
 *	liar...		claims impossible counts and an endless renderer
 * In its stats page "submits" is how many descriptors it was started with
 * beside stdio and the two it was told of, "commands" whether it was told
 * "--gpu fake0", "transfers" whether "--user nobody".
 */
#include <dirent.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vgpu_pv_link.h"
#include "vgpu_pv_stats.h"

static uint64_t fake_extra_fds(int socket_fd, int stats_fd)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	uint64_t extra = 0;
	int fd;

	if (!dir)
		return 1000;
	while ((entry = readdir(dir))) {
		fd = atoi(entry->d_name);
		extra += entry->d_name[0] != '.' && fd > 2 && fd != socket_fd && fd != stats_fd &&
			 fd != dirfd(dir);
	}
	closedir(dir);
	return extra;
}

static void fake_stats(struct vgpu_pv_stats *stats, const char *name, uint64_t memory)
{
	stats->memory_quota = memory;
	if (!strncmp(name, "liar", 4)) {
		memset(&stats->memory_used, 0xff,
		       sizeof(*stats) - offsetof(struct vgpu_pv_stats, memory_used));
	} else {
		stats->memory_used = memory / 2;
		stats->contexts = 2;
		stats->frames = 3;
		stats->bytes_copied = 4096;
		snprintf(stats->renderer, sizeof(stats->renderer), "fake \"renderer\"");
	}
	__atomic_store_n(&stats->magic, VGPU_PV_STATS_MAGIC, __ATOMIC_RELEASE);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "socket-fd", required_argument, NULL, 's' },
		{ "stats-fd", required_argument, NULL, 't' },
		{ "name", required_argument, NULL, 'n' },
		{ "memory", required_argument, NULL, 'm' },
		{ "gpu", required_argument, NULL, 'g' },
		{ "user", required_argument, NULL, 'u' },
		{ "list-gpus", no_argument, NULL, 'l' },
		{ "check", no_argument, NULL, 'c' },
		{ 0 },
	};
	int opt, socket_fd = -1, stats_fd = -1;
	const char *name = "";
	struct vgpu_pv_stats *stats;
	uint64_t memory = 0, extra, gpu = 0, user = 0;
	struct pollfd quiet = { .events = POLLIN };
	char byte;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 's':
			socket_fd = atoi(optarg);
			break;
		case 't':
			stats_fd = atoi(optarg);
			break;
		case 'n':
			name = optarg;
			break;
		case 'm':
			memory = strtoull(optarg, NULL, 10);
			break;
		case 'g':
			gpu = !strcmp(optarg, "fake0");
			break;
		case 'u':
			user = !strcmp(optarg, "nobody");
			break;
		case 'l':
			puts("fake0  a pretended GPU");
			return 0;
		case 'c':
			return !gpu;
		default:
			return 2;
		}
	}
	if (!strncmp(name, "quick", 5))
		return 3;
	if (!strncmp(name, "stubborn", 8))
		signal(SIGTERM, SIG_IGN);
	quiet.fd = socket_fd;
	extra = fake_extra_fds(socket_fd, stats_fd);
	stats = mmap(NULL, sizeof(*stats), PROT_READ | PROT_WRITE, MAP_SHARED, stats_fd, 0);
	if (stats == MAP_FAILED)
		return 4;
	stats->submits = extra;
	stats->commands = gpu;
	stats->transfers = user;
	fake_stats(stats, name, memory);
	if (!strncmp(name, "busy", 4)) {
		while (!poll(&quiet, 1, 10))
			__atomic_add_fetch(&stats->messages, 10, __ATOMIC_RELAXED);
	}
	while (read(socket_fd, &byte, 1) > 0)
		;
	return 0;
}
