#!/bin/bash
# SPDX-License-Identifier: MIT
# vifctl convert: every line of the fixtures against what the reference made of it, back-level targets,
# manifests, refused lines, long lines.
. tests/cli/lib
one() { tr -d '\n' <"$1"; echo; }

expect empty 0 '' '' "$VIFCTL" convert /dev/null
one $vifs/linux_bridge.json >"$tmp/bridge"
expect dash 0 '^\{"versioned_object.name":"VIFBridge".*\}$' '' "$VIFCTL" convert - <"$tmp/bridge"
cp "$tmp/out" "$tmp/canonical"
expect stdin 0 . '' "$VIFCTL" convert <"$tmp/bridge"
check same_again cmp -s "$tmp/out" "$tmp/canonical"
expect twice 0 . '' "$VIFCTL" convert "$tmp/canonical"
check canonical cmp -s "$tmp/out" "$tmp/canonical"
printf %s "$(cat "$tmp/bridge")" >"$tmp/no-newline"
expect last_line 0 . '' "$VIFCTL" convert "$tmp/no-newline"
check last_line_same cmp -s "$tmp/out" "$tmp/canonical"

{ cat "$tmp/bridge"; echo '{"no": [1'; echo; sed s/192.0.2.17/192.0.2.300/ "$tmp/bridge"; echo '[]'
  sed 's/VIFBridge/VIFBrigde/' "$tmp/bridge"; printf '{\0}\n'; cat "$tmp/bridge"; } >"$tmp/mixed"
expect goes_on 1 . '' "$VIFCTL" convert "$tmp/mixed"
check goes_on_lines test "$(wc -l <"$tmp/out")" = 8
check goes_on_after cmp -s <(sed -n 8p "$tmp/out") "$tmp/canonical"
line() { sed -n "$2p" "$tmp/out" | grep -Eqx -e "$3" && ok "$1" || not_ok "$1" "$(sed -n "$2p" "$tmp/out")"; }
line refused_json 2 '\{"error":"E_JSON","path":"","why":".* \(byte 9\)"\}'
line refused_empty 3 '\{"error":"E_JSON","path":"","why":".* \(byte 0\)"\}'
line refused_field 4 '\{"error":"E_FIELD","path":"network.subnets.objects\[0\].ips.objects\[0\].address","why":".*"\}'
line refused_list 5 '\{"error":"E_[A-Z]+","path":"","why":".*"\}'
line refused_class 6 '\{"error":"E_OBJECT","path":"versioned_object.name","why":".*"\}'
line refused_nul 7 '\{"error":"E_JSON","path":"","why":".* \(byte 1\)"\}'

# One object over many lines, as every other verb takes it; blank lines before and behind.
expect many_lines 0 . '' "$VIFCTL" convert $vifs/linux_bridge.json
check many_lines_same cmp -s "$tmp/out" "$tmp/canonical"
{ echo; echo ' '; cat $vifs/linux_bridge.json; echo; } | expect many_lines_blank 0 . '' "$VIFCTL" convert
check many_lines_blank_same cmp -s "$tmp/out" "$tmp/canonical"
{ cat $vifs/linux_bridge.json; cat "$tmp/bridge"; } | expect many_lines_two 1 '"error":"E_JSON"' '' "$VIFCTL" convert
head -n 3 $vifs/linux_bridge.json | expect many_lines_broken 1 '"error":"E_JSON"' '' "$VIFCTL" convert

# What a terminal would obey, or hide, is escaped in JSON: DEL, C1, marks of direction, no width.
printf '%s\n' "$(sed 's/tapdc065497-3c/t\xc2\x9b31m\x7f\xe2\x80\xae\xe2\x80\x8b\xe2\x81\xa6\xc3\xa9/; s/"mtu": 1450/"mtu": 1450/' \
    "$tmp/bridge")" | expect controls 0 't.u009b31m.u007f.u202e.u200b.u2066é"' '' "$VIFCTL" convert

expect target_refused 1 '^\{"error":"E_VERSION",' '' "$VIFCTL" convert -t 1.7 "$tmp/bridge"
expect manifest 0 '"Network","versioned_object.namespace":"os_vif","versioned_object.version":"1.0"' '' \
    "$VIFCTL" convert -t 1.0 -m Network=1.0 -m SubnetList=1.0 "$tmp/bridge"
check manifest_drops sh -c '! grep -q "\"mtu\":" "$0"' "$tmp/out"

have python3 fixtures || exit $failed
python3 - "$VIFCTL" "$tmp" <<'PYTHON' || failed=1
import glob, json, subprocess, sys

vifctl, tmp = sys.argv[1:]
failed = 0


def convert(objects, *options):
    """The answers and the exit status."""
    text = ''.join(json.dumps(o) + '\n' for o in objects)
    r = subprocess.run([vifctl, 'convert', *options], input=text, capture_output=True,
                       encoding='utf-8')
    answers = [json.loads(line) for line in r.stdout.splitlines()]
    if r.stderr or len(answers) != len(objects):
        return [r.stderr] * len(objects), r.returncode
    return answers, r.returncode


def settled(o):
    """The order of changes carries no meaning."""
    if isinstance(o, dict):
        return {k: sorted(v) if k.endswith('.changes') else settled(v) for k, v in o.items()}
    return [settled(v) for v in o] if isinstance(o, list) else o


def report(name, wrong, count):
    global failed
    print('%s %s' % ('not ok' if wrong else 'ok', name))
    if wrong:
        failed = 1
        print('# %d of %d, the first: %s' % (len(wrong), count, str(wrong[0])[:1500]))


back = {}
names = sorted(glob.glob('tests/fixtures/objects/*.jsonl'))
for path in names:
    name = path.rsplit('/', 1)[1][:-6]
    rows = [json.loads(line) for line in open(path, encoding='utf-8')]
    if not all('primitive' in r and ('canonical' in r or name == 'invalid') for r in rows):
        continue
    got, status = convert([r['primitive'] for r in rows])
    if name == 'invalid':
        wrong = [(r, g) for r, g in zip(rows, got) if set(g) != {'error', 'path', 'why'}]
        report('fixtures_' + name, wrong or [status] * (status != 1), len(rows))
        continue
    wrong = [(r['canonical'], g) for r, g in zip(rows, got) if settled(r['canonical']) != settled(g)]
    report('fixtures_' + name, wrong or [status] * (status != 0), len(rows))
    for r in rows:
        for version, want in r.get('backports', {}).items():
            back.setdefault(version, []).append((r['primitive'], want))
codes = {'ObjectActionError': 'E_ACTION', 'IncompatibleObjectVersion': 'E_VERSION'}
for version, rows in sorted(back.items()):
    got, status = convert([r[0] for r in rows], '-t', version)
    refused = [g for g in got if 'error' in g]
    wrong = [(w, g) for (_, w), g in zip(rows, got)
             if (g.get('error') != codes.get(w['error'], w['error'])
                 if 'error' in w else settled(w) != settled(g))]
    report('target_' + version, wrong or [status] * (status != bool(refused)), len(rows))

# Manifests: one run each, so only some of them.
wrong, count = [], 0
for path in glob.glob('tests/fixtures/objects/manifest.jsonl'):
    for line in open(path, encoding='utf-8').readlines()[:200]:
        r = json.loads(line)
        options = ['-m%s=%s' % m for m in (r['manifest'] or {}).items()]
        got, status = convert([r['primitive']], *options, *(['-t', r['target']] if r['target'] else []))
        good = settled(got[0]) == settled(r['encoded']) if 'encoded' in r else 'error' in got[0]
        count += 1
        if not good or status != ('error' in got[0]):
            wrong.append((r, options, got))
if count:
    report('manifests', wrong, count)
if not names:
    print('skip fixtures: tests/fixtures/objects is empty')

# A line of some megabytes, between two short ones.
long = json.load(open('examples/vifs/linux_bridge.json'))
subnets = long['versioned_object.data']['network']['versioned_object.data']['subnets']
subnets['versioned_object.data']['objects'] *= 2000
got, status = convert([json.load(open('examples/vifs/generic_tap.json')), long,
                       json.load(open('examples/vifs/instance.json'))])
report('long_line', [] if status == 0 and settled(got[1]) == settled(long) else [got], 3)
sys.exit(failed)
PYTHON
exit $failed
