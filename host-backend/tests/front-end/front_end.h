/* SPDX-License-Identifier: MIT */
/*
 * A front end for tests: plays QEMU and the guest in one process.  It makes the
 * guest's memory and the aperture, starts a real worker over a socket pair,
 * speaks vhost-user with it, and has a driver's view of the split virtqueues.
 * Functions named fe_try_* return errors; the others end the test.
 */
#ifndef FRONT_END_H
#define FRONT_END_H

#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vgpu_pv.h"
#include "vgpu_pv_link.h"
#include "vgpu_pv_stats.h"

#define FE_MEMORY_SIZE		(256u << 20)
#define FE_MEMORY_GPA		0x40000000ull	/* of the first byte */
#define FE_APERTURE_SIZE	(16u << 20)
#define FE_RINGS		4		/* of the device */
#define FE_TIMEOUT_MS		20000

struct fe_options {
	const char *const *args;	/* more of the worker's, NULL-terminated; may be NULL */
	bool event_idx;
	bool indirect;			/* the driver uses indirect tables */
	bool no_protocol_features;
	bool keep_link;			/* our end of the private socket stays open */
	bool jail;			/* in a sanitized build too, which then sees no leaks */
};

struct fe_slot {
	bool busy;
	bool done;
	uint32_t used_len;
	uint32_t reply_room;
	uint8_t *request;	/* in guest memory; the slot's own part of it */
	uint8_t *reply;
	struct vring_desc *table;	/* indirect */
};

struct fe_ring {
	unsigned int vq;
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	int kick_fd;
	int call_fd;
	int err_fd;
	uint16_t last_used;
	uint16_t kicked;	/* avail index at the last look whether to kick */
	uint64_t posted;
	uint64_t kicks;
	uint64_t calls;
	struct fe_slot slots[VGPU_PV_QUEUE_SIZE];
	uint16_t order[65536];	/* heads in the order in which they were used */
	uint32_t nr_order;
};

struct fe {
	struct fe_options options;
	pid_t worker;			/* 0: not ours */
	int sock;
	int link_sock;			/* keep_link; else -1 */
	uint64_t offered, features;	/* vhost-user's, and those taken */
	uint64_t protocol;		/* offered; those known are taken */
	int memory_fd;
	uint8_t *memory;
	size_t allocated;
	int aperture_fd;
	uint8_t *aperture;
	struct vgpu_pv_stats *stats;
	struct fe_ring *rings[VGPU_PV_MAX_RINGS];
};

/* Starts a worker and does what QEMU does before the rings start. */
struct fe *fe_start(const struct fe_options *options);

/* The same with a back end of any kind that is there already. */
struct fe *fe_connect(int sock, const struct fe_options *options);

/* after a reset of a back end that forgets more than ours does: features and memory */
void fe_set_up(struct fe *fe);

/* Starts a worker that is to end by itself at once; its exit status as of waitpid(). */
int fe_refused(const struct fe_options *options);

/* Closes the connection; the worker's exit status as of waitpid(). */
int fe_end(struct fe *fe);

/* guest memory, 4096-byte aligned, zeroed, never freed */
void *fe_alloc(struct fe *fe, size_t size);
uint64_t fe_gpa(const struct fe *fe, const void *p);

/* The rings, by their number from 0. */
void fe_ring_start(struct fe *fe, unsigned int ring);
/* sets up again at base and starts */
void fe_ring_restart(struct fe *fe, unsigned int ring, uint16_t base);
/* GET_VRING_BASE */
uint16_t fe_ring_stop(struct fe *fe, unsigned int ring);
/* RESET_DEVICE; the rings' own state is reset too, and they are stopped */
void fe_reset(struct fe *fe);

/* Makes a message available without a kick; returns its slot. */
unsigned int fe_post(struct fe *fe, unsigned int ring, const void *request, size_t len,
		     size_t reply_room);
void fe_kick(struct fe *fe, unsigned int ring);
/* takes what was used meanwhile */
void fe_poll(struct fe *fe, unsigned int ring);
bool fe_try_wait(struct fe *fe, unsigned int ring, unsigned int slot, int timeout_ms);
/* frees the slot; bytes written by the device */
uint32_t fe_wait(struct fe *fe, unsigned int ring, unsigned int slot, void *reply, size_t len);
/* post, kick, wait */
uint32_t fe_call(struct fe *fe, unsigned int ring, const void *request, size_t len, void *reply,
		 size_t reply_len);
/* the same where the reply is a header: its status, after its checks */
uint32_t fe_status(struct fe *fe, unsigned int ring, const void *request, size_t len);

/* vhost-user, raw */
void fe_send(struct fe *fe, uint32_t request, const void *payload, uint32_t len, const int *fds,
	     unsigned int nr_fds);
bool fe_try_reply(struct fe *fe, uint32_t request, void *payload, uint32_t len, int timeout_ms);
/* keep_link: a private message as it is, with a descriptor unless fd is negative */
void fe_link(struct fe *fe, uint32_t type, uint64_t offset, uint64_t size, int fd);
void fe_set_mem_table(struct fe *fe, int fd, uint64_t gpa, uint64_t size, uint64_t offset);

uint64_t fe_now_ms(void);

#endif /* FRONT_END_H */
