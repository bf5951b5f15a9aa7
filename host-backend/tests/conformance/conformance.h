/* SPDX-License-Identifier: MIT */
/*
 * The conformance suite: cases that see no more of a device than its vhost-user
 * socket.  Each names one requirement of the chapter, is run in a process of its
 * own, and ends with demand() (it fails), conf_skip(), or by returning.
 */
#ifndef CONFORMANCE_H
#define CONFORMANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "demand.h"
#include "guest.h"

#define CONF_WIDTH	64
#define CONF_HEIGHT	32
#define CONF_BYTES	(CONF_WIDTH * CONF_HEIGHT * 4)
#define CONF_REASON	256	/* bytes of a reason, with its end */
#define CONF_QUIET_MS	100	/* for which what is held back stays so */

/* All of FE_RINGS rings run when a case begins, and nothing else has happened. */
struct conf_case {
	const char *label;	/* of the chapter */
	const char *what;	/* that it enforces, and the case's name */
	void (*run)(struct fe *fe);
};

struct conf_group {
	const struct conf_case *cases;
	unsigned int nr;
};

#define CONF_GROUP(name, array)	\
	const struct conf_group name = { array, sizeof(array) / sizeof((array)[0]) }

extern const struct conf_group conf_messages;
extern const struct conf_group conf_order;
extern const struct conf_group conf_life;
extern const struct conf_group conf_contexts;
extern const struct conf_group conf_resources;
extern const struct conf_group conf_transfers;

_Noreturn void conf_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));

const char *conf_status_name(uint32_t status);

/* the answer to one message: its status is `wanted` */
void conf_want(uint32_t status, uint32_t wanted, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* likewise, of a message that was posted */
void conf_take(struct fe *fe, unsigned int ring, unsigned int slot, uint32_t wanted,
	       const char *what);

/* the credit that the device gives now */
uint64_t conf_credit(struct fe *fe);

/* one message goes through the ring */
void conf_go_on(struct fe *fe, unsigned int ring);

unsigned int conf_post_capsets(struct fe *fe, unsigned int ring);
unsigned int conf_post_wait(struct fe *fe, unsigned int ring, uint32_t other, uint64_t seq);

/* a context of virgl's second capset with a texture attached; skips where there is none */
void conf_new_context(struct fe *fe, unsigned int ring, uint32_t ctx);

/* resource 3 and the memory behind it, of `size` bytes */
uint32_t *conf_new_texture(struct fe *fe, uint32_t width, uint32_t height, size_t size);

/* One well-formed message of each type that is for the rings. */
struct conf_sample {
	const char *name;
	uint8_t bytes[128];
	uint32_t len;
	uint32_t reply;		/* bytes of its answer */
	uint32_t status;	/* that it gets */
	uint32_t padding;	/* offset of a field that is zero, beside the header's; 0: none */
	uint32_t count;		/* offset of the count of what follows; 0: none */
	uint32_t undo;		/* the resource that it makes; 0: none */
	bool has_ctx;
};

#define CONF_SAMPLES		14
#define CONF_SAMPLE_RING	3	/* which they wait for, and so are not sent there */

/* makes what the samples need; to be called once */
void conf_samples(struct fe *fe, struct conf_sample samples[CONF_SAMPLES]);

#endif /* CONFORMANCE_H */
