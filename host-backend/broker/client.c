// SPDX-License-Identifier: MIT
/*
 * One connection to the broker: a packet in, a packet out.  Who the peer is
 * comes from the kernel, once, at accept.  Answers are never queued: a peer
 * that does not read them until its socket is full is dropped, so that nobody
 * holds the loop or the broker's memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "instance.h"
#include "log.h"
#include "loop.h"
#include "options.h"
#include "request.h"
#include "scm.h"
#include "vgpu_pv_link.h"

struct client {
	struct client *next;
	struct loop_source source;
	struct instance *instance; /* that the connection holds, or NULL */
	bool operator;
	pid_t pid; /* for the log only */
};

static struct client *clients;
static unsigned int nr_idle;
static struct log_limit client_limit = LOG_LIMIT_INIT;

bool client_is_operator(const struct client *client)
{
	return client->operator;
}

struct instance *client_instance(const struct client *client)
{
	return client->instance;
}

void client_hold(struct client *client, struct instance *instance)
{
	if (client->instance && !instance)
		nr_idle++;
	if (!client->instance && instance)
		nr_idle--;
	client->instance = instance;
}

void client_hang_up(struct client *client)
{
	shutdown(client->source.fd, SHUT_RDWR);
}

static void client_drop(struct client *client)
{
	struct client **link;

	if (client->instance)
		instance_detach(client->instance);
	for (link = &clients; *link != client; link = &(*link)->next)
		;
	*link = client->next;
	nr_idle--;
	loop_del(&client->source);
	free(client);
}

/* Sends an answer and gives it up.  False: the peer does not take it. */
static bool client_answer(int sock, json_t *answer, int fd)
{
	char *text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;
	size_t len = text ? strlen(text) : 0;
	bool sent;

	json_decref(answer);
	sent = text && len <= VGPU_PV_BROKER_MAX_PACKET &&
	       scm_send(sock, text, len, &fd, fd >= 0) == (ssize_t)len;
	free(text);
	return sent;
}

static void client_ready(struct loop_source *source, uint32_t events)
{
	static char packet[VGPU_PV_BROKER_MAX_PACKET];
	struct client *client = loop_owner(source, struct client, source);
	struct iovec iov = { .iov_base = packet, .iov_len = sizeof(packet) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	json_t *answer;
	int fd = -1;
	ssize_t len;
	bool sent;

	(void)events;
	/* no room for control data: the kernel drops descriptors that a peer sends */
	len = recvmsg(source->fd, &msg, 0);
	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (len <= 0) {
		client_drop(client);
		return;
	}
	if (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		answer = request_error("a request is one packet of at most %d bytes, without "
				       "descriptors",
				       VGPU_PV_BROKER_MAX_PACKET);
	else
		answer = request_handle(client, packet, (size_t)len, &fd);
	sent = client_answer(source->fd, answer, fd);
	if (fd >= 0)
		close(fd);
	if (!sent) {
		log_err_limited(&client_limit,
				"process %d does not take its answers, and is disconnected",
				(int)client->pid);
		client_drop(client);
	}
}

static bool client_in_group(int fd, const struct ucred *peer, gid_t gid)
{
	gid_t groups[32];
	gid_t *list = groups;
	socklen_t size = sizeof(groups), i;
	bool found = peer->gid == gid;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, list, &size)) {
		list = errno == ERANGE ? malloc(size) : NULL;
		if (!list || getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, list, &size))
			size = 0;
	}
	for (i = 0; i < size / sizeof(*list); i++)
		found |= list[i] == gid;
	if (list != groups)
		free(list);
	return found;
}

void client_new(const struct options *o, int fd)
{
	struct client *client = NULL;
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (nr_idle >= CLIENT_MAX_IDLE) {
		client_answer(fd,
			      request_error("%u connections wait already (limit %d): try again",
					    nr_idle, CLIENT_MAX_IDLE),
			      -1);
		goto err;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size))
		goto err;
	client = calloc(1, sizeof(*client));
	if (!client)
		goto err;
	client->pid = peer.pid;
	client->operator= !peer.uid || peer.uid == geteuid() ||
		(o->group && client_in_group(fd, &peer, o->group_gid));
	client->source.fd = fd;
	client->source.ready = client_ready;
	if (loop_add(&client->source))
		goto err;
	client->next = clients;
	clients = client;
	nr_idle++;
	return;

err:
	free(client);
	close(fd);
}

/* For the broker's exit: the connections close, and workers are left to their guests. */
void client_fini(void)
{
	struct client *client;

	while ((client = clients)) {
		clients = client->next;
		loop_del(&client->source);
		free(client);
	}
	nr_idle = 0;
}
