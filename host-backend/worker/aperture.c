// SPDX-License-Identifier: MIT
/*
 * The aperture, shared by QEMU's console, the guest and us.  It comes over a
 * private socket, as vhost-user has no message for memory that is not the
 * guest's RAM.  It comes once: a worker has one front end.  A front end whose
 * clients map a file for each resource puts those files into it, which takes
 * neither an answer nor a region of vhost-user's memory table.
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

/* a file that could shrink under the mapping would end us with SIGBUS */
static bool aperture_file_holds(int fd, uint64_t size)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;

	return seals >= 0 && seals & F_SEAL_SHRINK && !fstat(fd, &st) && st.st_size >= 0 &&
	       (uint64_t)st.st_size >= size;
}

/* what lay there before, another file included, is gone */
static int aperture_place(struct worker *w, uint64_t offset, uint64_t size, int fd)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), all = worker_aperture_size(w);
	void *map;

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
	map = mmap(w->aperture + offset, size, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_FIXED | MAP_NORESERVE, fd, 0);
	if (map == MAP_FAILED) {
		log_err("a file cannot be put at %#llx of the aperture: %m",
			(unsigned long long)offset);
		return -errno;
	}
	madvise(map, size, MADV_DONTDUMP);
	return 0;
}

static int aperture_handle(struct worker *w, const struct vgpu_pv_link_msg *msg, int fd)
{
	if (msg->type == VGPU_PV_LINK_APERTURE && !msg->offset)
		return aperture_map(w, msg->size, fd);
	if (msg->type == VGPU_PV_LINK_PLACE)
		return aperture_place(w, msg->offset, msg->size, fd);
	log_err("the front end's private message has the unknown type %u", msg->type);
	return -EPROTO;
}

/*
 * Reads all that is there.  1: more may come; 0: the front end closed its end;
 * negative: a message was wrong, and those after it are still there.
 */
static int aperture_read(struct worker *w, int sock)
{
	struct vgpu_pv_link_msg msg;
	int fds[SCM_MAX_FDS], ret;
	unsigned int nr_fds;
	ssize_t n;

	for (;;) {
		n = scm_recv(sock, &msg, sizeof(msg), fds, &nr_fds);
		if (n == -EAGAIN)
			return 1;
		if (n <= 0 && n != -EMSGSIZE)
			return 0;
		if (n != sizeof(msg) || msg.version != VGPU_PV_LINK_VERSION || nr_fds != 1) {
			log_err("the front end's private message is not of version %d: it and the worker are not of one build",
				VGPU_PV_LINK_VERSION);
			ret = -EPROTO;
		} else {
			ret = aperture_handle(w, &msg, fds[0]);
		}
		scm_close_fds(fds, nr_fds);
		if (ret)
			return ret;
	}
}

int aperture_receive(struct worker *w, int sock)
{
	int ret;

	fcntl(sock, F_SETFL, O_NONBLOCK);
	ret = aperture_read(w, sock);
	/* from here on it is the render thread's; a second one brings nothing that is new */
	if (ret > 0 && w->link_sock < 0) {
		__atomic_store_n(&w->link_sock, sock, __ATOMIC_RELEASE);
		return 0;
	}
	close(sock);
	return ret > 0 ? 0 : ret;
}

int aperture_update(struct worker *w)
{
	int sock = __atomic_load_n(&w->link_sock, __ATOMIC_ACQUIRE), ret;

	if (sock < 0)
		return 0;
	ret = aperture_read(w, sock);
	if (ret)
		return ret < 0 ? ret : 0;
	close(sock);
	w->link_sock = -1;
	return 0;
}

void aperture_unmap(struct worker *w)
{
	if (w->link_sock >= 0)
		close(w->link_sock);
	if (w->aperture)
		munmap(w->aperture, w->aperture_size);
}
