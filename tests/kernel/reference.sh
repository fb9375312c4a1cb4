#!/bin/bash
# SPDX-License-Identifier: MIT
# The real os-vif 3.0.0 and vifctl plug the same VIFs into equal namespaces: what the kernel then has
# must be equal, but for what vif does beyond (its alias on links; IPv6 addresses, which move, too).
set -u
cd "$(dirname "$0")/../.." || exit 1
VIFCTL=$PWD/${VIFCTL:-build/vifctl}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for need in ip jq "$VIFCTL"; do
    command -v "$need" >/dev/null || { echo "skip reference_linux_bridge: no $need"; exit 0; }
done
/usr/bin/python3 -c 'import os_vif, vif_plug_linux_bridge' 2>/dev/null ||
    { echo 'skip reference_linux_bridge: no python3-os-vif with linux_bridge'; exit 0; }
unshare -Urn true 2>/dev/null || { echo 'skip reference_linux_bridge: no user namespaces'; exit 0; }

cat >"$work/osvif.py" <<'PY'
import json, logging, sys, tempfile
from oslo_config import cfg
from oslo_concurrency import lockutils  # noqa: F401 (registers lock_path)
import os_vif
from os_vif import objects
from vif_plug_linux_bridge import privsep
verbs, vif = sys.argv[1].split(','), json.load(open(sys.argv[2]))
with tempfile.NamedTemporaryFile('w', suffix='.conf') as conf:
    conf.write('[oslo_concurrency]\nlock_path=%s\n' % tempfile.gettempdir())
    conf.flush()
    cfg.CONF(['--config-file', conf.name], project='reference')
    privsep.vif_plug.set_client_mode(False)
    os_vif.initialize()
    logging.disable(logging.CRITICAL)
    vif = objects.vif.VIFBase.obj_from_primitive(vif)
    info = objects.instance_info.InstanceInfo(uuid='7c1e5f0a-1f0e-4a3b-9a53-0c1b8b2c5e11', name='i')
    for verb in verbs:
        getattr(os_vif, verb)(vif, info)
PY

# What counts of the host, as JSON lines; indices as names, so that two namespaces compare.
cat >"$work/dump.sh" <<'SH'
ip -d -j link show | jq -c '.[] | {ifname, mtu, up: (.flags | index("UP") != null), master,
    kind: .linkinfo.info_kind, data: (.linkinfo.info_data // {} | {stp_state, forward_delay,
    ageing_time, mcast_snooping, priority, hello_time, max_age, vlan_filtering})}'
ip -4 -j addr show | jq -c '.[] | {ifname, addr: [.addr_info[] | {local, prefixlen, scope}]}'
ip -4 -j route show table all | jq -c '.[] | {dst, gateway, dev, scope, metric, protocol}' | sort
for b in $(ip -j link show type bridge | jq -r '.[].ifname'); do
    for s in ipv6/conf/$b/disable_ipv6 ipv4/conf/$b/arp_ignore ipv4/conf/$b/arp_announce; do
        echo "$b $s $(cat /proc/sys/net/$s)"
    done
done
SH

cat >"$work/host.sh" <<'SH'
ip link set lo up
ip link add eth1 type veth peer name wire
ip link set wire up
ip link set eth1 up
ip addr add 192.0.2.5/24 dev eth1
ip route add 198.51.100.0/24 via 192.0.2.1
ip route add 203.0.113.0/24 via 192.0.2.9 metric 50
SH

# one NAME SETUP VERBS JQ-FILTER: the linux_bridge fixture, changed by the filter
one()
{
    local name=$1 setup=$2 verbs=$3 filter=$4 verb
    jq "$filter" tests/fixtures/vifs/linux_bridge.json >"$work/vif.json" || return
    local ours=
    for verb in ${verbs//,/ }; do
        ours="$ours '$VIFCTL' $verb '$work/vif.json' >/dev/null &&"
    done
    unshare -Urn sh -c "cd '$work'; . ./host.sh; $setup; /usr/bin/python3 osvif.py $verbs vif.json &&
        sh dump.sh" >"$work/theirs" 2>"$work/theirs.err"
    local theirs_rc=$?
    unshare -Urn sh -c "cd '$work'; . ./host.sh; $setup; $ours sh dump.sh" >"$work/ours" \
        2>"$work/ours.err"
    local ours_rc=$?
    if [ $theirs_rc = 0 ] && [ $ours_rc = 0 ] && [ -s "$work/ours" ] &&
        diff "$work/theirs" "$work/ours" >"$work/diff"; then
        echo "ok reference_linux_bridge_$name"
    else
        sed 's/^/# /' "$work/diff" "$work/ours.err" "$work/theirs.err" 2>/dev/null | tail -20
        echo "not ok reference_linux_bridge_$name"
    fi
}

data='.["versioned_object.data"]'
net="$data.network[\"versioned_object.data\"]"
one uplink : plug .
one twice : plug,plug .
one unplug : plug,unplug .
one no_uplink : plug "$net.bridge_interface = null"
one missing_uplink : plug "$net.bridge_interface = \"nosuch\""
# The reference leaves a bridge down that it finds down, and loses the uplink's routes: ours is up.
bridge='ip link add brq1b2c3d4e-5f up type bridge'
one bridge_exists "$bridge stp_state 1" plug .
one bridge_is_right "$bridge; ip link set eth1 master brq1b2c3d4e-5f" plug .
one default_mtu : plug "$net.mtu = null"
one large_mtu : plug "$net.mtu = 9000"
one multi_host : plug "$net.multi_host = true"
one not_provided : plug "$net.should_provide_bridge = false"
