#!/bin/bash
# SPDX-License-Identifier: MIT
# A virtual machine of libvirt's on a tap that vif made and plugged; the ports that vif and
# libvirt's own plug make for the same interface, side by side; and vif on a port that libvirt has
# made.
cd "$(dirname "$0")/../.." || exit 1
. tests/ovs/lib
. tests/ovs/guest
. tests/ovs/libvirtd
needs gcc ip jq ovs-vsctl libvirtd virsh qemu-system-x86_64 busybox ethtool ping "$VIFCTL"
[ "${1:-}" = inside ] || guest_files || skip "no kernel for a guest: $(tail -n 1 "$guest/log")"
inside_namespaces "$@"
d='.["versioned_object.data"]'
id=dc065497-3c8d-4f44-8fb4-e1d33c16a536 mac=22:52:25:62:e2:aa tap=tapdc065497-3c

# domain NAME TYPE: the interface of that type comes from stdin. Checksums are completed by the
# guest: OVS's userspace datapath passes on partial ones.
domain()
{
    cat <<END
<domain type='qemu'><name>$1</name><memory unit='MiB'>128</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type><kernel>$guest/vmlinuz</kernel>
<initrd>$guest/initramfs</initrd>
<cmdline>console=ttyS0 quiet panic=-1 net.ifnames=0 address=192.0.2.17/24</cmdline></os>
<features><acpi/></features><cpu mode='maximum'/><on_poweroff>destroy</on_poweroff>
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
<interface type='$2'>$(cat)<mac address='$mac'/><model type='virtio'/><driver name='qemu'>
<host csum='off' gso='off' tso4='off' tso6='off' ufo='off'/>
<guest csum='off' tso4='off' tso6='off' ufo='off'/></driver></interface>
<serial type='file'><source path='$work/$1.serial'/></serial>
<controller type='usb' model='none'/><memballoon model='none'/></devices></domain>
END
}

plug() { vif host plug -i "$vifs/instance.json" "$work/$1.json"; }
ids() { vsctl host --bare --columns=external_ids list Interface "$tap" | xargs -n 1 | sort; }
prints() { [ "$(cat "$2")" = "$1" ]; }
no_port() { ! vsctl host list Port "$tap"; }
serial() { grep -q "the guest is up" "$work/ours.serial"; }
http() { timeout 5 busybox nc 192.0.2.17 80 </dev/null >"$work/hello"; }

node host normal && bridge host br-int || exit 1
jq "$d.port_profile${d#.}.multiqueue = false" "$vifs/ovs_create_tap.json" >"$work/tap.json"
cp "$vifs/ovs_create_port.json" "$work/port.json"
check libvirtd start_libvirtd

# ---- a domain on a tap of vif's -----------------------------------------------------------------

check plug plug tap
ids >"$work/ids.vif"
domain ours ethernet <<<"<target dev='$tap' managed='no'/>" >"$work/ours.xml"
check domain virt create "$work/ours.xml"

# Meanwhile: the other end, a namespace that is on the bridge, too.
ip link add peer netns host type veth peer name eth0 netns host
namespace peer && ip -n host link set eth0 netns peer && ip -n host link set peer up
ip -n peer link set eth0 mtu 1442 up && ip -n peer addr add 192.0.2.1/24 dev eth0
ip netns exec peer ethtool -K eth0 tx off >/dev/null
vsctl host add-port br-int peer

check boots until_true 40 serial
check ping ip netns exec peer ping -q -c 3 -i 0.2 -W 5 192.0.2.17
check tcp eval 'ip netns exec peer timeout 10 busybox nc 192.0.2.17 80 </dev/null >"$work/hello"'
check says prints 'hello from the guest' "$work/hello"
plug tap >"$work/again"
check again_while_it_runs prints 'nothing to do' "$work/again"
check destroy virt destroy ours
check stays vif host check "$work/tap.json"
check unplug vif host unplug "$work/tap.json"
check unplugged no_port

# ---- libvirt's own plug of the same interface ---------------------------------------------------

domain theirs bridge >"$work/theirs.xml" <<END
<source bridge='br-int'/><target dev='$tap'/>
<virtualport type='openvswitch'><parameters interfaceid='$id'/></virtualport>
END
check libvirt_plugs virt create --paused "$work/theirs.xml"
ids >"$work/ids.libvirt"
# libvirt has its domain's id under another name than os-vif, and so vif, has the instance's.
uuid=$(virt domuuid theirs)
sed "s/^vm-id=$uuid\$/vm-uuid=$(jq -r "$d.uuid" "$vifs/instance.json")/" "$work/ids.libvirt" |
    sort >"$work/ids.same"
check libvirt_has_vm_id grep -qx "vm-id=$uuid" "$work/ids.libvirt"
check same_ids diff "$work/ids.vif" "$work/ids.same"

# ---- vif on a port that libvirt has made --------------------------------------------------------

check plug_theirs plug port
plug port >"$work/again"
check plug_theirs_again prints 'nothing to do' "$work/again"
ids | grep -v ^vm-id= >"$work/ids.both"
check plug_theirs_ids diff "$work/ids.vif" "$work/ids.both"
check libvirt_unplugs virt destroy theirs
check libvirt_unplugged no_port
check unplug_gone vif host unplug "$work/port.json"
exit $failed
