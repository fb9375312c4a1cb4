#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The reference's plugin ovs, warm, for tests/bench/ovs.c: one line in, one line out.

  ovs_osvif.py DIR      DIR/db.sock is the server's
  load NAME 0|1         the VIF of tests/fixtures/vifs/NAME.json; 1: with a bridge of its own
  plug, unplug          do it; the answer is the time of the one call, in us

It talks to the server itself (native, the default). Its privileged functions run in this process,
not in a daemon: a production host pays more."""
import json
import logging
import os
import sys
import time

out, sys.stdout = sys.stdout, sys.stderr
start = time.perf_counter()
try:
    from oslo_config import cfg
    from oslo_concurrency import lockutils  # noqa: F401 (registers lock_path)
    import os_vif
    from os_vif import objects
    from vif_plug_ovs import privsep
except ImportError as missing:
    sys.exit('os-vif is not measured: %s' % missing)

VIFS = 'tests/fixtures/vifs/%s.json'


def answer(text):
    out.write(text + '\n')
    out.flush()


def initialize(directory):
    conf = os.path.join(directory, 'bench.conf')
    with open(conf, 'w') as f:
        f.write('[oslo_concurrency]\nlock_path=%s\n[os_vif_ovs]\n'
                'ovsdb_connection=unix:%s/db.sock\n' % (directory, directory))
    cfg.CONF(['--config-file', conf], project='bench')
    privsep.vif_plug.set_client_mode(False)
    os_vif.initialize()
    logging.disable(logging.CRITICAL)


def resident():
    with open('/proc/self/status') as f:
        return next(int(line.split()[1]) for line in f if line.startswith('VmRSS'))


def load(name):
    with open(VIFS % name) as f:
        vif = json.load(f)
    profile = vif['versioned_object.data']['port_profile']
    profile['versioned_object.version'] = '1.3'         # all that 3.0.0 knows
    profile['versioned_object.data']['datapath_type'] = 'netdev'
    return objects.vif.VIFBase.obj_from_primitive(vif)


def main(directory):
    initialize(directory)
    with open(VIFS % 'instance') as f:
        instance = objects.instance_info.InstanceInfo.obj_from_primitive(json.load(f))
    ready = time.perf_counter()
    answer('in one warm process, without its daemon; import and initialize %.2f s, resident %.0f MB'
           % (ready - start, resident() / 1024))
    vif = None
    for line in sys.stdin:
        words = line.split()
        if words[0] == 'load':
            vif = load(words[1])
            cfg.CONF.set_override('per_port_bridge', words[2] == '1', group='os_vif_ovs')
            answer('0')
            continue
        verb = getattr(os_vif, words[0])
        before = time.perf_counter()
        verb(vif, instance)
        answer('%.1f' % ((time.perf_counter() - before) * 1e6))


main(sys.argv[1])
