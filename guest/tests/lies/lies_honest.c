// SPDX-License-Identifier: MIT
/*
 * A device that tells the truth and looks at the driver: with all kinds of messages
 * under its eyes, [drv-zero], [drv-chain-length], [drv-config-readonly],
 * [drv-no-aperture-rings], [drv-wait-known], [drv-context-ring], [drv-no-render] and
 * [drv-owned-until-used] are kept (guest/liar/ notes what is not), and
 * [drv-credit] is: what the device may refuse is waited for.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <libdrm/virtgpu_drm.h>
#include <xf86drm.h>

#include "lies.h"

#define MAX_SUBMIT (512u << 10)
#define LARGE	   (32u << 20)
#define LITTLE	   "100000" /* bytes: one texture of 64 x 64, not two */

/* RESOURCE_CREATE_BLOB, which is newer than the header of Debian 12's libdrm. */
struct honest_blob {
	uint32_t blob_mem, blob_flags, bo_handle, res_handle;
	uint64_t size;
	uint32_t pad, cmd_size;
	uint64_t cmd, blob_id;
};

#define HONEST_CREATE_BLOB DRM_IOWR(DRM_COMMAND_BASE + 0x0a, struct honest_blob)

/* A large buffer of many pages, as a blob and as a resource, and all transfers. */
static int honest_buffers(int fd)
{
	static uint32_t nothing[MAX_SUBMIT / 4];
	struct drm_virtgpu_resource_create create = {
		.target = 0, .format = 64, .bind = 1 << 4, .width = LARGE, .height = 1, .depth = 1,
		.array_size = 1, .size = LARGE,
	};
	struct honest_blob blob = {
		.blob_mem = 1, .blob_flags = 1, .size = LARGE, /* GUEST, MAPPABLE */
	};
	struct drm_virtgpu_execbuffer exec = {
		.size = sizeof(nothing), .command = (uintptr_t)nothing, .fence_fd = -1,
	};
	int ret;

	ret = use_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &create) ?:
	      use_ioctl(fd, HONEST_CREATE_BLOB, &blob) ?:
	      use_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec);
	return ret ?: drmCloseBufferHandle(fd, create.bo_handle) ?:
	       drmCloseBufferHandle(fd, blob.bo_handle);
}

/* A buffer in two contexts, hence on two rings. */
static int honest_share(int fd, int other)
{
	struct drm_virtgpu_3d_transfer_to_host to = { .box = { .w = 64, .h = 64, .d = 1 } };
	unsigned int handle;
	uint32_t imported;
	int dmabuf, ret;

	ret = use_texture(fd, 1 << 1, &handle) ?:
	      drmPrimeHandleToFD(fd, handle, DRM_CLOEXEC, &dmabuf);
	if (ret)
		return ret;
	ret = drmPrimeFDToHandle(other, dmabuf, &imported);
	close(dmabuf);
	to.bo_handle = handle;
	ret = ret ?: use_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to);
	to.bo_handle = imported;
	return ret ?: use_ioctl(other, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to);
}

/* Until the device keeps a message back, and so many wait behind it. */
static void honest_wait_held(struct lying *d, long behind)
{
	int i;

	for (i = 0; i < lying_wait_ms() && lying_number(d, "holds 1 and ") < behind; i++)
		usleep(1000);
}

/* A submit that the device still has when its file is closed. */
static int honest_close(struct lying *d)
{
	int ret, fence, fd = lying_node(d, "renderD");

	if (fd < 0)
		return -ENXIO;
	ret = lying_command(d, "lie " SUBMIT " 1 hold") ?: use_fence(fd, &fence);
	if (!ret)
		honest_wait_held(d, 0);
	close(fd);
	if (ret)
		return ret;
	/* What was freed meanwhile is in use again. */
	use_create(d);
	ret = lying_command(d, "release");
	return ret ?: use_poll(fence, lying_wait_ms());
}

static int honest_all(struct lying *d)
{
	int fd = lying_node(d, "renderD"), other = lying_node(d, "renderD"), ret;

	ret = fd < 0 || other < 0 ? -ENXIO : honest_buffers(fd) ?: honest_share(fd, other);
	close(fd);
	close(other);
	d->after = "event 3";
	ret = ret ?: use_caps(d) ?: use_transfer(d) ?: use_fetch(d) ?: use_display(d);
	return ret ?: use_displays(d) == 1 ? honest_close(d) : -ENODEV;
}

static int honest_manners(void)
{
	static const char *const types[] = {
		GET_DISPLAY_INFO, GET_EDID, SET_SCANOUT, FLUSH, UPDATE_CURSOR, MOVE_CURSOR,
		GET_CAPSETS, GET_CAPSET, CTX_CREATE, CTX_DESTROY, CTX_ATTACH, CTX_DETACH,
		RESOURCE_CREATE, RESOURCE_CREATE_BLOB, RESOURCE_DESTROY, TRANSFER_TO_HOST,
		TRANSFER_FROM_HOST, SUBMIT, WAIT_RING,
	};
	char what[32];
	int ret, bad;
	struct lying d;
	size_t i;

	lying_open(&d, 0);
	ret = lying_command(&d, "plug") ?: honest_all(&d);
	bad = ret != 0;
	if (bad)
		printf("manners: error %d\n", ret);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		snprintf(what, sizeof(what), "message %s: ", types[i]);
		if (lying_number(&d, what) > 0)
			continue;
		printf("manners: message %s never came\n", types[i]);
		bad++;
	}
	lying_command(&d, "unplug");
	bad += lying_broken(&d) != 0;
	lying_close(&d);
	return bad;
}

struct honest_creation {
	pthread_t thread;
	int fd, ret;
	unsigned int handle;
};

static void *honest_create(void *arg)
{
	struct honest_creation *c = arg;

	c->ret = use_texture(c->fd, 1 << 1, &c->handle);
	return NULL;
}

/*
 * The credit is for one: the first creation must not wait for the answer that is kept
 * back, and the second must, because it is the device's to refuse it.
 */
static int honest_credit(void)
{
	struct honest_creation second = { .ret = 0 };
	unsigned int handle;
	struct lying d;
	int ret, bad = 0;

	lying_open(&d, 0);
	ret = lying_command(&d, "config 12 1;credit " LITTLE ";plug");
	second.fd = lying_node(&d, "renderD");
	/* Makes the context, whose answer tells of the credit. */
	ret = ret ?: use_texture(second.fd, 1 << 1, &handle);
	ret = ret ?: drmCloseBufferHandle(second.fd, handle);
	ret = ret ?: use_submit(&d);
	ret = ret ?: lying_command(&d, "lie " RESOURCE_CREATE " 1 hold");
	ret = ret ?: use_texture(second.fd, 1 << 1, &handle);
	if (ret) {
		printf("credit: the first creation: error %d\n", ret);
		bad++;
	}
	ret = pthread_create(&second.thread, NULL, honest_create, &second);
	/* Behind the first there are its attachment and the second. */
	honest_wait_held(&d, 2);
	lying_command(&d, "truth;lie " RESOURCE_CREATE " 2 poke 4 4;release");
	if (!ret)
		pthread_join(second.thread, NULL);
	if (ret || second.ret != -ENOMEM) {
		printf("credit: the second creation: %d, not %d\n", second.ret, -ENOMEM);
		bad++;
	}
	close(second.fd);
	lying_command(&d, "unplug");
	bad += lying_broken(&d) != 0;
	lying_close(&d);
	return bad;
}

int lies_honest(int *count)
{
	*count += 2;
	return (honest_manners() != 0) + (honest_credit() != 0);
}
