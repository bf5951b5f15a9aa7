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

#define PAGE	RESOURCE_PAGE

static uint64_t round_up(uint64_t size)
{
	return (size + PAGE - 1) & ~(uint64_t)(PAGE - 1);
}

static int resource_make_file(struct resource *res, uint64_t size, bool map)
{
	void *at;

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
	return 0;
}

int resource_place(struct gpu *gpu, struct resource *res)
{
	if (range_take(&gpu->aperture, res->size, &res->offset) < 0)
		return -ENOSPC;
	res->placed = true;
	return front_end_place(&gpu->fe, res->offset, round_up(res->size), res->fd);
}

/* with an id, and without bytes */
static struct resource *resource_add(struct gpu *gpu, uint64_t size)
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
	return res;
}

struct resource *resource_new(struct gpu *gpu, uint64_t size, bool map)
{
	struct resource *res = resource_add(gpu, size);
	int ret;

	if (!res || !size)
		return res;
	ret = resource_make_file(res, size, map);
	if (!ret)
		ret = resource_place(gpu, res);
	if (ret) {
		resource_free(gpu, res);
		errno = -ret;
		return NULL;
	}
	return res;
}

struct resource *resource_new_unplaced(struct gpu *gpu, uint64_t size, int file)
{
	struct resource *res = resource_add(gpu, size);
	int ret;

	if (!res) {
		if (file >= 0)
			close(file);
		return NULL;
	}
	if (file >= 0) {
		res->fd = file;
		res->size = size;
		return res;
	}
	ret = resource_make_file(res, size, false);
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
	if (res->placed)
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
