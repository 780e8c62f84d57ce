# SPDX-License-Identifier: LGPL-2.1-or-later
"""smimegw profile: the file of sending profiles, and sending by what is in it."""

import json
import os
import random
import resource
import signal
import stat
import subprocess
import time
import unittest

from support import (ALICE, ALICE_CERT, COMMAND, DONE, NOT_PASSED, OTHER, OTHER_CERT, TROUBLE, USAGE,
                     CommandTest, body_of)

HEAD = b'# smimegw profiles 1\n'


class ProfileTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.path = self.folder / 'profiles.txt'
        self.option = ['--profiles', self.path]

    def profile(self, code, verb, *arguments, **options):
        return self.expect(code, 'profile', verb, *self.option, *arguments, **options)

    def create(self, name, *fields, code=DONE):
        return self.profile(code, 'create', name, *(word for field in fields for word in ('--set', field)))

    def names(self, *arguments):
        text = self.profile(DONE, *(arguments or ['list']), '--json').out
        return [entry['name'] for entry in json.loads(text)['profiles']]


class Profiles(ProfileTest):
    def test_create_show_edit_copy_remove(self):
        out = self.create('Partner', 'missing-key=split', 'mode=sign-encrypt', 'cipher=aes-128-gcm').out
        self.assertEqual(out.decode(), 'Partner\n'
                         '  mode                 sign-encrypt\n'
                         '  missing-key          split\n'
                         '  cipher               aes-128-gcm\n')
        self.assertEqual(self.profile(DONE, 'show', 'Partner').out, out)
        self.profile(DONE, 'edit', 'Partner', '--set', 'cipher=', '--set', 'digest=sha384')
        self.assertEqual(json.loads(self.profile(DONE, 'show', 'Partner', '--json').out),
                         {'name': 'Partner', 'fields': {'mode': 'sign-encrypt', 'digest': 'sha384',
                                                        'missing-key': 'split'}})
        self.profile(DONE, 'copy', 'Partner', 'Other', '--set', 'missing-key=drop')
        self.assertEqual(self.path.read_bytes(), HEAD +
                         b'\n[Partner]\nmode = sign-encrypt\ndigest = sha384\nmissing-key = split\n'
                         b'\n[Other]\nmode = sign-encrypt\ndigest = sha384\nmissing-key = drop\n')
        self.assertEqual(self.names(), ['Partner', 'Other'])
        self.profile(DONE, 'rm', 'Partner')
        self.assertEqual(self.names(), ['Other'])
        self.profile(DONE, 'create', '--replace', 'Other')
        self.assertEqual(self.path.read_bytes(), HEAD + b'\n[Other]\n')
        self.profile(DONE, 'rm', 'Other')
        self.assertEqual(self.path.read_bytes(), HEAD)
        self.assertEqual(self.names(), [])

    def test_fields_that_do_not_apply_are_refused(self):
        """C11"""
        for fields, words in ((['missing-key=drop'], 'missing-key does not apply to the mode sign'),
                              (['mode=encrypt', 'sign-form=opaque'],
                               'sign-form does not apply to the mode encrypt'),
                              (['mode=encrypt', 'signing-certificate=x'],
                               'signing-certificate does not apply to the mode encrypt')):
            self.assertIn(words, self.create('x', *fields, code=USAGE).err)
            self.assertFalse(self.path.exists())
        self.create('x', 'mode=triple', 'missing-key=drop', 'sign-form=opaque')
        before = self.path.read_bytes()
        self.profile(USAGE, 'edit', 'x', '--set', 'mode=sign')
        self.assertEqual(self.path.read_bytes(), before)
        self.profile(DONE, 'edit', 'x', '--set', 'mode=sign', '--set', 'missing-key=')

    def test_refusals_change_nothing(self):
        self.create('x', 'mode=encrypt')
        before = self.path.read_bytes()
        for code, arguments in (
                (USAGE, ['create', 'x']), (USAGE, ['create', ' y']), (USAGE, ['create', 'a\nb']),
                (USAGE, ['create', 'y', '--set', 'mode']), (USAGE, ['create', 'y', '--set', 'no-such=1']),
                (USAGE, ['create', 'y', '--set', 'mode=signed']), (USAGE, ['copy', 'x', 'x']),
                (USAGE, ['edit', 'x', '--set', 'description= x']), (USAGE, ['create']),
                (NOT_PASSED, ['edit', 'y']), (NOT_PASSED, ['copy', 'y', 'z']),
                (NOT_PASSED, ['show', 'y']), (NOT_PASSED, ['rm', 'x', 'y'])):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.profile(code, *arguments).out, b'')
                self.assertEqual(self.path.read_bytes(), before)
        self.assertEqual(self.files(), ['profiles.txt', 'profiles.txt.lock'])
        self.expect(USAGE, 'profile', 'list')
        self.expect(TROUBLE, 'profile', 'list', '--profiles', '/no/such')

    def test_search(self):
        self.create('Partner', 'description=Example Ltd.')
        self.create('Second', 'mode=encrypt', 'extra-recipients=Archive')
        self.assertEqual(self.names('search', 'example'), ['Partner'])
        self.assertEqual(self.names('search', 'ARCHIVE'), ['Second'])
        self.assertEqual(self.names('search', 'e'), ['Partner', 'Second'])
        self.assertEqual(self.profile(NOT_PASSED, 'search', 'nothing').out, b'')

    def test_nothing_moves_the_cursor(self):
        self.create('a\u202eb', 'description=x\u200by')
        out = self.profile(DONE, 'list').out.decode()
        self.assertNotIn('\u202e', out)
        self.assertNotIn('\u200b', out)


class Files(ProfileTest):
    def test_export_and_import(self):
        self.create('[a]', 'mode=encrypt', 'missing-key=drop', 'description=# = ]')
        self.create('b', 'subject-trigger=[encrypt]')
        exported = self.profile(DONE, 'export').out
        self.assertEqual(exported, self.path.read_bytes())
        copy = self.folder / 'export.txt'
        self.profile(DONE, 'export', '-o', copy)
        self.assertEqual(copy.read_bytes(), exported)
        second = ['--profiles', self.folder / 'second.txt']
        copy.write_bytes(exported.replace(b'\n', b'\r\n') + b'# as an editor leaves it')
        self.assertEqual(self.expect(DONE, 'profile', 'import', *second, copy).out, b'2 added\n')
        self.assertEqual(self.expect(DONE, 'profile', 'export', *second).out, exported)
        self.expect(USAGE, 'profile', 'import', *second, copy)
        again = self.expect(DONE, 'profile', 'import', *second, '--replace', '--json', copy)
        self.assertEqual(json.loads(again.out), {'added': 0})

    def test_mistakes_have_lines(self):
        self.create('x')
        before = self.path.read_bytes()
        path = self.write('in.txt', HEAD + b'[new]\nmode = sign\n\ncolour = red\n')
        result = self.profile(NOT_PASSED, 'import', path)
        self.assertIn('in.txt: line 5: no setting is called "colour"', result.err)
        self.assertEqual(self.path.read_bytes(), before)
        self.assertEqual(self.profile(DONE, 'check').out, b'1 profiles\n')
        for data in (b'hello\n', before + b'mode = encrypt\ndigest = auto\n', before + b'[x]\n'):
            self.path.write_bytes(data)
            self.assertRegex(self.profile(NOT_PASSED, 'check').err, r'profiles.txt: line \d+: ')
            for arguments in (['create', 'y'], ['list'], ['rm', 'x'], ['import', path]):
                self.assertIn('line', self.profile(TROUBLE, *arguments).err)
                self.assertEqual(self.path.read_bytes(), data)

    def test_rights_and_links_stay(self):
        self.create('x')
        self.path.chmod(0o640)
        self.path.rename(self.folder / 'real.txt')
        self.path.symlink_to('real.txt')
        self.create('y')
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o640)
        self.assertTrue(self.path.is_symlink())
        self.assertEqual(self.names(), ['x', 'y'])


class Atomic(ProfileTest):
    """A change is there as a whole or not at all, and none is lost."""

    def start(self, *arguments, **options):
        return subprocess.Popen([COMMAND, 'profile', *map(str, arguments), *map(str, self.option)],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)

    def test_many_at_once(self):
        processes = [self.start('create', 'p%d' % number) for number in range(20)]
        self.assertEqual([process.wait() for process in processes], [DONE] * 20)
        self.assertEqual(sorted(self.names()), sorted('p%d' % number for number in range(20)))
        self.assertEqual(self.files(), ['profiles.txt', 'profiles.txt.lock'])

    def test_killed_while_it_writes(self):
        rng = random.Random(4)
        old = HEAD + b''.join(b'\n[%d]\nmode = encrypt\n' % number for number in range(5000))
        self.path.write_bytes(old)
        start = time.monotonic()
        self.start('create', 'x').wait()
        duration = time.monotonic() - start
        new = self.path.read_bytes()
        self.assertEqual(new, old + b'\n[x]\n')
        killed = 0
        for _ in range(20):
            self.path.write_bytes(old)
            process = self.start('create', 'x')
            time.sleep(rng.uniform(0, duration))
            process.send_signal(signal.SIGKILL)
            killed += process.wait() != DONE
            self.assertIn(self.path.read_bytes(), (old, new))
        self.assertGreater(killed, 3)
        self.create('y')

    def test_no_room(self):
        self.path.write_bytes(HEAD + b'[%s]\n' % (b'n' * 200))
        before = self.path.read_bytes()

        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        self.assertEqual(self.start('create', 'x', preexec_fn=limit).wait(), TROUBLE)
        self.assertEqual(self.path.read_bytes(), before)
        self.assertEqual(self.files(), ['profiles.txt', 'profiles.txt.lock'])


class Sending(ProfileTest):
    def send(self, code, verb, name, *arguments):
        return self.expect(code, verb, *self.option, '--profile', name, *arguments, message=self.offer)

    def test_the_fields_of_a_profile_are_used(self):
        self.create('s', 'sign-form=opaque')
        made = self.send(DONE, 'sign', 's', '--identity', ALICE).out
        self.assertIn(b'smime-type=signed-data', made)
        made = self.send(DONE, 'sign', 's', '--identity', ALICE, '--form', 'detached').out
        self.assertIn(b'multipart/signed', made)
        self.create('t', 'mode=triple', 'cipher=aes-128-gcm', 'sign-form=opaque')
        made = self.send(DONE, 'triple', 't', '--identity', ALICE, '--recipient', OTHER_CERT).out
        report = self.expect(DONE, 'inspect', '--json', '--identity', OTHER, message=made).out.decode()
        self.assertIn('auth-enveloped', report)

    def test_extra_recipients(self):
        keyring = ['--keyring', self.folder / 'keys.pem']
        self.expect(DONE, 'key', 'add', *keyring, 'The Archive', OTHER_CERT)
        self.create('e', 'mode=encrypt', 'extra-recipients=The Archive')
        made = self.send(DONE, 'encrypt', 'e', '--recipient', ALICE_CERT, *keyring).out
        for identity in (ALICE, OTHER):
            self.assertEqual(body_of(self.expect(DONE, 'decrypt', '--identity', identity,
                                                 message=made).out), body_of(self.offer))
        self.assertIn('--keyring', self.send(USAGE, 'encrypt', 'e', '--recipient', ALICE_CERT).err)
        self.profile(DONE, 'edit', 'e', '--set', 'extra-recipients=The Archive, nobody')
        result = self.send(TROUBLE, 'encrypt', 'e', '--recipient', ALICE_CERT, *keyring)
        self.assertIn('no public key nobody', result.err)
        self.assertEqual(result.out, b'')

    def test_what_does_not_fit(self):
        self.create('s')
        self.assertIn('the mode of the profile s is sign',
                      self.send(USAGE, 'encrypt', 's', '--recipient', ALICE_CERT).err)
        self.assertIn('no profile x', self.send(TROUBLE, 'sign', 'x', '--identity', ALICE).err)
        self.expect(USAGE, 'sign', '--profile', 's', '--identity', ALICE, message=self.offer)
        self.send(USAGE, 'sign', 's', '--identity', ALICE, '--set', 'missing-key=drop')
        self.expect(USAGE, 'encrypt', '--recipient', ALICE_CERT, '--set', 'digest=sha512',
                    message=self.offer)


if __name__ == '__main__':
    unittest.main()
