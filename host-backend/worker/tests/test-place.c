// SPDX-License-Identifier: MIT
/* Files that a front end puts into the aperture, as the bridge does for what programs map. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "expect.h"
#include "guest.h"

#define SIDE	64
#define BYTES	(SIDE * SIDE * 4)	/* whole pages */
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

static uint32_t create_at(struct fe *fe, uint32_t id, uint64_t offset)
{
	struct vgpu_pv_resource_create create = guest_texture(id, SIDE, SIDE);
	uint32_t status;

	create.backing.kind = VGPU_PV_BACKING_APERTURE;
	create.backing.offset = offset;
	create.backing.size = BYTES;
	status = fe_status(fe, 0, &create, sizeof(create));
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

	fe_link(fe, VGPU_PV_LINK_PLACE, 65536, BYTES, fd);
	close(fd);
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
	fe_link(fe, VGPU_PV_LINK_PLACE, 65536, BYTES, fd);
	close(fd);
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
		fe_link(fe, VGPU_PV_LINK_PLACE, i * BYTES, BYTES, fd);
		close(fd);
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

static const struct {
	const char *what;
	uint32_t type;
	uint64_t offset, size;
	size_t file;	/* bytes; 0: no descriptor */
	int seals;
} wrong[] = {
	{ "it can shrink", VGPU_PV_LINK_PLACE, 0, BYTES, BYTES, F_SEAL_GROW },
	{ "it is too short", VGPU_PV_LINK_PLACE, 0, BYTES, BYTES - 1, F_SEAL_SHRINK },
	{ "no page starts there", VGPU_PV_LINK_PLACE, 100, BYTES, BYTES, F_SEAL_SHRINK },
	{ "no page ends there", VGPU_PV_LINK_PLACE, 0, 100, BYTES, F_SEAL_SHRINK },
	{ "it has no bytes", VGPU_PV_LINK_PLACE, 0, 0, BYTES, F_SEAL_SHRINK },
	{ "it is beyond the end", VGPU_PV_LINK_PLACE, FE_APERTURE_SIZE, 4096, BYTES, F_SEAL_SHRINK },
	{ "it goes beyond the end", VGPU_PV_LINK_PLACE, FE_APERTURE_SIZE - 4096, 8192, BYTES,
	  F_SEAL_SHRINK },
	{ "the sum wraps", VGPU_PV_LINK_PLACE, 0ull - 4096, 8192, BYTES, F_SEAL_SHRINK },
	{ "the type is unknown", 3, 0, BYTES, BYTES, F_SEAL_SHRINK },
	{ "there are two apertures", VGPU_PV_LINK_APERTURE, 0, BYTES, BYTES, F_SEAL_SHRINK },
	{ "no file comes", VGPU_PV_LINK_PLACE, 0, BYTES, 0, 0 },
};

/* the resource that it was for is refused, and the next one is not */
static void what_is_wrong_is_refused(void **state)
{
	struct fe *fe = *state;
	unsigned int i;
	uint8_t *map;
	int fd;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		fd = wrong[i].file ? make_file(wrong[i].file, wrong[i].seals, NULL) : -1;
		fe_link(fe, wrong[i].type, wrong[i].offset, wrong[i].size, fd);
		if (fd >= 0)
			close(fd);
		if (create_at(fe, 1, 0) != VGPU_PV_S_NOMEM)
			fail_msg("a file is taken where %s", wrong[i].what);
	}
	fd = make_file(BYTES, F_SEAL_SHRINK, &map);
	fe_link(fe, VGPU_PV_LINK_PLACE, 0, BYTES, fd);
	close(fd);
	assert_int_equal(create_at(fe, 1, 0), VGPU_PV_S_OK);
	map[3] = 9;
	put(fe, 1);
	map[3] = 0;
	get(fe, 1);
	assert_int_equal(map[3], 9);
	munmap(map, BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_file_is_the_backing, start, end),
		cmocka_unit_test_setup_teardown(many_files_may_come_at_once, start, end),
		cmocka_unit_test_setup_teardown(what_is_wrong_is_refused, start, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
