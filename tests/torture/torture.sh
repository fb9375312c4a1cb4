#!/bin/bash
# SPDX-License-Identifier: MIT
# Kills vifctl at each of its system calls, and has each of them fail, in each flow and verb, and looks at
# the host from outside.
#
#   torture.sh flows                   the names of the flows
#   torture.sh FLOW [EVERY [ERRNO...]] each EVERY-th call (1): killed, and refused with each ERRNO
#
# Wanted behind a kill: the same verb again makes the host as if it had not been killed; the opposite verb
# takes everything back. Behind an error: "done" is true; else the host is as it was, unless the
# outcome is unknown; then the same verb again makes it right. At no time is an address or a default
# route of the host gone that a second call does not bring back. The first lines of a finding say which
# call it was (its number is of the machine's table).
cd "$(dirname "$0")/../.." || exit 1
. tests/torture/lib
flows='bridge bridge-tap vlan tap routed ovs-plain ovs ovs-hybrid vhostuser ovs-trunk'
[ "${1:-}" != flows ] || { echo "$flows"; exit; }
name=${1:?} every=${2:-1}
shift
[ $# -eq 0 ] || shift
errors=$*

if [ "${INSIDE:-}" = '' ]; then
    for tool in jq ip unshare; do
        command -v $tool >/dev/null || { echo "skip $name: needs $tool"; exit 0; }
    done
    [ -w /dev/net/tun ] || { echo "skip $name: /dev/net/tun is missing or closed"; exit 0; }
    unshare -Urnmpf --mount-proc true 2>/dev/null || { echo "skip $name: no user namespaces"; exit 0; }
    INSIDE=1 exec unshare -Urnmpf --mount-proc --kill-child bash "$0" "$name" "$every" $errors
fi
trap 'exit 1' INT TERM
mount -t tmpfs tmpfs /run && work=$(mktemp -d /run/vif.XXXXXX) || exit 1
export work TMPDIR=$work OVSDB=''
flow "$name" || { echo "not ok $name: no such flow"; exit 1; }

# The switch of a flow is there once: what is done in it is taken back before the next kill.
if [ "$db" ]; then
    command -v ovs-vswitchd >/dev/null || { echo "skip $name: needs ovs-vswitchd"; exit 0; }
    export OVS_RUNDIR=$work OVS_DBDIR=$work OVS_LOGDIR=$work OVS_SYSCONFDIR=$work OVSDB=unix:$work/db.sock
    ovsdb-tool create "$work/conf.db" /usr/share/openvswitch/vswitch.ovsschema &&
        ovsdb-server "$work/conf.db" --remote="p$OVSDB" --pidfile --detach --no-chdir --log-file \
            -vconsole:off && ovs-vsctl --db="$OVSDB" --no-wait init &&
        ovs-vswitchd "$OVSDB" --pidfile --detach --no-chdir --log-file -vconsole:off 2>/dev/null ||
        { echo "skip $name: Open vSwitch does not start"; exit 0; }
    ovs-vsctl --db="$OVSDB" add-br br-int -- set bridge br-int datapath_type=netdev
fi

# In a namespace of its own, or where the switch is: SCENE FUNCTION WORDS...
scene()
{
    if [ "$db" ]; then
        "$@"
    else
        export -f $(compgen -A function)
        export host vif db own name VIFCTL STOP vifs OVSDB work
        unshare -n bash -c '"$@"' - "$@"
    fi
}

# same WHAT FILE: whether the host is as in the file; else the difference is said
same()
{
    looks >"$work/now.$$"
    cmp -s "$work/$1" "$work/now.$$" && return
    diff "$work/$1" "$work/now.$$" | sed -n '/^[<>]/p' | head -n "${LINES_SAID:-6}" >"$work/diff.$$"
    return 1
}

# found K WORDS: an anomaly
found()
{
    echo "# $name $verb call $1 (number $(cut -d' ' -f2 "$work/calls.$$" 2>/dev/null)): $2"
    [ ! -s "$work/diff.$$" ] || sed 's/^/#     /' "$work/diff.$$"
    rm -f "$work/diff.$$"
}

reference()
{
    $host
    looks >"$work/bare"
    keeps >"$work/keeps"
    stopped 0 kill plug || { cat "$work/said.$$"; return 1; }
    read -r n _ <"$work/calls.$$"
    looks >"$work/plugged"
    stopped 0 kill plug
    read -r again _ <"$work/calls.$$"
    stopped 0 kill check || return 1
    stopped 0 kill unplug || return 1
    read -r u _ <"$work/calls.$$"
    looks >"$work/unplugged"
    echo "$n $u $again" >"$work/counts"
}

# missing WORDS: an address or a default route that the host had is not there
missing()
{
    keeps | grep -vxFf - "$work/keeps" >"$work/diff.$$"
    [ ! -s "$work/diff.$$" ] || found "$1" "$2: lost for good"
    rm -f "$work/diff.$$"
}

# The verb is killed at K. The same again, or the opposite and what it undid again, make the host as if
# nothing had been. An unplug leaves nothing of the VIF; a bridge of several VIFs may stay, finished by
# the next plug.
killed()
{
    local verb=$1 k=$2 then=$3
    [ "$db" ] || $host
    [ "$verb" = plug ] || run_vif plug || { found "$k" "the plug before: $(tail -n 1 "$work/said")"; return; }
    stopped "$k" kill "$verb"
    run_vif "$then" || found "$k" "killed, then $then: $(tail -n 1 "$work/said" | cut -c1-150)"
    missing "$k" "killed, then $then"
    if [ "$then" = unplug ]; then
        looks | grep -E "$own" >"$work/diff.$$"
        [ ! -s "$work/diff.$$" ] || found "$k" 'killed, then unplug: something of the VIF is left'
        run_vif plug || found "$k" "killed, unplug, plug: $(tail -n 1 "$work/said" | cut -c1-150)"
    fi
    same plugged || found "$k" "killed, $then, plug: the host differs"
    run_vif unplug || found "$k" "killed, $then, unplug: $(tail -n 1 "$work/said" | cut -c1-150)"
    same unplugged || found "$k" "killed, $then, unplug: the host differs"
}

# The call K fails with the number.
refused()
{
    local verb=$1 k=$2 error=$3 before=bare wanted=plugged status
    [ "$db" ] || $host
    [ "$verb" = plug ] || { run_vif plug; before=plugged wanted=unplugged; }
    [ ! "$db" ] || [ "$verb" != plug ] || looks >"$work/bare"
    stopped "$k" "$error" "$verb"
    status=$?
    case $status in
    0) same $wanted || found "$k" "errno $error: says done, and the host differs" ;;
    1) same $before || [ "$verb" = unplug ] || found "$k" "errno $error: refused, and the host differs" ;;
    2 | 4 | 5) ;;
    127 | 134 | 139) [ "$k" -lt 16 ] || found "$k" "errno $error: exit status $status" ;;   # libc begins
    *) found "$k" "errno $error: exit status $status" ;;
    esac
    run_vif "$verb" || found "$k" "errno $error, again: $(tail -n 1 "$work/said" | cut -c1-150)"
    same $wanted || { [ $wanted = unplugged ] && same bare; } || found "$k" "errno $error, again: the host differs"
    missing "$k" "errno $error, again"
    run_vif unplug
}

scene reference >"$work/log" || { echo "skip $name: $(tail -n 1 "$work/log")"; exit 0; }
read -r plugs unplugs agains <"$work/counts"
tried=0
: >"$work/anomalies"
for verb in plug unplug; do
    last=$plugs
    [ $verb = plug ] || last=$unplugs
    for ((k = 1 + every / 2; k <= last; k += every)); do
        for then in plug unplug; do
            scene killed $verb $k $then >>"$work/anomalies"
            tried=$((tried + 1))
        done
        for error in $errors; do
            scene refused $verb $k "$error" >>"$work/anomalies"
            tried=$((tried + 1))
        done
    done
done
anomalies=$(grep -c "^# $name" "$work/anomalies")
cat "$work/anomalies"
echo "# $name: $plugs calls of a plug, $unplugs of an unplug; $tried tried, $anomalies anomalies"
[ "$anomalies" = 0 ] && echo "ok $name" || echo "not ok $name"
