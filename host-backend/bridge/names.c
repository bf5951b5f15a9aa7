// SPDX-License-Identifier: MIT
/*
 * Commands name resources as their program does.  The device's ids are ours, so
 * that programs which share a GPU never meet, and so each command is looked at on
 * its way, in the ring's memory, which no program can change.  That tells as well
 * which resources a submit uses: those that it names, and those that an earlier one
 * may have left bound.  What a command says beside is for the worker to check.
 */
#include <endian.h>

#include "client.h"
#include "message.h"
#include "names.h"
#include "virgl.h"
#include "virgl_names.h"

/* it is done with its resources when it is done; others leave them bound, or in an object */
static bool names_for_now(const struct virgl *virgl)
{
	switch (virgl->command) {
	case VIRGL_CMD_RESOURCE_INLINE_WRITE:
	case VIRGL_CMD_BLIT:
	case VIRGL_CMD_RESOURCE_COPY_REGION:
	case VIRGL_CMD_TRANSFER3D:
	case VIRGL_CMD_COPY_TRANSFER3D:
	case VIRGL_CMD_CLEAR_TEXTURE:
	case VIRGL_CMD_GET_QUERY_RESULT_QBO:
	case VIRGL_CMD_DRAW_VBO:
	case VIRGL_CMD_LAUNCH_GRID:
		return true;
	}
	return false;
}

/* 1: the ring has no room for what is not made yet */
static int names_replace(struct client *c, const struct virgl *virgl, const struct virgl_name *name,
			 uint32_t *words)
{
	struct resource *res = id_table_find(&c->handles, name->id);
	int ret;

	if (!res)
		return client_fail(c, "%s names resource %u, which it does not have",
				   virgl->rule->name, name->id);
	if (res->deferred) {
		if (!ring_has_room(c->ring, MESSAGE_DEFERRED + 1, 0))
			return 1;
		ret = message_make(c, res);
		if (ret)
			return ret;
		c->naming.made = true;
	}
	words[virgl->args - virgl->words + name->index] = htole32(res->id);
	res->used = c->ring->posted + 1;
	res->bound |= !names_for_now(virgl);
	return 0;
}

static int names_replace_all(struct client *c, struct virgl *virgl, uint32_t *words)
{
	struct virgl_name name = { 0 };
	unsigned int nr;
	int ret;

	for (nr = 1; virgl_name_next(virgl, &name); nr++) {
		if (nr <= c->naming.names || name.kind == VIRGL_OBJECT || !name.id)
			continue;
		ret = names_replace(c, virgl, &name, words);
		if (ret)
			return ret;
		c->naming.names = nr;
	}
	c->naming.names = 0;
	return 0;
}

/* what was named before another was made has a number that is not the submit's */
static void names_renumber(struct client *c)
{
	struct resource *res;

	for (res = c->resources; res; res = res->next) {
		if (res->used >= c->naming.first)
			res->used = c->ring->posted + 1;
	}
}

void names_begin(struct client *c)
{
	c->naming = (struct client_naming){ .first = c->ring->posted + 1 };
}

int names_translate(struct client *c, uint32_t *words, uint32_t nr)
{
	struct virgl virgl;
	int ret;

	virgl_init(&virgl, words, nr);
	/* lengths and values are the worker's to check */
	virgl.checked = true;
	virgl.at = c->naming.at;
	while ((ret = virgl_next(&virgl)) > 0) {
		ret = names_replace_all(c, &virgl, words);
		if (ret)
			return ret;
		c->naming.at = virgl.at;
	}
	if (ret)
		return client_fail(c, "its commands are refused: %s", virgl.why);
	if (c->naming.made)
		names_renumber(c);
	return 0;
}
