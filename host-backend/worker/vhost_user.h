/* SPDX-License-Identifier: MIT */
#ifndef WORKER_VHOST_USER_H
#define WORKER_VHOST_USER_H

struct worker;

/*
 * Starts the thread that serves the connected socket, and takes the socket
 * over.  When the connection ends the worker is told to quit; a render thread
 * that does not follow is not waited for.  0 or -errno.
 */
int vhost_user_start(struct worker *w, int sock);

#endif /* WORKER_VHOST_USER_H */
