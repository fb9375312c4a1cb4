#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/cni.c, static, against the stock bridge plugin of CNI: whole processes, by turns, each
# pair of calls in a container's namespace of its own. IPAM is the stock host-local for both, a
# process that each of them starts; but for the row "pool", where this one has addresses without.
# Then 100 containers: a hundred DELs of each, and one GC for all that have gone.
set -u
BUILD=${BUILD:-build} ROUNDS=${ROUNDS:-41} stock=${CNI_STOCK:-/usr/lib/cni}
if [ "${1:-}" != inside ]; then
    [ -x "$stock/bridge" ] || { echo "cni: needs containernetworking-plugins"; exit 0; }
    unshare -Urnm true 2>/dev/null || { echo "cni: no user namespaces"; exit 0; }
    mkdir -p "$BUILD/bench/cni"
    cc=gcc
    command -v musl-gcc >/dev/null && cc=musl-gcc
    $cc -std=c99 -Os -static -s -I. -idirafter /usr/include \
        -idirafter "/usr/include/$(uname -m)-linux-gnu" examples/cni.c \
        -o "$BUILD/bench/cni/vif" || exit 1
    exec unshare -Urnm bash "$0" inside
fi
dir=$(mktemp -d) bin=$BUILD/bench/cni
mount -t tmpfs cni "$dir" && mount -t tmpfs cni /run || exit 1
trap 'kill $(jobs -p) 2>/dev/null' EXIT
ip link set lo up

# conf PLUGIN KIND: into $dir
conf()
{
    local ipam='"ipam":{"type":"host-local","subnet":"10.22.0.0/16","dataDir":"'$dir/$1'"' more=''
    case $2 in
    none) ipam='"ipam":{' ;;
    gateway) more=',"isGateway":true' ;;
    masq) more=',"isGateway":true,"ipMasq":true' ;;
    pool)
        more=',"isGateway":true,"ipMasq":true'
        [ "$1" = vif ] && ipam='"pool":"10.23.0.1/16","ipam":{' more=',"ipMasq":true' ;;
    esac
    echo '{"cniVersion":"1.0.0","name":"'$1'","type":"'$1'","bridge":"'$1-$2'",'"$ipam}$more}" \
        >"$dir/$1.conf"
}

# call PLUGIN VERB ID PID: microseconds are added to the file PLUGIN.VERB
call()
{
    local from to program=$stock/$1
    [ "$1" = vif ] && program=$bin/vif
    export CNI_COMMAND=$2 CNI_CONTAINERID=$3 CNI_NETNS=/proc/$4/ns/net CNI_IFNAME=$1 CNI_PATH=$stock
    from=${EPOCHREALTIME/[.,]/}
    "$program" <"$dir/$1.conf" >"$dir/out" || { echo "$1 $2 failed:" >&2; cat "$dir/out" >&2; }
    to=${EPOCHREALTIME/[.,]/}
    echo $((to - from)) >>"$dir/$1.$2"
}
median() { sort -n "$1" | awk '{t[NR] = $1} END {print t[int((NR + 1) / 2)]}'; }

# Containers: namespaces, in pids[].
containers()
{
    local i
    pids=()
    for ((i = 0; i < $1; i++)); do
        unshare -n sleep 1000 &
        pids+=($!)
    done
    sleep 1
}
gone() { kill "${pids[@]}"; wait "${pids[@]}" 2>/dev/null; }

echo
echo "CNI, whole processes, us (median of $ROUNDS pairs): the stock bridge plugin, this one, ratio"
for kind in none gateway masq pool; do
    rm -f "$dir"/*.ADD "$dir"/*.DEL
    for plugin in bridge vif; do
        conf $plugin $kind
        [ $kind = none ] && ip link add $plugin-none type bridge && ip link set $plugin-none up
    done
    containers "$ROUNDS"
    for ((i = 0; i < ROUNDS; i++)); do
        for verb in ADD DEL; do
            for plugin in bridge vif; do
                call $plugin $verb c$i "${pids[i]}"
            done
        done
    done
    gone
    for verb in ADD DEL; do
        awk -v k="$kind" -v v=$verb -v a="$(median "$dir/bridge.$verb")" \
            -v b="$(median "$dir/vif.$verb")" 'BEGIN {
                printf "%-12s %s %8d %8d   %.1f\n", k, v, a, b, a / b}'
    done
done

conf vif none
conf bridge none
# hundred PLUGIN [VERB]: of 100 containers, each with its NIC; microseconds that it takes to
# take all of them away, by a DEL each, or one GC
hundred()
{
    local i from to
    containers 100
    for ((i = 0; i < 100; i++)); do call "$1" ADD g$i "${pids[i]}"; done
    from=${EPOCHREALTIME/[.,]/}
    if [ "${2:-}" = GC ]; then
        sed -i 's/1.0.0/1.1.0/' "$dir/$1.conf"
        call "$1" GC '' "${pids[0]}"
    else
        for ((i = 0; i < 100; i++)); do call "$1" DEL g$i "${pids[i]}"; done
    fi
    to=${EPOCHREALTIME/[.,]/}
    left=$((left + $(ip -o link show master "$1-none" | wc -l)))
    us=$((to - from))
    gone
}
left=0
hundred bridge; stock_us=$us
hundred vif; single_us=$us
hundred vif GC; gc_us=$us
awk -v a="$stock_us" -v b="$single_us" -v c="$gc_us" -v left="$left" 'BEGIN {
    printf "NICs of 100 containers, us: 100 DELs of the stock plugin %d, of this one %d   %.1f;",
        a, b, a / b
    printf " one GC %d   %.1f; left %d\n", c, a / c, left}'
