// SPDX-License-Identifier: MIT
/*
 * Every field of the calls that wait for a vertical blank, on an output that is on.
 */
#include "igt.h"

#include "vgpu_pv_fields.h"

/* WAIT_VBLANK, for one that is over */
static void fill_wait(void *data)
{
	((union drm_wait_vblank *)data)->request.type = _DRM_VBLANK_ABSOLUTE;
}

#define WAIT(member, wrong, errno_value) \
	{ \
		#member, offsetof(union drm_wait_vblank, member), \
		sizeof(((union drm_wait_vblank *)0)->member), wrong, errno_value \
	}

static const struct row wait_rows[] = {
	WAIT(request.type, _DRM_VBLANK_SIGNAL, EINVAL),
	WAIT(request.type, _DRM_VBLANK_HIGH_CRTC_MASK, EINVAL), /* no device has as many outputs */
	WAIT(request.type, 1u << 31, EINVAL),
	WAIT(request.type, ALL32, EINVAL),
	WAIT(request.sequence, ALL32, 0),
	WAIT(request.signal, ALL64, 0),
	WAIT(reply.tval_usec, ALL64, 0),
};

/* CRTC_GET_SEQUENCE */
static void fill_get(void *data)
{
	((struct drm_crtc_get_sequence *)data)->crtc_id = fields.crtc;
}

#define GET(member, wrong, errno_value) ROW(drm_crtc_get_sequence, member, wrong, errno_value)

static const struct row get_rows[] = {
	GET(crtc_id, 0, ENOENT),
	GET(crtc_id, VGPU_PV_BAD_HANDLE, ENOENT),
	GET(crtc_id, ALL32, ENOENT),
	GET(active, ALL32, 0),
	GET(sequence, ALL64, 0),
	GET(sequence_ns, ALL64, 0),
};

/* CRTC_QUEUE_SEQUENCE, in a file that is closed ahead of the event */
static void fill_queue(void *data)
{
	struct drm_crtc_queue_sequence *args = data;

	args->crtc_id = fields.crtc;
	args->flags = DRM_CRTC_SEQUENCE_RELATIVE;
	args->sequence = 1000;
}

static int call_queue(unsigned long request, void *data)
{
	return fields_call_again(fields.card, request, data);
}

#define QUEUE(member, wrong, errno_value) ROW(drm_crtc_queue_sequence, member, wrong, errno_value)

static const struct row queue_rows[] = {
	QUEUE(crtc_id, 0, ENOENT),
	QUEUE(crtc_id, VGPU_PV_BAD_HANDLE, ENOENT),
	QUEUE(crtc_id, ALL32, ENOENT),
	QUEUE(flags, 1 << 2, EINVAL),
	QUEUE(flags, ALL32, EINVAL),
	QUEUE(sequence, 0, 0),
	QUEUE(sequence, 1ull << 63, 0),
	QUEUE(sequence, ALL64, 0),
	QUEUE(user_data, ALL64, 0),
};

static const struct form forms[] = {
	{
		.name = "vblank-wait", .request = DRM_IOCTL_WAIT_VBLANK,
		.size = sizeof(union drm_wait_vblank), .card = true, .master = true,
		.fill = fill_wait, .call = fields_call_card, FORM_ROWS(wait_rows),
	},
	{
		.name = "vblank-get", .request = DRM_IOCTL_CRTC_GET_SEQUENCE,
		.size = sizeof(struct drm_crtc_get_sequence), .card = true, .master = true,
		.fill = fill_get, .call = fields_call_card, FORM_ROWS(get_rows),
	},
	{
		.name = "vblank-queue", .request = DRM_IOCTL_CRTC_QUEUE_SEQUENCE,
		.size = sizeof(struct drm_crtc_queue_sequence), .card = true, .master = true,
		.fill = fill_queue, .call = call_queue, FORM_ROWS(queue_rows),
	},
};

const struct part fields_vblank = { forms, ARRAY_SIZE(forms) };
