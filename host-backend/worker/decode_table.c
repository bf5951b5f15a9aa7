// SPDX-License-Identifier: MIT
/*
 * The commands of virgl's protocol and their lengths, as libvirglrenderer 0.10
 * takes them.  Where it takes a longer command than Mesa sends, so do we.  What
 * it has arrays for bounds the others: 8 colour buffers, 16 viewports, 16
 * stream-out targets, 32 of most else, 128 sampler views.
 */
#include <stddef.h>

#include "decode.h"
#include "decode_table.h"

#define FIXED(n)	(n), (n), 1
#define RANGE(min, max)	(min), (max), 1
#define OPEN(min)	(min), DECODE_MAX_ARGS, 1
/* a few words, then up to `most` elements of `size` words */
#define EACH(first, size, most)	(first), (first) + (size) * (most), (size)
#define NOT_OFFERED	0, 0, 0

static const struct decode_rule decode_commands[] = {
	[DECODE_NOP] = { "NOP", OPEN(0) },
	[DECODE_CREATE_OBJECT] = { "CREATE_OBJECT", OPEN(1) },
	[DECODE_BIND_OBJECT] = { "BIND_OBJECT", FIXED(1) },
	[DECODE_DESTROY_OBJECT] = { "DESTROY_OBJECT", FIXED(1) },
	[4] = { "SET_VIEWPORT_STATE", EACH(1, 6, 16) },
	[5] = { "SET_FRAMEBUFFER_STATE", EACH(2, 1, 8) },
	[DECODE_SET_VERTEX_BUFFERS] = { "SET_VERTEX_BUFFERS", EACH(0, 3, 32) },
	[7] = { "CLEAR", FIXED(8) },
	[DECODE_DRAW_VBO] = { "DRAW_VBO", 12, 20, 2 },
	[DECODE_RESOURCE_INLINE_WRITE] = { "RESOURCE_INLINE_WRITE", OPEN(12) },
	[10] = { "SET_SAMPLER_VIEWS", EACH(2, 1, 128) },
	[DECODE_SET_INDEX_BUFFER] = { "SET_INDEX_BUFFER", 1, 3, 2 },
	[DECODE_SET_CONSTANT_BUFFER] = { "SET_CONSTANT_BUFFER", OPEN(2) },
	[13] = { "SET_STENCIL_REF", FIXED(1) },
	[14] = { "SET_BLEND_COLOR", FIXED(4) },
	[15] = { "SET_SCISSOR_STATE", EACH(1, 2, 16) },
	[DECODE_BLIT] = { "BLIT", FIXED(21) },
	[DECODE_RESOURCE_COPY_REGION] = { "RESOURCE_COPY_REGION", FIXED(13) },
	[18] = { "BIND_SAMPLER_STATES", EACH(2, 1, 32) },
	[19] = { "BEGIN_QUERY", FIXED(1) },
	[20] = { "END_QUERY", FIXED(1) },
	[21] = { "GET_QUERY_RESULT", FIXED(2) },
	[22] = { "SET_POLYGON_STIPPLE", FIXED(32) },
	[23] = { "SET_CLIP_STATE", FIXED(32) },
	[24] = { "SET_SAMPLE_MASK", FIXED(1) },
	[25] = { "SET_STREAMOUT_TARGETS", EACH(1, 1, 16) },
	[26] = { "SET_RENDER_CONDITION", FIXED(3) },
	[DECODE_SET_UNIFORM_BUFFER] = { "SET_UNIFORM_BUFFER", FIXED(5) },
	[DECODE_SET_SUB_CTX] = { "SET_SUB_CTX", FIXED(1) },
	[DECODE_CREATE_SUB_CTX] = { "CREATE_SUB_CTX", FIXED(1) },
	[DECODE_DESTROY_SUB_CTX] = { "DESTROY_SUB_CTX", FIXED(1) },
	[31] = { "BIND_SHADER", FIXED(2) },
	[32] = { "SET_TESS_STATE", FIXED(6) },
	[33] = { "SET_MIN_SAMPLES", FIXED(1) },
	[DECODE_SET_SHADER_BUFFERS] = { "SET_SHADER_BUFFERS", EACH(2, 3, 32) },
	[DECODE_SET_SHADER_IMAGES] = { "SET_SHADER_IMAGES", EACH(2, 5, 32) },
	[36] = { "MEMORY_BARRIER", FIXED(1) },
	[DECODE_LAUNCH_GRID] = { "LAUNCH_GRID", FIXED(8) },
	[38] = { "SET_FRAMEBUFFER_STATE_NO_ATTACH", FIXED(2) },
	[39] = { "TEXTURE_BARRIER", FIXED(1) },
	[DECODE_SET_ATOMIC_BUFFERS] = { "SET_ATOMIC_BUFFERS", 4, 1 + 3 * 32, 3 },
	[41] = { "SET_DEBUG_FLAGS", OPEN(2) },
	[DECODE_GET_QUERY_RESULT_QBO] = { "GET_QUERY_RESULT_QBO", FIXED(6) },
	[DECODE_TRANSFER3D] = { "TRANSFER3D", OPEN(13) },
	[44] = { "END_TRANSFERS", OPEN(0) },
	[DECODE_COPY_TRANSFER3D] = { "COPY_TRANSFER3D", FIXED(14) },
	[46] = { "SET_TWEAKS", OPEN(2) },
	[DECODE_CLEAR_TEXTURE] = { "CLEAR_TEXTURE", FIXED(12) },
	[48] = { "PIPE_RESOURCE_CREATE", NOT_OFFERED },
	[49] = { "PIPE_RESOURCE_SET_TYPE", NOT_OFFERED },
	[50] = { "GET_MEMORY_INFO", NOT_OFFERED },
	[51] = { "SEND_STRING_MARKER", OPEN(2) },
	[52] = { "LINK_SHADER", FIXED(6) },
	[53] = { "CREATE_VIDEO_CODEC", NOT_OFFERED },
	[54] = { "DESTROY_VIDEO_CODEC", NOT_OFFERED },
	[55] = { "CREATE_VIDEO_BUFFER", NOT_OFFERED },
	[56] = { "DESTROY_VIDEO_BUFFER", NOT_OFFERED },
	[57] = { "BEGIN_FRAME", NOT_OFFERED },
	[58] = { "DECODE_MACROBLOCK", NOT_OFFERED },
	[59] = { "DECODE_BITSTREAM", NOT_OFFERED },
	[60] = { "ENCODE_BITSTREAM", NOT_OFFERED },
	[61] = { "END_FRAME", NOT_OFFERED },
};

static const struct decode_rule decode_objects[] = {
	[DECODE_OBJECT_BLEND] = { "BLEND", FIXED(11) },
	[DECODE_OBJECT_RASTERIZER] = { "RASTERIZER", FIXED(9) },
	[DECODE_OBJECT_DSA] = { "DSA", FIXED(5) },
	[DECODE_OBJECT_SHADER] = { "SHADER", OPEN(5) },
	[DECODE_OBJECT_VERTEX_ELEMENTS] = { "VERTEX_ELEMENTS", EACH(1, 4, 32) },
	[6] = { "SAMPLER_VIEW", FIXED(6) },
	[7] = { "SAMPLER_STATE", FIXED(9) },
	[8] = { "SURFACE", FIXED(5) },
	[DECODE_OBJECT_QUERY] = { "QUERY", FIXED(4) },
	[DECODE_OBJECT_STREAMOUT_TARGET] = { "STREAMOUT_TARGET", FIXED(4) },
	[11] = { "MSAA_SURFACE", FIXED(6) },
};

static const struct decode_rule *decode_rule(const struct decode_rule *table, uint32_t size,
					     uint32_t number)
{
	return number < size && table[number].name ? &table[number] : NULL;
}

const struct decode_rule *decode_command_rule(uint32_t command)
{
	return decode_rule(decode_commands, sizeof(decode_commands) / sizeof(decode_commands[0]),
			   command);
}

const struct decode_rule *decode_object_rule(uint32_t object)
{
	return decode_rule(decode_objects, sizeof(decode_objects) / sizeof(decode_objects[0]),
			   object);
}
