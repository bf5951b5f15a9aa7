/* SPDX-License-Identifier: MIT */
/*
 * Mesa's vtest protocol, as its virpipe client and virgl_test_server speak it:
 * a stream of commands, each a header, then words, then for some more bytes.
 * All in the host's byte order.  A descriptor travels with a byte of its own.
 */
#ifndef BRIDGE_VTEST_PROTOCOL_H
#define BRIDGE_VTEST_PROTOCOL_H

#include <stdint.h>

#define VTEST_DEFAULT_SOCKET	"/tmp/.virgl_test"
#define VTEST_MAX_VERSION	3

enum vtest_command {
	VTEST_GET_CAPS = 1,
	VTEST_RESOURCE_CREATE = 2,
	VTEST_RESOURCE_UNREF = 3,
	VTEST_TRANSFER_GET = 4,
	VTEST_TRANSFER_PUT = 5,
	VTEST_SUBMIT_CMD = 6,
	VTEST_RESOURCE_BUSY_WAIT = 7,
	VTEST_CREATE_RENDERER = 8,
	VTEST_GET_CAPS2 = 9,
	VTEST_PING_PROTOCOL_VERSION = 10,
	VTEST_PROTOCOL_VERSION = 11,
	/* since version 2 */
	VTEST_RESOURCE_CREATE2 = 12,
	VTEST_TRANSFER_GET2 = 13,
	VTEST_TRANSFER_PUT2 = 14,
	/* since version 3 */
	VTEST_GET_PARAM = 15,
	VTEST_GET_CAPSET = 16,
	VTEST_CONTEXT_INIT = 17,
	VTEST_RESOURCE_CREATE_BLOB = 18,
	VTEST_SYNC_CREATE = 19,
	VTEST_SYNC_UNREF = 20,
	VTEST_SYNC_READ = 21,
	VTEST_SYNC_WRITE = 22,
	VTEST_SYNC_WAIT = 23,
	VTEST_SUBMIT_CMD2 = 24,
};

struct vtest_header {
	uint32_t length;	/* of what follows, in words; of CREATE_RENDERER in bytes */
	uint32_t command;
};

struct vtest_resource_create {
	uint32_t handle;	/* zero since version 3: the answer has it */
	uint32_t target;
	uint32_t format;
	uint32_t bind;
	uint32_t width;
	uint32_t height;
	uint32_t depth;
	uint32_t array_size;
	uint32_t last_level;
	uint32_t nr_samples;
	uint32_t data_size;	/* RESOURCE_CREATE2 alone: bytes to share; zero: none */
};

struct vtest_transfer {
	uint32_t handle;
	uint32_t level;
	uint32_t stride;
	uint32_t layer_stride;
	uint32_t x, y, z;
	uint32_t width, height, depth;
	uint32_t data_size;	/* bytes that follow the command, or the answer has */
};

/* The length of PUT2 counts data that never follows. */
struct vtest_transfer2 {
	uint32_t handle;
	uint32_t level;
	uint32_t x, y, z;
	uint32_t width, height, depth;
	uint32_t data_size;
	uint32_t offset;	/* in what is shared */
};

struct vtest_busy_wait {
	uint32_t handle;	/* zero: whether the command is known */
	uint32_t flags;
};

#define VTEST_BUSY_WAIT_FLAG_WAIT	1u

struct vtest_get_capset {
	uint32_t id;
	uint32_t version;
};

#endif /* BRIDGE_VTEST_PROTOCOL_H */
