# SPDX-License-Identifier: MIT
#
# Included by ../Makefile: the front end that plays QEMU and guest, and the tests of common/

front-end-objs := tests/front-end/front_end.o tests/front-end/rings.o tests/front-end/guest.o
tests-cppflags := -Itests/front-end -Iworker

test-programs += test-common
test-common-objs := tests/test-common.o
test-common-libs := -lcmocka
