// SPDX-License-Identifier: MIT
/*
 * Draws by GLES into buffers of the display, and says to the kernel what of them
 * changed, as a compositor does.  Between two steps it waits until the host has
 * looked.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES2/gl2.h>
#include <GLES2/gl2ext.h>
#include <drm_fourcc.h>
#include <gbm.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "client.h"

/* Newer than the host's headers. */
#ifndef DRM_CLIENT_CAP_CURSOR_PLANE_HOTSPOT
#define DRM_CLIENT_CAP_CURSOR_PLANE_HOTSPOT 6
#endif

#define WIDTH	   640
#define HEIGHT	   480
#define BUFFERS	   3
#define FLIPS	   9
#define MOVES	   30
#define MAX_VALUES 8

struct rect {
	int x, y, width, height;
};

static struct buffer {
	struct gbm_bo *bo;
	uint32_t fb;
	GLuint framebuffer;
} buffers[BUFFERS];

static int fd;
static uint32_t crtc, connector, plane, cursor_plane, cursor;
static drmModeModeInfo mode;
static int hot_spots;

static void die(const char *what)
{
	fprintf(stderr, "damage: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Is there, and waits until the host has seen it. */
static void step(const char *name)
{
	char path[64];
	int tries, most = 900 * client_slow();

	glFinish();
	snprintf(path, sizeof(path), "/mnt/share/at.%s", name);
	close(open(path, O_CREAT | O_WRONLY, 0644));
	snprintf(path, sizeof(path), "/mnt/share/seen.%s", name);
	for (tries = 0; access(path, F_OK); tries++) {
		if (tries == most)
			die(name);
		usleep(100000);
	}
}

/* ---- what is drawn ---- */

static void buffer_create(struct gbm_device *gbm, EGLDisplay egl, struct buffer *buffer)
{
	PFNGLEGLIMAGETARGETTEXTURE2DOESPROC target_texture =
		(void *)eglGetProcAddress("glEGLImageTargetTexture2DOES");
	PFNEGLCREATEIMAGEKHRPROC create_image = (void *)eglGetProcAddress("eglCreateImageKHR");
	uint32_t handles[4] = { 0 }, pitches[4] = { 0 }, offsets[4] = { 0 };
	EGLImageKHR image;
	GLuint texture;

	buffer->bo = gbm_bo_create(gbm, WIDTH, HEIGHT, GBM_FORMAT_XRGB8888,
				   GBM_BO_USE_SCANOUT | GBM_BO_USE_RENDERING);
	if (!buffer->bo)
		die("gbm_bo_create");
	handles[0] = gbm_bo_get_handle(buffer->bo).u32;
	pitches[0] = gbm_bo_get_stride(buffer->bo);
	if (drmModeAddFB2(fd, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, handles, pitches, offsets,
			  &buffer->fb, 0))
		die("a framebuffer");
	image = create_image(egl, EGL_NO_CONTEXT, EGL_NATIVE_PIXMAP_KHR, buffer->bo, NULL);
	glGenTextures(1, &texture);
	glBindTexture(GL_TEXTURE_2D, texture);
	target_texture(GL_TEXTURE_2D, image);
	glGenFramebuffers(1, &buffer->framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, buffer->framebuffer);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture, 0);
	if (glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE)
		die("the renderer's framebuffer");
}

static void gl_start(void)
{
	static const EGLint attributes[] = { EGL_CONTEXT_CLIENT_VERSION, 2, EGL_NONE };
	struct gbm_device *gbm = gbm_create_device(fd);
	EGLDisplay egl = eglGetPlatformDisplay(EGL_PLATFORM_GBM_KHR, gbm, NULL);
	EGLContext context;
	int i;

	if (!eglInitialize(egl, NULL, NULL) || !eglBindAPI(EGL_OPENGL_ES_API))
		die("EGL");
	context = eglCreateContext(egl, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, attributes);
	if (!eglMakeCurrent(egl, EGL_NO_SURFACE, EGL_NO_SURFACE, context))
		die("a context");
	printf("renderer: %s\n", (const char *)glGetString(GL_RENDERER));
	glEnable(GL_SCISSOR_TEST);
	for (i = 0; i < BUFFERS; i++)
		buffer_create(gbm, egl, &buffers[i]);
}

static void draw(const struct buffer *buffer, struct rect r, float red, float green, float blue)
{
	glBindFramebuffer(GL_FRAMEBUFFER, buffer->framebuffer);
	glScissor(r.x, r.y, r.width, r.height);
	glClearColor(red, green, blue, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	glFlush();
}

static void draw_background(const struct buffer *buffer)
{
	draw(buffer, (struct rect){ 0, 0, WIDTH, HEIGHT }, 0x20 / 255.f, 0x40 / 255.f, 0x60 / 255.f);
}

/* ---- what the kernel is told ---- */

static uint32_t property(uint32_t object, uint32_t type, const char *name, uint64_t *value)
{
	drmModeObjectProperties *properties = drmModeObjectGetProperties(fd, object, type);
	uint32_t i, id = 0;

	if (!properties)
		die(name);
	for (i = 0; i < properties->count_props; i++) {
		drmModePropertyRes *entry = drmModeGetProperty(fd, properties->props[i]);

		if (!strcmp(entry->name, name)) {
			id = entry->prop_id;
			if (value)
				*value = properties->prop_values[i];
		}
		drmModeFreeProperty(entry);
	}
	drmModeFreeObjectProperties(properties);
	return id;
}

static uint32_t find_plane(uint64_t wanted)
{
	drmModePlaneRes *planes = drmModeGetPlaneResources(fd);
	uint32_t i, found = 0;
	uint64_t type;

	for (i = 0; planes && i < planes->count_planes; i++)
		if (property(planes->planes[i], DRM_MODE_OBJECT_PLANE, "type", &type) &&
		    type == wanted)
			found = planes->planes[i];
	drmModeFreePlaneResources(planes);
	if (!found)
		die("a plane");
	return found;
}

static void set(drmModeAtomicReq *request, uint32_t object, const char *name, uint64_t value)
{
	uint32_t type = object == crtc ? DRM_MODE_OBJECT_CRTC : DRM_MODE_OBJECT_PLANE;
	uint32_t id = property(object, type, name, NULL);

	if (!id || drmModeAtomicAddProperty(request, object, id, value) < 0)
		die(name);
}

static void wait_shown(void)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char event[1024];

	if (poll(&p, 1, 30000 * client_slow()) != 1 || read(fd, event, sizeof(event)) <= 0)
		die("a commit's event");
}

static void commit(drmModeAtomicReq *request, uint32_t flags)
{
	if (drmModeAtomicCommit(fd, request, DRM_MODE_PAGE_FLIP_EVENT | flags, NULL))
		die("a commit");
	drmModeAtomicFree(request);
	if (!(flags & DRM_MODE_ATOMIC_NONBLOCK))
		wait_shown();
}

static void show(const struct buffer *buffer, const struct rect *damage, int count, uint32_t flags)
{
	drmModeAtomicReq *request = drmModeAtomicAlloc();
	struct drm_mode_rect clips[MAX_VALUES];
	uint32_t blob = 0;
	int i;

	for (i = 0; i < count; i++)
		clips[i] = (struct drm_mode_rect){ damage[i].x, damage[i].y,
						   damage[i].x + damage[i].width,
						   damage[i].y + damage[i].height };
	if (drmModeCreatePropertyBlob(fd, clips, count * sizeof(clips[0]), &blob))
		die("a blob");
	set(request, plane, "FB_ID", buffer->fb);
	set(request, plane, "FB_DAMAGE_CLIPS", blob);
	commit(request, flags);
	drmModeDestroyPropertyBlob(fd, blob);
}

/* ---- the steps ---- */

static void make_cursor(void)
{
	struct drm_mode_create_dumb dumb = { .width = 64, .height = 64, .bpp = 32 };
	struct drm_mode_map_dumb map = { 0 };
	void *pixels;

	if (drmIoctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &dumb))
		die("the cursor");
	map.handle = cursor = dumb.handle;
	if (drmIoctl(fd, DRM_IOCTL_MODE_MAP_DUMB, &map))
		die("the cursor's mapping");
	pixels = mmap(NULL, dumb.size, PROT_WRITE, MAP_SHARED, fd, map.offset);
	if (pixels == MAP_FAILED)
		die("mmap");
	memset(pixels, 0xff, dumb.size);
}

/* By the calls of old, then in commits as of today, which had no hot spot until Linux 6.8. */
static void move_cursor(void)
{
	drmModeAtomicReq *request;
	int i;

	if (drmModeSetCursor2(fd, crtc, cursor, 64, 64, 5, 6))
		die("the cursor");
	for (i = 1; i <= MOVES; i++)
		if (drmModeMoveCursor(fd, crtc, 10 * i, 5 * i))
			die("a move");
	step("moved");
	for (i = 1; i <= MOVES; i++) {
		request = drmModeAtomicAlloc();
		set(request, cursor_plane, "CRTC_X", 10 * i - 20);
		set(request, cursor_plane, "CRTC_Y", 5 * i - 20);
		if (hot_spots && i == MOVES) {
			set(request, cursor_plane, "HOTSPOT_X", 63);
			set(request, cursor_plane, "HOTSPOT_Y", 7);
		}
		commit(request, 0);
	}
	if (!hot_spots && (drmModeSetCursor2(fd, crtc, cursor, 64, 64, 63, 7) ||
			   drmModeMoveCursor(fd, crtc, 10 * MOVES - 20, 5 * MOVES - 20)))
		die("the cursor's hot spot");
}

static void commit_nothing(void)
{
	drmModeAtomicReq *request;
	int i;

	for (i = 0; i < MOVES; i++) {
		request = drmModeAtomicAlloc();
		set(request, crtc, "ACTIVE", 1);
		commit(request, 0);
	}
}

static void change_in_place(void)
{
	static const struct rect two[] = { { 200, 60, 10, 10 }, { 230, 90, 20, 5 } };
	drmModeClip clip = { .x1 = 100, .y1 = 50, .x2 = 116, .y2 = 58 };

	draw(&buffers[0], (struct rect){ 100, 50, 16, 8 }, 1, 0, 0);
	if (drmModeDirtyFB(fd, buffers[0].fb, &clip, 1))
		die("DIRTYFB");
	step("dirty");
	draw(&buffers[0], two[0], 1, 0, 0);
	draw(&buffers[0], two[1], 0, 1, 0);
	show(&buffers[0], two, 2, 0);
	step("clips");
	draw_background(&buffers[0]);
	draw_background(&buffers[1]);
	draw_background(&buffers[2]);
	if (drmModeDirtyFB(fd, buffers[0].fb, NULL, 0))
		die("DIRTYFB");
	step("whole");
}

/* A blue block moves right over three buffers, each of which has every block drawn. */
static void flip(void)
{
	struct rect block = { 8, 16, 16, 16 };
	int i, k;

	for (i = 0; i < FLIPS; i++, block.x += 16) {
		if (i == BUFFERS)
			step("warm");
		for (k = 0; k < BUFFERS; k++)
			draw(&buffers[k], block, 0, 0, 1);
		show(&buffers[(i + 1) % BUFFERS], &block, 1, 0);
	}
}

/* Whether something is still to be done to it. */
static int is_busy(const struct buffer *buffer)
{
	struct pollfd p = { .fd = gbm_bo_get_fd(buffer->bo), .events = POLLOUT };
	int busy = !poll(&p, 1, 0);

	close(p.fd);
	return busy;
}

/* With the worker stopped: neither the flip nor the next frame waits for the transfer. */
static void render_ahead(void)
{
	const struct rect block = { 8, 48, 16, 16 };
	struct pollfd p = { .fd = fd, .events = POLLIN };

	draw(&buffers[2], block, 0, 0, 1);
	step("stop");
	show(&buffers[2], &block, 1, DRM_MODE_ATOMIC_NONBLOCK);
	draw(&buffers[0], block, 0, 0, 1);
	if (poll(&p, 1, 0) || !is_busy(&buffers[2]) || !is_busy(&buffers[0])) {
		fprintf(stderr, "damage: a frame is complete without the renderer\n");
		exit(1);
	}
	close(open("/mnt/share/at.ahead", O_CREAT | O_WRONLY, 0644));
	wait_shown();
	step("shown-behind");
}

int main(void)
{
	drmModeConnector *attached;
	drmModeRes *res;
	int i;

	fd = open("/dev/dri/card0", O_RDWR | O_CLOEXEC);
	if (fd < 0 || drmSetClientCap(fd, DRM_CLIENT_CAP_ATOMIC, 1))
		die("/dev/dri/card0");
	hot_spots = !drmSetClientCap(fd, DRM_CLIENT_CAP_CURSOR_PLANE_HOTSPOT, 1);
	res = drmModeGetResources(fd);
	if (!res)
		die("the outputs");
	crtc = res->crtcs[0];
	connector = res->connectors[0];
	attached = drmModeGetConnector(fd, connector);
	for (i = 0; i < attached->count_modes && !mode.clock; i++)
		if (attached->modes[i].hdisplay == WIDTH && attached->modes[i].vdisplay == HEIGHT)
			mode = attached->modes[i];
	plane = find_plane(DRM_PLANE_TYPE_PRIMARY);
	cursor_plane = find_plane(DRM_PLANE_TYPE_CURSOR);
	gl_start();
	make_cursor();

	draw_background(&buffers[0]);
	if (drmModeSetCrtc(fd, crtc, buffers[0].fb, 0, 0, &connector, 1, &mode))
		die("the mode");
	step("shown");
	move_cursor();
	step("committed");
	commit_nothing();
	step("nothing");
	change_in_place();
	flip();
	step("flipped");
	render_ahead();
	return 0;
}
