# SPDX-License-Identifier: LGPL-2.1-or-later
"""verify and decrypt: exit codes, reports, JSON, and what is written when."""

import json
import unittest

from support import (ALICE, ALICE_CERT, DONE, NOT_PASSED, OTHER, ROOT_CERT, TROUBLE, CommandTest,
                     body_of, key, read)

FAKE_ROOT = key('self-signed.pem')
VERIFY = ['verify', '--trust', ROOT_CERT]


def tampered(message):
    changed = message.replace(b'Sehr geehrter', b'Sehr geehrte ', 1)
    assert changed != message
    return changed


def tampered_cms(message):
    """One character near the end of the base64: content or tag of an encrypted message."""
    at = message.rstrip().rfind(b'\r\n') - 40
    return message[:at] + (b'A' if message[at:at + 1] != b'A' else b'B') + message[at + 1:]


class Verify(CommandTest):
    def test_pass_writes_the_message_and_reports_on_stderr(self):
        for form in ('detached', 'opaque'):
            result = self.expect(DONE, *VERIFY, message=self.sign('--form', form))
            self.assertEqual(body_of(result.out), body_of(self.offer))
            self.assertTrue(result.err.startswith('pass (ok'), result.err)
            for words in ('signed (%s)' % form, 'alice@example.com', 'CN=Test intermediate',
                          'sha256', 'signed at'):
                self.assertIn(words, result.err)

    def test_report_goes_to_stdout_when_the_message_does_not(self):
        out = self.folder / 'out.eml'
        result = self.expect(DONE, *VERIFY, '-o', out, message=self.sign())
        self.assertTrue(result.out.startswith(b'pass (ok'))
        self.assertEqual(result.err, '')
        self.assertEqual(body_of(out.read_bytes()), body_of(self.offer))

    def test_no_pass_writes_nothing(self):
        good = self.sign()
        out = self.folder / 'out.eml'
        for trust, message, words in ((ROOT_CERT, tampered(good), 'digest-mismatch'),
                                      (FAKE_ROOT, good, 'cert-untrusted')):
            result = self.expect(NOT_PASSED, 'verify', '--trust', trust, message=message)
            self.assertEqual(result.out, b'')
            self.assertIn(words, result.err)
            self.expect(NOT_PASSED, 'verify', '--trust', trust, '-o', out, message=message)
            self.assertEqual(self.files(), [])

    def test_time(self):
        self.expect(NOT_PASSED, *VERIFY, '--time', '2055-01-01T00:00:00Z', message=self.sign())
        self.expect(DONE, *VERIFY, '--time', '2053-01-01T00:00:00Z', message=self.sign())

    def test_intermediate(self):
        """An identity without its chain: the path needs help."""
        alone = self.write('alone.pem', read(key('alice-key.pem')) + read(ALICE_CERT))
        made = self.sign(identity=alone)
        self.expect(NOT_PASSED, *VERIFY, message=made)
        self.expect(DONE, *VERIFY, '--intermediate', key('intermediate.pem'), message=made)

    def test_trust_repeats(self):
        self.expect(DONE, *VERIFY, '--trust', FAKE_ROOT, message=self.sign())

    def test_what_is_not_signed(self):
        for message in (self.offer, b'', b'\x00\xff' * 1000):
            result = self.expect(NOT_PASSED, *VERIFY, message=message)
            self.assertEqual(result.out, b'')
            self.assertTrue(result.err)

    def test_limit_is_the_messages_fault(self):
        self.expect(NOT_PASSED, *VERIFY, '--set', 'message-size=1K', message=self.sign())

    def test_json(self):
        made = self.sign()
        out = self.folder / 'out.eml'
        document = json.loads(self.expect(DONE, *VERIFY, '--json', message=made).out)
        self.assertEqual(document['outcome'], 'pass')
        self.assertEqual(document['reason'], 'ok')
        self.assertEqual(document['layers'][0]['kind'], 'signed-detached')
        signer = document['layers'][0]['signers'][0]
        self.assertEqual(signer['outcome'], 'pass')
        self.assertIn('alice@example.com', signer['addresses'])
        document = json.loads(self.expect(NOT_PASSED, *VERIFY, '--json', '-o', out,
                                          message=tampered(made)).out)
        self.assertEqual((document['outcome'], document['reason']), ('fail', 'digest-mismatch'))
        self.assertEqual(self.files(), [])
        self.expect(DONE, *VERIFY, '--json', '-o', out, message=made)
        self.assertEqual(body_of(out.read_bytes()), body_of(self.offer))

    def test_json_of_an_error(self):
        result = self.expect(NOT_PASSED, *VERIFY, '--json', message=self.offer)
        document = json.loads(result.out)
        self.assertEqual(document['error'], 'SMIMEGW_E_NOT_SMIME')
        self.assertTrue(document['text'])


class Decrypt(CommandTest):
    def test_round_trip(self):
        for cipher in ('aes-256-gcm', 'aes-128-cbc', 'aes-256-cbc'):
            made = self.encrypt('--cipher', cipher)
            result = self.expect(DONE, 'decrypt', '--identity', ALICE, message=made)
            self.assertEqual(body_of(result.out), body_of(self.offer))
            self.assertIn(cipher, result.err)
            self.assertIn('not signed', result.err)

    def test_not_signed_is_no_failure_with_trust(self):
        result = self.expect(DONE, 'decrypt', '--identity', ALICE, '--trust', ROOT_CERT,
                             message=self.encrypt())
        self.assertEqual(body_of(result.out), body_of(self.offer))
        self.assertIn('not signed', result.err)

    def test_wrong_key_and_broken_content(self):
        made = self.encrypt('--cipher', 'aes-256-gcm')
        out = self.folder / 'out.eml'
        for identity, message in ((OTHER, made), (ALICE, tampered_cms(made)), (ALICE, self.offer)):
            result = self.expect(NOT_PASSED, 'decrypt', '--identity', identity, message=message)
            self.assertEqual(result.out, b'')
            self.expect(NOT_PASSED, 'decrypt', '--identity', identity, '-o', out, message=message)
            self.assertEqual(self.files(), [])

    def test_several_identities(self):
        self.expect(DONE, 'decrypt', '--identity', OTHER, '--identity', ALICE,
                    message=self.encrypt())

    def test_signed_inside(self):
        made = self.sign_encrypt()
        decrypt = ['decrypt', '--identity', OTHER]
        result = self.expect(DONE, *decrypt, message=made)
        self.assertIn(b'multipart/signed', result.out)
        self.assertIn('not judged (no --trust)', result.err)
        self.assertIn('pass (ok', self.expect(DONE, *decrypt, '--trust', ROOT_CERT,
                                              message=made).err)

    def test_no_pass_inside_writes_nothing_with_trust(self):
        made = self.sign_encrypt()
        out = self.folder / 'out.eml'
        decrypt = ['decrypt', '--identity', OTHER, '--trust', FAKE_ROOT]
        for more in ([], ['-o', out], ['--json'], ['--json', '-o', out]):
            result = self.expect(NOT_PASSED, *decrypt, *more, message=made)
            self.assertNotIn(b'Sehr geehrter', result.out)
            self.assertIn('cert-untrusted', result.err + result.out.decode())
            self.assertEqual(self.files(), [])

    def test_json(self):
        made = self.sign_encrypt(verb='triple')
        result = self.expect(DONE, 'decrypt', '--identity', OTHER, '--trust', ROOT_CERT, '--json',
                             message=made)
        kinds = [layer['kind'] for layer in json.loads(result.out)['layers']]
        self.assertEqual(len(kinds), 3)
        self.assertEqual(kinds[0], 'signed-detached')
        self.assertIn(kinds[1], ('enveloped', 'auth-enveloped'))
        document = json.loads(self.expect(NOT_PASSED, 'decrypt', '--identity', OTHER, '--json',
                                          message=self.encrypt()).out)
        self.assertEqual(document['error'], 'SMIMEGW_E_NO_KEY')

    def test_identity_that_can_not_be_read_is_trouble(self):
        self.expect(TROUBLE, 'decrypt', '--identity', ROOT_CERT, message=self.encrypt())


if __name__ == '__main__':
    unittest.main()
