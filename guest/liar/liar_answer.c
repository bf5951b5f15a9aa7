// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an honest device without a renderer answers: yes to everything, and to
 * what is asked for, the least that there can be.
 */
#include <linux/string.h>

#include "liar.h"

#define LIAR_WIDTH	1024
#define LIAR_HEIGHT	768
#define LIAR_EDID_SIZE	128

static size_t liar_answer_display_info(u8 *out)
{
	struct vgpu_pv_display_info_reply *reply = (void *)out;

	reply->outputs[0].enabled = cpu_to_le32(1);
	reply->outputs[0].width = cpu_to_le32(LIAR_WIDTH);
	reply->outputs[0].height = cpu_to_le32(LIAR_HEIGHT);
	return sizeof(*reply);
}

/* EDID 1.4 of a digital display that has one mode, 1024x768 at 60 Hz. */
static size_t liar_answer_edid(u8 *out)
{
	static const u8 edid[LIAR_EDID_SIZE - 1] = {
		[0] = 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00,
		[8] = 0x59, 0x30, 0x01, 0x00, [17] = 34,	/* VIP, product 1, 2024 */
		[18] = 1, 4, 0xa5, 27, 20, 120, 0x06,
		[38] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
		[54] = 0x64, 0x19, 0x00, 0x40, 0x41, 0x00, 0x26, 0x30, 0x18, 0x88, 0x36,
		[71] = 0x18,
		[75] = 0x10, [93] = 0x10, [111] = 0x10,		/* nothing in the other three */
	};
	struct vgpu_pv_edid_reply *reply = (void *)out;
	unsigned int i;
	u8 sum = 0;

	memcpy(reply->edid, edid, sizeof(edid));
	for (i = 0; i < sizeof(edid); i++)
		sum += edid[i];
	reply->edid[LIAR_EDID_SIZE - 1] = -sum;
	reply->size = cpu_to_le32(LIAR_EDID_SIZE);
	return sizeof(*reply);
}

static size_t liar_answer_capsets(u8 *out)
{
	struct vgpu_pv_capsets_reply *reply = (void *)out;
	unsigned int i;

	reply->count = cpu_to_le32(2);
	for (i = 0; i < 2; i++) {
		reply->capsets[i].id = cpu_to_le32(i + 1);
		reply->capsets[i].max_version = cpu_to_le32(i + 1);
		reply->capsets[i].max_size = cpu_to_le32(512);
	}
	return sizeof(*reply);
}

static size_t liar_answer_capset(u8 *out)
{
	struct vgpu_pv_capset_reply *reply = (void *)out;

	reply->size = cpu_to_le32(512);
	memset(reply->data, 0x5a, 512);
	return sizeof(*reply);
}

/* Into liar->reply; returns how long it is. */
size_t liar_answer(struct liar *liar, const struct liar_chain *chain)
{
	const struct vgpu_pv_request *hdr = (const void *)chain->request;
	struct vgpu_pv_reply *reply = (void *)liar->reply;

	memset(liar->reply, 0, sizeof(liar->reply));
	reply->type = hdr->type | cpu_to_le32(VGPU_PV_MSG_REPLY);
	reply->credit = cpu_to_le64(liar->credit);

	switch (le32_to_cpu(hdr->type)) {
	case VGPU_PV_MSG_GET_DISPLAY_INFO:
		return liar_answer_display_info(liar->reply);
	case VGPU_PV_MSG_GET_EDID:
		return liar_answer_edid(liar->reply);
	case VGPU_PV_MSG_GET_CAPSETS:
		return liar_answer_capsets(liar->reply);
	case VGPU_PV_MSG_GET_CAPSET:
		return liar_answer_capset(liar->reply);
	default:
		return sizeof(*reply);
	}
}
