#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""os-vif's side of tests/bench/objects.c, warm, in one process: for each line "decode COUNT" or
"encode COUNT" it answers with the nanoseconds that one took; "decode+json" and "encode+json" have
json.loads and json.dumps in it."""
import json
import sys
import time

try:
    from os_vif import objects
    from os_vif.objects import base
except ImportError:
    sys.exit(77)

objects.register_all()
text = open(sys.argv[1]).read()


def decode(_):
    base.VersionedObject.obj_from_primitive(primitive)


def decode_json(_):
    base.VersionedObject.obj_from_primitive(json.loads(text))


def encode(o):
    o.obj_to_primitive()


def encode_json(o):
    json.dumps(o.obj_to_primitive(), separators=(',', ':'))


def known(p):
    """The packaged release knows OVS profiles up to 1.3, without the two fields of 1.4."""
    if isinstance(p, dict):
        if p.get('versioned_object.version') == '1.4':
            p['versioned_object.version'] = '1.3'
            for f in ('create_tap', 'multiqueue'):
                p['versioned_object.data'].pop(f, None)
        for v in p.values():
            known(v)
    return p


primitive = known(json.loads(text))
text = json.dumps(primitive)
vif = base.VersionedObject.obj_from_primitive(primitive)
print('ready', flush=True)
work = {'decode': decode, 'encode': encode, 'decode+json': decode_json, 'encode+json': encode_json}
for line in sys.stdin:
    name, count = line.split()
    f, n = work[name], int(count)
    start = time.process_time_ns()
    for _ in range(n):
        f(vif)
    print((time.process_time_ns() - start) // n, flush=True)
