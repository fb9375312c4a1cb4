#!/bin/bash
# SPDX-License-Identifier: MIT
# Networks of a real libvirt as switches of this host, and back, by examples/libvirt_net.c: what
# "virsh net-dumpxml" prints is defined here, and libvirt takes what is dumped here.
cd "$(dirname "$0")/../.." || exit 1
. tests/ovs/lib
. tests/ovs/libvirtd
needs gcc ip jq ovs-vsctl libvirtd virsh "$VIFCTL"
[ -e /usr/include/expat.h ] || skip 'needs expat.h'
inside_namespaces "$@"
node host normal || exit 1
gcc -O0 -std=c99 -w -I. examples/libvirt_net.c -lexpat -o "$work/libvirt_net" || exit 1
check libvirtd start_libvirtd

# of VERB NAME: with the switch of the node
of() { on host "$work/libvirt_net" "$1" -n -d "unix:$work/host/db.sock" "$2"; }
# What virsh prints, without what libvirt makes itself.
virsh_dump() { virt net-dumpxml "$1" | sed '/<uuid>/d; /^$/d; /<mac address/d'; }

# there_and_back NAME SWITCH: the network of $work/NAME.xml in libvirt; its dump defined here; our
# dump, which is the same, in libvirt again, and its dump of that
there_and_back()
{
    check "$1_net_define" virt net-define "$work/$1.xml"
    virt net-dumpxml "$1" >"$work/$1.virsh"
    virsh_dump "$1" >"$work/$1.wanted"
    check "$1_uuid" grep -q '<uuid>' "$work/$1.virsh"
    check "$1_net_undefine" virt net-undefine "$1"
    check "$1_define" of define "$work/$1.virsh"
    of dump "$2" >"$work/$1.dump"
    check "$1_dump" diff "$work/$1.wanted" <(sed 1d "$work/$1.dump")
    check "$1_net_define_again" virt net-define "$work/$1.dump"
    virsh_dump "$1" >"$work/$1.again"
    check "$1_same" diff "$work/$1.wanted" "$work/$1.again"
}

# ---- a bridge of Open vSwitch, with VLANs and rates ----------------------------------------------

# What no VIF of a group could have here is refused at once: peaks, and a bound of what it sends
# to the userspace datapath.
of define tests/fixtures/libvirt/ovs.xml >"$work/peak.said" 2>&1
check vs0_peak_status test $? = 1
check vs0_peak_says grep -q 'port_groups.0.*port_rate_in_peak_bps' "$work/peak.said"
check vs0_peak_nothing test -z "$(vsctl host list-br)"
sed "s/ peak='[0-9]*'//; /<outbound/d" tests/fixtures/libvirt/ovs.xml >"$work/vs0.xml"
there_and_back vs0 vs0
vif host switch list -d "unix:$work/host/db.sock" >"$work/list"
jq -r '.name, .port_groups[].name' "$work/list" >"$work/names"
check vs0_list diff <(printf '%s\n' vs0 web all plain) "$work/names"
check vs0_bridge test "$(vsctl host list-br)" = vs0
check vs0_edit of edit <(sed "s/id='100'/id='101'/" "$work/vs0.dump")
check vs0_edited eval "of dump vs0 | grep -q \"<tag id='101'/>\""
check vs0_undefine of undefine vs0
check vs0_undefined test -z "$(vsctl host list-br)"

# ---- uplinks ------------------------------------------------------------------------------------

for n in 1 2; do
    ip -n host link add eth$n type veth peer name wire$n && ip -n host link set eth$n up
done
cat >"$work/out0.xml" <<'END'
<network><name>out0</name>
<forward mode='bridge'><interface dev='eth1'/><interface dev='eth2'/></forward>
<virtualport type='openvswitch'/>
<portgroup name='seven'><vlan><tag id='7'/></vlan></portgroup>
<portgroup name='any'/></network>
END
there_and_back out0 out0
check out0_bond test "$(vsctl host list-ifaces out0 | grep -c eth)" = 2
check out0_undefine of undefine out0

# ---- a network of libvirt's own bridge, without addresses -------------------------------------

cat >"$work/inside.xml" <<'END'
<network><name>inside</name><bridge name='virbr7'/>
<portgroup name='slow'>
<bandwidth><outbound average='10' burst='30'/></bandwidth></portgroup>
</network>
END
check inside_net_define virt net-define "$work/inside.xml"
virt net-dumpxml inside >"$work/inside.virsh"
check inside_stp grep -q "stp='on' delay='0'" "$work/inside.virsh"
check inside_define of define "$work/inside.virsh"
of dump virbr7 >"$work/inside.dump"
check inside_dump diff <(sed 1d "$work/inside.dump") - <<'END'
<network>
  <name>virbr7</name>
  <bridge name='virbr7'/>
  <portgroup name='slow'>
    <bandwidth>
      <outbound average='10' burst='30'/>
    </bandwidth>
  </portgroup>
</network>
END
check inside_net_undefine virt net-undefine inside
check inside_undefine of undefine virbr7
check inside_net_define_again virt net-define "$work/inside.dump"

# ---- what is none of these ----------------------------------------------------------------------

cat >"$work/default.xml" <<'END'
<network><name>default</name><bridge name='virbr0'/><forward/>
<ip address='192.168.122.1' netmask='255.255.255.0'>
<dhcp><range start='192.168.122.2' end='192.168.122.254'/></dhcp></ip></network>
END
check default_net_define virt net-define "$work/default.xml"
virt net-dumpxml default >"$work/default.virsh"
of define "$work/default.virsh" >"$work/default.said" 2>&1
check default_status test $? = 1
check default_says grep -q ":4: network/forward: E_FIELD: .*nat" "$work/default.said"
# What the head of the example says that libvirt takes only elsewhere.
libvirt_refuses()
{
    echo "<network><name>n</name>$2</network>" >"$work/n.xml"
    check "libvirt_refuses_$1" eval '! virt net-define "$work/n.xml"'
}
rate="<bandwidth><inbound average='10'/></bandwidth>"
libvirt_refuses mtu "<forward mode='bridge'/><bridge name='b'/><mtu size='1400'/>"
libvirt_refuses both "<forward mode='bridge'><interface dev='eth1'/></forward><bridge name='b'/>"
libvirt_refuses rate_without_bridge \
    "<forward mode='bridge' dev='eth1'/><portgroup name='g'>$rate</portgroup>"
libvirt_refuses vlan_on_isolated "<portgroup name='g'><vlan><tag id='7'/></vlan></portgroup>"
exit $failed
