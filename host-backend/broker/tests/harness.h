/* SPDX-License-Identifier: MIT */
#ifndef HARNESS_H
#define HARNESS_H

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

/*
 * A folder of its own for each test, and at most one broker in it, whose workers
 * are fake-worker's.  When the test ends, everything of it must be gone.
 */
struct harness {
	char dir[64];
	char socket[96];
	pid_t broker; /* 0: none */
};

int harness_setup(void **state);
int harness_teardown(void **state);

#define harness_test(function) \
	cmocka_unit_test_setup_teardown(function, harness_setup, harness_teardown)

/* The path of a program of this build, or of the tests. */
const char *harness_program(const char *name);
/* A path in the test's folder; one at a time. */
const char *harness_path(const struct harness *h, const char *name);

/* Starts the broker with more flags, up to NULL, and returns once it serves. */
void harness_start(struct harness *h, ...);
/* SIGTERM; the broker must exit with 0, sanitizers included. */
void harness_stop(struct harness *h);
void harness_kill(struct harness *h);
/* The broker has this many descriptors and child processes. */
unsigned int harness_broker_fds(const struct harness *h);
unsigned int harness_workers(const struct harness *h);

int harness_connect(const struct harness *h);
/* Sends these bytes; NULL if the broker closed the connection. */
json_t *harness_ask_bytes(int sock, const void *bytes, size_t len, int *fd);
/* A request in JSON text, with '' for "". */
json_t *harness_ask(int sock, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void harness_ask_ok(int sock, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The answer must be an error that has this in its text. */
void harness_ask_error(int sock, const char *part, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The worker's socket, which must have come. */
int harness_attach(int sock, const char *key, const char *name);

/* Of one instance: its state ("" if there is none), its worker (0 if none). */
const char *harness_state(int sock, const char *name);
pid_t harness_worker(int sock, const char *name);

/* Is true within ten seconds. */
#define harness_await(condition)                                             \
	do {                                                                 \
		unsigned int await_n;                                        \
		for (await_n = 0; await_n < 1000 && !(condition); await_n++) \
			usleep(10000);                                       \
		assert_true(condition);                                      \
	} while (0)

/* The state letter of /proc/PID/stat, X if there is none. */
char harness_process(pid_t pid);
bool harness_alive(pid_t pid);
bool harness_exists(const struct harness *h, const char *name);
void harness_write(const struct harness *h, const char *name, const char *text);

/* Runs a program to its end; stdout and stderr together in *text, the caller's to free. */
int harness_run(char **text, const char *const argv[]);

#endif /* HARNESS_H */
