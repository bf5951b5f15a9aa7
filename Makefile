# SPDX-License-Identifier: MIT
#
# The one Makefile a person calls.  It knows the parts and their order; how a
# part is built is in the part.  Everything built lies in build/, what is
# expensive and does not depend on this tree in the cache (see README.md).

PREFIX ?= /usr/local
DESTDIR ?=
JOBS ?= $(shell nproc)

ifneq ($(wildcard .config),)
include .config
else
CONFIG_DRM_VGPU_PV := m
CONFIG_VGPU_PV_QEMU := y
CONFIG_VGPU_PV_GUEST := y
CONFIG_VGPU_PV_IGT_TESTS := y
CONFIG_VGPU_PV_SECCOMP := y
CONFIG_VGPU_PV_SANITIZE := y
endif

HOST_MAKE = $(MAKE) -C host-backend -j$(JOBS) \
	CONFIG_VGPU_PV_SECCOMP=$(CONFIG_VGPU_PV_SECCOMP) \
	CONFIG_VGPU_PV_SANITIZE=$(CONFIG_VGPU_PV_SANITIZE) \
	PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)

parts := host
suites := \
	scripts=host-backend/check-scripts \
	spec='$(MAKE) -s -C virtio-spec check' \
	labels=virtio-spec/check-spec \
	host='$(HOST_MAKE) check' \
	piglit=host-backend/piglit/check \
	fuzz='$(HOST_MAKE) fuzz FUZZ_SECONDS=10'
ifeq ($(CONFIG_VGPU_PV_QEMU),y)
parts += qemu
qemu_suites := qemu='$(HOST_MAKE) check-qemu'
endif
ifeq ($(CONFIG_VGPU_PV_GUEST),y)
parts += guest-image
ifneq ($(CONFIG_DRM_VGPU_PV),)
guest_suites += static=guest/kernels/check-static
endif
guest_suites += guest=guest/tests/run
ifeq ($(CONFIG_VGPU_PV_IGT_TESTS),y)
guest_suites += igt='mkdir -p build/check/igt && guest/vm --name igt --share build/check/igt \
	--gpu-device none --qemu-arg -device \
	--qemu-arg vgpu-pv,max-outputs=4,output1=1024x768,output2=1237x771,output3=640x480 \
	-- /usr/libexec/vgpu-pv/igt/run --results /mnt/share/results'
endif
endif

.PHONY: help all deps host qemu guest-image module demo check check-host check-qemu \
	check-guest check-spec check-kernels check-debug \
	fuzz soak piglit programs bench-native bench-latency bench-guest defconfig oldconfig \
	menuconfig install clean distclean

help:
	@echo 'make demo         two virtual machines draw on one GPU; report in build/demo/'
	@echo 'make check        every test; closes with "N passed, N failed, N skipped"'
	@echo 'make check-host   the tests without a virtual machine'
	@echo "make check-qemu   the tests of QEMU's device, with a guest played by the test"
	@echo 'make check-guest  the tests in virtual machines'
	@echo 'make check-spec   the requirements of the chapter, each with its tests'
	@echo "make check-kernels  the driver with other kernels: Debian's oldest and newest"
	@echo 'make check-debug  the driver under KASAN, lockdep and the like; builds a kernel'
	@echo "make fuzz         libFuzzer on the guests' commands; FUZZ_SECONDS=600"
	@echo 'make soak         30 minutes of clients that come and go; is memory flat?'
	@echo "make piglit       3480 of piglit's tests over the bridge; none may be worse"
	@echo 'make programs     games over the bridge; pictures in build/bench/programs/'
	@echo 'make bench-native  the bridge, virgl_test_server and no server at all: how fast?'
	@echo 'make bench-latency  how long does a program wait, beside virgl_test_server?'
	@echo "make bench-guest  a guest on vgpu-pv, and on QEMU's virtio-gpu-gl: which is faster?"
	@echo 'make all          everything that .config names: host, qemu, guest-image'
	@echo 'make host         broker, worker and tool'
	@echo 'make qemu         QEMU with the vgpu-pv device'
	@echo 'make guest-image  the guest image of guest/vm, with driver and tests'
	@echo "make module       the driver alone, for this machine's running kernel"
	@echo 'make deps         install the Debian packages that all this needs'
	@echo 'make menuconfig   choose the build options (.config)'
	@echo 'make defconfig    the default build options'
	@echo 'make oldconfig    ask for the options that .config lacks'
	@echo 'make install      install the host programs ($$DESTDIR$$PREFIX, PREFIX=/usr/local)'
	@echo 'make clean        remove build/'
	@echo 'make distclean    remove build/ and .config'

all: $(parts)

deps:
	@host-backend/install-deps

host: deps
	$(HOST_MAKE) all

qemu: deps
	host-backend/qemu/build

guest-image: deps
	guest/image/build

module:
	$(MAKE) -C /lib/modules/$(shell uname -r)/build M=$(CURDIR)/guest modules

demo:
	@guest/demo

check: all
	@host-backend/suites $(suites) $(qemu_suites) $(guest_suites)

check-host: host
	@host-backend/suites $(suites)

check-qemu: host qemu
	@host-backend/suites $(qemu_suites)

check-guest: all
	@host-backend/suites $(guest_suites)

check-spec:
	@virtio-spec/check-spec

check-kernels: all
	@guest/kernels/check

check-debug: all
	@guest/kernels/check-debug

fuzz: deps
	$(HOST_MAKE) fuzz

soak: all
	@guest/soak

piglit: host
	@host-backend/apart host-backend/piglit/run

programs: host
	@host-backend/apart host-backend/bench/programs

bench-native: host
	@host-backend/bench/native

bench-latency: host
	$(HOST_MAKE) bench
	@host-backend/bench/latency

# Only it has use for that QEMU.
bench-guest: all
	host-backend/install-deps --bench
	host-backend/qemu/build --gl
	@host-backend/bench/guest

defconfig: deps
	kconfig-conf --alldefconfig Kconfig

oldconfig: deps
	kconfig-conf --oldconfig Kconfig

menuconfig: deps
	kconfig-mconf Kconfig

install:
	$(HOST_MAKE) install

clean:
	rm -rf build

distclean: clean
	rm -f .config .config.old
