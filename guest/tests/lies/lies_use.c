// SPDX-License-Identifier: MIT
/* Uses of a device: see lies.h. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/sync_file.h>
#include <libdrm/virtgpu_drm.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "lies.h"

#define CURSOR	   64
#define CAPSET	   1
#define FLOOD	   300
#define RING	   300 /* more than it has entries */
#define BIND_SCANOUT (1u << 18)
#define BIND_RENDER (1u << 1)

int use_ioctl(int fd, unsigned long request, void *arg)
{
	return drmIoctl(fd, request, arg) ? -errno : 0;
}

/* Runs part with the node's file. */
static int use_node(struct lying *d, const char *kind, int (*part)(struct lying *d, int fd))
{
	int ret, fd = lying_node(d, kind);

	if (fd < 0)
		return -ENXIO;
	ret = part(d, fd);
	close(fd);
	return ret;
}

int use_texture(int fd, unsigned int bind, unsigned int *handle)
{
	struct drm_virtgpu_resource_create args = {
		.target = 2, .format = 1, .bind = bind, .width = 64, .height = 64, .depth = 1,
		.array_size = 1, .size = 64 * 64 * 4, .stride = 64 * 4,
	};
	int ret = use_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &args);

	*handle = args.bo_handle;
	return ret;
}

static int part_create(struct lying *d, int fd)
{
	unsigned int handle;

	(void)d;
	return use_texture(fd, BIND_RENDER, &handle);
}

int use_create(struct lying *d)
{
	return use_node(d, "renderD", part_create);
}

static int part_caps(struct lying *d, int fd)
{
	char caps[4096];
	struct drm_virtgpu_get_caps args = {
		.cap_set_id = CAPSET, .addr = (uintptr_t)caps, .size = sizeof(caps),
	};

	(void)d;
	return use_ioctl(fd, DRM_IOCTL_VIRTGPU_GET_CAPS, &args);
}

int use_caps(struct lying *d)
{
	return use_node(d, "renderD", part_caps);
}

int use_fence(int fd, int *fence)
{
	static uint32_t nothing[2];
	struct drm_virtgpu_execbuffer args = {
		.flags = VIRTGPU_EXECBUF_FENCE_FD_OUT, .size = sizeof(nothing),
		.command = (uintptr_t)nothing, .fence_fd = -1,
	};
	int ret = use_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &args);

	*fence = args.fence_fd;
	return ret;
}

/* Closes the fence. */
int use_poll(int fence, int ms)
{
	struct pollfd pfd = { .fd = fence, .events = POLLIN };
	struct sync_file_info info = { 0 };
	int ret = -ETIME;

	if (poll(&pfd, 1, ms) == 1)
		ret = use_ioctl(fence, SYNC_IOC_FILE_INFO, &info);
	close(fence);
	return ret ?: info.status < 0 ? info.status : 0;
}

static int part_submit(struct lying *d, int fd)
{
	int fence, ret;

	(void)d;
	ret = use_fence(fd, &fence);
	return ret ?: use_poll(fence, lying_wait_ms());
}

int use_submit(struct lying *d)
{
	return use_node(d, "renderD", part_submit);
}

static int part_lost(struct lying *d, int fd)
{
	part_submit(d, fd);
	return part_submit(d, fd);
}

int use_lost(struct lying *d)
{
	return use_node(d, "renderD", part_lost);
}

/* What is under way when the driver notices is ENODEV, or has worked; later it is EIO. */
static int part_given_up(struct lying *d, int fd)
{
	double begin = lying_now();
	int ret;

	do {
		ret = part_submit(d, fd);
	} while ((!ret || ret == -ENODEV) && lying_now() - begin < lying_wait_ms() / 4000.0);
	return ret;
}

int use_given_up(struct lying *d)
{
	return use_node(d, "renderD", part_given_up);
}

static int part_two(struct lying *d, int fd)
{
	int ret, fence, second;

	(void)d;
	ret = use_fence(fd, &fence);
	if (ret)
		return ret;
	ret = use_fence(fd, &second);
	if (!ret)
		close(second);
	ret = use_poll(fence, lying_wait_ms()) ?: ret;
	return ret;
}

int use_two(struct lying *d)
{
	return use_node(d, "renderD", part_two);
}

static int part_in_flight(struct lying *d, int fd)
{
	int fence, ret;

	ret = use_fence(fd, &fence);
	if (ret)
		return ret;
	ret = lying_after(d);
	if (ret) {
		close(fence);
		return ret;
	}
	return use_poll(fence, lying_wait_ms());
}

int use_in_flight(struct lying *d)
{
	return use_node(d, "renderD", part_in_flight);
}

static int part_transfer(struct lying *d, int fd)
{
	struct drm_virtgpu_3d_transfer_to_host to = { .box = { .w = 64, .h = 64, .d = 1 } };
	struct drm_virtgpu_3d_transfer_from_host from = { .box = to.box };
	struct drm_virtgpu_3d_wait wait = { 0 };
	unsigned int handle;
	int ret;

	(void)d;
	ret = use_texture(fd, BIND_RENDER, &handle);
	to.bo_handle = from.bo_handle = wait.handle = handle;
	return ret ?: use_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to) ?:
	       use_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from) ?:
	       use_ioctl(fd, DRM_IOCTL_VIRTGPU_WAIT, &wait);
}

int use_transfer(struct lying *d)
{
	return use_node(d, "renderD", part_transfer);
}

static int part_end(struct lying *d, int fd)
{
	unsigned int handle;
	int ret = use_texture(fd, BIND_RENDER, &handle);

	if (ret)
		return ret;
	drmCloseBufferHandle(fd, handle);
	/* On the same ring, hence after it. */
	return part_submit(d, fd);
}

int use_end(struct lying *d)
{
	return use_node(d, "renderD", part_end);
}

/* Names a buffer in a submit, without a look at the fence. */
static int use_busy(int fd, uint32_t handle)
{
	static uint32_t nothing[2];
	struct drm_virtgpu_execbuffer args = {
		.size = sizeof(nothing), .command = (uintptr_t)nothing, .fence_fd = -1,
		.bo_handles = (uintptr_t)&handle, .num_bo_handles = 1,
	};

	return use_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &args);
}

static int part_wait(struct lying *d, int fd)
{
	struct drm_virtgpu_3d_wait wait = { 0 };
	unsigned int handle;
	int ret;

	(void)d;
	ret = use_texture(fd, BIND_RENDER, &handle);
	wait.handle = handle;
	return ret ?: use_busy(fd, handle) ?: use_ioctl(fd, DRM_IOCTL_VIRTGPU_WAIT, &wait);
}

int use_wait(struct lying *d)
{
	return use_node(d, "renderD", part_wait);
}

static int part_full(struct lying *d, int fd)
{
	unsigned int handle;
	int i, ret;

	(void)d;
	ret = use_texture(fd, BIND_RENDER, &handle);
	for (i = 0; i < RING && !ret; i++)
		ret = use_busy(fd, handle);
	return ret;
}

int use_full(struct lying *d)
{
	return use_node(d, "renderD", part_full);
}

static int part_flood(struct lying *d, int fd)
{
	struct drm_virtgpu_3d_transfer_to_host to = { .box = { .w = 64, .h = 64, .d = 1 } };
	struct drm_virtgpu_3d_wait wait = { 0 };
	unsigned int handle;
	int i, ret;

	(void)d;
	ret = use_texture(fd, BIND_RENDER, &handle);
	to.bo_handle = wait.handle = handle;
	for (i = 0; i < FLOOD && !ret; i++)
		ret = use_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to);
	return ret ?: use_ioctl(fd, DRM_IOCTL_VIRTGPU_WAIT, &wait);
}

int use_flood(struct lying *d)
{
	return use_node(d, "renderD", part_flood);
}

static int use_make_dumb(int fd, unsigned int width, unsigned int height, uint32_t *handle,
			 uint32_t *pitch)
{
	struct drm_mode_create_dumb args = { .width = width, .height = height, .bpp = 32 };
	int ret = use_ioctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &args);

	*handle = args.handle;
	*pitch = args.pitch;
	return ret;
}

static int part_dumb(struct lying *d, int fd)
{
	uint32_t handle, pitch;

	(void)d;
	return use_make_dumb(fd, 1024, 768, &handle, &pitch);
}

int use_dumb(struct lying *d)
{
	return use_node(d, "card", part_dumb);
}

struct use_output {
	int fd;
	uint32_t crtc, connector;
	drmModeModeInfo mode;
};

/* The first output and its first mode. */
static int use_find_output(struct use_output *out, int fd)
{
	drmModeRes *res = drmModeGetResources(fd);
	drmModeConnector *connector;
	int ret = -ENODEV;

	if (!res)
		return -errno;
	connector = drmModeGetConnector(fd, res->connectors[0]);
	if (connector && connector->count_modes) {
		*out = (struct use_output){ fd, res->crtcs[0], connector->connector_id,
					    connector->modes[0] };
		ret = 0;
	}
	drmModeFreeConnector(connector);
	drmModeFreeResources(res);
	return ret;
}

/* Of a buffer of the mode's size. */
static int use_set_crtc(struct use_output *out, uint32_t handle, uint32_t *fb)
{
	drmModeModeInfo *mode = &out->mode;

	return drmModeAddFB(out->fd, mode->hdisplay, mode->vdisplay, 24, 32, mode->hdisplay * 4,
			    handle, fb) ?:
	       drmModeSetCrtc(out->fd, out->crtc, *fb, 0, 0, &out->connector, 1, mode);
}

static int use_show(struct use_output *out)
{
	uint32_t handle, pitch, fb, cursor;
	drmModeClip clip = { 0, 0, 16, 16 };
	int ret, fd = out->fd;

	ret = use_make_dumb(fd, out->mode.hdisplay, out->mode.vdisplay, &handle, &pitch);
	ret = ret ?: use_make_dumb(fd, CURSOR, CURSOR, &cursor, &pitch);
	ret = ret ?: use_set_crtc(out, handle, &fb);
	ret = ret ?: drmModeDirtyFB(fd, fb, &clip, 1);
	ret = ret ?: drmModeSetCursor(fd, out->crtc, cursor, CURSOR, CURSOR);
	ret = ret ?: drmModeMoveCursor(fd, out->crtc, 10, 10);
	ret = ret ?: drmModeSetCursor(fd, out->crtc, 0, 0, 0);
	return ret ?: drmModeRmFB(fd, fb);
}

/* How many outputs have a display. */
static int use_connected(int fd)
{
	drmModeRes *res = drmModeGetResources(fd);
	drmModeConnector *connector;
	int i, count = 0;

	if (!res)
		return -errno;
	for (i = 0; i < res->count_connectors; i++) {
		connector = drmModeGetConnector(fd, res->connectors[i]);
		if (connector)
			count += connector->connection == DRM_MODE_CONNECTED;
		drmModeFreeConnector(connector);
	}
	drmModeFreeResources(res);
	return count;
}

static int part_displays(struct lying *d, int fd)
{
	int ret = lying_after(d), i;

	/* The driver clears what it knows when it begins to look at it. */
	for (i = 0; i < lying_wait_ms() && lying_number(d, "events ") & 3; i++)
		usleep(1000);
	if (i == lying_wait_ms())
		return -ETIME;
	return ret ?: use_connected(fd);
}

int use_displays(struct lying *d)
{
	return use_node(d, "card", part_displays);
}

static int part_display(struct lying *d, int fd)
{
	struct use_output out;

	(void)d;
	return use_find_output(&out, fd) ?: use_show(&out);
}

int use_display(struct lying *d)
{
	return use_node(d, "card", part_display);
}

/* What the renderer drew, or is said to draw for ever, on the screen. */
static int use_drawn(int fd, bool drawn)
{
	struct drm_virtgpu_resource_create args = {
		.target = 2, .format = 1, .depth = 1, .array_size = 1,
		.bind = BIND_RENDER | BIND_SCANOUT,
	};
	uint32_t handle, pitch, fb;
	struct use_output out;
	int ret;

	ret = use_find_output(&out, fd);
	if (ret)
		return ret;
	args.width = out.mode.hdisplay;
	args.height = out.mode.vdisplay;
	args.size = args.width * args.height * 4;
	if (drawn) {
		ret = use_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &args);
		handle = args.bo_handle;
	} else {
		ret = use_make_dumb(fd, args.width, args.height, &handle, &pitch) ?:
		      use_busy(fd, handle);
	}
	return ret ?: use_set_crtc(&out, handle, &fb);
}

static int part_fetch(struct lying *d, int fd)
{
	(void)d;
	return use_drawn(fd, true);
}

int use_fetch(struct lying *d)
{
	return use_node(d, "card", part_fetch);
}

static int part_drawing(struct lying *d, int fd)
{
	(void)d;
	return use_drawn(fd, false);
}

int use_drawing(struct lying *d)
{
	return use_node(d, "card", part_drawing);
}
