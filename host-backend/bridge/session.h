/* SPDX-License-Identifier: MIT */
/* The commands that say who is there and what it can do. */
#ifndef BRIDGE_SESSION_H
#define BRIDGE_SESSION_H

struct client;

int session_name(struct client *c, const void *args);
int session_ping(struct client *c, const void *args);
int session_version(struct client *c, const void *args);
int session_caps(struct client *c, const void *args);
int session_caps2(struct client *c, const void *args);
int session_param(struct client *c, const void *args);
int session_capset(struct client *c, const void *args);
int session_context(struct client *c, const void *args);

#endif /* BRIDGE_SESSION_H */
