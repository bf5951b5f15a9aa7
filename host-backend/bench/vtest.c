// SPDX-License-Identifier: MIT
/*
 * Header and words go in a write each, and a wait for commands is a wait for a
 * resource that is made after them and given back: as Mesa does it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "scm.h"
#include "vtest.h"

#define TARGET_BUFFER	0
#define TARGET_2D	2
#define FORMAT_BGRA8	1
#define FORMAT_R8	64
#define BIND_TEXTURE	(1u << 1 | 1u << 3)	/* drawn on, sampled */
#define BIND_CUSTOM	(1u << 17)

static void die(const char *what)
{
	fprintf(stderr, "bench-latency: %s\n", what);
	exit(EXIT_FAILURE);
}

static void vtest_write(const struct vtest *v, const void *data, size_t len)
{
	if (write(v->sock, data, len) != (ssize_t)len)
		die("a server takes no command");
}

static void vtest_say(const struct vtest *v, uint32_t command, const void *words, uint32_t nr)
{
	const struct vtest_header header = { .length = nr, .command = command };

	vtest_write(v, &header, sizeof(header));
	if (nr)
		vtest_write(v, words, nr * sizeof(uint32_t));
}

static uint32_t vtest_answer(const struct vtest *v, uint32_t command)
{
	uint32_t answer[3];

	if (recv(v->sock, answer, sizeof(answer), MSG_WAITALL) != sizeof(answer) ||
	    answer[0] != 1 || answer[1] != command)
		die("a server does not answer");
	return answer[2];
}

void vtest_connect(struct vtest *v, const char *path)
{
	static const char name[] = "bench-latency";
	const struct vtest_header header = { sizeof(name), VTEST_CREATE_RENDERER };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const uint32_t version = 2;

	v->sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	v->next = 1;
	strncpy(addr.sun_path, path, sizeof(addr.sun_path) - 1);
	if (v->sock < 0 || connect(v->sock, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		die("a server's socket cannot be connected to");
	vtest_write(v, &header, sizeof(header));
	vtest_write(v, name, sizeof(name));
	vtest_say(v, VTEST_PROTOCOL_VERSION, &version, 1);
	if (vtest_answer(v, VTEST_PROTOCOL_VERSION) != version)
		die("a server knows no version 2");
}

static int vtest_create(struct vtest *v, const struct vtest_resource_create *create)
{
	int fds[SCM_MAX_FDS];
	unsigned int nr_fds;
	uint8_t byte;

	vtest_say(v, VTEST_RESOURCE_CREATE2, create, sizeof(*create) / sizeof(uint32_t));
	if (scm_recv(v->sock, &byte, 1, fds, &nr_fds) != 1 || nr_fds != 1)
		die("a server gives a resource no file");
	return fds[0];
}

static void vtest_wait(const struct vtest *v, uint32_t handle)
{
	const uint32_t wait[2] = { handle, VTEST_BUSY_WAIT_FLAG_WAIT };

	vtest_say(v, VTEST_RESOURCE_BUSY_WAIT, wait, 2);
	vtest_answer(v, VTEST_RESOURCE_BUSY_WAIT);
}

void vtest_submit_and_wait(struct vtest *v)
{
	static const uint32_t nothing;
	const struct vtest_resource_create fence = {
		.handle = v->next++,
		.target = TARGET_BUFFER,
		.format = FORMAT_R8,
		.bind = BIND_CUSTOM,
		.width = 8,
		.height = 1,
		.depth = 1,
		.data_size = 8,
	};

	vtest_say(v, VTEST_SUBMIT_CMD, &nothing, 1);
	close(vtest_create(v, &fence));
	vtest_wait(v, fence.handle);
	vtest_say(v, VTEST_RESOURCE_UNREF, &fence.handle, 1);
}

void vtest_texture_create(struct vtest *v, struct vtest_texture *texture, uint32_t side)
{
	const struct vtest_resource_create create = {
		.handle = v->next++,
		.target = TARGET_2D,
		.format = FORMAT_BGRA8,
		.bind = BIND_TEXTURE,
		.width = side,
		.height = side,
		.depth = 1,
		.array_size = 1,
		.data_size = side * side * 4,
	};
	int fd = vtest_create(v, &create);

	texture->handle = create.handle;
	texture->side = side;
	texture->map = mmap(NULL, create.data_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (texture->map == MAP_FAILED)
		die("a texture's file cannot be mapped");
	memset(texture->map, 0x5a, create.data_size);
	close(fd);
}

void vtest_texture_destroy(struct vtest *v, const struct vtest_texture *texture)
{
	munmap(texture->map, (size_t)texture->side * texture->side * 4);
	vtest_say(v, VTEST_RESOURCE_UNREF, &texture->handle, 1);
}

void vtest_texture_transfer(struct vtest *v, const struct vtest_texture *texture,
			    enum vtest_command command)
{
	const struct vtest_transfer2 transfer = {
		.handle = texture->handle,
		.width = texture->side,
		.height = texture->side,
		.depth = 1,
		.data_size = texture->side * texture->side * 4,
	};

	vtest_say(v, command, &transfer, sizeof(transfer) / sizeof(uint32_t));
	vtest_wait(v, texture->handle);
}
