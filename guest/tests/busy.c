// SPDX-License-Identifier: MIT
/*
 * Keeps the renderer busy with raw virgl commands and tells how that ends.  The
 * kernel's interface alone is used: with Mesa in between, an error would be its
 * to report.
 */
#include <poll.h>
#include <signal.h>

#include <linux/sync_file.h>

#include "client.h"

#define COPIES	40 /* in one submission, some 10 ms for llvmpipe */
#define WAIT_MS 60000

/* Another number than the first is what a device has that came before the last one's files went. */
static int busy_open(void)
{
	char path[32];
	int i, fd = -1;

	for (i = 128; fd < 0 && i < 192; i++) {
		snprintf(path, sizeof(path), "/dev/dri/renderD%d", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	return fd;
}

/* One submission and the wait for it. */
static int busy_round(int fd, const uint32_t *words, size_t size)
{
	struct drm_virtgpu_execbuffer args = {
		.flags = VIRTGPU_EXECBUF_FENCE_FD_OUT, .size = size,
		.command = (uintptr_t)words, .fence_fd = -1,
	};
	struct sync_file_info info = { 0 };
	struct pollfd pfd = { .events = POLLIN };
	int ret = client_call(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &args);

	if (ret)
		return ret;
	pfd.fd = args.fence_fd;
	if (poll(&pfd, 1, WAIT_MS * client_slow()) != 1)
		ret = -ETIMEDOUT;
	else
		ret = client_call(args.fence_fd, SYNC_IOC_FILE_INFO, &info);
	close(args.fence_fd);
	if (!ret && info.status < 0)
		ret = info.status;
	return ret;
}

int main(int argc, char **argv)
{
	static uint32_t words[COPIES][CLIENT_COPY_WORDS];
	int seconds, fd, i, ret, rounds = 0;
	sigset_t enough, pending;
	uint32_t ids[2];
	double start, last;

	if (argc != 2 || sscanf(argv[1], "%d", &seconds) != 1 || seconds < 1) {
		fprintf(argc == 2 && !strcmp(argv[1], "--help") ? stdout : stderr,
			"usage: busy SECONDS\n\n"
			"Keeps the first render node busy for so long.  Prints \"busy\" when the first\n"
			"commands are complete and, at the end, \"still busy\" or the error that ended\n"
			"it and how many milliseconds after the last success.  SIGTERM is the end of\n"
			"its time, too.  Exit status: 0 if it was busy to the end, 3 if an error came in between, 1 if it never was.\n");
		return argc == 2 && !strcmp(argv[1], "--help") ? 0 : 2;
	}
	fd = busy_open();
	if (fd < 0 || client_texture(fd, &ids[0], NULL) || client_texture(fd, &ids[1], NULL)) {
		fprintf(stderr, "busy: no render node with 3D in /dev/dri: %s\n", strerror(errno));
		return 1;
	}
	for (i = 0; i < COPIES; i++)
		client_copy(words[i], ids[i & 1], ids[~i & 1]);
	/* Blocked, so that no wait of the driver sees it: looked for after each round. */
	sigemptyset(&enough);
	sigaddset(&enough, SIGTERM);
	sigprocmask(SIG_BLOCK, &enough, NULL);
	sigemptyset(&pending);
	start = last = client_now();
	while (last - start < seconds && !sigismember(&pending, SIGTERM)) {
		ret = busy_round(fd, words[0], sizeof(words));
		if (ret) {
			printf("ended by %s after %.0f ms, %d rounds\n", strerror(-ret),
			       (client_now() - last) * 1000, rounds);
			return rounds ? 3 : 1;
		}
		last = client_now();
		if (!rounds++) {
			printf("busy\n");
			fflush(stdout);
		}
		sigpending(&pending);
	}
	printf("still busy, %d rounds\n", rounds);
	return 0;
}
