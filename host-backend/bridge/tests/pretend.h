/* SPDX-License-Identifier: MIT */
/*
 * A GPU that is pretended: clients of the bridge on rings whose device is the test.
 * Nothing runs unless the test says so, so that every order can be tried.
 */
#ifndef PRETEND_H
#define PRETEND_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client.h"
#include "vtest_protocol.h"

#define PRETEND_CLIENTS		2
#define PRETEND_QUOTA		(64u << 20)
#define PRETEND_MESSAGES	16384

struct pretend {
	struct gpu gpu;
	struct ring rings[PRETEND_CLIENTS];
	uint8_t *memory;
	int link;			/* the worker's end of the private socket */
	unsigned int placed;		/* files that came over it */
	struct client clients[PRETEND_CLIENTS];
	int programs[PRETEND_CLIENTS];	/* their ends of the clients' sockets; -1: closed */
	uint16_t taken[PRETEND_CLIENTS];
	/* what the device was told, both rings together */
	uint32_t types[PRETEND_MESSAGES];
	unsigned int nr_types;
	uint8_t last[4096];		/* the newest message's first bytes */
	/* how it answers */
	uint32_t status;
	uint32_t fails;			/* the type that status is for; 0: all */
	uint64_t credit;
};

/* what the bridge said last in the last run, of warnings and errors */
extern char pretend_log[4096];

int pretend_setup(void **state);
int pretend_teardown(void **state);

#define pretend_test(function) \
	cmocka_unit_test_setup_teardown(function, pretend_setup, pretend_teardown)

/* a program's bytes; command and words */
void pretend_write(struct pretend *p, unsigned int i, const void *data, size_t len);
void pretend_say(struct pretend *p, unsigned int i, uint32_t command, const uint32_t *words,
		 uint32_t nr);
/* CREATE_RENDERER, and that version */
void pretend_greet(struct pretend *p, unsigned int i, uint32_t version);
/* RESOURCE_CREATE2 of a buffer, without more */
void pretend_create(struct pretend *p, unsigned int i, uint32_t handle, uint32_t size);

/* client_run() until it waits or ends; what it returns */
int pretend_run(struct pretend *p, unsigned int i);
/* the device executes at most so many messages of a ring; how many there were */
unsigned int pretend_device(struct pretend *p, unsigned int i, unsigned int most);
/* both by turns until neither has anything to do; the client's */
int pretend_settle(struct pretend *p, unsigned int i);

/* what a program can read now, bytes and a descriptor (-1: none) */
size_t pretend_read(struct pretend *p, unsigned int i, void *data, size_t room, int *fd);
/* exactly these words are there */
void pretend_expect(struct pretend *p, unsigned int i, const uint32_t *words, uint32_t nr);
/* the client is refused, and this is in what the bridge says */
void pretend_refused(struct pretend *p, unsigned int i, const char *text);

#endif /* PRETEND_H */
