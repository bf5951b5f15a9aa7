// SPDX-License-Identifier: MIT
/*
 * A worker's front end without a virtual machine.  The memory that it shares is
 * the rings and their messages alone.  What clients map is put into the aperture,
 * a file for each resource: a region of vhost-user's memory table for each would
 * be the other way, and there are eight.
 *
 * Apart from the tests' front end, which may send what is wrong and ends the test
 * on what it does not expect, where this one returns errors and never waits once
 * its rings run.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "front_end.h"
#include "log.h"
#include "scm.h"
#include "vgpu_pv_link.h"
#include "vhost_user_protocol.h"

#define FRONT_END_GPA		(1ull << 32)	/* of the memory's first byte */
#define FRONT_END_TIMEOUT_MS	60000		/* a worker makes its renderer first */
#define FRONT_END_LINK_MS	10000		/* it may compile a shader meanwhile */

static int front_end_send(const struct front_end *fe, uint32_t request, const void *payload,
			  uint32_t len, int fd)
{
	uint8_t msg[sizeof(struct vhost_user_header) + sizeof(union vhost_user_payload)];
	const struct vhost_user_header hdr = { request, VHOST_USER_VERSION, len };
	ssize_t n;

	memcpy(msg, &hdr, sizeof(hdr));
	if (len)
		memcpy(msg + sizeof(hdr), payload, len);
	n = scm_send(fe->sock, msg, sizeof(hdr) + len, &fd, fd >= 0);
	if (n == (ssize_t)(sizeof(hdr) + len))
		return 0;
	log_err("the worker takes no vhost-user request %u: %s", request,
		strerror(n < 0 ? (int)-n : EPIPE));
	return -EPIPE;
}

static int front_end_read(const struct front_end *fe, void *buf, size_t len)
{
	struct pollfd p = { .fd = fe->sock, .events = POLLIN };
	ssize_t n;
	int ret;

	while (len) {
		ret = poll(&p, 1, FRONT_END_TIMEOUT_MS);
		if (ret < 0 && errno == EINTR)
			continue;
		if (ret <= 0)
			return -ETIMEDOUT;
		n = read(fe->sock, buf, len);
		if (n <= 0)
			return n < 0 ? -errno : -EPIPE;
		buf = (uint8_t *)buf + n;
		len -= (size_t)n;
	}
	return 0;
}

static int front_end_ask(const struct front_end *fe, uint32_t request, uint64_t *value)
{
	struct vhost_user_header hdr;
	int ret = front_end_send(fe, request, NULL, 0, -1);

	if (ret)
		return ret;
	ret = front_end_read(fe, &hdr, sizeof(hdr));
	if (!ret && (hdr.request != request || hdr.size != sizeof(*value) ||
		     hdr.flags != (VHOST_USER_VERSION | VHOST_USER_REPLY)))
		ret = -EPROTO;
	if (!ret)
		ret = front_end_read(fe, value, sizeof(*value));
	if (ret)
		log_err("the worker does not answer vhost-user request %u: %s; see the broker's log",
			request, strerror(-ret));
	return ret;
}

static int front_end_negotiate(const struct front_end *fe)
{
	const uint64_t features = VHOST_USER_F_VERSION_1 | VHOST_USER_F_EVENT_IDX |
				  VHOST_USER_F_PROTOCOL_FEATURES | 1ull << VGPU_PV_F_RENDER;
	uint64_t offered, protocol;
	int ret;

	ret = front_end_ask(fe, VHOST_USER_GET_FEATURES, &offered);
	if (ret)
		return ret;
	if (features & ~offered) {
		log_err("the worker lacks features %#llx%s",
			(unsigned long long)(features & ~offered),
			offered & 1ull << VGPU_PV_F_RENDER ? "" : ": it has no renderer");
		return -ENODEV;
	}
	ret = front_end_ask(fe, VHOST_USER_GET_PROTOCOL_FEATURES, &protocol);
	protocol &= VHOST_USER_PROTOCOL_F_MQ;
	if (!ret)
		ret = front_end_send(fe, VHOST_USER_SET_PROTOCOL_FEATURES, &protocol,
				     sizeof(protocol), -1);
	if (!ret)
		ret = front_end_send(fe, VHOST_USER_SET_OWNER, NULL, 0, -1);
	if (!ret)
		ret = front_end_send(fe, VHOST_USER_SET_FEATURES, &features, sizeof(features), -1);
	return ret;
}

/* sparse, and nobody can take pages of it away */
static int front_end_file(const char *name, uint64_t size)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd >= 0 && !ftruncate(fd, (off_t)size) &&
	    !fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		return fd;
	log_err("no shared memory of %llu bytes: %m", (unsigned long long)size);
	if (fd >= 0)
		close(fd);
	return -1;
}

static int front_end_share_memory(struct front_end *fe)
{
	struct vhost_user_memory table = {
		.nr_regions = 1,
		.regions[0] = { .gpa = FRONT_END_GPA, .size = (uint64_t)fe->nr_rings * RING_BYTES },
	};
	uint64_t size = table.regions[0].size;
	int fd = front_end_file("vgpu-pv-rings", size), ret;
	void *map;

	if (fd < 0)
		return -ENOMEM;
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (map == MAP_FAILED) {
		log_err("the rings' memory of %llu bytes cannot be mapped: %m",
			(unsigned long long)size);
		close(fd);
		return -ENOMEM;
	}
	fe->memory = map;
	/* the rings' addresses are told in ours */
	table.regions[0].uva = (uint64_t)map;
	ret = front_end_send(fe, VHOST_USER_SET_MEM_TABLE, &table,
			     offsetof(struct vhost_user_memory, regions) + sizeof(table.regions[0]),
			     fd);
	close(fd);
	return ret;
}

/*
 * The socket takes some hundred messages, and the worker takes them out with the
 * messages on the rings that need them.  A worker that is slow at that is waited for
 * a moment, not longer: others wait as well.
 */
static int front_end_link(struct front_end *fe, const struct vgpu_pv_link_msg *msg, int fd)
{
	struct pollfd p = { .fd = fe->link_sock, .events = POLLOUT };
	ssize_t n = scm_send(fe->link_sock, msg, sizeof(*msg), &fd, 1);

	if (n == -EAGAIN && poll(&p, 1, FRONT_END_LINK_MS) > 0)
		n = scm_send(fe->link_sock, msg, sizeof(*msg), &fd, 1);
	if (n == sizeof(*msg))
		return 0;
	return n < 0 ? (int)n : -EPIPE;
}

static int front_end_share_aperture(struct front_end *fe)
{
	const struct vgpu_pv_link_msg msg = {
		.type = VGPU_PV_LINK_APERTURE,
		.version = VGPU_PV_LINK_VERSION,
		.size = FRONT_END_APERTURE,
	};
	int fd = front_end_file("vgpu-pv-aperture", FRONT_END_APERTURE), pair[2], ret;

	if (fd < 0)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0) {
		ret = -errno;
		log_err("no socket pair: %s", strerror(-ret));
		close(fd);
		return ret;
	}
	fe->link_sock = pair[0];
	ret = front_end_link(fe, &msg, fd);
	if (ret)
		log_err("the worker takes no aperture: %s; see the broker's log", strerror(-ret));
	else
		ret = front_end_send(fe, VHOST_USER_GPU_SET_SOCKET, NULL, 0, pair[1]);
	close(pair[1]);
	close(fd);
	return ret;
}

/* as a device does for all its rings, before one starts */
static int front_end_name_rings(const struct front_end *fe)
{
	uint64_t payload;
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < fe->nr_rings; i++) {
		payload = (VGPU_PV_QUEUE_RING0 + i) | VHOST_USER_VRING_NOFD;
		ret = front_end_send(fe, VHOST_USER_SET_VRING_CALL, &payload, sizeof(payload), -1);
	}
	return ret;
}

int front_end_start(struct front_end *fe, int sock, unsigned int nr_rings)
{
	int ret;

	*fe = (struct front_end){ .sock = sock, .link_sock = -1, .nr_rings = nr_rings };
	fe->rings = calloc(nr_rings, sizeof(*fe->rings));
	if (!fe->rings) {
		log_err("no memory for %u rings", nr_rings);
		return -ENOMEM;
	}
	ret = front_end_negotiate(fe);
	if (!ret)
		ret = front_end_share_memory(fe);
	if (!ret)
		ret = front_end_share_aperture(fe);
	if (!ret)
		ret = front_end_name_rings(fe);
	return ret;
}

void front_end_end(struct front_end *fe)
{
	unsigned int i;

	for (i = 0; fe->rings && i < fe->nr_rings; i++) {
		if (fe->rings[i].started)
			ring_fini(&fe->rings[i]);
	}
	free(fe->rings);
	if (fe->memory)
		munmap(fe->memory, (size_t)fe->nr_rings * RING_BYTES);
	if (fe->link_sock >= 0)
		close(fe->link_sock);
	if (fe->sock >= 0)
		close(fe->sock);
	*fe = (struct front_end){ .sock = -1, .link_sock = -1 };
}

static int ring_state(const struct front_end *fe, uint32_t request, unsigned int index,
		      uint32_t num)
{
	const struct vhost_user_state state = { VGPU_PV_QUEUE_RING0 + index, num };

	return front_end_send(fe, request, &state, sizeof(state), -1);
}

static int ring_fd(const struct front_end *fe, uint32_t request, unsigned int index, int fd)
{
	const uint64_t payload = VGPU_PV_QUEUE_RING0 + index;

	return front_end_send(fe, request, &payload, sizeof(payload), fd);
}

int front_end_start_ring(struct front_end *fe, unsigned int index)
{
	struct ring *ring = &fe->rings[index];
	struct vhost_user_addr addr = { .index = VGPU_PV_QUEUE_RING0 + index };
	int ret;

	if (ring->started)
		return 0;
	ret = ring_init(ring, index, fe->memory + (size_t)index * RING_BYTES,
			FRONT_END_GPA + (uint64_t)index * RING_BYTES);
	if (ret) {
		log_err("ring %u has no descriptors: %s", index, strerror(-ret));
		return ret;
	}
	addr.desc = (uint64_t)ring->desc;
	addr.avail = (uint64_t)ring->avail;
	addr.used = (uint64_t)ring->used;
	ret = ring_state(fe, VHOST_USER_SET_VRING_NUM, index, VGPU_PV_QUEUE_SIZE);
	if (!ret)
		ret = ring_state(fe, VHOST_USER_SET_VRING_BASE, index, 0);
	if (!ret)
		ret = front_end_send(fe, VHOST_USER_SET_VRING_ADDR, &addr, sizeof(addr), -1);
	if (!ret)
		ret = ring_fd(fe, VHOST_USER_SET_VRING_KICK, index, ring->kick_fd);
	if (!ret)
		ret = ring_fd(fe, VHOST_USER_SET_VRING_CALL, index, ring->call_fd);
	if (!ret)
		ret = ring_state(fe, VHOST_USER_SET_VRING_ENABLE, index, 1);
	if (ret)
		ring_fini(ring);
	ring->started = !ret;
	return ret;
}

int front_end_place(struct front_end *fe, uint64_t offset, uint64_t size, int fd)
{
	const struct vgpu_pv_link_msg msg = {
		.type = VGPU_PV_LINK_PLACE,
		.version = VGPU_PV_LINK_VERSION,
		.size = size,
		.offset = offset,
	};

	return front_end_link(fe, &msg, fd);
}

struct answer {
	void *reply;
	uint32_t room;
	uint32_t len;
};

static void front_end_answered(void *arg, const struct ring_message *message, uint32_t len)
{
	struct answer *answer = arg;

	answer->len = len < answer->room ? len : answer->room;
	memcpy(answer->reply, message->reply, answer->len);
}

int front_end_call(struct front_end *fe, struct ring *ring, const void *request, uint32_t len,
		   void *reply, uint32_t room)
{
	struct pollfd p[2] = { { .fd = ring->call_fd, .events = POLLIN }, { .fd = fe->sock } };
	struct answer answer = { .reply = reply, .room = room };
	void *to = ring_reserve(ring, len, room);
	uint64_t count;
	int ret, n;

	memcpy(to, request, len);
	ring_post(ring, to, len, room, NULL);
	ret = ring_kick(ring);
	while (!ret) {
		if (ring_arm(ring, ring->posted))
			break;
		n = poll(p, 2, FRONT_END_TIMEOUT_MS);
		if (n < 0)
			ret = errno == EINTR ? 0 : -errno;
		else if (!n)
			ret = -ETIMEDOUT;
		else if (p[1].revents)
			ret = -EPIPE;
		else if (read(ring->call_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
			ret = -errno;
	}
	if (!ret)
		ret = ring_take(ring, front_end_answered, &answer);
	if (!ret)
		return (int)answer.len;
	log_err("the worker does not answer message %#x: %s; see the broker's log",
		le32toh(((const struct vgpu_pv_request *)request)->type), strerror(-ret));
	return ret;
}
