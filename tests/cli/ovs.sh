#!/bin/bash
# SPDX-License-Identifier: MIT
# vifctl ovs and show with an ovsdb-server of its own, and with one that behaves badly: what is no list
# of operations is not sent, descriptors that are closed, outputs that are full, how a monitor ends.
. tests/cli/lib
schema=/usr/share/openvswitch/vswitch.ovsschema
have ovsdb-tool ovs && have ovsdb-server ovs || exit $failed
[ -f $schema ] || { echo "skip ovs: no schema of Open vSwitch"; exit; }
server=
trap 'if [ "$server" ]; then kill $server; wait $server; fi 2>/dev/null; rm -rf "$tmp"' EXIT
export OVS_RUNDIR=$tmp OVS_LOGDIR=$tmp OVS_DBDIR=$tmp OVS_SYSCONFDIR=$tmp

# started FILE: it is there, soon
started()
{
    for _ in $(seq 200); do [ -e "$1" ] && return; sleep 0.05; done
    return 1
}
ovsdb-tool create "$tmp/db" $schema 2>"$tmp/log" || not_ok create "$(cat "$tmp/log")"
ovsdb-server "$tmp/db" --remote="punix:$tmp/sock" --unixctl="$tmp/ctl" --no-chdir -vconsole:warn \
    >"$tmp/log" 2>&1 </dev/null &
server=$!
started "$tmp/sock" || { not_ok server "$(cat "$tmp/log")"; exit 1; }
# ovs VERB...: on that server; what hangs is ended
ovs() { timeout 20 "$VIFCTL" ovs --ovsdb "unix:$tmp/sock" "$@"; }

# transact: one value, and all of it
row='{"op":"insert","table":"Open_vSwitch","row":{}}'
select='{"op":"select","table":"Open_vSwitch","where":[],"columns":["next_cfg"]}'
change='{"op":"mutate","table":"Open_vSwitch","where":[],"mutations":[["next_cfg","+=",1]]}'
# refuses NAME TEXT-FOR-PRINTF WORDS: nothing of it is done
refuses() { printf "$2" | expect "transact_$1" 1 '' "vifctl: ovs -: $3" ovs transact -; }
printf '[%s]\n' "$row" | expect transact_list 0 '^\[\{"uuid":.*\}\]$' '' ovs transact -
printf ' %s\r\n\t ' "$select" | expect transact_one 0 '^\[\{"rows":\[\{"next_cfg":0\}\]\}\]$' '' ovs transact -
printf '\n[ %s,%s ] ' "$select" "$select" | expect transact_two 0 '^\[\{"rows":.*\},\{"rows":.*\}\]$' '' \
    ovs transact -
refuses bracket '[' 'E_JSON: .* \(byte 1\)'
refuses open "[$change" 'E_JSON: .* \(byte [0-9]+\)'
refuses comma "[$change,]" 'E_JSON: .* \(byte [0-9]+\)'
refuses lists "[$change] [$change]" 'E_JSON: the operations end before the text \(byte 86\)'
refuses objects "$change,$change" 'E_JSON: the operations end before the text \(byte 83\)'
refuses closed "[$change]]" 'E_JSON: the operations end before the text \(byte 85\)'
refuses nul "[$change]\\0[$change]" 'E_JSON: the operations end before the text \(byte 85\)'
refuses string '  "insert\\u00e9"' 'E_JSON: no list of operations, nor one \(byte 2\)'
refuses number '7' 'E_JSON: no list of operations, nor one \(byte 0\)'
refuses word 'insert' 'E_JSON: .*'
refuses empty '' 'E_INVAL: no operations'
refuses blank ' \n' 'E_INVAL: no operations'
refuses none ' [ ]\n' 'E_INVAL: no operations'
refuses operation '[7]' 'operation 0: E_INVAL: .*'
expect transact_nothing 0 '^\{"next_cfg":0\}$' '' ovs select Open_vSwitch next_cfg
exit $failed
