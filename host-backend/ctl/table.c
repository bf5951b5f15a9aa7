// SPDX-License-Identifier: MIT
/*
 * Tables for people: columns as wide as what they hold, numbers on the right.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

#define TABLE_CELL 160

const char *table_size(unsigned long long bytes, char *text)
{
	static const char units[] = "KMGTPE";
	double value = (double)bytes;
	unsigned int unit = 0;
	char *dot;

	while (value >= 1023.5 && units[unit]) {
		value /= 1024;
		unit++;
	}
	if (!unit) {
		snprintf(text, TABLE_SIZE_TEXT, "%llu", bytes);
	} else {
		snprintf(text, TABLE_SIZE_TEXT, "%.*f", value < 9.95, value);
		dot = strstr(text, ".0");
		if (dot)
			*dot = '\0';
		strncat(text, &units[unit - 1], 1);
	}
	return text;
}

static void table_cell(const json_t *instance, const struct table_column *column, char *cell)
{
	const json_t *value = json_object_get(instance, column->key);
	json_int_t number = json_integer_value(value);

	snprintf(cell, TABLE_CELL, "-");
	switch (column->kind) {
	case TABLE_TEXT:
		if (json_is_string(value) && *json_string_value(value))
			snprintf(cell, TABLE_CELL, "%s", json_string_value(value));
		break;
	case TABLE_COUNT:
		if (json_is_integer(value))
			snprintf(cell, TABLE_CELL, "%lld", (long long)number);
		break;
	case TABLE_SIZE:
		if (json_is_integer(value))
			table_size(number > 0 ? (unsigned long long)number : 0, cell);
		break;
	case TABLE_FLAG:
		if (json_is_boolean(value))
			snprintf(cell, TABLE_CELL, "%s", json_is_true(value) ? "yes" : "no");
		break;
	}
}

static void table_put(const char *cell, int width, enum table_kind kind, int last)
{
	int left = kind == TABLE_TEXT || kind == TABLE_FLAG;

	if (last && left)
		printf("%s\n", cell);
	else
		printf("%*s%s", left ? -width : width, cell, last ? "\n" : "  ");
}

int table_print(const json_t *instances, const struct table_column *columns, size_t nr)
{
	int *width = calloc(nr, sizeof(*width));
	char cell[TABLE_CELL];
	json_t *instance;
	size_t i, row;
	int len;

	if (!width)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		width[i] = (int)strlen(columns[i].title);
		json_array_foreach (instances, row, instance) {
			table_cell(instance, &columns[i], cell);
			len = (int)strlen(cell);
			if (width[i] < len)
				width[i] = len;
		}
	}
	for (i = 0; i < nr; i++)
		table_put(columns[i].title, width[i], columns[i].kind, i + 1 == nr);
	json_array_foreach (instances, row, instance) {
		for (i = 0; i < nr; i++) {
			table_cell(instance, &columns[i], cell);
			table_put(cell, width[i], columns[i].kind, i + 1 == nr);
		}
	}
	free(width);
	return 0;
}
