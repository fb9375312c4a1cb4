#!/bin/bash
# SPDX-License-Identifier: MIT
# The commands of networks, by vifctl: each does what it says, says what it returns, and refuses in
# the words of Zero-OS's plugin; then two hosts with a backplane between them, whose guests meet in
# a VLAN and in a VXLAN over another.
cd "$(dirname "$0")/../.." || exit 1
. tests/ovs/lib
needs ip ovs-vsctl ovs-vswitchd "$VIFCTL"
inside_namespaces "$@"

# net NODE COMMAND [KEY=TEXT | KEY:=JSON]...: on that host, with an object of these members; or JSON
net()
{
    local node=$1 command=$2 json='' word
    shift 2
    for word; do
        case $word in
        [[{]*) json=$word ;;
        *:=*) json="$json${json:+,}\"${word%%:=*}\":${word#*:=}" ;;
        *) json="$json${json:+,}\"${word%%=*}\":\"${word#*=}\"" ;;
        esac
    done
    case $json in [[{]*) ;; *) json="{$json}" ;; esac
    on "$node" "$VIFCTL" net "$command" --ovsdb "$(db "$node")" "$json"
}
# does NAME WANTED COMMAND...: it succeeds, and prints that
does()
{
    net host "${@:3}" >"$work/check" 2>&1 && [ "$(cat "$work/check")" = "$2" ] && ok "$1" ||
        not_ok "$1" "${*:3}" "wanted: $2" "$(cat "$work/check")"
}
# refuses NAME WORDS COMMAND...: with status 1, and the words
refuses()
{
    net host "${@:3}" >"$work/check" 2>&1
    [ $? = 1 ] && grep -q -- "$2" "$work/check" && ok "$1" ||
        not_ok "$1" "${*:3}" "wanted: $2" "$(cat "$work/check")"
}
# is NAME WANTED COMMAND...: what ovs-vsctl prints
is()
{
    local name=$1 wanted=$2
    shift 2
    vsctl host "$@" >"$work/check" 2>&1
    [ "$(cat "$work/check")" = "$wanted" ] && ok "$name" ||
        not_ok "$name" "wanted: $wanted" "$(cat "$work/check")"
}
all()
{
    vsctl host --format=csv --columns=name list Bridge
    vsctl host --format=csv --columns=name list Port
    on host ip -o link | sed 's/^[0-9]*: //; s/[@:].*//'
}

check start node host normal
all >"$work/before"

does bridge_add '' bridge-add bridge=backplane \
    'options:={"datapath_type":"netdev","other_config:a":1}'
is bridge_added '{a="1"}' get bridge backplane other_config
refuses bridge_add_again 'there is one of that name already' bridge-add bridge=backplane \
    'options:={"datapath_type":"netdev"}'
refuses bridge_add_unnamed 'bridge name is not set' bridge-add 'options:={"datapath_type":"netdev"}'
refuses bridge_del_missing 'there is none of that name' bridge-del bridge=nothing
refuses bridge_del_unnamed 'bridge name is not set' bridge-del

does port_add '' port-add bridge=backplane port=p0 vlan:=7 'options:={"type":"internal"}'
is port_added "7" get port p0 tag
refuses port_add_again 'there is one of that name already' port-add bridge=backplane port=p0
refuses port_add_unnamed 'missing port name' port-add bridge=backplane
refuses port_add_nowhere 'bridge name is not set' port-add port=p1
refuses port_add_on_nothing 'there is no such bridge' port-add bridge=nothing port=p1
refuses port_add_vlan 'invalid vlan tag' port-add bridge=backplane port=p1 vlan:=4095
does set '' set table=Port record=p0 'values:={"tag":8,"trunks":"1,2","external_ids:b":"c d"}'
is set_columns $'8\n[1, 2]' get port p0 tag trunks
is set_key '"c d"' get port p0 external_ids:b
does set_the_switch '' set table=Open_vSwitch record=. 'values:={"external_ids:x":"y"}'
refuses set_no_table 'missing table name' set record=p0 'values:={"tag":8}'
refuses set_no_record 'missing record' set table=Port 'values:={"tag":8}'
refuses set_no_values 'no values to set' set table=Port record=p0 'values:={}'
refuses set_no_row 'there is no such row' set table=Port record=p9 'values:={"tag":8}'
refuses set_no_column 'No column' set table=Port record=p0 'values:={"tagg":8}'
does port_del '' port-del port=p0
is port_deleted '' list-ports backplane
refuses port_del_again 'there is none of that name' port-del port=p0 bridge=backplane
check foreign_port vsctl host add-port backplane p0 -- set Interface p0 type=internal
does port_del_foreign '' port-del port=p0

check links on host ip link add v0 type veth peer name v1
does bond_add '' bond-add bridge=backplane port=b0 \
    'links:=["v0","v1"]' mode=active-backup lacp:=true
is bond_added $'active-backup\nactive' get port b0 bond_mode lacp
refuses bond_add_one 'need more than one link to bond' bond-add bridge=backplane port=b1 \
    'links:=["v0"]'
refuses bond_add_unnamed 'missing port name' bond-add bridge=backplane 'links:=["v0","v1"]'
does bond_del '' port-del port=b0
check no_links on host ip link del v0

does vlan vlbr100 vlan-ensure master=backplane vlan:=100
does vlan_again vlbr100 vlan-ensure master=backplane vlan:=100 name=
does vlan_named blue vlan-ensure master=backplane vlan:=101 name=blue
does vlan_where_it_is blue vlan-ensure master=backplane vlan:=101
refuses vlan_elsewhere 'reassigning vlan tag to another bridge not allowed' \
    vlan-ensure master=backplane vlan:=101 name=red
refuses vlan_master 'reassigning vlang tag to another master bridge is not allowed' \
    vlan-ensure master=blue vlan:=100
refuses vlan_no_master 'master bridge not specified' vlan-ensure vlan:=100
refuses vlan_missing_master 'master bridge does not exist' vlan-ensure master=nothing vlan:=102
refuses vlan_tag 'invalid vlan tag' vlan-ensure master=backplane vlan:=4095
refuses vlan_negative 'invalid vlan tag' vlan-ensure master=backplane vlan:=-1
does vlan_del '' net-del master=backplane vlan:=100
does vlan_named_del '' net-del master=backplane vlan:=101

check up on host ip link set backplane up
does vxlan vxlbr5 vxlan-ensure master=backplane vxlan:=5
does vxlan_again vxlbr5 vxlan-ensure master=backplane vxlan:=5
refuses vxlan_elsewhere 'reassigning vxlan tag to another bridge not allowed' \
    vxlan-ensure master=backplane vxlan:=5 name=red
refuses vxlan_nid 'invalid nid' vxlan-ensure master=backplane vxlan:=0
refuses vxlan_no_master 'master bridge not specified' vxlan-ensure vxlan:=5
check another vsctl host add-br another -- set bridge another datapath_type=netdev
refuses vxlan_master 'reassigning vxlan to another master bridge is not allowed' \
    vxlan-ensure master=another vxlan:=5
does another_del '' bridge-del bridge=another
does vxlan_del '' net-del master=backplane vxlan:=5
does vxlan_remotes vxlbr6 vxlan-ensure master=backplane vxlan:=6 \
    'remotes:=["192.0.2.1"]' dst_port:=4789
does vxlan_remotes_del '' net-del master=backplane vxlan:=6 'remotes:=["192.0.2.1"]'

does vtep vtep9 vtep-ensure bridge=backplane vnid:=9
check vtep_made on host ip link show vtep9
refuses vtep_nid 'invalid nid' vtep-ensure bridge=backplane vnid:=0
refuses vtep_nowhere 'bridge name is not set' vtep-ensure vnid:=9
does vtep_del '' vtep-del vnid:=9
refuses vtep_del_again 'there is none of that name' vtep-del vnid:=9
check vtep_foreign on host ip link add vtep9 type vxlan id 9 dstport 8472
refuses vtep_del_foreign "in use, or somebody else's" vtep-del vnid:=9
check vtep_foreign_del on host ip link del vtep9

does linux vxlbr10 vxlan-ensure master=lo vxlan:=10 backend=linux 'remotes:=["127.0.0.2"]'
check linux_made on host ip link show master vxlbr10 vtep10
does linux_del '' net-del master=lo vxlan:=10 backend=linux 'remotes:=["127.0.0.2"]'
does linux_bridge '' bridge-add bridge=lb0 backend=linux stp:=true ageing_s:=60
refuses linux_bridge_again 'one of that name already' bridge-add bridge=lb0 backend=linux
does linux_bridge_del '' bridge-del bridge=lb0 backend=linux

refuses not_an_object 'an object is required' vlan-ensure '[]'
refuses unknown_field 'no such field' vlan-ensure master=backplane vlann:=100
refuses text_behind 'text behind the object' vlan-ensure '{"master":"backplane","vlan":100}}'
does bridge_del '' bridge-del bridge=backplane
check none_left until_true 10 eval 'all | diff - "$work/before"'

# ---- two hosts: the backplane of each is a bridge with an end of the wire -----------------------

on host ip link add wire0 type veth peer name wire1
check second node other normal
on host ip link set wire1 netns other
for at in host:0 other:1; do
    node=${at%:*} n=${at#*:}
    net "$node" bridge-add bridge=backplane 'options:={"datapath_type":"netdev"}' &&
        on "$node" ip link set "wire$n" up &&
        net "$node" port-add bridge=backplane "port=wire$n" &&
        net "$node" vlan-ensure master=backplane vlan:=3000 name=vxbackend >"$work/check" &&
        on "$node" ip addr add "10.30.0.$((n + 1))/24" dev vxbackend &&
        on "$node" ip link set vxbackend up &&
        net "$node" vlan-ensure master=backplane vlan:=100 >"$work/check" &&
        net "$node" vxlan-ensure master=vxbackend vxlan:=77 >"$work/check" ||
        not_ok "setup_$node"
    for net in vlbr100:1 vxlbr77:2; do
        m=${net#*:}
        on "$node" ip link add "port$m" type veth peer name "guest$m" &&
            on "$node" ip link set "port$m" up && on "$node" ip link set "guest$m" up &&
            on "$node" ip addr add "10.7.$m.$((n + 1))/24" dev "guest$m" &&
            vsctl "$node" add-port "${net%:*}" "port$m" || not_ok "guest_${node}_$m"
    done
done
check vlan_pings on host ping -c3 -i0.2 -W2 10.7.1.2
check vxlan_pings on host ping -c3 -i0.2 -W2 10.7.2.2
vsctl other set port vlbr100p tag=101
status vlans_apart 1 on host ping -c3 -i0.2 -W1 10.7.1.2
check healed net other vlan-ensure master=backplane vlan:=100
check vlan_pings_again on host ping -c3 -i0.2 -W2 10.7.1.2
exit $failed
