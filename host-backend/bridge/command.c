// SPDX-License-Identifier: MIT
/*
 * One table of the protocol's commands, and one gate: what is unknown, not of the
 * negotiated version or of a wrong length never reaches a handler.  A handler runs
 * once there is room on the ring for all that it may send, so that none has to
 * stop half way.
 */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "draw.h"
#include "message.h"
#include "session.h"

#define WORDS(type)	(sizeof(struct type) / sizeof(uint32_t))
#define VENUS		"it is for Venus, which is not offered"

static const struct command_type command_types[] = {
	[VTEST_GET_CAPS] = { "GET_CAPS", 0, 0, .handler = session_caps },
	[VTEST_RESOURCE_CREATE] = { "RESOURCE_CREATE", 0, WORDS(vtest_resource_create) - 1,
				    .handler = draw_create },
	[VTEST_RESOURCE_UNREF] = { "RESOURCE_UNREF", 0, 1, .handler = draw_unref },
	[VTEST_TRANSFER_GET] = { "TRANSFER_GET", 0, WORDS(vtest_transfer), .handler = draw_get },
	[VTEST_TRANSFER_PUT] = { "TRANSFER_PUT", 0, WORDS(vtest_transfer), COMMAND_MORE,
				 .handler = draw_put },
	[VTEST_SUBMIT_CMD] = { "SUBMIT_CMD", 0, 0, COMMAND_BULK, .handler = draw_submit },
	[VTEST_RESOURCE_BUSY_WAIT] = { "RESOURCE_BUSY_WAIT", 0, WORDS(vtest_busy_wait),
				       .handler = draw_busy_wait },
	[VTEST_CREATE_RENDERER] = { "CREATE_RENDERER", 0, 0, COMMAND_BYTES,
				    .handler = session_name },
	[VTEST_GET_CAPS2] = { "GET_CAPS2", 0, 0, .handler = session_caps2 },
	[VTEST_PING_PROTOCOL_VERSION] = { "PING_PROTOCOL_VERSION", 0, 0, .handler = session_ping },
	[VTEST_PROTOCOL_VERSION] = { "PROTOCOL_VERSION", 0, 1, .handler = session_version },
	[VTEST_RESOURCE_CREATE2] = { "RESOURCE_CREATE2", 2, WORDS(vtest_resource_create),
				     .handler = draw_create2 },
	[VTEST_TRANSFER_GET2] = { "TRANSFER_GET2", 2, WORDS(vtest_transfer2),
				  .handler = draw_get2 },
	[VTEST_TRANSFER_PUT2] = { "TRANSFER_PUT2", 2, WORDS(vtest_transfer2), COMMAND_MORE,
				  .handler = draw_put2 },
	[VTEST_GET_PARAM] = { "GET_PARAM", 3, 1, .handler = session_param },
	[VTEST_GET_CAPSET] = { "GET_CAPSET", 3, WORDS(vtest_get_capset),
			       .handler = session_capset },
	[VTEST_CONTEXT_INIT] = { "CONTEXT_INIT", 3, 1, .handler = session_context },
	[VTEST_RESOURCE_CREATE_BLOB] = { "RESOURCE_CREATE_BLOB", 3,
		.refused = "it is for Venus and for memory that the GPU maps, which are not offered" },
	[VTEST_SYNC_CREATE] = { "SYNC_CREATE", 3, .refused = VENUS },
	[VTEST_SYNC_UNREF] = { "SYNC_UNREF", 3, .refused = VENUS },
	[VTEST_SYNC_READ] = { "SYNC_READ", 3, .refused = VENUS },
	[VTEST_SYNC_WRITE] = { "SYNC_WRITE", 3, .refused = VENUS },
	[VTEST_SYNC_WAIT] = { "SYNC_WAIT", 3, .refused = VENUS },
	[VTEST_SUBMIT_CMD2] = { "SUBMIT_CMD2", 3, .refused = VENUS },
};

static bool command_length_valid(const struct command_type *type, uint32_t length)
{
	switch (type->length) {
	case COMMAND_EXACT:
		return length == type->words;
	case COMMAND_MORE:
		return length >= type->words;
	case COMMAND_BYTES:
		return length <= COMMAND_MAX_WORDS * sizeof(uint32_t);
	case COMMAND_BULK:
		return length <= VGPU_PV_MAX_SUBMIT_SIZE / sizeof(uint32_t);
	}
	return false;
}

static int command_refuse_length(struct client *c, const struct command_type *type)
{
	switch (type->length) {
	case COMMAND_BYTES:
		return client_fail(c, "%s of %u bytes: there may be %zu", type->name,
				   c->header.length, COMMAND_MAX_WORDS * sizeof(uint32_t));
	case COMMAND_BULK:
		return client_fail(c, "%s of %u words: there may be %zu", type->name,
				   c->header.length, VGPU_PV_MAX_SUBMIT_SIZE / sizeof(uint32_t));
	default:
		return client_fail(c, "%s of %u words: it has %u%s", type->name, c->header.length,
				   type->words, type->length == COMMAND_MORE ? " or more" : "");
	}
}

static int command_judge(struct client *c)
{
	const struct vtest_header *h = &c->header;
	const struct command_type *type = NULL;

	if (h->command < sizeof(command_types) / sizeof(command_types[0]))
		type = &command_types[h->command];
	if (!type || !type->name)
		return client_fail(c, "command %u of length %u is unknown", h->command, h->length);
	if (!c->named != (h->command == VTEST_CREATE_RENDERER))
		return client_fail(c, c->named ? "%s comes a second time" :
						 "%s comes before CREATE_RENDERER", type->name);
	if (c->version < type->version)
		return client_fail(c, "%s takes protocol version %u, and %u was negotiated",
				   type->name, type->version, c->version);
	if (!type->handler)
		return client_fail(c, "%s is refused: %s", type->name, type->refused);
	if (!command_length_valid(type, h->length))
		return command_refuse_length(c, type);
	c->command = type;
	return 0;
}

/* the same command is tried again */
static int command_resume(struct client *c)
{
	(void)c;
	return 0;
}

static size_t command_bytes(const struct client *c, bool gathered)
{
	if (c->command->length == COMMAND_BYTES)
		return c->header.length;
	if (c->command->length == COMMAND_BULK)
		return gathered ? 0 : c->header.length * sizeof(uint32_t);
	return c->command->words * sizeof(uint32_t);
}

int command_take(struct client *c)
{
	const struct command_type *type;
	struct ring *ring = c->ring;
	size_t bytes;
	int ret;

	if (!c->command) {
		if (c->input_end - c->input_at < sizeof(c->header))
			return 0;
		memcpy(&c->header, c->input + c->input_at, sizeof(c->header));
		c->input_at += sizeof(c->header);
		ret = command_judge(c);
		if (ret)
			return ret;
	}
	bytes = command_bytes(c, true);
	if (c->input_end - c->input_at < bytes)
		return 0;
	if (!ring_has_room(ring, MESSAGE_MOST, MESSAGE_SUBMIT + command_bytes(c, false))) {
		client_wait_for_room(c, command_resume);
		return 1;
	}
	memcpy(c->args, c->input + c->input_at, bytes);
	c->input_at += bytes;
	type = c->command;
	c->command = NULL;
	ret = type->handler(c, c->args);
	return ret < 0 ? ret : 1;
}

const char *command_name(const struct client *c)
{
	return command_types[c->header.command].name;
}
