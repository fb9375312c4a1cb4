#!/bin/bash
# SPDX-License-Identifier: MIT
# A virtual function (igb) below a macvtap in passthrough: its MAC and VLAN, set by its physical
# function, and its netdev's MAC, before, while it is plugged, and afterwards.
. tests/cli/lib
. tests/vm/nic
modprobe igbvf && modprobe macvtap
drivers=/sys/bus/pci/drivers
echo 0 >"$device/sriov_numvfs"          # functions of which nobody has said anything
echo 2 >"$device/sriov_numvfs"
soon test -e "$device/virtfn1"
vf=$(vf 1)
has_link() { [ "$(ls "/sys/bus/pci/devices/$1/net" 2>/dev/null)" ]; }
soon has_link "$vf"
lower=$(ls "/sys/bus/pci/devices/$vf/net")

# direct FILE MODE MAC VLAN: a VIFDirect
direct()
{
    cat >"$tmp/$1" <<END
{"versioned_object.name": "VIFDirect", "versioned_object.namespace": "os_vif",
 "versioned_object.version": "1.0", "versioned_object.data": {
  "id": "$id", "address": "$3", "plugin": "direct", "mode": "$2", "dev_address": "$vf",
  "vif_name": "mvdc065497-3c",
  "network": {"versioned_object.name": "Network", "versioned_object.namespace": "os_vif",
   "versioned_object.version": "1.1", "versioned_object.data": {
    "id": "b82c1929-051e-481d-8110-4669916c7915", "bridge": "", "vlan": $4}}}}
END
}
# What the NIC says of its functions, and the links, without what has its own time.
state()
{
    ip link show dev "$eth" | grep '  vf'
    ip -o link | sed 's/^[0-9]*: //; s/NO-CARRIER,//; s/,LOWER_UP//' |
        sed 's/ state [A-Z]*//; s/ mode .*link/ link/; s/ permaddr .*//'
    ls /run/vif 2>/dev/null
}
looks() { state >"$tmp/$1"; }
same()
{
    looks now
    check "$1" cmp -s "$tmp/$2" "$tmp/now"
    diff "$tmp/$2" "$tmp/now" | sed 's/^/# /'
}
direct vif.json passthrough 52:54:00:aa:bb:01 101
direct bridge.json bridge 52:54:00:aa:bb:01 101
on='-c direct_queues=0'
run() { "$VIFCTL" "$1" $on "$tmp/vif.json"; }

# Once as the driver has made the function, once with a MAC and a VLAN of the administrator's.
for admin in none 52:54:00:00:00:0f; do
    if [ $admin != none ]; then
        ip link set "$eth" vf 1 mac $admin vlan 9
        ip link set "$lower" down
        echo "$vf" >$drivers/igbvf/unbind       # so that it reads its MAC
        echo "$vf" >$drivers/igbvf/bind
        for _ in $(seq 100); do
            lower=$(ls "/sys/bus/pci/devices/$vf/net" 2>/dev/null) && [ "$lower" ] && break
            sleep 0.1
        done
    fi
    # Its netdev is up before, as a plug would leave it, and has told its MAC; one that the driver
    # has made up is told, or not, at any time.
    ip link set "$lower" up
    if [ $admin = none ]; then
        ip link set "$lower" address 52:54:00:00:00:0e
        for _ in $(seq 100); do         # the driver's watchdog brings it to the physical function
            ip link show dev "$eth" | grep -q 'vf 1 .*52:54:00:00:00:0e' && break
            sleep 0.1
        done
    fi
    looks bare
    expect ${admin}_plan 0 "^change +vf $vf " '' run plan
    expect ${admin}_plug 0 '^done$' '' run plug
    looks plugged
    check ${admin}_vf grep -q 'vf 1 .*52:54:00:aa:bb:01.*vlan 101' "$tmp/plugged"
    check ${admin}_lower test "$(cat "/sys/class/net/$lower/address")" = 52:54:00:aa:bb:01
    check ${admin}_guest test "$(cat /sys/class/net/mvdc065497-3c/address)" = 52:54:00:aa:bb:01
    expect ${admin}_check 0 '^as wanted$' '' run check
    expect ${admin}_again 0 '^nothing to do$' '' run plug
    same ${admin}_again_same plugged
    ip link set "$eth" vf 1 vlan 55
    expect ${admin}_drift 3 'vlan: wanted 101, found 55$' '' run check
    expect ${admin}_repair 0 '^done$' '' run plug
    same ${admin}_repair_same plugged
    expect ${admin}_unplug 0 '^done$' '' run unplug
    same ${admin}_unplug_same bare
    expect ${admin}_unplug_again 0 '^nothing to do$' '' run unplug
    expect ${admin}_id_plug 0 '^done$' '' run plug
    expect ${admin}_id 0 '^done$' '' "$VIFCTL" unplug --id $id
    same ${admin}_id_same bare
    expect ${admin}_bridge 0 '^done$' '' "$VIFCTL" plug $on "$tmp/bridge.json"
    check ${admin}_bridge_vf cmp -s <(grep '  vf' "$tmp/bare") \
        <(ip link show dev "$eth" | grep '  vf')
    expect ${admin}_bridge_unplug 0 '^done$' '' "$VIFCTL" unplug $on "$tmp/bridge.json"
    same ${admin}_bridge_same bare

    # A request that fails, whichever: nothing is left. A kill there: the next plug or unplug ends
    # it.
    for when in $(seq 2 40); do
        strace -f -qq -o /dev/null -e trace=sendmsg -e inject=sendmsg:error=EPERM:when=$when \
            "$VIFCTL" plug $on "$tmp/vif.json" >"$tmp/out" 2>&1
        status=$?
        [ $status != 0 ] || break
        check ${admin}_fail_${when}_said test $status = 1
        same ${admin}_fail_$when bare
    done
    check ${admin}_fail_all test $status = 0
    run unplug >/dev/null
    same ${admin}_fail_same bare
    for when in $(seq 2 40); do
        { strace -f -qq -o /dev/null -e trace=sendmsg -e inject=sendmsg:signal=KILL:when=$when \
            "$VIFCTL" plug $on "$tmp/vif.json" >"$tmp/out" 2>&1; } 2>/dev/null
        status=$?
        [ $status = 137 ] || break
        [ $((when % 2)) = 0 ] ||
            expect ${admin}_kill_${when}_plug 0 '^done$|^nothing to do$' '' run plug
        expect ${admin}_kill_$when 0 '^done$|^nothing to do$' '' run unplug
        same ${admin}_kill_${when}_same bare
    done
    check ${admin}_kill_all test $status = 0
    run unplug >/dev/null
    same ${admin}_kill_same bare
done
ip link set "$eth" down
expect pf_down 1 '' ".*$eth is down.*" run plug
ip link set "$eth" up
ip link set "$eth" vf 1 mac 00:00:00:00:00:00 vlan 0
exit $failed
