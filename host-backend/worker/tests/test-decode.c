// SPDX-License-Identifier: MIT
/* The framing of command buffers. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "expect.h"

#define HEADER(command, length)	((command) | (uint32_t)(length) << 16)

static int count(const uint32_t *words, uint32_t nr)
{
	struct decode decode;
	const char *why = NULL;
	int ret, n = 0;

	decode_init(&decode, words, nr);
	while ((ret = decode_next(&decode, &why)) > 0)
		n++;
	if (ret) {
		assert_non_null(why);
		return -1;
	}
	return n;
}

static void nothing_is_no_command(void **state)
{
	(void)state;
	assert_int_equal(count(NULL, 0), 0);
}

static void commands_follow_each_other(void **state)
{
	static const uint32_t words[] = { HEADER(7, 2), 1, 2, HEADER(0, 0), HEADER(8, 1), 3 };
	struct decode decode;
	const char *why;

	(void)state;
	assert_int_equal(count(words, 6), 3);
	decode_init(&decode, words, 6);
	assert_int_equal(decode_next(&decode, &why), 1);
	assert_int_equal(decode.command, 7);
	assert_int_equal(decode.nr_args, 2);
	assert_int_equal(decode.args[1], 2);
	assert_int_equal(decode.at, 3);
}

static void lengths_end_with_the_buffer(void **state)
{
	static const uint32_t words[] = { HEADER(7, 2), 1, 2 };
	static const uint32_t longest[] = { HEADER(7, 0xffff) };

	(void)state;
	assert_int_equal(count(words, 3), 1);
	assert_int_equal(count(words, 2), -1);
	assert_int_equal(count(words, 1), -1);
	assert_int_equal(count(longest, 1), -1);
}

static void longest_command_passes(void **state)
{
	uint32_t *words = calloc(0x10000, sizeof(*words));

	(void)state;
	assert_non_null(words);
	words[0] = HEADER(9, 0xffff);
	assert_int_equal(count(words, 0x10000), 1);
	assert_int_equal(count(words, 0xffff), -1);
	free(words);
}

static void unknown_and_unoffered_commands_are_refused(void **state)
{
	uint32_t word, command;

	(void)state;
	for (command = 0; command < 256; command++) {
		bool offered = command < DECODE_NR_COMMANDS &&
			       command != DECODE_PIPE_RESOURCE_CREATE &&
			       command != DECODE_PIPE_RESOURCE_SET_TYPE &&
			       command != DECODE_GET_MEMORY_INFO;
		bool one_word = command >= DECODE_SET_SUB_CTX && command <= DECODE_DESTROY_SUB_CTX;

		word = HEADER(command, 0);
		assert_int_equal(count(&word, 1), offered && !one_word ? 1 : -1);
	}
}

static void sub_context_commands_have_one_word(void **state)
{
	uint32_t words[3] = { 0, 1, 0 };
	uint32_t command;

	(void)state;
	for (command = DECODE_SET_SUB_CTX; command <= DECODE_DESTROY_SUB_CTX; command++) {
		words[0] = HEADER(command, 1);
		assert_int_equal(count(words, 2), 1);
		words[0] = HEADER(command, 2);
		assert_int_equal(count(words, 3), -1);
	}
}

/* whatever the bytes: it ends, and reads nothing beyond (a sanitizer would see it) */
static void noise_is_survived(void **state)
{
	uint32_t *words, seed = 1, nr, i, round;

	(void)state;
	for (round = 0; round < 20000; round++) {
		nr = round % 64;
		words = malloc(nr * sizeof(*words) + 1);
		assert_non_null(words);
		for (i = 0; i < nr; i++) {
			seed = seed * 1664525 + 1013904223;
			words[i] = seed >> 8 & (round & 1 ? 0x000700ff : 0xffffffff);
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
		cmocka_unit_test(longest_command_passes),
		cmocka_unit_test(unknown_and_unoffered_commands_are_refused),
		cmocka_unit_test(sub_context_commands_have_one_word),
		cmocka_unit_test(noise_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
