# SPDX-License-Identifier: LGPL-2.1-or-later
"""The sending verbs, where messages come from and where they go."""

import os
import signal
import stat
import subprocess
import time
import unittest

from support import (ALICE, ALICE_CERT, COMMAND, DONE, OFFER, OTHER, OTHER_CERT, ROOT_CERT,
                     TROUBLE, CommandTest, body_of, key, read)


class Protect(CommandTest):
    def test_forms(self):
        self.assertIn(b'multipart/signed', self.sign())
        self.assertIn(b'smime-type=signed-data', self.sign('--form', 'opaque'))
        self.assertIn(b'smime-type=signed-data', self.sign('--set', 'sign-form=opaque'))

    def test_digests(self):
        for digest, micalg in (('sha256', b'sha-256'), ('sha384', b'sha-384'),
                               ('sha512', b'sha-512')):
            self.assertIn(micalg, self.sign('--digest', digest))

    def test_ciphers(self):
        self.assertIn(b'authEnveloped-data', self.encrypt('--cipher', 'aes-256-gcm'))
        self.assertIn(b'enveloped-data', self.encrypt('--cipher', 'aes-256-cbc'))

    def test_recipient_ids_differ(self):
        for kind in ('issuer-serial', 'ski'):
            made = self.encrypt('--recipient-id', kind)
            self.expect(DONE, 'decrypt', '--identity', ALICE, message=made)

    def test_several_recipients(self):
        made = self.encrypt('--recipient', OTHER_CERT)
        for identity in (ALICE, OTHER):
            self.assertIn(body_of(self.offer),
                          self.expect(DONE, 'decrypt', '--identity', identity, message=made).out)

    def test_recipient_file_with_chain_means_its_first_certificate(self):
        both = self.write('both.pem', read(ALICE_CERT) + read(OTHER_CERT))
        made = self.encrypt(cert=both)
        self.expect(DONE, 'decrypt', '--identity', ALICE, message=made)
        self.expect(1, 'decrypt', '--identity', OTHER, message=made)

    def test_modes(self):
        for verb in ('sign-encrypt', 'triple'):
            made = self.sign_encrypt(verb=verb)
            self.assertNotIn(b'Angebot-2026-0417.pdf', made)
            plain = self.expect(DONE, 'decrypt', '--identity', OTHER, '--trust', ROOT_CERT,
                                message=made).out
            self.assertIn(body_of(self.offer), plain)
            self.expect(DONE, 'verify', '--trust', ROOT_CERT, message=plain)

    def test_headers_stay(self):
        outer = self.offer.split(b'Content-Type:', 1)[0].replace(b'Content-Language: de-DE\r\n', b'')
        self.assertTrue(self.sign().startswith(outer))

    def test_wrong_sender_and_wrong_use(self):
        self.expect(TROUBLE, 'sign', '--identity', OTHER, message=self.offer)
        self.expect(TROUBLE, 'sign', '--identity', key('encrypt-only-id.pem'), message=self.offer)
        self.expect(TROUBLE, 'encrypt', '--recipient', key('ed25519.pem'), message=self.offer)


class Input(CommandTest):
    """One message, however it comes in."""

    def test_file_argument_pipe_and_redirection_agree(self):
        sign = ['sign', '--identity', ALICE]
        with open(OFFER, 'rb') as file:
            redirected = subprocess.run([COMMAND, *sign], stdin=file, capture_output=True,
                                        check=True).stdout
        for made in (redirected, self.expect(DONE, *sign, OFFER).out, self.sign()):
            clear = self.expect(DONE, 'verify', '--trust', ROOT_CERT, message=made).out
            self.assertEqual(body_of(clear), body_of(self.offer))

    def test_redirection_starts_where_the_shell_stopped(self):
        path = self.write('late.eml', b'first line, read by the shell\n' + self.offer)
        with path.open('rb') as file:
            made = subprocess.run(['sh', '-c', 'read line; exec "$@"', 'sh', COMMAND, 'sign',
                                   '--identity', ALICE], stdin=file, capture_output=True,
                                  check=True).stdout
        self.assertTrue(made.startswith(b'Return-Path:'))

    def test_a_pipe_that_trickles(self):
        process = subprocess.Popen([COMMAND, 'sign', '--identity', ALICE], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE)
        for start in range(0, len(self.offer), 997):
            process.stdin.write(self.offer[start:start + 997])
            process.stdin.flush()
        made, _ = process.communicate()
        self.assertEqual(process.returncode, DONE)
        self.expect(DONE, 'verify', '--trust', ROOT_CERT, message=made)


class Output(CommandTest):
    """-o: all of the message or nothing."""

    def test_written_with_the_usual_rights_and_nothing_beside_it(self):
        out = self.folder / 'out.eml'
        self.assertEqual(self.sign('-o', out), b'')
        self.assertIn(b'multipart/signed', out.read_bytes())
        self.assertEqual(self.files(), ['out.eml'])
        mask = os.umask(0)
        os.umask(mask)
        self.assertEqual(stat.S_IMODE(out.stat().st_mode), 0o666 & ~mask)

    def test_failure_leaves_what_was_there(self):
        out = self.write('out.eml', b'old')
        self.expect(TROUBLE, 'sign', '--identity', OTHER, '-o', out, message=self.offer)
        self.expect(1, 'verify', '--trust', ROOT_CERT, '-o', out, message=self.offer)
        self.assertEqual(out.read_bytes(), b'old')
        self.assertEqual(self.files(), ['out.eml'])

    def test_in_place(self):
        path = self.write('message.eml', self.offer)
        self.expect(DONE, 'sign', '--identity', ALICE, '-o', path, path)
        self.assertIn(b'multipart/signed', path.read_bytes())

    def test_link_stays_a_link(self):
        path = self.write('real.eml', b'old')
        link = self.folder / 'link.eml'
        link.symlink_to(path)
        self.sign('-o', link)
        self.assertTrue(link.is_symlink())
        self.assertIn(b'multipart/signed', path.read_bytes())

    def test_device_stays_a_device(self):
        """As root a rename would replace it, so a pipe stands in for /dev/null."""
        pipe = self.folder / 'pipe'
        os.mkfifo(pipe)
        reader = subprocess.Popen(['cat', pipe], stdout=subprocess.PIPE)
        self.sign('-o', pipe)
        self.assertIn(b'multipart/signed', reader.communicate()[0])
        self.assertTrue(stat.S_ISFIFO(pipe.stat().st_mode))

    def test_signal_leaves_nothing(self):
        out = self.folder / 'out.eml'
        big = self.write('big.eml', self.offer.split(b'\r\n\r\n')[0] + b'\r\n\r\n' +
                         b'x' * 70 * 1000 * 1000)
        process = subprocess.Popen([COMMAND, 'sign', '--identity', ALICE, '-o', out, big])
        while process.poll() is None and not [name for name in self.files() if 'out.eml.' in name]:
            time.sleep(0.001)
        process.send_signal(signal.SIGTERM)
        code = process.wait()
        self.assertIn(code, (-signal.SIGTERM, DONE))
        self.assertFalse([name for name in self.files() if 'out.eml.' in name])


if __name__ == '__main__':
    unittest.main()
