#!/bin/bash
# SPDX-License-Identifier: MIT
# Uplinks as servers have them: in a bond, a VRF, a VLAN over a bond; VLANs and others over the
# uplink.
. tests/cli/lib
if [ "${1:-}" != inside ]; then
    modprobe -a 8021q bonding macsec tun vrf xfrm_interface
    rm -rf "$tmp"
    exec unshare -nm bash "$0" inside
fi
mount -t sysfs none /sys
on='-c create_tap=true -c forward_rules=false'
# A VIF of a flat network over the link, or of VLAN 101 over it, with an MTU.
flat() { sed 's/"should_provide_vlan": true/"should_provide_vlan": false/; s/"eth1"/"'$1'"/; s/1450/'${2:-1500}'/' $vifs/linux_bridge_vlan.json >"$tmp/vif.json"; }
vlan() { sed 's/"eth1"/"'$1'"/; s/1450/'${2:-1500}'/' $vifs/linux_bridge_vlan.json >"$tmp/vif.json"; }
plug() { "$VIFCTL" plug $on "$@" "$tmp/vif.json"; }
nic() { ip link add "$1" type veth peer name far-$1 && ip link set far-$1 up && ip link set $1 up; }
# The links with flags, MTU and master, and all that the host has on them.
state() { { ip -o link | sed 's/^[0-9]*: //; s/ qlen.*//; s/link-netnsid.*//'; ip -o addr | sed 's/^[0-9]*: //'; ip route; ip -6 route; } | sed 's/[0-9]*sec//g; s/ tentative//' | sort; }
# Carriers and addresses of IPv6 have their own time. The carrier of a pair whose other end is down
# (M-DOWN) never comes.
settle()
{
    for _ in $(seq 100); do
        ip -6 addr | grep -q tentative ||
            ip -o link show up | grep NO-CARRIER | grep -qv M-DOWN || break
        sleep 0.1
    done
}
looks() { settle; state >"$tmp/$1"; }
same() { settle; state >"$tmp/now"; check "$1" cmp -s "$tmp/$2" "$tmp/now"; diff "$tmp/$2" "$tmp/now" | sed 's/^/# /'; }
unmade() { for link; do ip link delete $link; done; }

# ---- an uplink that has a master is refused by name; taken where it is said ----

nic eth1
ip link add bond0 type bond mode active-backup
ip link set eth1 down && ip link set eth1 master bond0 && ip link set bond0 up
ip addr add 192.0.2.5/24 dev bond0
flat eth1
looks bond
expect bond_port 1 '' '.*eth1 is a port of bond bond0; the option uplink_take_over takes it' plug
same bond_port_same bond
flat bond0
expect bond 0 '^done$' '' plug
check bond_address_moved test "$(ip -o -4 addr show dev br101 | grep -c 192.0.2.5/24)" = 1
check bond_is_port test "$(basename "$(readlink /sys/class/net/bond0/master)")" = br101
check bond_keeps_port test "$(basename "$(readlink /sys/class/net/eth1/master)")" = bond0
expect bond_again 0 '^nothing to do$' '' plug
"$VIFCTL" unplug $on "$tmp/vif.json" >"$tmp/out"
unmade br101 bond0 eth1

# A port that is up has to go down before a bond takes it again. What it has comes back even so.
nic eth1
ip link add bond0 type bond mode active-backup
ip link set eth1 down && ip link set eth1 master bond0 && ip link set bond0 up
ip addr add 192.0.2.5/24 dev eth1 && ip -6 addr add 2001:db8:5::5/64 dev eth1 nodad
ip route add 10.1.0.0/16 via 192.0.2.1 && ip -6 route add 2001:db8:7::/48 via 2001:db8:5::1
ip neigh add 192.0.2.99 lladdr 02:aa:00:00:00:01 nud permanent dev eth1
flat eth1
looks port
expect bond_port_taken_back 1 'taken back: bridge br101' '.*tap tapdc065497-3c.*/dev/net/tun.*' \
    unshare -m sh -c 'mount -t tmpfs none /dev/net && exec "$0" "$@"' \
    "$VIFCTL" plug $on -c uplink_take_over=true "$tmp/vif.json"
same bond_port_taken_back_same port
check bond_port_has_its_neighbour grep -q 192.0.2.99 <(ip neigh show nud permanent dev eth1)
unmade bond0 eth1

nic eth1
ip link add vrf1 type vrf table 100 && ip link set vrf1 up
ip link set eth1 master vrf1 && ip addr add 192.0.2.5/24 dev eth1
ip route add default via 192.0.2.1 table 100
flat eth1
looks vrf
expect vrf_port 1 '' '.*eth1 is a port of vrf vrf1; the option uplink_take_over takes it' plug
same vrf_port_same vrf
check vrf_route test "$(ip route show table 100 | grep -c '^default via 192.0.2.1 dev eth1')" = 1
expect vrf_taken_over 1 '' '.*eth1 is a port of vrf vrf1, and addresses do not move .*' \
    plug -c uplink_take_over=true
same vrf_taken_over_same vrf
ip addr flush dev eth1
expect vrf_taken_over_bare 0 '^done$' '' plug -c uplink_take_over=true
"$VIFCTL" unplug $on "$tmp/vif.json" >"$tmp/out"
ip link set eth1 nomaster
ip link set br101 down master vrf1    # a carrier would never come
ip addr add 192.0.2.5/24 dev eth1
looks vrf
expect bridge_in_vrf 1 '' '.*br101 is a port of vrf vrf1, and addresses do not move .*' plug
same bridge_in_vrf_same vrf
unmade vrf1 br101 eth1

# ---- what is over the uplink and would not go along is named ----

nic eth1
ip addr add 192.0.2.5/24 dev eth1
ip link add link eth1 macsec0 type macsec
flat eth1
looks over
expect macsec 1 'taken back' '.*eth1 is in use: macsec macsec0' plug
same macsec_same over
ip link delete macsec0
ip link add xfrm0 type xfrm dev eth1 if_id 7
looks over
expect xfrm 1 '' '.*the tunnel xfrm0 goes over eth1, and would not move' plug
same xfrm_same over
unmade xfrm0 eth1

# ---- VLANs: over a bond, under another name, over what is down, and those above the uplink ----

nic eth1
ip link add bond0 type bond mode active-backup
ip link set eth1 down && ip link set eth1 master bond0 && ip link set bond0 up
vlan bond0
expect vlan_of_bond 0 '^done$' '' plug
check vlan_of_bond_lower grep -q 'VID: 101' /proc/net/vlan/vlan101
check vlan_of_bond_port test "$(basename "$(readlink /sys/class/net/vlan101/master)")" = br101
expect vlan_of_bond_check 0 '^as wanted$' '' "$VIFCTL" check $on "$tmp/vif.json"
"$VIFCTL" unplug $on "$tmp/vif.json" >"$tmp/out"
unmade br101 vlan101 bond0 eth1

nic eth1
ip link add link eth1 name eth1.101 type vlan id 101
vlan eth1
looks named
expect vlan_named 1 '' '.*vlan vlan101.*E_EXISTS.*eth1 has a VLAN of that id already: eth1.101' plug
same vlan_named_same named
ip link delete eth1.101
ip link add link eth1 name eth1.101 type vlan id 101 protocol 802.1ad
expect vlan_of_another_protocol 0 '^done$' '' plug
"$VIFCTL" unplug $on "$tmp/vif.json" >"$tmp/out"
unmade br101 eth1

nic eth1
ip link set eth1 down
vlan eth1
looks down
sed 's/22:52:25:62:e2:aa/23:52:25:62:e2:aa/' "$tmp/vif.json" >"$tmp/bad.json"
expect vlan_down_refused 1 '' '.*multicast.*' "$VIFCTL" plug $on "$tmp/bad.json"
same vlan_down_refused_same down
ip tuntap add tapdc065497-3c mode tun
looks down
expect vlan_down_taken_back 1 '' '.*tapdc065497-3c is tun, not tap.*' plug
same vlan_down_taken_back_same down
ip link delete tapdc065497-3c
expect vlan_down 0 '^done$' '' plug
check vlan_down_is_up test "$(ip -o link show dev eth1 up | wc -l)" = 1
"$VIFCTL" unplug $on "$tmp/vif.json" >"$tmp/out"
unmade br101 eth1

nic eth1
ip link set far-eth1 mtu 9000
ip link set eth1 mtu 9000
ip link add link eth1 name eth1.200 type vlan id 200
ip link add link eth1.200 name eth1.200.7 type vlan id 7
ip link set eth1.200 up && ip link set eth1.200.7 up
ip addr add 203.0.113.5/24 dev eth1.200 && ip route add 10.1.0.0/16 via 203.0.113.1
ip tuntap add tapdc065497-3c mode tun
flat eth1 1450
looks above
expect mtu_above 1 '' '.*tapdc065497-3c is tun, not tap.*' plug
same mtu_above_same above
ip link delete tapdc065497-3c
looks above
# Without /dev/net/tun the tap, which comes behind the uplink, can't be made.
expect mtu_above_late 1 'taken back: bridge br101' '.*tap tapdc065497-3c.*/dev/net/tun.*' \
    unshare -m sh -c 'mount -t tmpfs none /dev/net && exec "$0" "$@"' \
    "$VIFCTL" plug $on "$tmp/vif.json"
same mtu_above_late_same above
expect mtu_above_done 0 '^done$' '' plug
check mtu_above_lower test "$(cat /sys/class/net/eth1.200.7/mtu)" = 1450
exit $failed
