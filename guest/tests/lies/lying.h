/* SPDX-License-Identifier: MIT */
/* A lying device and what the kernel says about it. */
#ifndef LYING_H
#define LYING_H

#include <stdbool.h>
#include <stdint.h>

#define LYING_APERTURE (16u << 20)

/* Numbers of messages, as the wire header has them. */
#define GET_DISPLAY_INFO     "0x100"
#define GET_EDID	     "0x101"
#define SET_SCANOUT	     "0x102"
#define FLUSH		     "0x103"
#define UPDATE_CURSOR	     "0x200"
#define MOVE_CURSOR	     "0x201"
#define GET_CAPSETS	     "0x300"
#define GET_CAPSET	     "0x301"
#define CTX_CREATE	     "0x302"
#define CTX_DESTROY	     "0x303"
#define CTX_ATTACH	     "0x304"
#define CTX_DETACH	     "0x305"
#define RESOURCE_CREATE	     "0x306"
#define RESOURCE_CREATE_BLOB "0x307"
#define RESOURCE_DESTROY     "0x309"
#define TRANSFER_TO_HOST     "0x30a"
#define TRANSFER_FROM_HOST   "0x30b"
#define SUBMIT		     "0x30c"
#define WAIT_RING	     "0x30d"

struct lying {
	int file;		/* of /dev/vgpu-pv-liar */
	int kmsg;
	char name[64];
	const char *after;	/* commands that are to be given when the time has come */
	char line[2048];		/* the last of the device's in the kernel log */
};

/* The memory that all apertures are cut from: of a vgpu-pv device without a driver. */
int lying_find_memory(void);

/* A device with the aperture of this number, not plugged in; errors end the process. */
void lying_open(struct lying *d, unsigned int slice);
void lying_close(struct lying *d);

/* Commands of guest/liar/liar_command.c with ';' between them; 0 or -errno. */
int lying_command(struct lying *d, const char *commands);

/* Once, however often it is called, the commands of d->after. */
int lying_after(struct lying *d);

/* A number that the device tells of, or -1. */
long lying_number(struct lying *d, const char *name);

/* Prints the rules that the driver broke, and returns how many. */
int lying_broken(struct lying *d);

/* The node's file: "card" or "renderD"; -1: there is none. */
int lying_node(struct lying *d, const char *kind);

/*
 * Errors and warnings in the kernel log about this device since the last call, and
 * how many of them contain text.
 */
int lying_log(struct lying *d, const char *text, int *found);

double lying_now(void);

/*
 * An emulated guest is slow, but nothing right takes this long, and VGPU_PV_SLOW times
 * longer where it is set.  The driver's own limits stay as they are, 30 seconds at most.
 */
int lying_wait_ms(void);

#endif /* LYING_H */
