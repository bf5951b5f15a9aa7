// SPDX-License-Identifier: MIT
/*
 * The shared part of the tests; see vgpu_pv_lib.h for what and why.
 */
#include "igt.h"

#include <glob.h>
#include <linux/udmabuf.h>

#include "vgpu_pv_lib.h"

enum {
	VIRGL_CCMD_CREATE_OBJECT = 1,
	VIRGL_CCMD_DESTROY_OBJECT = 3,
	VIRGL_CCMD_SET_FRAMEBUFFER_STATE = 5,
	VIRGL_CCMD_CLEAR = 7,
	VIRGL_CCMD_RESOURCE_COPY_REGION = 17,

	VIRGL_OBJECT_SURFACE = 8,
	PIPE_CLEAR_COLOR0 = 1 << 2,

	VGPU_PV_SURFACE = 1, /* the surface object's handle, made and dropped at each clear */
};

static uint32_t vgpu_pv_header(uint32_t command, uint32_t object, uint32_t length)
{
	return command | object << 8 | length << 16;
}

/*
 * nodes: of the virtio device's driver, as seen from its parent, the DRM device's.
 * skip: how many of our devices come before the one that is meant.
 */
static int vgpu_pv_open_node(const char *nodes, unsigned int skip)
{
	char path[300], driver[300], *end;
	glob_t found;
	int fd = -1;
	size_t i;

	snprintf(path, sizeof(path), "/sys/class/drm/%s/device/virtio[0-9]*/driver", nodes);
	if (glob(path, 0, NULL, &found))
		return -1;
	for (i = 0; i < found.gl_pathc && fd < 0; i++) {
		const char *node = found.gl_pathv[i] + strlen("/sys/class/drm/");
		ssize_t length = readlink(found.gl_pathv[i], driver, sizeof(driver) - 1);

		if (length < 0)
			continue;
		driver[length] = '\0';
		end = strrchr(driver, '/');
		if (!end || strcmp(end + 1, "vgpu_pv") || skip-- > 0)
			continue;
		snprintf(path, sizeof(path), "/dev/dri/%.*s", (int)strcspn(node, "/"), node);
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	globfree(&found);
	return fd;
}

int vgpu_pv_open_render(void)
{
	int fd = vgpu_pv_open_node("renderD*", 0);

	igt_require_f(fd >= 0, "no render node of a device bound to vgpu_pv: modprobe vgpu-pv\n");
	return fd;
}

int vgpu_pv_open_card(void)
{
	int fd = vgpu_pv_open_node("card[0-9]", 0);

	igt_require_f(fd >= 0, "no card of a device bound to vgpu_pv: modprobe vgpu-pv\n");
	return fd;
}

int vgpu_pv_open_3d(void)
{
	int fd = vgpu_pv_open_render();

	igt_require_f(vgpu_pv_getparam(fd, VIRTGPU_PARAM_3D_FEATURES) == 1,
		      "the device has no renderer: see the kernel log\n");
	return fd;
}

int vgpu_pv_open_second_3d(void)
{
	int fd = vgpu_pv_open_node("renderD*", 1);

	igt_require_f(fd >= 0, "no second device bound to vgpu_pv\n");
	igt_require_f(vgpu_pv_getparam(fd, VIRTGPU_PARAM_3D_FEATURES) == 1,
		      "the second device has no renderer: see the kernel log\n");
	return fd;
}

int vgpu_pv_ioctl(int fd, unsigned long request, void *arg)
{
	return drmIoctl(fd, request, arg) ? -errno : 0;
}

int vgpu_pv_getparam(int fd, uint64_t param)
{
	int value = -1;
	struct drm_virtgpu_getparam args = { .param = param, .value = to_user_pointer(&value) };
	int ret = vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_GETPARAM, &args);

	return ret ? ret : value;
}

int vgpu_pv_wait(int fd, uint32_t handle, uint32_t flags)
{
	struct drm_virtgpu_3d_wait args = { .handle = handle, .flags = flags };

	return vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_WAIT, &args);
}

int vgpu_pv_context_init(int fd, const struct drm_virtgpu_context_set_param *params, uint32_t count)
{
	struct drm_virtgpu_context_init args = {
		.num_params = count,
		.ctx_set_params = to_user_pointer(params),
	};

	return vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_CONTEXT_INIT, &args);
}

struct drm_virtgpu_resource_create vgpu_pv_texture_args(uint32_t width, uint32_t height)
{
	return (struct drm_virtgpu_resource_create){
		.target = PIPE_TEXTURE_2D,
		.format = VIRGL_FORMAT_B8G8R8A8_UNORM,
		.bind = VIRGL_BIND_RENDER_TARGET | VIRGL_BIND_SAMPLER_VIEW,
		.width = width,
		.height = height,
		.depth = 1,
		.array_size = 1,
		.size = width * height * 4,
		.stride = width * 4,
	};
}

struct drm_virtgpu_resource_create vgpu_pv_buffer_args(uint32_t size)
{
	return (struct drm_virtgpu_resource_create){
		.target = PIPE_BUFFER,
		.format = VIRGL_FORMAT_R8_UNORM,
		.bind = VIRGL_BIND_VERTEX_BUFFER,
		.width = size,
		.height = 1,
		.depth = 1,
		.array_size = 1,
		.size = size,
	};
}

int vgpu_pv_create(int fd, const struct drm_virtgpu_resource_create *args, struct vgpu_pv_bo *bo)
{
	struct drm_virtgpu_resource_create copy = *args;
	int ret = vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &copy);

	if (ret)
		return ret;
	*bo = (struct vgpu_pv_bo){
		.handle = copy.bo_handle,
		.res = copy.res_handle,
		.width = args->width,
		.height = args->height,
		.size = args->size,
	};
	return 0;
}

void vgpu_pv_texture(int fd, uint32_t width, uint32_t height, struct vgpu_pv_bo *bo)
{
	struct drm_virtgpu_resource_create args = vgpu_pv_texture_args(width, height);

	igt_assert_eq(vgpu_pv_create(fd, &args, bo), 0);
}

void vgpu_pv_buffer(int fd, uint32_t size, struct vgpu_pv_bo *bo)
{
	struct drm_virtgpu_resource_create args = vgpu_pv_buffer_args(size);

	igt_assert_eq(vgpu_pv_create(fd, &args, bo), 0);
}

void vgpu_pv_map(int fd, struct vgpu_pv_bo *bo)
{
	struct drm_virtgpu_map args = { .handle = bo->handle };

	do_ioctl(fd, DRM_IOCTL_VIRTGPU_MAP, &args);
	bo->map = mmap(NULL, bo->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, args.offset);
	igt_assert(bo->map != MAP_FAILED);
}

void vgpu_pv_unref(int fd, struct vgpu_pv_bo *bo)
{
	struct drm_gem_close args = { .handle = bo->handle };

	if (bo->map)
		igt_assert_eq(munmap(bo->map, bo->size), 0);
	do_ioctl(fd, DRM_IOCTL_GEM_CLOSE, &args);
	memset(bo, 0, sizeof(*bo));
}

void vgpu_pv_upload(int fd, const struct vgpu_pv_bo *bo)
{
	struct drm_virtgpu_3d_transfer_to_host args = {
		.bo_handle = bo->handle,
		.box = { .w = bo->width, .h = bo->height, .d = 1 },
	};

	do_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &args);
	igt_assert_eq(vgpu_pv_wait(fd, bo->handle, 0), 0);
}

void vgpu_pv_download(int fd, const struct vgpu_pv_bo *bo)
{
	struct drm_virtgpu_3d_transfer_from_host args = {
		.bo_handle = bo->handle,
		.box = { .w = bo->width, .h = bo->height, .d = 1 },
	};

	do_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &args);
	igt_assert_eq(vgpu_pv_wait(fd, bo->handle, 0), 0);
}

void vgpu_pv_emit(struct vgpu_pv_commands *commands, const uint32_t *dwords, size_t count)
{
	if (commands->count + count > commands->room) {
		commands->room = 2 * (commands->count + count);
		commands->dwords = realloc(commands->dwords, commands->room * sizeof(*dwords));
		igt_assert(commands->dwords);
	}
	memcpy(commands->dwords + commands->count, dwords, count * sizeof(*dwords));
	commands->count += count;
}

void vgpu_pv_emit_clear(struct vgpu_pv_commands *commands, const struct vgpu_pv_bo *bo,
			const float color[4])
{
	uint32_t dwords[] = {
		vgpu_pv_header(VIRGL_CCMD_CREATE_OBJECT, VIRGL_OBJECT_SURFACE, 5),
		VGPU_PV_SURFACE, bo->res, VIRGL_FORMAT_B8G8R8A8_UNORM, 0, 0,
		vgpu_pv_header(VIRGL_CCMD_SET_FRAMEBUFFER_STATE, 0, 3),
		1, 0, VGPU_PV_SURFACE,
		vgpu_pv_header(VIRGL_CCMD_CLEAR, 0, 8),
		PIPE_CLEAR_COLOR0, 0, 0, 0, 0, 0, 0, 0,
		vgpu_pv_header(VIRGL_CCMD_SET_FRAMEBUFFER_STATE, 0, 2),
		0, 0,
		vgpu_pv_header(VIRGL_CCMD_DESTROY_OBJECT, VIRGL_OBJECT_SURFACE, 1),
		VGPU_PV_SURFACE,
	};

	memcpy(&dwords[12], color, 4 * sizeof(*color));
	vgpu_pv_emit(commands, dwords, ARRAY_SIZE(dwords));
}

void vgpu_pv_emit_copy(struct vgpu_pv_commands *commands, const struct vgpu_pv_bo *to,
		       const struct vgpu_pv_bo *from)
{
	const uint32_t dwords[] = {
		vgpu_pv_header(VIRGL_CCMD_RESOURCE_COPY_REGION, 0, 13),
		to->res, 0, 0, 0, 0,
		from->res, 0, 0, 0, 0, from->width, from->height, 1,
	};

	vgpu_pv_emit(commands, dwords, ARRAY_SIZE(dwords));
}

void vgpu_pv_expect_loss(void)
{
	igt_emit_ignore_dmesg_regex("context [0-9]+ is lost|context_lose: [0-9]+ callbacks suppressed");
}

/* A command that does not exist, of three dwords. */
void vgpu_pv_emit_malformed(struct vgpu_pv_commands *commands)
{
	const uint32_t dwords[] = { vgpu_pv_header(0xfe, 0, 3), 1, 2, 3 };

	vgpu_pv_expect_loss();
	vgpu_pv_emit(commands, dwords, ARRAY_SIZE(dwords));
}

void vgpu_pv_commands_free(struct vgpu_pv_commands *commands)
{
	free(commands->dwords);
	memset(commands, 0, sizeof(*commands));
}

struct drm_virtgpu_execbuffer vgpu_pv_exec_args(const struct vgpu_pv_commands *commands)
{
	return (struct drm_virtgpu_execbuffer){
		.size = commands->count * sizeof(*commands->dwords),
		.command = to_user_pointer(commands->dwords),
		.fence_fd = -1,
	};
}

int vgpu_pv_exec(int fd, struct drm_virtgpu_execbuffer *args)
{
	return vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, args);
}

int vgpu_pv_submit(int fd, const struct vgpu_pv_commands *commands)
{
	struct drm_virtgpu_execbuffer args = vgpu_pv_exec_args(commands);
	int ret;

	args.flags = VIRTGPU_EXECBUF_FENCE_FD_OUT;
	ret = vgpu_pv_exec(fd, &args);
	return ret ? ret : args.fence_fd;
}

int vgpu_pv_submit_long(int fd, const struct vgpu_pv_bo *a, const struct vgpu_pv_bo *b)
{
	struct vgpu_pv_commands commands = { 0 };
	const uint32_t handles[] = { a->handle, b->handle };
	struct drm_virtgpu_execbuffer args;
	int i, ret;

	for (i = 0; i < 100; i++)
		vgpu_pv_emit_copy(&commands, i & 1 ? a : b, i & 1 ? b : a);
	args = vgpu_pv_exec_args(&commands);
	args.flags = VIRTGPU_EXECBUF_FENCE_FD_OUT;
	args.bo_handles = to_user_pointer(handles);
	args.num_bo_handles = ARRAY_SIZE(handles);
	ret = vgpu_pv_exec(fd, &args);
	vgpu_pv_commands_free(&commands);
	return ret ? ret : args.fence_fd;
}

int vgpu_pv_fence_status(int fence)
{
	struct sync_file_info info = { 0 };

	do_ioctl(fence, SYNC_IOC_FILE_INFO, &info);
	return info.status;
}

int vgpu_pv_fence_finish(int fence)
{
	struct pollfd pfd = { .fd = fence, .events = POLLIN };
	int status;

	igt_assert_f(fence >= 0, "no fence: %s\n", strerror(-fence));
	igt_assert_f(poll(&pfd, 1, VGPU_PV_WAIT_MS) == 1, "the fence did not signal in %d ms\n",
		     VGPU_PV_WAIT_MS);
	status = vgpu_pv_fence_status(fence);
	close(fence);
	return status;
}

void vgpu_pv_check_alive(int fd)
{
	static const float red[4] = { 1, 0, 0, 1 };
	struct vgpu_pv_commands commands = { 0 };
	struct vgpu_pv_bo bo;
	size_t i;

	vgpu_pv_texture(fd, 16, 16, &bo);
	vgpu_pv_map(fd, &bo);
	vgpu_pv_emit_clear(&commands, &bo, red);
	igt_assert_eq(vgpu_pv_fence_finish(vgpu_pv_submit(fd, &commands)), 1);
	vgpu_pv_download(fd, &bo);
	for (i = 0; i < bo.size / 4; i++)
		igt_assert_eq_u32(bo.map[i], 0xffff0000);
	vgpu_pv_commands_free(&commands);
	vgpu_pv_unref(fd, &bo);
}

int vgpu_pv_draw(int fd, bool blue)
{
	const float color[4] = { 0, !blue, blue, 1 };
	struct drm_virtgpu_resource_create args = vgpu_pv_texture_args(32, 32);
	struct drm_virtgpu_3d_transfer_from_host from = { .box = { .w = 32, .h = 32, .d = 1 } };
	uint32_t *pixels, expected = blue ? 0xff0000ff : 0xff00ff00;
	struct vgpu_pv_commands commands = { 0 };
	struct drm_virtgpu_map map = { 0 };
	struct drm_virtgpu_execbuffer exec;
	struct vgpu_pv_bo bo = { 0 };
	int ret;

	ret = vgpu_pv_create(fd, &args, &bo);
	if (ret)
		return ret;
	from.bo_handle = map.handle = bo.handle;
	vgpu_pv_emit_clear(&commands, &bo, color);
	exec = vgpu_pv_exec_args(&commands);
	ret = vgpu_pv_exec(fd, &exec) ?:
	      vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from) ?:
	      vgpu_pv_wait(fd, bo.handle, 0) ?:
	      vgpu_pv_ioctl(fd, DRM_IOCTL_VIRTGPU_MAP, &map);
	pixels = mmap(NULL, bo.size, PROT_READ, MAP_SHARED, fd, map.offset);
	if (!ret && (pixels == MAP_FAILED || pixels[0] != expected ||
		     pixels[32 * 32 - 1] != expected))
		ret = -EILSEQ;
	munmap(pixels, bo.size);
	drmCloseBufferHandle(fd, bo.handle);
	vgpu_pv_commands_free(&commands);
	return ret;
}

int vgpu_pv_udmabuf(size_t size, uint32_t **map)
{
	struct udmabuf_create create = { .size = size };
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), prime;

	igt_require_f(device >= 0, "no /dev/udmabuf\n");
	create.memfd = memfd_create("vgpu_pv", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	igt_assert(create.memfd != UINT32_MAX);
	igt_assert_eq(ftruncate(create.memfd, create.size), 0);
	igt_assert_eq(fcntl(create.memfd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	*map = mmap(NULL, create.size, PROT_READ | PROT_WRITE, MAP_SHARED, create.memfd, 0);
	igt_assert(*map != MAP_FAILED);
	prime = ioctl(device, UDMABUF_CREATE, &create);
	igt_assert(prime >= 0);
	close(create.memfd);
	close(device);
	return prime;
}

uint32_t vgpu_pv_property(int fd, uint32_t object, uint32_t type, const char *name, uint64_t *value)
{
	drmModeObjectProperties *properties = drmModeObjectGetProperties(fd, object, type);
	uint32_t i, id = 0;

	igt_assert(properties);
	for (i = 0; i < properties->count_props && !id; i++) {
		drmModePropertyRes *entry = drmModeGetProperty(fd, properties->props[i]);

		if (entry && !strcmp(entry->name, name)) {
			id = entry->prop_id;
			if (value)
				*value = properties->prop_values[i];
		}
		drmModeFreeProperty(entry);
	}
	drmModeFreeObjectProperties(properties);
	return id;
}

uint32_t vgpu_pv_find_plane(int fd, uint64_t wanted)
{
	drmModePlaneRes *planes = drmModeGetPlaneResources(fd);
	uint32_t i, found = 0;

	igt_assert(planes);
	for (i = 0; i < planes->count_planes && !found; i++) {
		drmModePlane *plane = drmModeGetPlane(fd, planes->planes[i]);
		uint64_t type = 99;

		vgpu_pv_property(fd, planes->planes[i], DRM_MODE_OBJECT_PLANE, "type", &type);
		if (plane && plane->possible_crtcs & 1 && type == wanted)
			found = plane->plane_id;
		drmModeFreePlane(plane);
	}
	drmModeFreePlaneResources(planes);
	return found;
}

double vgpu_pv_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
