// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The connection to the worker, from its features to its end.
 *
 * vhost-user sends what concerns the whole device (the memory table, a reset)
 * only for the vhost_dev whose first queue is 0, and ours begins at queue 2.
 * The alternative, a second vhost_dev for queues 0 and 1 that the worker would
 * have to ignore, is more code on both sides; so the device has its own copy of
 * the operations, in which those few go out as if the first queue were 0.
 *
 * In that copy, too, a worker that is gone answers everything at once, so that
 * vhost takes itself down without a read that can only fail.
 */
#include "qemu/osdep.h"
#include "chardev/char-socket.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"
#include "standard-headers/linux/vhost_types.h"

#include "trace.h"
#include "vgpu-pv.h"

static struct vgpu_pv *vgpu_pv_worker_device(struct vhost_dev *vhost)
{
	return container_of(vhost, struct vgpu_pv, vhost);
}

/* From anywhere, in the middle of an exchange too: the rest happens later. */
void vgpu_pv_worker_lost(struct vgpu_pv *s)
{
	if (s->worker_gone)
		return;
	s->worker_gone = true;
	qemu_bh_schedule(s->gone_bh);
}

static void vgpu_pv_worker_begin(struct vgpu_pv *s)
{
	vgpu_pv_watchdog_arm(&s->watchdog, VGPU_PV_WATCHDOG_MS);
	s->vhost.vq_index = 0;
}

static int vgpu_pv_worker_end(struct vgpu_pv *s, int ret)
{
	s->vhost.vq_index = VGPU_PV_QUEUE_RING0;
	if (vgpu_pv_watchdog_disarm(&s->watchdog) || ret < 0)
		vgpu_pv_worker_lost(s);
	return s->worker_gone ? 0 : ret;
}

static int vgpu_pv_worker_set_mem_table(struct vhost_dev *vhost, struct vhost_memory *mem)
{
	struct vgpu_pv *s = vgpu_pv_worker_device(vhost);

	if (s->worker_gone)
		return 0;
	vgpu_pv_worker_begin(s);
	return vgpu_pv_worker_end(s, user_ops.vhost_set_mem_table(vhost, mem));
}

static int vgpu_pv_worker_reset_device(struct vhost_dev *vhost)
{
	struct vgpu_pv *s = vgpu_pv_worker_device(vhost);

	if (s->worker_gone)
		return 0;
	vgpu_pv_worker_begin(s);
	return vgpu_pv_worker_end(s, user_ops.vhost_reset_device(vhost));
}

/* vhost-user waits for an answer to each: ring by ring, so that the watchdog sees progress. */
static int vgpu_pv_worker_set_vring_enable(struct vhost_dev *vhost, int enable)
{
	struct vgpu_pv *s = vgpu_pv_worker_device(vhost);
	unsigned int i;

	vhost->nvqs = 1;
	for (i = 0; i < s->nr_rings && !s->worker_gone; i++) {
		vgpu_pv_watchdog_step(&s->watchdog);
		vhost->vq_index = VGPU_PV_QUEUE_RING0 + i;
		if (user_ops.vhost_set_vring_enable(vhost, enable) < 0)
			vgpu_pv_worker_lost(s);
	}
	vhost->nvqs = s->nr_rings;
	vhost->vq_index = VGPU_PV_QUEUE_RING0;
	return 0;
}

/*
 * The used index of a worker that is gone is where its ring stops: it completes
 * in order, so that exactly what it left outstanding is found again from there.
 */
static int vgpu_pv_worker_get_vring_base(struct vhost_dev *vhost, struct vhost_vring_state *ring)
{
	struct vgpu_pv *s = vgpu_pv_worker_device(vhost);
	VirtIODevice *vdev = VIRTIO_DEVICE(s);

	if (!s->worker_gone) {
		vgpu_pv_watchdog_step(&s->watchdog);
		if (user_ops.vhost_get_vring_base(vhost, ring) >= 0)
			return 0;
		vgpu_pv_worker_lost(s);
	}
	virtio_queue_restore_last_avail_idx(vdev, ring->index);
	ring->num = virtio_queue_get_last_avail_idx(vdev, ring->index);
	return 0;
}

static void vgpu_pv_worker_wrap_ops(struct vgpu_pv *s)
{
	s->ops = *s->vhost.vhost_ops;
	s->ops.vhost_set_mem_table = vgpu_pv_worker_set_mem_table;
	s->ops.vhost_reset_device = vgpu_pv_worker_reset_device;
	s->ops.vhost_set_vring_enable = vgpu_pv_worker_set_vring_enable;
	s->ops.vhost_get_vring_base = vgpu_pv_worker_get_vring_base;
	s->vhost.vhost_ops = &s->ops;
}

static void vgpu_pv_worker_chr_event(void *opaque, QEMUChrEvent event)
{
	if (event == CHR_EVENT_CLOSED)
		vgpu_pv_worker_lost(opaque);
}

static void vgpu_pv_worker_gone_bh(void *opaque)
{
	struct vgpu_pv *s = opaque;

	qemu_chr_fe_set_handlers(&s->chr, NULL, NULL, NULL, NULL, NULL, NULL, false);
	vgpu_pv_rings_stop(s);
	/* the worker may be stuck rather than dead: then the broker ends it now */
	vgpu_pv_broker_detach(s);
	trace_vgpu_pv_worker_gone(s->renderer_state);
	if (s->renderer_state != VGPU_PV_RENDERER_READY)
		return;
	warn_report("vgpu-pv: the worker is gone; the guest goes on without a renderer");
	s->renderer_state = VGPU_PV_RENDERER_LOST;
	s->epoch++;
	vgpu_pv_device_event(s, VGPU_PV_EVENT_RENDERER);
	vgpu_pv_rings_serve(s);
}

static bool vgpu_pv_worker_check(struct vgpu_pv *s, Error **errp)
{
	if (virtio_has_feature(s->vhost.features, VIRTIO_F_VERSION_1) &&
	    virtio_has_feature(s->vhost.protocol_features, VHOST_USER_PROTOCOL_F_RESET_DEVICE))
		return true;
	error_setg(errp,
		   "what listens on %s is no vgpu-pv-worker: it lacks VERSION_1 or the "
		   "vhost-user protocol feature RESET_DEVICE",
		   s->broker_fd >= 0 ? "the broker's socket" : "chardev=");
	return false;
}

static bool vgpu_pv_worker_vhost_init(struct vgpu_pv *s, Error **errp)
{
	bool fired;
	int ret;

	/* QMP's query of a vhost queue takes a virtqueue's number for one in here */
	s->vhost_vqs = g_new0(struct vhost_virtqueue, VGPU_PV_QUEUE_RING0 + s->nr_rings);
	s->vhost.vqs = s->vhost_vqs;
	s->vhost.nvqs = s->nr_rings;
	s->vhost.vq_index = VGPU_PV_QUEUE_RING0;
	vgpu_pv_watchdog_arm(&s->watchdog, VGPU_PV_WATCHDOG_START_MS);
	ret = vhost_dev_init(&s->vhost, &s->vhost_user, VHOST_BACKEND_TYPE_USER, 0, errp);
	fired = vgpu_pv_watchdog_disarm(&s->watchdog);
	if (ret < 0) {
		error_prepend(errp,
			      fired ? "the vgpu-pv worker has not answered for %d s: "
				    : "the vgpu-pv worker cannot be used (limit %d s): ",
			      VGPU_PV_WATCHDOG_START_MS / 1000);
		g_clear_pointer(&s->vhost_vqs, g_free);
		return false;
	}
	vgpu_pv_worker_wrap_ops(s);
	return true;
}

static bool vgpu_pv_worker_open(struct vgpu_pv *s, Error **errp)
{
	Chardev *chr = qemu_chr_fe_get_driver(&s->chr);

	if (!chr)
		return vgpu_pv_broker_attach(s, errp);
	if (!object_dynamic_cast(OBJECT(chr), TYPE_CHARDEV_SOCKET)) {
		error_setg(errp,
			   "chardev=%s is no socket: give it the path of a vgpu-pv-worker, "
			   "-chardev socket,id=%s,path=PATH",
			   chr->label, chr->label);
		return false;
	}
	return qemu_chr_fe_wait_connected(&s->chr, errp) == 0;
}

/* A chardev of our own goes, one of the user's stays. */
static void vgpu_pv_worker_close(struct vgpu_pv *s)
{
	qemu_chr_fe_set_handlers(&s->chr, NULL, NULL, NULL, NULL, NULL, NULL, false);
	if (s->own_chr)
		qemu_chr_fe_deinit(&s->chr, true);
	s->own_chr = false;
	vgpu_pv_broker_detach(s);
}

bool vgpu_pv_worker_connect(struct vgpu_pv *s, Error **errp)
{
	SocketChardev *sock;

	s->gone_bh =
		qemu_bh_new_guarded(vgpu_pv_worker_gone_bh, s, &DEVICE(s)->mem_reentrancy_guard);
	if (!vgpu_pv_worker_open(s, errp))
		goto fail_bh;
	sock = SOCKET_CHARDEV(qemu_chr_fe_get_driver(&s->chr));
	if (!sock->sioc) {
		error_setg(errp, "chardev= is not connected to a vgpu-pv-worker");
		goto fail_close;
	}
	if (!vgpu_pv_watchdog_init(&s->watchdog, sock->sioc->fd, errp))
		goto fail_close;
	if (!vhost_user_init(&s->vhost_user, &s->chr, errp))
		goto fail_watchdog;
	if (!vgpu_pv_worker_vhost_init(s, errp))
		goto fail_user;
	if (!vgpu_pv_worker_check(s, errp) || !vgpu_pv_aperture_send(s->aperture, &s->vhost, errp))
		goto fail_vhost;

	if (virtio_has_feature(s->vhost.features, VGPU_PV_F_RENDER))
		s->renderer_state = VGPU_PV_RENDERER_READY;
	else
		warn_report("vgpu-pv: the worker has no renderer: the guest gets a display only");
	qemu_chr_fe_set_handlers(&s->chr, NULL, NULL, vgpu_pv_worker_chr_event, NULL, s, NULL,
				 true);
	return true;

fail_vhost:
	vhost_dev_cleanup(&s->vhost);
	g_clear_pointer(&s->vhost_vqs, g_free);
fail_user:
	vhost_user_cleanup(&s->vhost_user);
fail_watchdog:
	vgpu_pv_watchdog_fini(&s->watchdog);
fail_close:
	vgpu_pv_worker_close(s);
fail_bh:
	qemu_bh_delete(s->gone_bh);
	return false;
}

/* The rings are stopped. */
void vgpu_pv_worker_disconnect(struct vgpu_pv *s)
{
	s->worker_gone = true;
	vhost_dev_cleanup(&s->vhost);
	g_clear_pointer(&s->vhost_vqs, g_free);
	vhost_user_cleanup(&s->vhost_user);
	vgpu_pv_watchdog_fini(&s->watchdog);
	vgpu_pv_worker_close(s);
	qemu_bh_delete(s->gone_bh);
}
