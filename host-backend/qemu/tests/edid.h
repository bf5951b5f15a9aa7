/* SPDX-License-Identifier: MIT */
#ifndef EDID_H
#define EDID_H

#include "vgpu_pv.h"

/* The EDID's first mode, after the checks that any reader makes of the whole. */
void edid_first_mode(const struct vgpu_pv_edid_reply *reply, unsigned int *width,
		     unsigned int *height);

#endif /* EDID_H */
