# SPDX-License-Identifier: LGPL-2.1-or-later
"""Wrong command lines, help, settings, and files that are not what they should be."""

import re
import subprocess
import unittest

from support import (ALICE, COMMAND, DONE, OFFER, OTHER_CERT, ROOT_CERT, TROUBLE, USAGE,
                     CommandTest, key)

VERBS = ['sign', 'encrypt', 'sign-encrypt', 'triple', 'decrypt', 'verify', 'plan', 'protect', 'filter',
         'inspect', 'settings']
NAMED = ['create', 'edit', 'copy', 'show', 'list', 'search', 'rm', 'check', 'import', 'export']
GROUPS = {'cert': ['create', 'csr', 'renew', 'import', 'lint', 'show'],
          'key': ['add', 'list', 'show', 'rm', 'import', 'export', 'lookup'],
          'profile': NAMED, 'policy': NAMED,
          'trust': ['list', 'extract']}
ALL = VERBS + ['%s %s' % (group, verb) for group, verbs in GROUPS.items() for verb in verbs]


class Usage(CommandTest):
    def test_wrong_command_lines(self):
        for arguments in (
                [], ['frobnicate'], ['sign'], ['encrypt'], ['decrypt'], ['verify'],
                ['sign-encrypt', '--identity', ALICE],
                ['triple', '--recipient', OTHER_CERT],
                ['sign', '--identity', ALICE, '--no-such-option'],
                ['sign', '--identity'],
                ['sign', '--identity', ALICE, '--identity', ALICE],
                ['sign', '--identity', ALICE, '--recipient', OTHER_CERT],
                ['sign', '--identity', ALICE, '--json'],
                ['sign', '--identity', ALICE, str(OFFER), str(OFFER)],
                ['sign', '--identity', ALICE, '-o', 'a', '-o', 'b'],
                ['settings', 'x'],
                ['sign', '--identity', ALICE, '--set', 'no-such-setting=1'],
                ['sign', '--identity', ALICE, '--set', 'sign-form'],
                ['sign', '--identity', ALICE, '--set', 'sign-form=sideways'],
                ['sign', '--identity', ALICE, '--set', 'mode=encrypt'],
                ['sign', '--identity', ALICE, '--form', 'sideways'],
                ['sign', '--identity', ALICE, '--digest', 'md5'],
                ['encrypt', '--recipient', OTHER_CERT, '--cipher', 'rot13'],
                ['encrypt', '--recipient', OTHER_CERT, '--key-encryption', 'x'],
                ['encrypt', '--recipient', OTHER_CERT, '--recipient-id', 'x'],
                ['verify', '--trust', ROOT_CERT, '--time', 'yesterday'],
                ['verify', '--trust', ROOT_CERT, '--set', 'sign-form=opaque'],
                ['verify', '--deny', ROOT_CERT],
                ['verify', '--trust', ROOT_CERT, '--revocation', 'perhaps'],
                ['encrypt', '--to', 'alice@example.com'],
                ['decrypt', '--identity', ALICE, '--identity', ALICE, '--cert', ROOT_CERT],
                ['cert'], ['cert', 'frobnicate'], ['cert create'], ['key'], ['trust', 'x'],
                ['cert', 'create'], ['cert', 'create', '-o', '/no/such', 'x'],
                ['cert', 'create', '-o', 'x', '--cn', 'a', '--country', 'Germany'],
                ['cert', 'create', '-o', 'x', '--cn', 'a', '--set', 'message-size=1'],
                ['cert', 'create', '-o', 'x', '--cn', 'a', '--time', 'now and then'],
                ['cert', 'csr'], ['cert', 'renew', '--identity', ALICE],
                ['cert', 'import', ALICE], ['cert', 'import', '-o', 'x'],
                ['cert', 'import', ALICE, '-o', 'x', '--store', '/tmp', '--name', 'y'],
                ['cert', 'import', ALICE, '--store', '/tmp'],
                ['cert', 'import', ALICE, '--store', '/tmp', '--name', '../x'],
                ['cert', 'import', ALICE, '--store', '/tmp', '--name', '.x'],
                ['cert', 'import', ALICE, '-o', '/no/such/x', '--fqdn-check', 'maybe'],
                ['cert', 'lint'], ['cert', 'lint', '--use', 'all', ROOT_CERT],
                ['cert', 'show', '--time', '2026', ROOT_CERT],
                ['key', 'list'], ['key', 'add', '--keyring', 'k', 'name'],
                ['key', 'show', '--keyring', 'k'], ['key', 'rm', '--keyring', 'k'],
                ['key', 'import', '--keyring', 'k'], ['key', 'lookup', '--keyring', 'k'],
                ['profile'], ['profile', 'list'], ['profile', 'create', '--profiles', 'p'],
                ['profile', 'show', '--profiles', 'p'], ['profile', 'rm', '--profiles', 'p'],
                ['profile', 'copy', '--profiles', 'p', 'x'], ['profile', 'search', '--profiles', 'p'],
                ['profile', 'import', '--profiles', 'p'], ['sign', '--identity', ALICE, '--profile', 'x'],
                ['verify', '--trust', ROOT_CERT, '--profiles', 'p'],
                ['policy'], ['policy', 'list'], ['policy', 'list', '--profiles', 'p'],
                ['profile', 'list', '--policies', 'p'], ['receive', '--policy', 'x'],
                ['plan'], ['plan', '--from', ''], ['protect', '--from', '', '--to', 'a@b.c'],
                ['filter'], ['filter', '--incoming', '--outgoing'], ['filter', '--outgoing', 'a@b.c'],
                ['help', 'frobnicate'], ['help', 'a', 'b', 'c'],
                ['trust', 'list'], ['trust', 'extract', 'x']):
            with self.subTest(arguments=arguments):
                result = self.expect(USAGE, *arguments, message=self.offer, cwd=self.folder)
                self.assertEqual(result.out, b'')
                self.assertEqual(self.files(), [])

    def test_help_and_version(self):
        listing = self.expect(DONE, '--help').out.decode()
        for verb in VERBS + list(GROUPS):
            self.assertRegex(listing, r'\n  %s +[A-Z]' % verb)
        for group, verbs in GROUPS.items():
            group_listing = self.expect(DONE, group, '--help').out.decode()
            self.assertEqual(re.findall(r'\n  %s (\S+) +[A-Z]' % group, group_listing),
                             verbs)
        for verb in ALL:
            help_text = self.expect(DONE, *verb.split(), '--help').out.decode()
            self.assertTrue(help_text.startswith('Usage: smimegw %s ' % verb))
            self.assertEqual(self.expect(DONE, 'help', *verb.split()).out.decode(), help_text)
            self.assertLessEqual(max(map(len, help_text.splitlines())), 120)
        self.assertRegex(self.expect(DONE, '--version').out, rb'\Asmimegw \d+\.\d+\.\d+\n\Z')

    def test_each_verb_shows_only_its_options(self):
        options = {verb: set(re.findall(r'--[a-z-]+',
                                        self.expect(DONE, *verb.split(), '--help').out.decode()))
                   for verb in ALL}
        self.assertIn('--form', options['sign'])
        self.assertNotIn('--recipient', options['sign'])
        self.assertNotIn('--identity', options['encrypt'])
        self.assertNotIn('--output', options['inspect'])
        self.assertNotIn('--trust', options['sign'])
        self.assertIn('--crl', options['encrypt'])
        self.assertNotIn('--key-size', options['cert renew'])
        self.assertNotIn('--keyring', options['cert create'])
        self.assertLess(options['sign'] | options['encrypt'], options['triple'] | {'--x'})

    def test_settings_list(self):
        text = self.expect(DONE, 'settings').out.decode()
        self.assertRegex(text, r'(?m)^gateway')
        self.assertRegex(text, r'(?m)^profile')
        self.assertRegex(text, r'(?m)^certificate')
        self.assertRegex(text, r'(?m)^  sign-form +detached +\S')

    def test_every_setting_takes_its_default(self):
        """The listing, the setters and the parsers of values share one table."""
        text = self.expect(DONE, 'settings').out.decode()
        for line in re.split(r'\n(?:policy|certificate)', text)[0].splitlines():
            match = re.match(r'  (\S+) +(\S+) +\S', line)
            if match is None or match[1] == 'mode':
                continue
            with self.subTest(line=line):
                value = '' if match[2] == '-' else match[2]
                self.expect(DONE, 'triple', '--identity', ALICE, '--recipient', OTHER_CERT, '--set',
                            '%s=%s' % (match[1], value), message=self.offer)

    def test_full_stdout_is_trouble(self):
        with open('/dev/full', 'wb') as full:
            for arguments in (['settings'], ['sign', '--identity', ALICE, str(OFFER)]):
                done = subprocess.run([COMMAND, *arguments], stdout=full,
                                      stderr=subprocess.PIPE, check=False)
                self.assertEqual(done.returncode, TROUBLE)


class Files(CommandTest):
    def test_files_that_are_not_there_or_wrong(self):
        for arguments in (
                ['sign', '--identity', '/no/such'], ['sign', '--identity', str(OFFER)],
                ['sign', '--identity', ROOT_CERT], ['sign', '--identity', '/'],
                ['encrypt', '--recipient', '/no/such'], ['encrypt', '--recipient', str(OFFER)],
                ['verify', '--trust', '/no/such'], ['verify', '--trust', str(OFFER)],
                ['verify', '--trust', ROOT_CERT, '--intermediate', '/no/such'],
                ['sign', '--identity', ALICE, '/no/such'], ['sign', '--identity', ALICE, '/'],
                ['sign', '--identity', ALICE, '-o', '/no/such/file'],
                ['sign', '--identity', '/dev/zero'],
                ['sign', '--identity', key('rsa2048.p12'), '--passphrase-file', '/no/such'],
                ['sign', '--identity', key('rsa2048-key.pem'), '--cert', '/no/such'],
                ['sign', '--identity', 'pkcs11:token=x', '--pin-file', '/no/such'],
                ['verify', '--trust', ROOT_CERT, '--crl', '/no/such'],
                ['verify', '--trust', ROOT_CERT, '--crl', ROOT_CERT],
                ['verify', '--trust', ROOT_CERT, '--deny', '/no/such'],
                ['encrypt', '--keyring', '/no/such', '--to', 'a@example.com'],
                ['encrypt', '--keyring', ROOT_CERT, '--to', 'a@example.com'],
                ['cert', 'show', '/no/such'], ['cert', 'show', str(OFFER)],
                ['cert', 'lint', '/no/such'], ['cert', 'import', '/no/such', '-o', 'x'],
                ['cert', 'create', '--cn', 'a.example.com', '-o', '/no/such/file'],
                ['key', 'list', '--keyring', '/no/such'],
                ['key', 'import', '--keyring', '/no/such/k', ROOT_CERT],
                ['trust', 'list', '/no/such'], ['trust', 'extract', '--module', '/no/such']):
            with self.subTest(arguments=arguments):
                result = self.expect(TROUBLE, *arguments, message=self.offer)
                self.assertEqual(result.out, b'')
                named = [str(name) for name in arguments if str(name).startswith('/')]
                self.assertTrue(not named or any(name in result.err for name in named), result.err)

    def test_errors_name_the_message(self):
        path = self.write('broken.eml', self.offer)
        for arguments in (['sign', '--identity', key('rsa2048-id.pem')],
                          ['verify', '--trust', ROOT_CERT], ['decrypt', '--identity', ALICE]):
            self.assertIn('%s %s: ' % (arguments[0], path),
                          self.run_command(*arguments, path).err)
            self.assertIn('%s stdin: ' % arguments[0],
                          self.run_command(*arguments, message=self.offer).err)

    def test_nothing_to_send_is_no_message(self):
        empty = self.write('empty.eml', b'')
        for arguments in (['sign', '--identity', ALICE], ['encrypt', '--recipient', OTHER_CERT]):
            self.assertEqual(self.expect(TROUBLE, *arguments, message=b'').err,
                             'smimegw: stdin: the message is empty\n')
            self.assertEqual(self.expect(TROUBLE, *arguments, empty).err,
                             'smimegw: %s: the message is empty\n' % empty)
        self.expect(DONE, 'inspect', empty)

    def test_passphrase(self):
        for name in ('rsa2048.p12', 'rsa2048-legacy.p12'):
            bundle = key(name)
            offer = self.offer.replace(b'<alice@example.com>', b'<rsa2048@example.com>')
            sign = ['sign', '--identity', bundle]
            self.expect(TROUBLE, *sign, message=offer)
            self.expect(TROUBLE, *sign, '--passphrase-file', self.write('no', b'wrong\n'),
                        message=offer)
            for text in (b'secret', b'secret\n', b'secret\r\nand more\n'):
                good = self.write('yes', text)
                self.expect(DONE, *sign, '--passphrase-file', good, message=offer)


if __name__ == '__main__':
    unittest.main()
