#!/bin/bash
# SPDX-License-Identifier: MIT
# Networks on bridges of the kernel's, which not every kernel has: VLANs over a card, and bridges
# that filter VLANs.
. tests/cli/lib
if [ "${1:-}" != inside ]; then
    modprobe 8021q
    rm -rf "$tmp"
    exec unshare -nm bash "$0" inside
fi
mount -t sysfs none /sys
ip link set lo up
ip link add eth1 type veth peer name far-eth1 && ip link set eth1 up
ip link add eth2 type veth peer name far-eth2
unshare -n sleep 600 &
far=$!
sleep 0.5
ip link set far-eth1 netns $far
there() { nsenter -t $far -n "$@"; }
there ip link set far-eth1 up
net() { "$VIFCTL" net "$@"; }
links() { ip -o link | sed 's/ qlen.*//; s/^[0-9]*: //' | sort; }
links >"$tmp/before"
gone() { links | diff "$tmp/before" - >"$tmp/diff"; }
vlan='{"master":"eth1","vlan":100,"backend":"linux"}'

expect ensure 0 '^vlbr100$' '' net vlan-ensure "$vlan"
ip -d link show vlbr100p >"$tmp/link"
check is_vlan grep -q 'vlan protocol 802.1Q id 100' "$tmp/link"
check is_port grep -q 'master vlbr100' "$tmp/link"
check has_tag grep -q 'alias vif:local:shared' "$tmp/link"
check same_mac test "$(cat /sys/class/net/vlbr100/address)" = "$(cat /sys/class/net/eth1/address)"
links >"$tmp/made"
expect again 0 '^vlbr100$' '' net vlan-ensure "$vlan"
links | diff "$tmp/made" - >"$tmp/diff"
check unchanged test $? = 0

# A guest on the bridge meets whoever is in that VLAN, and nobody else.
ip link add port type veth peer name guest && ip link set port master vlbr100 &&
    ip link set port up && ip addr add 192.0.2.1/24 dev guest && ip link set guest up
there ip link add link far-eth1 name far.100 type vlan id 100
there ip addr add 192.0.2.2/24 dev far.100
there ip link set far.100 up
ping -c3 -i0.3 -W2 192.0.2.2 >"$tmp/ping"
check reaches test $? = 0
there ip link del far.100
there ip link add link far-eth1 name far.101 type vlan id 101
there ip addr add 192.0.2.2/24 dev far.101
there ip link set far.101 up
ping -c2 -i0.3 -W1 192.0.2.2 >"$tmp/ping"
check apart test $? = 1

# The guest keeps it; with it it goes.
expect kept 0 '' '' net net-del "$vlan"
check kept_bridge test -e /sys/class/net/vlbr100
ip link del port
expect del 0 '' '' net net-del "$vlan"
check gone gone
expect del_again 0 '' '' net net-del "$vlan"

expect idle_made 0 '^vlbr100$' '' net vlan-ensure "$vlan"
expect idle_dry 0 '^vlbr100$' '' net gc -n
expect idle 0 '^vlbr100$' '' net gc
check idle_gone gone
expect idle_again 0 '' '' net gc

expect elsewhere_made 0 '^vlbr100$' '' net vlan-ensure "$vlan"
expect elsewhere 1 '' '.*reassigning vlang tag to another master bridge is not allowed' \
    net vlan-ensure '{"master":"eth2","vlan":100,"backend":"linux"}'
expect no_master 1 '' '.*E_NO_INTERFACE.*' \
    net vlan-ensure '{"master":"eth9","vlan":101,"backend":"linux"}'
expect elsewhere_del 0 '' '' net net-del "$vlan"
ip link set eth2 down
check gone_again gone

# Somebody else's VLAN device is over the same card: the id is taken.
ip link add link eth1 name eth1.100 type vlan id 100
expect taken 1 '' '.*eth1 has a VLAN of that id already: eth1.100' net vlan-ensure "$vlan"
ip link del eth1.100
check taken_gone gone

expect filtering 0 '' '' net bridge-add \
    '{"bridge":"br7","backend":"linux","vlan_filtering":true,"ageing_s":60}'
ip -d link show br7 >"$tmp/link"
check filters grep -q 'vlan_filtering 1' "$tmp/link"
check ages grep -q 'ageing_time 6000 ' "$tmp/link"
expect filtering_del 0 '' '' net bridge-del '{"bridge":"br7","backend":"linux"}'
check filtering_gone gone
kill $far
exit $failed
