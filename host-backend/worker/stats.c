// SPDX-License-Identifier: MIT
/*
 * The page of counters that the broker and its tools read.  It is made by the
 * broker, so that the figures of a dead worker can still be read; a worker
 * without a broker counts into memory of its own, so that no code asks which.
 */
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "stats.h"

struct vgpu_pv_stats *stats_open(int fd)
{
	struct vgpu_pv_stats *stats;
	struct stat st;
	void *map;

	if (fd >= 0) {
		if (fstat(fd, &st) < 0 || st.st_size < (off_t)sizeof(*stats)) {
			log_err("--stats-fd %d: not a file of at least %zu bytes", fd, sizeof(*stats));
			return NULL;
		}
		map = mmap(NULL, sizeof(*stats), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		close(fd);
	} else {
		map = mmap(NULL, sizeof(*stats), PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	}
	if (map == MAP_FAILED) {
		log_err("the statistics page cannot be mapped: %m");
		return NULL;
	}
	stats = map;
	memset(stats, 0, sizeof(*stats));
	stats_set(stats->magic, VGPU_PV_STATS_MAGIC);
	return stats;
}

void stats_set_renderer(struct vgpu_pv_stats *stats, const char *renderer)
{
	strncpy(stats->renderer, renderer, sizeof(stats->renderer) - 1);
}
