// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The aperture: guest-mapped memory that scanouts are shown from without a
 * copy.  A sealed memfd, so that the worker, which gets it too, cannot shrink
 * it under QEMU.  The BAR is made over our mapping and not from the descriptor:
 * vhost would otherwise put it into its memory table, whose dirty log is sized
 * by the highest guest address, and the guest may move a BAR to the top.
 */
#include "qemu/osdep.h"
#include "hw/virtio/vhost-user.h"
#include "qapi/error.h"
#include "qemu/cutils.h"
#include "qemu/memfd.h"
#include "qemu/units.h"

#include "vgpu-pv.h"

#define APERTURE_MIN (16 * MiB)
#define APERTURE_MAX (64 * GiB)

bool vgpu_pv_aperture_check_size(uint64_t size, Error **errp)
{
	if (is_power_of_2(size) && size >= APERTURE_MIN && size <= APERTURE_MAX)
		return true;
	error_setg(errp,
		   "vram=%" PRIu64 " (bytes) is no size of a vgpu-pv aperture: give a power of two "
		   "from 16M to 64G",
		   size);
	return false;
}

struct vgpu_pv_aperture *vgpu_pv_aperture_new(uint64_t size, Error **errp)
{
	struct vgpu_pv_aperture *a;
	void *ptr;
	int fd;

	fd = qemu_memfd_create("vgpu-pv-aperture", size, false, 0,
			       F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL, errp);
	if (fd < 0)
		return NULL;
	ptr = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ptr == MAP_FAILED) {
		error_setg_errno(errp, errno, "cannot map an aperture of %" PRIu64 " bytes", size);
		close(fd);
		return NULL;
	}
	a = g_new0(struct vgpu_pv_aperture, 1);
	a->ptr = ptr;
	a->size = size;
	a->fd = fd;
	a->refs = 1;
	return a;
}

/* Atomic: a display's own thread may drop the last reference to a surface. */
void vgpu_pv_aperture_ref(struct vgpu_pv_aperture *a)
{
	qatomic_inc(&a->refs);
}

void vgpu_pv_aperture_unref(struct vgpu_pv_aperture *a)
{
	if (qatomic_fetch_dec(&a->refs) != 1)
		return;
	munmap(a->ptr, a->size);
	close(a->fd);
	g_free(a);
}

uint8_t *vgpu_pv_aperture_range(struct vgpu_pv_aperture *a, uint64_t offset, uint64_t size)
{
	if (offset > a->size || size > a->size - offset)
		return NULL;
	return a->ptr + offset;
}

static bool vgpu_pv_aperture_write_link(struct vgpu_pv_aperture *a, int sock)
{
	struct vgpu_pv_link_msg msg = {
		.type = VGPU_PV_LINK_APERTURE,
		.version = VGPU_PV_LINK_VERSION,
		.size = a->size,
	};
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = &msg, .iov_len = sizeof(msg) };
	struct msghdr hdr = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&hdr);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &a->fd, sizeof(int));
	return RETRY_ON_EINTR(sendmsg(sock, &hdr, MSG_NOSIGNAL)) == sizeof(msg);
}

/*
 * vhost-user has no message for such memory.  VHOST_USER_GPU_SET_SOCKET passes
 * a socket of ours, with the message already in it.
 */
bool vgpu_pv_aperture_send(struct vgpu_pv_aperture *a, struct vhost_dev *vhost, Error **errp)
{
	int sv[2];
	bool sent;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0) {
		error_setg_errno(errp, errno, "cannot make the socket for the aperture");
		return false;
	}
	sent = vgpu_pv_aperture_write_link(a, sv[0]) &&
	       vhost_user_gpu_set_socket(vhost, sv[1]) >= 0;
	if (!sent)
		error_setg(errp, "cannot hand the aperture to the worker: it closed its socket");
	close(sv[0]);
	close(sv[1]);
	return sent;
}
