#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/ovsdb_tls.c against a real ovsdb-server that speaks TLS, with certificates of its own CA and
# of another one: the server takes a client's certificate only from its CA, and the
# client the server's only from its own.
set -u
schema=/usr/share/openvswitch/vswitch.ovsschema
for tool in openssl ovsdb-tool ovsdb-server; do
    command -v $tool >/dev/null || { echo "skip tls: no $tool"; exit; }
done
[ -f $schema ] || { echo "skip tls: no schema of Open vSwitch"; exit; }
dir=$(mktemp -d /tmp/vif-tls-XXXXXX)
server=
cleanup()
{
    if [ "$server" ]; then kill "$server"; wait "$server"; fi 2>/dev/null
    rm -rf "$dir"
}
trap cleanup EXIT
report()
{
    if [ "$2" = 0 ]; then echo "ok $1"; else echo "not ok $1"; sed 's/^/# /' "$dir/said" "$dir/log"; fi
}

# shellcheck disable=SC2086
${CC:-cc} -std=c99 -Wall -Wextra -I. examples/ovsdb_tls.c -o "$dir/example" -lssl -lcrypto 2>"$dir/said" ||
    { echo "skip tls: cannot link libssl"; exit; }

# ca NAME; signed NAME CA: a key and a certificate, good for a day
ca()
{
    openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj "/CN=$1" -keyout "$dir/$1.key" \
        -out "$dir/$1.pem" 2>>"$dir/log"
}
signed()
{
    openssl req -newkey rsa:2048 -nodes -subj "/CN=$1" -keyout "$dir/$1.key" -out "$dir/$1.req" 2>>"$dir/log"
    openssl x509 -req -days 1 -in "$dir/$1.req" -CA "$dir/$2.pem" -CAkey "$dir/$2.key" -CAcreateserial \
        -out "$dir/$1.pem" 2>>"$dir/log"
}
ca ours
ca others
signed server ours
signed client ours
signed stranger others

export OVS_RUNDIR=$dir OVS_LOGDIR=$dir OVS_DBDIR=$dir OVS_SYSCONFDIR=$dir
ovsdb-tool create "$dir/db" $schema 2>>"$dir/log"
port=
for try in 1 2 3 4 5; do
    port=$((20000 + (RANDOM + try) % 20000))
    ovsdb-server "$dir/db" --remote=pssl:$port:127.0.0.1 --remote="punix:$dir/sock" --no-chdir \
        --unixctl="$dir/ctl" --private-key="$dir/server.key" --certificate="$dir/server.pem" \
        --ca-cert="$dir/ours.pem" -vconsole:warn >>"$dir/log" 2>&1 </dev/null &
    server=$!
    for _ in $(seq 100); do [ -S "$dir/sock" ] && break; sleep 0.05; done
    openssl s_client -connect 127.0.0.1:$port </dev/null >/dev/null 2>&1
    grep -q "listen failed\|Address already in use" "$dir/log" || break
    kill $server
    wait $server
done 2>/dev/null
ovs-vsctl --db="unix:$dir/sock" --no-wait init -- add-br br-tls -- add-br br-two >>"$dir/log" 2>&1

run()
{
    timeout 20 "$dir/example" "$@" >"$dir/said" 2>&1
}
run 127.0.0.1:$port "$dir/client.key" "$dir/client.pem" "$dir/ours.pem"
report "a transaction over TLS" $?
[ "$(sort "$dir/said" | tr '\n' ' ')" = "br-tls br-two " ]
report "the bridges that are there" $?
run 127.0.0.1:$port "$dir/stranger.key" "$dir/stranger.pem" "$dir/ours.pem"
[ $? = 1 ] && [ -s "$dir/said" ] && ! grep -q br- "$dir/said"
report "the server refuses a certificate of another CA" $?
run 127.0.0.1:$port "$dir/client.key" "$dir/client.pem" "$dir/others.pem"
report "the client refuses a server of another CA" $(( $? != 1 ))
grep -qi "certificate verify failed" "$dir/said"
report "and says why" $?
run 127.0.0.1:$port "$dir/stranger.key" "$dir/client.pem" "$dir/ours.pem"
report "a key that is not the certificate's" $(( $? != 1 ))
run 127.0.0.1:$port "$dir/client.key" "$dir/client.pem" "$dir/ours.pem"
report "and the right ones still work" $?
