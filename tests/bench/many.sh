#!/bin/bash
# SPDX-License-Identifier: MIT
# What many VIFs cost in one job. "make bench" builds the program. Nothing here passes or fails by a
# time. The cost of a VIF in jobs of 1 to 4096 is drawn, too: build/bench/many.svg, by gnuplot.
set -u
BUILD=${BUILD:-build}
many=$BUILD/bench/many
data=$BUILD/bench/many.dat

printf '\nmany VIFs at once; %s CPUs, load %s\n' "$(nproc)" "$(cut -d' ' -f1-2 /proc/loadavg)"
for command in ports hybrid bridges loop memory "scale $data"; do
    # shellcheck disable=SC2086
    "$many" $command || exit 1
done
command -v gnuplot >/dev/null || { echo "no gnuplot: nothing drawn"; exit 0; }
gnuplot <<END
set terminal svg size 800,500 background "white"
set output "$BUILD/bench/many.svg"
set logscale xy
set xlabel "VIFs in one job"
set ylabel "microseconds a VIF"
set key outside
set grid
plot "$data" index 0 using 1:2 with linespoints title "port, committed: plug", \
     "" index 0 using 1:3 with linespoints title "of it vif's own", \
     "" index 0 using 1:6 with linespoints title "the same by hand", \
     "" index 0 using 1:4 with linespoints title "unplug", \
     "" index 0 using 1:5 with linespoints title "of it vif's own", \
     "" index 1 using 1:2 with linespoints title "tap: plug", \
     "" index 1 using 1:3 with linespoints title "of it vif's own", \
     "" index 1 using 1:4 with linespoints title "tap: unplug"
END
echo "drawn: $BUILD/bench/many.svg"
