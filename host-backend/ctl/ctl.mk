# SPDX-License-Identifier: MIT
#
# Included by ../Makefile: the operator's tool, and its tests beside it.

programs += vgpu-pvctl
vgpu-pvctl-objs := ctl/main.o ctl/command.o ctl/link.o ctl/table.o
vgpu-pvctl-libs := -ljansson

ctl-cppflags := -Ictl -Ibroker/tests
test-programs += test-ctl
test-ctl-objs := ctl/tests/test-ctl.o broker/tests/harness.o ctl/table.o
test-ctl-libs := -lcmocka -ljansson
