/* SPDX-License-Identifier: MIT */
/*
 * A client of the kernel's interface alone, for tests: with Mesa in between, an
 * error would be its to report.  virgl's commands are written as numbers, as no
 * package has their header.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <libdrm/virtgpu_drm.h>

#define CLIENT_NODE	  "/dev/dri/renderD128"
#define CLIENT_SIZE	  512 /* of the textures */
#define CLIENT_COPY_WORDS 14
#define CLIENT_COPY	  (17u | 13u << 16)   /* virgl's RESOURCE_COPY_REGION, 13 words */
#define CLIENT_FORMAT	  1		      /* B8G8R8A8_UNORM */
#define CLIENT_BIND	  (1 << 1 | 1 << 3) /* render target, sampler view */
#define CLIENT_TARGET	  2		      /* a 2D texture */

static inline double client_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* How many times longer than usual a limit is to be. */
static inline int client_slow(void)
{
	const char *slow = getenv("VGPU_PV_SLOW");

	return slow ? atoi(slow) : 1;
}

static inline int client_call(int fd, unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, request, arg);
	} while (ret && (errno == EINTR || errno == EAGAIN));
	return ret ? -errno : 0;
}

/* id: of the resource, for commands; handle: for the kernel, or NULL. */
static inline int client_texture(int fd, uint32_t *id, uint32_t *handle)
{
	struct drm_virtgpu_resource_create args = {
		.target = CLIENT_TARGET, .format = CLIENT_FORMAT, .bind = CLIENT_BIND,
		.width = CLIENT_SIZE, .height = CLIENT_SIZE, .depth = 1, .array_size = 1,
		.size = CLIENT_SIZE * CLIENT_SIZE * 4, .stride = CLIENT_SIZE * 4,
	};
	int ret = client_call(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &args);

	*id = args.res_handle;
	if (handle)
		*handle = args.bo_handle;
	return ret;
}

/* The command that copies all of one texture to another. */
static inline void client_copy(uint32_t words[CLIENT_COPY_WORDS], uint32_t to, uint32_t from)
{
	const uint32_t copy[CLIENT_COPY_WORDS] = {
		CLIENT_COPY, to, 0, 0, 0, 0, from, 0, 0, 0, 0, CLIENT_SIZE, CLIENT_SIZE, 1,
	};

	memcpy(words, copy, sizeof(copy));
}

#endif /* CLIENT_H */
