// SPDX-License-Identifier: MIT
/*
 * The commands of virgl's protocol: their lengths, as libvirglrenderer 0.10 takes
 * them, and what of each is the name of a resource or an object.  Where the
 * library takes a longer command than Mesa sends, so do we: one that Mesa will
 * send is worth more than one caught.  What it has arrays for bounds the others:
 * 8 colour buffers, 16 viewports, 16 stream-out targets, 32 of most else, 128
 * sampler views.
 */
#include <stddef.h>

#include "virgl.h"
#include "virgl_table.h"

#define FIXED(n)	(n), (n), 1
#define OPEN(min)	(min), VIRGL_MAX_ARGS, 1
/* a few words, then up to `most` elements of `size` words */
#define EACH(first, size, most)	(first), (first) + (size) * (most), (size)
/* the same from `min` words on, where the library ignores an element that is not whole */
#define LOOSE(min, first, size, most)	(min), (first) + (size) * ((most) + 1) - 1, 1
#define NOT_OFFERED	0, 0, 0

#define NAMES(...)	{ __VA_ARGS__ }
#define RESOURCE(at)	{ VIRGL_RESOURCE, 0, (at), 0 }
#define BUFFER(at)	{ VIRGL_BUFFER, 0, (at), 0 }
#define BUFFER_OR_NONE(at)	{ VIRGL_BUFFER_OR_NONE, 0, (at), 0 }
#define OBJECT(type, at)	{ VIRGL_OBJECT, VIRGL_OBJECT_##type, (at), 0 }
/* from the argument `at` on, each step-th */
#define RESOURCES_OR_NONE(at, step)	{ VIRGL_RESOURCE_OR_NONE, 0, (at), (step) }
#define BUFFERS_OR_NONE(at, step)	{ VIRGL_BUFFER_OR_NONE, 0, (at), (step) }
#define OBJECTS(type, at)	{ VIRGL_OBJECT, VIRGL_OBJECT_##type, (at), 1 }

static const struct virgl_rule virgl_commands[] = {
	[VIRGL_CMD_NOP] = { "NOP", OPEN(0) },
	/* the rest is in virgl_objects */
	[VIRGL_CMD_CREATE_OBJECT] = { "CREATE_OBJECT", OPEN(1) },
	[VIRGL_CMD_BIND_OBJECT] = { "BIND_OBJECT", FIXED(1), NAMES({ VIRGL_OBJECT, 0, 0, 0 }) },
	[VIRGL_CMD_DESTROY_OBJECT] = { "DESTROY_OBJECT", FIXED(1) },
	[4] = { "SET_VIEWPORT_STATE", EACH(1, 6, 16) },
	/* the depth buffer, then the others */
	[VIRGL_CMD_SET_FRAMEBUFFER_STATE] = { "SET_FRAMEBUFFER_STATE", EACH(2, 1, 8),
					      NAMES(OBJECTS(SURFACE, 1)) },
	[VIRGL_CMD_SET_VERTEX_BUFFERS] = { "SET_VERTEX_BUFFERS", EACH(0, 3, 32),
					   NAMES(BUFFERS_OR_NONE(2, 3)) },
	[7] = { "CLEAR", FIXED(8) },
	[VIRGL_CMD_DRAW_VBO] = { "DRAW_VBO", 12, 20, 2,
				 NAMES(OBJECT(STREAMOUT_TARGET, 11), BUFFER_OR_NONE(14),
				       BUFFER_OR_NONE(19)) },
	[VIRGL_CMD_RESOURCE_INLINE_WRITE] = { "RESOURCE_INLINE_WRITE", OPEN(12),
					      NAMES(RESOURCE(0)) },
	[10] = { "SET_SAMPLER_VIEWS", EACH(2, 1, 128), NAMES(OBJECTS(SAMPLER_VIEW, 2)) },
	[VIRGL_CMD_SET_INDEX_BUFFER] = { "SET_INDEX_BUFFER", 1, 3, 2, NAMES(BUFFER_OR_NONE(0)) },
	[VIRGL_CMD_SET_CONSTANT_BUFFER] = { "SET_CONSTANT_BUFFER", OPEN(2) },
	[13] = { "SET_STENCIL_REF", FIXED(1) },
	[14] = { "SET_BLEND_COLOR", FIXED(4) },
	[15] = { "SET_SCISSOR_STATE", EACH(1, 2, 16) },
	[VIRGL_CMD_BLIT] = { "BLIT", FIXED(21), NAMES(RESOURCE(3), RESOURCE(12)) },
	[VIRGL_CMD_RESOURCE_COPY_REGION] = { "RESOURCE_COPY_REGION", FIXED(13),
					     NAMES(RESOURCE(0), RESOURCE(5)) },
	[18] = { "BIND_SAMPLER_STATES", EACH(2, 1, 32), NAMES(OBJECTS(SAMPLER_STATE, 2)) },
	[19] = { "BEGIN_QUERY", FIXED(1), NAMES(OBJECT(QUERY, 0)) },
	[20] = { "END_QUERY", FIXED(1), NAMES(OBJECT(QUERY, 0)) },
	[VIRGL_CMD_GET_QUERY_RESULT] = { "GET_QUERY_RESULT", FIXED(2), NAMES(OBJECT(QUERY, 0)) },
	[22] = { "SET_POLYGON_STIPPLE", FIXED(32) },
	[23] = { "SET_CLIP_STATE", FIXED(32) },
	[24] = { "SET_SAMPLE_MASK", FIXED(1) },
	[25] = { "SET_STREAMOUT_TARGETS", EACH(1, 1, 16), NAMES(OBJECTS(STREAMOUT_TARGET, 1)) },
	[26] = { "SET_RENDER_CONDITION", FIXED(3), NAMES(OBJECT(QUERY, 0)) },
	[VIRGL_CMD_SET_UNIFORM_BUFFER] = { "SET_UNIFORM_BUFFER", FIXED(5),
					   NAMES(BUFFER_OR_NONE(4)) },
	[VIRGL_CMD_SET_SUB_CTX] = { "SET_SUB_CTX", FIXED(1) },
	[VIRGL_CMD_CREATE_SUB_CTX] = { "CREATE_SUB_CTX", FIXED(1) },
	[VIRGL_CMD_DESTROY_SUB_CTX] = { "DESTROY_SUB_CTX", FIXED(1) },
	[VIRGL_CMD_BIND_SHADER] = { "BIND_SHADER", FIXED(2), NAMES(OBJECT(SHADER, 0)) },
	[32] = { "SET_TESS_STATE", FIXED(6) },
	[33] = { "SET_MIN_SAMPLES", FIXED(1) },
	[VIRGL_CMD_SET_SHADER_BUFFERS] = { "SET_SHADER_BUFFERS", LOOSE(2, 2, 3, 32),
					   NAMES(BUFFERS_OR_NONE(4, 3)) },
	[VIRGL_CMD_SET_SHADER_IMAGES] = { "SET_SHADER_IMAGES", LOOSE(2, 2, 5, 32),
					  NAMES(RESOURCES_OR_NONE(6, 5)) },
	[36] = { "MEMORY_BARRIER", FIXED(1) },
	[VIRGL_CMD_LAUNCH_GRID] = { "LAUNCH_GRID", FIXED(8), NAMES(BUFFER_OR_NONE(6)) },
	[38] = { "SET_FRAMEBUFFER_STATE_NO_ATTACH", FIXED(2) },
	[39] = { "TEXTURE_BARRIER", FIXED(1) },
	[VIRGL_CMD_SET_ATOMIC_BUFFERS] = { "SET_ATOMIC_BUFFERS", LOOSE(2, 1, 3, 32),
					   NAMES(BUFFERS_OR_NONE(3, 3)) },
	[41] = { "SET_DEBUG_FLAGS", OPEN(2) },
	[VIRGL_CMD_GET_QUERY_RESULT_QBO] = { "GET_QUERY_RESULT_QBO", FIXED(6),
					     NAMES(OBJECT(QUERY, 0), BUFFER(1)) },
	[VIRGL_CMD_TRANSFER3D] = { "TRANSFER3D", OPEN(13), NAMES(RESOURCE(0)) },
	[44] = { "END_TRANSFERS", OPEN(0) },
	[VIRGL_CMD_COPY_TRANSFER3D] = { "COPY_TRANSFER3D", FIXED(14),
					NAMES(RESOURCE(0), RESOURCE(11)) },
	[46] = { "SET_TWEAKS", OPEN(2) },
	[VIRGL_CMD_CLEAR_TEXTURE] = { "CLEAR_TEXTURE", FIXED(12), NAMES(RESOURCE(0)) },
	[48] = { "PIPE_RESOURCE_CREATE", NOT_OFFERED },
	[49] = { "PIPE_RESOURCE_SET_TYPE", NOT_OFFERED },
	[50] = { "GET_MEMORY_INFO", NOT_OFFERED },
	[VIRGL_CMD_SEND_STRING_MARKER] = { "SEND_STRING_MARKER", OPEN(2) },
	[VIRGL_CMD_LINK_SHADER] = { "LINK_SHADER", FIXED(6), NAMES(OBJECTS(SHADER, 0)) },
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

static const struct virgl_rule virgl_objects[] = {
	[VIRGL_OBJECT_BLEND] = { "CREATE_OBJECT of BLEND", FIXED(11) },
	[VIRGL_OBJECT_RASTERIZER] = { "CREATE_OBJECT of RASTERIZER", FIXED(9) },
	[VIRGL_OBJECT_DSA] = { "CREATE_OBJECT of DSA", FIXED(5) },
	[VIRGL_OBJECT_SHADER] = { "CREATE_OBJECT of SHADER", OPEN(5) },
	[VIRGL_OBJECT_VERTEX_ELEMENTS] = { "CREATE_OBJECT of VERTEX_ELEMENTS", EACH(1, 4, 32) },
	[VIRGL_OBJECT_SAMPLER_VIEW] = { "CREATE_OBJECT of SAMPLER_VIEW", FIXED(6),
					NAMES(RESOURCE(1)) },
	[VIRGL_OBJECT_SAMPLER_STATE] = { "CREATE_OBJECT of SAMPLER_STATE", FIXED(9) },
	[VIRGL_OBJECT_SURFACE] = { "CREATE_OBJECT of SURFACE", FIXED(5), NAMES(RESOURCE(1)) },
	[VIRGL_OBJECT_QUERY] = { "CREATE_OBJECT of QUERY", FIXED(4), NAMES(RESOURCE(3)) },
	[VIRGL_OBJECT_STREAMOUT_TARGET] = { "CREATE_OBJECT of STREAMOUT_TARGET", FIXED(4),
					    NAMES(BUFFER(1)) },
	/* the object that it makes is a SURFACE */
	[VIRGL_OBJECT_MSAA_SURFACE] = { "CREATE_OBJECT of MSAA_SURFACE", FIXED(6),
					NAMES(RESOURCE(1)) },
};

const uint32_t virgl_nr_commands = sizeof(virgl_commands) / sizeof(virgl_commands[0]);
const uint32_t virgl_nr_objects = sizeof(virgl_objects) / sizeof(virgl_objects[0]);

const struct virgl_rule *virgl_command_rule(uint32_t command)
{
	return command < virgl_nr_commands ? &virgl_commands[command] : NULL;
}

const struct virgl_rule *virgl_object_rule(uint32_t object)
{
	return object && object < virgl_nr_objects ? &virgl_objects[object] : NULL;
}
