#!/bin/bash
# SPDX-License-Identifier: MIT
# Representors of virtual functions: a real NIC with SR-IOV (igb) that tests/vm/representors.c makes
# look like one in switchdev mode, and the kernel's datapath of Open vSwitch; netdevsim's devlink.
. tests/cli/lib
modprobe netdevsim && timeout 100 "$BUILD/tests/vm/ports" 2>&1
modprobe openvswitch
. tests/vm/nic
# New functions, without a driver, as whose devices have another MAC each time.
echo 0 >$device/sriov_numvfs
modprobe -r igbvf
echo 2 >$device/sriov_numvfs
soon test -e $device/virtfn1
modprobe representors "uplink=$eth" count=2 || { echo "not ok representors: the module does not load"; exit 1; }
for rep in $(ls $device/net); do [ "$(cat /sys/class/net/$rep/phys_port_name)" != pf0vf1 ] || break; done

# A switch whose datapath is the kernel's.
. tests/vm/switch
trap 'kill $(cat "$tmp"/*.pid); rm -rf "$tmp"' EXIT

# The VIF of a fixture, of this function, and with a name for its representor.
sed "s/0000:03:00.2/$(basename "$(readlink $device/virtfn1)")/; s/\"representor_address\":/\"representor_name\": \"repdc065497-3c\", &/" tests/fixtures/vifs/hostdev_ovs.json >"$tmp/vif.json"
name=repdc065497-3c
on="-c ovsdb_connection=unix:$tmp/db.sock"
run() { "$VIFCTL" "$1" $on "${@:2}"; }
# Links, and what is beside them: not the switch's own devices, nor carriers, which have their own time.
state() { ip -o link | grep -v 'ovs-system\|br-int' | sed 's/^[0-9]*: //; s/NO-CARRIER,//; s/,LOWER_UP//; s/ state [A-Z]*//; s/ qlen [0-9]*//; s/ qdisc [a-z_]*//; s/ numtxqueues.*//' | sort; vsctl --columns=name list Interface | grep -v br-int; ls /run/vif 2>/dev/null; }
looks() { state >"$tmp/$1"; }
same() { looks now; check "$1" cmp -s "$tmp/$2" "$tmp/now"; diff "$tmp/$2" "$tmp/now" | sed 's/^/# /'; }
rep_is() { [ "$(cat /sys/class/net/$1/phys_port_name 2>/dev/null)" = pf0vf1 ]; }

ip link set $rep alias mine
looks bare
expect plan 0 "^change +name $name .*of=$rep" '' run plan "$tmp/vif.json"
same plan_same bare
expect plug 0 '^done$' '' run plug "$tmp/vif.json"
check plug_name rep_is $name
check plug_up grep -q "$name: <.*,UP" <(ip -o link show $name)
check plug_port test "$(vsctl iface-to-br $name)" = br-int
check plug_datapath grep -q 'master ovs-system' <(ip link show $name)
expect check 0 '^as wanted$' '' run check "$tmp/vif.json"
expect again 0 '^nothing to do$' '' run plug "$tmp/vif.json"
expect unplug 0 '^done$' '' run unplug "$tmp/vif.json"
same unplug_same bare
expect unplug_again 0 '^nothing to do$' '' run unplug "$tmp/vif.json"

# ---- by its tag alone; after the function has gone; beside another of that name ----

expect by_id_plug 0 '^done$' '' run plug "$tmp/vif.json"
expect list 0 "$name" '' "$VIFCTL" list -d "unix:$tmp/db.sock"
expect by_id 0 '^done$' '' run unplug --id $id
same by_id_same bare
expect gone_plug 0 '^done$' '' run plug "$tmp/vif.json"
echo 0 >$device/sriov_numvfs
expect gone_unplug 0 '^done$' '' run unplug "$tmp/vif.json"
check gone_name rep_is $rep
check gone_alias grep -q 'alias mine' <(ip -o link show $rep)
echo 2 >$device/sriov_numvfs
soon test -e $device/virtfn1
sed -i "s/0000:..:..\.[0-7]/$(basename "$(readlink $device/virtfn1)")/" "$tmp/vif.json"
ip link add $name type bridge
looks taken
expect taken 1 '' ".*E_EXISTS.*$name.*" run plug "$tmp/vif.json"
same taken_same taken
ip link del $name

# ---- a card, its functions and their representors ----

ip link set "$eth" vf 1 mac 52:54:00:aa:bb:01 vlan 101
for what in "" "$rep" "$eth"; do
    expect "show${what:+_${what%[0-9]}}" 0 "^ +function 1  52:54:00:aa:bb:01  VLAN 101  representor $rep$" '' "$VIFCTL" show $what
done
check show_port grep -q "^$rep .*  port pf0vf1$" "$tmp/out"
expect show_json 0 "\"number\":1,\"vlan\":101,\"representor\":\"$rep\"" '' "$VIFCTL" show --json
expect show_dot 0 "\"$eth\" -- \"$rep\" .*function 1" '' "$VIFCTL" show --dot
ip link set "$eth" vf 1 mac 00:00:00:00:00:00 vlan 0

# ---- killed in a plug: plugged again and unplugged, or unplugged at once, it is right ----

turn=0
for at in sendmsg:2 sendmsg:3 sendmsg:4 sendmsg:5 rename:1 write:1; do
    { strace -f -qq -o /dev/null -e trace=${at%:*} -e inject=${at%:*}:signal=KILL:when=${at#*:} "$VIFCTL" plug $on "$tmp/vif.json" >"$tmp/out" 2>&1; } 2>/dev/null
    check kill_${at/:/_}_hit test $? = 137
    turn=$((turn + 1))
    [ $((turn % 2)) = 0 ] || expect kill_${at/:/_}_plug 0 '^done$|^nothing to do$' '' run plug "$tmp/vif.json"
    expect kill_${at/:/_} 0 '^done$|^nothing to do$' '' run unplug "$tmp/vif.json"
    same kill_${at/:/_}_same bare
done
modprobe -r representors || not_ok unload "the module is held"
exit $failed
