/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trace events: a message given to the device, the device done with it, and each
 * wait.  A queue's number is that of its virtqueue; rings start at two.  Every
 * submit has exactly one complete with the same minor, queue and seq.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vgpu_pv

#if !defined(VGPU_PV_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define VGPU_PV_TRACE_H

#include <linux/tracepoint.h>

#include "vgpu_pv_drv.h"

#define vgpu_pv_trace_reason(reason) \
	__print_symbolic(reason, \
			 { VGPU_PV_WAIT_ROOM, "room" }, \
			 { VGPU_PV_WAIT_ANSWER, "answer" }, \
			 { VGPU_PV_WAIT_FENCE, "fence" }, \
			 { VGPU_PV_WAIT_IDLE, "idle" }, \
			 { VGPU_PV_WAIT_MEMORY, "memory" })

TRACE_EVENT(vgpu_pv_submit,
	    TP_PROTO(const struct vgpu_pv_queue *queue, const struct vgpu_pv_msg *msg),
	    TP_ARGS(queue, msg),
	    TP_STRUCT__entry(__field(int, minor)
			     __field(unsigned int, queue)
			     __field(u64, seq)
			     __field(u32, type)
			     __field(u32, ctx)
			     __field(u32, resource)),
	    TP_fast_assign(__entry->minor = queue->vg->drm->primary->index;
			   __entry->queue = queue->index;
			   __entry->seq = msg->seq;
			   __entry->type = msg->type;
			   __entry->ctx = msg->ctx ? msg->ctx->id : 0;
			   __entry->resource = msg->object ? msg->object->id : 0;),
	    TP_printk("minor=%d queue=%u seq=%llu type=0x%x ctx=%u resource=%u", __entry->minor,
		      __entry->queue, __entry->seq, __entry->type, __entry->ctx,
		      __entry->resource));

TRACE_EVENT(vgpu_pv_complete,
	    TP_PROTO(const struct vgpu_pv_queue *queue, const struct vgpu_pv_msg *msg),
	    TP_ARGS(queue, msg),
	    TP_STRUCT__entry(__field(int, minor)
			     __field(unsigned int, queue)
			     __field(u64, seq)
			     __field(u32, type)
			     __field(int, result)),
	    TP_fast_assign(__entry->minor = queue->vg->drm->primary->index;
			   __entry->queue = queue->index;
			   __entry->seq = msg->seq;
			   __entry->type = msg->type;
			   __entry->result = msg->result;),
	    TP_printk("minor=%d queue=%u seq=%llu type=0x%x result=%d", __entry->minor,
		      __entry->queue, __entry->seq, __entry->type, __entry->result));

TRACE_EVENT(vgpu_pv_wait_begin,
	    TP_PROTO(const struct vgpu_pv_device *vg, const struct vgpu_pv_wait *wait),
	    TP_ARGS(vg, wait),
	    TP_STRUCT__entry(__field(int, minor)
			     __field(int, reason)
			     __field(int, queue)),
	    TP_fast_assign(__entry->minor = vg->drm->primary->index;
			   __entry->reason = wait->reason;
			   __entry->queue = wait->queue;),
	    TP_printk("minor=%d reason=%s queue=%d", __entry->minor,
		      vgpu_pv_trace_reason(__entry->reason), __entry->queue));

TRACE_EVENT(vgpu_pv_wait_end,
	    TP_PROTO(const struct vgpu_pv_device *vg, const struct vgpu_pv_wait *wait, long result),
	    TP_ARGS(vg, wait, result),
	    TP_STRUCT__entry(__field(int, minor)
			     __field(int, reason)
			     __field(int, queue)
			     __field(long, result)),
	    TP_fast_assign(__entry->minor = vg->drm->primary->index;
			   __entry->reason = wait->reason;
			   __entry->queue = wait->queue;
			   __entry->result = min(result, 0l);),
	    TP_printk("minor=%d reason=%s queue=%d result=%ld", __entry->minor,
		      vgpu_pv_trace_reason(__entry->reason), __entry->queue,
		      __entry->result));

#endif /* VGPU_PV_TRACE_H */

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE vgpu_pv_trace
#include <trace/define_trace.h>
