# SPDX-License-Identifier: LGPL-2.1-or-later
"""Header protection against its abuse: AC-97 and AC-100 to AC-103, CF-112 to CF-118 [RFC9788].

Messages that no writer would make, or that somebody changed on the way, through
`smimegw receive`: what is delivered, and what the verdict says of the header.
"""

import email
import json
import os
import subprocess
import tempfile
import time
import unittest

import cms
import mail
import pki

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
COMMAND = os.environ.get('SMIMEGW', os.path.join(ROOT, 'build/examples/cli/smimegw'))
WORLD = pki.World()
FROM, TO = b'From: alice@example.test\r\n', b'To: bob@example.test\r\n'
OUTSIDE = b'Received: trace\r\n' + FROM + TO + b'Subject: [...]\r\nMIME-Version: 1.0\r\n'
INSIDE = FROM + TO + b'Subject: secret\r\nKeywords: key\r\n'
COPIES = b'HP-Outer: ' + FROM + b'HP-Outer: ' + TO + b'HP-Outer: Subject: [...]\r\n'
RESTORED = OUTSIDE.replace(b'[...]', b'secret') + b'Keywords: key\r\n'
PLAIN = b'Content-Type: text/plain\r\n\r\nbody\r\n'


def payload(fields, hp=b'cipher', body=b'body\r\n'):
    return fields + b'Content-Type: text/plain; hp="' + hp + b'"\r\n\r\n' + body


def signed(entity, signer=None):
    return mail.part(cms.sign(signer or WORLD.alice, entity))


def sealed(entity):
    made = cms.Envelope(entity)
    return mail.part(made.encode([cms.recipient(WORLD.alice, made.key)]),
                     smime_type='enveloped-data')


class Headers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.anchors, self.identity, _, _ = WORLD.write(folder.name)
        self.out = os.path.join(folder.name, 'out')

    def receive(self, message, *policy, signature='remove'):
        """What was delivered, the verdict, and its fields as {name: (protection, outside)}."""
        settings = [word for one in policy for word in ('--policy-set', one)]
        done = subprocess.run([COMMAND, 'receive', '--json', '--trust', self.anchors, '--identity',
                               self.identity, '--signature', signature, '-o', self.out, *settings],
                              input=message, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        verdict = json.loads(done.stdout)
        verdict = verdict.get('verdict', verdict)
        about = verdict.get('header_protection', {'kind': 'none', 'fields': []})
        with open(self.out, 'rb') as source:
            delivered = source.read()
        states = {one['name']: (one['protection'], one['outside']) for one in about['fields']}
        return delivered, verdict, about['kind'], states

    def test_as_the_standard_says(self):
        both, signature = 'signed-and-encrypted', 'signed'
        made = OUTSIDE + sealed(signed(payload(INSIDE + COPIES)))
        out, verdict, kind, states = self.receive(made)
        self.assertEqual((verdict['outcome'], kind), ('pass', 'cipher'))
        self.assertEqual(out, RESTORED + PLAIN)
        self.assertEqual(states, {'From': (signature, 'same'), 'To': (signature, 'same'),
                                  'Subject': (both, 'obscured'), 'Keywords': (both, 'hidden')})

    def test_other_from_inside(self):
        """AC-101, CF-114: the From outside stays, and it is told."""
        inside = (INSIDE + COPIES).replace(b'From: alice', b'From: eve', 1)
        cases = {'signed by alice': (sealed(signed(payload(inside))), 'from-protected'),
                 'signed by eve': (sealed(signed(payload(inside), WORLD.eve)), 'from-mismatch'),
                 'not signed': (sealed(payload(inside)), 'not-checked'),
                 'signed in clear': (signed(payload(inside, b'clear')), 'from-protected')}
        for name, (entity, reason) in cases.items():
            with self.subTest(name):
                for rule in ('restore', 'restore-unsigned', 'report', 'ignore'):
                    out, verdict, _, _ = self.receive(OUTSIDE + entity, 'protected-headers=' + rule)
                    self.assertEqual(verdict['reason'], reason)
                    self.assertNotEqual(verdict['outcome'], 'pass')
                    self.assertFalse(verdict['gateway_verified'])
                    self.assertTrue(out.startswith(OUTSIDE), out[:300])

    def test_no_single_from_inside(self):
        for inside in (FROM + INSIDE, INSIDE.replace(b'alice@example.test', b'alice'),
                       INSIDE.replace(FROM, b'From: alice@example.test, eve@example.test\r\n'),
                       INSIDE.replace(FROM, b'From:\r\n'),
                       INSIDE.replace(FROM, b'From: (nobody)\r\n')):
            out, verdict, _, _ = self.receive(OUTSIDE + sealed(signed(payload(inside))))
            self.assertEqual(verdict['reason'], 'from-protected')
            self.assertTrue(out.startswith(OUTSIDE))

    def test_same_from_in_other_letters(self):
        """CF-115: U-labels become A-labels, case does not matter."""
        signer = WORLD.leaf('alice', WORLD.alice_key, address='alice@xn--bcher-kva.example')
        inside = INSIDE.replace(FROM, b'From: "A" <Alice@XN--BCHER-KVA.example>\r\n')
        outside = OUTSIDE.replace(FROM, 'From: alice@b\u00fccher.example\r\n'.encode())
        out, verdict, _, _ = self.receive(outside + sealed(signed(payload(inside), signer)))
        self.assertEqual(verdict['outcome'], 'pass')
        self.assertIn(b'\r\nFrom: "A" <Alice@XN--BCHER-KVA.example>\r\n', out)

    def test_words_alone_protect_nothing(self):
        """AC-102, CF-116: hp=cipher without encryption, hp=clear inside one."""
        for entity in (signed(payload(INSIDE + COPIES)),
                       sealed(signed(payload(INSIDE + COPIES, b'clear')))):
            out, verdict, kind, states = self.receive(OUTSIDE + entity)
            self.assertEqual((verdict['outcome'], kind), ('pass', 'clear'))
            self.assertEqual(states['Subject'], ('signed', 'changed'))
            self.assertEqual(states['Keywords'], ('signed', 'removed'))
            self.assertEqual(out, RESTORED + PLAIN)

    def test_not_the_root_of_the_payload(self):
        """AC-102, CF-112."""
        inner = payload(INSIDE + COPIES)
        within = mail.multipart([inner, mail.TEXT])
        odd = payload(INSIDE).replace(b'hp="cipher"', b"hp*=us-ascii''cipher")
        twice = payload(INSIDE).replace(b'hp="cipher"', b'hp=cipher; hp=cipher')
        unknown = payload(INSIDE, b'secret')
        for entity in (within, odd, twice, unknown):
            out, _, kind, states = self.receive(OUTSIDE + sealed(signed(entity)))
            self.assertEqual((kind, states), ('none', {}))
            self.assertTrue(out.startswith(OUTSIDE))
        # around a layer, not at the payload
        layer = sealed(signed(PLAIN)).replace(b'; name=', b'; hp="clear"; name=', 1)
        _, _, kind, _ = self.receive(OUTSIDE + signed(INSIDE + layer))
        self.assertEqual(kind, 'none')

    def test_nothing_but_the_writers_fields(self):
        """AC-100: trace, blind and structural fields are not restored, nor are mailing lists'."""
        more = (b'Received: forged\r\nReturn-Path: <eve@example.test>\r\nBcc: eve@example.test\r\n'
                b'Authentication-Results: mx.example.net; smime=pass\r\nDKIM-Signature: q\r\n'
                b'ARC-Seal: i\r\nX-Spam-Status: No\r\nList-Unsubscribe: <x>\r\n'
                b'Resent-From: eve@example.test\r\nMIME-Version: 2.0\r\nDelivered-To: eve\r\n'
                b'X-MS-Exchange-Organization-AuthAs: Internal\r\nX-Google-DKIM-Signature: v\r\n'
                b'Original-Authentication-Results: mx\r\nX-Authentication-Warning: none\r\n'
                b'Authentication-Results-Original: mx; spf=pass\r\n')
        out, _, _, _ = self.receive(OUTSIDE + sealed(signed(payload(more + INSIDE + COPIES))))
        self.assertEqual(out, RESTORED + PLAIN)

    def test_no_line_is_smuggled(self):
        """AC-97: what ends a header for some readers, and bytes that are no text."""
        bad = {b'Subject: secret\r\n \r\nBcc: eve\r\n': b'Subject: [...]\r\n',
               b'Subject: secret\r\n\t\r\n Bcc: eve\r\n': b'Subject: [...]\r\n',
               b'Subject : secret\r\n': b'Subject: [...]\r\n',
               b'Subject: secret\rBcc: eve\r\n': b'Subject: [...]\r\n',
               b'Subject: secret\0\r\n': b'Subject: [...]\r\n',
               b'Subject: s\xc3\xa4\r\n': b'Subject: =?utf-8?Q?s=C3=A4?=\r\n',
               b'X\x80: y\r\nSubject: secret\r\n': b'Subject: [...]\r\n',
               b'X-New: \xff\r\nSubject: secret\r\n': b'Subject: secret\r\n',
               b'Subject: =?utf-8?q?=0D=0ABcc=3A?=\r\n': b'Subject: =?utf-8?q?=0D=0ABcc=3A?=\r\n',
               b'Subject: ' + b'x' * 5000 + b'\r\n': b'Subject:\r\n =?utf-8?Q?xxx',
               b'Subject: ' + b'x ' * 5000 + b'\r\n': b'Subject: x x'}
        for subject, wanted in bad.items():
            with self.subTest(subject[:40]):
                made = OUTSIDE + sealed(signed(payload(FROM + TO + subject)))
                out, _, _, _ = self.receive(made, 'protected-headers=restore-unsigned')
                header = out[:out.index(b'\r\n\r\n')]
                self.assertIn(b'\r\n' + wanted, out)
                self.assertNotIn(b'Bcc: ', header)
                self.assertTrue(all(line.strip() and len(line) < 998 and max(line) < 0x80
                                    for line in header.split(b'\r\n')), header[:500])
                self.assertEqual(len(email.message_from_bytes(out).get_all('Subject')), 1)

    def test_without_a_signature(self):
        """Under restore-unsigned what is for people to read, and nothing that addresses."""
        inside = INSIDE + b'Reply-To: eve@example.test\r\n' + COPIES
        made = OUTSIDE + sealed(payload(inside))
        out, verdict, kind, states = self.receive(made, 'protected-headers=restore-unsigned')
        self.assertEqual((verdict['outcome'], kind), ('none', 'cipher'))
        self.assertEqual(out, RESTORED + PLAIN)
        self.assertEqual(states['Subject'], ('encrypted', 'obscured'))
        self.assertEqual(states['To'], ('unprotected', 'same'))
        out, _, _, _ = self.receive(made)
        self.assertTrue(out.startswith(OUTSIDE))
        broken = sealed(signed(payload(inside)).replace(b'MII', b'MIJ', 1))
        out, _, _, _ = self.receive(OUTSIDE + broken, 'protected-headers=restore-unsigned')
        self.assertTrue(out.startswith(OUTSIDE))

    def test_pass_must_be_bound_to_from(self):
        made = OUTSIDE + sealed(signed(payload(INSIDE + COPIES), WORLD.eve))
        for signature in ('keep', 'remove'):
            out, _, _, states = self.receive(made, signature=signature)
            self.assertTrue(out.startswith(OUTSIDE))
            self.assertEqual(states['Subject'], ('encrypted', 'obscured'))

    def test_changed_on_the_way(self):
        made = sealed(signed(payload(INSIDE + COPIES)))
        outside = OUTSIDE.replace(TO, b'Cc: eve@example.test\r\n').replace(b'[...]', b'sale')
        out, verdict, _, states = self.receive(outside + made)
        self.assertEqual(verdict['outcome'], 'pass')
        self.assertEqual(states['To'], ('signed', 'removed'))
        self.assertEqual(states['Subject'], ('signed-and-encrypted', 'changed'))
        self.assertEqual(states['Cc'], ('unprotected', 'added'))
        self.assertIn(b'\r\nSubject: secret\r\n', out)
        self.assertIn(b'\r\n' + TO, out)

    def test_thousand_fields_of_a_name(self):
        """Three lists of them, or each restored for each, must not be multiplied."""
        fold, count = b'\r\n a' * 60, 980
        outside = OUTSIDE + b''.join(b'Subject: %06d\r\n' % i for i in range(count))
        inside = FROM + b''.join(b'Subject: %03d' % i + fold + b'\r\n' for i in range(count))
        start = time.monotonic()
        out, verdict, _, _ = self.receive(outside + signed(payload(inside, b'clear')))
        self.assertEqual(verdict['outcome'], 'pass')
        self.assertIn(inside[len(FROM):], out)
        self.assertEqual(out.count(b'\r\nSubject: '), count)
        self.assertLess(time.monotonic() - start, 20)

    def test_wrapped_message(self):
        """AC-103: an attachment, but where the policy takes it for the message."""
        inner = b'Bcc: eve@example.test\r\n' + INSIDE + PLAIN
        wrapped = b'Content-Type: message/rfc822\r\n\r\n' + inner
        for made in (signed(wrapped), sealed(signed(wrapped))):
            out, verdict, kind, _ = self.receive(OUTSIDE + made)
            self.assertEqual((out, kind), (OUTSIDE + wrapped, 'none'))
            self.assertEqual(verdict['outcome'], 'pass')
            out, _, kind, states = self.receive(OUTSIDE + made, 'wrapped-message=restore')
            self.assertEqual((out, kind), (RESTORED + PLAIN, 'wrapped'))
            self.assertEqual(states['From'], ('signed', 'same'))
            out, _, _, _ = self.receive(OUTSIDE + made, 'wrapped-message=restore',
                                        'protected-headers=report')
            self.assertEqual(out, OUTSIDE + wrapped)
        _, _, _, states = self.receive(OUTSIDE + made, 'wrapped-message=restore')
        self.assertEqual(states['Subject'], ('signed-and-encrypted', 'obscured'))

    def test_wrapped_message_of_another(self):
        """A mail that was forwarded is no wrapping of this one."""
        inners = [INSIDE.replace(b'From: alice', b'From: eve') + PLAIN, PLAIN,
                  INSIDE + signed(PLAIN), INSIDE + payload(b'', b'clear'),
                  INSIDE.replace(FROM, b'') + PLAIN, INSIDE.replace(FROM, b'From:\r\n') + PLAIN,
                  b'no header\r\n\r\n', b'']
        for inner in inners:
            wrapped = b'Content-Type: message/rfc822\r\n\r\n' + inner
            out, verdict, kind, _ = self.receive(OUTSIDE + sealed(signed(wrapped)),
                                                 'wrapped-message=restore')
            self.assertEqual((out, kind), (OUTSIDE + wrapped, 'none'))
            self.assertEqual(verdict['outcome'], 'pass')
        wrapped = b'Content-Type: message/rfc822\r\n\r\n' + INSIDE + PLAIN
        for made in (sealed(signed(wrapped, WORLD.eve)), sealed(wrapped)):
            out, _, kind, _ = self.receive(OUTSIDE + made, 'wrapped-message=restore')
            self.assertEqual(kind, 'none')
            self.assertTrue(out.startswith(OUTSIDE))


if __name__ == '__main__':
    unittest.main()
