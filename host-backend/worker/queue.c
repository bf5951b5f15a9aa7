// SPDX-License-Identifier: MIT
/*
 * A submit ring's life: started and stopped by QEMU, with the messages that
 * were run and are not yet returned.  These stay here while the ring is
 * stopped, so that a stop loses nothing, and leave in the ring's order, as each
 * one's fence has passed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue.h"
#include "stats.h"

void queue_init(struct queue *q, unsigned int index)
{
	*q = (struct queue){ .index = index, .kick_fd = -1, .call_fd = -1, .err_fd = -1 };
}

static void queue_drop(struct queue *q)
{
	if (q->parked)
		completion_free(&q->parking);
	q->parked = false;
	for (; q->count; q->count--) {
		completion_free(&q->completions[q->first]);
		q->first = (q->first + 1) % RING_MAX_SIZE;
	}
	q->generation++;
}

void queue_close(struct queue *q)
{
	queue_drop(q);
	if (q->kick_fd >= 0)
		close(q->kick_fd);
	if (q->call_fd >= 0)
		close(q->call_fd);
	if (q->err_fd >= 0)
		close(q->err_fd);
	q->kick_fd = q->call_fd = q->err_fd = -1;
}

void queue_translate(struct queue *q, const struct guest_memory *mem)
{
	struct ring *ring = &q->ring;

	if (!q->addressed || !ring->num)
		return;
	ring->desc = guest_memory_uva(mem, q->desc_uva, ring_desc_bytes(ring->num));
	ring->avail = guest_memory_uva(mem, q->avail_uva, ring_avail_bytes(ring->num));
	ring->used = guest_memory_uva(mem, q->used_uva, ring_used_bytes(ring->num));
	if (!ring->desc || !ring->avail || !ring->used) {
		ring->desc = NULL;
		if (q->started)
			queue_break(q, "it is not in guest memory");
	}
}

void queue_restart(struct queue *q, uint16_t idx)
{
	queue_drop(q);
	ring_reset(&q->ring, idx);
	q->broken = false;
}

void queue_break(struct queue *q, const char *why)
{
	uint64_t one = 1;

	q->broken = true;
	log_err("ring %u is stopped until it is reset: %s", q->index, why);
	if (q->err_fd >= 0 && write(q->err_fd, &one, sizeof(one)) < 0)
		log_err("ring %u: its error cannot be reported: %m", q->index);
}

int completion_init(struct completion *done, const struct ring_chain *chain, uint32_t reply_len)
{
	uint32_t left = reply_len, len;
	struct ring_segment *segments;
	unsigned int i;

	*done = (struct completion){ .head = chain->head, .reply_len = reply_len };
	if (!reply_len)
		return 0;
	segments = &done->segment;
	if (chain->writable[0].len < reply_len) {
		done->segments = calloc(chain->nr_writable, sizeof(*segments));
		segments = done->segments;
		if (!segments)
			return -ENOMEM;
	}
	for (i = 0; i < chain->nr_writable && left; i++) {
		len = chain->writable[i].len < left ? chain->writable[i].len : left;
		segments[done->nr_segments++] =
			(struct ring_segment){ .gpa = chain->writable[i].gpa, .len = len };
		left -= len;
	}
	if (reply_len > sizeof(done->short_reply)) {
		done->long_reply = calloc(1, reply_len);
		if (!done->long_reply) {
			completion_free(done);
			return -ENOMEM;
		}
	}
	return 0;
}

void completion_free(struct completion *done)
{
	free(done->segments);
	free(done->long_reply);
}

void *completion_reply(struct completion *done)
{
	return done->long_reply ? (void *)done->long_reply : &done->short_reply;
}

void queue_done(struct queue *q, const struct completion *done)
{
	q->completions[(q->first + q->count) % RING_MAX_SIZE] = *done;
	q->count++;
}

static uint32_t completion_write(struct completion *done, const struct guest_memory *mem)
{
	const struct ring_segment *seg = done->segments ? done->segments : &done->segment;
	const uint8_t *reply = completion_reply(done);
	unsigned int i;

	for (i = 0; i < done->nr_segments; i++, seg++) {
		if (guest_memory_write(mem, seg->gpa, reply, seg->len) < 0)
			return 0;
		reply += seg->len;
	}
	return done->reply_len;
}

void queue_complete(struct queue *q, const struct guest_memory *mem, uint32_t fence_done,
		    struct vgpu_pv_stats *stats)
{
	uint64_t one = 1, bytes = 0;
	struct completion *done;
	unsigned int n = 0;
	uint32_t len;

	if (!queue_running(q))
		return;
	while (q->count) {
		done = &q->completions[q->first];
		if (done->fenced && !fence_passed(done->fence, fence_done))
			break;
		len = completion_write(done, mem);
		ring_push(&q->ring, done->head, len);
		bytes += len;
		completion_free(done);
		q->first = (q->first + 1) % RING_MAX_SIZE;
		q->count--;
		n++;
	}
	if (!n)
		return;
	stats_add(stats->bytes_out, bytes);
	if (!ring_publish(&q->ring) || q->call_fd < 0)
		return;
	stats_add(stats->calls, 1);
	if (write(q->call_fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		log_err("ring %u: the guest cannot be called: %m", q->index);
}
