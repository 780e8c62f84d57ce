# SPDX-License-Identifier: LGPL-2.1-or-later
"""Start a name server with signed zones on loopback, then run a test against it.

usage: servers.py TEST [ARGUMENT ...]
"""

import base64
import hashlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

KEYS = pathlib.Path(__file__).resolve().parents[1] / 'data' / 'keys'
PATH = os.environ['PATH'] + ':/usr/sbin'
CONFIG = '''server:
    rundir: "{place}"
    listen: 127.0.0.1@{port}
database:
    storage: "{place}"
log:
  - target: stderr
    any: critical
template:
  - id: default
    storage: "{place}"
    file: "%s.zone"
    zonefile-sync: -1
zone:
  - domain: example.com
    dnssec-signing: on
  - domain: example.net
    dnssec-signing: on
  - domain: unsigned.example.com
  - domain: example.edu
'''


def der(name):
    text = (KEYS / f'{name}.pem').read_text().split('-----')[2]
    return base64.b64decode(text)


def record(local, *head, data):
    owner = hashlib.sha256(local.encode()).hexdigest()[:56]
    value = bytes(head) + data
    return f'{owner}._smimecert TYPE53 \\# {len(value)} {value.hex()}\n'


def zone(domain):
    text = f'$ORIGIN {domain}.\n$TTL 60\n@ SOA ns hostmaster 1 3600 600 86400 60\n@ NS ns\nns A 127.0.0.1\n'
    text += record('rsa2048', 3, 0, 0, data=der('rsa2048'))
    text += record('p256', 1, 0, 0, data=der('p256'))
    text += record('p384', 3, 0, 0, data=der('p384')) + record('p384', 3, 1, 1, data=bytes(32))
    text += record('issuer', 2, 0, 0, data=der('root')) + record('ca', 0, 0, 0, data=der('root'))
    text += 'unsigned NS ns\n'
    text += record('hash', 3, 0, 1, data=hashlib.sha256(der('p521')).digest())
    text += record('key', 3, 1, 0, data=bytes(91))
    text += record('later', 7, 0, 0, data=der('p521'))
    text += record('wrong', 3, 0, 0, data=der('p521'))
    text += record('junk', 3, 0, 0, data=b'\x30\x82 no certificate')
    text += record('short', 3, 0, 0, data=b'')
    text += ''.join(record('many', 3, 0, 0, data=b'\x30\x02' + i.to_bytes(2, 'big')) for i in range(500))
    alias = hashlib.sha256(b'rsa3072').hexdigest()[:56]
    text += f'{alias}._smimecert CNAME elsewhere\nelsewhere TYPE53 \\# '
    value = bytes((3, 0, 0)) + der('rsa3072')
    return text + f'{len(value)} {value.hex()}\n'


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def wait_for(port):
    """Until the zone that takes longest to sign is served."""
    query = b'\0\1\0\0\0\1\0\0\0\0\0\0\7example\3com\0\0\6\0\1'
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.connect(('127.0.0.1', port))
        probe.settimeout(0.1)
        for _ in range(200):
            try:
                probe.send(query)
                if probe.recv(4096)[3] & 15 == 0:
                    return
                time.sleep(0.05)
            except OSError:
                time.sleep(0.05)


def start_knot(place, environment):
    port = free_port()
    config = place / 'knot.conf'
    config.write_text(CONFIG.format(place=place, port=port))
    for domain in ('example.com', 'example.net', 'example.edu', 'unsigned.example.com'):
        (place / f'{domain}.zone').write_text(zone(domain))
    server = subprocess.Popen([shutil.which('knotd', path=PATH), '-c', str(config)])
    anchor = ''
    for _ in range(200):
        done = subprocess.run([shutil.which('keymgr', path=PATH), '-c', str(config), 'example.com', 'ds'],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
        lines = [line for line in done.stdout.splitlines() if ' DS ' in line]
        if lines:
            anchor = lines[0] + '\n'
            break
        time.sleep(0.05)
    # a key that the zone does not have: all in it is bogus
    anchor += f'example.net. IN DS 12345 13 2 {"ab" * 32}\n'
    (place / 'anchor').write_text(anchor)
    (place / 'no-anchor').write_text('; .  IN DS is to come\n\n')
    environment.update(DNS_SERVER=f'127.0.0.1@{port}', DNS_ANCHOR=str(place / 'anchor'),
                       DNS_NO_ANCHOR=str(place / 'no-anchor'))
    wait_for(port)
    return server


def main():
    if shutil.which('knotd', path=PATH) is None:
        print('1..0 # SKIP no knotd')
        return 0
    environment = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder, \
            socket.socket(type=socket.SOCK_DGRAM) as silent:
        silent.bind(('127.0.0.1', 0))
        environment['DNS_SILENT'] = f'127.0.0.1@{silent.getsockname()[1]}'
        server = start_knot(pathlib.Path(folder), environment)
        try:
            return subprocess.run(sys.argv[1:], env=environment, check=False).returncode
        finally:
            server.terminate()
            server.wait()


if __name__ == '__main__':
    sys.exit(main())
