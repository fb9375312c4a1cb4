#!/bin/bash
# SPDX-License-Identifier: MIT
# vifctl ovs and show with an ovsdb-server of its own, and with one that behaves badly: what is no list
# of operations is not sent, descriptors that are closed, outputs that are full, how a monitor ends.
. tests/cli/lib
schema=/usr/share/openvswitch/vswitch.ovsschema
have ovsdb-tool ovs && have ovsdb-server ovs || exit $failed
[ -f $schema ] || { echo "skip ovs: no schema of Open vSwitch"; exit; }
servers=
trap '{ kill $servers; wait $servers; } 2>/dev/null; rm -rf "$tmp"' EXIT
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
servers=$!
started "$tmp/sock" || { not_ok server "$(cat "$tmp/log")"; exit 1; }
# ovs VERB...: on that server; what hangs is ended
ovs() { timeout 20 "$VIFCTL" ovs --ovsdb "unix:$tmp/sock" "$@"; }

# transact: one value, and all of it
row='{"op":"insert","table":"Open_vSwitch","row":{}}'
select='{"op":"select","table":"Open_vSwitch","where":[],"columns":["next_cfg"]}'
change='{"op":"mutate","table":"Open_vSwitch","where":[],"mutations":[["next_cfg","+=",1]]}'
# refuses NAME TEXT-FOR-PRINTF WORDS: nothing of it is done
refuses() { printf "$2" | expect "transact_$1" 1 '' "vifctl: ovs transact -: $3" ovs transact -; }
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

# show: the server's text as JSON, and for a terminal
cat >"$tmp/text" <<'JSON'
[{"op":"insert","table":"Interface","uuid-name":"i","row":{"name":"p\u0007é","type":"t\u0002","error":"e\u0001"}},
 {"op":"insert","table":"Port","uuid-name":"p","row":{"name":"p\u0007é","interfaces":["named-uuid","i"],
  "external_ids":["map",[["vif","v\u001b[1m\"\n"]]]}},
 {"op":"insert","table":"Bridge","uuid-name":"b","row":{"name":"b\u001b[31m","datapath_type":"d\u0003",
  "ports":["named-uuid","p"]}},
 {"op":"mutate","table":"Open_vSwitch","where":[],"mutations":[["bridges","insert",["named-uuid","b"]]]}]
JSON
expect show_setup 0 '"count":1' '' ovs transact "$tmp/text"
expect show_bridge 0 '^b.x1b\[31m  Open vSwitch  d.x03$' '' "$VIFCTL" show --ovsdb "unix:$tmp/sock"
check show_port grep -Fqx '`- p\x07\xc3\xa9  t\x02  e\x01  v\x1b[1m"\x0a' "$tmp/out"
check show_all sh -c '! LC_ALL=C grep -q "[^ -~]" "$0"' "$tmp/out"
expect show_json 0 '"name":"p.u0007é","type":"t.u0002",.*"error":"e.u0001",.*"vif":"v.u001b\[1m.".n"' '' \
    "$VIFCTL" show --json --ovsdb "unix:$tmp/sock"

expect list_setup 0 '"count":1' '' ovs transact - <<'JSON'
[{"op":"update","table":"Port","where":[],"row":{"external_ids":["map",[["vif","vif:a:7"]]]}}, {"op":"comment","comment":""},
 {"op":"select","table":"Port","where":[],"columns":["external_ids"]}]
JSON
expect list_ports 0 '^7  ovs port p.x07.xc3.xa9$' '' "$VIFCTL" list -o a --ovsdb "unix:$tmp/sock"
expect list_ports_json 0 '"vif":"7","own":\[\{"kind":"ovs port","name":"p.u0007é","index":null\}\]' '' \
    "$VIFCTL" list -j -o a --ovsdb "unix:$tmp/sock"

# monitor: how it ends
expect monitor_table 1 '' 'vifctl: ovs monitor None: E_INVAL: syntax error: no table named None' ovs monitor None
expect monitor_column 1 '' 'vifctl: ovs monitor Port: E_INVAL: syntax error: .*' ovs monitor Port None
expect monitor_full 1 '' 'vifctl: standard output: E_SYSTEM \(ENOSPC 28\): .*' \
    bash -c 'timeout 20 "$@" >/dev/full' - "$VIFCTL" ovs --ovsdb "unix:$tmp/sock" monitor Bridge name

# Closed standard files: nothing takes their place.
expect closed_output 1 '' 'vifctl: standard output: E_SYSTEM \(EBADF 9\): .*' \
    bash -c 'timeout 20 "$@" >&-' - "$VIFCTL" ovs --ovsdb "unix:$tmp/sock" monitor Bridge name
expect closed_input 1 '' 'vifctl: ovs transact -: read: E_SYSTEM \(EBADF 9\): .*' \
    bash -c 'timeout 5 "$@" <&-' - "$VIFCTL" ovs --ovsdb "unix:$tmp/sock" transact -
have python3 'ovs fake' || exit $failed
cat >"$tmp/fake.py" <<'PYTHON'
# Writes down what it gets; hangs up on who asks for Lost, cancels the monitor of who asks for Gone.
import json, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
while True:
    client, _ = listener.accept()
    with client, open(sys.argv[2], 'ab', buffering=0) as log:
        while data := client.recv(65536):
            log.write(data)
            if b'Lost' in data:
                break
            if b'Gone' in data:
                client.sendall(json.dumps({'id': json.loads(data)['id'], 'error': None, 'result': [
                    False, '00000000-0000-0000-0000-000000000000', {}]}).encode())
                client.sendall(b'{"id":null,"method":"monitor_canceled","params":["vifctl"]}')
PYTHON
python3 "$tmp/fake.py" "$tmp/fake" "$tmp/got" 2>"$tmp/log" &
servers="$servers $!"
started "$tmp/fake" || { not_ok fake "$(cat "$tmp/log")"; exit 1; }
fake() { timeout 5 "$VIFCTL" ovs --ovsdb "unix:$tmp/fake" "$@"; }
printf 7 | fake transact - 2>&-
expect closed_error 1 '' '' test -s "$tmp/got"
expect monitor_lost 1 '' 'vifctl: ovs monitor Lost: E_SYSTEM: the server closed the connection.*' fake monitor Lost
expect monitor_canceled 1 '' 'vifctl: ovs monitor Gone: E_SYSTEM: canceled: .*' fake monitor Gone
exit $failed
