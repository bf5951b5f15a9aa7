// SPDX-License-Identifier: MIT
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "expect.h"
#include "vnc.h"

#define VNC_VERSION	  "RFB 003.008\n"
#define VNC_NO_SECURITY	  1
#define VNC_SHARED	  1
#define VNC_SET_ENCODINGS 2
#define VNC_SET_SIZE	  251
#define VNC_UPDATE	  0
#define VNC_RAW		  0
#define VNC_DESKTOP_SIZE  (-308) /* extended */
#define VNC_ALPHA_CURSOR  (-314)
#define VNC_SCREEN_BYTES  16
#define VNC_CURSOR_MAX	  VGPU_PV_CURSOR_DIMENSION

struct vnc_rectangle {
	uint16_t x, y, width, height;
	int32_t encoding;
} __attribute__((packed));

static void vnc_read(struct vnc *vnc, void *data, size_t size)
{
	struct pollfd p = { .fd = vnc->fd, .events = POLLIN };
	ssize_t n;

	while (size) {
		expect(poll(&p, 1, VM_TIMEOUT_MS) == 1, "VNC: nothing comes");
		n = read(vnc->fd, data, size);
		expect(n > 0, "VNC: the server has gone");
		data = (uint8_t *)data + n;
		size -= (size_t)n;
	}
}

static void vnc_skip(struct vnc *vnc, size_t size)
{
	uint8_t data[4096];
	size_t part;

	for (; size; size -= part) {
		part = size < sizeof(data) ? size : sizeof(data);
		vnc_read(vnc, data, part);
	}
}

static void vnc_write(struct vnc *vnc, const void *data, size_t size)
{
	expect(send(vnc->fd, data, size, MSG_NOSIGNAL) == (ssize_t)size, "VNC: %m");
}

void vnc_open(struct vnc *vnc, const struct vm *vm, const char *name)
{
	static const uint8_t security = VNC_NO_SECURITY, shared = VNC_SHARED;
	struct {
		uint8_t type, padding;
		uint16_t count;
		int32_t encodings[3];
	} encodings = {
		VNC_SET_ENCODINGS,
		0,
		htons(3),
		{ htonl(VNC_RAW), (int32_t)htonl(VNC_DESKTOP_SIZE),
		  (int32_t)htonl(VNC_ALPHA_CURSOR) },
	};
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char version[12];
	uint8_t count;
	uint32_t length;

	memset(vnc, 0, sizeof(*vnc));
	vm_path(vm, name, addr.sun_path, sizeof(addr.sun_path));
	vnc->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	expect(!connect(vnc->fd, (struct sockaddr *)&addr, sizeof(addr)), "%s: %m", addr.sun_path);
	vnc_read(vnc, version, sizeof(version));
	vnc_write(vnc, VNC_VERSION, strlen(VNC_VERSION));
	vnc_read(vnc, &count, 1);
	vnc_skip(vnc, count);
	vnc_write(vnc, &security, 1);
	vnc_skip(vnc, 4);
	vnc_write(vnc, &shared, 1);
	/* size, format of pixels, name */
	vnc_skip(vnc, 4 + 16);
	vnc_read(vnc, &length, sizeof(length));
	vnc_skip(vnc, ntohl(length));
	vnc_write(vnc, &encodings, sizeof(encodings));
}

void vnc_close(struct vnc *vnc)
{
	close(vnc->fd);
}

static void vnc_read_cursor(struct vnc *vnc, unsigned int width, unsigned int height,
			    const struct vnc_rectangle *r)
{
	expect(width <= VNC_CURSOR_MAX && height <= VNC_CURSOR_MAX, "VNC: a cursor of %u x %u",
	       width, height);
	vnc_skip(vnc, 4);
	vnc_read(vnc, vnc->cursor, (size_t)width * height * 4);
	vnc->width = width;
	vnc->height = height;
	vnc->hot_x = ntohs(r->x);
	vnc->hot_y = ntohs(r->y);
	vnc->nr_cursors++;
}

static void vnc_read_rectangle(struct vnc *vnc)
{
	unsigned int width, height;
	struct vnc_rectangle r;
	uint8_t screens[4];

	vnc_read(vnc, &r, sizeof(r));
	width = ntohs(r.width);
	height = ntohs(r.height);
	switch ((int32_t)ntohl((uint32_t)r.encoding)) {
	case VNC_RAW:
		vnc_skip(vnc, (size_t)width * height * 4);
		break;
	case VNC_DESKTOP_SIZE:
		vnc_read(vnc, screens, sizeof(screens));
		vnc_skip(vnc, (size_t)screens[0] * VNC_SCREEN_BYTES);
		break;
	case VNC_ALPHA_CURSOR:
		vnc_read_cursor(vnc, width, height, &r);
		break;
	default:
		fail_msg("VNC: encoding %d was not asked for",
			 (int32_t)ntohl((uint32_t)r.encoding));
	}
}

void vnc_wait_cursor(struct vnc *vnc)
{
	unsigned int before = vnc->nr_cursors, count;
	struct {
		uint8_t type, padding;
		uint16_t count;
	} update;

	while (vnc->nr_cursors == before) {
		vnc_read(vnc, &update, sizeof(update));
		expect(update.type == VNC_UPDATE, "VNC: message %u", update.type);
		for (count = ntohs(update.count); count; count--)
			vnc_read_rectangle(vnc);
	}
}

void vnc_set_size(struct vnc *vnc, uint16_t width, uint16_t height)
{
	struct {
		uint8_t type, padding0;
		uint16_t width, height;
		uint8_t count, padding1;
		uint32_t id;
		uint16_t screen[4];
		uint32_t flags;
	} __attribute__((packed)) request = {
		.type = VNC_SET_SIZE,
		.width = htons(width),
		.height = htons(height),
		.count = 1,
		.screen = { 0, 0, htons(width), htons(height) },
	};

	vnc_write(vnc, &request, sizeof(request));
}
