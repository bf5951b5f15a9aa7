// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "id_table.h"

#define COUNT	32768u

static uint32_t longest_chain(const struct id_table *table)
{
	uint32_t i, len, longest = 0;
	struct id_entry *entry;

	for (i = 0; i < table->nr_buckets; i++) {
		len = 0;
		for (entry = table->buckets[i]; entry; entry = entry->next)
			len++;
		longest = len > longest ? len : longest;
	}
	return longest;
}

static uint32_t in_order(uint32_t i)
{
	return i + 1;
}

static uint32_t high_bits(uint32_t i)
{
	return i << 17;
}

/* whose product with 2^32 over the golden ratio has bits that are the same, from 7 on */
static uint32_t by_the_multiplier(uint32_t i)
{
	uint32_t inverse = 1;
	unsigned int n;

	for (n = 0; n < 5; n++)
		inverse *= 2 - inverse * 0x9e3779b1u;
	return inverse * ((i & 0xff) << 24 | (i & 0x7f00) >> 8);
}

/* whoever chooses the ids: a chain is as long as chance makes it, never of many thousands */
static void chosen_ids_make_no_long_chain(void **state)
{
	uint32_t (*const choices[])(uint32_t i) = { in_order, high_bits, by_the_multiplier };
	unsigned int c;
	uint32_t i;

	(void)state;
	for (c = 0; c < sizeof(choices) / sizeof(choices[0]); c++) {
		struct id_table table = { 0 };

		for (i = 0; i < COUNT; i++)
			assert_int_equal(id_table_add(&table, choices[c](i), &table), 0);
		assert_int_equal(table.count, COUNT);
		assert_in_range(longest_chain(&table), 1, 64);
		for (i = 0; i < COUNT; i++)
			assert_ptr_equal(id_table_remove(&table, choices[c](i)), &table);
		assert_int_equal(longest_chain(&table), 0);
		id_table_clear(&table);
	}
}

/* what one table's ids were found to be is of no use for another */
static void each_table_has_its_key(void **state)
{
	struct id_table a = { 0 }, b = { 0 };

	(void)state;
	assert_int_equal(id_table_add(&a, 1, &a), 0);
	assert_int_equal(id_table_add(&b, 1, &b), 0);
	assert_memory_not_equal(a.key, b.key, sizeof(a.key));
	id_table_clear(&a);
	id_table_clear(&b);
}

/* the short way to an entry ends with it, and leads to no other of the same place */
static void what_was_found_is_forgotten_when_removed(void **state)
{
	const uint32_t other = 7 + ID_TABLE_RECENT;
	struct id_table table = { 0 };
	int a, b;

	(void)state;
	assert_int_equal(id_table_add(&table, 7, &a), 0);
	assert_int_equal(id_table_add(&table, other, &b), 0);
	assert_ptr_equal(id_table_find(&table, 7), &a);
	assert_ptr_equal(id_table_find(&table, other), &b);
	assert_ptr_equal(id_table_find(&table, 7), &a);
	assert_ptr_equal(id_table_remove(&table, 7), &a);
	assert_null(id_table_find(&table, 7));
	assert_ptr_equal(id_table_find(&table, other), &b);
	assert_int_equal(id_table_add(&table, 7, &b), 0);
	assert_ptr_equal(id_table_find(&table, 7), &b);
	id_table_clear(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chosen_ids_make_no_long_chain),
		cmocka_unit_test(each_table_has_its_key),
		cmocka_unit_test(what_was_found_is_forgotten_when_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
