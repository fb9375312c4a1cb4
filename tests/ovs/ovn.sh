#!/bin/bash
# SPDX-License-Identifier: MIT
# OVN over VIFs that vif plugged: bound, up, reached from one another on one chassis and over two,
# released. Both chassis are namespaces with an OVS of their own, geneve between them in userspace.
cd "$(dirname "$0")/../.." || exit 1
. tests/ovs/lib
needs ip jq ovs-vsctl ovn-nbctl ovn-controller ovn-northd ethtool ping ss "$VIFCTL"
inside_namespaces "$@"
central=$work/central
nb() { ovn-nbctl --timeout=10 --db="unix:$central/nb.sock" "$@"; }
sb() { ovn-sbctl --timeout=10 --db="unix:$central/sb.sock" "$@"; }

start_central()
{
    mkdir "$central" && server "$central" nb /usr/share/ovn/ovn-nb.ovsschema &&
        server "$central" sb /usr/share/ovn/ovn-sb.ovsschema &&
        OVN_RUNDIR=$central ovn-northd --ovnnb-db="unix:$central/nb.sock" \
            --ovnsb-db="unix:$central/sb.sock" --unixctl="$central/northd.ctl" \
            --pidfile="$central/northd.pid" --log-file="$central/northd.log" --detach --no-chdir \
            -vconsole:off
}

# chassis N: its OVS, without a controller yet. The tunnel's end is on a bridge with the wire.
chassis()
{
    bridge "ch$1" br-ph && vsctl "ch$1" add-port br-ph wire || return
    ip -n "ch$1" link set wire up
    ip -n "ch$1" addr add "198.18.0.$1/24" dev br-ph
    ip -n "ch$1" link set br-ph up
    vsctl "ch$1" -- add-br br-int -- set bridge br-int datapath_type=netdev fail_mode=secure -- \
        set Open_vSwitch . external_ids:system-id="ch$1" \
        external_ids:ovn-remote="unix:$central/sb.sock" external_ids:ovn-encap-type=geneve \
        external_ids:ovn-encap-ip="198.18.0.$1" external_ids:ovn-bridge-datapath-type=netdev
}

controller()
{
    on "$1" ovn-controller "$(db "$1")" --pidfile="$work/$1/controller.pid" --detach --no-chdir \
        --log-file="$work/$1/controller.log" -vconsole:off
}

# Of machine N: its interface id, its VIF.
port() { echo "dc065497-3c8d-4f44-8fb4-00000000000$1"; }
wanted()
{
    jq --arg id "$(port "$1")" --arg tap "tap$1" --arg mac "22:52:25:62:e2:0$1" '
        .["versioned_object.data"] |= (.id = $id | .vif_name = $tap | .address = $mac |
            .port_profile["versioned_object.data"].interface_id = $id)' \
        "$vifs/ovs_create_port.json" >"$work/vif$1.json"
}

# machine N CHASSIS: a namespace whose eth0 is the other end of the VIF's device. Checksums are
# completed by it: OVS's userspace datapath passes on partial ones, and TCP would hang.
machine()
{
    namespace "vm$1" && ip link add "tap$1" netns "$2" type veth peer name eth0 netns "vm$1" &&
        ip -n "$2" link set "tap$1" up && ip -n "vm$1" link set eth0 address "22:52:25:62:e2:0$1" \
            mtu 1442 up && ip -n "vm$1" addr add "192.0.2.$1/24" dev eth0 &&
        ip netns exec "vm$1" ethtool -K eth0 tx off && wanted "$1"
}

# The last of the same options counts.
plug()
{
    vif "$2" plug -i "$vifs/instance.json" -c ovs_ready_timeout_ms=20000 "${@:3}" "$work/vif$1.json"
}
unplug() { vif "$2" unplug "$work/vif$1.json"; }

installed()
{
    [ "$(vsctl "$2" --if-exists get Interface "tap$1" external_ids:ovn-installed)" = '"true"' ]
}

# bound N CHASSIS: as the southbound database has it; no chassis: released
bound()
{
    local row up=true
    [ "$2" ] || up=false
    row=$(sb --bare --columns=up,chassis find Port_Binding logical_port="$(port "$1")")
    [ "$2" ] && row=${row/$(sb --bare --columns=_uuid find Chassis name="$2")/$2}
    [ "$(echo $row)" = "$(echo $up $2)" ] || { echo "is: $row"; return 1; }
}

pings() { ip netns exec "vm$1" ping -q -c 3 -i 0.1 -W 2 "192.0.2.$2"; }

# tcp FROM TO: a file arrives as it is
tcp()
{
    local server
    ip netns exec "vm$2" $python tests/ovs/tcp.py receive 4000 >"$work/got" &
    server=$!
    until_true 5 listens "vm$2" &&
        ip netns exec "vm$1" $python tests/ovs/tcp.py send "192.0.2.$2" 4000 <"$work/sent"
    wait $server && cmp "$work/sent" "$work/got"
}
listens() { ip netns exec "$1" ss -ltn | grep -q :4000; }
head -c 400000 /dev/urandom >"$work/sent"

check central start_central
nb ls-add net
for n in 1 2 3; do
    nb lsp-add net "$(port $n)" -- \
        lsp-set-addresses "$(port $n)" "22:52:25:62:e2:0$n 192.0.2.$n" || exit 1
done
node ch1 normal && node ch2 normal &&
    ip link add wire netns ch1 type veth peer name wire netns ch2 || exit 1
check chassis_1 chassis 1
check machine_1 machine 1 ch1
check machine_2 machine 2 ch1

# ---- who waits for the controller, waits --------------------------------------------------------

status ready_without_controller 4 plug 1 ch1 -c ovs_wait=ready -c ovs_ready_timeout_ms=500
check applied_without_controller plug 1 ch1
check bound_by_nobody bound 1 ''
check controller_1 controller ch1
check ready plug 1 ch1 -c ovs_wait=ready
check ready_is_installed installed 1 ch1
check ready_is_bound until_true 5 bound 1 ch1
plug 1 ch1 -c ovs_wait=ready >"$work/again"
check ready_again grep -qx 'nothing to do' "$work/again"
check ready_again_is_installed installed 1 ch1
check as_wanted vif ch1 check "$work/vif1.json"
check ready_at_once plug 2 ch1 -c ovs_wait=ready
check ready_at_once_is_installed installed 2 ch1

# ---- two machines on one chassis ----------------------------------------------------------------

check ping pings 1 2
check tcp tcp 1 2
check tcp_back tcp 2 1

# ---- and one on another -------------------------------------------------------------------------

check chassis_2 chassis 2
check machine_3 machine 3 ch2
check controller_2 controller ch2
check ready_there plug 3 ch2 -c ovs_wait=ready
check ready_there_is_bound until_true 5 bound 3 ch2
check ping_over_geneve pings 1 3
check tcp_over_geneve tcp 1 3
check tcp_over_geneve_back tcp 3 2

# ---- what no logical port waits for -------------------------------------------------------------

ip -n ch1 tuntap add tap4 mode tap && wanted 4
status ready_without_logical_port 4 plug 4 ch1 -c ovs_wait=ready -c ovs_ready_timeout_ms=500
check unplug_without_logical_port unplug 4 ch1

# ---- released -----------------------------------------------------------------------------------

for n in 1 2 3; do
    check unplug_$n unplug $n ch$((n / 3 + 1))
    check released_$n until_true 5 bound $n ''
done
check nothing_left test "$(vsctl ch1 --bare --columns=name list Port | sort | xargs)" = \
    "$(printf '%s\n' br-int br-ph wire ovn-ch2-0 | sort | xargs)"
exit $failed
