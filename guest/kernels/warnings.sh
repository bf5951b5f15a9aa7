# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Sourced by the checks that read the log of the driver's build.

# driver_warnings LOG: what compiler, sparse and modpost complain of.
driver_warnings() {
	grep -E ':[0-9]+: (warning|error):|WARNING: modpost' "$1"
}

# driver_sparse LOG: whether sparse read it.
driver_sparse() {
	grep -q '^ *CHECK ' "$1"
}
