// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: Waits
 *
 * Whoever waits for the device or for another driver's fence is on a list while
 * it does, for debugfs, and is traced at both ends. The entry is on the waiter's
 * stack, so a wait needs no memory.
 */

#include <linux/ktime.h>
#include <linux/sched.h>

#include "vgpu_pv_drv.h"

#define CREATE_TRACE_POINTS
#include "vgpu_pv_trace.h"

/**
 * vgpu_pv_wait_begin() - the current task is about to wait
 * @vg: the device
 * @wait: on the stack, until vgpu_pv_wait_end()
 * @reason: what it waits for
 * @queue: the virtqueue that it waits for, or -1
 */
void vgpu_pv_wait_begin(struct vgpu_pv_device *vg, struct vgpu_pv_wait *wait,
			enum vgpu_pv_wait_reason reason, int queue)
{
	wait->reason = reason;
	wait->queue = queue;
	wait->pid = task_pid_nr(current);
	get_task_comm(wait->comm, current);
	wait->since = ktime_get();

	spin_lock_irq(&vg->lock);
	list_add_tail(&wait->node, &vg->waits);
	spin_unlock_irq(&vg->lock);
	trace_vgpu_pv_wait_begin(vg, wait);
}

/**
 * vgpu_pv_wait_end() - the wait is over
 * @vg: the device
 * @wait: as it was begun
 * @result: a negative errno, or anything else for success
 */
void vgpu_pv_wait_end(struct vgpu_pv_device *vg, struct vgpu_pv_wait *wait, long result)
{
	trace_vgpu_pv_wait_end(vg, wait, result);
	spin_lock_irq(&vg->lock);
	list_del(&wait->node);
	spin_unlock_irq(&vg->lock);
}
