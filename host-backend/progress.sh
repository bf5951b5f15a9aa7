# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Sourced by the scripts that take long.  progress_run shows one line a step
# with its elapsed time and keeps the step's own output in a log, because that
# output is only worth a screen when the step fails.

progress_start=$SECONDS

progress_elapsed() {
	local seconds=$((SECONDS - progress_start))

	printf '%d:%02d' $((seconds / 60)) $((seconds % 60))
}

progress_note() {
	printf '[%s] %s\n' "$(progress_elapsed)" "$*" >&2
}

# progress_run TITLE LOG COMMAND...: the command's output goes to LOG.
progress_run() {
	local title=$1 log=$2 begin=$SECONDS pid status=0 shown=0
	shift 2
	mkdir -p "$(dirname "$log")"
	"$@" </dev/null >"$log" 2>&1 &
	pid=$!
	[ -t 2 ] || progress_note "$title"
	while kill -0 "$pid" 2>/dev/null; do
		if [ -t 2 ]; then
			printf '\r[%s] %s: %d s ' "$(progress_elapsed)" "$title" $((SECONDS - begin)) >&2
		elif ((SECONDS - begin >= shown + 30)); then
			shown=$((SECONDS - begin))
			progress_note "$title: $shown s"
		fi
		sleep 0.2
	done
	wait "$pid" || status=$?
	[ ! -t 2 ] || printf '\r' >&2
	if [ "$status" -ne 0 ]; then
		progress_note "$title: failed after $((SECONDS - begin)) s, status $status; the end of $log:"
		tail -n 30 "$log" | sed 's/^/    /' >&2
		return "$status"
	fi
	progress_note "$title: done in $((SECONDS - begin)) s"
}
