#!/bin/bash
# SPDX-License-Identifier: MIT
# The first process of the virtual machine once it sees the host's files. Words of the kernel's command
# line say where: vm_tree the project, vm_share a directory that is the host's for writing, vm_kernel the
# kernel's. What share/command says is run; its output and status are files there.
# shellcheck disable=SC2154
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C TERM=dumb
mount -t tmpfs none /run
mkdir -p /dev/pts /dev/shm /run/netns "/lib/modules/$(uname -r)"
mount -t devpts none /dev/pts
mount -t tmpfs none /dev/shm
ln -sfn /proc/self/fd /dev/fd
mount -t debugfs none /sys/kernel/debug
mount --bind "$vm_kernel/lib/modules/$(uname -r)" "/lib/modules/$(uname -r)"
mount -t 9p -o trans=virtio,version=9p2000.L,cache=none,rw share "$vm_share" || busybox poweroff -f
ip link set lo up
cd "$vm_tree" || busybox poweroff -f
bash "$vm_share/command" </dev/null >"$vm_share/output" 2>&1
echo $? >"$vm_share/status"
sync
busybox poweroff -f
