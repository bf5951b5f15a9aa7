# SPDX-License-Identifier: MIT
#
# Included by ../Makefile: the broker, and its tests beside it.

programs += vgpu-pvd
vgpu-pvd-objs := broker/main.o broker/options.o broker/config.o broker/loop.o broker/server.o \
	broker/client.o broker/request.o broker/instance.o broker/store.o broker/worker.o \
	broker/stats.o broker/daemon.o
vgpu-pvd-libs := -ljansson

# The tests run the broker as a process: they need its program, and fake-worker, beside them.
test-programs += fake-worker test-broker-request test-broker-instance test-broker-server
fake-worker-objs := broker/tests/fake-worker.o
test-broker-request-objs := broker/tests/test-request.o broker/tests/harness.o
test-broker-instance-objs := broker/tests/test-instance.o broker/tests/harness.o
test-broker-server-objs := broker/tests/test-server.o broker/tests/harness.o
test-broker-request-libs := -lcmocka -ljansson
test-broker-instance-libs := -lcmocka -ljansson
test-broker-server-libs := -lcmocka -ljansson
