/* SPDX-License-Identifier: MIT */
#ifndef WORKER_GUEST_MEMORY_H
#define WORKER_GUEST_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define GUEST_MEMORY_MAX_REGIONS	8

struct guest_memory_region {
	uint64_t gpa;		/* guest physical address of the first byte */
	uint64_t uva;		/* the same byte in QEMU's address space */
	uint64_t size;
	uint8_t *host;		/* the same byte here */
	void *map;		/* what munmap() takes: host less the offset in the file */
	size_t map_size;
};

struct guest_memory {
	struct guest_memory *next;	/* in the list of retired maps */
	uint64_t *copied;		/* atomic: bytes that guest_memory_read() and _write() moved */
	unsigned int nr_regions;
	struct guest_memory_region regions[GUEST_MEMORY_MAX_REGIONS];
};

struct guest_memory *guest_memory_new(uint64_t *copied);
void guest_memory_free(struct guest_memory *mem);

/*
 * Maps size bytes of fd from offset.  The caller keeps fd.  0, or -errno: a
 * size of zero, addresses that wrap or overlap, a file that is too short.
 */
int guest_memory_add(struct guest_memory *mem, uint64_t gpa, uint64_t uva, uint64_t size,
		     uint64_t offset, int fd);

/* The bytes [gpa, gpa + *len), *len shortened to what one region holds; NULL: none. */
void *guest_memory_at(const struct guest_memory *mem, uint64_t gpa, uint64_t *len);

/* [uva, uva + len) in QEMU's addresses, whole in one region; NULL otherwise. */
void *guest_memory_uva(const struct guest_memory *mem, uint64_t uva, uint64_t len);

uint64_t guest_memory_size(const struct guest_memory *mem);

bool guest_memory_has(const struct guest_memory *mem, uint64_t gpa, uint64_t len);

/* 0, or -EFAULT with nothing promised about buf */
int guest_memory_read(const struct guest_memory *mem, uint64_t gpa, void *buf, size_t len);
int guest_memory_write(const struct guest_memory *mem, uint64_t gpa, const void *buf, size_t len);

#endif /* WORKER_GUEST_MEMORY_H */
