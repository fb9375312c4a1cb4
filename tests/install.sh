#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs what the tests need, through apt as root. Otherwise names what is missing: the tests that
# need it skip. The library itself needs a C compiler and nothing else.
#
#   tests/install.sh          what "make test" uses
#   tests/install.sh bench    what "make bench" compares with, too

list='
gcc                          the reference compiler; libasan and libubsan come with it
g++                          the headers as C++
libc6-dev                    libc headers
linux-libc-dev               linux/ headers: included around ours, and numbers compared with ours
clang                        second compiler, -Weverything, libFuzzer
libclang-rt-dev              sanitizer and fuzzer runtime of clang
tcc                          third compiler: no GNU C beyond what it knows
musl-tools                   musl-gcc: static programs, another libc
gcc-i686-linux-gnu           32 bits; unlike gcc-multilib it stands beside the cross compilers
libc6-dev-i386-cross         its libc
gcc-aarch64-linux-gnu        64-bit ARM
libc6-dev-arm64-cross        its libc
gcc-arm-linux-gnueabihf      32-bit ARM
libc6-dev-armhf-cross        its libc
gcc-riscv64-linux-gnu        RISC-V
libc6-dev-riscv64-cross      its libc
gcc-s390x-linux-gnu          big endian
libc6-dev-s390x-cross        its libc
qemu-user                    runs the programs for other machines
valgrind                     memory errors that need no recompilation to be seen
cppcheck                     static analysis
clang-tidy                   static analysis
gcovr                        branch coverage
binutils                     nm, size: symbols and sizes
pkgconf                      reads the installed vif.pc
iproute2                     the kernel tests look at what was done with other eyes
nftables                     the same, for forwarding rules
jq                           looks into JSON that vifctl prints
openvswitch-switch           a real ovsdb-server and ovs-vswitchd to talk to
openvswitch-switch-dpdk      the same with DPDK: vhost-user ports that work
dpdk-dev                     dpdk-testpmd: the far end of a vhost-user port, without a guest
ovn-central                  the databases of OVN: they say when a plugged VIF is bound and up
ovn-host                     its controller, which binds them
lldpad                       speaks VDP with another of its kind: port profiles of 802.1Qbg
libvirt-daemon               libvirtd: domains on VIFs, and its own way to plug, for comparison
libvirt-daemon-driver-qemu   its driver for them
libvirt-clients              virsh
qemu-system-x86              runs those domains, and tests on another kernel
busybox-static               all that their initramfs holds
cpio                         packs what a virtual machine begins with (tests/vm)
xz-utils                     unpacks its kernel
kmod                         and finds its modules
make                         builds one that Debian does not: netdevsim
udhcpc                       a client of DHCP, for NICs that want one
dnsmasq-base                 a server for it
ethtool                      checksums that the userspace datapath passes on, completed before
iputils-ping                 reaches one VIF from another
tcpdump                      reads the frames that announce an address
containernetworking-plugins  host-local: the example that is a CNI plugin shares files with it
podman                       runs containers on that
runc                         starts them for it
containerd                   the same, with another idea of when a network is taken away
libssl-dev                   the example that reaches an OVSDB server over TLS
openssl                      certificates for it
libexpat1-dev                an example reads XML of libvirt with it
libuv1-dev                   the example in the event loop of libuv
graphviz                     draws what "vifctl show --dot" says
mandoc                       reads the manual page strictly
bash-completion              what the completion of vifctl builds on
python3-os-vif               the reference implementation: what it answers is what is wanted
locales                      a locale with a decimal comma is made from its sources
cmake                        the lines for it in README.md are built
strace                       system calls counted, and made to fail
frama-c-base                 Eva: proofs of the parsers (tests/prove)
util-linux                   unshare: a network namespace for the kernel tests'

bench='
libcjson-dev                 a JSON parser to compare with
libjansson-dev               another
gnuplot-nox                  draws what a VIF costs in jobs of 1 to 4096'

missing=
check()
{
    while read -r package why; do
        [ "$package" ] || continue
        case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
        *' installed') ;;
        *) missing="$missing $package"; echo "missing: $package: $why" ;;
        esac
    done
}

command -v dpkg-query >/dev/null || {
    echo "no dpkg here: what is missing will be skipped"
    exit 0
}
[ "${1:-}" = bench ] && list=$list$bench
check <<END
$list
END
[ "$missing" ] || exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "as root, this installs them: apt-get install --no-install-recommends$missing"
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
get="apt-get install -y -q --no-install-recommends --no-remove"
apt-get update -q >/dev/null || echo "apt-get update failed; going on"
# Together is quick; one by one, a package that this release lacks takes no other with it.
# shellcheck disable=SC2086
$get $missing >/dev/null 2>&1 || for package in $missing; do
    $get "$package" >/dev/null 2>&1 || echo "cannot install: $package"
done
exit 0
