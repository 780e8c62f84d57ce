# SPDX-License-Identifier: LGPL-2.1-or-later
"""The scenes' stage: companies, people and their keys, and who plays them.

Company A is our command. Company B's gateway and the consumers are the peers of
tests/interop. A's certificate is made by `smimegw cert create`, and once more, over the same
key, by an issuing CA under a foreign root, of which A asked by `smimegw cert csr`.
"""

import atexit
import functools
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import types

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / 'interop'), str(TESTS / 'cli')]

import mime  # noqa: E402, after the path
from layers import Encryption, Signing  # noqa: E402
from matrix import text_of  # noqa: E402, F401
from operations import MULTIPART, TEXT  # noqa: E402, F401
from peers.base import Refused  # noqa: E402, F401
from peers.bouncycastle import BouncyCastle  # noqa: E402
from peers.camel import Camel  # noqa: E402
from peers.gpgsm import Gpgsm  # noqa: E402
from peers.openssl_cms import OpensslCms  # noqa: E402
from pki import CA_EXTENSIONS, KINDS, LEAF_EXTENSIONS, Credential, Pki, openssl  # noqa: E402
from support import COMMAND, DONE, NOT_PASSED, USAGE, CommandTest  # noqa: E402, F401

_HOLDER = tempfile.TemporaryDirectory()
_FOLDER = pathlib.Path(_HOLDER.name)
GATEWAYS = (OpensslCms, BouncyCastle, Gpgsm)
PEERS = {kind.name: kind for kind in GATEWAYS + (Camel,)}
CBC = 'aes-256-cbc'
SIGNED = Signing('detached', 'sha256')
OPAQUE = Signing('opaque', 'sha256')
ENCRYPTED = Encryption(CBC, 'rsa-pkcs1')
ALICE, BOB, CAROL, DAVE = ('alice@a.example', 'bob@b.example', 'carol@mail.example',
                           'dave@elsewhere.example')
# SMIMECapabilities of aes-128-cbc alone.
CAN_AES_128 = '1.2.840.113549.1.9.15=DER:300d300b0609608648016503040102\n'
# kind of key, who issued the certificate, whom it names, and what else it says
PEOPLE = {
    'gateway-b': ('rsa2048', 'ca-b', 'DNS:b.example', ''),
    'bob': ('rsa2048', 'ca-b', 'email:' + BOB, ''),
    'bob-new': ('p256', 'ca-b', 'email:' + BOB, ''),
    'bob-newer': ('p256', 'ca-b', 'email:' + BOB, ''),
    'bob-other': ('p256', 'ca', 'email:' + BOB, ''),
    'ben': ('p256', 'ca-b', 'email:ben@b.example', ''),
    'ben-new': ('p256', 'ca-b', 'email:ben@b.example', ''),
    'ben-newer': ('p256', 'ca-b', 'email:ben@b.example', ''),
    'carol': ('rsa2048', 'ca', 'email:' + CAROL, ''),
    'erin': ('p256', 'ca', 'email:erin@mail.example', ''),
    'frank': ('rsa2048', 'ca', 'email:frank@mail.example', CAN_AES_128),
    'archive': ('rsa2048', 'ca', 'email:archive@a.example', ''),
    'eve': ('rsa2048', 'ca-eve', 'email:' + ALICE, ''),
}


class World(Pki):
    """Who is asked for is made then: keys take their time."""

    def __init__(self, folder):
        self.folder = str(folder)
        folder.mkdir()
        self.leaves = {}

    def __getitem__(self, name):
        if name not in self.leaves:
            self.leaves[name] = self._made(name)
        return self.leaves[name]

    def _made(self, name):
        if name.split('-')[0] == 'ca':
            return self._root(name)
        if name == 'issuing':
            return self._issue(name, 'rsa2048', self['ca'], CA_EXTENSIONS)
        if name == 'a-own':
            return self._own()
        if name == 'a':
            return self._signed_request()
        kind, issuer, names, more = PEOPLE[name]
        extensions = LEAF_EXTENSIONS.replace('email:%s', names) % KINDS[kind][1] + more
        leaf = self._issue(name, kind, self[issuer], extensions)
        leaf.address = names.split(':')[1]
        return self._identity(leaf)

    def _identity(self, leaf):
        parts = [pathlib.Path(path).read_bytes() for path in (leaf.cert, leaf.chain, leaf.key)]
        write_private(leaf.identity, b''.join(parts))
        return leaf

    def _own(self):
        """What `cert create` makes, and the same in the files that peers want."""
        own = Credential(self.folder, 'a-own', 'rsa2048', None)
        own.chain, own.address = own.cert, ALICE
        command('cert', 'create', '--cn', 'mail.a.example', '--org', 'Company A', '--country',
                'DE', '--domain', 'a.example', '--key-size', '2048', '-o', own.identity)
        openssl('x509', '-in', own.identity, '-out', own.cert)
        openssl('pkey', '-in', own.identity, '-out', own.key)
        return own

    def _signed_request(self):
        """The same key under a certificate of a foreign CA."""
        signed = Credential(self.folder, 'a', 'rsa2048', self['issuing'])
        signed.key, signed.address = self['a-own'].key, ALICE
        request, issuer = signed.cert + '.csr', self['issuing']
        command('cert', 'csr', '--identity', self['a-own'].identity, '-o', request)
        openssl('x509', '-req', '-in', request, '-CA', issuer.cert, '-CAkey', issuer.key,
                '-set_serial', '4711', '-days', '30', '-copy_extensions', 'copyall',
                '-out', signed.cert)
        return self._identity(signed)


def write_private(path, data):
    path = pathlib.Path(path)
    path.write_bytes(data)
    path.chmod(0o600)


def command(*arguments):
    """Our command, where it must do what it is told."""
    done = subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, check=False)
    if done.returncode != DONE:
        raise RuntimeError('%s: %s' % (arguments[:2], done.stderr.decode()))
    return done.stdout


@functools.cache
def world():
    return World(_FOLDER / 'world')


@functools.cache
def peer(name, trusted):
    """A peer that trusts one certificate of the world, running; or why it is missing."""
    kind = PEERS[name]
    if kind.missing():
        return kind.missing()
    made = kind(str(_FOLDER / ('%s-%s' % (name, trusted))),
                types.SimpleNamespace(root=world()[trusted]))
    made.start()
    atexit.register(made.stop)
    return made


def letter(sender=ALICE, to=(BOB,), cc=(), entity=MULTIPART, more=b''):
    """A mail whose header would not survive a careless hand."""
    copies = b'Cc: %s\r\n' % ', '.join(cc).encode() if cc else b''
    return mime.with_outer(
        b'Received: from pc.example by mx.example;\r\n\tTue, 24 Nov 2026 14:00:00 +0000\r\n'
        b'From: "Somebody" <%s>\r\nTo: %s\r\n%ssubject:  two  spaces\r\nX-Odd:  kept\r\n%s'
        % (sender.encode(), ',\r\n '.join(to).encode(), copies, more), entity)


class SceneTest(CommandTest):
    """Company A's command, and the other side."""

    @classmethod
    def setUpClass(cls):
        cls.world = world()

    def peer(self, name, trusted):
        found = peer(name, trusted)
        if isinstance(found, str):
            self.skipTest(found)
        return found

    def profile_fields(self):
        """Names of the fields that a profile has."""
        text = self.expect(DONE, 'settings').out.decode()
        block = re.search(r'^profile \(.*\n((?:  .*\n)+)', text, re.M).group(1)
        return {line.split()[0] for line in block.splitlines() if re.match(r'  \S', line)}

    def profile(self, name, **fields):
        """Make a profile by `profile create`; the options that use it."""
        profiles = self.folder / 'profiles.txt'
        words = [word for field, value in fields.items()
                 for word in ('--set', '%s=%s' % (field.replace('_', '-'), value))]
        self.expect(DONE, 'profile', 'create', '--replace', '--profiles', profiles, name, *words)
        return ['--profiles', profiles, '--profile', name]

    def protect(self, message, mode, *, identity='a', to=(), options=()):
        """Company A sends: mode is the verb."""
        signing = [] if mode == 'encrypt' else ['--identity', self.world[identity].identity]
        certs = [word for name in to for word in ('--recipient', self.world[name].cert)]
        return self.expect(DONE, mode, *signing, *certs, *options, message=message).out

    def receive(self, message, *options, identity='a', trust=('--trust-domain', 'ca-b')):
        """Company A receives: (what is delivered, verdict)."""
        out = self.folder / 'delivered.eml'
        option, root = trust
        result = self.expect(DONE, 'receive', '--identity', self.world[identity].identity, option,
                             self.world[root].cert, '--json', '-o', out, *options,
                             message=message)
        return out.read_bytes(), json.loads(result.out)

    def assertSameMail(self, found, wanted):
        """Header fields outside and the entity, byte for byte."""
        self.assertEqual(mime.outer_of(found), mime.outer_of(wanted))
        self.assertEqual(mime.entity_of(found), mime.entity_of(wanted))


def printed(message):
    """What `openssl cms -cmsout -print` shows of the outermost object."""
    return subprocess.run(['openssl', 'cms', '-cmsout', '-print', '-noout'], input=message,
                          capture_output=True, check=True).stdout.decode()


def parsed(der):
    """What `openssl asn1parse` shows: one line an element."""
    return subprocess.run(['openssl', 'asn1parse', '-inform', 'DER'], input=der,
                          capture_output=True, check=True).stdout.decode().splitlines()

