// SPDX-License-Identifier: MIT
/*
 * The resources that commands name.  The renderer checks that they exist, and
 * little more: a query's answer goes into a buffer of any size; a buffer that GL
 * does not know is bound as buffer 0, with which GL takes offsets for addresses;
 * and the sizes of transfers are summed in 32 bits.  So what a command is to use
 * as a GL buffer must be one, and what it copies must fit.
 */
#include <errno.h>

#include "context.h"
#include "decode.h"
#include "resource.h"
#include "submit_resources.h"
#include "transfer.h"

/* binds of buffers that the renderer keeps in plain memory, or in none */
#define BIND_CUSTOM	(1u << 17)
#define BIND_STAGING	(1u << 19)

#define QUERY_ANSWER_SIZE	16	/* bytes that the renderer writes */
#define QUERY_VALUE_SIZE	8

static const struct resource *find(const struct context *ctx, struct decode *decode, uint32_t index)
{
	const struct resource *res = id_table_find(&ctx->resources, decode_arg(decode, index));

	if (!res || res->blob) {
		decode_refuse(decode, "%s names resource %u, which is %s", decode->name,
			      decode_arg(decode, index), res ? "a blob" : "not attached");
		return NULL;
	}
	return res;
}

static bool in_gl(const struct resource *res)
{
	return res->shape.target != RESOURCE_BUFFER ||
	       (res->shape.bind != BIND_CUSTOM && res->shape.bind != BIND_STAGING);
}

/* a buffer, or none where that is allowed */
static int check_buffer(const struct context *ctx, struct decode *decode, uint32_t index)
{
	const struct resource *res;

	if (!decode_arg(decode, index))
		return 0;
	res = find(ctx, decode, index);
	if (!res)
		return -EINVAL;
	if (res->shape.target != RESOURCE_BUFFER || !in_gl(res))
		return decode_refuse(decode, "%s names resource %u, which is no GL buffer",
				     decode->name, res->id);
	return 0;
}

/* of every element of `size` words the one at `index`, from `first` on */
static int check_buffers(const struct context *ctx, struct decode *decode, uint32_t first,
			 uint32_t size, uint32_t index)
{
	uint32_t i;
	int ret = 0;

	for (i = first; !ret && i < decode->nr_args; i += size)
		ret = check_buffer(ctx, decode, i + index);
	return ret;
}

static int check_level(const struct context *ctx, struct decode *decode, uint32_t index)
{
	const struct resource *res = find(ctx, decode, index);

	if (!res)
		return -EINVAL;
	if (decode_arg(decode, index + 1) > res->shape.last_level)
		return decode_refuse(decode, "%s of level %u, resource %u has %u", decode->name,
				     decode_arg(decode, index + 1), res->id, res->shape.last_level);
	return 0;
}

static int check_query(const struct context *ctx, struct decode *decode)
{
	const struct resource *res = find(ctx, decode, 3);

	if (!res)
		return -EINVAL;
	if (res->shape.target != RESOURCE_BUFFER || res->shape.width < QUERY_ANSWER_SIZE ||
	    !res->attached || res->backing.size < QUERY_ANSWER_SIZE)
		return decode_refuse(decode, "a query's resource %u is no buffer with %u bytes of backing",
				     res->id, QUERY_ANSWER_SIZE);
	return 0;
}

static int check_query_buffer(const struct context *ctx, struct decode *decode)
{
	const struct resource *res = find(ctx, decode, 1);
	uint32_t offset = decode_arg(decode, 4);

	if (!res || check_buffer(ctx, decode, 1))
		return -EINVAL;
	if (res->shape.width < QUERY_VALUE_SIZE / 2 ||
	    offset > res->shape.width - QUERY_VALUE_SIZE / 2)
		return decode_refuse(decode, "%s at %u of %u bytes", decode->name, offset,
				     res->shape.width);
	return 0;
}

/*
 * A box of the first resource, and a backing: its own, another's or the words
 * that follow.  An empty side counts as one, as in the renderer's own sums.
 */
static int check_transfer(struct decode *decode, const struct resource *res, uint64_t backing_size,
			  uint64_t offset)
{
	const struct transfer t = {
		.level = decode_arg(decode, 1),
		.stride = decode_arg(decode, 3),
		.layer_stride = decode_arg(decode, 4),
		.x = decode_arg(decode, 5),
		.y = decode_arg(decode, 6),
		.z = decode_arg(decode, 7),
		.width = decode_arg(decode, 8) ? decode_arg(decode, 8) : 1,
		.height = decode_arg(decode, 9) ? decode_arg(decode, 9) : 1,
		.depth = decode_arg(decode, 10) ? decode_arg(decode, 10) : 1,
		.offset = offset,
	};

	if (!transfer_valid(&res->shape, &t, backing_size))
		return decode_refuse(decode, "%s of resource %u does not fit it or the memory",
				     decode->name, res->id);
	/* what is not in GL is copied from or to its own backing */
	if (!in_gl(res) && (!res->attached || t.x + t.width > res->backing.size))
		return decode_refuse(decode, "%s of resource %u, whose backing is too small",
				     decode->name, res->id);
	return 0;
}

static int check_own_transfer(const struct context *ctx, struct decode *decode)
{
	const struct resource *res = find(ctx, decode, 0);

	if (!res)
		return -EINVAL;
	return check_transfer(decode, res, res->attached ? res->backing.size : 0,
			      decode_arg(decode, 11));
}

static int check_copy_transfer(const struct context *ctx, struct decode *decode)
{
	const struct resource *res = find(ctx, decode, 0);
	const struct resource *memory = res ? find(ctx, decode, 11) : NULL;

	if (!memory)
		return -EINVAL;
	return check_transfer(decode, res, memory->attached ? memory->backing.size : 0,
			      decode_arg(decode, 12));
}

static int check_inline_write(const struct context *ctx, struct decode *decode)
{
	const struct resource *res = find(ctx, decode, 0);

	if (!res)
		return -EINVAL;
	return check_transfer(decode, res, (uint64_t)(decode->nr_args - 11) * 4, 0);
}

static int check_object(const struct context *ctx, struct decode *decode)
{
	switch (decode->object) {
	case DECODE_OBJECT_QUERY:
		return check_query(ctx, decode);
	case DECODE_OBJECT_STREAMOUT_TARGET:
		return check_buffer(ctx, decode, 1);
	}
	return 0;
}

int submit_resources_check(const struct context *ctx, struct decode *decode)
{
	int ret;

	switch (decode->command) {
	case DECODE_CREATE_OBJECT:
		return check_object(ctx, decode);
	case DECODE_SET_VERTEX_BUFFERS:
		return check_buffers(ctx, decode, 0, 3, 2);
	case DECODE_SET_INDEX_BUFFER:
		return check_buffer(ctx, decode, 0);
	case DECODE_SET_UNIFORM_BUFFER:
		return check_buffer(ctx, decode, 4);
	case DECODE_SET_SHADER_BUFFERS:
		return check_buffers(ctx, decode, 2, 3, 2);
	case DECODE_SET_ATOMIC_BUFFERS:
		return check_buffers(ctx, decode, 1, 3, 2);
	case DECODE_DRAW_VBO:
		if (decode->nr_args < 20)
			return 0;
		ret = check_buffer(ctx, decode, 14);
		return ret ? ret : check_buffer(ctx, decode, 19);
	case DECODE_LAUNCH_GRID:
		return check_buffer(ctx, decode, 6);
	case DECODE_GET_QUERY_RESULT_QBO:
		return check_query_buffer(ctx, decode);
	case DECODE_BLIT:
		ret = check_level(ctx, decode, 3);
		return ret ? ret : check_level(ctx, decode, 12);
	case DECODE_RESOURCE_COPY_REGION:
		ret = check_level(ctx, decode, 0);
		return ret ? ret : check_level(ctx, decode, 5);
	case DECODE_CLEAR_TEXTURE:
		return check_level(ctx, decode, 0);
	case DECODE_RESOURCE_INLINE_WRITE:
		return check_inline_write(ctx, decode);
	case DECODE_TRANSFER3D:
		return check_own_transfer(ctx, decode);
	case DECODE_COPY_TRANSFER3D:
		return check_copy_transfer(ctx, decode);
	}
	return 0;
}
