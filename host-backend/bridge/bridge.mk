# SPDX-License-Identifier: MIT
#
# Included by ../Makefile: the bridge for programs without a virtual machine.

programs += vgpu-pv-bridge
bridge-parts := broker child client command draw front_end gpu message names options range resource ring run \
	serve session
bridge-objs := $(bridge-parts:%=bridge/%.o) ctl/link.o worker/format.o worker/id_table.o \
	$(virgl-parts:%=worker/%.o)
vgpu-pv-bridge-objs := bridge/main.o $(bridge-objs)
vgpu-pv-bridge-libs := -ljansson
bridge-cppflags := -Ibridge -Ictl -Iworker

comma := ,

# These link what they test, with a GPU that is pretended.
test-programs += test-bridge-client test-bridge-draw test-bridge-ring test-bridge-run
$(foreach t,client draw,\
	$(eval test-bridge-$(t)-objs := bridge/tests/test-$(t).o bridge/tests/pretend.o $(bridge-objs)) \
	$(eval test-bridge-$(t)-libs := -lcmocka -ljansson -Wl$(comma)--wrap=log_printf -fno-lto))
test-bridge-ring-objs := bridge/tests/test-ring.o bridge/ring.o bridge/range.o
test-bridge-ring-libs := -lcmocka

# This one runs programs that draw, with a broker, workers and the bridge beside them.
test-bridge-run-objs := bridge/tests/test-run.o broker/tests/harness.o
test-bridge-run-libs := -lcmocka -ljansson
bridge-cppflags += -Ibroker/tests

tests: $(O)/scenes/scenes
.PHONY: $(O)/scenes/scenes
$(O)/scenes/scenes:
	$(Q)$(MAKE) -s -C ../guest/tests/scenes O=$(@D)
