// SPDX-License-Identifier: MIT
/* Guest addresses: the memory table, and the backings that are found in it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backing.h"
#include "expect.h"
#include "guest_memory.h"

#define SIZE	0x10000ull
#define A	0x100000ull
#define B	(A + SIZE)	/* right behind A, in another file */
#define C	0x900000ull

static int fds[2];
static struct guest_memory *mem;

static uint64_t copied;

static int setup(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		fds[i] = memfd_create("guest", MFD_CLOEXEC);
		if (fds[i] < 0 || ftruncate(fds[i], 2 * SIZE))
			return -1;
	}
	mem = guest_memory_new(&copied);
	if (!mem || guest_memory_add(mem, A, 0x7000000, SIZE, 0, fds[0]) ||
	    guest_memory_add(mem, B, 0x8000000, SIZE, SIZE, fds[1]) ||
	    guest_memory_add(mem, C, 0x9000000, SIZE, SIZE, fds[0]))
		return -1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	guest_memory_free(mem);
	close(fds[0]);
	close(fds[1]);
	return 0;
}

static void bad_regions_are_refused(void **state)
{
	(void)state;
	assert_int_equal(guest_memory_add(mem, 0x5000000, 0, 0, 0, fds[0]), -EINVAL);
	assert_int_equal(guest_memory_add(mem, ~0ull - 10, 0, SIZE, 0, fds[0]), -EINVAL);
	assert_int_equal(guest_memory_add(mem, 0, ~0ull - 10, SIZE, 0, fds[0]), -EINVAL);
	assert_int_equal(guest_memory_add(mem, 0, 0, SIZE, ~0ull - 10, fds[0]), -EINVAL);
	assert_int_equal(guest_memory_add(mem, 0, 0, 2 * SIZE + 1, 0, fds[0]), -EINVAL);
	assert_int_equal(guest_memory_add(mem, 0, 0, SIZE, SIZE + 1, fds[0]), -EINVAL);
	assert_int_equal(guest_memory_add(mem, A + SIZE / 2, 0, 16, 0, fds[0]), -EINVAL);
	assert_int_equal(guest_memory_add(mem, A - 8, 0, 16, 0, fds[0]), -EINVAL);
	assert_int_equal(guest_memory_add(mem, 0, 0x7000010, 16, 0, fds[0]), -EINVAL);
	assert_int_equal(guest_memory_add(mem, 0, 0, 16, 0, -1), -EBADF);
	assert_int_equal(mem->nr_regions, 3);
	assert_int_equal(guest_memory_size(mem), 3 * SIZE);
}

static void table_has_an_end(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 3; i < GUEST_MEMORY_MAX_REGIONS; i++)
		assert_int_equal(guest_memory_add(mem, i << 28, (uint64_t)i << 32, 16, 0, fds[0]), 0);
	assert_int_equal(guest_memory_add(mem, 0, 0, 16, 0, fds[0]), -E2BIG);
}

static void offsets_in_files_hold(void **state)
{
	uint8_t byte = 7;

	(void)state;
	assert_int_equal(pwrite(fds[1], &byte, 1, SIZE + 5), 1);
	byte = 0;
	assert_int_equal(guest_memory_read(mem, B + 5, &byte, 1), 0);
	assert_int_equal(byte, 7);
	/* offsets need not be of whole pages */
	assert_int_equal(guest_memory_add(mem, 0, 0, 16, SIZE + 5, fds[1]), 0);
	byte = 0;
	assert_int_equal(guest_memory_read(mem, 0, &byte, 1), 0);
	assert_int_equal(byte, 7);
}

static void ends_are_exact(void **state)
{
	uint8_t buf[64];

	(void)state;
	assert_true(guest_memory_has(mem, C, SIZE));
	assert_false(guest_memory_has(mem, C, SIZE + 1));
	assert_false(guest_memory_has(mem, C - 1, 1));
	assert_false(guest_memory_has(mem, C + SIZE, 1));
	assert_false(guest_memory_has(mem, C, ~0ull));
	assert_false(guest_memory_has(mem, ~0ull, 2));
	assert_true(guest_memory_has(mem, 12345, 0));
	assert_int_equal(guest_memory_read(mem, C + SIZE - 64, buf, 64), 0);
	assert_int_equal(guest_memory_read(mem, C + SIZE - 63, buf, 64), -EFAULT);
	assert_int_equal(guest_memory_write(mem, C + SIZE - 63, buf, 64), -EFAULT);
	assert_non_null(guest_memory_uva(mem, 0x9000000, SIZE));
	assert_null(guest_memory_uva(mem, 0x9000000, SIZE + 1));
	assert_null(guest_memory_uva(mem, 0x9000000 - 1, 1));
	assert_null(guest_memory_uva(mem, 0x9000001, ~0ull));
}

static void neighbours_are_one_to_the_guest(void **state)
{
	uint8_t out[32], in[32];

	(void)state;
	memset(out, 0x5a, sizeof(out));
	assert_true(guest_memory_has(mem, A, 2 * SIZE));
	copied = 0;
	assert_int_equal(guest_memory_write(mem, B - 16, out, 32), 0);
	assert_int_equal(copied, 32);
	assert_int_equal(guest_memory_read(mem, B - 16, in, 32), 0);
	assert_int_equal(copied, 64);
	assert_memory_equal(in, out, 32);
	assert_int_equal(pread(fds[1], in, 16, SIZE), 16);
	assert_memory_equal(in, out, 16);
}

static struct vgpu_pv_backing_entry entry(uint64_t addr, uint32_t size)
{
	return (struct vgpu_pv_backing_entry){ .addr = addr, .size = size };
}

/* [dev-backing-checked] */
static void backing_is_filled_exactly(void **state)
{
	const struct vgpu_pv_backing wire = { .kind = VGPU_PV_BACKING_PAGES, .size = 3 * 4096 };
	struct vgpu_pv_backing_entry entries[2];
	struct backing backing;

	(void)state;
	assert_int_equal(backing_check(&wire, 0), VGPU_PV_S_OK);
	backing_init(&backing, &wire);
	entries[0] = entry(A, 4096);
	entries[1] = entry(C, 3 * 4096);
	assert_int_equal(backing_add(&backing, mem, entries, 2), VGPU_PV_S_INVALID);
	assert_int_equal(backing.filled, 0);
	assert_int_equal(backing.nr_ranges, 0);
	assert_int_equal(backing_add(&backing, mem, entries, 1), VGPU_PV_S_OK);
	assert_false(backing_complete(&backing));
	/* what follows is joined */
	entries[0] = entry(A + 4096, 4096);
	entries[1] = entry(C, 4096);
	assert_int_equal(backing_add(&backing, mem, entries, 2), VGPU_PV_S_OK);
	assert_true(backing_complete(&backing));
	assert_int_equal(backing.nr_ranges, 2);
	assert_int_equal(backing_map(&backing, mem), 0);
	assert_int_equal(backing.nr_iov, 2);
	assert_int_equal(backing.iov[0].iov_len, 8192);
	entries[0] = entry(C, 1);
	assert_int_equal(backing_add(&backing, mem, entries, 1), VGPU_PV_S_INVALID);
	backing_free(&backing);
}

static void backing_is_split_where_regions_meet(void **state)
{
	const struct vgpu_pv_backing wire = { .kind = VGPU_PV_BACKING_PAGES, .size = 8192 };
	struct vgpu_pv_backing_entry one = entry(B - 4096, 8192);
	struct guest_memory *less = guest_memory_new(&copied);
	struct backing backing;

	(void)state;
	backing_init(&backing, &wire);
	assert_int_equal(backing_add(&backing, mem, &one, 1), VGPU_PV_S_OK);
	assert_int_equal(backing_map(&backing, mem), 0);
	assert_int_equal(backing.nr_iov, 2);
	/* a table without it: the backing is known, and nowhere */
	assert_int_equal(backing_map(&backing, less), -EFAULT);
	assert_null(backing.iov);
	assert_int_equal(backing_map(&backing, mem), 0);
	assert_int_equal(backing.nr_iov, 2);
	backing_free(&backing);
	guest_memory_free(less);
}

/* [dev-aperture-bounds] [dev-backing-checked] */
static void backings_are_checked(void **state)
{
	static const struct {
		struct vgpu_pv_backing wire;
		uint32_t status;
	} cases[] = {
		{ { .kind = VGPU_PV_BACKING_NONE }, VGPU_PV_S_OK },
		{ { .kind = VGPU_PV_BACKING_NONE, .size = 1 }, VGPU_PV_S_INVALID },
		{ { .kind = VGPU_PV_BACKING_NONE, .nr_entries = 1 }, VGPU_PV_S_INVALID },
		{ { .kind = VGPU_PV_BACKING_PAGES }, VGPU_PV_S_INVALID },
		{ { .kind = VGPU_PV_BACKING_PAGES, .size = 1ull << 32 }, VGPU_PV_S_INVALID },
		{ { .kind = VGPU_PV_BACKING_PAGES, .size = 1, .offset = 1 }, VGPU_PV_S_INVALID },
		{ { .kind = VGPU_PV_BACKING_APERTURE, .size = 4096 }, VGPU_PV_S_OK },
		{ { .kind = VGPU_PV_BACKING_APERTURE, .size = 4097 }, VGPU_PV_S_INVALID },
		{ { .kind = VGPU_PV_BACKING_APERTURE, .size = 1, .offset = 4095 }, VGPU_PV_S_OK },
		{ { .kind = VGPU_PV_BACKING_APERTURE, .size = 1, .offset = 4096 }, VGPU_PV_S_INVALID },
		{ { .kind = VGPU_PV_BACKING_APERTURE, .size = 2, .offset = ~0ull }, VGPU_PV_S_INVALID },
		{ { .kind = VGPU_PV_BACKING_APERTURE, .size = 1, .nr_entries = 1 }, VGPU_PV_S_INVALID },
		{ { .kind = 3, .size = 1 }, VGPU_PV_S_INVALID },
		{ { .kind = ~0u }, VGPU_PV_S_INVALID },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(backing_check(&cases[i].wire, 4096), cases[i].status);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(bad_regions_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(table_has_an_end, setup, teardown),
		cmocka_unit_test_setup_teardown(offsets_in_files_hold, setup, teardown),
		cmocka_unit_test_setup_teardown(ends_are_exact, setup, teardown),
		cmocka_unit_test_setup_teardown(neighbours_are_one_to_the_guest, setup, teardown),
		cmocka_unit_test_setup_teardown(backing_is_filled_exactly, setup, teardown),
		cmocka_unit_test_setup_teardown(backing_is_split_where_regions_meet, setup, teardown),
		cmocka_unit_test_setup_teardown(backings_are_checked, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
