#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/cni.c against what runtimes, other plugins and administrators do to it: calls at the same
# time, namespaces that are none, configurations that are broken, huge or changed between two calls,
# results that nobody takes. What is refused leaves nothing, and a DEL gets rid of all the rest.
. tests/cli/lib
inside_namespace "$@"
have ip cni_odd || exit 0
have nft cni_odd || exit 0
have python3 cni_odd || exit 0
${CC:-gcc} -O0 -std=c99 -Wall -Wextra -I. examples/cni.c -o "$tmp/vif" || {
    not_ok cni_builds
    exit 1
}
ip link set lo up
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$tmp"' EXIT
# container: a namespace, whose path is then in $netns
container()
{
    local i
    unshare -n sleep 1000 2>/dev/null &
    netns=/proc/$!/ns/net
    for i in {1..100}; do
        [ "$(readlink $netns)" != "$(readlink /proc/self/ns/net)" ] && return
        sleep 0.02
    done
}
container && two=$netns && container && one=$netns
within() { nsenter --net="$@"; }

ipam='"ipam":{"type":"host-local","subnet":"10.1.0.0/24","dataDir":"'$tmp/ipam'",'
ipam+='"routes":[{"dst":"0.0.0.0/0"}]}'
gateway='"bridge":"g0","isGateway":true,"ipMasq":true'
usual="$gateway,$ipam"
# conf [FIELDS [MORE]]
conf()
{
    echo '{"cniVersion":"'${version-1.1.0}'","name":"net","type":"vif",'"${1-$usual}${2+,$2}}"
}
# call VERB ID [CONF]
call()
{
    printf '%s' "${3-$(conf)}" | env -i PATH="$PATH" CNI_COMMAND="$1" CNI_CONTAINERID="$2" \
        CNI_NETNS="${netns-$one}" CNI_IFNAME="${IFNAME-eth0}" ${CNI_ARGS:+CNI_ARGS="$CNI_ARGS"} \
        timeout 60 "$tmp/vif"
}
# error NAME CODE WORDS CALL...
error()
{
    expect "$1" 1 "\"cniVersion\":\"[0-9.]*\",\"code\":$2,\"msg\":\"[^\"]*$3" '' "${@:4}"
}
leases() { ls "$tmp/ipam/net" 2>/dev/null | grep -c '^10'; }
left()
{
    echo "$(ip -o link | grep -c ': vif') $(leases)" \
        "$(nft list ruleset | grep -c 'chain [a-z]*-vif')"
}
nothing_left() { [ "$(left)" = '0 0 0' ] || { echo "# left: $(left)"; return 1; }; }

# ---- several calls at once, for one interface
for i in {1..8}; do
    call ADD a >"$tmp/add$i" 2>&1 & pids[i]=$!
done
wait "${pids[@]}"
check together_one_adds test "$(cat "$tmp"/add? | grep -c '"ips"')" = 1
check together_others_say test "$(cat "$tmp"/add? | grep -c 'already')" = 7
check together_one_there test "$(left)" = '1 1 0'
for i in {1..6}; do
    call DEL a >"$tmp/del$i" 2>&1 & pids[i]=$!
done
for i in {1..6}; do wait "${pids[i]}" || not_ok together_del_$i "$(cat "$tmp/del$i")"; done
check together_dels nothing_left
for i in {1..10}; do
    call ADD a >/dev/null 2>&1 & pids[1]=$!
    call DEL a >"$tmp/del$i" 2>&1 & pids[2]=$!
    wait "${pids[2]}" || not_ok add_and_del_$i "$(cat "$tmp/del$i")"
    wait "${pids[1]}"
done
check add_and_del_del call DEL a
check add_and_del nothing_left

# ---- DEL: with a result that is none, another configuration, no namespace, the host's own
odd=("$(conf "$usual" '"prevResult":{"cniVersion":"9","ips":[{"address":5}],"interfaces":null}')"
    "$(conf '"bridge":"other","ipam":{"type":"host-local","dataDir":"'$tmp/ipam'","subnet":"x"}')"
    "$(conf "$gateway,${ipam/10.1/10.2}")" "$(conf "$usual" '"mac":"0a:00:00:00:00:09"')")
for conf in "${odd[@]}"; do
    call ADD a >/dev/null
    check "del_with $conf" call DEL a "$conf"
    check "del_all $conf" nothing_left
done
touch "$tmp/file" && ln -s "$one" "$tmp/link" && ln -s nowhere "$tmp/dangling" && mkfifo "$tmp/fifo"
ln -s /proc/self/ns/net "$tmp/own"
for path in file fifo own . dangling; do
    case $path in dangling) code=3 ;; *) code=4 ;; esac
    netns=$tmp/$path error netns_$path $code CNI_NETNS call ADD a
    call ADD a >/dev/null
    netns=$tmp/$path expect netns_del_$path 0 '' '' call DEL a
    check netns_del_all_$path nothing_left
done
netns=/proc/self/ns/mnt error netns_mount 4 'no network namespace' call ADD a
netns=$tmp/link expect netns_link 0 '"sandbox":"'$tmp/link'"' '' call ADD a
check netns_link_del call DEL a

# ---- a name that is taken in the namespace: it stays as it was
taken()
{
    error name_taken_$1 100 'eth0' call ADD a
    check name_stays_$1 within $one ip link show dev eth0 >/dev/null
    check name_leaves_$1 nothing_left
}
within $one ip link add eth0 type bridge && taken bridge
within $one ip link del eth0
within $one ip link add eth0 type veth peer name x && taken veth
within $one ip link del eth0
within $one ip link add y type veth peer name x
if within $one ip link property add dev y altname eth0 2>/dev/null; then taken altname; fi
within $one ip link del y
call ADD a >/dev/null
error name_others 100 'eth0' call ADD b
check name_others_stay test "$(left)" = '1 1 0'
check name_others_del call DEL b
check name_others_still test "$(left)" = '1 1 0'
check name_del call DEL a

# ---- a MAC that is asked for twice on one bridge; the MTU of a bridge
mac='"mac":"0A-00-00-00-00-0F"'
expect mac 0 '"mac":"0a:00:00:00:00:0f"' '' call ADD a "$(conf "$usual" "$mac")"
netns=$two error mac_again 100 'mac, .*: vif' \
    call ADD b "$(conf "$usual" '"runtimeConfig":{"mac":"0a:00:00:00:00:0f"}')"
check mac_again_leaves test "$(left)" = '1 1 0'
call DEL b
check mac_again_still test "$(left)" = '1 1 0'
netns=$two CNI_ARGS='MAC=0a:00:00:00:00:0f' error mac_args 100 'mac, ' call ADD b
ip link add h0 type bridge && ip link set h0 up
netns=$two expect mac_elsewhere 0 '0a:00:00:00:00:0f' '' call ADD b "$(conf '"bridge":"h0"' "$mac")"
check mac_del call DEL a
netns=$two check mac_del_elsewhere call DEL b
for i in {1..5}; do
    call ADD a "$(conf "$usual" "$mac")" >"$tmp/add1" & pids[1]=$!
    netns=$two call ADD b "$(conf "$usual" "$mac")" >"$tmp/add2" & pids[2]=$!
    wait "${pids[1]}" "${pids[2]}"
    [ "$(cat "$tmp"/add[12] | grep -c '"ips"')" = 1 ] && [ "$(left)" = '1 1 0' ] ||
        not_ok mac_race "$(cat "$tmp"/add[12])"
    call DEL a && netns=$two call DEL b || not_ok mac_race_del
done
expect mac_later 0 '0a:00:00:00:00:0f' '' call ADD a "$(conf "$usual" "$mac")"
check mac_later_del call DEL a
expect mtu 0 '' '' eval 'call ADD a "$(conf "$usual" "\"mtu\":1400")" >/dev/null'
IFNAME=eth1 netns=$two check mtu_add eval 'call ADD b >/dev/null'
check mtu_as_the_bridge grep -q 'mtu 1400' <(within $two ip link show eth1)
check mtu_del call DEL a
IFNAME=eth1 netns=$two check mtu_del_b call DEL b

# ---- configurations
words='no JSON, has a key twice'
big() { python3 -c "print($1)"; }
expect big 0 '"ips"' '' call ADD a "$(conf "$usual" "$(big \
    '"\"x\":{"+",".join("\"k%d\":\"%s\"" % (i, "v" * 40) for i in range(9000))+"}"')")"
check big_del call DEL a
expect big_text 0 '"ips"' '' call ADD a "$(conf "$usual" "$(big \
    '"\"x\":\""+"\\u00e9" * 20000+"\""')")"
check big_text_del call DEL a
big '"\"x\":\""+"y" * 1100000+"\""' >"$tmp/big"
big_call() { (printf '%s' "{\"cniVersion\":\"1.1.0\",\"name\":\"net\","; cat "$tmp/big"; echo '}') |
    CNI_COMMAND=ADD CNI_CONTAINERID=a CNI_NETNS=$one CNI_IFNAME=eth0 "$tmp/vif"; }
error big_beyond 6 "$words" big_call
error deep 6 "$words" call ADD a "$(conf "$usual" "$(big '"\"x\":"+"[" * 60+"]" * 60')")"
error trailing 6 "$words" call ADD a "$(conf) x"
error two_of_them 6 "$words" call ADD a "$(conf)$(conf)"
error twice 6 "$words" call ADD a "$(conf "$usual" '"name":"other"')"
error empty 6 "$words" call ADD a ''
error utf8 6 "$words" call ADD a "$(conf "$usual" $'"x":"\xff"')"
error bom 6 "$words" call ADD a $'\xef\xbb\xbf'"$(conf)"
error nul 6 "$words" call ADD a "$(conf "$usual" '"x\u0000":1')"
error list 1 cniVersion call ADD a '[]'
error no_version 1 cniVersion call ADD a '{"name":"net"}'
expect spaces 0 '' '' call DEL a "$(conf)"$'\n\r\t '
for key in promiscMode disableContainerInterface; do
    error stock_$key 2 $key call ADD a "$(conf "$usual" "\"$key\":true")"
done
error stock_vlanTrunk 2 vlanTrunk call ADD a "$(conf "$usual" '"vlanTrunk":[{"id":7}]')"
error vlan 100 'filters no VLANs' call ADD a "$(conf "$usual" '"vlan":7')"
error vlan_range 7 vlan call ADD a "$(conf "$usual" '"vlan":5000')"
# ports MAP[,MAP]...
ports() { conf "$usual" '"runtimeConfig":{"mac":"","portMappings":['"$1"']}'; }
for map in '{"hostPort":80}' '{"containerPort":80}' '{"hostPort":0,"containerPort":80}' \
    '{"hostPort":8080,"containerPort":80},{"hostPort":8080,"containerPort":81}' \
    '{"hostPort":8080,"containerPort":80},{"containerPort":81}'; do
    error "port $map" 7 . call ADD a "$(ports "$map")"
done
many=$(big '",".join("{\"hostPort\":%d,\"containerPort\":80}" % i for i in range(1000, 1300))')
error ports_many 2 portMappings \
    call ADD a "$(ports "$many")"
many=$(big '",".join("{\"dst\":\"10.%d.0.0/16\"}" % i for i in range(40, 90))')
error routes_many 2 routes \
    call ADD a "$(conf "$gateway,${ipam/'{"dst":"0.0.0.0/0"}'/$many}")"
check configurations_leave nothing_left
expect port_upper 0 '"ips"' '' \
    call ADD a "$(ports '{"hostPort":80,"containerPort":80,"protocol":"TCP"}')"
check port_upper_there test "$(left)" = '1 1 2'
check port_upper_del call DEL a
expect dns_search 0 '"dns":\{"search":\["x"\]\}' '' \
    call ADD a "$(conf "$usual" '"dns":{"search":["x"]}')"
check dns_search_del call DEL a
expect default_once 0 '"routes":\[\{"dst":"0.0.0.0/0","gw":"10.1.0.1"\}\],' '' \
    call ADD a "$(conf "$gateway,\"isDefaultGateway\":true,$ipam")"
check default_once_del call DEL a
for args in ';;;' = IP IP= 'MAC=;X' "$(big '";" * 100000')"; do
    CNI_ARGS=$args expect "args ${args:0:9}" 0 '"address":"10.1.0' '' call ADD a
    call DEL a
done
error store 5 '/proc/ipam' call ADD a "$(conf "$gateway,${ipam/$tmp//proc}")"
for version in 0.1.0 0.2.0 '' 1 1.2.0; do
    error "version $version" 1 cniVersion call ADD a
    error "version_status $version" 1 cniVersion call STATUS ''
done
unset version

# ---- CHECK after somebody was there; with what a later plugin has added
result=$(call ADD a)
previous() { conf "$usual" "\"prevResult\":$result"; }
expect check 0 '' '' call CHECK a "$(previous)"
within $one ip addr add 10.99.0.1/24 dev eth0
expect check_more 0 '' '' call CHECK a "$(previous)"
link=$(ip -o link | sed -n 's/^[0-9]*: \(vif[0-9a-f]*\).*/\1/p')
ip link set "$link" nomaster
error check_master 101 'master: wanted g0, found none' call CHECK a "$(previous)"
ip link set "$link" master g0
lease=$(ls "$tmp/ipam/net" | grep '^10') && mv "$tmp/ipam/net/$lease" "$tmp/"
error check_lease 101 'no address is given' call CHECK a "$(previous)"
printf 'b\r\neth0' >"$tmp/ipam/net/$lease"
error check_lease_other 101 "$lease: is given to another" call CHECK a "$(previous)"
mv "$tmp/$lease" "$tmp/ipam/net/"
mine=$result
result=$(python3 -c '
import json, sys
r = json.loads(sys.argv[1])
r["interfaces"].append({"name": "net9", "sandbox": "x"})
r["ips"].append({"address": "10.55.0.5/24", "interface": len(r["interfaces"]) - 1})
r["routes"].append({"dst": "10.77.0.0/16", "gw": "10.55.0.1"})
print(json.dumps(r))' "$mine")
expect check_chained 0 '' '' call CHECK a "$(previous)"
within $one ip route del default
error check_chained_differs 101 'route .*wanted yes, found no' call CHECK a "$(previous)"
within $one ip link del eth0
error check_gone 101 'exists: wanted yes, found no' call CHECK a "$(previous)"
check check_del call DEL a "$(previous)"
check check_left nothing_left

# ---- GC: without a list nothing goes, with an empty one all does; it may name others' attachments
call ADD a >/dev/null
error gc_no_list 7 valid-attachments call GC ''
check gc_no_list_keeps test "$(left)" = '1 1 0'
live='"cni.dev/valid-attachments"'
expect gc_others 0 '' '' call GC '' "$(conf "$usual" "$live"':[{"containerID":"z","ifname":"eth0"},
    {"containerID":"a","ifname":"eth0"},{"containerID":"a","ifname":"eth0"},{"x":1}]')"
check gc_others_keeps test "$(left)" = '1 1 0'
expect gc_ifname 0 '' '' \
    call GC '' "$(conf "$usual" "$live"':[{"containerID":"a","ifname":"eth1"}]')"
check gc_ifname_goes nothing_left
call ADD a >/dev/null
expect gc_empty 0 '' '' call GC '' "$(conf "$usual" "$live:[]")"
check gc_empty_goes nothing_left
call ADD a >/dev/null
expect gc_null 0 '' '' call GC '' "$(conf "$usual" "$live:null")"
check gc_null_goes nothing_left

# ---- STATUS; a result that nobody takes
expect status 0 '' '' call STATUS ''
error status_store 5 '/proc/ipam' call STATUS '' "$(conf "$gateway,${ipam/$tmp//proc}")"
error status_range 50 'ipam.subnet' call STATUS '' "$(conf "$gateway,${ipam/10.1.0.0/x}")"
full() { call ADD a >/dev/full; }
expect stdout_full 1 '' '' full
check stdout_full_leaves nothing_left
closed() { call ADD a >&-; }
expect stdout_closed 1 '' '' closed
check stdout_closed_leaves nothing_left
exit $failed
