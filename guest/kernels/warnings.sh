# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Sourced by what reads the logs of guests and of the driver's build.

# What a kernel says when something is wrong, its own checkers included.
# shellcheck disable=SC2034 # who sources this greps for it
kernel_warnings='WARNING:|BUG:|Oops|Call Trace|general protection fault|KASAN|UBSAN|DMA-API: .*:|ODEBUG|possible .* locking|circular locking|blocked for more than|rcu.*stall|refcount_t|new suspected memory leaks|flip_done timed out|Kernel panic'

# driver_warnings LOG: what compiler, sparse and modpost complain of.
driver_warnings() {
	grep -E ':[0-9]+: (warning|error):|WARNING: modpost' "$1"
}

# driver_sparse LOG: whether sparse read it.
driver_sparse() {
	grep -q '^ *CHECK ' "$1"
}
