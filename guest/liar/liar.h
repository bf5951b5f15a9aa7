/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vgpu-pv device inside of the guest's kernel, for the driver's tests: it
 * answers every message, renders nothing, lies where it is told to, and notes
 * which rules of the contract the driver breaks.  A lying program behind QEMU
 * was turned down: QEMU itself serves half of the queues and the configuration,
 * and checks what a back end says; here everything that the driver reads can be
 * bent, and a device comes and goes within milliseconds.
 *
 * /dev/vgpu-pv-liar: each open file is a device of its own, which goes with it.
 * What is written are commands (liar_command.c); what is read tells of the device.
 */
#ifndef LIAR_H
#define LIAR_H

#include <linux/irq_work.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/workqueue.h>

#include "vgpu_pv.h"

#define LIAR_MAX_QUEUES		(VGPU_PV_QUEUE_RING0 + VGPU_PV_MAX_RINGS)
#define LIAR_MAX_LIES		16
#define LIAR_MAX_READABLE	256
#define LIAR_MAX_WRITABLE	8
#define LIAR_MAX_BROKEN		8
#define LIAR_LINE		128
#define LIAR_MAX_REQUEST	SZ_1M
#define LIAR_MAX_REPLY		SZ_8K

enum liar_what {
	LIAR_POKE,	/* the reply's 32 bits at offset a are b */
	LIAR_LEN,	/* a bytes were written */
	LIAR_ID,	/* descriptor a was used */
	LIAR_TWICE,	/* it was used, and again */
	LIAR_DROP,	/* no answer */
	LIAR_HOLD,	/* no answer until "release", nor to what comes after it there */
	LIAR_SWAP,	/* answered after the next of its queue */
};

struct liar_lie {
	u32 type;	/* of the messages that it is about */
	enum liar_what what;
	u32 a;
	u32 b;
	u32 times;	/* that it is still told */
};

struct liar_part {
	void *at;
	u32 len;
};

/* A message, taken from a queue. */
struct liar_chain {
	struct liar_queue *queue;
	u16 head;
	unsigned int descriptors;
	size_t request_size;
	u8 *request;
	unsigned int nr_readable;
	struct liar_part readable[LIAR_MAX_READABLE];
	unsigned int nr_writable;
	struct liar_part writable[LIAR_MAX_WRITABLE];
};

struct liar_queue {
	struct liar *liar;
	struct virtqueue *vq;
	struct irq_work irq;
	unsigned int index;
	unsigned int size;	/* offered */
	u16 taken;		/* of the available ring */
	u16 used;
	u64 messages;		/* taken since the reset */
	struct liar_chain *held;
	struct liar_chain *swapped;
};

/*
 * struct liar - one device
 * @lock: protects all that follows it
 * @features: offered
 * @config: what the driver reads
 * @credit: in every reply
 * @seen: messages of each type
 * @ring_of: one more than the ring of each context, or zero
 * @negotiated: features that the driver took
 */
struct liar {
	struct virtio_device vdev;
	struct platform_device *parent;
	struct workqueue_struct *workqueue;
	struct work_struct work;

	struct mutex lock;	/* see above */
	bool plugged;
	u64 features;
	u64 negotiated;
	u8 status;
	struct vgpu_pv_config config;
	u64 aperture_addr;
	u64 aperture_len;
	u64 credit;
	struct liar_queue queues[LIAR_MAX_QUEUES];
	unsigned int nr_queues;
	struct liar_lie lies[LIAR_MAX_LIES];
	unsigned int nr_lies;
	u8 reply[LIAR_MAX_REPLY];
	u64 seen[VGPU_PV_MSG_WAIT_RING + 1];
	u8 ring_of[VGPU_PV_MAX_CONTEXTS + 1];
	unsigned int nr_broken;
	char broken[LIAR_MAX_BROKEN][LIAR_LINE];
};

/* liar_device.c */
struct liar *liar_device_new(void);
void liar_device_free(struct liar *liar);
int liar_device_plug(struct liar *liar);
void liar_device_unplug(struct liar *liar);

/* liar_ring.c; all but the first with the lock */
void liar_ring_init(struct liar_queue *queue);
void liar_ring_serve(struct liar_queue *queue);
void liar_ring_forget(struct liar *liar);
void liar_ring_release(struct liar *liar);
unsigned int liar_ring_waiting(const struct liar_queue *queue);
void liar_ring_push(struct liar_queue *queue, u32 id, u32 len);
void liar_ring_jump(struct liar_queue *queue, u16 entries);
void liar_ring_interrupt(struct liar_queue *queue);

/* liar_answer.c */
size_t liar_answer(struct liar *liar, const struct liar_chain *chain);

/* liar_rules.c */
void liar_rules_check(struct liar *liar, const struct liar_chain *chain);
void liar_rules_check_kept(struct liar *liar, const struct liar_chain *chain);
void liar_rules_check_address(struct liar *liar, const char *what, u64 addr, u64 len);
__printf(3, 4)
void liar_rules_broken(struct liar *liar, const char *label, const char *format, ...);

#endif /* LIAR_H */
