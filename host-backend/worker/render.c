// SPDX-License-Identifier: MIT
/*
 * The render thread.  It takes one message from each ring in turn, so that no
 * ring starves, and after a batch makes the fence and returns what completed with
 * its execution: one fence and one interrupt a ring for a batch.  The rings bring
 * no kicks while it is awake; before it sleeps it asks for them and looks once more.
 */
#include <endian.h>
#include <errno.h>
#include <malloc.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>
#include <virgl/virglrenderer.h>

#include "context.h"
#include "fence.h"
#include "message.h"
#include "render.h"
#include "resource.h"
#include "stats.h"
#include "worker.h"

#define BATCH_MESSAGES	64
#define BATCH_NS	2000000ull	/* no message starts after so long */
#define RENDER_EVENTS	16
#define RENDER_IDLE_MS	1000	/* before memory is given back */

/* epoll data beside the numbers of rings */
#define EVENT_CHANGE	VGPU_PV_MAX_RINGS

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/* each write to it tells once: nobody reads it */
static int watch_fd(struct worker *w, int fd, uint32_t data)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET, .data.u32 = data };

	return epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

int render_watch(struct worker *w, struct queue *q)
{
	return watch_fd(w, q->kick_fd, q->index);
}

void render_unwatch(struct worker *w, struct queue *q)
{
	if (q->kick_fd >= 0)
		epoll_ctl(w->epoll_fd, EPOLL_CTL_DEL, q->kick_fd, NULL);
}

/* Does what the vhost-user thread left for a moment when no message runs. */
static void render_settle(struct worker *w)
{
	const struct guest_memory *mem;
	struct guest_memory *retired, *next;
	bool reset;

	while (w->reset_pending || w->memory_changed) {
		reset = w->reset_pending;
		w->reset_pending = false;
		w->memory_changed = false;
		retired = w->retired;
		w->retired = NULL;
		mem = w->memory;
		worker_begin_execute(w);
		fence_flush(w);
		if (reset) {
			context_destroy_all(w);
			resource_destroy_all(w);
		}
		resource_translate_all(w, mem);
		w->mapped = mem;
		for (; retired; retired = next) {
			next = retired->next;
			guest_memory_free(retired);
		}
		worker_end_execute(w);
	}
}

/* Copies a chain's readable part, MESSAGE_MAX bytes of it at most. */
static int render_copy(struct worker *w, const struct ring_chain *chain)
{
	uint32_t len, room = MESSAGE_MAX;
	uint8_t *to = w->request;
	unsigned int i;

	for (i = 0; i < chain->nr_readable && room; i++) {
		len = chain->readable[i].len < room ? chain->readable[i].len : room;
		if (guest_memory_read(w->memory, chain->readable[i].gpa, to, len) < 0)
			return -EFAULT;
		to += len;
		room -= len;
	}
	for (i = 0; i < chain->nr_writable; i++) {
		if (!guest_memory_has(w->memory, chain->writable[i].gpa, chain->writable[i].len))
			return -EFAULT;
	}
	return 0;
}

static void render_answer(struct worker *w, struct queue *q, const struct message *msg,
			  uint32_t status, struct completion *done)
{
	if (done->reply_len)
		message_reply(msg, status, w->opt.memory - w->memory_used, completion_reply(done));
	if (msg->fenced) {
		done->fenced = true;
		done->fence = w->fence_wanted ? fence_next(w) : w->fence_last;
	}
	q->executed++;
	queue_done(q, done);
}

static bool render_wait_over(const struct worker *w, const struct queue *q)
{
	return w->queues[q->wait_ring].executed >= q->wait_seq;
}

static const struct message render_wait_message = { .type = VGPU_PV_MSG_WAIT_RING };

static void render_wait(struct worker *w, struct queue *q, const struct message *msg,
			struct completion *done)
{
	const struct vgpu_pv_wait_ring *wait = (const void *)w->request;
	uint32_t ring = le32toh(wait->ring);

	if (ring >= VGPU_PV_MAX_RINGS || ring == q->index || !w->queues[ring].known) {
		render_answer(w, q, msg, VGPU_PV_S_INVALID, done);
		return;
	}
	q->wait_ring = ring;
	q->wait_seq = le64toh(wait->seq);
	if (render_wait_over(w, q)) {
		render_answer(w, q, msg, VGPU_PV_S_OK, done);
		return;
	}
	q->parking = *done;
	q->parked = true;
}

static void render_execute(struct worker *w, struct queue *q, const struct message *msg,
			   struct completion *done)
{
	uint32_t generation = q->generation, status;

	worker_begin_execute(w);
	status = message_run(w, msg, w->request,
			     done->reply_len ? completion_reply(done) : NULL);
	worker_end_execute(w);
	if (q->generation == generation)
		render_answer(w, q, msg, status, done);
	else
		completion_free(done);
}

static bool render_one(struct worker *w, struct queue *q, struct ring_chain *chain)
{
	struct completion done;
	struct message msg;
	const char *why;
	int ret;

	render_settle(w);
	if (!queue_running(q))
		return false;
	if (q->parked) {
		if (!render_wait_over(w, q))
			return false;
		q->parked = false;
		render_answer(w, q, &render_wait_message, VGPU_PV_S_OK, &q->parking);
		return true;
	}
	ret = ring_pop(&q->ring, w->memory, chain, &why);
	if (!ret)
		return false;
	if (ret > 0 && render_copy(w, chain) < 0) {
		why = "a descriptor is not in guest memory";
		ret = -EFAULT;
	}
	if (ret < 0) {
		queue_break(q, why);
		return false;
	}
	message_check(&msg, w->request, chain->readable_len, chain->writable_len);
	if (completion_init(&done, chain, msg.reply_len) < 0) {
		queue_break(q, "the host has no memory for a reply");
		return false;
	}
	stats_add(w->stats->messages, 1);
	stats_add(w->stats->bytes_in, chain->readable_len);
	if (msg.status)
		render_answer(w, q, &msg, msg.status, &done);
	else if (msg.wait)
		render_wait(w, q, &msg, &done);
	else
		render_execute(w, q, &msg, &done);
	return true;
}

static void render_fences(struct worker *w)
{
	uint32_t passed = w->fence_passed;
	bool queries = passed != w->fence_done;

	if (!w->fence_wanted && !queries)
		return;
	worker_begin_execute(w);
	fence_flush(w);
	if (queries)
		virgl_renderer_poll();
	worker_end_execute(w);
	if (queries)
		w->fence_done = passed;
}

/* Runs and returns messages; true: there may be more at once. */
static bool render_batch(struct worker *w, struct ring_chain *chain)
{
	uint64_t start = now_ns();
	unsigned int n = 0, i, before;

	do {
		before = n;
		for (i = 0; i < VGPU_PV_MAX_RINGS && !w->quit; i++)
			n += render_one(w, &w->queues[i], chain);
	} while (n > before && n < BATCH_MESSAGES && now_ns() - start < BATCH_NS);
	render_fences(w);
	for (i = 0; i < VGPU_PV_MAX_RINGS; i++)
		queue_complete(&w->queues[i], w->memory, w->fence_done, w->stats);
	return n > 0;
}

/*
 * The heap keeps what is freed below what is still in use, in time as much as all
 * clients ever had at once, and at its end what one scene needs; so it is given back
 * when a client has ended, and once when there is nothing more to do.
 */
static void render_give_back(struct worker *w)
{
	w->context_ended = false;
	w->heap_used = false;
	worker_begin_execute(w);
	malloc_trim(0);
	worker_end_execute(w);
}

/* true: a message came that brought no kick */
static bool render_enable_kicks(struct worker *w)
{
	struct queue *q;
	bool more = false;
	unsigned int i;

	for (i = 0; i < VGPU_PV_MAX_RINGS; i++) {
		q = &w->queues[i];
		/* a parked ring goes on when another one does */
		if (queue_running(q) && !q->parked)
			more |= ring_enable_kicks(&q->ring);
	}
	return more;
}

static void render_disable_kicks(struct worker *w)
{
	unsigned int i;

	for (i = 0; i < VGPU_PV_MAX_RINGS; i++) {
		if (queue_running(&w->queues[i]))
			ring_disable_kicks(&w->queues[i].ring);
	}
}

/* Sleeps without the lock; returns with it.  true: nothing came for long. */
static bool render_sleep(struct worker *w)
{
	struct epoll_event events[RENDER_EVENTS];
	int n, i;

	pthread_mutex_unlock(&w->lock);
	n = epoll_wait(w->epoll_fd, events, RENDER_EVENTS, w->heap_used ? RENDER_IDLE_MS : -1);
	pthread_mutex_lock(&w->lock);
	for (i = 0; i < n; i++) {
		if (events[i].data.u32 != EVENT_CHANGE)
			stats_add(w->stats->kicks, 1);
	}
	return !n;
}

int render_run(struct worker *w)
{
	struct ring_chain chain;
	bool idle;
	int ret;

	ret = watch_fd(w, w->change_fd, EVENT_CHANGE);
	if (ret) {
		log_err("events cannot be watched: %s", strerror(-ret));
		return ret;
	}
	pthread_mutex_lock(&w->lock);
	while (!w->quit) {
		render_settle(w);
		if (render_batch(w, &chain)) {
			w->heap_used = true;
			continue;
		}
		if (w->context_ended)
			render_give_back(w);
		if (render_enable_kicks(w)) {
			render_disable_kicks(w);
			continue;
		}
		idle = render_sleep(w);
		render_disable_kicks(w);
		if (idle)
			render_give_back(w);
	}
	pthread_mutex_unlock(&w->lock);
	return 0;
}
