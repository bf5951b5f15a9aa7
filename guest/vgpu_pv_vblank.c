// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: Vertical blanking
 *
 * There is no beam, but user space paces its frames by it. A timer with the
 * mode's period stands in. It stops by a flag: it can't be cancelled and waited
 * for where vertical blanking is disabled, as its function takes locks that are
 * held there.
 */

#include <linux/hrtimer.h>

#include <drm/drm_vblank.h>

#include "vgpu_pv_drv.h"

#define VGPU_PV_DEFAULT_PERIOD_NS	16666667

static enum hrtimer_restart vgpu_pv_vblank_tick(struct hrtimer *timer)
{
	struct vgpu_pv_pipe *pipe = container_of(timer, struct vgpu_pv_pipe, vblank_timer);

	if (!READ_ONCE(pipe->vblank_on))
		return HRTIMER_NORESTART;

	/* Ahead first: the time of a vblank is one period before the next. */
	hrtimer_forward_now(timer, pipe->period);
	drm_crtc_handle_vblank(&pipe->crtc);
	return HRTIMER_RESTART;
}

void vgpu_pv_vblank_init(struct vgpu_pv_pipe *pipe)
{
	hrtimer_setup(&pipe->vblank_timer, vgpu_pv_vblank_tick, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL);
}

int vgpu_pv_vblank_enable(struct drm_crtc *crtc)
{
	struct drm_vblank_crtc *vblank = &crtc->dev->vblank[drm_crtc_index(crtc)];
	struct vgpu_pv_pipe *pipe = to_vgpu_pv_pipe(crtc);

	drm_calc_timestamping_constants(crtc, &crtc->mode);
	pipe->period = ns_to_ktime(vblank->framedur_ns > 0 ? vblank->framedur_ns :
							     VGPU_PV_DEFAULT_PERIOD_NS);
	WRITE_ONCE(pipe->vblank_on, true);
	hrtimer_start(&pipe->vblank_timer, pipe->period, HRTIMER_MODE_REL);
	return 0;
}

void vgpu_pv_vblank_disable(struct drm_crtc *crtc)
{
	struct vgpu_pv_pipe *pipe = to_vgpu_pv_pipe(crtc);

	WRITE_ONCE(pipe->vblank_on, false);
	hrtimer_try_to_cancel(&pipe->vblank_timer);
}

bool vgpu_pv_vblank_timestamp(struct drm_crtc *crtc, int *max_error, ktime_t *time,
			      bool in_vblank_irq)
{
	struct vgpu_pv_pipe *pipe = to_vgpu_pv_pipe(crtc);

	if (READ_ONCE(pipe->vblank_on))
		*time = ktime_sub(hrtimer_get_expires(&pipe->vblank_timer), pipe->period);
	else
		*time = ktime_get();
	*max_error = 0;
	return true;
}
