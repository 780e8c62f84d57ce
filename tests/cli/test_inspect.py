# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tree and the JSON of inspect."""

import json
import unittest

from support import ALICE, DONE, OTHER, ROOT_CERT, CommandTest


class Inspect(CommandTest):
    def tree(self, message, *arguments, **options):
        return self.expect(DONE, 'inspect', *arguments, message=message, **options).out.decode()

    def test_plain_message(self):
        lines = self.tree(self.offer).splitlines()
        self.assertTrue(lines[0].startswith('message  '), lines)
        self.assertIn('alice@example.com', lines[0])
        for line, start in zip(lines[1:], ('└─ multipart/mixed', '   ├─ multipart/alternative',
                                           '   │  ├─ text/plain', '   │  └─ text/html',
                                           '   └─ application/pdf  Angebot-2026-0417.pdf')):
            self.assertTrue(line.startswith(start), line)
        self.assertEqual(len(lines), 6)

    def test_signed(self):
        text = self.tree(self.sign(), '--trust', ROOT_CERT)
        self.assertRegex(text, r'(?m)^└─ signed \(detached\)  sha256.*✔ pass  alice@example\.com')
        self.assertIn('   └─ multipart/mixed', text)
        self.assertIn('not judged (no --trust)', self.tree(self.sign()))
        broken = self.sign().replace(b'Sehr geehrter', b'Sehr geehrte ', 1)
        self.assertIn('✘ fail: digest-mismatch', self.tree(broken, '--trust', ROOT_CERT))

    def test_encrypted_without_and_with_the_key(self):
        made = self.encrypt('--cipher', 'aes-256-gcm')
        closed = self.tree(made)
        self.assertRegex(closed, r'(?m)^└─ encrypted  aes-256-gcm → 1 recipient')
        self.assertNotIn('have key', closed)
        self.assertNotIn('text/plain', closed)
        opened = self.tree(made, '--identity', OTHER, '--identity', ALICE)
        self.assertIn('✔ have key', opened)
        self.assertIn('text/plain', opened)

    def test_triple(self):
        text = self.tree(self.sign_encrypt(verb='triple'), '--identity', OTHER, '--trust',
                         ROOT_CERT)
        self.assertRegex(text, r'(?s)└─ signed .*\n   └─ encrypted .*\n      └─ signed .*\n'
                               r'         └─ multipart/mixed')

    def test_ascii_where_the_locale_has_no_utf8(self):
        text = self.tree(self.sign(), '--trust', ROOT_CERT, env={'LC_ALL': 'C'})
        self.assertTrue(text.isascii())
        self.assertIn('`- signed (detached)', text)
        self.assertIn('[ok] pass', text)
        self.assertIn('   |- ', text)

    def test_names_can_not_drive_the_terminal(self):
        evil = (b'From: a@example.com\r\nMIME-Version: 1.0\r\nContent-Type: text/plain;'
                b' name="a\x1b[2J\xe2\x80\xaegpj.exe"\r\n\r\nx\r\n')
        text = self.tree(evil)
        self.assertNotIn('\x1b', text)
        self.assertNotIn('\u202e', text)

    def test_subject_is_decoded(self):
        self.assertIn('subject Angebot 2026-0417 über Espressomaschinen für das Café Müller\n',
                      self.tree(self.offer))
        document = json.loads(self.expect(DONE, 'inspect', '--json', message=self.offer).out)
        self.assertIn('=?UTF-8?Q?', document['subject'])
        self.assertEqual(document['subject_text'], 'Angebot 2026-0417 über Espressomaschinen für'
                                                   ' das Café Müller')
        for raw, shown in (('=?iso-8859-1*de?q?f=FCr?= Caf=E9', 'für Caf=E9'),
                           ('=?UTF-8?B?w7xiZXI=?=  =?us-ascii?Q?_x?= y', 'über x y'),
                           ('=?utf-8?b?4oI=?= =?utf-8?b?rA==?=', '€'),
                           ('=?utf-8?q?a=1B[2J=E2=80=AE=0A?=', r'a\x1b[2J\xe2\x80\xae\x0a'),
                           ('=?koi8-r?q?=C1?=', '=?koi8-r?q?=C1?='),
                           ('=?utf-8?q?=0?= =?utf-8?b?A?= =?utf-8?q?=00?=',
                            '=?utf-8?q?=0?= =?utf-8?b?A?= =?utf-8?q?=00?='),
                           ('=?utf-8?x?a?= =?utf-8?q?a b?= =?', '=?utf-8?x?a?= =?utf-8?q?a b?= =?'),
                           ('=?utf-8?q?%s?=' % ('a' * 2000), '=?utf-8?q?%s?=' % ('a' * 2000))):
            self.assertIn('subject %s\n' % shown,
                          self.tree(b'Subject: %s\r\n\r\nx\r\n' % raw.encode()))

    def test_rubbish_is_described_not_refused(self):
        for message in (b'', b'\x00' * 100, b'\r\n', b'Content-Type: application/pkcs7-mime\r\n\r\nAAAA',
                        self.sign()[:2000], self.encrypt()[:1500]):
            self.assertTrue(self.tree(message).startswith('message'))

    def test_json(self):
        made = self.sign_encrypt()
        document = json.loads(self.expect(DONE, 'inspect', '--json', '--identity', OTHER, '--trust',
                                          ROOT_CERT, message=made).out)
        self.assertEqual(document['size'], len(made))
        envelope = document['root']
        self.assertIn(envelope['kind'], ('enveloped', 'auth-enveloped'))
        self.assertTrue(envelope['recipients'][0]['ours'])
        signed = envelope['children'][0]
        self.assertEqual(signed['signers'][0]['outcome'], 'pass')
        mixed = signed['children'][0]
        self.assertEqual(mixed['type'], 'multipart/mixed')
        self.assertEqual(mixed['children'][1]['name'], 'Angebot-2026-0417.pdf')


if __name__ == '__main__':
    unittest.main()
