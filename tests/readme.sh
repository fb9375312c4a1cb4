#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs what README.md says: a block of C is compiled as strict C99 and, if it is a program, run in a
# namespace; blocks of sh run there one after another, in one copy of the tree, the one with OVN on
# a chassis; where a block of text follows at once, that is what they print. The names of functions
# are looked after, too; the sizes in its table are the gate "size"'s.
set -u
unset MAKEFLAGS MAKELEVEL MFLAGS BUILD VIFCTL
export LC_ALL=C.UTF-8 PATH=$PATH:/usr/sbin:/sbin
CC=${CC:-cc}

if [ "${1:-}" != inside ]; then
    if ! unshare -Urn true 2>/dev/null; then
        echo "skip readme: no user namespaces (unshare -Urn fails)"
        exit 0
    fi
    exec unshare -Urnpmf --mount-proc --kill-child bash "$0" inside # no server outlives it
fi

mount -t tmpfs tmpfs /run || exit 1     # no socket of the machine's own is found
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/tree"
ln -s "$PWD"/[!b]* "$tmp/tree"          # all but build
failed=0
ok() { echo "ok readme_$1"; }
not_ok() { echo "not ok readme_$1"; failed=1; sed 's/^/# /' "$2"; }

# Blocks become files NUMBER.LANGUAGE; a text at once after a block is NUMBER.text of that block. What
# they keep in /tmp/try is in our directory.
awk -v dir="$tmp" '
    /^```/ && inside { inside = 0; ended = NR; close(file); next }
    /^```/ {
        inside = 1
        language = substr($0, 4)
        if (language != "text" || ended != NR - 1) {
            n++
        }
        file = sprintf("%s/%02d.%s", dir, n, language)
        printf "" >file
        next
    }
    inside { gsub("/tmp/try", dir "/try"); print >file }
' README.md

run_c()
{
    "$CC" -std=c99 -Wall -Wextra -Wpedantic -Werror -I. -x c -c "$1" -o "$tmp/block.o" &&
        { ! grep -q 'main(' "$1" || "$CC" "$tmp/block.o" -o "$tmp/block"; } &&
        { ! grep -q 'main(' "$1" || unshare -n "$tmp/block"; }
}

run_sh()
{
    (cd "$tmp/tree" && sh -eu "$1")
}

# A project around the block: the headers where it looks for them, and an agent of two files.
run_cmake()
{
    mkdir -p "$tmp/project/third_party" && ln -sfn "$PWD" "$tmp/project/third_party/vif" &&
        { echo 'cmake_minimum_required(VERSION 3.10)
project(agent C)
add_executable(agent agent.c vif.c)'; cat "$1"; } >"$tmp/project/CMakeLists.txt" &&
        cp examples/vif.c "$tmp/project/vif.c" &&
        printf '#include "vif.h"\nint main(void) { return vif_class_find("Route", 5) != %s; }\n' \
            VIF_CLASS_Route >"$tmp/project/agent.c" &&
        cmake -S "$tmp/project" -B "$tmp/project/build" && cmake --build "$tmp/project/build" &&
        "$tmp/project/build/agent"
}

# A chassis of OVN, and its databases: all sockets are where they usually are.
start_ovn()
{
    local switch=unix:/run/openvswitch/db.sock ovn=/run/ovn schema
    mkdir /run/openvswitch $ovn || return
    for schema in openvswitch/vswitch ovn/ovn-nb ovn/ovn-sb; do
        ovsdb-tool create "/run/${schema#*/}.db" "/usr/share/$schema.ovsschema" || return
    done
    ovsdb-server /run/*.db --detach --remote=p$switch --remote=punix:$ovn/ovnnb_db.sock \
        --remote=punix:$ovn/ovnsb_db.sock &&
        ovs-vsctl --no-wait init -- set Open_vSwitch . external_ids:system-id=chassis-1 \
            external_ids:hostname=chassis-1 external_ids:ovn-encap-type=geneve \
            external_ids:ovn-encap-ip=198.51.100.1 external_ids:ovn-bridge-datapath-type=netdev \
            external_ids:ovn-remote=unix:$ovn/ovnsb_db.sock &&
        ovs-vswitchd $switch --detach && ovn-northd --detach && ovn-controller $switch --detach
}

# missing_for FILE LANGUAGE: what a block needs and this machine lacks
missing_for()
{
    case $2:$(cat "$1") in
    cmake:*) set -- cmake ;;
    sh:*ovn-*) set -- ovs-vswitchd ovn-northd ovn-controller ;;
    sh:*-lexpat*)
        if [ ! -e /usr/include/expat.h ]; then echo expat.h; return; fi
        set -- ovs-vswitchd ;;
    sh:*/try/*) set -- ovs-vswitchd ;;
    *) return 1 ;;
    esac
    for tool; do command -v "$tool" >/dev/null || { echo "$tool"; return; }; done
    return 1
}

for file in "$tmp"/[0-9]*; do
    n=$(basename "${file%.*}") language=${file##*.}
    case $language in
    c | sh | cmake)
        if lacks=$(missing_for "$file" "$language"); then
            echo "skip readme_block_${n}_$language: needs $lacks"
        elif grep -q '^ovn-' "$file" && ! start_ovn >"$tmp/out" 2>&1; then
            not_ok "block_${n}_needs_ovn" "$tmp/out"
        elif ! "run_$language" "$file" >"$tmp/out" 2>&1 </dev/null; then
            not_ok "block_${n}_$language" "$tmp/out"
        elif [ -e "${file%.*}.text" ] &&
            ! diff "${file%.*}.text" "$tmp/out" >"$tmp/diff"; then
            not_ok "block_${n}_$language" "$tmp/diff"
        else
            ok "block_${n}_$language"
        fi ;;
    text) [ -e "$tmp/$n.sh" ] || not_ok "block_${n}_text_of_nothing" "$file" ;;
    *) not_ok "block_${n}_of_$language" "$file" ;;
    esac
done

# What it calls a function is one, and what it names as a file is there.
grep -o '`vif_[a-z0-9_]*`' README.md | tr -d '`' | sort -u | while read -r name; do
    case $name in vif_[a-z]*_)  continue ;; esac
    cat vif*.h | grep -qE "\b$name\b" || echo "$name"
done >"$tmp/diff"
[ -s "$tmp/diff" ] && not_ok names "$tmp/diff" || ok names
grep -o '`examples/[a-z0-9_./]*`' README.md | tr -d '`' | sort -u | while read -r name; do
    [ -e "$name" ] || echo "$name"
done >"$tmp/diff"
[ -s "$tmp/diff" ] && not_ok files "$tmp/diff" || ok files
exit $failed
