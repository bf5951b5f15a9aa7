// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>

#include "demand.h"
#include "expect.h"

void fe_failed(const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fail_msg("%s", text);
	abort();
}
