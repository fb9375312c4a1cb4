#!/bin/bash
# SPDX-License-Identifier: MIT
# vifctl's command line: usage, files, objects that are refused before the host is touched, info.
. tests/cli/lib
# see VERB: where a usage error points
see() { printf '\\(see vifctl help%s\\)' "${1:+ $1}"; }

expect version 0 '^vifctl [0-9]+\.[0-9]+\.[0-9]+$' '' "$VIFCTL" --version
expect help 0 '^usage: vifctl VERB' '' "$VIFCTL" --help
expect help_short 0 '^  plug +makes the host' '' "$VIFCTL" -h
expect usage_none 2 '' "vifctl: which command\? $(see)" "$VIFCTL"
expect usage_verb 2 '' "vifctl: no such command: frob $(see)" "$VIFCTL" frob
expect usage_verb_escaped 2 '' "vifctl: no such command: a.x0ab $(see)" "$VIFCTL" $'a\nb'
expect usage_file 2 '' "vifctl: something is missing: FILE\.\.\. $(see plug)" "$VIFCTL" plug
expect usage_two 2 '' "vifctl: one too many: b $(see plan)" "$VIFCTL" plan a b
expect usage_short 2 '' "vifctl: no such option here: -x $(see plug)" "$VIFCTL" plug -x a
expect usage_long 2 '' "vifctl: no such option here: --frob $(see plug)" "$VIFCTL" plug --frob a
expect usage_unplug 2 '' "vifctl: no such option here: --unplug $(see check)" "$VIFCTL" check --unplug a
expect usage_json 2 '' "vifctl: no such option here: --json $(see convert)" "$VIFCTL" convert --json a
expect usage_value 2 '' "vifctl: no value for -i $(see plug)" "$VIFCTL" plug a -i
expect usage_pair 2 '' "vifctl: not KEY=VALUE: mtu $(see plug)" "$VIFCTL" plug -c mtu a
expect option_unknown 2 '' 'vifctl: plug -c: mtu: E_INVAL: no such option' "$VIFCTL" plug -c mtu=1 a
expect option_number 2 '' 'vifctl: plan -c: network_device_mtu: E_INVAL: a number .*"many"' \
    "$VIFCTL" plan -c network_device_mtu=many a
expect option_switch 2 '' 'vifctl: check -c: create_tap: E_INVAL: true or false .*"maybe"' \
    "$VIFCTL" check -c create_tap=maybe a
expect manifest_pair 2 '' "vifctl: not CLASS=VERSION: Network $(see convert)" "$VIFCTL" convert -m Network
expect manifest_class 2 '' "vifctl: no such class: Net $(see convert)" "$VIFCTL" convert -m Net=1.0
expect manifest_version 2 '' "vifctl: not a version: 1 $(see convert)" "$VIFCTL" convert -m Network=1
expect target_version 2 '' "vifctl: not a version: one.0 $(see convert)" "$VIFCTL" convert -t one.0

# Options in any order and every spelling, with getopt or without: the parser is vifctl's own.
for spelling in '-c network_device_mtu=68 -o x' '-cnetwork_device_mtu=68 -ox' '--owner=x -jc network_device_mtu=68' \
    '--config network_device_mtu=68 --owner x' '--config=network_device_mtu=68 -jox'; do
    expect "spelling $spelling" 1 '' 'vifctl: check /none: open: .*' sh -c \
        "'$VIFCTL' check /none $spelling | grep -v refused; '$VIFCTL' check $spelling -- /none >/dev/null 2>&1"
done
expect usage_switch 2 '' "vifctl: no such command: switch frob .*" "$VIFCTL" switch frob
expect usage_prefix 2 '' "vifctl: no such option here: --jso $(see plug)" "$VIFCTL" plug --jso a
expect usage_cluster 2 '' "vifctl: no such option here: -x $(see plug)" "$VIFCTL" plug -jx a
expect usage_long_value 2 '' "vifctl: no value for --instance $(see plug)" "$VIFCTL" plug a --instance
expect usage_dashes 1 '' 'vifctl: plug --json: open: .*' "$VIFCTL" plug -- --json
expect usage_ovs 2 '' "vifctl: no such command: ovs frob $(see ovs.transact)" "$VIFCTL" ovs frob
expect usage_net 2 '' "vifctl: no such command: net frob $(see net.bridge-add)" "$VIFCTL" net frob
expect usage_switch 2 '' "vifctl: no such command: switch frob .*" "$VIFCTL" switch frob
expect usage_ovs_none 2 '' "vifctl: something is missing: .*" "$VIFCTL" ovs
expect help_verb 0 '^usage: vifctl plug \[-c KEY=VALUE\]\.\.\. .* FILE\.\.\.$' '' "$VIFCTL" help plug
expect help_keys 0 '^  network_device_mtu=NUMBER$' '' "$VIFCTL" plug --help
expect help_two 0 '^usage: vifctl ovs select ' '' "$VIFCTL" help ovs select
expect help_all 0 '^usage: vifctl ovs monitor ' '' "$VIFCTL" help ovs
expect help_unknown 2 '' "vifctl: no such command: frob $(see help)" "$VIFCTL" help frob
expect help_unknown_ovs 2 '' "vifctl: no such command: frob $(see help)" "$VIFCTL" help ovs frob
check help_width sh -c '! "$0" help | grep -q ".\{80\}"' "$VIFCTL"

# Input of any size has a bound; what never ends is refused, not kept.
expect endless 1 '' 'vifctl: plug -: read: E_TOO_BIG: .*16 MB.*' \
    bash -c 'yes "[" | timeout 20 "$0" plug -' "$VIFCTL"
expect endless_line 1 '' 'vifctl: convert /dev/zero: read: E_TOO_BIG: .*' timeout 20 "$VIFCTL" convert /dev/zero

expect file_missing 1 '' \
    'vifctl: plug /none: open: E_SYSTEM \(ENOENT 2\): No such file or directory' "$VIFCTL" plug /none
expect file_directory 1 '' 'vifctl: plug \.: read: E_SYSTEM \(EISDIR 21\): Is a directory' \
    "$VIFCTL" plug .
expect file_name_escaped 1 '' 'vifctl: plug /n.x1b.x0a: open: .*' "$VIFCTL" plug $'/n\e\n'
expect instance_missing 1 '' 'vifctl: plan /none: open: E_SYSTEM \(ENOENT 2\): .*' \
    "$VIFCTL" plan -i /none $vifs/generic_tap.json
expect instance_class 1 '' "vifctl: plug $vifs/generic_tap.json: VIFGeneric: E_OBJECT: .*" \
    "$VIFCTL" plug -i $vifs/generic_tap.json $vifs/generic_tap.json
expect vif_class 1 '' "vifctl: plug $vifs/instance.json: InstanceInfo: E_OBJECT: is not a VIF" \
    "$VIFCTL" plug $vifs/instance.json
expect convert_missing 1 '' 'vifctl: convert /none: open: .*' "$VIFCTL" convert /none

# refuses NAME SCRIPT-FOR-SED ERR: generic_tap.json, spoiled
refuses() { sed "$2" $vifs/generic_tap.json | expect "$1" 1 '' "vifctl: plug -: $3" "$VIFCTL" plug -; }
refuses json_start '1s/{/(/' 'E_JSON: .* \(byte 0\)'
refuses json_middle '2s/:/=/' 'E_JSON: .* \(byte 26\)'
refuses json_end '$d' 'E_JSON: .* \(byte [0-9]+\)'
refuses json_behind '$s/}/} {/' 'E_JSON: .* \(byte [0-9]+\)'
refuses json_nul '1s/{/{\x00/' 'E_JSON: .* \(byte 1\)'
refuses class_unknown 's/VIFGeneric/VIFOther/' 'versioned_object.name: E_OBJECT: .*VIFOther.*'
refuses namespace 's/os_vif/nova/' '.*E_OBJECT: .* \(byte [0-9]+\)'
refuses version_newer '0,/"1.0"/s//"1.9"/' 'versioned_object.version: E_VERSION: .*'
refuses version_bad '0,/"1.0"/s//"x"/' '.*E_BAD_VERSION: .* \(byte [0-9]+\)'
refuses mac 's/22:52/xx:52/' 'address: E_FIELD: .*"xx:52:25:62:e2:aa" \(byte 240\)'
refuses field_below 's/192.0.2.17/192.0.2.256/' \
    'network.subnets.objects\[0\].ips.objects\[0\].address: E_FIELD: .*'
refuses field_unknown 's/"mtu"/"mtuu"/' 'network.mtuu: E_FIELD: .*no such field.*'
sed 's/"mtu"/"mtuu"/' $vifs/generic_tap.json | expect field_unknown_lax 0 'mtu=1500' '' "$VIFCTL" plan --lax -
refuses key_missing '/versioned_object.data/,$d' 'E_JSON: .*'
printf '{}' | expect key 1 '' 'vifctl: plug -: .*E_KEY: .*' "$VIFCTL" plug -
expect json_empty 1 '' 'vifctl: plug /dev/null: E_JSON: .* \(byte 0\)' "$VIFCTL" plug /dev/null
sed 2s/:/=/ $vifs/generic_tap.json | expect json_result 1 \
    '^\{"status":"refused","error":"E_JSON","errno":null,"where":"","why":".* \(byte [0-9]+\)"\}$' \
    'vifctl: plug -: E_JSON: .*' "$VIFCTL" plug --json -

# By the plugins: nothing is looked up for these.
refuses plugin_unknown 's/"plugin": "tap"/"plugin": "ufo"/' '.*E_NO_PLUGIN: .*'
refuses plugin_class 's/"plugin": "tap"/"plugin": "linux_bridge"/' '.*E_NO_VIF_CLASS: .*'
refuses name_long 's/tapdc065497-3c/tapdc065497-3c-x/' 'vif_name: E_FIELD: .*1 to 15.*'
refuses mtu 's/"mtu": 1500/"mtu": 67/' '.*E_FIELD: .*'
expect owner 1 '' "vifctl: plan $vifs/generic_tap.json: .*E_INVAL: .*" \
    "$VIFCTL" plan -o 'no good' $vifs/generic_tap.json

expect output_full 5 '' 'vifctl: standard output: E_SYSTEM \(ENOSPC 28\): .*' \
    bash -c '"$0" info >/dev/full' "$VIFCTL"
tr -d '\n' <$vifs/generic_tap.json >"$tmp/line"
expect output_full_at_once 5 '' 'vifctl: standard output: E_SYSTEM \(ENOSPC 28\): .*' \
    bash -c 'yes "$(cat "$1")" | timeout 10 "$0" convert >/dev/full' "$VIFCTL" "$tmp/line"

expect info 0 '^\{"versioned_object.name":"HostInfo".*linux_bridge.*noop.*tap' '' "$VIFCTL" info
expect info_filtered 0 'VIFGeneric' '' "$VIFCTL" info VIFGeneric
check info_filter sh -c '! grep -q VIFBridge "$0"' "$tmp/out"
expect info_two 0 'VIFBridge.*VIFGeneric' '' "$VIFCTL" info VIFGeneric VIFBridge
expect info_class 2 '' "vifctl: no such class: VIFNone $(see info)" "$VIFCTL" info VIFNone
"$VIFCTL" info >"$tmp/info"
expect info_converts 0 HostInfo '' "$VIFCTL" convert "$tmp/info"
check info_canonical cmp -s "$tmp/info" "$tmp/out"
exit $failed
