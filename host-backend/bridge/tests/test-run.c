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

/* a command until it succeeds, but not for ever */
static const char await[] =
	"n=0; until \"$@\"; do n=$((n + 1)); "
	"[ $n -lt 600 ] || { echo \"in vain: $*\"; exit 1; }; sleep 0.05; done\n";

/*
 * Runs words for a shell, with $bridge, $scenes, $dir and $await; its
 * exit status and what it says.
 */
static int shell(const struct harness *h, char **text, const char *words)
{
	const char *argv[] = { "/bin/sh", "-c", words, NULL };
	char scenes[4096];

	snprintf(scenes, sizeof(scenes), "%s", harness_program("scenes/scenes"));
	setenv("scenes", scenes, 1);
	setenv("bridge", harness_program("vgpu-pv-bridge"), 1);
	setenv("dir", h->dir, 1);
	setenv("await", await, 1);
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

static void expect_text(const struct harness *h, int status, const char *part, const char *words)
{
	char *text;
	int got = shell(h, &text, words);

	if (got != status || !strstr(text, part))
		fail_msg("'%s': status %d, which should be %d, or no '%s' in: %s", words, got, status,
			 part, text);
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
		"$scenes --only $s --out $dir/bridge --require virgl & all=\"$all $!\"; done; "
		"for p in $all; do wait $p || exit; done'";
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
			    "--require virgl & all=\"$all $!\"; done; for p in $all; do wait $p || exit; "
			    "done' || exit; for s in triangles scissor; do "
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
			    "'test \"$GALLIUM_DRIVER\" = virpipe && test -S \"$VTEST_SOCKET_NAME\"'");
}

static void older_mesa_finds_the_gpu(void **state)
{
	struct harness *h = *state;
	char *text;
	int can = !shell(h, &text, "unshare -m true || unshare -Urm true");

	free(text);
	if (!can)
		skip();
	expect_status(h, 0, "$bridge run --broker $dir/none -- test -S /tmp/.virgl_test");
}

/* nohup's, for one */
static void a_signal_that_is_ignored_stays_so(void **state)
{
	struct harness *h = *state;

	expect_status(h, 3, "trap '' HUP; $bridge run --broker $dir/none -- "
			    "sh -c 'kill -HUP $$; exit 3'");
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

	expect_text(h, 0, "Usage: vgpu-pv-bridge", "$bridge --help");
	expect_text(h, 125, "run needs a program", "$bridge run --share");
	expect_text(h, 125, "see vgpu-pv-bridge --help", "$bridge run --no-such");
	expect_text(h, 125, "run makes a socket of its own", "$bridge run --socket /x true");
	expect_text(h, 1, "'draw' is not a command", "$bridge draw");
	expect_text(h, 0, "no vgpu-pvd is serving",
		    "$bridge --broker $dir/none --share --socket $dir/s & "
		    "sh -c \"$await\" sh test -S $dir/s || exit; "
		    "socat -u UNIX-CONNECT:$dir/s -; kill $!; wait $! && ! test -e $dir/s");
}

/* the process of one program may be ended: the service goes on, with its socket */
static void the_socket_is_the_services(void **state)
{
	struct harness *h = *state;
	char broker[16];

	harness_start(h, NULL);
	setenv("socket", h->socket, 1);
	snprintf(broker, sizeof(broker), "%d", h->broker);
	setenv("broker", broker, 1);
	/* once it has a worker, it is a process of its own in all */
	expect_status(h, 0, "$bridge --broker $socket --socket $dir/s & b=$!; "
			    "sh -c \"$await\" sh test -S $dir/s || exit; "
			    "socat -u UNIX-CONNECT:$dir/s - & "
			    "sh -c \"$await\" sh pgrep -P $broker || exit; kill $(pgrep -P $b) || exit; "
			    "wait $!; sh -c \"$await\" sh sh -c \"! pgrep -P $b\" || exit; "
			    "test -S $dir/s || exit; kill $b; wait $b && ! test -e $dir/s");
}

/* without descriptors nobody is served; with some again, whoever still waits is */
static void accepting_goes_on_after_an_error(void **state)
{
	struct harness *h = *state;

	expect_status(h, 0, "$bridge --broker $dir/none --share --socket $dir/s 2>$dir/log & "
			    "b=$!; sh -c \"$await\" sh test -S $dir/s || exit; "
			    "prlimit --pid $b --nofile=5: || exit; socat -u UNIX-CONNECT:$dir/s - & "
			    "sh -c \"$await\" sh grep 'served: Too many open files' $dir/log && "
			    "prlimit --pid $b --nofile=64: && "
			    "sh -c \"$await\" sh grep 'no vgpu-pvd is serving' $dir/log && "
			    "wait $! && kill $b && wait $b");
}

/* and the next program has a GPU again */
static void a_lost_worker_is_replaced(void **state)
{
	struct harness *h = *state;

	expect_status(h, 0, "$bridge run --broker $dir/none --share -- sh -c '"
			    "$scenes --only triangles --out $dir/before --require virgl || exit; "
			    "kill -9 $(pgrep -P $(pgrep -P $PPID -x vgpu-pvd)) || exit; "
			    "sh -c \"$await\" sh grep -q \"worker of .* is gone\" $dir/log || exit; "
			    "$scenes --only triangles --out $dir/after --require virgl' 2>$dir/log || "
			    "{ s=$?; cat $dir/log; exit $s; }; "
			    "$scenes --compare $dir/before $dir/after --tolerance 0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		harness_test(what_is_drawn_is_what_llvmpipe_draws),
		harness_test(programs_share_a_gpu),
		harness_test(the_programs_status_is_returned),
		harness_test(older_mesa_finds_the_gpu),
		harness_test(a_signal_that_is_ignored_stays_so),
		harness_test(a_signal_reaches_the_program),
		harness_test(the_gpu_outlasts_an_interrupt),
		harness_test(wrong_usage_says_so),
		harness_test(the_socket_is_the_services),
		harness_test(accepting_goes_on_after_an_error),
		harness_test(a_lost_worker_is_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
