/* SPDX-License-Identifier: MIT */
#ifndef VGPU_PV_SCM_H
#define VGPU_PV_SCM_H

#include <stddef.h>
#include <sys/types.h>

#define SCM_MAX_FDS	16

/* One message with descriptors; the bytes written, or -errno.  No SIGPIPE. */
ssize_t scm_send(int sock, const void *data, size_t len, const int *fds, unsigned int nr_fds);

/*
 * One recvmsg(): the bytes read (0: the peer closed), or -errno.  At most
 * SCM_MAX_FDS descriptors are stored at fds, close-on-exec, and counted in
 * *nr_fds; -EMSGSIZE, with every descriptor closed, where the message or its
 * descriptors did not fit.  Descriptors belong to the caller.
 */
ssize_t scm_recv(int sock, void *data, size_t len, int *fds, unsigned int *nr_fds);

void scm_close_fds(int *fds, unsigned int nr_fds);

#endif /* VGPU_PV_SCM_H */
