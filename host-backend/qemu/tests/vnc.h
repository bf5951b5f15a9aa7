/* SPDX-License-Identifier: MIT */
/* A viewer: as much of VNC's protocol as shows a cursor and asks for another size. */
#ifndef VNC_H
#define VNC_H

#include "vgpu_pv.h"
#include "vm.h"

struct vnc {
	int fd;
	unsigned int nr_cursors; /* seen so far */
	unsigned int width, height, hot_x, hot_y;
	uint32_t cursor[VGPU_PV_CURSOR_DIMENSION * VGPU_PV_CURSOR_DIMENSION];
};

/* name: the server's socket, in the machine's folder */
void vnc_open(struct vnc *vnc, const struct vm *vm, const char *name);
void vnc_close(struct vnc *vnc);
/* Takes what the server says until a cursor is among it. */
void vnc_wait_cursor(struct vnc *vnc);
void vnc_set_size(struct vnc *vnc, uint16_t width, uint16_t height);

#endif /* VNC_H */
