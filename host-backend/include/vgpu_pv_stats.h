/* SPDX-License-Identifier: MIT */
/* What a worker has done and holds, for its broker and the operator's tools. */
#ifndef VGPU_PV_STATS_H
#define VGPU_PV_STATS_H

#include <stdint.h>

/*
 * Worker to broker: one page, made by the broker (memfd), written by the worker
 * alone with relaxed atomic stores, read by anyone who was given it.
 *
 * A frame is a picture that was asked for: a transfer from the host of a resource
 * that can be drawn on, where a submit was executed since the last such transfer of
 * the same one.  A page flip makes one, and a program that reads its picture back;
 * what is drawn off-screen and never looked at does not.
 *
 * Copied are bytes that the worker itself moved between guest memory and its own:
 * messages and their replies, indirect tables, and what is read back of a part of a
 * compressed texture.  What other transfers move goes between guest memory and GL, and
 * is only in bytes_in and bytes_out.
 */
#define VGPU_PV_STATS_MAGIC		0x76677077u
#define VGPU_PV_STATS_RENDERER		128

struct vgpu_pv_stats {
	uint32_t magic;
	uint32_t renderer_state;	/* enum vgpu_pv_renderer_state */
	uint64_t memory_quota;		/* bytes */
	uint64_t memory_used;		/* bytes, by the device's own accounting */
	uint64_t contexts;		/* live */
	uint64_t resources;		/* live */
	uint64_t messages;		/* taken from all rings */
	uint64_t submits;
	uint64_t commands;		/* inside the submits */
	uint64_t transfers;
	uint64_t frames;
	uint64_t bytes_in;		/* of messages and transfers to the host */
	uint64_t bytes_out;		/* of replies and transfers from the host */
	uint64_t bytes_copied;
	uint64_t kicks;			/* doorbells seen */
	uint64_t calls;			/* interrupts raised */
	uint64_t contexts_lost;
	char renderer[VGPU_PV_STATS_RENDERER];	/* GL_RENDERER, terminated */
};

#endif /* VGPU_PV_STATS_H */
