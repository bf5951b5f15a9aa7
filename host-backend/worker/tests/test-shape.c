// SPDX-License-Identifier: MIT
/* Formats, shapes of resources and what they cost, and boxes in them. */
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "format.h"
#include "resource.h"
#include "transfer.h"

static void formats_have_sizes(void **state)
{
	static const struct {
		uint32_t number;
		struct format format;
	} known[] = {
		{ 1, { 1, 1, 4, 4 } },		/* B8G8R8A8_UNORM */
		{ 7, { 1, 1, 2, 2 } },		/* B5G6R5_UNORM */
		{ 16, { 1, 1, 2, 2 } },		/* Z16_UNORM */
		{ 19, { 1, 1, 4, 4 } },		/* Z24_UNORM_S8_UINT */
		{ 31, { 1, 1, 16, 16 } },	/* R32G32B32A32_FLOAT */
		{ 64, { 1, 1, 1, 1 } },		/* R8_UNORM */
		{ 66, { 1, 1, 3, 4 } },		/* R8G8B8_UNORM */
		{ 67, { 1, 1, 4, 4 } },		/* R8G8B8A8_UNORM */
		{ 94, { 1, 1, 8, 8 } },		/* R16G16B16A16_FLOAT */
		{ 105, { 4, 4, 8, 1 } },	/* DXT1_RGB */
		{ 108, { 4, 4, 16, 1 } },	/* DXT5_RGBA */
		{ 124, { 1, 1, 4, 4 } },	/* R11G11B10_FLOAT */
		{ 126, { 1, 1, 8, 8 } },	/* Z32_FLOAT_S8X24_UINT */
		{ 180, { 1, 1, 4, 4 } },	/* R8G8B8A8_UINT */
		{ 255, { 4, 4, 16, 1 } },	/* BPTC_RGBA_UNORM */
		{ 273, { 4, 4, 16, 4 } },	/* ETC2_RGBA8 */
		{ 292, { 12, 12, 16, 4 } },	/* ASTC_12x12 */
	};
	struct format f;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		assert_true(format_lookup(known[i].number, &f));
		assert_memory_equal(&f, &known[i].format, sizeof(f));
	}
}

/* no texel is dearer than the driver counts with: [dev-credit] */
static void formats_are_bounded(void **state)
{
	struct format f;
	uint32_t i, known = 0;

	(void)state;
	for (i = 0; i < 100000; i++) {
		if (!format_lookup(i, &f))
			continue;
		known++;
		assert_in_range(f.texel_cost, 1, 16);
		assert_true(f.width && f.height && f.bytes);
	}
	assert_in_range(known, 290, 320);
	assert_false(format_lookup(0, &f));
	assert_false(format_lookup(166, &f));	/* NV12 */
	assert_false(format_lookup(0xffffffff, &f));
}

static struct vgpu_pv_resource_create texture(uint32_t target, uint32_t width, uint32_t height,
					      uint32_t depth, uint32_t layers)
{
	return (struct vgpu_pv_resource_create){
		.target = target,
		.format = 1,
		.width = width,
		.height = height,
		.depth = depth,
		.array_size = layers,
	};
}

static bool valid(struct vgpu_pv_resource_create create)
{
	struct resource_shape shape;

	return resource_shape_init(&shape, &create);
}

/* [dev-resource-limits] */
static void shapes_are_checked(void **state)
{
	struct vgpu_pv_resource_create create;

	(void)state;
	assert_true(valid(texture(RESOURCE_BUFFER, 1, 1, 1, 1)));
	assert_true(valid(texture(RESOURCE_BUFFER, 1u << 30, 1, 1, 0)));
	assert_false(valid(texture(RESOURCE_BUFFER, (1u << 30) + 1, 1, 1, 1)));
	assert_false(valid(texture(RESOURCE_BUFFER, 0, 1, 1, 1)));
	assert_false(valid(texture(RESOURCE_BUFFER, 16, 2, 1, 1)));
	assert_true(valid(texture(RESOURCE_1D, 16, 1, 1, 1)));
	assert_false(valid(texture(RESOURCE_1D, 16, 2, 1, 1)));
	assert_true(valid(texture(RESOURCE_2D, 16384, 16384, 1, 1)));
	assert_false(valid(texture(RESOURCE_2D, 16385, 1, 1, 1)));
	assert_false(valid(texture(RESOURCE_2D, 16, 16, 2, 1)));
	assert_false(valid(texture(RESOURCE_2D, 16, 16, 1, 2)));
	assert_true(valid(texture(RESOURCE_3D, 16, 16, 16, 1)));
	assert_false(valid(texture(RESOURCE_3D, 16, 16, 0, 1)));
	assert_true(valid(texture(RESOURCE_CUBE, 16, 16, 1, 6)));
	assert_false(valid(texture(RESOURCE_CUBE, 16, 16, 1, 1)));
	assert_false(valid(texture(RESOURCE_CUBE, 16, 17, 1, 6)));
	assert_true(valid(texture(RESOURCE_2D_ARRAY, 16, 16, 1, 2048)));
	assert_false(valid(texture(RESOURCE_2D_ARRAY, 16, 16, 1, 0)));
	assert_false(valid(texture(RESOURCE_2D_ARRAY, 16, 16, 1, 2049)));
	assert_true(valid(texture(RESOURCE_CUBE_ARRAY, 16, 16, 1, 12)));
	assert_false(valid(texture(RESOURCE_CUBE_ARRAY, 16, 16, 1, 13)));
	assert_false(valid(texture(RESOURCE_NR_TARGETS, 16, 16, 1, 1)));

	create = texture(RESOURCE_2D, 16, 8, 1, 1);
	create.last_level = 4;
	assert_true(valid(create));
	create.last_level = 5;
	assert_false(valid(create));
	create.last_level = 32;
	assert_false(valid(create));
	create.last_level = 0;
	create.nr_samples = 4;
	assert_true(valid(create));
	create.last_level = 1;
	assert_false(valid(create));
	create = texture(RESOURCE_BUFFER, 16, 1, 1, 1);
	create.last_level = 1;
	assert_false(valid(create));
	create = texture(RESOURCE_3D, 16, 16, 16, 1);
	create.nr_samples = 4;
	assert_false(valid(create));
	create = texture(RESOURCE_2D, 16, 16, 1, 1);
	create.flags = 1;
	assert_true(valid(create));
	create.flags = 2;
	assert_false(valid(create));
}

static uint64_t cost(struct vgpu_pv_resource_create create)
{
	struct resource_shape shape;

	assert_true(resource_shape_init(&shape, &create));
	return resource_shape_cost(&shape);
}

/* [dev-credit] */
static void costs_count_everything(void **state)
{
	struct vgpu_pv_resource_create create = texture(RESOURCE_2D, 16, 8, 1, 1);

	(void)state;
	assert_int_equal(cost(create), 16 * 8 * 4);
	create.last_level = 4;
	assert_int_equal(cost(create), (16 * 8 + 8 * 4 + 4 * 2 + 2 + 1) * 4);
	create = texture(RESOURCE_2D_ARRAY, 16, 8, 1, 3);
	create.nr_samples = 4;
	assert_int_equal(cost(create), 16 * 8 * 3 * 4 * 4);
	create = texture(RESOURCE_3D, 8, 8, 8, 1);
	create.last_level = 1;
	assert_int_equal(cost(create), (512 + 64) * 4);
	assert_int_equal(cost(texture(RESOURCE_CUBE, 8, 8, 1, 6)), 64 * 6 * 4);
	assert_int_equal(cost(texture(RESOURCE_BUFFER, 12345, 1, 1, 1)), 12345);
	create = texture(RESOURCE_3D, 16384, 16384, 16384, 1);
	create.format = 31;
	create.last_level = 14;
	assert_true(cost(create) > (16ull << 42));
}

static bool box(const struct resource_shape *s, struct transfer t, uint64_t size)
{
	return transfer_valid(s, &t, size);
}

/* [dev-transfer-bounds] */
static void boxes_are_checked(void **state)
{
	struct vgpu_pv_resource_create create = texture(RESOURCE_3D, 16, 8, 4, 1);
	const struct transfer all = { .width = 16, .height = 8, .depth = 4 };
	const uint64_t size = 16 * 8 * 4 * 4;
	struct resource_shape s;
	struct transfer t;

	(void)state;
	create.last_level = 2;
	assert_true(resource_shape_init(&s, &create));
	assert_true(box(&s, all, size));
	assert_false(box(&s, all, size - 1));
	t = all;
	t.offset = 1;
	assert_false(box(&s, t, size));
	assert_true(box(&s, t, size + 1));
	t.offset = ~0ull;
	assert_false(box(&s, t, size));
	t = all;
	t.level = 1;
	assert_false(box(&s, t, size));
	t = (struct transfer){ .level = 2, .width = 4, .height = 2, .depth = 1 };
	assert_true(box(&s, t, 4 * 2 * 4));
	t.z = 1;
	assert_false(box(&s, t, size));
	t = all;
	t.stride = 64;
	t.layer_stride = 64 * 8;
	assert_true(box(&s, t, size));
	t.stride = 63;
	assert_false(box(&s, t, size));
	t.stride = 68;
	assert_false(box(&s, t, ~0ull));	/* layers overlap */
	t.layer_stride = 0xffffffff;
	assert_false(box(&s, t, 0xffffffff));
	t.stride = 0xffffffff;
	t.layer_stride = 0;
	assert_false(box(&s, t, ~0ull));
}

static void compressed_boxes_count_in_blocks(void **state)
{
	struct vgpu_pv_resource_create create = texture(RESOURCE_2D, 10, 10, 1, 1);
	const struct transfer all = { .width = 10, .height = 10, .depth = 1 };
	struct resource_shape s;

	(void)state;
	create.format = 105;
	assert_true(resource_shape_init(&s, &create));
	assert_true(box(&s, all, 3 * 3 * 8));
	assert_false(box(&s, all, 3 * 3 * 8 - 1));
	assert_int_equal(transfer_bytes(&s, &all), 3 * 3 * 8);
}

static void buffers_are_boxes_of_bytes(void **state)
{
	struct vgpu_pv_resource_create create = texture(RESOURCE_BUFFER, 1000, 1, 1, 1);
	struct transfer t = { .x = 900, .width = 100, .height = 1, .depth = 1, .offset = 900 };
	struct resource_shape s;

	(void)state;
	create.format = 64;
	assert_true(resource_shape_init(&s, &create));
	assert_true(box(&s, t, 1000));
	assert_false(box(&s, t, 999));
	t.x = 901;
	assert_false(box(&s, t, 1000));
	t.x = 0xffffffff;
	assert_false(box(&s, t, 1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_have_sizes),
		cmocka_unit_test(formats_are_bounded),
		cmocka_unit_test(shapes_are_checked),
		cmocka_unit_test(costs_count_everything),
		cmocka_unit_test(boxes_are_checked),
		cmocka_unit_test(compressed_boxes_count_in_blocks),
		cmocka_unit_test(buffers_are_boxes_of_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
