# SPDX-License-Identifier: LGPL-2.1-or-later
"""C9-C11: profiles kept in a file: made, changed, found, moved, and edited by hand."""

import configparser
import json
import subprocess
import unittest

from stage import BOB, DONE, NOT_PASSED, TEXT, USAGE, SceneTest, letter, mime, printed

# A value for each field, none of them the default.
FIELDS = ('mode=triple', 'description=Über Müller & Söhne; "Größe" = 3 #1',
          'signing-certificate=A', 'sign-form=opaque', 'digest=sha512', 'rsa-padding=pss',
          'signer-id=ski', 'include-chain=no', 'check-sender=no',
          'signing-time=2026-03-01T12:00:00Z', 'missing-key=split', 'sign-clear-copy=no',
          'isolate-ec=no', 'isolate-blind=no', 'expired-certificates=use', 'cipher=aes-256-gcm',
          'lowest-cipher=aes-256-cbc', 'use-capabilities=no', 'lowest-grade=chain',
          'key-encryption=rsa-oaep-sha256', 'recipient-id=ski', 'extra-recipients=Archive, Second',
          'encoding=ber', 'already-smime=wrap', 'reports=pass', 'calendar=pass',
          'subject-trigger=[secure]', 'bcc-field=remove', 'header-protection=shy')


class ProfilesTest(SceneTest):
    def setUp(self):
        super().setUp()
        self.path = self.folder / 'profiles.txt'

    def profile(self, verb, *arguments, code=DONE, path=None):
        return self.expect(code, 'profile', verb, '--profiles', path or self.path, *arguments)

    def create(self, name, *fields, code=DONE):
        words = [word for field in fields for word in ('--set', field)]
        return self.profile('create', name, *words, code=code)

    def names(self, *arguments):
        return [entry['name'] for entry in
                json.loads(self.profile(*arguments, '--json').out)['profiles']]

    def sed(self, *scripts):
        """An editor of another make."""
        words = [word for script in scripts for word in ('-e', script)]
        subprocess.run(['sed', '-i', *words, self.path], check=True)

    def parsed(self):
        """The file as Python's own reader of such files sees it."""
        parser = configparser.RawConfigParser(delimiters='=', comment_prefixes='#', strict=True)
        parser.read(self.path, encoding='utf-8')
        return {name: dict(parser[name]) for name in parser.sections()}


class C9(ProfilesTest):
    """A name, a mode, a certificate, a form, an action; and all others."""

    def test_all_fields_stand_in_the_file(self):
        self.create('All fields', *FIELDS)
        wanted = dict(field.split('=', 1) for field in FIELDS)
        self.assertEqual(self.parsed(), {'All fields': wanted})
        shown = json.loads(self.profile('show', 'All fields', '--json').out)
        self.assertEqual(shown, {'name': 'All fields', 'fields': wanted})
        self.assertEqual(set(wanted), self.profile_fields())


class C10(ProfilesTest):
    """Create, edit, delete, search, import and export."""

    def test_create_edit_delete(self):
        self.create('Partner', 'mode=encrypt')
        self.create('Second', 'sign-form=opaque')
        self.profile('edit', 'Partner', '--set', 'mode=sign-encrypt', '--set', 'missing-key=drop')
        self.assertEqual(self.parsed(), {
            'Partner': {'mode': 'sign-encrypt', 'missing-key': 'drop'},
            'Second': {'sign-form': 'opaque'}})
        self.profile('rm', 'Partner')
        self.assertEqual(self.parsed(), {'Second': {'sign-form': 'opaque'}})
        self.profile('show', 'Partner', code=NOT_PASSED)

    def test_search(self):
        self.create('Partner', 'description=Example Ltd')
        self.create('Second', 'mode=encrypt', 'cipher=aes-256-gcm')
        for text, found in (('part', ['Partner']), ('GCM', ['Second']), ('ltd', ['Partner'])):
            self.assertEqual(self.names('search', text), found)
        self.profile('search', 'nobody', code=NOT_PASSED)

    def test_round_trip_byte_for_byte(self):
        self.create('All', *FIELDS)
        for number in range(100):
            self.create('profile %d' % number, 'mode=%s' % ('sign', 'encrypt')[number % 2])
        exported, other = self.folder / 'export.txt', self.folder / 'other.txt'
        self.profile('export', '-o', exported)
        self.profile('import', exported, path=other)
        again = self.profile('export', path=other).out
        self.assertEqual(again, exported.read_bytes())
        self.assertEqual(other.read_bytes(), self.path.read_bytes())
        self.assertEqual(len(self.parsed()), 101)

    def test_edited_by_hand(self):
        self.create('Partner', 'mode=sign-encrypt', 'cipher=aes-128-cbc')
        self.sed('s/^cipher = .*/cipher=aes-256-gcm/', '1a # by hand',
                 r'$a [Added]\n  mode=encrypt  ')
        self.profile('check')
        self.assertEqual(self.names('list'), ['Partner', 'Added'])
        made = self.protect(letter(entity=TEXT), 'sign-encrypt', to=['gateway-b'],
                            options=['--profiles', self.path, '--profile', 'Partner'])
        self.assertIn('d.authEnvelopedData', printed(made))
        # The next change by the command leaves the text as it writes it.
        self.profile('edit', 'Added', '--set', 'missing-key=drop')
        self.assertEqual(self.path.read_bytes(),
                         b'# smimegw profiles 1\n\n[Partner]\nmode = sign-encrypt\n'
                         b'cipher = aes-256-gcm\n\n[Added]\nmode = encrypt\nmissing-key = drop\n')

    def test_a_slip_of_the_hand(self):
        """It is told, with its line, and no mail is sent by such a file."""
        self.create('Partner', 'mode=sign-encrypt', 'cipher=aes-128-cbc')
        self.sed('s/^cipher = .*/cypher = aes-256-gcm/')
        result = self.profile('check', code=NOT_PASSED)
        self.assertIn('profiles.txt: line 5: ', result.err)
        result = self.run_command('sign-encrypt', '--identity', self.world['a'].identity,
                                  '--recipient', self.world['bob'].cert, '--profiles', self.path,
                                  '--profile', 'Partner', message=letter(to=[BOB]))
        self.assertNotEqual(result.code, DONE)
        self.assertEqual(result.out, b'')

    def test_the_mode_of_the_profile_counts(self):
        self.create('Partner', 'mode=sign-encrypt')
        result = self.run_command('sign', '--identity', self.world['a'].identity, '--profiles',
                                  self.path, '--profile', 'Partner', message=letter())
        self.assertEqual((result.code, result.out), (USAGE, b''))


class C11(ProfilesTest):
    """Fields that the mode has no use for are refused when the profile is made."""
    SIGNING = ('signing-certificate=A', 'sign-form=opaque', 'digest=sha384', 'rsa-padding=pss',
               'signer-id=ski', 'include-chain=no')
    ENCRYPTING = ('missing-key=drop', 'cipher=aes-128-cbc', 'key-encryption=rsa-oaep-sha256',
                  'recipient-id=ski', 'extra-recipients=Archive', 'isolate-ec=no',
                  'isolate-blind=no')

    def test_refused(self):
        for mode, fields in (('encrypt', self.SIGNING), ('sign', self.ENCRYPTING)):
            for field in fields:
                result = self.create('x', 'mode=' + mode, field, code=USAGE)
                self.assertIn('%s does not apply to the mode %s' % (field.split('=')[0], mode),
                              result.err)
                self.assertFalse(self.path.exists())

    def test_taken(self):
        for mode, fields in (('sign', self.SIGNING), ('encrypt', self.ENCRYPTING),
                             ('sign-encrypt', self.SIGNING + self.ENCRYPTING),
                             ('triple', self.SIGNING + self.ENCRYPTING)):
            self.create(mode, 'mode=' + mode, *fields)
            self.assertEqual(set(self.parsed()[mode]),
                             {field.split('=')[0] for field in fields} | {'mode'})

    def test_by_hand(self):
        self.create('x', 'mode=triple', 'missing-key=drop')
        self.sed('s/triple/sign/')
        self.assertIn('missing-key does not apply to the mode sign',
                      self.profile('check', code=NOT_PASSED).err)

    def test_a_profile_of_another_mode_signs_all_the_same(self):
        """What was refused is not half done: the old profile goes on to serve."""
        self.create('x', 'sign-form=opaque')
        self.profile('edit', 'x', '--set', 'missing-key=drop', code=USAGE)
        made = self.protect(letter(entity=TEXT), 'sign',
                            options=['--profiles', self.path, '--profile', 'x'])
        self.assertEqual(mime.unwrap(made)[0], 'signed-data')


if __name__ == '__main__':
    unittest.main()
