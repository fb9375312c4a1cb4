#!/bin/bash
# SPDX-License-Identifier: MIT
# Virtual switches on bridges that tell VLANs apart: port groups with VLANs, edits of them while
# guests speak, uplinks that become a team; and the cards of the host, of which one is emulated.
. tests/cli/lib
if [ "${1:-}" != inside ]; then
    . tests/vm/nic
    modprobe -a 8021q bridge veth bonding
    expect nics 0 "\"name\":\"$eth\"" '' "$VIFCTL" switch nics
    line=$(grep "\"$eth\"" "$tmp/out")
    mac=$(cat "/sys/class/net/$eth/address")
    for part in "$pf" igb "$mac"; do
        check "nic_$part" grep -qF "\"$part\"" <<<"$line"
    done
    rm -rf "$tmp"
    unshare -nm bash "$0" inside
    exit
fi
mount -t sysfs none /sys
mount -t tmpfs none /run
ip link set lo up
for n in 1 2; do
    ip link add eth$n type veth peer name far$n
    ip link set eth$n up
    ip link set far$n up
done

guests=
trap 'kill $guests; rm -rf "$tmp"' EXIT
in_guest() { local pid=g_$1; nsenter -t ${!pid} -n "${@:2}"; }
for n in 1 2 3; do
    unshare -n sleep 900 &
    eval "g_$n=$!"
    guests+=" $!"
    sed "s/$tap/port$n/; s/$id/${id%?}$n/; s/22:52:25:62:e2:aa/22:52:25:62:e2:0$n/
         s/192\.0\.2\.17/192.0.2.1$n/" $vifs/linux_bridge.json >"$tmp/$n.json"
done
sleep 0.5
# plug N GROUP; switch VERB UPLINKS MEMBERS-OF-LIST
verb() { local pid=g_$2; "$VIFCTL" "$1" "${@:3}" --netns ${!pid} "$tmp/$2.json"; }
switch()
{
    "$VIFCTL" switch "$1" "{\"name\":\"vs0\",\"backend\":\"linux\",\"uplinks\":[$2],
        \"port_groups\":[$3]}"
}
has()
{
    local port=$1
    shift
    bridge -c=never -compressvlans vlan show dev "$port" |
        sed -n "s/^$port//; s/^[ \t]*//; s/ *\$//; /^[0-9]/p" >"$tmp/vlans"
    printf '%s\n' "$@" | diff - "$tmp/vlans" >"$tmp/diff" || { cat "$tmp/diff"; return 1; }
}
reaches() { in_guest "$1" ping -c2 -i0.2 -W1 "$2" >"$tmp/ping"; }
apart() { ! reaches "$@"; }
filters() { ip -d link show vs0 | grep -q "vlan_filtering $1"; }

web='{"name":"web"}'
db='{"name":"db"}'
expect define 0 '' '' switch define '"eth1"' "$web,$db"
check no_filter filters 0
for n in 1 2 3; do
    [ $n != 3 ] && group=web || group=db
    expect plug_$n 0 '^done$' '' verb plug $n --port-group $group
    in_guest $n ip link set lo up
    in_guest $n ip link set eth0 up
done
check all_reach reaches 1 192.0.2.13

# guests 1 and 2 speak on, whatever their group becomes
in_guest 2 ping -c300 -i0.02 -W1 192.0.2.11 >"$tmp/meanwhile" &
pings=$!
expect to_100 0 '' '' switch edit '"eth1"' '{"name":"web","vlan":100},{"name":"db"}'
check filter filters 1
check tag has port1 '100 PVID Egress Untagged'
check other_group has port3 '1 PVID Egress Untagged'
check uplink has eth1 '1 PVID Egress Untagged' '2-4094'
check apart apart 1 192.0.2.13
check together reaches 1 192.0.2.12
expect as_wanted 0 '^as wanted$' '' verb check 1 --port-group web
bridge vlan add dev port1 vid 7
expect by_hand 3 'vlans port1: vlans' '' verb check 1 --port-group web
expect set_right 0 '' '' switch edit '"eth1"' '{"name":"web","vlan":100},{"name":"db"}'
check right has port1 '100 PVID Egress Untagged'
expect both_200 0 '' '' \
    switch edit '"eth1"' '{"name":"web","vlan":200},{"name":"db","vlan":200}'
check joined reaches 1 192.0.2.13
expect db_300 0 '' '' \
    switch edit '"eth2"' '{"name":"web","vlan":200},{"name":"db","vlan":300}'
check apart_again apart 1 192.0.2.13
check uplink_moved has eth2 '1 PVID Egress Untagged' '2-4094'
expect team 0 '' '' \
    switch edit '"eth1","eth2"' '{"name":"web","vlan":200},{"name":"db","vlan":300}'
check team_has has u-vs0 '1 PVID Egress Untagged' '2-4094'
check team_of grep -q 'eth1 eth2' /sys/class/net/u-vs0/bonding/slaves
expect no_team 0 '' '' switch edit '"eth1"' '{"name":"web","vlan":200},{"name":"db"}'
check no_bond test ! -e /sys/class/net/u-vs0
expect to_0 0 '' '' switch edit '"eth1"' "$web,$db"
check back_together reaches 1 192.0.2.13
check filter_ceases filters 0
wait $pings
check lost_few awk -F'[ ,%]+' '/received/ { good = $1 - $4 <= 6 } END { exit !good }' \
    "$tmp/meanwhile"
grep received "$tmp/meanwhile" | sed 's/^/# /'

expect to_4095 0 '' '' switch edit '"eth1"' '{"name":"web","vlan":4095},{"name":"db"}'
check trunk has port1 '1-4094'
expect held 1 '' 'vifctl: .*: web: E_BUSY: has a port of the VIF .*' switch edit '"eth1"' "$db"
expect undefine_held 1 '' 'vifctl: .*: E_BUSY: has a port of the VIF .*' \
    "$VIFCTL" switch undefine vs0
for n in 1 2 3; do
    expect unplug_$n 0 '^done$' '' verb unplug $n
done
expect undefine 0 '' '' "$VIFCTL" switch undefine vs0
check gone test ! -e /sys/class/net/vs0
check no_files test ! -e /run/vif/*.vs0.switch
exit $failed
