#!/bin/bash
# SPDX-License-Identifier: MIT
# Cards that a pod's DPDK program drives: a virtio card, and a virtual function (igb).
. tests/cli/lib
. tests/vm/pci
modprobe virtio_net && modprobe uio_pci_generic
mac=52:54:00:00:00:d1
id=dc065497-3c8d-4f44-8fb4-e1d33c16a536
other=11111111-3c8d-4f44-8fb4-e1d33c16a536

netdev() { grep -l "^$1" /sys/class/net/*/address 2>/dev/null | cut -d/ -f5; }
# The PCI device of a virtio netdev, or of another one.
slot()
{
    local dir
    dir=$(readlink -f "/sys/class/net/$1/device")
    case $dir in */virtio*) dir=${dir%/*} ;; esac
    basename "$dir"
}
has_netdev() { [ "$(netdev "$1")" ]; }
soon has_netdev $mac || { echo "skip virtio: the machine has no such card"; exit 0; }
card=$(slot "$(netdev $mac)")
second=$(slot "$(netdev 52:54:00:00:00:d2)")

# dpdk FILE CLASS MAC ID [FIELDS]
dpdk()
{
    cat >"$tmp/$1" <<END
{"versioned_object.name": "$2", "versioned_object.namespace": "os_vif",
 "versioned_object.version": "1.0", "versioned_object.data": {
  "id": "$4", "address": "$3", ${5:-}
  "port_profile": {"versioned_object.name": "VIFPortProfileK8sDPDK",
   "versioned_object.namespace": "os_vif", "versioned_object.version": "1.1",
   "versioned_object.data": {"l3_setup": false, "selflink": "/api/v1/namespaces/a/pods/b",
    "resourceversion": "7"}}}}
END
}
# What has each card, and what the host has of it.
state()
{
    local d
    for d in "$card" "$second"; do
        echo "$d $(driver "$d") $(cat /sys/bus/pci/devices/"$d"/driver_override)" \
            "$(ls -d /sys/bus/pci/devices/"$d"/virtio*/net/* 2>/dev/null | wc -l)"
    done
    cat /sys/class/net/*/address | sort
}
looks() { state >"$tmp/$1"; }
same()
{
    looks now
    check "$1" cmp -s "$tmp/$2" "$tmp/now"
    diff "$tmp/$2" "$tmp/now" | sed 's/^/# /'
}
no_notes() { check "$1" test -z "$(ls /run/vif 2>/dev/null)"; }
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$tmp/json"; }

dpdk vif.json VIFDPDKNested $mac $id '"vif_name": "tapdc065497-3c",'
dpdk other.json VIFNestedDPDK $mac $other "\"pci_address\": \"$card\","
looks bare

# ---- a virtio card ----

expect plan 0 "^change +driver $card " '' "$VIFCTL" plan "$tmp/vif.json"
same plan_same bare
no_notes plan_notes
expect check_before 3 'driver: wanted uio_pci_generic, found virtio-pci$' '' \
    "$VIFCTL" check "$tmp/vif.json"
"$VIFCTL" plug --json "$tmp/vif.json" >"$tmp/json"
check plug test $? = 0
check plug_driver test "$(driver "$card")" = uio_pci_generic
check plug_netdev test -z "$(netdev $mac)"
check plug_other test "$(driver "$second")" = virtio-pci
check said_address test "$(field pci_address)" = "$card"
check said_driver test "$(field dev_driver)" = virtio-pci
looks plugged
expect check 0 '^as wanted$' '' "$VIFCTL" check "$tmp/vif.json"
expect again 0 '^nothing to do$' '' "$VIFCTL" plug "$tmp/vif.json"
"$VIFCTL" plug --json "$tmp/vif.json" >"$tmp/json"
check again_address test "$(field pci_address)" = "$card"
check again_driver test "$(field dev_driver)" = virtio-pci
same again_same plugged
expect others 1 '' ".*E_EXISTS.*belongs to vif:local:$id.*" "$VIFCTL" plug "$tmp/other.json"
expect others_unplug 0 '^nothing to do$' '' "$VIFCTL" unplug "$tmp/other.json"
same others_same plugged
echo "$card" >/sys/bus/pci/devices/$card/driver/unbind
expect drift 3 'driver: wanted uio_pci_generic, found none$' '' "$VIFCTL" check "$tmp/vif.json"
expect repair 0 '^done$' '' "$VIFCTL" plug "$tmp/vif.json"
same repair_same plugged
expect unplug 0 '^done$' '' "$VIFCTL" unplug "$tmp/vif.json"
same unplug_same bare
no_notes unplug_notes
expect unplug_again 0 '^nothing to do$' '' "$VIFCTL" unplug "$tmp/vif.json"
same unplug_again_same bare

# ---- the object that was handed back ----

expect back_plug 0 '^done$' '' "$VIFCTL" plug "$tmp/vif.json"
dpdk filled.json VIFNestedDPDK $mac $id \
    "\"pci_address\": \"$card\", \"dev_driver\": \"virtio-pci\","
expect back_again 0 '^nothing to do$' '' "$VIFCTL" plug "$tmp/filled.json"
expect back_unplug 0 '^done$' '' "$VIFCTL" unplug "$tmp/filled.json"
same back_same bare

# One that another agent has bound, as Kuryr's does and leaves it: the object says what it had.
echo uio_pci_generic >/sys/bus/pci/devices/$card/driver_override
echo "$card" >/sys/bus/pci/devices/$card/driver/unbind
echo "$card" >/sys/bus/pci/drivers_probe
echo >/sys/bus/pci/devices/$card/driver_override
expect taken_plug 0 '^done$' '' "$VIFCTL" plug "$tmp/filled.json"
expect taken_unplug 0 '^done$' '' "$VIFCTL" unplug "$tmp/filled.json"
same taken_same bare

# ---- options that an unplug does not know; the id alone ----

expect driver_plug 0 '^done$' '' "$VIFCTL" plug "$tmp/vif.json"
modprobe vfio-pci
expect driver_other 0 '^done$' '' "$VIFCTL" plug -c hostdev_driver=vfio-pci "$tmp/vif.json"
check driver_is test "$(driver "$card")" = vfio-pci
expect driver_unplug 0 '^done$' '' "$VIFCTL" unplug "$tmp/vif.json"
same driver_same bare
expect id_plug 0 '^done$' '' "$VIFCTL" plug "$tmp/vif.json"
expect id_list 0 "^$id  driver $card$" '' "$VIFCTL" list
expect id_unplug 0 '^done$' '' "$VIFCTL" unplug --id $id
same id_same bare
no_notes id_notes

# ---- refused: nothing is left of it ----

ip link set "$(netdev $mac)" up
expect in_use 1 '' '.*E_EXISTS.*the host uses the card.*' "$VIFCTL" plug "$tmp/vif.json"
ip link set "$(netdev $mac)" down
expect no_driver 1 '' '.*E_UNSUPPORTED.*nosuch did not take the device.*' \
    "$VIFCTL" plug -c hostdev_driver=nosuch "$tmp/vif.json"
same no_driver_same bare
dpdk gone.json VIFNestedDPDK 52:54:00:00:00:ee $id
expect no_card 1 '' '.*E_NO_PCI_DEVICE.*' "$VIFCTL" plug "$tmp/gone.json"
dpdk stale.json VIFNestedDPDK 52:54:00:00:00:ee $id "\"pci_address\": \"$card\","
expect another_card 1 '' '.*another MAC.*' "$VIFCTL" plug "$tmp/stale.json"
same refused_same bare
no_notes refused_notes

# ---- the card comes at another place ----

expect moved_plug 0 '^done$' '' "$VIFCTL" plug "$tmp/vif.json"
ip link set "$(netdev 52:54:00:00:00:d2)" address $mac
expect moved_again 0 '^done$' '' "$VIFCTL" plug "$tmp/vif.json"
check moved_driver test "$(driver "$second")" = uio_pci_generic
expect moved_unplug 0 '^done$' '' "$VIFCTL" unplug "$tmp/vif.json"
soon has_netdev 52:54:00:00:00:d2
same moved_same bare
no_notes moved_notes

# ---- killed in a plug or an unplug: the next one makes it right ----

# kill_at NAME CALL:NUMBER VERB
kill_at()
{
    { strace -f -qq -o /dev/null -e trace=${2%:*} -e inject=${2%:*}:signal=KILL:when=${2#*:} \
        "$VIFCTL" "$3" "$tmp/vif.json" >"$tmp/out" 2>&1; } 2>/dev/null
    status=$?
}

turn=0
for verb in plug unplug; do
    for call in openat write rename unlink flock; do
        every=1
        [ $call != openat ] || every=3
        for when in $(seq 1 $every 60); do
            [ $verb = plug ] || "$VIFCTL" plug "$tmp/vif.json" >/dev/null
            kill_at "" $call:$when $verb
            [ $status = 137 ] || break
            # Every second one is plugged again before it is unplugged.
            turn=$((turn + 1))
            [ $((turn % 2)) = 0 ] || expect kill_${verb}_${call}_${when}_plug 0 \
                '^done$|^nothing to do$' '' "$VIFCTL" plug "$tmp/vif.json"
            expect kill_${verb}_${call}_$when 0 '^done$|^nothing to do$' '' \
                "$VIFCTL" unplug "$tmp/vif.json"
            same kill_${verb}_${call}_${when}_same bare
        done
        "$VIFCTL" unplug "$tmp/vif.json" >/dev/null
        check kill_${verb}_${call}_all test "$status" = 0
    done
done
no_notes kill_notes

# ---- a virtual function, as one that a host has passed on to its guest ----

. tests/vm/nic
modprobe igbvf
drivers=/sys/bus/pci/drivers
[ "$(cat "$device/sriov_numvfs")" != 0 ] || echo 2 >"$device/sriov_numvfs"
vf=$(vf 0)
ip link set "$eth" vf 0 mac 52:54:00:00:00:0e
soon driver_is "$vf" igbvf
echo "$vf" >$drivers/igbvf/unbind       # so that it reads its MAC
echo "$vf" >$drivers/igbvf/bind
soon has_netdev 52:54:00:00:00:0e
dpdk vf.json VIFNestedDPDK 52:54:00:00:00:0e $id
"$VIFCTL" plug --json -c hostdev_driver=vfio-pci "$tmp/vf.json" >"$tmp/json"
check vf_plug test $? = 0
check vf_driver test "$(driver "$vf")" = vfio-pci
check vf_said test "$(field pci_address) $(field dev_driver)" = "$vf igbvf"
expect vf_again 0 '^nothing to do$' '' "$VIFCTL" plug -c hostdev_driver=vfio-pci "$tmp/vf.json"
expect vf_unplug 0 '^done$' '' "$VIFCTL" unplug "$tmp/vf.json"
check vf_unplug_driver test "$(driver "$vf")" = igbvf
check vf_unplug_override test "$(cat /sys/bus/pci/devices/$vf/driver_override)" = "(null)"
expect vf_unplug_again 0 '^nothing to do$' '' "$VIFCTL" unplug "$tmp/vf.json"
no_notes vf_notes
exit $failed
