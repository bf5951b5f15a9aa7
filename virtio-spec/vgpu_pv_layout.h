/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The layout of vgpu_pv.h, asserted.  Every user of the wire header includes
 * this file in one of its sources; the test beside it holds the same numbers
 * against the tables of the chapter.
 */
#ifndef VGPU_PV_LAYOUT_H
#define VGPU_PV_LAYOUT_H

#include "vgpu_pv.h"

/* S(structure, size) and F(structure, field, offset, size), in the header's order */
#define VGPU_PV_LAYOUT(S, F) \
	S(vgpu_pv_config, 24) \
	F(vgpu_pv_config, events_read, 0, 4) \
	F(vgpu_pv_config, events_clear, 4, 4) \
	F(vgpu_pv_config, num_outputs, 8, 4) \
	F(vgpu_pv_config, num_rings, 12, 4) \
	F(vgpu_pv_config, renderer_state, 16, 4) \
	F(vgpu_pv_config, epoch, 20, 4) \
	S(vgpu_pv_request, 16) \
	F(vgpu_pv_request, type, 0, 4) \
	F(vgpu_pv_request, flags, 4, 4) \
	F(vgpu_pv_request, ctx_id, 8, 4) \
	F(vgpu_pv_request, padding, 12, 4) \
	S(vgpu_pv_reply, 16) \
	F(vgpu_pv_reply, type, 0, 4) \
	F(vgpu_pv_reply, status, 4, 4) \
	F(vgpu_pv_reply, credit, 8, 8) \
	S(vgpu_pv_output, 24) \
	F(vgpu_pv_output, enabled, 0, 4) \
	F(vgpu_pv_output, x, 4, 4) \
	F(vgpu_pv_output, y, 8, 4) \
	F(vgpu_pv_output, width, 12, 4) \
	F(vgpu_pv_output, height, 16, 4) \
	F(vgpu_pv_output, padding, 20, 4) \
	S(vgpu_pv_display_info_reply, 112) \
	F(vgpu_pv_display_info_reply, hdr, 0, 16) \
	F(vgpu_pv_display_info_reply, outputs, 16, 96) \
	S(vgpu_pv_get_edid, 24) \
	F(vgpu_pv_get_edid, hdr, 0, 16) \
	F(vgpu_pv_get_edid, scanout, 16, 4) \
	F(vgpu_pv_get_edid, padding, 20, 4) \
	S(vgpu_pv_edid_reply, 1048) \
	F(vgpu_pv_edid_reply, hdr, 0, 16) \
	F(vgpu_pv_edid_reply, size, 16, 4) \
	F(vgpu_pv_edid_reply, padding, 20, 4) \
	F(vgpu_pv_edid_reply, edid, 24, 1024) \
	S(vgpu_pv_set_scanout, 48) \
	F(vgpu_pv_set_scanout, hdr, 0, 16) \
	F(vgpu_pv_set_scanout, scanout, 16, 4) \
	F(vgpu_pv_set_scanout, format, 20, 4) \
	F(vgpu_pv_set_scanout, width, 24, 4) \
	F(vgpu_pv_set_scanout, height, 28, 4) \
	F(vgpu_pv_set_scanout, stride, 32, 4) \
	F(vgpu_pv_set_scanout, padding, 36, 4) \
	F(vgpu_pv_set_scanout, offset, 40, 8) \
	S(vgpu_pv_flush, 40) \
	F(vgpu_pv_flush, hdr, 0, 16) \
	F(vgpu_pv_flush, scanout, 16, 4) \
	F(vgpu_pv_flush, x, 20, 4) \
	F(vgpu_pv_flush, y, 24, 4) \
	F(vgpu_pv_flush, width, 28, 4) \
	F(vgpu_pv_flush, height, 32, 4) \
	F(vgpu_pv_flush, padding, 36, 4) \
	S(vgpu_pv_cursor, 48) \
	F(vgpu_pv_cursor, hdr, 0, 16) \
	F(vgpu_pv_cursor, scanout, 16, 4) \
	F(vgpu_pv_cursor, visible, 20, 4) \
	F(vgpu_pv_cursor, x, 24, 4) \
	F(vgpu_pv_cursor, y, 28, 4) \
	F(vgpu_pv_cursor, hot_x, 32, 4) \
	F(vgpu_pv_cursor, hot_y, 36, 4) \
	F(vgpu_pv_cursor, offset, 40, 8) \
	S(vgpu_pv_capset_info, 16) \
	F(vgpu_pv_capset_info, id, 0, 4) \
	F(vgpu_pv_capset_info, max_version, 4, 4) \
	F(vgpu_pv_capset_info, max_size, 8, 4) \
	F(vgpu_pv_capset_info, padding, 12, 4) \
	S(vgpu_pv_capsets_reply, 152) \
	F(vgpu_pv_capsets_reply, hdr, 0, 16) \
	F(vgpu_pv_capsets_reply, count, 16, 4) \
	F(vgpu_pv_capsets_reply, padding, 20, 4) \
	F(vgpu_pv_capsets_reply, capsets, 24, 128) \
	S(vgpu_pv_get_capset, 24) \
	F(vgpu_pv_get_capset, hdr, 0, 16) \
	F(vgpu_pv_get_capset, id, 16, 4) \
	F(vgpu_pv_get_capset, version, 20, 4) \
	S(vgpu_pv_capset_reply, 4120) \
	F(vgpu_pv_capset_reply, hdr, 0, 16) \
	F(vgpu_pv_capset_reply, size, 16, 4) \
	F(vgpu_pv_capset_reply, padding, 20, 4) \
	F(vgpu_pv_capset_reply, data, 24, 4096) \
	S(vgpu_pv_ctx_create, 88) \
	F(vgpu_pv_ctx_create, hdr, 0, 16) \
	F(vgpu_pv_ctx_create, capset_id, 16, 4) \
	F(vgpu_pv_ctx_create, name_len, 20, 4) \
	F(vgpu_pv_ctx_create, name, 24, 64) \
	S(vgpu_pv_resource_ref, 24) \
	F(vgpu_pv_resource_ref, hdr, 0, 16) \
	F(vgpu_pv_resource_ref, resource, 16, 4) \
	F(vgpu_pv_resource_ref, padding, 20, 4) \
	S(vgpu_pv_backing_entry, 16) \
	F(vgpu_pv_backing_entry, addr, 0, 8) \
	F(vgpu_pv_backing_entry, size, 8, 4) \
	F(vgpu_pv_backing_entry, padding, 12, 4) \
	S(vgpu_pv_backing, 24) \
	F(vgpu_pv_backing, kind, 0, 4) \
	F(vgpu_pv_backing, nr_entries, 4, 4) \
	F(vgpu_pv_backing, offset, 8, 8) \
	F(vgpu_pv_backing, size, 16, 8) \
	S(vgpu_pv_resource_create, 88) \
	F(vgpu_pv_resource_create, hdr, 0, 16) \
	F(vgpu_pv_resource_create, resource, 16, 4) \
	F(vgpu_pv_resource_create, target, 20, 4) \
	F(vgpu_pv_resource_create, format, 24, 4) \
	F(vgpu_pv_resource_create, bind, 28, 4) \
	F(vgpu_pv_resource_create, width, 32, 4) \
	F(vgpu_pv_resource_create, height, 36, 4) \
	F(vgpu_pv_resource_create, depth, 40, 4) \
	F(vgpu_pv_resource_create, array_size, 44, 4) \
	F(vgpu_pv_resource_create, last_level, 48, 4) \
	F(vgpu_pv_resource_create, nr_samples, 52, 4) \
	F(vgpu_pv_resource_create, flags, 56, 4) \
	F(vgpu_pv_resource_create, padding, 60, 4) \
	F(vgpu_pv_resource_create, backing, 64, 24) \
	S(vgpu_pv_resource_create_blob, 48) \
	F(vgpu_pv_resource_create_blob, hdr, 0, 16) \
	F(vgpu_pv_resource_create_blob, resource, 16, 4) \
	F(vgpu_pv_resource_create_blob, padding, 20, 4) \
	F(vgpu_pv_resource_create_blob, backing, 24, 24) \
	S(vgpu_pv_resource_add_backing, 24) \
	F(vgpu_pv_resource_add_backing, hdr, 0, 16) \
	F(vgpu_pv_resource_add_backing, resource, 16, 4) \
	F(vgpu_pv_resource_add_backing, nr_entries, 20, 4) \
	S(vgpu_pv_transfer, 64) \
	F(vgpu_pv_transfer, hdr, 0, 16) \
	F(vgpu_pv_transfer, resource, 16, 4) \
	F(vgpu_pv_transfer, level, 20, 4) \
	F(vgpu_pv_transfer, x, 24, 4) \
	F(vgpu_pv_transfer, y, 28, 4) \
	F(vgpu_pv_transfer, z, 32, 4) \
	F(vgpu_pv_transfer, width, 36, 4) \
	F(vgpu_pv_transfer, height, 40, 4) \
	F(vgpu_pv_transfer, depth, 44, 4) \
	F(vgpu_pv_transfer, stride, 48, 4) \
	F(vgpu_pv_transfer, layer_stride, 52, 4) \
	F(vgpu_pv_transfer, offset, 56, 8) \
	S(vgpu_pv_submit, 24) \
	F(vgpu_pv_submit, hdr, 0, 16) \
	F(vgpu_pv_submit, size, 16, 4) \
	F(vgpu_pv_submit, padding, 20, 4) \
	S(vgpu_pv_wait_ring, 32) \
	F(vgpu_pv_wait_ring, hdr, 0, 16) \
	F(vgpu_pv_wait_ring, ring, 16, 4) \
	F(vgpu_pv_wait_ring, padding, 20, 4) \
	F(vgpu_pv_wait_ring, seq, 24, 8)

#define VGPU_PV_ASSERT_SIZE(s, size) \
	_Static_assert(sizeof(struct s) == (size), "size of struct " #s);
#define VGPU_PV_ASSERT_FIELD(s, f, offset, size) \
	_Static_assert(__builtin_offsetof(struct s, f) == (offset), "offset of " #s "." #f); \
	_Static_assert(sizeof(((struct s *)0)->f) == (size), "size of " #s "." #f);

VGPU_PV_LAYOUT(VGPU_PV_ASSERT_SIZE, VGPU_PV_ASSERT_FIELD)

#endif /* VGPU_PV_LAYOUT_H */
