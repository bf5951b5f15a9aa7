// SPDX-License-Identifier: MIT
/*
 * The resources that commands name.  The renderer checks that they exist, and
 * little more: a query's answer goes into a buffer of any size; a buffer that GL
 * does not know is bound as buffer 0, with which GL takes offsets for addresses;
 * and the sizes of transfers are summed in 32 bits.  So what a command is to use
 * as a GL buffer must be one, and what it copies must fit.
 */
#include "context.h"
#include "resource.h"
#include "submit_resources.h"
#include "transfer.h"
#include "virgl.h"
#include "virgl_names.h"

#define QUERY_ANSWER_SIZE	16	/* bytes that the renderer writes */
#define QUERY_VALUE_SIZE	8

static const struct resource *find(const struct context *ctx, const struct virgl *virgl,
				   uint32_t index)
{
	return id_table_find(&ctx->resources, virgl_arg(virgl, index));
}

static bool in_gl(const struct resource *res)
{
	return res->shape.target != RESOURCE_BUFFER ||
	       (res->shape.bind != RESOURCE_BIND_CUSTOM && res->shape.bind != RESOURCE_BIND_STAGING);
}

static int check_name(const struct context *ctx, struct virgl *virgl, const struct virgl_name *name)
{
	bool none = name->kind == VIRGL_RESOURCE_OR_NONE || name->kind == VIRGL_BUFFER_OR_NONE;
	bool buffer = name->kind == VIRGL_BUFFER || name->kind == VIRGL_BUFFER_OR_NONE;
	const struct resource *res;

	if (name->kind == VIRGL_OBJECT || (none && !name->id))
		return 0;
	res = id_table_find(&ctx->resources, name->id);
	if (!res || res->blob)
		return virgl_refuse(virgl, "%s names resource %u, which is %s", virgl->rule->name,
				    name->id, res ? "a blob" : "not attached");
	if (buffer && (res->shape.target != RESOURCE_BUFFER || !in_gl(res)))
		return virgl_refuse(virgl, "%s names resource %u, which is no GL buffer",
				    virgl->rule->name, name->id);
	return 0;
}

static int check_level(const struct context *ctx, struct virgl *virgl, uint32_t index)
{
	const struct resource *res = find(ctx, virgl, index);

	if (virgl_arg(virgl, index + 1) > res->shape.last_level)
		return virgl_refuse(virgl, "%s of level %u, resource %u has %u", virgl->rule->name,
				    virgl_arg(virgl, index + 1), res->id, res->shape.last_level);
	return 0;
}

static int check_query(const struct context *ctx, struct virgl *virgl)
{
	const struct resource *res = find(ctx, virgl, 3);

	if (res->shape.target != RESOURCE_BUFFER || res->shape.width < QUERY_ANSWER_SIZE ||
	    !res->attached || res->backing.size < QUERY_ANSWER_SIZE)
		return virgl_refuse(virgl, "a query's resource %u is no buffer with %u bytes of backing",
				    res->id, QUERY_ANSWER_SIZE);
	return 0;
}

static int check_query_buffer(const struct context *ctx, struct virgl *virgl)
{
	const struct resource *res = find(ctx, virgl, 1);
	uint32_t offset = virgl_arg(virgl, 4);

	if (res->shape.width < QUERY_VALUE_SIZE / 2 ||
	    offset > res->shape.width - QUERY_VALUE_SIZE / 2)
		return virgl_refuse(virgl, "%s at %u of %u bytes", virgl->rule->name, offset,
				    res->shape.width);
	return 0;
}

/*
 * A box of the first resource, and a backing: its own, another's or the words
 * that follow.  An empty side counts as one, as in the renderer's own sums.
 */
static int check_transfer(struct virgl *virgl, const struct resource *res, uint64_t backing_size,
			  uint64_t offset)
{
	const struct transfer t = {
		.level = virgl_arg(virgl, 1),
		.stride = virgl_arg(virgl, 3),
		.layer_stride = virgl_arg(virgl, 4),
		.x = virgl_arg(virgl, 5),
		.y = virgl_arg(virgl, 6),
		.z = virgl_arg(virgl, 7),
		.width = virgl_arg(virgl, 8) ? virgl_arg(virgl, 8) : 1,
		.height = virgl_arg(virgl, 9) ? virgl_arg(virgl, 9) : 1,
		.depth = virgl_arg(virgl, 10) ? virgl_arg(virgl, 10) : 1,
		.offset = offset,
	};

	if (!transfer_valid(&res->shape, &t, backing_size))
		return virgl_refuse(virgl, "%s of resource %u does not fit it or the memory",
				    virgl->rule->name, res->id);
	/* what is not in GL is copied from or to its own backing */
	if (!in_gl(res) && (!res->attached || t.x + t.width > res->backing.size))
		return virgl_refuse(virgl, "%s of resource %u, whose backing is too small",
				    virgl->rule->name, res->id);
	return 0;
}

static int check_own_transfer(const struct context *ctx, struct virgl *virgl)
{
	const struct resource *res = find(ctx, virgl, 0);

	return check_transfer(virgl, res, res->attached ? res->backing.size : 0,
			      virgl_arg(virgl, 11));
}

static int check_copy_transfer(const struct context *ctx, struct virgl *virgl)
{
	const struct resource *memory = find(ctx, virgl, 11);

	return check_transfer(virgl, find(ctx, virgl, 0),
			      memory->attached ? memory->backing.size : 0, virgl_arg(virgl, 12));
}

static int check_inline_write(const struct context *ctx, struct virgl *virgl)
{
	return check_transfer(virgl, find(ctx, virgl, 0), (uint64_t)(virgl->nr_args - 11) * 4, 0);
}

int submit_resources_check(const struct context *ctx, struct virgl *virgl)
{
	struct virgl_name name = { 0 };
	int ret;

	while (virgl_name_next(virgl, &name)) {
		ret = check_name(ctx, virgl, &name);
		if (ret)
			return ret;
	}
	/* those that the table says must be there are: find() below finds them */
	switch (virgl->command) {
	case VIRGL_CMD_CREATE_OBJECT:
		return virgl->object == VIRGL_OBJECT_QUERY ? check_query(ctx, virgl) : 0;
	case VIRGL_CMD_GET_QUERY_RESULT_QBO:
		return check_query_buffer(ctx, virgl);
	case VIRGL_CMD_BLIT:
		ret = check_level(ctx, virgl, 3);
		return ret ? ret : check_level(ctx, virgl, 12);
	case VIRGL_CMD_RESOURCE_COPY_REGION:
		ret = check_level(ctx, virgl, 0);
		return ret ? ret : check_level(ctx, virgl, 5);
	case VIRGL_CMD_CLEAR_TEXTURE:
		return check_level(ctx, virgl, 0);
	case VIRGL_CMD_RESOURCE_INLINE_WRITE:
		return check_inline_write(ctx, virgl);
	case VIRGL_CMD_TRANSFER3D:
		return check_own_transfer(ctx, virgl);
	case VIRGL_CMD_COPY_TRANSFER3D:
		return check_copy_transfer(ctx, virgl);
	}
	return 0;
}
