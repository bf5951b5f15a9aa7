// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: Vertical blanking
 *
 * There is no beam, but user space paces its frames by it. A timer stands in: a
 * vblank is at each whole number of the mode's periods after the CRTC was
 * switched on, whether somebody asked for it or not, so that counters and times
 * go on right over stretches in which the timer rests. What comes late, because a
 * virtual CPU didn't run, is made good for one by one, so that who asked for a
 * certain vblank is told of that one and its time. The timer stops by a flag:
 * it can't be cancelled and waited for where vertical blanking is disabled, as
 * its function takes locks that are held there.
 */

#include <linux/hrtimer.h>
#include <linux/math64.h>

#include <drm/drm_vblank.h>

#include "vgpu_pv_drv.h"

#define VGPU_PV_DEFAULT_PERIOD_NS	16666667

/* How many come one by one; the rest, of a guest that was stopped, is one with a gap before it. */
#define VGPU_PV_VBLANK_MAX_LATE		16

static struct drm_vblank_crtc *vgpu_pv_vblank_state(const struct vgpu_pv_pipe *pipe)
{
	return &pipe->crtc.dev->vblank[drm_crtc_index(&pipe->crtc)];
}

/* Ahead first: the time of a vblank is one period before the next. */
static bool vgpu_pv_vblank_advance(struct vgpu_pv_pipe *pipe, bool to_now)
{
	spinlock_t *lock = &pipe->crtc.dev->vblank_time_lock;
	struct hrtimer *timer = &pipe->vblank_timer;
	bool on;

	/* Under this lock it is enabled and disabled; it may be queued anew already. */
	spin_lock(lock);
	on = pipe->vblank_on && !hrtimer_is_queued(timer);
	if (on && to_now)
		hrtimer_forward_now(timer, pipe->period);
	else if (on)
		hrtimer_add_expires(timer, pipe->period);
	spin_unlock(lock);
	return on;
}

static enum hrtimer_restart vgpu_pv_vblank_tick(struct hrtimer *timer)
{
	struct vgpu_pv_pipe *pipe = container_of(timer, struct vgpu_pv_pipe, vblank_timer);
	unsigned int left = VGPU_PV_VBLANK_MAX_LATE;

	do {
		if (!vgpu_pv_vblank_advance(pipe, !left))
			return HRTIMER_NORESTART;
		drm_crtc_handle_vblank(&pipe->crtc);
		vgpu_pv_crc_vblank(pipe);
	} while (left-- && ktime_get() >= hrtimer_get_expires(timer));
	return HRTIMER_RESTART;
}

/**
 * vgpu_pv_vblank_init() - set up the timer
 * @pipe: the pipe
 */
void vgpu_pv_vblank_init(struct vgpu_pv_pipe *pipe)
{
	hrtimer_setup(&pipe->vblank_timer, vgpu_pv_vblank_tick, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS);
	pipe->period = ns_to_ktime(VGPU_PV_DEFAULT_PERIOD_NS);
}

static ktime_t vgpu_pv_vblank_last(const struct vgpu_pv_pipe *pipe)
{
	ktime_t now = ktime_get();
	u64 since;

	div64_u64_rem(ktime_to_ns(ktime_sub(now, pipe->vblank_start)), ktime_to_ns(pipe->period),
		      &since);
	return ktime_sub_ns(now, since);
}

/**
 * vgpu_pv_vblank_on() - the CRTC is on, with a mode
 * @pipe: the output
 */
void vgpu_pv_vblank_on(struct vgpu_pv_pipe *pipe)
{
	int duration = vgpu_pv_vblank_state(pipe)->framedur_ns;

	pipe->period = ns_to_ktime(duration > 0 ? duration : VGPU_PV_DEFAULT_PERIOD_NS);
	pipe->vblank_start = ktime_get();
	drm_crtc_vblank_on(&pipe->crtc);
}

/**
 * vgpu_pv_vblank_off() - the CRTC goes off
 * @pipe: the output
 */
void vgpu_pv_vblank_off(struct vgpu_pv_pipe *pipe)
{
	drm_crtc_vblank_off(&pipe->crtc);
	hrtimer_cancel(&pipe->vblank_timer);
}

int vgpu_pv_vblank_enable(struct drm_crtc *crtc)
{
	struct vgpu_pv_pipe *pipe = to_vgpu_pv_pipe(crtc);

	pipe->vblank_on = true;
	hrtimer_start(&pipe->vblank_timer, ktime_add(vgpu_pv_vblank_last(pipe), pipe->period),
		      HRTIMER_MODE_ABS);
	return 0;
}

void vgpu_pv_vblank_disable(struct drm_crtc *crtc)
{
	struct vgpu_pv_pipe *pipe = to_vgpu_pv_pipe(crtc);

	pipe->vblank_on = false;
	hrtimer_try_to_cancel(&pipe->vblank_timer);
}

bool vgpu_pv_vblank_timestamp(struct drm_crtc *crtc, int *max_error, ktime_t *time,
			      bool in_vblank_irq)
{
	struct vgpu_pv_pipe *pipe = to_vgpu_pv_pipe(crtc);

	/*
	 * A late vblank may be counted already: by whoever enables them or arms an
	 * event, on another virtual CPU. To go back is to go ahead by 2^64 ns for
	 * the core, which counts the periods since the last without a sign.
	 */
	if (in_vblank_irq)
		*time = max(ktime_sub(hrtimer_get_expires(&pipe->vblank_timer), pipe->period),
			    vgpu_pv_vblank_state(pipe)->time);
	else
		*time = vgpu_pv_vblank_last(pipe);
	*max_error = 0;
	return true;
}
