# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Sourced by scripts that a build option concerns.  Without a .config every
# option is on, as its default in Kconfig.

config_file=$(dirname "${BASH_SOURCE[0]}")/../.config

# config_on NAME: whether the option CONFIG_NAME is y or m.
config_on() {
	[ ! -e "$config_file" ] || grep -q "^CONFIG_$1=[ym]$" "$config_file"
}
