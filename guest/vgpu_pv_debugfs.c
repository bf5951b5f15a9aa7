// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * DOC: debugfs
 *
 * Four files in the device's directory: vgpu_pv_rings, vgpu_pv_contexts,
 * vgpu_pv_objects and vgpu_pv_waits. They are for people: nothing may depend on
 * their form. After the device's removal they are empty, though a reader may
 * have them open still.
 */

#include <linux/ktime.h>
#include <linux/seq_file.h>

#include <drm/drm_debugfs.h>
#include <drm/drm_drv.h>
#include <drm/drm_file.h>

#include "vgpu_pv_drv.h"

static const char * const vgpu_pv_debugfs_reasons[] = {
	[VGPU_PV_WAIT_ROOM] = "room",
	[VGPU_PV_WAIT_ANSWER] = "answer",
	[VGPU_PV_WAIT_FENCE] = "fence",
	[VGPU_PV_WAIT_IDLE] = "idle",
	[VGPU_PV_WAIT_MEMORY] = "memory",
};

static void vgpu_pv_debugfs_rings(struct seq_file *m, struct vgpu_pv_device *vg)
{
	unsigned int i;

	seq_puts(m, "queue size free seq deferred contexts\n");
	for (i = 0; i < vg->num_queues; i++) {
		struct vgpu_pv_queue *queue = &vg->queues[i];
		unsigned int size = 0, num_free = 0;
		bool deferred;
		u64 seq;

		spin_lock_irq(&queue->lock);
		if (queue->vq) {
			size = virtqueue_get_vring_size(queue->vq);
			num_free = queue->vq->num_free;
		}
		seq = queue->seq;
		deferred = !list_empty(&queue->deferred);
		spin_unlock_irq(&queue->lock);
		seq_printf(m, "%u %u %u %llu %s %u\n", i, size, num_free, seq,
			   deferred ? "yes" : "no", READ_ONCE(queue->contexts));
	}
	seq_printf(m, "credit %llu creating %llu\n", READ_ONCE(vg->credit),
		   READ_ONCE(vg->creating));
}

static void vgpu_pv_debugfs_contexts(struct seq_file *m, struct vgpu_pv_device *vg)
{
	struct drm_file *file;

	seq_puts(m, "id queue state in-flight pid command\n");
	mutex_lock(&vg->drm->filelist_mutex);
	list_for_each_entry(file, &vg->drm->filelist, lhead) {
		struct vgpu_pv_context *ctx = file->driver_priv;

		/* Pairs with the release in its creation. */
		if (!smp_load_acquire(&ctx->created))
			continue;
		seq_printf(m, "%u %u %s %u %d %s\n", ctx->id, ctx->queue->index,
			   READ_ONCE(ctx->lost) ? "lost" : "live", READ_ONCE(ctx->in_flight),
			   ctx->pid, ctx->comm);
	}
	mutex_unlock(&vg->drm->filelist_mutex);
}

static const char *vgpu_pv_debugfs_kind(const struct vgpu_pv_object *obj)
{
	if (obj->id)
		return obj->blob ? "blob" : "resource";
	return obj->base.base.import_attach ? "import" : "dumb";
}

static const char *vgpu_pv_debugfs_placement(const struct vgpu_pv_object *obj)
{
	if (obj->placement == VGPU_PV_IN_APERTURE)
		return "aperture";
	return obj->import || obj->base.base.import_attach ? "imported" : "pages";
}

static void vgpu_pv_debugfs_objects(struct seq_file *m, struct vgpu_pv_device *vg)
{
	struct vgpu_pv_object *obj;

	seq_puts(m, "resource bytes kind placement error\n");
	mutex_lock(&vg->objects_lock);
	list_for_each_entry(obj, &vg->objects, listed)
		seq_printf(m, "%u %zu %s %s %d\n", obj->id, obj->base.base.size,
			   vgpu_pv_debugfs_kind(obj), vgpu_pv_debugfs_placement(obj),
			   READ_ONCE(obj->error));
	mutex_unlock(&vg->objects_lock);
}

static void vgpu_pv_debugfs_waits(struct seq_file *m, struct vgpu_pv_device *vg)
{
	ktime_t now = ktime_get();
	struct vgpu_pv_wait *wait;

	seq_puts(m, "reason queue ms pid command\n");
	spin_lock_irq(&vg->lock);
	list_for_each_entry(wait, &vg->waits, node)
		seq_printf(m, "%s %d %lld %d %s\n", vgpu_pv_debugfs_reasons[wait->reason],
			   wait->queue, ktime_ms_delta(now, wait->since), wait->pid, wait->comm);
	spin_unlock_irq(&vg->lock);
}

static int vgpu_pv_debugfs_show(struct seq_file *m, void *data)
{
	struct drm_info_node *node = m->private;
	struct drm_device *drm = node->minor->dev;
	void (*show)(struct seq_file *m, struct vgpu_pv_device *vg) = node->info_ent->data;
	int idx;

	if (!drm_dev_enter(drm, &idx))
		return 0;
	show(m, to_vgpu_pv(drm));
	drm_dev_exit(idx);
	return 0;
}

static const struct drm_info_list vgpu_pv_debugfs_files[] = {
	{ "vgpu_pv_rings", vgpu_pv_debugfs_show, 0, vgpu_pv_debugfs_rings },
	{ "vgpu_pv_contexts", vgpu_pv_debugfs_show, 0, vgpu_pv_debugfs_contexts },
	{ "vgpu_pv_objects", vgpu_pv_debugfs_show, 0, vgpu_pv_debugfs_objects },
	{ "vgpu_pv_waits", vgpu_pv_debugfs_show, 0, vgpu_pv_debugfs_waits },
};

/**
 * vgpu_pv_debugfs_init() - make the files of a minor
 * @minor: the minor
 */
void vgpu_pv_debugfs_init(struct drm_minor *minor)
{
	drm_debugfs_create_files(vgpu_pv_debugfs_files, ARRAY_SIZE(vgpu_pv_debugfs_files),
				 minor->debugfs_root, minor);
}
