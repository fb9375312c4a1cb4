# SPDX-License-Identifier: MIT
"""Drives the library from Python: bindings.py LIBRARY DIRECTORY-OF-VIFS, in a network namespace."""
import ctypes
import json
import subprocess
import sys

failed = 0


def check(name, good, said=''):
    global failed
    print(('ok ' if good else 'not ok ') + name)
    if not good:
        print('# ' + str(said))
        failed = 1


class Call(ctypes.Structure):
    _fields_ = [(n, ctypes.c_char_p) for n in ('verb', 'vif', 'instance', 'options')] + [
        ('unknown_fields', ctypes.c_bool), ('container', ctypes.c_char_p),
        ('port_group', ctypes.c_char_p)]


lib = ctypes.CDLL(sys.argv[1])
lib.vif_sizeof.restype = ctypes.c_size_t
lib.vif_status_name.restype = ctypes.c_char_p


def zeroed(name):
    return ctypes.create_string_buffer(lib.vif_sizeof(name))


host, error = zeroed(b'vif_host'), zeroed(b'vif_error')
room = ctypes.create_string_buffer(65536)


def call(verb, vif, options=None, cap=65536, unknown=False, instance=None, container=None,
         group=None):
    c = Call(verb.encode(), vif.encode(), instance and instance.encode(),
             json.dumps(options).encode() if isinstance(options, (dict, list)) else options,
             unknown, container, group)
    room.value = b'x'
    status = lib.vif_call_json(host, ctypes.byref(c), room, ctypes.c_size_t(cap))
    said = json.loads(room.value) if room.value else {}
    if said:
        check('status_of_' + verb, lib.vif_status_name(status).decode() == said['status'], said)
    return said


def there(name):
    return subprocess.run(['ip', 'link', 'show', name], capture_output=True).returncode == 0


with open(sys.argv[2] + '/linux_bridge.json') as f:
    vif = json.load(f)
with open(sys.argv[2] + '/instance.json') as f:
    instance = f.read()
data = vif['versioned_object.data']
data['network']['versioned_object.data']['bridge_interface'] = None
tap, text = data['vif_name'], json.dumps(vif)

check('version', lib.vif_version() == 200)
check('size_of_call', lib.vif_sizeof(b'vif_call') == ctypes.sizeof(Call))
check('size_of_nothing', lib.vif_sizeof(b'vif_nonesuch') == 0 and lib.vif_sizeof(b'') == 0)
check('not_open', call('plug', text)['status'] == 'E_NOT_OPEN')


class Desc(ctypes.Structure):
    _fields_ = [('options', ctypes.c_void_p), ('owner', ctypes.c_char_p),
                ('rest', ctypes.c_char * (lib.vif_sizeof(b'vif_host_desc') - 2 * ctypes.sizeof(
                    ctypes.c_void_p)))]


options = zeroed(b'vif_options')
check('option', lib.vif_option_set(options, b'create_tap', b'true', error) == 0)
desc = Desc(ctypes.cast(options, ctypes.c_void_p), b'python')
check('open', lib.vif_host_open(host, ctypes.byref(desc), error) == 0, error.raw)

said = call('dry_plug', text)
check('dry_plug', said['status'] == 'OK' and not there(tap) and tap in json.dumps(said['plan']),
      said)
said = call('check', text)
check('check_before', said['status'] == 'E_DIFFERENT' and said['differences'][0]['resource'], said)
check('small_room', call('plug', text, cap=2047) == {} and not there(tap))
said = call('plug', text, {'tap_owner': 0, 'port_isolated': True, 'use_ipv6': 'no'},
            instance=instance)
check('plug', said['status'] == 'OK' and said['link'] == tap and said['ifindex'] > 0 and there(tap),
      said)
details = json.loads(subprocess.check_output(['ip', '-d', '-j', 'link', 'show', tap]))[0]
check('plugged_as_asked', details['linkinfo']['info_slave_data']['isolated'] is True and
      details['ifindex'] == said['ifindex'] and details['ifalias'].startswith('vif:python:'),
      details)
check('check', call('check', text, {'tap_owner': 0})['differences'] == [])
said = call('plug', text.replace('"vif_name"', '"vif_nam"'))
check('misspelt', said['status'] == 'E_FIELD' and said['where'] == 'vif_nam' and
      'no such field' in said['text'] and said['retry'] == 'changed', said)
data['new'] = {'what': [1]}
check('unknown_field', call('check', json.dumps(vif))['where'] == 'new')
check('unknown_field_passed', call('check', json.dumps(vif), unknown=True)['status'] == 'OK')
for bad, where in (({'tap_owner': 'x'}, 'tap_owner'), ({'nonesuch': 1}, 'nonesuch'),
                   ({'tap_owner': None}, 'tap_owner'), ({'tap_owner': [1]}, 'tap_owner'),
                   ([], 'options'), (b'{"tap_owner":1}}', 'options'), (b'{', 'options'),
                   (b'{"tap_owner":1 "x":2}', 'options'), (b'', 'options')):
    said = call('plug', text, bad)
    check('options_%s' % bad, said['status'] in ('E_INVAL', 'E_JSON') and said['where'] == where,
          said)
check('no_verb', call('eject', text)['where'] == 'verb')
check('not_json', call('plug', 'x')['status'] == 'E_JSON')
check('not_a_vif', call('plug', instance)['status'] == 'E_OBJECT')
check('not_an_instance', call('plug', text, instance=text)['status'] == 'E_OBJECT')
check('dry_unplug', call('dry_unplug', text)['status'] == 'OK' and there(tap))
check('unplug', call('unplug', text)['status'] == 'OK' and not there(tap))
check('unplug_again', call('unplug', text)['status'] == 'OK')

# A NIC, in its own notation.
subprocess.run(['ip', 'link', 'add', 'br-nic', 'type', 'bridge'])
nic = json.dumps({'type': 'bridge', 'id': 'br-nic', 'hwaddr': '52:54:00:00:00:17'})
said = call('plug', nic, container=b'17')
check('nic', said['status'] == 'OK' and said['link'] == 'cont17-0' and there('cont17-0'), said)
check('nic_check', call('check', nic, container=b'17')['status'] == 'OK')
said = call('plug', nic.replace('hwaddr', 'mac'), container=b'17')
check('nic_misspelt', said['status'] == 'E_FIELD' and said['where'] == 'nics[0].mac', said)
check('nics', call('plug', '[%s,%s]' % (nic, nic), container=b'17')['status'] == 'E_SPACE')
check('nic_unplug', call('unplug', nic, container=b'17')['status'] == 'OK' and
      not there('cont17-0'))

# A switch, and a VIF in its port group.
switch = {'name': 'vs0', 'backend': 'linux', 'port_groups': [{'name': 'web'}]}
said = call('define', json.dumps(switch))
check('define', said['status'] == 'OK' and there('vs0'), said)
check('define_again', call('define', json.dumps(switch))['status'] == 'E_EXISTS')
said = call('plug', text, group=b'web')
check('plug_in_group', said['status'] == 'OK' and there(tap), said)
check('no_group', call('plug', text, group=b'db')['status'] == 'E_NO_INTERFACE')
check('undefine_busy', call('undefine', 'vs0')['status'] == 'E_BUSY' and there('vs0'))
switch['port_groups'].append({'name': 'db'})
check('edit', call('edit', json.dumps(switch))['status'] == 'OK')
check('unplug_from_group', call('unplug', text, group=b'web')['status'] == 'OK' and
      not there(tap))
check('misspelt_switch', call('edit', '{"name": "vs0", "vlan": 1}')['where'] == 'vlan')
check('undefine', call('undefine', 'vs0')['status'] == 'OK' and not there('vs0'))
lib.vif_host_close(host)
check('closed', call('plug', text)['status'] == 'E_NOT_OPEN')
sys.exit(failed)
