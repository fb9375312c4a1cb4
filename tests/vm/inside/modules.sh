#!/bin/bash
# SPDX-License-Identifier: MIT
# Tests that are there already, where the kernel has all that they may ask for.
for module in 8021q bonding bridge dummy macvtap openvswitch tun veth vrf; do
    modprobe $module || echo "not ok module/$module: it is not there"
done
timeout 100 "$BUILD/tests/kernel/netlink" vlan 2>&1
