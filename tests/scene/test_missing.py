# SPDX-License-Identifier: LGPL-2.1-or-later
"""C12-C15: what cannot be signed, and recipients without a key; the others read the copies."""

import unittest

from plan import make_plan
from stage import ALICE, BOB, DAVE, DONE, TEXT, USAGE, SceneTest, letter, mime

# Exit codes of `protect`.
BOUNCED, DROPPED = 4, 5
MAIL = letter(to=[BOB, DAVE], entity=TEXT)


class MissingTest(SceneTest):
    def plan(self, *, mode='sign-encrypt', identity='a', message=MAIL, failing=(),
             recipients=(BOB, DAVE), **fields):
        settings = {name.replace('_', '-'): value for name, value in fields.items()}
        return make_plan({'mode': mode, **settings}, message, recipients,
                         identity=identity and self.world[identity].identity,
                         keys={BOB: [self.world['bob'].cert]}, failing=failing)

    def command(self, code, *fields, identity='a', message=MAIL, sender=ALICE):
        """The same by `protect`, with Bob's key in a keyring; what is in the folder: {recipients:
        message}, and the words of the report."""
        keyring, folder = self.folder / 'keys.pem', self.folder / 'out'
        self.expect(DONE, 'key', 'add', '--keyring', keyring, '--replace', 'Bob',
                    self.world['bob'].cert)
        settings = [word for field in fields for word in ('--set', field)]
        result = self.expect(code, 'protect', '--identity', self.world[identity].identity, '--from',
                             sender, '--to', BOB, '--to', DAVE, '--keyring', keyring, *settings,
                             '--explain', '--out-dir', folder, message=message)
        found = {}
        for path in sorted(folder.glob('*.eml')) if folder.exists() else ():
            recipients = path.with_suffix('.rcpt').read_text().split()
            found[' '.join(recipients)] = path.read_bytes()
        return found, result.out.decode() + result.err

    def assertNothing(self, plan, outcome):
        self.assertEqual(plan.copies, [])
        self.assertEqual({fate[0] for fate in plan.fates.values()}, {outcome})


class C12(MissingTest):
    """Who cannot sign bounces, and no copy leaves."""

    def test_no_identity(self):
        for mode in ('sign', 'sign-encrypt', 'triple'):
            plan = self.plan(mode=mode, identity=None, recipients=[BOB])
            self.assertNothing(plan, 'bounced')
            self.assertRegex(plan.replies[BOB], r'^5\d\d 5\.7\.\d+ ')

    def test_sender_outside_of_the_certificate(self):
        message = letter('alice@elsewhere.example', [BOB], entity=TEXT)
        for mode in ('sign', 'sign-encrypt', 'triple'):
            plan = self.plan(mode=mode, message=message, recipients=[BOB])
            self.assertNothing(plan, 'bounced')
            self.assertEqual(plan.fates[BOB][1], 'sender')
        self.assertEqual(len(self.plan(mode='encrypt', identity=None, message=message,
                                       recipients=[BOB]).copies), 1)

    def test_a_certificate_that_is_not_for_signing(self):
        identity = self.folder / 'encrypt-only.pem'
        self.expect(DONE, 'cert', 'create', '--cn', 'mail.a.example', '--domain', 'a.example',
                    '--use', 'encrypt', '--key-size', '2048', '-o', identity)
        for mode in ('sign', 'sign-encrypt', 'triple'):
            plan = make_plan({'mode': mode}, MAIL, [BOB], identity=identity,
                             keys={BOB: [self.world['bob'].cert]})
            self.assertNothing(plan, 'bounced')
            self.assertEqual(plan.fates[BOB][1], 'signer')
        result = self.run_command('sign', '--identity', identity, message=MAIL)
        self.assertNotEqual(result.code, DONE)
        self.assertEqual(result.out, b'')


    def test_the_command(self):
        sender = 'x@elsewhere.example'
        found, words = self.command(BOUNCED, 'mode=sign', message=letter(sender, [BOB]),
                                    sender=sender)
        self.assertEqual(found, {})
        self.assertIn(BOB, words)


class C13(MissingTest):
    """Bounce: one recipient without a key, and the whole message goes back to its sender."""

    def test_bounce(self):
        plan = self.plan(missing_key='bounce')
        self.assertNothing(plan, 'bounced')
        self.assertEqual({address: fate[1] for address, fate in plan.fates.items()},
                         {BOB: 'other-no-key', DAVE: 'no-key'})
        for reply in plan.replies.values():
            self.assertRegex(reply, r'^5\d\d 5\.7\.\d+ \S')

    def test_all_have_keys(self):
        plan = self.plan(missing_key='bounce', recipients=[BOB])
        copy, = plan.copies
        reader = self.peer('openssl', 'ca')
        opened = reader.decrypt(copy.message, self.world['bob'])
        self.assertEqual(reader.verify(opened), TEXT)

    def test_the_command(self):
        found, words = self.command(BOUNCED, 'mode=sign-encrypt', 'missing-key=bounce')
        self.assertEqual(found, {})
        self.assertIn(DAVE, words)
        self.assertFalse((self.folder / 'out').exists())

    def test_a_lookup_that_fails_is_no_answer(self):
        for rule in ('split', 'bounce', 'drop', 'split-bounce'):
            plan = self.plan(missing_key=rule, failing=[DAVE])
            self.assertNothing(plan, 'deferred')
            self.assertRegex(plan.replies[DAVE], r'^4\d\d 4\.\d+\.\d+ ')


class C14(MissingTest):
    """Drop: likewise, and nobody is told."""

    def test_drop(self):
        plan = self.plan(missing_key='drop')
        self.assertNothing(plan, 'dropped')
        self.assertEqual(set(plan.replies.values()), {''})

    def test_the_command(self):
        found, _ = self.command(DROPPED, 'mode=sign-encrypt', 'missing-key=drop')
        self.assertEqual(found, {})
        self.assertFalse((self.folder / 'out').exists())


class C15(MissingTest):
    """Split: Bob's copy is encrypted, Dave's is not."""

    def copies(self, plan):
        self.assertEqual({address: fate[0] for address, fate in plan.fates.items()},
                         {BOB: 'encrypted', DAVE: 'clear'})
        found = {copy.recipients[0]: copy.message for copy in plan.copies}
        self.assertEqual([copy.recipients for copy in plan.copies],
                         [[address] for address in found])
        self.assertEqual(set(found), {BOB, DAVE})
        return found[BOB], found[DAVE]

    def test_split(self):
        to_bob, to_dave = self.copies(self.plan(missing_key='split'))
        self.assertNotIn(b'every byte counts', to_bob)
        reader = self.peer('openssl', 'ca')
        self.assertEqual(reader.verify(reader.decrypt(to_bob, self.world['bob'])), TEXT)
        # Dave has no S/MIME keys and still reads it; the signature is there for who can.
        self.assertIn(b'every byte counts', to_dave)
        self.assertEqual(reader.verify(to_dave), TEXT)
        for copy in (to_bob, to_dave):
            self.assertEqual(mime.outer_of(copy), mime.outer_of(MAIL))

    def test_the_command(self):
        found, words = self.command(DONE, 'mode=sign-encrypt', 'missing-key=split')
        self.assertEqual(set(found), {BOB, DAVE})
        reader = self.peer('openssl', 'ca')
        self.assertNotIn(b'every byte counts', found[BOB])
        self.assertEqual(reader.verify(reader.decrypt(found[BOB], self.world['bob'])), TEXT)
        self.assertEqual(reader.verify(found[DAVE]), TEXT)
        for address in (BOB, DAVE):
            self.assertIn(address, words)

    def test_the_clear_copy_unsigned(self):
        to_bob, to_dave = self.copies(self.plan(missing_key='split', sign_clear_copy='no'))
        self.assertEqual(to_dave, MAIL)
        self.assertNotIn(b'every byte counts', to_bob)

    def test_encrypt_only(self):
        to_bob, to_dave = self.copies(self.plan(mode='encrypt', identity=None,
                                                missing_key='split'))
        self.assertEqual(to_dave, MAIL)
        self.assertEqual(self.peer('openssl', 'ca').decrypt(to_bob, self.world['bob']), TEXT)

    def test_a_consumer_reads_the_clear_copy(self):
        _, to_dave = self.copies(self.plan(missing_key='split'))
        shown, found = self.peer('camel', 'ca').open(to_dave)
        self.assertEqual(found, ['signed'])
        self.assertIn(b'every byte counts', shown)

    def test_bob_alone(self):
        plan = self.plan(missing_key='split-bounce')
        self.assertEqual(plan.fates[DAVE], ('bounced', 'no-key'))
        copy, = plan.copies
        self.assertEqual(copy.recipients, [BOB])
        self.assertNotIn(b'every byte counts', copy.message)

    def test_only_modes_that_encrypt(self):
        """C11: the action is refused elsewhere."""
        self.expect(USAGE, 'profile', 'create', '--profiles', self.folder / 'p.txt', 'x', '--set',
                    'mode=sign', '--set', 'missing-key=split')


if __name__ == '__main__':
    unittest.main()
