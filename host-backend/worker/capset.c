// SPDX-License-Identifier: MIT
/*
 * The capability sets: what the renderer says, less what this device does not
 * offer.  ARB_buffer_storage would have the guest map host memory, which there
 * is none of; untyped resources, memory figures and video have no message or
 * command here, and what a newer library adds has none yet.  The library's public header does not describe the set, so the
 * offsets of the few fields that we change stand here, and are used only within
 * the size that the library reports.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <virgl/virglrenderer.h>

#include "capset.h"
#include "worker.h"

/* virgl's capability set 2, bytes from its start */
#define CAPS_BITS			392
#define CAPS_MAX_TEXTURE_2D_SIZE	484
#define CAPS_FEATURE_CHECK		556
#define CAPS_BITS_V2			688
#define CAPS_NUM_VIDEO_CAPS		856

#define CAP_ARB_BUFFER_STORAGE		(1u << 31)

#define CAP_V2_UNTYPED_RESOURCE		(1u << 1)
#define CAP_V2_VIDEO_MEMORY		(1u << 2)
#define CAP_V2_MEMINFO			(1u << 3)
#define CAP_V2_SCANOUT_USES_GBM		(1u << 8)

/* of CAPS_FEATURE_CHECK: from 21 on Mesa sends CLEAR_SURFACE, which virgl_table.c lacks */
#define FEATURE_CHECK_MAX		20

/* as the DRM UAPI numbers them */
static const uint32_t capset_ids[WORKER_MAX_CAPSETS] = { 1, 2 };
#define CAPSET_VIRGL2			2

static uint32_t caps_load(const uint8_t *caps, uint32_t size, uint32_t offset)
{
	uint32_t value = 0;

	if (offset + sizeof(value) <= size)
		memcpy(&value, caps + offset, sizeof(value));
	return value;
}

static void caps_store(uint8_t *caps, uint32_t size, uint32_t offset, uint32_t value)
{
	if (offset + sizeof(value) <= size)
		memcpy(caps + offset, &value, sizeof(value));
}

static void caps_mask(uint8_t *caps, uint32_t size, uint32_t offset, uint32_t bits)
{
	caps_store(caps, size, offset, caps_load(caps, size, offset) & ~bits);
}

static void caps_limit(uint8_t *caps, uint32_t size, uint32_t offset, uint32_t max)
{
	if (caps_load(caps, size, offset) > max)
		caps_store(caps, size, offset, max);
}

static void capset_mask(uint8_t *caps, uint32_t size)
{
	caps_mask(caps, size, CAPS_BITS, CAP_ARB_BUFFER_STORAGE);
	caps_mask(caps, size, CAPS_BITS_V2, CAP_V2_UNTYPED_RESOURCE | CAP_V2_VIDEO_MEMORY |
		  CAP_V2_MEMINFO | CAP_V2_SCANOUT_USES_GBM);
	caps_limit(caps, size, CAPS_MAX_TEXTURE_2D_SIZE, VGPU_PV_MAX_DIMENSION);
	caps_limit(caps, size, CAPS_FEATURE_CHECK, FEATURE_CHECK_MAX);
	if (size > CAPS_NUM_VIDEO_CAPS)
		caps_store(caps, size, CAPS_NUM_VIDEO_CAPS, 0);
}

int capset_init(struct worker *w)
{
	unsigned int i;
	uint32_t version, size;

	for (i = 0; i < WORKER_MAX_CAPSETS; i++) {
		virgl_renderer_get_cap_set(capset_ids[i], &version, &size);
		if (!size || size > VGPU_PV_MAX_CAPSET_SIZE) {
			log_err("libvirglrenderer's capset %u has %u bytes, not 1 to %u: use another version",
				capset_ids[i], size, VGPU_PV_MAX_CAPSET_SIZE);
			return -EPROTO;
		}
		w->capsets[i].id = capset_ids[i];
		w->capsets[i].version = version;
		w->capsets[i].size = size;
		virgl_renderer_fill_caps(capset_ids[i], version, w->capsets[i].data);
		if (capset_ids[i] == CAPSET_VIRGL2)
			capset_mask(w->capsets[i].data, size);
	}
	return 0;
}

static const struct worker_capset *capset_find(const struct worker *w, uint32_t id)
{
	unsigned int i;

	for (i = 0; i < WORKER_MAX_CAPSETS; i++) {
		if (w->capsets[i].id == id)
			return &w->capsets[i];
	}
	return NULL;
}

int capset_known(const struct worker *w, uint32_t id)
{
	return capset_find(w, id) != NULL;
}

uint32_t capset_list(struct worker *w, const void *request, void *reply)
{
	struct vgpu_pv_capsets_reply *out = reply;
	unsigned int i;

	(void)request;
	out->count = htole32(WORKER_MAX_CAPSETS);
	for (i = 0; i < WORKER_MAX_CAPSETS; i++) {
		out->capsets[i].id = htole32(w->capsets[i].id);
		out->capsets[i].max_version = htole32(w->capsets[i].version);
		out->capsets[i].max_size = htole32(w->capsets[i].size);
	}
	return VGPU_PV_S_OK;
}

uint32_t capset_get(struct worker *w, const void *request, void *reply)
{
	const struct vgpu_pv_get_capset *get = request;
	struct vgpu_pv_capset_reply *out = reply;
	const struct worker_capset *capset = capset_find(w, le32toh(get->id));

	/* the renderer's sets grow at their ends, so that one form serves all versions */
	if (!capset || le32toh(get->version) > capset->version)
		return VGPU_PV_S_NOENT;
	out->size = htole32(capset->size);
	memcpy(out->data, capset->data, capset->size);
	return VGPU_PV_S_OK;
}
