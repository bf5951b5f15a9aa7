/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Outputs: what is shown, when, and what of it changed.
 */
#ifndef VGPU_PV_OUTPUTS_H
#define VGPU_PV_OUTPUTS_H

#include <linux/hrtimer.h>
#include <linux/iosys-map.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include <drm/drm_connector.h>
#include <drm/drm_crtc.h>
#include <drm/drm_encoder.h>
#include <drm/drm_plane.h>
#include <drm/drm_rect.h>

struct drm_fb_helper;
struct drm_fb_helper_surface_size;
struct vgpu_pv_device;
struct vgpu_pv_object;

/**
 * struct vgpu_pv_damage_buffer - a buffer that a plane showed
 * @serial: of the object, zero for none
 * @pitch: of the framebuffer, in bytes: another one has another place for each line
 * @stale: what changed since it was fetched, in pixels
 */
struct vgpu_pv_damage_buffer {
	u64 serial;
	u32 pitch;
	struct drm_rect stale;
};

/* More than the triple of buffers that a compositor has. */
#define VGPU_PV_DAMAGE_BUFFERS	4

/**
 * struct vgpu_pv_damage - of a plane
 * @buffers: the latest first
 */
struct vgpu_pv_damage {
	struct vgpu_pv_damage_buffer buffers[VGPU_PV_DAMAGE_BUFFERS];
};

/**
 * struct vgpu_pv_shown - what an output shows, for its checksum
 * @width: of the mode, in pixels
 * @height: likewise
 * @pixels: the picture, or NULL
 * @stride: of the picture, in bytes
 * @format: of the picture, a DRM fourcc
 * @cursor: its picture, or NULL
 * @cursor_x: its place on the output, in pixels
 * @cursor_y: likewise
 */
struct vgpu_pv_shown {
	int width;
	int height;
	const void *pixels;
	u32 stride;
	u32 format;
	const void *cursor;
	int cursor_x;
	int cursor_y;
};

/**
 * struct vgpu_pv_pipe - one CRTC with its planes, encoder and connector
 * @crtc: the CRTC
 * @encoder: its encoder
 * @connector: its connector
 * @vg: the device
 * @index: the scanout's number
 * @enabled: a display is attached, of
 * @width: by
 * @height: pixels
 * @edid: its identification, or NULL; mode_config.mutex
 * @scanout: what the device shows, or NULL; a hold
 * @cursor: what the device's cursor shows, or NULL; a hold
 * @modeset: the next update sets the scanout anew, and copies all of it
 * @vblank_timer: stands in for the display's beam
 * @period: of @vblank_timer
 * @vblank_start: when the first vblank was
 * @vblank_on: @vblank_timer goes on; vblank_time_lock
 * @crc_lock: protects @shown and @crc_line
 * @shown: what the checksum is of
 * @crc_line: one line of the frame, while checksums are wanted
 * @crc_on: @crc is told with each vblank
 * @crc_frame: the last that was told; of @vblank_timer
 * @crc: of the last commit
 */
struct vgpu_pv_pipe {
	struct drm_crtc crtc;
	struct drm_encoder encoder;
	struct drm_connector connector;
	struct vgpu_pv_device *vg;
	unsigned int index;
	bool enabled;
	u32 width;
	u32 height;
	const struct drm_edid *edid;
	struct vgpu_pv_object *scanout;
	struct vgpu_pv_object *cursor;
	bool modeset;
	struct hrtimer vblank_timer;
	ktime_t period;
	ktime_t vblank_start;
	bool vblank_on;
	struct mutex crc_lock;	/* see above */
	struct vgpu_pv_shown shown;
	u32 *crc_line;
	bool crc_on;
	u64 crc_frame;
	u32 crc;
};

static inline struct vgpu_pv_pipe *to_vgpu_pv_pipe(struct drm_crtc *crtc)
{
	return container_of(crtc, struct vgpu_pv_pipe, crtc);
}

/* vgpu_pv_display.c */
unsigned long vgpu_pv_display_query(struct vgpu_pv_device *vg);
void vgpu_pv_display_set_scanout(struct vgpu_pv_pipe *pipe, struct drm_framebuffer *fb,
				 const struct drm_rect *src);
void vgpu_pv_display_flush(struct vgpu_pv_pipe *pipe, const struct drm_rect *rect, bool wait);
void vgpu_pv_display_settle(struct vgpu_pv_device *vg);
void vgpu_pv_display_cursor(struct vgpu_pv_pipe *pipe, const struct drm_plane_state *state,
			    bool update);

/* vgpu_pv_kms.c */
int vgpu_pv_kms_init(struct vgpu_pv_device *vg);
int vgpu_pv_kms_check_fb(const struct drm_framebuffer *fb);
void vgpu_pv_kms_hotplug(struct vgpu_pv_device *vg, unsigned long changed);

/* vgpu_pv_vblank.c */
void vgpu_pv_vblank_init(struct vgpu_pv_pipe *pipe);
void vgpu_pv_vblank_on(struct vgpu_pv_pipe *pipe);
void vgpu_pv_vblank_off(struct vgpu_pv_pipe *pipe);
int vgpu_pv_vblank_enable(struct drm_crtc *crtc);
void vgpu_pv_vblank_disable(struct drm_crtc *crtc);
bool vgpu_pv_vblank_timestamp(struct drm_crtc *crtc, int *max_error, ktime_t *time,
			      bool in_vblank_irq);

/* vgpu_pv_crc.c */
void vgpu_pv_crc_note_mode(struct vgpu_pv_pipe *pipe, const struct drm_display_mode *mode);
void vgpu_pv_crc_note_scanout(struct vgpu_pv_pipe *pipe, const struct drm_framebuffer *fb,
			      u64 offset);
void vgpu_pv_crc_note_cursor(struct vgpu_pv_pipe *pipe, const struct drm_plane_state *state);
void vgpu_pv_crc_commit(struct vgpu_pv_pipe *pipe);
void vgpu_pv_crc_vblank(struct vgpu_pv_pipe *pipe);
const char *const *vgpu_pv_crc_get_sources(struct drm_crtc *crtc, size_t *count);
int vgpu_pv_crc_verify_source(struct drm_crtc *crtc, const char *source, size_t *values);
int vgpu_pv_crc_set_source(struct drm_crtc *crtc, const char *source);

/* vgpu_pv_damage.c */
const struct drm_rect *vgpu_pv_damage_frame(struct vgpu_pv_damage *damage,
					    const struct drm_framebuffer *fb,
					    const struct drm_rect *changed,
					    const struct drm_rect *whole);
void vgpu_pv_damage_fetched(struct vgpu_pv_damage *damage);

/* vgpu_pv_shadow.c */
int vgpu_pv_shadow_create(struct vgpu_pv_object *obj);
int vgpu_pv_shadow_copy(struct drm_framebuffer *fb, const struct drm_rect *rect,
			const struct iosys_map *from);
struct vgpu_pv_object *vgpu_pv_shadow_shown(const struct drm_framebuffer *fb);

/* vgpu_pv_plane.c */
struct drm_plane *vgpu_pv_plane_create(struct vgpu_pv_device *vg, enum drm_plane_type type,
				       unsigned int index);

/* vgpu_pv_fbdev.c */
int vgpu_pv_fbdev_probe(struct drm_fb_helper *helper, struct drm_fb_helper_surface_size *sizes);

#endif /* VGPU_PV_OUTPUTS_H */
