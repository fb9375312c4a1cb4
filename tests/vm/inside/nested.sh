#!/bin/bash
# SPDX-License-Identifier: MIT
# VLANs of pods: made over the host's interface right in a pod's namespace.
. tests/cli/lib
if [ "${1:-}" != inside ]; then
    modprobe 8021q
    rm -rf "$tmp"
    exec unshare -nm bash "$0" inside
fi
mount -t sysfs none /sys
ip link set lo up
ip link add eth1 type veth peer name far-eth1 && ip link set far-eth1 up && ip link set eth1 up
unshare -n sleep 600 &
pod=$!
sleep 0.5
inside() { nsenter -t $pod -n "$@"; }

# A VIFVlanNested of that id.
vif() { cat >"$tmp/vif.json" <<END
{"versioned_object.name": "VIFVlanNested", "versioned_object.namespace": "os_vif",
 "versioned_object.version": "1.0", "versioned_object.data": {
  "id": "dc065497-3c8d-4f44-8fb4-e1d33c16a536", "address": "22:52:25:62:e2:aa", "vlan_id": $1,
  "vif_name": "tapdc065497-3c", "network": {"versioned_object.name": "Network",
   "versioned_object.namespace": "os_vif", "versioned_object.version": "1.1",
   "versioned_object.data": {"id": "b82c1929-051e-481d-8110-4669916c7915", "bridge_interface": "eth1",
    "mtu": 1450, "subnets": {"versioned_object.name": "SubnetList",
     "versioned_object.namespace": "os_vif", "versioned_object.version": "1.0",
     "versioned_object.data": {"objects": [{"versioned_object.name": "Subnet",
      "versioned_object.namespace": "os_vif", "versioned_object.version": "1.0",
      "versioned_object.data": {"cidr": "192.0.2.0/24", "gateway": "192.0.2.1",
       "ips": {"versioned_object.name": "FixedIPList", "versioned_object.namespace": "os_vif",
        "versioned_object.version": "1.0", "versioned_object.data": {"objects": [
         {"versioned_object.name": "FixedIP", "versioned_object.namespace": "os_vif",
          "versioned_object.version": "1.0",
          "versioned_object.data": {"address": "192.0.2.17"}}]}}}}]}}}}}}
END
}
plug() { "$VIFCTL" plug --netns $pod "$@" "$tmp/vif.json"; }
unplug() { "$VIFCTL" unplug --netns $pod "$@" "$tmp/vif.json"; }
links() { { ip -o link; inside ip -o link; inside ip -o addr; } | sed 's/ qlen.*//' | sort; }
empty() { check "$1" test "$(inside ip -o link | wc -l)" = 1; }
links >"$tmp/before"

vif 101
expect plug 0 '^done$' '' plug
inside ip -d link show eth0 >"$tmp/link"
check is_vlan grep -q 'vlan protocol 802.1Q id 101' "$tmp/link"
check has_mac grep -q 'link/ether 22:52:25:62:e2:aa' "$tmp/link"
lower=$(cat /sys/class/net/eth1/ifindex)
expect shown 0 "^eth0 +vlan .*  over link $lower of namespace [0-9]+  VLAN 101  VIF" '' \
    inside "$VIFCTL" show eth0
check has_mtu grep -q 'mtu 1450' "$tmp/link"
check has_tag grep -q 'alias vif:local:dc065497-3c8d-4f44-8fb4-e1d33c16a536' "$tmp/link"
check has_address test "$(inside ip -o -4 addr show dev eth0 | grep -c '192.0.2.17/24')" = 1
check has_route test "$(inside ip route show default | grep -c 'via 192.0.2.1 dev eth0')" = 1
expect again 0 '^nothing to do$' '' plug
expect check 0 '^as wanted$' '' "$VIFCTL" check --netns $pod "$tmp/vif.json"
ip link add link far-eth1 name far.101 type vlan id 101 && ip addr add 192.0.2.1/24 dev far.101 &&
    ip link set far.101 up
inside ping -c1 -W5 192.0.2.1 >"$tmp/ping"
check reaches test $? = 0
ip link delete far.101
expect unplug 0 '^done$' '' unplug
empty unplug_empty
expect unplug_again 0 '^nothing to do$' '' unplug

# The id is taken: by a link of somebody's on the host, or in the pod; by one of this VIF's, of a plug that
# called it otherwise; in a namespace that is not seen from here.
ip link add link eth1 name eth1.101 type vlan id 101
expect taken 1 '' '.*eth1 has a VLAN of that id already: eth1.101' plug
empty taken_empty
ip link delete eth1.101
ip link add link eth1 name other netns $pod type vlan id 101
expect taken_inside 1 '' '.*eth1 has a VLAN of that id already: other' plug
inside ip link delete other
expect renamed_plug 0 '^done$' '' plug -c netns_link=net7
expect renamed 0 '^done$' '' plug
check renamed_one test "$(inside ip -o link show type vlan | wc -l)" = 1
check renamed_name inside test -n "$(inside ip -o link show eth0)"
expect renamed_unplug 0 '^done$' '' unplug
empty renamed_empty
expect renamed_inside_plug 0 '^done$' '' plug
inside ip link set eth0 down && inside ip link set eth0 name mine7
expect renamed_inside 0 '^done$' '' unplug
empty renamed_inside_empty
unshare -n sleep 600 &
far=$!
sleep 0.5
ip link add link eth1 name there netns $far type vlan id 101
expect taken_unseen 1 '' '.*eth1 has a VLAN of that id already, in a network namespace.*' plug
empty taken_unseen_empty
kill $far
for _ in $(seq 50); do
    plug >"$tmp/out" 2>&1 && break
    sleep 0.2
done
check stale_heals grep -qx done "$tmp/out"

# Another id is another link, which this VIF's is made into by no plug.
vif 102
expect another_id 1 '' '.*eth0 is vlan, not of that id over that device' plug
vif 101
expect without_namespace 1 '' '.*netns_fd: E_INVAL.*' "$VIFCTL" plug "$tmp/vif.json"
kill $pod
wait $pod 2>/dev/null
sleep 1
expect pod_gone 0 '^(done|nothing to do)$' '' "$VIFCTL" unplug "$tmp/vif.json"
check host_as_before test "$(ip -o link | wc -l)" = 3
