#!/bin/bash
# SPDX-License-Identifier: MIT
# Port profiles of 802.1Qbg with real daemons: lldpad as a station here, another one as the bridge at the
# far end of a veth. The VIF is associated, announced before, let go of; and without the far end, or
# without EVB, refused in words. Each daemon has its shared memory in an IPC namespace of its own.
if [ "${INSIDE:-}" = '' ]; then
    for tool in lldpad ip unshare; do
        command -v $tool >/dev/null || { echo "skip all: needs $tool"; exit 0; }
    done
    [ "$(id -u)" = 0 ] || { echo 'skip all: lldpad wants to be root'; exit 0; }
    VIFCTL=$(realpath "${VIFCTL:?}")
    export VIFCTL
    INSIDE=1 exec unshare -nmi --kill-child -pf bash "$0"
fi
set -u
id=dc065497-3c8d-4f44-8fb4-e1d33c16a536 failed=0
mount -t proc proc /proc
mount -t tmpfs run /run && mount -t tmpfs lib /var/lib && mkdir -p /var/lib/lldpad /run/netns /run/vif
mount -t sysfs sys /sys && mount -t tmpfs pci /sys/bus/pci/devices &&
    mkdir -p /sys/bus/pci/devices/0000:03:00.0/net/eth1 || { echo 'skip all: no sysfs of its own'; exit 0; }
ip netns add far
ip link set lo up
ip link add eth1 address 52:54:00:aa:00:01 type veth peer name sw1 netns far
ip link set eth1 up
ip -n far link set lo up
ip -n far link set sw1 up
ip link add link eth1 name probe type macvtap mode vepa && ip link del probe || { echo 'skip all: no macvtap'; exit 0; }

# config PORT ROLE: what lldpad is told of a port; no role: no EVB
config()
{
    local evb='' capable=false
    [ "$2" != bridge ] || capable=true
    [ -z "$2" ] || evb="tlvid0080c20d : { enableTx = true; evbmode = \"$2\"; evbrrcap = $capable; evbrrreq = true;
        evbgpid = false; ecpretries = 3; ecprte = 14; vdprwd = 20; vdprka = 20; };"
    echo "dcbx : { version = \"1.0\"; dcbx_version = 2; };
        nearest_customer_bridge : { $1 : { adminStatus = 3; $evb }; };"
}

station() { config eth1 "$1" >/run/station.conf; lldpad -f /run/station.conf >/run/station.log 2>&1 & station=$!; }
far()
{
    config sw1 bridge >/run/far.conf
    ip netns exec far unshare -i bash -c 'lldpad -s; exec lldpad -p -f /run/far.conf' >/run/far.log 2>&1 &
    far=$!
}
ends() { kill "$@" 2>/dev/null; wait "$@" 2>/dev/null; }

vif()
{
    cat <<END
{"versioned_object.name": "VIFDirect", "versioned_object.namespace": "os_vif", "versioned_object.version": "1.0",
 "versioned_object.data": {"id": "$id", "vif_name": "qbg0", "dev_address": "0000:03:00.0", "mode": "vepa",
  "address": "22:52:25:62:e2:aa", "plugin": "direct", "port_profile":
  {"versioned_object.name": "VIFPortProfile8021Qbg", "versioned_object.namespace": "os_vif",
   "versioned_object.version": "1.1",
   "versioned_object.data": {"manager_id": 11, "type_id": 1193047, "type_id_version": 2}}}}
END
}
vif >/run/vif.json

# ctl VERB KEY=VALUE...: exit status; what it says is in /run/said
ctl()
{
    local verb=$1 options=()
    shift
    for o; do options+=(-c "$o"); done
    "$VIFCTL" "$verb" "${options[@]}" /run/vif.json >/run/said 2>&1
}
# is NAME WANTED COMMAND...: its exit status
is()
{
    local name=$1 wanted=$2 status
    shift 2
    "$@"
    status=$?
    if [ $status = "$wanted" ]; then
        echo "ok $name"
    else
        echo "not ok $name"
        echo "# exit status $status"
        sed 's/^/# /' /run/said
        failed=1
    fi
}
says() { grep -q "$1" /run/said; }
bare() { ! ip link show qbg0 >/dev/null 2>&1; }

# Until both have told each other what they are: each news of that drops what was associated before.
# On a busy machine two of them may never come to it, and are started anew.
meet()
{
    for _ in 1 2 3 4; do
        station station
        far
        for _ in $(seq 60); do
            ctl plug && sleep 1 && ctl check && return
            sleep 0.2
        done
        ends "$station" "$far"
        lldpad -s >/dev/null 2>&1
        rm -f /run/lldpad.pid
    done
}
meet
ctl unplug
is associates 0 ctl plug
is associated 0 says 'applied: profile eth1 (own) of=qbg0 manager=11 type=1193047 version=2'
is associated-already 0 ctl plug
is nothing-to-do 0 says 'nothing to do'
is checked 0 ctl check
is let-go 0 ctl unplug
is let-go-said 0 says 'removed: profile eth1'
is let-go-bare 0 bare
is let-go-already 0 ctl unplug
is let-go-nothing 0 says 'nothing to do'
is announced 0 ctl plug direct_down=true
is announced-already 0 ctl plug direct_down=true
is announced-nothing 0 says 'nothing to do'
is come 0 ctl plug
is come-said 0 says 'applied: profile'
is come-let-go 0 ctl unplug

ends $far
is far-end-dead 1 ctl plug profile_timeout_ms=500
is far-end-dead-bare 0 bare
ends $station
is daemon-dead 1 ctl plug
is daemon-dead-said 0 says 'no lldpad runs'
rm -f /run/lldpad.pid
lldpad -s >/dev/null 2>&1
station ''
for _ in $(seq 50); do
    [ -s /run/lldpad.pid ] && break
    sleep 0.1
done
sleep 1
is no-evb 1 ctl plug profile_timeout_ms=2000
is no-evb-said 0 says 'lldpad has no EVB, or no VDP'
is no-evb-bare 0 bare
ends $station
exit $failed
