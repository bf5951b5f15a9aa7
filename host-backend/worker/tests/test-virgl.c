// SPDX-License-Identifier: MIT
/*
 * Command buffers before the renderer sees them: [dev-submit-checked], and what
 * must pass: [dev-submit-announced].  The forms below are the protocol's, written
 * down a second time, so that a slip of the table's is seen.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "virgl.h"
#include "virgl_names.h"
#include "virgl_table.h"

#define HEADER(command, object, length)	((command) | (object) << 8 | (uint32_t)(length) << 16)
#define NR_COMMANDS	62
#define NR_OBJECTS	12
#define OPEN		VIRGL_MAX_ARGS	/* as long as a header can say */
#define NO		(-1)

/* words after the header */
struct form {
	const char *name;
	int shortest;		/* NO: not offered */
	int longest;
	int step;
};

static const struct form commands[NR_COMMANDS] = {
	{ "NOP", 0, OPEN, 1 },
	{ "CREATE_OBJECT", NO, NO, 1 },		/* see objects */
	{ "BIND_OBJECT", 1, 1, 1 },
	{ "DESTROY_OBJECT", 1, 1, 1 },
	{ "SET_VIEWPORT_STATE", 1, 1 + 16 * 6, 6 },
	{ "SET_FRAMEBUFFER_STATE", 2, 2 + 8, 1 },
	{ "SET_VERTEX_BUFFERS", 0, 32 * 3, 3 },
	{ "CLEAR", 8, 8, 1 },
	{ "DRAW_VBO", 12, 20, 2 },
	{ "RESOURCE_INLINE_WRITE", 12, OPEN, 1 },
	{ "SET_SAMPLER_VIEWS", 2, 2 + 128, 1 },
	{ "SET_INDEX_BUFFER", 1, 3, 2 },
	{ "SET_CONSTANT_BUFFER", 2, OPEN, 1 },
	{ "SET_STENCIL_REF", 1, 1, 1 },
	{ "SET_BLEND_COLOR", 4, 4, 1 },
	{ "SET_SCISSOR_STATE", 1, 1 + 16 * 2, 2 },
	{ "BLIT", 21, 21, 1 },
	{ "RESOURCE_COPY_REGION", 13, 13, 1 },
	{ "BIND_SAMPLER_STATES", 2, 2 + 32, 1 },
	{ "BEGIN_QUERY", 1, 1, 1 },
	{ "END_QUERY", 1, 1, 1 },
	{ "GET_QUERY_RESULT", 2, 2, 1 },
	{ "SET_POLYGON_STIPPLE", 32, 32, 1 },
	{ "SET_CLIP_STATE", 32, 32, 1 },
	{ "SET_SAMPLE_MASK", 1, 1, 1 },
	{ "SET_STREAMOUT_TARGETS", 1, 1 + 16, 1 },
	{ "SET_RENDER_CONDITION", 3, 3, 1 },
	{ "SET_UNIFORM_BUFFER", 5, 5, 1 },
	{ "SET_SUB_CTX", 1, 1, 1 },
	{ "CREATE_SUB_CTX", 1, 1, 1 },
	{ "DESTROY_SUB_CTX", 1, 1, 1 },
	{ "BIND_SHADER", 2, 2, 1 },
	{ "SET_TESS_STATE", 6, 6, 1 },
	{ "SET_MIN_SAMPLES", 1, 1, 1 },
	/* of these the renderer ignores an element that is not whole */
	{ "SET_SHADER_BUFFERS", 2, 2 + 32 * 3 + 2, 1 },
	{ "SET_SHADER_IMAGES", 2, 2 + 32 * 5 + 4, 1 },
	{ "MEMORY_BARRIER", 1, 1, 1 },
	{ "LAUNCH_GRID", 8, 8, 1 },
	{ "SET_FRAMEBUFFER_STATE_NO_ATTACH", 2, 2, 1 },
	{ "TEXTURE_BARRIER", 1, 1, 1 },
	{ "SET_ATOMIC_BUFFERS", 2, 1 + 32 * 3 + 2, 1 },
	{ "SET_DEBUG_FLAGS", 2, OPEN, 1 },
	{ "GET_QUERY_RESULT_QBO", 6, 6, 1 },
	{ "TRANSFER3D", 13, OPEN, 1 },
	{ "END_TRANSFERS", 0, OPEN, 1 },
	{ "COPY_TRANSFER3D", 14, 14, 1 },
	{ "SET_TWEAKS", 2, OPEN, 1 },
	{ "CLEAR_TEXTURE", 12, 12, 1 },
	{ "PIPE_RESOURCE_CREATE", NO, NO, 1 },
	{ "PIPE_RESOURCE_SET_TYPE", NO, NO, 1 },
	{ "GET_MEMORY_INFO", NO, NO, 1 },
	{ "SEND_STRING_MARKER", 2, OPEN, 1 },
	{ "LINK_SHADER", 6, 6, 1 },
	{ "CREATE_VIDEO_CODEC", NO, NO, 1 },
	{ "DESTROY_VIDEO_CODEC", NO, NO, 1 },
	{ "CREATE_VIDEO_BUFFER", NO, NO, 1 },
	{ "DESTROY_VIDEO_BUFFER", NO, NO, 1 },
	{ "BEGIN_FRAME", NO, NO, 1 },
	{ "DECODE_MACROBLOCK", NO, NO, 1 },
	{ "DECODE_BITSTREAM", NO, NO, 1 },
	{ "ENCODE_BITSTREAM", NO, NO, 1 },
	{ "END_FRAME", NO, NO, 1 },
};

static const struct form objects[NR_OBJECTS] = {
	{ NULL, NO, NO, 1 },
	{ "CREATE_OBJECT of BLEND", 11, 11, 1 },
	{ "CREATE_OBJECT of RASTERIZER", 9, 9, 1 },
	{ "CREATE_OBJECT of DSA", 5, 5, 1 },
	{ "CREATE_OBJECT of SHADER", 5, OPEN, 1 },
	{ "CREATE_OBJECT of VERTEX_ELEMENTS", 1, 1 + 32 * 4, 4 },
	{ "CREATE_OBJECT of SAMPLER_VIEW", 6, 6, 1 },
	{ "CREATE_OBJECT of SAMPLER_STATE", 9, 9, 1 },
	{ "CREATE_OBJECT of SURFACE", 5, 5, 1 },
	{ "CREATE_OBJECT of QUERY", 4, 4, 1 },
	{ "CREATE_OBJECT of STREAMOUT_TARGET", 4, 4, 1 },
	{ "CREATE_OBJECT of MSAA_SURFACE", 6, 6, 1 },
};

static char why[VIRGL_WHY_SIZE];

/* how many commands; -1 and why: one is refused */
static int count(const uint32_t *words, uint32_t nr)
{
	struct virgl_name name;
	struct virgl virgl;
	int ret, n = 0, again = 0;

	virgl_init(&virgl, words, nr);
	while ((ret = virgl_next(&virgl)) > 0) {
		name = (struct virgl_name){ 0 };
		while (virgl_name_next(&virgl, &name))
			assert_in_range(name.index, 0, virgl.nr_args - 1);
		n++;
	}
	memcpy(why, virgl.why, sizeof(why));
	if (ret) {
		assert_int_not_equal(why[0], 0);
		return -1;
	}
	virgl_rewind(&virgl);
	while (virgl_next(&virgl) > 0)
		again++;
	assert_int_equal(again, n);
	assert_int_equal(virgl.at, nr);
	return n;
}

/* in memory of just that size, which a sanitizer guards */
static bool passes_cut(uint32_t command, uint32_t object, uint32_t nr_args, uint32_t nr_words)
{
	uint32_t *words = calloc(nr_words, sizeof(*words));
	int ret;

	assert_non_null(words);
	words[0] = HEADER(command, object, nr_args);
	/* it says itself how many buffers follow */
	if (command == VIRGL_CMD_SET_FRAMEBUFFER_STATE && nr_words > 2)
		words[1] = nr_args - 2;
	ret = count(words, nr_words);
	free(words);
	return ret == 1;
}

/* one command of so many zero words */
static bool passes(uint32_t command, uint32_t object, uint32_t nr_args)
{
	return passes_cut(command, object, nr_args, 1 + nr_args);
}

/* the object type that a command is tried with */
static uint32_t any_object(uint32_t command)
{
	return command == VIRGL_CMD_BIND_OBJECT ? VIRGL_OBJECT_BLEND : 0;
}

static bool is_step(const struct form *form, int nr)
{
	if (form->step == 2 && form->longest == 20)
		return nr == 12 || nr == 14 || nr == 20;
	return !((nr - form->shortest) % form->step);
}

static void refused_for_length(const struct form *form, uint32_t command, uint32_t object, int nr)
{
	char said[VIRGL_WHY_SIZE];

	assert_false(passes(command, object, (uint32_t)nr));
	snprintf(said, sizeof(said), "%s with %d words, not %d", form->name, nr, form->shortest);
	assert_memory_equal(why, said, strlen(said));
}

static void has_form(const struct form *form, uint32_t command, uint32_t object)
{
	int nr;

	for (nr = form->shortest; nr <= form->longest; nr += form->longest == OPEN ? 8191 : 1) {
		if (is_step(form, nr))
			assert_true(passes(command, object, (uint32_t)nr));
		else
			refused_for_length(form, command, object, nr);
	}
	assert_true(passes(command, object, (uint32_t)form->longest));
	if (form->shortest)
		refused_for_length(form, command, object, form->shortest - 1);
	if (form->longest < OPEN)
		refused_for_length(form, command, object, form->longest + 1);
	/* of each: the buffer that ends a word before it does */
	if (form->longest) {
		assert_false(passes_cut(command, object, (uint32_t)form->longest,
					(uint32_t)form->longest));
		assert_non_null(strstr(why, form->name));
		assert_non_null(strstr(why, "its buffer ends after"));
	}
}

static void nothing_is_no_command(void **state)
{
	(void)state;
	assert_int_equal(count(NULL, 0), 0);
}

static void commands_follow_each_other(void **state)
{
	static const uint32_t words[] = {
		HEADER(26, 0, 3), 1, 2, 3, HEADER(0, 0, 0), HEADER(13, 0, 1), 3,
	};
	struct virgl virgl;

	(void)state;
	assert_int_equal(count(words, 7), 3);
	virgl_init(&virgl, words, 7);
	assert_int_equal(virgl_next(&virgl), 1);
	assert_int_equal(virgl.command, 26);
	assert_int_equal(virgl.nr_args, 3);
	assert_int_equal(virgl_arg(&virgl, 1), 2);
	assert_string_equal(virgl.rule->name, "SET_RENDER_CONDITION");
	assert_int_equal(virgl.at, 4);
}

/* what was not walked to its end was not checked to its end */
static void only_what_was_checked_counts_as_such(void **state)
{
	static const uint32_t words[] = { HEADER(0, 0, 0), HEADER(7, 0, 1), 0 };
	struct virgl virgl;

	(void)state;
	virgl_init(&virgl, words, 3);
	assert_int_equal(virgl_next(&virgl), 1);
	virgl_rewind(&virgl);
	assert_int_equal(virgl_next(&virgl), 1);
	assert_true(virgl_next(&virgl) < 0);
	virgl_rewind(&virgl);
	assert_int_equal(virgl_next(&virgl), 1);
	assert_true(virgl_next(&virgl) < 0);
	assert_string_equal(virgl.why, "CLEAR with 1 words, not 8");
}

static void lengths_end_with_the_buffer(void **state)
{
	static const uint32_t words[] = { HEADER(26, 0, 3), 1, 2, 3 };
	static const uint32_t longest[] = { HEADER(0, 0, 0xffff) };

	(void)state;
	assert_int_equal(count(words, 4), 1);
	assert_int_equal(count(words, 3), -1);
	assert_string_equal(why, "SET_RENDER_CONDITION with 3 words, its buffer ends after 2");
	assert_int_equal(count(words, 1), -1);
	assert_int_equal(count(longest, 1), -1);
	assert_string_equal(why, "NOP with 65535 words, its buffer ends after 0");
}

static void commands_have_forms(void **state)
{
	uint32_t command;

	(void)state;
	assert_int_equal(virgl_nr_commands, NR_COMMANDS);
	for (command = 0; command < NR_COMMANDS; command++) {
		assert_string_equal(virgl_command_rule(command)->name, commands[command].name);
		if (commands[command].shortest != NO)
			has_form(&commands[command], command, any_object(command));
	}
}

static void objects_have_forms(void **state)
{
	uint32_t object;

	(void)state;
	assert_int_equal(virgl_nr_objects, NR_OBJECTS);
	for (object = 1; object < NR_OBJECTS; object++)
		has_form(&objects[object], VIRGL_CMD_CREATE_OBJECT, object);
	for (object = 0; object < 256; object++) {
		if (object && object < NR_OBJECTS)
			continue;
		assert_false(passes(VIRGL_CMD_CREATE_OBJECT, object, 5));
		assert_non_null(strstr(why, "CREATE_OBJECT of the unknown type"));
	}
	assert_string_equal(why, "CREATE_OBJECT of the unknown type 255, not 1 to 11");
	for (object = 0; object < 256; object++) {
		assert_int_equal(passes(VIRGL_CMD_BIND_OBJECT, object, 1),
				 object == VIRGL_OBJECT_BLEND || object == VIRGL_OBJECT_DSA ||
				 object == VIRGL_OBJECT_RASTERIZER ||
				 object == VIRGL_OBJECT_VERTEX_ELEMENTS);
		/* the renderer goes by the handle alone */
		assert_true(passes(VIRGL_CMD_DESTROY_OBJECT, object, 1));
	}
}

static void reasons_name_the_command_and_the_limit(void **state)
{
	(void)state;
	assert_false(passes(15, 0, 2));
	assert_string_equal(why, "SET_SCISSOR_STATE with 2 words, not 1 to 33 in steps of 2");
	assert_false(passes(10, 0, 131));
	assert_string_equal(why, "SET_SAMPLER_VIEWS with 131 words, not 2 to 130");
	assert_false(passes(VIRGL_CMD_CREATE_OBJECT, 8, 4));
	assert_string_equal(why, "CREATE_OBJECT of SURFACE with 4 words, not 5");
	assert_false(passes(VIRGL_CMD_DRAW_VBO, 0, 16));
	assert_string_equal(why, "DRAW_VBO with 16 words, not 12, 14 or 20");
	assert_false(passes(62, 0, 0));
	assert_string_equal(why, "command 62 is unknown, the last is 61, END_FRAME");
	assert_false(passes(59, 0, 5));
	assert_string_equal(why, "DECODE_BITSTREAM is not offered");
}

static void unknown_and_unoffered_commands_are_refused(void **state)
{
	uint32_t command, nr;

	(void)state;
	for (command = 0; command < 256; command++) {
		if (command == VIRGL_CMD_CREATE_OBJECT ||
		    (command < NR_COMMANDS && commands[command].shortest != NO))
			continue;
		for (nr = 0; nr < 16; nr++) {
			assert_false(passes(command, 0, nr));
			assert_non_null(strstr(why, command < NR_COMMANDS ? "is not offered" :
									    "is unknown"));
		}
	}
}

/* what a command says of its own length */
static void counts_agree_with_lengths(void **state)
{
	uint32_t words[13] = { HEADER(VIRGL_CMD_SET_FRAMEBUFFER_STATE, 0, 4), 2 };
	uint32_t marker[4] = { HEADER(VIRGL_CMD_SEND_STRING_MARKER, 0, 3), 8 };

	(void)state;
	assert_int_equal(count(words, 5), 1);
	words[1] = 1;
	assert_int_equal(count(words, 5), -1);
	words[1] = 3;
	assert_int_equal(count(words, 5), -1);
	assert_string_equal(why, "SET_FRAMEBUFFER_STATE of 3 buffers with 4 words");
	words[1] = 0xfffffffe;
	assert_int_equal(count(words, 5), -1);
	assert_int_equal(count(marker, 4), 1);
	marker[1] = 9;
	assert_int_equal(count(marker, 4), -1);
	assert_string_equal(why, "SEND_STRING_MARKER of 9 bytes in 2 words");
	marker[1] = 0xffffffff;
	assert_int_equal(count(marker, 4), -1);
}

/* of a command whose arguments are their own places, plus 100 */
static void names_are(uint32_t command, uint32_t object, uint32_t nr_args, const char *names)
{
	static const char letter[] = {
		[VIRGL_RESOURCE] = 'R', [VIRGL_RESOURCE_OR_NONE] = 'r', [VIRGL_BUFFER] = 'B',
		[VIRGL_BUFFER_OR_NONE] = 'b', [VIRGL_OBJECT] = 'o',
	};
	struct virgl_name name = { 0 };
	uint32_t words[64] = { HEADER(command, object, nr_args) }, i;
	char found[256] = "";
	struct virgl virgl;

	for (i = 0; i < nr_args; i++)
		words[1 + i] = 100 + i;
	if (command == VIRGL_CMD_SET_FRAMEBUFFER_STATE)
		words[1] = nr_args - 2;
	virgl_init(&virgl, words, 1 + nr_args);
	assert_int_equal(virgl_next(&virgl), 1);
	while (virgl_name_next(&virgl, &name)) {
		assert_int_equal(name.id, virgl_arg(&virgl, name.index));
		i = (uint32_t)strlen(found);
		if (name.kind == VIRGL_OBJECT)
			snprintf(found + i, sizeof(found) - i, "o%u@%u ", name.object, name.index);
		else
			snprintf(found + i, sizeof(found) - i, "%c@%u ", letter[name.kind],
				 name.index);
	}
	assert_string_equal(found, names);
}

static void commands_name_resources_and_objects(void **state)
{
	(void)state;
	names_are(VIRGL_CMD_NOP, 0, 3, "");
	names_are(VIRGL_CMD_BIND_OBJECT, VIRGL_OBJECT_DSA, 1, "o3@0 ");
	names_are(VIRGL_CMD_DESTROY_OBJECT, VIRGL_OBJECT_DSA, 1, "");
	names_are(VIRGL_CMD_SET_FRAMEBUFFER_STATE, 0, 2, "o8@1 ");
	names_are(VIRGL_CMD_SET_FRAMEBUFFER_STATE, 0, 4, "o8@1 o8@2 o8@3 ");
	names_are(VIRGL_CMD_SET_VERTEX_BUFFERS, 0, 0, "");
	names_are(VIRGL_CMD_SET_VERTEX_BUFFERS, 0, 6, "b@2 b@5 ");
	names_are(VIRGL_CMD_DRAW_VBO, 0, 12, "o10@11 ");
	names_are(VIRGL_CMD_DRAW_VBO, 0, 14, "o10@11 ");
	names_are(VIRGL_CMD_DRAW_VBO, 0, 20, "o10@11 b@14 b@19 ");
	names_are(VIRGL_CMD_RESOURCE_INLINE_WRITE, 0, 20, "R@0 ");
	names_are(10, 0, 2, "");
	names_are(10, 0, 4, "o6@2 o6@3 ");
	names_are(VIRGL_CMD_SET_INDEX_BUFFER, 0, 1, "b@0 ");
	names_are(VIRGL_CMD_SET_INDEX_BUFFER, 0, 3, "b@0 ");
	names_are(VIRGL_CMD_SET_CONSTANT_BUFFER, 0, 8, "");
	names_are(VIRGL_CMD_BLIT, 0, 21, "R@3 R@12 ");
	names_are(VIRGL_CMD_RESOURCE_COPY_REGION, 0, 13, "R@0 R@5 ");
	names_are(18, 0, 4, "o7@2 o7@3 ");
	names_are(19, 0, 1, "o9@0 ");
	names_are(20, 0, 1, "o9@0 ");
	names_are(21, 0, 2, "o9@0 ");
	names_are(25, 0, 1, "");
	names_are(25, 0, 3, "o10@1 o10@2 ");
	names_are(26, 0, 3, "o9@0 ");
	names_are(VIRGL_CMD_SET_UNIFORM_BUFFER, 0, 5, "b@4 ");
	names_are(VIRGL_CMD_SET_SUB_CTX, 0, 1, "");
	names_are(VIRGL_CMD_BIND_SHADER, 0, 2, "o4@0 ");
	names_are(VIRGL_CMD_SET_SHADER_BUFFERS, 0, 8, "b@4 b@7 ");
	names_are(VIRGL_CMD_SET_SHADER_BUFFERS, 0, 7, "b@4 ");
	names_are(VIRGL_CMD_SET_SHADER_BUFFERS, 0, 4, "");
	names_are(VIRGL_CMD_SET_SHADER_IMAGES, 0, 11, "r@6 ");
	names_are(VIRGL_CMD_SET_SHADER_IMAGES, 0, 12, "r@6 r@11 ");
	names_are(VIRGL_CMD_LAUNCH_GRID, 0, 8, "b@6 ");
	names_are(VIRGL_CMD_SET_ATOMIC_BUFFERS, 0, 7, "b@3 b@6 ");
	names_are(VIRGL_CMD_GET_QUERY_RESULT_QBO, 0, 6, "o9@0 B@1 ");
	names_are(VIRGL_CMD_TRANSFER3D, 0, 13, "R@0 ");
	names_are(VIRGL_CMD_COPY_TRANSFER3D, 0, 14, "R@0 R@11 ");
	names_are(VIRGL_CMD_CLEAR_TEXTURE, 0, 12, "R@0 ");
	names_are(VIRGL_CMD_LINK_SHADER, 0, 6, "o4@0 o4@1 o4@2 o4@3 o4@4 o4@5 ");
	names_are(VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_BLEND, 11, "");
	names_are(VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_SAMPLER_VIEW, 6, "R@1 ");
	names_are(VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_SURFACE, 5, "R@1 ");
	names_are(VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_MSAA_SURFACE, 6, "R@1 ");
	names_are(VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_QUERY, 4, "R@3 ");
	names_are(VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_STREAMOUT_TARGET, 4, "B@1 ");
}

#define SHADER_WORDS	(9 + 2 * 64)

static bool shader_passes(uint32_t type, uint32_t size, uint32_t tokens, uint32_t outputs,
			  uint32_t stride, uint32_t output)
{
	uint32_t words[1 + SHADER_WORDS] = {
		HEADER(VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_SHADER, SHADER_WORDS),
		1, type, size, tokens, outputs, stride, stride, stride, stride,
	};
	uint32_t i;

	for (i = 0; i < 64; i++)
		words[10 + 2 * i] = output;
	return count(words, 1 + SHADER_WORDS) == 1;
}

static void shaders_are_bounded(void **state)
{
	(void)state;
	assert_true(shader_passes(0, 64, 100, 0, 0, 0));
	assert_true(shader_passes(0, 64u << 20, 100, 0, 0, 0));
	assert_false(shader_passes(0, (64u << 20) + 1, 100, 0, 0, 0));
	assert_true(shader_passes(0, 1u << 31 | 0x7fffffff, 100, 0, 0, 0));
	assert_true(shader_passes(0, 64, 4u << 20, 0, 0, 0));
	assert_false(shader_passes(0, 64, (4u << 20) + 1, 0, 0, 0));
	assert_true(shader_passes(0, 64, 100, 64, 0, 0));
	assert_false(shader_passes(0, 64, 100, 65, 0, 0));
	assert_false(shader_passes(0, 64, 100, 0x80000000, 0, 0));
	/* of a compute shader the word is its local memory */
	assert_true(shader_passes(5, 64, 100, 0x80000000, 0, 0));
}

/* four components a varying, 160 varyings, 64 outputs, 4 buffers */
static void stream_out_is_bounded(void **state)
{
	(void)state;
	assert_true(shader_passes(0, 64, 100, 1, 159 * 4, 0));
	assert_false(shader_passes(0, 64, 100, 1, 159 * 4 + 1, 0));
	assert_false(shader_passes(0, 64, 100, 1, 0xffffffff, 0));
	assert_true(shader_passes(0, 64, 100, 1, 0, 159 * 4 << 16));
	assert_false(shader_passes(0, 64, 100, 1, 0, 160 * 4 << 16));
	assert_false(shader_passes(0, 64, 100, 64, 0, 0xffff0000));
	assert_true(shader_passes(0, 64, 100, 1, 0, 63));
	assert_false(shader_passes(0, 64, 100, 1, 0, 64));
	assert_string_equal(why, "stream-out of output 64, of 64 at most");
	assert_true(shader_passes(0, 64, 100, 1, 0, 3 << 13));
	assert_false(shader_passes(0, 64, 100, 1, 0, 4 << 13));
}

static void images_have_formats(void **state)
{
	uint32_t words[13] = { HEADER(VIRGL_CMD_SET_SHADER_IMAGES, 0, 7), 0, 0, 321 };

	(void)state;
	assert_int_equal(count(words, 8), 1);
	words[3] = 322;
	assert_int_equal(count(words, 8), -1);
	words[3] = 0xffffffff;
	assert_int_equal(count(words, 8), -1);
	/* the second, which is not whole, is none */
	words[0] = HEADER(VIRGL_CMD_SET_SHADER_IMAGES, 0, 11);
	words[3] = 321;
	words[8] = 322;
	assert_int_equal(count(words, 12), 1);
	words[0] = HEADER(VIRGL_CMD_SET_SHADER_IMAGES, 0, 12);
	assert_int_equal(count(words, 13), -1);
}

/* whatever the bytes: it ends, and reads nothing beyond (a sanitizer would see it) */
static void noise_is_survived(void **state)
{
	uint32_t *words, seed = 1, nr, i, round;

	(void)state;
	for (round = 0; round < 50000; round++) {
		nr = round % 64;
		words = malloc(nr * sizeof(*words) + 1);
		assert_non_null(words);
		for (i = 0; i < nr; i++) {
			seed = seed * 1664525 + 1013904223;
			words[i] = seed >> 8 & (round & 1 ? 0x001f0f3f : 0xffffffff);
		}
		count(words, nr);
		free(words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_no_command),
		cmocka_unit_test(commands_follow_each_other),
		cmocka_unit_test(only_what_was_checked_counts_as_such),
		cmocka_unit_test(lengths_end_with_the_buffer),
		cmocka_unit_test(commands_have_forms),
		cmocka_unit_test(objects_have_forms),
		cmocka_unit_test(reasons_name_the_command_and_the_limit),
		cmocka_unit_test(unknown_and_unoffered_commands_are_refused),
		cmocka_unit_test(counts_agree_with_lengths),
		cmocka_unit_test(commands_name_resources_and_objects),
		cmocka_unit_test(shaders_are_bounded),
		cmocka_unit_test(stream_out_is_bounded),
		cmocka_unit_test(images_have_formats),
		cmocka_unit_test(noise_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
