// SPDX-License-Identifier: MIT
/*
 * Keeps the renderer busy with raw virgl commands and tells how that ends.  The
 * kernel's interface alone is used: with Mesa in between, an error would be its
 * to report.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <linux/sync_file.h>
#include <libdrm/virtgpu_drm.h>

#define SIZE	   512	/* of two textures, copied to each other */
#define COPIES	   40	/* in one submission, some 10 ms for llvmpipe */
#define COPY_WORDS 14
#define COMMAND	   (17u | 13u << 16) /* virgl's RESOURCE_COPY_REGION, 13 words */
#define FORMAT	   1	/* B8G8R8A8_UNORM */
#define BIND	   (1 << 1 | 1 << 3) /* render target, sampler view */
#define TARGET	   2	/* a 2D texture */
#define WAIT_MS	   60000

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int call(int fd, unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, request, arg);
	} while (ret && (errno == EINTR || errno == EAGAIN));
	return ret ? -errno : 0;
}

static int texture(int fd, uint32_t *id)
{
	struct drm_virtgpu_resource_create args = {
		.target = TARGET, .format = FORMAT, .bind = BIND, .width = SIZE, .height = SIZE,
		.depth = 1, .array_size = 1, .size = SIZE * SIZE * 4, .stride = SIZE * 4,
	};
	int ret = call(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &args);

	*id = args.res_handle;
	return ret;
}

/* One submission and the wait for it. */
static int round_trip(int fd, const uint32_t *words, size_t size)
{
	struct drm_virtgpu_execbuffer args = {
		.flags = VIRTGPU_EXECBUF_FENCE_FD_OUT, .size = size,
		.command = (uintptr_t)words, .fence_fd = -1,
	};
	struct sync_file_info info = { 0 };
	struct pollfd pfd = { .events = POLLIN };
	int ret = call(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &args);

	if (ret)
		return ret;
	pfd.fd = args.fence_fd;
	if (poll(&pfd, 1, WAIT_MS) != 1)
		ret = -ETIMEDOUT;
	else
		ret = call(args.fence_fd, SYNC_IOC_FILE_INFO, &info);
	close(args.fence_fd);
	if (!ret && info.status < 0)
		ret = info.status;
	return ret;
}

int main(int argc, char **argv)
{
	static uint32_t words[COPIES][COPY_WORDS];
	int seconds, fd, i, ret, rounds = 0;
	uint32_t ids[2];
	double start, last;

	if (argc != 2 || sscanf(argv[1], "%d", &seconds) != 1 || seconds < 1) {
		fprintf(argc == 2 && !strcmp(argv[1], "--help") ? stdout : stderr,
			"usage: busy SECONDS\n\n"
			"Keeps /dev/dri/renderD128 busy for so long.  Prints \"busy\" when the first\n"
			"commands are complete and, at the end, \"still busy\" or the error that ended\n"
			"it and how many milliseconds after the last success.  Exit status: 0 if it\n"
			"was busy to the end, 3 if an error came in between, 1 if it never was.\n");
		return argc == 2 && !strcmp(argv[1], "--help") ? 0 : 2;
	}
	fd = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
	if (fd < 0 || texture(fd, &ids[0]) || texture(fd, &ids[1])) {
		fprintf(stderr, "busy: no 3D on /dev/dri/renderD128: %s\n", strerror(errno));
		return 1;
	}
	for (i = 0; i < COPIES; i++) {
		const uint32_t copy[COPY_WORDS] = {
			COMMAND, ids[i & 1], 0, 0, 0, 0, ids[~i & 1], 0, 0, 0, 0, SIZE, SIZE, 1,
		};

		memcpy(words[i], copy, sizeof(copy));
	}
	start = last = now();
	while (last - start < seconds) {
		ret = round_trip(fd, words[0], sizeof(words));
		if (ret) {
			printf("ended by %s after %.0f ms, %d rounds\n", strerror(-ret),
			       (now() - last) * 1000, rounds);
			return rounds ? 3 : 1;
		}
		last = now();
		if (!rounds++) {
			printf("busy\n");
			fflush(stdout);
		}
	}
	printf("still busy, %d rounds\n", rounds);
	return 0;
}
