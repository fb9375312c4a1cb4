#!/bin/bash
# SPDX-License-Identifier: MIT
# vhost-user ports that vif plugged, of both kinds, in an OVS with DPDK: packets of one virtio peer
# arrive at the other. No huge pages, no devices; what polls is gone when the test ends.
cd "$(dirname "$0")/../.." || exit 1
. tests/ovs/lib
needs ip jq ovs-vsctl dpdk-testpmd "$VIFCTL"
[ -x /usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk ] || skip 'no ovs-vswitchd with DPDK'
inside_namespaces "$@"
one=vhu00000001-3c two=vhu00000002-3c # as far as it fits, 14 characters

# wanted NUMBER FIXTURE
wanted()
{
    jq --arg id "0000000$1-3c8d-4f44-8fb4-e1d33c16a536" --arg path "$work/peer$1" '
        .["versioned_object.data"] |= (.id = $id | .path = $path |
            .network["versioned_object.data"].mtu = 1500 |
            .port_profile["versioned_object.data"].interface_id = $id)' \
        "$vifs/$2.json" >"$work/vif$1.json"
}

plug() { vif host plug -i "$vifs/instance.json" "$work/vif$1.json"; }
unplug() { vif host unplug "$work/vif$1.json"; }
column() { vsctl host --if-exists get Interface "$1" "$2" | tr -d '"'; }
is() { [ "$(column "$1" "$2")" = "$3" ] || { column "$1" "$2"; return 1; }; }
is_port() { [ "$(column "$1" ofport)" -gt 0 ] && is "$1" error '[]'; }
no_port() { ! vsctl host list Port "$1"; }
counted() { [ "$(column "$1" "statistics:$2")" -gt 1000 ]; }

# peer NAME SOCKET MODE: a guest's virtio device, which sends or receives until its input ends
peer()
{
    local cpu=$(($(nproc) - 1))         # OVS has the first
    sleep 40 | on host dpdk-testpmd --lcores 0@$cpu,1@$cpu --no-huge -m 128 --no-pci \
        --no-telemetry --file-prefix="$1" --vdev="net_virtio_user0,path=$2" -- --forward-mode="$3" \
        --auto-start --stats-period 1 --total-num-mbufs=8192 --no-mlockall >"$work/$1.log" 2>&1 &
}

received() { grep -Eq 'RX-packets: [1-9][0-9]{3}' "$work/receiver.log"; }

check dpdk node host dpdk || exit 1
check initialized test "$(vsctl host get Open_vSwitch . dpdk_initialized)" = true
bridge host br-int || exit 1
wanted 1 vhostuser_client
wanted 2 vhostuser_server

check plug_server plug 1                # named from the guest's end: here OVS has the socket
check plug_client plug 2
check server_works is_port $one || exit 1
check client_works is_port $two || exit 1
check server_type is $one type dpdkvhostuser
check client_type is $two type dpdkvhostuserclient
check client_path is $two options:vhost-server-path "$work/peer2"
check mtu is $two mtu_request 1500
check socket test -S "$work/host/$one"
plug 1 >"$work/again" && plug 2 >>"$work/again"
check plug_again test "$(uniq "$work/again")" = 'nothing to do'

peer receiver "$work/peer2,queues=1,server=1" rxonly
check receiver_up until_true 90 is $two link_state up || exit 1
check silence until_true 90 is $two statistics:tx_packets 0
peer sender "$work/host/$one,queues=1" txonly
check sender_up until_true 90 is $one link_state up || exit 1
check to_receiver until_true 90 counted $two tx_packets
check received until_true 90 received

# Frames that the receiver gets in a second, of 64 bytes: the switch counts them at once.
frames() { on host ovs-ofctl dump-ports br-int $two | sed -n 's/.*tx pkts=\([0-9]*\),.*/\1/p'; }
# A busy machine sleeps for longer than it was asked to: the time that passed is measured, too.
a_second() {
    local n t
    n=$(frames) t=$(date +%s%N)
    sleep 1
    echo $((($(frames) - n) * 1000000 / (($(date +%s%N) - t) / 1000)))
}
free=$(a_second)
check plug_rate vif host plug -c port_rate_in_bps=1000000 -i "$vifs/instance.json" \
    "$work/vif2.json"
check row test "$(vsctl host get QoS "$(vsctl host get Port $two qos)" type other_config)" = \
    "$(printf 'egress-policer\n{cbs="1518", cir="125000"}')"
a_second >"$work/once"
bound=$(a_second)
echo "# $free frames a second, $bound with a rate of 1953"
check bound test "$bound" -lt 2500 -a "$bound" -gt 500 -a "$free" -gt "$bound"
check plug_rate_out vif host plug -c port_rate_out_bps=256000 -c port_rate_out_burst_bytes=2000 \
    -i "$vifs/instance.json" "$work/vif1.json"
check policed is $one ingress_policing_rate 256
a_second >"$work/once"
bound=$(a_second)
echo "# $bound frames a second from a guest that may send 500"
check out_bound test "$bound" -lt 1200 -a "$bound" -gt 100

for n in 1 2; do
    check unplug_$n unplug $n
    check unplug_${n}_again unplug $n
done
check no_qos_left test -z "$(vsctl host list QoS)"
check server_gone no_port $one
check client_gone no_port $two
check socket_gone test ! -e "$work/host/$one"
exit $failed
