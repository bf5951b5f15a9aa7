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

static int names_replace(struct client *c, const struct virgl *virgl, const struct virgl_name *name,
			 uint32_t *words, uint64_t n)
{
	struct resource *res = id_table_find(&c->handles, name->id);

	if (!res)
		return client_fail(c, "%s names resource %u, which it does not have",
				   virgl->rule->name, name->id);
	words[virgl->args - virgl->words + name->index] = htole32(res->id);
	res->used = n;
	res->bound |= !names_for_now(virgl);
	return 0;
}

int names_translate(struct client *c, uint32_t *words, uint32_t nr, uint64_t n)
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
			ret = names_replace(c, &virgl, &name, words, n);
			if (ret)
				return ret;
		}
	}
	return ret ? client_fail(c, "its commands are refused: %s", virgl.why) : 0;
}
