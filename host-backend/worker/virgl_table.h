/* SPDX-License-Identifier: MIT */
#ifndef WORKER_VIRGL_TABLE_H
#define WORKER_VIRGL_TABLE_H

#include <stdint.h>

#define VIRGL_MAX_ARGS		0xffff	/* words, all that a header can say */
#define VIRGL_MAX_NAMINGS	3

/* what an argument is the name of */
enum virgl_kind {
	VIRGL_NOTHING,			/* ends a list */
	VIRGL_RESOURCE,
	VIRGL_RESOURCE_OR_NONE,		/* none: 0 */
	VIRGL_BUFFER,			/* a resource that GL has as a buffer */
	VIRGL_BUFFER_OR_NONE,
	VIRGL_OBJECT,			/* of the current sub-context; or none */
};

/* Argument `first`; and where step is not 0, each step-th after it, up to the end. */
struct virgl_naming {
	uint8_t kind;			/* enum virgl_kind */
	uint8_t object;			/* enum virgl_object, of an object; 0: the header's */
	uint8_t first;
	uint8_t step;
};

/* How many words follow a header: min, min + step, ... max; and which of them are names. */
struct virgl_rule {
	const char *name;		/* as virgl's protocol has it, without its prefix */
	uint16_t min;
	uint16_t max;
	uint8_t step;			/* 0: the command is not offered */
	struct virgl_naming namings[VIRGL_MAX_NAMINGS];
};

/* beyond the last one */
extern const uint32_t virgl_nr_commands, virgl_nr_objects;

/* NULL: there is none of this number */
const struct virgl_rule *virgl_command_rule(uint32_t command);

/* the same for CREATE_OBJECT, by the object's type */
const struct virgl_rule *virgl_object_rule(uint32_t object);

#endif /* WORKER_VIRGL_TABLE_H */
