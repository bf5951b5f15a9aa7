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

/* what is not made yet is, before the submit is sent */
static int names_make(struct client *c, const struct virgl *virgl, const struct virgl_name *name,
		      uint32_t *words)
{
	struct resource *res = id_table_find(&c->handles, name->id);

	(void)virgl;
	(void)words;
	return res && res->deferred ? message_make(c, res) : 0;
}

static int names_replace(struct client *c, const struct virgl *virgl, const struct virgl_name *name,
			 uint32_t *words)
{
	struct resource *res = id_table_find(&c->handles, name->id);

	if (!res)
		return client_fail(c, "%s names resource %u, which it does not have",
				   virgl->rule->name, name->id);
	words[virgl->args - virgl->words + name->index] = htole32(res->id);
	res->used = c->ring->posted + 1;
	res->bound |= !names_for_now(virgl);
	return 0;
}

static int names_each(struct client *c, uint32_t *words, uint32_t nr,
		      int (*each)(struct client *c, const struct virgl *virgl,
				  const struct virgl_name *name, uint32_t *words))
{
	struct virgl virgl;
	struct virgl_name name;
	int ret;

	virgl_init(&virgl, words, nr);
	/* lengths and values are the worker's to check */
	virgl.checked = true;
	while ((ret = virgl_next(&virgl)) > 0) {
		name = (struct virgl_name){ 0 };
		while (virgl_name_next(&virgl, &name)) {
			if (name.kind == VIRGL_OBJECT || !name.id)
				continue;
			ret = each(c, &virgl, &name, words);
			if (ret)
				return ret;
		}
	}
	return ret ? client_fail(c, "its commands are refused: %s", virgl.why) : 0;
}

int names_translate(struct client *c, uint32_t *words, uint32_t nr)
{
	int ret = c->nr_deferred ? names_each(c, words, nr, names_make) : 0;

	return ret ? ret : names_each(c, words, nr, names_replace);
}
