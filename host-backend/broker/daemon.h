/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_H
#define DAEMON_H

struct options;

/*
 * With --daemon: goes to the background.  The process that was started stays
 * until daemon_ready(), exits with 0 then, and with 1 if the broker ends first.
 */
int daemon_start(const struct options *o);

/* The socket is served: says so to the process that was started, and to systemd. */
int daemon_ready(const struct options *o);

/* Says to systemd that the broker ends, and takes the pid file away. */
void daemon_fini(void);

#endif /* DAEMON_H */
