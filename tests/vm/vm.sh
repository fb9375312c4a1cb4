#!/bin/bash
# SPDX-License-Identifier: MIT
# The tests of tests/vm/inside, in virtual machines at the same time: one emulates one processor,
# and what is emulated is what takes the time. What can't be fetched is skipped.
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

# boot KERNEL SUITE...
boot()
{
    local kernel=$1
    shift
    KERNEL=$kernel tests/vm/boot.sh env BUILD="$BUILD" VIFCTL="$VIFCTL" \
        bash tests/vm/vm.sh inside "$@" || echo "not ok $kernel: status $?"
}
# A kernel, and what is run in one boot of it, one after the other: as long as the others' each.
boots=('kernel uplink nested networks bonds hostdev dpdk rates'
    'kernel direct classes reps modules vlans switches guard cni'
    'newer netkit')
for part in kernel qemu modules newer; do
    if ! timeout 400 tests/vm/fetch.sh $part >"$BUILD/vm-$part.log" 2>&1; then
        echo "skip $part: it could not be fetched: $(tail -n 1 "$BUILD/vm-$part.log" | cut -c1-200)"
        [ $part != kernel ] || exit 0
        [ $part != newer ] || unset 'boots[2]'
    fi
done
rm -f "$BUILD"/vm-*.out
for n in "${!boots[@]}"; do
    read -r kernel all <<<"${boots[n]}"
    suites=''
    for suite in $all; do
        case " ${*:-$all} " in *" $suite "*) suites+=" $suite" ;; esac
    done
    # shellcheck disable=SC2086
    [ ! "$suites" ] || boot "$kernel" $suites >"$BUILD/vm-$n.out" &
done
wait
cat "$BUILD"/vm-*.out
