/* SPDX-License-Identifier: MIT */
#ifndef WORKER_DECODE_H
#define WORKER_DECODE_H

#include <stdint.h>

/* The commands of virgl's protocol that we must know, by their numbers there. */
enum decode_command {
	DECODE_SET_SUB_CTX = 28,
	DECODE_CREATE_SUB_CTX = 29,
	DECODE_DESTROY_SUB_CTX = 30,
	DECODE_PIPE_RESOURCE_CREATE = 48,
	DECODE_PIPE_RESOURCE_SET_TYPE = 49,
	DECODE_GET_MEMORY_INFO = 50,
	DECODE_LINK_SHADER = 52,	/* the last that is no video command */
	DECODE_NR_COMMANDS = 53,
};

struct decode {
	const uint32_t *words;
	uint32_t nr_words;
	uint32_t at;			/* the word after the current command */

	/* the current command */
	uint32_t command;		/* enum decode_command, or another */
	const uint32_t *args;
	uint32_t nr_args;
};

void decode_init(struct decode *decode, const uint32_t *words, uint32_t nr_words);

/* 1: a command; 0: the end; negative: *why says what is wrong with the next one */
int decode_next(struct decode *decode, const char **why);

#endif /* WORKER_DECODE_H */
