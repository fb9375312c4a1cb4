#!/bin/bash
# SPDX-License-Identifier: MIT
# The tests of tests/vm/inside, in virtual machines, one boot a kernel. What can't be fetched is
# skipped.
#
#   VM=DIR BUILD=DIR VIFCTL=FILE tests/vm/vm.sh [SUITE...]
export BUILD VIFCTL=${VIFCTL:-build/tests/vifctl} VM

if [ "${1:-}" = inside ]; then
    shift
    for suite; do
        bash "tests/vm/inside/$suite.sh" 2>&1 | sed -uE "s,^(ok|not ok|skip) ,&$suite/,"
        status=${PIPESTATUS[0]}
        [ "$status" -le 1 ] || echo "not ok $suite: status $status"
        read -r up idle </proc/uptime
        echo "# $suite: at ${up%.*} s, ${idle%.*} s of it idle"
    done
    exit 0
fi

suites='' newer=''
all='uplink nested networks bonds hostdev dpdk direct classes reps modules vlans guard cni netkit'
for suite in ${*:-$all}; do
    case $suite in
    netkit) newer+=" $suite" ;;
    *) suites+=" $suite" ;;
    esac
done

# boot KERNEL SUITE...
boot()
{
    local kernel=$1
    shift
    KERNEL=$kernel tests/vm/boot.sh env BUILD="$BUILD" VIFCTL="$VIFCTL" \
        bash tests/vm/vm.sh inside "$@" || echo "not ok $kernel: status $?"
}
for part in kernel qemu modules newer; do
    if ! timeout 400 tests/vm/fetch.sh $part >"$BUILD/vm-$part.log" 2>&1; then
        echo "skip $part: it could not be fetched: $(tail -n 1 "$BUILD/vm-$part.log" | cut -c1-200)"
        [ $part != kernel ] || exit 0
        [ $part != newer ] || newer=''
    fi
done
[ ! "$newer" ] || boot newer $newer >"$BUILD/vm-newer.out" &
[ ! "$suites" ] || boot kernel $suites
wait
[ ! "$newer" ] || cat "$BUILD/vm-newer.out"
