#!/bin/bash
# SPDX-License-Identifier: MIT
# Bytes of code and constants (-Os, x86-64, "text" of size) against their budgets. Without the
# unwind tables that the system's gcc adds for debuggers: no C program that embeds the headers reads
# them. "make size CUTS=1" has the parts, and what each cut takes away, too, in some minutes more.
set -u
dir=$BUILD/size
rm -rf "$dir"
mkdir -p "$dir"
case $(gcc -dumpmachine) in
x86_64*) ;;
*) echo "skip size: the budgets are those of x86-64"; exit ;;
esac

# row NAME FILE BUDGET [LESS]: of FILE, what it has beyond LESS
row()
{
    local text less=0
    text=$(size "$2" | awk 'NR == 2 {print $1}')
    [ $# -lt 4 ] || less=$(size "$4" | awk 'NR == 2 {print $1}')
    text=$((text - less))
    printf '# %-42s %6s of %6s bytes\n' "$1" "$text" "$3"
    if [ "$text" -le "$3" ]; then echo "ok $1"; else echo "not ok $1"; fi
}

flags=
# compile NAME HEADER...
compile()
{
    { printf '#define VIF_IMPLEMENTATION\n'; printf '#include "%s"\n' "${@:2}"; } |
        gcc $flags -std=c99 -Os -fno-asynchronous-unwind-tables -I. -x c -c - -o "$dir/$1.o" ||
        { echo "not ok $1"; return 1; }
    # What a cut leaves needs nothing of what it leaves out.
    case $(nm -u "$dir/$1.o") in
    *' vif_'*) echo "not ok $1 $flags needs $(nm -u "$dir/$1.o" | grep vif_ | tr -s ' \n' ' ')" ;;
    esac
}

# object NAME BUDGET HEADER...
object()
{
    compile "$1" "${@:3}" && row "$1" "$dir/$1.o" "$2"
}

# readme HEADER FILE [LESS]: README.md says its size within a tenth, if the compiler is the same
readme()
{
    local said text less=0
    case $(gcc -dumpversion) in 12 | 12.*) ;; *) return ;; esac
    said=$(sed -n "s/^| \`$1\` .* \([0-9]*\) KB.*/\1/p" README.md)
    text=$(size "$2" | awk 'NR == 2 {print $1}')
    [ $# -lt 3 ] || less=$(size "$3" | awk 'NR == 2 {print $1}')
    text=$((text - less))
    if [ "$text" -gt $((said * 900)) ] && [ "$text" -lt $((said * 1100)) ]; then echo "ok README $1"
    else echo "# README.md: $said KB; $text bytes"; echo "not ok README $1"; fi
}

# What two headers have in common counts once.
sed -n '/^\/\* vif common block:/,/^\/\* end of the vif common block \*\//p' \
    vif_objects.h >"$dir/common.h"
object common-block 3328 "$dir/common.h"
parts='-DVIF_NO_NFT -DVIF_NO_VF -DVIF_NO_ANNOUNCE -DVIF_NO_DNS -DVIF_NO_NETWORKS -DVIF_NO_SWITCH'
flags=$parts
compile vif_netlink.h-alone vif_netlink.h &&
    row 'vif_netlink.h beyond it, without parts' "$dir/vif_netlink.h-alone.o" 19072 \
        "$dir/common-block.o"
# part WORDS CUT BUDGET: a part of vif_netlink.h, by what the header has with it and no other
part()
{
    [ -n "${CUTS:-}" ] || return 0
    flags=${parts/-D$2/}
    compile "vif_netlink.h-$2" vif_netlink.h &&
        row "$1 of vif_netlink.h" "$dir/vif_netlink.h-$2.o" "$3" "$dir/vif_netlink.h-alone.o"
}
part 'virtual functions' VIF_NO_VF 1280
part 'nftables' VIF_NO_NFT 3968
part 'announcements' VIF_NO_ANNOUNCE 768
part 'files in containers' VIF_NO_DNS 1920
flags=
compile vif_netlink.h vif_netlink.h && readme vif_netlink.h "$dir/vif_netlink.h.o"
object vif_objects.h 26112 vif_objects.h && readme vif_objects.h "$dir/vif_objects.h.o"
compile vif_ovsdb.h vif_ovsdb.h &&
    row 'vif_ovsdb.h beyond vif_objects.h' "$dir/vif_ovsdb.h.o" 20992 "$dir/vif_objects.h.o" &&
    readme vif_ovsdb.h "$dir/vif_ovsdb.h.o" "$dir/vif_objects.h.o"
# The gate "stack" has made it of all headers.
readme vif.h "$BUILD/stack/all-Os.o"
# 66 KB and 116 KB are wanted; what an uplink's move, jobs, tags and words of refusals took is to be
# won back before anything is added. Of it macvtaps have 4.6 KB, and their port profiles 4.3.
parts='-DVIF_NO_VF -DVIF_NO_ANNOUNCE -DVIF_NO_DNS -DVIF_NO_NETWORKS -DVIF_NO_SWITCH'
flags="-DVIF_NO_OVS $parts"
object vif.h-without-Open-vSwitch 136128 vif.h
flags=$parts
object vif.h-and-what-it-includes 204288 vif.h
# share WORDS CUT BUDGET: a part of vif.h, by what it has with it and no other
share()
{
    [ -n "${CUTS:-}" ] || return 0
    flags=${parts/-D$2/}
    compile "vif.h-$2" vif.h &&
        row "$1" "$dir/vif.h-$2.o" "$3" "$dir/vif.h-and-what-it-includes.o"
}
share 'hostdev and pods with DPDK, VFs included' VIF_NO_VF 9728
share 'announcements, frames included' VIF_NO_ANNOUNCE 1536
share 'name servers, files in containers included' VIF_NO_DNS 8320
share 'networks and NICs' VIF_NO_NETWORKS 43392
flags=${parts/-DVIF_NO_NETWORKS -DVIF_NO_SWITCH/}
[ -n "${CUTS:-}" ] && compile vif.h-VIF_NO_SWITCH vif.h &&
    row "virtual switches, and what a port is on one" "$dir/vif.h-VIF_NO_SWITCH.o" 41088 \
        "$dir/vif.h-VIF_NO_NETWORKS.o"

flags=$(sed -n 's/^#ifn\?def \(VIF_NO_[A-Z_]*\).*/-D\1/p' vif*.h | sort -u | grep -v POSIX)
# (What direct and nested share of links over others, 0.8 KB, is cut with neither.)
object vif.h-with-all-cuts 105024 vif.h
flags=

# What each cut takes away of the whole, at least: the tables of options in the headers say so.
# cut NAME BYTES
cut()
{
    local whole text
    compile "cut-$1" vif.h || return
    whole=$(size "$dir/whole.o" | awk 'NR == 2 {print $1}')
    text=$(size "$dir/cut-$1.o" | awk 'NR == 2 {print $1}')
    printf '# %-42s %6s, %s at least\n' "$1 leaves out" $((whole - text)) "$2"
    if [ $((whole - text)) -ge "$2" ]; then echo "ok $1"; else echo "not ok $1"; fi
}

[ -z "${CUTS:-}" ] || compile whole vif.h
while [ -n "${CUTS:-}" ] && read -r name bytes; do
    flags=-D$name
    cut "$name" "$bytes"
done <<'END'
VIF_NO_CALL_JSON 2400
VIF_NO_LIST 2000
VIF_NO_WATCH 3000
VIF_NO_VF 1200
VIF_NO_DEVLINK 600
VIF_NO_DRY_RUN 1400
VIF_NO_MONITORS 1400
VIF_NO_DECODE 8000
VIF_NO_ENCODE 1700
VIF_NO_NFT 3000
VIF_NO_DIRECT 7900
VIF_NO_QBG 3800
VIF_NO_NESTED 600
VIF_NO_ANNOUNCE 1400
VIF_NO_DNS 7500
END
flags=

# The whole command, libc included, as a minimal system would carry it.
machine=$(uname -m)-linux-gnu
if [ -f examples/vifctl.c ] && command -v musl-gcc >/dev/null; then
    musl-gcc -std=c99 -Os -static -s -I. \
        -idirafter /usr/include -idirafter "/usr/include/$machine" \
        examples/vifctl.c \
        $(grep -q VIF_IMPLEMENTATION examples/vifctl.c || echo examples/vif.c) \
        -o "$dir/vifctl" && row 'vifctl, static with musl' "$dir/vifctl" 451264 ||
        echo 'not ok vifctl, static with musl'
fi
