# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Sourced by the benchmarks: their packages, a display, and what a group of
# processes used of the CPU.  A cgroup counts that, and not rusage, because it
# must hold what daemons use while they still run.  Version 2 counts it without
# a controller, so that it serves where the controllers are version 1's.

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
	Xvfb -displayfd 3 -screen 0 1280x1024x24 -nolisten tcp \
		3>"$dir/display" >"$dir/xvfb.log" 2>&1 &
	bench_xvfb+=($!)
	read -r -t 60 number <"$dir/display" || bench_die "Xvfb does not start: $dir/xvfb.log"
	export DISPLAY=:$number
}

bench_cgroup() {
	local mounted
	mounted=$(findmnt -nt cgroup2 -o TARGET | head -n 1)
	[ -n "$mounted" ] || bench_die "no cgroup2 is mounted, which counts CPU time: mount -t cgroup2 none DIRECTORY"
	bench_group=$mounted/vgpu-pv-bench-$$
	mkdir "$bench_group" || bench_die "$bench_group cannot be made: run this as root"
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
	[ "${#bench_xvfb[@]}" -eq 0 ] || kill "${bench_xvfb[@]}" 2>/dev/null || true
	[ -z "${bench_group-}" ] || rmdir "$bench_group" 2>/dev/null || true
}
trap bench_end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
