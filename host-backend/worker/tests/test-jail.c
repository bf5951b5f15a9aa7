// SPDX-License-Identifier: MIT
/*
 * A worker that serves a guest is in its jail, renders there, and ends where it
 * tries to leave.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"
#include "guest.h"

static struct fe *fe;

static int start(void **state)
{
	const struct fe_options options = { .event_idx = true, .jail = true };

	(void)state;
	fe = fe_start(&options);
	fe_ring_start(fe, 0);
	return 0;
}

static int end(void **state)
{
	int status = fe_end(fe);

	(void)state;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -1;
}

/* renders in several threads, with memory and shaders made anew */
static void jailed_worker_renders(void **state)
{
	static const float red[4] = { 1, 0, 0, 1 };
	struct guest_commands *commands = calloc(1, sizeof(*commands));
	uint32_t i, size = 1024;
	struct vgpu_pv_resource_create create;
	uint8_t *pages = fe_alloc(fe, size * size * 4);

	(void)state;
	assert_non_null(commands);
	for (i = 1; i <= 8; i++) {
		create = guest_texture(i, size, size);
		assert_int_equal(guest_ctx_create(fe, 0, i), VGPU_PV_S_OK);
		assert_int_equal(guest_create_pages(fe, 0, &create, pages, size * size * 4, 4),
				 VGPU_PV_S_OK);
		assert_int_equal(guest_attach(fe, 0, i, i), VGPU_PV_S_OK);
		commands->nr = 0;
		guest_clear(commands, 10, i, red);
		guest_clear_again(commands, 50);
		assert_int_equal(guest_submit(fe, 0, i, commands), VGPU_PV_S_OK);
		assert_int_equal(guest_transfer(fe, 0, VGPU_PV_MSG_TRANSFER_FROM_HOST, i, i, size,
						size), VGPU_PV_S_OK);
		assert_int_equal(pages[1], 0);
		assert_int_equal(pages[2], 255);
	}
	for (i = 1; i <= 8; i += 2)
		assert_int_equal(guest_ctx_destroy(fe, 0, i), VGPU_PV_S_OK);
	free(commands);
}

/* the number after "NAME:" in /proc/PID/task/TID/status */
static long status_field(const char *tid, const char *name)
{
	char path[128], line[256];
	long value = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%s/status", fe->worker, tid);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ':')
			value = strtol(line + strlen(name) + 1, NULL, 10);
	}
	fclose(f);
	return value;
}

/* every thread, those that the GL driver started before included */
static void all_threads_are_jailed(void **state)
{
	char command[64], tid[32];
	unsigned int nr = 0;
	FILE *list;

	(void)state;
	assert_int_equal(guest_ctx_create(fe, 0, 1), VGPU_PV_S_OK);
	snprintf(command, sizeof(command), "ls /proc/%d/task", fe->worker);
	list = popen(command, "r");
	assert_non_null(list);
	while (fgets(tid, sizeof(tid), list)) {
		tid[strcspn(tid, "\n")] = 0;
		nr++;
		/* the filter carries it to threads that were there before */
#ifdef CONFIG_VGPU_PV_SECCOMP
		assert_int_equal(status_field(tid, "NoNewPrivs"), 1);
		assert_int_equal(status_field(tid, "Seccomp"), 2);
#endif
		assert_int_not_equal(status_field(tid, "Uid"), 0);
		assert_int_not_equal(status_field(tid, "Gid"), 0);
	}
	pclose(list);
	assert_in_range(nr, 3, 1000);
}

static void root_is_empty(void **state)
{
	char path[64], target[256];
	ssize_t n;

	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(guest_ctx_create(fe, 0, 1), VGPU_PV_S_OK);
	snprintf(path, sizeof(path), "/proc/%d/root", fe->worker);
	n = readlink(path, target, sizeof(target) - 1);
	assert_true(n > 0);
	target[n] = 0;
	assert_non_null(strstr(target, "(deleted)"));
}

/* --user names one that is not there, or root */
static void bad_user_is_refused(void **state)
{
	static const char *const names[] = { "no-such-user", "root" };
	const char *args[] = { "--user", NULL, NULL };
	const struct fe_options options = { .args = args, .jail = true };
	unsigned int i;
	int status;

	(void)state;
	if (geteuid())
		skip();
	for (i = 0; i < 2; i++) {
		args[1] = names[i];
		status = fe_refused(&options);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 1);
	}
}

/* before there is a socket to connect to, not when a guest does */
static void bad_user_is_refused_at_start(void **state)
{
	char path[] = "/tmp/vgpu-pv-test-XXXXXX", program[4096], socket[sizeof(path) + 8];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	int status;
	pid_t pid;

	(void)state;
	if (geteuid())
		skip();
	assert_true(len > 0);
	program[len] = 0;
	strcpy(strrchr(program, '/') + 1, "vgpu-pv-worker");
	assert_non_null(mkdtemp(path));
	snprintf(socket, sizeof(socket), "%s/socket", path);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		execl(program, program, "--socket", socket, "--user", "no-such-user", NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	/* empty: nothing listened, nothing is left */
	assert_int_equal(rmdir(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(jailed_worker_renders, start, end),
		cmocka_unit_test_setup_teardown(all_threads_are_jailed, start, end),
		cmocka_unit_test_setup_teardown(root_is_empty, start, end),
		cmocka_unit_test(bad_user_is_refused),
		cmocka_unit_test(bad_user_is_refused_at_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
