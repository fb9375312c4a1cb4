#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/cni.c by hand, as a container runtime calls it: each verb, each error, many at once.
# cni_host_local.sh has addresses of that type, cni_runtimes.sh podman and containerd.
. tests/cli/lib
inside_namespace "$@"
have ip cni || exit 0
mkdir "$tmp/bin"                        # no other plugin is there
${CC:-gcc} -O0 -std=c99 -Wall -Wextra -I. examples/cni.c -o "$tmp/bin/vif" || {
    not_ok cni_builds
    exit 1
}
ip link set lo up

# A namespace of a container; its path is /proc/$!/ns/net.
empty() { unshare -n sleep 100 2>/dev/null & }
empty; one=/proc/$!/ns/net pid_one=$!
empty; two=/proc/$!/ns/net pid_two=$!
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$tmp"' EXIT
for i in {1..100}; do
    [ "$(readlink $one)" != "$(readlink /proc/self/ns/net)" ] &&
        [ "$(readlink $two)" != "$(readlink /proc/self/ns/net)" ] && break
    sleep 0.02
done
quiet() { "$@" >/dev/null; }
within() { nsenter --net="$@"; }

version=1.0.0 net=net mode='"bridge":"cni0","isGateway":true,"ipMasq":true,"macspoofchk":true'
routes='"routes":[{"dst":"0.0.0.0/0"}]'
# call VERB ID NETNS [MORE]: with more fields of the configuration
call()
{
    local ipam='"ipam":{"type":"host-local","ranges":[[{"subnet":"'${range:-10.22.0.0/16}'"}]],'
    ipam=${noipam-$ipam$routes,\"dataDir\":\"$tmp/ipam\"\}}
    echo '{"cniVersion":"'$version'","name":"'$net'","type":"vif",'"$mode,$ipam${4:+,$4}}" \
        >"$tmp/conf"
    env -i PATH="$PATH" ${ARGS:+CNI_ARGS="$ARGS"} CNI_COMMAND="$1" CNI_CONTAINERID="$2" \
        CNI_NETNS="$3" CNI_IFNAME="${IFNAME-eth0}" CNI_PATH="/nowhere:$tmp/bin" \
        ${WITH:-} "$tmp/bin/vif" <"$tmp/conf"
}
# error NAME CODE WORDS CALL...: an object of the spec's, with that code and words
error()
{
    local name=$1 code=$2 words=$3
    shift 3
    expect "$name" 1 "\"cniVersion\":\"[0-9.]*\",\"code\":$code,\"msg\":\"[^\"]*$words" '' "$@"
}
leases() { ls "$tmp/ipam/$net" 2>/dev/null | grep -c '^10'; }
links() { ip -o link | grep -c ': vif'; }
chains() { nft list ruleset | grep -c 'chain [a-z]*-vif'; }

# ---- what is asked of it
all='"supportedVersions":\["0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"\]'
expect version 0 '^\{"cniVersion":"1.0.0",'$all'\}$' '' call VERSION '' ''
error command 4 CNI_COMMAND call GO one $one
error container 4 CNI_CONTAINERID call ADD '' $one
error container_bad 4 'invalid characters' call ADD 'a b' $one
error container_up 4 'invalid characters' call ADD ../a $one
net=../a error name_up 7 name call ADD one $one
IFNAME='' error ifname 4 CNI_IFNAME call ADD one $one
IFNAME=a/b error ifname_bad 4 CNI_IFNAME call ADD one $one
error netns 4 CNI_NETNS call ADD one ''
error netns_gone 3 CNI_NETNS call ADD one /proc/1/ns/none
error netns_host 4 CNI_NETNS call ADD one /proc/self/ns/net
version=2.0.0 error version_other 1 'cniVersion: 2.0.0' call ADD one $one
version=0.3.1 error version_check 1 'cniVersion: 0.3.1' call CHECK one $one
error version_gc 1 'cniVersion: 1.0.0' call GC '' ''
mode=1 error json 6 JSON call ADD one $one
net='' error name 7 name call ADD one $one
mode='"mode":"tunnel"' error mode 7 mode call ADD one $one
mode='"bridge":"none"' error bridge_none 7 'none: is not there' call ADD one $one
mode='"mode":"macvlan","master":"none"' error master_none 7 'none: is not there' call ADD one $one
noipam='"ipam":{"type":"nobody"}' error ipam_none 7 ipam.type call ADD one $one
error mtu 7 mtu call ADD one $one '"mtu":70000'
error mac 7 hwaddr call ADD one $one '"mac":"01:00:00:00:00:01"'
# publish MORE: a port
publish()
{
    echo '"runtimeConfig":{"mac":"0a:00:00:00:00:01","portMappings":[{"containerPort":80,'"$1"'}]}'
}
error port 7 ports call ADD one $one "$(publish '"hostPort":0')"
error port_on 2 hostIP call ADD one $one "$(publish '"hostPort":1,"hostIP":"192.0.2.1"')"
mode='"bridge":"x"' error port_bridge 2 portMappings call ADD one $one "$(publish '"hostPort":1')"
routes='"routes":[{"dst":"10.9.0.0/16","gw":"::1"}]' error route 7 gateway call ADD one $one
check errors_leave_nothing test "$(leases) $(chains) $(links)" = '0 0 0'
rm -rf "$tmp/ipam"

# ---- two containers: each other, the host, a published port
version=1.1.0
expect status 0 '' '' call STATUS '' ''
noipam='"ipam":{"type":"nobody"}' error status_ipam 50 ipam.type call STATUS '' ''
mode='"mode":"macvlan","master":"none"' error status_master 50 none call STATUS '' ''
mode='"bridge":"none"' error status_bridge 50 none call STATUS '' ''
ports=$(publish '"hostPort":8080,"protocol":"tcp"')
dns='"dns":{"domain":"test","nameservers":["10.22.0.1"],"search":["a","b"]}'
expect add 0 '^\{"cniVersion":"1.1.0","interfaces":.*,"ips":.*,"routes":.*,"dns":.*\}$' '' \
    call ADD one $one "$ports,$dns,\"mtu\":1400"
previous="\"prevResult\":$(cat "$tmp/out")"
check add_interfaces grep -q '"interfaces":\[{"name":"cni0"},{"name":"vif[0-9a-f]*"},'\
'{"name":"eth0","mac":"0a:00:00:00:00:01","sandbox":"'$one'"}\]' "$tmp/out"
check add_ips grep -Fq '"ips":[{"interface":2,"address":"10.22.0.2/16","gateway":"10.22.0.1"}],'\
'"routes":[{"dst":"0.0.0.0/0","gw":"10.22.0.1"}]' "$tmp/out"
check add_dns grep -Fq "$dns" "$tmp/out"
ARGS='IgnoreUnknown=1;MAC=0a:00:00:00:00:02;K8S_POD_NAME=x' version=0.4.0 expect add_old 0 \
    '"mac":"0a:00:00:00:00:02",.*"ips":\[\{"version":"4",.*"10.22.0.3/16"' '' \
    call ADD two $two
check inside grep -q 'mtu 1400 .*0a:00:00:00:00:01' <(within $one ip -o link show eth0)
check route grep -q '^default via 10.22.0.1 ' <(within $one ip route)
if have ping ping; then
    check ping quiet within $one ping -c1 -W5 10.22.0.3
    check ping_host quiet within $two ping -c1 -W5 10.22.0.1
fi
if have python3 tcp; then
    within $one python3 -c '
import socket
s = socket.create_server(("", 80))
for i in range(2): s.accept()[0].sendall(b"hello")' &
    word='import socket, sys; print(socket.create_connection(sys.argv[1:3], 5).recv(9))'
    for i in {1..100}; do grep -q :0050 /proc/$pid_one/net/tcp && break; sleep 0.02; done
    check tcp grep -q hello <(within $two python3 -c "$word" 10.22.0.2 80)
    check port grep -q hello <(python3 -c "$word" 10.22.0.1 8080)
fi
expect check 0 '' '' call CHECK one $one "$ports,$previous,\"mtu\":1400"
error check_nothing 7 prevResult call CHECK one $one
within $one ip route del default && within $one ip link set eth0 mtu 1300
error check_differs 101 'mtu: wanted 1400, found 1300; route .*: wanted yes, found no' \
    call CHECK one $one "$ports,$previous,\"mtu\":1400"
error again 100 'already' call ADD one $one
error ifname_taken 100 'eth0' call ADD three $one
check failure_gives_back test "$(leases)" = 2

# ---- and away again: whatever has gone, and twice
expect del 0 '' '' call DEL one $one
expect del_again 0 '' '' call DEL one $one
check del_inside test "$(within $one ip -o link | wc -l)" = 1
check del_leaves_the_other test "$(leases) $(chains)" = '1 1'
expect del_empty 0 '' '' call DEL two ''
check del_all test "$(leases) $(chains)" = '0 0'
expect add_for_gone 0 '10.22.0' '' call ADD two $two "$ports"
kill $pid_two
wait $pid_two 2>/dev/null
for i in {1..200}; do ip -o link | grep -q ' vif' || break; sleep 0.02; done
expect del_gone 0 '' '' call DEL two $two
expect del_gone_again 0 '' '' call DEL two $two
check del_gone_all test "$(leases) $(chains)" = '0 0'

# ---- a rate, as the runtime wants it; a burst that kubelet makes up is the library's own
bandwidth='"runtimeConfig":{"bandwidth":{"ingressRate":8000000,"ingressBurst":2147483647}}'
shaped() { tc qdisc show | grep -q "tbf 7669: dev vif.* root .*rate $1 burst $2 "; }
expect bandwidth 0 '10.22.0' '' call ADD one $one "$bandwidth"
previous="\"prevResult\":$(cat "$tmp/out")"
check bandwidth_is_there shaped 8Mbit 10000b
expect bandwidth_check 0 '' '' call CHECK one $one "$bandwidth,$previous"
error bandwidth_differs 101 'rate: wanted 9000000, found 8000000' \
    call CHECK one $one "${bandwidth/8000000/9000000},$previous"
expect bandwidth_del 0 '' '' call DEL one $one "$bandwidth"
expect bandwidth_burst 0 '10.22.0' '' call ADD one $one "${bandwidth/2147483647/400000}"
check bandwidth_burst_is_there shaped 8Mbit 50000b
expect bandwidth_burst_del 0 '' '' call DEL one $one
both=${bandwidth/'{"ingress'/'{"egressRate":4000000,"egressBurst":80000,"ingress'}
expect bandwidth_both 0 '10.22.0' '' call ADD one $one "$both"
previous="\"prevResult\":$(cat "$tmp/out")"
check bandwidth_both_are_there shaped 8Mbit 10000b
check bandwidth_out grep -q 'limit rate over 500000 bytes/second' <(nft list ruleset)
expect bandwidth_both_check 0 '' '' call CHECK one $one "$both,$previous"
expect bandwidth_both_del 0 '' '' call DEL one $one
check bandwidth_out_gone test "$(nft list ruleset | grep -c 'limit rate')" = 0
error bandwidth_bad 7 bandwidth call ADD one $one "${bandwidth/8000000/-1}"
mode='"mode":"macvlan","master":"cni0"' error bandwidth_mode 2 bandwidth \
    call ADD one $one "$bandwidth"
check bandwidth_leaves_nothing test "$(leases) $(links)" = '0 0'

# ---- GC: of this network, what is not said to be valid, its rules as well
empty; two=/proc/$!/ns/net pid_two=$!
for i in {1..100}; do
    [ "$(readlink $two)" != "$(readlink /proc/self/ns/net)" ] && break
    sleep 0.02
done
expect gc_one 0 '10.22.0' '' call ADD one $one "$ports"
IFNAME=net1 expect gc_two 0 '"name":"net1"' '' call ADD one $one
other_ports=${ports/'"mac":"0a:00:00:00:00:01",'/}      # that MAC is the first one's
expect gc_three 0 '10.22.0' '' call ADD two $two "$other_ports"
other='"bridge":"cni1","isGateway":true'
IFNAME=o net=other routes='"routes":[]' mode=$other expect gc_other 0 '"name":"o"' '' \
    call ADD one $one
kill $pid_two
wait $pid_two 2>/dev/null
for i in {1..200}; do [ "$(links)" = 3 ] && break; sleep 0.02; done
check gc_before test "$(chains)" = 7
expect gc 0 '' '' call GC '' '' \
    '"cni.dev/valid-attachments":[{"containerID":"one","ifname":"net1"}]'
check gc_chains test "$(chains)" = 1
check gc_links test "$(links)" = 2
check gc_leases test "$(leases)" = 1
check gc_net1 quiet within $one ip link show net1
none='"cni.dev/valid-attachments":[]'
expect gc_all 0 '' '' call GC '' '' "$none"
check gc_none test "$(chains) $(links) $(leases)" = '0 1 0'
IFNAME=o net=other mode=$other expect gc_other_del 0 '' '' call DEL one $one
rm -rf "$tmp/ipam"

# ---- many at once
for i in {1..8}; do
    empty
    pids[i]=$!
done
sleep 0.5
call VERSION '' '' >/dev/null           # writes the configuration
for i in {1..8}; do
    env -i PATH="$PATH" CNI_COMMAND=ADD CNI_CONTAINERID=many$i CNI_NETNS=/proc/${pids[i]}/ns/net \
        CNI_IFNAME=eth0 CNI_PATH="$tmp/bin" "$tmp/bin/vif" <"$tmp/conf" >"$tmp/many$i" &
    adds[i]=$!
done
wait "${adds[@]}"
check many test "$(cat "$tmp"/many? | grep -o '"address":"[0-9./]*"' | sort -u | wc -l)" = 8
check many_links test "$(ip -o link show master cni0 | wc -l)" = 8
check many_reach quiet within /proc/${pids[1]}/ns/net ping -c1 -W5 \
    "$(grep -o '"address":"[0-9.]*' "$tmp/many8" | cut -d'"' -f4)"
for i in {1..8}; do call DEL many$i ''; done >"$tmp/out"
check many_del test "$(cat "$tmp/out"; links)" = 0

# Each process adds and deletes its own, again and again.
storm()
{
    local round verb
    for round in 1 2 3 4 5; do
        for verb in ADD DEL; do
            env -i PATH="$PATH" CNI_COMMAND=$verb CNI_CONTAINERID=many$1 CNI_IFNAME=eth0 \
                CNI_NETNS=/proc/${pids[$1]}/ns/net CNI_PATH="$tmp/bin" "$tmp/bin/vif" \
                <"$tmp/conf" || return
        done
    done
}
noipam='"pool":"10.34.0.1/24"' call VERSION '' '' "$other_ports" >/dev/null
for i in {1..8}; do
    storm $i >"$tmp/storm$i" &
    adds[i]=$!
done
for i in {1..8}; do
    wait "${adds[i]}" || not_ok storm "$(tail -n 1 "$tmp/storm$i")"
done
check storm_all test "$(cat "$tmp"/storm? | grep -c '"10.34.0.')" = 40
check storm_left test "$(links) $(chains)" = '0 0'

# ---- other modes
ip link add card0 type veth peer name card1 && ip link set card0 up &&
    ip link add br1 type bridge && ip link set br1 up mtu 1280 || not_ok modes
over='"mode":"macvlan","master":"card0"' port='"bridge":"br1"'
mode=$over expect macvlan 0 '"interfaces":\[\{"name":"eth0",.*"interface":0,' '' call ADD one $one
check macvlan_inside grep -q macvlan <(within $one ip -d link show eth0)
mode=$over expect macvlan_check 0 '' '' \
    call CHECK one $one "\"prevResult\":$(cat "$tmp/out")"
mode=$over expect macvlan_del 0 '' '' call DEL one $one
check macvlan_gone test "$(within $one ip -o link | wc -l)" = 1
mode=$over expect macvlan_del_gone 0 '' '' call DEL one /none
mode=$port routes='"routes":[{"dst":"10.99.0.0/16"}]' expect bridge 0 \
    '"dst":"10.99.0.0/16","gw":"10.22.0.1"' '' call ADD one $one
check bridge_route grep -q '^10.99.0.0/16 via 10.22.0.1 ' <(within $one ip route)
check bridge_no_default test "$(within $one ip route show default)" = ''
check bridge_mtu grep -q 'mtu 1280' <(within $one ip link show eth0)
mode=$port expect bridge_del 0 '' '' call DEL one $one
range=2001:db8:22::/64 routes='"routes":[{"dst":"::/0"},{"dst":"192.0.2.0/24"}]'
mode=$port expect ipv6 0 '"2001:db8:22::2/64","gateway":"2001:db8:22::1"' '' call ADD one $one
previous="\"prevResult\":$(cat "$tmp/out")"
check ipv6_inside grep -q 'inet6 2001:db8:22::2/64 ' <(within $one ip addr show eth0)
check ipv6_route grep -q '^default via 2001:db8:22::1 ' <(within $one ip -6 route)
mode=$port expect ipv6_check 0 '' '' call CHECK one $one "$previous"
mode=$port expect ipv6_del 0 '' '' call DEL one $one
sysctl -qw net.ipv6.conf.all.forwarding=1
mode='"bridge":"cni3","isGateway":true,"ipMasq":true'
expect ipv6_gateway 0 '"address":"[0-9a-f:]*/[0-9]*","gateway":"[0-9a-f]*:' '' call ADD one $one
check ipv6_gateway_has grep -q "inet6 $(grep -o '"gateway":"[0-9a-f:]*' "$tmp/out" |
    sed -n 's/"gateway":"//p;q')/" <(ip addr show cni3)
check ipv6_gateway_masquerade grep -q masquerade <(nft list table ip6 vif)
expect ipv6_gateway_del 0 '' '' call DEL one $one
unset range
routes='"routes":[]' mode='"bridge":"cni0","isDefaultGateway":true' expect default_gateway 0 \
    '"routes":\[\{"dst":"0.0.0.0/0","gw":"10.22.0.1"\}\]' '' call ADD one $one
check default_gateway_route grep -q '^default via 10.22.0.1 ' <(within $one ip route)
expect default_gateway_del 0 '' '' call DEL one $one

# ---- addresses of the library's own pool
pool=pool$$                             # nobody else's on this machine
mode='"bridge":"'$pool'","ipMasq":true' noipam='"pool":"10.33.0.1/24"'
expect pool 0 '"10.33.0.[0-9]*/24","gateway":"10.33.0.1"\}\],"routes":\[\{"dst":"0.0.0.0/0",' '' \
    call ADD one $one "$ports"
previous="\"prevResult\":$(cat "$tmp/out")"
check pool_inside grep -Fq "$(grep -o "10.33.0.[0-9]*/24" "$tmp/out")" \
    <(within $one ip addr show eth0)
expect pool_other 0 '"address":"10.33.0.' '' call ADD two /proc/${pids[1]}/ns/net
check pool_two test "$(echo "$previous" | cat - "$tmp/out" | grep -o '"10.33.0.[0-9]*/24' |
    sort -u | wc -l)" = 2
check pool_ping quiet within /proc/${pids[1]}/ns/net ping -c1 -W5 \
    "$(grep -o '10.33.0.[0-9]*/' <<<"$previous" | tr -d /)"
expect pool_check 0 '' '' call CHECK one $one "$ports,$previous"
expect pool_del 0 '' '' call DEL one $one
expect pool_gc 0 '' '' call GC '' '' "$none"
mode='"bridge":"six'$pool'","ipMasq":true' noipam='"pool":"10.33.1.1/24,fd00:33::1/64"' expect \
    pool_ipv6 0 '"10.33.1.[0-9]*/24","gateway":"10.33.1.1"\},\{.*"fd00:33::[0-9a-f:]*/64",'\
'"gateway":"fd00:33::1"\}\]' \
    '' call ADD one $one "$ports"
check pool_ipv6_route grep -q 'default via fd00:33::1' <(within $one ip -6 route)
check pool_ipv6_ports grep -q 'dnat to .fd00:33::' <(nft list table ip6 vif)
mode='"bridge":"six'$pool'","ipMasq":true' noipam='"pool":"10.33.1.1/24,fd00:33::1/64"' expect \
    pool_ipv6_del 0 '' '' call DEL one ''
check pool_none test "$(chains) $(links)" = '0 0'

# Killed at its nth call of some sort, for each n: what a DEL leaves then is nothing.
leavings() { echo "$(chains) $(links) $(ls /run/vif 2>/dev/null | grep -c "$pool.*lease")"; }
# killed SYSTEM_CALL BEFORE
killed()
{
    local n=0 status=137
    while [ $status = 137 ]; do
        n=$((n + 1))
        WITH="strace -qq -o $tmp/strace -e inject=$1:signal=KILL:when=$n" \
            call ADD one $one "$ports" >/dev/null 2>&1
        status=$?
        [ $status = 137 ] || ended=$(leavings)
        call DEL one '' || return
        [ "$(leavings)" = "$2" ] || { echo "# at $1 $n: $(leavings), before $2"; return 1; }
    done
    [ $n -gt 2 ] || { echo "# only $n calls, status $status"; return 1; }
}
if have strace killed; then
    for name in sendmsg recvmsg write; do
        check killed_$name killed $name "$(leavings)"
        check killed_${name}_not test "$ended" != "$(leavings)"
    done
fi
noipam='"ipam":{"type":"host-local"},"pool":"10.33.0.1/24"' error pool_ipam 7 pool call ADD one $one
unset noipam
noipam='"mtu":1400' mode=$port expect no_ipam 0 '"ips":\[\],"routes":\[\],' '' \
    call ADD one $one
noipam='"mtu":1400' mode=$port expect no_ipam_del 0 '' '' call DEL one $one
exit $failed
