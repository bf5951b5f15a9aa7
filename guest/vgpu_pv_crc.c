// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: Checksums of what is shown
 *
 * debugfs offers a CRC of each frame (crtc-N/crc): of the picture with the
 * cursor blended over it, as the host puts them together. It is computed once a
 * commit, when the picture is complete in the aperture and before the flip's
 * event is armed, and told with each vblank. To compute it at each vblank was
 * turned down: a frame takes longer than a vblank lasts in an emulated guest, and
 * it would see what user space draws without telling.
 */

#include <linux/crc32.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/string.h>

#include <drm/drm_fourcc.h>
#include <drm/drm_framebuffer.h>
#include <drm/drm_rect.h>
#include <drm/drm_vblank.h>

#include "vgpu_pv_drv.h"

/* Frames that a late timer may tell at once; the reader's buffer has 128. */
#define VGPU_PV_CRC_MAX_LATE	16

static const char * const vgpu_pv_crc_sources[] = { "auto" };

/* A picture's colours are multiplied by its alpha already. */
static u32 vgpu_pv_crc_blend(u32 below, u32 above)
{
	u32 rest = 255 - (above >> 24), result = 0;
	unsigned int shift;

	for (shift = 0; shift < 24; shift += 8) {
		u32 channel = (above >> shift & 0xff) +
			      DIV_ROUND_CLOSEST((below >> shift & 0xff) * rest, 255);

		result |= min_t(u32, channel, 255) << shift;
	}
	return result;
}

static void vgpu_pv_crc_cursor_line(const struct vgpu_pv_shown *shown, int y, u32 *line)
{
	const __le32 *cursor = shown->cursor;
	int x, at, row = y - shown->cursor_y;

	if (!cursor || row < 0 || row >= VGPU_PV_CURSOR_DIMENSION)
		return;

	cursor += row * VGPU_PV_CURSOR_DIMENSION;
	for (x = 0; x < VGPU_PV_CURSOR_DIMENSION; x++) {
		at = shown->cursor_x + x;
		if (at >= 0 && at < shown->width)
			line[at] = vgpu_pv_crc_blend(line[at], le32_to_cpu(cursor[x]));
	}
}

/* As a display of eight bits a channel has it. */
static u32 vgpu_pv_crc_pixel(u32 format, const void *pixels, int x)
{
	u32 pixel;

	if (format == DRM_FORMAT_RGB565) {
		pixel = le16_to_cpu(((const __le16 *)pixels)[x]);
		return (pixel & 0xf800) << 8 | (pixel & 0xe000) << 3 |
		       (pixel & 0x07e0) << 5 | (pixel & 0x0600) >> 1 |
		       (pixel & 0x001f) << 3 | (pixel & 0x001c) >> 2;
	}

	pixel = le32_to_cpu(((const __le32 *)pixels)[x]) & 0xffffff;
	if (format == DRM_FORMAT_XBGR8888 || format == DRM_FORMAT_ABGR8888)
		pixel = swab32(pixel) >> 8;
	return pixel;
}

static void vgpu_pv_crc_line(const struct vgpu_pv_shown *shown, int y, u32 *line)
{
	const void *pixels;
	int x;

	if (!shown->pixels) {
		memset(line, 0, array_size(shown->width, sizeof(*line)));
	} else {
		pixels = shown->pixels + (size_t)y * shown->stride;
		for (x = 0; x < shown->width; x++)
			line[x] = vgpu_pv_crc_pixel(shown->format, pixels, x);
	}
	vgpu_pv_crc_cursor_line(shown, y, line);
}

static void vgpu_pv_crc_compute(struct vgpu_pv_pipe *pipe)
{
	const struct vgpu_pv_shown *shown = &pipe->shown;
	u32 crc = ~0;
	int y;

	for (y = 0; y < shown->height; y++) {
		vgpu_pv_crc_line(shown, y, pipe->crc_line);
		crc = crc32_le(crc, (const u8 *)pipe->crc_line,
			       shown->width * sizeof(*pipe->crc_line));
	}
	WRITE_ONCE(pipe->crc, crc);
}

/**
 * vgpu_pv_crc_note_mode() - what is shown from now on: the mode
 * @pipe: the pipe
 * @mode: the mode
 */
void vgpu_pv_crc_note_mode(struct vgpu_pv_pipe *pipe, const struct drm_display_mode *mode)
{
	mutex_lock(&pipe->crc_lock);
	pipe->shown.width = mode->hdisplay;
	pipe->shown.height = mode->vdisplay;
	mutex_unlock(&pipe->crc_lock);
}

/**
 * vgpu_pv_crc_note_scanout() - what is shown from now on: the picture
 * @pipe: the pipe
 * @fb: the framebuffer, of the mode's size, or NULL
 * @offset: of its first pixel in the aperture, in bytes
 */
void vgpu_pv_crc_note_scanout(struct vgpu_pv_pipe *pipe, const struct drm_framebuffer *fb,
			      u64 offset)
{
	mutex_lock(&pipe->crc_lock);
	pipe->shown.pixels = fb ? pipe->vg->aperture + offset : NULL;
	if (fb) {
		pipe->shown.stride = fb->pitches[0];
		pipe->shown.format = fb->format->format;
	}
	mutex_unlock(&pipe->crc_lock);
}

/**
 * vgpu_pv_crc_note_cursor() - what is shown from now on: the cursor
 * @pipe: the pipe
 * @state: the cursor plane's, or NULL
 */
void vgpu_pv_crc_note_cursor(struct vgpu_pv_pipe *pipe, const struct drm_plane_state *state)
{
	const struct drm_framebuffer *fb = state && state->visible ? state->fb : NULL;

	mutex_lock(&pipe->crc_lock);
	pipe->shown.cursor = NULL;
	if (fb) {
		pipe->shown.cursor = pipe->vg->aperture + fb->offsets[0] +
				     to_vgpu_pv_object(fb->obj[0])->node.start;
		pipe->shown.cursor_x = state->crtc_x;
		pipe->shown.cursor_y = state->crtc_y;
	}
	mutex_unlock(&pipe->crc_lock);
}

/**
 * vgpu_pv_crc_commit() - the frame is complete
 * @pipe: the output
 */
void vgpu_pv_crc_commit(struct vgpu_pv_pipe *pipe)
{
	mutex_lock(&pipe->crc_lock);
	if (pipe->crc_line)
		vgpu_pv_crc_compute(pipe);
	mutex_unlock(&pipe->crc_lock);
}

/**
 * vgpu_pv_crc_vblank() - tell the checksum of the frame that begins
 * @pipe: the output; in its timer
 */
void vgpu_pv_crc_vblank(struct vgpu_pv_pipe *pipe)
{
	u64 frame;
	u32 crc;

	/* Its other side is where they are switched on. */
	if (!smp_load_acquire(&pipe->crc_on))
		return;

	frame = drm_crtc_vblank_count(&pipe->crtc);
	crc = READ_ONCE(pipe->crc);
	if (frame - pipe->crc_frame > VGPU_PV_CRC_MAX_LATE)
		pipe->crc_frame = frame - 1;
	while (pipe->crc_frame != frame)
		drm_crtc_add_crc_entry(&pipe->crtc, true, ++pipe->crc_frame, &crc);
}

const char *const *vgpu_pv_crc_get_sources(struct drm_crtc *crtc, size_t *count)
{
	*count = ARRAY_SIZE(vgpu_pv_crc_sources);
	return vgpu_pv_crc_sources;
}

int vgpu_pv_crc_verify_source(struct drm_crtc *crtc, const char *source, size_t *values)
{
	if (source && strcmp(source, vgpu_pv_crc_sources[0]))
		return -EINVAL;
	*values = 1;
	return 0;
}

static int vgpu_pv_crc_start(struct vgpu_pv_pipe *pipe)
{
	u32 *line;
	int ret;

	line = kvmalloc_array(VGPU_PV_MAX_DIMENSION, sizeof(*line), GFP_KERNEL);
	if (!line)
		return -ENOMEM;

	/* Kept while the CRTC is off, too: the checksums go on with it. */
	ret = drm_crtc_vblank_get(&pipe->crtc);
	if (ret) {
		kvfree(line);
		return ret;
	}

	mutex_lock(&pipe->crc_lock);
	pipe->crc_line = line;
	vgpu_pv_crc_compute(pipe);
	mutex_unlock(&pipe->crc_lock);
	pipe->crc_frame = drm_crtc_vblank_count(&pipe->crtc);
	/* Pairs with the acquire in vgpu_pv_crc_vblank(). */
	smp_store_release(&pipe->crc_on, true);
	return 0;
}

static void vgpu_pv_crc_stop(struct vgpu_pv_pipe *pipe)
{
	WRITE_ONCE(pipe->crc_on, false);
	drm_crtc_vblank_put(&pipe->crtc);
	mutex_lock(&pipe->crc_lock);
	kvfree(pipe->crc_line);
	pipe->crc_line = NULL;
	mutex_unlock(&pipe->crc_lock);
}

int vgpu_pv_crc_set_source(struct drm_crtc *crtc, const char *source)
{
	struct vgpu_pv_pipe *pipe = to_vgpu_pv_pipe(crtc);
	size_t values;
	int ret;

	ret = vgpu_pv_crc_verify_source(crtc, source, &values);
	if (ret)
		return ret;
	if (source && !pipe->crc_on)
		return vgpu_pv_crc_start(pipe);
	if (!source && pipe->crc_on)
		vgpu_pv_crc_stop(pipe);
	return 0;
}
