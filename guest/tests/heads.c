// SPDX-License-Identifier: MIT
/*
 * Shows on each output that is attached, at the size that it prefers, a colour of
 * its own and in the bottom right corner a white pixel.  It looks again at an output
 * when an event of the kernel names its connector, and only then, so that what it
 * says and shows proves that there was one.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fcntl.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#define MAX_HEADS 4

static const uint32_t colours[MAX_HEADS] = { 0xcc0000, 0x00cc00, 0x0000cc, 0xcccc00 };

static struct head {
	uint32_t connector, crtc, fb, handle;
	char says[64];
} heads[MAX_HEADS];

static int fd, nr_heads;

static void die(const char *what)
{
	fprintf(stderr, "heads: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void show(struct head *head, drmModeModeInfo *mode)
{
	struct drm_mode_create_dumb dumb = { .width = mode->hdisplay, .height = mode->vdisplay,
					     .bpp = 32 };
	struct drm_mode_map_dumb map = { 0 };
	uint32_t *pixels, fb, x, y;

	if (drmIoctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &dumb))
		die("a buffer");
	map.handle = dumb.handle;
	if (drmIoctl(fd, DRM_IOCTL_MODE_MAP_DUMB, &map))
		die("a mapping");
	pixels = mmap(NULL, dumb.size, PROT_WRITE, MAP_SHARED, fd, map.offset);
	if (pixels == MAP_FAILED)
		die("mmap");
	for (y = 0; y < dumb.height; y++)
		for (x = 0; x < dumb.width; x++)
			pixels[y * dumb.pitch / 4 + x] = colours[head - heads];
	pixels[(dumb.height - 1) * dumb.pitch / 4 + dumb.width - 1] = 0xffffff;
	munmap(pixels, dumb.size);
	if (drmModeAddFB(fd, dumb.width, dumb.height, 24, 32, dumb.pitch, dumb.handle, &fb))
		die("a framebuffer");
	if (drmModeSetCrtc(fd, head->crtc, fb, 0, 0, &head->connector, 1, mode))
		die(mode->name);
	if (head->fb) {
		drmModeRmFB(fd, head->fb);
		drmModeDestroyDumbBuffer(fd, head->handle);
	}
	head->fb = fb;
	head->handle = dumb.handle;
}

static void hide(struct head *head)
{
	drmModeSetCrtc(fd, head->crtc, 0, 0, 0, NULL, 0, NULL);
	if (!head->fb)
		return;
	drmModeRmFB(fd, head->fb);
	drmModeDestroyDumbBuffer(fd, head->handle);
	head->fb = 0;
}

static void look(struct head *head)
{
	drmModeConnector *connector = drmModeGetConnector(fd, head->connector);
	drmModeModeInfo *mode;

	if (!connector)
		die("a connector");
	if (connector->connection != DRM_MODE_CONNECTED || !connector->count_modes) {
		hide(head);
		snprintf(head->says, sizeof(head->says), "off");
	} else {
		mode = connector->modes;
		show(head, mode);
		snprintf(head->says, sizeof(head->says), "%ux%u%s", mode->hdisplay, mode->vdisplay,
			 mode->type & DRM_MODE_TYPE_PREFERRED ? "" : " (not preferred)");
	}
	drmModeFreeConnector(connector);
}

/* As a whole: who reads it sees no part of it. */
static void tell(const char *path)
{
	char part[256];
	FILE *file;
	int i;

	snprintf(part, sizeof(part), "%s.part", path);
	file = fopen(part, "w");
	if (!file)
		die(part);
	for (i = 0; i < nr_heads; i++)
		fprintf(file, "%s%s", i ? " " : "", heads[i].says);
	fputc('\n', file);
	if (fclose(file) || rename(part, path))
		die(path);
}

/* The connector that an event names; 0 if it is about something else. */
static uint32_t hotplugged(const char *event, size_t size)
{
	uint32_t connector = 0;
	int hotplug = 0;
	size_t i;

	for (i = 0; i < size; i += strlen(event + i) + 1) {
		hotplug |= !strcmp(event + i, "HOTPLUG=1");
		if (!strncmp(event + i, "CONNECTOR=", 10))
			connector = strtoul(event + i + 10, NULL, 10);
	}
	return hotplug ? connector : 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	char event[4096 + 1];
	drmModeRes *res;
	uint32_t id;
	ssize_t len;
	int i, events;

	if (argc != 2) {
		fprintf(stderr, "usage: heads FILE\n\n"
			"Keeps in FILE what the outputs are: each one's size, or \"off\".\n");
		return 2;
	}
	events = socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT);
	if (events < 0 || bind(events, (struct sockaddr *)&addr, sizeof(addr)))
		die("events of the kernel");
	fd = open("/dev/dri/card0", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die("/dev/dri/card0");
	res = drmModeGetResources(fd);
	if (!res || res->count_crtcs != res->count_connectors || res->count_crtcs > MAX_HEADS)
		die("the outputs");
	nr_heads = res->count_crtcs;
	for (i = 0; i < nr_heads; i++) {
		heads[i].connector = res->connectors[i];
		heads[i].crtc = res->crtcs[i];
		look(&heads[i]);
	}
	drmModeFreeResources(res);
	for (;;) {
		tell(argv[1]);
		len = recv(events, event, sizeof(event) - 1, 0);
		if (len < 0)
			die("an event");
		event[len] = 0;
		id = hotplugged(event, (size_t)len);
		for (i = 0; i < nr_heads; i++)
			if (heads[i].connector == id)
				look(&heads[i]);
	}
}
