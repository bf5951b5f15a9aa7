// SPDX-License-Identifier: MIT
/*
 * Creation is answered before the device has heard of it: the id is the program's
 * or ours, and the file is ours.  Only where the quota might not have room, the
 * program waits for the device's word.  Below version 2 a program maps nothing: its
 * bytes come and go through the socket, and the file serves us alone.
 */
#include <errno.h>
#include <string.h>

#include "client.h"
#include "command.h"
#include "draw.h"
#include "format.h"
#include "message.h"

#define FIXED_COST	4096u	/* of a resource, beside its texels */
#define MOST_A_TEXEL	16u	/* bytes of the largest format */
#define LINE_ALIGN	64u	/* what old clients round a line up to */
#define TARGET_BUFFER	0u

static uint64_t multiply(uint64_t a, uint64_t b)
{
	uint64_t product;

	return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static uint32_t at_least_one(uint32_t n)
{
	return n ? n : 1;
}

uint64_t draw_cost(const struct vtest_resource_create *create)
{
	uint64_t texels = multiply(create->width, create->height);

	texels = multiply(texels, multiply(create->depth, at_least_one(create->array_size)));
	/* smaller levels come to less than as much again */
	if (create->last_level)
		texels = multiply(texels, 2);
	texels = multiply(texels, at_least_one(create->nr_samples));
	texels = multiply(texels, MOST_A_TEXEL);
	return texels > UINT64_MAX - FIXED_COST ? UINT64_MAX : texels + FIXED_COST;
}

/* what a transfer of the largest level may take */
static uint64_t old_size(const struct vtest_resource_create *create)
{
	struct format f;
	uint64_t line, lines;

	if (create->nr_samples > 1 || !format_lookup(create->format, &f))
		return 0;
	line = ((uint64_t)create->width + f.width - 1) / f.width * f.bytes;
	line = (line + LINE_ALIGN - 1) & ~(uint64_t)(LINE_ALIGN - 1);
	lines = ((uint64_t)create->height + f.height - 1) / f.height;
	return multiply(multiply(line, lines),
			multiply(create->depth, at_least_one(create->array_size)));
}

/* its own, and not given back */
static struct resource *find(struct client *c, uint32_t handle)
{
	struct resource *res = id_table_find(&c->handles, handle);

	if (!res)
		client_fail(c, "%s names resource %u, which it does not have", command_name(c),
			    handle);
	return res;
}

static void need_context(struct client *c)
{
	if (!c->has_context)
		message_create_context(c);
}

static int create_answer(struct client *c)
{
	struct resource *res = c->subject;
	uint32_t handle = res->status ? 0 : res->handle;

	if (!handle && c->version < 3)
		return client_fail(c, "resource %u is refused: %s", res->handle,
				   message_status(res->status));
	if (c->version >= 3)
		client_answer(c, c->header.command, &handle, 1);
	if (!handle)
		message_destroy(c, res);
	else if (!res->map)
		c->output_fd = res->fd;
	return 0;
}

/* since version 3 the name is ours to give, and the device's is as good as any that is free */
static int create_name(struct client *c, struct resource *res, uint32_t handle)
{
	if (c->version >= 3) {
		res->handle = res->id;
		while (!res->handle || id_table_find(&c->handles, res->handle))
			res->handle++;
	} else {
		res->handle = handle;
	}
	return id_table_add(&c->handles, res->handle, res);
}

static int create_check(struct client *c, uint32_t handle, uint64_t size)
{
	uint64_t most = c->gpu->memory;

	if (c->version >= 3 && handle)
		return client_fail(c, "%s names resource %u: since version 3 it must not",
				   command_name(c), handle);
	if (c->version < 3 && (!handle || id_table_find(&c->handles, handle)))
		return client_fail(c, "%s names resource %u, which %s", command_name(c), handle,
				   handle ? "there is" : "is none");
	if (c->gpu->resources.count >= c->gpu->max_resources)
		return client_fail(c, "its GPU has %u resources, and there may be %u",
				   c->gpu->resources.count, c->gpu->max_resources);
	if (size > RESOURCE_MAX_SIZE || size > most - c->shared)
		return client_fail(c, "%s with %llu bytes: there may be %u, and all of its resources' %llu, the quota",
				   command_name(c), (unsigned long long)size, RESOURCE_MAX_SIZE,
				   (unsigned long long)most);
	return 0;
}

/*
 * Mesa makes a resource for each fence that it waits for, and never uses it: a buffer
 * that GL has no part in.  Its file may have been another such resource's of the same
 * program, with what the program left there.
 */
static bool create_can_wait(const struct vtest_resource_create *create,
			    uint64_t size, bool map)
{
	return size && size <= RESOURCE_PAGE && !map && create->target == TARGET_BUFFER &&
	       create->bind == DRAW_BIND_CUSTOM;
}

static int create(struct client *c, const struct vtest_resource_create *create, uint64_t size,
		  bool map)
{
	bool later = create_can_wait(create, size, map);
	struct gpu *gpu = c->gpu;
	struct resource *res;
	int ret = create_check(c, create->handle, size);

	if (ret)
		return ret;
	res = later ? resource_new_unplaced(gpu, size, c->nr_spare ? c->spare[--c->nr_spare] : -1) :
		      resource_new(gpu, size, map);
	ret = res ? create_name(c, res, create->handle) : -errno;
	if (ret) {
		if (res)
			resource_free(gpu, res);
		return client_fail(c, "resource %u of %llu bytes cannot be made: %s", create->handle,
				   (unsigned long long)size, strerror(-ret));
	}
	need_context(c);
	if (later)
		message_defer(c, res, create);
	else
		message_create(c, res, create);
	c->subject = res;
	if (later || res->claim)
		return create_answer(c);
	return client_wait(c, res->created, create_answer);
}

int draw_create(struct client *c, const void *args)
{
	const struct vtest_resource_create *wire = args;
	struct vtest_resource_create copy = *wire;

	copy.data_size = 0;
	return create(c, &copy, old_size(&copy), true);
}

int draw_create2(struct client *c, const void *args)
{
	const struct vtest_resource_create *wire = args;

	return create(c, wire, wire->data_size, false);
}

int draw_unref(struct client *c, const void *args)
{
	struct resource *res = find(c, *(const uint32_t *)args);

	if (!res)
		return -EPROTO;
	message_destroy(c, res);
	return 0;
}

static int check_data(struct client *c, const struct resource *res, uint32_t size)
{
	if (!res->size)
		return client_fail(c, "%s of resource %u, which has no data", command_name(c),
				   res->handle);
	if (!res->map)
		return client_fail(c, "%s of resource %u: since RESOURCE_CREATE2 made it, its data are in its file",
				   command_name(c), res->handle);
	if (size > res->size)
		return client_fail(c, "%s of resource %u with %u bytes: it has %llu",
				   command_name(c), res->handle, size, (unsigned long long)res->size);
	return 0;
}

static int get_answer(struct client *c)
{
	const struct vtest_transfer *get = (const void *)c->args;

	c->output_bulk = c->subject->map;
	c->output_bulk_left = get->data_size;
	return 0;
}

int draw_get(struct client *c, const void *args)
{
	const struct vtest_transfer *get = args;
	struct resource *res = find(c, get->handle);

	if (!res || check_data(c, res, get->data_size))
		return -EPROTO;
	if (message_transfer(c, VGPU_PV_MSG_TRANSFER_FROM_HOST, res, get, 0))
		return -EPROTO;
	c->subject = res;
	return client_wait(c, res->used, get_answer);
}

static int put_done(struct client *c)
{
	return message_transfer(c, VGPU_PV_MSG_TRANSFER_TO_HOST, c->subject, (const void *)c->args,
				0);
}

static int put_begin(struct client *c)
{
	const struct vtest_transfer *put = (const void *)c->args;

	return client_bulk(c, c->subject->map, put->data_size, put_done);
}

int draw_put(struct client *c, const void *args)
{
	const struct vtest_transfer *put = args;
	uint32_t most = sizeof(*put) / 4 + put->data_size / 4 + !!(put->data_size % 4);
	struct resource *res = find(c, put->handle);

	if (!res || check_data(c, res, put->data_size))
		return -EPROTO;
	if (c->header.length != most)
		return client_fail(c, "TRANSFER_PUT of %u words: with its data it has %u",
				   c->header.length, most);
	c->subject = res;
	/* the device may still read what came before */
	if (c->ring->completed < res->used)
		return client_wait(c, res->used, put_begin);
	return put_begin(c);
}

static int transfer2(struct client *c, uint32_t type, const struct vtest_transfer2 *wire)
{
	const struct vtest_transfer transfer = {
		.level = wire->level,
		.x = wire->x,
		.y = wire->y,
		.z = wire->z,
		.width = wire->width,
		.height = wire->height,
		.depth = wire->depth,
	};
	struct resource *res = find(c, wire->handle);

	if (!res)
		return -EPROTO;
	return message_transfer(c, type, res, &transfer, wire->offset);
}

int draw_get2(struct client *c, const void *args)
{
	return transfer2(c, VGPU_PV_MSG_TRANSFER_FROM_HOST, args);
}

int draw_put2(struct client *c, const void *args)
{
	const struct vtest_transfer2 *put = args;
	uint32_t words = sizeof(*put) / 4;
	uint32_t counted = words + put->data_size / 4 + !!(put->data_size % 4);

	if (c->header.length != words && c->header.length != counted)
		return client_fail(c, "TRANSFER_PUT2 of %u words: it has %u, or %u with the data counted",
				   c->header.length, words, counted);
	return transfer2(c, VGPU_PV_MSG_TRANSFER_TO_HOST, put);
}

static int submit_done(struct client *c)
{
	int ret = message_submit(c, c->commands, c->header.length * sizeof(uint32_t));

	return ret > 0 ? client_wait_for_room(c, submit_done) : ret;
}

int draw_submit(struct client *c, const void *args)
{
	uint32_t size = c->header.length * sizeof(uint32_t);

	(void)args;
	need_context(c);
	c->commands = message_submit_reserve(c, size);
	return client_bulk(c, c->commands, size, submit_done);
}

/* the number of the last message that may use the resource */
static uint64_t last_use(const struct client *c, const struct resource *res)
{
	return res->bound && c->submitted > res->used ? c->submitted : res->used;
}

static int busy_answer(struct client *c, uint32_t busy)
{
	client_answer(c, VTEST_RESOURCE_BUSY_WAIT, &busy, 1);
	return 0;
}

static int busy_over(struct client *c)
{
	return busy_answer(c, 0);
}

int draw_busy_wait(struct client *c, const void *args)
{
	const struct vtest_busy_wait *wait = args;
	struct resource *res;
	uint64_t use;

	if (!wait->handle)
		return busy_answer(c, 0);
	res = find(c, wait->handle);
	if (!res)
		return -EPROTO;
	use = last_use(c, res);
	if (c->ring->completed >= use)
		return busy_answer(c, 0);
	if (!(wait->flags & VTEST_BUSY_WAIT_FLAG_WAIT))
		return busy_answer(c, 1);
	return client_wait(c, use, busy_over);
}
