// SPDX-License-Identifier: MIT
/*
 * Whether a signal ends every wait of the driver: a process for each, which waits
 * for a renderer that the host has stopped, and gets SIGTERM.  Made ready one by
 * one while the renderer works, then let wait one by one, because rings are
 * shared: those that fill one come last.
 *
 * SIGTERM is not caught here.  A wait for room on a ring, and that for a reply,
 * end by fatal signals only: half of a submission can't be taken back.
 */
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>

/* The kernel's own: those of libdrm may be older, and give way. */
#include <drm/drm.h>
#include <drm/drm_mode.h>
#include <drm/virtgpu_drm.h>

#include "client.h"

#define COPIES	   40
#define END_MS	   15000 /* the driver's own limits are 30 s, but for: */
#define END_FLIP_MS 40000 /* a commit, 5 s for a frame; here one, and those of its end */
#define SETTLED	   5	 /* looks, 100 ms apart, at which a process sleeps: it waits */

struct client {
	int fd;
	uint32_t handle; /* of the texture that is drawn to */
	uint32_t words[COPIES][CLIENT_COPY_WORDS];
};

static void fail(const char *what, int error)
{
	printf("%s: %s\n", what, strerror(-error));
	exit(1);
}

static void need(const char *what, int ret)
{
	if (ret < 0)
		fail(what, ret);
}

static void client_open(struct client *client, const char *node)
{
	uint32_t to, from;
	int i;

	client->fd = open(node, O_RDWR | O_CLOEXEC);
	need(node, client->fd < 0 ? -errno : 0);
	need("texture", client_texture(client->fd, &to, &client->handle));
	need("texture", client_texture(client->fd, &from, NULL));
	for (i = 0; i < COPIES; i++)
		client_copy(client->words[i], to, from);
}

static struct drm_virtgpu_execbuffer client_submission(struct client *client)
{
	return (struct drm_virtgpu_execbuffer){
		.size = sizeof(client->words), .command = (uintptr_t)client->words,
		.bo_handles = (uintptr_t)&client->handle, .num_bo_handles = 1, .fence_fd = -1,
	};
}

static void client_submit(struct client *client)
{
	struct drm_virtgpu_execbuffer args = client_submission(client);

	need("EXECBUFFER", client_call(client->fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &args));
}

static void client_wait(struct client *client)
{
	struct drm_virtgpu_3d_wait args = { .handle = client->handle };

	need("WAIT", client_call(client->fd, DRM_IOCTL_VIRTGPU_WAIT, &args));
}

static void client_prepare(struct client *client)
{
	client_open(client, CLIENT_NODE);
	client_wait(client);
}

/* ---- the waits ---- */

static void wait_resource(struct client *client)
{
	client_submit(client);
	client_wait(client);
}

static void wait_fence(struct client *client)
{
	struct drm_virtgpu_execbuffer args = client_submission(client);
	struct pollfd pfd = { .events = POLLIN };

	args.flags = VIRTGPU_EXECBUF_FENCE_FD_OUT;
	need("EXECBUFFER", client_call(client->fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &args));
	pfd.fd = args.fence_fd;
	poll(&pfd, 1, -1);
}

static void wait_dma_buf(struct client *client)
{
	struct drm_prime_handle args = { .handle = client->handle, .flags = DRM_CLOEXEC };
	struct pollfd pfd = { .events = POLLOUT };

	need("PRIME_HANDLE_TO_FD", client_call(client->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &args));
	client_submit(client);
	pfd.fd = args.fd;
	poll(&pfd, 1, -1);
}

static void wait_syncobj(struct client *client)
{
	struct drm_virtgpu_execbuffer args = client_submission(client);
	struct drm_virtgpu_execbuffer_syncobj out = { 0 };
	struct drm_syncobj_create create = { 0 };
	struct drm_syncobj_wait wait = {
		.handles = (uintptr_t)&create.handle, .count_handles = 1,
		.timeout_nsec = INT64_MAX,
	};

	need("SYNCOBJ_CREATE", client_call(client->fd, DRM_IOCTL_SYNCOBJ_CREATE, &create));
	out.handle = create.handle;
	args.syncobj_stride = sizeof(out);
	args.out_syncobjs = (uintptr_t)&out;
	args.num_out_syncobjs = 1;
	need("EXECBUFFER", client_call(client->fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &args));
	need("SYNCOBJ_WAIT", client_call(client->fd, DRM_IOCTL_SYNCOBJ_WAIT, &wait));
}

static void prepare_event(struct client *client)
{
	struct drm_virtgpu_context_set_param params[] = {
		{ VIRTGPU_CONTEXT_PARAM_NUM_RINGS, 1 },
		{ VIRTGPU_CONTEXT_PARAM_POLL_RINGS_MASK, 1 },
	};
	struct drm_virtgpu_context_init init = {
		.num_params = 2, .ctx_set_params = (uintptr_t)params,
	};
	int fd = open(CLIENT_NODE, O_RDWR | O_CLOEXEC);

	need("CONTEXT_INIT", client_call(fd, DRM_IOCTL_VIRTGPU_CONTEXT_INIT, &init));
	client->fd = fd;
}

static void wait_event(struct client *client)
{
	struct drm_virtgpu_execbuffer args = {
		.flags = VIRTGPU_EXECBUF_RING_IDX, .fence_fd = -1,
	};
	char event[64];

	need("EXECBUFFER", client_call(client->fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &args));
	if (read(client->fd, event, sizeof(event)) < 0)
		fail("read", -errno);
}

static void wait_context(struct client *client)
{
	client_open(client, CLIENT_NODE);
}

/* More than can be left of the quota: it is for the host to say. */
static void wait_reply(struct client *client)
{
	struct drm_virtgpu_resource_create args = {
		.target = CLIENT_TARGET, .format = CLIENT_FORMAT, .bind = CLIENT_BIND,
		.width = 16384, .height = 16384, .depth = 1, .array_size = 1,
	};
	int ret = client_call(client->fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &args);

	printf("RESOURCE_CREATE: %s\n", strerror(-ret));
}

/* A version that nobody has asked for yet. */
static void wait_capset(struct client *client)
{
	static uint8_t data[4096];
	struct drm_virtgpu_get_caps args = {
		.cap_set_id = 1, .addr = (uintptr_t)data, .size = sizeof(data),
	};
	int ret = client_call(client->fd, DRM_IOCTL_VIRTGPU_GET_CAPS, &args);

	printf("GET_CAPS: %s\n", strerror(-ret));
}

struct screen {
	uint32_t crtc, connector, fb;
	struct drm_mode_modeinfo mode;
};
static struct screen screen;

static uint32_t screen_fb(int fd)
{
	struct drm_virtgpu_resource_create texture = {
		.target = CLIENT_TARGET, .format = CLIENT_FORMAT, .bind = 1 << 1 | 1 << 18,
		.width = screen.mode.hdisplay, .height = screen.mode.vdisplay, .depth = 1,
		.array_size = 1, .stride = screen.mode.hdisplay * 4,
		.size = screen.mode.hdisplay * screen.mode.vdisplay * 4,
	};
	struct drm_mode_fb_cmd args = {
		.width = texture.width, .height = texture.height, .pitch = texture.stride,
		.bpp = 32, .depth = 24,
	};

	need("scanout", client_call(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &texture));
	args.handle = texture.bo_handle;
	need("ADDFB", client_call(fd, DRM_IOCTL_MODE_ADDFB, &args));
	return args.fb_id;
}

static int screen_set(int fd, uint32_t fb)
{
	struct drm_mode_crtc args = {
		.set_connectors_ptr = (uintptr_t)&screen.connector, .count_connectors = 1,
		.crtc_id = screen.crtc, .fb_id = fb, .mode_valid = 1, .mode = screen.mode,
	};

	return client_call(fd, DRM_IOCTL_MODE_SETCRTC, &args);
}

static void prepare_frame(struct client *client)
{
	static struct drm_mode_modeinfo modes[64];
	struct drm_mode_card_res card = {
		.crtc_id_ptr = (uintptr_t)&screen.crtc, .count_crtcs = 1,
		.connector_id_ptr = (uintptr_t)&screen.connector, .count_connectors = 1,
	};
	struct drm_mode_get_connector connector = { 0 };

	client->fd = open("/dev/dri/card0", O_RDWR | O_CLOEXEC);
	need("GETRESOURCES", client_call(client->fd, DRM_IOCTL_MODE_GETRESOURCES, &card));
	connector.connector_id = screen.connector;
	need("GETCONNECTOR", client_call(client->fd, DRM_IOCTL_MODE_GETCONNECTOR, &connector));
	connector = (struct drm_mode_get_connector){
		.connector_id = screen.connector, .modes_ptr = (uintptr_t)modes,
		.count_modes = connector.count_modes < 64 ? connector.count_modes : 64,
	};
	need("GETCONNECTOR", client_call(client->fd, DRM_IOCTL_MODE_GETCONNECTOR, &connector));
	screen.mode = modes[0];
	need("SETCRTC", screen_set(client->fd, screen_fb(client->fd)));
	screen.fb = screen_fb(client->fd);
}

/* Ends by itself, after the time that the driver gives a frame. */
static void wait_frame(struct client *client)
{
	while (!screen_set(client->fd, screen.fb))
		;
	printf("SETCRTC failed\n");
}

static void wait_room(struct client *client)
{
	for (;;)
		client_submit(client);
}

static void wait_room_transfer(struct client *client)
{
	struct drm_virtgpu_3d_transfer_to_host args = {
		.bo_handle = client->handle, .box = { .w = CLIENT_SIZE, .h = CLIENT_SIZE, .d = 1 },
	};

	for (;;)
		need("TRANSFER_TO_HOST",
		     client_call(client->fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &args));
}

/* Each texture is created within the credit, and on a ring that gets full. */
static void wait_room_create(struct client *client)
{
	uint32_t id;

	for (;;)
		need("RESOURCE_CREATE", client_texture(client->fd, &id, NULL));
}

static struct wait {
	const char *name;
	void (*prepare)(struct client *client);
	void (*wait)(struct client *client);
	int limit_ms;
	pid_t pid;
	int go;
} waits[] = {
	{ "WAIT", client_prepare, wait_resource, END_MS },
	{ "poll of a sync file", client_prepare, wait_fence, END_MS },
	{ "poll of a dma-buf", client_prepare, wait_dma_buf, END_MS },
	{ "SYNCOBJ_WAIT", client_prepare, wait_syncobj, END_MS },
	{ "read of an event", prepare_event, wait_event, END_MS },
	{ "the making of a context", NULL, wait_context, END_MS },
	{ "a creation over the credit", client_prepare, wait_reply, END_MS },
	{ "a frame", prepare_frame, wait_frame, END_FLIP_MS },
	{ "a full ring: EXECBUFFER", client_prepare, wait_room, END_MS },
	{ "a full ring: TRANSFER_TO_HOST", client_prepare, wait_room_transfer, END_MS },
	{ "a full ring: RESOURCE_CREATE", client_prepare, wait_room_create, END_MS },
	{ "GET_CAPS", client_prepare, wait_capset, END_MS },
	{ "GET_CAPS behind another", client_prepare, wait_capset, END_MS },
};
#define WAITS (sizeof(waits) / sizeof(waits[0]))

static void wait_start(struct wait *wait)
{
	int go[2], ready[2];
	char byte = 0;

	if (pipe(go) || pipe(ready))
		fail("pipe", -errno);
	wait->pid = fork();
	if (!wait->pid) {
		static struct client client;

		close(go[1]);
		if (wait->prepare)
			wait->prepare(&client);
		if (write(ready[1], &byte, 1) != 1 || read(go[0], &byte, 1) != 1)
			exit(1);
		wait->wait(&client);
		printf("%s: it ended by itself\n", wait->name);
		exit(1);
	}
	close(go[0]);
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1) {
		printf("%s: it could not be made ready\n", wait->name);
		exit(1);
	}
	close(ready[0]);
	wait->go = go[1];
}

static bool wait_sleeps(const struct wait *wait)
{
	char path[64], text[512] = "", *state;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", wait->pid);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		fail(path, -errno);
	close(fd);
	state = strrchr(text, ')');
	return state && (state[2] == 'S' || state[2] == 'D');
}

/* Until it has slept for a while: what it sleeps for does not come. */
static void wait_let(struct wait *wait)
{
	int looks = 0, tries;

	if (write(wait->go, "", 1) != 1)
		fail("pipe", -errno);
	for (tries = 0; tries < 600 * client_slow() && looks < SETTLED; tries++) {
		usleep(100000);
		looks = wait_sleeps(wait) ? looks + 1 : 0;
	}
	if (looks < SETTLED || waitpid(wait->pid, NULL, WNOHANG)) {
		printf("%s: it does not wait\n", wait->name);
		exit(1);
	}
}

static bool wait_ends(const struct wait *wait)
{
	double start = client_now();
	int status = 0, ms = 0;
	pid_t ended = 0;

	kill(wait->pid, SIGTERM);
	while (!ended && ms < wait->limit_ms) {
		usleep(2000);
		ended = waitpid(wait->pid, &status, WNOHANG);
		ms = (int)((client_now() - start) * 1000);
	}
	if (!ended)
		printf("%s: no end within %d ms\n", wait->name, ms);
	else if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGTERM)
		printf("%s: it ended with status 0x%x\n", wait->name, status);
	else
		printf("%s: ended after %d ms\n", wait->name, ms);
	return ended && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM;
}

static void until_there(const char *path)
{
	int tries;

	for (tries = 0; tries < 600 * client_slow() && access(path, F_OK); tries++)
		usleep(100000);
	if (access(path, F_OK))
		fail(path, -errno);
}

int main(int argc, char **argv)
{
	struct client client;
	bool good = true;
	char path[4096];
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 2 || argv[1][0] == '-') {
		fprintf(argc == 2 && !strcmp(argv[1], "--help") ? stdout : stderr,
			"usage: waits DIRECTORY\n\n"
			"Prints \"ready\" and, once the host has stopped the renderer and made\n"
			"DIRECTORY/stopped, lets processes wait for it and ends them by SIGTERM.\n"
			"Prints \"ended\" and, once there is DIRECTORY/continued, draws.  Exit status: 0\n"
			"if every wait ended, 1 if not, 2 for wrong usage.\n");
		return argc == 2 && !strcmp(argv[1], "--help") ? 0 : 2;
	}
	for (i = 0; i < WAITS; i++)
		wait_start(&waits[i]);
	printf("ready\n");
	snprintf(path, sizeof(path), "%s/stopped", argv[1]);
	until_there(path);
	for (i = 0; i < WAITS; i++)
		wait_let(&waits[i]);
	printf("all wait\n");
	for (i = 0; i < WAITS; i++)
		good &= wait_ends(&waits[i]);
	printf("ended\n");
	snprintf(path, sizeof(path), "%s/continued", argv[1]);
	until_there(path);
	client_prepare(&client);
	wait_resource(&client);
	printf("drawn\n");
	return good ? 0 : 1;
}
