# SPDX-License-Identifier: LGPL-2.1-or-later
"""Start a slapd and servers that misbehave, all on loopback, then run a test against them.

usage: servers.py TEST [ARGUMENT ...]
"""

import base64
import os
import pathlib
import shutil
import socket
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import time

KEYS = pathlib.Path(__file__).resolve().parents[1] / 'data' / 'keys'
SLAPD = shutil.which('slapd', path=os.environ['PATH'] + ':/usr/sbin')
BASE = 'dc=example,dc=com'
CONFIG = '''include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {place}/pid
argsfile {place}/args
TLSCACertificateFile {place}/ca.pem
TLSCertificateFile {place}/server.pem
TLSCertificateKeyFile {place}/server.key
sizelimit 100
threads 4
database mdb
suffix "dc=example,dc=com"
rootdn "cn=admin,dc=example,dc=com"
rootpw secret
directory {place}/db
maxsize 67108864
index mail eq
access to dn.subtree="ou=closed,dc=example,dc=com" by users read by * none
access to * by * read
'''


def run(*command):
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def der(name):
    done = subprocess.run(['openssl', 'x509', '-in', str(KEYS / f'{name}.pem'), '-outform', 'DER'],
                          check=True, stdout=subprocess.PIPE)
    return done.stdout


def bag(*names):
    files = [word for name in names for word in ('-certfile', str(KEYS / f'{name}.pem'))]
    return subprocess.run(['openssl', 'crl2pkcs7', '-nocrl', '-outform', 'DER', *files],
                          check=True, stdout=subprocess.PIPE).stdout


def entry(name, *attributes, mails=None, under='ou=people'):
    lines = [f'dn: cn={name},{under},{BASE}', 'objectClass: inetOrgPerson', f'cn: {name}',
             f'sn: {name}']
    lines += [f'mail: {mail}' for mail in mails or [f'{name}@example.com']]
    lines += [f'{attribute}:: {base64.b64encode(value).decode()}' for attribute, value in attributes]
    return '\n'.join(lines) + '\n\n'


def content():
    binary, bare = 'userCertificate;binary', 'userSMIMECertificate'
    text = f'dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\no: x\ndc: example\n\n'
    for unit in ('people', 'closed'):
        text += f'dn: ou={unit},{BASE}\nobjectClass: organizationalUnit\nou: {unit}\n\n'
    text += entry('rsa2048', (binary, der('rsa2048')), mails=['RSA2048@Example.com', 'alias@example.com'])
    text += entry('p256', (bare, bag('p256', 'intermediate')))
    text += entry('p384', (binary, der('rsa2048')), (bare, der('p384')))
    text += entry('bare')
    text += entry('wrong', (binary, der('p521')))
    text += entry('junk', (bare, b'\x30\x82 no certificate'))
    text += entry('some', (bare, b'\x30\x82 no certificate'), (binary, der('domain')), mails=['x25519@example.com'])
    text += entry('one', (binary, der('rsa3072')), mails=['rsa3072@example.com'])
    text += entry('two', (binary, der('rsa3072')), mails=['rsa3072@example.com'])
    text += entry('tagged', (binary, der('can-gcm')), (binary, der('alice')), mails=['can-gcm@example.com']).replace(
        '\nsn', '\nmail;lang-de: alice@example.com\nsn')
    text += entry('closed', (binary, der('p521')), mails=['p521@example.com'], under='ou=closed')
    return text


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def tlv(tag, *parts):
    body = b''.join(parts)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    octets = size.to_bytes((size.bit_length() + 7) // 8, 'big')
    return bytes([tag, 128 + len(octets)]) + octets + body


def result(number, tag, code):
    return tlv(0x30, tlv(2, bytes([number])), tlv(tag, tlv(10, bytes([code])), tlv(4), tlv(4)))


def found(number, mail, values):
    return tlv(0x30, tlv(2, bytes([number])), tlv(
        0x64, tlv(4, b'cn=x'), tlv(
            0x30, tlv(0x30, tlv(4, b'mail'), tlv(0x31, tlv(4, mail))),
            tlv(0x30, tlv(4, b'userCertificate;binary'), tlv(0x31, *(tlv(4, v) for v in values))))))


def referral(number):
    return tlv(0x30, tlv(2, bytes([number])), tlv(0x73, tlv(4, b'ldap://127.0.0.1:1/')))


VILLAINS = {
    'busy': lambda n: result(n, 0x65, 51),
    'missing': lambda n: result(n, 0x65, 32),
    'limit': lambda n: result(n, 0x65, 4),
    'refers': lambda n: result(n, 0x65, 10),
    'reference': lambda n: referral(n) + result(n, 0x65, 0),
    'garbage': lambda n: b'\x30\x84\xff\xff\xff\xff' + bytes(range(200)),
    'cut': lambda n: found(n, b'rsa2048@example.com', [der('rsa2048')]),
    'silent': lambda n: b'',
    'many': lambda n: found(n, b'rsa2048@example.com', [
        b'\x30\x03\x02\x01' + bytes([i % 251]) for i in range(10000)]) + result(n, 0x65, 0),
    'huge': lambda n: found(n, b'rsa2048@example.com', [bytes(6 << 20)]) + result(n, 0x65, 0),
    'stranger': lambda n: found(n, b'somebody@example.org', [der('rsa2048')]) + result(n, 0x65, 0),
}


class Villain(socketserver.BaseRequestHandler):
    """Lets anybody in, and answers each search in its own way."""

    def handle(self):
        try:
            self.answer()
        except OSError:
            pass  # the client has had enough

    def answer(self):
        waiting = b''
        while True:
            piece = self.request.recv(65536)
            if not piece:
                return
            waiting += piece
            while len(waiting) > 2:
                size, head = waiting[1], 2
                if size & 128:
                    head += size & 127
                    size = int.from_bytes(waiting[2:head], 'big')
                if len(waiting) < head + size:
                    break
                message, waiting = waiting[head:head + size], waiting[head + size:]
                number, tag = message[2], message[3]
                if tag == 0x60:
                    self.request.sendall(result(number, 0x61, 0))
                elif tag == 0x63:
                    self.request.sendall(VILLAINS[self.server.kind](number))
                    if self.server.kind == 'cut':
                        return


class HalfRecord(Villain):
    """Of its answer to a search it sends the beginning of a TLS record, and no more."""

    def handle(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server.place / 'server.pem', self.server.place / 'server.key')
        try:
            with context.wrap_socket(self.request, server_side=True) as stream:
                bind = stream.recv(65536)
                stream.sendall(result(bind[4], 0x61, 0))
                stream.recv(65536)
                os.write(stream.fileno(), b'\x17\x03\x03')
                time.sleep(20)
        except OSError:
            pass  # the client has had enough


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


def start_villains(environment):
    for kind in VILLAINS:
        server = Server(('127.0.0.1', 0), Villain)
        server.kind = kind
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment[f'LDAP_{kind.upper()}'] = f'ldap://127.0.0.1:{server.server_address[1]}'


def start_half_record(place, environment):
    server = Server(('127.0.0.1', 0), HalfRecord)
    server.place = place
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment['LDAP_HALF_RECORD'] = f'ldaps://127.0.0.1:{server.server_address[1]}'


def make_certs(place):
    new = ['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '3']
    run(*new, '-keyout', place / 'ca.key', '-out', place / 'ca.pem', '-subj', '/CN=CA')
    run('openssl', 'req', '-newkey', 'rsa:2048', '-nodes', '-keyout', place / 'server.key', '-out',
        place / 'server.csr', '-subj', '/CN=x')
    (place / 'extensions').write_text('subjectAltName=IP:127.0.0.1\n')
    run('openssl', 'x509', '-req', '-in', place / 'server.csr', '-CA', place / 'ca.pem', '-CAkey',
        place / 'ca.key', '-CAcreateserial', '-days', '3', '-extfile', place / 'extensions', '-out',
        place / 'server.pem')


def start_slapd(place, environment):
    (place / 'db').mkdir()
    make_certs(place)
    (place / 'slapd.conf').write_text(CONFIG.format(place=place))
    (place / 'content.ldif').write_text(content())
    run(shutil.which('slapadd', path=os.environ['PATH'] + ':/usr/sbin'), '-q', '-f', place / 'slapd.conf', '-l',
        place / 'content.ldif')
    plain, tls = free_port(), free_port()
    server = subprocess.Popen([SLAPD, '-d', os.environ.get('SLAPD_DEBUG', '0'), '-f', place / 'slapd.conf', '-h',
                               f'ldap://127.0.0.1:{plain}/ ldaps://127.0.0.1:{tls}/'])
    for _ in range(200):
        try:
            socket.create_connection(('127.0.0.1', tls)).close()
            break
        except OSError:
            time.sleep(0.05)
    environment.update(LDAP_PLAIN=f'ldap://127.0.0.1:{plain}', LDAP_OTHER_NAME=f'ldap://localhost:{plain}',
                       LDAP_TLS=f'ldaps://127.0.0.1:{tls}', LDAP_TLS_OTHER_NAME=f'ldaps://localhost:{tls}',
                       LDAP_CA=str(place / 'ca.pem'), LDAP_NOBODY=f'ldap://127.0.0.1:{free_port()}',
                       LDAP_PID=str(server.pid))
    return server


def main():
    if SLAPD is None or not os.path.exists('/etc/ldap/schema/core.schema'):
        print('1..0 # SKIP no slapd')
        return 0
    environment = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        server = start_slapd(pathlib.Path(folder), environment)
        start_villains(environment)
        start_half_record(pathlib.Path(folder), environment)
        try:
            return subprocess.run(sys.argv[1:], env=environment, check=False).returncode
        finally:
            server.terminate()
            server.wait()


if __name__ == '__main__':
    sys.exit(main())
