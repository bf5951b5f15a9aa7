// SPDX-License-Identifier: MIT
/*
 * The conformance suite against our worker, which passes, and against workers that
 * break one requirement each: the suite names it.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"

/* where a leak is looked for, the jail would be in the way */
#ifdef __SANITIZE_ADDRESS__
#define NO_JAIL	" --no-jail"
#else
#define NO_JAIL	""
#endif

static char folder[4096];	/* of the programs */
static char said[65536];

static int setup(void **state)
{
	ssize_t n = readlink("/proc/self/exe", folder, sizeof(folder) - 1);

	(void)state;
	if (n < 0)
		return -1;
	folder[n] = 0;
	*strrchr(folder, '/') = 0;
	return 0;
}

/* its exit status, and what it said */
static int run(const char *arguments)
{
	char command[8192];
	FILE *p;
	int status;

	snprintf(command, sizeof(command), "%s/vgpu-pv-conformance %s 2>&1", folder, arguments);
	p = popen(command, "r");
	assert_non_null(p);
	said[fread(said, 1, sizeof(said) - 1, p)] = 0;
	status = pclose(p);
	if (!WIFEXITED(status))
		fail_msg("status %#x: %s", status, said);
	return WEXITSTATUS(status);
}

static const char *last_line(void)
{
	size_t len = strlen(said);
	char *end;

	if (len && said[len - 1] == '\n')
		said[len - 1] = 0;
	end = strrchr(said, '\n');
	return end ? end + 1 : said;
}

/* over one connection that is reset between the cases; program may begin with variables */
static void conforms(const char *program, const char *which)
{
	char dir[] = "/tmp/test-conformance-XXXXXX", text[8192];
	json_t *result;
	int status;

	assert_non_null(mkdtemp(dir));
	snprintf(text, sizeof(text), "PATH=%s:$PATH; %s" NO_JAIL " --socket %s/socket "
		 "</dev/null >/dev/null 2>&1 & while [ ! -S %s/socket ]; do sleep 0.05; done",
		 folder, program, dir, dir);
	assert_int_equal(system(text), 0);
	snprintf(text, sizeof(text), "--connect %s/socket --limit 200 --json %s/result %s", dir, dir, which);
	status = run(text);
	if (status) {
		/* longer than a message of cmocka's may be */
		fprintf(stderr, "%s", said);
		fail_msg("%s: status %d", program, status);
	}
	snprintf(text, sizeof(text), "%s/result", dir);
	result = json_load_file(text, 0, NULL);
	unlink(text);
	rmdir(dir);
	assert_non_null(result);
	assert_int_equal(json_integer_value(json_object_get(result, "failed")), 0);
	assert_int_equal(json_integer_value(json_object_get(result, "skipped")), 0);
	assert_int_equal(json_integer_value(json_object_get(result, "passed")),
			 json_array_size(json_object_get(result, "cases")));
	json_decref(result);
}

static void the_worker_conforms(void **state)
{
	(void)state;
	conforms("vgpu-pv-worker", "");
}

/* [dev-copy-once] nothing that the worker has read is there for a second look */
static void requests_are_read_once(void **state)
{
	(void)state;
	/* of each type of message, and what follows one */
	conforms("VGPU_PV_MUTANT=read-once worker-mutant",
		 "--only dev-rings-alike --only dev-reply --only dev-transfer-order "
		 "--only dev-backing-checked --only dev-backing-incomplete --only dev-submit-limit "
		 "--only dev-context-lost --only dev-wait-ring --only dev-stop-keeps");
}

/* by both ways in which a back end is given its socket */
static void back_ends_are_started(void **state)
{
	static const char *const ways[] = { "--socket %s", "--socket-fd %d" };
	char text[8192];
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		snprintf(text, sizeof(text), "--only dev-reset --only dev-capsets --start "
			 "'%s/vgpu-pv-worker" NO_JAIL " %s'", folder, ways[i]);
		if (run(text) || strcmp(last_line(), "2 passed, 0 failed, 0 skipped"))
			fail_msg("%s: %s", ways[i], said);
	}
}

/* each names what is wrong with it, and goes on to what is not */
static void mutants_are_caught(void **state)
{
	static const char *const labels[] = {
		"dev-version-1", "dev-rings-alike", "dev-msg-size", "dev-msg-zero", "dev-msg-ctx",
		"dev-msg-type", "dev-reply", "dev-reply-room", "dev-copy-once", "dev-ring-order",
		"dev-used-order", "dev-complete", "dev-wait-ring", "dev-wait-others", "dev-reset",
		"dev-stop-keeps", "dev-capsets", "dev-capset-noent", "dev-ctx-create",
		"dev-ctx-noent", "dev-context-lost", "dev-context-isolated", "dev-submit-checked",
		"dev-submit-limit",
		"dev-resource-id", "dev-resource-noent", "dev-resource-limits",
		"dev-backing-checked", "dev-backing-incomplete", "dev-aperture-bounds",
		"dev-credit", "dev-quota", "dev-refused-no-effect", "dev-transfer-bounds",
		"dev-transfer-order",
	};
	char text[8192], line[64];
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		snprintf(text, sizeof(text), "--only %s --start 'VGPU_PV_MUTANT=%s %s/worker-mutant"
			 NO_JAIL " --socket-fd %%d'", labels[i], labels[i], folder);
		snprintf(line, sizeof(line), "FAIL %s: ", labels[i]);
		if (run(text) != 1 || !strstr(said, line))
			fail_msg("a worker that breaks %s: %s", labels[i], said);
	}
	/* and there is one for each label */
	assert_int_equal(run("--list"), 0);
	for (i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		for (char *at = said; (at = strstr(at, labels[i])); at++)
			*at = '-';
	}
	if (strstr(said, "dev-"))
		fail_msg("no worker breaks one of: %s", said);
}

/* a command that ends, one that never speaks, and a socket that is not there */
static void dead_back_ends_are_told_of(void **state)
{
	(void)state;
	assert_int_equal(run("--only dev-reset --start 'exit 3; echo %s'"), 1);
	assert_non_null(strstr(said, "the back end's command ends with status 0x300"));
	assert_int_equal(run("--only dev-reset --limit 1 --start 'sleep 60 # %d'"), 1);
	assert_non_null(strstr(said, "no end within 1 seconds"));
	assert_int_equal(run("--connect /nowhere/socket"), 2);
	assert_non_null(strstr(said, "/nowhere/socket: No such file or directory"));
}

static void wrong_options_are_refused(void **state)
{
	static const char *const wrong[] = {
		"", "--connect /a --start '%s'", "--start nothing", "--start '%s %d'", "--only dev-none",
		"--connect /a --limit 0", "--connect /a more", "--nonsense",
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(run(wrong[i]), 2);
		assert_non_null(strstr(said, "try --help"));
	}
	assert_int_equal(run("--help"), 0);
	assert_non_null(strstr(said, "usage: vgpu-pv-conformance"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_worker_conforms),
		cmocka_unit_test(requests_are_read_once),
		cmocka_unit_test(back_ends_are_started),
		cmocka_unit_test(mutants_are_caught),
		cmocka_unit_test(dead_back_ends_are_told_of),
		cmocka_unit_test(wrong_options_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
