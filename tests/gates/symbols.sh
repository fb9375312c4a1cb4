#!/bin/bash
# SPDX-License-Identifier: MIT
# What the compiled headers offer, need and keep: exported names are all vif_, no data can change, and
# of libc only what tests/gates/libc.txt lists is called.
set -u
dir=$BUILD/symbols
rm -rf "$dir"
mkdir -p "$dir"
# A stack protector, where a distribution has it on, is the program's choice.
compile="gcc -std=c99 -fno-stack-protector -I. -x c -c -"

report()
{
    if [ -z "$2" ]; then echo "ok $1"; else echo "not ok $1"; echo "# $1: $2" | tr '\n' ' '; echo; fi
}

# check NAME: of its object
check()
{
    local name=$1 unknown
    report "$name exports vif_ only" \
        "$(nm -g --defined-only "$dir/$name.o" | awk '$3 !~ /^vif_/ || $3 ~ /^vif__/ {print $3}')"
    # Position independent, a table of pointers is written once, by the loader.
    report "$name has no mutable data" \
        "$(nm -f sysv "$dir/$name.o" | awk -F'|' '$7 ~ /^(\.data|\.bss|\.tbss|\.tdata|\*COM\*)/ &&
           $7 !~ /^\.data\.rel\.ro/ {print $1}')"
    nm -f sysv "$dir/$name.o" | awk -F'|' '$7 ~ /^\.data\.rel\.ro/ && $4 ~ /OBJECT/ {
        printf "# %s: table with pointers: %s\n", name, $1}' name="$name"
    unknown=$(nm -u "$dir/$name.o" | awk 'NR == FNR {if ($1 == name ":") for (i = 2; i <= NF; i++) known[$i]; next}
        !($2 in known) && $2 != "_GLOBAL_OFFSET_TABLE_" {print $2}' name="$name" tests/gates/libc.txt -)
    report "$name calls what is listed" "$unknown"
}

# part NAME DEFINES HEADER...
part()
{
    local source
    source=$(printf '#define %s\n' $2 VIF_IMPLEMENTATION; printf '#include "%s"\n' "${@:3}")
    if $compile -O2 -fPIC -o "$dir/$1.o" <<<"$source"; then check "$1"; else echo "not ok $1"; fi
}

for header in vif_objects.h vif_netlink.h vif_ovsdb.h; do part "$header" VIF_C99 "$header"; done
part core VIF_NO_POSIX vif_objects.h vif_netlink.h
# The gate "stack" has made it of all headers.
if ln -f "$BUILD/stack/all-O2.o" "$dir/vif.h.o"; then check vif.h; else echo "not ok vif.h"; fi

# A private copy exports nothing at all, whatever is optimized away.
source=$(printf '#define VIF_STATIC\n'; printf '#include "%s"\n' $HEADERS)
$compile -o "$dir/static.o" <<<"$source"
report "VIF_STATIC exports nothing" "$(nm -g --defined-only "$dir/static.o")"
