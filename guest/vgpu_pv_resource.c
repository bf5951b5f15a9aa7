// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: Resources
 *
 * A buffer that the device renders with is a resource there. Creation doesn't
 * wait for the device as long as what it may cost, together with all creations
 * under way, fits the credit that the device gave with its last reply;
 * otherwise the ioctl waits, and the device's answer is its own. A creation
 * that fails later is remembered in the buffer, and every use returns it.
 */

#include <linux/overflow.h>
#include <linux/scatterlist.h>

#include <drm/drm_gem.h>
#include <drm/drm_gem_shmem_helper.h>
#include <drm/drm_print.h>

#include "vgpu_pv_drv.h"

/* Of the virgl protocol: what RESOURCE_CREATE's numbers mean. */
#define VGPU_PV_TARGET_BUFFER	0
#define VGPU_PV_TARGET_CUBE	4
#define VGPU_PV_TARGET_LAST	8
#define VGPU_PV_BIND_CURSOR	BIT(16)
#define VGPU_PV_BIND_SCANOUT	BIT(18)
#define VGPU_PV_MAX_LEVEL	14
#define VGPU_PV_MAX_SAMPLES	32

/* No resource is cheaper, and no texel dearer. */
#define VGPU_PV_COST_FIXED	SZ_4K
#define VGPU_PV_COST_TEXEL	16
#define VGPU_PV_COST_MAX	BIT_ULL(56)

#define VGPU_PV_BLOB_FLAGS	(VIRTGPU_BLOB_FLAG_USE_MAPPABLE | \
				 VIRTGPU_BLOB_FLAG_USE_SHAREABLE | \
				 VIRTGPU_BLOB_FLAG_USE_CROSS_DEVICE)

/* The pages of a buffer, as far as they were told to the device. */
struct vgpu_pv_resource_pages {
	struct scatterlist *sg;
	unsigned int left;
	bool physical;
};

static int vgpu_pv_resource_pages_init(struct vgpu_pv_resource_pages *pages,
				       struct vgpu_pv_object *obj)
{
	struct vgpu_pv_device *vg = to_vgpu_pv(obj->base.base.dev);
	struct sg_table *sgt;

	memset(pages, 0, sizeof(*pages));
	if (obj->placement != VGPU_PV_IN_PAGES)
		return 0;

	sgt = obj->import ? obj->import->base.sgt : drm_gem_shmem_get_pages_sgt(&obj->base);
	if (IS_ERR(sgt))
		return PTR_ERR(sgt);

	/*
	 * Addresses are those of descriptors, so they follow the same rule. What
	 * was imported has DMA addresses only, and vgpu_pv_prime_import() checked
	 * that they are physical ones where they must be.
	 */
	pages->physical = vg->physical && !obj->import;
	pages->sg = sgt->sgl;
	pages->left = pages->physical ? sgt->orig_nents : sgt->nents;
	return 0;
}

static unsigned int vgpu_pv_resource_pages_batch(const struct vgpu_pv_resource_pages *pages)
{
	return min_t(unsigned int, pages->left, VGPU_PV_MAX_BACKING_ENTRIES);
}

static void vgpu_pv_resource_pages_take(struct vgpu_pv_resource_pages *pages,
					struct vgpu_pv_backing_entry *entries, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct scatterlist *sg = pages->sg;

		entries[i].addr = cpu_to_le64(pages->physical ? sg_phys(sg) : sg_dma_address(sg));
		entries[i].size = cpu_to_le32(pages->physical ? sg->length : sg_dma_len(sg));
		entries[i].padding = 0;
		pages->sg = sg_next(sg);
	}
	pages->left -= n;
}

static bool vgpu_pv_resource_reserve(struct vgpu_pv_device *vg, u64 cost)
{
	bool fits;
	u64 sum;

	spin_lock_irq(&vg->lock);
	fits = !check_add_overflow(vg->creating, cost, &sum) && sum <= vg->credit;
	vg->creating += cost;
	spin_unlock_irq(&vg->lock);
	return fits;
}

static void vgpu_pv_resource_unreserve(struct vgpu_pv_device *vg, u64 cost)
{
	unsigned long flags;

	spin_lock_irqsave(&vg->lock, flags);
	vg->creating -= cost;
	spin_unlock_irqrestore(&vg->lock, flags);
}

static void vgpu_pv_resource_backed(struct vgpu_pv_device *vg, struct vgpu_pv_msg *msg)
{
	if (msg->result)
		cmpxchg(&msg->object->error, 0, msg->result);
}

static void vgpu_pv_resource_created(struct vgpu_pv_device *vg, struct vgpu_pv_msg *msg)
{
	vgpu_pv_resource_unreserve(vg, msg->cost);
	vgpu_pv_resource_backed(vg, msg);
}

static struct vgpu_pv_msg *vgpu_pv_resource_msg(struct vgpu_pv_object *obj, u32 type, size_t size,
						unsigned int entries)
{
	struct vgpu_pv_msg *msg;

	msg = vgpu_pv_msg_alloc(type, size, entries * sizeof(struct vgpu_pv_backing_entry),
				sizeof(struct vgpu_pv_reply), GFP_KERNEL);
	if (!msg)
		return NULL;
	vgpu_pv_object_hold(obj);
	msg->object = obj;
	return msg;
}

static void vgpu_pv_resource_fill_backing(struct vgpu_pv_object *obj,
					  struct vgpu_pv_backing *backing, unsigned int entries)
{
	if (obj->placement == VGPU_PV_IN_APERTURE) {
		backing->kind = cpu_to_le32(VGPU_PV_BACKING_APERTURE);
		backing->offset = cpu_to_le64(obj->node.start);
	} else {
		backing->kind = cpu_to_le32(VGPU_PV_BACKING_PAGES);
		backing->nr_entries = cpu_to_le32(entries);
	}
	backing->size = cpu_to_le64(obj->base.base.size);
}

static int vgpu_pv_resource_add_backing(struct vgpu_pv_object *obj,
					struct vgpu_pv_resource_pages *pages)
{
	unsigned int n = vgpu_pv_resource_pages_batch(pages);
	struct vgpu_pv_resource_add_backing *req;
	struct vgpu_pv_msg *msg;
	int ret;

	msg = vgpu_pv_resource_msg(obj, VGPU_PV_MSG_RESOURCE_ADD_BACKING, sizeof(*req), n);
	if (!msg)
		return -ENOMEM;

	req = msg->request;
	req->resource = cpu_to_le32(obj->id);
	req->nr_entries = cpu_to_le32(n);
	vgpu_pv_resource_pages_take(pages, msg->payload, n);
	msg->complete = vgpu_pv_resource_backed;

	ret = vgpu_pv_ring_queue(obj->create_queue, msg, VGPU_PV_ROOM_TIMEOUT);
	if (!ret)
		obj->create_seq = msg->seq;
	vgpu_pv_msg_put(msg);
	return ret;
}

/*
 * Send a creation whose request is complete, and what of the backing didn't fit
 * into it. Afterwards the object has an id exactly if the device was told.
 */
static int vgpu_pv_resource_send(struct vgpu_pv_object *obj, struct vgpu_pv_queue *queue,
				 struct vgpu_pv_msg *msg, int id,
				 struct vgpu_pv_resource_pages *pages)
{
	struct vgpu_pv_device *vg = queue->vg;
	bool async;
	int ret;

	async = vgpu_pv_resource_reserve(vg, msg->cost);
	msg->complete = vgpu_pv_resource_created;

	ret = vgpu_pv_ring_queue(queue, msg, VGPU_PV_ROOM_TIMEOUT);
	if (ret) {
		vgpu_pv_resource_unreserve(vg, msg->cost);
		return ret;
	}

	obj->id = id;
	obj->queue = queue;
	obj->create_queue = queue;
	obj->create_seq = msg->seq;
	atomic_inc(&vg->resources);

	while (pages->left) {
		ret = vgpu_pv_resource_add_backing(obj, pages);
		if (ret)
			return ret;
	}

	return async ? 0 : vgpu_pv_ring_wait(queue, msg, VGPU_PV_GPU_TIMEOUT_MS);
}

static u64 vgpu_pv_resource_cost(const struct drm_virtgpu_resource_create *args)
{
	u64 layers = max(args->array_size, args->target == VGPU_PV_TARGET_CUBE ? 6u : 1u);
	u64 cost;

	if (args->target == VGPU_PV_TARGET_BUFFER)
		return (u64)args->width + VGPU_PV_COST_FIXED;

	/* Within the limits that were checked, only the product can overflow. */
	cost = (u64)args->width * max(args->height, 1u) * max(args->depth, 1u);
	if (check_mul_overflow(cost, layers * max(args->nr_samples, 1u), &cost) ||
	    check_mul_overflow(cost, (u64)VGPU_PV_COST_TEXEL, &cost) ||
	    check_mul_overflow(cost, args->last_level ? 2ull : 1ull, &cost))
		return VGPU_PV_COST_MAX;
	return min(cost, VGPU_PV_COST_MAX) + VGPU_PV_COST_FIXED;
}

static int vgpu_pv_resource_check(const struct drm_virtgpu_resource_create *args)
{
	if (args->target > VGPU_PV_TARGET_LAST || !args->width)
		return -EINVAL;
	if (args->last_level > VGPU_PV_MAX_LEVEL || args->nr_samples > VGPU_PV_MAX_SAMPLES)
		return -EINVAL;
	if (args->target == VGPU_PV_TARGET_BUFFER)
		return args->width > INT_MAX ? -EINVAL : 0;

	if (args->width > VGPU_PV_MAX_DIMENSION || args->height > VGPU_PV_MAX_DIMENSION ||
	    args->depth > VGPU_PV_MAX_DIMENSION || args->array_size > VGPU_PV_MAX_DIMENSION)
		return -EINVAL;
	return 0;
}

static struct vgpu_pv_backing *
vgpu_pv_resource_fill(struct vgpu_pv_resource_create *req, u32 id,
		      const struct drm_virtgpu_resource_create *args)
{
	req->resource = cpu_to_le32(id);
	req->target = cpu_to_le32(args->target);
	req->format = cpu_to_le32(args->format);
	req->bind = cpu_to_le32(args->bind);
	req->width = cpu_to_le32(args->width);
	req->height = cpu_to_le32(args->height);
	req->depth = cpu_to_le32(args->depth);
	req->array_size = cpu_to_le32(args->array_size);
	req->last_level = cpu_to_le32(args->last_level);
	req->nr_samples = cpu_to_le32(args->nr_samples);
	req->flags = cpu_to_le32(args->flags);
	return &req->backing;
}

static struct vgpu_pv_backing *
vgpu_pv_resource_fill_blob(struct vgpu_pv_resource_create_blob *req, u32 id)
{
	req->resource = cpu_to_le32(id);
	return &req->backing;
}

/* Make the buffer a resource: as the arguments say, or a blob where there are none. */
static int vgpu_pv_resource_create(struct vgpu_pv_object *obj, struct vgpu_pv_queue *queue,
				   const struct drm_virtgpu_resource_create *args)
{
	struct vgpu_pv_resource_pages pages;
	struct vgpu_pv_backing *backing;
	struct vgpu_pv_msg *msg;
	unsigned int entries;
	int ret, id;

	ret = vgpu_pv_mapping_begin(queue->vg);
	if (ret)
		return ret;
	ret = vgpu_pv_resource_pages_init(&pages, obj);
	if (ret)
		goto out_end;

	entries = vgpu_pv_resource_pages_batch(&pages);
	if (args)
		msg = vgpu_pv_resource_msg(obj, VGPU_PV_MSG_RESOURCE_CREATE,
					   sizeof(struct vgpu_pv_resource_create), entries);
	else
		msg = vgpu_pv_resource_msg(obj, VGPU_PV_MSG_RESOURCE_CREATE_BLOB,
					   sizeof(struct vgpu_pv_resource_create_blob), entries);
	if (!msg) {
		ret = -ENOMEM;
		goto out_end;
	}

	id = ida_alloc_min(&queue->vg->resource_ids, 1, GFP_KERNEL);
	if (id < 0) {
		ret = id;
		goto out_put;
	}

	if (args) {
		backing = vgpu_pv_resource_fill(msg->request, id, args);
		msg->cost = vgpu_pv_resource_cost(args);
	} else {
		backing = vgpu_pv_resource_fill_blob(msg->request, id);
		msg->cost = VGPU_PV_COST_FIXED;
	}
	vgpu_pv_resource_fill_backing(obj, backing, entries);
	if (entries)
		vgpu_pv_resource_pages_take(&pages, msg->payload, entries);

	ret = vgpu_pv_resource_send(obj, queue, msg, id, &pages);
	if (!obj->id)
		ida_free(&queue->vg->resource_ids, id);

out_put:
	vgpu_pv_msg_put(msg);
out_end:
	vgpu_pv_mapping_end(queue->vg);
	return ret;
}

/* The memory for a new resource: some of its own, or what was imported. */
static struct vgpu_pv_object *
vgpu_pv_resource_alloc(struct vgpu_pv_device *vg, struct drm_file *file,
		       const struct drm_virtgpu_resource_create *args)
{
	if (args->bo_handle)
		return vgpu_pv_prime_alias(vg, file, args->bo_handle);

	/* Without a size the user has no use for the memory, as in virtio_gpu. */
	return vgpu_pv_object_alloc(vg, args->size ?: PAGE_SIZE,
				    args->bind & (VGPU_PV_BIND_SCANOUT | VGPU_PV_BIND_CURSOR) ?
				    VGPU_PV_IN_APERTURE : VGPU_PV_IN_PAGES);
}

int vgpu_pv_resource_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_virtgpu_resource_create *args = data;
	struct vgpu_pv_context *ctx = file->driver_priv;
	struct vgpu_pv_object *obj;
	int ret;

	ret = vgpu_pv_context_ensure(ctx);
	if (ret)
		return ret;
	ret = vgpu_pv_resource_check(args);
	if (ret)
		return ret;

	obj = vgpu_pv_resource_alloc(to_vgpu_pv(drm), file, args);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	obj->format = args->format;
	obj->width = args->width;
	obj->height = args->height;

	ret = vgpu_pv_resource_create(obj, ctx->queue, args);
	if (ret)
		goto out_put;

	args->res_handle = obj->id;
	ret = drm_gem_handle_create(file, &obj->base.base, &args->bo_handle);

out_put:
	drm_gem_object_put(&obj->base.base);
	return ret;
}

int vgpu_pv_resource_create_blob_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_virtgpu_resource_create_blob *args = data;
	struct vgpu_pv_context *ctx = file->driver_priv;
	enum vgpu_pv_placement placement;
	struct vgpu_pv_object *obj;
	int ret;

	if (args->blob_mem != VIRTGPU_BLOB_MEM_GUEST || args->blob_flags & ~VGPU_PV_BLOB_FLAGS)
		return -EINVAL;
	if (args->pad || args->cmd_size || args->cmd || args->blob_id || args->pad2)
		return -EINVAL;
	/* There is no mapping in the host that could be deferred. */
	if (args->blob_hints & ~DRM_VIRTGPU_BLOB_FLAG_HINT_DEFER_MAPPING)
		return -EINVAL;
	/* RESOURCE_INFO has 32 bits to tell a size. */
	if (!args->size || args->size > U32_MAX - PAGE_SIZE)
		return -EINVAL;

	ret = vgpu_pv_context_ensure(ctx);
	if (ret)
		return ret;

	placement = args->blob_flags & VIRTGPU_BLOB_FLAG_USE_CROSS_DEVICE ?
		    VGPU_PV_IN_APERTURE : VGPU_PV_IN_PAGES;
	obj = vgpu_pv_object_alloc(to_vgpu_pv(drm), args->size, placement);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	obj->blob = true;

	ret = vgpu_pv_resource_create(obj, ctx->queue, NULL);
	if (ret)
		goto out_put;

	args->res_handle = obj->id;
	ret = drm_gem_handle_create(file, &obj->base.base, &args->bo_handle);

out_put:
	drm_gem_object_put(&obj->base.base);
	return ret;
}

int vgpu_pv_resource_info_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_virtgpu_resource_info *args = data;
	struct drm_gem_object *gem;
	struct vgpu_pv_object *obj;
	int ret = 0;

	gem = drm_gem_object_lookup(file, args->bo_handle);
	if (!gem)
		return -ENOENT;

	obj = to_vgpu_pv_object(gem);
	if (obj->id) {
		args->res_handle = obj->id;
		args->size = gem->size;
		args->blob_mem = obj->blob ? VIRTGPU_BLOB_MEM_GUEST : 0;
	} else {
		/* So that Mesa doesn't import what commands can't name. */
		ret = -EINVAL;
	}
	drm_gem_object_put(gem);
	return ret;
}
