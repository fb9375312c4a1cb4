#!/bin/bash
# SPDX-License-Identifier: MIT
# Virtual functions, and drivers of PCI devices, on an emulated NIC (igb).
. tests/cli/lib
. tests/vm/nic
modprobe igbvf && modprobe vfio-pci
echo 2 >$device/sriov_numvfs
soon driver_is "$(vf 1)" igbvf

# hostdev FILE VF TYPE MAC VLAN ID: a VIFHostDevice
hostdev()
{
    cat >"$tmp/$1" <<END
{"versioned_object.name": "VIFHostDevice", "versioned_object.namespace": "os_vif",
 "versioned_object.version": "1.0", "versioned_object.data": {
  "id": "$6", "address": "$4", "plugin": "hostdev", "dev_type": "$3", "dev_address": "$2",
  "network": {"versioned_object.name": "Network", "versioned_object.namespace": "os_vif",
   "versioned_object.version": "1.1", "versioned_object.data": {
    "id": "b82c1929-051e-481d-8110-4669916c7915", "bridge": "", "vlan": $5}}}}
END
}
# What the NIC says of its functions, and what has them.
state() { ip link show dev "$eth" | grep '  vf'; for n in 0 1; do echo "$(vf $n) $(driver "$(vf $n)") $(cat /sys/bus/pci/devices/"$(vf $n)"/driver_override)"; done; }
looks() { state >"$tmp/$1"; }
same() { looks now; check "$1" cmp -s "$tmp/$2" "$tmp/now"; diff "$tmp/$2" "$tmp/now" | sed 's/^/# /'; }
no_notes() { check "$1" test -z "$(ls /run/vif 2>/dev/null)"; }
id=dc065497-3c8d-4f44-8fb4-e1d33c16a536
other=11111111-3c8d-4f44-8fb4-e1d33c16a536
hostdev vif.json "$(vf 1)" ethernet 52:54:00:aa:bb:01 101 $id
hostdev other.json "$(vf 1)" ethernet 52:54:00:aa:bb:02 102 $other
on="-c vf_vlan_qos=3 -c vf_spoofchk=false -c vf_trust=true -c vf_max_rate_mbps=100"

# ---- settings of a function ----

looks bare
expect plan 0 '^change +vf [0-9a-f:.]+ ' '' "$VIFCTL" plan $on "$tmp/vif.json"
same plan_same bare
no_notes plan_notes
expect plug 0 '^done$' '' "$VIFCTL" plug $on "$tmp/vif.json"
looks plugged
check plug_mac grep -q 'vf 1 .*52:54:00:aa:bb:01.*vlan 101, qos 3.*max_tx_rate 100.*checking off.*trust on' "$tmp/plugged"
check plug_others test "$(grep -c "^    vf 0 $(sed -n 's/.*vf 0 //p' "$tmp/bare")$" "$tmp/plugged")" = 1
expect check 0 '^as wanted$' '' "$VIFCTL" check $on "$tmp/vif.json"
expect again 0 '^nothing to do$' '' "$VIFCTL" plug $on "$tmp/vif.json"
same again_same plugged
expect others 1 '' ".*E_EXISTS.*belongs to vif:local:$id.*" "$VIFCTL" plug "$tmp/other.json"
expect others_unplug 0 '^nothing to do$' '' "$VIFCTL" unplug "$tmp/other.json"
same others_same plugged
ip link set "$eth" vf 1 vlan 55
expect drift 3 'vlan: wanted 101, found 55$' '' "$VIFCTL" check $on "$tmp/vif.json"
expect repair 0 '^done$' '' "$VIFCTL" plug $on "$tmp/vif.json"
same repair_same plugged
expect unplug 0 '^done$' '' "$VIFCTL" unplug "$tmp/vif.json"
same unplug_same bare
no_notes unplug_notes
expect unplug_again 0 '^nothing to do$' '' "$VIFCTL" unplug "$tmp/vif.json"
same unplug_again_same bare

# ---- refused: nothing is left of it ----

expect half_done 1 '' '.*EOPNOTSUPP.*|.*E_UNSUPPORTED.*' \
    "$VIFCTL" plug $on -c vf_link_state=enable "$tmp/vif.json"
same half_done_same bare
no_notes half_done_notes
ip link set "$eth" down
expect pf_down 1 '' ".*$eth is down.*" "$VIFCTL" plug $on "$tmp/vif.json"
ip link set "$eth" up
same pf_down_same bare
hostdev gone.json 0000:7f:10.0 ethernet 52:54:00:aa:bb:01 101 $id
expect no_device 1 '' '.*E_NO_PCI_DEVICE.*' "$VIFCTL" plug "$tmp/gone.json"
hostdev pf.json "$pf" ethernet 52:54:00:aa:bb:01 101 $id
expect not_a_function 1 '' '.*E_NO_PCI_DEVICE.*' "$VIFCTL" plug "$tmp/pf.json"
same refused_same bare
no_notes refused_notes

# ---- given to somebody else meanwhile ----

expect given_plug 0 '^done$' '' "$VIFCTL" plug $on "$tmp/vif.json"
ip link set "$eth" vf 1 mac 52:54:00:ee:ee:ee
looks given
expect given_unplug 0 '^done$' '' "$VIFCTL" unplug "$tmp/vif.json"
same given_same given
no_notes given_notes
mac=$(sed -n 's/.*vf 1 .*link.ether \([0-9a-f:]*\).*/\1/p' "$tmp/bare")
ip link set "$eth" vf 1 mac "$mac"
ip link set "$eth" vf 1 vlan 0
ip link set "$eth" vf 1 spoofchk on trust off max_tx_rate 0
looks bare

# ---- functions that are gone before the unplug ----

expect gone_plug 0 '^done$' '' "$VIFCTL" plug $on "$tmp/vif.json"
echo 0 >$device/sriov_numvfs
expect gone_unplug 0 '^done$' '' "$VIFCTL" unplug "$tmp/vif.json"
no_notes gone_notes
echo 2 >$device/sriov_numvfs
soon driver_is "$(vf 1)" igbvf

# ---- the driver ----

# Without a MAC igbvf makes one up, each time that it takes the device.
ip link set "$eth" vf 1 mac 52:54:00:00:00:0f
looks bare

hostdev generic.json "$(vf 1)" generic 52:54:00:aa:bb:03 103 $id
expect generic 0 '^done$' '' "$VIFCTL" plug "$tmp/generic.json"
check generic_driver test "$(driver "$(vf 1)")" = vfio-pci
check generic_vf grep -q 'vf 1 .*52:54:00:aa:bb:03.*vlan 103' <(state)
expect generic_check 0 '^as wanted$' '' "$VIFCTL" check "$tmp/generic.json"
expect generic_again 0 '^nothing to do$' '' "$VIFCTL" plug "$tmp/generic.json"
# Taken back, a device has the driver that an earlier plug gave it, not its own, and not none.
looks generic
expect other_driver 1 '' '.*E_UNSUPPORTED.*nosuch did not take the device.*' \
    "$VIFCTL" plug -c hostdev_driver=nosuch "$tmp/generic.json"
same other_driver_same generic
expect other_driver_check 0 '^as wanted$' '' "$VIFCTL" check "$tmp/generic.json"
expect generic_unplug 0 '^done$' '' "$VIFCTL" unplug "$tmp/generic.json"
same generic_same bare
expect generic_unplug_again 0 '^nothing to do$' '' "$VIFCTL" unplug "$tmp/generic.json"
expect no_driver 1 '' '.*E_UNSUPPORTED.*nosuch did not take the device.*' \
    "$VIFCTL" plug -c hostdev_driver=nosuch "$tmp/generic.json"
same no_driver_same bare
no_notes no_driver_notes

# Somebody has chosen a driver for it before: that choice counts again afterwards.
echo igbvf >/sys/bus/pci/devices/"$(vf 1)"/driver_override
looks chosen
expect chosen 0 '^done$' '' "$VIFCTL" plug "$tmp/generic.json"
check chosen_driver test "$(driver "$(vf 1)")" = vfio-pci
expect chosen_unplug 0 '^done$' '' "$VIFCTL" unplug "$tmp/generic.json"
same chosen_same chosen
echo >/sys/bus/pci/devices/"$(vf 1)"/driver_override
same chosen_no_more bare

# A driver override that went while the device has its driver: a plug sets it again.
expect drifted 0 '^done$' '' "$VIFCTL" plug "$tmp/generic.json"
looks generic
echo >/sys/bus/pci/devices/"$(vf 1)"/driver_override
expect drifted_check 3 'driver_override: wanted vfio-pci, found' '' \
    "$VIFCTL" check "$tmp/generic.json"
expect drifted_plug 0 '^done$' '' "$VIFCTL" plug "$tmp/generic.json"
same drifted_same generic

# Somebody has the function's group open, as a guest that is about to end.
group=/dev/vfio/$(basename "$(readlink /sys/bus/pci/devices/"$(vf 1)"/iommu_group)")
if [ -e "$group" ] && exec 9<>"$group"; then
    expect held 0 '^done$' '' timeout 20 "$VIFCTL" unplug "$tmp/generic.json"
    exec 9>&-
else
    echo "skip held: no $group"
    expect held 0 '^done$' '' "$VIFCTL" unplug "$tmp/generic.json"
fi
same held_same bare
no_notes held_notes

# What is no network device stays with its driver.
for other in /sys/bus/pci/devices/*; do
    case $(cat "$other/class") in 0x02*) ;; *) [ -e "$other/driver" ] && break ;; esac
done
before=$(readlink "$other/driver")
hostdev disk.json "${other##*/}" generic 52:54:00:aa:bb:04 0 $id
expect disk 1 '' '.*no network card.*|.*E_NO_PCI_DEVICE.*' "$VIFCTL" plug "$tmp/disk.json"
check disk_driver test "$(readlink "$other/driver")" = "$before"
expect disk_unplug 0 '^nothing to do$' '' "$VIFCTL" unplug "$tmp/disk.json"
no_notes disk_notes

# ---- killed in a plug: plugged again and unplugged, or unplugged at once, it is right ----

turn=0
for at in rename:1 rename:2 sendmsg:3 write:3 write:4 write:5; do
    { strace -f -qq -o /dev/null -e trace=${at%:*} -e inject=${at%:*}:signal=KILL:when=${at#*:} \
        "$VIFCTL" plug "$tmp/generic.json" >"$tmp/out" 2>&1; } 2>/dev/null
    check kill_${at/:/_}_hit test $? = 137
    turn=$((turn + 1))
    [ $((turn % 2)) = 0 ] || expect kill_${at/:/_}_plug 0 '^done$|^nothing to do$' '' \
        "$VIFCTL" plug "$tmp/generic.json"
    expect kill_${at/:/_} 0 '^done$|^nothing to do$' '' "$VIFCTL" unplug "$tmp/generic.json"
    same kill_${at/:/_}_same bare
done
no_notes kill_notes
exit $failed
