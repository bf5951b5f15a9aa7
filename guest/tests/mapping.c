// SPDX-License-Identifier: MIT
/*
 * Mappings of the device's own memory when it is unplugged: what comes to its
 * address may be another device's, so they have to be gone.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>

#include <libdrm/drm.h>
#include <libdrm/drm_mode.h>

#include "client.h"

static sigjmp_buf after;

static void mapping_fault(int signal)
{
	(void)signal;
	siglongjmp(after, 1);
}

static bool mapping_faults(volatile uint32_t *map)
{
	if (sigsetjmp(after, 1))
		return true;
	*map = 1;
	return false;
}

int main(int argc, char **argv)
{
	struct drm_mode_create_dumb dumb = { .width = 64, .height = 64, .bpp = 32 };
	struct drm_prime_handle prime = { .flags = DRM_CLOEXEC | DRM_RDWR };
	struct drm_mode_map_dumb map = { 0 };
	void *direct, *shared;
	bool good;
	int fd;

	if (argc != 2 || argv[1][0] == '-') {
		fprintf(argc == 2 && !strcmp(argv[1], "--help") ? stdout : stderr,
			"usage: mapping NODE\n\n"
			"Maps a dumb buffer of NODE, and the dma-buf of it, prints \"mapped\" and waits\n"
			"for the node to go.  Exit status: 0 if both mappings went too, 1 if not.\n");
		return argc == 2 && !strcmp(argv[1], "--help") ? 0 : 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	fd = open(argv[1], O_RDWR | O_CLOEXEC);
	if (fd < 0 || client_call(fd, DRM_IOCTL_MODE_CREATE_DUMB, &dumb))
		goto fail;
	map.handle = dumb.handle;
	prime.handle = dumb.handle;
	if (client_call(fd, DRM_IOCTL_MODE_MAP_DUMB, &map) ||
	    client_call(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime))
		goto fail;
	direct = mmap(NULL, dumb.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, map.offset);
	shared = mmap(NULL, dumb.size, PROT_READ | PROT_WRITE, MAP_SHARED, prime.fd, 0);
	if (direct == MAP_FAILED || shared == MAP_FAILED)
		goto fail;
	signal(SIGBUS, mapping_fault);
	if (mapping_faults(direct) || mapping_faults(shared)) {
		printf("a mapping of a device that is there faults\n");
		return 1;
	}
	printf("mapped\n");
	while (!access(argv[1], F_OK))
		usleep(10000);
	/* The node goes first. */
	for (int tries = 0; tries < 1000 * client_slow() && !mapping_faults(direct); tries++)
		usleep(10000);
	good = mapping_faults(direct);
	printf("the mapping %s\n", good ? "is gone" : "is still there");
	if (!mapping_faults(shared)) {
		printf("the mapping of the dma-buf is still there\n");
		good = false;
	}
	if (mmap(NULL, dumb.size, PROT_READ, MAP_SHARED, prime.fd, 0) != MAP_FAILED) {
		printf("the dma-buf of a device that is gone can be mapped\n");
		good = false;
	}
	return good ? 0 : 1;

fail:
	printf("%s: %s\n", argv[1], strerror(errno));
	return 1;
}
