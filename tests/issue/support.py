# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the driver of template.h, and the tools that judge what it makes."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

DRIVER = os.environ.get('ISSUE_DRIVER', 'issue-driver')
START = 1780272000  # 2026-06-01T00:00:00Z
DAY = 86400
ALGORITHMS = ('rsa', 'ecdsa-with-sha256', 'ed25519')
FIELDS = {
    'common-name': 'gw.example.org',
    'organization': 'Müller & Söhne',
    'organizational-unit': 'Post',
    'locality': 'Köln',
    'state': 'Nordrhein-Westfalen',
    'country': 'de',
    'domains': 'example.org, *.MÜNCHEN.de',
    'addresses': 'Info@Example.org, grüße@exämple.org, bob@exämple.org',
}
BLOCK = re.compile(rb'-----BEGIN ([A-Z ]+)-----\n.*?-----END \1-----\n', re.S)


def blocks(pem):
    """The PEM blocks of a file, by their label."""
    return {match.group(1).decode(): match.group(0) for match in BLOCK.finditer(pem)}


class IssueTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='iss')
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_tool(self, *command, data=b'', success=(0,), env=None):
        """Standard output and error of a command that must end well."""
        done = subprocess.run([str(part) for part in command], input=data, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env={**os.environ, 'LC_ALL': 'C.UTF-8', **(env or {})})
        if done.returncode not in success:
            self.fail('%s: %d\n%s' % (command, done.returncode,
                                      done.stdout.decode(errors='replace')))
        return done.stdout

    def drive(self, command, *arguments, data=None, passphrase='', **fields):
        done = self.try_drive(command, *arguments, data=data, passphrase=passphrase, **fields)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done.stdout

    def try_drive(self, command, *arguments, data=None, passphrase='', **fields):
        """Fields by name, with underscores."""
        pairs = ['%s=%s' % (name.replace('_', '-'), value) for name, value in fields.items()]
        with open(data or os.devnull, 'rb') as stream:
            return subprocess.run([DRIVER, command, *map(str, arguments), *pairs],
                                  stdin=stream, capture_output=True, timeout=60,
                                  env={**os.environ, 'PASSPHRASE': passphrase})

    def write(self, name, data):
        path = self.folder / name
        path.write_bytes(data)
        return path

    def create(self, start=START, name='id', **fields):
        """Paths of the identity and of its certificate alone."""
        pem = self.drive('create', start, '', **fields)
        return (self.write(name + '.pem', pem),
                self.write(name + '-cert.pem', blocks(pem)['CERTIFICATE']))

    def openssl(self, *arguments, **options):
        return self.run_tool('openssl', *arguments, **options)


def all_fields():
    return {name.replace('-', '_'): value for name, value in FIELDS.items()}
