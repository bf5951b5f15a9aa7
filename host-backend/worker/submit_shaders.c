// SPDX-License-Identifier: MIT
/*
 * A shader's text may come in several commands, and the renderer has nothing to
 * draw with before the last one; it would all the same let it be bound, and draw.
 */
#include "context.h"
#include "submit_shaders.h"
#include "virgl.h"
#include "virgl_names.h"
#include "virgl_shader.h"
#include "virgl_table.h"

static void follow_text(struct sub_context *sub, const struct virgl *virgl)
{
	uint32_t type = virgl_arg(virgl, VIRGL_SHADER_TYPE);
	uint32_t size = virgl_arg(virgl, VIRGL_SHADER_SIZE);
	uint32_t text = virgl_shader_text(virgl), left;

	/* the renderer refuses an unknown type */
	if (type >= CONTEXT_SHADER_TYPES)
		return;
	left = size & VIRGL_SHADER_CONTINUED ? sub->unfinished[type].left : (size + 3) / 4;
	sub->unfinished[type].handle = virgl_arg(virgl, VIRGL_SHADER_HANDLE);
	sub->unfinished[type].left = left > text ? left - text : 0;
}

static int check_finished(const struct sub_context *sub, struct virgl *virgl)
{
	struct virgl_name name = { 0 };
	uint32_t type;

	while (virgl_name_next(virgl, &name)) {
		for (type = 0; type < CONTEXT_SHADER_TYPES; type++) {
			if (sub->unfinished[type].left && sub->unfinished[type].handle == name.id)
				return virgl_refuse(virgl, "%s of shader %u, which has %u words to come",
						    virgl->rule->name, name.id,
						    sub->unfinished[type].left);
		}
	}
	return 0;
}

bool submit_shaders_unfinished(const struct sub_context *sub)
{
	uint32_t type;

	for (type = 0; type < CONTEXT_SHADER_TYPES; type++) {
		if (sub->unfinished[type].left)
			return true;
	}
	return false;
}

int submit_shaders_follow(struct sub_context *sub, struct virgl *virgl)
{
	switch (virgl->command) {
	case VIRGL_CMD_CREATE_OBJECT:
		if (virgl->object == VIRGL_OBJECT_SHADER)
			follow_text(sub, virgl);
		return 0;
	case VIRGL_CMD_BIND_SHADER:
	case VIRGL_CMD_LINK_SHADER:
		return check_finished(sub, virgl);
	}
	return 0;
}
