// SPDX-License-Identifier: MIT
/* Resources: their ids and limits, their backing, and what they are charged. */
#include <string.h>

#include "conformance.h"

#define INVALID		VGPU_PV_S_INVALID
#define CHARGE_FIXED	4096u
#define CHARGE_TEXEL	16u
#define PIPE_2D_ARRAY	7

static uint32_t create(struct fe *fe, const struct vgpu_pv_resource_create *request)
{
	return fe_status(fe, 0, request, sizeof(*request));
}

/* [dev-resource-id] */
static void ids_are_checked(struct fe *fe)
{
	struct vgpu_pv_resource_create texture = guest_texture(3, CONF_WIDTH, CONF_HEIGHT);

	conf_want(create(fe, &texture), VGPU_PV_S_OK, "RESOURCE_CREATE");
	conf_want(create(fe, &texture), VGPU_PV_S_EXIST, "RESOURCE_CREATE of an id in use");
	texture.resource = 0;
	conf_want(create(fe, &texture), INVALID, "RESOURCE_CREATE of id 0");
	texture.resource = ~0u;
	conf_want(create(fe, &texture), VGPU_PV_S_OK, "RESOURCE_CREATE of the highest id");
	conf_want(guest_destroy(fe, 0, 3), VGPU_PV_S_OK, "RESOURCE_DESTROY");
	texture.resource = 3;
	conf_want(create(fe, &texture), VGPU_PV_S_OK, "RESOURCE_CREATE of an id used before");
}

/* [dev-resource-noent] */
static void other_resources_are_noent(struct fe *fe)
{
	struct {
		struct vgpu_pv_resource_add_backing add;
		struct vgpu_pv_backing_entry entry;
	} more = {
		.add = { .hdr.type = VGPU_PV_MSG_RESOURCE_ADD_BACKING, .resource = 9, .nr_entries = 1 },
		.entry = { .addr = fe_gpa(fe, fe_alloc(fe, 4096)), .size = 4096 },
	};

	conf_new_context(fe, 0, 1);
	conf_want(guest_destroy(fe, 0, 9), VGPU_PV_S_NOENT, "RESOURCE_DESTROY of no resource");
	conf_want(guest_destroy(fe, 0, 0), VGPU_PV_S_NOENT, "RESOURCE_DESTROY of resource 0");
	conf_want(guest_attach(fe, 0, 1, 9), VGPU_PV_S_NOENT, "CTX_ATTACH of no resource");
	conf_want(guest_detach(fe, 0, 1, 9), VGPU_PV_S_NOENT, "CTX_DETACH of no resource");
	conf_want(fe_status(fe, 0, &more, sizeof(more)), VGPU_PV_S_NOENT,
		  "RESOURCE_ADD_BACKING to no resource");
	conf_want(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_TO_HOST, 0, 9, 1, 1), VGPU_PV_S_NOENT,
		  "TRANSFER_TO_HOST to no resource");
}

/* [dev-resource-limits] */
static void dimensions_are_limited(struct fe *fe)
{
	const struct vgpu_pv_resource_create good = guest_texture(4, CONF_WIDTH, CONF_HEIGHT);
	struct vgpu_pv_resource_create bad;

	conf_want(create(fe, &good), VGPU_PV_S_OK, "RESOURCE_CREATE");
	conf_want(guest_destroy(fe, 0, 4), VGPU_PV_S_OK, "RESOURCE_DESTROY");
#define REFUSED(field, value)						\
	do {								\
		bad = good;						\
		bad.field = value;					\
		conf_want(create(fe, &bad), INVALID,			\
			  "RESOURCE_CREATE with " #field " = " #value);	\
	} while (0)
	REFUSED(width, VGPU_PV_MAX_DIMENSION + 1);
	REFUSED(width, 0);
	REFUSED(height, VGPU_PV_MAX_DIMENSION + 1);
	REFUSED(height, 0xffffffff);
	REFUSED(target, 99);
	REFUSED(format, 0);
	REFUSED(format, 100000);
	REFUSED(last_level, 0xffffffff);
	REFUSED(nr_samples, 100000);
#undef REFUSED
}

/* [dev-backing-checked] */
static void backings_are_checked(struct fe *fe)
{
	struct {
		struct vgpu_pv_resource_create create;
		struct vgpu_pv_backing_entry entry[2];
	} good = { .create = guest_texture(3, CONF_WIDTH, CONF_HEIGHT) }, bad;

	good.create.backing.kind = VGPU_PV_BACKING_PAGES;
	good.create.backing.nr_entries = 2;
	good.create.backing.size = CONF_BYTES;
	good.entry[0].addr = fe_gpa(fe, fe_alloc(fe, CONF_BYTES));
	good.entry[0].size = CONF_BYTES / 2;
	good.entry[1].addr = good.entry[0].addr + CONF_BYTES / 2;
	good.entry[1].size = CONF_BYTES / 2;
	conf_want(fe_status(fe, 0, &good, sizeof(good)), VGPU_PV_S_OK, "RESOURCE_CREATE");
	conf_want(guest_destroy(fe, 0, 3), VGPU_PV_S_OK, "RESOURCE_DESTROY");
#define REFUSED(field, value)						\
	do {								\
		bad = good;						\
		bad.field = value;					\
		conf_want(fe_status(fe, 0, &bad, sizeof(bad)), INVALID,	\
			  "RESOURCE_CREATE with " #field " = " #value);	\
	} while (0)
	REFUSED(create.backing.kind, 3);
	REFUSED(create.backing.kind, VGPU_PV_BACKING_NONE);
	REFUSED(create.backing.kind, VGPU_PV_BACKING_APERTURE);
	REFUSED(create.backing.size, CONF_BYTES - 4);
	REFUSED(entry[0].size, 0);
	REFUSED(entry[0].size, CONF_BYTES / 2 + 1);
	REFUSED(entry[1].size, 0xffffffff);
	REFUSED(entry[0].addr, 0);
	REFUSED(entry[0].addr, FE_MEMORY_GPA + FE_MEMORY_SIZE - 4);
	REFUSED(entry[1].addr, ~0ull - 3);
#undef REFUSED
}

/* [dev-backing-incomplete] */
static void incomplete_backings_are_not_used(struct fe *fe)
{
	struct {
		struct vgpu_pv_resource_add_backing add;
		struct vgpu_pv_backing_entry entry;
	} more = {
		.add = { .hdr.type = VGPU_PV_MSG_RESOURCE_ADD_BACKING, .resource = 3, .nr_entries = 1 },
	};
	struct vgpu_pv_resource_create texture = guest_texture(3, CONF_WIDTH, CONF_HEIGHT);
	unsigned int part;

	texture.backing.kind = VGPU_PV_BACKING_PAGES;
	texture.backing.size = CONF_BYTES;
	more.entry.addr = fe_gpa(fe, fe_alloc(fe, CONF_BYTES));
	more.entry.size = CONF_BYTES / 2;
	conf_want(create(fe, &texture), VGPU_PV_S_OK, "RESOURCE_CREATE");
	for (part = 0; part < 2; part++) {
		conf_want(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_TO_HOST, 0, 3, CONF_WIDTH,
					 CONF_HEIGHT),
			  INVALID, "TRANSFER_TO_HOST from %u of 2 parts", part);
		conf_want(fe_status(fe, 0, &more, sizeof(more)), VGPU_PV_S_OK,
			  "RESOURCE_ADD_BACKING");
		more.entry.addr += CONF_BYTES / 2;
	}
	conf_want(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_TO_HOST, 0, 3, CONF_WIDTH, CONF_HEIGHT),
		  VGPU_PV_S_OK, "TRANSFER_TO_HOST from all parts");
}

/* [dev-aperture-bounds] */
static void the_aperture_has_an_end(struct fe *fe)
{
	static const struct {
		uint64_t offset, size;
		uint32_t status;
	} ranges[] = {
		{ 0, CONF_BYTES, VGPU_PV_S_OK },
		{ FE_APERTURE_SIZE - CONF_BYTES, CONF_BYTES, VGPU_PV_S_OK },
		{ FE_APERTURE_SIZE - CONF_BYTES + 4, CONF_BYTES, INVALID },
		{ FE_APERTURE_SIZE, CONF_BYTES, INVALID },
		{ ~0ull - 4095, CONF_BYTES, INVALID },
		{ 0, FE_APERTURE_SIZE + 4096ull, INVALID },
	};
	struct vgpu_pv_resource_create texture = guest_texture(3, CONF_WIDTH, CONF_HEIGHT);
	unsigned int i;

	texture.backing.kind = VGPU_PV_BACKING_APERTURE;
	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		texture.backing.offset = ranges[i].offset;
		texture.backing.size = ranges[i].size;
		conf_want(create(fe, &texture), ranges[i].status,
			  "RESOURCE_CREATE in the aperture, offset %#llx, %#llx bytes",
			  (unsigned long long)ranges[i].offset, (unsigned long long)ranges[i].size);
		if (ranges[i].status == VGPU_PV_S_OK)
			conf_want(guest_destroy(fe, 0, 3), VGPU_PV_S_OK, "RESOURCE_DESTROY");
	}
}

/* ---- charges ---- */

/* what the device charges for it; 0: it cannot make it */
static uint64_t charge(struct fe *fe, const struct vgpu_pv_resource_create *request)
{
	struct vgpu_pv_reply reply;
	uint64_t before = conf_credit(fe), charged;

	fe_call(fe, 0, request, sizeof(*request), &reply, sizeof(reply));
	if (reply.status)
		return 0;
	charged = before - reply.credit;
	demand(reply.credit < before, "a resource of %u x %u is charged nothing", request->width,
	       request->height);
	conf_want(guest_destroy(fe, 0, request->resource), VGPU_PV_S_OK, "RESOURCE_DESTROY");
	demand(conf_credit(fe) == before, "after RESOURCE_DESTROY the credit is %llu, before the "
	       "resource it was %llu", (unsigned long long)conf_credit(fe),
	       (unsigned long long)before);
	return charged;
}

/* [dev-credit] */
static void charges_follow_the_formula(struct fe *fe)
{
	static const struct {
		uint32_t target, format, width, height, layers, levels, samples, bytes;
	} shapes[] = {
		{ VIRGL_TARGET_2D, VIRGL_FORMAT_B8G8R8A8, 64, 32, 1, 1, 0, 4 },
		{ VIRGL_TARGET_2D, VIRGL_FORMAT_B8G8R8A8, 1, 1, 1, 1, 0, 4 },
		{ VIRGL_TARGET_2D, VIRGL_FORMAT_B8G8R8A8, 1023, 77, 1, 1, 0, 4 },
		{ VIRGL_TARGET_2D, VIRGL_FORMAT_B8G8R8A8, 256, 256, 1, 9, 0, 4 },
		{ VIRGL_TARGET_2D, VIRGL_FORMAT_R8, 512, 512, 1, 1, 0, 1 },
		{ PIPE_2D_ARRAY, VIRGL_FORMAT_B8G8R8A8, 64, 64, 5, 1, 0, 4 },
		{ VIRGL_TARGET_2D, VIRGL_FORMAT_B8G8R8A8, 64, 64, 1, 1, 4, 4 },
	};
	struct vgpu_pv_resource_create request;
	uint64_t texels, width, height, charged;
	unsigned int i, level, made = 0;

	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		request = guest_texture(5, shapes[i].width, shapes[i].height);
		request.target = shapes[i].target;
		request.format = shapes[i].format;
		request.array_size = shapes[i].layers;
		request.last_level = shapes[i].levels - 1;
		request.nr_samples = shapes[i].samples;
		for (texels = 0, level = 0; level < shapes[i].levels; level++) {
			width = shapes[i].width >> level ? shapes[i].width >> level : 1;
			height = shapes[i].height >> level ? shapes[i].height >> level : 1;
			texels += width * height * shapes[i].layers *
				  (shapes[i].samples ? shapes[i].samples : 1);
		}
		charged = charge(fe, &request);
		if (!charged)
			continue;
		made++;
		demand(charged >= CHARGE_FIXED + texels * shapes[i].bytes &&
		       charged <= CHARGE_FIXED + texels * CHARGE_TEXEL,
		       "%u x %u x %u, %u levels, %u samples: %llu bytes are charged",
		       request.width, request.height, request.array_size, shapes[i].levels,
		       request.nr_samples, (unsigned long long)charged);
	}
	request = guest_texture(5, 100000, 1);
	request.target = VIRGL_TARGET_BUFFER;
	request.format = VIRGL_FORMAT_R8;
	request.bind = VIRGL_BIND_VERTEX_BUFFER;
	charged = charge(fe, &request);
	demand(charged == CHARGE_FIXED + 100000 || !charged,
	       "a buffer of 100000 bytes: %llu bytes are charged", (unsigned long long)charged);
	if (!made && !charged)
		conf_skip("the device makes none of the resources that the case knows");
}

/* [dev-quota] the largest textures that there are, until there is no credit for one */
static void credit_is_kept(struct fe *fe)
{
	const uint64_t most = (uint64_t)VGPU_PV_MAX_DIMENSION * VGPU_PV_MAX_DIMENSION;
	struct vgpu_pv_resource_create request =
		guest_texture(1, VGPU_PV_MAX_DIMENSION, VGPU_PV_MAX_DIMENSION);
	struct vgpu_pv_reply reply = { .credit = conf_credit(fe) };
	uint64_t credit = reply.credit;

	if (credit / 4 >= most * 16)
		conf_skip("%llu bytes of credit are more than the case would use up",
			  (unsigned long long)credit);
	/* layers that never are within it; without them, where the device has no such target */
	request.target = PIPE_2D_ARRAY;
	request.array_size = 64;
	fe_call(fe, 0, &request, sizeof(request), &reply, sizeof(reply));
	if (reply.status == INVALID) {
		request.target = VIRGL_TARGET_2D;
		request.array_size = 1;
		if (credit >= most * 4)
			conf_skip("%llu bytes of credit are more than one texture can cost",
				  (unsigned long long)credit);
		fe_call(fe, 0, &request, sizeof(request), &reply, sizeof(reply));
	}
	conf_want(reply.status, VGPU_PV_S_NOMEM, "RESOURCE_CREATE over the credit");
	demand(reply.credit == credit, "a refused resource is charged");
	conf_want(guest_destroy(fe, 0, 1), VGPU_PV_S_NOENT, "RESOURCE_DESTROY of a refused one");
	request = guest_texture(1, 16, 16);
	conf_want(create(fe, &request), VGPU_PV_S_OK, "RESOURCE_CREATE within the credit");
}

/* [dev-refused-no-effect] */
static void refusals_have_no_effect(struct fe *fe)
{
	struct vgpu_pv_resource_create other;
	struct vgpu_pv_resource_ref ref = {
		.hdr.type = VGPU_PV_MSG_RESOURCE_DESTROY,
		.resource = 3,
		.padding = 1,
	};
	struct vgpu_pv_request destroy = {
		.type = VGPU_PV_MSG_CTX_DESTROY,
		.ctx_id = 1,
		.padding = 1,
	};
	uint64_t credit;

	conf_new_context(fe, 0, 1);
	conf_new_texture(fe, CONF_WIDTH, CONF_HEIGHT, CONF_BYTES);
	credit = conf_credit(fe);
	/* its id is in use: what has it stays as it is */
	other = guest_texture(3, CONF_WIDTH * 4, CONF_HEIGHT * 4);
	conf_want(create(fe, &other), VGPU_PV_S_EXIST, "RESOURCE_CREATE of an id in use");
	/* its backing is nonsense: there is none of its id */
	other.resource = 4;
	other.backing.kind = 77;
	conf_want(create(fe, &other), INVALID, "RESOURCE_CREATE with a backing of kind 77");
	conf_want(guest_destroy(fe, 0, 4), VGPU_PV_S_NOENT, "RESOURCE_DESTROY of a refused one");
	conf_want(fe_status(fe, 0, &ref, sizeof(ref)), INVALID, "RESOURCE_DESTROY with padding");
	conf_want(fe_status(fe, 0, &destroy, sizeof(destroy)), INVALID, "CTX_DESTROY with padding");
	conf_want(guest_ctx_create(fe, 0, 1), VGPU_PV_S_EXIST, "CTX_CREATE of an id in use");
	demand(conf_credit(fe) == credit, "what was refused changes the credit from %llu to %llu",
	       (unsigned long long)credit, (unsigned long long)conf_credit(fe));
	conf_want(guest_attach(fe, 0, 1, 3), VGPU_PV_S_OK, "CTX_ATTACH of both after all refusals");
	conf_want(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_TO_HOST, 1, 3, CONF_WIDTH, CONF_HEIGHT),
		  VGPU_PV_S_OK, "TRANSFER_TO_HOST after all refusals");
}

static const struct conf_case cases[] = {
	{ "dev-resource-id", "the ids of resources are new, and not zero", ids_are_checked },
	{ "dev-resource-noent", "what names no resource is NOENT", other_resources_are_noent },
	{ "dev-resource-limits", "what cannot be made is INVALID", dimensions_are_limited },
	{ "dev-backing-checked", "a backing is in guest memory and of its size",
	  backings_are_checked },
	{ "dev-backing-incomplete", "an incomplete backing is not transferred",
	  incomplete_backings_are_not_used },
	{ "dev-aperture-bounds", "a range of the aperture is inside", the_aperture_has_an_end },
	{ "dev-credit", "charges are as the formula says", charges_follow_the_formula },
	{ "dev-quota", "what costs more than the credit is NOMEM", credit_is_kept },
	{ "dev-refused-no-effect", "what is refused has no effect", refusals_have_no_effect },
};

CONF_GROUP(conf_resources, cases);
