// SPDX-License-Identifier: MIT
/*
 * Backings.  Guest addresses are kept as they came, as the memory table may
 * change under a resource; ranges that follow each other are joined, so that a
 * contiguous backing stays short.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backing.h"

uint32_t backing_check(const struct vgpu_pv_backing *wire, uint64_t aperture_size)
{
	uint64_t size = le64toh(wire->size), offset = le64toh(wire->offset);

	switch (le32toh(wire->kind)) {
	case VGPU_PV_BACKING_NONE:
		return size || offset || wire->nr_entries ? VGPU_PV_S_INVALID : VGPU_PV_S_OK;
	case VGPU_PV_BACKING_PAGES:
		return !size || size > BACKING_MAX_SIZE || offset ? VGPU_PV_S_INVALID :
								    VGPU_PV_S_OK;
	case VGPU_PV_BACKING_APERTURE:
		return !size || size > BACKING_MAX_SIZE || wire->nr_entries ||
		       size > aperture_size || offset > aperture_size - size ?
			       VGPU_PV_S_INVALID : VGPU_PV_S_OK;
	}
	return VGPU_PV_S_INVALID;
}

void backing_init(struct backing *backing, const struct vgpu_pv_backing *wire)
{
	*backing = (struct backing){
		.kind = le32toh(wire->kind),
		.size = le64toh(wire->size),
	};
}

void backing_free(struct backing *backing)
{
	free(backing->ranges);
	free(backing->iov);
	*backing = (struct backing){ 0 };
}

static bool entries_valid(const struct backing *backing, const struct guest_memory *mem,
			  const struct vgpu_pv_backing_entry *entries, uint32_t nr)
{
	uint64_t filled = backing->filled;
	uint32_t i;

	for (i = 0; i < nr; i++) {
		if (!entries[i].size || entries[i].padding ||
		    le32toh(entries[i].size) > backing->size - filled ||
		    !guest_memory_has(mem, le64toh(entries[i].addr), le32toh(entries[i].size)))
			return false;
		filled += le32toh(entries[i].size);
	}
	return true;
}

static bool range_join(struct backing_range *last, uint64_t gpa, uint32_t size)
{
	if (last->gpa + last->size != gpa || size > UINT32_MAX - last->size)
		return false;
	last->size += size;
	return true;
}

uint32_t backing_add(struct backing *backing, const struct guest_memory *mem,
		     const struct vgpu_pv_backing_entry *entries, uint32_t nr)
{
	struct backing_range *ranges;
	uint64_t gpa;
	uint32_t i, size;

	if (!nr)
		return VGPU_PV_S_OK;
	if (backing->kind != VGPU_PV_BACKING_PAGES || !entries_valid(backing, mem, entries, nr))
		return VGPU_PV_S_INVALID;
	ranges = reallocarray(backing->ranges, (size_t)backing->nr_ranges + nr, sizeof(*ranges));
	if (!ranges)
		return VGPU_PV_S_NOMEM;
	backing->ranges = ranges;
	for (i = 0; i < nr; i++) {
		gpa = le64toh(entries[i].addr);
		size = le32toh(entries[i].size);
		backing->filled += size;
		if (backing->nr_ranges && range_join(&ranges[backing->nr_ranges - 1], gpa, size))
			continue;
		ranges[backing->nr_ranges++] = (struct backing_range){ .gpa = gpa, .size = size };
	}
	return VGPU_PV_S_OK;
}

/* how many pieces the ranges have in mem; 0: part of them is not there */
static uint32_t backing_count(const struct backing *backing, const struct guest_memory *mem)
{
	uint64_t gpa, left, part;
	uint32_t i, nr = 0;

	for (i = 0; i < backing->nr_ranges; i++) {
		gpa = backing->ranges[i].gpa;
		for (left = backing->ranges[i].size; left; left -= part, gpa += part, nr++) {
			part = left;
			if (!guest_memory_at(mem, gpa, &part))
				return 0;
		}
	}
	return nr;
}

int backing_map(struct backing *backing, const struct guest_memory *mem)
{
	uint32_t nr = backing_count(backing, mem), i;
	uint64_t gpa, left, part;
	struct iovec *iov;

	free(backing->iov);
	backing->iov = NULL;
	backing->nr_iov = 0;
	if (!nr)
		return -EFAULT;
	iov = calloc(nr, sizeof(*iov));
	if (!iov)
		return -ENOMEM;
	backing->iov = iov;
	backing->nr_iov = nr;
	for (i = 0; i < backing->nr_ranges; i++) {
		gpa = backing->ranges[i].gpa;
		for (left = backing->ranges[i].size; left; left -= part, gpa += part, iov++) {
			part = left;
			iov->iov_base = guest_memory_at(mem, gpa, &part);
			iov->iov_len = part;
		}
	}
	return 0;
}

int backing_map_aperture(struct backing *backing, uint8_t *aperture, uint64_t offset)
{
	backing->iov = calloc(1, sizeof(*backing->iov));
	if (!backing->iov)
		return -ENOMEM;
	backing->iov->iov_base = aperture + offset;
	backing->iov->iov_len = backing->size;
	backing->nr_iov = 1;
	backing->filled = backing->size;
	return 0;
}

void backing_write(const struct backing *backing, uint64_t offset, const uint8_t *from, uint64_t size)
{
	const struct iovec *iov = backing->iov;
	uint64_t part;

	for (; iov < backing->iov + backing->nr_iov && size; iov++) {
		if (offset >= iov->iov_len) {
			offset -= iov->iov_len;
			continue;
		}
		part = iov->iov_len - offset < size ? iov->iov_len - offset : size;
		memcpy((uint8_t *)iov->iov_base + offset, from, part);
		from += part;
		size -= part;
		offset = 0;
	}
}
