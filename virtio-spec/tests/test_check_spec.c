// SPDX-License-Identifier: MIT
/*
 * check-spec against small trees of our own: a chapter, a test and another file,
 * with one thing wrong at a time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define GOOD_CHAPTER \
	"MUST has the meaning of RFC 2119.\n\n" \
	"- [drv-one] The driver MUST do it\n  and do it well.\n" \
	"- [dev-two] The device does what it\n  MUST NOT leave.\n\nProse.\n"
#define GOOD_TEST "/* [drv-one] and [dev-two] */\n"

static char said[65536];

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int run(const char *command)
{
	FILE *p = popen(command, "r");
	int status;

	assert_non_null(p);
	said[fread(said, 1, sizeof(said) - 1, p)] = '\0';
	status = pclose(p);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int check(const char *chapter, const char *test, const char *driver)
{
	char dir[] = "/tmp/check-spec-XXXXXX", command[512];
	int status;

	assert_non_null(mkdtemp(dir));
	snprintf(command, sizeof(command), "mkdir -p %s/virtio-spec %s/guest/tests", dir, dir);
	assert_int_equal(run(command), 0);
	write_file(dir, "virtio-spec/vgpu-pv.md", chapter);
	write_file(dir, "guest/tests/a.test", test);
	write_file(dir, "guest/driver.c", driver);
	snprintf(command, sizeof(command), SPEC_DIR "/check-spec %s 2>&1", dir);
	status = run(command);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
	return status;
}

static void fails(const char *chapter, const char *test, const char *driver, const char *text,
		  const char *closing)
{
	int status = check(chapter, test, driver);

	if (status != 1 || !strstr(said, text) || !strstr(said, closing))
		fail_msg("status %d, or neither \"%s\" nor \"%s\" in: %s", status, text, closing,
			 said);
}

static void cited_requirements_are_listed(void **state)
{
	(void)state;
	assert_int_equal(check(GOOD_CHAPTER, GOOD_TEST, "/* as [dev-two] says */\n"), 0);
	assert_non_null(strstr(said, "drv-one                  guest/tests/a.test\n"));
	assert_non_null(strstr(said, "2 passed, 0 failed, 0 skipped\n"));
}

static void uncited_requirements_fail(void **state)
{
	(void)state;
	fails(GOOD_CHAPTER, "/* [drv-one] */\n", "", "FAIL no test cites [dev-two]",
	      "1 passed, 1 failed, 0 skipped");
	/* neither a word without brackets nor the driver's own source is a test */
	fails(GOOD_CHAPTER, "/* [drv-one] dev-two */\n", "/* [dev-two] */\n",
	      "FAIL no test cites [dev-two]", "1 passed, 1 failed, 0 skipped");
}

static void unlabelled_sentences_fail(void **state)
{
	(void)state;
	fails(GOOD_CHAPTER "The device MUST shine.\n", GOOD_TEST, "", "line 9: MUST without a label",
	      "2 passed, 1 failed, 0 skipped");
	fails(GOOD_CHAPTER "- The device MUST shine.\n", GOOD_TEST, "",
	      "line 9: MUST without a label", "2 passed, 1 failed, 0 skipped");
}

static void labels_without_a_requirement_fail(void **state)
{
	(void)state;
	fails(GOOD_CHAPTER "- [dev-three] The device may.\n", GOOD_TEST "/* [dev-three] */\n", "",
	      "line 9: [dev-three] has no MUST", "3 passed, 1 failed, 0 skipped");
}

static void labels_are_unique(void **state)
{
	(void)state;
	fails(GOOD_CHAPTER "- [drv-one] The driver MUST again.\n", GOOD_TEST, "",
	      "line 9: [drv-one] is the label of line 3 too", "2 passed, 1 failed, 0 skipped");
}

static void unknown_labels_fail(void **state)
{
	(void)state;
	fails(GOOD_CHAPTER, GOOD_TEST "/* [dev-nine] */\n", "",
	      "guest/tests/a.test cites [dev-nine]", "2 passed, 1 failed, 0 skipped");
	fails(GOOD_CHAPTER, GOOD_TEST, "/* [drv-ten] */\n", "guest/driver.c cites [drv-ten]",
	      "2 passed, 1 failed, 0 skipped");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cited_requirements_are_listed),
		cmocka_unit_test(uncited_requirements_fail),
		cmocka_unit_test(unlabelled_sentences_fail),
		cmocka_unit_test(labels_without_a_requirement_fail),
		cmocka_unit_test(labels_are_unique),
		cmocka_unit_test(unknown_labels_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
