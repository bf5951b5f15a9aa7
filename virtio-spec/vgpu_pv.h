/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vgpu-pv: the wire format of the paravirtual GPU device.
 *
 * The one definition of everything that driver and device exchange, shared by
 * the guest driver, the worker, the QEMU device and the tests.  The prose is in
 * vgpu-pv.md beside this file; each structure names its section there.
 *
 * Rules of evolution:
 *  - All fields are little endian and naturally aligned; sizes never change.
 *  - Padding and reserved fields are written as zero.  A receiver that finds
 *    them non-zero in a request refuses the request.
 *  - New messages get new numbers and new fields a feature bit; numbers and
 *    bits are never used again.
 *  - Lengths and offsets are bytes, positions are pixels, unless stated.
 */
#ifndef VGPU_PV_H
#define VGPU_PV_H

#include <linux/types.h>

/* Section "Device ID".  63 is the highest id that PCI can carry (0x107f). */
#define VGPU_PV_DEVICE_ID		63

/* Section "Virtqueues": 0 display, 1 cursor, 2... one submit ring each. */
#define VGPU_PV_QUEUE_DISPLAY		0
#define VGPU_PV_QUEUE_CURSOR		1
#define VGPU_PV_QUEUE_RING0		2
#define VGPU_PV_QUEUE_SIZE		256
#define VGPU_PV_CURSOR_QUEUE_SIZE	16
#define VGPU_PV_MAX_RINGS		64
#define VGPU_PV_DEFAULT_RINGS		8

/* Section "Feature bits". */
#define VGPU_PV_F_RENDER		0	/* the submit rings are served */

/* Section "Shared memory regions": write-back cached on both sides. */
#define VGPU_PV_SHM_APERTURE		1

/* Limits, section "Limits". */
#define VGPU_PV_MAX_OUTPUTS		4
#define VGPU_PV_MAX_SUBMIT_SIZE		0x80000		/* command bytes in one SUBMIT */
#define VGPU_PV_MAX_BACKING_ENTRIES	0x7000		/* entries in one message */
#define VGPU_PV_MAX_CAPSETS		8
#define VGPU_PV_MAX_CAPSET_SIZE		4096
#define VGPU_PV_MAX_EDID_SIZE		1024
#define VGPU_PV_MAX_CONTEXT_NAME	64
#define VGPU_PV_MAX_CONTEXTS		1024
#define VGPU_PV_MAX_DIMENSION		16384		/* of a resource or scanout */
#define VGPU_PV_CURSOR_DIMENSION	64		/* width and height, ARGB8888 */

/* Section "Device configuration layout", events_read and events_clear. */
#define VGPU_PV_EVENT_DISPLAY		(1u << 0)	/* outputs changed */
#define VGPU_PV_EVENT_RENDERER		(1u << 1)	/* renderer_state or epoch changed */

/* Section "Device configuration layout", renderer_state. */
enum vgpu_pv_renderer_state {
	VGPU_PV_RENDERER_ABSENT = 0,	/* never started: display only */
	VGPU_PV_RENDERER_READY = 1,
	VGPU_PV_RENDERER_LOST = 2,	/* gone, with every context and resource */
};

/* Section "Device configuration layout". */
struct vgpu_pv_config {
	__le32 events_read;	/* VGPU_PV_EVENT_*, read-only */
	__le32 events_clear;	/* write 1 to clear that bit of events_read */
	__le32 num_outputs;	/* 1 to VGPU_PV_MAX_OUTPUTS */
	__le32 num_rings;	/* 1 to VGPU_PV_MAX_RINGS */
	__le32 renderer_state;	/* enum vgpu_pv_renderer_state */
	__le32 epoch;		/* counts renderers: changes when one is lost or replaced */
};

/* Section "Device operation: messages".  One number space for all queues. */
enum vgpu_pv_msg_type {
	/* display queue */
	VGPU_PV_MSG_GET_DISPLAY_INFO = 0x0100,
	VGPU_PV_MSG_GET_EDID,
	VGPU_PV_MSG_SET_SCANOUT,
	VGPU_PV_MSG_FLUSH,

	/* cursor queue */
	VGPU_PV_MSG_UPDATE_CURSOR = 0x0200,
	VGPU_PV_MSG_MOVE_CURSOR,

	/* submit rings */
	VGPU_PV_MSG_GET_CAPSETS = 0x0300,
	VGPU_PV_MSG_GET_CAPSET,
	VGPU_PV_MSG_CTX_CREATE,
	VGPU_PV_MSG_CTX_DESTROY,
	VGPU_PV_MSG_CTX_ATTACH,
	VGPU_PV_MSG_CTX_DETACH,
	VGPU_PV_MSG_RESOURCE_CREATE,
	VGPU_PV_MSG_RESOURCE_CREATE_BLOB,
	VGPU_PV_MSG_RESOURCE_ADD_BACKING,
	VGPU_PV_MSG_RESOURCE_DESTROY,
	VGPU_PV_MSG_TRANSFER_TO_HOST,
	VGPU_PV_MSG_TRANSFER_FROM_HOST,
	VGPU_PV_MSG_SUBMIT,
	VGPU_PV_MSG_WAIT_RING,
};

/* A reply's type is its request's with this bit set. */
#define VGPU_PV_MSG_REPLY		0x80000000u

/* Section "Device operation: status". */
enum vgpu_pv_status {
	VGPU_PV_S_OK = 0,
	VGPU_PV_S_INVALID,		/* malformed, or out of a stated limit */
	VGPU_PV_S_NOENT,		/* no such context, resource, output, capset */
	VGPU_PV_S_EXIST,		/* the id is in use */
	VGPU_PV_S_NOMEM,		/* over quota, or the host has no memory */
	VGPU_PV_S_UNSUPPORTED,		/* unknown message, or not on this queue */
	VGPU_PV_S_CONTEXT_LOST,		/* an earlier message lost this context */
	VGPU_PV_S_RENDERER_LOST,	/* the renderer is gone: see epoch */
};

/* Section "Device operation: messages". */
struct vgpu_pv_request {
	__le32 type;		/* enum vgpu_pv_msg_type */
	__le32 flags;		/* zero */
	__le32 ctx_id;		/* context, or zero where the message has none */
	__le32 padding;
};

/* Section "Device operation: messages". */
struct vgpu_pv_reply {
	__le32 type;		/* the request's type | VGPU_PV_MSG_REPLY */
	__le32 status;		/* enum vgpu_pv_status */
	__le64 credit;		/* bytes of device memory left to this guest */
};

/* Section "Device operation: status": a request that has no more to say is this alone. */

/* ---- display queue ---- */

/* Section "Get display info". */
struct vgpu_pv_output {
	__le32 enabled;		/* 0 or 1 */
	__le32 x;
	__le32 y;
	__le32 width;
	__le32 height;
	__le32 padding;
};

struct vgpu_pv_display_info_reply {
	struct vgpu_pv_reply hdr;
	struct vgpu_pv_output outputs[VGPU_PV_MAX_OUTPUTS];
};

/* Section "Get EDID". */
struct vgpu_pv_get_edid {
	struct vgpu_pv_request hdr;
	__le32 scanout;
	__le32 padding;
};

struct vgpu_pv_edid_reply {
	struct vgpu_pv_reply hdr;
	__le32 size;		/* bytes of edid that are valid, a multiple of 128 */
	__le32 padding;
	__u8 edid[VGPU_PV_MAX_EDID_SIZE];
};

/*
 * Section "Set scanout".  The pixel x, y is at offset + y * stride + x * its bytes in
 * the aperture.  All of format, width, height and stride zero: the output is off.
 */
struct vgpu_pv_set_scanout {
	struct vgpu_pv_request hdr;
	__le32 scanout;
	__le32 format;		/* DRM fourcc: XR24, AR24, XB24, AB24 or RG16 */
	__le32 width;
	__le32 height;
	__le32 stride;		/* bytes, at least those of a line, a multiple of 4 */
	__le32 padding;
	__le64 offset;		/* of the top left pixel, in the aperture */
};

/* Section "Flush".  The rectangle is in pixels of the scanout. */
struct vgpu_pv_flush {
	struct vgpu_pv_request hdr;
	__le32 scanout;
	__le32 x;
	__le32 y;
	__le32 width;
	__le32 height;
	__le32 padding;
};

/* ---- cursor queue ---- */

/*
 * Section "Update cursor" and "Move cursor".  Move ignores hot_x, hot_y and
 * offset.  The picture is VGPU_PV_CURSOR_DIMENSION squared, ARGB8888, packed.
 */
struct vgpu_pv_cursor {
	struct vgpu_pv_request hdr;
	__le32 scanout;
	__le32 visible;		/* 0 or 1 */
	__le32 x;		/* of the picture, in the output; two's complement */
	__le32 y;
	__le32 hot_x;
	__le32 hot_y;
	__le64 offset;		/* of the picture, in the aperture */
};

/* ---- submit rings ---- */

/* Section "Get capsets". */
struct vgpu_pv_capset_info {
	__le32 id;		/* the DRM UAPI's capset ids */
	__le32 max_version;
	__le32 max_size;	/* bytes, at most VGPU_PV_MAX_CAPSET_SIZE */
	__le32 padding;
};

struct vgpu_pv_capsets_reply {
	struct vgpu_pv_reply hdr;
	__le32 count;
	__le32 padding;
	struct vgpu_pv_capset_info capsets[VGPU_PV_MAX_CAPSETS];
};

/* Section "Get capset". */
struct vgpu_pv_get_capset {
	struct vgpu_pv_request hdr;
	__le32 id;
	__le32 version;
};

struct vgpu_pv_capset_reply {
	struct vgpu_pv_reply hdr;
	__le32 size;		/* bytes of data that are valid */
	__le32 padding;
	__u8 data[VGPU_PV_MAX_CAPSET_SIZE];
};

/* Section "Create context".  hdr.ctx_id is the new context's id, not zero. */
struct vgpu_pv_ctx_create {
	struct vgpu_pv_request hdr;
	__le32 capset_id;
	__le32 name_len;	/* bytes of name that are valid; no terminator needed */
	__u8 name[VGPU_PV_MAX_CONTEXT_NAME];
};

/* Section "Destroy context" is struct vgpu_pv_request alone. */

/* Section "Attach resource" and "Detach resource"; "Destroy resource", where ctx_id is zero. */
struct vgpu_pv_resource_ref {
	struct vgpu_pv_request hdr;
	__le32 resource;
	__le32 padding;
};

/* Section "Backing": where the guest keeps a resource's bytes. */
enum vgpu_pv_backing_kind {
	VGPU_PV_BACKING_NONE = 0,
	VGPU_PV_BACKING_PAGES = 1,	/* guest memory; entries follow the message */
	VGPU_PV_BACKING_APERTURE = 2,	/* one range of the aperture */
};

struct vgpu_pv_backing_entry {
	__le64 addr;		/* as in a descriptor of a virtqueue */
	__le32 size;
	__le32 padding;
};

struct vgpu_pv_backing {
	__le32 kind;		/* enum vgpu_pv_backing_kind */
	__le32 nr_entries;	/* PAGES: that follow this message, may be zero */
	__le64 offset;		/* APERTURE: of the first byte */
	__le64 size;		/* bytes in all, those of later ADD_BACKING included */
};

/* Section "Create resource". */
struct vgpu_pv_resource_create {
	struct vgpu_pv_request hdr;
	__le32 resource;	/* the new resource's id, not zero */
	__le32 target;
	__le32 format;
	__le32 bind;
	__le32 width;
	__le32 height;
	__le32 depth;
	__le32 array_size;
	__le32 last_level;
	__le32 nr_samples;
	__le32 flags;
	__le32 padding;
	struct vgpu_pv_backing backing;
	/* struct vgpu_pv_backing_entry[backing.nr_entries] */
};

/* Section "Create blob": bytes without a format, backed by PAGES or APERTURE. */
struct vgpu_pv_resource_create_blob {
	struct vgpu_pv_request hdr;
	__le32 resource;
	__le32 padding;
	struct vgpu_pv_backing backing;
	/* struct vgpu_pv_backing_entry[backing.nr_entries] */
};

/* Section "Add backing": more entries for a PAGES backing that is not complete. */
struct vgpu_pv_resource_add_backing {
	struct vgpu_pv_request hdr;
	__le32 resource;
	__le32 nr_entries;
	/* struct vgpu_pv_backing_entry[nr_entries] */
};

/* Section "Transfers".  offset is in the backing, strides may be zero for tight. */
struct vgpu_pv_transfer {
	struct vgpu_pv_request hdr;
	__le32 resource;
	__le32 level;
	__le32 x;
	__le32 y;
	__le32 z;
	__le32 width;
	__le32 height;
	__le32 depth;
	__le32 stride;
	__le32 layer_stride;
	__le64 offset;
};

/* Section "Submit". */
struct vgpu_pv_submit {
	struct vgpu_pv_request hdr;
	__le32 size;		/* bytes of commands, a multiple of 4, may be zero */
	__le32 padding;
	/* __u8[size] */
};

/*
 * Section "Wait for a ring": this ring goes on when the named ring has
 * executed its first seq messages since the device's reset.
 */
struct vgpu_pv_wait_ring {
	struct vgpu_pv_request hdr;
	__le32 ring;		/* 0 to num_rings - 1: queue VGPU_PV_QUEUE_RING0 + ring */
	__le32 padding;
	__le64 seq;
};

#endif /* VGPU_PV_H */
