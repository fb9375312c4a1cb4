#!/bin/bash
# SPDX-License-Identifier: MIT
# A fast path's port on a Linux bridge, by the userspace datapath of Open vSwitch: killed in a plug or
# an unplug, at one send after the other, it is right after the next plug and unplug, or the unplug alone.
cd "$(dirname "$0")/../.." || exit 1
. tests/ovs/lib
needs ip jq ovs-vsctl ovs-vswitchd strace "$VIFCTL"
inside_namespaces "$@"
device=fpdc065497-3c8
options='-c ovs_device_later=true'      # a switch without DPDK can't open the socket

jq '.["versioned_object.data"].plugin = "vhostuser_fp" |
    .["versioned_object.data"].port_profile = {"versioned_object.name": "VIFPortProfileFPBridge",
        "versioned_object.namespace": "os_vif", "versioned_object.version": "1.1",
        "versioned_object.data": {"bridge_name": "brq0"}}' \
    "$vifs/vhostuser_fp.json" >"$work/vif.json"
plug() { vif host plug $options "$work/vif.json"; }
unplug() { vif host unplug "$work/vif.json"; }
rows() { vsctl host --bare --columns=name list Bridge; vsctl host --bare --columns=name list Port; }
none_left() { ! rows | grep -q 3c && ! on host ip link show $device && [ -z "$(ls -A /run/vif)" ]; }
is_port() { on host ip -o link show $device | grep -q 'master brq0'; }

check start node host normal
check plug plug
check port is_port
check unplug unplug
check none_left until_true 10 none_left
turn=0 killed=0
for verb in plug unplug; do
    for at in 1 2 3 4 5 6 7; do
        turn=$((turn + 1))
        [ $verb = plug ] || plug >"$work/check" 2>&1 || not_ok "$verb"_${at}_plug
        on host strace -f -qq -o /dev/null -e trace=sendmsg,sendto -e inject=sendmsg,sendto:signal=KILL:when=$at \
            "$VIFCTL" $verb --ovsdb "$(db host)" $options "$work/vif.json" >"$work/check" 2>&1
        [ $? != 137 ] || killed=$((killed + 1))
        if [ $((turn % 2)) = 0 ]; then
            check ${verb}_${at}_again plug
            check ${verb}_${at}_port is_port
        fi
        check ${verb}_${at}_unplug unplug
        check ${verb}_${at}_none_left until_true 10 none_left
    done
done
check "killed_$killed" test $killed -ge 7
exit $failed
