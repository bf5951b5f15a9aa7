// SPDX-License-Identifier: MIT
/*
 * A shader's text may come in several commands, and the renderer has nothing to
 * draw with before the last one; it would all the same let it be bound, and draw.
 */
#include "context.h"
#include "decode.h"
#include "submit_shaders.h"

static void follow_text(struct sub_context *sub, const struct decode *decode)
{
	uint32_t type = decode_arg(decode, DECODE_SHADER_TYPE);
	uint32_t size = decode_arg(decode, DECODE_SHADER_SIZE);
	uint32_t text = decode_shader_text(decode), left;

	/* the renderer refuses an unknown type */
	if (type >= CONTEXT_SHADER_TYPES)
		return;
	left = size & DECODE_SHADER_CONTINUED ? sub->unfinished[type].left : (size + 3) / 4;
	sub->unfinished[type].handle = decode_arg(decode, DECODE_SHADER_HANDLE);
	sub->unfinished[type].left = left > text ? left - text : 0;
}

static int check_finished(const struct sub_context *sub, struct decode *decode, uint32_t index)
{
	uint32_t type;

	for (type = 0; type < CONTEXT_SHADER_TYPES; type++) {
		if (sub->unfinished[type].left &&
		    sub->unfinished[type].handle == decode_arg(decode, index))
			return decode_refuse(decode, "%s of shader %u, which has %u words to come",
					     decode->name, decode_arg(decode, index),
					     sub->unfinished[type].left);
	}
	return 0;
}

int submit_shaders_follow(struct sub_context *sub, struct decode *decode)
{
	uint32_t i;
	int ret = 0;

	switch (decode->command) {
	case DECODE_CREATE_OBJECT:
		if (decode->object == DECODE_OBJECT_SHADER)
			follow_text(sub, decode);
		return 0;
	case DECODE_BIND_SHADER:
		return check_finished(sub, decode, 0);
	case DECODE_LINK_SHADER:
		for (i = 0; !ret && i < CONTEXT_SHADER_TYPES; i++)
			ret = check_finished(sub, decode, i);
		return ret;
	}
	return 0;
}
