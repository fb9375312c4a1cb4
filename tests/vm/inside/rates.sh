#!/bin/bash
# SPDX-License-Identifier: MIT
# Rates of ports with the datapath of Open vSwitch that is the kernel's, where what a guest sends is
# policed, too; and of a Linux bridge: how much TCP there is between two guests.
. tests/cli/lib
vifs=tests/fixtures/vifs
if [ "${1:-}" != inside ]; then
    modprobe -a openvswitch sch_tbf sch_htb sch_ingress cls_basic act_police bridge veth tun
    rm -rf "$tmp"
    exec unshare -nm bash "$0" inside
fi
mount -t sysfs none /sys
ip link set lo up
pods=()
for n in 1 2; do
    unshare -n sleep 600 &
    pods[n]=$!
done
sleep 0.5
trap 'kill ${pods[*]}; rm -rf "$tmp"' EXIT
inside() { nsenter -n -t "${pods[$1]}" "${@:2}"; }
. tests/vm/switch
trap 'kill ${pods[*]} $(cat "$tmp"/*.pid); rm -rf "$tmp"' EXIT

# do_vif VERB NUMBER OPTION...: of a guest, 192.0.2.1NUMBER
do_vif()
{
    sed "s/dc065497/dc06549$2/g; s/22:52:25:62:e2:aa/22:52:25:62:e2:a$2/
        s/192.0.2.17/192.0.2.1$2/; s/\"netdev\"/\"system\"/" "$vifs/$file.json" >"$tmp/vif$2.json"
    "$VIFCTL" $1 -c create_tap=true -c ovsdb_connection="unix:$tmp/db.sock" --netns ${pods[$2]} \
        "${@:3}" "$tmp/vif$2.json"
}
received() { inside 2 awk '/eth0:/ {sub(/.*:/, ""); print $1}' /proc/net/dev; }

hundredths() { local up; read -r up _ </proc/uptime; echo "${up/./}"; }

# flows: kilobytes a second from the first guest to the second, once a burst is over
flows()
{
    local sink source before since
    inside 2 busybox nc -l -p 80 -e busybox dd of=/dev/null 2>/dev/null &
    sink=$!
    sleep 0.3
    inside 1 busybox nc 192.0.2.12 80 </dev/zero >/dev/null 2>&1 &
    source=$!
    sleep 1
    before=$(received) since=$(hundredths)
    sleep 3
    echo $((($(received) - before) / (($(hundredths) - since) * 10)))
    kill $source $sink 2>/dev/null
    wait $source $sink 2>/dev/null
}
# between NAME LEAST MOST: that much flows, at the latest the sixth time, as others are at work here
between()
{
    local flow try
    for try in 1 2 3 4 5 6; do
        flow=$(flows)
        echo "# $1: $flow kB/s of $2 to $3"
        [ "$flow" -lt "$2" ] || [ "$flow" -gt "$3" ] || break
    done
    check "$1" test "$flow" -ge "$2" -a "$flow" -le "$3"
}

# rates NAME FILE: 3 Mbit/s are 375 kB/s; policed TCP gets less. An emulated machine beside
# other work passes no more than 900 kB/s at times.
rates()
{
    file=$2
    for n in 1 2; do expect $1_plug_$n 0 '^done$' '' do_vif plug $n; done
    between $1_without 800 100000000
    expect $1_in 0 '^done$' '' do_vif plug 2 -c port_rate_in_bps=3000000
    expect $1_in_check 0 '^as wanted$' '' do_vif check 2 -c port_rate_in_bps=3000000
    between $1_in_bound 180 435
    expect $1_in_more 0 '^done$' '' do_vif plug 2 -c port_rate_in_bps=6000000
    between $1_in_more_bound 375 870
    expect $1_out 0 '^done$' '' do_vif plug 1 -c port_rate_out_bps=2000000
    expect $1_out_check 0 '^as wanted$' '' do_vif check 1 -c port_rate_out_bps=2000000
    between $1_out_bound 25 600
    for n in 1 2; do expect $1_unplug_$n 0 '^done$' '' do_vif unplug $n; done
    check $1_no_links test "$(ip -o link | grep -c tapdc)" = 0
}
rates ovs ovs_create_tap
rates bridge linux_bridge
check no_rows test -z "$(vsctl list QoS; vsctl list Queue)"
exit $failed
