# SPDX-License-Identifier: MIT
#
# Included by ../Makefile: the front end that plays QEMU and guest, and the tests of common/

front-end-parts := tests/front-end/front_end.o tests/front-end/rings.o tests/front-end/guest.o
front-end-objs := $(front-end-parts) tests/front-end/failed.o
tests-cppflags := -Itests/front-end -Iworker

test-programs += test-common
test-common-objs := tests/test-common.o
test-common-libs := -lcmocka

# The conformance suite, which is for other implementations too
programs += vgpu-pv-conformance
conformance-parts := main run help sample messages order life contexts resources transfers
vgpu-pv-conformance-objs := $(conformance-parts:%=tests/conformance/%.o) $(front-end-parts)
vgpu-pv-conformance-libs := -ljansson

# and that it sees what is wrong: a worker for each requirement that it breaks
test-programs += worker-mutant test-conformance
worker-mutant-wraps := render_run scm_send guest_memory_read ring_pop ring_push ring_publish render_unwatch \
	context_destroy_all message_check message_reply capset_list capset_get context_create \
	context_destroy context_lose submit resource_create resource_destroy resource_shape_cost \
	backing_check backing_add transfer_to_host transfer_from_host
worker-mutant-objs = tests/conformance/mutants.o worker/main.o $(worker-parts:%=worker/%.o)
worker-mutant-libs = $(vgpu-pv-worker-libs) $(worker-mutant-wraps:%=-Wl,--wrap=%) -fno-lto
test-conformance-objs := tests/test-conformance.o
test-conformance-libs := -lcmocka -ljansson
