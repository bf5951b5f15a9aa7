// SPDX-License-Identifier: MIT
/*
 * The guest's resources: accounted, refused where the quota has no room for
 * them, then made by the renderer.  The renderer keeps the iovec that it is
 * given and frees nothing, so it gets the backing's own, and is made to let go
 * of it before that changes.  A resource that is made with an iovec has it in
 * one of two places where the renderer looks for it; hence made without, then
 * attached.
 */
#include <endian.h>
#include <stdlib.h>
#include <virgl/virglrenderer.h>

#include "aperture.h"
#include "context.h"
#include "renderer.h"
#include "resource.h"
#include "stats.h"
#include "transfer.h"
#include "worker.h"

#define RESOURCE_FIXED_COST	4096

/*
 * What we keep of each range is no device memory and not in the quota.  A guest
 * has no use for more ranges than it has pages, give or take those shared.
 */
#define RESOURCE_RANGES_PER_PAGE	2
#define RESOURCE_MIN_RANGES		65536
#define GUEST_PAGE_SIZE			4096

static bool resource_reserve(struct worker *w, struct resource *res, uint64_t bytes)
{
	if (bytes > w->opt.memory - w->memory_used)
		return false;
	w->memory_used += bytes;
	res->cost += bytes;
	stats_set(w->stats->memory_used, w->memory_used);
	return true;
}

static void resource_release(struct worker *w, struct resource *res)
{
	w->memory_used -= res->cost;
	w->nr_ranges -= res->backing.nr_ranges;
	stats_set(w->stats->memory_used, w->memory_used);
	backing_free(&res->backing);
	free(res);
}

/*
 * What the renderer keeps in plain memory it writes into the backing when it gets
 * that, and what is there at first is its heap's: so it reads the backing before.
 */
static void resource_fill(const struct resource *res)
{
	uint64_t size = res->shape.width;
	struct virgl_box box = { .h = 1, .d = 1 };

	if (res->shape.target != RESOURCE_BUFFER || res->shape.bind != RESOURCE_BIND_CUSTOM)
		return;
	box.w = (uint32_t)(size < res->backing.size ? size : res->backing.size);
	virgl_renderer_transfer_write_iov(res->id, 0, 0, 0, 0, &box, 0, res->backing.iov,
					  res->backing.nr_iov);
}

static void resource_attach(struct resource *res)
{
	if (!res->backing.iov || res->attached)
		return;
	resource_fill(res);
	res->attached = !virgl_renderer_resource_attach_iov((int)res->id, res->backing.iov,
							    (int)res->backing.nr_iov);
}

static void resource_detach(struct resource *res)
{
	if (res->attached)
		virgl_renderer_resource_detach_iov((int)res->id, NULL, NULL);
	res->attached = false;
}

static uint32_t resource_add_entries(struct worker *w, struct resource *res,
				     const struct vgpu_pv_backing_entry *entries, uint32_t nr)
{
	uint64_t most = guest_memory_size(w->mapped) / GUEST_PAGE_SIZE * RESOURCE_RANGES_PER_PAGE;
	uint32_t before = res->backing.nr_ranges, status;

	if (w->nr_ranges + nr > (most > RESOURCE_MIN_RANGES ? most : RESOURCE_MIN_RANGES))
		return VGPU_PV_S_NOMEM;
	status = backing_add(&res->backing, w->mapped, entries, nr);
	w->nr_ranges += res->backing.nr_ranges - before;
	return status;
}

/* Gives the backing its iovec once all its entries are known. */
static uint32_t resource_map(struct worker *w, struct resource *res, uint64_t offset)
{
	if (res->backing.kind == VGPU_PV_BACKING_APERTURE)
		return backing_map_aperture(&res->backing, w->aperture, offset) < 0 ?
			       VGPU_PV_S_NOMEM : VGPU_PV_S_OK;
	if (!backing_complete(&res->backing))
		return VGPU_PV_S_OK;
	return backing_map(&res->backing, w->mapped) < 0 ? VGPU_PV_S_NOMEM : VGPU_PV_S_OK;
}

/* before anything else of a creation: a front end waits where nobody reads what it sent */
static uint32_t resource_begin(struct worker *w, const struct vgpu_pv_backing *wire)
{
	return wire->kind == htole32(VGPU_PV_BACKING_APERTURE) && aperture_update(w) < 0 ?
		       VGPU_PV_S_NOMEM : VGPU_PV_S_OK;
}

/* after all else: what is refused leaves no file in the aperture */
static uint32_t resource_end(struct worker *w, const struct vgpu_pv_backing *wire, uint32_t status)
{
	if (status && wire->kind == htole32(VGPU_PV_BACKING_APERTURE))
		aperture_take_back(w, le64toh(wire->offset), le64toh(wire->size));
	return status;
}

/* what both kinds of creation share: all but the renderer's object */
static uint32_t resource_new(struct worker *w, uint32_t id, uint64_t cost,
			     const struct vgpu_pv_backing *wire,
			     const struct vgpu_pv_backing_entry *entries, struct resource **out)
{
	uint32_t nr = le32toh(wire->nr_entries), status;
	struct resource *res;

	if (!id)
		return VGPU_PV_S_INVALID;
	if (id_table_find(&w->resources, id))
		return VGPU_PV_S_EXIST;
	status = backing_check(wire, worker_aperture_size(w));
	if (status)
		return status;
	res = calloc(1, sizeof(*res));
	if (!res)
		return VGPU_PV_S_NOMEM;
	res->id = id;
	status = VGPU_PV_S_NOMEM;
	if (!resource_reserve(w, res, RESOURCE_FIXED_COST + cost))
		goto err_release;
	backing_init(&res->backing, wire);
	status = resource_add_entries(w, res, entries, nr);
	if (!status)
		status = resource_map(w, res, le64toh(wire->offset));
	if (!status && id_table_add(&w->resources, id, res) < 0)
		status = VGPU_PV_S_NOMEM;
	if (status)
		goto err_release;
	*out = res;
	return VGPU_PV_S_OK;

err_release:
	resource_release(w, res);
	return status;
}

static uint32_t resource_make(struct worker *w, const struct vgpu_pv_resource_create *create)
{
	struct virgl_renderer_resource_create_args args = {
		.handle = le32toh(create->resource),
		.target = le32toh(create->target),
		.format = le32toh(create->format),
		.bind = le32toh(create->bind),
		.width = le32toh(create->width),
		.height = le32toh(create->height),
		.depth = le32toh(create->depth),
		.array_size = le32toh(create->array_size),
		.last_level = le32toh(create->last_level),
		.nr_samples = le32toh(create->nr_samples),
		.flags = le32toh(create->flags),
	};
	struct resource_shape shape;
	struct resource *res;
	uint32_t status;

	if (!resource_shape_init(&shape, create))
		return VGPU_PV_S_INVALID;
	status = resource_new(w, args.handle, resource_shape_cost(&shape), &create->backing,
			      (const void *)(create + 1), &res);
	if (status)
		return status;
	res->shape = shape;
	/* the renderer makes a resource without layers, but its transfers lose the context */
	if (!args.array_size)
		args.array_size = 1;
	renderer_gl_error();
	if (virgl_renderer_resource_create(&args, NULL, 0)) {
		status = VGPU_PV_S_INVALID;
		goto err_remove;
	}
	/* the renderer does not look whether GL had the memory */
	if (renderer_gl_error()) {
		virgl_renderer_resource_unref(args.handle);
		status = VGPU_PV_S_NOMEM;
		goto err_remove;
	}
	res->seen = w->nr_submits;
	resource_attach(res);
	stats_set(w->stats->resources, w->resources.count);
	return VGPU_PV_S_OK;

err_remove:
	id_table_remove(&w->resources, args.handle);
	resource_release(w, res);
	return status;
}

uint32_t resource_create(struct worker *w, const void *request, void *reply)
{
	const struct vgpu_pv_resource_create *create = request;
	uint32_t status = resource_begin(w, &create->backing);

	(void)reply;
	if (!status)
		status = resource_make(w, create);
	return resource_end(w, &create->backing, status);
}

/* the renderer's object for a blob can only be made with all its bytes */
static uint32_t resource_add_blob(struct resource *res)
{
	struct virgl_renderer_resource_create_blob_args args = {
		.res_handle = res->id,
		.blob_mem = VIRGL_RENDERER_BLOB_MEM_GUEST,
		.size = res->backing.size,
		.iovecs = res->backing.iov,
		.num_iovs = res->backing.nr_iov,
	};

	if (virgl_renderer_resource_create_blob(&args))
		return VGPU_PV_S_INVALID;
	res->attached = true;
	return VGPU_PV_S_OK;
}

static uint32_t resource_make_blob(struct worker *w,
				   const struct vgpu_pv_resource_create_blob *create)
{
	struct resource *res;
	uint32_t status;

	if (create->backing.kind == htole32(VGPU_PV_BACKING_NONE))
		return VGPU_PV_S_INVALID;
	status = resource_new(w, le32toh(create->resource), 0, &create->backing,
			      (const void *)(create + 1), &res);
	if (status)
		return status;
	res->blob = true;
	if (res->backing.iov)
		status = resource_add_blob(res);
	if (status) {
		id_table_remove(&w->resources, res->id);
		resource_release(w, res);
		return status;
	}
	stats_set(w->stats->resources, w->resources.count);
	return VGPU_PV_S_OK;
}

uint32_t resource_create_blob(struct worker *w, const void *request, void *reply)
{
	const struct vgpu_pv_resource_create_blob *create = request;
	uint32_t status = resource_begin(w, &create->backing);

	(void)reply;
	if (!status)
		status = resource_make_blob(w, create);
	return resource_end(w, &create->backing, status);
}

uint32_t resource_add_backing(struct worker *w, const void *request, void *reply)
{
	const struct vgpu_pv_resource_add_backing *add = request;
	struct resource *res = id_table_find(&w->resources, le32toh(add->resource));
	uint32_t status;

	(void)reply;
	if (!res)
		return VGPU_PV_S_NOENT;
	if (!add->nr_entries || res->backing.kind != VGPU_PV_BACKING_PAGES ||
	    backing_complete(&res->backing))
		return VGPU_PV_S_INVALID;
	status = resource_add_entries(w, res, (const void *)(add + 1), le32toh(add->nr_entries));
	if (!status)
		status = resource_map(w, res, 0);
	if (status || !res->backing.iov)
		return status;
	if (res->blob)
		return resource_add_blob(res);
	resource_attach(res);
	return VGPU_PV_S_OK;
}

static void resource_free(struct worker *w, struct resource *res)
{
	resource_detach(res);
	virgl_renderer_resource_unref(res->id);
	if (res->backing.kind == VGPU_PV_BACKING_APERTURE)
		aperture_take_back(w, (uint64_t)((uint8_t *)res->backing.iov->iov_base - w->aperture),
				   res->backing.size);
	resource_release(w, res);
}

uint32_t resource_destroy(struct worker *w, const void *request, void *reply)
{
	const struct vgpu_pv_resource_ref *ref = request;
	struct resource *res = id_table_remove(&w->resources, le32toh(ref->resource));

	(void)reply;
	if (!res)
		return VGPU_PV_S_NOENT;
	context_forget_resource(w, res->id);
	resource_free(w, res);
	stats_set(w->stats->resources, w->resources.count);
	return VGPU_PV_S_OK;
}

static void resource_free_each(void *value, void *arg)
{
	resource_free(arg, value);
}

void resource_destroy_all(struct worker *w)
{
	id_table_each(&w->resources, resource_free_each, w);
	id_table_clear(&w->resources);
	stats_set(w->stats->resources, 0);
}

static void resource_translate_each(void *value, void *arg)
{
	const struct guest_memory *mem = arg;
	struct resource *res = value;

	if (res->backing.kind != VGPU_PV_BACKING_PAGES || !res->backing.iov)
		return;
	resource_detach(res);
	if (backing_map(&res->backing, mem) < 0)
		log_err("resource %u: its pages are no longer in guest memory", res->id);
	resource_attach(res);
}

void resource_translate_all(struct worker *w, const struct guest_memory *mem)
{
	id_table_each(&w->resources, resource_translate_each, (void *)mem);
}
