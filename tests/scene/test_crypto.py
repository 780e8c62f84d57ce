# SPDX-License-Identifier: LGPL-2.1-or-later
"""C5-C8: what happens to digest, signature, session key and body, seen by openssl alone."""

import hashlib
import re
import subprocess
import unittest

from stage import (ALICE, BOB, DONE, ENCRYPTED, MULTIPART, NOT_PASSED, OPAQUE, SIGNED, TEXT,
                   SceneTest, letter, mime, openssl, parsed, printed)


class Element:
    """A line of `openssl asn1parse`, and its bytes."""

    def __init__(self, line, der):
        match = re.match(r'\s*(\d+):d=(\d+)\s+hl=(\d+)\s+l=\s*(\d+) \w+:\s*(.*)', line)
        self.at, self.depth, head, size = (int(number) for number in match.groups()[:4])
        self.name = match.group(5)
        self.whole = der[self.at:self.at + head + size]
        self.content = self.whole[head:]


def elements(der):
    return [Element(line, der) for line in parsed(der)]


def named(found, words):
    """The first element after the one with these words."""
    at = next(at for at, element in enumerate(found) if words in element.name)
    return found[at + 1:]


class C5(SceneTest):
    """Sign: digest of the message, signed with the private key, the signature attached."""

    def test_digest_and_signature(self):
        made = self.protect(letter(entity=TEXT), 'sign')
        kind, der, content = mime.unwrap(made)
        self.assertEqual((kind, content), ('detached', TEXT))
        self.assertIn(b'Content-Type: application/pkcs7-signature; name="smime.p7s"', made)
        found = elements(der)
        attributes = next(element for element in reversed(found) if element.depth == 5 and
                          element.name.startswith('cont [ 0 ]'))
        inner = elements(b'\x31' + attributes.whole[1:])
        digest = named(inner, 'messageDigest')[1]
        self.assertEqual(digest.content, hashlib.sha256(TEXT).digest())
        # The attributes are what the private key signs, as a SET. [RFC5652-5.4]
        signed = self.write('signed', b'\x31' + attributes.whole[1:])
        signature = self.write('signature', found[-1].content)
        public = self.write('public.pem', openssl('x509', '-in', self.world['a'].cert, '-noout',
                                                  '-pubkey'))
        self.assertIn(b'Verified OK', openssl('dgst', '-sha256', '-verify', str(public),
                                              '-signature', str(signature), str(signed)))

    def test_the_private_key_is_needed(self):
        """Signed by A, it verifies by A's certificate and by no other."""
        made = self.protect(letter(entity=TEXT), 'sign')
        source = self.write('made.eml', made)
        for name, code in (('a', 0), ('eve', 4)):
            done = subprocess.run(['openssl', 'cms', '-verify', '-noverify', '-nointern', '-in',
                                   source, '-certfile', self.world[name].cert],
                                  capture_output=True, check=False)
            self.assertEqual(done.returncode, code, done.stderr)


class C6(SceneTest):
    """Encrypt: a random session key, encrypted for each recipient; the body with the key."""
    TO = ('gateway-b', 'carol')

    def opened(self, made, name):
        """(session key, body) by openssl's own RSA and AES."""
        _, der, _ = mime.unwrap(made)
        found = elements(der)
        # The serial number stands before the algorithm, and the key behind it.
        keys = {found[at - 2].name.split(':')[1]: found[at + 2] for at, element in enumerate(found)
                if element.name.endswith(':rsaEncryption')}
        self.assertEqual(len(keys), len(self.TO))
        serial = openssl('x509', '-in', self.world[name].cert, '-noout', '-serial').decode()
        wrapped = self.write('wrapped', keys[serial.strip().split('=')[1]].content)
        session = openssl('pkeyutl', '-decrypt', '-in', str(wrapped), '-inkey',
                          self.world[name].key)
        after = named(found, ':aes-256-cbc')
        body = self.write('body', after[1].content)
        return session, openssl('enc', '-d', '-aes-256-cbc', '-in', str(body), '-K', session.hex(),
                                '-iv', after[0].content.hex())

    def test_one_session_key_for_all_and_the_body_under_it(self):
        made = self.protect(letter(), 'encrypt', to=self.TO)
        opened = {name: self.opened(made, name) for name in self.TO}
        self.assertEqual(opened['gateway-b'], opened['carol'])
        session, body = opened['carol']
        self.assertEqual(len(session), 32)
        self.assertEqual(body, MULTIPART)
        self.assertEqual(printed(made).count('encryptedKey:'), 2)

    def test_the_session_key_is_random(self):
        keys = {self.opened(self.protect(letter(), 'encrypt', to=self.TO), 'carol')[0]
                for _ in range(3)}
        self.assertEqual(len(keys), 3)


class C7(SceneTest):
    """Verify: digest, signature by the sender's public key, then its certificate and its CA."""

    def verdict(self, message, trust=('--trust-domain', 'ca-b')):
        found = self.receive(letter(BOB, [ALICE], entity=message), trust=trust)[1]
        return found['reason']

    def test_each_step(self):
        writer = self.peer('openssl', 'ca')
        by_b = self.world['gateway-b']
        signed = writer.sign(TEXT, by_b, SIGNED)
        self.assertEqual(self.verdict(signed), 'ok')
        changed = signed.replace(b'every byte counts', b'Every byte counts')
        self.assertNotEqual(changed, signed)
        self.assertEqual(self.verdict(changed), 'digest-mismatch')
        _, der, content = mime.unwrap(signed)
        forged = der[:-1] + bytes([der[-1] ^ 1])
        self.assertEqual(self.verdict(mime.wrap_detached(content, forged, 'sha256')),
                         'signature-invalid')
        self.assertEqual(self.verdict(signed, ('--trust-domain', 'ca')), 'cert-untrusted')

    def test_the_certificate_of_a_domain(self):
        """Its CA must be one that may vouch for domains, and the domain the sender's."""
        writer = self.peer('openssl', 'ca')
        signed = writer.sign(TEXT, self.world['gateway-b'], OPAQUE)
        self.assertEqual(self.verdict(signed, ('--trust', 'ca-b')), 'from-domain')
        for sender, reason in (('anybody@b.example', 'ok'), (ALICE, 'from-mismatch'),
                               ('x@sub.b.example', 'from-mismatch')):
            found = self.receive(letter(sender, [ALICE], entity=signed))[1]
            self.assertEqual(found['reason'], reason, sender)


class C8(SceneTest):
    """Decrypt: the session key with our private key, then the body."""

    def test_ours_and_not_ours(self):
        writer = self.peer('openssl', 'ca')
        sent = letter(BOB, [ALICE], entity=writer.encrypt(
            MULTIPART, [self.world['bob'], self.world['a']], ENCRYPTED))
        clear, verdict = self.receive(sent)
        self.assertSameMail(clear, letter(BOB, [ALICE]))
        self.assertEqual(sorted(who['ours'] for who in verdict['layers'][0]['recipients']),
                         [False, True])
        same, verdict = self.receive(sent, identity='carol')
        self.assertEqual(same, sent)
        self.assertEqual(verdict['reason'], 'no-key')
        result = self.expect(NOT_PASSED, 'decrypt', '--identity', self.world['carol'].identity,
                             message=sent)
        self.assertEqual(result.out, b'')
        result = self.expect(DONE, 'decrypt', '--identity', self.world['a'].identity, message=sent)
        self.assertEqual(mime.entity_of(result.out), MULTIPART)

    def test_another_session_key(self):
        """A key that is not the body's opens nothing, and says no more than that. [RFC3218-2]"""
        writer = self.peer('openssl', 'ca')
        sent = letter(BOB, [ALICE],
                      entity=writer.encrypt(MULTIPART, [self.world['a']], ENCRYPTED))
        _, der, _ = mime.unwrap(sent)
        found = elements(der)
        key = next(found[at + 2] for at, element in enumerate(found)
                   if element.name.endswith(':rsaEncryption'))
        public = self.world['a'].cert
        other = openssl('pkeyutl', '-encrypt', '-certin', '-inkey', public, input=bytes(32))
        end = key.at + len(key.whole)
        changed = mime.rewrap(sent, der[:end - len(other)] + other + der[end:])
        self.assertNotEqual(changed, sent)
        same, verdict = self.receive(changed)
        self.assertEqual((same, verdict['reason']), (changed, 'decrypt'))


if __name__ == '__main__':
    unittest.main()
