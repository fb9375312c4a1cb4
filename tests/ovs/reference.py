# SPDX-License-Identifier: MIT
"""The differential test of the plugin ovs: every flow by the real os-vif 3.0.0 and by vifctl.

  reference.py run osvif|vif DIR OUT    in a network namespace whose OVS has its server at DIR/db.sock
  reference.py compare THEIRS OURS      what run wrote; prints the results of the tests

What is compared is all that configures the switch, with names for uuids, and all links. Where the two
must differ, EXPECTED says so and why: a difference that is not in it is a failure, and so is one that
is in it and does not happen.
"""
import contextlib
import copy
import fnmatch
import json
import os
import socket
import subprocess
import sys

VIFS = 'tests/fixtures/vifs/'
ID = 'dc065497-3c8d-4f44-8fb4-e1d33c16a536'
CUT = ID[:11]                           # as far as it fits behind a prefix of three in 14 characters
TAP, QBR, QVB, QVO, VHU, VFR = [p + CUT for p in ('tap', 'qbr', 'qvb', 'qvo', 'vhu', 'vfr')]
PB, IBP, PBP = ('pb' + ID)[:14], 'ibp' + ID, 'pbp' + ID
TBR = 'tbr-1f2e3d4c-a'
TAG = 'vif:local:' + ID
STEPS = ('plug', 'again', 'unplug', 'gone')

# ---- flows ------------------------------------------------------------------------------------------


class Flow:
    """A VIF, what the host has before, and options. later: of vifctl only."""

    def __init__(self, name, fixture, change=None, bridges=('br-int',), taps=(TAP,), options=None,
                 later=None, first='', prepare=(), between=None, pci=False):
        self.name, self.fixture, self.change = name, fixture, change
        self.bridges, self.taps, self.options = bridges, taps, options or {}
        self.later, self.first, self.prepare = later or {}, first, prepare
        self.between, self.pci = between, pci

    def vif(self, step):
        with open(VIFS + self.fixture + '.json') as f:
            vif = json.load(f)
        data = vif['versioned_object.data']
        profile = data['port_profile']['versioned_object.data']
        network = data['network']['versioned_object.data']
        if self.change:
            self.change(data, profile, network)
        if self.between and step != 'plug':
            self.between(data, profile, network)
        return vif


def netdev(_, profile, __):
    profile['datapath_type'] = 'netdev'


def system_port(_, profile, __):
    profile['create_port'] = True


def no_mtu(_, __, network):
    network['mtu'] = None


def other_mtu(_, __, network):
    network['mtu'] = 1400


def second_id(data, profile, _):
    profile['interface_id'] = '11111111-2222-4333-8444-555555555555'


COMMITTED = {'ovs_wait': 'committed'}   # there is no DPDK here: the port can't work
FLOWS = [
    Flow('no_port', 'ovs', netdev),
    Flow('no_port_no_bridge', 'ovs', netdev, bridges=()),
    Flow('port', 'ovs_create_port'),
    Flow('port_no_bridge', 'ovs_create_port', bridges=()),
    Flow('port_second_id', 'ovs_create_port', second_id),
    Flow('port_default_mtu', 'ovs_create_port', no_mtu),
    Flow('port_mtu_changes', 'ovs_create_port', between=other_mtu),
    Flow('port_no_device', 'ovs_create_port', taps=(), later={'ovs_device_later': 'true'}),
    Flow('port_system', 'ovs', system_port),
    Flow('port_isolated', 'ovs_create_port', options={'isolate_vif': True}),
    Flow('port_bridge', 'ovs', netdev, options={'per_port_bridge': True}),
    Flow('port_bridge_isolated', 'ovs', netdev,
         options={'per_port_bridge': True, 'isolate_vif': True}),
    Flow('trunk', 'ovs_trunk', bridges=('br-int', TBR)),
    Flow('trunk_isolated', 'ovs_trunk', bridges=('br-int', TBR), options={'isolate_vif': True}),
    Flow('hybrid', 'ovs_hybrid', netdev),
    Flow('hybrid_isolated', 'ovs_hybrid', netdev, options={'isolate_vif': True}),
    Flow('hybrid_mtu_changes', 'ovs_hybrid', netdev, between=other_mtu),
    Flow('hybrid_bridge_there', 'ovs_hybrid', netdev,
         prepare=('ip link add %s type bridge' % QBR, 'ip link set %s master %s' % (TAP, QBR))),
    Flow('vhostuser_client', 'vhostuser_client', taps=(), later=COMMITTED),
    Flow('vhostuser_server', 'vhostuser_server', taps=(), later=COMMITTED),
    Flow('vhostuser_no_bridge', 'vhostuser_server', bridges=(), taps=(), later=COMMITTED),
    Flow('hostdev', 'hostdev_ovs', taps=('uplink', 'vf1'), pci=True),
    Flow('hostdev_dpdk', 'hostdev_ovs_dpdk', taps=('uplink', 'vf1'), later=COMMITTED, pci=True),
    # What os-vif plugged before an upgrade, vif takes over: plugged again, it has its tag.
    Flow('upgrade_port', 'ovs_create_port', first='osvif'),
    Flow('upgrade_hybrid', 'ovs_hybrid', netdev, first='osvif'),
    Flow('upgrade_port_bridge', 'ovs', netdev, first='osvif', options={'per_port_bridge': True}),
    Flow('upgrade_vhostuser', 'vhostuser_server', taps=(), first='osvif', later=COMMITTED),
]

# ---- the differences that are wanted ----------------------------------------------------------------

# (flows, steps, key, theirs, ours, why): patterns of names; the rest is as it must be found, None for
# nothing. Every flow and step that matches has the difference.
UP, ALL = 'plug again', 'plug again unplug gone'
EXPECTED = []

# ---- the server -------------------------------------------------------------------------------------


class Server:
    """Just enough of OVSDB's protocol; not vif's own."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(path)
        self.text = ''

    def transact(self, *operations):
        call = {'method': 'transact', 'params': ['Open_vSwitch', *operations], 'id': 7}
        self.socket.sendall(json.dumps(call).encode())
        while True:
            with contextlib.suppress(ValueError):
                answer, end = json.JSONDecoder().raw_decode(self.text)
                self.text = self.text[end:].lstrip()
                if answer.get('id') == 7:
                    return answer['result']
                continue
            self.text += self.socket.recv(1 << 20).decode()

    def rows(self, table):
        return self.transact({'op': 'select', 'table': table, 'where': []})[0]['rows']

    def settle(self):
        """Until the switch has applied what is committed."""
        add = {'op': 'mutate', 'table': 'Open_vSwitch', 'where': [],
               'mutations': [['next_cfg', '+=', 1]]}
        wanted = self.transact(add, {'op': 'select', 'table': 'Open_vSwitch', 'where': [],
                                     'columns': ['next_cfg']})[1]['rows'][0]['next_cfg']
        while self.rows('Open_vSwitch')[0]['cur_cfg'] < wanted:
            pass


# ---- what a host looks like -------------------------------------------------------------------------

# Columns in which the switch tells how it is.
STATUS = {
    'Bridge': 'datapath_id datapath_version rstp_status status',
    'Port': 'rstp_statistics rstp_status statistics status',
    'Interface': '''admin_state bfd_status cfm_fault cfm_fault_status cfm_flap_count cfm_health
        cfm_mpid cfm_remote_mpids cfm_remote_opstate duplex error ifindex lacp_current link_resets
        link_speed link_state mac_in_use mtu ofport statistics status''',
    'QoS': '',
}


def plain(value, names):
    """A column as text, a list of texts, or a dict of texts."""
    if isinstance(value, list) and value[0] == 'map':
        return {k: plain(v, names) for k, v in value[1]}
    if isinstance(value, list) and value[0] == 'set':
        return sorted(plain(v, names) for v in value[1])
    if isinstance(value, list):
        return names.get(value[1], 'uuid')
    return str(value)


def flatten(out, key, value):
    if isinstance(value, dict):
        for k, v in value.items():
            out[key + ' ' + k] = v
    elif isinstance(value, list) and value:
        out[key] = ','.join(value)
    elif value and not isinstance(value, list):
        out[key] = value


def configuration(server, out):
    tables = {table: server.rows(table) for table in STATUS}
    names = {row['_uuid'][1]: row['name'] for table in ('Bridge', 'Port', 'Interface')
             for row in tables[table]}
    for row in tables['QoS']:
        ids = plain(row['external_ids'], {})
        names[row['_uuid'][1]] = row['name'] = ids.get('id', 'anonymous')
    for table, rows in tables.items():
        for row in rows:
            key = '%s %s' % (table, row['name'])
            hidden = STATUS[table].split() + ['name', '_uuid', '_version']
            out[key] = 'exists'
            for column in row.keys() - hidden:
                flatten(out, '%s %s' % (key, column), plain(row[column], names))
            if table == 'Interface':
                out[key + ' works'] = str(isinstance(row['ofport'], int) and row['ofport'] > 0)


BRIDGE = ('stp_state forward_delay hello_time max_age ageing_time priority mcast_snooping '
          'vlan_filtering').split()
TUN = 'type pi vnet_hdr multi_queue persist'.split()


def links(out, fixed):
    shown = subprocess.run(['ip', '-d', '-j', 'link', 'show'], check=True, stdout=subprocess.PIPE)
    for link in json.loads(shown.stdout):
        name, info = link['ifname'], link.get('linkinfo', {})
        kind, data = info.get('info_kind', 'none'), info.get('info_data', {})
        key = 'link ' + name
        out[key] = kind
        out[key + ' mtu'] = str(link['mtu'])
        out[key + ' up'] = str('UP' in link['flags'])
        out[key + ' promiscuity'] = str(link['promiscuity'])
        out[key + ' promisc'] = str('PROMISC' in link['flags'])
        for one in ('master', 'ifalias', 'link', 'group'):
            flatten(out, key + ' ' + one, str(link.get(one, '')))
        if name in fixed:
            out[key + ' address'] = link['address']
        for one in {'bridge': BRIDGE, 'tun': TUN}.get(kind, ()):
            out[key + ' ' + one] = str(data.get(one))
        if kind == 'bridge':
            for one in ('ipv6/conf/%s/disable_ipv6', 'ipv4/conf/%s/arp_ignore',
                        'ipv4/conf/%s/arp_announce'):
                with open('/proc/sys/net/' + one % name) as f:
                    out[key + ' ' + one.rsplit('/', 1)[1]] = f.read().strip()


def state(server, flow):
    out = {}
    server.settle()
    configuration(server, out)
    links(out, flow.taps)
    return out


# ---- a host before a flow ---------------------------------------------------------------------------


def do(command):
    subprocess.run(command.split(), check=True, stdout=subprocess.DEVNULL)


def vsctl(server_path, *words):
    subprocess.run(['ovs-vsctl', '--timeout=10', '--db=unix:' + server_path, *words], check=True)


def clean(path):
    listed = subprocess.run(['ovs-vsctl', '--db=unix:' + path, 'list-br'], check=True,
                            stdout=subprocess.PIPE, text=True).stdout.split()
    words = [w for b in listed for w in ('--', 'del-br', b)]
    vsctl(path, *words, '--', '--all', 'destroy', 'QoS')
    shown = json.loads(subprocess.run(['ip', '-j', 'link'], check=True,
                                      stdout=subprocess.PIPE).stdout)
    for name in (link['ifname'] for link in shown):
        if name not in ('lo', 'ovs-netdev'):
            subprocess.run(['ip', 'link', 'del', name], stderr=subprocess.DEVNULL)


def prepare(path, flow):
    clean(path)
    for bridge in flow.bridges:
        vsctl(path, 'add-br', bridge, '--', 'set', 'bridge', bridge, 'datapath_type=netdev')
    for number, tap in enumerate(flow.taps):
        do('ip tuntap add %s mode tap' % tap)
        do('ip link set %s address 22:52:25:62:e2:%02x up' % (tap, 0xaa + number))
    for command in flow.prepare:
        do(command)


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as f:
        f.write(text)


@contextlib.contextmanager
def pci(wanted):
    """A /sys where VF 1 of an adapter in switchdev mode is 0000:03:00.2, its representor vf1."""
    if not wanted:
        yield
        return
    do('mount -t tmpfs tmpfs /sys')
    pf, vf, net = '/sys/bus/pci/devices/0000:03:00.0', '/sys/bus/pci/devices/0000:03:00.2', \
        '/sys/class/net'
    write(pf + '/sriov_totalvfs', '4\n')
    os.makedirs(pf + '/net')
    os.makedirs(vf)
    os.symlink('../0000:03:00.0', vf + '/physfn')
    os.symlink('../0000:03:00.2', pf + '/virtfn1')
    os.symlink('../0000:03:00.1', pf + '/virtfn0')
    for name, port in (('uplink', 'p0'), ('vf0', 'pf0vf0'), ('vf1', 'pf0vf1'), ('eth9', None)):
        at = '%s/%s' % (net, name)
        os.makedirs(at)
        os.symlink('..', at + '/subsystem')
        os.symlink('../../../bus/pci/devices/0000:03:00.0', at + '/device')
        if port:
            write(at + '/phys_switch_id', 'c0ffee\n')
            write(at + '/phys_port_name', port + '\n')
            os.symlink('../../../../../class/net/' + name, '%s/net/%s' % (pf, name))
    try:
        yield
    finally:
        do('umount /sys')


# ---- the two that plug ------------------------------------------------------------------------------


class OsVif:
    def __init__(self, path):
        from oslo_config import cfg
        from oslo_concurrency import lockutils  # noqa: F401 (registers lock_path)
        import logging
        import os_vif
        from os_vif import objects
        from vif_plug_ovs import privsep
        conf = os.path.join(os.path.dirname(path), 'osvif.conf')
        write(conf, '[oslo_concurrency]\nlock_path=%s\n[os_vif_ovs]\n'
              'ovsdb_connection=unix:%s\novs_vsctl_timeout=10\n' % (os.path.dirname(path), path))
        cfg.CONF(['--config-file', conf], project='reference')
        privsep.vif_plug.set_client_mode(False)
        os_vif.initialize()
        logging.disable(logging.CRITICAL)
        self.conf, self.os_vif, self.objects = cfg.CONF, os_vif, objects
        with open(VIFS + 'instance.json') as f:
            self.instance = objects.instance_info.InstanceInfo.obj_from_primitive(json.load(f))

    def run(self, verb, vif, options, _):
        for key in ('isolate_vif', 'per_port_bridge'):
            self.conf.set_override(key, options.get(key, False), group='os_vif_ovs')
        vif = copy.deepcopy(vif)
        profile = vif['versioned_object.data']['port_profile']
        profile['versioned_object.version'] = '1.3'     # 3.0.0 knows no taps to create
        vif = self.objects.vif.VIFBase.obj_from_primitive(vif)
        try:
            getattr(self.os_vif, verb)(vif, self.instance)
        except Exception as error:
            return '%s: %s' % (type(error).__name__, error)
        return 'done'


class Vif:
    def __init__(self, path):
        self.path = path

    def run(self, verb, vif, options, later):
        words = [os.environ['VIFCTL'], verb, '-i', VIFS + 'instance.json', '--ovsdb',
                 'unix:' + self.path]
        for key, value in {**options, **later}.items():
            words += ['-c', '%s=%s' % (key, str(value).lower())]
        ran = subprocess.run(words + ['-'], input=json.dumps(vif), stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
        self.said = ran.stdout
        return 'done' if ran.returncode == 0 else 'exit %d: %s' % (ran.returncode, ran.stderr)


def run(who, directory, out):
    path = directory + '/db.sock'
    server, results = Server(path), {}
    plugs = {'osvif': OsVif(path), 'vif': Vif(path)}
    for flow in FLOWS:
        prepare(path, flow)
        results[flow.name] = {'before': {'said': 'done', 'state': state(server, flow)}}
        with pci(flow.pci):
            for step in STEPS:
                verb = 'plug' if step in ('plug', 'again') else 'unplug'
                by = flow.first if step == 'plug' and flow.first else who
                said = plugs[by].run(verb, flow.vif(step), flow.options, flow.later)
                # vif must say so when there is nothing left to do.
                if by == 'vif' and said == 'done' and (
                        step == 'gone' or step == 'again' and not flow.first and not flow.between
                ) and plugs[by].said != 'nothing to do\n':
                    said = 'not idempotent: ' + plugs[by].said
                results[flow.name][step] = {'said': said, 'state': state(server, flow)}
    with open(out, 'w') as f:
        json.dump(results, f)


# ---- comparison -------------------------------------------------------------------------------------


def expected(flow, step):
    return {key: (theirs, ours) for flows, steps, key, theirs, ours, _ in EXPECTED
            if step in steps.split() and any(fnmatch.fnmatch(flow, f) for f in flows.split())}


def compare_step(flow, step, theirs, ours):
    wrong, wanted = [], expected(flow, step)
    for who, result in (('os-vif', theirs), ('vif', ours)):
        if result['said'] != 'done':
            wrong.append('%s: %s' % (who, result['said']))
    a, b = theirs['state'], ours['state']
    found = {key: (a.get(key), b.get(key)) for key in a.keys() | b.keys()
             if a.get(key) != b.get(key)}
    for key in sorted(found.keys() | wanted.keys()):
        if found.get(key) != wanted.get(key):
            wrong.append('%s: os-vif %s, vif %s' % ((key, *found[key]) if key in found else
                                                    (key, a.get(key), b.get(key))) +
                         (', wanted %s and %s' % wanted[key] if key in wanted else ''))
    name = 'reference_ovs_%s_%s' % (flow, step)
    print('\n'.join(['# ' + w.rstrip() for w in wrong] +
                    [('not ok ' if wrong else 'ok ') + name]))
    return not wrong


def compare(theirs, ours):
    with open(theirs) as f, open(ours) as g:
        theirs, ours = json.load(f), json.load(g)
    good = [compare_step(flow.name, step, theirs[flow.name][step], ours[flow.name][step])
            for flow in FLOWS for step in ('before', *STEPS)]
    return 0 if all(good) else 1


if __name__ == '__main__':
    sys.exit(compare(*sys.argv[2:]) if sys.argv[1] == 'compare' else run(*sys.argv[2:]))
