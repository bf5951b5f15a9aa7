// SPDX-License-Identifier: MIT
/* The front end's private socket, without a worker around it. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "aperture.h"
#include "scm.h"
#include "worker.h"

#define APERTURE	(1u << 20)
#define BYTES		16384	/* whole pages */

struct front {
	struct worker worker;
	int sock;	/* the front end's end */
};

static int make_file(size_t size, int seals)
{
	int fd = memfd_create("file", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

/* fd is closed; negative: none */
static void say(int sock, uint32_t type, uint64_t offset, uint64_t size, int fd)
{
	const struct vgpu_pv_link_msg msg = {
		.type = type,
		.version = VGPU_PV_LINK_VERSION,
		.size = size,
		.offset = offset,
	};

	assert_int_equal(scm_send(sock, &msg, sizeof(msg), &fd, fd >= 0), sizeof(msg));
	if (fd >= 0)
		close(fd);
}

static void say_aperture(int sock)
{
	say(sock, VGPU_PV_LINK_APERTURE, 0, APERTURE, make_file(APERTURE, F_SEAL_SHRINK));
}

static void start(struct front *front)
{
	int pair[2];

	*front = (struct front){ .worker.link_sock = -1 };
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	front->sock = pair[0];
	say_aperture(pair[0]);
	assert_int_equal(aperture_receive(&front->worker, pair[1]), 0);
	assert_int_equal(worker_aperture_size(&front->worker), APERTURE);
}

static void end(struct front *front)
{
	close(front->sock);
	aperture_unmap(&front->worker);
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
	{ "it is beyond the end", VGPU_PV_LINK_PLACE, APERTURE, 4096, BYTES, F_SEAL_SHRINK },
	{ "it goes beyond the end", VGPU_PV_LINK_PLACE, APERTURE - 4096, 8192, BYTES,
	  F_SEAL_SHRINK },
	{ "the sum wraps", VGPU_PV_LINK_PLACE, 0ull - 4096, 8192, BYTES, F_SEAL_SHRINK },
	{ "the type is unknown", 3, 0, BYTES, BYTES, F_SEAL_SHRINK },
	{ "there are two apertures", VGPU_PV_LINK_APERTURE, 0, BYTES, BYTES, F_SEAL_SHRINK },
	{ "no file comes", VGPU_PV_LINK_PLACE, 0, BYTES, 0, 0 },
};

/* and nothing after it is taken either: what lies where is not known any more */
static void what_is_wrong_is_refused(void **state)
{
	struct front front;
	unsigned int i;
	int fd;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		start(&front);
		fd = wrong[i].file ? make_file(wrong[i].file, wrong[i].seals) : -1;
		say(front.sock, wrong[i].type, wrong[i].offset, wrong[i].size, fd);
		say(front.sock, VGPU_PV_LINK_PLACE, 0, BYTES, make_file(BYTES, F_SEAL_SHRINK));
		if (!aperture_update(&front.worker) || !aperture_update(&front.worker))
			fail_msg("a file is taken where %s", wrong[i].what);
		assert_false(front.worker.aperture_placed);
		end(&front);
	}
}

/* the first one's files may be in use by GL while the second's would be put over them */
static void one_socket_is_all(void **state)
{
	struct front front;
	int pair[2];

	(void)state;
	start(&front);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	say_aperture(pair[0]);
	assert_true(aperture_receive(&front.worker, pair[1]) < 0);
	close(pair[0]);
	say(front.sock, VGPU_PV_LINK_PLACE, 0, BYTES, make_file(BYTES, F_SEAL_SHRINK));
	assert_int_equal(aperture_update(&front.worker), 0);
	assert_true(front.worker.aperture_placed);
	end(&front);
}

/* files are the render thread's, even those that wait behind the aperture */
static void files_wait_for_the_render_thread(void **state)
{
	struct worker worker = { .link_sock = -1 };
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	say_aperture(pair[0]);
	say(pair[0], VGPU_PV_LINK_PLACE, 0, BYTES, make_file(BYTES, F_SEAL_SHRINK));
	close(pair[0]);
	assert_int_equal(aperture_receive(&worker, pair[1]), 0);
	assert_false(worker.aperture_placed);
	assert_int_equal(aperture_update(&worker), 0);
	assert_true(worker.aperture_placed);
	/* and the front end has no more to say */
	assert_int_equal(worker.link_sock, -1);
	assert_int_equal(aperture_update(&worker), 0);
	aperture_unmap(&worker);
}

/* a socket without the aperture is none; what it had instead is closed */
static void the_aperture_comes_first(void **state)
{
	struct worker worker = { .link_sock = -1 };
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	say(pair[0], VGPU_PV_LINK_PLACE, 0, BYTES, make_file(BYTES, F_SEAL_SHRINK));
	assert_true(aperture_receive(&worker, pair[1]) < 0);
	close(pair[0]);
	assert_int_equal(worker.link_sock, -1);
	assert_int_equal(worker_aperture_size(&worker), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_is_refused),
		cmocka_unit_test(one_socket_is_all),
		cmocka_unit_test(files_wait_for_the_render_thread),
		cmocka_unit_test(the_aperture_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
