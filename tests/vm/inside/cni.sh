#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/cni.c in mode vlan, which needs VLAN devices: two containers in two VLANs over one card.
. tests/cli/lib
if [ "${1:-}" != inside ]; then
    modprobe 8021q
    rm -rf "$tmp"
    exec unshare -nm bash "$0" inside
fi
mount -t sysfs none /sys
plugin=$BUILD/tests/vm/cni
ip link set lo up
ip link add eth1 type veth peer name far-eth1 && ip link set eth1 up mtu 1400
for n in 1 2 3 4; do
    unshare -n sleep 600 &
    pods[n]=$!
done
sleep 0.5
trap 'kill ${pods[*]} 2>/dev/null; rm -rf "$tmp"' EXIT
inside() { nsenter -n -t "${pods[$1]}" "${@:2}"; }
quiet() { "$@" >/dev/null; }

# The other side of the card has a link in each VLAN, whose first address is its own.
ip link set far-eth1 netns ${pods[3]} && inside 3 ip link set far-eth1 up
for vlan in 5 6; do
    inside 3 ip link add link far-eth1 name far.$vlan type vlan id $vlan
    inside 3 ip addr add 10.$vlan.0.1/24 dev far.$vlan
    inside 3 ip link set far.$vlan up
done
mkdir "$tmp/bin"

# call VERB POD VLAN [MORE]: with more fields of the configuration
call()
{
    local ipam='"type":"host-local","subnet":"10.'$3'.0.0/24","routes":[{"dst":"0.0.0.0/0"}]'
    echo '{"cniVersion":"1.1.0","name":"net'$3'","type":"vif","mode":"vlan","master":"eth1",' \
        '"vlanId":'$3',"ipam":{'$ipam',"dataDir":"'$tmp/ipam'"}'${4:+,$4}'}' |
        env -i PATH="$PATH" CNI_COMMAND=$1 CNI_CONTAINERID=pod$2 CNI_IFNAME=eth0 \
            CNI_NETNS=${netns-/proc/${pods[$2]}/ns/net} CNI_PATH="$tmp/bin" "$plugin"
}
leases() { find "$tmp/ipam" -name '10.*' | wc -l; }
empty() { [ "$(inside $1 ip -o link | wc -l)" = 1 ]; }

expect add 0 '"interfaces":\[\{"name":"eth0",.*"address":"10.5.0.2/24","gateway":"10.5.0.1"' '' \
    call ADD 1 5
previous="\"prevResult\":$(cat "$tmp/out")"
inside 1 ip -d link show eth0 >"$tmp/link"
check is_vlan grep -q 'vlan protocol 802.1Q id 5' "$tmp/link"
check has_mtu grep -q 'mtu 1400' "$tmp/link"
check route grep -q '^default via 10.5.0.1 ' <(inside 1 ip route)
check nothing_on_the_host test "$(ip -o link | wc -l)" = 2
check ping quiet inside 1 ping -c 3 -i 0.2 -W 5 10.5.0.1
expect other_vlan 0 '"address":"10.6.0.2/24"' '' call ADD 2 6
check other_vlan_ping quiet inside 2 ping -c 1 -W 5 10.6.0.1
inside 3 ip link delete far.6
check other_vlan_apart test "$(inside 2 ping -c 1 -W 1 10.6.0.1 | grep -c ' 100% packet loss')" = 1
expect check 0 '' '' call CHECK 1 5 "$previous"
expect check_differs 1 '"code":101,.*mtu: wanted 1300, found 1400' '' \
    call CHECK 1 5 "$previous,\"mtu\":1300"
expect taken 1 '"code":100,.*eth1 has a VLAN of that id already' '' call ADD 4 5
check taken_gives_back test "$(leases)" = 2
check taken_leaves_nothing empty 4
expect del 0 '' '' call DEL 1 5
check del_empty empty 1
expect del_again 0 '' '' call DEL 1 5
netns='' expect del_unseen 0 '' '' call DEL 2 6
check del_leases test "$(leases)" = 0
exit $failed
