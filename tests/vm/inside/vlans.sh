#!/bin/bash
# SPDX-License-Identifier: MIT
# The VLANs of ports of a bridge that filters them (port_vlan, port_trunks): who reaches whom, what
# comes back after a failure, and what a check finds.
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
for n in 1 2 3 4; do guest $n; done
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
    in_guest $n ip addr add 192.0.2.1$n/24 dev eth0
    in_guest $n ip link set lo up
    in_guest $n ip link set eth0 up
done
check one_vlan reaches 1 192.0.2.12
check across apart 1 192.0.2.13
check from_default apart 4 192.0.2.11

exit $failed
