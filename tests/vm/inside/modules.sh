#!/bin/bash
# SPDX-License-Identifier: MIT
# Tests that are there already, where the kernel has all that they may ask for.
for module in 8021q bonding bridge dummy macvtap openvswitch tun veth vrf; do
    modprobe $module || echo "not ok module/$module: it is not there"
done
timeout 100 "$BUILD/tests/kernel/netlink" vlan 2>&1
modprobe netdevsim
if timeout 100 sh examples/demo.sh >"${TMPDIR:-/tmp}/demo" 2>&1 && grep -q "function 1" "${TMPDIR:-/tmp}/demo"; then echo "ok demo"; else
    echo "not ok demo"; tail -n 20 "${TMPDIR:-/tmp}/demo" | sed "s/^/# /"
fi
