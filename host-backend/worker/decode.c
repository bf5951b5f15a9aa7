// SPDX-License-Identifier: MIT
/*
 * Command buffers without their resources.  Each command is a header word, its
 * number in the low byte, an object's type in the next and the count of words
 * that follow in the upper half.  A buffer is walked before any of it runs, so
 * that a malformed one has no effect.  Numbers and lengths are in a table; the
 * values are left to the renderer, but for those that it uses unchecked to
 * count or to index.  Commands are refused that the capset does not offer: those
 * that make memory outside the accounting, those for video, and GET_MEMORY_INFO,
 * which the renderer answers into memory that it does not check.
 */
#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "decode.h"
#include "decode_table.h"

/* what the renderer has arrays for */
#define MAX_FORMATS		322
#define MAX_SO_OUTPUTS		64
#define MAX_SO_BUFFERS		4
#define MAX_SHADER_OUTPUTS	64
#define MAX_SO_VARYINGS		160

#define MAX_SHADER_TEXT		(64u << 20)	/* bytes; Mesa's have half as many at most */
#define MAX_SHADER_TOKENS	(4u << 20)

void decode_init(struct decode *decode, const uint32_t *words, uint32_t nr_words)
{
	*decode = (struct decode){ .words = words, .nr_words = nr_words };
}

int decode_refuse(struct decode *decode, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(decode->why, sizeof(decode->why), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

uint32_t decode_arg(const struct decode *decode, uint32_t index)
{
	return le32toh(decode->args[index]);
}

static int decode_length(struct decode *decode, const struct decode_rule *rule, const char *what)
{
	uint32_t nr = decode->nr_args;

	if (nr >= rule->min && nr <= rule->max && !((nr - rule->min) % rule->step))
		return 0;
	if (rule->min == rule->max)
		return decode_refuse(decode, "%s%s with %u words, not %u", what, rule->name, nr,
				     rule->min);
	return decode_refuse(decode, "%s%s with %u words, not %u to %u%s", what, rule->name, nr,
			     rule->min, rule->max, rule->step > 1 ? " in their steps" : "");
}

static uint32_t skipped(uint32_t from, uint32_t to)
{
	uint32_t components = to > from ? to - from : 0;

	return components / 4 + !!(components % 4);
}

/*
 * The renderer has a fixed array for what GL is told of the outputs: one entry
 * each, one for every four components left out, one where the buffer changes.
 */
static int decode_stream_out(struct decode *decode, uint32_t nr)
{
	uint32_t word, buffer, last = 0, at = 0, varyings = nr, i;

	for (i = 0; i < nr; i++) {
		word = decode_arg(decode, DECODE_SHADER_SO_FIRST + 2 * i);
		buffer = word >> 13 & 7;
		if ((word & 0xff) >= MAX_SHADER_OUTPUTS)
			return decode_refuse(decode, "stream-out of output %u, of %u at most",
					     word & 0xff, MAX_SHADER_OUTPUTS);
		if (buffer >= MAX_SO_BUFFERS)
			return decode_refuse(decode, "stream-out to buffer %u, of %u", buffer,
					     MAX_SO_BUFFERS);
		if (buffer != last) {
			varyings += skipped(at, decode_arg(decode, DECODE_SHADER_SO_STRIDES + last));
			varyings += buffer > last ? buffer - last : 0;
			last = buffer;
			at = 0;
		}
		varyings += skipped(at, word >> 16);
		at = (word >> 16) + (word >> 10 & 7);
		if (varyings > MAX_SO_VARYINGS)
			break;
	}
	varyings += skipped(at, decode_arg(decode, DECODE_SHADER_SO_STRIDES + last));
	if (varyings > MAX_SO_VARYINGS)
		return decode_refuse(decode, "stream-out of %u varyings, of %u at most", varyings,
				     MAX_SO_VARYINGS);
	return 0;
}

static uint32_t decode_so_outputs(const struct decode *decode)
{
	return decode_arg(decode, DECODE_SHADER_TYPE) == DECODE_SHADER_COMPUTE ?
		       0 : decode_arg(decode, DECODE_SHADER_SO_OUTPUTS);
}

uint32_t decode_shader_text(const struct decode *decode)
{
	uint32_t outputs = decode_so_outputs(decode);

	return decode->nr_args - (outputs ? DECODE_SHADER_SO_FIRST + 2 * outputs :
					    DECODE_SHADER_SO_STRIDES);
}

static int decode_shader(struct decode *decode)
{
	uint32_t size = decode_arg(decode, DECODE_SHADER_SIZE), outputs;

	if (!(size & DECODE_SHADER_CONTINUED) && size > MAX_SHADER_TEXT)
		return decode_refuse(decode, "a shader of %u bytes, of %u at most", size,
				     MAX_SHADER_TEXT);
	if (decode_arg(decode, DECODE_SHADER_TOKENS) > MAX_SHADER_TOKENS)
		return decode_refuse(decode, "a shader of %u tokens, of %u at most",
				     decode_arg(decode, DECODE_SHADER_TOKENS), MAX_SHADER_TOKENS);
	outputs = decode_so_outputs(decode);
	if (!outputs)
		return 0;
	if (outputs > MAX_SO_OUTPUTS || decode->nr_args < DECODE_SHADER_SO_FIRST + 2 * outputs)
		return decode_refuse(decode, "a shader of %u words with %u stream-outs",
				     decode->nr_args, outputs);
	return decode_stream_out(decode, outputs);
}

static int decode_create(struct decode *decode)
{
	const struct decode_rule *rule = decode_object_rule(decode->object);
	int ret;

	if (!rule)
		return decode_refuse(decode, "CREATE_OBJECT of the unknown type %u", decode->object);
	ret = decode_length(decode, rule, "CREATE_OBJECT of ");
	if (!ret && decode->object == DECODE_OBJECT_SHADER)
		ret = decode_shader(decode);
	return ret;
}

static int decode_bind(struct decode *decode)
{
	switch (decode->object) {
	case DECODE_OBJECT_BLEND:
	case DECODE_OBJECT_RASTERIZER:
	case DECODE_OBJECT_DSA:
	case DECODE_OBJECT_VERTEX_ELEMENTS:
		return 0;
	}
	return decode_refuse(decode, "BIND_OBJECT of the type %u", decode->object);
}

static int decode_destroy(struct decode *decode)
{
	if (decode_object_rule(decode->object))
		return 0;
	return decode_refuse(decode, "DESTROY_OBJECT of the unknown type %u", decode->object);
}

static int decode_images(struct decode *decode)
{
	uint32_t i;

	for (i = 2; i < decode->nr_args; i += 5) {
		if (decode_arg(decode, i) >= MAX_FORMATS)
			return decode_refuse(decode, "an image of the unknown format %u",
					     decode_arg(decode, i));
	}
	return 0;
}

static int decode_command(struct decode *decode)
{
	const struct decode_rule *rule = decode_command_rule(decode->command);
	int ret;

	if (!rule)
		return decode_refuse(decode, "command %u is unknown", decode->command);
	decode->name = rule->name;
	if (!rule->step)
		return decode_refuse(decode, "%s is not offered", rule->name);
	ret = decode_length(decode, rule, "");
	if (ret)
		return ret;
	switch (decode->command) {
	case DECODE_CREATE_OBJECT:
		return decode_create(decode);
	case DECODE_BIND_OBJECT:
		return decode_bind(decode);
	case DECODE_DESTROY_OBJECT:
		return decode_destroy(decode);
	case DECODE_SET_SHADER_IMAGES:
		return decode_images(decode);
	case DECODE_DRAW_VBO:
		/* plain, with tessellation, indirect: nothing between the last two */
		if (decode->nr_args == 16 || decode->nr_args == 18)
			return decode_refuse(decode, "DRAW_VBO with %u words, not 12, 14 or 20",
					     decode->nr_args);
	}
	return 0;
}

int decode_next(struct decode *decode)
{
	uint32_t header, left;
	int ret;

	if (decode->at == decode->nr_words)
		return 0;
	header = le32toh(decode->words[decode->at]);
	left = decode->nr_words - decode->at - 1;
	decode->command = header & 0xff;
	decode->object = header >> 8 & 0xff;
	decode->nr_args = header >> 16;
	decode->args = decode->words + decode->at + 1;
	if (decode->nr_args > left)
		return decode_refuse(decode, "command %u has %u words, its buffer %u",
				     decode->command, decode->nr_args, left);
	ret = decode_command(decode);
	if (ret)
		return ret;
	decode->at += 1 + decode->nr_args;
	return 1;
}
