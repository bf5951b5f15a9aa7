/* SPDX-License-Identifier: MIT */
/* Pictures as binary PPM files of 8 bits a channel. */
#ifndef PICTURE_H
#define PICTURE_H

#include <stdint.h>

#define PICTURE_MAX 4096 /* width and height */

/* From the rows that glReadPixels gives: RGBA, the lowest first.  0 or -errno. */
int picture_write(const char *path, const uint8_t *rgba, int width, int height);

/* Compares what two folders hold by the same names; prints a line each.  Exit status. */
int picture_compare(const char *a, const char *b, int tolerance);

#endif /* PICTURE_H */
