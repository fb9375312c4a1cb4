#!/bin/bash
# SPDX-License-Identifier: MIT
# What the virtual machine is made of, from Debian's archive into the directory VM: nothing is installed
# and nothing needs root. A part that is there already is left alone; one that can't be had is named.
#
#   VM=DIR tests/vm/fetch.sh PART...
#     kernel     the release's kernel and modules, unpacked, and an initramfs to begin with
#     newer      the same of the release's backports
#     modules    built here: netdevsim, which has virtual functions without hardware and which Debian
#                does not build; representors, which is tests/vm/representors.c
#     qemu       QEMU of the release's backports, unpacked: the first to have igb, a NIC with SR-IOV
set -eu
VM=$(realpath -m "$VM")
mkdir -p "$VM"
exec 9>"$VM/lock"
flock 9
kernel=$VM/kernel

# ---- packages ----

# apt with lists and sources of its own: those of the host are for root, and may lack the backports.
private_apt()
{
    local url code
    code=$(. /etc/os-release && echo "$VERSION_CODENAME")
    url=$(sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\?\(http[^ ]*\) .*/\2/p' \
        /etc/apt/sources.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
        grep -v security | head -n 1)
    mkdir -p "$VM/apt/lists/partial" "$VM/apt/cache/archives/partial"
    printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
        "${url:-http://deb.debian.org/debian}" "$code" \
        "${url:-http://deb.debian.org/debian}" "$code-backports" >"$VM/apt/list"
    cat >"$VM/apt/conf" <<END
Dir::Etc::sourcelist "$VM/apt/list";
Dir::Etc::sourceparts "-";
Dir::State::lists "$VM/apt/lists";
Dir::Cache "$VM/apt/cache";
END
    APT_CONFIG=$VM/apt/conf apt-get -q update >/dev/null
    echo "$code" >"$VM/apt/release"
}

# unpack DIR PACKAGE...
unpack()
{
    local dir=$1
    shift
    rm -rf "$VM/debs"
    mkdir -p "$VM/debs" "$dir"
    (cd "$VM/debs" && APT_CONFIG=$VM/apt/conf apt-get -q download "$@" >/dev/null)
    for deb in "$VM"/debs/*.deb; do dpkg -x "$deb" "$dir"; done
    rm -rf "$VM/debs"
}

# The packages that one depends on, without versions.
needs()
{
    APT_CONFIG=$VM/apt/conf apt-cache show --no-all-versions "$1" |
        sed -n 's/^Depends: //p' | tr ',' '\n' | sed 's/^ *//; s/ .*//'
}

# ---- parts ----

# A kernel that is an ELF file begins at once; what is packed in vmlinuz would be unpacked by an emulated
# processor, which takes seconds.
plain_kernel()
{
    local at
    at=$(LC_ALL=C grep -obaP '\xfd7zXZ\x00' "$1" | head -n 1 | cut -d: -f1)
    { tail -c +$((at + 1)) "$1" | xz -dc >"$2" 2>/dev/null; } || true
    [ "$(head -c 4 "$2" | tail -c 3)" = ELF ] || cp "$1" "$2"
}

initramfs()
{
    local root version module n=10
    root=$(mktemp -d) version=$1
    mkdir -p "$root"/{bin,dev,proc,sys,modules,mnt}
    cp /bin/busybox "$root/bin/busybox"
    for module in virtio_pci 9pnet_virtio 9p overlay; do
        /sbin/modprobe -d "$kernel" -S "$version" --show-depends "$module"
    done | sed -n 's/^insmod //p' | awk '!seen[$0]++' | while read -r module; do
        cp "$module" "$root/modules/$n-${module##*/}"
        n=$((n + 1))
    done
    xz -dq "$root"/modules/*.xz 2>/dev/null || true
    cp tests/vm/initramfs-init "$root/init"
    chmod 755 "$root/init"
    (cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$kernel/initramfs.gz"
    rm -rf "$root"
}

# part_kernel [RELEASE]
part_kernel()
{
    local version
    unpack "$kernel" "$(needs "linux-image-amd64${1:+/$1}" | grep -m 1 '^linux-image-')"
    version=$(ls "$kernel/lib/modules")
    /sbin/depmod -b "$kernel" "$version"
    plain_kernel "$kernel/boot/vmlinuz-$version" "$kernel/vmlinux"
    initramfs "$version"
}

part_newer() { kernel=$VM/newer part_kernel "$(cat "$VM/apt/release")-backports"; }

# Builds the module of that directory.
module()
{
    make -s -C "$headers" M="$build/$1" KBUILD_MODPOST_WARN=1 CONFIG_DEBUG_INFO_BTF_MODULES= \
        "${@:2}" modules >"$VM/$1.log" 2>&1
    mkdir -p "$kernel/lib/modules/$version/extra"
    cp "$build/$1/$1.ko" "$kernel/lib/modules/$version/extra"
}

part_modules()
{
    local version build headers
    version=$(ls "$kernel/lib/modules")
    build=$VM/source
    rm -rf "$build"
    # shellcheck disable=SC2046
    unpack "$build" "linux-headers-$version" "linux-source-$(cut -d. -f1,2 <<<"$version")" \
        $(needs "linux-headers-$version" | grep -E '^linux-(headers|kbuild)-')
    tar -xf "$build"/usr/src/linux-source-*.tar.xz -C "$build" --strip-components=3 \
        --wildcards '*/drivers/net/netdevsim'
    headers=$build/usr/src/linux-headers-$version
    sed -i "s#include /usr/src#include $build/usr/src#" "$headers/Makefile"
    module netdevsim CONFIG_NETDEVSIM=m
    mkdir "$build/representors"
    cp tests/vm/representors.c "$build/representors"
    echo 'obj-m += representors.o' >"$build/representors/Makefile"
    module representors
    /sbin/depmod -b "$kernel" "$version"
    rm -rf "$build"
}

part_qemu()
{
    local from
    from=$(cat "$VM/apt/release")-backports
    unpack "$VM/qemu" "qemu-system-x86/$from" "qemu-system-common/$from" \
        "qemu-system-data/$from" "seabios/$from"
}

for part; do
    [ -e "$VM/$part.done" ] && continue
    [ -e "$VM/apt/release" ] || private_apt
    "part_$part"
    touch "$VM/$part.done"
done
