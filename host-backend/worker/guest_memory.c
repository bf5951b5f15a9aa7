// SPDX-License-Identifier: MIT
/*
 * The guest's memory as QEMU's memory table gives it: a few regions, each an
 * mmap of a shared file.  A table is never changed once it is in use: a new one
 * is built, and the old one is freed when nothing points into it any more.
 * Every address that comes from the guest goes through here, and every byte of the
 * guest's that is copied is counted here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest_memory.h"

struct guest_memory *guest_memory_new(uint64_t *copied)
{
	struct guest_memory *mem = calloc(1, sizeof(*mem));

	if (mem)
		mem->copied = copied;
	return mem;
}

void guest_memory_free(struct guest_memory *mem)
{
	unsigned int i;

	if (!mem)
		return;
	for (i = 0; i < mem->nr_regions; i++)
		munmap(mem->regions[i].map, mem->regions[i].map_size);
	free(mem);
}

static bool ranges_overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

int guest_memory_add(struct guest_memory *mem, uint64_t gpa, uint64_t uva, uint64_t size,
		     uint64_t offset, int fd)
{
	struct guest_memory_region *region;
	uint64_t end, page = (uint64_t)sysconf(_SC_PAGESIZE), slack = offset & (page - 1);
	struct stat st;
	unsigned int i;
	void *map;

	if (mem->nr_regions == GUEST_MEMORY_MAX_REGIONS)
		return -E2BIG;
	if (!size || __builtin_add_overflow(gpa, size, &end) ||
	    __builtin_add_overflow(uva, size, &end) || __builtin_add_overflow(offset, size, &end) ||
	    size > SIZE_MAX - page)
		return -EINVAL;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size < 0 || (uint64_t)st.st_size < end)
		return -EINVAL;
	for (i = 0; i < mem->nr_regions; i++) {
		region = &mem->regions[i];
		if (ranges_overlap(gpa, size, region->gpa, region->size) ||
		    ranges_overlap(uva, size, region->uva, region->size))
			return -EINVAL;
	}
	map = mmap(NULL, size + slack, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd,
		   (off_t)(offset - slack));
	if (map == MAP_FAILED)
		return -errno;
	madvise(map, size + slack, MADV_DONTDUMP);
	mem->regions[mem->nr_regions++] = (struct guest_memory_region){
		.gpa = gpa,
		.uva = uva,
		.size = size,
		.host = (uint8_t *)map + slack,
		.map = map,
		.map_size = size + slack,
	};
	return 0;
}

void *guest_memory_at(const struct guest_memory *mem, uint64_t gpa, uint64_t *len)
{
	const struct guest_memory_region *region;
	uint64_t offset;
	unsigned int i;

	for (i = 0; i < mem->nr_regions; i++) {
		region = &mem->regions[i];
		offset = gpa - region->gpa;
		if (gpa < region->gpa || offset >= region->size)
			continue;
		if (*len > region->size - offset)
			*len = region->size - offset;
		return region->host + offset;
	}
	return NULL;
}

void *guest_memory_uva(const struct guest_memory *mem, uint64_t uva, uint64_t len)
{
	const struct guest_memory_region *region;
	uint64_t offset;
	unsigned int i;

	for (i = 0; i < mem->nr_regions; i++) {
		region = &mem->regions[i];
		offset = uva - region->uva;
		if (uva >= region->uva && offset < region->size && len <= region->size - offset)
			return region->host + offset;
	}
	return NULL;
}

uint64_t guest_memory_size(const struct guest_memory *mem)
{
	uint64_t size = 0;
	unsigned int i;

	for (i = 0; i < mem->nr_regions; i++)
		size += mem->regions[i].size;
	return size;
}

bool guest_memory_has(const struct guest_memory *mem, uint64_t gpa, uint64_t len)
{
	uint64_t part;

	while (len) {
		part = len;
		if (!guest_memory_at(mem, gpa, &part))
			return false;
		gpa += part;
		len -= part;
	}
	return true;
}

int guest_memory_read(const struct guest_memory *mem, uint64_t gpa, void *buf, size_t len)
{
	uint64_t part;
	void *src;

	while (len) {
		part = len;
		src = guest_memory_at(mem, gpa, &part);
		if (!src)
			return -EFAULT;
		memcpy(buf, src, part);
		__atomic_fetch_add(mem->copied, part, __ATOMIC_RELAXED);
		buf = (uint8_t *)buf + part;
		gpa += part;
		len -= part;
	}
	return 0;
}

int guest_memory_write(const struct guest_memory *mem, uint64_t gpa, const void *buf, size_t len)
{
	uint64_t part;
	void *dst;

	while (len) {
		part = len;
		dst = guest_memory_at(mem, gpa, &part);
		if (!dst)
			return -EFAULT;
		memcpy(dst, buf, part);
		__atomic_fetch_add(mem->copied, part, __ATOMIC_RELAXED);
		buf = (const uint8_t *)buf + part;
		gpa += part;
		len -= part;
	}
	return 0;
}
