# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the `smimegw` command; the keys and the message are the repository's own."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Git keeps no rights, and the command warns of private keys that others can read.
_HOLDER = tempfile.TemporaryDirectory()
KEYS = pathlib.Path(shutil.copytree(ROOT / 'tests' / 'data' / 'keys', _HOLDER.name + '/keys'))
for _path in KEYS.iterdir():
    _path.chmod(0o600)
OFFER = ROOT / 'tests' / 'data' / 'message' / 'offer.eml'
COMMAND = os.environ.get('SMIMEGW', str(ROOT / 'build' / 'examples' / 'cli' / 'smimegw'))
DONE, NOT_PASSED, USAGE, TROUBLE = 0, 1, 2, 3


def key(name):
    return str(KEYS / name)


ALICE, ALICE_CERT = key('alice-id.pem'), key('alice.pem')
OTHER, OTHER_CERT = key('rsa2048-id.pem'), key('rsa2048.pem')
ROOT_CERT = key('root.pem')


def read(path):
    return pathlib.Path(path).read_bytes()


def body_of(message):
    return message.split(b'\r\n\r\n', 1)[1]


class Result:
    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr.decode()


class CommandTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.offer = OFFER.read_bytes()

    def assertIn(self, member, container, msg=None):
        """A whole message in a report helps nobody."""
        if member not in container:
            self.fail(msg or '%r is not in %s ...' % (member, repr(container)[:300]))

    def run_command(self, *arguments, message=None, env=None, cwd=None):
        """Runs it with the message in a pipe; no message: an empty one."""
        environment = {**os.environ, 'LC_ALL': 'C.UTF-8', **(env or {})}
        return Result(subprocess.run([COMMAND, *map(str, arguments)], input=message or b'',
                                     capture_output=True, timeout=60, env=environment,
                                     cwd=cwd))

    def expect(self, code, *arguments, **options):
        result = self.run_command(*arguments, **options)
        self.assertEqual(result.code, code, '%s\n%s' % (arguments, result.err))
        if code in (USAGE, TROUBLE):
            self.assertRegex(result.err, r'\Asmimegw: [^\n]+\n\Z')
        return result

    def sign(self, *more, identity=ALICE):
        return self.expect(DONE, 'sign', '--identity', identity, *more, message=self.offer).out

    def encrypt(self, *more, cert=ALICE_CERT):
        return self.expect(DONE, 'encrypt', '--recipient', cert, *more, message=self.offer).out

    def sign_encrypt(self, *more, verb='sign-encrypt'):
        return self.expect(DONE, verb, '--identity', ALICE, '--recipient', OTHER_CERT, *more,
                           message=self.offer).out

    def write(self, name, data):
        path = self.folder / name
        path.write_bytes(data)
        return path

    def files(self):
        return sorted(path.name for path in self.folder.iterdir())
