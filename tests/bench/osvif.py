#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The reference, warm, for tests/bench/plug.c and ovs.c: one line in, one line out.

  osvif.py PLUGIN DIR   linux_bridge or ovs; DIR is for its files, and has the server's db.sock
  load NAME [0|1]       the VIF of tests/fixtures/vifs/NAME.json; 1: with a bridge of its own
  plug, unplug          do it; the answer is the time of the one call, in us

It talks to OVSDB itself (native, the default). Its privileged functions run in this process, not in
a daemon: a production host pays more."""
import importlib
import json
import logging
import os
import sys
import time

out, sys.stdout = sys.stdout, sys.stderr
start = time.perf_counter()
plugin, directory = sys.argv[1:]
try:
    from oslo_config import cfg
    from oslo_concurrency import lockutils  # noqa: F401 (registers lock_path)
    import os_vif
    from os_vif import objects
    privsep = importlib.import_module('vif_plug_%s.privsep' % plugin)
except ImportError as missing:
    sys.exit('os-vif is not measured: %s' % missing)


def answer(text):
    out.write(text + '\n')
    out.flush()


def initialize():
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


def fixture(name):
    with open('tests/fixtures/vifs/%s.json' % name) as f:
        return json.load(f)


def load(name, per_port_bridge='0'):
    vif = fixture(name)
    if plugin == 'ovs':
        profile = vif['versioned_object.data']['port_profile']
        profile['versioned_object.version'] = '1.3'         # all that 3.0.0 knows
        profile['versioned_object.data']['datapath_type'] = os.environ.get('OVS_DATAPATH', 'netdev')
        cfg.CONF.set_override('per_port_bridge', per_port_bridge == '1', group='os_vif_ovs')
    return objects.vif.VIFBase.obj_from_primitive(vif)


initialize()
instance = objects.instance_info.InstanceInfo.obj_from_primitive(fixture('instance'))
answer('in one warm process, without its daemon; import and initialize %.2f s, resident %.0f MB'
       % (time.perf_counter() - start, resident() / 1024))
vif = None
for line in sys.stdin:
    words = line.split()
    if words[0] == 'load':
        vif = load(*words[1:])
        answer('0')
        continue
    verb = getattr(os_vif, words[0])
    before = time.perf_counter()
    verb(vif, instance)
    answer('%.1f' % ((time.perf_counter() - before) * 1e6))
