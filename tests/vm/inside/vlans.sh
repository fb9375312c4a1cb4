#!/bin/bash
# SPDX-License-Identifier: MIT
# The VLANs of ports of a bridge that filters them (port_vlan, port_trunks): who reaches whom, what
# comes back after a failure, and what a check finds. Faults of a VLAN over the uplink, too.
. tests/cli/lib
if [ "${1:-}" != inside ]; then
    modprobe -a 8021q bridge veth
    rm -rf "$tmp"
    exec unshare -nm bash "$0" inside
fi
mount -t sysfs none /sys
ip link set lo up

# guest N: a namespace, $g_N its process, and a VIF of its own in $tmp/N.json
guests=
guest()
{
    unshare -n sleep 900 &
    eval "g_$1=$!"
    guests+=" $!"
    sed "s/$tap/port$1/; s/$id/${id%?}$1/; s/22:52:25:62:e2:aa/22:52:25:62:e2:0$1/; s/$bridge/br0/
         s/192\.0\.2\.17/192.0.2.1$1/" $vifs/linux_bridge.json >"$tmp/$1.json"
}
trap 'kill $guests; rm -rf "$tmp"' EXIT
in_guest() { local pid=g_$1; nsenter -t ${!pid} -n "${@:2}"; }
# plug N OPTION...: the VIF of guest N
verb() { local pid=g_$2; "$VIFCTL" "$1" "${@:3}" --netns ${!pid} "$tmp/$2.json"; }
# has PORT LINE...: the VLANs of the port, as bridge(8) has them
has()
{
    local port=$1
    shift
    bridge -c=never vlan show dev "$port" |
        sed -n "s/^$port//; s/^[ \t]*//; s/ *\$//; /^[0-9]/p" >"$tmp/vlans"
    printf '%s\n' "$@" | diff - "$tmp/vlans" >"$tmp/diff" || { cat "$tmp/diff"; return 1; }
}
reaches() { in_guest "$1" ping -c2 -i0.2 -W1 "$2" >"$tmp/ping"; }
apart() { ! reaches "$@"; }
for n in 1 2 3 4 5; do guest $n; done
sleep 0.5

# ---- made by the plug: the bridge filters ----

expect first 0 '^done$' '' verb plug 1 -c port_vlan=100
ip -d link show br0 >"$tmp/bridge"
check filters grep -q 'vlan_filtering 1' "$tmp/bridge"
check access has port1 '100 PVID Egress Untagged'
expect again 0 '^nothing to do$' '' verb plug 1 -c port_vlan=100
expect same_vlan 0 '^done$' '' verb plug 2 -c port_vlan=100
expect other_vlan 0 '^done$' '' verb plug 3 -c port_vlan=200
expect no_vlan 0 '^done$' '' verb plug 4
check default has port4 '1 PVID Egress Untagged'
for n in 1 2 3 4; do
    in_guest $n ip link set lo up
    in_guest $n ip link set eth0 up
done
check one_vlan reaches 1 192.0.2.12
check across apart 1 192.0.2.13
check from_default apart 4 192.0.2.11
check to_default apart 1 192.0.2.14

# ---- edited while it is in use; guest 2's pings go on meanwhile ----

expect fifth 0 '^done$' '' verb plug 5 -c port_vlan=100
in_guest 2 ping -c30 -i0.1 -W1 192.0.2.15 >"$tmp/meanwhile" &
pings=$!
expect access 0 '^done$' '' verb plug 1 -c port_vlan=200
check moved has port1 '200 PVID Egress Untagged'
check moved_to reaches 1 192.0.2.13
check moved_from apart 1 192.0.2.12
expect to_trunk 0 '^done$' '' verb plug 1 -c port_trunks=100,200-202
check trunk has port1 100 200 201 202
check untagged_no_more apart 1 192.0.2.13
tagged() { in_guest 1 ip link add link eth0 name vlan$1 type vlan id $1 &&
    in_guest 1 ip addr add "$2"/24 dev vlan$1 && in_guest 1 ip link set vlan$1 up; }
in_guest 1 ip addr flush dev eth0
tagged 100 192.0.2.21
check tagged reaches 1 192.0.2.12
check tagged_across apart 1 192.0.2.13
in_guest 1 ip link del vlan100
tagged 200 192.0.2.21
check tagged_other reaches 1 192.0.2.13
in_guest 1 ip link del vlan200
tagged 1 192.0.2.21                     # the default's is not let in with a tag, either
check tagged_default apart 1 192.0.2.14
in_guest 1 ip link del vlan1
tagged 300 192.0.2.21
expect all 0 '^done$' '' verb plug 1 -c port_trunks=1-4094
bridge -c=never -compressvlans vlan show dev port1 >"$tmp/all"
check all_of_them grep -q '1-4094$' "$tmp/all"
expect both 0 '^done$' '' verb plug 1 -c port_vlan=100 -c port_trunks=300
check native has port1 '100 PVID Egress Untagged' 300
in_guest 1 ip link del vlan300
check native_reaches reaches 1 192.0.2.12
expect back 0 '^done$' '' verb plug 1 -c port_vlan=100
check back_has has port1 '100 PVID Egress Untagged'
wait $pings
check undisturbed grep -q ' 0% packet loss' "$tmp/meanwhile"

# ---- what somebody else does to it ----

expect as_wanted 0 '^as wanted$' '' verb check 1 -c port_vlan=100
bridge vlan del dev port1 vid 100
expect taken 3 'vlans port1: pvid: wanted 100, found 0' '' verb check 1 -c port_vlan=100
check taken_list grep -q 'vlans port1: vlans: wanted 100, found $' "$tmp/out"
expect given_back 0 '^done$' '' verb plug 1 -c port_vlan=100
bridge vlan add dev port1 vid 1 untagged
expect added 3 'vlans port1: vlans: wanted 100, found 1,100' '' verb check 1 -c port_vlan=100
expect repaired 0 '^done$' '' verb plug 1 -c port_vlan=100
check repaired_has has port1 '100 PVID Egress Untagged'
bridge vlan add dev port1 vid 100
expect flags 3 'vlans port1: untagged: wanted 100, found $' '' verb check 1 -c port_vlan=100
expect flags_back 0 '^done$' '' verb plug 1 -c port_vlan=100
check flags_has has port1 '100 PVID Egress Untagged'
ip link set br0 type bridge vlan_filtering 0
expect off 3 'vlans port1: vlan_filtering: wanted yes, found no' '' verb check 1 -c port_vlan=100
expect off_plug 1 '' 'vifctl: .*: vlans port1: E_UNSUPPORTED: .*port_vlan.*br0 filters no.*' \
    verb plug 1 -c port_vlan=100
ip link set br0 type bridge vlan_filtering 1
expect on_again 0 '^nothing to do$' '' verb plug 1 -c port_vlan=100

# ---- watched ----

timeout 60 "$VIFCTL" watch -c port_vlan=100 --netns $g_1 "$tmp/1.json" >"$tmp/watch" &
watch=$!
watched()
{
    for _ in $(seq 100); do [ "$(tail -n 1 "$tmp/watch")" = "$1" ] && return; sleep 0.1; done
    tail -n 3 "$tmp/watch"
    return 1
}
check watch_start watched 'as wanted'
bridge vlan add dev port1 vid 30
check watch_drift watched 'vlans port1: vlans: wanted 100, found 30,100'
bridge vlan del dev port1 vid 30
check watch_right watched 'as wanted'
kill $watch

# ---- as many ranges as there can be ----

expect many 0 '^done$' '' verb plug 1 -c port_trunks="$(seq -s, 1 2 4093)"
bridge -c=never vlan show dev port1 >"$tmp/many"
check many_of_them test "$(wc -l <"$tmp/many")" = 2048
expect many_again 0 '^nothing to do$' '' verb plug 1 -c port_trunks="$(seq -s, 1 2 4093)"
expect one_again 0 '^done$' '' verb plug 1 -c port_vlan=100
check one_again_has has port1 '100 PVID Egress Untagged'

# ---- a bridge of somebody else's, whose default is another ----

ip link add br1 type bridge vlan_filtering 1 vlan_default_pvid 9
ip link set br1 up
sed -i s/br0/br1/g "$tmp/3.json"
expect elsewhere 0 '^done$' '' verb plug 3 -c port_vlan=200
check elsewhere_has has port3 '200 PVID Egress Untagged'
check master grep -q br1 <(ip link show port3)

for n in 1 2 3 4 5; do expect unplug_$n 0 '^done$' '' verb unplug $n; done
ip -o link >"$tmp/links"
check gone test "$(grep -c port "$tmp/links")" = 0

# ---- faults and kills ----

modprobe tun
exec 5>&1
run() { timeout 400 "$BUILD/tests/$1" "${@:2}" 2>&1 | grep -v '^# .* runs\?' >&5; }
export FAULT_EVERY=9 KILL_EVERY=5
run kernel/vlans
run fault/plug_vlans vlans_plug
FAULT_EVERY=30 run fault/plug_vlans vlan_plug
run fault/plug_vlans vlans_refused
exit $failed
