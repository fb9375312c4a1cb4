#!/bin/bash
# SPDX-License-Identifier: MIT
# vifctl plug, unplug, check and plan against the kernel, in a namespace of its own.
. tests/cli/lib
inside_namespace "$@"
have_tun || exit 0
on="-c create_tap=true $vifs/linux_bridge.json"
routed=$vifs/generic_tap.json
spoil() { sed "$1" "$2" >"$tmp/spoiled.json"; }
looks() { "$VIFCTL" show --json | sed 's/"index":[0-9]*,//' >"$tmp/$1"; }
same() { looks now; check "$1" cmp -s "$tmp/$2" "$tmp/now"; }
# shown NAME LINK PATTERN: the line of a link in show --json
shown()
{
    "$VIFCTL" show --json >"$tmp/now"
    if grep "\"name\":\"$2\"" "$tmp/now" | grep -Eq -e "$3"; then ok "$1"
    else not_ok "$1" "wanted: $2 $3" "$(cat "$tmp/now")"; fi
}
# changes NAME COUNT: of the plan, or of the plug, that was the last to run; without settings, some of
# which a bridge is made with
changes()
{
    local n
    n=$(grep -E '^ *(create|change|set|move|remove|applied:|removed:)' "$tmp/out" | grep -vc ' setting ')
    [ "$n" = "$2" ] && ok "$1" || not_ok "$1" "$n changes, wanted $2" "$(cat "$tmp/out")"
}
set -f                                  # $on is words, never a pattern

# ---- a tap on a bridge ----

looks bare
expect plan 0 "^create +tap $tap " '' "$VIFCTL" plan $on
planned=$(grep -E '^(create|change)' "$tmp/out" | grep -vc ' setting ')
same plan_changes_nothing bare
expect plan_json 0 '^\{"status":"done","verb":"plug","plugin":"linux_bridge","resources":\[\{' '' \
    "$VIFCTL" plan --json $on
cp "$tmp/out" "$tmp/plan.json"
expect check_before 3 "^tap $tap: .*: wanted .*, found " '' "$VIFCTL" check $on
expect plug 0 '^done$' '' "$VIFCTL" plug -i $vifs/instance.json $on
changes plug_as_planned "$planned"
shown bridge $bridge '"kind":"bridge",.*"mtu":1450,"up":true,"owner":"local","vif":"shared"'
shown tap $tap "\"kind\":\"tap\",\"master\":[0-9]+,.*\"mtu\":1450,\"up\":true,.*\"vif\":\"$id\""
expect check 0 '^as wanted$' '' "$VIFCTL" check $on
expect check_json 0 '"vif":"[^"]*","status":"done","differences":\[\]' '' "$VIFCTL" check --json $on
looks plugged
expect plug_again 0 '^nothing to do$' '' "$VIFCTL" plug $on
expect plug_again_json 0 \
    '"status":"done","link":"tap[^"]*","ifindex":[0-9]+,"port":null,.*"changes":\[\]\}\],"requests":[1-9][0-9]*,"round_trips":[123],"transactions":0,"stats":\{"begun":1,"done":1,.*\}\}$' '' \
    "$VIFCTL" plug --json $on
expect plug_stdin 0 '^nothing to do$' '' "$VIFCTL" plug -c create_tap=yes - <$vifs/linux_bridge.json
same plug_again_same plugged
expect plan_after 0 '^keep' '' "$VIFCTL" plan $on
changes plan_after_keeps 0

spoil 's/1450/1400/' $vifs/linux_bridge.json
expect differences 3 "^tap $tap: mtu: wanted 1400, found 1450$" '' \
    "$VIFCTL" check -c create_tap=true "$tmp/spoiled.json"
expect differences_json 3 \
    "\{\"resource\":\"tap $tap\",\"attribute\":\"mtu\",\"wanted\":\"1400\",\"found\":\"1450\"\}" '' \
    "$VIFCTL" check --json -c create_tap=true "$tmp/spoiled.json"
cp "$tmp/out" "$tmp/differences.json"
expect repair 0 '^done$' '' "$VIFCTL" plug -c create_tap=true "$tmp/spoiled.json"
expect repaired 0 '^as wanted$' '' "$VIFCTL" check -c create_tap=true "$tmp/spoiled.json"
expect untold 5 '' 'vifctl: standard output: E_SYSTEM \(ENOSPC 28\): .*' \
    bash -c '"$0" plug -c create_tap=true "$1" >/dev/full' "$VIFCTL" "$tmp/spoiled.json"
expect untold_refused 1 '' "vifctl: plug $vifs/linux_bridge.json: .*E_EXISTS: .*" \
    bash -c '"$0" plug -o other -c create_tap=true "$1" >/dev/full' "$VIFCTL" $vifs/linux_bridge.json
expect untold_reader_gone 0 '' '' bash -c '"$0" plug -c create_tap=true "$1" > >(exec true)' "$VIFCTL" "$tmp/spoiled.json"
expect repair_back 0 '^done$' '' "$VIFCTL" plug $on
same repair_back_same plugged

expect owner_other 1 '' "vifctl: plug $vifs/linux_bridge.json: .*$tap.*: E_EXISTS: .*vif:local:.*" \
    "$VIFCTL" plug -o other $on
expect owner_other_unplug 1 '' "vifctl: unplug .*: .*$tap.*: E_EXISTS: .*vif:local:.*" \
    "$VIFCTL" unplug -o other $on
same owner_other_same plugged
expect plan_unplug 0 "^remove +tap $tap " '' "$VIFCTL" plan --unplug $on
same plan_unplug_same plugged
expect unplug_unprivileged 1 '' 'vifctl: unplug .*: E_KERNEL \(EPERM 1\): .*' \
    unshare -U "$VIFCTL" unplug $on
same unplug_unprivileged_same plugged
expect unplug_json 0 "\"status\":\"done\",.*\"changes\":\[\{\"what\":\"removed\",\"kind\":\"tap\",\"name\":\"$tap\",\"us\":[0-9]+\}\]" '' \
    "$VIFCTL" unplug --json $on
check unplug_tap_gone test ! -e /proc/sys/net/ipv4/conf/$tap
expect unplug_again 0 '^nothing to do$' '' "$VIFCTL" unplug $on
looks bridged
expect plug_once_more 0 '^done$' '' "$VIFCTL" plug $on
expect unplug_once_more 0 '^done$' '' "$VIFCTL" unplug $on
same unplug_leaves_nothing bridged

# ---- by tags alone, on a host without Open vSwitch ----

expect list_nothing 0 '^shared  bridge ' '' "$VIFCTL" list
expect plug_listed 0 '^done$' '' "$VIFCTL" plug $on
expect list_tap 0 "^$id  tun $tap\$" '' "$VIFCTL" list
expect unplug_by_id 0 '^done$' '' "$VIFCTL" unplug --id $id
same unplug_by_id_same bridged
expect shared_id 1 '' 'vifctl: unplug .*: id: E_FIELD: .*not "shared"' "$VIFCTL" unplug --id shared
same shared_id_same bridged
expect plug_dead 0 '^done$' '' "$VIFCTL" plug $on
echo 00000000-0000-4000-8000-000000000000 | expect gc 0 "^$id: done\$" '' "$VIFCTL" gc -
same gc_same bridged
expect list_named 1 '' 'vifctl: list: E_SYSTEM .*no such file.*' "$VIFCTL" list --ovsdb "unix:$tmp/none"
# Nothing is made, and taken back, for a port of a server that can't be reached.
expect plug_no_server 1 '' 'vifctl: plug .*: ovs port tap.*: E_SYSTEM .*no such file.*' \
    "$VIFCTL" plug --ovsdb "unix:$tmp/none" $vifs/ovs.json
expect plug_no_remote 1 '' 'vifctl: plug .*: ovs port tap.*: E_INVAL: not unix:PATH.*' \
    "$VIFCTL" plug --ovsdb ssl:127.0.0.1:6640 $vifs/ovs.json

# ---- without a state directory ----

if have setpriv without_state && unshare -m mount -t tmpfs tmpfs /run 2>/dev/null; then
    # Who may not look into the default directory does without it, in every verb.
    without() { unshare -m sh -c 'mount -t tmpfs tmpfs /run && mkdir -m 0 /run/vif && exec setpriv \
        --inh-caps=-all --bounding-set=-all,+net_admin "$@"' sh "$VIFCTL" "$@"; }
    echo 11111111-3c8d-4f44-8fb4-e1d33c16a536 >"$tmp/live"
    expect without_state_plug 0 '^done$' '' without plug $on
    expect without_state_list 0 "^$id  *tun $tap" '' without list
    expect without_state_gc_dry 0 "^$id: dead\$" '' without gc -n "$tmp/live"
    expect without_state_unplug 0 '^done$' '' without unplug --id $id
    expect without_state_none 0 '^shared  bridge ' '' without list
fi

# ---- a routed tap ----

looks before
echo 0 >/proc/sys/net/ipv4/ip_forward
expect forwarding 1 '' "vifctl: plug $routed: .*: E_[A-Z]+: .*ip_forward.*" "$VIFCTL" plug $routed
same forwarding_same before
echo 1 >/proc/sys/net/ipv4/ip_forward
expect routed 0 '^done$' '' "$VIFCTL" plug $routed
shown routed_tap $tap \
    '"master":null,.*"mac":"ee:ee:ee:ee:ee:ee","mtu":1500,"up":true,.*"routes":\[\{"destination":"192.0.2.17","prefix":32,'
expect routed_check 0 '^as wanted$' '' "$VIFCTL" check $routed
expect routed_again 0 '^nothing to do$' '' "$VIFCTL" plug $routed
expect routed_unplug 0 '^done$' '' "$VIFCTL" unplug $routed
expect routed_unplug_again 0 '^nothing to do$' '' "$VIFCTL" unplug $routed
same routed_same before

# ---- refused, and nothing is left ----

spoil 's/"mtu": 1500/"mtu": 65535/' $routed
expect kernel 1 '' "vifctl: plug $tmp/spoiled.json: tap $tap: E_KERNEL \(EINVAL 22\): mtu .*" \
    "$VIFCTL" plug "$tmp/spoiled.json"
same kernel_same before
expect kernel_json 1 '"status":"refused","error":"E_KERNEL","errno":22,"where":"tap .*","why":"mtu ' \
    'vifctl: .*' "$VIFCTL" plug --json "$tmp/spoiled.json"
cp "$tmp/out" "$tmp/refused.json"
expect unprivileged 1 '' 'vifctl: plug .*: E_(KERNEL|SYSTEM) \(EPERM 1\): .*' \
    unshare -U "$VIFCTL" plug $on
same unprivileged_same before
expect unprivileged_plan 0 "^create +tap $tap " '' unshare -U "$VIFCTL" plan $on
"$VIFCTL" plug $on >"$tmp/out"
spoil "s/$tap/$bridge/; s/\"linux_bridge\"/\"tap\"/; s/VIFBridge/VIFGeneric/; /bridge_name/d" \
    $vifs/linux_bridge.json
expect not_a_tap 1 '' "vifctl: plug .*$bridge.*: E_[A-Z_]+: .*" "$VIFCTL" plug "$tmp/spoiled.json"
"$VIFCTL" unplug $on >"$tmp/out"
same not_a_tap_same before

# ---- watched ----

if have ip watch; then
    "$VIFCTL" plug $on >"$tmp/out"
    timeout 20 "$VIFCTL" watch $on >"$tmp/watch" 2>"$tmp/err" &
    watch=$!
    watched() { for _ in $(seq 60); do [ "$(tail -n 1 "$tmp/watch")" = "$1" ] && return; sleep 0.05; done; return 1; }
    check watch_start watched 'as wanted'
    ip link set $tap mtu 1300
    check watch_drift watched "tap $tap: mtu: wanted 1450, found 1300"
    "$VIFCTL" plug $on >"$tmp/out"
    check watch_again watched 'as wanted'
    ip link add noise type veth peer name noise2 && ip link delete noise
    ip link delete $tap
    check watch_gone watched "up $tap: exists: wanted yes, found no"
    kill $watch
    check watch_only_changes test "$(grep -c '^as wanted$' "$tmp/watch")" = 2
    check watch_quiet test ! -s "$tmp/err"
    same watch_same before
fi

# ---- several files ----

second=$tmp/second.json
sed 's/dc065497-3c/ab123456-7d/' $vifs/linux_bridge.json >"$second"
expect several 0 "^$second: done$" '' "$VIFCTL" plug $on "$second"
check several_both test "$(grep -c ': done$' "$tmp/out")" = 2
expect several_check 0 "^$vifs/linux_bridge.json: as wanted$" '' "$VIFCTL" check $on "$second"
expect several_one_bad_file 1 '' "vifctl: unplug $tmp/none: open: .*" "$VIFCTL" unplug $on "$tmp/none"
expect several_untouched 0 'as wanted$' '' "$VIFCTL" check $on "$second"
sed 's/"plugin": "linux_bridge"/"plugin": "ufo"/' "$second" >"$tmp/bad.json"
expect several_one_refused 1 '^\{"status":"refused","vifs":\[$' "vifctl: unplug $tmp/bad.json: .*E_NO_PLUGIN.*" \
    "$VIFCTL" unplug --json "$tmp/bad.json" $on "$second"
cp "$tmp/out" "$tmp/several.json"
check several_others test "$(grep -c '"status":"done"' "$tmp/out")" = 2
same several_same before

# ---- readers that go away ----

many=$tmp/many.json
if have python3 readers; then
    python3 - $routed >"$many" <<'PYTHON'
import json, sys
vif = json.load(open(sys.argv[1]))
ips = vif['versioned_object.data']['network']['versioned_object.data']['subnets'][
    'versioned_object.data']['objects'][0]['versioned_object.data']['ips']['versioned_object.data']
one = json.dumps(ips['objects'][0])
ips['objects'] = [json.loads(one.replace('192.0.2.17', '192.0.2.%d' % i)) for i in range(2, 202)]
print(json.dumps(vif))
PYTHON
    ( "$VIFCTL" plug "$many"; echo $? >"$tmp/status" ) 2>"$tmp/err" | :
    check reader_gone test "$(cat "$tmp/status")$(wc -c <"$tmp/err")" = 00
    expect reader_gone_all 0 '^as wanted$' '' "$VIFCTL" check "$many"
    ( "$VIFCTL" unplug "$many" 2>&1; echo $? >"$tmp/status" ) | :
    check reader_gone_unplug test "$(cat "$tmp/status")" = 0
    same reader_gone_same before
fi

# ---- stopped on a terminal, or by a signal, while it waits ----

if have ovsdb-server stopped && have ovsdb-tool stopped && have script stopped; then
    ovsdb-tool create "$tmp/db" /usr/share/openvswitch/vswitch.ovsschema 2>"$tmp/log"
    ovsdb-server "$tmp/db" --remote="punix:$tmp/sock" --unixctl="$tmp/ctl" -vconsole:off >"$tmp/log" 2>&1 </dev/null &
    server=$!
    for _ in $(seq 100); do [ -S "$tmp/sock" ] && break; sleep 0.05; done
    ovs="--ovsdb unix:$tmp/sock"
    echo '{"op":"insert","table":"Open_vSwitch","row":{}}' | "$VIFCTL" ovs transact $ovs - >"$tmp/log"
    # There is no switch: a plug that is to be applied waits. The first signal has it taken back.
    "$VIFCTL" plug $ovs $vifs/ovs.json >"$tmp/out" 2>"$tmp/err" &
    pid=$!
    for _ in $(seq 100); do "$VIFCTL" ovs select Port $ovs | grep -q $tap && break; sleep 0.05; done
    kill -INT $pid
    wait $pid
    check stopped_status test $? = 1
    check stopped_code grep -q 'vifctl: plug .*: E_CANCELED: ' "$tmp/err"
    check stopped_says grep -q '^vifctl: plug: stopped: 0 of 1 done, the rest is as it was before$' "$tmp/err"
    check stopped_taken_back test ! -e /proc/sys/net/ipv4/conf/$tap
    check stopped_no_port test -z "$("$VIFCTL" ovs select Port $ovs)"
    # A terminal hears what is waited for after a second; the switch never comes.
    printf 'exec "%s" plug %s -c ovs_applied_timeout_ms=1500 %s\n' "$VIFCTL" "$ovs" $vifs/ovs.json >"$tmp/command"
    script -qec "sh $tmp/command" /dev/null >"$tmp/out" 2>&1 </dev/null
    check terminal_status test $? = 4
    check terminal_says grep -q 'vifctl: plug: waiting for Open vSwitch (0 of 1 done; Ctrl-C ends it)' "$tmp/out"
    "$VIFCTL" unplug $ovs -c ovs_wait=committed $vifs/ovs.json >"$tmp/out"
    kill $server
fi

# ---- noop ----

if [ -e tests/fixtures/vifs/vhostuser_noop.json ]; then
    expect noop 0 '^nothing to do$' '' "$VIFCTL" plug tests/fixtures/vifs/vhostuser_noop.json
    expect noop_check 0 '^as wanted$' '' "$VIFCTL" check tests/fixtures/vifs/vhostuser_noop.json
fi

# ---- where the host can't be looked at ----

export ASAN_OPTIONS=detect_leaks=0      # it can't look for leaks of a traced process
blind() { strace -f -qq -o "$tmp/trace" -e trace=socket -e inject=socket:error=EACCES "$VIFCTL" "$@"; }
if have strace blind_plan; then
    expect blind_plan 0 "tap $tap" "vifctl: plan: the host can't be looked at \(.*\): .*" blind plan $on
    expect blind_plan_json 1 '^\{"status":"refused",.*"errno":13,' 'vifctl: plan .*' blind plan --json $on
    expect blind_plug 1 '' 'vifctl: plug .*: E_SYSTEM \(EACCES 13\): .*' blind plug $on
    expect blind_show 1 '' 'vifctl: show: .*E_SYSTEM \(EACCES 13\): .*' blind show
    expect blind_show_json 1 '^\{"status":"refused",' 'vifctl: show: .*' blind show --json
fi

# ---- an uplink that moves, and VLANs ----

uplink()
{
    ip link add eth1 type veth peer name wire && ip link set wire up && ip link set eth1 up &&
        ip address add 203.0.113.7/24 dev eth1 && ip route add default via 203.0.113.1
}
if have ip uplink && check uplink uplink; then
    expect moves 0 '^done$' '' "$VIFCTL" plug $on
    shown moved $bridge '"addresses":\[\{"address":"203.0.113.7","prefix":24\}\],"routes":\[\{"destination":"0.0.0.0","prefix":0,"gateway":"203.0.113.1"\}\]'
    shown moved_port eth1 "\"master\":[0-9]+,\"lower\":[0-9]+,.*\"addresses\":\[\],\"routes\":\[\]"
    "$VIFCTL" unplug $on >"$tmp/out"
fi
vlan="-c create_tap=true $vifs/linux_bridge_vlan.json"
if ip link add link eth1 name vlan101 type vlan id 101 2>/dev/null; then
    ip link delete vlan101
    expect vlan 0 '^done$' '' "$VIFCTL" plug $vlan
    shown vlan_bridge br101 '"kind":"bridge"'
    shown vlan_port vlan101 '"kind":"vlan","master":[0-9]+,"lower":[0-9]+'
    shown vlan_tap $tap '"kind":"tap","master":[0-9]+'
    expect vlan_again 0 '^nothing to do$' '' "$VIFCTL" plug $vlan
    expect vlan_unplug 0 '^done$' '' "$VIFCTL" unplug $vlan
else
    echo "skip vlan: no iproute2, or no VLANs in this kernel"
fi

# ---- a guest in a network namespace ----

unshare -n sleep 60 &
guest=$!
until [ "$(readlink /proc/$guest/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do sleep 0.05; done
expect netns_plan 0 "^create +veth $tap \(own\) peer=eth0 " '' \
    "$VIFCTL" plan -N $guest $vifs/linux_bridge.json
expect netns 0 '^done$' '' "$VIFCTL" plug -N /proc/$guest/ns/net $vifs/linux_bridge.json
nsenter -t $guest -n ip addr show dev eth0 >"$tmp/out"
check netns_inside grep -q 'inet [0-9.]*/' "$tmp/out"
expect netns_again 0 '^nothing to do$' '' "$VIFCTL" plug --netns=$guest $vifs/linux_bridge.json
expect netns_none 2 '' 'vifctl: plug --netns: /none: .*' "$VIFCTL" plug -N /none $vifs/linux_bridge.json
kill $guest
wait $guest 2>/dev/null
expect netns_gone 0 '^(done|nothing to do)$' '' "$VIFCTL" unplug -N $guest $vifs/linux_bridge.json
expect netns_gone_again 0 '^nothing to do$' '' "$VIFCTL" unplug -N $guest $vifs/linux_bridge.json

# ---- NICs of a container ----

unshare -n sleep 60 &
guest=$!
until [ "$(readlink /proc/$guest/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do sleep 0.05; done
echo '[{"type": "bridge", "id": "nicbr0", "name": "net0", "config": {"cidr": "192.0.2.2/24"}},
    {"type": "bridge", "id": "nicbr1"}]' >"$tmp/nics.json"
ip link add nicbr0 type bridge && ip link set nicbr0 up
expect nics_one_missing 1 '^nic:17:0: done$' 'vifctl: plug nic:17:1: nicbr1: E_NO_INTERFACE: .*' \
    "$VIFCTL" plug -C 17 -N $guest "$tmp/nics.json"
ip link add nicbr1 type bridge && ip link set nicbr1 up
expect nics 0 '^nic:17:1: done$' '' "$VIFCTL" plug -C 17 -N $guest "$tmp/nics.json"
expect nics_check 0 '^nic:17:0: as wanted$' '' "$VIFCTL" check -C 17 -N $guest "$tmp/nics.json"
expect nics_plan 0 '^keep +veth cont17-1 ' '' "$VIFCTL" plan -C 17 -N $guest "$tmp/nics.json"
expect nics_plan_json 0 '^{"status":"done","verb":"plug"' '' \
    "$VIFCTL" plan -j -C 17 -N $guest "$tmp/nics.json"
nsenter -t $guest -n ip addr show dev net0 >"$tmp/out"
check nics_inside grep -q 'inet 192.0.2.2/24' "$tmp/out"
kill $guest
wait $guest 2>/dev/null
expect nics_gone 0 '^nic:17:1: (done|nothing to do)$' '' \
    "$VIFCTL" unplug -C 17 -N $guest "$tmp/nics.json"
check nics_none_left test -z "$(ip link show | grep cont17)"
expect nics_two_files 2 '' 'vifctl: with --container, one FILE is wanted.*' \
    "$VIFCTL" plug -C 17 "$tmp/nics.json" "$tmp/nics.json"
ip link del nicbr0 && ip link del nicbr1

# ---- a state directory that nobody may look into ----

# What a note there says is not known: that is no missing note, and nothing to do neither.
if have setpriv closed_state && unshare -m mount -t tmpfs tmpfs /run 2>/dev/null; then
    cat >"$tmp/device.json" <<END
{"versioned_object.name": "VIFHostDevice", "versioned_object.namespace": "os_vif",
 "versioned_object.version": "1.0", "versioned_object.data": {"id": "$id", "plugin": "hostdev",
  "address": "52:54:00:aa:bb:01", "dev_type": "generic", "dev_address": "0000:7f:00.0"}}
END
    closed() { unshare -m sh -c 'mount -t tmpfs tmpfs /run && mkdir -m 0 /run/vif && exec setpriv \
        --inh-caps=-all --bounding-set=-all "$@"' sh "$VIFCTL" "$@" "$tmp/device.json"; }
    for verb in check unplug; do
        expect closed_state_$verb 1 '' \
            ".*: open: E_SYSTEM \(EACCES 13\): access denied: /run/vif/.*" closed $verb
    done
fi

# ---- answers that never come ----

lost() { strace -f -qq -o "$tmp/trace" -e trace=recvmsg -e "inject=recvmsg:error=ENOBUFS:when=$1+" \
    "$VIFCTL" plug $routed; }
if have strace lost_answers; then
    unknown=0
    for n in 1 3 4 5 6 7 8 9 10; do
        lost $n >"$tmp/out" 2>"$tmp/err"
        got=$?
        [ $got = 4 ] && unknown=$n
        if { [ $got = 1 ] && one_line "$tmp/err" 'vifctl: plug .*: E_[A-Z_]+.*: .*'; } ||
            { [ $got = 4 ] && one_line "$tmp/err" 'vifctl: plug .*: E_UNKNOWN.*: .*'; } ||
            { [ $got = 0 ] && ! grep -q INJECTED "$tmp/trace"; } &&
            "$VIFCTL" plug $routed >"$tmp/out" 2>&1 && "$VIFCTL" check $routed >>"$tmp/out" &&
            "$VIFCTL" unplug $routed >>"$tmp/out"; then ok "lost_from_$n"
        else not_ok "lost_from_$n" "status $got" "$(cat "$tmp/err" "$tmp/out")"; fi
    done
    check unknown_is_4 test $unknown != 0
fi

# ---- JSON is JSON ----

if have python3 json; then
    for f in plan.json differences.json refused.json several.json bare plugged; do
        check "json_$f" python3 -m json.tool "$tmp/$f" /dev/null
    done
fi
exit $failed
