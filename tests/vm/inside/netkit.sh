#!/bin/bash
# SPDX-License-Identifier: MIT
# Pairs of netkit, which Linux has since 6.7: what is tested of veth, and guests that meet on a
# bridge of the kernel's and on one of Open vSwitch's; a routed one.
. tests/cli/lib
vifs=tests/fixtures/vifs
if [ "${1:-}" != inside ]; then
    rm -rf "$tmp"
    for t in plug_check a_pair_of_the_other unplug_without failure_at routes without_layer_3 \
        addresses_that_are_probed a_port_of; do
        PAIR=netkit timeout 200 "$BUILD/tests/kernel/netns" $t 2>&1
    done
    exec unshare -nm bash "$0" inside
fi
mount -t sysfs none /sys
ip link set lo up
echo 1 >/proc/sys/net/ipv4/ip_forward
pods=() datapath=
for n in 1 2; do
    unshare -n sleep 600 &
    pods[n]=$!
done
sleep 0.5
trap 'kill ${pods[*]}; rm -rf "$tmp"' EXIT
inside() { nsenter -n -t "${pods[$1]}" "${@:2}"; }

# wanted NUMBER FILE: the VIF of that guest, 192.0.2.1NUMBER
wanted()
{
    sed "s/dc065497/dc06549$1/g; s/22:52:25:62:e2:aa/22:52:25:62:e2:a$1/
        s/192.0.2.17/192.0.2.1$1/; s/\"netdev\"/\"$datapath\"/" \
        "$vifs/$2.json" >"$tmp/vif$1.json"
}
# do_vif VERB NUMBER OPTION...: the first guest's pair is one of netkit
do_vif()
{
    local netkit=false
    [ $2 != 1 ] || netkit=true
    "$VIFCTL" $1 -c netns_netkit=$netkit --netns ${pods[$2]} "${@:3}" "$tmp/vif$2.json"
}
quiet() { "$@" >/dev/null; }
kind() { ip -d link show "tapdc06549$1-3c" | grep -o 'netkit\|veth'; }
pings() { inside 1 ping -q -c 3 -i 0.2 -W 3 192.0.2.12 >"$tmp/ping"; }
says_hello()
{
    inside 2 timeout 20 busybox nc -l -p 80 -e echo hello &
    sleep 0.5
    inside 1 timeout 10 busybox nc 192.0.2.12 80 </dev/null | grep -q hello
}

# meet NAME FILE OPTION...
meet()
{
    local name=$1 file=$2 n
    shift 2
    for n in 1 2; do
        wanted $n "$file"
        expect ${name}_plug_$n 0 '^done$' '' do_vif plug $n "$@"
    done
    check ${name}_kinds test "$(kind 1) $(kind 2)" = 'netkit veth'
    expect ${name}_again 0 '^nothing to do$' '' do_vif plug 1 "$@"
    expect ${name}_check 0 '^as wanted$' '' do_vif check 1 "$@"
    check ${name}_ping pings
    [ "$name" != netdev ] || for n in 1 2; do inside $n ethtool -K eth0 tx off; done >/dev/null
    check ${name}_tcp says_hello
    for n in 1 2; do
        expect ${name}_unplug_$n 0 '^done$' '' "$VIFCTL" unplug "$@" "$tmp/vif$n.json"
        check ${name}_gone_$n test "$(inside $n ip -o link | wc -l)" = 1
    done
}

meet bridge linux_bridge -c create_tap=true
wanted 1 generic_tap
expect routed_plug 0 '^done$' '' do_vif plug 1
check routed_ping quiet ping -q -c 3 -i 0.2 -W 3 192.0.2.11
expect routed_unplug 0 '^done$' '' "$VIFCTL" unplug "$tmp/vif1.json"

# A container of the CNI plugin's.
cni()
{
    echo '{"cniVersion":"1.1.0","name":"net","type":"vif","pool":"10.33.0.1/24","netkit":true}' |
        env -i PATH="$PATH" CNI_COMMAND=$1 CNI_CONTAINERID=pod CNI_IFNAME=eth0 \
            CNI_NETNS=/proc/${pods[1]}/ns/net "$BUILD/tests/vm/cni"
}
expect cni_add 0 '"address":"10.33.0.[0-9]*/24"' '' cni ADD
check cni_is_netkit grep -q netkit <(inside 1 ip -d link show eth0)
check cni_ping quiet inside 1 ping -q -c 3 -i 0.2 -W 3 10.33.0.1
expect cni_del 0 '' '' cni DEL
check cni_gone test "$(inside 1 ip -o link | wc -l)" = 1

# The datapath of its own passes on checksums that are not complete: netkit leaves them so.
modprobe -a openvswitch tun
. tests/vm/switch
trap 'kill ${pods[*]} $(cat "$tmp"/*.pid); rm -rf "$tmp"' EXIT
for datapath in system netdev; do
    vsctl --if-exists del-br br-int -- add-br br-int -- set bridge br-int datapath_type=$datapath
    meet $datapath ovs_create_tap -c create_tap=true -c ovsdb_connection="unix:$tmp/db.sock"
done
exit $failed
