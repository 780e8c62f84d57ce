# SPDX-License-Identifier: LGPL-2.1-or-later
"""smimegw filter --rules: what an MTA is told; the chapter's items are in tests/scene/test_rules.py."""

import json
import unittest

from support import ALICE, ALICE_CERT, DONE, OTHER, OTHER_CERT, ROOT_CERT, CommandTest, body_of

REFUSED, NO_KEY, LATER = 65, 67, 75
BOUNCED, DROPPED, DEFERRED, QUARANTINED = 4, 5, 6, 7
SENDER, BOB, DAVE = 'alice@example.com', 'rsa2048@example.com', 'dave@example.net'
TO_BOB = 'policy bob { to "%s"; filters f; }\n' % BOB
# Writes its standard input into a file named by the recipients.
SEND = '#!/bin/sh\ntest -e "$1/stop" && exit 69\nshift 3\ncat > "$0-$*"\n'


class RulesTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.store = self.folder / 'store.pem'
        self.profiles = self.folder / 'profiles.txt'
        self.kept = self.folder / 'kept'
        self.kept.mkdir()
        self.script = self.write('send', SEND.encode())
        self.script.chmod(0o755)
        self.expect(DONE, 'store', 'create', '--store', self.store)
        self.expect(DONE, 'store', 'add', '--store', self.store, 'Bob', OTHER_CERT)
        for mode in ('sign', 'encrypt'):
            self.expect(DONE, 'profile', 'create', '--profiles', self.profiles, mode, '--set', 'mode=' + mode)

    def send_with(self):
        return ['--send-with', '%s %s {sender} -- {recipients}' % (self.script, self.folder)]

    def sent(self):
        """{recipients: message}"""
        return {path.name[len('send-'):]: path.read_bytes() for path in self.folder.glob('send-*')}

    def filter(self, code, rules, *more, to=(BOB,), mta=True, incoming=False, message=None):
        path = self.write('rules', rules.encode())
        direction = ['--incoming'] if incoming else ['--outgoing']
        result = self.run_command('filter', *direction, *(['--mta'] if mta else []), '--rules', path,
                                  '--profiles', self.profiles, '--store', self.store, '--from', SENDER, *more,
                                  '--', *to, message=message or self.offer)
        self.assertEqual(result.code, code, result.err)
        if code != DONE:
            self.assertEqual(result.out, b'')
        return result

    def quarantined(self):
        return sorted(path.suffix for path in self.kept.iterdir())


class Decisions(RulesTest):
    def test_no_rule_no_change(self):
        for incoming in (False, True):
            self.assertEqual(self.filter(DONE, 'f: if (false) { drop; }', incoming=incoming).out, self.offer)

    def test_bounce(self):
        rules = 'f: if (true) { log-entry("why: $Subject"); bounce; }'
        for incoming in (False, True):
            result = self.filter(REFUSED, rules, incoming=incoming)
            self.assertTrue(result.err.startswith('5.7.1 Message refused by policy\nsmimegw: log: why: Angebot'),
                            result.err)
            self.assertNotIn(':1:', result.err)
        self.assertRegex(self.filter(BOUNCED, rules, mta=False).err, r'f.*bounce|bounce.*f')
        self.assertEqual(self.filter(REFUSED, rules, *self.send_with()).out, b'')
        self.assertEqual(self.sent(), {})

    def test_drop(self):
        rules = 'f: if (true) { drop; }'
        self.filter(LATER, rules)
        self.filter(DROPPED, rules, mta=False)
        self.assertIn(BOB, self.filter(DONE, rules, *self.send_with()).err)
        self.assertEqual(self.sent(), {})

    def test_what_can_not_be_told_waits(self):
        rules = 'f: if (rcpt-to-group == "nobody knows") { drop; }'
        self.filter(LATER, rules, *self.send_with())
        self.assertIn('nobody knows', self.filter(DEFERRED, rules, mta=False).err)
        self.assertEqual(self.sent(), {})

    def test_header_changes_and_profile(self):
        rules = 'f: if (true) { insert-header("X-Tag", "yes"); strip-header("User-Agent"); smime-gateway("%s"); }'
        made = self.filter(DONE, rules % 'encrypt').out
        self.assertIn(b'X-Tag: yes\r\n', made)
        opened = self.expect(DONE, 'decrypt', '--identity', OTHER, message=made).out
        self.assertEqual(body_of(opened), body_of(self.offer))
        made = self.filter(DONE, rules % 'sign', '--identity', ALICE).out
        self.expect(DONE, 'verify', '--pin', ALICE_CERT, message=made)
        self.assertEqual(self.filter(NO_KEY, rules % 'encrypt', to=[DAVE]).err[:6], '5.7.5 ')

    def test_incoming_mail_is_signed_anew(self):
        """Rules work on mail that comes in, too."""
        rules = 'f: if (smime-gateway-message) { smime-gateway("sign"); }'
        made = self.filter(DONE, rules, '--identity', ALICE, incoming=True, message=self.encrypt()).out
        self.expect(DONE, 'verify', '--pin', ALICE_CERT, message=made)

    def test_the_profile_names_the_identity(self):
        self.expect(DONE, 'profile', 'edit', '--profiles', self.profiles, 'sign', '--set',
                    'signing-certificate=alice-id')
        two = ['--identity', OTHER, '--identity', ALICE]
        made = self.filter(DONE, 'f: if (true) { smime-gateway("sign"); }', *two).out
        self.expect(DONE, 'verify', '--pin', ALICE_CERT, message=made)
        self.expect(DONE, 'profile', 'edit', '--profiles', self.profiles, 'sign', '--set',
                    'signing-certificate=nobody')
        result = self.filter(LATER, 'f: if (true) { smime-gateway("sign"); }', *two)
        self.assertIn('--identity nobody', result.err)
        self.filter(LATER, 'f: if (true) { smime-gateway("sign"); }')

    def test_an_incoming_filter_harvests_what_it_delivered(self):
        store = self.folder / 'store.db'
        self.expect(DONE, 'store', 'create', '--store', store)
        more = ['--store', store, '--trust', ROOT_CERT, '--policy-set', 'harvest=on']
        for rules, count in (('f: if (true) { bounce; }', 0), ('f: if (false) { bounce; }', 1)):
            self.filter(DONE if count else REFUSED, rules, *more, incoming=True, message=self.sign())
            found = json.loads(self.expect(DONE, 'harvest', 'list', '--store', store, '--json').out)
            self.assertEqual(len(found['harvested']), count)


class Quarantine(RulesTest):
    RULES = 'f: if (true) { quarantine("Policy"); quarantine("Other"); }'

    def test_without_a_place(self):
        self.filter(LATER, self.RULES, *self.send_with())
        self.filter(DEFERRED, self.RULES, mta=False)
        self.assertEqual(self.sent(), {})

    def test_final(self):
        place = ['--quarantine-dir', self.kept]
        self.filter(DONE, self.RULES, *place, *self.send_with(), to=[BOB, DAVE])
        message, about = (next(self.kept.glob('*' + ending)) for ending in ('.eml', '.json'))
        self.assertEqual(message.read_bytes(), self.offer)
        self.assertEqual(message.stat().st_mode & 0o777, 0o600)
        document = json.loads(about.read_text())
        self.assertEqual(document['quarantines'], ['Policy', 'Other'])
        self.assertEqual(document['recipients'], [BOB, DAVE])
        self.assertEqual(document['direction'], 'outgoing')
        self.assertEqual(self.sent(), {})

    def test_what_was_decrypted_is_on_no_disk(self):
        sent = self.encrypt()
        self.filter(DONE, self.RULES, '--quarantine-dir', self.kept, *self.send_with(), '--identity', ALICE,
                    incoming=True, message=sent)
        self.assertEqual(next(self.kept.glob('*.eml')).read_bytes(), sent)

    def test_not_final(self):
        """An MTA would take the end of it for an empty message: nothing is kept, then."""
        self.assertIn('--send-with', self.filter(LATER, self.RULES, '--quarantine-dir', self.kept).err)
        self.assertEqual(self.quarantined(), [])
        self.filter(QUARANTINED, self.RULES, '--quarantine-dir', self.kept, mta=False)
        self.assertEqual(self.quarantined(), ['.eml', '.json'])

    def test_a_place_that_is_not_there(self):
        self.filter(LATER, self.RULES, '--quarantine-dir', self.folder / 'none', *self.send_with())

    def test_nothing_is_kept_where_a_delivery_fails(self):
        (self.folder / 'stop').touch()
        self.filter(LATER, TO_BOB + 'f: if (true) { quarantine("x"); }', '--quarantine-dir', self.kept,
                    *self.send_with(), to=[BOB, DAVE])
        self.assertEqual(self.quarantined(), [])


class Several(RulesTest):
    """Recipients of several policies in one call."""

    def test_each_gets_its_own(self):
        rules = TO_BOB + 'f: if (true) { smime-gateway("encrypt"); }'
        self.filter(LATER, rules, to=[BOB, DAVE])
        self.filter(DONE, rules, *self.send_with(), to=[BOB, DAVE])
        sent = self.sent()
        self.assertIn(b'enveloped-data', sent[BOB])
        self.assertEqual(sent[DAVE], self.offer)

    def test_kept_for_one_and_sent_to_another(self):
        self.filter(DONE, TO_BOB + 'f: if (true) { quarantine("x"); }', '--quarantine-dir', self.kept,
                    *self.send_with(), to=[BOB, DAVE])
        self.assertEqual((list(self.sent()), self.quarantined()), ([DAVE], ['.eml', '.json']))

    def test_what_one_exit_code_can_not_say(self):
        for action in ('bounce', 'smime-gateway("sign")', 'quarantine("x")'):
            rules = TO_BOB + 'f: if (true) { %s; }' % action
            result = self.filter(LATER, rules, *self.send_with(), '--identity', OTHER, to=[BOB, DAVE])
            self.assertIn('one recipient a call', result.err)
            self.assertFalse(result.err.startswith('5'))
        rules = 'policy dave { to "%s"; filters g; }\ng: if (true) { drop; }\n' % DAVE
        self.filter(LATER, TO_BOB + rules + 'f: if (true) { bounce; }', *self.send_with(), to=[BOB, DAVE])
        self.assertEqual(self.sent(), {})

    def test_incoming_policies(self):
        rules = 'policy bob { to "%s"; receiving-policy strip; }\n' % BOB
        policies = ['--policies', self.folder / 'policies.txt']
        self.expect(DONE, 'policy', 'create', *policies, 'strip', '--set', 'signature=remove')
        signed = self.sign()
        self.filter(DONE, rules, *policies, *self.send_with(), '--pin', ALICE_CERT, to=[BOB, DAVE],
                    incoming=True, message=signed)
        sent = self.sent()
        self.assertEqual(body_of(sent[BOB]), body_of(self.offer))
        self.assertEqual(sent[DAVE], signed)


class Trouble(RulesTest):
    def test_all_of_it_is_75(self):
        for rules, more in (('x', []), ('f: if (true) { smime-gateway("nobody"); }', []),
                            ('', ['--profile', 'sign']), ('', ['--group', 'x']), ('', ['--group', 'x=/no/such']),
                            ('policy p { receiving-policy x; }', ['--policy', 'x'])):
            with self.subTest(rules=rules, more=more):
                self.assertNotEqual(self.filter(LATER, rules, *more).err, '')
        self.filter(LATER, 'policy p { receiving-policy x; }', incoming=True)
        self.filter(LATER, '', to=[])
        for words in (['--quarantine-dir', self.kept], ['--group', 'x=y'], ['--rules', '/no/such']):
            result = self.run_command('filter', '--mta', '--incoming', *words, '--from', '', '--', BOB,
                                      message=self.offer)
            self.assertEqual((result.code, result.out), (LATER, b''))

    def test_groups_of_files(self):
        group = self.write('group', b'example.com # ours\n')
        rules = 'f: if (rcpt-to-group == "ours") { bounce; }'
        self.filter(REFUSED, rules, '--group', 'ours=%s' % group)
        self.assertEqual(self.filter(DONE, rules, '--group', 'ours=%s' % group, to=[DAVE]).out, self.offer)


if __name__ == '__main__':
    unittest.main()
