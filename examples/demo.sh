#!/bin/sh
# SPDX-License-Identifier: MIT
# Plugs real os-vif objects into the real kernel, in a network namespace of its own: a tap on a Linux
# bridge with an uplink, then a routed tap, a macvtap on a network card (a veth plays it), what there is
# of a card with virtual functions, then, where Open vSwitch is installed, a tap on a bridge of a switch of
# the demo's own. Looks at the host before, between and after; any surprise ends it with a
# status that is not 0. "make demo" builds vifctl and runs this.
set -u
VIFCTL=${VIFCTL:-build/vifctl}
vifs=$(dirname "$0")/vifs

if [ ! -x "$VIFCTL" ]; then
    echo "demo: there is no $VIFCTL: run \"make vifctl\" first" >&2
    exit 1
fi
case $VIFCTL in */*) VIFCTL=$(cd "$(dirname "$VIFCTL")" && pwd)/$(basename "$VIFCTL") ;; esac

# ---- a namespace: as root, or as anybody where the kernel lets users have them ----

if [ "${1:-}" != inside ]; then
    if [ "$(id -u)" = 0 ] && unshare -nm true 2>/dev/null; then flags=-nm
    elif unshare -Urnm true 2>/dev/null; then flags=-Urnm
    else
        echo "demo: no network namespace may be made here. Either run it as root:" >&2
        echo "    sudo make demo" >&2
        echo "or, until the next boot, let users make namespaces:" >&2
        for setting in kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000 \
            user.max_net_namespaces=10000 kernel.apparmor_restrict_unprivileged_userns=0; do
            now=$(cat "/proc/sys/$(echo "${setting%=*}" | tr . /)" 2>/dev/null)
            case $setting=$now in *.max_*=0 | *clone=1=0 | *userns=0=1)
                echo "    sudo sysctl $setting" >&2 ;;
            esac
        done
        exit 1
    fi
    if ! [ -r /dev/net/tun ] || ! [ -w /dev/net/tun ]; then
        echo "demo: taps need /dev/net/tun, which is missing or closed to this user:" >&2
        echo "    sudo modprobe tun; sudo chmod 666 /dev/net/tun" >&2
        exit 1
    fi
    export VIFCTL
    exec unshare "$flags" sh "$0" inside
fi

# ---- helpers ----

say() { printf '\n\033[1m# %s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n# %s\n' "$*"; }
fail() { printf '\ndemo: NOT AS SAID: %s\n' "$*" >&2; exit 1; }

# Shows the command as a reader would type it, runs it, and checks its exit status.
run()
{
    want=$1
    shift
    printf '$ vifctl'
    for word; do printf ' %s' "$word"; done
    printf '\n'
    "$VIFCTL" "$@"
    got=$?
    [ $got = "$want" ] || fail "exit status $got, not $want"
}

# Plugs twice, checks, unplugs twice. $@: options and file
life()
{
    say "What would it take? (plan: nothing is changed)"
    run 0 plan "$@"
    "$VIFCTL" show --json >"$dir/planned"
    cmp -s "$dir/before" "$dir/planned" || fail "plan changed the host"

    say "Plug it"
    run 0 plug "$@"
    run 0 show $remote

    say "Is it as the object says? And plugging once more?"
    run 0 check "$@"
    run 0 plug "$@" | tee "$dir/again"
    grep -qx 'nothing to do' "$dir/again" || fail "the second plug did something"

    say "Unplug it, twice"
    run 0 unplug "$@"
    run 0 unplug "$@" | tee "$dir/again"
    grep -qx 'nothing to do' "$dir/again" || fail "the second unplug did something"
    run 0 show $remote
    "$VIFCTL" show --json $remote >"$dir/after"
    if grep -q dc065497-3c8d "$dir/after"; then fail "something of the VIF is left"; fi
}

dir=$(mktemp -d) || exit 1
remote=
stop()
{
    for pid in "$dir"/*.pid; do
        if [ -e "$pid" ]; then kill "$(cat "$pid")" 2>/dev/null; fi
    done
    rm -rf "$dir"
}
trap stop EXIT
trap 'exit 1' INT TERM
look() { "$VIFCTL" show --json >"$dir/before"; }

# ---- 1: a bridge ----

say "A host with an uplink, eth1, that has an address and the default route"
if command -v ip >/dev/null; then
    if ! { ip link add eth1 type veth peer name wire && ip link set wire up &&
        ip link set eth1 up && ip address add 203.0.113.7/24 dev eth1 &&
        ip route add default via 203.0.113.1; }; then fail "ip could not make the uplink"; fi
    ip -br address show dev eth1
else
    echo "(no iproute2 here to make one: the bridge stays without an uplink)"
fi
run 0 show
look
life -i "$vifs/instance.json" -c create_tap=true "$vifs/linux_bridge.json"
"$VIFCTL" show --json | grep -q '"brq1b2c3d4e-5f"' || fail "the bridge is gone"
echo "(the bridge and its uplink are shared: they stay for the network's next VIF, as in os-vif)"

say "The VIF comes back and goes again: is all as it was without it?"
look
run 0 plug -c create_tap=true "$vifs/linux_bridge.json"
run 0 unplug -c create_tap=true "$vifs/linux_bridge.json"
"$VIFCTL" show --json | cmp -s "$dir/before" - || fail "the host is not as before"
echo "yes: what vifctl show says is the same to the byte"

# ---- 2: a routed tap ----

say "A routed tap (the Calico way): ARP and NDP answered by the host, a route to the VIF's address"
echo 1 >/proc/sys/net/ipv4/ip_forward || fail "this namespace may not forward"
life "$vifs/generic_tap.json"
"$VIFCTL" show --json | cmp -s "$dir/before" - || fail "the host is not as before"
echo "yes: what vifctl show says is the same to the byte"

# ---- 3: a network card ----

# A sysfs of the demo's own, until it is unmounted: at that PCI address is the device nic0.
card=/sys/bus/pci/devices/0000:03:00.2/net/nic0
if ip link add nic0 up type veth peer name far 2>/dev/null &&
    ip link add link nic0 name trial type macvtap 2>/dev/null && ip link delete trial &&
    mount -t tmpfs none /sys 2>/dev/null && mkdir -p "$card"; then
    say "A macvtap on the network card at the VIF's PCI address (here a veth, nic0)"
    look
    life -c direct_queues=0 "$vifs/direct.json"
    "$VIFCTL" show --json | cmp -s "$dir/before" - || fail "the host is not as before"
    umount /sys
    ip link delete nic0
else
    say "(No macvtap in this kernel: its part of the demo is left out)"
fi

if [ -w /sys/bus/netdevsim/new_device ] && echo 77 1 >/sys/bus/netdevsim/new_device; then
    say "A card with two virtual functions, each with its MAC: netdevsim plays it"
    echo 2 >/sys/bus/netdevsim/devices/netdevsim77/sriov_numvfs
    run 0 show | tee "$dir/card"
    grep -q 'function 1' "$dir/card" || fail "the functions are not shown"
    echo 77 >/sys/bus/netdevsim/del_device
fi

# ---- 4: Open vSwitch ----

# A server and a switch of the demo's own, the switch in user space: no kernel module is needed.
start_ovs()
{
    schema=/usr/share/openvswitch/vswitch.ovsschema
    command -v ovsdb-server >/dev/null && command -v ovs-vswitchd >/dev/null && [ -e $schema ] &&
        ovsdb-tool create "$dir/conf.db" $schema || return 1
    export OVS_RUNDIR="$dir" OVS_LOGDIR="$dir" OVS_DBDIR="$dir"
    echo '{"op":"insert","table":"Open_vSwitch","row":{}}' >"$dir/init"
    ovsdb-server "$dir/conf.db" --remote="punix:$dir/db.sock" --unixctl="$dir/server.ctl" \
        --pidfile="$dir/server.pid" --log-file="$dir/server.log" --detach 2>/dev/null &&
        "$VIFCTL" ovs --ovsdb "unix:$dir/db.sock" transact "$dir/init" >/dev/null &&
        ovs-vswitchd "unix:$dir/db.sock" --unixctl="$dir/switch.ctl" --pidfile="$dir/switch.pid" \
            --log-file="$dir/switch.log" --detach 2>/dev/null
}

if start_ovs; then
    say "A tap on a bridge of Open vSwitch: one transaction, then the switch's own word"
    remote="--ovsdb unix:$dir/db.sock"
    look
    life $remote -i "$vifs/instance.json" "$vifs/ovs.json"
    "$VIFCTL" show --json | grep -q dc065497-3c8d && fail "the tap is left"
    "$VIFCTL" ovs $remote select Port name | grep -q tapdc065497 && fail "the port is left"
    echo "yes: its port and its tap are gone; the bridge is the network's, and stays"
else
    say "(Open vSwitch is not installed: its part of the demo is left out)"
fi

printf '\ndemo: all as said\n'
