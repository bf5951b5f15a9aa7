// SPDX-License-Identifier: MIT
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "pretend.h"
#include "scm.h"
#include "vgpu_pv_link.h"

char pretend_log[4096];

int pretend_setup(void **state)
{
	struct pretend *p = calloc(1, sizeof(*p));
	size_t size = (size_t)PRETEND_CLIENTS * RING_BYTES;
	unsigned int i;
	int pair[2];

	p->memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(p->memory, MAP_FAILED);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	p->link = pair[0];
	fcntl(p->link, F_SETFL, O_NONBLOCK);
	p->gpu = (struct gpu){
		.memory = PRETEND_QUOTA,
		.credit = PRETEND_QUOTA,
		.broker_sock = -1,
		.fe = { .sock = -1, .link_sock = pair[1], .nr_rings = PRETEND_CLIENTS },
		.aperture.size = FRONT_END_APERTURE,
		.next_id = 1,
		.max_resources = UINT32_MAX,
		.errors = LOG_LIMIT_INIT,
		.capsets = { { 1, 308, { 1 } }, { 2, 1376, { 2 } } },
	};
	p->credit = PRETEND_QUOTA;
	for (i = 0; i < PRETEND_CLIENTS; i++) {
		assert_int_equal(ring_init(&p->rings[i], i, p->memory + (size_t)i * RING_BYTES,
					   (uint64_t)i * RING_BYTES), 0);
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
					    pair), 0);
		p->programs[i] = pair[0];
		client_init(&p->clients[i], &p->gpu, &p->rings[i], pair[1], i + 1);
	}
	*state = p;
	return 0;
}

int pretend_teardown(void **state)
{
	struct pretend *p = *state;
	unsigned int i;

	for (i = 0; i < PRETEND_CLIENTS; i++) {
		if (p->programs[i] >= 0)
			close(p->programs[i]);
		if (p->clients[i].sock >= 0)
			client_hang_up(&p->clients[i]);
		ring_fini(&p->rings[i]);
	}
	close(p->link);
	gpu_close(&p->gpu);
	munmap(p->memory, (size_t)PRETEND_CLIENTS * RING_BYTES);
	free(p);
	return 0;
}

void pretend_write(struct pretend *p, unsigned int i, const void *data, size_t len)
{
	assert_int_equal(write(p->programs[i], data, len), len);
}

void pretend_say(struct pretend *p, unsigned int i, uint32_t command, const uint32_t *words,
		 uint32_t nr)
{
	const struct vtest_header header = { .length = nr, .command = command };

	pretend_write(p, i, &header, sizeof(header));
	if (nr)
		pretend_write(p, i, words, nr * sizeof(*words));
}

void pretend_greet(struct pretend *p, unsigned int i, uint32_t version)
{
	static const struct vtest_header header = { 5, VTEST_CREATE_RENDERER };
	const uint32_t answer[] = { 1, VTEST_PROTOCOL_VERSION, version };

	pretend_write(p, i, &header, sizeof(header));
	pretend_write(p, i, "test", 5);
	pretend_say(p, i, VTEST_PROTOCOL_VERSION, &version, 1);
	assert_int_equal(pretend_run(p, i), 0);
	pretend_expect(p, i, answer, 3);
}

void pretend_create(struct pretend *p, unsigned int i, uint32_t handle, uint32_t size)
{
	const struct vtest_resource_create create = {
		.handle = handle,
		.format = 64,
		.bind = 1 << 4,
		.width = size,
		.height = 1,
		.depth = 1,
		.data_size = size,
	};

	pretend_say(p, i, VTEST_RESOURCE_CREATE2, (const uint32_t *)&create, sizeof(create) / 4);
}

/* the bridge's own, in its place */
void __wrap_log_printf(enum log_level level, const char *fmt, ...);

void __wrap_log_printf(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	if (level > LOG_LEVEL_WARN)
		return;
	va_start(ap, fmt);
	vsnprintf(pretend_log, sizeof(pretend_log), fmt, ap);
	va_end(ap);
}

int pretend_run(struct pretend *p, unsigned int i)
{
	int ret;

	pretend_log[0] = '\0';
	p->clients[i].readable = true;
	do {
		ret = client_run(&p->clients[i]);
	} while (ret > 0);
	return ret;
}

static void take_files(struct pretend *p)
{
	struct vgpu_pv_link_msg msg;
	int fds[SCM_MAX_FDS];
	unsigned int nr_fds;

	while (scm_recv(p->link, &msg, sizeof(msg), fds, &nr_fds) == sizeof(msg)) {
		assert_int_equal(msg.type, VGPU_PV_LINK_PLACE);
		assert_int_equal(nr_fds, 1);
		assert_int_equal(msg.size % 4096 + msg.offset % 4096, 0);
		assert_true(fcntl(fds[0], F_GET_SEALS) & F_SEAL_SHRINK);
		assert_true((uint64_t)lseek(fds[0], 0, SEEK_END) >= msg.size);
		scm_close_fds(fds, nr_fds);
		p->placed++;
	}
}

static void execute(struct pretend *p, struct ring *ring, unsigned int head)
{
	const uint8_t *request = (uint8_t *)ring->desc + (ring->desc[head].addr - ring->gpa);
	const struct vring_desc *room = &ring->desc[ring->desc[head].next];
	struct vgpu_pv_reply *reply = (void *)((uint8_t *)ring->desc + (room->addr - ring->gpa));
	struct vring_used_elem *elem = &ring->used->ring[ring->used->idx % VGPU_PV_QUEUE_SIZE];
	uint32_t len = ring->desc[head].len, type;

	assert_true(len >= sizeof(struct vgpu_pv_request) && room->len >= sizeof(*reply));
	memcpy(&type, request, sizeof(type));
	memcpy(p->last, request, len < sizeof(p->last) ? len : sizeof(p->last));
	assert_true(p->nr_types < PRETEND_MESSAGES);
	p->types[p->nr_types++] = type;
	take_files(p);
	*reply = (struct vgpu_pv_reply){
		.type = type | VGPU_PV_MSG_REPLY,
		.status = !p->fails || p->fails == type ? p->status : VGPU_PV_S_OK,
		.credit = p->credit,
	};
	*elem = (struct vring_used_elem){ .id = head, .len = sizeof(*reply) };
	ring->used->idx++;
}

unsigned int pretend_device(struct pretend *p, unsigned int i, unsigned int most)
{
	struct ring *ring = &p->rings[i];
	unsigned int n;

	for (n = 0; n < most && p->taken[i] != ring->avail->idx; n++)
		execute(p, ring, ring->avail->ring[p->taken[i]++ % VGPU_PV_QUEUE_SIZE]);
	return n;
}

int pretend_settle(struct pretend *p, unsigned int i)
{
	int ret;

	do {
		ret = pretend_run(p, i);
	} while (!ret && pretend_device(p, i, UINT32_MAX));
	return ret;
}

size_t pretend_read(struct pretend *p, unsigned int i, void *data, size_t room, int *fd)
{
	int fds[SCM_MAX_FDS];
	unsigned int nr_fds;
	ssize_t n = scm_recv(p->programs[i], data, room, fds, &nr_fds);

	assert_true(nr_fds <= 1);
	if (fd)
		*fd = nr_fds ? fds[0] : -1;
	else
		scm_close_fds(fds, nr_fds);
	return n > 0 ? (size_t)n : 0;
}

void pretend_expect(struct pretend *p, unsigned int i, const uint32_t *words, uint32_t nr)
{
	uint32_t data[64];

	assert_int_equal(pretend_read(p, i, data, sizeof(data), NULL), nr * sizeof(*words));
	if (nr)
		assert_memory_equal(data, words, nr * sizeof(*words));
}

void pretend_refused(struct pretend *p, unsigned int i, const char *text)
{
	assert_true(pretend_settle(p, i) < 0);
	if (!strstr(pretend_log, text))
		fail_msg("'%s' is not in: %s", text, pretend_log);
}
