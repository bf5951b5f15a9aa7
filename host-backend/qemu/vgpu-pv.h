/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vgpu-pv: the paravirtual GPU device.  It owns the PCI front, the display and
 * cursor queues and the aperture; the submit rings belong to a worker process,
 * which it reaches over vhost-user.  It parses no render message.
 *
 * All of it runs under the big QEMU lock but the watchdog's thread.
 */
#ifndef VGPU_PV_DEVICE_H
#define VGPU_PV_DEVICE_H

#include "chardev/char-fe.h"
#include "hw/virtio/vhost-backend.h"
#include "hw/virtio/vhost-user.h"
#include "hw/virtio/vhost.h"
#include "hw/virtio/virtio.h"
#include "qemu/thread.h"
#include "ui/console.h"

#include "vgpu_pv.h"
#include "vgpu_pv_link.h"

#define TYPE_VGPU_PV_DEVICE "vgpu-pv-device"
OBJECT_DECLARE_SIMPLE_TYPE(vgpu_pv, VGPU_PV_DEVICE)

/* Surfaces and the BAR share the mapping: it goes with the last of them. */
struct vgpu_pv_aperture {
	uint8_t *ptr;
	uint64_t size;
	int fd;
	int refs;
};

struct vgpu_pv_screen {
	struct vgpu_pv *s;
	QemuConsole *con;
	/* what the user interface prefers */
	bool preset; /* by a property, before there were user interfaces */
	bool enabled;
	int x, y;
	uint32_t width, height; /* pixels */
	uint16_t width_mm, height_mm;
	/* what the guest shows; zero: nothing */
	uint32_t shown_width, shown_height;
	/* what no viewer has looked at yet */
	DisplaySurface *next; /* NULL: still the same picture */
	pixman_box32_t damage;
};

struct vgpu_pv_watchdog {
	QemuThread thread;
	QemuMutex lock;
	QemuCond cond;
	/* under lock; CLOCK_REALTIME of QEMU, ns */
	int64_t deadline; /* 0: not armed */
	int64_t limit;	  /* that no step may move the deadline beyond */
	int fd;		  /* the socket that it shuts down */
	bool fired;
	bool quit;
	/* under the big lock */
	unsigned int depth;
	bool running;
};

/* What vhost was started with: the guest may have changed it since. */
struct vgpu_pv_ring {
	VirtQueue *vq;
	uint16_t num;
	hwaddr desc, avail, used;
};

struct vgpu_pv {
	VirtIODevice parent_obj;

	/* properties */
	CharBackend chr;
	char *instance;
	uint64_t vram; /* bytes */
	uint32_t nr_rings;
	uint32_t max_outputs;
	uint32_t xres, yres; /* pixels */
	uint32_t refresh;    /* mHz */

	struct vgpu_pv_aperture *aperture;
	MemoryRegion aperture_mr;
	Error *migration_blocker;

	VirtQueue *display_vq;
	VirtQueue *cursor_vq;
	QEMUBH *queues_bh;
	QEMUBH *broken_bh;
	struct vgpu_pv_screen screens[VGPU_PV_MAX_OUTPUTS];

	/* configuration space, in the host's byte order */
	uint32_t events;
	enum vgpu_pv_renderer_state renderer_state;
	uint32_t epoch;

	/* worker */
	struct vhost_dev vhost;
	struct vhost_virtqueue *vhost_vqs;
	VhostUserState vhost_user;
	VhostOps ops; /* those of vhost-user, some wrapped */
	struct vgpu_pv_ring rings[VGPU_PV_MAX_RINGS];
	struct vgpu_pv_watchdog watchdog;
	QEMUBH *gone_bh;
	int broker_fd;	  /* -1: no broker */
	bool own_chr;	  /* chr is not the user's */
	bool worker_gone; /* nothing more is said to it */
};

/* vgpu-pv-device.c */
void vgpu_pv_device_event(struct vgpu_pv *s, uint32_t event);
bool vgpu_pv_device_running(struct vgpu_pv *s);
void vgpu_pv_device_drain(struct vgpu_pv *s, VirtQueue *vq,
			  size_t (*answer)(struct vgpu_pv *s, VirtQueue *vq,
					   VirtQueueElement *elem));

/* vgpu-pv-aperture.c */
bool vgpu_pv_aperture_check_size(uint64_t size, Error **errp);
struct vgpu_pv_aperture *vgpu_pv_aperture_new(uint64_t size, Error **errp);
void vgpu_pv_aperture_ref(struct vgpu_pv_aperture *a);
void vgpu_pv_aperture_unref(struct vgpu_pv_aperture *a);
/* NULL where offset and size are not inside. */
uint8_t *vgpu_pv_aperture_range(struct vgpu_pv_aperture *a, uint64_t offset, uint64_t size);
bool vgpu_pv_aperture_send(struct vgpu_pv_aperture *a, struct vhost_dev *vhost, Error **errp);

/* vgpu-pv-broker.c */
bool vgpu_pv_broker_attach(struct vgpu_pv *s, Error **errp);
void vgpu_pv_broker_detach(struct vgpu_pv *s);

/* vgpu-pv-console.c */
extern const GraphicHwOps vgpu_pv_console_ops;
void vgpu_pv_console_add_properties(ObjectClass *klass);
bool vgpu_pv_console_check(struct vgpu_pv *s, Error **errp);
void vgpu_pv_console_init(struct vgpu_pv *s);
void vgpu_pv_console_close(struct vgpu_pv *s);
size_t vgpu_pv_console_edid(struct vgpu_pv *s, unsigned int n, uint8_t *edid, size_t size);

/*
 * vgpu-pv-message.c.  A handler is given a copy of the request, of the exact
 * size, with its header checked, and a zeroed reply.
 */
struct vgpu_pv_message {
	uint32_t type;
	size_t request_size;
	size_t reply_size;
	enum vgpu_pv_status (*handle)(struct vgpu_pv *s, const void *request, void *reply);
};

size_t vgpu_pv_message_answer(struct vgpu_pv *s, VirtQueueElement *elem,
			      const struct vgpu_pv_message *messages, size_t nr_messages);
size_t vgpu_pv_message_refuse(VirtQueueElement *elem, enum vgpu_pv_status status);

/* vgpu-pv-display.c */
void vgpu_pv_display_serve(struct vgpu_pv *s);
void vgpu_pv_display_off(struct vgpu_pv *s, unsigned int n);
void vgpu_pv_display_drop(struct vgpu_pv_screen *screen);
void vgpu_pv_display_update(struct vgpu_pv_screen *screen);

/* vgpu-pv-cursor.c */
void vgpu_pv_cursor_serve(struct vgpu_pv *s);
void vgpu_pv_cursor_off(struct vgpu_pv *s, unsigned int n);

/* vgpu-pv-rings.c */
void vgpu_pv_rings_handle(VirtIODevice *vdev, VirtQueue *vq);
void vgpu_pv_rings_start(struct vgpu_pv *s, uint8_t status);
void vgpu_pv_rings_stop(struct vgpu_pv *s);
void vgpu_pv_rings_serve(struct vgpu_pv *s);

/* vgpu-pv-worker.c */
bool vgpu_pv_worker_connect(struct vgpu_pv *s, Error **errp);
void vgpu_pv_worker_disconnect(struct vgpu_pv *s);
void vgpu_pv_worker_lost(struct vgpu_pv *s);

/* vgpu-pv-watchdog.c */
bool vgpu_pv_watchdog_init(struct vgpu_pv_watchdog *w, int fd, Error **errp);
void vgpu_pv_watchdog_fini(struct vgpu_pv_watchdog *w);
void vgpu_pv_watchdog_arm(struct vgpu_pv_watchdog *w, unsigned int ms);
void vgpu_pv_watchdog_step(struct vgpu_pv_watchdog *w);
/* Whether it fired. */
bool vgpu_pv_watchdog_disarm(struct vgpu_pv_watchdog *w);

#define VGPU_PV_WATCHDOG_MS	  700  /* of one exchange with the worker */
#define VGPU_PV_WATCHDOG_LIMIT_MS 2000 /* of a sequence of them */
#define VGPU_PV_WATCHDOG_START_MS 10000

#endif /* VGPU_PV_DEVICE_H */
