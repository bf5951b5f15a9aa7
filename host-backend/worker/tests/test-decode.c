// SPDX-License-Identifier: MIT
/*
 * Command buffers before the renderer sees them: [dev-context-lost] begins with
 * what is refused here.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "decode_table.h"
#include "expect.h"

#define HEADER(command, object, length)	((command) | (object) << 8 | (uint32_t)(length) << 16)
#define NR_COMMANDS	62
#define NR_OBJECTS	12

static char why[DECODE_WHY_SIZE];

static int count(const uint32_t *words, uint32_t nr)
{
	struct decode decode;
	int ret, n = 0;

	decode_init(&decode, words, nr);
	while ((ret = decode_next(&decode)) > 0)
		n++;
	memcpy(why, decode.why, sizeof(why));
	if (ret) {
		assert_int_not_equal(why[0], 0);
		return -1;
	}
	return n;
}

/* one command of so many zero words */
static bool passes(uint32_t command, uint32_t object, uint32_t nr_args)
{
	uint32_t *words = calloc(1 + nr_args, sizeof(*words));
	int ret;

	assert_non_null(words);
	words[0] = HEADER(command, object, nr_args);
	ret = count(words, 1 + nr_args);
	free(words);
	return ret == 1;
}

/* the object type that a command is tried with */
static uint32_t any_object(uint32_t command)
{
	return command == DECODE_BIND_OBJECT || command == DECODE_DESTROY_OBJECT ?
		       DECODE_OBJECT_BLEND : 0;
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
	struct decode decode;

	(void)state;
	assert_int_equal(count(words, 7), 3);
	decode_init(&decode, words, 7);
	assert_int_equal(decode_next(&decode), 1);
	assert_int_equal(decode.command, 26);
	assert_int_equal(decode.nr_args, 3);
	assert_int_equal(decode_arg(&decode, 1), 2);
	assert_string_equal(decode.name, "SET_RENDER_CONDITION");
	assert_int_equal(decode.at, 4);
}

static void lengths_end_with_the_buffer(void **state)
{
	static const uint32_t words[] = { HEADER(26, 0, 3), 1, 2, 3 };
	static const uint32_t longest[] = { HEADER(0, 0, 0xffff) };

	(void)state;
	assert_int_equal(count(words, 4), 1);
	assert_int_equal(count(words, 3), -1);
	assert_string_equal(why, "command 26 has 3 words, its buffer 2");
	assert_int_equal(count(words, 1), -1);
	assert_int_equal(count(longest, 1), -1);
}

/* of every command: its shortest passes, a word less does not; so its longest */
static void commands_have_lengths(void **state)
{
	const struct decode_rule *rule;
	uint32_t command, object, nr;

	(void)state;
	for (command = 0; command < NR_COMMANDS; command++) {
		rule = decode_command_rule(command);
		assert_non_null(rule);
		object = any_object(command);
		if (!rule->step || command == DECODE_CREATE_OBJECT)
			continue;
		assert_true(passes(command, object, rule->min));
		assert_true(passes(command, object, rule->max));
		if (rule->min)
			assert_false(passes(command, object, rule->min - 1));
		if (rule->max < DECODE_MAX_ARGS)
			assert_false(passes(command, object, rule->max + 1));
		for (nr = rule->min + 1; nr < rule->min + rule->step && nr <= rule->max; nr++)
			assert_false(passes(command, object, nr));
	}
}

static void objects_have_lengths(void **state)
{
	const struct decode_rule *rule;
	uint32_t object;

	(void)state;
	for (object = 1; object < NR_OBJECTS; object++) {
		rule = decode_object_rule(object);
		assert_non_null(rule);
		assert_true(passes(DECODE_CREATE_OBJECT, object, rule->min));
		assert_false(passes(DECODE_CREATE_OBJECT, object, rule->min - 1));
		assert_true(passes(DECODE_CREATE_OBJECT, object, rule->max));
		if (rule->max < DECODE_MAX_ARGS)
			assert_false(passes(DECODE_CREATE_OBJECT, object, rule->max + 1));
		assert_true(passes(DECODE_DESTROY_OBJECT, object, 1));
	}
	assert_false(passes(DECODE_CREATE_OBJECT, 0, 5));
	assert_false(passes(DECODE_CREATE_OBJECT, NR_OBJECTS, 5));
	assert_string_equal(why, "CREATE_OBJECT of the unknown type 12");
	assert_false(passes(DECODE_DESTROY_OBJECT, NR_OBJECTS, 1));
	for (object = 0; object < 256; object++)
		assert_int_equal(passes(DECODE_BIND_OBJECT, object, 1),
				 object == DECODE_OBJECT_BLEND || object == DECODE_OBJECT_DSA ||
				 object == DECODE_OBJECT_RASTERIZER ||
				 object == DECODE_OBJECT_VERTEX_ELEMENTS);
}

/* the lengths that Mesa 22 and 25 send, where a rule has more than one */
static void draws_have_three_lengths(void **state)
{
	uint32_t nr;

	(void)state;
	for (nr = 0; nr < 24; nr++)
		assert_int_equal(passes(DECODE_DRAW_VBO, 0, nr), nr == 12 || nr == 14 || nr == 20);
	assert_false(passes(DECODE_DRAW_VBO, 0, 16));
	assert_string_equal(why, "DRAW_VBO with 16 words, not 12, 14 or 20");
	assert_true(passes(DECODE_SET_INDEX_BUFFER, 0, 1));
	assert_false(passes(DECODE_SET_INDEX_BUFFER, 0, 2));
	assert_true(passes(DECODE_SET_INDEX_BUFFER, 0, 3));
}

static void reasons_name_the_command(void **state)
{
	(void)state;
	assert_false(passes(15, 0, 2));
	assert_string_equal(why, "SET_SCISSOR_STATE with 2 words, not 1 to 33 in their steps");
	assert_false(passes(7, 0, 9));
	assert_string_equal(why, "CLEAR with 9 words, not 8");
	assert_false(passes(DECODE_CREATE_OBJECT, 8, 4));
	assert_string_equal(why, "CREATE_OBJECT of SURFACE with 4 words, not 5");
	assert_false(passes(62, 0, 0));
	assert_string_equal(why, "command 62 is unknown");
	assert_false(passes(59, 0, 5));
	assert_string_equal(why, "DECODE_BITSTREAM is not offered");
}

static void unknown_and_unoffered_commands_are_refused(void **state)
{
	uint32_t command, nr;

	(void)state;
	for (command = 48; command <= 50; command++) {
		for (nr = 0; nr < 16; nr++)
			assert_false(passes(command, 0, nr));
	}
	for (command = 53; command < 256; command++) {
		for (nr = 0; nr < 16; nr++)
			assert_false(passes(command, 0, nr));
	}
}

#define SHADER_WORDS	(9 + 2 * 64)

static bool shader_passes(uint32_t type, uint32_t size, uint32_t tokens, uint32_t outputs,
			  uint32_t stride, uint32_t output)
{
	uint32_t words[1 + SHADER_WORDS] = {
		HEADER(DECODE_CREATE_OBJECT, DECODE_OBJECT_SHADER, SHADER_WORDS),
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
	uint32_t words[8] = { HEADER(DECODE_SET_SHADER_IMAGES, 0, 7), 0, 0, 321 };

	(void)state;
	assert_int_equal(count(words, 8), 1);
	words[3] = 322;
	assert_int_equal(count(words, 8), -1);
	words[3] = 0xffffffff;
	assert_int_equal(count(words, 8), -1);
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
		cmocka_unit_test(lengths_end_with_the_buffer),
		cmocka_unit_test(commands_have_lengths),
		cmocka_unit_test(objects_have_lengths),
		cmocka_unit_test(draws_have_three_lengths),
		cmocka_unit_test(reasons_name_the_command),
		cmocka_unit_test(unknown_and_unoffered_commands_are_refused),
		cmocka_unit_test(shaders_are_bounded),
		cmocka_unit_test(stream_out_is_bounded),
		cmocka_unit_test(images_have_formats),
		cmocka_unit_test(noise_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
