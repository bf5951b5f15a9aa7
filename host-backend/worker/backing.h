/* SPDX-License-Identifier: MIT */
#ifndef WORKER_BACKING_H
#define WORKER_BACKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "guest_memory.h"
#include "vgpu_pv.h"

#define BACKING_MAX_SIZE	UINT32_MAX	/* bytes: the renderer counts in 32 bits */

struct backing_range {
	uint64_t gpa;
	uint32_t size;
};

/* Where the guest keeps a resource's bytes: enum vgpu_pv_backing_kind. */
struct backing {
	uint32_t kind;
	uint64_t size;			/* bytes in all */
	uint64_t filled;		/* bytes that entries were given for */
	struct backing_range *ranges;	/* PAGES */
	uint32_t nr_ranges;
	struct iovec *iov;		/* the same bytes here; NULL: not complete, or not mapped */
	uint32_t nr_iov;
};

static inline bool backing_complete(const struct backing *backing)
{
	return backing->kind != VGPU_PV_BACKING_NONE && backing->filled == backing->size;
}

/*
 * Checks what a message says of its backing, all but the entries.  Returns an
 * enum vgpu_pv_status.
 */
uint32_t backing_check(const struct vgpu_pv_backing *wire, uint64_t aperture_size);

/* Takes over checked wire data; entries are added after. */
void backing_init(struct backing *backing, const struct vgpu_pv_backing *wire);
void backing_free(struct backing *backing);

/* Adds entries as they came.  Returns an enum vgpu_pv_status; not OK: nothing changed. */
uint32_t backing_add(struct backing *backing, const struct guest_memory *mem,
		     const struct vgpu_pv_backing_entry *entries, uint32_t nr);

/*
 * Finds the bytes of a complete PAGES backing in mem: makes iov anew.  0,
 * -ENOMEM, or -EFAULT where part of them is not there (iov is NULL then).
 */
int backing_map(struct backing *backing, const struct guest_memory *mem);

/* the same for APERTURE */
int backing_map_aperture(struct backing *backing, uint8_t *aperture, uint64_t offset);

/* size bytes from offset on, which it has, of one with an iov */
void backing_write(const struct backing *backing, uint64_t offset, const uint8_t *from, uint64_t size);

#endif /* WORKER_BACKING_H */
