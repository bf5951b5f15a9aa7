# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Sourced by the benchmarks and what is like them: their packages, a display,
# virgl_test_server, and what a group of processes used of the CPU.  A cgroup
# counts that, and not rusage, because it must hold what daemons use while they
# still run.  Version 2 counts it without a controller, so that it serves where
# the controllers are version 1's.

bench_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bench_root=$(cd "$bench_here/../.." && pwd)
# shellcheck source=../progress.sh
. "$bench_here/../progress.sh"

bench_die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

# bench_begin NAME: its packages, and its folder for logs as bench_dir.
bench_begin() {
	bench_dir=$bench_root/build/bench/$1
	"$bench_here/../install-deps" --bench
	rm -rf "$bench_dir"
	mkdir -p "$bench_dir"
}

# bench_display [DIRECTORY]: an X server of our own as DISPLAY, ended by bench_end; its
# log is in the directory.
bench_xvfb=()
bench_display() {
	local number dir=${1:-$bench_dir}
	mkfifo "$dir/display"
	Xvfb -displayfd 3 -noreset -screen 0 1280x1024x24 -nolisten tcp \
		3>"$dir/display" >"$dir/xvfb.log" 2>&1 &
	bench_xvfb+=($!)
	read -r -t 60 number <"$dir/display" || bench_die "Xvfb does not start: $dir/xvfb.log"
	export DISPLAY=:$number
}

# bench_vtest COMMAND...: one program through a virgl_test_server of its own.  This
# Mesa knows only /tmp/.virgl_test for it, so that a private mount puts its socket there.
bench_vtest() {
	local socket=$bench_dir/vtest.sock server status=0 i
	rm -f "$socket"
	virgl_test_server --use-egl-surfaceless --socket-path="$socket" \
		>"$bench_dir/virgl_test_server.log" 2>&1 &
	server=$!
	for ((i = 0; i < 600; i++)); do
		[ ! -S "$socket" ] || break
		sleep 0.05
	done
	# shellcheck disable=SC2016 # the inner shell's
	GALLIUM_DRIVER=virpipe VTEST_SOCKET_NAME=$socket unshare -m sh -c '
		touch /tmp/.virgl_test && mount --bind "$VTEST_SOCKET_NAME" /tmp/.virgl_test && exec "$@"' \
		sh "$@" || status=$?
	kill "$server"
	wait "$server" || true
	return "$status"
}

bench_cgroup() {
	local mounted
	mounted=$(findmnt -nt cgroup2 -o TARGET | head -n 1)
	[ -n "$mounted" ] || bench_die "no cgroup2 is mounted, which counts CPU time: mount -t cgroup2 none DIRECTORY"
	bench_group=$(mktemp -d "$mounted/vgpu-pv-bench-XXXXXX") ||
		bench_die "no cgroup can be made in $mounted: run this as root"
}

# bench_enter: the calling process, and what it starts, is counted from now on.
bench_enter() {
	echo "$BASHPID" >"$bench_group/cgroup.procs"
}

# bench_cpu: sets bench_cpu_us, the CPU time in microseconds of all that entered.
bench_cpu() {
	# shellcheck disable=SC2034 # for the caller
	read -r _ bench_cpu_us <"$bench_group/cpu.stat"
}

bench_end() {
	local i
	[ "${#bench_xvfb[@]}" -eq 0 ] || kill "${bench_xvfb[@]}" 2>/dev/null || true
	[ -n "${bench_group-}" ] || return 0
	# what ended last may still be in it
	for ((i = 0; i < 50; i++)); do
		! rmdir "$bench_group" 2>/dev/null || return 0
		sleep 0.1
	done
	echo "${0##*/}: $bench_group stays: something still runs in it" >&2
}
trap bench_end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
