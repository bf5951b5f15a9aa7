// SPDX-License-Identifier: MIT
/*
 * A connection's bytes, in and out.  The socket is read into a small buffer, which
 * takes a command's words and much of a burst of small commands in one call; what
 * is longer goes from the socket straight to where it is used, so that commands
 * are not copied here.  No answer is kept beyond a bound: while a program does not
 * read, its commands wait.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "command.h"
#include "log.h"
#include "message.h"
#include "scm.h"

#define CLIENT_BATCH	64	/* commands before others get their turn */
#define CLIENT_TRIES	16	/* to read the rest of a command */

void client_init(struct client *c, struct gpu *gpu, struct ring *ring, int sock,
		 unsigned int number)
{
	*c = (struct client){
		.gpu = gpu,
		.ring = ring,
		.sock = sock,
		.readable = true,
		.number = number,
		.output_fd = -1,
	};
}

int client_fail(struct client *c, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (!c->failed && log_limit_pass(&c->gpu->errors)) {
		va_start(ap, fmt);
		vsnprintf(text, sizeof(text), fmt, ap);
		va_end(ap);
		log_err("client %u (%s) is dropped: %s", c->number, c->named ? c->name : "unnamed",
			text);
	}
	c->failed = true;
	return -EPROTO;
}

/* the largest answer fits: each command comes with an empty buffer */
void client_send(struct client *c, const void *data, size_t len)
{
	memcpy(c->output + c->output_end, data, len);
	c->output_end += len;
}

void client_answer(struct client *c, uint32_t command, const uint32_t *words, uint32_t nr)
{
	const struct vtest_header header = { .length = nr, .command = command };

	client_send(c, &header, sizeof(header));
	if (nr)
		client_send(c, words, nr * sizeof(*words));
}

int client_wait(struct client *c, uint64_t message, int (*resume)(struct client *c))
{
	c->waiting = true;
	c->wait_for = message;
	c->resume = resume;
	return 0;
}

/* half of what is in flight makes room for more than one */
int client_wait_for_room(struct client *c, int (*resume)(struct client *c))
{
	uint64_t in_flight = c->ring->posted - c->ring->completed;

	return client_wait(c, c->ring->completed + (in_flight + 1) / 2, resume);
}

int client_bulk(struct client *c, void *to, size_t len, int (*done)(struct client *c))
{
	size_t have = c->input_end - c->input_at;

	if (have > len)
		have = len;
	memcpy(to, c->input + c->input_at, have);
	c->input_at += have;
	if (have == len)
		return done(c);
	c->bulk = (uint8_t *)to + have;
	c->bulk_left = len - have;
	c->bulk_done = done;
	return 0;
}

static bool client_has_output(const struct client *c)
{
	return c->output_at < c->output_end || c->output_bulk_left || c->output_fd >= 0;
}

/* 1: some of it is sent; 0: not now; negative: the program is gone */
static int client_sent(ssize_t n)
{
	if (n == -EAGAIN)
		return 0;
	return n < 0 ? (int)n : 1;
}

static int client_flush(struct client *c)
{
	static const uint8_t byte;
	ssize_t n;

	while (c->output_at < c->output_end) {
		n = scm_send(c->sock, c->output + c->output_at, c->output_end - c->output_at, NULL,
			     0);
		if (n <= 0)
			return client_sent(n);
		c->output_at += (size_t)n;
	}
	c->output_at = c->output_end = 0;
	while (c->output_bulk_left) {
		n = scm_send(c->sock, c->output_bulk, c->output_bulk_left, NULL, 0);
		if (n <= 0)
			return client_sent(n);
		c->output_bulk += n;
		c->output_bulk_left -= (size_t)n;
	}
	if (c->output_fd >= 0) {
		n = scm_send(c->sock, &byte, 1, &c->output_fd, 1);
		if (n <= 0)
			return client_sent(n);
		c->output_fd = -1;
	}
	return 1;
}

/* Descriptors that come with them are nobody's, and closed. */
static ssize_t client_receive(struct client *c, void *to, size_t room, unsigned int *nr_fds)
{
	int fds[SCM_MAX_FDS];
	ssize_t n;

	*nr_fds = 0;
	if (c->bulk) {
		/* what is long comes without descriptors, or they end here */
		do {
			n = recv(c->sock, to, room, 0);
		} while (n < 0 && errno == EINTR);
		return n < 0 ? -errno : n;
	}
	n = scm_recv(c->sock, to, room, fds, nr_fds);
	scm_close_fds(fds, *nr_fds);
	return n;
}

/*
 * 1: bytes came; 0: not now; negative: the program is gone.  Mesa writes a command in
 * two calls: the second follows sooner than a thread sleeps and is woken.
 */
static int client_read(struct client *c, void *to, size_t room, size_t *len)
{
	unsigned int tries = c->command || c->bulk ? CLIENT_TRIES : 1, nr_fds;
	ssize_t n;

	do {
		n = client_receive(c, to, room, &nr_fds);
	} while (n == -EAGAIN && --tries);
	/* less than there was room for is all, but where descriptors cut it */
	if (n == -EAGAIN || (n > 0 && (size_t)n < room && !c->bulk && !nr_fds && !c->ended))
		c->readable = false;
	if (n == -EAGAIN)
		return 0;
	if (n <= 0)
		return n < 0 ? (int)n : -EPIPE;
	*len = (size_t)n;
	return 1;
}

static int client_read_bulk(struct client *c)
{
	size_t len;
	int ret = client_read(c, c->bulk, c->bulk_left, &len);

	if (ret <= 0)
		return ret;
	c->bulk += len;
	c->bulk_left -= len;
	if (c->bulk_left)
		return 1;
	c->bulk = NULL;
	ret = c->bulk_done(c);
	return ret < 0 ? ret : 1;
}

static int client_read_input(struct client *c)
{
	size_t len;
	int ret;

	if (!c->readable && !c->command)
		return 0;
	memmove(c->input, c->input + c->input_at, c->input_end - c->input_at);
	c->input_end -= c->input_at;
	c->input_at = 0;
	ret = client_read(c, c->input + c->input_end, CLIENT_INPUT - c->input_end, &len);
	if (ret > 0)
		c->input_end += len;
	return ret;
}

/* one thing at a time; 1: there may be more; 0: it waits; negative: it is over */
static int client_step(struct client *c)
{
	int (*resume)(struct client *c);
	int ret;

	if (client_has_output(c)) {
		ret = client_flush(c);
		if (ret <= 0)
			return ret;
	}
	if (c->waiting) {
		if (c->ring->completed < c->wait_for)
			return 0;
		resume = c->resume;
		c->waiting = false;
		ret = resume(c);
		return ret < 0 ? ret : 1;
	}
	if (c->bulk)
		return client_read_bulk(c);
	ret = command_take(c);
	if (ret)
		return ret;
	return client_read_input(c);
}

int client_run(struct client *c)
{
	unsigned int n = 0;
	int ret;

	do {
		if (ring_take(c->ring, message_done, c) < 0)
			return client_fail(c, "the worker answers what was not asked");
		if (c->failed)
			return -EPROTO;
		ret = client_step(c);
	} while (ret > 0 && ++n < CLIENT_BATCH);
	if (ret >= 0 && ring_kick(c->ring) < 0)
		return client_fail(c, "the worker cannot be told of messages");
	return ret;
}

uint32_t client_events(const struct client *c)
{
	if (client_has_output(c))
		return EPOLLOUT;
	return c->waiting ? 0 : EPOLLIN;
}

void client_hang_up(struct client *c)
{
	close(c->sock);
	c->sock = -1;
	c->failed = true;
	c->waiting = false;
	c->bulk = NULL;
	c->output_fd = -1;
	c->ring->reserved = 0;
	while (c->nr_spare)
		close(c->spare[--c->nr_spare]);
	id_table_clear(&c->handles);
}

bool client_settled(struct client *c)
{
	if (ring_take(c->ring, message_done, c) < 0)
		return false;
	while (c->resources && ring_has_room(c->ring, 1, 0))
		message_destroy(c, c->resources);
	if (!c->resources && c->has_context && ring_has_room(c->ring, 1, 0))
		message_destroy_context(c);
	ring_kick(c->ring);
	return !c->resources && !c->has_context && ring_idle(c->ring);
}
