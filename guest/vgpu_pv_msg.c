// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: Messages
 *
 * A message is one allocation for its fixed request and its reply, and one for
 * a payload of any size, described page by page. It belongs to its makers and
 * to the queue by references, so that one whose waiter gave up stays in memory
 * until the device used it. Every reply is checked here, once: its length, its
 * type, its status. Nothing that the device wrote is used as an index or a
 * length before its user checked that too.
 *
 * Freeing happens in interrupts; what can't is left to the work queue by
 * vgpu_pv_object_release().
 */

#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <drm/drm_print.h>

#include "vgpu_pv_drv.h"
#include "vgpu_pv_trace.h"

static int vgpu_pv_msg_alloc_payload(struct vgpu_pv_msg *msg, size_t size)
{
	unsigned int i, nents = 1;
	size_t left = size;
	u8 *at;

	msg->payload = kvmalloc(size, GFP_KERNEL | __GFP_NOWARN);
	if (!msg->payload)
		return -ENOMEM;
	msg->payload_size = size;

	if (is_vmalloc_addr(msg->payload))
		nents = DIV_ROUND_UP(size, PAGE_SIZE);

	msg->payload_sg = kmalloc_array(nents, sizeof(*msg->payload_sg), GFP_KERNEL);
	if (!msg->payload_sg)
		return -ENOMEM;
	msg->payload_nents = nents;

	sg_init_table(msg->payload_sg, nents);
	if (nents == 1) {
		sg_set_buf(msg->payload_sg, msg->payload, size);
		return 0;
	}

	at = msg->payload;
	for (i = 0; i < nents; i++) {
		size_t part = min_t(size_t, left, PAGE_SIZE);

		sg_set_page(&msg->payload_sg[i], vmalloc_to_page(at), part, 0);
		at += part;
		left -= part;
	}
	return 0;
}

/**
 * vgpu_pv_msg_alloc() - make a message
 * @type: enum vgpu_pv_msg_type
 * @request_size: of the structure that starts with struct vgpu_pv_request
 * @payload_size: of what follows it, or zero; left for the caller to fill
 * @reply_size: of the structure that starts with struct vgpu_pv_reply
 * @gfp: with __GFP_NOFAIL only where there is no payload
 *
 * Returns: the message with one reference, or NULL.
 */
struct vgpu_pv_msg *vgpu_pv_msg_alloc(u32 type, size_t request_size, size_t payload_size,
				      size_t reply_size, gfp_t gfp)
{
	size_t reply_at = ALIGN(request_size, 8);
	struct vgpu_pv_request *hdr;
	struct vgpu_pv_msg *msg;

	msg = kzalloc(struct_size(msg, data, reply_at + reply_size), gfp);
	if (!msg)
		return NULL;

	refcount_set(&msg->refs, 1);
	INIT_LIST_HEAD(&msg->node);
	msg->type = type;
	msg->request = msg->data;
	msg->request_size = request_size;
	msg->reply = msg->data + reply_at;
	msg->reply_size = reply_size;

	hdr = msg->request;
	hdr->type = cpu_to_le32(type);

	if (payload_size && vgpu_pv_msg_alloc_payload(msg, payload_size)) {
		vgpu_pv_msg_put(msg);
		return NULL;
	}
	return msg;
}

/**
 * vgpu_pv_msg_put() - drop a reference, in any context
 * @msg: the message
 */
void vgpu_pv_msg_put(struct vgpu_pv_msg *msg)
{
	if (!refcount_dec_and_test(&msg->refs))
		return;

	if (msg->fence)
		dma_fence_put(&msg->fence->base);
	if (msg->ctx)
		vgpu_pv_context_put(msg->ctx);
	if (msg->object)
		vgpu_pv_object_release(msg->object);
	kfree(msg->payload_sg);
	kvfree(msg->payload);
	kfree(msg);
}

/**
 * vgpu_pv_msg_sgs() - describe a message to a virtqueue
 * @msg: the message
 * @head: entries for request and reply
 * @sgs: the lists, those that the device reads first
 * @out: how many of @sgs the device reads; one more is for it to write
 *
 * Returns: descriptors that the message takes where they are not indirect.
 */
unsigned int vgpu_pv_msg_sgs(struct vgpu_pv_msg *msg, struct scatterlist head[2],
			     struct scatterlist *sgs[3], unsigned int *out)
{
	unsigned int n = 0;

	sg_init_one(&head[0], msg->request, msg->request_size);
	sg_init_one(&head[1], msg->reply, msg->reply_size);

	sgs[n++] = &head[0];
	if (msg->payload)
		sgs[n++] = msg->payload_sg;
	*out = n;
	sgs[n] = &head[1];

	return 2 + msg->payload_nents;
}

static int vgpu_pv_msg_status_to_errno(u32 status)
{
	switch (status) {
	case VGPU_PV_S_OK:
		return 0;
	case VGPU_PV_S_INVALID:
		return -EINVAL;
	case VGPU_PV_S_NOENT:
		return -ENOENT;
	case VGPU_PV_S_EXIST:
		return -EEXIST;
	case VGPU_PV_S_NOMEM:
		return -ENOMEM;
	case VGPU_PV_S_UNSUPPORTED:
		return -EOPNOTSUPP;
	case VGPU_PV_S_CONTEXT_LOST:
	case VGPU_PV_S_RENDERER_LOST:
		return -EIO;
	default:
		return -EPROTO;
	}
}

static int vgpu_pv_msg_check(struct vgpu_pv_queue *queue, struct vgpu_pv_msg *msg)
{
	const struct vgpu_pv_reply *reply = msg->reply;
	struct vgpu_pv_device *vg = queue->vg;
	unsigned long flags;
	u32 type, status;
	int ret;

	if (msg->used_len < sizeof(*reply) || msg->used_len > msg->reply_size)
		goto malformed;

	type = le32_to_cpu(reply->type);
	status = le32_to_cpu(reply->status);
	if (type != (msg->type | VGPU_PV_MSG_REPLY))
		goto malformed;
	if (status == VGPU_PV_S_OK && msg->used_len < msg->reply_size)
		goto malformed;

	ret = vgpu_pv_msg_status_to_errno(status);
	if (ret == -EPROTO)
		goto malformed;

	if (status == VGPU_PV_S_RENDERER_LOST) {
		vgpu_pv_device_lose(vg);
	} else if (queue->index >= VGPU_PV_QUEUE_RING0) {
		spin_lock_irqsave(&vg->lock, flags);
		vg->credit = le64_to_cpu(reply->credit);
		spin_unlock_irqrestore(&vg->lock, flags);
	}
	return ret;

malformed:
	vgpu_pv_err(vg, "queue %u: malformed reply to message 0x%x: %u of %zu bytes, type 0x%x, status %u\n",
		    queue->index, msg->type, msg->used_len, msg->reply_size,
		    le32_to_cpu(reply->type), le32_to_cpu(reply->status));
	return -EPROTO;
}

/**
 * vgpu_pv_msg_finish() - the device is done with a message
 * @queue: where it was
 * @msg: the message, whose reference of the queue ends here
 * @broken: zero, or the error where the device didn't answer
 *
 * Runs in any context.
 */
void vgpu_pv_msg_finish(struct vgpu_pv_queue *queue, struct vgpu_pv_msg *msg, int broken)
{
	msg->result = broken ?: vgpu_pv_msg_check(queue, msg);

	/* What was never queued has no number. */
	if (msg->seq) {
		trace_vgpu_pv_complete(queue, msg);
		if (msg->ctx)
			vgpu_pv_fdinfo_end(msg->ctx);
	}

	if (msg->complete)
		msg->complete(queue->vg, msg);
	if (msg->fence)
		vgpu_pv_fence_signal(msg->fence, msg->result);

	/* Pairs with the waiter's acquire: the reply is there before done. */
	smp_store_release(&msg->done, true);
	vgpu_pv_msg_put(msg);
}
