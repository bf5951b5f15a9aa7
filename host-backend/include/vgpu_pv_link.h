/* SPDX-License-Identifier: MIT */
/*
 * What QEMU, worker, broker and tools say to each other on one host.  Not part
 * of the device's contract with the guest (virtio-spec/), and never seen by it.
 * All integers are the host's.
 */
#ifndef VGPU_PV_LINK_H
#define VGPU_PV_LINK_H

#include <stdint.h>

/*
 * Broker.  A SOCK_SEQPACKET socket at VGPU_PV_BROKER_SOCKET; each packet is one
 * JSON object, at most VGPU_PV_BROKER_MAX_PACKET bytes.  A request is
 *	{"op": "attach", "name": NAME}		instance made if there is none, and
 *						dropped with the connection; a name
 *						that is connected already is an error
 *	{"op": "attach", "instance": NAME}	an instance made beforehand
 *	{"op": "create", "name": NAME, "memory": BYTES}
 *	{"op": "destroy", "name": NAME, "force": true or false}
 *						force (default false): even one that
 *						is in use, whose worker then ends
 *	{"op": "list", "after": NAME}
 *	{"op": "stats", "name": NAME, "after": NAME}
 * with no other member.  The answer is {"ok": true, ...} or {"ok": false,
 * "error": TEXT}.  The answer to attach has "name" and "memory", and carries
 * the descriptor of a socket connected to a new worker, which speaks
 * vhost-user; the instance is connected until the requester closes the broker's
 * connection, and the broker then ends the worker.
 *
 * list and stats answer with a page of "instances", sorted by name, and "more"
 * that is true if others follow: those after a name are asked for with "after".
 * stats with "name" tells of that one.  An instance has "name", "memory" (its
 * quota), "state" ("idle", "connected" or, when its worker ended before its
 * connection, "failed"), "automatic" (true: dropped with its connection) and,
 * while it has one, "worker" (the process).  stats adds, once the worker writes
 * them, "renderer" (text) and the counters of struct vgpu_pv_stats from
 * memory_used on, under their names there.
 */
#define VGPU_PV_RUNTIME_DIR		"/run/vgpu-pv"
#define VGPU_PV_BROKER_SOCKET		VGPU_PV_RUNTIME_DIR "/vgpu-pvd.sock"
#define VGPU_PV_BROKER_MAX_PACKET	65536
#define VGPU_PV_MAX_NAME		64	/* letters, digits, '-', '_', '.' */

/*
 * Front end to worker: a SOCK_SEQPACKET socket pair, whose one end the front end
 * hands over with VHOST_USER_GPU_SET_SOCKET.  It writes the aperture's message
 * before that, so that the worker can read it at once, and then closes its end;
 * or keeps it, and puts files in the place of parts of the aperture, each before
 * it makes the message available that creates a resource there: before a resource
 * is created in the aperture, the worker reads what the socket holds.  There is
 * no answer.
 */
enum vgpu_pv_link_type {
	VGPU_PV_LINK_APERTURE = 1,	/* carries the aperture's memfd */
	VGPU_PV_LINK_PLACE = 2,		/* carries a memfd that cannot shrink */
};

#define VGPU_PV_LINK_VERSION		2

struct vgpu_pv_link_msg {
	uint32_t type;		/* enum vgpu_pv_link_type */
	uint32_t version;	/* VGPU_PV_LINK_VERSION */
	uint64_t size;		/* of the aperture or the part, bytes */
	uint64_t offset;	/* of the part in the aperture, else zero */
};

#endif /* VGPU_PV_LINK_H */
