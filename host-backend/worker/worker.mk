# SPDX-License-Identifier: MIT
#
# Included by ../Makefile: the worker, and its tests beside it.

programs += vgpu-pv-worker
worker-parts := aperture backing capset context decode egl fence format guest_memory id_table jail \
	message options queue render renderer resource resource_shape ring stats submit transfer \
	vhost_user worker
vgpu-pv-worker-objs := worker/main.o $(worker-parts:%=worker/%.o)
vgpu-pv-worker-libs := -lvirglrenderer -lepoxy
worker-cppflags := -Iworker -Itests/front-end

ifeq ($(CONFIG_VGPU_PV_SECCOMP),y)
vgpu-pv-worker-libs += -lseccomp
worker-cppflags += -DCONFIG_VGPU_PV_SECCOMP
endif

# These run the worker as a process, and need its program beside them.
test-programs += test-worker-render test-worker-rings
test-worker-render-objs := worker/tests/test-render.o $(front-end-objs)
test-worker-render-libs := -lcmocka
test-worker-rings-objs := worker/tests/test-rings.o $(front-end-objs)
test-worker-rings-libs := -lcmocka
