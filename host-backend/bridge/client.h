/* SPDX-License-Identifier: MIT */
/*
 * A program's connection.  What it sends is taken in order, one command at a time;
 * a command that has to wait, for the GPU or for the program to read its answer,
 * holds up what follows and nobody else.
 */
#ifndef BRIDGE_CLIENT_H
#define BRIDGE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gpu.h"
#include "resource.h"
#include "vtest_protocol.h"

#define CLIENT_INPUT		4096	/* what is more than this of a command is not gathered */
#define CLIENT_OUTPUT		(VGPU_PV_MAX_CAPSET_SIZE + 64)
#define CLIENT_SPARE		64
#define CLIENT_NAME		VGPU_PV_MAX_CONTEXT_NAME

#define COMMAND_MAX_WORDS	256

struct command_type;

struct client {
	struct gpu *gpu;
	struct ring *ring;
	unsigned int number;		/* in what is logged */
	int sock;
	bool failed;			/* and it was told why */

	/* of the protocol */
	char name[CLIENT_NAME + 1];
	bool named;			/* CREATE_RENDERER has come */
	uint32_t version;		/* as negotiated last */
	uint32_t capset;		/* of the context */
	bool has_context;
	struct id_table handles;	/* its names of resources to those it has */
	struct resource *resources;
	uint64_t shared;		/* bytes of files that it may map */
	struct client_naming {
		uint64_t first;		/* number of the submit, if nothing is made for it */
		uint32_t at;		/* the word after the last command that is done */
		unsigned int names;	/* that are done of the next */
		bool made;		/* something was */
	} naming;			/* the submit's resources */
	int spare[CLIENT_SPARE];	/* files of resources that never were the device's */
	unsigned int nr_spare;
	uint64_t submitted;		/* number of the last SUBMIT's message */
	uint64_t settled;		/* gpu->settled, but for what other clients settled since */
	uint64_t knowing;		/* from this message on, replies know of all that is settled */

	/* input */
	bool readable;			/* it may have more; set by whoever watches the socket */
	bool ended;			/* and at its end, which nothing will tell again */
	uint8_t input[CLIENT_INPUT];
	size_t input_at, input_end;	/* what of it is not yet used */
	struct vtest_header header;	/* of the command that is being taken */
	const struct command_type *command;	/* NULL: the next is a header */
	uint32_t args[COMMAND_MAX_WORDS];	/* what of it is gathered; kept until the next */
	uint8_t *bulk;			/* where bytes go that are not gathered; NULL: none */
	size_t bulk_left;
	int (*bulk_done)(struct client *c);

	/* waiting: for a message's completion; then resume() */
	bool waiting;
	uint64_t wait_for;
	int (*resume)(struct client *c);
	struct resource *subject;	/* for resume() and bulk_done() */
	void *commands;			/* the same: of the submit that is being filled */

	/* output, in this order */
	uint8_t output[CLIENT_OUTPUT];
	size_t output_at, output_end;
	const uint8_t *output_bulk;	/* in a resource's map */
	size_t output_bulk_left;
	int output_fd;			/* -1: none; the resource's own */
};

/* sock is taken over; ring is started and idle */
void client_init(struct client *c, struct gpu *gpu, struct ring *ring, int sock,
		 unsigned int number);

/*
 * Goes a good way.  1: it can go on; 0: it waits for its socket or its ring;
 * negative: the program is gone, or has been refused with an error line.
 */
int client_run(struct client *c);

/* what to wait for on the socket: EPOLLIN, EPOLLOUT or nothing */
uint32_t client_events(const struct client *c);

/* Closes the connection; what it had is destroyed as the ring has room. */
void client_hang_up(struct client *c);
/* After that: true: nothing of it is left, and its ring is idle. */
bool client_settled(struct client *c);

/* Says what is wrong, once, with the program's name; returns -EPROTO. */
int client_fail(struct client *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* for commands */
void client_send(struct client *c, const void *data, size_t len);
void client_answer(struct client *c, uint32_t command, const uint32_t *words, uint32_t nr);
int client_wait(struct client *c, uint64_t message, int (*resume)(struct client *c));
int client_wait_for_room(struct client *c, int (*resume)(struct client *c));
/* len bytes that follow go to `to`; then done() */
int client_bulk(struct client *c, void *to, size_t len, int (*done)(struct client *c));

#endif /* BRIDGE_CLIENT_H */
