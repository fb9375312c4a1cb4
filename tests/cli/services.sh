#!/bin/bash
# SPDX-License-Identifier: MIT
# NICs by examples/services.c: a client of DHCP (udhcpc) against a real server (dnsmasq), and
# members of ZeroTier networks against a small HTTP peer in the place of its service, which needs
# controllers on the Internet.
. tests/cli/lib

if ! unshare -Urn true 2>/dev/null; then
    echo "skip services: no user namespaces (unshare -Urn fails)"
    exit 0
fi
if [ "${1:-}" != inside ]; then
    exec unshare -Urnpmf --mount-proc --kill-child bash "$0" inside
fi
mount -t tmpfs tmpfs /run || exit 1
PATH=$PATH:/usr/sbin:/sbin
program=$tmp/services
$CC -std=c99 -w -I. examples/services.c -o "$program" || exit 1

unshare -n sleep 300 &
guest=$!
until [ "$(readlink /proc/$guest/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do sleep 0.05; done
inside() { nsenter -t $guest -n "$@"; }

# ---- DHCP ----

ip link set lo up
ip link add br0 type bridge && ip link set br0 up && ip addr add 10.9.0.1/24 dev br0
cat >"$tmp/script" <<'END'
#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add "$ip/$mask" dev "$interface" &&
    ip route add default via "$router" dev "$interface" metric 1000
END
chmod +x "$tmp/script"
export DHCP="udhcpc -q -n -t 5 -T 1 -f -s $tmp/script -i \$LINK 2>/dev/null"
echo '{"type": "bridge", "id": "br0", "name": "net0",
  "config": {"dhcp": true, "cidr": "10.9.9.9/24"}}' \
    >"$tmp/dhcp.json"
if command -v udhcpc >/dev/null && command -v dnsmasq >/dev/null; then
    DHCP='exit 3' expect dhcp_fails 1 '^taken back: veth cont17-0 ' \
        'services: service net0.*: E_SYSTEM: the client of DHCP ended with status 3' \
        "$program" plug 17 $guest "$tmp/dhcp.json"
    check dhcp_none_left test -z "$(ip link show | grep cont17)"
    dnsmasq -d --no-ping -p 0 --conf-file=/dev/null --interface=br0 --bind-interfaces \
        --leasefile-ro \
        --dhcp-range=10.9.0.50,10.9.0.59,255.255.255.0 --dhcp-option=3,10.9.0.1 2>"$tmp/dnsmasq" &
    server=$!
    sleep 0.5
    expect dhcp_plug 0 '^applied: service net0 in namespace 1 \(own\) for=dhcp' '' \
        "$program" plug 17 $guest "$tmp/dhcp.json"
    inside ip addr show dev net0 >"$tmp/out"
    check dhcp_address grep -q 'inet 10\.9\.0\.5[0-9]/24' "$tmp/out"
    check dhcp_ping inside ping -q -c1 -W5 10.9.0.1
    expect dhcp_again 0 '' '' "$program" plug 17 $guest "$tmp/dhcp.json"
    expect dhcp_check 0 '' '' "$program" check 17 $guest "$tmp/dhcp.json"
    inside ip addr flush dev net0
    expect dhcp_differs 3 '' 'services: : E_DIFFERENT: .*' \
        "$program" check 17 $guest "$tmp/dhcp.json"
    expect dhcp_unplug 0 '^removed: ' '' "$program" unplug 17 $guest "$tmp/dhcp.json"
    check dhcp_gone test -z "$(ip link show | grep cont17)"
    kill $server
else
    echo "skip services_dhcp: no udhcpc, or no dnsmasq"
fi

# ---- ZeroTier ----

inside ip link set lo up
cat >"$tmp/zerotier.py" <<'END'
import http.server, json
networks, asked = {}, {}
class Service(http.server.BaseHTTPRequestHandler):
    def answer(self):
        name = self.path.split('/')[-1]
        if self.headers['X-ZT1-Auth'] != 'secret':
            return self.say(401, {})
        if self.command == 'POST':
            networks[name] = 'REQUESTING_CONFIGURATION'
        if name not in networks:
            return self.say(404, {})
        if self.command == 'DELETE':
            del networks[name]
            return self.say(200, {'result': True})
        if self.command == 'GET':
            asked[name] = asked.get(name, 0) + 1
            if asked[name] > 2:
                networks[name] = 'ACCESS_DENIED' if name.startswith('f') else 'OK'
        self.say(200, {'id': name, 'status': networks[name]})
    do_GET = do_POST = do_DELETE = answer
    def say(self, status, body):
        text = json.dumps(body, separators=(',', ':')).encode()
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text)
    def log_message(self, *args): pass
http.server.HTTPServer(('127.0.0.1', 9993), Service).serve_forever()
END
zt() { echo "{\"type\": \"zerotier\", \"id\": \"$1\"}" >"$tmp/zt.json"; }
zt 8056c2e21c000001
expect zerotier_no_service 1 '^refused: service lo ' \
    'services: service lo.*8056c2e21c000001: E_SYSTEM: ZeroTier.s service can.t be reached' \
    "$program" plug 17 $guest "$tmp/zt.json"
expect zerotier_unplug_no_service 0 '' '' "$program" unplug 17 $guest "$tmp/zt.json"
inside python3 "$tmp/zerotier.py" &
until inside bash -c ': </dev/tcp/127.0.0.1/9993' 2>/dev/null; do sleep 0.05; done
expect zerotier_token 1 '^refused: service lo ' \
    'services: .*: ZeroTier.s service answers with 401' \
    "$program" plug 17 $guest "$tmp/zt.json"
export ZEROTIER_TOKEN=secret
expect zerotier_check_before 3 '' 'services: : E_DIFFERENT: .*' \
    "$program" check 17 $guest "$tmp/zt.json"
expect zerotier_join 0 '^applied: service lo in namespace 1 \(own\) for=8056c2e21c000001' '' \
    "$program" plug 17 $guest "$tmp/zt.json"
expect zerotier_again 0 '' '' "$program" plug 17 $guest "$tmp/zt.json"
expect zerotier_check 0 '' '' "$program" check 17 $guest "$tmp/zt.json"
expect zerotier_leave 0 '^removed: service lo ' '' "$program" unplug 17 $guest "$tmp/zt.json"
expect zerotier_left 0 '' '' "$program" unplug 17 $guest "$tmp/zt.json"
zt ffffc2e21c000001
expect zerotier_denied 1 '^refused: service lo ' \
    'services: .*: E_SYSTEM: the network.s controller denies access' \
    "$program" plug 17 $guest "$tmp/zt.json"
zt x
expect zerotier_id 1 '' 'services: nics\[0\].id: E_FIELD: 16 of 0-9 a-f are required' \
    "$program" plug 17 $guest "$tmp/zt.json"
