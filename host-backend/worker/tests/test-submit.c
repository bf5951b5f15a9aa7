// SPDX-License-Identifier: MIT
/*
 * Command buffers as a hostile driver sends them, to a worker that renders: what
 * their commands name must be fit for it, and whatever becomes of a context, the
 * one beside it draws: [dev-context-lost] [dev-context-isolated] [dev-submit-checked].
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "expect.h"
#include "guest.h"
#include "virgl.h"

#define WIDTH	64
#define HEIGHT	32
#define BYTES	(WIDTH * HEIGHT * 4)

#define BIND_CUSTOM	(1u << 17)

/* the resources of each test */
enum {
	NONE,
	PICTURE,
	SEEN,		/* of the context that must go on drawing */
	VERTICES,
	ANSWER,		/* a query's */
	SHORT,		/* likewise, but too small */
	BARE,		/* without a backing */
	STAGING,
	STRANGER,	/* attached to no context */
	NR_RESOURCES,
};

#define OTHER_CTX	1
#define CTX		2

static uint8_t *seen;

static void buffer(struct fe *fe, uint32_t id, uint32_t bind, uint32_t size, bool backed)
{
	struct vgpu_pv_resource_create create = guest_texture(id, size, 1);

	create.target = VIRGL_TARGET_BUFFER;
	create.format = VIRGL_FORMAT_R8;
	create.bind = bind;
	if (backed)
		assert_int_equal(guest_create_pages(fe, 0, &create, fe_alloc(fe, size), size, 1),
				 VGPU_PV_S_OK);
	else
		assert_int_equal(fe_status(fe, 0, &create, sizeof(create)), VGPU_PV_S_OK);
}

static void context(struct fe *fe)
{
	uint32_t id;

	assert_int_equal(guest_ctx_create(fe, 0, CTX), VGPU_PV_S_OK);
	for (id = PICTURE; id < STRANGER; id++)
		assert_int_equal(guest_attach(fe, 0, CTX, id), VGPU_PV_S_OK);
}

static int start(void **state)
{
	static const struct fe_options options = { .event_idx = true };
	struct vgpu_pv_resource_create create = guest_texture(PICTURE, WIDTH, HEIGHT);
	struct fe *fe = fe_start(&options);

	fe_ring_start(fe, 0);
	assert_int_equal(guest_create_pages(fe, 0, &create, fe_alloc(fe, BYTES), BYTES, 1),
			 VGPU_PV_S_OK);
	create.resource = SEEN;
	seen = fe_alloc(fe, BYTES);
	assert_int_equal(guest_create_pages(fe, 0, &create, seen, BYTES, 1), VGPU_PV_S_OK);
	buffer(fe, VERTICES, VIRGL_BIND_VERTEX_BUFFER, 4096, true);
	buffer(fe, ANSWER, BIND_CUSTOM, 16, true);
	buffer(fe, SHORT, BIND_CUSTOM, 15, true);
	buffer(fe, BARE, BIND_CUSTOM, 16, false);
	buffer(fe, STAGING, VIRGL_BIND_STAGING, BYTES, true);
	buffer(fe, STRANGER, VIRGL_BIND_VERTEX_BUFFER, 4096, true);
	assert_int_equal(guest_ctx_create(fe, 0, OTHER_CTX), VGPU_PV_S_OK);
	assert_int_equal(guest_attach(fe, 0, OTHER_CTX, SEEN), VGPU_PV_S_OK);
	context(fe);
	*state = fe;
	return 0;
}

static int end(void **state)
{
	int status = fe_end(*state);

	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -1;
}

/* the other context clears its own picture, which then has that colour */
static void other_draws(struct fe *fe, unsigned int round)
{
	const float colour[4] = { (round & 1), (round >> 1 & 1), 1.0f, 1.0f };
	struct guest_commands *commands = calloc(1, sizeof(*commands));
	uint32_t surface = 1;
	unsigned int i;

	assert_non_null(commands);
	guest_clear(commands, surface, SEEN, colour);
	guest_command(commands, VIRGL_CMD_DESTROY_OBJECT, 8, &surface, 1);
	assert_int_equal(guest_submit(fe, 0, OTHER_CTX, commands), VGPU_PV_S_OK);
	assert_int_equal(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_FROM_HOST, OTHER_CTX, SEEN,
					WIDTH, HEIGHT), VGPU_PV_S_OK);
	for (i = 0; i < BYTES; i += 4) {
		assert_int_equal(seen[i], 255);
		assert_int_equal(seen[i + 1], (round >> 1 & 1) * 255);
		assert_int_equal(seen[i + 2], (round & 1) * 255);
	}
	free(commands);
}

static uint32_t try(struct fe *fe, uint32_t command, uint32_t object, const uint32_t *args,
		    uint32_t nr_args)
{
	struct guest_commands *commands = calloc(1, sizeof(*commands));
	uint32_t status;

	assert_non_null(commands);
	guest_command(commands, command, object, args, nr_args);
	status = guest_submit(fe, 0, CTX, commands);
	free(commands);
	if (status) {
		assert_int_equal(guest_ctx_destroy(fe, 0, CTX), VGPU_PV_S_OK);
		context(fe);
	}
	return status;
}

#define TRY(fe, command, object, ...)								\
	try(fe, command, object, (const uint32_t[]){ __VA_ARGS__ },				\
	    sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))
#define PASSES(...)	assert_int_equal(TRY(__VA_ARGS__), VGPU_PV_S_OK)
#define REFUSED(...)	assert_int_equal(TRY(__VA_ARGS__), VGPU_PV_S_INVALID)

static void queries_have_room_for_answers(void **state)
{
	struct fe *fe = *state;
	uint32_t bad[] = { NONE, PICTURE, SHORT, BARE, STRANGER, 99 };
	unsigned int i;

	PASSES(fe, VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_QUERY, 1, 0, 0, ANSWER);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		REFUSED(fe, VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_QUERY, 1, 0, 0, bad[i]);
	PASSES(fe, VIRGL_CMD_GET_QUERY_RESULT_QBO, 0, 1, VERTICES, 0, 0, 4088, 0);
	REFUSED(fe, VIRGL_CMD_GET_QUERY_RESULT_QBO, 0, 1, VERTICES, 0, 0, 4093, 0);
	REFUSED(fe, VIRGL_CMD_GET_QUERY_RESULT_QBO, 0, 1, VERTICES, 0, 0, 0xffffffff, 0);
	REFUSED(fe, VIRGL_CMD_GET_QUERY_RESULT_QBO, 0, 1, STAGING, 0, 0, 0, 0);
	REFUSED(fe, VIRGL_CMD_GET_QUERY_RESULT_QBO, 0, 1, PICTURE, 0, 0, 0, 0);
	REFUSED(fe, VIRGL_CMD_GET_QUERY_RESULT_QBO, 0, 1, NONE, 0, 0, 0, 0);
	other_draws(fe, 1);
}

/* the renderer itself would have cleared before it came to what is wrong */
static void malformed_buffers_have_no_effect(void **state)
{
	static const float red[4] = { 1, 0, 0, 1 };
	static const struct {
		uint32_t command, object, nr_args;
	} bad[] = {
		{ 62, 0, 0 },						/* unknown */
		{ 50, 0, 1 },						/* not announced */
		{ VIRGL_CMD_CREATE_OBJECT, 12, 5 },
		{ VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_SURFACE, 6 },	/* too long */
		{ VIRGL_CMD_DRAW_VBO, 0, 11 },				/* too short */
	};
	static const uint32_t args[16], clear_blue[] = { 4, 0, 0, 0x3f800000, 0x3f800000, 0, 0, 0 };
	struct guest_commands *commands = calloc(1, sizeof(*commands));
	struct fe *fe = *state;
	unsigned int i, cut;

	assert_non_null(commands);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		/* whole, or a word short */
		for (cut = 0; cut < (bad[i].nr_args ? 2 : 1); cut++) {
			commands->nr = 0;
			guest_clear(commands, 1, SEEN, red);
			assert_int_equal(guest_submit(fe, 0, CTX, commands), VGPU_PV_S_OK);
			commands->nr = 0;
			guest_command(commands, 7, 0, clear_blue, 8);
			guest_command(commands, bad[i].command, bad[i].object, args, bad[i].nr_args);
			commands->nr -= cut;
			assert_int_equal(guest_submit(fe, 0, CTX, commands), VGPU_PV_S_INVALID);
			assert_int_equal(guest_ctx_destroy(fe, 0, CTX), VGPU_PV_S_OK);
			context(fe);
			assert_int_equal(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_FROM_HOST, CTX, SEEN,
							WIDTH, HEIGHT), VGPU_PV_S_OK);
			assert_int_equal(seen[0], 0);
			assert_int_equal(seen[2], 255);
		}
	}
	free(commands);
	other_draws(fe, 1);
}

/* buffer 0 of GL would be the driver's own memory at the offset */
static void buffers_are_buffers(void **state)
{
	struct fe *fe = *state;
	uint32_t bad[] = { PICTURE, ANSWER, BARE, STAGING, STRANGER, 99 }, id;
	unsigned int i;

	PASSES(fe, VIRGL_CMD_SET_INDEX_BUFFER, 0, NONE);
	PASSES(fe, VIRGL_CMD_SET_INDEX_BUFFER, 0, VERTICES, 2, 0);
	PASSES(fe, VIRGL_CMD_SET_VERTEX_BUFFERS, 0, 16, 0, VERTICES, 0, 0, NONE);
	PASSES(fe, VIRGL_CMD_SET_UNIFORM_BUFFER, 0, 0, 1, 0, 64, VERTICES);
	PASSES(fe, VIRGL_CMD_SET_UNIFORM_BUFFER, 0, 0, 1, 0, 0, NONE);
	PASSES(fe, VIRGL_CMD_SET_SHADER_BUFFERS, 0, 1, 0, 0, 64, VERTICES);
	PASSES(fe, VIRGL_CMD_SET_ATOMIC_BUFFERS, 0, 0, 0, 64, VERTICES);
	PASSES(fe, VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_STREAMOUT_TARGET, 1, VERTICES, 0, 64);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		id = bad[i];
		REFUSED(fe, VIRGL_CMD_SET_INDEX_BUFFER, 0, id, 2, 0);
		REFUSED(fe, VIRGL_CMD_SET_VERTEX_BUFFERS, 0, 0, 0, VERTICES, 0, 0, id);
		REFUSED(fe, VIRGL_CMD_SET_UNIFORM_BUFFER, 0, 0, 1, 0, 64, id);
		REFUSED(fe, VIRGL_CMD_SET_SHADER_BUFFERS, 0, 1, 0, 0, 64, id);
		REFUSED(fe, VIRGL_CMD_SET_ATOMIC_BUFFERS, 0, 0, 0, 64, id);
		REFUSED(fe, VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_STREAMOUT_TARGET, 1, id, 0, 64);
		REFUSED(fe, VIRGL_CMD_LAUNCH_GRID, 0, 1, 1, 1, 1, 1, 1, id, 0);
		REFUSED(fe, VIRGL_CMD_DRAW_VBO, 0, 0, 3, 4, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, id, 0, 0,
			1, 0, 0);
	}
	other_draws(fe, 2);
}

static void textures_are_attached(void **state)
{
	struct fe *fe = *state;
	uint32_t bad[] = { STRANGER, 99 };
	unsigned int i;

	PASSES(fe, VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_SURFACE, 1, PICTURE, VIRGL_FORMAT_B8G8R8A8, 0,
	       0);
	PASSES(fe, VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_SAMPLER_VIEW, 2, PICTURE,
	       VIRGL_FORMAT_B8G8R8A8, 0, 0, 0);
	PASSES(fe, VIRGL_CMD_SET_SHADER_IMAGES, 0, 1, 0, 67, 1, 0, 0, PICTURE);
	PASSES(fe, VIRGL_CMD_SET_SHADER_IMAGES, 0, 1, 0, 0, 0, 0, 0, NONE);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		REFUSED(fe, VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_SURFACE, 1, bad[i],
			VIRGL_FORMAT_B8G8R8A8, 0, 0);
		REFUSED(fe, VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_MSAA_SURFACE, 1, bad[i],
			VIRGL_FORMAT_B8G8R8A8, 0, 0, 4);
		REFUSED(fe, VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_SAMPLER_VIEW, 2, bad[i],
			VIRGL_FORMAT_B8G8R8A8, 0, 0, 0);
		REFUSED(fe, VIRGL_CMD_SET_SHADER_IMAGES, 0, 1, 0, 67, 1, 0, 0, bad[i]);
	}
	other_draws(fe, 2);
}

static void transfers_fit(void **state)
{
	struct fe *fe = *state;

#define BOX(id, level, stride, x, w, h)	id, level, 0, stride, 0, x, 0, 0, w, h, 1
	PASSES(fe, VIRGL_CMD_TRANSFER3D, 0, BOX(PICTURE, 0, 0, 0, WIDTH, HEIGHT), 0, 1);
	PASSES(fe, VIRGL_CMD_TRANSFER3D, 0, BOX(PICTURE, 0, 0, 0, WIDTH, HEIGHT), 0, 2);
	REFUSED(fe, VIRGL_CMD_TRANSFER3D, 0, BOX(PICTURE, 1, 0, 0, 1, 1), 0, 1);
	REFUSED(fe, VIRGL_CMD_TRANSFER3D, 0, BOX(PICTURE, 0, 0, 1, WIDTH, HEIGHT), 0, 1);
	REFUSED(fe, VIRGL_CMD_TRANSFER3D, 0, BOX(PICTURE, 0, 0xffffff00, 0, WIDTH, HEIGHT), 0, 1);
	REFUSED(fe, VIRGL_CMD_TRANSFER3D, 0, BOX(PICTURE, 0, 0, 0, WIDTH, HEIGHT), 4, 1);
	REFUSED(fe, VIRGL_CMD_TRANSFER3D, 0, BOX(BARE, 0, 0, 0, 4, 1), 0, 2);
	REFUSED(fe, VIRGL_CMD_TRANSFER3D, 0, BOX(STRANGER, 0, 0, 0, 4, 1), 0, 2);
	PASSES(fe, VIRGL_CMD_COPY_TRANSFER3D, 0, BOX(PICTURE, 0, WIDTH * 4, 0, WIDTH, HEIGHT), STAGING,
	       0, 1);
	PASSES(fe, VIRGL_CMD_COPY_TRANSFER3D, 0, BOX(PICTURE, 0, WIDTH * 4, 0, WIDTH, HEIGHT), STAGING,
	       0, 3);
	REFUSED(fe, VIRGL_CMD_COPY_TRANSFER3D, 0, BOX(PICTURE, 0, WIDTH * 4, 0, WIDTH, HEIGHT), STAGING,
		4, 1);
	REFUSED(fe, VIRGL_CMD_COPY_TRANSFER3D, 0, BOX(PICTURE, 0, 0, 0, 1, 1), BARE, 0, 1);
	REFUSED(fe, VIRGL_CMD_COPY_TRANSFER3D, 0, BOX(BARE, 0, 0, 0, 1, 1), STAGING, 0, 3);
	PASSES(fe, VIRGL_CMD_RESOURCE_INLINE_WRITE, 0, BOX(VERTICES, 0, 0, 4088, 8, 1), 1, 2);
	REFUSED(fe, VIRGL_CMD_RESOURCE_INLINE_WRITE, 0, BOX(VERTICES, 0, 0, 4088, 8, 1), 1);
	REFUSED(fe, VIRGL_CMD_RESOURCE_INLINE_WRITE, 0, BOX(VERTICES, 0, 0, 4092, 8, 1), 1, 2);
	REFUSED(fe, VIRGL_CMD_RESOURCE_INLINE_WRITE, 0, BOX(BARE, 0, 0, 0, 4, 1), 1);
#undef BOX
	PASSES(fe, VIRGL_CMD_RESOURCE_COPY_REGION, 0, PICTURE, 0, 0, 0, 0, SEEN, 0, 0, 0, 0, 4, 4, 1);
	REFUSED(fe, VIRGL_CMD_RESOURCE_COPY_REGION, 0, PICTURE, 1, 0, 0, 0, SEEN, 0, 0, 0, 0, 4, 4, 1);
	REFUSED(fe, VIRGL_CMD_RESOURCE_COPY_REGION, 0, PICTURE, 0, 0, 0, 0, SEEN, 9, 0, 0, 0, 4, 4, 1);
	REFUSED(fe, VIRGL_CMD_CLEAR_TEXTURE, 0, PICTURE, 7, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0);
	other_draws(fe, 3);
}

static void unfinished_shaders_are_not_bound(void **state)
{
	/* "VERT" and an end that is yet to come */
	const uint32_t first[] = { 5, 0, 12, 64, 0, 0x54524556 };
	const uint32_t bind[] = { 5, 0 }, link[] = { 0, 5, 0, 0, 0, 0 }, sub = 3;
	struct guest_commands *commands = calloc(1, sizeof(*commands));
	struct fe *fe = *state;

	assert_non_null(commands);
	guest_command(commands, VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_SHADER, first, 6);
	assert_int_equal(guest_submit(fe, 0, CTX, commands), VGPU_PV_S_OK);
	REFUSED(fe, VIRGL_CMD_BIND_SHADER, 0, 5, 0);
	guest_command(commands, VIRGL_CMD_LINK_SHADER, 0, link, 6);
	assert_int_equal(guest_submit(fe, 0, CTX, commands), VGPU_PV_S_INVALID);
	assert_int_equal(guest_ctx_destroy(fe, 0, CTX), VGPU_PV_S_OK);
	context(fe);
	/* another sub-context's shaders are its own */
	commands->nr = 0;
	guest_command(commands, VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_SHADER, first, 6);
	guest_command(commands, VIRGL_CMD_CREATE_SUB_CTX, 0, &sub, 1);
	guest_command(commands, VIRGL_CMD_SET_SUB_CTX, 0, &sub, 1);
	guest_command(commands, VIRGL_CMD_BIND_SHADER, 0, bind, 2);
	assert_int_equal(guest_submit(fe, 0, CTX, commands), VGPU_PV_S_OK);
	commands->nr = 0;
	guest_command(commands, VIRGL_CMD_DESTROY_SUB_CTX, 0, &sub, 1);
	guest_command(commands, VIRGL_CMD_BIND_SHADER, 0, bind, 2);
	assert_int_equal(guest_submit(fe, 0, CTX, commands), VGPU_PV_S_INVALID);
	free(commands);
	other_draws(fe, 1);
}

/* ---- mutations of a frame ---- */

#define ROUNDS		150
#define FUZZ_MS		8000
#define MAX_COMMANDS	64
#define MAX_ARGS	48

struct command {
	uint32_t command;
	uint32_t object;
	uint32_t nr;
	uint32_t args[MAX_ARGS];
};

static struct command frame[MAX_COMMANDS];
static unsigned int nr_frame;
static uint32_t seed;

static uint32_t noise(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static void add(uint32_t command, uint32_t object, uint32_t nr, const uint32_t *args)
{
	struct command *c = &frame[nr_frame++];

	expect(nr_frame <= MAX_COMMANDS && nr <= MAX_ARGS, "a frame that is too long");
	*c = (struct command){ .command = command, .object = object, .nr = nr };
	if (args)
		memcpy(c->args, args, nr * 4);
}

#define ADD(command, object, ...)								\
	add(command, object, sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t),	\
	    (const uint32_t[]){ __VA_ARGS__ })

static void add_shader(uint32_t handle, uint32_t type, const char *text)
{
	uint32_t args[MAX_ARGS] = { handle, type, (uint32_t)strlen(text) + 1, 64, 0 };
	uint32_t words = ((uint32_t)strlen(text) + 4) / 4;

	memcpy(&args[5], text, strlen(text) + 1);
	add(VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_SHADER, 5 + words, args);
}

/* what Mesa sends for a frame: state objects, shaders, a texture, a draw, a query, copies */
static void record_frame(void)
{
	const uint32_t one = 0x3f800000, half = 0x3f000000;
	const uint32_t add_one_zero = 1 << 4 | 0x11 << 9 | 1 << 17 | 0x11 << 22 | 0xfu << 27;

	nr_frame = 0;
	ADD(VIRGL_CMD_CREATE_OBJECT, 8, 1, PICTURE, VIRGL_FORMAT_B8G8R8A8, 0, 0);
	ADD(5, 0, 1, 0, 1);
	ADD(4, 0, 0, 0x42000000, 0x41800000, half, 0x42000000, 0x41800000, half);
	ADD(15, 0, 0, 0, WIDTH | HEIGHT << 16);
	ADD(VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_BLEND, 2, 0, 0, add_one_zero, add_one_zero,
	    add_one_zero, add_one_zero, add_one_zero, add_one_zero, add_one_zero, add_one_zero);
	ADD(VIRGL_CMD_BIND_OBJECT, VIRGL_OBJECT_BLEND, 2);
	ADD(VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_DSA, 3, 0, 0, 0, 0);
	ADD(VIRGL_CMD_BIND_OBJECT, VIRGL_OBJECT_DSA, 3);
	ADD(VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_RASTERIZER, 4, 2, one, 0, 0, one, 0, 0, 0);
	ADD(VIRGL_CMD_BIND_OBJECT, VIRGL_OBJECT_RASTERIZER, 4);
	add_shader(5, 0, "VERT\nDCL IN[0]\nDCL OUT[0], POSITION\n  0: MOV OUT[0], IN[0]\n  1: END\n");
	add_shader(6, 1, "FRAG\nDCL OUT[0], COLOR\nDCL CONST[0]\n  0: MOV OUT[0], CONST[0]\n  1: END\n");
	ADD(VIRGL_CMD_BIND_SHADER, 0, 5, 0);
	ADD(VIRGL_CMD_BIND_SHADER, 0, 6, 1);
	ADD(VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_VERTEX_ELEMENTS, 7, 0, 0, 0, 31);
	ADD(VIRGL_CMD_BIND_OBJECT, VIRGL_OBJECT_VERTEX_ELEMENTS, 7);
	ADD(VIRGL_CMD_RESOURCE_INLINE_WRITE, 0, VERTICES, 0, 0, 0, 0, 0, 0, 0, 32, 1, 1, one, one, 0,
	    one, half, half, 0, one);
	ADD(VIRGL_CMD_SET_VERTEX_BUFFERS, 0, 16, 0, VERTICES);
	ADD(VIRGL_CMD_SET_CONSTANT_BUFFER, 0, 1, 0, one, half, one, one);
	ADD(VIRGL_CMD_CREATE_OBJECT, 6, 8, PICTURE, VIRGL_FORMAT_B8G8R8A8, 0, 0,
	    1 << 3 | 2 << 6 | 3 << 9);
	ADD(10, 0, 1, 0, 8);
	ADD(VIRGL_CMD_CREATE_OBJECT, 7, 9, 0, 0, 0, one, 0, 0, 0, 0);
	ADD(18, 0, 1, 0, 9);
	ADD(VIRGL_CMD_SET_UNIFORM_BUFFER, 0, 1, 1, 0, 256, VERTICES);
	ADD(VIRGL_CMD_SET_SHADER_IMAGES, 0, 1, 0, 67, 1, 0, 0, PICTURE);
	ADD(VIRGL_CMD_SET_SHADER_BUFFERS, 0, 1, 0, 0, 64, VERTICES);
	ADD(VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_QUERY, 10, 0, 0, ANSWER);
	ADD(19, 0, 10);
	ADD(7, 0, 4, one, half, half, one, 0, 0, 0);
	ADD(VIRGL_CMD_DRAW_VBO, 0, 0, 3, 4, 0, 1, 0, 0, 0, 0, 0, 2, 0);
	ADD(20, 0, 10);
	ADD(21, 0, 10, 1);
	ADD(VIRGL_CMD_RESOURCE_COPY_REGION, 0, PICTURE, 0, 0, 0, 0, PICTURE, 0, 32, 0, 0, 16, 16, 1);
	ADD(VIRGL_CMD_BLIT, 0, 0xf, 0, 0, PICTURE, 0, VIRGL_FORMAT_B8G8R8A8, 0, 0, 0, 16, 16, 1, PICTURE,
	    0, VIRGL_FORMAT_B8G8R8A8, 16, 16, 0, 8, 8, 1);
	ADD(VIRGL_CMD_TRANSFER3D, 0, PICTURE, 0, 0, 0, 0, 0, 0, 0, WIDTH, HEIGHT, 1, 0, 1);
	ADD(VIRGL_CMD_COPY_TRANSFER3D, 0, PICTURE, 0, 0, WIDTH * 4, 0, 0, 0, 0, WIDTH, HEIGHT, 1, STAGING,
	    0, 1);
	ADD(VIRGL_CMD_CREATE_OBJECT, VIRGL_OBJECT_STREAMOUT_TARGET, 11, VERTICES, 0, 1024);
	ADD(25, 0, 0, 11);
	ADD(25, 0, 0);
	ADD(VIRGL_CMD_DESTROY_OBJECT, 8, 1);
	ADD(VIRGL_CMD_DESTROY_OBJECT, VIRGL_OBJECT_QUERY, 10);
}

static uint32_t submit_commands(struct fe *fe, const struct command *commands, unsigned int nr)
{
	struct guest_commands *buffer = calloc(1, sizeof(*buffer));
	unsigned int i;
	uint32_t status;

	assert_non_null(buffer);
	for (i = 0; i < nr; i++)
		guest_command(buffer, commands[i].command, commands[i].object, commands[i].args,
			      commands[i].nr);
	status = guest_submit(fe, 0, CTX, buffer);
	free(buffer);
	return status;
}

/* fewer than the shader declares: the sanitizer sees what is read beyond them */
static void constants_may_be_few(void **state)
{
	unsigned int i;

	record_frame();
	for (i = 0; i < nr_frame; i++) {
		if (frame[i].command == VIRGL_CMD_SET_CONSTANT_BUFFER)
			frame[i].nr = 3;
	}
	assert_int_equal(submit_commands(*state, frame, nr_frame), VGPU_PV_S_OK);
	other_draws(*state, 1);
}

static uint32_t strange_word(uint32_t word)
{
	static const uint32_t words[] = { 0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, 0xffff, 0x10000 };

	switch (noise(4)) {
	case 0:
		return word ^ 1u << noise(32);
	case 1:
		return words[noise(sizeof(words) / sizeof(words[0]))];
	case 2:
		return noise(NR_RESOURCES + 4);
	default:
		return noise(1u << 24) << 8 ^ noise(1u << 24);
	}
}

/* how much a draw draws stays as it is: much work is no fault, and takes long */
static bool only_work(const struct command *c)
{
	return c->command == VIRGL_CMD_DRAW_VBO || c->command == VIRGL_CMD_LAUNCH_GRID;
}

static void mutate(struct command *commands, unsigned int *nr)
{
	struct command *c = &commands[noise(*nr)], *other = &commands[noise(*nr)], swap;

	switch (noise(8)) {
	case 0:
		c->nr = noise(c->nr + 4) % MAX_ARGS;
		break;
	case 1:
		c->object = noise(14);
		break;
	case 2:
		if (!only_work(c))
			c->command = noise(64);
		if (only_work(c))
			c->command = VIRGL_CMD_NOP;
		break;
	case 3:
		swap = *c;
		*c = *other;
		*other = swap;
		break;
	case 4:
		*c = *other;
		break;
	default:
		if (c->nr && !only_work(c)) {
			swap.nr = noise(c->nr);
			c->args[swap.nr] = strange_word(c->args[swap.nr]);
		}
	}
}

static void mutations_are_survived(void **state)
{
	struct command commands[MAX_COMMANDS];
	struct fe *fe = *state;
	uint64_t began = fe_now_ms();
	unsigned int round, nr, i, lost = 0;

	record_frame();
	seed = 1;
	for (round = 0; round < ROUNDS && fe_now_ms() - began < FUZZ_MS; round++) {
		memcpy(commands, frame, sizeof(commands));
		nr = nr_frame;
		for (i = round ? 1 + noise(4) : 0; i; i--)
			mutate(commands, &nr);
		/* the frame as it is passes */
		if (submit_commands(fe, commands, nr) == VGPU_PV_S_INVALID) {
			lost++;
			assert_int_not_equal(round, 0);
		}
		assert_int_equal(guest_ctx_destroy(fe, 0, CTX), VGPU_PV_S_OK);
		context(fe);
		if (!(round % 16))
			other_draws(fe, round / 16);
	}
	other_draws(fe, 0);
	print_message("%u rounds, %u lost their context, %u ms\n", round, lost,
		      (unsigned int)(fe_now_ms() - began));
	assert_in_range(lost, 1, round - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(malformed_buffers_have_no_effect, start, end),
		cmocka_unit_test_setup_teardown(queries_have_room_for_answers, start, end),
		cmocka_unit_test_setup_teardown(textures_are_attached, start, end),
		cmocka_unit_test_setup_teardown(buffers_are_buffers, start, end),
		cmocka_unit_test_setup_teardown(transfers_fit, start, end),
		cmocka_unit_test_setup_teardown(unfinished_shaders_are_not_bound, start, end),
		cmocka_unit_test_setup_teardown(constants_may_be_few, start, end),
		cmocka_unit_test_setup_teardown(mutations_are_survived, start, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
