// SPDX-License-Identifier: MIT
/*
 * Holds the chapter against the header: every layout table and every number.
 *
 * The tables are read as a reader sees them, from the Markdown, so that neither
 * side can change alone.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vgpu_pv_layout.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MAX_LINES 4096

struct layout_row {
	const char *structure;
	const char *field; /* NULL: the row gives the structure's size */
	unsigned int offset;
	unsigned int size;
};

#define ROW_STRUCT(s, size) { #s, NULL, 0, size },
#define ROW_FIELD(s, f, offset, size) { #s, #f, offset, size },
static const struct layout_row layout[] = { VGPU_PV_LAYOUT(ROW_STRUCT, ROW_FIELD) };

struct number {
	const char *name;
	unsigned int value;
};

#define LIMIT(n) { #n, n }
static const struct number limits[] = {
	LIMIT(VGPU_PV_MAX_OUTPUTS),	   LIMIT(VGPU_PV_MAX_RINGS),
	LIMIT(VGPU_PV_MAX_SUBMIT_SIZE),	   LIMIT(VGPU_PV_MAX_BACKING_ENTRIES),
	LIMIT(VGPU_PV_MAX_CAPSETS),	   LIMIT(VGPU_PV_MAX_CAPSET_SIZE),
	LIMIT(VGPU_PV_MAX_EDID_SIZE),	   LIMIT(VGPU_PV_MAX_CONTEXT_NAME),
	LIMIT(VGPU_PV_MAX_CONTEXTS),	   LIMIT(VGPU_PV_MAX_DIMENSION),
	LIMIT(VGPU_PV_CURSOR_DIMENSION),
};

#define MSG(n) { #n, VGPU_PV_MSG_##n }
static const struct number messages[] = {
	MSG(GET_DISPLAY_INFO),	MSG(GET_EDID),		   MSG(SET_SCANOUT),
	MSG(FLUSH),		MSG(UPDATE_CURSOR),	   MSG(MOVE_CURSOR),
	MSG(GET_CAPSETS),	MSG(GET_CAPSET),	   MSG(CTX_CREATE),
	MSG(CTX_DESTROY),	MSG(CTX_ATTACH),	   MSG(CTX_DETACH),
	MSG(RESOURCE_CREATE),	MSG(RESOURCE_CREATE_BLOB), MSG(RESOURCE_ADD_BACKING),
	MSG(RESOURCE_DESTROY),	MSG(TRANSFER_TO_HOST),	   MSG(TRANSFER_FROM_HOST),
	MSG(SUBMIT),		MSG(WAIT_RING),
};

#define STATUS(n) { #n, VGPU_PV_S_##n }
static const struct number statuses[] = {
	STATUS(OK),    STATUS(INVALID),	    STATUS(NOENT),	  STATUS(EXIST),
	STATUS(NOMEM), STATUS(UNSUPPORTED), STATUS(CONTEXT_LOST), STATUS(RENDERER_LOST),
};

static char *lines[MAX_LINES];
static size_t nr_lines;

static int read_chapter(void **state)
{
	FILE *f = fopen(SPEC_DIR "/vgpu-pv.md", "r");
	char buf[4096];

	(void)state;
	if (!f)
		return -1;
	while (nr_lines < MAX_LINES && fgets(buf, sizeof(buf), f)) {
		buf[strcspn(buf, "\n")] = '\0';
		lines[nr_lines++] = strdup(buf);
	}
	fclose(f);
	return 0;
}

static int free_chapter(void **state)
{
	(void)state;
	while (nr_lines)
		free(lines[--nr_lines]);
	return 0;
}

/* Takes the cells of a table's row; returns how many there are. */
static int cells(const char *line, char out[4][128])
{
	int n = 0;

	if (*line++ != '|')
		return 0;
	while (*line && n < 4) {
		size_t len = strcspn(line, "|");
		size_t end = len;

		while (end && line[end - 1] == ' ')
			end--;
		while (end && *line == ' ') {
			line++;
			len--;
			end--;
		}
		snprintf(out[n++], 128, "%.*s", (int)end, line);
		line += len + (line[len] == '|');
	}
	return n;
}

static size_t find_table(const char *structure)
{
	char head[128];

	snprintf(head, sizeof(head), "Structure `%s`", structure);
	for (size_t i = 0; i < nr_lines; i++) {
		size_t len = strlen(head);

		if (strncmp(lines[i], head, len) || (lines[i][len] != ',' && lines[i][len] != '.'))
			continue;
		while (i < nr_lines && lines[i][0] != '|')
			i++;
		return i;
	}
	fail_msg("the chapter has no table of struct %s", structure);
	return 0;
}

/* Each structure's table has exactly the header's fields, offsets and sizes. */
static void test_tables_match_header(void **state)
{
	char cell[4][128];
	size_t row = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(layout); i++) {
		const struct layout_row *l = &layout[i];

		if (!l->field) {
			if (row && cells(lines[row], cell))
				fail_msg("line %zu: a field that the header lacks", row + 1);
			row = find_table(l->structure) + 2;
			continue;
		}
		if (cells(lines[row], cell) < 4 || strcmp(cell[2], l->field) ||
		    strtoul(cell[0], NULL, 10) != l->offset ||
		    strtoul(cell[1], NULL, 10) != l->size)
			fail_msg("line %zu is not %s.%s, offset %u, size %u", row + 1, l->structure,
				 l->field, l->offset, l->size);
		row++;
	}
}

/* The fields of a structure cover it without a gap, so none can be missing above. */
static void test_fields_cover_structures(void **state)
{
	unsigned int size = 0, next = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(layout); i++) {
		if (!layout[i].field) {
			assert_int_equal(next, size);
			size = layout[i].size;
			next = 0;
			continue;
		}
		assert_int_equal(layout[i].offset, next);
		next += layout[i].size;
	}
	assert_int_equal(next, size);
}

static void check_numbers(const char *first_header, const struct number *numbers, size_t count)
{
	char cell[4][128];
	size_t row;

	for (row = 0; row < nr_lines; row++)
		if (cells(lines[row], cell) >= 2 && !strcmp(cell[0], first_header))
			break;
	assert_true(row < nr_lines);
	row += 2;
	for (size_t i = 0; i < count; i++, row++) {
		if (cells(lines[row], cell) < 2 || strcmp(cell[0], numbers[i].name) ||
		    strtoul(cell[1], NULL, 0) != numbers[i].value)
			fail_msg("line %zu is not %s = %u", row + 1, numbers[i].name,
				 numbers[i].value);
	}
	if (cells(lines[row], cell))
		fail_msg("line %zu: %s is not in the header", row + 1, cell[0]);
}

static void test_limits_match_header(void **state)
{
	(void)state;
	check_numbers("Limit", limits, ARRAY_SIZE(limits));
}

static void test_messages_match_header(void **state)
{
	(void)state;
	check_numbers("Type", messages, ARRAY_SIZE(messages));
}

static void test_statuses_match_header(void **state)
{
	(void)state;
	check_numbers("Status", statuses, ARRAY_SIZE(statuses));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables_match_header),
		cmocka_unit_test(test_fields_cover_structures),
		cmocka_unit_test(test_limits_match_header),
		cmocka_unit_test(test_messages_match_header),
		cmocka_unit_test(test_statuses_match_header),
	};

	return cmocka_run_group_tests(tests, read_chapter, free_chapter);
}
