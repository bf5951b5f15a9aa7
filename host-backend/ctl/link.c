// SPDX-License-Identifier: MIT
/*
 * The broker's socket from the other side, the tool's and the bridge's: a packet
 * out, a packet in, with a time limit, since neither may hang with a broker that does.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "link.h"
#include "log.h"
#include "scm.h"
#include "vgpu_pv_link.h"

#define LINK_TIMEOUT_S 5

static void link_explain(const char *path, int error)
{
	if (error == ENOENT || error == ECONNREFUSED)
		log_err("no vgpu-pvd is serving %s: start it, or name another socket", path);
	else if (error == EACCES || error == EPERM)
		log_err("%s: not permitted: run as root, as the broker's user, or in its --group",
			path);
	else
		log_err("%s: %s", path, strerror(error));
}

int link_connect(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = LINK_TIMEOUT_S };
	int sock;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		log_err("the socket's path '%s' is longer than %zu bytes", path,
			sizeof(addr.sun_path) - 1);
		return -1;
	}
	strcpy(addr.sun_path, path);
	sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (sock < 0 || setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ||
	    setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) ||
	    connect(sock, (struct sockaddr *)&addr, sizeof(addr))) {
		link_explain(path, errno);
		if (sock >= 0)
			close(sock);
		return -1;
	}
	return sock;
}

json_t *link_ask(int sock, json_t *request, int *fd)
{
	static char packet[VGPU_PV_BROKER_MAX_PACKET];
	char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
	int fds[SCM_MAX_FDS];
	unsigned int nr_fds = 0;
	json_t *answer;
	ssize_t len;

	json_decref(request);
	if (!text) {
		log_err("the request cannot be written as JSON: are its words UTF-8?");
		return NULL;
	}
	len = scm_send(sock, text, strlen(text), NULL, 0);
	free(text);
	if (len >= 0)
		len = scm_recv(sock, packet, sizeof(packet), fds, &nr_fds);
	if (fd && nr_fds) {
		*fd = fds[0];
		fds[0] = -1;
	}
	scm_close_fds(fds, nr_fds);
	if (len == -EAGAIN) {
		log_err("vgpu-pvd did not answer within %d s", LINK_TIMEOUT_S);
		return NULL;
	}
	if (len <= 0) {
		log_err("vgpu-pvd closed the connection: %s",
			len ? strerror((int)-len) : "see its log");
		return NULL;
	}
	answer = json_loadb(packet, (size_t)len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_boolean(json_object_get(answer, "ok"))) {
		log_err("vgpu-pvd's answer cannot be understood: is it of another version?");
		json_decref(answer);
		return NULL;
	}
	return answer;
}
