#!/bin/bash
# SPDX-License-Identifier: MIT
# Bonds of the kernel's, which not every kernel has: by commands, and by the program that has a
# fault at some of its calls (FAULT_EVERY=1 for all: it takes minutes).
. tests/cli/lib
if [ "${1:-}" != inside ]; then
    rm -rf "$tmp"
    modprobe -r bonding 2>/dev/null
    # The first bond brings the module, and that a bond0 of its own, down and without ports.
    ip link add eth1 type veth peer name far-eth1
    ip link add eth2 type veth peer name far-eth2
    first=$("$VIFCTL" net bond-add \
        '{"port":"bond0","links":["eth1","eth2"],"backend":"linux","mode":"balance-tlb"}' 2>&1)
    if [ -z "$first" ] && ip -d link show bond0 | grep -q 'bond mode balance-tlb'; then
        echo 'ok with_the_module'
    else
        echo "not ok with_the_module: $first"
    fi
    "$VIFCTL" net port-del '{"port":"bond0","backend":"linux"}'
    ip link del eth1
    ip link del eth2
    FAULT_EVERY=${FAULT_EVERY:-90} KILL_EVERY=${KILL_EVERY:-60} \
        timeout 400 "$BUILD/tests/kernel/bond" 2>&1
    exec unshare -nm bash "$0" inside
fi
mount -t sysfs none /sys
ip link set lo up
ip link add br0 type bridge
ip link add eth1 type veth peer name far-eth1
ip link add eth2 type veth peer name far-eth2
ip link set eth1 up
net() { "$VIFCTL" net "$@"; }
links() { ip -o link | sed 's/ qdisc.*//; s/NO-CARRIER,//; s/,LOWER_UP//; s/^[0-9]*: //' | sort; }
ip link set br0 up
links >"$tmp/before"
gone() { links | diff "$tmp/before" - >"$tmp/diff" && ! ls /run/vif/*.bonded 2>/dev/null; }
bond='{"bridge":"br0","port":"bond7","links":["eth1","eth2"],"backend":"linux"}'

expect add 0 '' '' net bond-add "$bond"
ip -d link show bond7 >"$tmp/link"
check is_bond grep -q 'bond mode active-backup' "$tmp/link"
check is_port grep -q 'master br0' "$tmp/link"
check has_tag grep -q 'alias vif:local:net:bond7' "$tmp/link"
check has_links test "$(cat /sys/class/net/bond7/bonding/slaves)" = 'eth1 eth2'
expect again 1 '' '.*E_EXISTS.*there is one of that name already' net bond-add "$bond"
expect del 0 '' '' net port-del '{"port":"bond7","backend":"linux"}'
check gone gone
expect del_again 1 '' '.*E_NO_INTERFACE.*' net port-del '{"port":"bond7","backend":"linux"}'
expect slb 1 '' '.*mode: E_FIELD: .*' \
    net bond-add "${bond/backend/mode\":\"balance-slb\",\"backend}"
expect no_bridge 1 '' '.*E_NO_INTERFACE.*br9 does not exist' net bond-add "${bond/br0/br9}"
ip addr add 192.0.2.1/24 dev eth2
expect in_use 1 '' \
    '.*eth2 has addresses of the host.s, which would be lost: 192.0.2.1/24' net bond-add "$bond"
ip addr del 192.0.2.1/24 dev eth2
check gone_again gone
# Somebody's own goes by its name, too, as the plugin has it; what it had for ports goes down.
ip link add bond7 type bond
expect anybodys 0 '' '' net port-del '{"port":"bond7","backend":"linux"}'
check anybodys_gone gone
exit $failed
