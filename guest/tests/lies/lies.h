/* SPDX-License-Identifier: MIT */
/* What is done with a lying device, and what must come of it. */
#ifndef LIES_H
#define LIES_H

#include <stddef.h>

#include "lying.h"

enum lies_end {
	LIES_WORKS,	/* all of the driver goes on */
	LIES_NO_3D,	/* the display works, rendering is EIO or was never there */
	LIES_OFF,	/* nothing reaches the device: rendering is EIO */
	LIES_STUCK,	/* it goes on, but whatever waits for the device takes its time */
	LIES_REFUSED,	/* the driver doesn't take the device */
};

/*
 * A lie: commands given before and after the driver takes the device, what is done
 * then and its result, what one line of the kernel log says, and how it ends.
 */
struct lies_row {
	const char *name;
	const char *before, *after;
	int (*use)(struct lying *d);
	int result;
	const char *log;
	enum lies_end end;
};

extern const struct lies_row lies_rows[];
extern const size_t lies_count;

/* Prints what is wrong; true if nothing is. */
bool lies_run(const struct lies_row *row, unsigned int slice);

/*
 * Uses of a device; each returns 0 or the first -errno, and none takes longer than
 * lying_wait_ms().
 */
int use_create(struct lying *d);	/* with the context */
int use_caps(struct lying *d);
int use_submit(struct lying *d);	/* with the result of its fence */
int use_lost(struct lying *d);		/* the submit after that one */
int use_given_up(struct lying *d);	/* submits until the device is off */
int use_two(struct lying *d);		/* the first of two fences */
int use_in_flight(struct lying *d);	/* the same fence, d->after being told meanwhile */
int use_transfer(struct lying *d);
int use_end(struct lying *d);		/* of a resource, and a fence after it */
int use_wait(struct lying *d);		/* for a buffer that a submit names */
int use_full(struct lying *d);		/* more submits than a ring has room for */
int use_fetch(struct lying *d);		/* a resource on the screen */
int use_drawing(struct lying *d);	/* a dumb buffer that a submit names on the screen */
int use_dumb(struct lying *d);
int use_display(struct lying *d);
int use_displays(struct lying *d);	/* how many there are */
int use_flood(struct lying *d);

/* Parts of them. */
int use_ioctl(int fd, unsigned long request, void *arg);
int use_fence(int fd, int *fence);
int use_poll(int fence, int ms);
int use_texture(int fd, unsigned int bind, unsigned int *handle);

/* lies_silent.c: no answers, all at once; returns how many failed of how many. */
void lies_silent_start(void);
int lies_silent_finish(int *count);

/* lies_honest.c: no lies, and a look at the driver's manners. */
int lies_honest(int *count);

#endif /* LIES_H */
