// SPDX-License-Identifier: MIT
/*
 * The aperture, shared by QEMU's console, the guest and us.  It comes over a
 * private socket, as vhost-user has no message for memory that is not the
 * guest's RAM.  It comes once: a worker has one front end.  A front end whose
 * clients map a file for each resource puts those files into it, which takes
 * neither an answer nor a region of vhost-user's memory table.  Only the render
 * thread does that, which is then not in GL with pointers to what lies there.
 *
 * A file that cannot be put where the front end wants it leaves another's there,
 * and the resource that it is for may be any of those to come: so none is made in
 * the aperture from then on.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
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
	w->aperture_fd = fd;
	__atomic_store_n(&w->aperture_size, size, __ATOMIC_RELEASE);
	return 0;
}

/* a file that could shrink under the mapping would end us with SIGBUS */
static bool aperture_file_holds(int fd, uint64_t size)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;

	return seals >= 0 && seals & F_SEAL_SHRINK && !fstat(fd, &st) && st.st_size >= 0 &&
	       (uint64_t)st.st_size >= size;
}

/* in the place of what lay there before, another file included */
static int aperture_map_at(struct worker *w, uint64_t offset, uint64_t size, int fd, uint64_t from)
{
	void *map = mmap(w->aperture + offset, size, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED | MAP_NORESERVE, fd, (off_t)from);

	if (map == MAP_FAILED)
		return -errno;
	madvise(map, size, MADV_DONTDUMP);
	return 0;
}

static int aperture_place(struct worker *w, uint64_t offset, uint64_t size, int fd)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), all = worker_aperture_size(w);
	int ret;

	if (!size || size % page || offset % page || size > all || offset > all - size) {
		log_err("a file of %llu bytes at %#llx is not whole pages of the aperture of %llu",
			(unsigned long long)size, (unsigned long long)offset,
			(unsigned long long)all);
		return -EINVAL;
	}
	if (!aperture_file_holds(fd, size)) {
		log_err("the file for %#llx of the aperture can shrink, or has less than %llu bytes",
			(unsigned long long)offset, (unsigned long long)size);
		return -EINVAL;
	}
	ret = aperture_map_at(w, offset, size, fd, 0);
	if (ret)
		log_err("a file of %llu bytes cannot be put at %#llx of the aperture: %s",
			(unsigned long long)size, (unsigned long long)offset, strerror(-ret));
	else
		w->aperture_placed = true;
	return ret;
}

/* 1: a message of this type, with its file; 0: the socket is at its end; or negative */
static int aperture_read(int sock, enum vgpu_pv_link_type type, struct vgpu_pv_link_msg *msg,
			 int *fd)
{
	int fds[SCM_MAX_FDS];
	unsigned int nr_fds;
	ssize_t n = scm_recv(sock, msg, sizeof(*msg), fds, &nr_fds);

	if (n == -EAGAIN)
		return -EAGAIN;
	if (n <= 0 && n != -EMSGSIZE)
		return 0;
	if (n == sizeof(*msg) && msg->version == VGPU_PV_LINK_VERSION && msg->type == type &&
	    nr_fds == 1) {
		*fd = fds[0];
		return 1;
	}
	scm_close_fds(fds, nr_fds);
	if (n != sizeof(*msg) || msg->version != VGPU_PV_LINK_VERSION)
		log_err("the front end's private message is not of version %d: it and the worker are not of one build",
			VGPU_PV_LINK_VERSION);
	else
		log_err("the front end's private message of type %u comes with %u files: type %u with 1 is due",
			msg->type, nr_fds, type);
	return -EPROTO;
}

int aperture_receive(struct worker *w, int sock)
{
	struct vgpu_pv_link_msg msg;
	int ret = -EEXIST, fd;

	if (w->aperture) {
		log_err("the front end announces the aperture twice");
		goto err_close;
	}
	fcntl(sock, F_SETFL, O_NONBLOCK);
	ret = aperture_read(sock, VGPU_PV_LINK_APERTURE, &msg, &fd);
	if (ret <= 0) {
		log_err("the front end's private socket holds no aperture");
		ret = -EPROTO;
		goto err_close;
	}
	ret = aperture_map(w, msg.size, fd);
	if (ret) {
		close(fd);
		goto err_close;
	}
	/* from here on it is the render thread's */
	__atomic_store_n(&w->link_sock, sock, __ATOMIC_RELEASE);
	return 0;

err_close:
	close(sock);
	return ret;
}

int aperture_update(struct worker *w)
{
	int sock = __atomic_load_n(&w->link_sock, __ATOMIC_ACQUIRE), ret, fd;
	struct vgpu_pv_link_msg msg;

	if (sock < 0)
		return w->aperture_error;
	/* all that is there, for the front end may wait for room */
	while ((ret = aperture_read(sock, VGPU_PV_LINK_PLACE, &msg, &fd)) && ret != -EAGAIN) {
		if (ret > 0) {
			ret = w->aperture_error ? 0 : aperture_place(w, msg.offset, msg.size, fd);
			close(fd);
		}
		if (ret && !w->aperture_error) {
			log_err("no resource is made in the aperture any more, for what lies there is not known");
			w->aperture_error = ret;
		}
	}
	if (!ret) {
		close(sock);
		w->link_sock = -1;
	}
	return w->aperture_error;
}

void aperture_take_back(struct worker *w, uint64_t offset, uint64_t size)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), all = worker_aperture_size(w), end;
	int ret;

	if (!w->aperture_placed || !size || size > all || offset > all - size)
		return;
	end = (offset + size + page - 1) & ~(page - 1);
	offset &= ~(page - 1);
	ret = aperture_map_at(w, offset, end - offset, w->aperture_fd, offset);
	if (ret)
		log_err_limited(&w->guest_errors,
				"the file at %#llx of the aperture stays there until the next takes its place: %s",
				(unsigned long long)offset, strerror(-ret));
}

void aperture_unmap(struct worker *w)
{
	if (w->link_sock >= 0)
		close(w->link_sock);
	if (!w->aperture)
		return;
	munmap(w->aperture, w->aperture_size);
	close(w->aperture_fd);
}
