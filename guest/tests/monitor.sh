# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Sourced by tests that stop and reset machines: their tools and QEMU's monitor.

tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# busy_build: puts the program busy into $TEST_DIR.
busy_build() {
	gcc -O2 -Wall -Wextra -Werror -o "$TEST_DIR/busy" "$tests/busy.c"
}

# wait_for SECONDS COMMAND...: until the command succeeds; longer where VGPU_PV_SLOW says so.
wait_for() {
	local tries=$(($1 * 10 * ${VGPU_PV_SLOW:-1}))
	shift
	for (( ; tries > 0; tries--)); do
		"$@" && return
		sleep 0.1
	done
	echo "this did not come true: $*"
	return 1
}

# ended PID: whether that process is gone.
ended() {
	! kill -0 "$1" 2>/dev/null
}

# worker_of NAME: the process id of the worker of that machine.
worker_of() {
	pgrep -f "vgpu-pv-worker .*--name $1( |\$)"
}

# monitor SOCKET JSON...: each command is answered with no error, and within
# monitor_limit milliseconds: a second, and what a busy machine may add.
monitor_limit=5000
monitor() {
	local socket=$1 command line begin took in out pid
	shift
	coproc QMP { exec socat - "UNIX-CONNECT:$socket"; }
	pid=$QMP_PID out=${QMP[0]} in=${QMP[1]}
	read -r -t 5 -u "$out" line || { echo "$socket: no greeting"; return 1; }
	for command in '{"execute":"qmp_capabilities"}' "$@"; do
		begin=${EPOCHREALTIME/./}
		echo "$command" >&"$in"
		while true; do
			read -r -t 30 -u "$out" line || { echo "$command: no answer in 30 s"; return 1; }
			[[ $line != '{"return"'* && $line != '{"error"'* ]] || break
		done
		took=$(((${EPOCHREALTIME/./} - begin) / 1000))
		echo "$command: $took ms"
		[[ $line != '{"error"'* ]] || { echo "$command: $line"; return 1; }
		[ "$took" -lt "$monitor_limit" ] || { echo "$command took $took ms"; return 1; }
	done
	kill "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
}
