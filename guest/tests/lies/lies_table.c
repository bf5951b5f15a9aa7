// SPDX-License-Identifier: MIT
/*
 * The lies: [drv-config-checked], [drv-reply-checked], [drv-status-errno],
 * [drv-display-clamped], [drv-edid-checked], [drv-no-renderer] and what virtqueues
 * promise.  Offsets are those of the wire header's structures.
 */
#include <errno.h>

#include "lies.h"

#define CONFIG(name, field, value, text) \
	{ "config: " name, "config " field " " value, .log = text, .end = LIES_REFUSED }
#define APERTURE(name, where, text) \
	{ "aperture: " name, "aperture " where, .log = text, .end = LIES_REFUSED }
#define DISPLAY_INFO(name, what, text) \
	{ "display info: " name, "lie " GET_DISPLAY_INFO " -1 " what, NULL, use_displays, 0, text, \
	  LIES_WORKS }
#define EDID(name, what, text) \
	{ "EDID: " name, "lie " GET_EDID " -1 " what, NULL, use_display, 0, text, LIES_WORKS }
#define CAPSETS(name, what, text) \
	{ "capsets: " name, "lie " GET_CAPSETS " -1 " what, NULL, use_create, -ENOSYS, text, \
	  LIES_NO_3D }
#define CAPSET(name, what, err, text) \
	{ "capset: " name, "lie " GET_CAPSET " 1 " what, NULL, use_caps, err, text, LIES_WORKS }
#define CONTEXT(name, what, err, text) \
	{ "context: " name, "lie " CTX_CREATE " 1 " what, NULL, use_create, err, text, LIES_WORKS }
#define RESOURCE(name, what, err, text) \
	{ "resource: " name, "credit 0;lie " RESOURCE_CREATE " 1 " what, NULL, use_create, err, \
	  text, LIES_WORKS }
#define FENCE(name, what, err, text) \
	{ "submit: " name, "lie " SUBMIT " 1 " what, NULL, use_submit, err, text, LIES_WORKS }
#define RING(name, what) \
	{ "ring: " name, "lie " SUBMIT " 1 " what, NULL, use_given_up, -EIO, BROKEN, LIES_OFF }
#define MEANWHILE(name, what) \
	{ "ring: " name, "lie " SUBMIT " 1 hold", what, use_in_flight, -ENODEV, BROKEN, LIES_OFF }
#define NEWS(name, what, text, end) \
	{ "news: " name, NULL, what, use_displays, 1, text, end }

#define WORKS(name, before, use, result, text) \
	{ name, before, NULL, use, result, text, LIES_WORKS }

#define BROKEN	  "the device is broken"
#define MALFORMED "malformed reply"
#define REFUSED	  "the display refused message"
#define NOT_PAGES "the aperture is not made of pages"
#define GONE	  "the renderer is gone"
#define LOST	  " is lost: "

const struct lies_row lies_rows[] = {
	/* Nothing is wrong with these. */
	{ "no lie", .use = use_display },
	{ "no lie, 3D", .use = use_transfer },
	{ "config: 4 outputs, 64 rings", "config 8 4;config 12 64", .use = use_submit },
	{ "queues: longer", "queue 0 512;queue 1 64;queue 2 1024", .use = use_display },

	CONFIG("no outputs", "8", "0", "0 outputs"),
	CONFIG("too many outputs", "8", "5", "5 outputs"),
	CONFIG("very many outputs", "8", "0xffffffff", "4294967295 outputs"),
	CONFIG("no rings", "12", "0", "0 rings"),
	CONFIG("too many rings", "12", "65", "65 rings"),
	CONFIG("very many rings", "12", "0x80000000", "2147483648 rings"),
	{ "features: no VERSION_1", "features 0x1", .log = "VIRTIO_F_VERSION_1", .end = LIES_REFUSED },
	{ "features: all of the type's", "features 0x100ffffff", .use = use_submit },
	{ "queues: a short display queue", "queue 0 128", .log = "virtqueue 0 has 128 entries", .end = LIES_REFUSED },
	{ "queues: a short cursor queue", "queue 1 8", .log = "virtqueue 1 has 8 entries", .end = LIES_REFUSED },
	{ "queues: a short ring", "queue 3 1", .log = "virtqueue 3 has 1 entries", .end = LIES_REFUSED },
	{ "renderer: absent", "config 16 0", NULL, use_display, 0, "no renderer", LIES_NO_3D },
	{ "renderer: an unknown state", "config 16 7", NULL, use_display, 0, "no renderer", LIES_NO_3D },
	{ "renderer: no feature", "features 0x110000000", NULL, use_display, 0, "no renderer", LIES_NO_3D },

	APERTURE("absent", "0 0", "no aperture"),
	APERTURE("empty", "BAR 0", NOT_PAGES),
	APERTURE("half a page", "BAR 0x800", NOT_PAGES),
	APERTURE("an odd length", "BAR 0x1000001", NOT_PAGES),
	APERTURE("an odd place", "0x10000010 0x1000000", NOT_PAGES),
	APERTURE("around the end", "0xfffffffffffff000 0x2000", "the aperture"),
	APERTURE("larger than what is there", "BAR 0x8000000000000000", "in use"),
	APERTURE("the guest's memory", "0x1000000 0x1000000", "in use"),
	WORKS("aperture: a page", "aperture BAR 0x1000", use_dumb, -ENOMEM, NULL),

	DISPLAY_INFO("no width", "poke 28 0", "0x768 pixels"),
	DISPLAY_INFO("no height", "poke 32 0", "1024x0 pixels"),
	DISPLAY_INFO("too wide", "poke 28 16385", "16385x768 pixels"),
	DISPLAY_INFO("very high", "poke 32 0xffffffff", "1024x4294967295 pixels"),
	WORKS("display info: the largest", "lie " GET_DISPLAY_INFO " -1 poke 28 16384;lie " GET_DISPLAY_INFO " -1 poke 32 16384", use_displays, 1, NULL),
	WORKS("display info: the smallest", "lie " GET_DISPLAY_INFO " -1 poke 28 1;lie " GET_DISPLAY_INFO " -1 poke 32 1", use_displays, 1, NULL),
	WORKS("display info: more than there are", "lie " GET_DISPLAY_INFO " -1 poke 40 1;lie " GET_DISPLAY_INFO " -1 poke 64 0xffffffff", use_displays, 1, NULL),
	WORKS("display info: short", "lie " GET_DISPLAY_INFO " -1 len 111", use_display, 0, MALFORMED),
	WORKS("display info: nothing", "lie " GET_DISPLAY_INFO " -1 len 0", use_display, 0, MALFORMED),
	WORKS("display info: long", "lie " GET_DISPLAY_INFO " -1 len 113", use_display, 0, MALFORMED),
	WORKS("display info: very long", "lie " GET_DISPLAY_INFO " -1 len 0xffffffff", use_display, 0, MALFORMED),
	WORKS("display info: another type", "lie " GET_DISPLAY_INFO " -1 poke 0 0x80000101", use_display, 0, MALFORMED),
	WORKS("display info: the request's type", "lie " GET_DISPLAY_INFO " -1 poke 0 0x100", use_display, 0, MALFORMED),
	WORKS("display info: refused", "lie " GET_DISPLAY_INFO " -1 poke 4 5", use_display, 0, "no display information: error -95"),

	EDID("empty", "poke 16 0", "EDID of 0 bytes"),
	EDID("short", "poke 16 127", "EDID of 127 bytes"),
	EDID("no number of blocks", "poke 16 129", "EDID of 129 bytes"),
	EDID("too long", "poke 16 1152", "EDID of 1152 bytes"),
	EDID("very long", "poke 16 0xffffff80", "EDID of 4294967168 bytes"),
	EDID("no header", "poke 24 0", "EDID is not valid"),
	EDID("a wrong sum", "poke 32 0", "EDID is not valid"),
	EDID("blocks that are not there", "poke 148 0x20f000", NULL),
	EDID("blocks of nothing", "poke 16 1024", NULL),
	EDID("short reply", "len 1047", MALFORMED),
	EDID("refused", "poke 4 2", "no EDID: error -2"),

	WORKS("scanout: refused", "lie " SET_SCANOUT " 1 poke 4 1", use_display, 0, REFUSED),
	WORKS("scanout: malformed", "lie " SET_SCANOUT " 1 poke 0 0", use_display, 0, MALFORMED),
	WORKS("flush: refused", "lie " FLUSH " 1 poke 4 2", use_display, 0, REFUSED),
	WORKS("flush: malformed", "lie " FLUSH " 1 len 15", use_display, 0, MALFORMED),
	WORKS("cursor: refused", "lie " UPDATE_CURSOR " 1 poke 4 1", use_display, 0, REFUSED),
	WORKS("cursor: malformed", "lie " UPDATE_CURSOR " 1 poke 4 99", use_display, 0, MALFORMED),

	CAPSETS("none", "poke 16 0", "0 capability sets"),
	CAPSETS("too many", "poke 16 9", "9 capability sets"),
	CAPSETS("very many", "poke 16 0xffffffff", "4294967295 capability sets"),
	CAPSETS("no id", "poke 24 0", "set 0 of 512 bytes is not valid"),
	CAPSETS("a large id", "poke 24 64", "set 64 of 512 bytes is not valid"),
	CAPSETS("the same id", "poke 40 1", "set 1 of 512 bytes is not valid"),
	CAPSETS("empty", "poke 32 0", "set 1 of 0 bytes is not valid"),
	CAPSETS("too large", "poke 32 4097", "set 1 of 4097 bytes is not valid"),
	CAPSETS("short", "len 151", MALFORMED),
	CAPSETS("no renderer", "poke 4 7", GONE),

	CAPSET("empty", "poke 16 0", -EPROTO, "0 bytes, not 1 to 512"),
	CAPSET("larger than it was said", "poke 16 513", -EPROTO, "513 bytes, not 1 to 512"),
	CAPSET("very large", "poke 16 0xffffffff", -EPROTO, "4294967295 bytes, not 1 to 512"),
	CAPSET("short", "len 4119", -EPROTO, MALFORMED),
	CAPSET("not there", "poke 4 2", -ENOENT, NULL),

	CONTEXT("invalid", "poke 4 1", -EINVAL, LOST),
	CONTEXT("no capset", "poke 4 2", -ENOENT, LOST),
	CONTEXT("exists", "poke 4 3", -EEXIST, LOST),
	CONTEXT("no memory", "poke 4 4", -ENOMEM, LOST),
	CONTEXT("unknown", "poke 4 5", -EOPNOTSUPP, LOST),
	CONTEXT("lost", "poke 4 6", -EIO, LOST),
	CONTEXT("no status", "poke 4 8", -EPROTO, MALFORMED),
	CONTEXT("short", "len 15", -EPROTO, MALFORMED),
	CONTEXT("long", "len 17", -EPROTO, MALFORMED),
	WORKS("context: no end", "lie " CTX_DESTROY " -1 poke 4 2", use_submit, 0, NULL),

	RESOURCE("exists", "poke 4 3", -EEXIST, NULL),
	RESOURCE("no memory", "poke 4 4", -ENOMEM, NULL),
	RESOURCE("another type", "poke 0 0x8000030c", -EPROTO, MALFORMED),
	RESOURCE("nothing", "len 0", -EPROTO, MALFORMED),
	WORKS("resource: no end", "lie " RESOURCE_DESTROY " -1 len 0", use_end, 0, MALFORMED),
	WORKS("resource: not attached", "lie " CTX_ATTACH " -1 len 8", use_transfer, 0, MALFORMED),
	WORKS("transfer: malformed", "lie " TRANSFER_TO_HOST " 1 len 1", use_transfer, 0, MALFORMED),
	WORKS("transfer: refused", "lie " TRANSFER_FROM_HOST " 1 poke 4 1", use_transfer, 0, NULL),

	FENCE("invalid", "poke 4 1", -EINVAL, LOST),
	FENCE("no context", "poke 4 2", -ENOENT, LOST),
	FENCE("lost", "poke 4 6", -EIO, LOST),
	FENCE("another type", "poke 0 0x80000300", -EPROTO, MALFORMED),
	FENCE("short", "len 15", -EPROTO, MALFORMED),
	FENCE("long", "len 4096", -EPROTO, MALFORMED),
	WORKS("submit: refused, but short", "lie " SUBMIT " 1 poke 4 1;lie " SUBMIT " 1 len 15", use_submit, -EPROTO, MALFORMED),
	WORKS("submit: the next after a malformed one", "lie " SUBMIT " 1 len 0", use_lost, -EIO, MALFORMED),
	{ "submit: no renderer", "lie " SUBMIT " 1 poke 4 7", NULL, use_submit, -EIO, GONE, LIES_NO_3D },

	RING("an id out of range", "id 0x12345"),
	RING("a negative id", "id 0xffffffff"),
	RING("an id that is not under way", "id 200"),
	RING("used twice", "twice"),
	{ "ring: the second before the first", "lie " SUBMIT " 1 swap", NULL, use_two, -ENODEV,
	  BROKEN, LIES_OFF },
	MEANWHILE("used, but never queued", "use 2 77 16"),
	MEANWHILE("used on another ring", "use 3 0 16"),
	MEANWHILE("used on the display's queue", "use 0 0 16"),
	MEANWHILE("used on the cursor's queue", "use 1 65535 0"),
	MEANWHILE("a jump of the used index", "jump 3 200"),
	MEANWHILE("a jump around the used ring", "jump 1 40000"),
	MEANWHILE("a reset is needed", "status 0x40"),

	NEWS("of unknown sorts", "event 0xfffffffc", NULL, LIES_WORKS),
	NEWS("of nothing", "event 0", NULL, LIES_WORKS),
	NEWS("again and again", "event 1;event 1;event 3;event 0xffffffff;event 1", NULL,
	     LIES_WORKS),
	NEWS("more outputs", "config 8 4;event 1", NULL, LIES_WORKS),
	NEWS("other rings", "config 12 64;event 2", NULL, LIES_WORKS),
	NEWS("another renderer", "config 20 5;event 2", NULL, LIES_WORKS),
	NEWS("no renderer", "config 16 2;event 2", GONE, LIES_NO_3D),
	NEWS("no such state", "config 16 0xffffffff;event 2", GONE, LIES_NO_3D),
	{ "news: another aperture", NULL, "aperture 0 0;event 3", use_display, 0, NULL, LIES_WORKS },

	/* All 300 replies. */
	WORKS("flood", "lie " TRANSFER_TO_HOST " -1 poke 0 0", use_flood, 0, NULL),
};

const size_t lies_count = sizeof(lies_rows) / sizeof(lies_rows[0]);
