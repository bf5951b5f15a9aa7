// SPDX-License-Identifier: MIT
/*
 * The runtime behind compat/igt.h: which subtests run, how they end, and what is
 * printed, in the form that igt_runner parses.
 *
 * igt_runner can also be spoken to over a socket; text is used alone, because it
 * is what its parser falls back to and what a person reads.  The names of the
 * subtests go to the kernel log too: igt_runner cuts dmesg at these lines.
 */
#include <fcntl.h>
#include <fnmatch.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "igt.h"

enum mode {
	MODE_RUN,
	MODE_LIST,
	MODE_SHOW_TESTLIST,
	MODE_DESCRIBE,
};

sigjmp_buf igt_subtest_exit;

static struct {
	enum mode mode;
	const char *program;
	char *pattern;		/* of --run-subtest or --describe, NULL: all */
	bool sentinel;		/* igt_runner wants the marks on stderr too */
	bool debug;
	bool matched;		/* a subtest fits the pattern */
	bool any;		/* there is a subtest */
	bool in_fixture;
	const char *cut;	/* a fixture ended early: "SKIP" or "FAIL" from now on */
	char subtest[128];	/* running, or empty */
	char description[1024];	/* of the next subtest */
	struct timespec start;
	unsigned int passed, failed;
} igt;

static void igt_kmsg(const char *format, ...)
{
	char line[256];
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC), length;
	va_list args;

	if (fd < 0)
		return;
	va_start(args, format);
	length = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (length > 0 && (size_t)length < sizeof(line) && write(fd, line, length) < 0)
		igt_debug("kernel log: %s\n", strerror(errno));
	close(fd);
}

static void igt_mark(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	fflush(stdout);
	if (!igt.sentinel)
		return;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
}

static bool igt_matches(const char *name)
{
	char *list, *item, *save = NULL;
	bool found = false;

	if (!igt.pattern)
		return true;
	list = strdup(igt.pattern);
	for (item = strtok_r(list, ",", &save); item && !found; item = strtok_r(NULL, ",", &save))
		found = !fnmatch(item, name, 0);
	free(list);
	return found;
}

static void igt_result(const char *result)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	igt_mark("Subtest %s: %s (%.3fs)\n", igt.subtest, result,
		 (double)(now.tv_sec - igt.start.tv_sec) +
			 (double)(now.tv_nsec - igt.start.tv_nsec) / 1e9);
	igt_kmsg("<5>[IGT] %s: finished subtest %s, %s\n", igt.program, igt.subtest, result);
	igt.subtest[0] = '\0';
}

static void igt_leave(const char *result)
{
	if (!strcmp(result, "FAIL"))
		igt.failed++;
	else if (!strcmp(result, "SUCCESS"))
		igt.passed++;
	if (igt.subtest[0])
		igt_result(result);
	else if (igt.in_fixture)
		igt.cut = result;
	else
		exit(igt.failed ? IGT_EXIT_FAILURE : IGT_EXIT_SKIP);
	igt.in_fixture = false;
	siglongjmp(igt_subtest_exit, 1);
}

/* Write alone is safe here: the program is in an unknown state. */
static void igt_crashed(int signal)
{
	static const char *const parts[] = { "Subtest ", igt.subtest, ": CRASH (0.000s)\n" };
	size_t i;
	int fd;

	for (fd = STDOUT_FILENO; igt.subtest[0] && fd <= (igt.sentinel ? STDERR_FILENO : STDOUT_FILENO); fd++)
		for (i = 0; i < ARRAY_SIZE(parts); i++)
			if (write(fd, parts[i], strlen(parts[i])) < 0)
				break;
	raise(signal);
}

static void igt_usage(FILE *file)
{
	fprintf(file,
		"Usage: %s [OPTION]\n"
		"  --list-subtests        print the names of the subtests\n"
		"  --show-testlist        print them as igt_runner names them\n"
		"  --run-subtest PATTERN  run those that fit, shell wildcards, comma between\n"
		"  --describe[=PATTERN]   print what the subtests check\n"
		"  --help-description     print what the program checks\n"
		"  --debug                print debug lines\n"
		"  --help                 print this\n",
		igt.program);
}

void igt_compat_init(int argc, char **argv)
{
	static const struct option options[] = {
		{ "list-subtests", no_argument, NULL, 'l' },
		{ "show-testlist", no_argument, NULL, 't' },
		{ "run-subtest", required_argument, NULL, 'r' },
		{ "describe", optional_argument, NULL, 'd' },
		{ "help-description", no_argument, NULL, 'D' },
		{ "debug", optional_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
	struct sigaction action = { .sa_handler = igt_crashed, .sa_flags = SA_RESETHAND };
	struct utsname uts;
	size_t i;
	int option;

	igt.program = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	igt.sentinel = getenv("IGT_SENTINEL_ON_STDERR");
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 'l':
			igt.mode = MODE_LIST;
			break;
		case 't':
			igt.mode = MODE_SHOW_TESTLIST;
			break;
		case 'r':
			igt.pattern = optarg;
			break;
		case 'd':
			igt.mode = MODE_DESCRIBE;
			igt.pattern = optarg;
			break;
		case 'D':
			printf("%s\n", &igt_test_description ? igt_test_description : "");
			exit(IGT_EXIT_SUCCESS);
		case 'v':
			igt.debug = true;
			break;
		case 'h':
			igt_usage(stdout);
			exit(IGT_EXIT_SUCCESS);
		default:
			igt_usage(stderr);
			exit(IGT_EXIT_INVALID);
		}
	}
	if (optind < argc) {
		fprintf(stderr, "%s: unexpected argument '%s'\n", igt.program, argv[optind]);
		igt_usage(stderr);
		exit(IGT_EXIT_INVALID);
	}
	if (igt.mode == MODE_DESCRIBE && &igt_test_description)
		printf("%s\n\n", igt_test_description);
	if (igt.mode != MODE_RUN)
		return;

	for (i = 0; i < ARRAY_SIZE(crashes); i++)
		sigaction(crashes[i], &action, NULL);
	uname(&uts);
	/* Not to stderr: whatever is there makes igt_runner say "warn". */
	printf("IGT-Version: compat (%s) (Linux: %s %s)\n", uts.machine, uts.release, uts.machine);
	fflush(stdout);
	igt_kmsg("<5>[IGT] %s: executing\n", igt.program);
}

bool igt_compat_enter_fixture(void)
{
	if (igt.mode != MODE_RUN || igt.cut)
		return false;
	/* The loop asks again after its only pass. */
	igt.in_fixture = !igt.in_fixture;
	return igt.in_fixture;
}

bool igt_compat_enter_subtest(const char *file, int line, const char *format, ...)
{
	char name[sizeof(igt.subtest)];
	va_list args;

	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);

	igt.any = true;
	if (!igt_matches(name)) {
		igt.description[0] = '\0';
		return false;
	}
	igt.matched = true;
	switch (igt.mode) {
	case MODE_LIST:
		printf("%s\n", name);
		return false;
	case MODE_SHOW_TESTLIST:
		printf("igt@%s@%s\n", igt.program, name);
		return false;
	case MODE_DESCRIBE:
		printf("SUB %s %s:%d:\n  %s\n\n", name, file, line, igt.description);
		igt.description[0] = '\0';
		return false;
	case MODE_RUN:
		break;
	}

	memcpy(igt.subtest, name, sizeof(name));
	clock_gettime(CLOCK_MONOTONIC, &igt.start);
	igt_mark("Starting subtest: %s\n", igt.subtest);
	igt_kmsg("<5>[IGT] %s: starting subtest %s\n", igt.program, igt.subtest);
	if (igt.cut) {
		if (!strcmp(igt.cut, "FAIL"))
			igt.failed++;
		igt_result(igt.cut);
		return false;
	}
	return true;
}

void igt_describe_f(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(igt.description, sizeof(igt.description), format, args);
	va_end(args);
}

void igt_success(void)
{
	igt_leave("SUCCESS");
	abort();
}

void igt_skip(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	igt_leave("SKIP");
	abort();
}

void igt_compat_requirement(const char *file, int line, const char *function, const char *what,
			    const char *format, ...)
{
	va_list args;

	printf("Test requirement not met in function %s, file %s:%d:\nTest requirement: %s\n",
	       function, file, line, what);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	igt_leave("SKIP");
	abort();
}

void igt_compat_assertion(const char *file, int line, const char *function, const char *what,
			  const char *format, ...)
{
	int error = errno;
	va_list args;

	fflush(stdout);
	fprintf(stderr, "Test assertion failure in function %s, file %s:%d:\nFailed assertion: %s\n",
		function, file, line, what);
	if (error)
		fprintf(stderr, "Last errno: %d, %s\n", error, strerror(error));
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	igt_leave("FAIL");
	abort();
}

void igt_emit_ignore_dmesg_regex(const char *regex)
{
	igt_kmsg("<6>[IGT] add ignored dmesg regex: %s\n", regex);
}

void igt_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
}

void igt_debug(const char *format, ...)
{
	va_list args;

	if (!igt.debug)
		return;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
}

void igt_exit(void)
{
	int code = IGT_EXIT_SKIP;

	if (igt.mode != MODE_RUN)
		exit(IGT_EXIT_SUCCESS);
	if (igt.any && !igt.matched) {
		fprintf(stderr, "%s: no subtest fits '%s': see --list-subtests\n", igt.program,
			igt.pattern);
		exit(IGT_EXIT_INVALID);
	}
	if (igt.failed)
		code = IGT_EXIT_FAILURE;
	else if (igt.passed)
		code = IGT_EXIT_SUCCESS;
	igt_kmsg("<5>[IGT] %s: exiting, ret=%d\n", igt.program, code);
	exit(code);
}
