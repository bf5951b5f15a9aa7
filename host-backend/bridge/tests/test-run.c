// SPDX-License-Identifier: MIT
/*
 * The whole way: programs that draw, the bridge, a broker and workers.  What they
 * draw is held against what the host's llvmpipe draws by itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

/* Runs words for a shell, with $bridge, $scenes and $dir; its exit status and what it says. */
static int shell(const struct harness *h, char **text, const char *words)
{
	const char *argv[] = { "/bin/sh", "-c", words, NULL };
	char scenes[4096];

	snprintf(scenes, sizeof(scenes), "%s", harness_program("scenes/scenes"));
	setenv("scenes", scenes, 1);
	setenv("bridge", harness_program("vgpu-pv-bridge"), 1);
	setenv("dir", h->dir, 1);
	return harness_run(text, argv);
}

static void expect_status(const struct harness *h, int status, const char *words)
{
	char *text;
	int got = shell(h, &text, words);

	if (got != status)
		fail_msg("'%s': status %d, not %d; it says: %s", words, got, status, text);
	free(text);
}

static void expect_text(const struct harness *h, const char *part, const char *words)
{
	char *text;

	shell(h, &text, words);
	if (!strstr(text, part))
		fail_msg("'%s': no '%s' in: %s", words, part, text);
	free(text);
}

/*
 * Textures and their read-back, queries and a picture with depth, by four programs at
 * once, each with a GPU of its own: through the rings, the worker and the renderer,
 * from nothing but this one command.
 */
static void what_is_drawn_is_what_llvmpipe_draws(void **state)
{
	static const char native[] =
		"for s in cube texture-formats readback queries; do LIBGL_ALWAYS_SOFTWARE=1 "
		"EGL_PLATFORM=surfaceless $scenes --only $s --out $dir/native --require llvmpipe || exit; done";
	static const char bridged[] =
		"$bridge run --broker $dir/none -- sh -c 'for s in cube texture-formats readback queries; do "
		"$scenes --only $s --out $dir/bridge --require virgl & done; wait'";
	struct harness *h = *state;

	expect_status(h, 0, native);
	expect_status(h, 0, bridged);
	expect_status(h, 0, "$scenes --compare $dir/native $dir/bridge --tolerance 1");
}

/* at once, and both name their resources alike */
static void programs_share_a_gpu(void **state)
{
	struct harness *h = *state;

	expect_status(h, 0, "$bridge run --broker $dir/none --share -- sh -c "
			    "'for s in triangles scissor; do $scenes --only $s --out $dir/shared "
			    "--require virgl & done; wait'; for s in triangles scissor; do "
			    "LIBGL_ALWAYS_SOFTWARE=1 EGL_PLATFORM=surfaceless $scenes --only $s --out $dir/alone; "
			    "done; $scenes --compare $dir/alone $dir/shared --tolerance 1");
}

static void the_programs_status_is_returned(void **state)
{
	struct harness *h = *state;

	expect_status(h, 7, "$bridge run --broker $dir/none -- sh -c 'exit 7'");
	expect_status(h, 137, "$bridge run --broker $dir/none -- sh -c 'kill -9 $$'");
	expect_status(h, 127, "$bridge run --broker $dir/none -- $dir/no-such-program");
	expect_status(h, 126, "$bridge run --broker $dir/none -- $dir");
	expect_status(h, 0, "$bridge run --broker $dir/none -- sh -c "
			    "'test -S /tmp/.virgl_test && test \"$GALLIUM_DRIVER\" = virpipe && "
			    "test -S \"$VTEST_SOCKET_NAME\"'");
}

/* a signal that is sent to the bridge reaches the program */
static void a_signal_reaches_the_program(void **state)
{
	struct harness *h = *state;

	expect_status(h, 5, "$bridge run --broker $dir/none -- sh -c "
			    "'trap \"exit 5\" TERM; kill -TERM $PPID; while :; do sleep 0.1; done'");
}

/* one from the terminal goes to all of its group: the GPU outlasts it */
static void the_gpu_outlasts_an_interrupt(void **state)
{
	struct harness *h = *state;

	expect_status(h, 0, "setsid --wait $bridge run --broker $dir/none -- sh -c "
			    "'trap : INT; kill -INT 0; $scenes --only triangles --out $dir/late "
			    "--require virgl'");
}

static void wrong_usage_says_so(void **state)
{
	struct harness *h = *state;

	expect_text(h, "Usage: vgpu-pv-bridge", "$bridge --help");
	expect_text(h, "run needs a program", "$bridge run --share");
	expect_text(h, "run makes a socket of its own", "$bridge run --socket /x true");
	expect_text(h, "'draw' is not a command", "$bridge draw");
	expect_text(h, "no vgpu-pvd is serving", "$bridge --broker $dir/none --share --socket $dir/s & "
		       "until test -S $dir/s; do sleep 0.05; done; "
		       "socat -u UNIX-CONNECT:$dir/s -; kill $!; wait; ! test -e $dir/s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		harness_test(what_is_drawn_is_what_llvmpipe_draws),
		harness_test(programs_share_a_gpu),
		harness_test(the_programs_status_is_returned),
		harness_test(a_signal_reaches_the_program),
		harness_test(the_gpu_outlasts_an_interrupt),
		harness_test(wrong_usage_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
