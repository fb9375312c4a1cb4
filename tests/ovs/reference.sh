#!/bin/bash
# SPDX-License-Identifier: MIT
# The real os-vif 3.0.0 and vifctl plug the same VIFs into equal hosts, each with an OVS of its own:
# what the two then have must be equal, but for what reference.py lists and argues.
cd "$(dirname "$0")/../.." || exit 1
. tests/ovs/lib
needs ip ovs-vsctl ovsdb-server "$VIFCTL"
$python -c 'import os_vif, vif_plug_ovs' 2>/dev/null || skip 'no python3-os-vif with its plugin ovs'
inside_namespaces "$@"
export VIFCTL

# one WHO: a host, and what is seen there in $work/WHO.json
one()
{
    node "$1" normal && on "$1" $python tests/ovs/reference.py run "$1" "$work/$1" "$work/$1.json"
}

one osvif >"$work/osvif.log" 2>&1 &
one vif >"$work/vif.log" 2>&1
ours=$?
if wait $! && [ $ours = 0 ]; then
    exec $python tests/ovs/reference.py compare "$work/osvif.json" "$work/vif.json"
fi
not_ok reference_ovs "$(tail -n 20 "$work/osvif.log" "$work/vif.log")"
exit 1
