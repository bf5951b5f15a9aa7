/* SPDX-License-Identifier: MIT */
#ifndef VGPU_PV_SIZE_H
#define VGPU_PV_SIZE_H

#include <stddef.h>
#include <stdint.h>

#define SIZE_TEXT	32

/*
 * "4096", "64K", "512M", "2G", "1T" (binary units, case ignored, an optional
 * "iB" or "B" after the unit).  0, or -EINVAL, or -ERANGE beyond 64 bits.
 */
int size_parse(const char *text, uint64_t *bytes);

/* the shortest exact form of the same: "256M"; text has SIZE_TEXT bytes */
const char *size_format(uint64_t bytes, char *text);

#endif /* VGPU_PV_SIZE_H */
