/* SPDX-License-Identifier: MIT */
#ifndef LOOP_H
#define LOOP_H

#include <stdbool.h>
#include <stdint.h>

/* One descriptor that is waited for; embedded in what owns it. */
struct loop_source {
	int fd;
	void (*ready)(struct loop_source *source, uint32_t events);
};

#define loop_owner(source, type, member) \
	((type *)(void *)((char *)(source) - __builtin_offsetof(type, member)))

int loop_init(void);
void loop_fini(void);
int loop_add(struct loop_source *source);
void loop_del(struct loop_source *source);

/* Keeps an added source but does not wait for it, or does again. */
void loop_pause(struct loop_source *source, bool paused);

/*
 * Makes source a one-shot timer, which is ready from when it has expired until
 * it is set again.  0: not running.
 */
int loop_add_timer(struct loop_source *source, unsigned int ms);
void loop_set_timer(struct loop_source *source, unsigned int ms);

int loop_run(void);
void loop_quit(void);

#endif /* LOOP_H */
