// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: Queues and rings
 *
 * The device returns a descriptor used when its message has completed, and in
 * order. So a virtqueue is a timeline: its interrupt finishes messages in the
 * order in which they were queued, and there is no other account of what is
 * under way. The number of a message on its ring is taken under the lock that
 * makes it available, hence whoever can see the number can also wait for it.
 *
 * A full queue has two sorts of senders. Those that user space waits for sleep
 * and can be killed. Those that may not sleep or fail, such as the closing of a
 * file, put their message at the end of a list that the interrupt empties into
 * the queue as room appears; while there is such a list, everybody else waits
 * behind it. A worker thread for those was turned down: it would need the same
 * list, and one more hop.
 */

#include <linux/jiffies.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/virtio_config.h>

#include <drm/drm_print.h>

#include "vgpu_pv_drv.h"
#include "vgpu_pv_trace.h"

/**
 * vgpu_pv_ring_init() - set up what is there for as long as the DRM device
 * @vg: the device
 * @queue: the virtqueue
 * @index: the virtqueue's number
 */
void vgpu_pv_ring_init(struct vgpu_pv_device *vg, struct vgpu_pv_queue *queue, unsigned int index)
{
	queue->vg = vg;
	queue->index = index;
	queue->ring = index - VGPU_PV_QUEUE_RING0;
	queue->dead = true;
	spin_lock_init(&queue->lock);
	init_waitqueue_head(&queue->wait);
	INIT_LIST_HEAD(&queue->deferred);
}

/**
 * vgpu_pv_ring_start() - give it a virtqueue
 * @queue: the virtqueue
 * @vq: a new one
 *
 * The device was reset: the account starts at zero.
 */
void vgpu_pv_ring_start(struct vgpu_pv_queue *queue, struct virtqueue *vq)
{
	spin_lock_irq(&queue->lock);
	queue->vq = vq;
	queue->seq = 0;
	queue->used = 0;
	queue->fence_context = dma_fence_context_alloc(1);
	if (queue->waited)
		memset(queue->waited, 0, array_size(queue->vg->num_rings, sizeof(*queue->waited)));
	queue->dead = false;
	spin_unlock_irq(&queue->lock);
}

/**
 * vgpu_pv_ring_kill() - nothing touches the virtqueue any more, and nobody waits for it
 * @queue: the virtqueue
 *
 * Its doorbell may still be rung until a grace period of RCU is over.
 */
void vgpu_pv_ring_kill(struct vgpu_pv_queue *queue)
{
	spin_lock_irq(&queue->lock);
	queue->dead = true;
	spin_unlock_irq(&queue->lock);
	wake_up_all(&queue->wait);
}

/**
 * vgpu_pv_ring_drain() - end what the device will not answer any more
 * @queue: the virtqueue
 *
 * After the device's reset.
 */
void vgpu_pv_ring_drain(struct vgpu_pv_queue *queue)
{
	struct vgpu_pv_msg *msg, *next;
	LIST_HEAD(list);

	spin_lock_irq(&queue->lock);
	if (queue->vq) {
		while ((msg = virtqueue_detach_unused_buf(queue->vq)))
			list_add_tail(&msg->node, &list);
		queue->vq = NULL;
	}
	list_splice_tail_init(&queue->deferred, &list);
	spin_unlock_irq(&queue->lock);

	list_for_each_entry_safe(msg, next, &list, node) {
		list_del_init(&msg->node);
		vgpu_pv_msg_finish(queue, msg, -ENODEV);
	}
	wake_up_all(&queue->wait);
}

/**
 * vgpu_pv_ring_wake() - have everybody who waits look again
 * @queue: the virtqueue
 */
void vgpu_pv_ring_wake(struct vgpu_pv_queue *queue)
{
	wake_up_all(&queue->wait);
}

static int vgpu_pv_ring_add_locked(struct vgpu_pv_queue *queue, struct vgpu_pv_msg *msg)
{
	struct scatterlist head[2], *sgs[3];
	unsigned int out;
	int ret;

	lockdep_assert_held(&queue->lock);

	vgpu_pv_msg_sgs(msg, head, sgs, &out);
	ret = virtqueue_add_sgs(queue->vq, sgs, out, 1, msg, GFP_ATOMIC | __GFP_NOWARN);
	if (ret)
		return ret;

	msg->seq = ++queue->seq;
	if (msg->fence)
		msg->fence->base.seqno = msg->seq;
	if (msg->ctx)
		vgpu_pv_fdinfo_begin(msg->ctx);
	trace_vgpu_pv_submit(queue, msg);
	return 0;
}

/*
 * The virtqueue, if its doorbell is to be rung. Not under the lock, as this may take
 * long, and the interrupt takes the lock on another CPU; but in the RCU section
 * around it, so that no notification hits a deleted virtqueue.
 */
static struct virtqueue *vgpu_pv_ring_kick_locked(struct vgpu_pv_queue *queue)
{
	lockdep_assert_held(&queue->lock);

	return virtqueue_kick_prepare(queue->vq) ? queue->vq : NULL;
}

static void vgpu_pv_ring_notify(struct virtqueue *vq)
{
	if (vq)
		virtqueue_notify(vq);
}

/* What add_sgs says of a full queue, and of no memory for indirect descriptors. */
static bool vgpu_pv_ring_is_full(int error)
{
	return error == -ENOSPC || error == -ENOMEM;
}

static struct virtqueue *vgpu_pv_ring_push_deferred_locked(struct vgpu_pv_queue *queue,
							   struct list_head *failed)
{
	struct vgpu_pv_msg *msg, *next;
	bool kick = false;

	list_for_each_entry_safe(msg, next, &queue->deferred, node) {
		int ret = vgpu_pv_ring_add_locked(queue, msg);

		if (vgpu_pv_ring_is_full(ret))
			break;
		list_del_init(&msg->node);
		if (ret) {
			msg->result = ret;
			list_add_tail(&msg->node, failed);
		} else {
			kick = true;
		}
	}
	return kick ? vgpu_pv_ring_kick_locked(queue) : NULL;
}

/**
 * vgpu_pv_ring_callback() - the interrupt: finish what the device used
 * @vq: the virtqueue
 */
void vgpu_pv_ring_callback(struct virtqueue *vq)
{
	struct vgpu_pv_device *vg = vq->vdev->priv;
	struct vgpu_pv_queue *queue = &vg->queues[vq->index];
	struct vgpu_pv_msg *msg, *next;
	LIST_HEAD(failed);
	LIST_HEAD(used);
	struct virtqueue *kick;
	unsigned long flags;
	unsigned int len;
	bool broken;

	rcu_read_lock();
	spin_lock_irqsave(&queue->lock, flags);
	if (queue->dead) {
		spin_unlock_irqrestore(&queue->lock, flags);
		rcu_read_unlock();
		return;
	}
	do {
		virtqueue_disable_cb(vq);
		while ((msg = virtqueue_get_buf(vq, &len))) {
			msg->used_len = len;
			list_add_tail(&msg->node, &used);
			if (msg->seq != ++queue->used && queue->index >= VGPU_PV_QUEUE_RING0)
				__virtqueue_break(vq);
		}
	} while (!virtqueue_enable_cb(vq));
	/* What it was used for, or in which order, makes no sense: nothing does any more. */
	broken = virtqueue_is_broken(vq);
	kick = vgpu_pv_ring_push_deferred_locked(queue, &failed);
	spin_unlock_irqrestore(&queue->lock, flags);
	vgpu_pv_ring_notify(kick);
	rcu_read_unlock();

	list_for_each_entry_safe(msg, next, &used, node) {
		list_del_init(&msg->node);
		vgpu_pv_msg_finish(queue, msg, 0);
	}
	list_for_each_entry_safe(msg, next, &failed, node) {
		list_del_init(&msg->node);
		vgpu_pv_msg_finish(queue, msg, msg->result);
	}
	wake_up_all(&queue->wait);
	if (broken)
		vgpu_pv_device_break(vg);
}

/* The renderer's end ends the wait for it, the display goes on. */
static int vgpu_pv_ring_error(struct vgpu_pv_queue *queue)
{
	if (READ_ONCE(queue->dead))
		return -ENODEV;
	if (queue->index >= VGPU_PV_QUEUE_RING0 && READ_ONCE(queue->vg->lost))
		return -EIO;
	return 0;
}

static bool vgpu_pv_ring_has_room(struct vgpu_pv_queue *queue, unsigned int needed)
{
	bool room;

	spin_lock_irq(&queue->lock);
	room = queue->dead ||
	       (list_empty(&queue->deferred) && queue->vq->num_free >= needed);
	spin_unlock_irq(&queue->lock);
	return room;
}

/**
 * vgpu_pv_ring_wait_room() - sleep while a queue is full
 * @queue: which
 * @needed: entries
 * @timeout: jiffies
 *
 * Returns: what is left of @timeout, else -ETIMEDOUT, -ERESTARTSYS when killed,
 * -EIO when the renderer is gone, -ENODEV when the device is.
 */
long vgpu_pv_ring_wait_room(struct vgpu_pv_queue *queue, unsigned int needed, long timeout)
{
	struct vgpu_pv_wait wait;
	long left;

	if (vgpu_pv_ring_has_room(queue, needed))
		return vgpu_pv_ring_error(queue) ?: timeout;

	vgpu_pv_wait_begin(queue->vg, &wait, VGPU_PV_WAIT_ROOM, queue->index);
	left = wait_event_killable_timeout(queue->wait,
					   vgpu_pv_ring_has_room(queue, needed) ||
					   vgpu_pv_ring_error(queue), timeout);
	vgpu_pv_wait_end(queue->vg, &wait, left ?: -ETIMEDOUT);
	if (left < 0)
		return left;
	if (left)
		return vgpu_pv_ring_error(queue) ?: left;

	vgpu_pv_err(queue->vg, "queue %u: no room after a last wait of %u ms\n", queue->index,
		    jiffies_to_msecs(timeout));
	return -ETIMEDOUT;
}

/**
 * vgpu_pv_ring_queue() - hand a message to the device
 * @queue: where
 * @msg: the message; on success the queue has a reference of its own
 * @timeout: for how many jiffies it may sleep while the queue is full
 *
 * Returns: 0, or an error as vgpu_pv_ring_wait_room(), or -EIO when the
 * virtqueue is broken.
 */
int vgpu_pv_ring_queue(struct vgpu_pv_queue *queue, struct vgpu_pv_msg *msg, long timeout)
{
	unsigned int needed = 1;
	int ret;

	for (;;) {
		struct virtqueue *kick = NULL;

		ret = vgpu_pv_ring_error(queue);
		if (ret)
			return ret;

		rcu_read_lock();
		spin_lock_irq(&queue->lock);
		if (queue->dead) {
			ret = -ENODEV;
		} else if (!list_empty(&queue->deferred)) {
			ret = -ENOSPC;
		} else {
			ret = vgpu_pv_ring_add_locked(queue, msg);
			if (!ret) {
				refcount_inc(&msg->refs);
				kick = vgpu_pv_ring_kick_locked(queue);
			} else if (queue->vq->num_free >= needed) {
				/* It would fit with indirect descriptors: none to be had. */
				needed = 2 + msg->payload_nents;
			}
		}
		spin_unlock_irq(&queue->lock);
		vgpu_pv_ring_notify(kick);
		rcu_read_unlock();

		if (!vgpu_pv_ring_is_full(ret))
			return ret;

		timeout = vgpu_pv_ring_wait_room(queue, needed, timeout);
		if (timeout < 0)
			return timeout;
	}
}

/**
 * vgpu_pv_ring_post() - hand a message to the device, without fail
 * @queue: where
 * @msg: the message, whose reference goes to the queue
 *
 * Never sleeps. A message that can't be queued any more is finished with an
 * error at once.
 */
void vgpu_pv_ring_post(struct vgpu_pv_queue *queue, struct vgpu_pv_msg *msg)
{
	struct virtqueue *kick = NULL;
	unsigned long flags;
	int ret = 0;

	rcu_read_lock();
	spin_lock_irqsave(&queue->lock, flags);
	if (queue->dead) {
		ret = -ENODEV;
	} else if (!list_empty(&queue->deferred)) {
		list_add_tail(&msg->node, &queue->deferred);
	} else {
		ret = vgpu_pv_ring_add_locked(queue, msg);
		if (!ret) {
			kick = vgpu_pv_ring_kick_locked(queue);
		} else if (vgpu_pv_ring_is_full(ret)) {
			list_add_tail(&msg->node, &queue->deferred);
			ret = 0;
		}
	}
	spin_unlock_irqrestore(&queue->lock, flags);
	vgpu_pv_ring_notify(kick);
	rcu_read_unlock();

	if (ret)
		vgpu_pv_msg_finish(queue, msg, ret);
}

static bool vgpu_pv_ring_is_done(struct vgpu_pv_msg *msg)
{
	/* Pairs with the release in vgpu_pv_msg_finish(). */
	return smp_load_acquire(&msg->done);
}

/**
 * vgpu_pv_ring_wait() - wait until the device has used a message
 * @queue: where the message is
 * @msg: the message, of which the caller has a reference
 * @timeout_ms: how long
 *
 * Returns: the message's result, -ETIMEDOUT, -ERESTARTSYS when killed, -EIO
 * when the renderer is gone, -ENODEV when the device is.
 */
int vgpu_pv_ring_wait(struct vgpu_pv_queue *queue, struct vgpu_pv_msg *msg,
		      unsigned int timeout_ms)
{
	struct vgpu_pv_wait wait;
	long left;

	vgpu_pv_wait_begin(queue->vg, &wait, VGPU_PV_WAIT_ANSWER, queue->index);
	left = wait_event_killable_timeout(queue->wait,
					   vgpu_pv_ring_is_done(msg) || vgpu_pv_ring_error(queue),
					   msecs_to_jiffies(timeout_ms));
	vgpu_pv_wait_end(queue->vg, &wait, left ?: -ETIMEDOUT);
	if (vgpu_pv_ring_is_done(msg))
		return msg->result;
	if (left < 0)
		return left;
	if (left)
		return vgpu_pv_ring_error(queue);

	vgpu_pv_err(queue->vg, "queue %u: no answer to message 0x%x after %u ms\n",
		    queue->index, msg->type, timeout_ms);
	return -ETIMEDOUT;
}

/**
 * vgpu_pv_ring_call() - queue a message and wait for it
 * @queue: the virtqueue
 * @msg: the message
 * @timeout_ms: milliseconds
 *
 * The caller keeps its reference.
 *
 * Returns: 0 or a negative errno.
 */
int vgpu_pv_ring_call(struct vgpu_pv_queue *queue, struct vgpu_pv_msg *msg,
		      unsigned int timeout_ms)
{
	int ret;

	ret = vgpu_pv_ring_queue(queue, msg, msecs_to_jiffies(timeout_ms));
	if (ret)
		return ret;
	return vgpu_pv_ring_wait(queue, msg, timeout_ms);
}
