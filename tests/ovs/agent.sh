#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/agent.c with 100 VIFs in flight on a real Open vSwitch whose server and switch are stopped
# meanwhile: all are plugged and unplugged, and its heartbeat of 10 ms never waits for either of them.
# examples/uv.c likewise with one, and examples/threads.c.
cd "$(dirname "$0")/../.." || exit 1
. tests/ovs/lib
needs ip ovs-vsctl "$VIFCTL"
inside_namespaces "$@"
${CC:-gcc} -O1 -std=c99 -I. examples/agent.c -o "$work/agent" || { not_ok agent_builds; exit 1; }
node one normal && bridge one br-int || { not_ok agent_switch; exit 1; }

cat >"$work/client.py" <<'PYTHON'
import json, os, signal, socket, sys, time
work, count = sys.argv[1], 100
server, switch = (int(open('%s/one/%s.pid' % (work, n)).read()) for n in ('db', 'switch'))
vif = json.load(open('examples/vifs/ovs.json'))
ids = ['%08x-0000-4000-8000-000000000000' % i for i in range(1, count + 1)]


def request(verb, i):
    text = json.dumps(vif).replace('dc065497-3c8d-4f44-8fb4-e1d33c16a536', i)
    return '%s %s\n' % (verb, text.replace('tapdc065497-3c', 'tap' + i[:8]))


agent = socket.socket(socket.AF_UNIX)
agent.connect(work + '/agent.sock')
answers = agent.makefile()
for turn, verb in enumerate(['plug', 'plug', 'unplug']):
    agent.sendall(''.join(request(verb, i) for i in ids).encode())
    for pid in (switch, server) if verb != 'unplug' else (server, switch):
        time.sleep(0.1)
        os.kill(pid, signal.SIGSTOP)
        time.sleep(0.4)
        os.kill(pid, signal.SIGCONT)
    got = dict(answers.readline().split(' ', 1) for _ in ids)
    wrong = [i for i in ids if not got.get(i, 'none').startswith('OK')]
    print('%s agent_%d_%s%s' % ('not ok' if wrong else 'ok', turn, verb, '' if not wrong else
                             '\n# %d: %s' % (len(wrong), got.get(wrong[0]))))
    if turn == 1:                           # of what somebody changes it says so
        os.system('ip netns exec one ip link set tap00000005 mtu 1300')
        for _ in range(100):
            said = open(work + '/agent.out').read()
            if 'tap tap00000005: mtu' in said:
                break
            time.sleep(0.1)
        print('%s agent_drift' % ('ok' if ids[4] + ' E_DIFFERENT tap tap00000005: mtu' in said else 'not ok'))
agent.sendall(b'frob\n')
print('%s agent_refuses' % ('ok' if answers.readline().startswith('- E_INVAL ') else 'not ok'))
PYTHON
ip netns exec one "$work/agent" "$work/agent.sock" "$(db one)" >"$work/agent.out" 2>&1 &
agent=$!
until_true 5 test -S "$work/agent.sock"
timeout 100 "$python" "$work/client.py" "$work" || not_ok agent_client
check agent_nothing_left test "$(vsctl one list-ports br-int)" = ''
kill $agent
wait $agent
grep longest "$work/agent.out" >"$work/longest"
cat "$work/longest"
# A machine that is busy with other tests adds its own delays; one that waited would show 400 ms.
awk '{step = $3; gap = $10} END {exit !(gap > 0 && gap < 10000 + 2 * step + 100000)}' "$work/longest" &&
    ok agent_heartbeat || not_ok agent_heartbeat "$(cat "$work/longest")"

if ${CC:-gcc} -O1 -std=c99 -I. examples/uv.c -o "$work/uv" -luv 2>"$work/uv.err"; then
    kill -STOP "$(cat "$work/one/switch.pid")"
    ip netns exec one "$work/uv" examples/vifs/ovs.json "$(db one)" >"$work/uv.out" 2>&1 &
    uv=$!
    sleep 0.3
    kill -CONT "$(cat "$work/one/switch.pid")"
    wait $uv
    check uv_status test $? = 0
    check uv_plugged grep -q '^OK: plugged tapdc065497-3c, [0-9]\{2,\} ticks of the loop meanwhile$' "$work/uv.out"
    # vifctl sees the port go, by the database's own word.
    vif one watch -c create_tap=true examples/vifs/ovs.json >"$work/watch" 2>&1 &
    watch=$!
    check watch_start until_true 5 grep -qx 'as wanted' "$work/watch"
    check uv_port test "$(vsctl one list-ports br-int)" = tapdc065497-3c
    vsctl one del-port tapdc065497-3c
    check watch_gone until_true 5 grep -q '^ovs port tapdc065497-3c: exists: wanted yes, found no$' "$work/watch"
    kill $watch
else
    echo "skip uv: $(head -n 1 "$work/uv.err")"
fi
${CC:-gcc} -O1 -std=c99 -I. examples/threads.c -o "$work/threads" -pthread &&
    check threads ip netns exec one "$work/threads"
exit $failed
