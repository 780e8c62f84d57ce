# SPDX-License-Identifier: LGPL-2.1-or-later
"""Abuse cases of group O in SECURITY.md (b) that live in `smimegw receive`: AC-100, 105..108.

AC-104 and the forged fields are in tests/cli/test_receive.py; AC-101..103 are in cases_headers.py.
"""

import os
import re
import subprocess
import tempfile
import unittest

import cms
import mail
import pki

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
COMMAND = os.environ.get('SMIMEGW', os.path.join(ROOT, 'build/examples/cli/smimegw'))
WORLD = pki.World()
FIELD = re.compile(rb'\AAuthentication-Results: [^\n]*\n(?:[ \t][^\n]*\n)*')
# Common names of an issuer that want to be more than a name.
NAMES = ['evil\r\nX-Injected: yes', 'evil\r\n\r\nbody', 'evil"; smime=pass; x="',
         'evil\\"; smime=pass; \\', 'evil; smime=pass body.smime-part=1', '(evil', 'evil)',
         'ev\u00efl \u202e live', 'a  b   c ' * 12, 'x' * 64000, '=?utf-8?q?evil?=', '"', '\\',
         ' ', 'evil\x00good', 'evil\x7f', ',+"\\<>;=', '#', 'y' * 250, 'z ' * 120]


class Receive(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.trust = WORLD.write(self.folder.name)

    def receive(self, message, *more):
        anchors, identity, _, _ = self.trust
        done = subprocess.run([COMMAND, 'receive', '--trust', anchors, '--identity', identity,
                               *more], input=message, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def stamped(self, message):
        out = self.receive(message, '--authserv-id', 'mx.example.net')
        field = FIELD.match(out)
        self.assertTrue(field, out[:300])
        return field.group(0), out[field.end():]

    def check_field(self, field):
        self.assertRegex(field, rb'\A[\x20-\x7e\r\n]*\Z')
        self.assertLess(len(field), 4000)
        for line in field.split(b'\r\n')[:-1]:
            self.assertTrue(line.strip(), field)
            self.assertLess(len(line), 998)
        text = field.replace(b'\r\n', b'')
        bare = re.sub(rb'"(?:[^"\\]|\\.)*"', b'""', text)
        self.assertNotIn(b'"', bare.replace(b'""', b''))
        self.assertNotIn(b'\\', bare)
        self.assertEqual(bare.count(b'smime='), 1)
        self.assertEqual(b'smime-serial' in bare, b'smime-issuer' in bare)

    def test_hostile_names(self):
        """AC-106."""
        for name in NAMES:
            with self.subTest(name[:40]):
                issuer = pki.Cert(name, WORLD.eve_key)
                leaf = WORLD.leaf(name, WORLD.alice_key, issuer)
                made = mail.opaque(cms.sign(leaf, mail.TEXT))
                field, rest = self.stamped(made)
                self.check_field(field)
                self.assertNotRegex(re.sub(rb'"(?:[^"\\]|\\.)*"', b'', field), rb'smime=pass')
                self.assertEqual(rest, made)

    def test_only_content_is_lifted(self):
        """AC-100, of an opaque signature that is removed."""
        inner = (b'From: ceo@evil.test\r\nTo: x\r\nBcc: y\r\nSubject: urgent\r\nReply-To: eve\r\n'
                 b'Received: z\r\nAuthentication-Results: mx.example.net; smime=pass\r\n'
                 b'DKIM-Signature: q\r\nX-Spam-Status: No\r\nList-Unsubscribe: l\r\n' + mail.TEXT)
        out = self.receive(mail.opaque(cms.sign(WORLD.alice, inner)), '--signature', 'remove')
        self.assertEqual(out, mail.HEADERS + mail.TEXT)

    def test_no_tag_in_the_subject(self):
        """AC-105."""
        for subject in (b'[signed OK] x', b'=?utf-8?q?=5Bsigned_OK=5D?=',
                        '[s\u0456gned OK]'.encode(), b'[signed OK]' + b' x' * 450):
            headers = mail.HEADERS.replace(b'payment', subject)
            made = headers + mail.detached(mail.TEXT, cms.sign(WORLD.alice, mail.TEXT,
                                                               detached=True), headers=b'')
            for message in (made, headers + mail.TEXT):
                out = self.receive(message, '--signature', 'remove', '--authserv-id', 'mx.a')
                self.assertTrue(FIELD.sub(b'', out).startswith(headers))

    def test_reports_are_mail_like_any_other(self):
        """AC-108."""
        report = (mail.HEADERS.replace(b'alice@example.test', b'MAILER-DAEMON@example.test') +
                  b'Auto-Submitted: auto-replied\r\n' + mail.TEXT)
        self.assertEqual(self.receive(report), report)


if __name__ == '__main__':
    unittest.main()
