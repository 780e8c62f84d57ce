# SPDX-License-Identifier: LGPL-2.1-or-later
"""A certification authority run with `openssl ca` and `openssl ocsp`, in a folder; no network."""

import pathlib
import re
import shutil
import subprocess

SETTINGS = """[ca]
default_ca = one
[one]
dir = {folder}
database = {folder}/index.txt
serial = {folder}/serial
crlnumber = {folder}/crlnumber
new_certs_dir = {folder}
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
default_md = sha256
default_days = 365
default_crl_days = 7
policy = any
unique_subject = no
copy_extensions = none
[any]
organizationName = optional
commonName = supplied
[list]
authorityKeyIdentifier = keyid
[authority]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[user]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature,keyAgreement,keyEncipherment
extendedKeyUsage = emailProtection
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = email:$ENV::ADDRESS
[responder]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = OCSPSigning
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


def run(*arguments, **options):
    done = subprocess.run([str(one) for one in arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False,
                          env={'PATH': '/usr/bin:/bin', 'ADDRESS': options.pop('address', 'none')},
                          **options)
    if done.returncode != 0:
        raise RuntimeError('%s: %s' % (arguments[:2], done.stderr.decode(errors='replace')))
    return done.stdout


def openssl(*arguments, **options):
    return run('openssl', *arguments, **options)


class Person:
    """A certificate, its key, and both in one file."""

    def __init__(self, folder, name):
        self.name = name
        self.address = name + '@example.test'
        self.cert = folder / (name + '.pem')
        self.key = folder / (name + '.key')
        self.identity = folder / (name + '-id.pem')

    def make_request(self, subject):
        request = self.cert.with_suffix('.csr')
        openssl('req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', self.key, '-out',
                request, '-subj', subject)
        return request


class Authority:
    """One key with its index: `index.txt` says who was revoked."""

    def __init__(self, folder, subject, issuer=None):
        self.folder = folder
        self.settings = folder / 'ca.cnf'
        folder.mkdir()
        self.settings.write_text(SETTINGS.format(folder=folder))
        for name, text in (('index.txt', ''), ('serial', '1000\n'), ('crlnumber', '01\n')):
            (folder / name).write_text(text)
        self.person = Person(folder, 'ca')
        request = self.person.make_request(subject)
        if issuer is None:
            openssl('ca', '-batch', '-selfsign', '-config', self.settings, '-extensions',
                    'authority', '-in', request, '-out', self.person.cert, '-notext', '-keyfile',
                    self.person.key)
        else:
            issuer.sign(request, self.person.cert, 'authority')

    @property
    def cert(self):
        return self.person.cert

    def sign(self, request, cert, kind, address='none'):
        openssl('ca', '-batch', '-config', self.settings, '-extensions', kind, '-in', request,
                '-out', cert, '-notext', address=address)

    def issue(self, name, kind='user'):
        person = Person(self.folder, name)
        self.sign(person.make_request('/O=Example/CN=' + name), person.cert, kind,
                  person.address)
        person.identity.write_bytes(person.cert.read_bytes() + self.cert.read_bytes() +
                                    person.key.read_bytes())
        person.identity.chmod(0o600)
        return person

    def revoke(self, cert):
        openssl('ca', '-config', self.settings, '-revoke', cert, '-crl_reason', 'keyCompromise')

    def list(self, name, *more):
        """The CRL of what is revoked by now: PEM, and DER beside it with another ending."""
        path = self.folder / (name + '.pem')
        openssl('ca', '-config', self.settings, '-gencrl', '-crlexts', 'list', '-out', path,
                *more)
        openssl('crl', '-in', path, '-outform', 'DER', '-out', path.with_suffix('.der'))
        return path

    def snapshot(self, name):
        """The index as it is, for a responder that is asked later."""
        return pathlib.Path(shutil.copy(self.folder / 'index.txt', self.folder / name))

    def answer(self, name, index, cert, signer, *more, request=None):
        """A response of `openssl ocsp` with that index."""
        if request is None:
            request = self.folder / (name + '.req')
            openssl('ocsp', '-issuer', self.cert, '-cert', cert, '-no_nonce', '-reqout', request)
        path = self.folder / (name + '.ors')
        openssl('ocsp', '-index', index, '-CA', self.cert, '-rsigner', signer.cert, '-rkey',
                signer.key, '-reqin', request, '-respout', path, '-ndays', '3', *more)
        return path


class World:
    """Root, intermediate, alice and bob; alice gets revoked, and then the intermediate. `other`
    is a world of strangers who have the same names."""

    def __init__(self, folder):
        folder.mkdir()
        self.root = Authority(folder / 'root', '/O=Example/CN=Root')
        self.middle = Authority(folder / 'middle', '/O=Example/CN=Middle', self.root)
        self.alice = self.middle.issue('alice')
        self.bob = self.middle.issue('bob')
        self.responder = self.middle.issue('responder', 'responder')
        self.root_list = self.root.list('root')
        self.good = self.middle.list('good')
        self.good_index = self.middle.snapshot('index-good')
        self.empty_index = folder / 'index-empty'
        self.empty_index.write_text('')
        past = ('-crl_lastupdate', '20260101000000Z', '-crl_nextupdate', '20260201000000Z')
        self.stale_good = self.middle.list('stale-good', *past)
        self.middle.revoke(self.alice.cert)
        self.bad = self.middle.list('bad')
        self.bad_index = self.middle.snapshot('index-bad')
        self.stale_bad = self.middle.list('stale-bad', *past)
        self.root.revoke(self.middle.cert)
        self.root_bad = self.root.list('root-bad')

    def everybody(self):
        return ['--trust', self.root.cert, '--intermediate', self.middle.cert]


def clear_text(person):
    return ('From: %s\r\nTo: you@example.test\r\nSubject: Hello\r\nMIME-Version: 1.0\r\n'
            'Content-Type: text/plain\r\n\r\nHello\r\n' % person.address).encode()


def sign(world, person, *more):
    """By `openssl cms`, the intermediate included."""
    out = openssl('cms', '-sign', '-signer', person.cert, '-inkey', person.key, '-certfile',
                  world.middle.cert, '-from', person.address, '-to', 'you@example.test', *more,
                  input=b'Content-Type: text/plain\r\n\r\nHello\r\n')
    return re.sub(b'\r?\n', b'\r\n', out) if '-outform' not in more else out
