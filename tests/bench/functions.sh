#!/bin/bash
# SPDX-License-Identifier: MIT
# What plug and unplug of virtual functions cost, in the virtual machine of tests/vm: of netdevsim,
# whose functions are settings in memory, and of igb, an emulated NIC; and, for a comparison with
# the tables of this host, of a tap and of a macvtap. "make bench" builds the program. Nothing here
# passes or fails by a time.
#
# Each instruction of the machine takes a nanosecond (VM_CLOCK), and what a disk or the host would
# take is not in it, because all that is run is in the machine's memory. So the times are thousands
# of instructions, and the ratios hardly differ from one run to the next.
#
# The unplug of a tap or a macvtap is an exception. To delete a link the kernel waits for grace
# periods of RCU (net/core/dev.c netdev_run_todo), and these end at ticks of its clock, which are
# 4 ms apart. So a deletion takes 5 to 12 ms, two or three ticks, whoever asks for it and however
# much he does before, and the ratio of two such times is anything from 0.6 to 1.4. (Expedited grace
# periods do not help: netdev_run_todo waits for callbacks.) What the rest takes is in the table of
# parts: all but "send" is vif's own, files and answers, about 0.1 ms.
set -u
BUILD=${BUILD:-build}

# ---- in the machine ---------------------------------------------------------------------------

# memory: a root with the program, ip, and what they read, in memory
memory()
{
    local file
    mkdir -p /run/root
    mount -t tmpfs none /run/root
    mkdir -p /run/root/{proc,sys,dev,run,tmp,bin}
    for file in "$(command -v ip)" "$(command -v rm)" "$BUILD/bench/plug"; do
        cp "$file" /run/root/bin
        # shellcheck disable=SC2046
        cp -L --parents $(ldd "$file" | grep -o '/[^ ]*') /run/root
    done
    cp --parents -r tests/fixtures/vifs /run/root
    for file in proc sys dev; do mount --rbind /$file /run/root/$file; done
    mount -t tmpfs none /run/root/run
    mount -t tmpfs none /run/root/tmp
}

# devices NETDEVSIM: /sys/bus/pci/devices with the machine's, with a card that is the uplink, and
# with a function of that device of netdevsim's, which is on no PCI bus
devices()
{
    local bus=/sys/bus/pci/devices card=/run/devices/0000:03:00.2 vf=/run/devices/0000:04:00.2
    mkdir /run/devices
    cp -d $bus/* /run/devices
    mkdir -p $card/net/eth1 $vf/physfn/net/"$1" $vf/physfn/virtfn0
    echo PCI_SLOT_NAME=0000:04:00.0 >$vf/physfn/uevent
    echo PCI_SLOT_NAME=0000:04:00.2 >$vf/physfn/virtfn0/uevent
    mount --bind /run/devices $bus
}

# up LINK NAME: under a name that no other link here wants
up()
{
    ip link set "$1" name "$2"
    ip link set "$2" up
}

if [ "${1:-}" = inside ]; then
    modprobe -a tun macvtap veth bridge netdevsim igb
    mkdir -p /dev/net
    [ -e /dev/net/tun ] || mknod /dev/net/tun c 10 200
    echo '1 1' >/sys/bus/netdevsim/new_device
    echo 2 >/sys/bus/netdevsim/devices/netdevsim1/sriov_numvfs
    up "$(ls /sys/bus/netdevsim/devices/netdevsim1/net | head -n 1)" sim0
    functions=(netdevsim sim0 0000:04:00.2)
    pf=$(ls /sys/bus/pci/drivers/igb | grep -m 1 ^0000)
    if [ "$pf" ]; then
        up "$(ls "/sys/bus/pci/devices/$pf/net" | head -n 1)" igb0
        echo 2 >"/sys/bus/pci/devices/$pf/sriov_numvfs"
        functions+=(igb igb0 "$(basename "$(readlink "/sys/bus/pci/devices/$pf/virtfn0")")")
    fi
    devices sim0
    memory
    ROUNDS=${ROUNDS:-15} exec chroot /run/root /bin/plug functions "${functions[@]}"
fi

# ---- here ---------------------------------------------------------------------------------------

for part in kernel qemu modules; do
    if ! timeout 400 tests/vm/fetch.sh $part >"$BUILD/vm-$part.log" 2>&1; then
        echo "skip virtual functions: $part of the virtual machine could not be fetched:" \
            "$(tail -n 1 "$BUILD/vm-$part.log" | cut -c1-200)"
        exit 0
    fi
done
printf "\nvirtual functions: Debian's kernel in an emulated machine; us: 1000 instructions each\n"
VM_CLOCK=instructions tests/vm/boot.sh env BUILD="$BUILD" ROUNDS="${ROUNDS:-}" ${V:+STEPS=1} \
    bash tests/bench/functions.sh inside
