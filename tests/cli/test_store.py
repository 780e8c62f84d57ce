# SPDX-License-Identifier: LGPL-2.1-or-later
"""smimegw store, and --store of the verbs that look keys up or verify."""

import json
import unittest

from support import (ALICE, ALICE_CERT, DONE, NOT_PASSED, OTHER, OTHER_CERT, ROOT_CERT, TROUBLE, USAGE,
                     CommandTest, body_of, read)

BOB = 'rsa2048@example.com'


class StoreTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.store = self.folder / 'store.db'
        self.text = self.folder / 'keys.pem'
        for store in (self.store, self.text):
            self.expect(DONE, 'store', 'create', '--store', store)

    def do(self, code, verb, *arguments, store=None, **options):
        return self.expect(code, 'store', verb, '--store', store or self.store, *arguments, **options)

    def records(self, *arguments, store=None):
        return json.loads(self.do(DONE, 'list', '--json', *arguments, store=store).out)['records']

    def names(self, *arguments, store=None):
        return [record['name'] for record in self.records(*arguments, store=store)]


class Administration(StoreTest):
    def test_create(self):
        self.assertEqual(self.store.stat().st_mode & 0o777, 0o600)
        self.do(DONE, 'add', 'Bob', OTHER_CERT)
        self.do(DONE, 'create')
        self.assertEqual(self.names(), ['Bob'])

    def test_add_show_remove(self):
        for store in (self.store, self.text):
            made = json.loads(self.do(DONE, 'add', 'Bob', OTHER_CERT, '--origin', 'by hand', '--json', store=store).out)
            self.assertEqual((made['kind'], made['grade'], made['origin']), ('key', 'administrator', 'by hand'))
            self.assertIn('by hand', self.do(DONE, 'show', 'Bob', store=store).out.decode())
            self.do(USAGE, 'add', 'Bob', ALICE_CERT, store=store)
            self.do(DONE, 'add', 'Bob', ALICE_CERT, '--replace', store=store)
            record, = self.records(store=store)
            self.assertEqual(record['addresses'], 'alice@example.com')
            self.do(NOT_PASSED, 'rm', 'Bob', 'nobody', store=store)
            self.assertEqual(self.names(store=store), ['Bob'])
            self.do(DONE, 'rm', 'Bob', store=store)
            self.do(NOT_PASSED, 'show', 'Bob', store=store)

    def test_copy(self):
        self.do(DONE, 'add', 'Bob', OTHER_CERT)
        self.do(DONE, 'show', 'Bob', '-o', self.folder / 'copy.pem')
        self.assertEqual(read(self.folder / 'copy.pem').split(), read(OTHER_CERT).split())

    def test_identities_without_their_keys(self):
        self.do(DONE, 'add', 'gateway', ALICE_CERT, '--kind', 'identity')
        self.assertIn('private key', self.do(NOT_PASSED, 'add', 'other', ALICE, '--kind', 'identity').err)
        self.assertEqual(self.names('--kind', 'identity'), ['gateway'])
        self.assertEqual(self.names('--kind', 'key'), [])
        self.do(DONE, 'rm', 'gateway', '--kind', 'identity')
        self.do(USAGE, 'add', 'x', ALICE_CERT, '--kind', 'profile')
        self.do(USAGE, 'list', '--kind', 'fish')
        self.do(USAGE, 'add', 'x', ALICE_CERT, '--kind', 'identity', store=self.text)

    def test_weak_keys(self):
        self.do(NOT_PASSED, 'add', 'CA', ROOT_CERT)
        self.do(DONE, 'add', 'CA', ROOT_CERT, '--force')

    def test_import_and_export(self):
        self.do(DONE, 'add', 'Bob', OTHER_CERT, store=self.text)
        self.do(DONE, 'add', 'Alice', ALICE_CERT, store=self.text)
        export = self.do(DONE, 'export', store=self.text).out
        path = self.write('export.txt', export + read(ROOT_CERT))
        report = self.do(NOT_PASSED, 'import', path, '--progress')
        self.assertRegex(report.err, r'100 %, 3 entries')
        self.assertIn(b'2 added\n1 refused\n', report.out)
        again = json.loads(self.do(NOT_PASSED, 'import', path, '--json').out)
        self.assertEqual((again['counts']['same'], again['counts']['refused']), (2, 1))
        self.do(DONE, 'export', '-o', self.folder / 'other.txt')
        self.assertEqual(sorted(read(self.folder / 'other.txt').split()), sorted(export.split()))
        self.do(TROUBLE, 'import', self.write('none.txt', b'nothing\n'))
        self.assertEqual(self.names(), ['Alice', 'Bob'])

    def test_check(self):
        self.do(DONE, 'add', 'Bob', OTHER_CERT)
        self.assertEqual(self.do(DONE, 'check').out, b'1 records\n')
        data = bytearray(read(self.store))
        for at in range(len(data) // 2, len(data), 97):
            data[at] ^= 1
        self.store.write_bytes(data)
        self.assertIn('store.db', self.do(NOT_PASSED, 'check').err)
        self.do(DONE, 'add', 'Bob', OTHER_CERT, store=self.text)
        self.assertEqual(self.do(DONE, 'check', store=self.text).out, b'1 records\n')
        self.text.write_bytes(read(self.text)[:900])
        self.assertIn('line ', self.do(TROUBLE, 'check', store=self.text).err)
        self.do(TROUBLE, 'check', store=self.folder / 'none.db')

    def test_backup(self):
        self.do(DONE, 'add', 'Bob', OTHER_CERT)
        copy = self.folder / 'copy.db'
        self.assertIn('100 %', self.do(DONE, 'backup', copy, '--progress').err)
        self.assertEqual(self.names(store=copy), ['Bob'])
        self.do(USAGE, 'backup', copy, store=self.text)
        self.do(TROUBLE, 'backup', self.folder / 'no' / 'copy.db')

    def test_profiles_and_policies(self):
        for noun, field in (('profile', 'mode=encrypt'), ('policy', 'signature=remove')):
            place = ['--store', self.store]
            self.expect(DONE, noun, 'create', *place, 'p', '--set', field)
            self.expect(DONE, noun, 'copy', *place, 'p', 'q', '--set', field)
            self.expect(USAGE, noun, 'create', *place, 'p')
            self.expect(DONE, noun, 'rm', *place, 'q')
            self.assertIn(field.split('=')[1], self.expect(DONE, noun, 'list', *place).out.decode())
            self.expect(DONE, noun, 'check', *place)
            self.assertEqual(self.names('--kind', noun), ['p'])
            file = self.folder / noun
            self.expect(DONE, noun, 'export', *place, '-o', file)
            self.expect(DONE, noun, 'import', *place, '--replace', file)
            plural = '--profiles' if noun == 'profile' else '--policies'
            self.expect(USAGE, noun, 'list', plural, file, *place)
            self.expect(USAGE, noun, 'list')
            self.expect(TROUBLE, noun, 'create', '--store', self.text, 'p')

    def test_names(self):
        self.do(TROUBLE, 'list', store=self.folder / 'none.db')
        self.do(TROUBLE, 'list', store=self.folder / 'none.pem')
        self.expect(USAGE, 'store', 'list')
        odd = self.write('keys-of-ours', read(OTHER_CERT))
        self.assertEqual(len(self.names(store=odd)), 1)
        result = self.run_command('store', 'list', '--store', 'postgres:host=/no/such password=geheim')
        self.assertIn(result.code, (USAGE, TROUBLE))
        self.assertNotIn('geheim', result.err)


class Looking(StoreTest):
    """In one SQLite store, one PEM file, or both."""

    def setUp(self):
        super().setUp()
        self.do(DONE, 'add', 'Bob', OTHER_CERT)
        self.do(DONE, 'add', 'Alice', ALICE_CERT, store=self.text)
        self.both = ['--store', self.text, '--store', self.store]

    def test_encrypt_by_address(self):
        for store in ([*self.both], ['--store', self.store]):
            made = self.expect(DONE, 'encrypt', *store, '--to', BOB, message=self.offer).out
            opened = self.expect(DONE, 'decrypt', '--identity', OTHER, message=made).out
            self.assertEqual(body_of(opened), body_of(self.offer))
        self.assertIn('bounced', self.expect(TROUBLE, 'encrypt', *self.both, '--to', 'eve@example.net',
                                             message=self.offer).err)
        self.expect(USAGE, 'encrypt', '--to', BOB, message=self.offer)
        self.expect(USAGE, 'encrypt', '--keyring', self.text, *self.both, '--to', BOB, message=self.offer)

    def test_extra_recipients_by_name(self):
        made = self.expect(DONE, 'encrypt', *self.both, '--to', BOB, '--set', 'extra-recipients=Alice',
                           message=self.offer).out
        for identity in (ALICE, OTHER):
            self.expect(DONE, 'decrypt', '--identity', identity, message=made)
        self.assertIn('no public key Carol', self.expect(
            TROUBLE, 'encrypt', *self.both, '--to', BOB, '--set', 'extra-recipients=Carol', message=self.offer).err)

    def test_plan_and_protect(self):
        envelope = ['--from', 'alice@example.com', '--to', BOB, '--set', 'mode=encrypt']
        found = json.loads(self.expect(DONE, 'plan', *self.both, *envelope, '--json', message=self.offer).out)
        recipient, = found['recipients']
        self.assertEqual((recipient['outcome'], recipient['source'], recipient['record']), ('encrypted', 1, 'Bob'))
        self.expect(DONE, 'protect', *self.both, *envelope, '--out-dir', self.folder / 'out', message=self.offer)
        self.assertIsNotNone(self.records('--kind', 'key')[0]['last_used'])

    def test_verify(self):
        signed = self.sign()
        self.expect(NOT_PASSED, 'verify', '--store', self.store, message=signed)
        self.expect(DONE, 'verify', *self.both, message=signed)
        self.expect(DONE, 'receive', *self.both, message=signed)
        self.do(DONE, 'rm', 'Alice', store=self.text)
        self.expect(NOT_PASSED, 'verify', *self.both, message=signed)

    def test_a_store_that_fails_sends_nothing(self):
        """Never "no key": try again."""
        envelope = ['--from', 'alice@example.com', '--', BOB]
        options = ['--mta', '--outgoing', '--set', 'mode=encrypt', '--set', 'missing-key=split']
        whole = read(self.text)
        self.text.write_bytes(whole[:len(whole) // 2])
        result = self.run_command('filter', *options, *self.both, *envelope, message=self.offer)
        self.assertEqual((result.code, result.out), (75, b''))
        self.assertIn('line ', result.err)

    def test_profile_and_policy_of_a_name(self):
        self.expect(DONE, 'profile', 'create', '--store', self.store, 'p', '--set', 'mode=encrypt')
        self.expect(DONE, 'policy', 'create', '--store', self.store, 'in', '--set', 'authserv-id=mx.example.com')
        made = self.expect(DONE, 'encrypt', '--store', self.store, '--profile', 'p', '--to', BOB,
                           message=self.offer).out
        opened = self.expect(DONE, 'receive', '--store', self.store, '--policy', 'in', '--identity', OTHER,
                             message=made).out
        self.assertTrue(opened.startswith(b'Authentication-Results: mx.example.com;'))
        for verb, option in (('encrypt', '--profile'), ('receive', '--policy')):
            words = ['--to', BOB] if verb == 'encrypt' else []
            self.assertIn('no p', self.expect(TROUBLE, verb, '--store', self.store, option, 'x', *words,
                                              message=self.offer).err)


class Harvest(StoreTest):
    """The verbs' ways to fail; what they do is in tests/scene/test_harvest.py."""

    def test_nothing_there(self):
        for verb in ('list', 'alerts'):
            self.assertEqual(self.expect(DONE, 'harvest', verb, '--store', self.store).out, b'')
        document = json.loads(self.expect(DONE, 'harvest', 'list', '--store', self.store, '--json').out)
        self.assertEqual(document, {'harvested': []})
        for verb in ('show', 'rm', 'promote'):
            self.expect(NOT_PASSED, 'harvest', verb, '--store', self.store, 'nobody')
        self.expect(USAGE, 'harvest', 'list')

    def test_taken_names_and_settings(self):
        receiving = ['receive', '--store', self.store, '--trust', ROOT_CERT, '--policy-set', 'harvest=on']
        self.expect(DONE, *receiving, '--set', 'size-limit=1M', message=self.sign())
        self.expect(USAGE, *receiving, '--set', 'size-limit=rot', message=self.sign())
        self.expect(USAGE, 'receive', '--set', 'size-limit=1M', message=self.sign())
        name = json.loads(self.expect(DONE, 'harvest', 'list', '--store', self.store, '--json').out)['harvested'][0]['name']
        self.do(DONE, 'add', 'Taken', OTHER_CERT)
        self.expect(NOT_PASSED, 'harvest', 'promote', '--store', self.store, name, 'Taken')
        self.expect(DONE, 'harvest', 'promote', '--store', self.store, name, 'Taken', '--replace')
        self.assertEqual(self.records('--kind', 'key')[0]['addresses'], 'alice@example.com')


if __name__ == '__main__':
    unittest.main()
