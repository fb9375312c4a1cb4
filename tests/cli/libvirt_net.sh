#!/bin/bash
# SPDX-License-Identifier: MIT
# libvirt's XML of networks with port groups, read and written by examples/libvirt_net.c: there and
# back, what is refused and in which words, hostile files; and switches of this host by it.
. tests/cli/lib

if ! unshare -Urnm true 2>/dev/null; then
    echo "skip libvirt_net: no user namespaces (unshare -Urnm fails)"
    exit 0
fi
[ "${1:-}" = inside ] || exec unshare -Urnm bash "$0" inside
mount -t tmpfs tmpfs /run || exit 1
program=$tmp/libvirt_net from=tests/fixtures/libvirt
if ! $CC -x c - -lexpat -o "$program" 2>/dev/null <<<'int main(void) { return 0; }'; then
    echo "skip libvirt_net: cannot link -lexpat"
    exit 0
fi
$CC -O0 -std=c99 -w -I. examples/libvirt_net.c -lexpat -o "$program" || exit 1

# ---- there and back -----------------------------------------------------------------------------

# turn NAME NOTES JSON: what is said of the fixture, and what it is; the XML of that is the fixture
# without what is passed over, and the JSON of that is the same again
turn()
{
    expect "json_$1" 0 . "$2" "$program" to-json "$from/$1.xml"
    echo "$3" >"$tmp/wanted"
    check "json_${1}_text" diff "$tmp/wanted" "$tmp/out"
    cp "$tmp/out" "$tmp/$1.json"
    expect "xml_$1" 0 . '' "$program" to-xml "$tmp/$1.json"
    cp "$tmp/out" "$tmp/$1.xml"
    expect "json_${1}_again" 0 . '' "$program" to-json - <"$tmp/$1.xml"
    check "json_${1}_same" cmp "$tmp/$1.json" "$tmp/out"
    "$program" to-xml "$tmp/out" >"$tmp/again"
    check "xml_${1}_same" cmp "$tmp/$1.xml" "$tmp/again"
}
without='/^<!--/d; /<uuid>/d; s/ connections=.[0-9].//; s/ default=.no.//'

turn ovs '' '{"name":"vs0","backend":"ovs","port_groups":[{"name":"web","vlan":100,"shaping":'\
'{"in_bps":8000000,"in_peak_bps":40000000,"in_burst_bytes":5242880,"out_bps":1024000,'\
'"out_peak_bps":2048000,"out_burst_bytes":262144}},{"name":"all","vlan":4095},{"name":"plain"}]}'
check xml_ovs_text diff <(sed "$without" $from/ovs.xml) "$tmp/ovs.xml"
if have virt-xml-validate libvirt_schema; then
    virt-xml-validate "$tmp/ovs.xml" network >"$tmp/schema" 2>&1
    check libvirt_schema test $? = 0
fi

turn uplinks '' '{"name":"vSwitch0","backend":"linux","uplinks":["eth1","eth2"],"shaping":'\
'{"in_bps":800000,"in_peak_bps":1600000,"in_burst_bytes":16384,"out_bps":800000,'\
'"out_peak_bps":1600000,"out_burst_bytes":16384},"port_groups":'\
'[{"name":"VM Network & <\"more\"> '\''of'\'' it"}]}'
check xml_uplinks_text diff <(sed "$without" $from/uplinks.xml) "$tmp/uplinks.xml"

"$program" to-json $from/isolated.xml >"$tmp/isolated.json" 2>"$tmp/err"
sed 's/^/libvirt_net: tests\/fixtures\/libvirt\/isolated.xml:/' >"$tmp/wanted" <<'END'
4: network/title is passed over
5: network/metadata is passed over
12: network/portgroup@default is passed over
 the network's name is passed over: the switch is called as its bridge
END
check json_isolated_notes diff "$tmp/wanted" "$tmp/err"
echo '{"name":"virbr7","backend":"linux","mtu":9000,"port_groups":[{"name":"slow","shaping":'\
'{"out_bps":0}}]}' >"$tmp/wanted"
check json_isolated_text diff <(tr -d ' ' <"$tmp/wanted") "$tmp/isolated.json"

"$program" to-xml "$tmp/isolated.json" >"$tmp/isolated.xml"

# what XML may be but virsh never writes
{ printf '\377\376'; iconv -f UTF-8 -t UTF-16LE $from/ovs.xml; } >"$tmp/utf16.xml"
"$program" to-json "$tmp/utf16.xml" >"$tmp/out"
check json_utf16 cmp "$tmp/ovs.json" "$tmp/out"
tr '\n' ' ' <$from/ovs.xml | sed 's/> </></g' >"$tmp/line.xml"
"$program" to-json "$tmp/line.xml" >"$tmp/out"
check json_one_line cmp "$tmp/ovs.json" "$tmp/out"

# ---- what is refused ----------------------------------------------------------------------------

# no NAME WHERE WHY XML: in a network
no()
{
    expect "no_$1" 1 '' "libvirt_net: -:1: $2: E_FIELD: $3" "$program" to-json - \
        <<<"<network><name>n</name>$4</network>"
}
group() { no "$1" "network/portgroup$2" "$3" "<portgroup name='g'>$4</portgroup>"; }

for mode in nat route open none hostdev private vepa passthrough; do
    no "$mode" network/forward "a switch has the mode bridge, or no forward: \"$mode\"" \
        "<forward mode='$mode'/>"
done
no no_mode network/forward 'without a mode it is nat; .*' "<forward dev='eth0'/>"
no pci network/forward/interface/address 'a switch has no such thing' \
    "<forward mode='bridge'><interface><address type='pci'/></interface></forward>"
no ip network/ip 'a switch has no addresses, nor names; .*' "<ip address='192.0.2.1'/>"
no dns network/dns 'a switch has no addresses, nor names; .*' "<dns><host/></dns>"
no domain network/domain 'a switch has no addresses, nor names; .*' "<domain name='d'/>"
no route network/route 'a switch has no addresses, nor names; .*' "<route/>"
no vlan network/vlan 'each port group has its own' "<vlan><tag id='7'/></vlan>"
no isolated network/port@isolated 'ports of a switch see each other' "<port isolated='yes'/>"
no isolated_word network/port@isolated 'yes or no is required' "<port isolated='1'/>"
no type network/virtualport 'of virtual ports there is openvswitch: "802.1Qbh"' \
    "<virtualport type='802.1Qbh'/>"
no parameters network/virtualport/parameters 'of virtual ports .*' \
    "<virtualport type='openvswitch'><parameters profileid='p'/></virtualport>"
no table network/bridge 'only the kernel knows which MAC is where: "libvirt"' \
    "<bridge name='b' macTableManager='libvirt'/>"
no twice network/name 'stands there twice' '<name>m</name>'
no unknown network/portgruop 'a switch has no such thing' "<portgruop name='g'/>"
no unknown_attribute network/mtu@sise 'a switch has no such thing' "<mtu sise='1500'/>"
no namespace network/dnsmasq:options 'a switch has no such thing' "<dnsmasq:options/>"
no long_element 'network/x{60,}' 'a switch has no such thing' "<$(printf %9999s | tr ' ' x)/>"
no escaped network/forward '.*: "\\xc2\\x9b31m\\x22"' "<forward mode='&#155;31m&quot;'/>"
group trunk /vlan/tag 'of trunks there is that of all VLANs, 4095' \
    "<vlan trunk='yes'><tag id='42'/></vlan>"
group tags /vlan/tag 'of trunks there is that of all VLANs, 4095' \
    "<vlan><tag id='42'/><tag id='47'/></vlan>"
group native /vlan/tag@nativeMode 'frames of a VLAN are tagged for all .*' \
    "<vlan><tag id='42' nativeMode='tagged'/></vlan>"
group no_tag /vlan 'a tag is required' '<vlan/>'
group no_id /vlan 'a tag is required' '<vlan><tag/></vlan>'
group port /virtualport 'of virtual ports .*' "<virtualport type='openvswitch'/>"
group floor /bandwidth/inbound@floor 'no rate is guaranteed to a port' \
    "<bandwidth><inbound average='8' floor='2'/></bandwidth>"
group out_floor /bandwidth/outbound@floor 'a switch has no such thing' \
    "<bandwidth><outbound average='8' floor='2'/></bandwidth>"
group bandwidths /bandwidth 'stands there twice' '<bandwidth/><bandwidth/>'
for id in '' ' 1' 1.5 -1 0x10 1e3 one; do
    group "number_of_$id" /vlan/tag "no number: \"$id\"" "<vlan><tag id='$id'/></vlan>"
done
group vlan_4096 /vlan/tag '0 to 4095 is required: "4096"' "<vlan><tag id='4096'/></vlan>"
for id in 1152921504606847 9223372036854775808 99999999999999999999999; do
    group "number_$id" /bandwidth/inbound "the number is too large: \"$id\"" \
        "<bandwidth><inbound average='$id'/></bandwidth>"
done

# not NAME WHERE WHY XML: as a whole
not()
{
    expect "not_$1" 1 '' "libvirt_net: -$2: E_FIELD: $3" "$program" to-json - <<<"$4"
}
not empty :2 'no element found' ''
not truncated :2 'no element found' '<network><name>n</name>'
not domain ':1: domain' 'a switch has no such thing' '<domain/>'
not nameless ': name' '1 to 80 bytes of UTF-8 are required' '<network/>'
not name_long ':1: network/name' 'is too long' "<network><name>$(printf %256s x)</name></network>"
not peak ': port_groups\[0\].shaping.in_peak_bps' 'is below the average' '<network><name>n</name>
<portgroup name="g"><bandwidth><inbound average="8" peak="4"/></bandwidth></portgroup></network>'
not mtu ': mtu' '68 to 65535 bytes are required' '<network><name>n</name><mtu size="9"/></network>'
not names ': port_groups\[1\].name' 'two port groups have it' '<network><name>n</name>
<portgroup name="g"/><portgroup name="g"/></network>'
not groupless ': port_groups\[0\].name' '1 to 80 bytes .*' \
    '<network><name>n</name><portgroup/></network>'
not uplinks ': uplinks' 'more than 16' "<network><name>n</name><forward mode='bridge'>$(
    printf '<interface dev="e%d"/>' {1..40})</forward></network>"
not uplink_twice ': uplinks' 'one is named twice' "<network><name>n</name>
<forward mode='bridge' dev='e'><interface dev='e'/><interface dev='e'/></forward></network>"
expect not_there 1 '' "libvirt_net: $tmp/none: E_SYSTEM: .*" "$program" to-json "$tmp/none"
expect usage 2 '' 'usage: libvirt_net .*' bash -c '"$1" to-yaml x 2>&1 >&2 | head -n 1 >&2
    exit ${PIPESTATUS[0]}' - "$program"

# ---- hostile files ------------------------------------------------------------------------------

type=': E_FIELD: a document type is not taken'
{
    echo '<!DOCTYPE network [<!ENTITY a "aaaaaaaaaa">'
    for i in {1..9}; do
        echo "<!ENTITY a$i \"&a$((i - 1));&a$((i - 1));&a$((i - 1));&a$((i - 1));&a$((i - 1));\">"
    done | sed 's/a0;/a;/g'
    echo ']><network><name>&a9;</name></network>'
} >"$tmp/bomb"
expect bomb 1 '' "libvirt_net: .*:1$type" "$program" to-json "$tmp/bomb"
echo '<!DOCTYPE n SYSTEM "file:///etc/passwd"><network/>' >"$tmp/external"
expect external 1 '' "libvirt_net: .*:1$type" "$program" to-json "$tmp/external"
not entity :1 'undefined entity' '<network><name>&a;</name></network>'
{ echo '<network>'; head -c 10000000 /dev/zero | tr '\0' ' '; echo '</network>'; } >"$tmp/large"
expect large 1 '' 'libvirt_net: .*: E_FIELD: it has more than 1 MB' "$program" to-json "$tmp/large"
deep() { printf "%${1}s" | sed "s| |<$2>|g"; }
expect deep 1 '' 'libvirt_net: -:1: network/a: E_FIELD: .*' "$program" to-json - \
    <<<"<network>$(deep 300000 a)"
{ echo '<network><name>n</name><metadata>'; deep 140000 a; deep 140000 /a
  echo '</metadata></network>'; } >"$tmp/deep"
expect deep_metadata 0 '^{"name":"n","backend":"linux"}$' '.*/metadata is passed over' \
    "$program" to-json "$tmp/deep"
{ echo '<network><name>n</name>'; for ((i = 0; i < 9000; i++)); do echo "<portgroup name='$i'/>"
  done; echo '</network>'; } >"$tmp/many"
expect many_groups 1 '' '.*: port_groups: E_FIELD: its text would be longer than .*' \
    "$program" to-json "$tmp/many"
not utf8 :1 'not well-formed \(invalid token\)' $'<network><name>\xff\xfe</name></network>'
size=$(wc -c <$from/ovs.xml)
for ((i = 0; i < size - 2; i += 37)); do
    head -c $i $from/ovs.xml | "$program" to-json - >"$tmp/out" 2>&1
    [ $? = 1 ] || echo $i
done >"$tmp/cut"
check cut test ! -s "$tmp/cut"

# ---- what the XML has no words for --------------------------------------------------------------

# part NAME NOTE XML JSON
part()
{
    expect "part_$1" 3 "$3" "libvirt_net: $2" "$program" to-xml - <<<"$4"
}
g='{"name": "vs0", "port_groups": [{"name": "g"'
part security 'g: its security is left out' "<portgroup name='g'>" \
    "$g, \"security\": {\"forged_transmits\": false}}]}"
part management 'g: the port group is left out: it is the host.s own' '</network>' \
    "$g, \"management\": true}]}"
part teaming 'vs0: its teaming is left out' "<interface dev='b'/>" \
    '{"name": "vs0", "uplinks": ["a", "b"], "teaming": {"mode": "balance-slb"}}'
part datapath 'vs0: its datapath_type is left out' "type='openvswitch'" \
    '{"name": "vs0", "datapath_type": "netdev"}'
part backend 'vs0: its backend is left out' '<bridge' '{"name": "vs0", "backend": "esx"}'
part rate 'g: a rate was rounded to whole kilobytes per second' "<inbound average='187'/>" \
    "$g, \"shaping\": {\"in_bps\": 1500000}}]}"
part least 'g: a rate was rounded to whole kilobytes per second' "<inbound average='1'/>" \
    "$g, \"shaping\": {\"in_bps\": 1}}]}"
part burst 'g: a burst was rounded to whole KiB' "<outbound average='1' burst='1'/>" \
    "$g, \"shaping\": {\"out_bps\": 8000, \"out_burst_bytes\": 2047}}]}"
expect no_such_character 1 '' 'libvirt_net: -: .*: E_FIELD: XML has no such character' \
    "$program" to-xml - <<<'{"name": "vs0", "port_groups": [{"name": "\uffff"}]}'
expect netdev 0 '^    <vlan>' '' "$program" to-xml -n - \
    <<<"${g%%,*}, \"datapath_type\": \"netdev\",${g#*,}, \"vlan\": 0}]}"
expect netdev_json 0 '"datapath_type":"netdev"' '' "$program" to-json -n $from/ovs.xml
"$program" to-json -p $from/ovs.xml >"$tmp/out" 2>"$tmp/err"
check peaks_left_out eval '! grep peak "$tmp/out"'
check peaks_told test "$(grep -c '@peak is passed over' "$tmp/err")" = 2
expect netdev_linux 0 '^{"name":"virbr7","backend":"linux","mtu"' '' \
    "$program" to-json -n "$tmp/isolated.xml"
expect json_at 1 '' 'libvirt_net: -: name: E_JSON: .*' "$program" to-xml - <<<'{"name": }'

# ---- switches of this host ----------------------------------------------------------------------

# No server of Open vSwitch runs here: Linux bridges need none.
expect define 0 '' '' "$program" define "$tmp/isolated.xml"
check define_bridge ip -o link show virbr7 >/dev/null
expect define_dump 0 . '' "$program" dump virbr7
cp "$tmp/out" "$tmp/seen.xml"
check define_dump_text diff "$tmp/isolated.xml" <(sed '/^<?vif-revision [0-9]*?>$/d' "$tmp/out")
expect define_again 1 '' 'libvirt_net: .*isolated.xml: .*E_EXISTS: .*' \
    "$program" define "$tmp/isolated.xml"
sed "s/<outbound average='0'/<inbound average='50'/" "$tmp/isolated.xml" >"$tmp/edited.xml"
expect edit 0 '' '' "$program" edit "$tmp/edited.xml"
"$program" dump virbr7 | sed 1d >"$tmp/out"
check edit_dump_text diff "$tmp/edited.xml" "$tmp/out"
sed "s/<outbound average='0'/<inbound average='60'/" "$tmp/seen.xml" >"$tmp/stale.xml"
expect edit_stale 1 '' 'libvirt_net: .*stale.xml: virbr7: E_CONFLICT: .*' \
    "$program" edit "$tmp/stale.xml"
expect undefine 0 '' '' "$program" undefine virbr7
check undefined test -z "$(ip -o link show type bridge)"
expect undefine_again 1 '' 'libvirt_net: virbr7: .*E_NO_INTERFACE: .*' "$program" undefine virbr7
expect dump_none 1 '' 'libvirt_net: virbr7: E_NO_INTERFACE: there is no such switch' \
    "$program" dump virbr7
exit $failed
