// SPDX-License-Identifier: MIT
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "expect.h"
#include "qtest.h"

static void lines_lost(struct vm *vm, const char *what)
{
	char *log = vm_log(vm);

	print_message("%s", log);
	free(log);
	fail_msg("%s", what);
}

/* The next line, without its end; good until the next call. */
static char *lines_read(struct vm *vm, struct vm_lines *lines)
{
	struct pollfd p = { .fd = lines->fd, .events = POLLIN };
	char *end;
	ssize_t n;

	lines->len -= lines->used;
	memmove(lines->text, lines->text + lines->used, lines->len);
	lines->used = 0;
	while (!(end = memchr(lines->text, '\n', lines->len))) {
		if (lines->len == VM_MAX_LINE)
			lines_lost(vm, "QEMU's answer is too long");
		if (poll(&p, 1, VM_TIMEOUT_MS) <= 0)
			lines_lost(vm, "QEMU does not answer");
		n = read(lines->fd, lines->text + lines->len, VM_MAX_LINE - lines->len);
		if (n <= 0)
			lines_lost(vm, "QEMU has ended");
		lines->len += (size_t)n;
	}
	*end = 0;
	lines->used = (size_t)(end - lines->text) + 1;
	return lines->text;
}

static void lines_write(struct vm *vm, struct vm_lines *lines, const char *text, size_t len)
{
	ssize_t n;

	while (len) {
		n = send(lines->fd, text, len, MSG_NOSIGNAL);
		if (n <= 0)
			lines_lost(vm, "QEMU has ended");
		text += n;
		len -= (size_t)n;
	}
}

/* ---- qtest ---- */

/* What follows OK. */
static const char *qtest_answer(struct vm *vm, const char *command)
{
	const char *line;

	do {
		line = lines_read(vm, &vm->qtest);
	} while (!strncmp(line, "IRQ", 3));
	if (strncmp(line, "OK", 2))
		fail_msg("qtest: %.60s: %s", command, line);
	return line + 2;
}

static const char *qtest_command(struct vm *vm, const char *command)
{
	lines_write(vm, &vm->qtest, command, strlen(command));
	return qtest_answer(vm, command);
}

static char qtest_suffix(unsigned int size)
{
	return size == 1 ? 'b' : size == 2 ? 'w' : 'l';
}

uint32_t qtest_read(struct vm *vm, uint64_t addr, unsigned int size)
{
	char command[64];

	snprintf(command, sizeof(command), "read%c %#" PRIx64 "\n", qtest_suffix(size), addr);
	return (uint32_t)strtoull(qtest_command(vm, command), NULL, 16);
}

void qtest_write(struct vm *vm, uint64_t addr, unsigned int size, uint32_t value)
{
	char command[64];

	if (size < 4)
		value &= (1u << size * 8) - 1;
	snprintf(command, sizeof(command), "write%c %#" PRIx64 " %#x\n", qtest_suffix(size), addr,
		 value);
	qtest_command(vm, command);
}

void qtest_write64(struct vm *vm, uint64_t addr, uint64_t value)
{
	qtest_write(vm, addr, 4, (uint32_t)value);
	qtest_write(vm, addr + 4, 4, (uint32_t)(value >> 32));
}

uint32_t qtest_in(struct vm *vm, uint16_t port)
{
	char command[64];

	snprintf(command, sizeof(command), "inl %#x\n", port);
	return (uint32_t)strtoull(qtest_command(vm, command), NULL, 16);
}

void qtest_out(struct vm *vm, uint16_t port, uint32_t value)
{
	char command[64];

	snprintf(command, sizeof(command), "outl %#x %#x\n", port, value);
	qtest_command(vm, command);
}

void qtest_read_bytes(struct vm *vm, uint64_t addr, void *data, size_t size)
{
	char command[64];
	const char *hex;
	unsigned int byte;
	size_t i;

	snprintf(command, sizeof(command), "read %#" PRIx64 " %#zx\n", addr, size);
	hex = qtest_command(vm, command);
	expect(!strncmp(hex, " 0x", 3) && strlen(hex) == 3 + 2 * size, "qtest: %.40s", hex);
	for (i = 0; i < size; i++) {
		sscanf(hex + 3 + 2 * i, "%2x", &byte);
		((uint8_t *)data)[i] = (uint8_t)byte;
	}
}

void qtest_write_bytes(struct vm *vm, uint64_t addr, const void *data, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	char *command = malloc(64 + 2 * size);
	size_t at, i;

	expect(command, "no memory");
	at = (size_t)sprintf(command, "write %#" PRIx64 " %#zx 0x", addr, size);
	for (i = 0; i < size; i++) {
		command[at++] = digits[((const uint8_t *)data)[i] >> 4];
		command[at++] = digits[((const uint8_t *)data)[i] & 15];
	}
	command[at++] = '\n';
	lines_write(vm, &vm->qtest, command, at);
	free(command);
	qtest_answer(vm, "write");
}

/* ---- QMP ---- */

static const char *qmp_line(struct vm *vm)
{
	const char *line = lines_read(vm, &vm->qmp);

	if (strstr(line, "\"event\": \"RESET\""))
		vm->nr_resets++;
	return line;
}

void qmp_greet(struct vm *vm)
{
	const char *line = qmp_line(vm);

	expect(!strncmp(line, "{\"QMP\"", 6), "QMP: %s", line);
	qmp_command(vm, "qmp_capabilities", NULL);
}

const char *qmp_try(struct vm *vm, const char *command, const char *arguments)
{
	char text[512];
	const char *line;
	int len;

	len = snprintf(text, sizeof(text), "{\"execute\":\"%s\",\"arguments\":%s}\n", command,
		       arguments ? arguments : "{}");
	expect(len < (int)sizeof(text), "a long command: %s", command);
	lines_write(vm, &vm->qmp, text, (size_t)len);
	for (;;) {
		line = qmp_line(vm);
		if (!strncmp(line, "{\"return\"", 9))
			return line;
		if (!strncmp(line, "{\"error\"", 8))
			return NULL;
	}
}

uint64_t qmp_command(struct vm *vm, const char *command, const char *arguments)
{
	uint64_t start = vm_now_ms();

	if (!qmp_try(vm, command, arguments))
		fail_msg("QMP: %s: %s", command, vm->qmp.text);
	return vm_now_ms() - start;
}

uint64_t qmp_system_reset(struct vm *vm)
{
	unsigned int before = vm->nr_resets;
	uint64_t start = vm_now_ms();

	qmp_command(vm, "system_reset", NULL);
	while (vm->nr_resets == before)
		qmp_line(vm);
	return vm_now_ms() - start;
}
