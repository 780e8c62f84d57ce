# SPDX-License-Identifier: LGPL-2.1-or-later
"""C16-C19, C43 and C4's delivery: filters decide in an MTA's pipe; others read what comes out."""

import json
import unittest

from stage import (ALICE, BOB, DAVE, DONE, ENCRYPTED, SIGNED, TEXT, SceneTest, letter, mime,
                   openssl)

PROFILES = {'smime-sign': ['mode=sign'], 'smime-encrypt': ['mode=encrypt'],
            'secret': ['mode=sign-encrypt', 'missing-key=split']}
QUARANTINE = ('quarantine_smime_messages:if (smime-gateway-message and not smime-gateway-verified) '
              '{ quarantine("Policy"); }\n')
# The host's own encryption, as a program that deliveries are handed to.
HOST = '''#!/bin/sh
openssl enc -aes-256-cbc -pbkdf2 -pass "pass:the host" -out "$1/$4"
'''


class RulesTest(SceneTest):
    def setUp(self):
        super().setUp()
        self.reader = self.peer('openssl', 'ca')
        self.keys, self.profiles = self.folder / 'keys.pem', self.folder / 'profiles.txt'
        self.expect(DONE, 'store', 'create', '--store', self.keys)
        for name in ('bob', 'carol'):
            self.expect(DONE, 'store', 'add', '--store', self.keys, name, self.world[name].cert)
        for name, fields in PROFILES.items():
            words = [word for field in fields for word in ('--set', field)]
            self.expect(DONE, 'profile', 'create', '--profiles', self.profiles, name, *words)

    def rules(self, text):
        return ['--rules', self.write('rules.txt', text.encode())]

    def send(self, text, message, *more, sender=ALICE, to=(BOB,)):
        return self.expect(DONE, 'filter', '--mta', '--outgoing', *self.rules(text), '--profiles',
                           self.profiles, '--store', self.keys, '--identity', self.world['a'].identity,
                           '--from', sender, *more, '--', *to, message=message).out

    def deliveries(self, *arguments, **options):
        """{recipients: message}, as a final program gets them."""
        box = self.folder / 'box'
        box.mkdir(exist_ok=True)
        script = self.write('send', b'#!/bin/sh\nshift 3\ncat > "%s/$*"\n' % str(box).encode())
        script.chmod(0o755)
        self.send(*arguments, '--send-with', '%s -f {sender} -- {recipients}' % script, **options)
        return {path.name: path.read_bytes() for path in box.iterdir()}

    def receive_by_rules(self, text, message, *more, to=(ALICE,)):
        return self.expect(DONE, 'filter', '--mta', '--incoming', *self.rules(text), '--identity',
                           self.world['a'].identity, '--trust-domain', self.world['ca-b'].cert,
                           '--from', BOB, *more, '--', *to, message=message).out


class C16(RulesTest):
    """Conditions on subject, body, header, sender and recipient; the action names a profile."""

    CONDITIONS = ('subject == "two  spaces"', 'body-contains("every byte counts")',
                  'header("X-Odd") == "^kept$"', 'mail-from == "^alice@"', 'rcpt-to == "^bob@"',
                  'subject == "two" and not header("X-None")', 'body-size < 1M')
    OTHERS = ('subject == "three"', 'body-contains("no byte counts")', 'header("X-None")',
              'mail-from == "^bob@"', 'rcpt-to == "^alice@"', 'body-size > 1M')

    def test_conditions(self):
        mail = letter(entity=TEXT)
        for condition in self.CONDITIONS:
            made = self.send('f: if (%s) { smime-gateway("smime-encrypt"); }' % condition, mail)
            self.assertEqual(self.reader.decrypt(made, self.world['bob']), TEXT, condition)
        for condition in self.OTHERS:
            made = self.send('f: if (%s) { smime-gateway("smime-encrypt"); }' % condition, mail)
            self.assertEqual(made, mail, condition)

    def test_profiles_of_a_store(self):
        """The same with keys and profiles in one SQLite store."""
        store = self.folder / 'store.db'
        self.expect(DONE, 'store', 'create', '--store', store)
        self.expect(DONE, 'store', 'import', '--store', store, self.keys)
        self.expect(DONE, 'profile', 'import', '--store', store, self.profiles)
        made = self.expect(DONE, 'filter', '--mta', '--outgoing', '--store', store, '--from', ALICE,
                           *self.rules('f: if (true) { smime-gateway("smime-encrypt"); }'), '--', BOB,
                           message=letter(entity=TEXT)).out
        self.assertEqual(self.reader.decrypt(made, self.world['bob']), TEXT)


class C17(RulesTest):
    """Sign/encrypt as the final action: now, and nothing behind it."""

    def test_final(self):
        rules = ('smime-deliver-now:if(mail-from == "alice@a.example"){smime-gateway("smime-sign");}\n'
                 'tag: if (true) { insert-header("X-Tag", "seen"); drop; }\n')
        made = self.send(rules, letter(entity=TEXT))
        self.assertEqual(self.reader.verify(made), TEXT)
        self.assertNotIn(b'X-Tag', made)


class C18(RulesTest):
    """Sign/encrypt on delivery: processing goes on, then the work is done."""

    RULES = ('smime-deferred:if(mail-from == "alice@a.example"){smime-gateway-deferred("smime-encrypt");}\n'
             'tag: if (true) { insert-header("X-Tag", "seen"); }\n'
             'stop: if (subject == "forbidden") { drop; }\n')

    def test_goes_on(self):
        mail = letter(entity=TEXT)
        made = self.send(self.RULES, mail)
        self.assertIn(b'X-Tag: seen\r\n', mime.outer_of(made))
        self.assertEqual(self.reader.decrypt(made, self.world['bob']), TEXT)

    def test_what_comes_later_counts(self):
        mail = letter(entity=TEXT).replace(b'two  spaces', b'forbidden')
        self.assertEqual(self.deliveries(self.RULES, mail), {})


class C19(RulesTest):
    """Policies tie filters, profiles and receiving policies to groups of users."""

    RULES = ('group board { "alice@a.example" }\n'
             'policy board { from group(board); to group(partners); sending-profile secret; }\n'
             'policy signing { from group(board); sending-profile smime-sign; }\n'
             'policy partners { direction incoming; from ".example"; to group(board); receiving-policy strip; }\n')

    def setUp(self):
        super().setUp()
        group = self.write('partners', b'# an entry a line\nb.example\n')
        self.group = ['--group', 'partners=%s' % group]

    def test_sending(self):
        mail = letter(to=[BOB, DAVE], entity=TEXT)
        found = self.deliveries(self.RULES, mail, *self.group, to=[BOB, DAVE])
        self.assertEqual(sorted(found), [BOB, DAVE])
        opened = self.reader.decrypt(found[BOB], self.world['bob'])
        self.assertEqual(self.reader.verify(opened), TEXT)
        self.assertEqual(self.reader.verify(found[DAVE]), TEXT)

    def test_nobodys_policy(self):
        mail = letter('walter@a.example', [BOB], entity=TEXT)
        self.assertEqual(self.send(self.RULES, mail, *self.group, sender='walter@a.example'), mail)

    def test_receiving(self):
        """Alice's mail comes without its signature, Walter's with it; filters see what was opened."""
        writer, policies = self.peer('openssl', 'ca-b'), self.folder / 'policies.txt'
        self.expect(DONE, 'policy', 'create', '--policies', policies, 'strip', '--set', 'signature=remove')
        signed = writer.sign(TEXT, self.world['gateway-b'], SIGNED)
        sent = letter(BOB, [ALICE], entity=writer.encrypt(signed, [self.world['a']], ENCRYPTED))
        rules = self.RULES + 'tag: if (body-contains("every byte counts")) { insert-header("X-Tag", "seen"); }\n'
        for reader, entity in ((ALICE, TEXT), ('walter@a.example', signed)):
            made = self.receive_by_rules(rules, sent, '--policies', policies, *self.group, to=[reader])
            self.assertEqual(mime.entity_of(made), mime.entity_of(letter(entity=entity)))
            self.assertIn(b'X-Tag: seen\r\n', made)


class C43(RulesTest):
    """The chapter's rule, word by word: S/MIME that did not verify is kept back."""

    def kept(self):
        folder = self.folder / 'quarantine'
        return sorted(folder.glob('*.eml')) if folder.exists() else []

    def receive_or_keep(self, message):
        (self.folder / 'quarantine').mkdir(exist_ok=True)
        box = self.folder / 'got'
        box.unlink(missing_ok=True)
        script = self.write('send', b'#!/bin/sh\ncat > "%s"\n' % str(box).encode())
        script.chmod(0o755)
        self.receive_by_rules(QUARANTINE, message, '--quarantine-dir', self.folder / 'quarantine',
                              '--send-with', '%s {sender} -- {recipients}' % script)
        return box.read_bytes() if box.exists() else None

    def test_quarantine(self):
        writer = self.peer('openssl', 'ca-b')
        good = letter(BOB, [ALICE], entity=writer.sign(TEXT, self.world['gateway-b'], SIGNED))
        for message in (good, letter(BOB, [ALICE], entity=TEXT)):
            self.assertEqual(self.receive_or_keep(message), message)
        self.assertEqual(self.kept(), [])
        broken = good.replace(b'every byte counts', b'Every byte counts')
        foreign = letter(BOB, [ALICE], entity=writer.encrypt(TEXT, [self.world['carol']], ENCRYPTED))
        for count, message in ((1, broken), (2, foreign)):
            before = set(self.kept())
            self.assertIsNone(self.receive_or_keep(message))
            path, = set(self.kept()) - before
            self.assertEqual(len(self.kept()), count)
            self.assertEqual(path.read_bytes(), message)
            about = json.loads(path.with_suffix('.json').read_text())
            self.assertEqual((about['quarantines'], about['sender'], about['recipients']),
                             (['Policy'], BOB, [ALICE]))
            self.assertIn('quarantine_smime_messages', about['decided'])


class C4(RulesTest):
    """S/MIME when asked for is the last step at delivery; the host's own encryption comes after it."""

    def test_host_encrypts_what_the_filter_made(self):
        out, script = self.folder / 'out', self.write('host', HOST.encode())
        out.mkdir()
        script.chmod(0o755)
        mail = letter(entity=TEXT)
        self.send(C18.RULES.replace('smime-encrypt', 'secret'), mail, '--send-with',
                  '%s %s {sender} -- {recipients}' % (script, out))
        opened = openssl('enc', '-d', '-aes-256-cbc', '-pbkdf2', '-pass', 'pass:the host', '-in',
                         str(out / BOB))
        self.assertIn(b'X-Tag: seen\r\n', mime.outer_of(opened))
        signed = self.reader.decrypt(opened, self.world['bob'])
        self.assertEqual(self.reader.verify(signed), TEXT)


if __name__ == '__main__':
    unittest.main()
