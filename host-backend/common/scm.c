// SPDX-License-Identifier: MIT
/*
 * Descriptors over UNIX sockets.  All control data is received into room for
 * SCM_MAX_FDS; what does not fit is dropped by the kernel and reported, and
 * whatever came is closed again, so that no peer can make us leak descriptors.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scm.h"

union scm_control {
	char buf[CMSG_SPACE(SCM_MAX_FDS * sizeof(int))];
	struct cmsghdr align;
};

ssize_t scm_send(int sock, const void *data, size_t len, const int *fds, unsigned int nr_fds)
{
	struct iovec iov = { .iov_base = (void *)data, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	union scm_control control;
	struct cmsghdr *cmsg;
	ssize_t n;

	if (nr_fds > SCM_MAX_FDS)
		return -EINVAL;
	if (nr_fds) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(nr_fds * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(nr_fds * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, nr_fds * sizeof(int));
	}
	do {
		n = sendmsg(sock, &msg, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

ssize_t scm_recv(int sock, void *data, size_t len, int *fds, unsigned int *nr_fds)
{
	struct iovec iov = { .iov_base = data, .iov_len = len };
	union scm_control control;
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *cmsg;
	unsigned int count;
	ssize_t n;

	*nr_fds = 0;
	do {
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	for (cmsg = CMSG_FIRSTHDR(&msg); cmsg; cmsg = CMSG_NXTHDR(&msg, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		/* one SCM_RIGHTS block in a message, and control holds no more */
		count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds + *nr_fds, CMSG_DATA(cmsg), count * sizeof(int));
		*nr_fds += count;
	}
	if (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		scm_close_fds(fds, *nr_fds);
		*nr_fds = 0;
		return -EMSGSIZE;
	}
	return n;
}

void scm_close_fds(int *fds, unsigned int nr_fds)
{
	unsigned int i;

	for (i = 0; i < nr_fds; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}
