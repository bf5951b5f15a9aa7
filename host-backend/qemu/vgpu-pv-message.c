// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The one gate in front of the messages that QEMU answers itself: a request is
 * copied once, its size, flags and context checked against a table, and only
 * then given to its handler.
 */
#include "qemu/osdep.h"
#include "qemu/iov.h"

#include "trace.h"
#include "vgpu-pv.h"
#include "vgpu_pv_layout.h"

union vgpu_pv_any_request {
	struct vgpu_pv_request hdr;
	struct vgpu_pv_get_edid get_edid;
	struct vgpu_pv_set_scanout set_scanout;
	struct vgpu_pv_flush flush;
	struct vgpu_pv_cursor cursor;
};

union vgpu_pv_any_reply {
	struct vgpu_pv_reply hdr;
	struct vgpu_pv_display_info_reply display_info;
	struct vgpu_pv_edid_reply edid;
};

static const struct vgpu_pv_message *
vgpu_pv_message_find(uint32_t type, const struct vgpu_pv_message *messages, size_t nr_messages)
{
	size_t i;

	for (i = 0; i < nr_messages; i++) {
		if (messages[i].type == type)
			return &messages[i];
	}
	return NULL;
}

static enum vgpu_pv_status vgpu_pv_message_run(struct vgpu_pv *s,
					       const struct vgpu_pv_message *message,
					       const union vgpu_pv_any_request *request,
					       size_t request_size, size_t room,
					       union vgpu_pv_any_reply *reply)
{
	if (request_size < sizeof(request->hdr))
		return VGPU_PV_S_INVALID;
	if (!message)
		return VGPU_PV_S_UNSUPPORTED;
	if (request_size != message->request_size || room < message->reply_size)
		return VGPU_PV_S_INVALID;
	if (request->hdr.flags || request->hdr.ctx_id || request->hdr.padding)
		return VGPU_PV_S_INVALID;
	return message->handle(s, request, reply);
}

size_t vgpu_pv_message_answer(struct vgpu_pv *s, VirtQueueElement *elem,
			      const struct vgpu_pv_message *messages, size_t nr_messages)
{
	size_t request_size = iov_size(elem->out_sg, elem->out_num);
	size_t room = iov_size(elem->in_sg, elem->in_num);
	size_t reply_size = sizeof(struct vgpu_pv_reply);
	const struct vgpu_pv_message *message;
	union vgpu_pv_any_request request = { 0 };
	union vgpu_pv_any_reply reply = { 0 };
	enum vgpu_pv_status status;

	iov_to_buf(elem->out_sg, elem->out_num, 0, &request, sizeof(request));
	message = vgpu_pv_message_find(le32_to_cpu(request.hdr.type), messages, nr_messages);
	status = vgpu_pv_message_run(s, message, &request, request_size, room, &reply);
	trace_vgpu_pv_message(le32_to_cpu(request.hdr.type), request_size, room, status);

	if (room < reply_size)
		return 0;
	if (status == VGPU_PV_S_OK)
		reply_size = message->reply_size;
	reply.hdr.type = request.hdr.type | cpu_to_le32(VGPU_PV_MSG_REPLY);
	reply.hdr.status = cpu_to_le32(status);
	return iov_from_buf(elem->in_sg, elem->in_num, 0, &reply, reply_size);
}

/* For a message that is not looked into. */
size_t vgpu_pv_message_refuse(VirtQueueElement *elem, enum vgpu_pv_status status)
{
	struct vgpu_pv_request request = { 0 };
	struct vgpu_pv_reply reply = { 0 };

	if (iov_size(elem->in_sg, elem->in_num) < sizeof(reply))
		return 0;
	iov_to_buf(elem->out_sg, elem->out_num, 0, &request, sizeof(request));
	reply.type = request.type | cpu_to_le32(VGPU_PV_MSG_REPLY);
	reply.status = cpu_to_le32(status);
	return iov_from_buf(elem->in_sg, elem->in_num, 0, &reply, sizeof(reply));
}
