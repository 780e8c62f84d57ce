# SPDX-License-Identifier: LGPL-2.1-or-later
"""smimegw key: the file of public keys, and encrypting to what is in it."""

import json
import os
import pty
import random
import resource
import signal
import stat
import subprocess
import time
import unittest

from support import (ALICE, ALICE_CERT, COMMAND, DONE, NOT_PASSED, OTHER, OTHER_CERT, TROUBLE, USAGE,
                     CommandTest, body_of, key, read)


def entries(count, pem):
    return b'# smimegw public keys 1\n' + b''.join(
        b'\nName: key %d\nOrigin: test\n' % number + pem for number in range(count))


class KeyTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.keyring = self.folder / 'keys.pem'
        self.option = ['--keyring', self.keyring]

    def key(self, code, verb, *arguments, **options):
        return self.expect(code, 'key', verb, *self.option, *arguments, **options)

    def names(self):
        return [entry['name'] for entry in json.loads(self.key(DONE, 'list', '--json').out)['keys']]


class Keys(KeyTest):
    def test_add_list_show_remove(self):
        text = self.key(DONE, 'add', 'Alice', ALICE_CERT).out.decode()
        self.assertTrue(text.startswith('Alice\n  origin       administrator\n'), text)
        self.assertIn('alice@example.com', text)
        document = json.loads(self.key(DONE, 'add', '--origin', 'her card', '--json', 'Other',
                                       OTHER_CERT).out)
        self.assertEqual((document['name'], document['origin']), ('Other', 'her card'))
        self.assertTrue(document['findings'])
        listing = self.key(DONE, 'list').out.decode()
        self.assertRegex(listing, r'\AAlice\n(  .*\n)+Other\n(  .*\n)+\Z')
        documents = json.loads(self.key(DONE, 'list', '--json').out)['keys']
        self.assertEqual([entry['name'] for entry in documents], ['Alice', 'Other'])
        for entry in documents:
            for member in ('name', 'origin', 'addresses', 'key', 'not_after'):
                self.assertIn(entry[member], listing)
        self.assertIn('her card', self.key(DONE, 'show', 'Other').out.decode())
        shown = json.loads(self.key(DONE, 'show', '--json', 'Other').out)
        self.assertEqual(shown['fingerprint'], document['fingerprint'])
        self.key(DONE, 'rm', 'Alice')
        self.assertEqual(self.names(), ['Other'])
        self.key(DONE, 'rm', 'Other')
        self.assertEqual(self.names(), [])
        self.key(DONE, 'add', 'again', ALICE_CERT)

    def test_refusals_change_nothing(self):
        self.key(DONE, 'add', 'Alice', ALICE_CERT)
        before = self.keyring.read_bytes()
        for code, arguments in ((USAGE, ['add', 'Alice', OTHER_CERT]), (USAGE, ['add', ' x', ALICE_CERT]),
                                (USAGE, ['add', 'a\nb', ALICE_CERT]),
                                (NOT_PASSED, ['add', 'x', key('expired.pem')]),
                                (NOT_PASSED, ['add', 'x', key('rsa1024.pem')]),
                                (TROUBLE, ['add', 'x', '/no/such']),
                                (NOT_PASSED, ['rm', 'Alice', 'Bob']), (NOT_PASSED, ['show', 'Bob'])):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.key(code, *arguments).out, b'')
                self.assertEqual(self.keyring.read_bytes(), before)
        self.assertEqual(self.files(), ['keys.pem', 'keys.pem.lock'])
        self.key(DONE, 'add', '--replace', 'Alice', OTHER_CERT)
        self.key(DONE, 'add', '--force', 'old', key('expired.pem'))
        self.assertEqual(self.names(), ['Alice', 'old'])
        self.assertIn('expired', self.key(DONE, 'show', 'old').out.decode())

    def test_lookup(self):
        self.key(DONE, 'add', 'Alice', ALICE_CERT)
        self.key(DONE, 'add', 'Domain', key('domain.pem'))
        for address, name in (('alice@example.com', 'Alice'), ('ALICE@EXAMPLE.COM', 'Alice'),
                              ('bob@example.com', 'Domain'), ('bob@mail.example.net', 'Domain')):
            self.assertTrue(self.key(DONE, 'lookup', address).out.startswith(name.encode()), address)
        result = self.key(NOT_PASSED, 'lookup', 'alice@example.com', 'bob@example.net', '--json')
        self.assertIn('bob@example.net', result.err)
        found = json.loads(result.out)['addresses']
        self.assertEqual(found['alice@example.com']['name'], 'Alice')
        self.assertIsNone(found['bob@example.net'])

    def test_encrypt_to_addresses(self):
        self.key(DONE, 'add', 'Alice', ALICE_CERT)
        self.key(DONE, 'add', 'Other', OTHER_CERT)
        made = self.expect(DONE, 'encrypt', *self.option, '--to', 'alice@example.com', '--to',
                           'rsa2048@example.com', message=self.offer).out
        for identity in (ALICE, OTHER):
            self.assertEqual(body_of(self.expect(DONE, 'decrypt', '--identity', identity,
                                                 message=made).out), body_of(self.offer))
        made = self.expect(DONE, 'sign-encrypt', '--identity', ALICE, '--recipient', ALICE_CERT,
                           *self.option, '--to', 'rsa2048@example.com', message=self.offer).out
        for identity in (ALICE, OTHER):
            self.expect(DONE, 'decrypt', '--identity', identity, message=made)
        result = self.expect(TROUBLE, 'encrypt', *self.option, '--to', 'alice@example.com', '--to',
                             'nobody@example.org', message=self.offer)
        self.assertEqual(result.out, b'')
        self.assertIn('nobody@example.org', result.err)
        self.assertIn(str(self.keyring), result.err)


class Files(KeyTest):
    def test_export_and_import(self):
        self.key(DONE, 'add', 'Alice', ALICE_CERT)
        self.key(DONE, 'add', 'Other', OTHER_CERT)
        exported = self.key(DONE, 'export').out
        path = self.folder / 'export.txt'
        self.key(DONE, 'export', '-o', path)
        self.assertEqual(path.read_bytes(), exported)
        second = ['--keyring', self.folder / 'second.pem']
        text = self.expect(DONE, 'key', 'import', *second, path).out.decode()
        self.assertRegex(text, r'\Aline \d+: added: Alice\nline \d+: added: Other\n2 added\n\Z')
        self.assertEqual(self.expect(DONE, 'key', 'export', *second).out, exported)
        self.assertIn('2 same', self.expect(DONE, 'key', 'import', *second, path).out.decode())

    def test_report_of_each_entry(self):
        self.key(DONE, 'add', 'Alice', ALICE_CERT)
        path = self.write('in.txt', b'Name: Alice\n' + read(OTHER_CERT) + b'Name: Key\n' +
                          read(key('alice-key.pem')) + b'Name: Old\n' + read(key('expired.pem')) +
                          b'Name: New\n' + read(OTHER_CERT))
        result = self.key(NOT_PASSED, 'import', path)
        self.assertRegex(result.out.decode(), r'line \d+: conflict: Alice(.|\n)*private-key(.|\n)*'
                                              r'refused: Old: [^\n]*expired[^\n]*\n'
                                              r'line \d+: added: New\n(.|\n)*1 added\n')
        self.assertEqual(self.names(), ['Alice', 'New'])
        self.assertNotIn(b'PRIVATE', self.keyring.read_bytes())
        document = json.loads(self.key(NOT_PASSED, 'import', '--replace', '--json', path).out)
        self.assertEqual([entry['outcome'] for entry in document['entries']],
                         ['replaced', 'private-key', 'refused', 'same'])
        self.assertEqual(document['counts'], {'added': 0, 'replaced': 1, 'same': 1, 'conflict': 0,
                                              'refused': 1, 'private-key': 1})
        self.assertEqual([entry['line'] for entry in document['entries']],
                         sorted(entry['line'] for entry in document['entries']))

    def test_a_file_without_keys_is_trouble(self):
        for data in (b'', b'hello\n'):
            self.key(TROUBLE, 'import', self.write('in.txt', data))
            self.assertFalse(self.keyring.exists())

    def test_progress(self):
        path = self.write('in.txt', entries(3, read(ALICE_CERT)))
        self.assertEqual(self.key(DONE, 'import', path).err, '')
        result = self.key(DONE, 'import', '--progress', path)
        self.assertRegex(result.err, r'(?m)^100 %, 3 entries$')
        master, slave = pty.openpty()
        done = subprocess.run([COMMAND, 'key', 'import', *self.option, path], stderr=slave,
                              stdout=subprocess.DEVNULL, check=True)
        os.close(slave)
        self.assertEqual(done.returncode, DONE)
        self.assertIn(b'\r100 %, 3 entries', os.read(master, 10000))
        os.close(master)

    def test_a_keyring_that_is_something_else_is_not_replaced(self):
        for data in (b'hello\n', read(ALICE), read(key('rsa2048.p12')), entries(1, read(ALICE_CERT)) +
                     b'\nName: bad\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'):
            self.keyring.write_bytes(data)
            for arguments in (['add', 'x', OTHER_CERT], ['list'], ['rm', 'x'],
                              ['import', OTHER_CERT]):
                self.assertIn(str(self.keyring), self.key(TROUBLE, *arguments).err)
                self.assertEqual(self.keyring.read_bytes(), data)

    def test_rights_and_links_stay(self):
        self.key(DONE, 'add', 'Alice', ALICE_CERT)
        mask = os.umask(0)
        os.umask(mask)
        self.assertEqual(stat.S_IMODE(self.keyring.stat().st_mode), 0o666 & ~mask)
        self.keyring.chmod(0o640)
        if os.geteuid() == 0:
            os.chown(self.keyring, 1, 2)
        self.keyring.rename(self.folder / 'real.pem')
        self.keyring.symlink_to('real.pem')
        self.key(DONE, 'add', 'Other', OTHER_CERT)
        status = self.keyring.stat()
        self.assertEqual(stat.S_IMODE(status.st_mode), 0o640)
        if os.geteuid() == 0:
            self.assertEqual((status.st_uid, status.st_gid), (1, 2))
        self.assertTrue(self.keyring.is_symlink())


class Atomic(KeyTest):
    """A change is there as a whole or not at all, and none is lost."""

    def start(self, *arguments, **options):
        return subprocess.Popen([COMMAND, 'key', *map(str, arguments), *map(str, self.option)],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)

    def test_many_at_once(self):
        processes = [self.start('add', 'key %d' % number, ALICE_CERT) for number in range(20)]
        self.assertEqual([process.wait() for process in processes], [DONE] * 20)
        self.assertEqual(sorted(self.names()), sorted('key %d' % number for number in range(20)))
        self.assertEqual(self.files(), ['keys.pem', 'keys.pem.lock'])

    def test_killed_while_it_writes(self):
        rng = random.Random(3)
        old = entries(900, read(ALICE_CERT))
        new = None
        killed = 0
        start = time.monotonic()
        self.keyring.write_bytes(old)
        self.start('add', 'x', ALICE_CERT).wait()
        duration = time.monotonic() - start
        new = self.keyring.read_bytes()
        self.assertNotEqual(new, old)
        for _ in range(25):
            self.keyring.write_bytes(old)
            process = self.start('add', 'x', ALICE_CERT)
            time.sleep(rng.uniform(0, duration))
            process.send_signal(signal.SIGKILL)
            killed += process.wait() != DONE
            self.assertIn(self.keyring.read_bytes(), (old, new))
        self.assertGreater(killed, 5)
        self.key(DONE, 'add', 'y', ALICE_CERT)

    def test_no_room(self):
        self.keyring.write_bytes(entries(20, read(ALICE_CERT)))
        before = self.keyring.read_bytes()

        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, len(before) // 2))
        self.assertEqual(self.start('add', 'x', ALICE_CERT, preexec_fn=limit).wait(), TROUBLE)
        self.assertEqual(self.keyring.read_bytes(), before)
        self.assertEqual(self.files(), ['keys.pem', 'keys.pem.lock'])
        self.key(TROUBLE, 'export', '-o', '/dev/full')


if __name__ == '__main__':
    unittest.main()
