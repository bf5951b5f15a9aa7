// SPDX-License-Identifier: MIT
/*
 * The file that a client maps is the resource's backing: it is put into the
 * aperture, and nothing is copied.  It is sealed against shrinking, so that no
 * client can take pages away under the worker.  With the resource the worker lets
 * go of it.  Its pages are freed here, for the client may map it on: what it puts
 * there from then on is the client's own memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "resource.h"

#define PAGE	4096u

static uint64_t round_up(uint64_t size)
{
	return (size + PAGE - 1) & ~(uint64_t)(PAGE - 1);
}

static int resource_back(struct gpu *gpu, struct resource *res, uint64_t size, bool map)
{
	void *at;

	if (range_take(&gpu->aperture, size, &res->offset) < 0)
		return -ENOSPC;
	res->size = size;
	res->fd = memfd_create("vgpu-pv-resource", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (res->fd < 0 || ftruncate(res->fd, (off_t)round_up(size)) < 0 ||
	    fcntl(res->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return -errno;
	if (map) {
		at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, res->fd,
			  0);
		if (at == MAP_FAILED)
			return -errno;
		res->map = at;
	}
	return front_end_place(&gpu->fe, res->offset, round_up(size), res->fd);
}

struct resource *resource_new(struct gpu *gpu, uint64_t size, bool map)
{
	struct resource *res;
	int ret;

	if (size > RESOURCE_MAX_SIZE) {
		errno = EFBIG;
		return NULL;
	}
	res = calloc(1, sizeof(*res));
	if (!res)
		return NULL;
	while (!gpu->next_id || id_table_find(&gpu->resources, gpu->next_id))
		gpu->next_id++;
	res->id = gpu->next_id++;
	res->fd = -1;
	ret = id_table_add(&gpu->resources, res->id, res);
	if (ret) {
		free(res);
		errno = -ret;
		return NULL;
	}
	ret = size ? resource_back(gpu, res, size, map) : 0;
	if (ret) {
		resource_free(gpu, res);
		errno = -ret;
		return NULL;
	}
	return res;
}

static void resource_release(struct resource *res)
{
	if (res->map)
		munmap(res->map, res->size);
	if (res->fd >= 0) {
		fallocate(res->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			  (off_t)round_up(res->size));
		close(res->fd);
	}
	free(res);
}

void resource_free(struct gpu *gpu, struct resource *res)
{
	id_table_remove(&gpu->resources, res->id);
	if (res->size)
		range_give_back(&gpu->aperture, res->size, res->offset);
	resource_release(res);
}

static void resource_release_each(void *value, void *arg)
{
	(void)arg;
	resource_release(value);
}

void resource_free_all(struct gpu *gpu)
{
	id_table_each(&gpu->resources, resource_release_each, NULL);
	id_table_clear(&gpu->resources);
}
