#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/cni.c, static, against the stock bridge plugin of CNI, each in a container's namespace of
# its own: tests/bench/cni.c says what is measured. Addresses are of type host-local: the stock
# plugin starts another for them, this one does without, but for the row "exec", where it is told to
# start the stock one, too. In the row "pool" it has them from the library, with masquerade.
# Then 100 containers: a hundred DELs of each, and one GC for all that have gone.
set -u
BUILD=${BUILD:-build} ROUNDS=${ROUNDS:-41} stock=${CNI_STOCK:-/usr/lib/cni}
if [ "${1:-}" != inside ]; then
    [ -x "$stock/bridge" ] || { echo "cni: needs containernetworking-plugins"; exit 0; }
    unshare -Urnm true 2>/dev/null || { echo "cni: no user namespaces"; exit 0; }
    rm -rf "$BUILD/bench/plugin" && mkdir -p "$BUILD/bench/plugin"
    cc=gcc
    command -v musl-gcc >/dev/null && cc=musl-gcc
    $cc -std=c99 -Os -static -s -I. -idirafter /usr/include \
        -idirafter "/usr/include/$(uname -m)-linux-gnu" examples/cni.c \
        -o "$BUILD/bench/plugin/vif" || exit 1
    exec unshare -Urnm bash "$0" inside
fi
measure=$(realpath "$BUILD/bench/cni") vif=$(realpath "$BUILD/bench/plugin/vif")
dir=$(mktemp -d)
mount -t tmpfs cni "$dir" && mount -t tmpfs cni /run && cd "$dir" || exit 1
ip link set lo up
export CNI_PATH=$stock

# conf PLUGIN KIND: into a file
conf()
{
    local ipam='"ipam":{"type":"host-local","subnet":"10.22.0.0/16","dataDir":"'$dir/$1'"' more=''
    case $2 in
    none) ipam='"ipam":{' ;;
    masq) more=',"isGateway":true,"ipMasq":true' ;;
    gateway) more=',"isGateway":true' ;;
    exec) more=',"isGateway":true' && [ "$1" = vif ] && ipam+=',"exec":true' ;;
    pool)
        more=',"isGateway":true,"ipMasq":true'
        [ "$1" = vif ] && ipam='"pool":"10.23.0.1/16","ipam":{' more=',"ipMasq":true' ;;
    esac
    echo '{"cniVersion":"1.0.0","name":"'$1'","type":"'$1'","bridge":"'$1-$2'",'"$ipam}$more}" \
        >"$1.conf"
    [ "$2" != none ] || { ip link add "$1-none" type bridge && ip link set "$1-none" up; }
}

echo
echo "CNI: whole processes, from posix_spawn to the end of waitpid, in us; medians of $ROUNDS" \
    "pairs; load $(cut -d' ' -f1 /proc/loadavg)"
echo "the stock bridge plugin, with the host-local that it starts; this one; ratio"
for kind in none gateway masq pool exec; do
    conf bridge $kind
    conf vif $kind
    "$measure" pairs "$ROUNDS" $kind "$stock/bridge" bridge.conf "$vif" vif.conf
    umount [0-9]*
done

left=0
# hundred PLUGIN CONF...: microseconds, into us
hundred()
{
    us=$("$measure" hundred "$@")
    left=$((left + $(ip -o link show type veth | wc -l)))
    umount [0-9]*
}
ip link del bridge-none
ip link del vif-none
conf bridge none
conf vif none
sed 's/1.0.0/1.1.0/; s|}$|,"cni.dev/valid-attachments":[]}|' vif.conf >gc.conf
hundred "$stock/bridge" bridge.conf; stock_us=$us
hundred "$vif" vif.conf; single_us=$us
hundred "$vif" vif.conf gc.conf; gc_us=$us
awk -v a="$stock_us" -v b="$single_us" -v c="$gc_us" -v left="$left" 'BEGIN {
    printf "NICs of 100 containers, us: 100 DELs of the stock plugin %d, of this one %d   %.1f;",
        a, b, a / b
    printf " one GC %d   %.1f; left %d\n", c, a / c, left}'
