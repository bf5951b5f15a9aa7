// SPDX-License-Identifier: MIT
/*
 * Sizes as people write them, in binary units as QEMU's options take them.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "size.h"

static const char size_units[] = "KMGTPE";

int size_parse(const char *text, uint64_t *bytes)
{
	const char *p = text, *unit;
	uint64_t value = 0;
	unsigned int shift = 0;

	if (!isdigit((unsigned char)*p))
		return -EINVAL;
	for (; isdigit((unsigned char)*p); p++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, *p - '0', &value))
			return -ERANGE;
	}
	if (*p) {
		unit = strchr(size_units, toupper((unsigned char)*p));
		if (unit) {
			shift = 10 * (unsigned int)(unit - size_units + 1);
			p++;
		}
		if (*p && strcasecmp(p, "B") && (!shift || strcasecmp(p, "iB")))
			return -EINVAL;
	}
	if (value && shift && value > UINT64_MAX >> shift)
		return -ERANGE;
	*bytes = value << shift;
	return 0;
}

const char *size_format(uint64_t bytes, char *text)
{
	unsigned int unit = 0;

	while (bytes && !(bytes & 1023) && size_units[unit]) {
		bytes >>= 10;
		unit++;
	}
	if (unit)
		snprintf(text, SIZE_TEXT, "%" PRIu64 "%c", bytes, size_units[unit - 1]);
	else
		snprintf(text, SIZE_TEXT, "%" PRIu64, bytes);
	return text;
}
