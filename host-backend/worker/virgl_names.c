// SPDX-License-Identifier: MIT
/*
 * What a command names, by the table: whoever asks which resources and objects a
 * command buffer uses needs to know no command.
 */
#include "virgl.h"
#include "virgl_names.h"

bool virgl_name_next(const struct virgl *virgl, struct virgl_name *name)
{
	const struct virgl_naming *naming;

	for (; name->naming < VIRGL_MAX_NAMINGS; name->naming++, name->nth = 0) {
		naming = &virgl->rule->namings[name->naming];
		if (naming->kind == VIRGL_NOTHING)
			return false;
		name->index = naming->first + name->nth * naming->step;
		if (name->index >= virgl->nr_args || (name->nth && !naming->step))
			continue;
		name->nth++;
		name->kind = naming->kind;
		name->object = naming->kind != VIRGL_OBJECT || naming->object ? naming->object :
										virgl->object;
		name->id = virgl_arg(virgl, name->index);
		return true;
	}
	return false;
}
