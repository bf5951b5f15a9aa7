/* SPDX-License-Identifier: MIT */
/* The part of the vhost-user protocol that we speak, by its specification in QEMU. */
#ifndef WORKER_VHOST_USER_PROTOCOL_H
#define WORKER_VHOST_USER_PROTOCOL_H

#include <stdint.h>

#include "vgpu_pv.h"

enum vhost_user_request {
	VHOST_USER_GET_FEATURES = 1,
	VHOST_USER_SET_FEATURES = 2,
	VHOST_USER_SET_OWNER = 3,
	VHOST_USER_RESET_OWNER = 4,
	VHOST_USER_SET_MEM_TABLE = 5,
	VHOST_USER_SET_VRING_NUM = 8,
	VHOST_USER_SET_VRING_ADDR = 9,
	VHOST_USER_SET_VRING_BASE = 10,
	VHOST_USER_GET_VRING_BASE = 11,
	VHOST_USER_SET_VRING_KICK = 12,
	VHOST_USER_SET_VRING_CALL = 13,
	VHOST_USER_SET_VRING_ERR = 14,
	VHOST_USER_GET_PROTOCOL_FEATURES = 15,
	VHOST_USER_SET_PROTOCOL_FEATURES = 16,
	VHOST_USER_GET_QUEUE_NUM = 17,
	VHOST_USER_SET_VRING_ENABLE = 18,
	VHOST_USER_GPU_SET_SOCKET = 33,
	VHOST_USER_RESET_DEVICE = 34,
};

#define VHOST_USER_F_INDIRECT_DESC	(1ull << 28)
#define VHOST_USER_F_EVENT_IDX		(1ull << 29)
#define VHOST_USER_F_PROTOCOL_FEATURES	(1ull << 30)
#define VHOST_USER_F_VERSION_1		(1ull << 32)
#define VHOST_USER_FEATURES                                                                        \
	((1ull << VGPU_PV_F_RENDER) | VHOST_USER_F_INDIRECT_DESC | VHOST_USER_F_EVENT_IDX |        \
	 VHOST_USER_F_PROTOCOL_FEATURES | VHOST_USER_F_VERSION_1)

#define VHOST_USER_PROTOCOL_F_MQ		(1ull << 0)
#define VHOST_USER_PROTOCOL_F_RESET_DEVICE	(1ull << 13)
#define VHOST_USER_PROTOCOL_FEATURES                                                               \
	(VHOST_USER_PROTOCOL_F_MQ | VHOST_USER_PROTOCOL_F_RESET_DEVICE)

#define VHOST_USER_VERSION_MASK		0x3u
#define VHOST_USER_VERSION		0x1u
#define VHOST_USER_REPLY		0x4u

#define VHOST_USER_VRING_INDEX_MASK	0xffu
#define VHOST_USER_VRING_NOFD		0x100u

#define VHOST_USER_MAX_REGIONS		8

struct vhost_user_header {
	uint32_t request;
	uint32_t flags;
	uint32_t size;		/* of the payload, which follows at once */
};

struct vhost_user_state {
	uint32_t index;
	uint32_t num;
};

struct vhost_user_addr {
	uint32_t index;
	uint32_t flags;
	uint64_t desc;
	uint64_t used;
	uint64_t avail;
	uint64_t log;
};

struct vhost_user_region {
	uint64_t gpa;
	uint64_t size;
	uint64_t uva;
	uint64_t offset;	/* in the file */
};

struct vhost_user_memory {
	uint32_t nr_regions;
	uint32_t padding;
	struct vhost_user_region regions[VHOST_USER_MAX_REGIONS];
};

union vhost_user_payload {
	uint64_t u64;
	struct vhost_user_state state;
	struct vhost_user_addr addr;
	struct vhost_user_memory memory;
};

#endif /* WORKER_VHOST_USER_PROTOCOL_H */
