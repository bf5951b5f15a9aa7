/* SPDX-License-Identifier: MIT */
/*
 * What the tests share: finding the device, short forms of its calls, and the few
 * virgl commands that they need.
 *
 * The device is found by the driver that sysfs names, because its DRM name is
 * that of another driver (virtio_gpu).  virgl commands are written as numbers: no
 * package ships their header, and the tests must not trust the code under test.
 */
#ifndef VGPU_PV_LIB_H
#define VGPU_PV_LIB_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <linux/sync_file.h>
#include <drm/virtgpu_drm.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "igt.h"

/*
 * The tests are written as IGT's are since the winter of 2025: igt_main and igt_fixture
 * with parentheses.  In the trees before that these macros take none, and as a macro's
 * form can't be asked for, what igt_fixture expands to there tells: the head of a loop.
 */
#define VGPU_PV_PASTE(a, b...)	    a##b
#define VGPU_PV_STARTS(what...)	    VGPU_PV_PASTE(VGPU_PV_STARTS_, what)
#define VGPU_PV_STARTS_for(head...) 1
#define VGPU_PV_STARTS_igt_fixture  0
#if VGPU_PV_STARTS(igt_fixture)
#undef igt_fixture
#define igt_fixture()                                                              \
	for (volatile int vgpu_pv_once = 1;                                        \
	     vgpu_pv_once && __igt_fixture() && !sigsetjmp(igt_subtest_jmpbuf, 1); \
	     vgpu_pv_once = 0, __igt_fixture_complete())
#undef igt_main
#define igt_main()                   \
	main(int argc, char **argv); \
	igt_main_args(NULL, NULL, NULL, NULL, NULL)
#endif

#define VGPU_PV_CAPSET_VIRGL  1
#define VGPU_PV_CAPSET_VIRGL2 2

#define VGPU_PV_MAX_SUBMIT 0x80000 /* bytes; the wire header's VGPU_PV_MAX_SUBMIT_SIZE */
#define VGPU_PV_BAD_HANDLE 0x7ffffff0u
#define VGPU_PV_WAIT_MS	   20000 /* an emulated guest is slow; nothing here takes this long */

/* Gallium's numbers, which the user space API of the driver carries. */
enum {
	PIPE_BUFFER = 0,
	PIPE_TEXTURE_2D = 2,
	PIPE_TEXTURE_3D = 3,

	VIRGL_BIND_RENDER_TARGET = 1 << 1,
	VIRGL_BIND_SAMPLER_VIEW = 1 << 3,
	VIRGL_BIND_VERTEX_BUFFER = 1 << 4,
	VIRGL_BIND_SCANOUT = 1 << 18,

	VIRGL_FORMAT_B8G8R8A8_UNORM = 1,
	VIRGL_FORMAT_R8_UNORM = 64,
};

struct vgpu_pv_bo {
	uint32_t handle;
	uint32_t res;
	uint32_t width, height; /* of a texture */
	uint64_t size;		/* bytes of the backing */
	uint32_t *map;		/* after vgpu_pv_map() */
};

/* A command buffer under construction. */
struct vgpu_pv_commands {
	uint32_t *dwords;
	size_t count, room;
};

int vgpu_pv_open_render(void);
int vgpu_pv_open_card(void);
int vgpu_pv_open_3d(void);
int vgpu_pv_open_second_3d(void);

/* 0, or the negative errno. */
int vgpu_pv_ioctl(int fd, unsigned long request, void *arg);
int vgpu_pv_getparam(int fd, uint64_t param);
int vgpu_pv_wait(int fd, uint32_t handle, uint32_t flags);
int vgpu_pv_context_init(int fd, const struct drm_virtgpu_context_set_param *params, uint32_t count);

struct drm_virtgpu_resource_create vgpu_pv_texture_args(uint32_t width, uint32_t height);
struct drm_virtgpu_resource_create vgpu_pv_buffer_args(uint32_t size);
int vgpu_pv_create(int fd, const struct drm_virtgpu_resource_create *args, struct vgpu_pv_bo *bo);
void vgpu_pv_texture(int fd, uint32_t width, uint32_t height, struct vgpu_pv_bo *bo);
void vgpu_pv_buffer(int fd, uint32_t size, struct vgpu_pv_bo *bo);
void vgpu_pv_map(int fd, struct vgpu_pv_bo *bo);
void vgpu_pv_unref(int fd, struct vgpu_pv_bo *bo);

/* The whole of a texture or buffer, and wait until it is done. */
void vgpu_pv_upload(int fd, const struct vgpu_pv_bo *bo);
void vgpu_pv_download(int fd, const struct vgpu_pv_bo *bo);

void vgpu_pv_emit(struct vgpu_pv_commands *commands, const uint32_t *dwords, size_t count);
void vgpu_pv_emit_clear(struct vgpu_pv_commands *commands, const struct vgpu_pv_bo *bo,
			const float color[4]);
void vgpu_pv_emit_copy(struct vgpu_pv_commands *commands, const struct vgpu_pv_bo *to,
		       const struct vgpu_pv_bo *from);
/* Tells igt_runner that a line in the kernel log about a lost context is wanted. */
void vgpu_pv_expect_loss(void);
/* What loses the context; calls vgpu_pv_expect_loss(). */
void vgpu_pv_emit_malformed(struct vgpu_pv_commands *commands);
void vgpu_pv_commands_free(struct vgpu_pv_commands *commands);

/* The ioctl's arguments for these commands, to be bent as a test likes. */
struct drm_virtgpu_execbuffer vgpu_pv_exec_args(const struct vgpu_pv_commands *commands);
int vgpu_pv_exec(int fd, struct drm_virtgpu_execbuffer *args);
/* Submits with an out fence and returns its descriptor, or the negative errno. */
int vgpu_pv_submit(int fd, const struct vgpu_pv_commands *commands);
/* Some hundred milliseconds of work for the host between two textures. */
int vgpu_pv_submit_long(int fd, const struct vgpu_pv_bo *a, const struct vgpu_pv_bo *b);

/* A sync file: 1 signalled, 0 not yet, or the fence's negative errno. */
int vgpu_pv_fence_status(int fence);
/* The same after waiting; fails the test after VGPU_PV_WAIT_MS.  Closes fence. */
int vgpu_pv_fence_finish(int fence);

/* Draws a colour and reads it back: the context behind fd is alive. */
void vgpu_pv_check_alive(int fd);

/*
 * The same, in green or blue, for threads and processes of a test's own, which cannot
 * leave the subtest: 0 or the negative errno, -EILSEQ for other pixels.
 */
int vgpu_pv_draw(int fd, bool blue);

/* Whole pages of a memfd as another exporter's dma-buf, mapped.  Skips without udmabuf. */
int vgpu_pv_udmabuf(size_t size, uint32_t **map);

/* A property of a mode setting object: its id, or 0, and its value where that is asked for. */
uint32_t vgpu_pv_property(int fd, uint32_t object, uint32_t type, const char *name, uint64_t *value);
/* The plane of this type that the first CRTC can use, or 0. */
uint32_t vgpu_pv_find_plane(int fd, uint64_t wanted);

double vgpu_pv_now(void);

#endif /* VGPU_PV_LIB_H */
