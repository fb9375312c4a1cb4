#!/bin/bash
# SPDX-License-Identifier: MIT
# Kills vifctl at each of its system calls, has each of them fail, has others at work in the middle of
# it, in each flow and verb, and looks at the host from outside.
#
#   torture.sh flows            the names of the flows
#   torture.sh FLOW [EVERY]     each EVERY-th call (1)
#
# VERBS: some of plug, again (a second plug), unplug, check, gc; of a virtual switch's flow plug
# is its define, unplug its undefine, and edit makes another of it. DEEDS: some of kill, fail, meet,
# and of a
# flow with a switch break: what becomes of each EVERY-th message between vifctl and the OVSDB server (WAYS, see
# proxy.py). PART=I/N: the I-th of N parts (from 0) of the calls; CALL=K: this one. ERRNOS: those, instead
# of what each call may give; "+N": the call is made, and what it gave is lost.
#
# Wanted behind a kill: the same verb again makes the host as if it had not been killed; the opposite verb
# takes everything back. Behind an error, or a broken connection: "done" is true; else the host is as it was, unless the
# outcome is unknown; then the same verb again makes it right. Whom it meets makes no difference, or it
# says so. At no time is an address or a default route of the host gone that a second call does not bring
# back. The first lines of a finding say which call it was (its number is of the machine's table).
cd "$(dirname "$0")/../.." || exit 1
. tests/torture/lib
flows='bridge bridge-tap bridge-two vlan tap routed ovs-plain ovs ovs-two ovs-own ovs-hybrid vhostuser ovs-trunk'
flows="$flows switch-linux switch-ovs"
[ "${1:-}" != flows ] || { echo "$flows"; exit; }
name=${1:?} every=${2:-1}
verbs=plug\ again\ unplug\ check\ gc
[[ $name != switch-* ]] || verbs=plug\ edit\ unplug
verbs=${VERBS:-$verbs} deeds=${DEEDS:-kill fail meet} part=${PART:-0/1}
ways=${WAYS:-cut part late drip flood reorder flip.1 flip.2 flip.3 flip.4}

if [ "${INSIDE:-}" = '' ]; then
    for tool in jq ip unshare; do
        command -v $tool >/dev/null || { echo "skip $name: needs $tool"; exit 0; }
    done
    [ -w /dev/net/tun ] || { echo "skip $name: /dev/net/tun is missing or closed"; exit 0; }
    unshare -Urnmpf --mount-proc true 2>/dev/null || { echo "skip $name: no user namespaces"; exit 0; }
    INSIDE=1 exec unshare -Urnmpf --mount-proc --kill-child bash "$0" "$@"
fi
trap 'exit 1' INT TERM
mount -t tmpfs tmpfs /run && work=$(mktemp -d /run/vif.XXXXXX) || exit 1
export work TMPDIR=$work OVSDB=''
flow "$name" || { echo "not ok $name: no such flow"; exit 1; }
# The switch of a flow is there once: what is done in it is taken back before the next try.
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

# words VERB [mate]: behind vifctl; of gc an id that is nobody's lives. The mate's agent has a state
# directory of its own, so there is no lock between the two.
echo 00000000-0000-4000-8000-000000000000 >"$work/live"
words()
{
    local state="-s $work/state$2" operands="${vif:-}" db="${OVSDB:+--ovsdb $OVSDB}"
    case $vs$1 in
    "$1") ;;
    *unplug) echo "switch undefine $state $db vs0"; return ;;
    *plug) echo "switch define $state $db $work/vs0.json"; return ;;
    *edit) echo "switch edit $state $db $work/edited.json"; return ;;
    *back) echo "switch edit $state $db $work/vs0.json"; return ;;
    esac
    [ "$2" = '' ] || operands=$mate
    [ "$1" != gc ] || operands=$work/live
    [ "$1" != check ] || state=
    echo "${1/again/plug} $state ${OVSDB:+--ovsdb $OVSDB} ${patience:-} $operands"
}

# Of a switch there is no second define, and no second undefine: what is there is edited, and what
# is not there is right.
run_vif()
{
    local status
    timeout 30 "$VIFCTL" $(words "$1" "${2:-}") >"$work/said" 2>&1
    status=$?
    case $vs$1 in
    "$1") ;;
    *unplug) ! grep -q 'vs0: E_NO_INTERFACE: there is no such switch' "$work/said" || status=0 ;;
    *plug) if grep -q 'E_EXISTS: there is a switch of that name' "$work/said"; then
        run_vif back
        status=$?
    fi ;;
    esac
    return $status
}
last_word() { tail -n 1 "$work/said" | cut -c1-150; }
# stopped K HOW VERB: the verb, stopped at its K-th call. There may be fewer calls than in the
# reference, as where the mate has made the bridge; then $work/missed is there.
stopped()
{
    local status none
    timeout 60 "$STOP" "$work/calls" "$1" "$2" "$VIFCTL" $(words "$3" '') >"$work/stopped" 2>&1
    status=$?
    [ "$1" = 0 ] || { read -r _ none <"$work/calls" && [ $none != -1 ]; } ||
        : >"$work/missed"
    return $status
}

# In a namespace of its own, or where the switch is: SCENE FUNCTION WORDS...
scene()
{
    if [ "$db" ]; then
        "$@"
    else
        rm -rf "$work"/state*
        timeout 200 unshare -n bash -c '"$@"' - "$@"
    fi
}

# found K WORDS: an anomaly, with the difference in $work/diff, if there is one
found()
{
    echo "# $name $verb call $1 (number $(sed -n '1s/.* //p' "$work/calls" 2>/dev/null)): $2"
    [ ! -s "$work/diff" ] || head -n "${LINES_SAID:-6}" "$work/diff" | sed 's/^/#     /'
    rm -f "$work/diff"
}

# same FILE...: whether the host is as in one of them; else the difference to the first is there. It
# looks again for a moment: the kernel adds the "local" route of an IPv6 address a little later.
same()
{
    local file pause now expected
    for pause in 0.1 0.2 0.4 0; do
        looks >"$work/now"
        IFS= read -rd '' now <"$work/now"
        for file; do
            IFS= read -rd '' expected <"$work/$file"
            [ "$now" != "$expected" ] || return 0
        done
        sleep $pause
    done
    diff "$work/$1" "$work/now" | sed -n '/^[<>]/p' >"$work/diff"
    return 1
}

# nothing_lost K WORDS: what the host must keep is in the look of just now
nothing_lost()
{
    local line now
    IFS= read -rd '' now <"$work/now"
    while read -r line; do
        [[ $line != keep* || $'\n'$now = *$'\n'"$line"$'\n'* ]] || echo "$line" >>"$work/diff"
    done <"$work/bare"
    [ ! -s "$work/diff" ] || found "$1" "$2: lost for good"
}

# begin VERB K: the host as it is before the verb, which leaves it as in $wanted
begin()
{
    before=plugged
    case $1 in
    plug) before=bare wanted=plugged ;;
    again | check) wanted=plugged ;;
    edit) wanted=edited ;;
    *) wanted=unplugged ;;
    esac
    [ "$db" ] || $host
    [ $before = bare ] || run_vif plug || { found "$2" "the plug before: $(last_word)"; false; }
}

# again K WORDS VERB FILE...: the verb is done, and leaves the host as in one of the files
again()
{
    run_vif "$3" || found "$1" "$2, $3: $(last_word)"
    same "${@:4}" || found "$1" "$2, $3: the host differs"
    nothing_lost "$1" "$2, $3"
}

# The verb is killed at K. The same again, or the opposite and what it undid again, make the host as if
# nothing had been. An unplug leaves nothing of the VIF; a bridge of several VIFs may stay, finished by
# the next plug.
killed()
{
    local verb=$1 k=$2 then=$3
    begin $verb $k || return
    stopped $k kill $verb
    if [ $then != plug ]; then
        run_vif $then || found $k "killed, $then: $(last_word)"
        looks >"$work/now"
        nothing_lost $k "killed, $then"
        if grep -E "$own" "$work/now" >"$work/diff"; then
            found $k "killed, $then: something of the VIF is left"
        else
            rm "$work/diff"
        fi
    fi
    again $k "killed, $then" plug plugged
    again $k "killed, $then, plug" unplug unplugged
}

# judge K WORDS VERB STATUS: whether the host is what the status says; then the verb again, and unplug
judge()
{
    local k=$1 words=$2 verb=$3
    case $4 in
    0 | 5) same $wanted || found $k "$words: says done, and the host differs" ;;
    1) [ "$two$wanted" != plugged ] || same $before || found $k "$words: refused, and the host differs" ;;
    2 | 4) ;;
    *) found $k "$words: exit status $4" ;;
    esac
    again $k "$words" $verb $wanted $([ $wanted = plugged ] || echo bare)
    run_vif unplug || found $k "$words, unplug: $(last_word)"
}

# The call K fails with the number.
failed()
{
    begin $1 $2 || return
    stopped $2 "$3" $1
    judge $2 "errno $3" $1 $?
}

# through HOW K VERB: the verb, with the proxy before the server; of an answer that is none any
# more, or never ends, the time is up soon
through()
{
    local patience='-c ovs_commit_timeout_s=4' real=$OVSDB OVSDB=unix:$work/proxy.sock proxy status
    rm -f "$work/proxy.sock"
    python3 tests/torture/proxy.py "$work/proxy.sock" "${real#unix:}" "$work/messages" "$1" "$2" 2>"$work/proxy.log" &
    proxy=$!
    until [ -S "$work/proxy.sock" ] || ! kill -0 $proxy 2>/dev/null; do sleep 0.01; done
    run_vif $3
    status=$?
    cp "$work/said" "$work/stopped"
    kill $proxy
    wait $proxy 2>/dev/null
    grep . "$work/proxy.log" >&2
    return $status
}

# The K-th message with the server is damaged. What comes late, in pieces, or among others is as good as
# any; of an answer with a wrong bit nobody can say what it was, only go on.
broken()
{
    local verb=$1 k=$2 how=$3 status
    begin $verb $k || return
    through $how $k $verb
    status=$?
    case $how-$status in
    drip-0 | flood-0 | reorder-0 | cut-* | part-* | late-* | flip*-[0-5]) ;;
    *) found $k "message, $how: exit status $status: $(tail -n 1 "$work/stopped" | cut -c1-150)" ;;
    esac
    [ "${how%.*}" != flip ] || status=2
    judge $k "message, $how" $verb $status
}

# meets VERB: who may be met in it. A switch of the kernel's is what its state directory says, so
# that an agent with another directory has another.
meets()
{
    [ "$vs" != linux ] || return
    case $1 in
    plug) echo "${mate:+mate-plug mate-unplug} self-plug self-unplug own-gone"
        [ $host != host_uplink ] || echo address ;;
    again) echo own-gone ;;
    unplug) echo "${mate:+mate-plug mate-unplug} self-unplug own-gone" ;;
    esac
}

# In the middle, at the call K, others are at work, who know nothing of this process: the mate's agent;
# one that has to do with the same VIF; an operator who deletes its link or gives the uplink an address.
met()
{
    local verb=$1 k=$2 whom=$3 status deed own_links
    begin $verb $k || return
    [ $whom != mate-unplug ] || run_vif plug mate || { found $k "the mate's plug before: $(last_word)"; return; }
    case $whom in
    mate-*) deed="$VIFCTL $(words ${whom#*-} mate)" ;;
    self-*) deed="$VIFCTL $(words ${whom#*-} '' | sed "s|$work/state|&2|")" ;;
    own-gone) deed="for l in /sys/class/net/*c065497*; do [ ! -e \$l ] || ip link del \${l##*/}; done" ;;
    address) deed="ip addr add 203.0.114.1/24 dev eth1" ;;
    esac
    stopped $k "!{ $deed; } >$work/other 2>&1 </dev/null; echo \$? >$work/other.status" $verb
    status=$?
    if [ -e "$work/missed" ]; then      # nobody was met
        [ "$mate" = '' ] || run_vif unplug mate
        run_vif unplug
        return 0
    fi
    [ $status = 0 ] || case $status/$whom in
    [1-5]/self-* | [1-5]/own-gone) ;;
    *) found $k "meets $whom: exit status $status: $(tail -n 1 "$work/stopped" | cut -c1-150)" ;;
    esac
    case $whom in
    mate-*) [ "$(cat "$work/other.status")" = 0 ] || found $k "meets $whom, which says: $(tail -n 1 "$work/other" | cut -c1-150)"
        [ $verb = unplug ] || run_vif check || found $k "meets $whom: $(head -n 1 "$work/said")"
        [ $whom != mate-plug ] || run_vif check mate || found $k "meets $whom, the mate: $(head -n 1 "$work/said")"
        run_vif unplug mate || found $k "meets $whom, the mate's unplug: $(last_word)" ;;
    address) run_vif plug || found $k "meets $whom, plug: $(last_word)"
        looks | grep '203.0.114.1"' | grep -q '"brq' || found $k "meets $whom, which is not on the bridge"
        ip addr del 203.0.114.1/24 dev brq1b2c3d4e-5f ;;
    esac
    again $k "meets $whom" plug plugged
    again $k "meets $whom, plug" unplug unplugged
}

# errors NUMBER: those that the system call of this number (x86-64) may fail with. Of what is received
# it may be that it is lost, too.
errors()
{
    case $1 in
    0) echo 4 5 11 ;;                           # read
    1) echo 1 4 5 22 28 ;;                      # write
    2 | 257) echo 12 13 24 30 ;;                # open, openat
    9 | 12 | 25) echo 12 ;;                     # mmap, brk, mremap
    16) echo 1 4 12 16 19 ;;                    # ioctl
    41) echo 1 24 97 105 ;;                     # socket
    42) echo 2 4 11 13 111 ;;                   # connect
    44 | 46) echo 1 4 11 12 105 ;;              # sendto, sendmsg
    45 | 47) echo 4 11 12 105 +105 ;;           # recvfrom, recvmsg
    7 | 270 | 271) echo 4 12 ;;                 # poll, ppoll
    54) echo 12 92 ;;                           # setsockopt
    55) echo 12 ;;                              # getsockopt; an option that is known stays known
    73) echo 4 11 37 ;;                         # flock
    74 | 82 | 83 | 87 | 263 | 264) echo 5 13 28 30 ;;   # fsync, rename, mkdir, unlink
    *) echo 5 ;;
    esac
}

# settled FILE: the look to compare with, once the kernel has done all of its own work
settled()
{
    looks >"$work/$1"
    until sleep 0.3 && looks >"$work/now" && cmp -s "$work/$1" "$work/now"; do
        mv "$work/now" "$work/$1"
    done
}

# What a verb is without any fault: its calls, by their numbers, and the host before and behind it.
reference()
{
    local verb all='plug again check unplug'
    [ ! "$vs" ] || all='plug edit unplug'
    $host
    settled bare
    for verb in $all; do
        stopped 0 kill $verb || { cat "$work/stopped"; return 1; }
        mv "$work/calls" "$work/calls.$verb"
        case $verb in
        plug) settled plugged ;;
        edit) settled edited ;;
        unplug) settled unplugged ;;
        esac
    done
    [ "$vs" ] || run_vif plug && stopped 0 kill gc || { cat "$work/stopped"; return 1; }
    mv "$work/calls" "$work/calls.gc"
    [ "$db" ] || return 0
    for verb in $all; do
        through none 0 $verb || { cat "$work/said"; return 1; }
        mv "$work/messages" "$work/messages.$verb"
    done
    [ "$vs" ] || run_vif plug && through none 0 gc && mv "$work/messages" "$work/messages.gc"
}

# Before main there is libc alone: what a program does that does nothing.
"$STOP" "$work/calls" 0 kill "${STOP%/*}/nothing"
read -r before_main _ <"$work/calls"
start_looking
export -f $(compgen -A function)
export host vif mate two db own vs name VIFCTL STOP vifs rows_of_ovs
scene reference >"$work/log" || { echo "skip $name: $(tail -n 1 "$work/log")"; exit 0; }
: >"$work/anomalies"
declare -A tried=([kill]=0 [fail]=0 [meet]=0 [break]=0) missed=0
one()
{
    scene "$1" $verb $k "$2" >>"$work/anomalies" || echo "# $name $verb call $k: $1 $2 was not done" >>"$work/anomalies"
    if rm "$work/missed" 2>/dev/null; then
        missed=$((missed + 1))
    else
        tried[$deed]=$((${tried[$deed]} + 1))
    fi
}
for verb in $verbs; do
    mapfile -t numbers < <(tail -n +2 "$work/calls.$verb")
    for k in ${CALL:-$(seq $((before_main + 1 + every / 2 % (${#numbers[@]} - before_main) + ${part%/*})) $((every * ${part#*/})) ${#numbers[@]})}; do
        for deed in $deeds; do
            case $deed-$verb in
            kill-gc) for x in plug gc; do one killed $x; done ;;
            kill-*) for x in plug unplug; do one killed $x; done ;;
            fail-*) for x in ${ERRNOS:-$(errors ${numbers[k - 1]})}; do one failed "$x"; done ;;
            meet-*) for x in $(meets $verb); do one met $x; done ;;
            esac
        done
    done
    deed=break messages=()
    [[ ! " $deeds " =~ " break " ]] || mapfile -t messages <"$work/messages.$verb"
    for ((k = 1 + every / 2 % (${#messages[@]} + 1); k <= ${#messages[@]}; k += every)); do
        for x in $ways; do
            [[ $x-${messages[k - 1]} = flip*-request ]] || one broken $x     # which would ask for something else
        done
    done
done
anomalies=$(grep -c "^# $name" "$work/anomalies")
cat "$work/anomalies"
echo "# $name: ${tried[kill]} kills, ${tried[fail]} errors, ${tried[meet]} meetings," \
    "${tried[break]} broken messages tried; $anomalies anomalies; $missed more had no such call"
[ "${tried[*]}" != '0 0 0 0' ] || { echo "not ok $name: nothing was tried"; exit 1; }
[ "$anomalies" = 0 ] && echo "ok $name" || echo "not ok $name"
