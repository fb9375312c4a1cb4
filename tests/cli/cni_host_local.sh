#!/bin/bash
# SPDX-License-Identifier: MIT
# Addresses of type host-local: examples/cni.c gives them itself, as the stock plugin does and in
# the same files. Both do the same here side by side, each in a directory of its own: these are
# equal after every step. Then they take turns in one directory, and race in it; one is killed;
# files are what no plugin has written.
. tests/cli/lib
inside_namespace "$@"
have ip cni_host_local || exit 0
stock=/usr/lib/cni/host-local
[ -x $stock ] || { echo "skip cni_host_local: needs $stock"; exit 0; }
${CC:-gcc} -O0 -std=c99 -Wall -Wextra -I. examples/cni.c -o "$tmp/vif" || {
    not_ok cni_builds
    exit 1
}
ip link set lo up
ip link add cni0 type bridge && ip link set cni0 up
unshare -n sleep 1000 2>/dev/null &
netns=/proc/$!/ns/net
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$tmp"' EXIT
for i in {1..100}; do
    [ "$(readlink $netns)" != "$(readlink /proc/self/ns/net)" ] && break
    sleep 0.02
done
IFNAME=eth0

# until_ok COMMAND...: it succeeds, within 5 s
until_ok() { for i in {1..100}; do "$@" >/dev/null 2>&1 && return; sleep 0.05; done; return 1; }
# conf DIRECTORY IPAM [MORE]
conf()
{
    echo '{"cniVersion":"'"${version:-1.0.0}"'","name":"net","type":"vif","bridge":"cni0",' \
        '"ipam":{"type":"host-local","dataDir":"'"$tmp/$1"'"'"${2:+,$2}"'}'"${3:+,$3}"'}'
}
# run PROGRAM VERB ID CONF: of that text
run()
{
    env -i PATH="$PATH" ${ARGS:+CNI_ARGS="$ARGS"} CNI_COMMAND="$2" CNI_CONTAINERID="$3" \
        CNI_NETNS="$netns" CNI_IFNAME="$IFNAME" CNI_PATH="${CNI_DIR:-/nowhere}" \
        ${WITH:+ASAN_OPTIONS=detect_leaks=0} ${WITH:-} "$1" <<<"$4"
}
# What was given: addresses and gateways, in one line
given() { tr -d ' \n' | grep -o '"ips":\[[^]]*\]' | sed 's/"interface":[0-9],//g'; }
# The files of a directory, with modes and what they say
files()
{
    (cd "$tmp/$1/net" 2>/dev/null &&
        find . -printf '%y%m %P ' -type f -exec od -An -c {} ';' -printf ' %s\n' | sort)
}
# both NAME VERB ID IPAM [MORE]: they do the same. Where it fails the stock one may have moved on in
# its ranges before; ours then begins again where it was, which is made equal.
both()
{
    local name=$1 theirs ours
    theirs=$(run $stock "$2" "$3" "$(conf stock "$4" "${5:-}")")
    theirs="$? $(given <<<"$theirs")"
    said=$(run "$tmp/vif" "$2" "$3" "$(conf ours "$4" "${5:-}")")
    ours="$? $(given <<<"$said")"
    [ "${ours%% *}" = 0 ] ||
        cp -p "$tmp"/stock/net/last_reserved_ip.* "$tmp/ours/net/" 2>/dev/null
    if [ "$theirs" = "$ours" ] && [ "$(files stock)" = "$(files ours)" ]; then
        ok "$name"
    else
        not_ok "$name" "stock: $theirs" "ours: $ours $said" "$(diff <(files stock) <(files ours))"
    fi
}

# ---- one range, to its end and around
both first ADD a '"subnet":"10.1.0.0/29"'
both second ADD a '"subnet":"10.1.0.0/29"'              # refused
for i in 1 2 3 4 5 6; do IFNAME=e$i both fill_$i ADD b$i '"subnet":"10.1.0.0/29"'; done
check full grep -q '"code":11,"msg":"ipam: no address is free"' <<<"$said"
IFNAME=e2 both free DEL b2 '"subnet":"10.1.0.0/29"'
IFNAME=e2 both free_again DEL b2 '"subnet":"10.1.0.0/29"'
IFNAME=e7 both reuse ADD b7 '"subnet":"10.1.0.0/29"'
both delete DEL a '"subnet":"10.1.0.0/29"'
IFNAME=e8 both around ADD b8 '"subnet":"10.1.0.0/29"'
IFNAME=e8 both check CHECK b8 '"subnet":"10.1.0.0/29"' \
    '"prevResult":{"cniVersion":"1.0.0","ips":[{"address":"10.1.0.2/29"}]}'
both check_other CHECK b9 '"subnet":"10.1.0.0/29"' \
    '"prevResult":{"cniVersion":"1.0.0","ips":[{"address":"10.1.0.2/29"}]}'

# ---- gateways, starts and ends; sets of ranges; both families
n=0
# next NAME IPAM [MORE]: an ADD of another container
next() { n=$((n + 1)); IFNAME=n$n both "$1" ADD "n$n" "$2" "${3:-}"; }
next gateway '"subnet":"10.2.0.0/24","gateway":"10.2.0.2"'
next gateway_elsewhere '"subnet":"10.2.4.0/24","gateway":"169.254.1.1"'
next gateway_again '"subnet":"10.2.0.0/24","gateway":"10.2.0.2"'
for i in 1 2 3; do
    next start_$i '"subnet":"10.2.1.0/24","rangeStart":"10.2.1.9","rangeEnd":"10.2.1.10"'
done
# of 10.2.1.0/24
some() { echo '"subnet":"10.2.1.0/24","gateway":"'$1'","rangeStart":"'$2'","rangeEnd":"'$3'"'; }
next gateway_at_end "$(some 10.2.1.20 10.2.1.19 10.2.1.20)"
next only_gateway "$(some 10.2.1.30 10.2.1.30 10.2.1.30)"
two='"ranges":[[{"subnet":"10.3.0.0/30"},{"subnet":"10.3.1.0/30"},{"subnet":"10.3.2.0/30"}],'\
'[{"subnet":"10.4.0.0/16"}]]'
for i in 1 2 3 4; do next set_$i "$two"; done
IFNAME=n$((n - 2)) both set_del DEL n$((n - 2)) "$two"
next set_around "$two"
next six '"subnet":"fd00::/64"'
next six_next '"subnet":"fd00::/64"'
next six_end '"subnet":"fd00:1::/126","rangeStart":"fd00:1::3"'
next six_carry '"subnet":"fd00:2::/48","rangeStart":"fd00:2::ffff:ffff:ffff"'
next six_carried '"subnet":"fd00:2::/48","rangeStart":"fd00:2::ffff:ffff:ffff"'
next four_carry '"subnet":"10.6.0.0/16","rangeStart":"10.6.0.255"'
next four_carried '"subnet":"10.6.0.0/16","rangeStart":"10.6.0.255"'
next dual '"ranges":[[{"subnet":"10.7.0.0/24"}],[{"subnet":"fd00:7::/64","gateway":"fd00:7::5"}]]'
next dual_and_subnet '"subnet":"10.8.0.0/24","ranges":[[{"subnet":"fd00:8::/64"}]]'
next run_time '"subnet":"10.8.1.0/24"' '"runtimeConfig":{"ipRanges":[[{"subnet":"10.8.2.0/24"}]]}'
next routes '"subnet":"10.8.3.0/24",'\
'"routes":[{"dst":"0.0.0.0/0"},{"dst":"10.99.0.0/16","gw":"10.8.3.9"}]'
cat >"$tmp/resolv.conf" <<END
#x
nameserver 192.0.2.1 192.0.2.2

 search  a b
domain d
nameserver ::1
bad
options x:1 y
search c
END
next resolv_conf '"subnet":"10.8.4.0/24","resolvConf":"'"$tmp/resolv.conf"'"'
check resolv_conf_said grep -Fq '"dns":{"domain":"d","nameservers":["192.0.2.1","::1"],'\
'"search":["a","b","c"],"options":["x:1","y"]}' <<<"$said"

# ---- addresses that are asked for
asked='"subnet":"10.9.0.0/24"'
ARGS=IP=10.9.0.9 next asked "$asked"
ARGS='IgnoreUnknown=1;K8S_POD_NAME=IP=x;IP=10.9.0.9' next asked_taken "$asked"
ARGS='IgnoreUnknown=1;X=y;IP=10.9.0.10;MAC=0a:00:00:00:00:01' next asked_args "$asked"
check asked_mac grep -q '"mac":"0a:00:00:00:00:01"' <<<"$said"
ARGS=IP=10.9.0.1 next asked_gateway "$asked"
ARGS=IP=10.9.1.1 next asked_elsewhere "$asked"
next asked_config "$asked" '"args":{"cni":{"ips":["10.9.0.20"]}}'
next asked_twice "$asked" '"runtimeConfig":{"ips":["10.9.0.21/24","10.9.0.21"]}'
next asked_two "$asked" '"args":{"cni":{"ips":["10.9.0.22","10.9.0.23"]}}'
next asked_dual '"ranges":[[{"subnet":"10.9.0.0/24"}],[{"subnet":"fd00:9::/64"}]]' \
    '"args":{"cni":{"ips":["fd00:9::9","10.9.0.30"]}}'
next asked_one_taken '"ranges":[[{"subnet":"10.9.0.0/24"}],[{"subnet":"fd00:9::/64"}]]' \
    '"args":{"cni":{"ips":["fd00:9::9","10.9.0.31"]}}'

# ---- wrong, or not for us; the stock one is not there: nothing is given
while read -r ipam; do next "wrong_$ipam" "$ipam"; done <<'END'
"subnet":"10.9.0.5/24"
"subnet":"10.9.0.0/31"
"subnet":"10.9.0.0"
"subnet":"10.9/16"
"subnet":5
"subnet":""
"subnet":null
"subnet":"10.9.0.0/33"
"subnet":"fd00::/127"
"subnet":"::ffff:10.0.0.0/120"
"subnet":"10.09.0.0/24"
"x":1
"subnet":"10.9.0.0/24","gateway":"x"
"subnet":"10.9.0.0/24","rangeStart":"10.9.0.9","rangeEnd":"10.9.0.8"
"subnet":"10.9.0.0/24","rangeStart":"10.9.1.0"
"subnet":"10.9.0.0/24","rangeEnd":"10.9.1.0"
"subnet":"10.9.0.0/24","rangeEnd":"fd00::1"
"ranges":[]
"ranges":[[]]
"ranges":[{"subnet":"10.9.0.0/24"}]
"ranges":[[{"subnet":"10.9.0.0/24"},{"subnet":"fd00::/64"}]]
"ranges":[[{"subnet":"10.9.0.0/24"}],[{"subnet":"10.9.0.128/25"}]]
"ranges":[[{"subnet":"10.9.0.0/24"},{"subnet":"10.9.0.0/25"}]]
"subnet":"10.9.0.0/24","resolvConf":"/none"
END
check wrong_says grep -q '"code":7,"msg":"ipam.resolvConf: is not understood, and' <<<"$said"
for args in IP=10.9.0 IP=x; do ARGS=$args next "wrong_$args" "$asked"; done
next wrong_ips "$asked" '"runtimeConfig":{"ips":["x"]}'

# ---- the stock one is there: it has what we do not understand, and all if it is told so
mkdir "$tmp/bin"
printf '#!/bin/sh\necho $CNI_COMMAND >>%s/asked\nexec %s\n' "$tmp" $stock >"$tmp/bin/host-local"
chmod +x "$tmp/bin/host-local"
known='"subnet":"10.9.1.0/24"'
# asked: what the stock one was asked for, since the last time
asked() { xargs <"$tmp/asked"; : >"$tmp/asked"; }
: >"$tmp/asked"
CNI_DIR=$tmp/bin next exec_known "$known"
check exec_not_for_it test "$(asked)" = ''
CNI_DIR=$tmp/bin next exec_unknown "$known"',"routes":[{"dst":"10.98.0.0/16","mtu":1400}]'
check exec_for_it test "$(asked)" = ADD
CNI_DIR=$tmp/bin next exec_said "$known"',"exec":true'
check exec_for_it_too test "$(asked)" = ADD
CNI_DIR=$tmp/bin IFNAME=n$n both exec_del DEL n$n "$known"',"exec":true'
check exec_del_by_it test "$(asked)" = DEL
IFNAME=n$((n - 1)) both exec_del_ours DEL n$((n - 1)) "$known"',"routes":[{"mtu":1400}]'
expect exec_not_there 1 '"code":7,"msg":"ipam.type: CNI_PATH has no such plugin' '' \
    run "$tmp/vif" ADD x "$(conf ours "$known"',"exec":true')"

# ---- each gives back and checks what the other has given
# swap PROGRAM VERB ID: which is the interface's name, too
swap() { IFNAME=$3 run "$1" "$2" "$3" "$(conf stock '"subnet":"10.10.0.0/24"')"; }
given_by() { swap "$1" ADD "$2" | given; }
ips() { echo '"ips":[{"address":"10.10.0.'$1'/24","gateway":"10.10.0.1"}]'; }
check swap_stock_gives test "$(given_by $stock s1)" = "$(ips 2)"
check swap_goes_on test "$(given_by "$tmp/vif" s2)" = "$(ips 3)"
check swap_and_back test "$(given_by $stock s3)" = "$(ips 4)"
check swap_check swap $stock CHECK s2
check swap_del swap $stock DEL s2
check swap_del_ours swap "$tmp/vif" DEL s1
check swap_left test "$(ls "$tmp/stock/net" | grep -c 10.10.0)" = 1
printf s4 >"$tmp/stock/net/10.10.0.9"                   # by a plugin of old
check old_second eval '! swap "$tmp/vif" ADD s4 >/dev/null'
check old_del swap "$tmp/vif" DEL s4
check old_left test ! -e "$tmp/stock/net/10.10.0.9"

# ---- both at once
raced=$(conf race '"subnet":"10.11.0.0/16"')
# race N: that many containers by each of them; addresses that were given
race()
{
    local i pids=()
    for ((i = 0; i < $1; i++)); do
        IFNAME=r$i run $stock ADD r$i "$raced" >"$tmp/r$i" & pids+=($!)
        IFNAME=q$i run "$tmp/vif" ADD q$i "$raced" >"$tmp/q$i" &
        pids+=($!)
    done
    wait "${pids[@]}"
    cat "$tmp"/[rq][0-9]* | grep -o '10\.11\.[0-9.]*/16'
}
check race_each_another test "$(race 20 | sort -u | wc -l)" = 40
check race_all_there test "$(ls "$tmp/race/net" | grep -c '^10')" = 40
check race_no_holes test -e "$tmp/race/net/10.11.0.41"
for ((i = 0; i < 20; i++)); do
    IFNAME=r$i run "$tmp/vif" DEL r$i "$raced" & dels[i]=$!
    IFNAME=q$i run $stock DEL q$i "$raced" & dels[i+20]=$!
done
wait "${dels[@]}"
check race_given_back eval '! ls "$tmp/race/net" | grep -q "^10"'

# ---- killed at its nth call of some sort, for each n: a DEL finds what was taken
killed()
{
    local n=0 status=137 conf
    conf=$(conf killed '"ranges":[[{"subnet":"10.12.0.0/24"}],[{"subnet":"fd00:12::/64"}]]')
    while [ $status = 137 ]; do
        n=$((n + 1))
        WITH="strace -qq -o $tmp/strace -e trace=$1 -e inject=$1:signal=KILL:when=$n" \
            run "$tmp/vif" ADD k "$conf" >/dev/null 2>&1
        status=$?
        run "$tmp/vif" DEL k "$conf" || return
        ls "$tmp/killed/net" 2>/dev/null |
            grep -Ev '^(lock|last_reserved_ip.[01]|vif.part)$' && return 1
    done
    [ $n -gt 2 ] || { echo "# only $n calls, status $status"; return 1; }
}
if have strace killed; then
    for name in openat write close rename,renameat,renameat2; do
        check killed_${name%%,*} killed $name
    done
    conf=$(conf killed '"subnet":"10.12.0.0/24"')
    check killed_stock_goes_on test "$(run $stock ADD k "$conf" | grep -c 10.12.0)" != 0
    check killed_del run "$tmp/vif" DEL k "$conf"
    # no room: nothing is taken, whichever of the files it was for
    for n in 1 2; do
        WITH="strace -qq -o $tmp/strace -P $tmp/full/net/vif.part"
        WITH="$WITH -e inject=write:error=ENOSPC:when=$n" \
            expect full_$n 1 '"code":5,"msg":".*/full/net/: No space left on device"' '' \
            run "$tmp/vif" ADD k "$(conf full '"subnet":"10.12.0.0/24"')"
        check full_nothing_$n test "$(ls "$tmp/full/net" | grep -c ^10)" = 0
    done
fi

# ---- files that no plugin has written; a lock that somebody keeps
dir=$tmp/odd/net
odd() { IFNAME=odd run "$tmp/vif" "$1" odd "$(conf odd '"subnet":"10.13.0.0/28"')"; }
mkdir -p $dir/10.13.0.2 $dir/10.13.0.5.d && ln -s nowhere $dir/10.13.0.3 && mkfifo $dir/10.13.0.4
ln -s "$tmp/precious" $dir/last_reserved_ip.0 && echo precious >"$tmp/precious"
: >$dir/10.13.0.5 && head -c 100000 /dev/zero | tr '\0' x >$dir/10.13.0.6
printf 'odd\r\nodd\0' >$dir/10.13.0.7 && ln -s "$tmp/precious" $dir/vif.part
printf 'odd\r\nodd' >$dir/x10.13.0.8
expect odd 0 '"10.13.0.8/28"' '' odd ADD
check odd_precious test "$(cat "$tmp/precious")" = precious
expect odd_del 0 '' '' odd DEL
check odd_del_only_its_own test "$(ls $dir | xargs)" = '10.13.0.2 10.13.0.3 10.13.0.4 10.13.0.5 '\
'10.13.0.5.d 10.13.0.6 10.13.0.7 last_reserved_ip.0 lock x10.13.0.8'
rm $dir/last_reserved_ip.0
for text in 10.13.0.14 10.14.0.1 fd00::1 nonsense 10.13.0.1 '10.13.0.9 '; do
    printf '%s' "$text" >$dir/last_reserved_ip.0
    expect "odd_last_$text" 0 '"10.13.0.(8|10)/28"' '' odd ADD
    odd DEL
done
exec 8<$dir/lock
flock -x 8
odd ADD >"$tmp/waiting" & waiting=$!
opened() { [ "$(readlink /proc/[0-9]*/fd/* 2>/dev/null | grep -c "^$dir/lock$")" -ge $1 ]; }
check odd_waits until_ok opened 3       # of them two are shells
free=10.13.0.11
[ "$(<$dir/last_reserved_ip.0)" = 10.13.0.10 ] || not_ok odd_next_is "$(<$dir/last_reserved_ip.0)"
echo taken >$dir/$free
flock -u 8
wait $waiting
check odd_locked grep -q '"10.13.0.12/28"' "$tmp/waiting"
odd DEL

exit $failed
