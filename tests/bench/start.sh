#!/bin/bash
# SPDX-License-Identifier: MIT
# From nothing to the first VIF plugged: a static vifctl against a Python program that imports os_vif,
# initializes it and plugs the same VIF, each a new process in a namespace of its own, files in the page
# cache. Medians of the whole process, and of an empty static program beside them: what exec alone takes.
set -u
BUILD=${BUILD:-build} ROUNDS=${ROUNDS:-41}
dir=$BUILD/bench/start
vif=tests/fixtures/vifs/linux_bridge.json
if [ "${1:-}" != inside ]; then
    unshare -Urn true 2>/dev/null || { echo "start: no user namespaces"; exit 0; }
    mkdir -p "$dir"
    printf 'int main(void) { return 0; }\n' >"$dir/nothing.c"
    cc=gcc
    command -v musl-gcc >/dev/null && cc=musl-gcc
    machine=/usr/include/$(uname -m)-linux-gnu
    $cc -std=c99 -Os -static -s -I. -idirafter /usr/include -idirafter "$machine" examples/vifctl.c \
        -o "$dir/vifctl" && $cc -Os -static -s "$dir/nothing.c" -o "$dir/nothing" || exit 1
    exec unshare -Urn bash "$0" inside
fi

cat >"$dir/first.py" <<'PYTHON'
import json, sys
from oslo_config import cfg
from oslo_concurrency import lockutils  # noqa: F401
import os_vif
from os_vif import objects
from vif_plug_linux_bridge import privsep
cfg.CONF(['--config-file', sys.argv[2]], project='bench')
privsep.vif_plug.set_client_mode(False)
os_vif.initialize()
with open(sys.argv[1]) as f:
    vif = objects.vif.VIFBase.obj_from_primitive(json.load(f))
with open('tests/fixtures/vifs/instance.json') as f:
    instance = objects.instance_info.InstanceInfo.obj_from_primitive(json.load(f))
os_vif.plug(vif, instance)
PYTHON
printf '[oslo_concurrency]\nlock_path=%s\n' "$dir" >"$dir/bench.conf"

# median NAME ROUNDS COMMAND...: of microseconds; the bridge goes away between
median()
{
    local name=$1 rounds=$2 i from to
    shift 2
    for ((i = 0; i < rounds; i++)); do
        from=${EPOCHREALTIME/[.,]/}
        "$@" >"$dir/out" 2>&1 || { echo "$name failed:" >&2; tail -n 3 "$dir/out" >&2; return 1; }
        to=${EPOCHREALTIME/[.,]/}
        echo $((to - from))
        for link in /sys/class/net/brq* ; do ip link delete "${link##*/}" 2>/dev/null; done
    done | sort -n | awk '{t[NR] = $1} END {print t[int((NR + 1) / 2)]}'
}
ip link show >/dev/null || exit 0
nothing=$(median nothing "$ROUNDS" "$dir/nothing")
ours=$(median vifctl "$ROUNDS" "$dir/vifctl" plug "$vif")
echo
echo "from nothing to the first VIF plugged, whole processes (median)"
printf '%-28s %9d us\n' 'an empty static program' "$nothing" 'vifctl, static' "$ours"
if /usr/bin/python3 -c 'import os_vif, vif_plug_linux_bridge' 2>/dev/null; then
    theirs=$(median os_vif 5 /usr/bin/python3 "$dir/first.py" "$vif" "$dir/bench.conf")
    printf '%-28s %9d us\n' 'import os_vif, plug' "$theirs"
    awk -v a="$theirs" -v b="$ours" 'BEGIN {printf "ratio %d (wanted: 300)\n", a / b}'
fi
