// SPDX-License-Identifier: MIT
/* An output: see vgpu_pv_screen.h. */
#include "igt.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "vgpu_pv_lib.h"
#include "vgpu_pv_screen.h"

static drmModeConnector *connected(int fd, const drmModeRes *res)
{
	drmModeConnector *connector;
	int i;

	for (i = 0; i < res->count_connectors; i++) {
		connector = drmModeGetConnector(fd, res->connectors[i]);
		igt_assert(connector);
		if (connector->connection == DRM_MODE_CONNECTED)
			return connector;
		drmModeFreeConnector(connector);
	}
	return NULL;
}

void vgpu_pv_screen_open(struct vgpu_pv_screen *screen)
{
	drmModeConnector *connector;
	drmModeRes *res;
	struct stat st;

	screen->fd = vgpu_pv_open_card();
	igt_require_f(drmIsMaster(screen->fd) || !drmSetMaster(screen->fd),
		      "another program is master of the display\n");
	res = drmModeGetResources(screen->fd);
	igt_assert(res && res->count_crtcs >= 1);
	connector = connected(screen->fd, res);
	igt_assert_f(connector, "no output is connected\n");
	igt_assert_lt(0, connector->count_modes);
	screen->crtc = res->crtcs[0];
	screen->connector = connector->connector_id;
	screen->mode = connector->modes[0];
	vgpu_pv_dumb_create_fb(screen->fd, &screen->front, screen->mode.hdisplay,
			       screen->mode.vdisplay, 32);
	vgpu_pv_dumb_create_fb(screen->fd, &screen->back, screen->mode.hdisplay,
			       screen->mode.vdisplay, 32);
	igt_assert_eq(fstat(screen->fd, &st), 0);
	screen->minor = minor(st.st_rdev);
	drmModeFreeConnector(connector);
	drmModeFreeResources(res);
}

void vgpu_pv_screen_show(const struct vgpu_pv_screen *screen, const struct vgpu_pv_dumb *dumb)
{
	uint32_t connector = screen->connector;
	drmModeModeInfo mode = screen->mode;

	igt_assert_eq(drmModeSetCrtc(screen->fd, screen->crtc, dumb->fb, 0, 0, &connector, 1,
				     &mode), 0);
}

void vgpu_pv_screen_close(struct vgpu_pv_screen *screen)
{
	vgpu_pv_dumb_destroy(screen->fd, &screen->front);
	vgpu_pv_dumb_destroy(screen->fd, &screen->back);
	close(screen->fd);
}
