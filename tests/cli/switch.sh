#!/bin/bash
# SPDX-License-Identifier: MIT
# vifctl switch over Linux bridges, in a namespace of its own: what it prints, as lines and as JSON.
. tests/cli/lib
inside_namespace "$@"
switch() { "$VIFCTL" switch "$@" -s "$tmp/state"; }
web='{"name":"web","shaping":{"in_bps":1000000}}'
vs0='{"name":"vs0","backend":"linux","port_groups":['$web',{"name":"Mgmt","management":true}]}'
ip link add hand type veth peer name hand1

expect list_of_none 0 '' '' switch list
expect list_of_none_json 0 '[{]"status":"done","switches":\[\]}' '' switch list -j
expect define 0 '' '' switch define "$vs0"
expect define_again 1 '' 'vifctl: switch define: vs0: E_EXISTS: there is a switch of that name' \
    switch define "$vs0"
expect list 0 '[{]"name":"vs0","backend":"linux",.*}' '' switch list
expect groups 0 '[{]"port_group":"web","vlan":null,"switch":"vs0"}' '' switch groups
expect ports 0 '' '' switch ports vs0
ip link set hand master vs0
expect ports_foreign 0 \
    '[{]"port":"hand","role":"foreign","vif":null,"port_group":null,"mac":null}' '' switch ports vs0
ip link set hand nomaster
expect ports_of_none 1 '' 'vifctl: switch ports: none: E_NO_INTERFACE: there is no such switch' \
    switch ports none
expect edit 0 '' '' switch edit '{"name":"vs0","backend":"linux","mtu":1400}'

# What was listed and changed is edited, but not once somebody has edited it meanwhile.
switch list >"$tmp/seen"
sed 's/1400/1300/' "$tmp/seen" >"$tmp/mine"
sed 's/1400/1400/' "$tmp/seen" >"$tmp/same"
expect edit_nothing 0 '' '' switch edit "$tmp/same"
expect edit_seen 0 '' '' switch edit "$tmp/mine"
expect edit_seen_again 0 '' '' switch edit "$tmp/mine"
expect edit_stale 1 '' \
    'vifctl: switch edit .*/same: vs0: E_CONFLICT: the switch has been changed since .*' \
    switch edit "$tmp/same"
expect edit_without 0 '' '' switch edit "$(sed 's/,"revision":"[0-9]*"//' "$tmp/same")"

# One that can't be read is named, and the others are printed.
expect define_other 0 '' '' switch define '{"name":"vs1","backend":"linux"}'
for word in list groups 'ports vs0' nics; do
    switch $word -j >"$tmp/out" 2>&1
    check "json_${word%% *}" grep -q '^{"status":"done","[a-z_]*":\[' "$tmp/out"
done
: >"$(echo "$tmp"/state/*.vs1.switch)"
expect unreadable 1 '[{]"name":"vs0","backend":"linux","mtu":1400,"revision":"[0-9]*"}' \
    'vifctl: switch list: vs1: E_JSON: .*' switch list
expect undefine 0 '' '' switch undefine vs0
rm "$tmp"/state/*.vs1.switch
expect undefine_again 1 '' 'vifctl: switch undefine: vs0: E_NO_INTERFACE: there is no such switch' \
    switch undefine vs0
exit $failed
