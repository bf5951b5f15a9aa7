// SPDX-License-Identifier: MIT
/* Resources, transfers, submits and waits, in the order in which the test lets them happen. */
#include <endian.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pretend.h"

static int created_file(struct pretend *p, unsigned int i)
{
	char byte;
	int fd;

	assert_int_equal(pretend_read(p, i, &byte, 1, &fd), 1);
	assert_true(fd >= 0);
	return fd;
}

static void busy(struct pretend *p, unsigned int i, uint32_t handle, uint32_t flags)
{
	pretend_say(p, i, VTEST_RESOURCE_BUSY_WAIT, (uint32_t[]){ handle, flags }, 2);
	assert_int_equal(pretend_run(p, i), 0);
}

static void expect_busy(struct pretend *p, unsigned int i, uint32_t value)
{
	pretend_expect(p, i, (uint32_t[]){ 1, VTEST_RESOURCE_BUSY_WAIT, value }, 3);
}

#define COMMAND(number, object, words)	((words) << 16 | (object) << 8 | (number))
#define SET_VERTEX_BUFFERS	6
#define SET_INDEX_BUFFER	11
#define NO_COMMAND		COMMAND(0, 0, 0)

/* one command of at most 15 words, which the header counts */
static void submit(struct pretend *p, unsigned int i, const uint32_t *words)
{
	pretend_say(p, i, VTEST_SUBMIT_CMD, words, 1 + (words[0] >> 16));
	assert_int_equal(pretend_run(p, i), 0);
}

static void submit_nothing(struct pretend *p, unsigned int i)
{
	submit(p, i, (uint32_t[]){ NO_COMMAND });
}

/* before the device has heard of it; the file cannot be taken away under the worker */
static void creation_is_answered_at_once(void **state)
{
	const struct vgpu_pv_resource_create *create;
	struct pretend *p = *state;
	struct stat st;
	int fd;

	pretend_greet(p, 0, 2);
	pretend_create(p, 0, 5, 10000);
	assert_int_equal(pretend_run(p, 0), 0);
	fd = created_file(p, 0);
	assert_int_equal(p->nr_types, 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 12288);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	assert_int_equal(pretend_device(p, 0, 2), 2);
	create = (const void *)p->last;
	assert_int_equal(p->placed, 1);
	assert_int_equal(p->types[1], VGPU_PV_MSG_RESOURCE_CREATE);
	assert_int_equal(le32toh(create->resource), 1);
	assert_int_equal(le32toh(create->backing.kind), VGPU_PV_BACKING_APERTURE);
	assert_int_equal(le64toh(create->backing.size), 10000);
	close(fd);
}

/* a multisampled texture has nothing that could be mapped */
static void without_data_there_is_no_file(void **state)
{
	const struct vgpu_pv_resource_create *create;
	struct pretend *p = *state;

	pretend_greet(p, 0, 2);
	pretend_create(p, 0, 5, 0);
	assert_int_equal(pretend_run(p, 0), 0);
	assert_int_equal(pretend_read(p, 0, &(char){ 0 }, 1, NULL), 0);
	assert_int_equal(pretend_device(p, 0, 2), 2);
	create = (const void *)p->last;
	assert_int_equal(le32toh(create->backing.kind), VGPU_PV_BACKING_NONE);
	assert_int_equal(p->placed, 0);
}

/* where the quota might have no room, the device's word is waited for */
static void creation_waits_where_it_may_fail(void **state)
{
	struct pretend *p = *state;
	uint32_t none[] = { 1, VTEST_RESOURCE_CREATE2, 0 };

	p->gpu.credit = p->credit = 100000;
	pretend_greet(p, 0, 3);
	/* 16 * 8192 bytes is the most that this could cost */
	pretend_create(p, 0, 0, 8192);
	assert_int_equal(pretend_run(p, 0), 0);
	pretend_expect(p, 0, NULL, 0);
	p->status = VGPU_PV_S_NOMEM;
	p->fails = VGPU_PV_MSG_RESOURCE_CREATE;
	assert_int_equal(pretend_settle(p, 0), 0);
	pretend_expect(p, 0, none, 3);
	assert_int_equal(p->gpu.resources.count, 0);
	/* older versions have no word for it */
	pretend_greet(p, 1, 2);
	pretend_create(p, 1, 1, 8192);
	pretend_refused(p, 1, "resource 1 is refused: over the quota");
}

/* what is in flight has its claim on the credit */
static void claims_add_up(void **state)
{
	struct pretend *p = *state;

	p->gpu.credit = p->credit = 50000;
	pretend_greet(p, 0, 2);
	pretend_create(p, 0, 1, 1024);
	pretend_create(p, 0, 2, 1024);
	pretend_create(p, 0, 3, 1024);
	assert_int_equal(pretend_run(p, 0), 0);
	close(created_file(p, 0));
	close(created_file(p, 0));
	pretend_expect(p, 0, NULL, 0);
	assert_int_equal(pretend_settle(p, 0), 0);
	close(created_file(p, 0));
	assert_int_equal(p->gpu.claimed, 0);
}

/* replies of two rings are taken in either order: an old one does not raise the credit */
static void an_old_reply_brings_no_credit(void **state)
{
	struct pretend *p = *state;

	p->gpu.credit = p->credit = 100000;
	pretend_greet(p, 0, 2);
	pretend_greet(p, 1, 2);
	submit_nothing(p, 0);
	assert_int_equal(pretend_device(p, 0, UINT32_MAX), 2);
	pretend_create(p, 1, 1, 1024);
	assert_int_equal(pretend_run(p, 1), 0);
	p->credit = 80000;
	assert_int_equal(pretend_settle(p, 1), 0);
	close(created_file(p, 1));
	assert_int_equal(p->gpu.credit, 80000);
	assert_int_equal(pretend_run(p, 0), 0);
	assert_int_equal(p->gpu.credit, 80000);
	/* one that was asked for since does */
	p->credit = 90000;
	submit_nothing(p, 0);
	assert_int_equal(pretend_settle(p, 0), 0);
	assert_int_equal(p->gpu.credit, 90000);
}

/* nor does anybody claim credit that a creation may use up which has no claim */
static void creations_wait_for_one_without_claim(void **state)
{
	struct pretend *p = *state;

	p->gpu.credit = p->credit = 100000;
	pretend_greet(p, 0, 2);
	pretend_greet(p, 1, 2);
	pretend_create(p, 0, 1, 8192);
	assert_int_equal(pretend_run(p, 0), 0);
	pretend_create(p, 1, 1, 64);
	assert_int_equal(pretend_run(p, 1), 0);
	pretend_expect(p, 1, NULL, 0);
	assert_int_equal(pretend_settle(p, 0), 0);
	assert_int_equal(pretend_settle(p, 1), 0);
	close(created_file(p, 0));
	close(created_file(p, 1));
	assert_int_equal(p->gpu.unclaimed, 0);
}

/* all clients of a GPU together: each resource is a descriptor here, and mappings of the worker's */
static void resources_of_a_gpu_are_bounded(void **state)
{
	struct pretend *p = *state;

	p->gpu.max_resources = 2;
	pretend_greet(p, 0, 2);
	pretend_greet(p, 1, 2);
	pretend_create(p, 0, 1, 64);
	pretend_create(p, 0, 2, 64);
	assert_int_equal(pretend_settle(p, 0), 0);
	close(created_file(p, 0));
	close(created_file(p, 0));
	pretend_create(p, 1, 1, 64);
	pretend_refused(p, 1, "its GPU has 2 resources, and there may be 2");
}

/* it fails the one whose file it is */
static void a_worker_that_takes_no_files_fails_a_creation(void **state)
{
	struct pretend *p = *state;
	unsigned int i;

	fcntl(p->gpu.fe.link_sock, F_SETFL, O_NONBLOCK);
	while (write(p->gpu.fe.link_sock, &i, sizeof(i)) > 0)
		continue;
	pretend_greet(p, 0, 2);
	pretend_greet(p, 1, 2);
	pretend_create(p, 0, 1, 64);
	pretend_refused(p, 0, "resource 1 of 64 bytes cannot be made: Resource temporarily unavailable");
	submit_nothing(p, 1);
	assert_int_equal(p->gpu.resources.count, 0);
}

static void what_was_answered_and_fails_ends_the_client(void **state)
{
	struct pretend *p = *state;

	pretend_greet(p, 0, 2);
	pretend_greet(p, 1, 2);
	pretend_create(p, 0, 1, 64);
	assert_int_equal(pretend_run(p, 0), 0);
	close(created_file(p, 0));
	p->status = VGPU_PV_S_INVALID;
	p->fails = VGPU_PV_MSG_RESOURCE_CREATE;
	pretend_refused(p, 0, "resource 1 is refused: malformed");
	p->fails = VGPU_PV_MSG_SUBMIT;
	submit_nothing(p, 1);
	pretend_refused(p, 1, "its commands are refused");
}

/* by the ring's own fences, each resource from what may last have used it */
static void a_resource_is_busy_until_its_messages_are_complete(void **state)
{
	struct pretend *p = *state;

	pretend_greet(p, 0, 2);
	pretend_create(p, 0, 1, 64);
	assert_int_equal(pretend_settle(p, 0), 0);
	close(created_file(p, 0));
	busy(p, 0, 1, 0);
	expect_busy(p, 0, 0);
	/* what does not name it leaves it alone */
	submit_nothing(p, 0);
	busy(p, 0, 1, 0);
	expect_busy(p, 0, 0);
	submit(p, 0, (uint32_t[]){ COMMAND(SET_INDEX_BUFFER, 0, 1u), 1 });
	busy(p, 0, 1, 0);
	expect_busy(p, 0, 1);
	assert_int_equal(pretend_settle(p, 0), 0);
	busy(p, 0, 1, 0);
	expect_busy(p, 0, 0);
	/* from now on it is bound */
	submit_nothing(p, 0);
	busy(p, 0, 1, 0);
	expect_busy(p, 0, 1);
	/* waits, and holds up what follows */
	busy(p, 0, 1, VTEST_BUSY_WAIT_FLAG_WAIT);
	pretend_say(p, 0, VTEST_PING_PROTOCOL_VERSION, NULL, 0);
	assert_int_equal(pretend_run(p, 0), 0);
	pretend_expect(p, 0, NULL, 0);
	assert_int_equal(client_events(&p->clients[0]), 0);
	assert_int_equal(pretend_settle(p, 0), 0);
	pretend_expect(p, 0, (uint32_t[]){ 1, VTEST_RESOURCE_BUSY_WAIT, 0, 0,
					   VTEST_PING_PROTOCOL_VERSION }, 5);
}

/* Mesa's fence: a resource made after the submit tells when that is complete */
static void a_new_resource_is_a_fence(void **state)
{
	static const struct vtest_resource_create fence = {
		.handle = 1, .format = 64, .bind = 1 << 17, .width = 8, .height = 1, .depth = 1,
		.data_size = 8,
	};
	struct pretend *p = *state;

	pretend_greet(p, 0, 2);
	submit_nothing(p, 0);
	pretend_say(p, 0, VTEST_RESOURCE_CREATE2, (const uint32_t *)&fence, sizeof(fence) / 4);
	assert_int_equal(pretend_run(p, 0), 0);
	close(created_file(p, 0));
	busy(p, 0, 1, 0);
	expect_busy(p, 0, 1);
	/* the context and the submit: the device never hears of it */
	assert_int_equal(pretend_device(p, 0, 4), 2);
	busy(p, 0, 1, 0);
	expect_busy(p, 0, 0);
}

/* its program fills it at once; taken for busy, Mesa would copy */
static void a_new_resource_is_free(void **state)
{
	struct pretend *p = *state;

	pretend_greet(p, 0, 2);
	pretend_create(p, 0, 1, 8);
	assert_int_equal(pretend_run(p, 0), 0);
	close(created_file(p, 0));
	busy(p, 0, 1, 0);
	expect_busy(p, 0, 0);
}

static void create_fence(struct pretend *p, uint32_t handle)
{
	const struct vtest_resource_create create = {
		.handle = handle, .format = 64, .bind = 1 << 17, .width = 8, .height = 1,
		.depth = 1, .data_size = 8,
	};

	pretend_say(p, 0, VTEST_RESOURCE_CREATE2, (const uint32_t *)&create, sizeof(create) / 4);
	assert_int_equal(pretend_run(p, 0), 0);
}

/* Mesa's fence again, as Mesa makes it: the device never hears of it */
static void a_fence_is_not_made(void **state)
{
	struct pretend *p = *state;
	struct stat first, second;
	uint32_t i;
	int fd;

	pretend_greet(p, 0, 2);
	for (i = 1; i < 100; i++) {
		submit_nothing(p, 0);
		create_fence(p, i);
		fd = created_file(p, 0);
		assert_int_equal(fstat(fd, i == 1 ? &first : &second), 0);
		close(fd);
		busy(p, 0, i, VTEST_BUSY_WAIT_FLAG_WAIT);
		pretend_expect(p, 0, NULL, 0);
		assert_int_equal(pretend_settle(p, 0), 0);
		expect_busy(p, 0, 0);
		pretend_say(p, 0, VTEST_RESOURCE_UNREF, &i, 1);
		assert_int_equal(pretend_run(p, 0), 0);
		/* the context's creation and the submits */
		assert_int_equal(p->nr_types, 1 + i);
		assert_int_equal(p->placed, 0);
		if (i > 1)
			assert_int_equal(first.st_ino, second.st_ino);
	}
	assert_int_equal(p->gpu.resources.count, 0);
}

/* one that is used after all is made first, and is busy with what uses it */
static void what_is_named_is_made(void **state)
{
	static const struct vtest_transfer2 get = { .handle = 2, .width = 8, .height = 1, .depth = 1,
						    .data_size = 8 };
	struct pretend *p = *state;
	uint32_t i;

	pretend_greet(p, 0, 2);
	for (i = 1; i <= 3; i++) {
		create_fence(p, i);
		close(created_file(p, 0));
	}
	submit(p, 0, (uint32_t[]){ COMMAND(SET_INDEX_BUFFER, 0, 1u), 3 });
	busy(p, 0, 3, 0);
	expect_busy(p, 0, 1);
	assert_int_equal(pretend_device(p, 0, UINT32_MAX), 4);
	assert_int_equal(p->types[1], VGPU_PV_MSG_RESOURCE_CREATE);
	assert_int_equal(p->types[2], VGPU_PV_MSG_CTX_ATTACH);
	assert_int_equal(p->types[3], VGPU_PV_MSG_SUBMIT);
	assert_int_equal(p->placed, 1);
	busy(p, 0, 3, 0);
	expect_busy(p, 0, 0);
	pretend_say(p, 0, VTEST_TRANSFER_GET2, (const uint32_t *)&get, sizeof(get) / 4);
	assert_int_equal(pretend_run(p, 0), 0);
	assert_int_equal(pretend_device(p, 0, UINT32_MAX), 3);
	assert_int_equal(p->types[6], VGPU_PV_MSG_TRANSFER_FROM_HOST);
	assert_int_equal(p->placed, 2);
	/* what is not granted then is told then */
	p->status = VGPU_PV_S_NOMEM;
	p->fails = VGPU_PV_MSG_RESOURCE_CREATE;
	submit(p, 0, (uint32_t[]){ COMMAND(SET_INDEX_BUFFER, 0, 1u), 1 });
	pretend_refused(p, 0, "resource 1 is refused: over the quota");
}

/* a submit may name more than the ring has room for; what is left of a program that ends goes */
static void more_are_made_than_the_ring_holds(void **state)
{
	uint32_t words[1 + 8 * 300] = { COMMAND(SET_VERTEX_BUFFERS, 0, 3u * 3) };
	struct pretend *p = *state;
	uint32_t i, nr = 0;

	pretend_greet(p, 0, 2);
	for (i = 1; i <= 300; i++) {
		create_fence(p, i);
		close(created_file(p, 0));
	}
	/* three buffers a command */
	for (i = 0; i < 300; i++) {
		if (i % 3 == 0)
			words[nr++] = COMMAND(SET_VERTEX_BUFFERS, 0, 9u);
		words[nr++] = 16;
		words[nr++] = 0;
		words[nr++] = 1 + i;
	}
	pretend_say(p, 0, VTEST_SUBMIT_CMD, words, nr);
	assert_int_equal(pretend_run(p, 0), 0);
	assert_true(p->rings[0].posted < 300);
	/* not yet sent, and yet it is waited for in the right place: behind all of them */
	assert_int_equal(pretend_settle(p, 0), 0);
	assert_int_equal(p->nr_types, 1 + 2 * 300 + 1);
	assert_int_equal(p->types[601], VGPU_PV_MSG_SUBMIT);
	busy(p, 0, 1, VTEST_BUSY_WAIT_FLAG_WAIT);
	expect_busy(p, 0, 0);
	submit(p, 0, words);
	busy(p, 0, 300, 0);
	expect_busy(p, 0, 1);
	client_hang_up(&p->clients[0]);
	while (!client_settled(&p->clients[0]))
		pretend_device(p, 0, UINT32_MAX);
	assert_int_equal(p->gpu.resources.count, 0);
}

static void a_transfer_makes_busy(void **state)
{
	static const struct vtest_transfer2 get = { .handle = 1, .width = 8, .height = 1, .depth = 1,
						    .data_size = 8, .offset = 16 };
	const struct vgpu_pv_transfer *transfer;
	struct pretend *p = *state;

	pretend_greet(p, 0, 2);
	pretend_create(p, 0, 1, 64);
	pretend_create(p, 0, 2, 64);
	assert_int_equal(pretend_settle(p, 0), 0);
	close(created_file(p, 0));
	close(created_file(p, 0));
	pretend_say(p, 0, VTEST_TRANSFER_GET2, (const uint32_t *)&get, sizeof(get) / 4);
	assert_int_equal(pretend_run(p, 0), 0);
	busy(p, 0, 1, 0);
	expect_busy(p, 0, 1);
	busy(p, 0, 2, 0);
	expect_busy(p, 0, 0);
	assert_int_equal(pretend_settle(p, 0), 0);
	transfer = (const void *)p->last;
	assert_int_equal(p->types[p->nr_types - 1], VGPU_PV_MSG_TRANSFER_FROM_HOST);
	assert_int_equal(le64toh(transfer->offset), 16);
	assert_int_equal(le32toh(transfer->width), 8);
	assert_int_equal(le32toh(transfer->hdr.ctx_id), 1);
}

/* Mesa counts data in the length of PUT2 that it does not send */
static void put2_may_count_its_data(void **state)
{
	struct pretend *p = *state;
	uint32_t put[12] = { 10 + 2, VTEST_TRANSFER_PUT2, 1, 0, 0, 0, 0, 7, 1, 1, 7, 0 };

	pretend_greet(p, 0, 2);
	pretend_create(p, 0, 1, 64);
	pretend_write(p, 0, put, sizeof(put));
	put[0] = 10;
	pretend_write(p, 0, put, sizeof(put));
	assert_int_equal(pretend_settle(p, 0), 0);
	assert_int_equal(p->nr_types, 5);
	put[0] = 11;
	pretend_write(p, 0, put, sizeof(put));
	pretend_refused(p, 0, "TRANSFER_PUT2 of 11 words: it has 10, or 12 with the data counted");
}

static const uint32_t old_create[] = { 1, 2, 1, 2, 4, 4, 1, 1, 0, 0 };

/* below version 2 bytes come and go through the socket */
static void old_versions_send_their_data(void **state)
{
	static const uint32_t put[] = { 1, 0, 16, 0, 0, 0, 0, 4, 4, 1, 62 };
	const struct vtest_header header = { 11 + 16, VTEST_TRANSFER_PUT };
	struct pretend *p = *state;
	struct resource *res;
	uint8_t data[62], back[64];
	unsigned int i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)i;
	pretend_greet(p, 0, 0);
	pretend_say(p, 0, VTEST_RESOURCE_CREATE, old_create, 10);
	pretend_write(p, 0, &header, sizeof(header));
	pretend_write(p, 0, put, sizeof(put));
	pretend_write(p, 0, data, 30);
	assert_int_equal(pretend_settle(p, 0), 0);
	pretend_write(p, 0, data + 30, 32);
	assert_int_equal(pretend_run(p, 0), 0);
	res = id_table_find(&p->gpu.resources, 1);
	assert_non_null(res->map);
	assert_memory_equal(res->map, data, sizeof(data));
	/* its bytes do not change while the device may read them */
	pretend_write(p, 0, &header, sizeof(header));
	pretend_write(p, 0, put, sizeof(put));
	memset(data, 0xaa, sizeof(data));
	pretend_write(p, 0, data, sizeof(data));
	assert_int_equal(pretend_run(p, 0), 0);
	assert_int_equal(res->map[1], 1);
	assert_int_equal(pretend_settle(p, 0), 0);
	assert_memory_equal(res->map, data, sizeof(data));
	pretend_say(p, 0, VTEST_TRANSFER_GET, put, 11);
	assert_int_equal(pretend_run(p, 0), 0);
	pretend_expect(p, 0, NULL, 0);
	assert_int_equal(pretend_settle(p, 0), 0);
	assert_int_equal(pretend_read(p, 0, back, sizeof(back), NULL), 62);
	assert_memory_equal(back, data, sizeof(data));
}

static void old_data_has_bounds(void **state)
{
	static const uint32_t get[] = { 1, 0, 16, 0, 0, 0, 0, 4, 4, 1, 257 };
	static const uint32_t put[] = { 11 + 1, VTEST_TRANSFER_PUT, 1, 0, 16, 0, 0, 0, 0, 4, 4, 1, 64 };
	struct pretend *p = *state;

	pretend_greet(p, 0, 0);
	pretend_say(p, 0, VTEST_RESOURCE_CREATE, old_create, 10);
	assert_int_equal(pretend_settle(p, 0), 0);
	pretend_say(p, 0, VTEST_TRANSFER_GET, get, 11);
	pretend_refused(p, 0, "TRANSFER_GET of resource 1 with 257 bytes: it has 256");
	client_hang_up(&p->clients[0]);
	while (!client_settled(&p->clients[0]))
		pretend_device(p, 0, UINT32_MAX);
	pretend_greet(p, 1, 0);
	pretend_say(p, 1, VTEST_RESOURCE_CREATE, old_create, 10);
	pretend_write(p, 1, put, sizeof(put));
	pretend_refused(p, 1, "TRANSFER_PUT of 12 words: with its data it has 27");
}

/* programs name resources; the device's ids are the bridge's, and no two programs meet */
static void names_do_not_meet(void **state)
{
	const struct vgpu_pv_submit *wire;
	struct pretend *p = *state;
	uint32_t one = 1;

	pretend_greet(p, 0, 2);
	pretend_greet(p, 1, 2);
	pretend_create(p, 0, 1, 64);
	assert_int_equal(pretend_settle(p, 0), 0);
	close(created_file(p, 0));
	pretend_create(p, 1, 1, 64);
	assert_int_equal(pretend_settle(p, 1), 0);
	close(created_file(p, 1));
	submit(p, 1, (uint32_t[]){ COMMAND(SET_INDEX_BUFFER, 0, 3u), 1, 2, 1 });
	assert_int_equal(pretend_settle(p, 1), 0);
	wire = (const void *)p->last;
	assert_memory_equal(wire + 1, ((uint32_t[]){ COMMAND(SET_INDEX_BUFFER, 0, 3u), 2, 2, 1 }), 16);
	/* a name may be given again at once, and means the new one */
	pretend_say(p, 1, VTEST_RESOURCE_UNREF, &one, 1);
	pretend_create(p, 1, 1, 64);
	submit(p, 1, (uint32_t[]){ COMMAND(SET_INDEX_BUFFER, 0, 1u), 1 });
	close(created_file(p, 1));
	assert_int_equal(pretend_settle(p, 1), 0);
	assert_int_equal(((const uint32_t *)(wire + 1))[1], 3);
	pretend_create(p, 1, 1, 64);
	pretend_refused(p, 1, "RESOURCE_CREATE2 names resource 1, which there is");
	busy(p, 0, 1, 0);
	expect_busy(p, 0, 0);
}

/* a number that a neighbour's resource has on the device is nobody's to name */
static void a_neighbours_resource_has_no_name(void **state)
{
	struct pretend *p = *state;

	pretend_greet(p, 0, 2);
	pretend_greet(p, 1, 2);
	pretend_create(p, 0, 7, 64);
	assert_int_equal(pretend_settle(p, 0), 0);
	close(created_file(p, 0));
	pretend_say(p, 1, VTEST_SUBMIT_CMD,
		    (uint32_t[]){ COMMAND(SET_INDEX_BUFFER, 0, 1u), 1 }, 2);
	pretend_refused(p, 1, "SET_INDEX_BUFFER names resource 1, which it does not have");
	assert_int_equal(p->types[p->nr_types - 1], VGPU_PV_MSG_CTX_ATTACH);
}

static void commands_that_are_none_are_refused(void **state)
{
	struct pretend *p = *state;

	pretend_greet(p, 0, 2);
	pretend_greet(p, 1, 2);
	pretend_say(p, 0, VTEST_SUBMIT_CMD, (uint32_t[]){ COMMAND(200, 0, 0u) }, 1);
	pretend_refused(p, 0, "its commands are refused: command 200 is unknown");
	pretend_say(p, 1, VTEST_SUBMIT_CMD, (uint32_t[]){ COMMAND(SET_INDEX_BUFFER, 0, 3u), 0 }, 2);
	pretend_refused(p, 1, "its buffer ends after 1");
}

/* a ring that is full holds its client up, nothing is lost, and memory is bounded */
static void a_full_ring_holds_up(void **state)
{
	static uint32_t words[2 + 32768] = { 32768, VTEST_SUBMIT_CMD, COMMAND(0, 0, 32767u) };
	struct pretend *p = *state;
	size_t sent, len = sizeof(words);
	unsigned int i;
	ssize_t n;

	pretend_greet(p, 0, 2);
	for (i = 0; i < 200; i++) {
		words[3] = i;
		for (sent = 0; sent < len; sent += (size_t)n) {
			n = write(p->programs[0], (uint8_t *)words + sent, len - sent);
			if (n < 0) {
				n = 0;
				assert_int_equal(pretend_run(p, 0), 0);
				/* only where the ring has no room does the device get a turn */
				if (client_events(&p->clients[0]) == 0)
					assert_true(pretend_device(p, 0, 3) > 0);
			}
		}
	}
	assert_int_equal(pretend_settle(p, 0), 0);
	assert_int_equal(p->nr_types, 201);
	assert_int_equal(((uint32_t *)(p->last + sizeof(struct vgpu_pv_submit)))[1], 199);
}

/* the worker is not believed either */
static void a_device_that_lies_ends_the_client(void **state)
{
	struct pretend *p = *state;
	struct ring *ring = &p->rings[0];

	pretend_greet(p, 0, 2);
	submit_nothing(p, 0);
	ring->used->ring[0].id = 7;
	ring->used->idx = 1;
	assert_true(pretend_run(p, 0) < 0);
	assert_non_null(strstr(pretend_log, "the worker answers what was not asked"));
	pretend_greet(p, 1, 2);
	submit_nothing(p, 1);
	ring = &p->rings[1];
	ring->used->ring[0].id = 0;
	ring->used->ring[0].len = 8;
	ring->used->idx = 1;
	assert_true(pretend_run(p, 1) < 0);
	assert_non_null(strstr(pretend_log, "has 8 bytes"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		pretend_test(creation_is_answered_at_once),
		pretend_test(without_data_there_is_no_file),
		pretend_test(creation_waits_where_it_may_fail),
		pretend_test(claims_add_up),
		pretend_test(an_old_reply_brings_no_credit),
		pretend_test(creations_wait_for_one_without_claim),
		pretend_test(resources_of_a_gpu_are_bounded),
		pretend_test(a_worker_that_takes_no_files_fails_a_creation),
		pretend_test(what_was_answered_and_fails_ends_the_client),
		pretend_test(a_resource_is_busy_until_its_messages_are_complete),
		pretend_test(a_new_resource_is_a_fence),
		pretend_test(a_new_resource_is_free),
		pretend_test(a_fence_is_not_made),
		pretend_test(what_is_named_is_made),
		pretend_test(more_are_made_than_the_ring_holds),
		pretend_test(a_transfer_makes_busy),
		pretend_test(put2_may_count_its_data),
		pretend_test(old_versions_send_their_data),
		pretend_test(old_data_has_bounds),
		pretend_test(names_do_not_meet),
		pretend_test(a_neighbours_resource_has_no_name),
		pretend_test(commands_that_are_none_are_refused),
		pretend_test(a_full_ring_holds_up),
		pretend_test(a_device_that_lies_ends_the_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
