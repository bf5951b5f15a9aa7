# SPDX-License-Identifier: MIT
#
# Included by ../Makefile: the front end that plays QEMU and guest.

front-end-objs := tests/front-end/front_end.o tests/front-end/rings.o tests/front-end/guest.o
tests-cppflags := -Itests/front-end -Iworker
