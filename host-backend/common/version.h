/* SPDX-License-Identifier: MIT */
#ifndef VGPU_PV_VERSION_H
#define VGPU_PV_VERSION_H

/* What --version of the host programs prints. */
#define VGPU_PV_VERSION	"0.1"

#endif /* VGPU_PV_VERSION_H */
