# SPDX-License-Identifier: MIT
#
# Each case's speed over the native one, with 95% intervals; `input` is native.awk's
# summary.
set terminal svg size 1000, 520 background rgb "white"
set datafile separator "\t"
set title "speed over native EGL (llvmpipe), 95% intervals"
set style data histogram
set style histogram errorbars gap 1.5 lw 1.2
set style fill solid 0.6 border -1
set yrange [0:*]
set grid ytics
set xtics rotate by -35 noenhanced
set key top right
plot input using 10:11:12:xtic(1) title "virgl\\_test\\_server" lc rgb "#8899aa", \
	input using 13:14:15 title "vgpu-pv-bridge" lc rgb "#dd7733"
