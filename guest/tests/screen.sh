# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Sourced by tests that look at a guest's display, as QEMU's screendump shows it.
# Guest and test go step by step: the guest does something and says so in a file
# of the shared directory, the test looks and lets it go on.

. "$(dirname "${BASH_SOURCE[0]}")/monitor.sh"

screen_share=$TEST_DIR/share
screen_socket=$TEST_DIR/qmp
# How long the monitor may take is another test's question.
monitor_limit=30000

# For the guest: step NAME waits until the test has seen that step.
# shellcheck disable=SC2034,SC2016 # the tests put it before their script
screen_guest='
	step() {
		touch "/mnt/share/at.$1"
		for i in $(seq $((1200 * VGPU_PV_SLOW))); do
			[ ! -e "/mnt/share/seen.$1" ] || return 0
			sleep 0.1
		done
		echo "step $1 was not seen in $((120 * VGPU_PV_SLOW)) seconds"
		return 1
	}
	until_there() {
		for i in $(seq $((600 * VGPU_PV_SLOW))); do
			[ ! -e "$1" ] || return 0
			sleep 0.1
		done
		echo "$1 did not come in $((60 * VGPU_PV_SLOW)) seconds"
		return 1
	}
'

# screen_start NAME SCRIPT [QEMU-ARGUMENT...]: boots a guest; sets vm.  Its device
# is the usual one unless an argument is one.
screen_start() {
	local name=$1 script=$2 args=() arg
	shift 2
	[[ $* != *vgpu-pv* ]] || args=(--gpu-device none)
	mkdir -p "$screen_share"
	gcc -O2 -Wall -Wextra -Werror -o "$TEST_DIR/box" "$tests/box.c"
	for arg in -qmp "unix:$screen_socket,server=on,wait=off" "$@"; do
		args+=(--qemu-arg "$arg")
	done
	"$VM" --name "$name" --share "$screen_share" "${args[@]}" -- \
		sh -uec "$screen_guest$script" &
	# shellcheck disable=SC2034 # the test waits for it
	vm=$!
}

# screen_box BACKGROUND: what box says of the display now, in the array box; of another
# head with more arguments of screendump in screen_head.
screen_head=''
screen_box() {
	monitor "$screen_socket" "{\"execute\":\"screendump\",\"arguments\":{\"filename\":\"$TEST_DIR/shot.png\",\"format\":\"png\"$screen_head}}" >/dev/null
	# Not as PPM: QEMU fills its lines up to whole words.
	pngtopnm "$TEST_DIR/shot.png" >"$TEST_DIR/shot.ppm"
	read -r -a box < <("$TEST_DIR/box" "$TEST_DIR/shot.ppm" "$1")
}

# screen_shows BACKGROUND TEST: until the test, an arithmetic one with x, y, w, h,
# red, green and blue in it, is true; a display without anything has w = 0.  What
# it saw is then in the array screen_found.
screen_shows() {
	local background=$1 tries x y w h red green blue box
	shift
	for ((tries = 0; tries < 200 * ${VGPU_PV_SLOW:-1}; tries++)); do
		screen_box "$background"
		[ "${box[0]}" != none ] || box=(0 0 0 0 0 0 0)
		# shellcheck disable=SC2034 # the test names them
		x=${box[0]} y=${box[1]} w=${box[2]} h=${box[3]} red=${box[4]} green=${box[5]} blue=${box[6]}
		if (($*)); then
			echo "$*: ${box[*]}"
			# shellcheck disable=SC2034 # the test goes on from there
			screen_found=("${box[@]}")
			return
		fi
		sleep 0.2
	done
	echo "the display does not show $*, but ${box[*]} (x y w h red green blue)"
	return 1
}

# screen_at STEP: until the guest is there.
screen_at() {
	wait_for 120 screen_at_or_ended "$1"
	[ -e "$screen_share/at.$1" ] || { echo "the guest ended ahead of step $1"; return 1; }
}
screen_at_or_ended() {
	[ -e "$screen_share/at.$1" ] || ended "$vm"
}

# screen_seen STEP: the guest goes on.
screen_seen() {
	touch "$screen_share/seen.$1"
}
