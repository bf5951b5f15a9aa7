// SPDX-License-Identifier: MIT
/*
 * The gate that each command passes before the renderer sees it.  A command is a
 * header word, its number in the low byte, an object's type in the next and the
 * count of words that follow in the upper half.  A buffer is walked before any of
 * it runs, so that a malformed one has no effect; numbers and lengths are in a
 * table.  Values are left to the renderer, but for those that it uses unchecked
 * to count or to index.  Commands are refused that the capset does not offer:
 * those that make memory outside the accounting, those for video, and
 * GET_MEMORY_INFO, which the renderer answers into memory that it does not check.
 */
#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "virgl.h"
#include "virgl_shader.h"
#include "virgl_table.h"

#define MAX_FORMATS		322	/* that the renderer has an array for */

void virgl_init(struct virgl *virgl, const uint32_t *words, uint32_t nr_words)
{
	*virgl = (struct virgl){ .words = words, .nr_words = nr_words };
}

void virgl_rewind(struct virgl *virgl)
{
	virgl->checked = virgl->at == virgl->nr_words;
	virgl->at = 0;
}

int virgl_refuse(struct virgl *virgl, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(virgl->why, sizeof(virgl->why), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

uint32_t virgl_arg(const struct virgl *virgl, uint32_t index)
{
	return le32toh(virgl->args[index]);
}

static int virgl_find_rule(struct virgl *virgl)
{
	virgl->rule = virgl_command_rule(virgl->command);
	if (!virgl->rule)
		return virgl_refuse(virgl, "command %u is unknown, the last is %u, %s",
				    virgl->command, virgl_nr_commands - 1,
				    virgl_command_rule(virgl_nr_commands - 1)->name);
	if (virgl->command != VIRGL_CMD_CREATE_OBJECT)
		return 0;
	virgl->rule = virgl_object_rule(virgl->object);
	if (!virgl->rule)
		return virgl_refuse(virgl, "CREATE_OBJECT of the unknown type %u, not 1 to %u",
				    virgl->object, virgl_nr_objects - 1);
	return 0;
}

static int check_length(struct virgl *virgl)
{
	const struct virgl_rule *rule = virgl->rule;
	uint32_t nr = virgl->nr_args;

	if (!rule->step)
		return virgl_refuse(virgl, "%s is not offered", rule->name);
	if (nr >= rule->min && nr <= rule->max &&
	    (rule->step == 1 || !((nr - rule->min) % rule->step)))
		return 0;
	if (rule->min == rule->max)
		return virgl_refuse(virgl, "%s with %u words, not %u", rule->name, nr, rule->min);
	if (rule->step == 1)
		return virgl_refuse(virgl, "%s with %u words, not %u to %u", rule->name, nr,
				    rule->min, rule->max);
	return virgl_refuse(virgl, "%s with %u words, not %u to %u in steps of %u", rule->name, nr,
			    rule->min, rule->max, rule->step);
}

static int check_bind(struct virgl *virgl)
{
	switch (virgl->object) {
	case VIRGL_OBJECT_BLEND:
	case VIRGL_OBJECT_RASTERIZER:
	case VIRGL_OBJECT_DSA:
	case VIRGL_OBJECT_VERTEX_ELEMENTS:
		return 0;
	}
	return virgl_refuse(virgl, "BIND_OBJECT of the type %u, not %u, %u, %u or %u", virgl->object,
			    VIRGL_OBJECT_BLEND, VIRGL_OBJECT_RASTERIZER, VIRGL_OBJECT_DSA,
			    VIRGL_OBJECT_VERTEX_ELEMENTS);
}

static int check_images(struct virgl *virgl)
{
	uint32_t i;

	for (i = 2; i + 5 <= virgl->nr_args; i += 5) {
		if (virgl_arg(virgl, i) >= MAX_FORMATS)
			return virgl_refuse(virgl, "SET_SHADER_IMAGES of the format %u, of %u at most",
					    virgl_arg(virgl, i), MAX_FORMATS - 1);
	}
	return 0;
}

static int check_command(struct virgl *virgl)
{
	uint32_t nr = virgl->nr_args;

	switch (virgl->command) {
	case VIRGL_CMD_CREATE_OBJECT:
		return virgl->object == VIRGL_OBJECT_SHADER ? virgl_shader_check(virgl) : 0;
	case VIRGL_CMD_BIND_OBJECT:
		return check_bind(virgl);
	case VIRGL_CMD_SET_SHADER_IMAGES:
		return check_images(virgl);
	case VIRGL_CMD_SET_FRAMEBUFFER_STATE:
		if (virgl_arg(virgl, 0) != nr - 2)
			return virgl_refuse(virgl, "SET_FRAMEBUFFER_STATE of %u buffers with %u words",
					    virgl_arg(virgl, 0), nr);
		break;
	case VIRGL_CMD_SEND_STRING_MARKER:
		if (virgl_arg(virgl, 0) > (nr - 1) * sizeof(uint32_t))
			return virgl_refuse(virgl, "SEND_STRING_MARKER of %u bytes in %u words",
					    virgl_arg(virgl, 0), nr - 1);
		break;
	case VIRGL_CMD_DRAW_VBO:
		/* plain, with tessellation, indirect: nothing between the last two */
		if (nr == 16 || nr == 18)
			return virgl_refuse(virgl, "DRAW_VBO with %u words, not 12, 14 or 20", nr);
		break;
	}
	return 0;
}

int virgl_next(struct virgl *virgl)
{
	uint32_t header, left;
	int ret;

	if (virgl->at == virgl->nr_words)
		return 0;
	header = le32toh(virgl->words[virgl->at]);
	left = virgl->nr_words - virgl->at - 1;
	virgl->command = header & 0xff;
	virgl->object = header >> 8 & 0xff;
	virgl->nr_args = header >> 16;
	virgl->args = virgl->words + virgl->at + 1;
	ret = virgl_find_rule(virgl);
	if (ret)
		return ret;
	if (virgl->nr_args > left)
		return virgl_refuse(virgl, "%s with %u words, its buffer ends after %u",
				    virgl->rule->name, virgl->nr_args, left);
	if (!virgl->checked) {
		ret = check_length(virgl);
		if (!ret)
			ret = check_command(virgl);
		if (ret)
			return ret;
	}
	virgl->at += 1 + virgl->nr_args;
	return 1;
}
