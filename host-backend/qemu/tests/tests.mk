# SPDX-License-Identifier: MIT
#
# Included by ../../Makefile: the tests of QEMU's device, which need the QEMU that
# `build` makes, and so are a suite of their own, check-qemu.

qemu-cppflags := -Itests/front-end
qemu-vm-objs := qemu/tests/vm.o qemu/tests/qtest.o qemu/tests/pci.o \
	qemu/tests/msix.o qemu/tests/virtio.o
qemu-tests := test-qemu-device test-qemu-display test-qemu-rings \
	test-qemu-viewer test-qemu-errors test-qemu-pci test-qemu-machines test-qemu-hostile
$(foreach t,$(qemu-tests),\
	$(eval $(t)-objs := qemu/tests/$(t:test-qemu-%=test-%).o $(qemu-vm-objs)) \
	$(eval $(t)-libs := -lcmocka))
test-qemu-display-objs += qemu/tests/edid.o
test-qemu-viewer-objs += qemu/tests/edid.o qemu/tests/vnc.o
