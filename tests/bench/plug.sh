#!/bin/bash
# SPDX-License-Identifier: MIT
# The machine; what plug and unplug cost in time, calls and memory; sizes. "make bench" builds the
# programs. Nothing here passes or fails by a time. V=1 shows each call of each flow, too.
set -u
BUILD=${BUILD:-build} CC=${CC:-gcc}
plug=$BUILD/bench/plug
dir=$BUILD/bench/size
vif=tests/fixtures/vifs/linux_bridge.json
rm -rf "$dir"
mkdir -p "$dir"

cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
printf '\nmachine: %s, %s CPUs (%s), load %s; %s\n' "$(uname -srm)" "$(nproc)" "$cpu" \
    "$(cut -d' ' -f1 /proc/loadavg)" "$($CC --version | head -n 1)"
"$plug" flows ${V:+steps} || exit 1

# whole PROGRAM VIF: calls that strace counts, and memory
whole()
{
    local calls=''
    if command -v strace >/dev/null; then
        "$plug" lab strace -f -c -o "$dir/strace" "$1" plug "$2" >/dev/null || return
        calls="$(awk '$NF == "total" {print $4}' "$dir/strace") calls;"
    fi
    printf '%-24s %s ' "${1##*/}" "$calls"
    "$plug" lab "$plug" peak "$1" plug "$2"
}

rm -f "$BUILD/vifctl-musl"
if command -v musl-gcc >/dev/null; then
    musl-gcc -std=c99 -Os -static -s -I. -idirafter /usr/include \
        -idirafter "/usr/include/$(uname -m)-linux-gnu" examples/vifctl.c \
        -o "$BUILD/vifctl-musl" || exit 1
fi
echo
echo "the whole process: vifctl plug of a new bridge with an uplink. System calls as strace counts;"
echo "resident memory at its exit: largest so far, kinds, and once more page by page (Rss)"
for program in "${VIFCTL:-$BUILD/vifctl}" "$BUILD/vifctl-musl"; do
    [ -x "$program" ] && { whole "$program" "$vif" || exit 1; }
done
[ -x "$BUILD/vifctl-musl" ] && size "$BUILD/vifctl-musl" |
    awk -v file="$(stat -c %s "$BUILD/vifctl-musl")" 'NR == 2 {
        print "vifctl-musl              " file " bytes, static; text " $1 ", data " $2 ", bss " $3}'

# sum of sections OBJECT
sections()
{
    size -A "$1" | awk '$1 ~ /^\.(text|rodata)/ {sum += $2} END {print sum}'
}

echo
echo "bytes with -Os: code and constants without unwind tables; text as size says it; largest frame"
echo "with -Os and with -O2"
for header in vif_netlink.h vif_objects.h vif.h; do
    printf '#define VIF_IMPLEMENTATION\n#include "%s"\n' "$header" >"$dir/one.c"
    $CC -std=c99 -Os -I. -c "$dir/one.c" -o "$dir/plain.o" &&
        $CC -std=c99 -Os -fno-asynchronous-unwind-tables -I. -c "$dir/one.c" -o "$dir/bare.o" ||
        exit 1
    frames=
    for level in -Os -O2; do
        $CC -std=c99 $level -fstack-usage -I. -c "$dir/one.c" -o "$dir/frames.o" || exit 1
        frames="$frames $(sort -t'	' -k2,2nr "$dir/frames.su" | awk -F'\t' 'NR == 1 {
            sub(/.*:/, "", $1); print $2 " " $1}')"
    done
    [ "$header" = vif.h ] && header='vif.h (all three)'
    printf '%-24s %7d %7d  %s\n' "$header" "$(sections "$dir/bare.o")" \
        "$(size "$dir/plain.o" | awk 'NR == 2 {print $1}')" "$frames"
done
