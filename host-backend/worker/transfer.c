// SPDX-License-Identifier: MIT
/*
 * Bytes between a resource and its backing.  The renderer treats a box that it
 * does not like as the context's error and computes in 32 bits, so everything
 * is checked here first, in 64.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <virgl/virglrenderer.h>

#include "context.h"
#include "resource.h"
#include "stats.h"
#include "transfer.h"
#include "worker.h"

#define BIND_RENDER_TARGET	(1u << 1)
#define BIND_SCANOUT		(1u << 18)

static uint64_t blocks(uint32_t size, uint8_t block)
{
	return ((uint64_t)size + block - 1) / block;
}

static bool fits(uint32_t at, uint32_t size, uint32_t limit)
{
	return size && size <= limit && at <= limit - size;
}

static uint64_t transfer_layer_stride(const struct resource_shape *s, const struct transfer *t)
{
	const struct format *f = &s->format;
	uint64_t stride = t->stride ? t->stride :
			  blocks(resource_level_size(s->width, t->level), f->width) * f->bytes;

	return t->layer_stride ? t->layer_stride :
	       blocks(resource_level_size(s->height, t->level), f->height) * stride;
}

bool transfer_valid(const struct resource_shape *s, const struct transfer *t, uint64_t backing_size)
{
	const struct format *f = &s->format;
	uint64_t row, stride, rows, layer_stride, bytes;
	uint32_t width, height;

	if (t->level > s->last_level)
		return false;
	width = resource_level_size(s->width, t->level);
	height = resource_level_size(s->height, t->level);
	if (!fits(t->x, t->width, width) || !fits(t->y, t->height, height) ||
	    !fits(t->z, t->depth, resource_level_depth(s, t->level)))
		return false;
	row = blocks(t->width, f->width) * f->bytes;
	stride = t->stride ? t->stride : blocks(width, f->width) * f->bytes;
	rows = blocks(t->height, f->height);
	layer_stride = transfer_layer_stride(s, t);
	if (stride < row || layer_stride < rows * stride)
		return false;
	/* each factor is below 2^32, and a layer's product is bounded before the next */
	bytes = (rows - 1) * stride + row;
	if (bytes > backing_size || layer_stride > UINT32_MAX)
		return false;
	bytes += (t->depth - 1) * layer_stride;
	return bytes <= backing_size && t->offset <= backing_size - bytes;
}

uint64_t transfer_bytes(const struct resource_shape *s, const struct transfer *t)
{
	return blocks(t->width, s->format.width) * blocks(t->height, s->format.height) *
	       t->depth * s->format.bytes;
}

static uint32_t transfer_find(struct worker *w, const struct vgpu_pv_transfer *wire,
			      struct resource **out, struct transfer *t)
{
	uint32_t ctx_id = le32toh(wire->hdr.ctx_id), status;
	struct resource *res;
	struct context *ctx;

	*t = (struct transfer){
		.level = le32toh(wire->level),
		.x = le32toh(wire->x),
		.y = le32toh(wire->y),
		.z = le32toh(wire->z),
		.width = le32toh(wire->width),
		.height = le32toh(wire->height),
		.depth = le32toh(wire->depth),
		.stride = le32toh(wire->stride),
		.layer_stride = le32toh(wire->layer_stride),
		.offset = le64toh(wire->offset),
	};
	res = id_table_find(&w->resources, le32toh(wire->resource));
	if (ctx_id) {
		ctx = context_find(w, ctx_id, &status);
		if (!ctx)
			return status;
		if (!res || !id_table_find(&ctx->resources, res->id))
			return VGPU_PV_S_NOENT;
	} else if (!res) {
		return VGPU_PV_S_NOENT;
	}
	if (res->blob || !res->attached || !transfer_valid(&res->shape, t, res->backing.size))
		return VGPU_PV_S_INVALID;
	*out = res;
	return VGPU_PV_S_OK;
}

uint32_t transfer_to_host(struct worker *w, const void *request, void *reply)
{
	const struct vgpu_pv_transfer *wire = request;
	struct resource *res;
	struct transfer t;
	struct virgl_box box;
	uint32_t status;

	(void)reply;
	status = transfer_find(w, wire, &res, &t);
	if (status)
		return status;
	box = (struct virgl_box){ t.x, t.y, t.z, t.width, t.height, t.depth };
	if (virgl_renderer_transfer_write_iov(res->id, le32toh(wire->hdr.ctx_id), (int)t.level,
					      t.stride, t.layer_stride, &box, t.offset, NULL, 0))
		return VGPU_PV_S_INVALID;
	stats_add(w->stats->transfers, 1);
	stats_add(w->stats->bytes_in, transfer_bytes(&res->shape, &t));
	return VGPU_PV_S_OK;
}

static int transfer_read(const struct resource *res, uint32_t ctx_id, const struct transfer *t,
			 uint32_t z)
{
	struct virgl_box box = { t->x, t->y, z, t->width, t->height, 1 };
	uint64_t offset = t->offset + (z - t->z) * transfer_layer_stride(&res->shape, t);

	return virgl_renderer_transfer_read_iov(res->id, ctx_id, t->level, t->stride,
						t->layer_stride, &box, offset, NULL, 0);
}

/* Of blocks the renderer reads from the level's first on, wherever the box begins. */
static bool transfer_needs_level(const struct resource_shape *s, const struct transfer *t)
{
	return (s->format.width > 1 || s->format.height > 1) &&
	       (t->width != resource_level_size(s->width, t->level) ||
		t->height != resource_level_size(s->height, t->level));
}

/* So it reads one layer of the whole level, and the box is copied from there. */
static uint32_t transfer_read_blocks(const struct resource *res, uint32_t ctx_id,
				     const struct transfer *t, uint32_t z)
{
	const struct resource_shape *s = &res->shape;
	const struct format *f = &s->format;
	uint32_t width = resource_level_size(s->width, t->level);
	uint32_t height = resource_level_size(s->height, t->level);
	uint64_t line = blocks(width, f->width) * f->bytes, row;
	uint64_t stride = t->stride ? t->stride : line;
	uint64_t offset = t->offset + (z - t->z) * transfer_layer_stride(s, t);
	struct virgl_box box = { 0, 0, z, width, height, 1 };
	struct iovec level = { .iov_len = blocks(height, f->height) * line };
	/* zeroed: what the renderer leaves out is not to be the heap's */
	uint8_t *from = calloc(1, level.iov_len);
	uint32_t status = VGPU_PV_S_OK;

	if (!from)
		return VGPU_PV_S_NOMEM;
	level.iov_base = from;
	if (virgl_renderer_transfer_read_iov(res->id, ctx_id, t->level, 0, 0, &box, 0, &level, 1))
		status = VGPU_PV_S_INVALID;
	for (row = 0; !status && row < blocks(t->height, f->height); row++)
		backing_write(&res->backing, offset + row * stride,
			      from + (t->y / f->height + row) * line + t->x / f->width * f->bytes,
			      blocks(t->width, f->width) * f->bytes);
	free(from);
	return status;
}

/* a picture that was drawn since it was looked at last: vgpu_pv_stats.h */
static void transfer_count_frame(struct worker *w, struct resource *res)
{
	if (res->shape.bind & (BIND_RENDER_TARGET | BIND_SCANOUT) && res->seen != w->nr_submits)
		stats_add(w->stats->frames, 1);
	res->seen = w->nr_submits;
}

uint32_t transfer_from_host(struct worker *w, const void *request, void *reply)
{
	const struct vgpu_pv_transfer *wire = request;
	uint32_t ctx_id = le32toh(wire->hdr.ctx_id), status, z;
	struct resource *res;
	struct transfer t;

	(void)reply;
	status = transfer_find(w, wire, &res, &t);
	/* one layer a call: of more the renderer reads the first alone */
	for (z = t.z; !status && z < t.z + t.depth; z++) {
		if (transfer_needs_level(&res->shape, &t))
			status = transfer_read_blocks(res, ctx_id, &t, z);
		else if (transfer_read(res, ctx_id, &t, z))
			status = VGPU_PV_S_INVALID;
	}
	if (status)
		return status;
	stats_add(w->stats->transfers, 1);
	stats_add(w->stats->bytes_out, transfer_bytes(&res->shape, &t));
	if (transfer_needs_level(&res->shape, &t))
		stats_add(w->stats->bytes_copied, transfer_bytes(&res->shape, &t));
	transfer_count_frame(w, res);
	return VGPU_PV_S_OK;
}
