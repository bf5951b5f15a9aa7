/* SPDX-License-Identifier: MIT */
#ifndef BRIDGE_BROKER_H
#define BRIDGE_BROKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Attaches to the instance of this name, which is made if there is none.  The
 * connection that holds it, with its quota and the worker's socket; negative, with
 * an error line.
 */
int broker_attach(const char *path, const char *name, uint64_t *memory, int *worker);

/* A broker serves this socket. */
bool broker_serves(const char *path);

struct broker {
	pid_t pid;	/* 0: none was started */
	pid_t filter;	/* of what it and its workers say; 0: none */
};

/*
 * Starts one there; it does not outlive this process.  What it and its workers say
 * is told, or only what is wrong.  0, or negative with an error line.
 */
int broker_start(struct broker *broker, const char *path, bool tell_all);
void broker_end(struct broker *broker);

#endif /* BRIDGE_BROKER_H */
