// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The hand-shake with the broker of this machine: one request, one answer, and
 * with it the socket of a worker.  The connection then stays open without a
 * word, because its end is how the broker learns that the worker is of no more
 * use: whether QEMU exits, is killed, or has given the worker up.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qobject/qdict.h"
#include "qobject/qjson.h"
#include "qobject/qstring.h"
#include "qemu/sockets.h"
#include "qemu/uuid.h"
#include "system/system.h"

#include <sys/un.h>

#include "vgpu-pv.h"

/* The broker answers once the worker's process runs, not once it has a renderer. */
#define BROKER_TIMEOUT_S 10

static int vgpu_pv_broker_connect(Error **errp)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = VGPU_PV_BROKER_SOCKET };
	struct timeval timeout = { .tv_sec = BROKER_TIMEOUT_S };
	int fd = qemu_socket(AF_UNIX, SOCK_SEQPACKET, 0);

	if (fd < 0) {
		error_setg_errno(errp, errno, "cannot make a socket");
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	if (RETRY_ON_EINTR(connect(fd, (struct sockaddr *)&addr, sizeof(addr))) == 0)
		return fd;
	error_setg_errno(errp, errno, "no vgpu-pv broker at " VGPU_PV_BROKER_SOCKET);
	if (errno == EACCES)
		error_append_hint(errp, "This user may not open the broker's socket: see "
					"vgpu-pvd(8).\n");
	else
		error_append_hint(errp, "Start one with 'vgpu-pvd', or give the socket of a "
					"vgpu-pv-worker with chardev=.\n");
	close(fd);
	return -1;
}

/* A guest's name may have what an instance's may not. */
static char *vgpu_pv_broker_guest_name(void)
{
	char *name;

	if (qemu_get_vm_name())
		name = g_strndup(qemu_get_vm_name(), VGPU_PV_MAX_NAME);
	else if (qemu_uuid_set)
		name = qemu_uuid_unparse_strdup(&qemu_uuid);
	else
		name = g_strdup_printf("qemu-%d", getpid());
	return g_strcanon(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.",
			  '-');
}

static bool vgpu_pv_broker_request(int fd, const char *key, const char *name, Error **errp)
{
	QDict *request = qdict_new();
	GString *json;
	bool sent;

	qdict_put_str(request, "op", "attach");
	qdict_put_str(request, key, name);
	json = qobject_to_json(QOBJECT(request));
	qobject_unref(request);
	sent = RETRY_ON_EINTR(send(fd, json->str, json->len, MSG_NOSIGNAL)) == (ssize_t)json->len;
	if (!sent)
		error_setg_errno(errp, errno, "cannot ask the vgpu-pv broker");
	g_string_free(json, true);
	return sent;
}

/* The packet's bytes, terminated; *worker is -1 where it carried no descriptor. */
static char *vgpu_pv_broker_receive(int fd, int *worker, Error **errp)
{
	g_autofree char *packet = g_malloc(VGPU_PV_BROKER_MAX_PACKET + 1);
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = packet, .iov_len = VGPU_PV_BROKER_MAX_PACKET };
	struct msghdr hdr = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *cmsg;
	ssize_t len;

	*worker = -1;
	len = RETRY_ON_EINTR(recvmsg(fd, &hdr, MSG_CMSG_CLOEXEC));
	if (len <= 0) {
		if (len < 0 && errno == EAGAIN)
			error_setg(errp, "the vgpu-pv broker has not answered for %d s",
				   BROKER_TIMEOUT_S);
		else
			error_setg(errp, "the vgpu-pv broker closed the connection: see its log");
		return NULL;
	}
	for (cmsg = CMSG_FIRSTHDR(&hdr); cmsg; cmsg = CMSG_NXTHDR(&hdr, cmsg)) {
		if (cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS &&
		    cmsg->cmsg_len == CMSG_LEN(sizeof(int)))
			memcpy(worker, CMSG_DATA(cmsg), sizeof(int));
	}
	if (hdr.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		error_setg(errp, "the vgpu-pv broker's answer is over %d bytes",
			   VGPU_PV_BROKER_MAX_PACKET);
		return NULL;
	}
	packet[len] = '\0';
	return g_steal_pointer(&packet);
}

static bool vgpu_pv_broker_answer(int fd, const char *name, int *worker, Error **errp)
{
	g_autofree char *packet = vgpu_pv_broker_receive(fd, worker, errp);
	QObject *json;
	QDict *answer;
	bool ok = false;

	if (!packet)
		return false;
	json = qobject_from_json(packet, NULL);
	answer = qobject_to(QDict, json);
	if (!answer || !qdict_haskey(answer, "ok"))
		error_setg(errp, "the vgpu-pv broker's answer is no JSON object with \"ok\"");
	else if (!qdict_get_try_bool(answer, "ok", false))
		error_setg(errp, "the vgpu-pv broker refuses instance %s: %s", name,
			   qdict_get_try_str(answer, "error") ?: "it does not say why");
	else if (*worker < 0)
		error_setg(errp, "the vgpu-pv broker's answer carries no socket");
	else
		ok = true;
	qobject_unref(json);
	return ok;
}

/* Opens the device's chardev over the worker's socket. */
bool vgpu_pv_broker_attach(struct vgpu_pv *s, Error **errp)
{
	g_autofree char *name = s->instance ? g_strdup(s->instance) : vgpu_pv_broker_guest_name();
	int worker = -1;
	Chardev *chr;
	int fd;

	fd = vgpu_pv_broker_connect(errp);
	if (fd < 0)
		return false;
	if (!vgpu_pv_broker_request(fd, s->instance ? "instance" : "name", name, errp) ||
	    !vgpu_pv_broker_answer(fd, name, &worker, errp))
		goto fail;

	chr = CHARDEV(object_new(TYPE_CHARDEV_SOCKET));
	if (qemu_chr_add_client(chr, worker) < 0) {
		error_setg(errp, "the worker's socket from the vgpu-pv broker cannot be used");
		object_unref(OBJECT(chr));
		goto fail;
	}
	worker = -1; /* the chardev's now */
	if (!qemu_chr_fe_init(&s->chr, chr, errp)) {
		object_unref(OBJECT(chr));
		goto fail;
	}
	s->own_chr = true;
	s->broker_fd = fd;
	return true;

fail:
	if (worker >= 0)
		close(worker);
	close(fd);
	return false;
}

void vgpu_pv_broker_detach(struct vgpu_pv *s)
{
	if (s->broker_fd >= 0)
		close(s->broker_fd);
	s->broker_fd = -1;
}
