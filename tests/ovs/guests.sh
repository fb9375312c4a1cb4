#!/bin/bash
# SPDX-License-Identifier: MIT
# Guests of QEMU on VIFs of each kind that a guest may have: the guest and somebody else on its
# bridge reach each other by ping and by TCP, whoever begins; unplug leaves nothing.
cd "$(dirname "$0")/../.." || exit 1
. tests/ovs/lib
. tests/ovs/guest
needs ip jq ovs-vsctl qemu-system-x86_64 busybox ethtool ping "$VIFCTL"
VM=${VM:-$PWD/${BUILD:-build}/vm}
old_qemu() { [[ $("${qemu[@]}" --version) != *\ version\ [1-9][0-9].* ]]; }
. tests/vm/qemu
if [ "${1:-}" != inside ]; then
    guest_files || skip "no kernel for a guest: $(tail -n 1 "$guest/log")"
    # QEMU 7.2 comes to its end where a vhost-user device begins.
    old_qemu && VM=$VM timeout 300 tests/vm/fetch.sh qemu >>"$guest/log" 2>&1
fi
inside_namespaces "$@"
d='.["versioned_object.data"]' mac=22:52:25:62:e2:aa
# The userspace datapath of Open vSwitch passes on checksums that are not complete; a bridge of the
# kernel's leaves them to whoever is behind it, on both sides.
complete=,csum=off,gso=off,host_tso4=off,host_tso6=off,host_ufo=off
complete+=,guest_csum=off,guest_tso4=off,guest_tso6=off,guest_ufo=off

# On a machine that has much else to do the kernel takes an emulated timer for broken.
steady='tsc=reliable no_timer_check'

# boot NODE NETDEV...: a guest with that netdev of QEMU's, whose id is n
boot()
{
    : >"$work/console"
    on "$1" "${qemu[@]}" -nodefaults -no-user-config -no-reboot -display none -m 128 -cpu max \
        -machine q35,memory-backend=m -object memory-backend-memfd,id=m,size=128M,share=on \
        -accel tcg,thread=multi -kernel "$guest/vmlinuz" -initrd "$guest/initramfs" \
        -append "console=ttyS0 quiet panic=-1 net.ifnames=0 $steady address=192.0.2.17/24" \
        -pidfile "$work/qemu.pid" \
        -serial "file:$work/console" -device "virtio-net-pci,netdev=n,mac=$mac,romfile=$offload" \
        "${@:2}" >"$work/qemu" 2>&1 </dev/null &
    machine=$!
    until_true 90 is_up && grep -q 'the guest is up' "$work/console" && return
    cat "$work/qemu" "$work/console"
    return 1
}
is_up() { grep -q 'the guest is up' "$work/console" || ! kill -0 $machine; }
on_tap() { boot "$1" -netdev tap,id=n,ifname=$tap,script=no,downscript=no,vhost=off; }
on_socket()
{
    boot "$1" -netdev vhost-user,id=n,chardev=c \
        -chardev "socket,id=c,path=$work/peer,server=on,wait=off"
}

# meet NODE BRIDGE [COLUMN...]: the namespace "far" gets a link on that bridge; it says hello, too
meet()
{
    ip -n "$1" link add far type veth peer name eth0 netns far && ip -n "$1" link set far up &&
        ip -n far addr add 192.0.2.1/24 dev eth0 && ip -n far link set eth0 mtu 1442 up || return
    if [ "$offload" ]; then
        ip netns exec far ethtool -K eth0 tx off >/dev/null
        vsctl "$1" add-port "$2" far "${@:3}" || return
    else
        ip -n "$1" link set far master "$2" || return
    fi
    ip netns exec far busybox nc -ll -p 80 -e echo hello from outside &
    server=$!
}
part()
{
    { kill $server && wait $server; } 2>/dev/null
    [ ! "$offload" ] || vsctl "$1" del-port far
    ip -n "$1" link del far
}

# left NODE: what there is, but for bridges, which stay
left()
{
    ip -n "$1" -o link | sed 's/^[0-9]*: //; s/[:@ ].*//' | grep -v ^br | sort
    [ ! -e "$work/$1/db.sock" ] || vsctl "$1" --bare --columns=name list Port
    ls -A /run/vif 2>/dev/null
}
is_left() { left "$1" | diff "$work/before" -; }

from() { ip netns exec far timeout 10 busybox nc 192.0.2.17 "$1"; }
pings() { ip netns exec far ping -q -c "$1" -i 0.2 -W "$2" 192.0.2.17; }
mib() { [ "$(from 81 </dev/null | wc -c)" = 1048576 ]; }
hello() { from 80 </dev/null | grep 'hello from the guest'; }
told() { from 99 <<<"$1" | grep -F "$2"; }

apart() { vsctl "$1" set Port far tag=8 && ! pings 2 1; }

# trial NAME NODE BRIDGE GUEST OPTION...: of $work/NAME.json; columns: those of the other's port
trial()
{
    local name=$1 node=$2 bridge=$3 start=$4 file=$work/$1.json
    shift 4
    left "$node" >"$work/before"
    check "$name"_plug vif "$node" plug -i "$vifs/instance.json" "$@" "$file"
    check "$name"_other meet "$node" "$bridge" $columns
    if check "$name"_boots $start "$node"; then
        check "$name"_ping pings 3 5
        check "$name"_hello hello
        check "$name"_mib mib
        check "$name"_pings told 'ping -c 3 192.0.2.1' ' 0% packet loss'
        check "$name"_connects told 'nc 192.0.2.1 80 </dev/null' 'hello from outside'
        check "$name"_as_wanted vif "$node" check "$@" "$file"
        [ ! "$columns" ] || check "$name"_apart apart "$node"
    fi
    { kill "$(cat "$work/qemu.pid")"; wait $machine; } 2>/dev/null
    part "$node"
    check "$name"_unplug vif "$node" unplug "$@" "$file"
    check "$name"_left until_true 5 is_left "$node"
}

tap=tapdc065497-3c columns='' offload=''
cp "$vifs/linux_bridge.json" "$work/linux.json"
jq "$d.port_profile${d#.}.multiqueue = false" "$vifs/ovs_create_tap.json" >"$work/ovs.json"
jq "$d.path = \"$work/peer\" | $d.network${d#.}.mtu = 1450" "$vifs/vhostuser_server.json" \
    >"$work/vhost.json"
check namespaces eval 'namespace linux && namespace far'
check node eval 'node normal normal && bridge normal br-int' || exit 1

trial linux linux brq1b2c3d4e-5f on_tap -c create_tap=true
offload=$complete
trial ovs normal br-int on_tap
columns=tag=7
for name in vlan group; do cp "$work/ovs.json" "$work/$name.json"; done
trial vlan normal br-int on_tap -c port_vlan=7
check switch vif normal switch define '{"name": "vs0", "backend": "ovs", "datapath_type": "netdev",
    "port_groups": [{"name": "blue", "vlan": 7}]}'
trial group normal vs0 on_tap --port-group blue
columns=
if old_qemu; then
    echo "skip vhost: needs QEMU 10: $(tail -n 1 "$guest/log")"
else
    check node_dpdk eval 'node dpdk dpdk && bridge dpdk br-int' && trial vhost dpdk br-int on_socket
fi
exit $failed
