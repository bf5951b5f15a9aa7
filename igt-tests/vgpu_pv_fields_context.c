// SPDX-License-Identifier: MIT
/*
 * Every field of the calls that ask what there is, and that make a context.
 */
#include "igt.h"

#include "vgpu_pv_fields.h"

/* GETPARAM */
static void fill_getparam(void *data)
{
	struct drm_virtgpu_getparam *args = data;

	args->param = VIRTGPU_PARAM_3D_FEATURES;
	args->value = AT_RESULT;
}

static const struct row getparam_rows[] = {
	ROW(drm_virtgpu_getparam, param, 0, EINVAL),
	ROW(drm_virtgpu_getparam, param, 9, EINVAL), /* of later headers: BLOB_ALIGNMENT */
	ROW(drm_virtgpu_getparam, param, 10, EINVAL),
	ROW(drm_virtgpu_getparam, param, 1ull << 32 | VIRTGPU_PARAM_3D_FEATURES, EINVAL),
	ROW(drm_virtgpu_getparam, param, ALL64, EINVAL),
	ROW(drm_virtgpu_getparam, value, 0, EFAULT),
	ROW(drm_virtgpu_getparam, value, AT_NOWHERE, EFAULT),
	ROW(drm_virtgpu_getparam, value, AT_READ_ONLY, EFAULT),
	ROW(drm_virtgpu_getparam, value, AT_SECRET, EFAULT),
	ROW(drm_virtgpu_getparam, value, AT_HOLE - 2, EFAULT),
	ROW(drm_virtgpu_getparam, value, AT_KERNEL, EFAULT),
	ROW(drm_virtgpu_getparam, value, AT_GAP, EFAULT),
	ROW(drm_virtgpu_getparam, value, ALL64, EFAULT),
};

/* GET_CAPS */
static void fill_caps(void *data)
{
	struct drm_virtgpu_get_caps *args = data;

	args->cap_set_id = VGPU_PV_CAPSET_VIRGL2;
	args->addr = AT_RESULT;
	args->size = 64;
}

#define CAPS(member, wrong, errno_value) ROW(drm_virtgpu_get_caps, member, wrong, errno_value)

static const struct row caps_rows[] = {
	CAPS(cap_set_id, 0, EINVAL),
	CAPS(cap_set_id, 3, EINVAL),
	CAPS(cap_set_id, 63, EINVAL),
	CAPS(cap_set_id, 32 + VGPU_PV_CAPSET_VIRGL2, EINVAL),
	CAPS(cap_set_id, ALL32, EINVAL),
	CAPS(cap_set_ver, 1000, EINVAL),
	CAPS(cap_set_ver, ALL32, EINVAL),
	CAPS(addr, 0, EFAULT),
	CAPS(addr, AT_READ_ONLY, EFAULT),
	CAPS(addr, AT_SECRET, EFAULT),
	CAPS(addr, AT_HOLE - 8, EFAULT),
	CAPS(addr, AT_KERNEL, EFAULT),
	CAPS(addr, AT_GAP, EFAULT),
	CAPS(addr, ALL64, EFAULT),
	CAPS(size, 0, EINVAL),
	CAPS(size, 1, 0),
	CAPS(size, ALL32, 0),
	CAPS(pad, 1, EINVAL),
	CAPS(pad, ALL32, EINVAL),
};

/* CONTEXT_INIT, each time in a new file */
static void fill_init(void *data)
{
	struct drm_virtgpu_context_init *args = data;

	args->num_params = 1;
	args->ctx_set_params = AT_PARAM;
}

static int call_init(unsigned long request, void *data)
{
	return fields_call_again(fields.fd, request, data);
}

static const struct row init_rows[] = {
	ROW(drm_virtgpu_context_init, num_params, 0, 0),
	ROW(drm_virtgpu_context_init, num_params, 2, EFAULT),
	ROW(drm_virtgpu_context_init, num_params, 5, EINVAL),
	ROW(drm_virtgpu_context_init, num_params, 1 << 28, EINVAL), /* 0 bytes in 32 bits */
	ROW(drm_virtgpu_context_init, num_params, ALL32, EINVAL),
	ROW(drm_virtgpu_context_init, pad, 1, EINVAL),
	ROW(drm_virtgpu_context_init, pad, ALL32, EINVAL),
	ROW(drm_virtgpu_context_init, ctx_set_params, 0, EFAULT),
	ROW(drm_virtgpu_context_init, ctx_set_params, AT_PARAM + 1, EFAULT),
	ROW(drm_virtgpu_context_init, ctx_set_params, AT_SECRET, EFAULT),
	ROW(drm_virtgpu_context_init, ctx_set_params, AT_KERNEL, EFAULT),
	ROW(drm_virtgpu_context_init, ctx_set_params, AT_GAP, EFAULT),
};

/* Its parameters */
static void fill_capset(void *data)
{
	struct drm_virtgpu_context_set_param *args = data;

	args->param = VIRTGPU_CONTEXT_PARAM_CAPSET_ID;
	args->value = VGPU_PV_CAPSET_VIRGL2;
}

static void fill_rings(void *data)
{
	struct drm_virtgpu_context_set_param *args = data;

	args->param = VIRTGPU_CONTEXT_PARAM_NUM_RINGS;
	args->value = 2;
}

static void fill_mask(void *data)
{
	struct drm_virtgpu_context_set_param *args = data;

	args->param = VIRTGPU_CONTEXT_PARAM_POLL_RINGS_MASK;
	args->value = 1 << 1;
}

static void fill_name(void *data)
{
	struct drm_virtgpu_context_set_param *args = data;

	args->param = VIRTGPU_CONTEXT_PARAM_DEBUG_NAME;
	args->value = AT_NAME;
}

static int call_param(unsigned long request, void *data)
{
	struct drm_virtgpu_context_init init = {
		.num_params = 1, .ctx_set_params = to_user_pointer(data),
	};

	return call_init(request, &init);
}

/* A mask means something with rings only. */
static int call_mask(unsigned long request, void *data)
{
	struct drm_virtgpu_context_set_param params[2];
	struct drm_virtgpu_context_init init = {
		.num_params = 2, .ctx_set_params = to_user_pointer(params),
	};

	fill_rings(&params[0]);
	memcpy(&params[1], data, sizeof(params[1]));
	return call_init(request, &init);
}

#define PARAM(member, wrong, errno_value) \
	ROW(drm_virtgpu_context_set_param, member, wrong, errno_value)

static const struct row capset_rows[] = {
	PARAM(param, 0, EINVAL),
	PARAM(param, VIRTGPU_CONTEXT_PARAM_DEBUG_NAME + 1, EINVAL),
	PARAM(param, 1ull << 32 | VIRTGPU_CONTEXT_PARAM_CAPSET_ID, EINVAL),
	PARAM(param, ALL64, EINVAL),
	PARAM(value, 0, EINVAL),
	PARAM(value, 63, EINVAL),
	PARAM(value, 64, EINVAL),
	PARAM(value, 64 + VGPU_PV_CAPSET_VIRGL2, EINVAL),
	PARAM(value, 1ull << 32 | VGPU_PV_CAPSET_VIRGL2, EINVAL),
	PARAM(value, ALL64, EINVAL),
};

static const struct row rings_rows[] = {
	PARAM(value, 0, 0),
	PARAM(value, 64, 0),
	PARAM(value, 65, EINVAL),
	PARAM(value, 1ull << 32 | 2, EINVAL),
	PARAM(value, ALL64, EINVAL),
};

static const struct row mask_rows[] = {
	PARAM(param, VIRTGPU_CONTEXT_PARAM_NUM_RINGS, EINVAL), /* twice the same */
	PARAM(value, 0, 0),
	PARAM(value, 1 << 2, EINVAL),
	PARAM(value, 1ull << 63, EINVAL),
	PARAM(value, ALL64, EINVAL),
};

static const struct row name_rows[] = {
	PARAM(value, 0, EFAULT),
	PARAM(value, AT_NOWHERE, EFAULT),
	PARAM(value, AT_SECRET, EFAULT),
	PARAM(value, AT_KERNEL, EFAULT),
	PARAM(value, AT_GAP, EFAULT),
	PARAM(value, AT_UNENDED, EFAULT),
};

static const struct form forms[] = {
	{
		.name = "getparam", .request = DRM_IOCTL_VIRTGPU_GETPARAM,
		.size = sizeof(struct drm_virtgpu_getparam),
		.fill = fill_getparam, .call = fields_call, FORM_ROWS(getparam_rows),
	},
	{
		.name = "get-caps", .request = DRM_IOCTL_VIRTGPU_GET_CAPS,
		.size = sizeof(struct drm_virtgpu_get_caps),
		.fill = fill_caps, .call = fields_call, FORM_ROWS(caps_rows),
	},
	{
		.name = "context-init", .request = DRM_IOCTL_VIRTGPU_CONTEXT_INIT,
		.size = sizeof(struct drm_virtgpu_context_init),
		.fill = fill_init, .call = call_init, FORM_ROWS(init_rows),
	},
	{
		.name = "context-capset", .request = DRM_IOCTL_VIRTGPU_CONTEXT_INIT, .inner = true,
		.size = sizeof(struct drm_virtgpu_context_set_param),
		.fill = fill_capset, .call = call_param, FORM_ROWS(capset_rows),
	},
	{
		.name = "context-rings", .request = DRM_IOCTL_VIRTGPU_CONTEXT_INIT, .inner = true,
		.size = sizeof(struct drm_virtgpu_context_set_param), .more = true,
		.fill = fill_rings, .call = call_param, FORM_ROWS(rings_rows),
	},
	{
		.name = "context-mask", .request = DRM_IOCTL_VIRTGPU_CONTEXT_INIT, .inner = true,
		.size = sizeof(struct drm_virtgpu_context_set_param), .more = true,
		.fill = fill_mask, .call = call_mask, FORM_ROWS(mask_rows),
	},
	{
		.name = "context-name", .request = DRM_IOCTL_VIRTGPU_CONTEXT_INIT, .inner = true,
		.size = sizeof(struct drm_virtgpu_context_set_param), .more = true,
		.fill = fill_name, .call = call_param, FORM_ROWS(name_rows),
	},
};

const struct part fields_context = { forms, ARRAY_SIZE(forms) };
