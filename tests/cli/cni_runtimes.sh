#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/cni.c as the network of real runtimes: podman, containerd's ctr, and libcni's own calls
# where Go and its sources are there. Two containers of a static busybox ping each other, speak TCP,
# and publish a port; afterwards nothing of them is left. Needs to be root: a container's first
# process mounts what only root may.
. tests/cli/lib
if [ "$(id -u)" != 0 ] || ! unshare -nm true 2>/dev/null; then
    echo "skip cni_runtimes: needs root"
    exit 0
fi
[ "${1:-}" = inside ] || { rm -rf "$tmp"; exec unshare -nm bash "$0" inside; }
have busybox containers || exit 0

# What is global of the runtimes is seen in here only.
for dir in /etc/cni /opt/cni /var/lib/cni; do
    mkdir -p $dir && mount -t tmpfs cni $dir || exit 1
done
mkdir -p /etc/cni/net.d /opt/cni/bin "$tmp"/{etc,rootfs/{bin,etc,proc,sys,dev,tmp,run}}
${CC:-gcc} -O0 -std=c99 -I. examples/cni.c -o /opt/cni/bin/vif || {
    not_ok cni_builds
    exit 1
}
cp "$(command -v busybox)" "$tmp/rootfs/bin/busybox"
for name in sh nc ip ping sleep true grep; do ln -s busybox "$tmp/rootfs/bin/$name"; done
echo root:x:0:0:root:/:/bin/sh >"$tmp/rootfs/etc/passwd"
ip link set lo up
cat >/etc/cni/net.d/net.conflist <<CONF
{"cniVersion": "1.0.0", "name": "net", "plugins": [{"type": "vif", "bridge": "cni0",
 "isGateway": true, "ipMasq": true, "macspoofchk": true,
 "ipam": {"type": "host-local", "subnet": "10.78.0.0/24", "dataDir": "$tmp/ipam",
 "routes": [{"dst": "0.0.0.0/0"}]},
 "capabilities": {"portMappings": true, "mac": true}}]}
CONF
serve='while :; do echo hello | /bin/nc -l -p 80; done'
# Links, addresses and chains of containers.
left()
{
    echo "$(ip -o link | grep -c ': vif')" "$(ls "$tmp/ipam/net" | grep -c '^10')" \
        "$(nft list ruleset | grep -c 'chain [a-z]*-vif')"
}
nothing_left() { [ "$(left)" = '0 0 0' ]; }
quiet() { "$@" >/dev/null; }
# until_ok COMMAND...: it succeeds, within 5 s
until_ok() { for i in {1..100}; do "$@" >/dev/null 2>&1 && return; sleep 0.05; done; return 1; }

# ---- podman: VERSION, ADD, DEL; ports
podman=''
p() { podman --conmon /usr/bin/conmon "$@"; }
if have podman podman && have runc podman; then
    cat >"$tmp/etc/containers.conf" <<CONF
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
tmp_dir = "$tmp/podman"
volume_path = "$tmp/volumes"
[network]
network_backend = "cni"
cni_plugin_dirs = ["/opt/cni/bin"]
network_config_dir = "/etc/cni/net.d"
default_network = "net"
[containers]
pids_limit = 0
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
CONF
    cat >"$tmp/etc/storage.conf" <<CONF
[storage]
driver = "vfs"
runroot = "$tmp/run"
graphroot = "$tmp/graph"
CONF
    export CONTAINERS_CONF="$tmp/etc/containers.conf"
    export CONTAINERS_STORAGE_CONF="$tmp/etc/storage.conf"
    if p run --rm --network none --rootfs "$tmp/rootfs" true >"$tmp/log" 2>&1; then podman=1
    else echo "skip podman: runs no container here: $(tail -n 1 "$tmp/log" | head -c 200)"; fi
fi
if [ "$podman" ]; then
    p run -d --name one -p 8080:80 --rootfs "$tmp/rootfs" sh -c "$serve" >"$tmp/log" 2>&1 &&
        p run -d --name two --rootfs "$tmp/rootfs" sleep 100 >>"$tmp/log" 2>&1
    check podman_run test $? = 0
    one=$(p inspect one --format '{{.NetworkSettings.Networks.net.IPAddress}}')
    check podman_address grep -q "inet $one/24" <(p exec one ip addr show eth0)
    check podman_ping quiet p exec two ping -c1 -W5 "$one"
    check podman_tcp until_ok p exec two sh -c "nc $one 80 </dev/null | grep hello"
    check podman_port until_ok sh -c 'busybox nc 10.78.0.1 8080 </dev/null | grep hello'
    # A second network, of which the first one's default route is not afraid; and a MAC.
    sed 's/"net"/"more"/; s/cni0/cni1/; s/10.78/10.79/' /etc/cni/net.d/net.conflist \
        >/etc/cni/net.d/more.conflist
    check podman_connect quiet p network connect more two
    check podman_eth1 grep -q 'inet 10.79.0.2/24' <(p exec two ip addr show eth1)
    check podman_routes test "$(p exec two ip route | sed -n 's/^default via \([0-9.]*\) .*/\1/p' |
        xargs)" = '10.78.0.1 10.79.0.1'
    check podman_disconnect quiet p network disconnect more two
    check podman_no_eth1 sh -c '! podman --conmon /usr/bin/conmon exec two ip link show eth1 2>&1 |
        grep -q eth1:'
    check podman_reload quiet p network reload two
    check podman_ping_again quiet p exec two ping -c1 -W5 "$one"
    check podman_mac grep -q 'link/ether 0a:00:00:00:00:09' <(p run --rm \
        --mac-address 0a:00:00:00:00:09 --rootfs "$tmp/rootfs" ip link show eth0)
    check podman_rm quiet p rm -f -t 0 one two
    rm /etc/cni/net.d/more.conflist     # ctr would take any
    check podman_left until_ok nothing_left     # of "run --rm" it tidies up behind us
fi

# ---- containerd: its DEL comes when the namespace has gone, and names none
if have containerd ctr && have ctr ctr && have runc ctr; then
    cat >"$tmp/etc/containerd.toml" <<CONF
version = 2
root = "$tmp/root"
state = "$tmp/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "$tmp/socket"
CONF
    containerd -c "$tmp/etc/containerd.toml" >"$tmp/containerd.log" 2>&1 </dev/null &
    daemon=$!
    c() { ctr -a "$tmp/socket" "$@"; }
    until_ok c version
    c run --cni --rm --rootfs "$tmp/rootfs" one /bin/sh -c "$serve" >"$tmp/log" 2>&1 &
    first=$!
    if until_ok sh -c 'nft list ruleset | grep only-vif'; then
        one=$(ls "$tmp/ipam/net" | grep '^10')
        c run --cni --rm --rootfs "$tmp/rootfs" two /bin/sh -c '/bin/ping -c1 -W5 10.78.0.1
            for i in 1 2 3 4 5 6 7 8; do
                /bin/busybox timeout 1 /bin/nc '"$one"' 80 </dev/null && break
                /bin/sleep 0.5
            done' >"$tmp/out" 2>&1
        check ctr_ping grep -q ' 0% packet loss' "$tmp/out"
        check ctr_tcp grep -qx hello "$tmp/out"
        c task kill -s 9 one
        wait $first
        check ctr_left until_ok sh -c "! ip -o link | grep ': vif'"
        check ctr_all test "$(left)" = '0 0 0'
    else
        echo "skip ctr: runs no container here: $(tail -n 1 "$tmp/log" | head -c 200)"
    fi
    kill $daemon
    wait $daemon
fi

# ---- libcni itself, which is the one that calls CHECK
sources=/usr/share/gocode/src/github.com/containernetworking/cni/libcni
if have go libcni && [ -d $sources ]; then
    mkdir "$tmp/go" && cp tests/cli/cni_runtimes.go "$tmp/go/main.go"
    export GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$tmp/cache"
    if (cd "$tmp/go" && go build -o libcni .); then
        ip netns add cni$$
        call() { CNI_CACHE="$tmp/results" "$tmp/go/libcni" "$1" net /run/netns/cni$$; }
        check libcni_add quiet call add
        check libcni_check call check
        nsenter --net=/run/netns/cni$$ ip addr flush dev eth0
        call check >"$tmp/out" 2>&1
        check libcni_check_differs grep -q 'address eth0 .*wanted yes, found no' "$tmp/out"
        check libcni_del call del
        check libcni_del_again call del
        ip netns del cni$$
        check libcni_del_gone call del
        check libcni_left test "$(left)" = '0 0 0'
    else
        not_ok libcni_builds
    fi
fi
umount "$tmp"/graph/vfs "$tmp"/graph 2>/dev/null
exit $failed
