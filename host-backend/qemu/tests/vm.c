// SPDX-License-Identifier: MIT
/*
 * The processes.  Sockets to QEMU are made before it and inherited, so that none
 * has a name that could stay behind; the worker has the one that people use.
 * Both die with the test's program, however it ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "expect.h"
#include "qtest.h"
#include "vm.h"

#define VM_MAX_ARGS 64

static struct vm *vm_last;

uint64_t vm_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

void vm_path(const struct vm *vm, const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/%s", vm->folder, name);
}

char *vm_log(const struct vm *vm)
{
	struct stat st;
	char *text;
	ssize_t n;

	expect(!fstat(vm->log_fd, &st), "fstat: %m");
	text = malloc((size_t)st.st_size + 1);
	expect(text, "no memory");
	n = pread(vm->log_fd, text, (size_t)st.st_size, 0);
	text[n > 0 ? n : 0] = 0;
	return text;
}

/* of the folder in which the test's program lies */
static void vm_program(const char *name, char *path, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", path, size - 1);
	char *slash;

	expect(n > 0, "readlink: %m");
	path[n] = 0;
	slash = strrchr(path, '/');
	snprintf(slash + 1, size - (size_t)(slash + 1 - path), "%s", name);
	expect(!access(path, X_OK), "%s is missing: run make host qemu", path);
}

static pid_t vm_spawn(const char *const *args, int log_fd, const char *folder)
{
	pid_t parent = getpid(), pid = fork();

	expect(pid >= 0, "fork: %m");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || chdir(folder))
		_exit(127);
	dup2(log_fd, 1);
	dup2(log_fd, 2);
	execv(args[0], (char **)args);
	perror(args[0]);
	_exit(127);
}

/* -1: it goes on */
static int vm_wait_end(pid_t pid)
{
	uint64_t until = vm_now_ms() + VM_TIMEOUT_MS;
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (vm_now_ms() > until)
			return -1;
		usleep(1000);
	}
	return status;
}

static void vm_start_worker(struct vm *vm, const struct vm_options *options, const char *socket)
{
	uint64_t until = vm_now_ms() + VM_TIMEOUT_MS;
	char program[4096];
	const char *args[] = {
		program,     "--socket", socket, "--name", "test", "--memory", "64M",
	/* where a leak is looked for, the jail would be in the way */
#ifdef __SANITIZE_ADDRESS__
		"--no-jail",
#endif
		NULL,
	};

	vm_program("vgpu-pv-worker", program, sizeof(program));
	if (options->no_renderer)
		setenv("__EGL_VENDOR_LIBRARY_FILENAMES", "/no-such-file", 1);
	vm->worker = vm_spawn(args, vm->log_fd, vm->folder);
	unsetenv("__EGL_VENDOR_LIBRARY_FILENAMES");
	while (access(socket, F_OK)) {
		expect(vm_now_ms() < until, "the worker does not listen");
		usleep(1000);
	}
}

/* one end for us, the other inherited */
static int vm_socket(int *inherited)
{
	int pair[2];

	expect(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair: %m");
	fcntl(pair[0], F_SETFD, FD_CLOEXEC);
	*inherited = pair[1];
	return pair[0];
}

static void vm_start_qemu(struct vm *vm, const struct vm_options *options, const char *socket)
{
	char program[4096], machine[64], memory[128], qtest[64], qmp[64], worker[128], device[256];
	const char *args[VM_MAX_ARGS] = {
		program,
		"-M",
		machine,
		"-accel",
		"qtest",
		"-display",
		"none",
		"-nodefaults",
		"-object",
		memory,
		"-chardev",
		qtest,
		"-object",
		"qtest,id=q,chardev=q,log=none",
		"-chardev",
		qmp,
		"-mon",
		"chardev=monitor,mode=control",
	};
	const char *const *more;
	unsigned int n = 0;
	int qtest_fd, qmp_fd;

	vm_program("../qemu/qemu-system-x86_64", program, sizeof(program));
	vm->qtest.fd = vm_socket(&qtest_fd);
	vm->qmp.fd = vm_socket(&qmp_fd);
	snprintf(machine, sizeof(machine), "%s,memory-backend=m",
		 options->machine ? options->machine : "q35");
	snprintf(memory, sizeof(memory),
		 "memory-backend-file,id=m,size=%u,share=on,mem-path=/proc/self/fd/%d",
		 VM_MEMORY_SIZE, vm->memory_fd);
	snprintf(qtest, sizeof(qtest), "socket,id=q,fd=%d", qtest_fd);
	snprintf(qmp, sizeof(qmp), "socket,id=monitor,fd=%d", qmp_fd);
	snprintf(worker, sizeof(worker), "socket,id=worker,path=%s", socket);
	snprintf(device, sizeof(device), "vgpu-pv,id=gpu,chardev=worker%s",
		 options->properties ? options->properties : "");
	while (args[n])
		n++;
	for (more = options->args; more && *more; more++)
		args[n++] = *more;
	if (!options->no_device) {
		args[n++] = "-chardev";
		args[n++] = worker;
		args[n++] = "-device";
		args[n++] = device;
	}
	expect(n < VM_MAX_ARGS, "too many arguments");
	vm->qemu = vm_spawn(args, vm->log_fd, vm->folder);
	close(qtest_fd);
	close(qmp_fd);
}

static void vm_lines_init(struct vm_lines *lines)
{
	lines->fd = -1;
	lines->text = malloc(VM_MAX_LINE);
	expect(lines->text, "no memory");
}

struct vm *vm_start(const struct vm_options *options)
{
	struct vm *vm = calloc(1, sizeof(*vm));
	char socket[64];

	expect(vm && !vm_last, "one machine at a time");
	vm_last = vm;
	vm->microvm = options->machine && !strncmp(options->machine, "microvm", 7);
	strcpy(vm->folder, "/tmp/vgpu-pv-test-XXXXXX");
	expect(mkdtemp(vm->folder), "%s: %m", vm->folder);
	vm_lines_init(&vm->qtest);
	vm_lines_init(&vm->qmp);
	vm->log_fd = memfd_create("log", MFD_CLOEXEC);
	vm->memory_fd = memfd_create("guest", 0);
	expect(vm->memory_fd >= 0 && !ftruncate(vm->memory_fd, VM_MEMORY_SIZE), "memfd: %m");
	vm->memory =
		mmap(NULL, VM_MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, vm->memory_fd, 0);
	expect(vm->memory != MAP_FAILED, "mmap: %m");

	vm_path(vm, "worker", socket, sizeof(socket));
	if (!options->no_device)
		vm_start_worker(vm, options, socket);
	vm_start_qemu(vm, options, socket);
	qmp_greet(vm);
	return vm;
}

static void vm_free(struct vm *vm)
{
	vm_last = NULL;
	if (vm->qtest.fd >= 0)
		close(vm->qtest.fd);
	if (vm->qmp.fd >= 0)
		close(vm->qmp.fd);
	if (vm->memory && vm->memory != MAP_FAILED)
		munmap(vm->memory, VM_MEMORY_SIZE);
	close(vm->memory_fd);
	close(vm->log_fd);
	free(vm->qtest.text);
	free(vm->qmp.text);
	free(vm);
}

static void vm_expect_end(struct vm *vm, pid_t *pid, const char *name)
{
	int status = vm_wait_end(*pid);
	char *log;

	if (status != -1)
		*pid = 0;
	if (!status)
		return;
	log = vm_log(vm);
	print_message("%s", log);
	free(log);
	expect(status != -1, "%s goes on", name);
	fail_msg("%s ends with status %#x", name, status);
}

void vm_qemu_ended(struct vm *vm)
{
	vm_expect_end(vm, &vm->qemu, "QEMU");
}

void vm_add_worker(struct vm *vm)
{
	static const struct vm_options plain;
	char socket[64];

	vm_path(vm, "worker", socket, sizeof(socket));
	vm_start_worker(vm, &plain, socket);
}

void vm_worker_ended(struct vm *vm)
{
	vm_expect_end(vm, &vm->worker, "the worker");
}

void vm_ended(struct vm *vm)
{
	if (vm->qemu)
		vm_qemu_ended(vm);
	if (vm->worker)
		vm_worker_ended(vm);
	expect(!rmdir(vm->folder), "something is left in %s: %m", vm->folder);
	vm_free(vm);
}

void vm_stop(struct vm *vm)
{
	qmp_command(vm, "quit", NULL);
	vm_ended(vm);
}

static void vm_kill_process(pid_t *pid)
{
	if (!*pid)
		return;
	kill(*pid, SIGKILL);
	waitpid(*pid, NULL, 0);
	*pid = 0;
}

void vm_kill_worker(struct vm *vm)
{
	vm_kill_process(&vm->worker);
}

void vm_kill(void)
{
	static const char *const names[] = { "worker", "picture", "vnc" };
	struct vm *vm = vm_last;
	char path[64];
	unsigned int i;

	if (!vm)
		return;
	vm_kill_process(&vm->qemu);
	vm_kill_process(&vm->worker);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		vm_path(vm, names[i], path, sizeof(path));
		unlink(path);
	}
	rmdir(vm->folder);
	vm_free(vm);
}

void vm_suspend_worker(struct vm *vm)
{
	int status;

	kill(vm->worker, SIGSTOP);
	expect(waitpid(vm->worker, &status, WUNTRACED) == vm->worker && WIFSTOPPED(status),
	       "the worker does not stop");
}

int vm_refused(const char *const *more, char *said, size_t size)
{
	char program[4096];
	const char *args[VM_MAX_ARGS] = {
		program, "-M", "q35", "-accel", "qtest", "-display", "none", "-nodefaults",
	};
	int log_fd = memfd_create("log", MFD_CLOEXEC), status;
	unsigned int n = 0;
	ssize_t len;
	pid_t pid;

	vm_program("../qemu/qemu-system-x86_64", program, sizeof(program));
	while (args[n])
		n++;
	for (; *more && n < VM_MAX_ARGS - 1; more++)
		args[n++] = *more;
	pid = vm_spawn(args, log_fd, "/");
	status = vm_wait_end(pid);
	if (status == -1)
		vm_kill_process(&pid);
	len = pread(log_fd, said, size - 1, 0);
	said[len > 0 ? len : 0] = 0;
	close(log_fd);
	return status;
}
