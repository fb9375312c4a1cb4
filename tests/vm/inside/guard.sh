#!/bin/bash
# SPDX-License-Identifier: MIT
# What guests may send and get, by rules at their devices: on a kernel that loses a chain with its
# device, and on the datapath of Open vSwitch that is the kernel's.
modprobe -a openvswitch nf_tables tun veth
for t in other_senders_at_a_port other_receivers_at_a_port a_rate_of_what_comes_in \
    a_port_meddled_with; do
    timeout 100 "$BUILD/tests/kernel/rules" $t 2>&1 | sed 's/^\(ok\|not ok\) /\1 bridge_/'
done
for t in what_a_guest_sends what_a_guest_gets check_finds_what_others_did by_their_tag_alone; do
    timeout 100 "$BUILD/tests/kernel/ports" $t 2>&1 | sed 's/^\(ok\|not ok\) /\1 port_/'
done
for datapath in system netdev; do
    OVS_DATAPATH=$datapath timeout 200 "$BUILD/tests/ovs/ports" 2>&1 |
        sed "s/^\\(ok\\|not ok\\) /\\1 ${datapath}_/"
done
