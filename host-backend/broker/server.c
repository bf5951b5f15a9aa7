// SPDX-License-Identifier: MIT
/*
 * The listening socket.  A socket file outlives a broker that was killed, so
 * one that refuses connections is replaced; the folder is locked meanwhile, or
 * of two brokers that start together one could take the other's fresh socket
 * for a dead one.  No lock file: it would be one more thing to leave behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "client.h"
#include "log.h"
#include "loop.h"
#include "options.h"
#include "server.h"

#define SERVER_BACKLOG	64
#define SERVER_RETRY_MS 100

static const struct options *server_options;
static struct stat server_file;

static void server_ready(struct loop_source *source, uint32_t events);
static void server_retry_ready(struct loop_source *source, uint32_t events);

static struct loop_source server_source = { .fd = -1, .ready = server_ready };
static struct loop_source server_retry = { .fd = -1, .ready = server_retry_ready };
static struct log_limit server_limit = LOG_LIMIT_INIT;

static void server_retry_ready(struct loop_source *source, uint32_t events)
{
	(void)events;
	loop_set_timer(source, 0);
	loop_pause(&server_source, false);
}

static void server_ready(struct loop_source *source, uint32_t events)
{
	int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd >= 0) {
		client_new(server_options, fd);
	} else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
		log_err_limited(&server_limit, "a connection cannot be accepted yet: %s",
				strerror(errno));
		/* it stays in the queue: without a pause the loop would spin on it */
		loop_pause(source, true);
		loop_set_timer(&server_retry, SERVER_RETRY_MS);
	}
}

/* 0: nobody serves it (any more), and the path is free. */
static int server_clear_path(const struct sockaddr_un *addr)
{
	struct stat st;
	int fd, ret = 0;

	if (lstat(addr->sun_path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode)) {
		log_err("'%s' is there and is no socket: remove it, or give another --socket",
			addr->sun_path);
		return -EEXIST;
	}
	/* not to block on a living broker whose queue is full */
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (!connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) || errno == EAGAIN) {
		log_err("another vgpu-pvd is serving %s: stop it, or give another --socket",
			addr->sun_path);
		ret = -EADDRINUSE;
	} else if (errno != ECONNREFUSED) {
		ret = -errno;
		log_err("'%s' cannot be probed: %s", addr->sun_path, strerror(errno));
	} else if (unlink(addr->sun_path)) {
		ret = -errno;
		log_err("the dead socket '%s' cannot be removed: %s", addr->sun_path,
			strerror(errno));
	}
	close(fd);
	return ret;
}

static int server_bind(const struct options *o, int fd, const struct sockaddr_un *addr)
{
	mode_t mask = umask(0177);
	int ret = bind(fd, (const struct sockaddr *)addr, sizeof(*addr)) ? -errno : 0;

	umask(mask);
	if (!ret && o->group && chown(addr->sun_path, (uid_t)-1, o->group_gid))
		ret = -errno;
	if (!ret && (chmod(addr->sun_path, 0660) || lstat(addr->sun_path, &server_file) ||
		     listen(fd, SERVER_BACKLOG)))
		ret = -errno;
	if (ret)
		log_err("'%s' cannot be served: %s", addr->sun_path, strerror(-ret));
	return ret;
}

/* Locks the socket's folder until the descriptor is closed. */
static int server_lock_dir(const char *path)
{
	char *dir = strdup(path);
	int fd = -1, ret;

	if (!dir)
		return -ENOMEM;
	/* options_parse() made the path absolute */
	strrchr(dir, '/')[1] = '\0';
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX)) {
		ret = -errno;
		log_err("folder '%s' of the socket cannot be locked: %s", dir, strerror(errno));
		if (fd >= 0)
			close(fd);
		fd = ret;
	}
	free(dir);
	return fd;
}

int server_init(const struct options *o)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int lock, ret;

	if (strlen(o->socket) >= sizeof(addr.sun_path)) {
		log_err("the socket's path '%s' is longer than %zu bytes", o->socket,
			sizeof(addr.sun_path) - 1);
		return -ENAMETOOLONG;
	}
	strcpy(addr.sun_path, o->socket);
	server_options = o;
	server_source.fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (server_source.fd < 0)
		return -errno;
	lock = server_lock_dir(o->socket);
	if (lock < 0)
		return lock;
	ret = server_clear_path(&addr);
	if (!ret)
		ret = server_bind(o, server_source.fd, &addr);
	close(lock);
	if (ret)
		return ret;
	ret = loop_add_timer(&server_retry, 0);
	return ret ? ret : loop_add(&server_source);
}

void server_fini(void)
{
	struct stat now;

	if (server_options && server_file.st_ino && !lstat(server_options->socket, &now) &&
	    now.st_dev == server_file.st_dev && now.st_ino == server_file.st_ino)
		unlink(server_options->socket);
	loop_del(&server_source);
	loop_del(&server_retry);
}
