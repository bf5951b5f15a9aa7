/* SPDX-License-Identifier: MIT */
#ifndef WORKER_DECODE_TABLE_H
#define WORKER_DECODE_TABLE_H

#include <stdint.h>

#define DECODE_MAX_ARGS		0xffff	/* words, all that a header can say */

/* How many words follow a header: min, min + step, ... max. */
struct decode_rule {
	const char *name;	/* as virgl's protocol has it, without its prefix */
	uint16_t min;
	uint16_t max;
	uint8_t step;		/* 0: the command is not offered */
};

/* NULL: there is none of this number */
const struct decode_rule *decode_command_rule(uint32_t command);

/* the same for CREATE_OBJECT, by the object's type */
const struct decode_rule *decode_object_rule(uint32_t object);

#endif /* WORKER_DECODE_TABLE_H */
