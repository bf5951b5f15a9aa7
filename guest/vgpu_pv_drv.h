/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the driver's files share; what concerns rings and outputs alone is in
 * headers of their own.
 */

/**
 * DOC: Overview
 *
 * The driver gives the interface of virtgpu_drm.h to a device that renders on the
 * host. A virtqueue of rendering is a ring, and a ring is a timeline: a message is
 * used when it is complete, in order, so completion, fences and back-pressure are
 * the virtqueue's own. Files, from the top down:
 *
 * - vgpu_pv_drv.c, vgpu_pv_device.c: module, probe, reset, suspend;
 * - vgpu_pv_ioctl.c, vgpu_pv_submit.c, vgpu_pv_transfer.c, vgpu_pv_resource.c,
 *   vgpu_pv_context.c, vgpu_pv_capset.c: the calls;
 * - vgpu_pv_object.c, vgpu_pv_aperture.c, vgpu_pv_prime.c, vgpu_pv_resource_ref.c: buffers;
 * - vgpu_pv_kms.c, vgpu_pv_plane.c, vgpu_pv_display.c and their kin: outputs;
 * - vgpu_pv_deps.c, vgpu_pv_fence.c, vgpu_pv_ring.c, vgpu_pv_msg.c: rings;
 * - vgpu_pv_debugfs.c, vgpu_pv_fdinfo.c, vgpu_pv_wait.c, vgpu_pv_trace.h: to be seen.
 */

/**
 * DOC: Locks
 *
 * Outermost first:
 *
 * 1. &vgpu_pv_context.lock: a file's context, its parameters and creation
 * 2. dma_resv (drm_exec): the fences of a buffer, and who uses it
 * 3. &vgpu_pv_queue.lock: one virtqueue; taken in its interrupt
 * 4. &vgpu_pv_context.busy_lock: a leaf, taken in interrupts
 * 5. &vgpu_pv_device.lock: small counters; a leaf, taken in interrupts
 *
 * &vgpu_pv_device.aperture_lock, &vgpu_pv_device.objects_lock,
 * &vgpu_pv_device.capset_lock and &vgpu_pv_pipe.crc_lock are leaves that may sleep.
 */
#ifndef VGPU_PV_DRV_H
#define VGPU_PV_DRV_H

#include <linux/idr.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/ratelimit.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/virtio.h>
#include <linux/workqueue.h>

#include <drm/drm_device.h>
#include <drm/drm_file.h>
#include <drm/drm_gem_shmem_helper.h>
#include <drm/drm_ioctl.h>
#include <drm/drm_mm.h>
#include <drm/virtgpu_drm.h>

#include "vgpu_pv.h"
#include "vgpu_pv_outputs.h"
#include "vgpu_pv_rings.h"

struct dma_buf;
struct dma_buf_attachment;
struct vgpu_pv_context;
struct vgpu_pv_device;
struct vgpu_pv_object;

#define VGPU_PV_DRIVER_NAME	"vgpu_pv"

/* Ids of capability sets fit a mask. */
#define VGPU_PV_MAX_CAPSET_ID	63

/* How long the driver waits for an answer, in milliseconds. */
#define VGPU_PV_QUERY_TIMEOUT_MS	10000	/* display info, EDID, capabilities */
#define VGPU_PV_GPU_TIMEOUT_MS		30000	/* what waits behind rendering */
#define VGPU_PV_COMMIT_TIMEOUT_MS	5000	/* a frame's copy into the aperture */
#define VGPU_PV_FLUSH_TIMEOUT_MS	1000	/* the display taking a frame */
#define VGPU_PV_FREE_TIMEOUT_MS		1000	/* the memory of a closed buffer */

/* In jiffies: for a full ring. */
#define VGPU_PV_ROOM_TIMEOUT		msecs_to_jiffies(VGPU_PV_GPU_TIMEOUT_MS)

/* For what a device can do as often as it likes: so many lines, whoever else errs. */
#define vgpu_pv_err(vg, fmt, ...) \
	do { \
		struct vgpu_pv_device *_vg = (vg); \
		if (__ratelimit(&_vg->errors)) \
			drm_err(_vg->drm, fmt, ##__VA_ARGS__); \
	} while (0)

/* Bounds on what one EXECBUFFER may name. */
#define VGPU_PV_MAX_SUBMIT_OBJECTS	65536
#define VGPU_PV_MAX_SUBMIT_SYNCOBJS	4096

/**
 * struct vgpu_pv_context - the rendering context of an open file
 * @refs: the file's, and one of each message under way
 * @vg: the device
 * @lock: protects what follows up to @created
 * @id: on the wire, zero until created
 * @queue: the ring that all of its messages go to
 * @num_rings: ring indices that user space asked for
 * @poll_mask: ring indices whose fences send events
 * @created: CTX_CREATE was sent
 * @lost: the device lost it: EIO from now on
 * @pid: who opened the file, and
 * @comm: its name
 * @busy_lock: protects what follows
 * @in_flight: messages that the device has
 * @busy_since: when @in_flight became more than zero
 * @busy_ns: how long it was, up to then
 */
struct vgpu_pv_context {
	refcount_t refs;
	struct vgpu_pv_device *vg;
	struct mutex lock;	/* see above */
	u32 id;
	struct vgpu_pv_queue *queue;
	u32 num_rings;
	u64 poll_mask;
	bool created;
	bool lost;
	pid_t pid;
	char comm[TASK_COMM_LEN];
	spinlock_t busy_lock;	/* see above */
	unsigned int in_flight;
	ktime_t busy_since;
	u64 busy_ns;
};

/**
 * enum vgpu_pv_wait_reason - what a task waits for
 * @VGPU_PV_WAIT_ROOM: room in a queue
 * @VGPU_PV_WAIT_ANSWER: the answer to a message
 * @VGPU_PV_WAIT_FENCE: a fence of another driver
 * @VGPU_PV_WAIT_IDLE: the end of a buffer's use
 * @VGPU_PV_WAIT_MEMORY: room in the aperture
 */
enum vgpu_pv_wait_reason {
	VGPU_PV_WAIT_ROOM,
	VGPU_PV_WAIT_ANSWER,
	VGPU_PV_WAIT_FENCE,
	VGPU_PV_WAIT_IDLE,
	VGPU_PV_WAIT_MEMORY,
};

/**
 * struct vgpu_pv_wait - a task that waits
 * @node: in &vgpu_pv_device.waits
 * @reason: what it waits for
 * @queue: the virtqueue that it waits for, or -1
 * @pid: who it is, and
 * @comm: its name
 * @since: when it began
 */
struct vgpu_pv_wait {
	struct list_head node;
	enum vgpu_pv_wait_reason reason;
	int queue;
	pid_t pid;
	char comm[TASK_COMM_LEN];
	ktime_t since;
};

/**
 * enum vgpu_pv_placement - where a buffer's bytes are
 * @VGPU_PV_IN_PAGES: in guest memory
 * @VGPU_PV_IN_APERTURE: in a range of the device's aperture
 */
enum vgpu_pv_placement {
	VGPU_PV_IN_PAGES,
	VGPU_PV_IN_APERTURE,
};

/**
 * struct vgpu_pv_object - a buffer
 * @base: for buffers in guest memory; only .base.base for those in the aperture
 * @serial: of no other object, ever
 * @placement: where its bytes are
 * @import: the imported buffer whose pages it uses, or NULL; a hold
 * @shadow: its copy in the aperture, of an imported one that is shown; a GEM reference
 * @node: its range, where it is in the aperture
 * @listed: in &vgpu_pv_device.objects
 * @holds: of everything that needs its memory: the GEM object, messages, outputs
 * @free_work: frees the memory when there are no holds
 * @id: the resource on the device, or zero
 * @blob: the resource has no format
 * @format: of the resource, where it has one, by the renderer's number
 * @width: likewise, in pixels
 * @height: likewise
 * @queue: the ring that used it last; dma_resv
 * @create_queue: the ring that created it, and
 * @create_seq: the message after which it exists
 * @error: why the device didn't create it
 * @idle: the fences that its end waits for
 * @idle_cb: of @idle
 */
struct vgpu_pv_object {
	struct drm_gem_shmem_object base;
	u64 serial;
	enum vgpu_pv_placement placement;
	struct vgpu_pv_object *import;
	struct vgpu_pv_object *shadow;
	struct drm_mm_node node;
	struct list_head listed;
	refcount_t holds;
	struct work_struct free_work;
	u32 id;
	bool blob;
	u32 format;
	u32 width;
	u32 height;
	struct vgpu_pv_queue *queue;
	struct vgpu_pv_queue *create_queue;
	u64 create_seq;
	int error;
	struct dma_fence *idle;
	struct dma_fence_cb idle_cb;
};

/**
 * struct vgpu_pv_capset - one set of capabilities
 * @id: its number, up to %VGPU_PV_MAX_CAPSET_ID
 * @max_version: the highest there is
 * @max_size: bytes that @data may have
 * @version: of @data
 * @size: bytes of @data
 * @data: of @version, once it was asked for; &vgpu_pv_device.capset_lock
 */
struct vgpu_pv_capset {
	u32 id;
	u32 max_version;
	u32 max_size;
	u32 version;
	u32 size;
	void *data;
};

/**
 * struct vgpu_pv_device - one device
 * @drm: the DRM device
 * @vdev: the virtio device
 * @incarnation: differs for each device and each reset, for fences that stay
 * @physical: the device is told physical addresses, not those for DMA
 * @has_render: 3D is on
 * @lost: the renderer is gone: EIO from now on
 * @broken: the device must be reset, and stays off
 * @errors: lines in the kernel log about what the device did wrong
 * @num_outputs: checked
 * @num_rings: checked; zero without 3D
 * @queues: display, cursor, then the rings
 * @num_queues: of @queues
 * @lock: protects @credit, @creating, @contexts, @waits, @flush and
 *	  &vgpu_pv_queue.contexts
 * @credit: device memory left, as the device said last, in bytes
 * @creating: what creations under way may cost, in bytes
 * @contexts: live contexts
 * @resources: live resources
 * @waits: struct vgpu_pv_wait of each task that waits
 * @context_ids: on the wire
 * @resource_ids: on the wire
 * @objects_lock: protects @objects
 * @objects: every buffer; @objects_lock
 * @mapping_lock: for reading, where buffers are mapped for DMA, and where mappings are used
 * @aperture_lock: protects @aperture_mm, @aperture_leaving and @aperture_frees
 * @aperture_mm: what of the aperture is in use
 * @aperture_leaving: buffers that nobody can name, but that are in the aperture
 * @aperture_frees: counts those that left
 * @aperture_wait: for @aperture_frees to change
 * @aperture_addr: its guest-physical address
 * @aperture_size: in bytes
 * @aperture: it, mapped
 * @capset_lock: protects what @capsets hold of data
 * @capsets: what the renderer can
 * @num_capsets: of @capsets
 * @capset_mask: bit per id in @capsets
 * @pipes: the outputs
 * @flush: the last flush that nobody waited for, or NULL; a reference, @lock
 * @workqueue: frees what can't be freed in interrupts
 * @config_work: sees to events of the configuration
 */
struct vgpu_pv_device {
	struct drm_device *drm;
	struct virtio_device *vdev;
	u64 incarnation;
	bool physical;
	bool has_render;
	bool lost;
	bool broken;
	struct ratelimit_state errors;
	u32 num_outputs;
	u32 num_rings;
	struct vgpu_pv_queue *queues;
	unsigned int num_queues;

	spinlock_t lock;	/* see above */
	u64 credit;
	u64 creating;
	unsigned int contexts;
	atomic_t resources;
	struct list_head waits;
	struct ida context_ids;
	struct ida resource_ids;

	struct mutex objects_lock;	/* objects */
	struct list_head objects;
	struct rw_semaphore mapping_lock;

	struct mutex aperture_lock;	/* see above */
	struct drm_mm aperture_mm;
	unsigned int aperture_leaving;
	unsigned int aperture_frees;
	wait_queue_head_t aperture_wait;
	phys_addr_t aperture_addr;
	u64 aperture_size;
	void *aperture;

	struct mutex capset_lock;	/* what capsets hold of data */
	struct vgpu_pv_capset capsets[VGPU_PV_MAX_CAPSETS];
	unsigned int num_capsets;
	u64 capset_mask;

	struct vgpu_pv_pipe pipes[VGPU_PV_MAX_OUTPUTS];
	struct vgpu_pv_msg *flush;

	struct workqueue_struct *workqueue;
	struct work_struct config_work;
};

static inline struct vgpu_pv_device *to_vgpu_pv(struct drm_device *drm)
{
	return drm->dev_private;
}

static inline struct vgpu_pv_object *to_vgpu_pv_object(struct drm_gem_object *gem)
{
	return container_of(gem, struct vgpu_pv_object, base.base);
}

static inline struct vgpu_pv_queue *vgpu_pv_ring(struct vgpu_pv_device *vg, u32 ring)
{
	return &vg->queues[VGPU_PV_QUEUE_RING0 + ring];
}

/* vgpu_pv_device.c */
int vgpu_pv_device_init(struct vgpu_pv_device *vg, bool render);
void vgpu_pv_device_stop(struct vgpu_pv_device *vg);
int vgpu_pv_device_restart(struct vgpu_pv_device *vg);
void vgpu_pv_device_config_changed(struct virtio_device *vdev);
void vgpu_pv_device_lose(struct vgpu_pv_device *vg);
void vgpu_pv_device_break(struct vgpu_pv_device *vg);
bool vgpu_pv_device_renderer_ready(struct virtio_device *vdev);

/* vgpu_pv_context.c */
struct vgpu_pv_context *vgpu_pv_context_alloc(struct vgpu_pv_device *vg);
struct vgpu_pv_context *vgpu_pv_context_get(struct vgpu_pv_context *ctx);
void vgpu_pv_context_put(struct vgpu_pv_context *ctx);
int vgpu_pv_context_ensure(struct vgpu_pv_context *ctx);
void vgpu_pv_context_lose(struct vgpu_pv_context *ctx, const char *why);
void vgpu_pv_context_close(struct vgpu_pv_context *ctx);
int vgpu_pv_context_init_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

/* vgpu_pv_object.c */
void vgpu_pv_object_gem_free(struct drm_gem_object *gem);
int vgpu_pv_object_gem_open(struct drm_gem_object *gem, struct drm_file *file);
void vgpu_pv_object_gem_close(struct drm_gem_object *gem, struct drm_file *file);
struct drm_gem_object *vgpu_pv_object_gem_create(struct drm_device *drm, size_t size);
struct vgpu_pv_object *vgpu_pv_object_alloc(struct vgpu_pv_device *vg, u64 size,
					    enum vgpu_pv_placement placement);
struct vgpu_pv_object *vgpu_pv_object_new(const struct drm_gem_object_funcs *funcs,
					  enum vgpu_pv_placement placement);
void vgpu_pv_object_list(struct vgpu_pv_object *obj);
void vgpu_pv_object_hold(struct vgpu_pv_object *obj);
void vgpu_pv_object_release(struct vgpu_pv_object *obj);
int vgpu_pv_object_dumb_create(struct drm_file *file, struct drm_device *drm,
			       struct drm_mode_create_dumb *args);

/* vgpu_pv_resource.c */
int vgpu_pv_resource_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int vgpu_pv_resource_create_blob_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int vgpu_pv_resource_info_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

/* vgpu_pv_resource_ref.c */
int vgpu_pv_resource_attach(struct vgpu_pv_object *obj, struct vgpu_pv_context *ctx);
void vgpu_pv_resource_detach(struct vgpu_pv_object *obj, struct vgpu_pv_context *ctx);
void vgpu_pv_resource_destroy(struct vgpu_pv_object *obj);

/* vgpu_pv_prime.c */
struct drm_gem_object *vgpu_pv_prime_import_sg_table(struct drm_device *drm,
						     struct dma_buf_attachment *attach,
						     struct sg_table *sgt);
struct drm_gem_object *vgpu_pv_prime_import(struct drm_device *drm, struct dma_buf *buf);
struct vgpu_pv_object *vgpu_pv_prime_alias(struct vgpu_pv_device *vg, struct drm_file *file,
					   u32 handle);

/* vgpu_pv_mapping.c */
int vgpu_pv_mapping_begin(struct vgpu_pv_device *vg);
void vgpu_pv_mapping_end(struct vgpu_pv_device *vg);
void vgpu_pv_mapping_remove_all(struct vgpu_pv_device *vg);

/* vgpu_pv_fdinfo.c */
void vgpu_pv_fdinfo_begin(struct vgpu_pv_context *ctx);
void vgpu_pv_fdinfo_end(struct vgpu_pv_context *ctx);
void vgpu_pv_fdinfo_show(struct drm_printer *p, struct drm_file *file);

/* vgpu_pv_wait.c */
void vgpu_pv_wait_begin(struct vgpu_pv_device *vg, struct vgpu_pv_wait *wait,
			enum vgpu_pv_wait_reason reason, int queue);
void vgpu_pv_wait_end(struct vgpu_pv_device *vg, struct vgpu_pv_wait *wait, long result);

/* vgpu_pv_debugfs.c */
void vgpu_pv_debugfs_init(struct drm_minor *minor);

/* vgpu_pv_aperture.c */
int vgpu_pv_aperture_init(struct vgpu_pv_device *vg);
int vgpu_pv_aperture_alloc(struct vgpu_pv_device *vg, struct vgpu_pv_object *obj, u64 size);
void vgpu_pv_aperture_leave(struct vgpu_pv_device *vg, struct vgpu_pv_object *obj);
void vgpu_pv_aperture_free(struct vgpu_pv_device *vg, struct vgpu_pv_object *obj);
extern const struct drm_gem_object_funcs vgpu_pv_aperture_funcs;

/* vgpu_pv_submit.c */
int vgpu_pv_submit_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

/* vgpu_pv_transfer.c */
int vgpu_pv_transfer_to_host_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int vgpu_pv_transfer_from_host_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
struct dma_fence *vgpu_pv_transfer_scanout(struct drm_framebuffer *fb,
					   const struct drm_rect *rect,
					   struct dma_fence *after);

/* vgpu_pv_capset.c */
int vgpu_pv_capset_init(struct vgpu_pv_device *vg);
int vgpu_pv_capset_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

/* vgpu_pv_ioctl.c */
extern const struct drm_ioctl_desc vgpu_pv_ioctls[];
extern const int vgpu_pv_num_ioctls;

#endif /* VGPU_PV_DRV_H */
