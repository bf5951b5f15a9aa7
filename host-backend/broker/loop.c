/* SPDX-License-Identifier: MIT */
/*
 * The broker's one loop: epoll, level triggered, one event taken at a time, so
 * that a handler may free any source but need not think of events that were
 * fetched before it ran.  Timers are descriptors like the rest.
 */
#include <errno.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "loop.h"

static int loop_epoll = -1;
static bool loop_running;

int loop_init(void)
{
	loop_epoll = epoll_create1(EPOLL_CLOEXEC);
	return loop_epoll < 0 ? -errno : 0;
}

void loop_fini(void)
{
	close(loop_epoll);
	loop_epoll = -1;
}

int loop_add(struct loop_source *source)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = source };

	return epoll_ctl(loop_epoll, EPOLL_CTL_ADD, source->fd, &event) ? -errno : 0;
}

/* Closes the descriptor, too. */
void loop_del(struct loop_source *source)
{
	if (source->fd < 0)
		return;
	epoll_ctl(loop_epoll, EPOLL_CTL_DEL, source->fd, NULL);
	close(source->fd);
	source->fd = -1;
}

void loop_pause(struct loop_source *source, bool paused)
{
	struct epoll_event event = { .events = paused ? 0 : EPOLLIN, .data.ptr = source };

	epoll_ctl(loop_epoll, EPOLL_CTL_MOD, source->fd, &event);
}

void loop_set_timer(struct loop_source *source, unsigned int ms)
{
	struct itimerspec when = {
		.it_value = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 },
	};

	timerfd_settime(source->fd, 0, &when, NULL);
}

int loop_add_timer(struct loop_source *source, unsigned int ms)
{
	int ret;

	source->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (source->fd < 0)
		return -errno;
	loop_set_timer(source, ms);
	ret = loop_add(source);
	if (ret) {
		close(source->fd);
		source->fd = -1;
	}
	return ret;
}

int loop_run(void)
{
	struct epoll_event event;
	struct loop_source *source;
	int n;

	loop_running = true;
	while (loop_running) {
		n = epoll_wait(loop_epoll, &event, 1, -1);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n < 1)
			continue;
		source = event.data.ptr;
		source->ready(source, event.events);
	}
	return 0;
}

void loop_quit(void)
{
	loop_running = false;
}
