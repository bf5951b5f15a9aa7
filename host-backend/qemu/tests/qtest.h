/* SPDX-License-Identifier: MIT */
/* QEMU's two text protocols: qtest, by which a test plays the CPU, and QMP. */
#ifndef QTEST_H
#define QTEST_H

#include "vm.h"

/* size: 1, 2 or 4 */
uint32_t qtest_read(struct vm *vm, uint64_t addr, unsigned int size);
void qtest_write(struct vm *vm, uint64_t addr, unsigned int size, uint32_t value);
void qtest_write64(struct vm *vm, uint64_t addr, uint64_t value);
void qtest_read_bytes(struct vm *vm, uint64_t addr, void *data, size_t size);
void qtest_write_bytes(struct vm *vm, uint64_t addr, const void *data, size_t size);
uint32_t qtest_in(struct vm *vm, uint16_t port);
void qtest_out(struct vm *vm, uint16_t port, uint32_t value);

void qmp_greet(struct vm *vm);
/* Its answer, until the next call; NULL: an error.  arguments: a JSON object, or NULL. */
const char *qmp_try(struct vm *vm, const char *command, const char *arguments);
/* how long it took, in ms */
uint64_t qmp_command(struct vm *vm, const char *command, const char *arguments);
/* system_reset, and until it is done */
uint64_t qmp_system_reset(struct vm *vm);

#endif /* QTEST_H */
