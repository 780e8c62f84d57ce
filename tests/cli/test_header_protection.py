# SPDX-License-Identifier: LGPL-2.1-or-later
"""Header protection (RFC 9788) as others see it: openssl opens it, Python's parser reads it."""

import email
import email.policy
import json
import os
import subprocess
import unittest

from support import DONE, OTHER, OTHER_CERT, ROOT, ROOT_CERT, CommandTest, key

CORPUS = os.environ.get('SMIMEGW_CORPUS', str(ROOT.parent / 'shared' / 'corpus'))
SAMPLES = {'smime-one-part-hp': 'clear', 'smime-multipart-hp': 'clear',
           'smime-multipart-complex': None}
MAIL = (b'Received: by x\r\nFrom: "Test, T." <rsa2048@example.com>\r\nTo: Me <rsa2048@example.com>\r\n'
        b'Cc: "C" <c@example.com>,\r\n d@example.com\r\nBcc: nobody@example.com\r\n'
        b'Subject: the secret,\r\n folded\r\nDate: Sat, 20 Feb 2021 10:07:02 -0500\r\n'
        b'Message-ID: <1@example.com>\r\nIn-Reply-To: <0@example.com>\r\nUser-Agent: x\r\n'
        b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n'
        b'--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n')
COPIED = ['From', 'To', 'Cc', 'Subject', 'Date', 'Message-ID', 'In-Reply-To', 'User-Agent']


def parse(data):
    return email.message_from_bytes(data, policy=email.policy.SMTP)


def as_written(message, name):
    value = email.message_from_bytes(message, policy=email.policy.compat32)[name]
    return ' '.join(value.split())


class HeaderProtection(CommandTest):
    def openssl(self, verb, message, *arguments):
        done = subprocess.run(['openssl', 'cms', verb, *arguments], input=message,
                              capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def made(self, mode, rule):
        to = [] if mode == 'sign' else ['--recipient', OTHER_CERT]
        by = [] if mode == 'encrypt' else ['--identity', OTHER]
        done = self.run_command(mode, *to, *by, '--set', 'header-protection=' + rule, message=MAIL)
        self.assertEqual(done.code, DONE, done.err)
        return done.out

    def opened(self, mode, message):
        """What is inside of all layers, as openssl takes them off."""
        check = ['-CAfile', ROOT_CERT, '-purpose', 'smimesign']
        decrypt = ['-inkey', key('rsa2048-key.pem'), '-recip', OTHER_CERT]
        steps = {'sign': ['verify'], 'encrypt': ['decrypt'], 'sign-encrypt': ['decrypt', 'verify'],
                 'triple': ['verify', 'decrypt', 'verify']}
        for step in steps[mode]:
            message = self.openssl('-' + step, message, *(check if step == 'verify' else decrypt))
        return parse(message)

    def test_inner_fields(self):
        source = parse(MAIL)
        for mode in ('sign', 'encrypt', 'sign-encrypt', 'triple'):
            for rule in ('baseline', 'shy'):
                with self.subTest(mode + ' ' + rule):
                    inner = self.opened(mode, self.made(mode, rule))
                    hp = 'clear' if mode == 'sign' else 'cipher'
                    self.assertEqual(inner.get_content_type(), 'multipart/mixed')
                    self.assertEqual(inner['Content-Type'].params['hp'], hp)
                    self.assertEqual([name for name in inner.keys() if name != 'HP-Outer' and
                                      not name.startswith('Content-')], COPIED)
                    for name in COPIED:
                        self.assertEqual(str(inner[name]), str(source[name]))

    def test_outer_fields_and_their_copies(self):
        for mode in ('encrypt', 'sign-encrypt', 'triple'):
            for rule in ('baseline', 'shy'):
                with self.subTest(mode + ' ' + rule):
                    made = self.made(mode, rule)
                    outer, inner = parse(made), self.opened(mode, made)
                    self.assertEqual(inner.get_all('HP-Outer'),
                                     ['%s: %s' % (name, as_written(made, name))
                                      for name in COPIED])
                    self.assertEqual(outer['Subject'], '[...]')
                    self.assertNotIn(b'the secret', made)
                    self.assertIn(b'Bcc: nobody@example.com\r\n', made)

    def test_unchanged_outside(self):
        """What no policy changes stays byte for byte."""
        header = MAIL[:MAIL.index(b'Content-Type')]
        self.assertTrue(self.made('sign', 'shy').startswith(header))
        hidden = header.replace(b'the secret,\r\n folded', b'[...]')
        self.assertTrue(self.made('triple', 'baseline').startswith(hidden))

    def test_samples_of_the_standard(self):
        if not os.path.isdir(CORPUS):
            self.skipTest('no corpus')
        anchor = os.path.join(CORPUS, 'rfc9216',
                              '3-1-RSA-Certification-Authority-Root-Certificate.00.certificate.pem')
        for name, kind in SAMPLES.items():
            done = self.run_command('receive', '--json', '--trust', anchor, '-o', os.devnull,
                                    os.path.join(CORPUS, 'rfc9788', name + '.eml'))
            verdict = json.loads(done.out)
            verdict = verdict.get('verdict', verdict)
            self.assertEqual(verdict['outcome'], 'pass', name)
            about = verdict.get('header_protection')
            self.assertEqual(about and about['kind'], kind)
            for field in about['fields'] if about else []:
                self.assertEqual((field['protection'], field['outside']), ('signed', 'same'))


if __name__ == '__main__':
    unittest.main()
