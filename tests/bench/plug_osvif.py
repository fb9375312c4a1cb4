#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The reference, warm, for tests/bench/plug.c: one line in, one line out.

  load NAME      the VIF of tests/fixtures/vifs/NAME.json
  plug, unplug   do it; the answer is the time of the one call, in us

Its privileged functions run in this process, not in a daemon: a production host pays more."""
import json
import logging
import os
import sys
import tempfile
import time

out, sys.stdout = sys.stdout, sys.stderr
start = time.perf_counter()
try:
    from oslo_config import cfg
    from oslo_concurrency import lockutils  # noqa: F401 (registers lock_path)
    import os_vif
    from os_vif import objects
    from vif_plug_linux_bridge import privsep
except ImportError as missing:
    sys.exit('os-vif is not measured: %s' % missing)


def answer(text):
    out.write(text + '\n')
    out.flush()


def initialize(directory):
    conf = os.path.join(directory, 'bench.conf')
    with open(conf, 'w') as f:
        f.write('[oslo_concurrency]\nlock_path=%s\n' % directory)
    cfg.CONF(['--config-file', conf], project='bench')
    privsep.vif_plug.set_client_mode(False)
    os_vif.initialize()
    logging.disable(logging.CRITICAL)


def resident():
    with open('/proc/self/status') as f:
        return next(int(line.split()[1]) for line in f if line.startswith('VmRSS'))


def main(directory):
    initialize(directory)
    instance = objects.instance_info.InstanceInfo(
        uuid='7c1e5f0a-1f0e-4a3b-9a53-0c1b8b2c5e11', name='instance-0000002a')
    ready = time.perf_counter()
    answer('in one warm process, without its daemon; import and initialize %.2f s, resident %.0f MB'
           % (ready - start, resident() / 1024))
    vif = None
    for line in sys.stdin:
        words = line.split()
        if words[0] == 'load':
            with open('tests/fixtures/vifs/%s.json' % words[1]) as f:
                vif = objects.vif.VIFBase.obj_from_primitive(json.load(f))
            answer('0')
            continue
        verb = getattr(os_vif, words[0])
        before = time.perf_counter()
        verb(vif, instance)
        answer('%.1f' % ((time.perf_counter() - before) * 1e6))


with tempfile.TemporaryDirectory() as where:
    main(where)
