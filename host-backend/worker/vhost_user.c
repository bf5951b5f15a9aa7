// SPDX-License-Identifier: MIT
/*
 * The vhost-user protocol, on a thread of its own.  A table says for each
 * request how long it is and how many descriptors it brings; one gate compares,
 * and closes what it refuses.  A message that breaks the protocol ends the
 * connection, and with it the worker: QEMU then knows that the renderer is gone,
 * where going on with half a set-up would show as a hang.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "aperture.h"
#include "render.h"
#include "scm.h"
#include "vhost_user.h"
#include "vhost_user_protocol.h"
#include "worker.h"

#define QUIT_WAIT_MS	500

/* a render thread that is about to exit is not stuck, but a sanitizer takes its time */
#ifdef __SANITIZE_ADDRESS__
#define LOOKS_FOR_LEAKS	1
#else
#define LOOKS_FOR_LEAKS	0
#endif

struct vhost_user {
	struct worker *w;
	int sock;
};

struct vhost_user_msg {
	struct vhost_user_header hdr;
	union vhost_user_payload payload;
	int fds[SCM_MAX_FDS];
	unsigned int nr_fds;
};

/* A handler that keeps a descriptor puts -1 in its place. */
struct vhost_user_type {
	const char *name;
	uint32_t size;
	uint32_t max_fds;
	bool any_size;		/* up to the payload's */
	uint32_t reply;		/* bytes; 0: none */
	int (*handler)(struct worker *w, struct vhost_user_msg *msg);
};

static int take_fd(struct vhost_user_msg *msg)
{
	int fd = msg->nr_fds ? msg->fds[0] : -1;

	msg->fds[0] = -1;
	return fd;
}

/*
 * NULL, with an error line: not a ring.  QEMU names every ring of the device (it
 * sets all call descriptors) before it starts one, which is how we know how many
 * there are.
 */
static struct queue *find_queue(struct worker *w, uint32_t vq)
{
	struct queue *q;

	if (vq >= VGPU_PV_QUEUE_RING0 && vq < VGPU_PV_QUEUE_RING0 + VGPU_PV_MAX_RINGS) {
		q = &w->queues[vq - VGPU_PV_QUEUE_RING0];
		worker_enter(w);
		q->known = true;
		worker_leave(w);
		return q;
	}
	log_err("vhost-user: virtqueue %u is not a submit ring (%u to %u)", vq,
		VGPU_PV_QUEUE_RING0, VGPU_PV_QUEUE_RING0 + VGPU_PV_MAX_RINGS - 1);
	return NULL;
}

static void stop_queue(struct worker *w, struct queue *q)
{
	render_unwatch(w, q);
	if (q->kick_fd >= 0)
		close(q->kick_fd);
	q->kick_fd = -1;
	q->started = false;
}

static uint64_t offered_features(const struct worker *w)
{
	return w->no_renderer ? VHOST_USER_FEATURES & ~(1ull << VGPU_PV_F_RENDER) :
				VHOST_USER_FEATURES;
}

static int get_features(struct worker *w, struct vhost_user_msg *msg)
{
	msg->payload.u64 = offered_features(w);
	return 0;
}

static int set_features(struct worker *w, struct vhost_user_msg *msg)
{
	unsigned int i;

	if (msg->payload.u64 & ~offered_features(w)) {
		log_err("vhost-user: features %#llx were not offered",
			(unsigned long long)(msg->payload.u64 & ~offered_features(w)));
		return -EPROTO;
	}
	worker_enter(w);
	w->features = msg->payload.u64;
	for (i = 0; i < VGPU_PV_MAX_RINGS; i++)
		w->queues[i].ring.event_idx = w->features & VHOST_USER_F_EVENT_IDX;
	worker_leave(w);
	return 0;
}

static int get_protocol_features(struct worker *w, struct vhost_user_msg *msg)
{
	(void)w;
	msg->payload.u64 = VHOST_USER_PROTOCOL_FEATURES;
	return 0;
}

static int set_protocol_features(struct worker *w, struct vhost_user_msg *msg)
{
	(void)w;
	if (msg->payload.u64 & ~VHOST_USER_PROTOCOL_FEATURES) {
		log_err("vhost-user: protocol features %#llx were not offered",
			(unsigned long long)msg->payload.u64);
		return -EPROTO;
	}
	return 0;
}

static int get_queue_num(struct worker *w, struct vhost_user_msg *msg)
{
	(void)w;
	msg->payload.u64 = VGPU_PV_QUEUE_RING0 + VGPU_PV_MAX_RINGS;
	return 0;
}

static int do_nothing(struct worker *w, struct vhost_user_msg *msg)
{
	(void)w;
	(void)msg;
	return 0;
}

static int reset_device(struct worker *w, struct vhost_user_msg *msg)
{
	struct queue *q;
	unsigned int i;

	(void)msg;
	worker_enter(w);
	for (i = 0; i < VGPU_PV_MAX_RINGS; i++) {
		q = &w->queues[i];
		stop_queue(w, q);
		queue_restart(q, 0);
		q->enabled = false;
		q->addressed = false;
		q->executed = 0;
	}
	w->reset_pending = true;
	worker_wait_boundary(w);
	worker_leave(w);
	worker_changed(w);
	return 0;
}

static int set_mem_table(struct worker *w, struct vhost_user_msg *msg)
{
	const struct vhost_user_memory *table = &msg->payload.memory;
	const struct vhost_user_region *region;
	struct guest_memory *mem;
	unsigned int i;
	int ret;

	if (msg->hdr.size < offsetof(struct vhost_user_memory, regions) ||
	    table->nr_regions > GUEST_MEMORY_MAX_REGIONS || table->nr_regions != msg->nr_fds ||
	    msg->hdr.size != offsetof(struct vhost_user_memory, regions) +
				     table->nr_regions * sizeof(*region)) {
		log_err("vhost-user: a memory table of %u bytes with %u descriptors is malformed, or has more than %u regions",
			msg->hdr.size, msg->nr_fds, GUEST_MEMORY_MAX_REGIONS);
		return -EPROTO;
	}
	mem = guest_memory_new(&w->stats->bytes_copied);
	if (!mem)
		return -ENOMEM;
	for (i = 0; i < table->nr_regions; i++) {
		region = &table->regions[i];
		ret = guest_memory_add(mem, region->gpa, region->uva, region->size,
				       region->offset, msg->fds[i]);
		if (ret) {
			log_err("vhost-user: guest memory at %#llx, %llu bytes, cannot be mapped: %s",
				(unsigned long long)region->gpa,
				(unsigned long long)region->size, strerror(-ret));
			guest_memory_free(mem);
			return ret;
		}
	}
	worker_enter(w);
	w->memory->next = w->retired;
	w->retired = w->memory;
	w->memory = mem;
	w->memory_changed = true;
	for (i = 0; i < VGPU_PV_MAX_RINGS; i++)
		queue_translate(&w->queues[i], mem);
	worker_leave(w);
	worker_changed(w);
	return 0;
}

static int set_vring_num(struct worker *w, struct vhost_user_msg *msg)
{
	struct queue *q = find_queue(w, msg->payload.state.index);
	int ret = 0;

	if (!q)
		return 0;
	worker_enter(w);
	if (q->started || !ring_num_valid(msg->payload.state.num)) {
		log_err("vhost-user: ring %u cannot have %u entries: a power of two up to %u, while it is stopped",
			q->index, msg->payload.state.num, RING_MAX_SIZE);
		ret = -EPROTO;
	} else {
		q->ring.num = msg->payload.state.num;
	}
	worker_leave(w);
	return ret;
}

static int set_vring_addr(struct worker *w, struct vhost_user_msg *msg)
{
	const struct vhost_user_addr *addr = &msg->payload.addr;
	struct queue *q = find_queue(w, addr->index);
	int ret = 0;

	if (!q)
		return 0;
	worker_enter(w);
	q->desc_uva = addr->desc;
	q->avail_uva = addr->avail;
	q->used_uva = addr->used;
	q->addressed = true;
	queue_translate(q, w->memory);
	if (!q->ring.desc || addr->desc % 16 || addr->avail % 2 || addr->used % 4) {
		log_err("vhost-user: ring %u's addresses are not in guest memory, or not aligned",
			q->index);
		q->addressed = false;
		ret = -EPROTO;
	}
	worker_leave(w);
	return ret;
}

/* the same index goes on with all that was taken and not returned */
static int set_vring_base(struct worker *w, struct vhost_user_msg *msg)
{
	struct queue *q = find_queue(w, msg->payload.state.index);

	if (!q)
		return 0;
	worker_enter(w);
	if ((uint16_t)msg->payload.state.num != q->ring.used_idx)
		queue_restart(q, (uint16_t)msg->payload.state.num);
	worker_leave(w);
	return 0;
}

static int get_vring_base(struct worker *w, struct vhost_user_msg *msg)
{
	struct queue *q = find_queue(w, msg->payload.state.index);

	msg->payload.state.num = 0;
	if (!q)
		return 0;
	worker_enter(w);
	stop_queue(w, q);
	worker_wait_boundary(w);
	msg->payload.state.num = q->ring.used_idx;
	worker_leave(w);
	return 0;
}

static int set_vring_kick(struct worker *w, struct vhost_user_msg *msg)
{
	struct queue *q = find_queue(w, msg->payload.u64 & VHOST_USER_VRING_INDEX_MASK);
	int fd, ret = 0;

	if (!q)
		return 0;
	if (msg->payload.u64 & VHOST_USER_VRING_NOFD || !msg->nr_fds) {
		log_err("vhost-user: ring %u has no kick descriptor, and is not polled", q->index);
		return -EPROTO;
	}
	fd = take_fd(msg);
	/* the descriptor is read when events say so, and they may be stale */
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	worker_enter(w);
	stop_queue(w, q);
	q->kick_fd = fd;
	if (!q->addressed) {
		log_err("vhost-user: ring %u is started without addresses", q->index);
		ret = -EPROTO;
	} else {
		ret = render_watch(w, q);
		q->started = !ret;
	}
	if (!(w->features & VHOST_USER_F_PROTOCOL_FEATURES))
		q->enabled = true;
	worker_leave(w);
	/* messages may have been made available before there was a kick */
	worker_changed(w);
	return ret;
}

static int set_vring_fd(struct worker *w, struct vhost_user_msg *msg, bool call)
{
	struct queue *q = find_queue(w, msg->payload.u64 & VHOST_USER_VRING_INDEX_MASK);
	static const uint64_t one = 1;
	int fd, *slot;

	if (!q)
		return 0;
	fd = msg->payload.u64 & VHOST_USER_VRING_NOFD ? -1 : take_fd(msg);
	worker_enter(w);
	slot = call ? &q->call_fd : &q->err_fd;
	if (*slot >= 0)
		close(*slot);
	*slot = fd;
	/*
	 * QEMU goes on without waiting for us, so what we wrote to the old
	 * descriptor meanwhile may be seen by nobody: call again, at worst in vain.
	 */
	if (call && fd >= 0 && q->started && write(fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		log_err("vhost-user: ring %u cannot be called: %s", q->index, strerror(errno));
	worker_leave(w);
	return 0;
}

static int set_vring_call(struct worker *w, struct vhost_user_msg *msg)
{
	return set_vring_fd(w, msg, true);
}

static int set_vring_err(struct worker *w, struct vhost_user_msg *msg)
{
	return set_vring_fd(w, msg, false);
}

static int set_vring_enable(struct worker *w, struct vhost_user_msg *msg)
{
	struct queue *q = find_queue(w, msg->payload.state.index);

	if (!q)
		return 0;
	worker_enter(w);
	q->enabled = msg->payload.state.num;
	worker_leave(w);
	worker_changed(w);
	return 0;
}

static int gpu_set_socket(struct worker *w, struct vhost_user_msg *msg)
{
	if (!msg->nr_fds) {
		log_err("vhost-user: the private socket came without a descriptor");
		return -EPROTO;
	}
	return aperture_receive(w, take_fd(msg));
}

#define REQUEST(id, bytes, ...)	[VHOST_USER_##id] = { .name = #id, .size = bytes, __VA_ARGS__ }

static const struct vhost_user_type vhost_user_types[] = {
	REQUEST(GET_FEATURES, 0, .reply = 8, .handler = get_features),
	REQUEST(SET_FEATURES, 8, .handler = set_features),
	REQUEST(SET_OWNER, 0, .handler = do_nothing),
	REQUEST(RESET_OWNER, 0, .handler = do_nothing),
	REQUEST(SET_MEM_TABLE, 0, .any_size = true, .max_fds = GUEST_MEMORY_MAX_REGIONS,
		.handler = set_mem_table),
	REQUEST(SET_VRING_NUM, 8, .handler = set_vring_num),
	REQUEST(SET_VRING_ADDR, sizeof(struct vhost_user_addr), .handler = set_vring_addr),
	REQUEST(SET_VRING_BASE, 8, .handler = set_vring_base),
	REQUEST(GET_VRING_BASE, 8, .reply = 8, .handler = get_vring_base),
	REQUEST(SET_VRING_KICK, 8, .max_fds = 1, .handler = set_vring_kick),
	REQUEST(SET_VRING_CALL, 8, .max_fds = 1, .handler = set_vring_call),
	REQUEST(SET_VRING_ERR, 8, .max_fds = 1, .handler = set_vring_err),
	REQUEST(GET_PROTOCOL_FEATURES, 0, .reply = 8, .handler = get_protocol_features),
	REQUEST(SET_PROTOCOL_FEATURES, 8, .handler = set_protocol_features),
	REQUEST(GET_QUEUE_NUM, 0, .reply = 8, .handler = get_queue_num),
	REQUEST(SET_VRING_ENABLE, 8, .handler = set_vring_enable),
	REQUEST(GPU_SET_SOCKET, 0, .any_size = true, .max_fds = 1, .handler = gpu_set_socket),
	REQUEST(RESET_DEVICE, 0, .handler = reset_device),
};

/* 1: read; 0: the peer closed; negative: -errno */
static int read_full(int sock, void *buf, size_t len, int *fds, unsigned int *nr_fds)
{
	unsigned int extra;
	int extra_fds[SCM_MAX_FDS];
	size_t have = 0;
	ssize_t n;

	while (have < len) {
		/* descriptors come with a message's first byte */
		if (!have && fds) {
			n = scm_recv(sock, buf, len, fds, nr_fds);
		} else {
			n = scm_recv(sock, (uint8_t *)buf + have, len - have, extra_fds, &extra);
			scm_close_fds(extra_fds, extra);
		}
		if (n <= 0)
			return n < 0 ? (int)n : (have ? -EPIPE : 0);
		have += (size_t)n;
	}
	return 1;
}

static int vhost_user_read(int sock, struct vhost_user_msg *msg)
{
	int ret;

	msg->nr_fds = 0;
	ret = read_full(sock, &msg->hdr, sizeof(msg->hdr), msg->fds, &msg->nr_fds);
	if (ret <= 0)
		return ret;
	if ((msg->hdr.flags & VHOST_USER_VERSION_MASK) != VHOST_USER_VERSION ||
	    msg->hdr.flags & VHOST_USER_REPLY || msg->hdr.size > sizeof(msg->payload)) {
		log_err("vhost-user: request %u with flags %#x and %u bytes is malformed",
			msg->hdr.request, msg->hdr.flags, msg->hdr.size);
		return -EPROTO;
	}
	memset(&msg->payload, 0, sizeof(msg->payload));
	if (!msg->hdr.size)
		return 1;
	ret = read_full(sock, &msg->payload, msg->hdr.size, NULL, NULL);
	return ret ? ret : -EPIPE;
}

static int vhost_user_handle(struct vhost_user *vu, struct vhost_user_msg *msg)
{
	const struct vhost_user_type *type = NULL;
	uint8_t reply[sizeof(msg->hdr) + sizeof(msg->payload)];
	ssize_t n;
	int ret;

	if (msg->hdr.request < sizeof(vhost_user_types) / sizeof(vhost_user_types[0]))
		type = &vhost_user_types[msg->hdr.request];
	if (!type || !type->handler) {
		log_err("vhost-user: request %u is not served", msg->hdr.request);
		return -EPROTO;
	}
	if ((!type->any_size && msg->hdr.size != type->size) || msg->nr_fds > type->max_fds) {
		log_err("vhost-user: %s with %u bytes and %u descriptors is malformed", type->name,
			msg->hdr.size, msg->nr_fds);
		return -EPROTO;
	}
	ret = type->handler(vu->w, msg);
	if (ret || !type->reply)
		return ret;
	msg->hdr.flags = VHOST_USER_VERSION | VHOST_USER_REPLY;
	msg->hdr.size = type->reply;
	memcpy(reply, &msg->hdr, sizeof(msg->hdr));
	memcpy(reply + sizeof(msg->hdr), &msg->payload, type->reply);
	n = scm_send(vu->sock, reply, sizeof(msg->hdr) + type->reply, NULL, 0);
	return n < 0 ? (int)n : 0;
}

/* The render thread ends the process in good order; if it is stuck, we do. */
static void vhost_user_quit(struct worker *w)
{
	const struct timespec wait = { .tv_nsec = QUIT_WAIT_MS * 1000000l };

	worker_enter(w);
	w->quit = true;
	worker_leave(w);
	worker_changed(w);
	do {
		nanosleep(&wait, NULL);
	} while (LOOKS_FOR_LEAKS && __atomic_load_n(&w->stats->renderer_state, __ATOMIC_RELAXED) ==
					    VGPU_PV_RENDERER_LOST);
	_exit(EXIT_SUCCESS);
}

static void *vhost_user_thread(void *arg)
{
	struct vhost_user *vu = arg;
	struct vhost_user_msg msg;
	struct worker *w = vu->w;
	int ret;

	do {
		ret = vhost_user_read(vu->sock, &msg);
		if (ret > 0)
			ret = vhost_user_handle(vu, &msg) ? -EPROTO : 1;
		scm_close_fds(msg.fds, msg.nr_fds);
	} while (ret > 0);
	if (ret)
		log_err("the connection to QEMU is given up: %s", strerror(-ret));
	else
		log_info("QEMU closed the connection");
	close(vu->sock);
	free(vu);
	vhost_user_quit(w);
	return NULL;
}

int vhost_user_start(struct worker *w, int sock)
{
	struct vhost_user *vu = malloc(sizeof(*vu));
	pthread_t thread;
	int ret;

	if (!vu)
		return -ENOMEM;
	vu->w = w;
	vu->sock = sock;
	ret = pthread_create(&thread, NULL, vhost_user_thread, vu);
	if (ret) {
		free(vu);
		return -ret;
	}
	pthread_detach(thread);
	return 0;
}
