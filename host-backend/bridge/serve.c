// SPDX-License-Identifier: MIT
/*
 * Who serves whom.  By default each program gets a process of ours and a GPU of
 * its own, so that nothing but the host's scheduler lies between two of them.  To
 * share a GPU is to share its process: one loop then serves all, a ring for each.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "log.h"
#include "options.h"
#include "serve.h"

#define SERVE_EVENTS	16
#define SERVE_SOCKET	(EPOLLIN | EPOLLRDHUP | EPOLLET)
#define SERVE_PAUSE_MS	100	/* after a program that cannot be accepted: it still knocks */

enum serve_event { EVENT_LISTENER, EVENT_WORKER, EVENT_SOCKET, EVENT_CALL };

struct serve_slot {
	enum { SLOT_FREE, SLOT_SERVED, SLOT_CLOSING } state;
	bool ready;		/* may go on */
	uint32_t events;	/* that its socket is watched for: each tells once */
	struct client client;
};

struct serve {
	const struct options *opt;
	int epoll_fd;
	int listener;		/* -1: for the one client that it has */
	bool has_gpu;
	struct gpu gpu;
	unsigned int nr_slots;
	unsigned int nr_clients;	/* since the start, for their numbers */
	struct serve_slot *slots;	/* each with the ring of its index */
	uint64_t deaf_until;		/* in ms; the listener is not watched; 0: it is */
	struct log_limit errors;
};

int serve_listen(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	mode_t mask = umask(0077);
	int ret;

	strcpy(addr.sun_path, path);
	ret = sock < 0 ? -1 : bind(sock, (struct sockaddr *)&addr, sizeof(addr));
	umask(mask);
	if (!ret && !listen(sock, SOMAXCONN))
		return sock;
	log_err("%s cannot be served: %m%s", path,
		errno == EADDRINUSE ? "; remove it if nothing serves it" : "");
	if (sock >= 0)
		close(sock);
	return -1;
}

static int serve_watch(struct serve *s, int fd, uint32_t events, enum serve_event kind,
		       unsigned int index)
{
	struct epoll_event event = {
		.events = events,
		.data.u64 = (uint64_t)kind << 32 | index,
	};
	int ret = epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &event);

	if (ret < 0 && errno == EEXIST)
		ret = epoll_ctl(s->epoll_fd, EPOLL_CTL_MOD, fd, &event);
	if (ret < 0)
		log_err("a descriptor cannot be watched: %m");
	return ret;
}

static int serve_open(struct serve *s)
{
	int ret = gpu_open(&s->gpu, s->opt, s->nr_slots);

	if (ret)
		return ret;
	s->has_gpu = true;
	return serve_watch(s, s->gpu.fe.sock, EPOLLIN, EVENT_WORKER, 0);
}

static void serve_close(struct serve *s)
{
	unsigned int i;

	for (i = 0; i < s->nr_slots; i++) {
		if (s->slots[i].state == SLOT_SERVED)
			client_hang_up(&s->slots[i].client);
		s->slots[i].state = SLOT_FREE;
	}
	if (s->has_gpu)
		gpu_close(&s->gpu);
	s->has_gpu = false;
}

static void serve_drop(struct serve *s, struct serve_slot *slot)
{
	log_debug("client %u is gone", slot->client.number);
	epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, slot->client.sock, NULL);
	client_hang_up(&slot->client);
	slot->state = SLOT_CLOSING;
	slot->ready = true;
}

static int serve_add(struct serve *s, int sock)
{
	unsigned int i = 0;
	struct ring *ring;

	while (i < s->nr_slots && s->slots[i].state != SLOT_FREE)
		i++;
	if (i == s->nr_slots) {
		log_err_limited(&s->errors, "a program is turned away: %u are served, as many as may be",
				s->nr_slots);
		return -EBUSY;
	}
	if ((!s->has_gpu && serve_open(s)) || front_end_start_ring(&s->gpu.fe, i))
		return -ENODEV;
	ring = &s->gpu.fe.rings[i];
	client_init(&s->slots[i].client, &s->gpu, ring, sock, ++s->nr_clients);
	s->slots[i].events = SERVE_SOCKET;
	if (serve_watch(s, sock, SERVE_SOCKET, EVENT_SOCKET, i) ||
	    serve_watch(s, ring->call_fd, EPOLLIN | EPOLLET, EVENT_CALL, i))
		return -ENOMEM;
	s->slots[i].state = SLOT_SERVED;
	s->slots[i].ready = true;
	log_debug("client %u is served on %s, ring %u", s->nr_clients, s->gpu.name, i);
	return 0;
}

/* Before it sleeps: what it waits for wakes it, and what has come meanwhile does so now. */
static void serve_sleep(struct serve *s, struct serve_slot *slot, unsigned int index)
{
	struct client *c = &slot->client;
	struct ring *ring = c->ring;
	uint64_t until = ring->posted;
	uint32_t events;

	if (c->waiting && c->wait_for < until)
		until = c->wait_for;
	slot->ready = !ring_idle(ring) && ring_arm(ring, until);
	if (slot->state != SLOT_SERVED)
		return;
	/* to be told of what comes anyway costs less than to change what is told */
	events = client_events(c) & EPOLLOUT ? SERVE_SOCKET | EPOLLOUT : SERVE_SOCKET;
	if (events != slot->events)
		serve_watch(s, c->sock, events, EVENT_SOCKET, index);
	slot->events = events;
}

static void serve_slot_run(struct serve *s, struct serve_slot *slot, unsigned int index)
{
	int ret = 0;

	if (slot->state == SLOT_SERVED) {
		ret = client_run(&slot->client);
		if (ret < 0)
			serve_drop(s, slot);
	}
	if (slot->state == SLOT_CLOSING && client_settled(&slot->client))
		slot->state = SLOT_FREE;
	else if (ret <= 0)
		serve_sleep(s, slot, index);
}

/* true: some can go on at once */
static bool serve_slots(struct serve *s)
{
	bool more = false;
	unsigned int i;

	for (i = 0; i < s->nr_slots; i++) {
		if (s->slots[i].state == SLOT_FREE || !s->slots[i].ready)
			continue;
		serve_slot_run(s, &s->slots[i], i);
		more |= s->slots[i].state != SLOT_FREE && s->slots[i].ready;
	}
	return more;
}

static uint64_t serve_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void serve_accept(struct serve *s)
{
	int sock = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (sock >= 0) {
		if (serve_add(s, sock))
			close(sock);
	} else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
		log_err_limited(&s->errors, "a program cannot be served: %m");
		serve_watch(s, s->listener, 0, EVENT_LISTENER, 0);
		s->deaf_until = serve_now() + SERVE_PAUSE_MS;
	}
}

static void serve_event(struct serve *s, const struct epoll_event *event)
{
	struct serve_slot *slot = &s->slots[(uint32_t)event->data.u64];

	switch ((enum serve_event)(event->data.u64 >> 32)) {
	case EVENT_LISTENER:
		serve_accept(s);
		break;
	case EVENT_WORKER:
		if (s->has_gpu)
			log_err("the worker of %s is gone, and with it its clients' work; see the broker's log",
				s->gpu.name);
		serve_close(s);
		break;
	case EVENT_SOCKET:
		/* whoever waits for an answer and closes gets none */
		slot->client.readable = true;
		if (event->events & (EPOLLHUP | EPOLLRDHUP | EPOLLERR))
			slot->client.ended = true;
		if (slot->state == SLOT_SERVED && event->events & (EPOLLHUP | EPOLLERR) &&
		    !(client_events(&slot->client) & EPOLLIN))
			serve_drop(s, slot);
		slot->ready = true;
		break;
	case EVENT_CALL:
		/* each write tells once: nobody reads it */
		slot->ready = true;
		break;
	}
}

static bool serve_has_client(const struct serve *s)
{
	unsigned int i;

	for (i = 0; i < s->nr_slots; i++) {
		if (s->slots[i].state == SLOT_SERVED)
			return true;
	}
	return false;
}

/* how long to wait for events; the listener is watched again when its pause is over */
static int serve_timeout(struct serve *s, bool more)
{
	uint64_t now;

	if (s->deaf_until) {
		now = serve_now();
		if (now < s->deaf_until)
			return more ? 0 : (int)(s->deaf_until - now);
		s->deaf_until = 0;
		serve_watch(s, s->listener, EPOLLIN, EVENT_LISTENER, 0);
	}
	return more ? 0 : -1;
}

static int serve_loop(struct serve *s)
{
	struct epoll_event events[SERVE_EVENTS];
	bool more;
	int n, i;

	for (;;) {
		more = serve_slots(s);
		if (s->listener < 0 && !serve_has_client(s))
			return 0;
		n = epoll_wait(s->epoll_fd, events, SERVE_EVENTS, serve_timeout(s, more));
		if (n < 0 && errno != EINTR) {
			log_err("events cannot be waited for: %m");
			return -EIO;
		}
		for (i = 0; i < n; i++)
			serve_event(s, &events[i]);
	}
}

static int serve_start(struct serve *s, const struct options *opt, int listener,
		       unsigned int nr_slots)
{
	*s = (struct serve){
		.opt = opt,
		.listener = listener,
		.nr_slots = nr_slots,
		.errors = LOG_LIMIT_INIT,
		.epoll_fd = epoll_create1(EPOLL_CLOEXEC),
	};
	s->slots = calloc(nr_slots, sizeof(*s->slots));
	if (s->slots && s->epoll_fd >= 0)
		return 0;
	log_err("the bridge cannot start: %m");
	return -ENOMEM;
}

static void serve_end(struct serve *s)
{
	serve_close(s);
	close(s->epoll_fd);
	free(s->slots);
}

static int serve_shared(const struct options *opt, int listener)
{
	struct serve s;
	int ret = serve_start(&s, opt, listener, SERVE_MAX_CLIENTS);

	if (!ret)
		ret = serve_watch(&s, listener, EPOLLIN, EVENT_LISTENER, 0);
	if (!ret)
		ret = serve_loop(&s);
	serve_end(&s);
	return ret;
}

static int serve_one(const struct options *opt, int sock, unsigned int number)
{
	struct serve s;
	int ret = serve_start(&s, opt, -1, 1);

	s.nr_clients = number;
	if (!ret)
		ret = serve_add(&s, sock);
	if (ret)
		close(sock);
	else
		ret = serve_loop(&s);
	serve_end(&s);
	return ret;
}

static void serve_child_ended(int signal)
{
	(void)signal;
}

/* 0, or -errno: there is no child */
static int serve_fork(const struct options *opt, int listener, int sock, unsigned int number)
{
	pid_t parent = getpid(), pid = fork();

	if (pid)
		return pid < 0 ? -errno : 0;
	/* the socket's file is the parent's to remove */
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	close(listener);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	exit(serve_one(opt, sock, number) ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* how many there were; one that crashed says nothing itself */
static unsigned int serve_reap(struct log_limit *errors)
{
	unsigned int n = 0;
	int status;

	for (; waitpid(-1, &status, WNOHANG) > 0; n++) {
		if (WIFSIGNALED(status))
			log_err_limited(errors, "a program is dropped: its process of the bridge ended by signal %d (%s)",
					WTERMSIG(status), strsignal(WTERMSIG(status)));
	}
	return n;
}

static _Noreturn void serve_each(const struct options *opt, int listener)
{
	/* no SA_RESTART: a child's end takes us out of accept() to look for it */
	const struct sigaction ended = { .sa_handler = serve_child_ended };
	struct log_limit errors = LOG_LIMIT_INIT;
	const struct timespec pause = { .tv_nsec = SERVE_PAUSE_MS * 1000000 };
	unsigned int served = 0, number = 0;
	int sock, ret;

	sigaction(SIGCHLD, &ended, NULL);
	for (;;) {
		sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		served -= serve_reap(&errors);
		if (sock < 0 && errno != EINTR && errno != ECONNABORTED && errno != EAGAIN) {
			log_err_limited(&errors, "a program cannot be served: %m");
			nanosleep(&pause, NULL);
		} else if (sock >= 0 && served == SERVE_MAX_CLIENTS) {
			log_err_limited(&errors, "a program is turned away: %u are served, as many as may be",
					served);
			close(sock);
		} else if (sock >= 0) {
			ret = serve_fork(opt, listener, sock, number++);
			close(sock);
			if (ret)
				log_err_limited(&errors, "no process for a program: %s",
						strerror(-ret));
			else
				served++;
		}
	}
}

/* each resource is a file */
static void serve_raise_files(void)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int serve_run(const struct options *opt, int listener)
{
	serve_raise_files();
	if (opt->share)
		return serve_shared(opt, listener);
	serve_each(opt, listener);
}
