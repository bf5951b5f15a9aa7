# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Sourced by guest/vm and guest/demo.  QEMU's device joins this machine's one
# broker.  Where none serves, the first virtual machine starts one and the last
# one ends it: each holds a shared lock on the users' file as long as it runs,
# so the kernel counts them, those that were killed too.

broker_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
broker_program=$broker_top/build/host/vgpu-pvd
broker_dir=/run/vgpu-pv
broker_socket=$broker_dir/vgpu-pvd.sock
broker_own_pid_file=$broker_dir/vgpu-pvd.pid
# The same where broker_use started it, so that no other broker is ever ended.
broker_pid_file=$broker_dir/vm-broker.pid
broker_log=${VGPU_PV_VM_LOGS:-$broker_top/build/guest/log}/vgpu-pvd.log

# Held while a broker is started or ended; a signal may find it held already.
broker_lock=''

broker_lock_take() {
	[ -n "$broker_lock" ] || exec {broker_lock}>"$broker_dir/vm-broker.lock"
	flock -w 60 "$broker_lock" || {
		echo "$broker_dir/vm-broker.lock has been held for a minute; see lslocks" >&2
		return 1
	}
}

broker_lock_drop() {
	exec {broker_lock}>&-
	broker_lock=''
}

broker_serves() {
	[ -S "$broker_socket" ] && timeout 5 "$broker_top/build/host/vgpu-pvctl" list >/dev/null 2>&1
}

# Whether the broker is one that broker_use started; sets broker_pid.
broker_ours() {
	broker_pid=$(cat "$broker_pid_file" 2>/dev/null) && [ -n "$broker_pid" ] &&
		[ "$(cat "/proc/$broker_pid/comm" 2>/dev/null)" = vgpu-pvd ]
}

broker_use() {
	mkdir -p "$broker_dir" "$(dirname "$broker_log")" 2>/dev/null || true
	if [ ! -w "$broker_dir" ]; then
		broker_serves && return
		echo "no broker serves $broker_socket, and starting one needs root: start vgpu-pvd" >&2
		return 1
	fi
	exec {broker_users}>"$broker_dir/vm-users.lock"
	broker_lock_take || return
	flock -s "$broker_users"
	if ! broker_serves; then
		if [ ! -x "$broker_program" ]; then
			echo "no broker serves $broker_socket and $broker_program is not built; run make host" >&2
			return 1
		fi
		# With --daemon it is no child of this shell, which may so wait for all
		# of its own, and it serves when the command is over.
		if ! "$broker_program" --daemon </dev/null >"$broker_log" 2>&1 \
			{broker_lock}>&- {broker_users}>&-; then
			echo "the broker did not start; the end of $broker_log:" >&2
			tail -n 5 "$broker_log" >&2
			return 1
		fi
		cp "$broker_own_pid_file" "$broker_pid_file"
	fi
	broker_lock_drop
}

broker_release() {
	local tries

	[ -n "${broker_users-}" ] || return 0
	broker_lock_take || return
	flock -u "$broker_users"
	if flock -n -x "$broker_users" && broker_ours; then
		kill "$broker_pid"
		for ((tries = 0; tries < 100; tries++)); do
			[ -e "/proc/$broker_pid" ] || break
			sleep 0.02
		done
		rm -f "$broker_pid_file"
	fi
	broker_lock_drop
	exec {broker_users}>&-
	broker_users=
}
