#!/bin/bash
# SPDX-License-Identifier: MIT
# What the plugin ovs costs in time, calls and memory. "make bench" builds the programs. Nothing
# here passes or fails by a time.
set -u
BUILD=${BUILD:-build}
ovs=$BUILD/bench/ovs
vifctl=${VIFCTL:-$BUILD/vifctl}
static=$BUILD/bench/vifctl-static
counts=$BUILD/bench/ovs.strace
vif=tests/fixtures/vifs/vhostuser_client.json

printf '\nOpen vSwitch: %s; %s CPUs, load %s\n' "$(ovs-vsctl --version 2>&1 | head -n 1)" \
    "$(nproc)" "$(cut -d' ' -f1-2 /proc/loadavg)"
state=$("$ovs" lab true)
[ "$state" ] && { echo "$state"; exit 0; }
VIFCTL=$vifctl "$ovs" ports && "$ovs" switch || exit 1

rm -f "$static"
if command -v musl-gcc >/dev/null; then
    musl-gcc -std=c99 -Os -static -s -I. -idirafter /usr/include \
        -idirafter "/usr/include/$(uname -m)-linux-gnu" examples/vifctl.c -o "$static" || exit 1
fi
echo
echo "the whole process: vifctl plug of a VIFVHostUser, committed. System calls as strace counts;"
echo "resident memory at its exit: largest so far, kinds, and once more page by page (Rss)"
for program in "$vifctl" "$static"; do
    [ -x "$program" ] || continue
    command="$program plug --ovsdb \$OVSDB -c ovs_wait=committed $vif"
    calls=
    if command -v strace >/dev/null; then
        "$ovs" lab sh -c "strace -f -c -o $counts $command" >"$counts.out" || exit 1
        calls="$(awk '$NF == "total" {print $4}' "$counts") calls;"
    fi
    printf '%-24s %s ' "${program##*/}" "$calls"
    # "plug peak" follows one program, so the shell must become it.
    "$ovs" lab sh -c "exec $BUILD/bench/plug peak $command" || exit 1
done
