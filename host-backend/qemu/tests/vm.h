/* SPDX-License-Identifier: MIT */
/*
 * A virtual machine for tests of the device: QEMU with no CPU (its qtest
 * accelerator) and a real worker, both as processes.  What the guest would do is
 * done by the test, through QEMU's qtest socket and in the guest's memory, which
 * the test maps.  Functions end the test where they cannot go on.
 */
#ifndef VM_H
#define VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define VM_MEMORY_SIZE (256u << 20) /* of the guest, from its address 0 */
#define VM_TIMEOUT_MS  30000	    /* for what has no limit of its own */
#define VM_MAX_LINE    (256u << 10)

struct vm_options {
	const char *machine;	 /* NULL: q35 */
	const char *properties;	 /* more of the device's, each after a comma; may be NULL */
	const char *const *args; /* more of QEMU's, NULL-terminated; may be NULL */
	bool no_renderer;	 /* the worker finds none */
	bool no_device;		 /* neither device nor worker, until the test adds them */
};

/* A socket that speaks in lines. */
struct vm_lines {
	int fd;
	size_t len;  /* bytes in text */
	size_t used; /* of them, those of the line handed out last */
	char *text;  /* VM_MAX_LINE */
};

struct vm {
	pid_t qemu;
	pid_t worker;
	bool microvm; /* its PCI is reached in another way */
	int log_fd; /* what both print */
	struct vm_lines qtest;
	struct vm_lines qmp;
	unsigned int nr_resets; /* RESET events so far */
	uint8_t *memory;
	int memory_fd;
	char folder[32]; /* theirs, for sockets and pictures */
};

struct vm *vm_start(const struct vm_options *options);

/* Lets QEMU quit; both processes end by themselves, without an error, and leave nothing. */
void vm_stop(struct vm *vm);

/* the same where QEMU has been told to quit; of it alone, and of all */
void vm_qemu_ended(struct vm *vm);
void vm_ended(struct vm *vm);

/* For a test's end, good or bad: kills and removes what is left of the last machine. */
void vm_kill(void);

/* Starts a worker for a machine that has none; its socket is vm_path()'s "worker". */
void vm_add_worker(struct vm *vm);

/* until that worker has ended by itself */
void vm_worker_ended(struct vm *vm);

/* SIGKILL, and waits for its end */
void vm_kill_worker(struct vm *vm);

/* SIGSTOP, and waits until each of its threads has stopped */
void vm_suspend_worker(struct vm *vm);

/* Runs QEMU with args, which it is to refuse; its exit status as of waitpid(). */
int vm_refused(const char *const *args, char *said, size_t size);

/* What was printed so far; to be freed. */
char *vm_log(const struct vm *vm);

void vm_path(const struct vm *vm, const char *name, char *path, size_t size);
uint64_t vm_now_ms(void);

#endif /* VM_H */
