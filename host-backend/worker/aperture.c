// SPDX-License-Identifier: MIT
/*
 * The aperture, shared by QEMU's console, the guest and us.  It comes over a
 * private socket, as vhost-user has no message for memory that is not the
 * guest's RAM.  It comes once: a worker has one QEMU.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aperture.h"
#include "scm.h"
#include "vgpu_pv_link.h"
#include "worker.h"

static int aperture_map(struct worker *w, uint64_t size, int fd)
{
	struct stat st;
	void *map;

	if (w->aperture) {
		log_err("QEMU announced the aperture twice");
		return -EEXIST;
	}
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!size || size > SIZE_MAX || st.st_size < 0 || (uint64_t)st.st_size < size) {
		log_err("the aperture's file has %lld bytes, announced are %llu",
			(long long)st.st_size, (unsigned long long)size);
		return -EINVAL;
	}
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (map == MAP_FAILED) {
		log_err("the aperture of %llu bytes cannot be mapped: %m", (unsigned long long)size);
		return -errno;
	}
	madvise(map, size, MADV_DONTDUMP);
	w->aperture = map;
	__atomic_store_n(&w->aperture_size, size, __ATOMIC_RELEASE);
	return 0;
}

int aperture_receive(struct worker *w, int sock)
{
	struct vgpu_pv_link_msg msg;
	int fds[SCM_MAX_FDS], ret = 0;
	unsigned int nr_fds;
	ssize_t n;

	fcntl(sock, F_SETFL, O_NONBLOCK);
	for (;;) {
		n = scm_recv(sock, &msg, sizeof(msg), fds, &nr_fds);
		if (n == 0 || n == -EAGAIN)
			break;
		if (n != sizeof(msg) || msg.version != VGPU_PV_LINK_VERSION ||
		    msg.type != VGPU_PV_LINK_APERTURE || nr_fds != 1) {
			log_err("QEMU's private message is not of version %d: QEMU and worker are not of one build",
				VGPU_PV_LINK_VERSION);
			ret = -EPROTO;
		} else {
			ret = aperture_map(w, msg.size, fds[0]);
		}
		scm_close_fds(fds, nr_fds);
		if (ret)
			break;
	}
	close(sock);
	return ret;
}

void aperture_unmap(struct worker *w)
{
	if (w->aperture)
		munmap(w->aperture, w->aperture_size);
}
