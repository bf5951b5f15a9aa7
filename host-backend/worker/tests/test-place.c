// SPDX-License-Identifier: MIT
/* Files that a front end puts into the aperture, as the bridge does for what programs map. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "expect.h"
#include "guest.h"

#define SIDE	64
#define BYTES	(SIDE * SIDE * 4)	/* whole pages */
#define PAGE	4096
#define CTX	1

static int start(void **state)
{
	static const struct fe_options options = { .event_idx = true, .keep_link = true };
	struct fe *fe = fe_start(&options);

	fe_ring_start(fe, 0);
	assert_int_equal(guest_ctx_create(fe, 0, CTX), VGPU_PV_S_OK);
	*state = fe;
	return 0;
}

static int end(void **state)
{
	assert_int_equal(fe_end(*state), 0);
	return 0;
}

static int make_file(size_t size, int seals, uint8_t **map)
{
	int fd = memfd_create("file", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	if (map)
		*map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

/* the descriptor is closed */
static void place(struct fe *fe, uint64_t offset, uint64_t size, int fd)
{
	fe_link(fe, VGPU_PV_LINK_PLACE, offset, size, fd);
	close(fd);
}

static struct vgpu_pv_resource_create texture_at(uint32_t id, uint64_t offset, uint64_t size)
{
	struct vgpu_pv_resource_create create = guest_texture(id, SIDE, SIDE);

	create.backing.kind = VGPU_PV_BACKING_APERTURE;
	create.backing.offset = offset;
	create.backing.size = size;
	return create;
}

static uint32_t create_at(struct fe *fe, uint32_t id, uint64_t offset)
{
	struct vgpu_pv_resource_create create = texture_at(id, offset, BYTES);
	uint32_t status = fe_status(fe, 0, &create, sizeof(create));

	return status ? status : guest_attach(fe, 0, CTX, id);
}

static void put(struct fe *fe, uint32_t id)
{
	assert_int_equal(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_TO_HOST, CTX, id, SIDE, SIDE),
			 VGPU_PV_S_OK);
}

static void get(struct fe *fe, uint32_t id)
{
	assert_int_equal(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_FROM_HOST, CTX, id, SIDE, SIDE),
			 VGPU_PV_S_OK);
}

/* read and written where it is, without the aperture's own memory; then the next takes its place */
static void a_file_is_the_backing(void **state)
{
	struct fe *fe = *state;
	uint8_t *first, *second;
	int fd = make_file(BYTES, F_SEAL_SHRINK, &first);

	place(fe, 65536, BYTES, fd);
	assert_int_equal(create_at(fe, 1, 65536), VGPU_PV_S_OK);
	memset(first, 0x5a, BYTES);
	memset(fe->aperture + 65536, 0xff, BYTES);
	put(fe, 1);
	memset(first, 0, BYTES);
	get(fe, 1);
	assert_int_equal(first[0], 0x5a);
	assert_int_equal(first[BYTES - 1], 0x5a);
	assert_int_equal(fe->aperture[65536], 0xff);
	assert_int_equal(guest_destroy(fe, 0, 1), VGPU_PV_S_OK);

	fd = make_file(BYTES, F_SEAL_SHRINK, &second);
	place(fe, 65536, BYTES, fd);
	assert_int_equal(create_at(fe, 2, 65536), VGPU_PV_S_OK);
	memset(second, 0x11, BYTES);
	put(fe, 2);
	memset(second, 0, BYTES);
	get(fe, 2);
	assert_int_equal(second[77], 0x11);
	assert_int_equal(first[77], 0x5a);
	/* beside it the aperture is as it was */
	assert_int_equal(create_at(fe, 3, 0), VGPU_PV_S_OK);
	memset(fe->aperture, 0x22, BYTES);
	put(fe, 3);
	memset(fe->aperture, 0, BYTES);
	get(fe, 3);
	assert_int_equal(fe->aperture[5], 0x22);
	munmap(first, BYTES);
	munmap(second, BYTES);
}

/* more than a socket holds would be too much to ask; some, before the worker looks, is not */
static void many_files_may_come_at_once(void **state)
{
	struct fe *fe = *state;
	uint8_t *map;
	unsigned int i;
	int fd;

	for (i = 0; i < 64; i++) {
		fd = make_file(BYTES, F_SEAL_SHRINK, &map);
		place(fe, i * BYTES, BYTES, fd);
		if (i < 63)
			munmap(map, BYTES);
	}
	assert_int_equal(create_at(fe, 1, 63 * BYTES), VGPU_PV_S_OK);
	map[1] = 63;
	put(fe, 1);
	map[1] = 0;
	get(fe, 1);
	assert_int_equal(map[1], 63);
	munmap(map, BYTES);
}

/* a front end waits where the worker leaves its files unread */
static void a_refused_creation_takes_its_file(void **state)
{
	struct fe *fe = *state;
	struct vgpu_pv_resource_create create = texture_at(1, 0, BYTES);
	unsigned int i;

	create.format = ~0u;
	create.width = ~0u;
	create.height = ~0u;
	for (i = 0; i < 1000; i++) {
		place(fe, 0, BYTES, make_file(BYTES, F_SEAL_SHRINK, NULL));
		assert_int_equal(fe_status(fe, 0, &create, sizeof(create)), VGPU_PV_S_INVALID);
	}
	assert_int_equal(create_at(fe, 1, 0), VGPU_PV_S_OK);
}

static unsigned int worker_maps(const struct fe *fe, const char *name)
{
	unsigned int count = 0;
	char path[64], line[512];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)fe->worker);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		count += !!strstr(line, name);
	fclose(f);
	return count;
}

/* created at every fourth page, and refused where the format is unknown */
static void create_many(struct fe *fe, uint32_t count, uint64_t size, bool refused)
{
	struct vgpu_pv_resource_create create;
	uint32_t id;

	for (id = 1; id <= count; id++) {
		create = texture_at(id, id * 4ull * PAGE, size);
		create.format = refused ? ~0u : create.format;
		place(fe, create.backing.offset, size, make_file(size, F_SEAL_SHRINK, NULL));
		assert_int_equal(fe_status(fe, 0, &create, sizeof(create)),
				 refused ? VGPU_PV_S_INVALID : VGPU_PV_S_OK);
	}
}

/* a mapping for each of them for ever would end at the kernel's limit of a process's */
static void a_resource_takes_its_file_along(void **state)
{
	struct fe *fe = *state;
	uint64_t pages;
	uint32_t id;

	assert_int_equal(worker_maps(fe, "memfd:aperture"), 1);
	for (pages = 1; pages <= 4; pages++) {
		create_many(fe, 40, pages * PAGE, false);
		assert_int_equal(worker_maps(fe, "memfd:file"), 40);
		for (id = 1; id <= 40; id++)
			assert_int_equal(guest_destroy(fe, 0, id), VGPU_PV_S_OK);
		create_many(fe, 40, pages * PAGE, true);
		assert_int_equal(worker_maps(fe, "memfd:file"), 0);
		assert_int_equal(worker_maps(fe, "memfd:aperture"), 1);
	}
	/* and it is the aperture's memory of that very place */
	assert_int_equal(create_at(fe, 1, 4 * PAGE), VGPU_PV_S_OK);
	memset(fe->aperture, 0x11, FE_APERTURE_SIZE);
	memset(fe->aperture + 4 * PAGE, 0x33, BYTES);
	put(fe, 1);
	memset(fe->aperture, 0, FE_APERTURE_SIZE);
	get(fe, 1);
	assert_int_equal(fe->aperture[4 * PAGE], 0x33);
	assert_int_equal(fe->aperture[4 * PAGE + BYTES - 1], 0x33);
	assert_int_equal(fe->aperture[4 * PAGE - 1], 0);
}

/* what lies there is another's: who creates first must not make it the second's */
static void none_lies_in_anothers_place(void **state)
{
	struct fe *fe = *state;
	struct vgpu_pv_resource_create create;

	place(fe, 65536, BYTES, make_file(BYTES, F_SEAL_SHRINK, NULL));
	assert_int_equal(create_at(fe, 1, 65536), VGPU_PV_S_OK);
	place(fe, 0, BYTES, make_file(BYTES, F_SEAL_SHRINK, NULL));
	place(fe, 65536, BYTES, make_file(BYTES, F_SEAL_GROW, NULL));
	assert_int_equal(create_at(fe, 2, 0), VGPU_PV_S_NOMEM);
	assert_int_equal(create_at(fe, 3, 65536), VGPU_PV_S_NOMEM);
	assert_int_equal(create_at(fe, 4, 0), VGPU_PV_S_NOMEM);
	/* beside the aperture all goes on */
	create = guest_texture(5, SIDE, SIDE);
	assert_int_equal(fe_status(fe, 0, &create, sizeof(create)), VGPU_PV_S_OK);
	assert_int_equal(guest_destroy(fe, 0, 1), VGPU_PV_S_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_file_is_the_backing, start, end),
		cmocka_unit_test_setup_teardown(many_files_may_come_at_once, start, end),
		cmocka_unit_test_setup_teardown(a_refused_creation_takes_its_file, start, end),
		cmocka_unit_test_setup_teardown(a_resource_takes_its_file_along, start, end),
		cmocka_unit_test_setup_teardown(none_lies_in_anothers_place, start, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
