#!/bin/bash
# SPDX-License-Identifier: MIT
# vifctl show: the tree, with and without UTF-8, and its JSON; a namespace that never had a route.
. tests/cli/lib
inside_namespace "$@"

expect nothing 0 '^no bridge, no VIF$' '' "$VIFCTL" show
expect nothing_json 0 '^\{"status":"done","links":\[\],"bridges":\[\]\}$' '' "$VIFCTL" show --json
have ip tree || exit $failed
ip link add br0 type bridge && ip link add two type veth peer name one && ip link set one master br0 &&
    ip link set two master br0 && ip link set br0 up && ip link set one alias vif:local:first &&
    ip link set two mtu 1400 alias vif:agent-7:second && ip link set br0 alias "vif:local:shared" &&
    ip link add lone type veth peer name end && ip link set lone up alias vif:local:third &&
    ip link set end alias 'not vif:local:x' && ip link add br1 type bridge &&
    ip address add 192.0.2.1/24 dev br0 && ip address add 2001:db8::1/64 dev br0 nodad &&
    ip address add 192.0.2.9/32 dev two && ip route add 198.51.100.0/24 via 192.0.2.254 &&
    ip route add 192.0.2.77 dev lone || { not_ok setup; exit 1; }

sed 's/..:..:..:..:..:../MAC/; s/ *$//' >"$tmp/ascii" <<'TREE'
br0     bridge  up    mtu 1400   00:00:00:00:00:00  shared
|  address 192.0.2.1/24
|  address 2001:db8::1/64
|  route 198.51.100.0/24 via 192.0.2.254
|- one  veth    down  mtu 1500   00:00:00:00:00:00  peer two  VIF first
`- two  veth    down  mtu 1400   00:00:00:00:00:00  peer one  VIF second (agent-7)
      address 192.0.2.9
br1     bridge  down  mtu 1500   00:00:00:00:00:00
lone    veth    up    mtu 1500   00:00:00:00:00:00  peer end  VIF third
   route 192.0.2.77
TREE
sed 's/^|  /│  /; s/|- /├─ /; s/`- /└─ /' "$tmp/ascii" >"$tmp/utf8"
# tree NAME FILE VARIABLE=VALUE...
tree()
{
    local name=$1 want=$2
    shift 2
    env -u LC_ALL -u LC_CTYPE -u LANG "$@" "$VIFCTL" show >"$tmp/out"
    sed -i 's/..:..:..:..:..:../MAC/; s/ *$//' "$tmp/out"
    if cmp -s "$tmp/$want" "$tmp/out"; then ok "$name"
    else not_ok "$name" "$(diff "$tmp/$want" "$tmp/out")"; fi
}
tree tree ascii
tree tree_c ascii LANG=C
tree tree_utf8 utf8 LANG=en_US.UTF-8
tree tree_utf8_spelling utf8 LC_CTYPE=C.utf8
tree tree_lc_all ascii LC_ALL=C LANG=C.UTF-8
tree tree_empty_lc_all utf8 LC_ALL= LANG=C.UTF-8

"$VIFCTL" show --json >"$tmp/json"
if have python3 json; then
    check json python3 - "$tmp/json" <<'PYTHON'
import json, sys
shown = json.load(open(sys.argv[1]))
assert shown['status'] == 'done' and shown['bridges'] == []
links = {l['name']: l for l in shown['links']}
assert list(links) == ['br0', 'br1', 'lone', 'one', 'two'], list(links)
assert links['br0']['addresses'] == [{'address': '192.0.2.1', 'prefix': 24},
                                     {'address': '2001:db8::1', 'prefix': 64}]
assert links['br0']['routes'] == [{'destination': '198.51.100.0', 'prefix': 24,
                                   'gateway': '192.0.2.254'}]
two = links['two']
assert (two['kind'], two['master'], two['lower']) == ('veth', links['br0']['index'],
                                                      links['one']['index'])
assert (two['owner'], two['vif'], two['mtu'], two['up']) == ('agent-7', 'second', 1400, False)
assert links['lone']['routes'] == [{'destination': '192.0.2.77', 'prefix': 32, 'gateway': None}]
assert links['lone']['up'] is True
assert links['br1']['vif'] is None and links['br1']['master'] is None
PYTHON
fi

# What is asked for by name: a port with its bridge, a bridge with its ports, a VIF's id, any link.
names() { "$VIFCTL" show "$@" | sed -n 's/^[|`]*-* *\([a-z0-9]*\)  .*/\1/p' | xargs; }
check name_of_port test "$(names one)" = 'br0 one'
check name_of_bridge test "$(names br0)" = 'br0 one two'
check name_of_vif test "$(names second third)" = 'br0 two lone'
check name_of_any test "$(names end)" = 'end'
expect name_unknown 1 '' 'vifctl: show none: E_NO_INTERFACE: no such link, no such VIF' "$VIFCTL" show one none
# What is whose: by owner, by id; what is not alive goes, and nothing else.
"$VIFCTL" list >"$tmp/out"
check list diff - "$tmp/out" <<'LIST'
first  veth one
shared  bridge br0
third  veth lone
LIST
expect list_owner 0 '^second  veth two$' '' "$VIFCTL" list -o agent-7
expect list_none 0 '' '' "$VIFCTL" list -o agent
expect list_json 0 '"vif":"second","own":\[\{"kind":"veth","name":"two","index":[0-9]+\}\]\}\]\}$' '' \
    "$VIFCTL" list -o agent-7 --json
"$VIFCTL" show --dot >"$tmp/dot"
check dot_port grep -Fqx '    "one" -- "br0";' "$tmp/dot"
check dot_pair test "$(grep -c 'style=dashed' "$tmp/dot")" = 2
check dot_peer grep -q '"end" \[label=' "$tmp/dot"
check dot_vif grep -Fq 'veth, mtu 1500, down\nVIF first" fillcolor' "$tmp/dot"
if have dot dot_syntax; then check dot_syntax sh -c 'dot -Tsvg "$0" | grep -q "</svg>"' "$tmp/dot"; fi

# Names and tags end up on terminals: nothing but plain ASCII does.
ip link add $'x\e[31m' type veth peer name y && ip link set y alias $'vif:\e[1m:\x07\xff' &&
    ip link set $'x\e[31m' master br1 || not_ok setup_escape
expect escaped 0 'x.x1b\[31m' '' "$VIFCTL" show
check escaped_all sh -c '! LC_ALL=C grep -q "[^ -~]" "$0"' "$tmp/out"
if have python3 json_escaped; then
    "$VIFCTL" show --json >"$tmp/json"
    check json_escaped python3 -m json.tool "$tmp/json" /dev/null
fi
ip link add 'q"u' type veth peer name z && ip link set 'q"u' master br1 || not_ok setup_quote
expect quote 0 'q"u ' '' "$VIFCTL" show
"$VIFCTL" show --dot >"$tmp/dot"
check quote_dot grep -Fqx '    "q\"u" -- "br1";' "$tmp/dot"
check escape_dot grep -Fqx '    "x\\x1b[31m" -- "br1";' "$tmp/dot"
# A peer in another namespace is not shown as a link of this one, but by its number there; so is the
# lower device of a link that was made for a pod.
unshare -n sleep 20 &
child=$!
sleep 0.5
ip link add away type veth peer name gone && ip link set gone netns $child &&
    ip link set away master br1 || not_ok setup_elsewhere
expect peer_elsewhere 0 '^.*away +veth .*:[0-9a-f]{2}  peer link [0-9]+ of namespace 0$' '' \
    "$VIFCTL" show
there=$(ip -o link show lone | cut -d: -f1)
pod() { nsenter -t $child -n "$VIFCTL" show pod "$@"; }
ip link add link lone name pod netns $child type macvlan mode bridge &&
    nsenter -t $child -n ip link set pod alias vif:local:pod || not_ok setup_pod
expect lower_elsewhere 0 "^pod +macvlan .*  over link $there of namespace 0  VIF pod$" '' pod
far="\"far_lower\":$there,\"far_netns\":0"
expect lower_elsewhere_json 0 "\"lower\":null,$far,\"vlan\":null," '' pod --json
far="link $there of namespace 0"
expect lower_elsewhere_dot 0 "\"pod\" -- \"$far\" .*label=\"over\"" '' pod --dot
kill $child
expect unplug_usage 2 '' 'vifctl: something is missing: FILE or --id .*' "$VIFCTL" unplug
expect plug_no_id 2 '' 'vifctl: no such option here: --id .*' "$VIFCTL" plug --id first
ip link add gc1 type veth peer name gc1p && ip link set gc1 alias vif:local:dead &&
    ip link add gc2 type veth peer name gc2p && ip link set gc2 alias vif:agent-7:dead &&
    ip link set gc1 master br0 || not_ok setup_gc
printf '\xef\xbb\xbffirst \r\n\t third\t\n' >"$tmp/live"
expect gc_dry 0 '^dead: dead$' '' "$VIFCTL" gc -n "$tmp/live"
check gc_dry_nothing test -e /proc/sys/net/ipv4/conf/gc1
printf '\xef\xbb\xbf\n \r\n' >"$tmp/none"
expect gc_empty 1 '' 'vifctl: gc .*/none: E_INVAL: no id in it.*' "$VIFCTL" gc "$tmp/none"
expect gc_json 0 '"file":null,"vif":"dead","status":"done",.*"what":"removed","kind":"[a-z]+","name":"gc1"' '' \
    "$VIFCTL" gc -j "$tmp/live"
check gc_gone test ! -e /proc/sys/net/ipv4/conf/gc1
check gc_others test -e /proc/sys/net/ipv4/conf/gc2 -a -e /proc/sys/net/ipv4/conf/one -a -e /proc/sys/net/ipv4/conf/br0
"$VIFCTL" gc "$tmp/live" >"$tmp/out"
check gc_again test ! -s "$tmp/out"
expect unplug_id_foreign 0 '^nothing to do$' '' "$VIFCTL" unplug --id dead
check unplug_id_foreign_stays test -e /proc/sys/net/ipv4/conf/gc2
expect unplug_id 0 '^done$' '' "$VIFCTL" unplug -o agent-7 --id dead
check unplug_id_gone test ! -e /proc/sys/net/ipv4/conf/gc2
expect unplug_id_again 0 '^nothing to do$' '' "$VIFCTL" unplug -o agent-7 --id dead

# Many links.
for i in $(seq 300); do echo "link add l$i type veth peer name m$i"; echo "link set l$i master br1"; done |
    ip -batch - && expect many 0 '^.- l300 ' '' "$VIFCTL" show
check many_ports test "$(grep -c '^.- l[0-9]' "$tmp/out")" = 300
exit $failed
