// SPDX-License-Identifier: MIT
/*
 * Every field of the calls of mode setting that end in the driver.  They want the
 * display's master, and one has to be over before the next.
 */
#include "igt.h"

#include "vgpu_pv_fields.h"

#define CURSOR_SIDE 64
#define NO_OBJECT   VGPU_PV_BAD_HANDLE

static struct {
	uint32_t fb, plane, cursor;
	uint32_t connectors[2];	/* what is beyond the first is none */
	uint32_t objects[2], counts[2], properties[2];
	uint64_t values[2];
	struct drm_clip_rect clips[1];
	struct drm_mode_modeinfo mode;
} kms;

static void make_framebuffer(void)
{
	struct drm_mode_create_dumb dumb = {
		.width = kms.mode.hdisplay, .height = kms.mode.vdisplay, .bpp = 32,
	};

	do_ioctl(fields.card, DRM_IOCTL_MODE_CREATE_DUMB, &dumb);
	igt_assert_eq(drmModeAddFB(fields.card, dumb.width, dumb.height, 24, 32, dumb.pitch,
				   dumb.handle, &kms.fb), 0);
}

static void make_cursor(void)
{
	struct drm_mode_create_dumb dumb = {
		.width = CURSOR_SIDE, .height = CURSOR_SIDE, .bpp = 32,
	};

	do_ioctl(fields.card, DRM_IOCTL_MODE_CREATE_DUMB, &dumb);
	kms.cursor = dumb.handle;
}

void fields_set_mode(void)
{
	drmModeConnector *connector = NULL;
	drmModeRes *res;
	int i;

	igt_assert_eq(drmSetClientCap(fields.card, DRM_CLIENT_CAP_ATOMIC, 1), 0);
	res = drmModeGetResources(fields.card);
	igt_assert(res && res->count_crtcs >= 1);
	for (i = 0; i < res->count_connectors && !kms.connectors[0]; i++) {
		connector = drmModeGetConnector(fields.card, res->connectors[i]);
		igt_assert(connector);
		if (connector->connection == DRM_MODE_CONNECTED && connector->count_modes) {
			kms.connectors[0] = connector->connector_id;
			memcpy(&kms.mode, &connector->modes[0], sizeof(kms.mode));
		}
		drmModeFreeConnector(connector);
	}
	igt_assert_f(kms.connectors[0], "no output is connected\n");
	fields.crtc = res->crtcs[0];
	drmModeFreeResources(res);
	kms.plane = vgpu_pv_find_plane(fields.card, DRM_PLANE_TYPE_PRIMARY);
	igt_assert(kms.plane);
	make_framebuffer();
	make_cursor();
	kms.objects[0] = kms.plane;
	kms.counts[0] = 1;
	kms.properties[0] = vgpu_pv_property(fields.card, kms.plane, DRM_MODE_OBJECT_PLANE, "FB_ID",
					     NULL);
	kms.values[0] = kms.fb;
	kms.clips[0] = (struct drm_clip_rect){ .x2 = 1, .y2 = 1 };
	igt_assert_eq(drmModeSetCrtc(fields.card, fields.crtc, kms.fb, 0, 0, kms.connectors, 1,
				     (drmModeModeInfo *)&kms.mode), 0);
}

#define OBJECT_ROWS(type, member) \
	ROW(type, member, 0, ENOENT), \
	ROW(type, member, NO_OBJECT, ENOENT)

/* SETCRTC */
static void fill_crtc(void *data)
{
	*(struct drm_mode_crtc *)data = (struct drm_mode_crtc){
		.set_connectors_ptr = to_user_pointer(kms.connectors), .count_connectors = 1,
		.crtc_id = fields.crtc, .fb_id = kms.fb, .mode_valid = 1, .mode = kms.mode,
	};
}

#define CRTC(member, wrong, errno_value) ROW(drm_mode_crtc, member, wrong, errno_value)

static const struct row crtc_rows[] = {
	CRTC(set_connectors_ptr, 0, EFAULT),
	CRTC(set_connectors_ptr, AT_COMMANDS, ENOENT),
	CRTC(set_connectors_ptr, AT_HOLE - 2, EFAULT),
	CRTC(set_connectors_ptr, AT_SECRET, EFAULT),
	CRTC(set_connectors_ptr, AT_KERNEL, EFAULT),
	CRTC(count_connectors, 0, EINVAL),
	CRTC(count_connectors, 2, ENOENT),
	CRTC(count_connectors, 33, EINVAL),
	CRTC(count_connectors, ALL32, EINVAL),
	OBJECT_ROWS(drm_mode_crtc, crtc_id),
	CRTC(crtc_id, ALL32, ENOENT),
	OBJECT_ROWS(drm_mode_crtc, fb_id),
	CRTC(x, 1, ENOSPC),
	CRTC(x, ALL32, ERANGE),
	CRTC(y, 1, ENOSPC),
	CRTC(y, ALL32, ERANGE),
	CRTC(gamma_size, ALL32, 0),
	CRTC(mode_valid, 0, EINVAL),
	CRTC(mode.clock, 0, EINVAL),
	CRTC(mode.clock, INT32_MAX, EINVAL),
	CRTC(mode.clock, ALL32, ERANGE),
	CRTC(mode.hdisplay, 0, EINVAL),
	CRTC(mode.hdisplay, 0xffff, EINVAL),
	CRTC(mode.hsync_start, 0, EINVAL),
	CRTC(mode.hsync_start, 0xffff, EINVAL),
	CRTC(mode.hsync_end, 0, EINVAL),
	CRTC(mode.hsync_end, 0xffff, EINVAL),
	CRTC(mode.htotal, 0, EINVAL),
	CRTC(mode.hskew, 0xffff, 0),
	CRTC(mode.vdisplay, 0, EINVAL),
	CRTC(mode.vdisplay, 0xffff, EINVAL),
	CRTC(mode.vsync_start, 0, EINVAL),
	CRTC(mode.vsync_start, 0xffff, EINVAL),
	CRTC(mode.vsync_end, 0, EINVAL),
	CRTC(mode.vsync_end, 0xffff, EINVAL),
	CRTC(mode.vtotal, 0, EINVAL),
	CRTC(mode.vscan, 0xffff, EINVAL),
	CRTC(mode.vrefresh, 1, 0),
	CRTC(mode.vrefresh, ALL32, ERANGE),
	CRTC(mode.flags, ALL32, EINVAL),
	CRTC(mode.type, ALL32, 0),
	CRTC(mode.name, 'x', 0), /* up to its end */
};

/* PAGE_FLIP */
static void fill_flip(void *data)
{
	*(struct drm_mode_crtc_page_flip *)data = (struct drm_mode_crtc_page_flip){
		.crtc_id = fields.crtc, .fb_id = kms.fb, .flags = DRM_MODE_PAGE_FLIP_EVENT,
	};
}

static int call_flip(unsigned long request, void *data)
{
	struct pollfd pfd = { .fd = fields.card, .events = POLLIN };
	struct drm_event_vblank event;
	int ret;

	ret = vgpu_pv_ioctl(fields.card, request, data);
	if (ret)
		return ret;
	if (poll(&pfd, 1, VGPU_PV_WAIT_MS) != 1)
		return -ETIMEDOUT;
	return read(fields.card, &event, sizeof(event)) == sizeof(event) ? 0 : -EIO;
}

#define FLIP(member, wrong, errno_value) ROW(drm_mode_crtc_page_flip, member, wrong, errno_value)

static const struct row flip_rows[] = {
	OBJECT_ROWS(drm_mode_crtc_page_flip, crtc_id),
	OBJECT_ROWS(drm_mode_crtc_page_flip, fb_id),
	FLIP(flags, DRM_MODE_PAGE_FLIP_EVENT | DRM_MODE_PAGE_FLIP_ASYNC, EINVAL),
	FLIP(flags, DRM_MODE_PAGE_FLIP_EVENT | 1 << 4, EINVAL),
	FLIP(flags, ALL32, EINVAL),
	FLIP(reserved, 1, EINVAL),
	FLIP(reserved, ALL32, EINVAL),
	FLIP(user_data, ALL64, 0),
};

/* CURSOR and CURSOR2 begin with the same fields */
static void fill_cursor(void *data)
{
	*(struct drm_mode_cursor *)data = (struct drm_mode_cursor){
		.flags = DRM_MODE_CURSOR_FLAGS, .crtc_id = fields.crtc, .width = CURSOR_SIDE,
		.height = CURSOR_SIDE, .handle = kms.cursor,
	};
}

#define CURSOR_ROWS(type) \
	ROW(type, flags, 0, EINVAL), \
	ROW(type, flags, DRM_MODE_CURSOR_FLAGS | 1 << 2, EINVAL), \
	ROW(type, flags, ALL32, EINVAL), \
	OBJECT_ROWS(type, crtc_id), \
	ROW(type, x, ALL32, 0), \
	ROW(type, x, INT32_MAX, ERANGE), \
	ROW(type, x, 1u << 31, 0), \
	ROW(type, y, ALL32, 0), \
	ROW(type, y, INT32_MAX, ERANGE), \
	ROW(type, y, 1u << 31, 0), \
	ROW(type, width, 0, EINVAL), \
	ROW(type, width, CURSOR_SIDE + 1, EINVAL), \
	ROW(type, width, ALL32, EINVAL), \
	ROW(type, height, 0, EINVAL), \
	ROW(type, height, CURSOR_SIDE + 1, EINVAL), \
	ROW(type, height, ALL32, EINVAL), \
	ROW(type, handle, 0, 0), \
	ROW(type, handle, STALE, ENOENT), \
	ROW(type, handle, FOREIGN, ENOENT), \
	ROW(type, handle, ALL32, ENOENT)

static const struct row cursor_rows[] = { CURSOR_ROWS(drm_mode_cursor) };
static const struct row cursor2_rows[] = {
	CURSOR_ROWS(drm_mode_cursor2),
	ROW(drm_mode_cursor2, hot_x, ALL32, 0),
	ROW(drm_mode_cursor2, hot_x, INT32_MAX, 0),
	ROW(drm_mode_cursor2, hot_y, ALL32, 0),
	ROW(drm_mode_cursor2, hot_y, 1u << 31, 0),
};

/* SETPLANE, of the primary plane */
static void fill_plane(void *data)
{
	*(struct drm_mode_set_plane *)data = (struct drm_mode_set_plane){
		.plane_id = kms.plane, .crtc_id = fields.crtc, .fb_id = kms.fb,
		.crtc_w = kms.mode.hdisplay, .crtc_h = kms.mode.vdisplay,
		.src_w = kms.mode.hdisplay << 16, .src_h = kms.mode.vdisplay << 16,
	};
}

#define PLANE(member, wrong, errno_value) ROW(drm_mode_set_plane, member, wrong, errno_value)

static const struct row plane_rows[] = {
	OBJECT_ROWS(drm_mode_set_plane, plane_id),
	OBJECT_ROWS(drm_mode_set_plane, crtc_id),
	PLANE(fb_id, NO_OBJECT, ENOENT),
	PLANE(flags, ALL32, 0),
	PLANE(crtc_x, 1, EINVAL),
	PLANE(crtc_x, INT32_MAX, ERANGE),
	PLANE(crtc_x, 1u << 31, EINVAL),
	PLANE(crtc_y, 1, EINVAL),
	PLANE(crtc_y, INT32_MAX, ERANGE),
	PLANE(crtc_w, 0, 0), /* is not visible */
	PLANE(crtc_w, ALL32, ERANGE),
	PLANE(crtc_h, 0, 0),
	PLANE(crtc_h, ALL32, ERANGE),
	PLANE(src_x, 1 << 16, ENOSPC),
	PLANE(src_x, ALL32, ENOSPC),
	PLANE(src_y, 1 << 16, ENOSPC),
	PLANE(src_y, ALL32, ENOSPC),
	PLANE(src_h, 0, ERANGE),
	PLANE(src_h, ALL32, ENOSPC),
	PLANE(src_w, 0, ERANGE),
	PLANE(src_w, ALL32, ENOSPC),
};

/* DIRTYFB */
static void fill_dirty(void *data)
{
	*(struct drm_mode_fb_dirty_cmd *)data = (struct drm_mode_fb_dirty_cmd){
		.fb_id = kms.fb, .num_clips = 1, .clips_ptr = to_user_pointer(kms.clips),
	};
}

#define DIRTY(member, wrong, errno_value) ROW(drm_mode_fb_dirty_cmd, member, wrong, errno_value)

static const struct row dirty_rows[] = {
	OBJECT_ROWS(drm_mode_fb_dirty_cmd, fb_id),
	DIRTY(fb_id, ALL32, ENOENT),
	DIRTY(flags, DRM_MODE_FB_DIRTY_ANNOTATE_COPY, EINVAL), /* of clips in pairs */
	DIRTY(flags, ALL32 & ~DRM_MODE_FB_DIRTY_FLAGS, 0),
	DIRTY(color, ALL32, 0),
	DIRTY(num_clips, 0, EINVAL),
	DIRTY(num_clips, DRM_MODE_FB_DIRTY_MAX_CLIPS + 1, EINVAL),
	DIRTY(num_clips, ALL32, EINVAL),
	DIRTY(clips_ptr, 0, EINVAL),
	DIRTY(clips_ptr, AT_HOLE - 4, EFAULT),
	DIRTY(clips_ptr, AT_SECRET, EFAULT),
	DIRTY(clips_ptr, AT_KERNEL, EFAULT),
	DIRTY(clips_ptr, ALL64, EFAULT),
};

static void fill_clip(void *data)
{
	memcpy(data, &kms.clips[0], sizeof(kms.clips[0]));
}

static int call_clip(unsigned long request, void *data)
{
	struct drm_mode_fb_dirty_cmd args = { 0 };

	fill_dirty(&args);
	args.clips_ptr = to_user_pointer(data);
	return vgpu_pv_ioctl(fields.card, request, &args);
}

#define CLIP(member, wrong, errno_value) ROW(drm_clip_rect, member, wrong, errno_value)

static const struct row clip_rows[] = {
	CLIP(x1, 1, EINVAL), /* empty */
	CLIP(x1, 0xffff, EINVAL),
	CLIP(y1, 1, EINVAL),
	CLIP(y1, 0xffff, EINVAL),
	CLIP(x2, 0, EINVAL),
	CLIP(x2, 0xffff, 0), /* all that there is */
	CLIP(y2, 0, EINVAL),
	CLIP(y2, 0xffff, 0),
};

/* ATOMIC */
static void fill_atomic(void *data)
{
	*(struct drm_mode_atomic *)data = (struct drm_mode_atomic){
		.flags = DRM_MODE_ATOMIC_TEST_ONLY, .count_objs = 1,
		.objs_ptr = to_user_pointer(kms.objects),
		.count_props_ptr = to_user_pointer(kms.counts),
		.props_ptr = to_user_pointer(kms.properties),
		.prop_values_ptr = to_user_pointer(kms.values),
	};
}

#define ATOMIC(member, wrong, errno_value) ROW(drm_mode_atomic, member, wrong, errno_value)
#define ATOMIC_POINTER_ROWS(member) \
	ATOMIC(member, 0, EFAULT), \
	ATOMIC(member, AT_HOLE - 2, EFAULT), \
	ATOMIC(member, AT_SECRET, EFAULT), \
	ATOMIC(member, AT_KERNEL, EFAULT)

static const struct row atomic_rows[] = {
	ATOMIC(flags, DRM_MODE_ATOMIC_TEST_ONLY | DRM_MODE_PAGE_FLIP_EVENT, EINVAL),
	ATOMIC(flags, DRM_MODE_ATOMIC_TEST_ONLY | DRM_MODE_PAGE_FLIP_ASYNC, EINVAL),
	ATOMIC(flags, DRM_MODE_ATOMIC_TEST_ONLY | 1u << 31, EINVAL),
	ATOMIC(flags, ALL32, EINVAL),
	ATOMIC(count_objs, 0, 0),
	ATOMIC(count_objs, 2, ENOENT),
	ATOMIC(count_objs, ALL32, ENOENT),
	ATOMIC_POINTER_ROWS(objs_ptr),
	ATOMIC(objs_ptr, AT_COMMANDS, ENOENT),
	ATOMIC_POINTER_ROWS(count_props_ptr),
	ATOMIC_POINTER_ROWS(props_ptr),
	ATOMIC(props_ptr, AT_COMMANDS, ENOENT),
	ATOMIC_POINTER_ROWS(prop_values_ptr),
	ATOMIC(prop_values_ptr, AT_COMMANDS, EINVAL), /* no framebuffer */
	ATOMIC(reserved, 1, EINVAL),
	ATOMIC(reserved, ALL64, EINVAL),
	ATOMIC(user_data, ALL64, 0),
};

#define MASTER_FORM(text, number, type, prefix) \
	{ \
		.name = text, .request = number, .size = sizeof(struct type), \
		.card = true, .master = true, \
		.fill = fill_##prefix, .call = fields_call_card, FORM_ROWS(prefix##_rows), \
	}

static const struct form forms[] = {
	MASTER_FORM("crtc", DRM_IOCTL_MODE_SETCRTC, drm_mode_crtc, crtc),
	{
		.name = "flip", .request = DRM_IOCTL_MODE_PAGE_FLIP,
		.size = sizeof(struct drm_mode_crtc_page_flip), .card = true, .master = true,
		.fill = fill_flip, .call = call_flip, FORM_ROWS(flip_rows),
	},
	MASTER_FORM("cursor", DRM_IOCTL_MODE_CURSOR, drm_mode_cursor, cursor),
	{
		.name = "cursor2", .request = DRM_IOCTL_MODE_CURSOR2,
		.size = sizeof(struct drm_mode_cursor2), .card = true, .master = true,
		.fill = fill_cursor, .call = fields_call_card, FORM_ROWS(cursor2_rows),
	},
	MASTER_FORM("plane", DRM_IOCTL_MODE_SETPLANE, drm_mode_set_plane, plane),
	MASTER_FORM("dirty", DRM_IOCTL_MODE_DIRTYFB, drm_mode_fb_dirty_cmd, dirty),
	{
		.name = "dirty-clip", .request = DRM_IOCTL_MODE_DIRTYFB, .inner = true,
		.size = sizeof(struct drm_clip_rect), .card = true, .master = true,
		.fill = fill_clip, .call = call_clip, FORM_ROWS(clip_rows),
	},
	MASTER_FORM("atomic", DRM_IOCTL_MODE_ATOMIC, drm_mode_atomic, atomic),
};

const struct part fields_kms = { forms, ARRAY_SIZE(forms) };
