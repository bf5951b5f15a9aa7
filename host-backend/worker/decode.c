// SPDX-License-Identifier: MIT
/*
 * The framing of a command buffer: each command is a header word, its number in
 * the low byte and the count of words that follow in the upper half.  A buffer
 * is walked before any of it runs, so that a malformed one has no effect; the
 * contents are checked by the renderer.  Commands are refused that the capset
 * does not offer: those that make memory outside the accounting, those for
 * video, and GET_MEMORY_INFO, which the renderer answers into memory that it
 * does not check.
 */
#include <endian.h>
#include <errno.h>

#include "decode.h"

void decode_init(struct decode *decode, const uint32_t *words, uint32_t nr_words)
{
	*decode = (struct decode){ .words = words, .nr_words = nr_words };
}

int decode_next(struct decode *decode, const char **why)
{
	uint32_t header, left;

	if (decode->at == decode->nr_words)
		return 0;
	header = le32toh(decode->words[decode->at]);
	left = decode->nr_words - decode->at - 1;
	decode->command = header & 0xff;
	decode->nr_args = header >> 16;
	decode->args = decode->words + decode->at + 1;
	if (decode->nr_args > left) {
		*why = "a command is longer than the rest of its buffer";
		return -EINVAL;
	}
	if (decode->command >= DECODE_NR_COMMANDS) {
		*why = "a command is unknown";
		return -EINVAL;
	}
	switch (decode->command) {
	case DECODE_PIPE_RESOURCE_CREATE:
	case DECODE_PIPE_RESOURCE_SET_TYPE:
	case DECODE_GET_MEMORY_INFO:
		*why = "a command is not offered";
		return -EINVAL;
	case DECODE_SET_SUB_CTX:
	case DECODE_CREATE_SUB_CTX:
	case DECODE_DESTROY_SUB_CTX:
		if (decode->nr_args != 1) {
			*why = "a sub-context command has a wrong length";
			return -EINVAL;
		}
		break;
	}
	decode->at += 1 + decode->nr_args;
	return 1;
}
