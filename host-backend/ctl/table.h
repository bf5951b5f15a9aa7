/* SPDX-License-Identifier: MIT */
#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include <jansson.h>
#include <stddef.h>

enum table_kind {
	TABLE_TEXT,
	TABLE_COUNT,
	TABLE_SIZE, /* bytes, printed with a unit */
	TABLE_FLAG, /* yes or no */
};

struct table_column {
	const char *title;
	const char *key; /* of an instance */
	enum table_kind kind;
};

/* One row an instance; what an instance does not have is a dash. */
int table_print(const json_t *instances, const struct table_column *columns, size_t nr);

#define TABLE_SIZE_TEXT 16

/* Four digits at most: "512", "1.5K", "256M". */
const char *table_size(unsigned long long bytes, char *text);

#endif /* CTL_TABLE_H */
