// SPDX-License-Identifier: MIT
/*
 * Addresses in the aperture.  They cost nothing, and what was given back lies in the
 * worker's mapping of the aperture again.  So a resource costs the worker two mappings
 * at most, its file's and that of the aperture's own memory behind it.  Its file is not
 * made longer to fill the gap: its client could use what it was not charged for.
 */
#include <errno.h>
#include <stdlib.h>

#include "range.h"

#define PAGE	4096u

static unsigned int range_class(uint64_t size)
{
	unsigned int class = 0;

	while (class < RANGE_CLASSES && (uint64_t)PAGE << class < size)
		class++;
	return class;
}

int range_take(struct range_space *space, uint64_t size, uint64_t *offset)
{
	unsigned int class = range_class(size);
	struct range_list *list;

	if (class >= RANGE_CLASSES)
		return -ENOSPC;
	list = &space->given_back[class];
	if (list->count) {
		*offset = list->offsets[--list->count];
		return 0;
	}
	if ((uint64_t)PAGE << class > space->size - space->next)
		return -ENOSPC;
	*offset = space->next;
	space->next += (uint64_t)PAGE << class;
	return 0;
}

void range_give_back(struct range_space *space, uint64_t size, uint64_t offset)
{
	struct range_list *list = &space->given_back[range_class(size)];
	uint32_t room = list->room ? 2 * list->room : 64;
	uint64_t *offsets;

	if (list->count == list->room) {
		offsets = reallocarray(list->offsets, room, sizeof(*offsets));
		/* without memory to remember it, the piece is not used again */
		if (!offsets)
			return;
		list->offsets = offsets;
		list->room = room;
	}
	list->offsets[list->count++] = offset;
}

void range_fini(struct range_space *space)
{
	unsigned int i;

	for (i = 0; i < RANGE_CLASSES; i++)
		free(space->given_back[i].offsets);
	*space = (struct range_space){ .size = space->size };
}
