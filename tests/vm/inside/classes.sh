#!/bin/bash
# SPDX-License-Identifier: MIT
# Every class of VIF with every port profile that some plugin takes, each on a device that is real
# or simulated: plugged, plugged again, checked, unplugged, unplugged again, and the host is then as
# it was. The last lines tell what of the object model no row is about: it has to be nothing.
. tests/cli/lib
if [ "${1:-}" != inside ]; then
    for module in 8021q bridge igb igbvf macvlan macvtap openvswitch tun uio_pci_generic veth \
        vfio-pci virtio_net; do
        modprobe $module || echo "not ok module/$module: it is not there"
    done
    rm -rf "$tmp"
    exec unshare -m bash "$0" inside
fi
drivers=/sys/bus/pci/drivers
. tests/vm/nic
sysctl -qw net.ipv4.ip_forward=1

# ---- devices: a card with two functions, in switchdev mode; a card for pods; an uplink ----

echo 0 >"$device/sriov_numvfs"
echo 2 >"$device/sriov_numvfs"
functions_are_there() { [ "$(ls "$device"/virtfn[01]/net 2>/dev/null | wc -w)" = 4 ]; }
soon functions_are_there
modprobe representors "uplink=$eth" count=2 || echo "not ok module/representors: it does not load"
vf=$(vf 1)
lower=$(ls "$device/virtfn1/net")
ip link set "$lower" address 52:54:00:00:00:0e
ip link set "$eth" vf 1 mac 52:54:00:00:00:0e
for rep in $(ls "$device/net"); do
    [ "$(cat "/sys/class/net/$rep/phys_port_name")" != pf0vf1 ] || break
done
for card in /sys/bus/pci/devices/*/virtio*/net/*; do
    [ "$(cat "$card/address")" != 52:54:00:00:00:d1 ] || break
done
ip link set "$(basename "$card")" down
card=$(basename "${card%/virtio*}")
ip link add eth9 type veth peer name far-eth9 && ip link set far-eth9 up && ip link set eth9 up
# vDPA, which this kernel has no driver of: files beside those of sysfs say that the function has
# it.
mkdir -p "$tmp/bus/vdpa/devices" "$tmp/vf/nic7/vhost-vdpa-7"
echo "PCI_SLOT_NAME=$vf" >"$tmp/vf/uevent"
ln -s "$tmp/vf/nic7" "$tmp/bus/vdpa/devices/nic7"
for bus in /sys/bus/*; do
    mkdir "$tmp/bus/${bus##*/}" && mount --bind "$bus" "$tmp/bus/${bus##*/}"
done
mount --rbind "$tmp/bus" /sys/bus
unshare -n sleep infinity &
pod=$!
sleep 0.5
nsenter -t $pod -n ip link set lo up

. tests/vm/switch
ends()
{
    kill $pod $(cat "$tmp"/*.pid)
    umount -R /sys/bus "$tmp"/bus/* 2>/dev/null
    rm -rf "$tmp"
}
trap ends EXIT

# ---- what a row is ----

# object CLASS VERSION DATA
object()
{
    printf '{"versioned_object.name": "%s", "versioned_object.namespace": "os_vif",
"versioned_object.version": "%s", "versioned_object.data": {%s}}' "$@"
}
ip_list=$(object FixedIPList 1.0 "\"objects\": [$(object FixedIP 1.0 '"address": "192.0.2.17"')]")
subnet=$(object Subnet 1.0 "\"cidr\": \"192.0.2.0/24\", \"gateway\": \"192.0.2.1\",
\"ips\": $ip_list")
subnets=$(object SubnetList 1.0 "\"objects\": [$subnet]")
# network BRIDGE [FIELDS]
network()
{
    object Network 1.1 "\"id\": \"b82c1929-051e-481d-8110-4669916c7915\", \"bridge\": \"$1\",
\"mtu\": 1500, \"bridge_interface\": \"eth9\", \"subnets\": $subnets ${2:-}"
}
on_switch=$(network br-int)

# All that a plug may change, without what is shared and stays, and what has its own time.
state()
{
    ip -o link | sed 's/^[0-9]*: //; s/NO-CARRIER,//; s/,LOWER_UP//; s/ state [A-Z]*//' |
        sed 's/ qdisc .*link/ link/; s/ permaddr .*//; s/@if[0-9]*//' |
        grep -v '^\(ovs-system\|ovs-netdev\|br-int\|brq0\):' | sort
    ip -o -4 addr | sed 's/^[0-9]*: //'
    ip route
    ip link show dev "$eth" | grep '  vf'
    nsenter -t $pod -n ip -o addr | grep -v " lo "
    for d in "$vf" "$card"; do
        echo "$d $(basename "$(readlink -f "/sys/bus/pci/devices/$d/driver")")" \
            "$(cat "/sys/bus/pci/devices/$d/driver_override")"
    done
    vsctl --columns=name list Interface -- --columns=name list Bridge | grep -v 'br-int\|^$'
    ls /run/vif 2>/dev/null
}
looks() { state >"$tmp/$1"; }
same()
{
    local n
    for n in $(seq 30); do              # a driver that has its device back takes a moment
        looks now
        ! cmp -s "$tmp/$2" "$tmp/now" || break
        sleep 0.1
    done
    check "$1" cmp -s "$tmp/$2" "$tmp/now"
    diff "$tmp/$2" "$tmp/now" | sed 's/^/# /'
}

# row NAME CLASS[/VERSION] PLUGIN FIELDS PROFILE OPTION...: PROFILE is an object, or nothing
row()
{
    local name=$1 class=${2%/*} version=1.0 plugin=$3 fields=$4 profile=$5
    shift 5
    [ "$class" != VIFVHostUser ] || version=1.1
    [ -z "$profile" ] || fields="$fields, \"port_profile\": $profile"
    object "$class" $version "\"id\": \"$id\", \"plugin\": \"$plugin\", $fields" >"$tmp/vif.json"
    echo "$class" >>"$tmp/seen"
    grep -o '"versioned_object.name": "[^"]*"' <<<"$profile" | cut -d'"' -f4 |
        tee -a "$tmp/seen" | sed "s,^,$plugin $class ," >>"$tmp/pairs"
    echo "$plugin $class" >>"$tmp/pairs"
    done=done
    [ "$plugin" != noop ] || done='nothing to do'
    expect "$name/plug" 0 "^$done\$" '' "$VIFCTL" plug "$@" "$tmp/vif.json"
    expect "$name/again" 0 '^nothing to do$' '' "$VIFCTL" plug "$@" "$tmp/vif.json"
    expect "$name/check" 0 '^as wanted$' '' "$VIFCTL" check "$@" "$tmp/vif.json"
    expect "$name/unplug" 0 "^$done\$" '' "$VIFCTL" unplug "$@" "$tmp/vif.json"
    expect "$name/unplug_again" 0 '^nothing to do$' '' "$VIFCTL" unplug "$@" "$tmp/vif.json"
    same "$name/host" bare
}
# One that hangs is told, and not waited for.
printf '#!/bin/sh\nexec timeout 30 %s "$@"\n' "$(realpath "$VIFCTL")" >"$tmp/vifctl"
chmod +x "$tmp/vifctl"
VIFCTL=$tmp/vifctl
mac='"address": "22:52:25:62:e2:aa"'
db="-c ovsdb_connection=unix:$tmp/db.sock"
ovs='"interface_id": "a909a1b5-4b0e-4b6d-8f4b-a1a7a3c11d33", "create_port": true'
port=$(object VIFPortProfileOpenVSwitch 1.4 "$ovs")
tap=$(object VIFPortProfileOpenVSwitch 1.4 "$ovs, \"create_tap\": true")

# ---- the rows ----

looks bare

row tap VIFGeneric tap "\"vif_name\": \"tap0\", $mac, \"network\": $on_switch" ''
row tap_routed VIFGeneric tap "\"vif_name\": \"tap0\", $mac, \"network\": $on_switch" \
    "$(object VIFPortProfileFPTap 1.1 '"mac_address": "fe:52:25:62:e2:aa"')"
row bridge VIFBridge linux_bridge "\"vif_name\": \"tap0\", \"bridge_name\": \"brq0\", $mac,
    \"network\": $(network brq0 ', "multi_host": false, "should_provide_bridge": true,
    "should_provide_vlan": false' | sed 's/"bridge_interface": "eth9"/"bridge_interface": null/')" \
    '' -c create_tap=true -c forward_rules=false
row ovs VIFOpenVSwitch ovs "\"vif_name\": \"tap0\", $mac, \"network\": $on_switch" "$tap" $db
row ovs_hybrid VIFBridge ovs "\"vif_name\": \"tap0\", \"bridge_name\": \"qbrdc065497-3c\", $mac,
    \"network\": $on_switch" "$port" $db
# A profile with a representor that is not asked for is one of Open vSwitch.
like=$(object VIFPortProfileOVSRepresentor 1.4 "$ovs")
row ovs_like_representor VIFOpenVSwitch ovs "\"vif_name\": \"tap0\", $mac,
    \"network\": $on_switch" "${like/create_port/create_tap\": true, \"create_port}" $db
row hybrid_like_representor VIFBridge ovs "\"vif_name\": \"tap0\",
    \"bridge_name\": \"qbrdc065497-3c\", $mac, \"network\": $on_switch" "$like" $db
row vhostuser VIFVHostUser ovs "\"vif_name\": \"vhudc065497-3c\", \"path\": \"/run/vhu0\", $mac,
    \"mode\": \"server\", \"network\": $on_switch" "$port" $db -c ovs_device_later=true
row vhostuser_noop VIFVHostUser noop "\"vif_name\": \"vhu0\", \"path\": \"/run/vhu0\", $mac,
    \"mode\": \"server\", \"network\": $on_switch" ''
fast="\"vif_name\": \"fast0\", \"path\": \"/run/vhu0\", \"mode\": \"server\", $mac,
    \"network\": $on_switch"
row fast_path_ovs VIFVHostUser vhostuser_fp "$fast" "$(object VIFPortProfileFPOpenVSwitch 1.4 \
    "$ovs, \"bridge_name\": \"br-int\", \"hybrid_plug\": false")" $db -c ovs_device_later=true
row fast_path_bridge VIFVHostUser vhostuser_fp "$fast" "$(object VIFPortProfileFPBridge 1.1 \
    '"bridge_name": "brq0"')" $db -c ovs_device_later=true
row fast_path_tap VIFVHostUser vhostuser_fp "$fast" "$(object VIFPortProfileFPTap 1.1 \
    '"mac_address": "fe:52:25:62:e2:aa"')" $db -c ovs_device_later=true
vf_of_guest="\"dev_address\": \"$vf\", $mac, \"network\": $on_switch"
row function VIFHostDevice hostdev "\"dev_type\": \"ethernet\", $vf_of_guest" ''
row function_vfio VIFHostDevice hostdev "\"dev_type\": \"generic\", $vf_of_guest" ''
row representor VIFHostDevice ovs "\"dev_type\": \"ethernet\", $vf_of_guest" \
    "$(object VIFPortProfileOVSRepresentor 1.4 "$ovs, \"representor_address\": \"$vf\",
    \"representor_name\": \"repdc065497-3c\"")" $db
row offload VIFHostDevice ovs "\"dev_type\": \"ethernet\", $vf_of_guest" \
    "$(object VIFPortProfileOpenVSwitch 1.4 "$ovs, \"datapath_offload\": $(object \
    DatapathOffloadRepresentor 1.0 "\"representor_address\": \"$vf\",
    \"representor_name\": \"repdc065497-3c\"")")" $db
row vdpa VIFVHostUser ovs "\"vif_name\": \"vhu0\", \"path\": \"/run/vhu0\", $mac,
    \"mode\": \"server\", \"network\": $on_switch" "$(object VIFPortProfileOVSRepresentor 1.4 "$ovs,
    \"representor_address\": \"$vf\"")" $db -c vdpa=true
direct="\"vif_name\": \"mvdc065497-3c\", $mac, \"network\": $on_switch"
row direct_vepa VIFDirect direct "$direct, \"dev_address\": \"$pf\", \"mode\": \"vepa\"" '' \
    -c direct_queues=0
row direct_bridge VIFDirect direct "$direct, \"dev_address\": \"$pf\", \"mode\": \"bridge\"" '' \
    -c direct_queues=0
ip link set "$(ls "$device/virtfn1/net")" up
looks bare
row direct_passthrough VIFDirect direct "$direct, \"dev_address\": \"$vf\",
    \"mode\": \"passthrough\"" '' -c direct_queues=0
qbh=$(object VIFPortProfile8021Qbh 1.1 '"profile_id": "finance"')
row direct_qbh VIFDirect direct "$direct, \"dev_address\": \"$pf\", \"mode\": \"vepa\"" "$qbh" \
    -c direct_queues=0
row direct_qbh_of_function VIFDirect direct "$direct, \"dev_address\": \"$vf\",
    \"mode\": \"vepa\"" "$qbh" -c direct_queues=0
sed -i s/finance/refused/ "$tmp/vif.json"
expect direct_qbh_refused 1 'taken back' '.*the switch refuses the profile: invalid.*' \
    "$VIFCTL" plug -c direct_queues=0 "$tmp/vif.json"
same direct_qbh_refused_same bare
pods="\"vif_name\": \"tapdc065497-3c\", $mac, \"network\": $on_switch"
row pod_vlan VIFVlanNested nested "$pods, \"vlan_id\": 101" '' --netns $pod
row pod_macvlan VIFMacvlanNested nested "$pods" "$(object VIFPortProfileK8sDPDK 1.1 \
    '"l3_setup": false, "selflink": "/", "resourceversion": "7"')" --netns $pod
k8s=$(object VIFPortProfileK8sDPDK 1.1 '"l3_setup": false, "selflink": "/", "resourceversion": "7"')
row pod_dpdk VIFNestedDPDK nested '"address": "52:54:00:00:00:d1"' "$k8s"
row pod_dpdk_kuryr VIFDPDKNested nested \
    '"address": "52:54:00:00:00:d1", "vif_name": "tapdc065497-3c"' "$k8s"

# An uplink that the kernel's Open vSwitch has: it keeps it, whoever asks.
vsctl add-port br-int eth9
object VIFBridge 1.0 "\"id\": \"$id\", \"vif_name\": \"tap0\", \"bridge_name\": \"brq9\", $mac,
    \"network\": $(network brq9 ', "multi_host": false, "should_provide_bridge": true,
    "should_provide_vlan": false')" >"$tmp/vif.json"
expect uplink_of_switch 1 '' '.*eth9 is a port of openvswitch ovs-system' \
    "$VIFCTL" plug -c uplink_take_over=true "$tmp/vif.json"
vsctl del-port eth9

# 802.1Qbg takes two daemons, in namespaces of their own: the same five there.
if command -v lldpad >/dev/null; then
    bash tests/kernel/lldpad.sh >"$tmp/out" 2>&1
    for name in associates nothing-to-do checked let-go let-go-nothing; do
        check "direct_qbg/$name" grep -qx "ok $name" "$tmp/out"
    done
    echo VIFPortProfile8021Qbg >>"$tmp/seen"
    echo direct VIFDirect VIFPortProfile8021Qbg >>"$tmp/pairs"
else
    echo "skip direct_qbg: lldpad is not installed"
fi

# ---- nothing is missing ----

# Of the object model: VIFs, profiles and offloads, but those that others are made of.
sed -n 's/^    X(\(VIF[A-Za-z0-9]*\|DatapathOffload[A-Za-z]*\), vif_.*/\1/p' vif_objects.h |
    grep -v 'Base$' | sort -u >"$tmp/model"
# Of the plugins: each class, with each of its profiles.
"$VIFCTL" info | grep -o '"\(plugin\|vif_object\|profile_object\)_name":"[^"]*"' | tr -d '"' |
    awk -F: '$1 == "plugin_name" {p = $2} $1 == "vif_object_name" {v = $2; print p, v}
             $1 == "profile_object_name" {print p, v, $2}' | grep -v '^noop' | sort -u >"$tmp/taken"
check model_is_read test "$(wc -l <"$tmp/model")" = 19
for class in $(comm -23 "$tmp/model" <(sort -u "$tmp/seen")); do
    not_ok "no_row/$class" "no row of this class"
done
comm -23 "$tmp/taken" <(sort -u "$tmp/pairs") >"$tmp/missing"
check no_plugin_without_a_row test ! -s "$tmp/missing"
sed 's/^/# /' "$tmp/missing"
exit $failed
