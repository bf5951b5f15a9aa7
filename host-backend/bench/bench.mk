# SPDX-License-Identifier: MIT
#
# Included by ../Makefile: the benchmarks' own programs, which no test needs.

bench-programs += bench-latency
bench-latency-objs = bench/latency.o bench/vtest.o $(front-end-parts) $(worker-parts:%=worker/%.o)
bench-latency-libs = -ljansson $(vgpu-pv-worker-libs)
bench-cppflags := -Ibridge -Iworker -Itests/front-end
