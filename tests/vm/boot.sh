#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs a command in a virtual machine: Debian's kernel, emulated, on a view of this host's files where
# what is written vanishes. A boot takes 5 s. Exit status: the command's; 125: it came to no end.
#
#   VM=DIR [KERNEL=newer] [VM_CLOCK=instructions] tests/vm/boot.sh COMMAND...
#                                      in the project's directory, as root of the machine
#
# With VM_CLOCK=instructions each instruction takes a nanosecond of the machine's clocks, however
# busy the host is, and to be idle takes nothing.
#
# There are a NIC with SR-IOV (igb) where the part "qemu" was fetched, an IOMMU, two virtio cards,
# which a pod's DPDK program may be given: their MACs end in d1 and d2.
set -u
VM=$(realpath "$VM") tree=$(realpath .)
kernel=$VM/${KERNEL:-kernel}
. tests/vm/qemu
share=$(mktemp -d)
trap 'rm -rf "$share"' EXIT
printf '%q ' "$@" >"$share/command"
mkdir -p "$share/tmp"
nic=()
for n in 1 2; do
    nic+=(-netdev "user,id=pod$n,restrict=on"
        -device "virtio-net-pci,netdev=pod$n,mac=52:54:00:00:00:d$n,romfile=")
done
if [ -e "$VM/qemu.done" ]; then
    nic+=(-netdev user,id=net,restrict=on -device pcie-root-port,id=root1,chassis=1
        -device igb,bus=root1,netdev=net,romfile=)
fi
# A kernel that clears each page that it hands out takes a sixth longer here to start a process.
# Where instructions are counted, it does as on other machines.
accel=(-accel tcg,thread=multi) quick=init_on_alloc=0
[ "${VM_CLOCK:-}" != instructions ] ||
    accel=(-accel tcg,thread=single -icount shift=0,sleep=off) quick=
timeout "${VM_TIMEOUT:-1080}" "${qemu[@]}" -nodefaults -no-user-config -no-reboot -display none \
    -machine q35 "${accel[@]}" -cpu max -smp 1 -m 1024 -device intel-iommu \
    -kernel "$kernel/vmlinux" -initrd "$kernel/initramfs.gz" \
    -append "console=ttyS0 quiet panic=-1 net.ifnames=0 tsc=reliable no_timer_check mitigations=off \
$quick intel_iommu=on vm_kernel=$kernel vm_tree=$tree vm_share=$share" \
    -fsdev local,id=host,path=/,security_model=none,readonly=on,multidevs=remap \
    -device virtio-9p-pci,fsdev=host,mount_tag=host \
    -fsdev "local,id=share,path=$share,security_model=none" \
    -device virtio-9p-pci,fsdev=share,mount_tag=share \
    -device virtio-rng-pci -serial "file:$share/console" "${nic[@]}" \
    </dev/null 2>"$share/qemu"
cat "$share/output" 2>/dev/null
[ -s "$share/status" ] && exit "$(cat "$share/status")"
echo "the machine stopped without a status; what it said last:"
cat "$share/qemu"
tail -n 25 "$share/console"
exit 125
