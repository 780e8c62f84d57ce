# SPDX-License-Identifier: LGPL-2.1-or-later
"""smimegw policy: the file of policies, and receiving by what is in it. What a file of either
kind goes through (locks, crashes, rights) is shown in test_profile.py: one piece serves both."""

import json
import unittest

from support import (ALICE, ALICE_CERT, DONE, NOT_PASSED, TROUBLE, USAGE, CommandTest)

HEAD = b'# smimegw policies 1\n'


class PolicyTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.path = self.folder / 'policies.txt'
        self.option = ['--policies', self.path]

    def policy(self, code, verb, *arguments, **options):
        return self.expect(code, 'policy', verb, *self.option, *arguments, **options)

    def create(self, name, *fields, code=DONE):
        return self.policy(code, 'create', name, *(word for field in fields for word in ('--set', field)))


class Policies(PolicyTest):
    def test_create_show_edit_copy_search_remove(self):
        out = self.create('Inbound', 'signature=remove', 'authserv-id=mx.example.com').out
        self.assertEqual(out.decode(), 'Inbound\n'
                         '  smime                on\n'
                         '  signature            remove\n'
                         '  authserv-id          mx.example.com\n')
        self.assertEqual(self.policy(DONE, 'show', 'Inbound').out, out)
        self.policy(DONE, 'edit', 'Inbound', '--set', 'signature=', '--set', 'strict-recipients=yes')
        self.policy(DONE, 'copy', 'Inbound', 'Lax', '--set', 'strict-recipients=no')
        self.assertEqual(self.path.read_bytes(), HEAD +
                         b'\n[Inbound]\nstrict-recipients = yes\nauthserv-id = mx.example.com\n'
                         b'\n[Lax]\nstrict-recipients = no\nauthserv-id = mx.example.com\n')
        found = json.loads(self.policy(DONE, 'search', 'LAX', '--json').out)
        self.assertEqual([entry['name'] for entry in found['policies']], ['Lax'])
        self.policy(NOT_PASSED, 'search', 'nothing')
        self.policy(DONE, 'rm', 'Inbound')
        self.assertEqual(self.policy(DONE, 'check').out, b'1 policies\n')
        self.assertIn('no policy Inbound', self.policy(NOT_PASSED, 'show', 'Inbound').err)

    def test_export_import(self):
        self.create('a', 'signature=remove')
        self.create('b', 'smime=off')
        exported = self.policy(DONE, 'export').out
        self.assertEqual(exported, self.path.read_bytes())
        copy = self.write('copy.txt', exported.replace(b'\n', b'\r\n'))
        second = ['--policies', self.folder / 'second.txt']
        self.assertEqual(self.expect(DONE, 'policy', 'import', *second, copy).out, b'2 added\n')
        self.assertEqual(self.expect(DONE, 'policy', 'export', *second).out, exported)
        self.expect(USAGE, 'policy', 'import', *second, copy)
        bad = self.write('bad.txt', HEAD + b'[c]\nsignature = take\n')
        self.assertIn('bad.txt: line 3: signature', self.policy(NOT_PASSED, 'import', bad).err)
        profiles = self.write('profiles.txt', b'# smimegw profiles 1\n')
        self.assertIn('line 1', self.policy(NOT_PASSED, 'import', profiles).err)
        self.assertEqual(exported, self.path.read_bytes())

    def test_what_does_not_apply_is_refused(self):
        for fields, words in ((['smime=off', 'signature=remove'], 'signature does not apply'),
                              (['remove-forged=no'], 'remove-forged does not apply'),
                              (['mode=sign'], 'no setting is called "mode"')):
            self.assertIn(words, self.create('x', *fields, code=USAGE).err)
            self.assertFalse(self.path.exists())


class Receiving(PolicyTest):
    def receive(self, code, *arguments, message):
        return self.expect(code, 'receive', '--pin', ALICE_CERT, *arguments, message=message)

    def test_the_settings_of_a_policy_are_used(self):
        """C40, C41"""
        self.create('strip', 'signature=remove', 'authserv-id=mx.example.com')
        signed = self.sign()
        out = self.receive(DONE, *self.option, '--policy', 'strip', message=signed).out
        self.assertTrue(out.startswith(b'Authentication-Results: mx.example.com; smime=pass'))
        self.assertNotIn(b'multipart/signed', out)
        kept = self.receive(DONE, *self.option, '--policy', 'strip', '--signature', 'keep', message=signed).out
        self.assertIn(b'multipart/signed', kept)
        self.assertIn('no policy x', self.receive(TROUBLE, *self.option, '--policy', 'x', message=signed).err)
        self.receive(USAGE, '--policy', 'strip', message=signed)

    def test_over_the_size_is_delivered(self):
        """C42: a limit of ours loses nobody's mail, and forged results go."""
        forged = b'Authentication-Results: mx.example.com; smime=pass\r\n' + self.sign()
        small = ['--set', 'message-size=1K', '--authserv-id', 'mx.example.com']
        path = self.write('large.eml', forged)
        for arguments, message in (([], forged), ([path], b'')):
            result = self.receive(DONE, *small, *arguments, message=message)
            self.assertEqual(result.out, forged.split(b'\r\n', 1)[1])
            self.assertIn('more than message-size', result.err)
            self.assertNotIn('\npass', '\n' + result.err)
        # large enough
        result = self.receive(DONE, '--set', 'message-size=1M', message=forged)
        self.assertNotIn('message-size', result.err)
        self.assertIn('pass', result.err)

    def test_a_decrypted_message_is_over_no_limit(self):
        out = self.expect(DONE, 'receive', '--identity', ALICE, message=self.encrypt()).out
        self.assertNotIn(b'enveloped-data', out)


if __name__ == '__main__':
    unittest.main()
