#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/cni.c with containers on a bridge of a real Open vSwitch: they ping each other, one in
# another VLAN doesn't; what is gone leaves no port, whether the runtime says so or GC finds it.
cd "$(dirname "$0")/../.." || exit 1
. tests/ovs/lib
needs ip ovs-vsctl ping
inside_namespaces "$@"
mkdir "$work/bin"
${CC:-gcc} -O0 -std=c99 -I. examples/cni.c -o "$work/bin/vif" || {
    not_ok cni_builds
    exit 1
}
node one normal && bridge one br0 && namespace a && namespace b && namespace c || {
    not_ok cni_switch
    exit 1
}

# call VERB CONTAINER NETNS [MORE]
call()
{
    cat >"$work/conf" <<CONF
{"cniVersion": "1.1.0", "name": "net", "type": "vif", "mode": "ovs", "bridge": "br0",
 "ovsdb": "$(db one)", "ipam": {"type": "host-local", "subnet": "10.9.0.0/24",
 "dataDir": "$work/ipam"}${4:+,$4}}
CONF
    CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=$3 CNI_IFNAME=eth0 CNI_PATH=$work/bin \
        on one "$work/bin/vif" <"$work/conf"
}
ports() { vsctl one list-ports br0 | wc -l; }
# within NETNS COMMAND...
within() { ip netns exec "$@"; }

check cni_add call ADD a /run/netns/a
call ADD a2 /run/netns/b >"$work/added"
check cni_result grep -q '\[{"name":"br0"},{"name":"vif[0-9a-f]*"},{"name":"eth0",' "$work/added"
check cni_add_vlan call ADD c /run/netns/c '"vlan":7'
port=$(vsctl one --bare --columns=name find Port tag=7)
check cni_tagged test "$(vsctl one get Port "$port" tag)" = 7
check cni_ping within b ping -c1 -W5 10.9.0.2
status cni_vlan_apart 1 within c ping -c1 -W1 10.9.0.2
check cni_check call CHECK a2 /run/netns/b "\"prevResult\":$(cat "$work/added")"
vsctl one set Port "$port" tag=8
status cni_check_differs 1 call CHECK c /run/netns/c \
    '"vlan":7,"prevResult":{"cniVersion":"1.1.0","ips":[{"address":"10.9.0.4/24"}]}'
grep -q 'tag: wanted 7, found 8' "$work/check" || not_ok cni_says "$(cat "$work/check")"
check cni_del call DEL a /run/netns/a
check cni_del_again call DEL a ''
check cni_del_port test "$(ports)" = 2
ip netns del b                          # and its container's link with it: the port stays, broken
check cni_gc call GC '' '' '"cni.dev/valid-attachments":[{"containerID":"c","ifname":"eth0"}]'
check cni_gc_port test "$(ports)" = 1
check cni_del_vlan call DEL c '' '"vlan":7'
check cni_nothing_left test "$(ports) $(on one ip -o link | grep -c ': vif')" = '0 0'
exit $failed
