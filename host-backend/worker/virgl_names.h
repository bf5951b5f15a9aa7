/* SPDX-License-Identifier: MIT */
#ifndef WORKER_VIRGL_NAMES_H
#define WORKER_VIRGL_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "virgl_table.h"

struct virgl;

/* One resource or object that a command names.  Begins as { 0 }. */
struct virgl_name {
	enum virgl_kind kind;
	uint32_t object;	/* enum virgl_object, of an object */
	uint32_t index;		/* of the argument */
	uint32_t id;		/* the argument; 0: none */

	/* which naming of the rule, and how often it was taken */
	uint32_t naming;
	uint32_t nth;
};

/* The current command's next name.  An object that it creates or destroys is none. */
bool virgl_name_next(const struct virgl *virgl, struct virgl_name *name);

#endif /* WORKER_VIRGL_NAMES_H */
