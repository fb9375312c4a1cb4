#!/bin/bash
# SPDX-License-Identifier: MIT
# First plugs of eight VIFs at once, by eight processes, of a shared bridge whose uplink has the host's
# addresses and default routes; then their unplugs at once.
#
#   crowd.sh together|apart [ROUNDS]    with one state directory, or (no common lock) with two
#
# Wanted: each says done, none of what the host had is lost, every VIF is as wanted, and nothing of one is
# left in the end.
cd "$(dirname "$0")/../.." || exit 1
. tests/torture/lib
name=crowd-${1:?} rounds=${2:-5}
if [ "${INSIDE:-}" = '' ]; then
    for tool in jq ip unshare; do
        command -v $tool >/dev/null || { echo "skip $name: needs $tool"; exit 0; }
    done
    [ -w /dev/net/tun ] || { echo "skip $name: /dev/net/tun is missing or closed"; exit 0; }
    unshare -Urnmpf --mount-proc true 2>/dev/null || { echo "skip $name: no user namespaces"; exit 0; }
    INSIDE=1 exec unshare -Urnmpf --mount-proc --kill-child bash "$0" "$@"
fi
mount -t tmpfs tmpfs /run && work=$(mktemp -d /run/vif.XXXXXX) || exit 1
export work OVSDB='' db='' name
apart=0
[ "$1" != apart ] || apart=1
for n in 1 2 3 4 5 6 7 8; do
    sed "s/dc065497/${n}c065497/g; s/22:52:25/22:5$n:25/" "$vifs/linux_bridge.json" >"$work/$n.json"
done

# at_once VERB: each by a process of its own
at_once()
{
    local n
    for n in 1 2 3 4 5 6 7 8; do
        { timeout 60 "$VIFCTL" "$1" -s "$work/state$((n * apart % 2))" -c create_tap=true "$work/$n.json" \
            >"$work/said.$n" 2>&1 || echo "$1 $n: $(tail -n 1 "$work/said.$n" | cut -c1-150)"; } &
    done
    wait
}

one_round()
{
    local n
    host_uplink
    looks | grep ^keep >"$work/keeps"
    at_once plug
    looks >"$work/now"
    grep -vxFf "$work/now" "$work/keeps" | sed 's/^/lost: /'
    for n in 1 2 3 4 5 6 7 8; do
        "$VIFCTL" check -c create_tap=true "$work/$n.json" >"$work/said" 2>&1 || echo "check $n: $(head -n 1 "$work/said")"
    done
    at_once unplug
    looks >"$work/now"
    grep -vxFf "$work/now" "$work/keeps" | sed 's/^/lost after the unplugs: /'
    grep 'c065497\|\["eth1",[0-9]' "$work/now" | sed 's/^/left: /'
    rm -rf "$work"/state*
}

start_looking
: >"$work/anomalies"
export -f $(compgen -A function)
export VIFCTL vifs apart
for ((round = 1; round <= rounds; round++)); do
    timeout 200 unshare -n bash -c one_round | sed "s/^/# $name round $round: /" >>"$work/anomalies"
done
cat "$work/anomalies"
echo "# $name: $rounds rounds of 8 processes, $(cut -d: -f1 "$work/anomalies" | sort -u | grep -c .) with an anomaly"
[ ! -s "$work/anomalies" ] && echo "ok $name" || echo "not ok $name"
