# SPDX-License-Identifier: MIT
"""The differential test of the plugin ovs: every flow by the real os-vif 3.0.0 and by vifctl.

  reference.py run osvif|vif DIR OUT    in a network namespace, the OVS's server at DIR/db.sock
  reference.py compare THEIRS OURS      what run wrote; prints the results of the tests

What is compared is all that configures the switch, with names for uuids, and all links. Where the
two must differ, EXPECTED says so and why: a difference that is not in it is a failure, and so is
one that is in it and does not happen.
"""
import contextlib
import copy
import fnmatch
import json
import os
import socket
import subprocess
import sys
import uuid

VIFS = 'tests/fixtures/vifs/'
ID = 'dc065497-3c8d-4f44-8fb4-e1d33c16a536'
CUT = ID[:11]                           # what fits behind a prefix of three in 14 characters
TAP, QBR, QVB, QVO, VHU, VFR = [p + CUT for p in ('tap', 'qbr', 'qvb', 'qvo', 'vhu', 'vfr')]
PB, IBP, PBP = ('pb' + ID)[:14], 'ibp' + ID, 'pbp' + ID
TBR = 'tbr-1f2e3d4c-a'
TAG = 'vif:local:' + ID
STEPS = ('plug', 'again', 'unplug', 'gone')

# ---- flows ---------------------------------------------------------------------------------------


class Flow:
    """A VIF; what the host has before; options (later: of vifctl only); who plugs first; the code
    with which vif refuses what os-vif does."""

    def __init__(self, name, fixture, change=None, bridges=('br-int',), taps=(TAP,), options=None,
                 later=None, first='', prepare=(), between=None, pci=False, unplug='',
                 datapath='netdev', refused=''):
        self.name, self.fixture, self.change = name, fixture, change
        self.unplug, self.datapath, self.refused = unplug or fixture, datapath, refused
        self.steps = ('before', 'plug', 'again') if refused else ('before', *STEPS)
        self.bridges, self.taps, self.options = bridges, taps, options or {}
        self.later, self.first, self.prepare = later or {}, first, prepare
        self.between, self.pci = between, pci

    def vif(self, step):
        fixture = self.unplug if step in ('unplug', 'gone') else self.fixture
        with open(VIFS + fixture + '.json') as f:
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


def named_system_port(_, profile, __):
    profile['create_port'], profile['datapath_type'] = True, 'system'


def no_mtu(_, __, network):
    network['mtu'] = None


def other_mtu(_, __, network):
    network['mtu'] = 1400


def one_queue(_, profile, __):
    profile['multiqueue'] = False


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
    # There is no kernel datapath here: the rows are all that can be compared.
    Flow('port_kernel', 'ovs', system_port, datapath='', later=COMMITTED),
    Flow('port_kernel_named', 'ovs', named_system_port, datapath='', later=COMMITTED),
    Flow('port_other_datapath', 'ovs', named_system_port, refused='E_EXISTS'),
    Flow('port_of_another', 'ovs_create_port', refused='E_EXISTS', prepare=(
        'ovs-vsctl add-port br-int %s -- set Interface %s external_ids:iface-id=x' % (TAP, TAP),)),
    Flow('port_isolated', 'ovs_create_port', options={'isolate_vif': True}),
    Flow('patch', 'ovs', netdev, options={'per_port_bridge': True}),
    Flow('patch_isolated', 'ovs', netdev,
         options={'per_port_bridge': True, 'isolate_vif': True}),
    Flow('trunk', 'ovs_trunk', bridges=('br-int', TBR)),
    Flow('trunk_isolated', 'ovs_trunk', bridges=('br-int', TBR), options={'isolate_vif': True}),
    Flow('hybrid', 'ovs_hybrid', netdev),
    Flow('hybrid_isolated', 'ovs_hybrid', netdev, options={'isolate_vif': True}),
    Flow('hybrid_mtu_changes', 'ovs_hybrid', netdev, between=other_mtu),
    Flow('hybrid_bridge_there', 'ovs_hybrid', netdev,
         prepare=('ip link add %s type bridge' % QBR, 'ip link set %s master %s' % (TAP, QBR))),
    Flow('hybrid_unplug_as_port', 'ovs_hybrid', netdev, unplug='ovs'),
    Flow('tap', 'ovs_create_tap', taps=()),
    Flow('tap_one_queue', 'ovs_create_tap', one_queue, taps=()),
    Flow('tap_there', 'ovs_create_tap', one_queue),
    Flow('vhostuser_client', 'vhostuser_client', taps=(), later=COMMITTED),
    Flow('vhostuser_server', 'vhostuser_server', taps=(), later=COMMITTED),
    Flow('vhostuser_no_bridge', 'vhostuser_server', bridges=(), taps=(), later=COMMITTED),
    Flow('hostdev', 'hostdev_ovs', other_mtu, taps=('uplink', 'vf1'), pci=True),
    Flow('hostdev_dpdk', 'hostdev_ovs_dpdk', taps=('uplink', 'vf1'), later=COMMITTED, pci=True),
    # What os-vif plugged before an upgrade, vif takes over: plugged again, it has its tag.
    Flow('upgrade_port', 'ovs_create_port', first='osvif'),
    Flow('upgrade_hybrid', 'ovs_hybrid', netdev, first='osvif'),
    Flow('upgrade_patch', 'ovs', netdev, first='osvif', options={'per_port_bridge': True}),
    Flow('upgrade_vhostuser', 'vhostuser_server', taps=(), first='osvif', later=COMMITTED),
]

# ---- the differences that are wanted -------------------------------------------------------------

ANY = object()                          # something, whatever it is
UP, DOWN = 'plug again', 'unplug gone'
QOS = str(uuid.uuid5(uuid.UUID('68da264a-847f-42a8-8ab0-5e774aee3d95'), TAP))
QOS_VF = str(uuid.uuid5(uuid.UUID('68da264a-847f-42a8-8ab0-5e774aee3d95'), 'vf1'))


def tags(flows, steps, keys):
    """vif says whose its ports and links are; os-vif's have nothing of the kind."""
    return [(flows, steps, key, None, TAG) for key in keys]


def ids(*names):
    return ['Port %s external_ids vif' % name for name in names]


def qos(flows, port, name):
    """os-vif 3.0.0 makes no QoS row; its head, and so vif, makes one where the datapath is the
    kernel's, of the default type, found again by an id made from the port's name."""
    return [(flows, UP, key, None, ours) for key, ours in (
        ('Port %s qos' % port, name), ('QoS %s' % name, 'exists'),
        ('QoS %s type' % name, 'linux-noop'), ('QoS %s external_ids id' % name, name),
        ('QoS %s external_ids _type' % name, 'linux-noop'))]


def datapath(flow, port):
    """os-vif gives a bridge that is there the VIF's datapath type, "system" by default, and takes
    the userspace one from under all its ports; without the kernel's module nothing works from then
    on. vif leaves the bridge as it is, and the port works."""
    return [
        (flow, UP + ' ' + DOWN, 'Bridge br-int datapath_type', 'system', 'netdev'),
        (flow, UP + ' ' + DOWN, 'link br-int*', None, ANY),
        (flow, UP + ' ' + DOWN, 'link ovs-netdev*', None, ANY),
        (flow, UP, 'Interface %s works' % port, 'False', 'True'),
        (flow, UP, 'link %s promisc' % port, 'False', 'True'),
        (flow, UP, 'link %s promiscuity' % port, '0', '1'),
    ]


def isolated(flow, port):
    """In os-vif's head, and so in vif, an isolated port is a trunk of the dead VLAN alone."""
    return [(flow, UP, 'Port %s vlan_mode' % port, None, 'trunk'),
            (flow, UP, 'Port %s trunks' % port, None, '4095')]


def promiscuous(flows, steps):
    """os-vif 3.0.0 means to make the veth pair promiscuous, and by a slip clears it; its head sets
    it. (The other end is in the switch, which makes it so.)"""
    return [(flows, steps, 'link %s promisc' % QVB, 'False', 'True'),
            (flows, steps, 'link %s promiscuity' % QVB, '1', '2')]


def tap(flow, queues):
    """os-vif 3.0.0 knows no create_tap, and has a port without a device. By its head, the tap is
    persistent, has the VIF's address and MTU, and is up; where wanted, it has several queues."""
    return [(flow, UP, 'link %s%s' % (TAP, key), None, ours) for key, ours in (
        ('', 'tun'), (' type', 'tap'), (' persist', 'True'), (' pi', 'False'), (' vnet_hdr', ANY),
        (' multi_queue', queues), (' address', '22:52:25:62:e2:aa'), (' mtu', '1442'),
        (' up', 'True'), (' ifalias', TAG), (' promisc', 'True'), (' promiscuity', '1'),
        (' group', 'default'))] + [
            (flow, UP, 'Interface %s works' % TAP, 'False', 'True'),
            (flow, UP, 'link br-int mtu', '1500', '1442')]


# (flows, steps, key, theirs, ours): patterns of names for flows and key, None for nothing. Every
# flow and step that matches has the difference.
EXPECTED = [
    # os-vif names the datapath that a bridge has anyway; vif only where the profile names it.
    ('port_kernel', UP + ' ' + DOWN, 'Bridge br-int datapath_type', 'system', None),
    *tags('port* patch* trunk* tap*', UP, ids(TAP)),
    *tags('patch*', UP, ids(IBP, PBP) + ['Bridge %s external_ids vif' % PB]),
    *tags('hybrid*', UP, ids(QVO) + ['link %s ifalias' % QBR, 'link %s ifalias' % QVB]),
    *tags('vhostuser*', UP, ids(VHU)),
    *tags('hostdev', UP, ids('vf1')),
    *tags('hostdev_dpdk', UP, ids(VFR)),
    *tags('upgrade_port upgrade_patch', 'again', ids(TAP)),
    *tags('upgrade_patch', 'again', ids(IBP, PBP) + ['Bridge %s external_ids vif' % PB]),
    *tags('upgrade_hybrid', 'again',
          ids(QVO) + ['link %s ifalias' % QBR, 'link %s ifalias' % QVB]),
    *tags('upgrade_vhostuser', 'again', ids(VHU)),
    # A bridge that vif made for all says so.
    ('*_no_bridge', UP + ' ' + DOWN, 'Bridge br-int external_ids vif', None, 'vif:local:shared'),
    *qos('port_system port_kernel*', TAP, QOS),
    *qos('hostdev', 'vf1', QOS_VF),
    *datapath('port_system', TAP),
    *datapath('hostdev', 'vf1'),
    *tags('tap_there', UP, ['link %s ifalias' % TAP]),
    *tap('tap', 'True'),
    *tap('tap_one_queue', 'False'),
    *isolated('port_isolated', TAP),
    *isolated('patch_isolated', TAP),
    *isolated('hybrid_isolated', QVO),
    *promiscuous('hybrid*', UP),
    *promiscuous('upgrade_hybrid', 'again'),
    # In os-vif's head, and so in vif, a port of a trunk's bridge has the bridge's name, and is not
    # isolated: nobody would take it out of the dead VLAN.
    ('trunk*', UP, 'Interface %s external_ids bridge_name' % TAP, None, TBR),
    ('trunk_isolated', UP, 'Port %s tag' % TAP, '4095', None),
    # A trunk's bridge has the tag of each VIF on it, so that it goes with the last one.
    ('trunk*', UP, 'Bridge %s external_ids %s' % (TBR, TAG), None, 'user'),
]

# ---- the server ----------------------------------------------------------------------------------


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


# ---- what a host looks like ----------------------------------------------------------------------

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
                value = plain(row[column], names)
                flatten(out, '%s %s' % (key, column), '' if value in ('0', 'False') else value)
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
        if name in fixed or name == TAP:
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


# ---- a host before a flow ------------------------------------------------------------------------


def do(command):
    subprocess.run(command.split(), check=True, stdout=subprocess.DEVNULL)


def vsctl(server_path, *words):
    subprocess.run(['ovs-vsctl', '--timeout=10', '--db=unix:' + server_path, *words], check=True)


def clean(path):
    listed = subprocess.run(['ovs-vsctl', '--db=unix:' + path, 'list-br'], check=True,
                            stdout=subprocess.PIPE, text=True).stdout.split()
    vsctl(path, 'init', *[w for b in listed for w in ('--', 'del-br', b)])
    vsctl(path, '--all', 'destroy', 'QoS')
    shown = json.loads(subprocess.run(['ip', '-j', 'link'], check=True,
                                      stdout=subprocess.PIPE).stdout)
    for name in (link['ifname'] for link in shown):
        if name not in ('lo', 'ovs-netdev'):
            subprocess.run(['ip', 'link', 'del', name], stderr=subprocess.DEVNULL)


def prepare(path, flow):
    clean(path)
    for bridge in flow.bridges:
        vsctl(path, 'add-br', bridge, '--', 'set', 'bridge', bridge,
              'datapath_type="%s"' % flow.datapath)
    for number, tap in enumerate(flow.taps):
        do('ip tuntap add %s mode tap' % tap)
        do('ip link set %s address 22:52:25:62:e2:%02x up' % (tap, 0xaa + number))
    for command in flow.prepare:
        do(command.replace('ovs-vsctl', 'ovs-vsctl --db=unix:' + path))


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
    for at in pf, vf:
        write(at + '/uevent', 'DRIVER=mlx5_core\nPCI_SLOT_NAME=%s\n' % os.path.basename(at))
    os.makedirs(pf + '/net')
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


# ---- the two that plug ---------------------------------------------------------------------------


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
            for step in flow.steps[1:]:
                verb = 'plug' if step in ('plug', 'again') else 'unplug'
                by = flow.first if step == 'plug' and flow.first else who
                said = plugs[by].run(verb, flow.vif(step), flow.options, flow.later)
                # vif must say so when there is nothing left to do.
                if by == 'vif' and said == 'done' and (
                        step == 'gone' and flow.unplug == flow.fixture or
                        step == 'again' and not flow.first and not flow.between
                ) and plugs[by].said != 'nothing to do\n':
                    said = 'not idempotent: ' + plugs[by].said
                results[flow.name][step] = {'said': said, 'state': state(server, flow)}
    with open(out, 'w') as f:
        json.dump(results, f)


# ---- comparison ----------------------------------------------------------------------------------


def matches(value, wanted):
    return value is not None if wanted is ANY else value == wanted


def judge(flow, step, found):
    """What is wrong with the differences found: the unexpected, and those that are missing."""
    wrong, left = [], dict(found)
    for flows, steps, pattern, theirs, ours in EXPECTED:
        if step not in steps.split() or not any(fnmatch.fnmatch(flow, f) for f in flows.split()):
            continue
        keys = [k for k, (a, b) in found.items()
                if fnmatch.fnmatch(k, pattern) and matches(a, theirs) and matches(b, ours)]
        if not keys:
            wrong.append('%s: expected os-vif %s, vif %s' % (pattern, theirs, ours))
        for key in keys:
            left.pop(key, None)
    return wrong + ['%s: os-vif %s, vif %s' % (key, *left[key]) for key in sorted(left)]


def result(flow, step, wrong):
    print('\n'.join(['# ' + w.rstrip() for w in wrong] +
                    ['%s reference_ovs_%s_%s' % ('not ok' if wrong else 'ok', flow, step)]))
    return not wrong


def compare_step(flow, step, theirs, ours):
    wrong = ['%s: %s' % (who, result['said']) for who, result in
             (('os-vif', theirs), ('vif', ours)) if result['said'] != 'done']
    a, b = theirs['state'], ours['state']
    wrong += judge(flow, step, {key: (a.get(key), b.get(key)) for key in a.keys() | b.keys()
                                if a.get(key) != b.get(key)})
    return result(flow, step, wrong)


def refused(flow, step, ours):
    """os-vif does it; vif says why not, and nothing is another than before."""
    said, now, before = ours[step]['said'], ours[step]['state'], ours['before']['state']
    wrong = [] if flow.refused in said else ['vif: ' + said]
    return result(flow.name, step, wrong + ['%s: %s, before %s' % (k, now.get(k), before.get(k))
                                            for k in now.keys() | before.keys()
                                            if now.get(k) != before.get(k)])


def compare(theirs, ours):
    with open(theirs) as f, open(ours) as g:
        theirs, ours = json.load(f), json.load(g)
    good = [refused(flow, step, ours[flow.name]) if flow.refused and step != 'before' else
            compare_step(flow.name, step, theirs[flow.name][step], ours[flow.name][step])
            for flow in FLOWS for step in flow.steps]
    return 0 if all(good) else 1


if __name__ == '__main__':
    sys.exit(compare(*sys.argv[2:]) if sys.argv[1] == 'compare' else run(*sys.argv[2:]))
