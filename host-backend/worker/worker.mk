# SPDX-License-Identifier: MIT
#
# Included by ../Makefile: the worker, and its tests beside it.

programs += vgpu-pv-worker
virgl-parts := virgl virgl_names virgl_shader virgl_table
worker-parts := aperture backing capset context egl fence format glsl guest_memory id_table jail \
	jail_filter message options queue render renderer resource resource_shape ring stats submit \
	submit_resources submit_shaders transfer vhost_user warm_up worker $(virgl-parts)
vgpu-pv-worker-objs := worker/main.o $(worker-parts:%=worker/%.o)
vgpu-pv-worker-libs := -lvirglrenderer -lepoxy
worker-cppflags := -Iworker -Itests/front-end

ifeq ($(CONFIG_VGPU_PV_SECCOMP),y)
vgpu-pv-worker-libs += -lseccomp
worker-cppflags += -DCONFIG_VGPU_PV_SECCOMP
endif

# These run the worker as a process, and need its program beside them.
worker-process-tests := test-worker-start test-worker-render test-worker-submit test-worker-rings test-worker-jail \
	test-worker-clients test-worker-place
test-programs += $(worker-process-tests)
$(foreach t,$(worker-process-tests),\
	$(eval $(t)-objs := worker/tests/$(t:test-worker-%=test-%).o $(front-end-objs)) \
	$(eval $(t)-libs := -lcmocka))

# These link what they test.
test-programs += test-ring test-memory test-message test-virgl test-shape test-id-table test-aperture test-glsl
test-ring-objs := worker/tests/test-ring.o worker/ring.o worker/guest_memory.o
test-memory-objs := worker/tests/test-memory.o worker/backing.o worker/guest_memory.o
test-virgl-objs := worker/tests/test-virgl.o $(virgl-parts:%=worker/%.o)
test-message-objs := worker/tests/test-message.o $(worker-parts:%=worker/%.o)
test-shape-objs := worker/tests/test-shape.o $(worker-parts:%=worker/%.o)
test-aperture-objs := worker/tests/test-aperture.o worker/aperture.o
test-glsl-objs := worker/tests/test-glsl.o worker/glsl.o
test-id-table-objs := worker/tests/test-id-table.o worker/id_table.o
test-ring-libs := -lcmocka
test-aperture-libs := -lcmocka
test-id-table-libs := -lcmocka
test-glsl-libs := -lcmocka -lepoxy
test-memory-libs := -lcmocka
test-virgl-libs := -lcmocka
test-message-libs := -lcmocka $(vgpu-pv-worker-libs)
test-shape-libs := -lcmocka $(vgpu-pv-worker-libs)

# The worker's sources again, for clang: its main is libFuzzer's.
fuzz-programs += fuzz-virgl
fuzz-virgl-wraps := virgl_renderer_submit_cmd fence_want fence_want_queries fence_flush fence_flush_others
fuzz-virgl-srcs := worker/tests/fuzz-virgl.c $(worker-parts:%=worker/%.c)
fuzz-virgl-libs := $(vgpu-pv-worker-libs) $(fuzz-virgl-wraps:%=-Wl,--wrap=%)
fuzz-virgl-cppflags := $(worker-cppflags)
