// SPDX-License-Identifier: MIT
/*
 * Clients that come and go leave nothing at the worker: nothing that it counts,
 * and no memory.  What the sanitizer finds at its end is what nobody points to;
 * what the renderer's tables still hold is seen here.  What the C library's heap
 * keeps is seen in a build without the sanitizer only, which has a heap of its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"
#include "guest.h"

#define CLIENTS		60
#define TEXTURES	4
#define SIDE		1024
#define BYTES		(SIDE * SIDE * 4)
#define SMALL_SIDE	256
#define SMALL_TEXTURES	400	/* 100 MiB */
#define MARGIN_KB	(24 << 10)	/* a fortieth of what all the textures are */

static void *pages;

static int start(void **state)
{
	static const struct fe_options options = { .event_idx = true };
	struct fe *fe = fe_start(&options);

	fe_ring_start(fe, 0);
	pages = fe_alloc(fe, BYTES);
	*state = fe;
	return 0;
}

static int end(void **state)
{
	int status = fe_end(*state);

	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -1;
}

/* the worker's memory that it shares with nobody */
static long own_kb(const struct fe *fe)
{
	char path[64], line[256];
	long kb = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", fe->worker);
	f = fopen(path, "r");
	assert_non_null(f);
	while (kb < 0 && fgets(line, sizeof(line), f))
		sscanf(line, "Anonymous: %ld", &kb);
	fclose(f);
	assert_true(kb >= 0);
	return kb;
}

static void textures_end(struct fe *fe, uint32_t first)
{
	uint32_t i;

	for (i = 0; i < TEXTURES; i++)
		assert_int_equal(guest_destroy(fe, 0, first + i), VGPU_PV_S_OK);
}

/* Draws into textures of its own; the context ends first, last, or lost. */
static void client(struct fe *fe, uint32_t n)
{
	const float colour[4] = { 1.0f, 0.0f, 1.0f, 1.0f };
	struct guest_commands *commands = calloc(1, sizeof(*commands));
	uint32_t first = n * TEXTURES + 1, ctx = n + 1, i;
	struct vgpu_pv_resource_create create;

	assert_non_null(commands);
	assert_int_equal(guest_ctx_create(fe, 0, ctx), VGPU_PV_S_OK);
	for (i = 0; i < TEXTURES; i++) {
		create = guest_texture(first + i, SIDE, SIDE);
		assert_int_equal(guest_create_pages(fe, 0, &create, pages, BYTES, 1), VGPU_PV_S_OK);
		assert_int_equal(guest_attach(fe, 0, ctx, first + i), VGPU_PV_S_OK);
		guest_clear(commands, i + 1, first + i, colour);
	}
	assert_int_equal(guest_submit(fe, 0, ctx, commands), VGPU_PV_S_OK);
	assert_int_equal(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_FROM_HOST, ctx, first, SIDE, SIDE),
			 VGPU_PV_S_OK);
	if (n % 3 == 0)
		textures_end(fe, first);
	if (n % 3 == 1) {
		guest_command(commands, 254, 0, &ctx, 1);
		assert_int_equal(guest_submit(fe, 0, ctx, commands), VGPU_PV_S_INVALID);
	}
	assert_int_equal(guest_ctx_destroy(fe, 0, ctx), VGPU_PV_S_OK);
	if (n % 3)
		textures_end(fe, first);
	free(commands);
}

/* what is given back is so after the last reply */
static void assert_memory_is_back(const struct fe *fe, long before)
{
	uint64_t until = fe_now_ms() + FE_TIMEOUT_MS;
	long after;

	while ((after = own_kb(fe)) > before + MARGIN_KB && fe_now_ms() < until)
		usleep(10000);
	print_message("%ld KiB after the first client, %ld at last\n", before, after);
	assert_in_range(after, 1, before + MARGIN_KB);
}

static void clients_leave_nothing(void **state)
{
	struct fe *fe = *state;
	long before;
	uint32_t n;

	client(fe, 0);
	before = own_kb(fe);
	for (n = 1; n <= CLIENTS; n++)
		client(fe, n);
	assert_int_equal(fe->stats->contexts, 0);
	assert_int_equal(fe->stats->resources, 0);
	assert_int_equal(fe->stats->memory_used, 0);
	assert_memory_is_back(fe, before);
}

/* 100 MiB of textures come and go */
static void small_textures(struct fe *fe, long before)
{
	struct vgpu_pv_resource_create create;
	uint32_t i;

	for (i = 1; i <= SMALL_TEXTURES; i++) {
		create = guest_texture(i, SMALL_SIDE, SMALL_SIDE);
		assert_int_equal(guest_create_pages(fe, 0, &create, pages, SMALL_SIDE * SMALL_SIDE * 4,
						    1), VGPU_PV_S_OK);
		assert_int_equal(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_TO_HOST, 0, i, SMALL_SIDE,
						SMALL_SIDE), VGPU_PV_S_OK);
	}
	/* above them in the heap */
	assert_int_equal(guest_ctx_create(fe, 0, CLIENTS + 1), VGPU_PV_S_OK);
	assert_true(own_kb(fe) > before + MARGIN_KB);
	for (i = 1; i <= SMALL_TEXTURES; i++)
		assert_int_equal(guest_destroy(fe, 0, i), VGPU_PV_S_OK);
}

/* also what lies in the heap below what another client got meanwhile */
static void memory_is_given_back(void **state)
{
	struct fe *fe = *state;
	long before;

	client(fe, 0);
	before = own_kb(fe);
	assert_int_equal(guest_ctx_create(fe, 0, CLIENTS), VGPU_PV_S_OK);
	small_textures(fe, before);
	assert_int_equal(guest_ctx_destroy(fe, 0, CLIENTS), VGPU_PV_S_OK);
	assert_memory_is_back(fe, before);
	assert_int_equal(guest_ctx_destroy(fe, 0, CLIENTS + 1), VGPU_PV_S_OK);
}

static void an_idle_client_holds_no_more_than_it_has(void **state)
{
	struct fe *fe = *state;
	long before;

	client(fe, 0);
	before = own_kb(fe);
	small_textures(fe, before);
	assert_memory_is_back(fe, before);
	assert_int_equal(guest_ctx_destroy(fe, 0, CLIENTS + 1), VGPU_PV_S_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(clients_leave_nothing, start, end),
		cmocka_unit_test_setup_teardown(memory_is_given_back, start, end),
		cmocka_unit_test_setup_teardown(an_idle_client_holds_no_more_than_it_has, start, end),
	};
#ifdef __SANITIZE_ADDRESS__
	const char *options = getenv("ASAN_OPTIONS");
	char more[4096];

	/* of what the worker freed, the sanitizer keeps little */
	snprintf(more, sizeof(more), "%s:quarantine_size_mb=1", options ? options : "");
	setenv("ASAN_OPTIONS", more, 1);
#endif
	return cmocka_run_group_tests(tests, NULL, NULL);
}
