# SPDX-License-Identifier: LGPL-2.1-or-later
"""C40-C45: what other companies' gateways sent, as company A delivers it."""

import base64
import json
import random
import subprocess
import unittest

from stage import (ALICE, BOB, DONE, ENCRYPTED, MULTIPART, OPAQUE, SIGNED, TEXT, Encryption,
                   SceneTest, letter, mime, openssl)

# A broken CBC padding is none once in 256 times; a broken tag always is.
AUTHENTICATED = Encryption('aes-256-gcm', 'rsa-pkcs1')


def mail(entity):
    return letter(BOB, [ALICE], entity=entity)


class ReceivingTest(SceneTest):
    def setUp(self):
        super().setUp()
        self.writer = self.peer('openssl', 'ca')

    def made(self, *layers, entity=TEXT, writer=None, to='a', by='gateway-b'):
        """An entity in layers, the innermost first."""
        writer = writer or self.writer
        for how in layers:
            entity = (writer.encrypt(entity, [self.world[to]], how) if isinstance(how, Encryption)
                      else writer.sign(entity, self.world[by], how))
        return entity


class C40(ReceivingTest):
    """Decrypt and verify, as the policy says."""

    def test_off(self):
        for layers in ((SIGNED,), (ENCRYPTED,), (SIGNED, ENCRYPTED)):
            sent = mail(self.made(*layers))
            same, verdict = self.receive(sent, '--policy-set', 'smime=off')
            self.assertEqual(same, sent)
            self.assertFalse(verdict['gateway_verified'])
            clear, verdict = self.receive(sent, '--policy-set', 'smime=on', '--signature', 'remove')
            self.assertSameMail(clear, mail(TEXT))
            self.assertTrue(verdict['gateway_verified'])

    def test_policies_by_name(self):
        policies = self.folder / 'policies.txt'
        for name, fields in (('off', ['smime=off']), ('clear', ['signature=remove']), ('keep', [])):
            self.expect(DONE, 'policy', 'create', '--policies', policies, name,
                        *(word for field in fields for word in ('--set', field)))
        signed = self.made(SIGNED)
        sent = mail(self.made(ENCRYPTED, entity=signed))
        for name, entity in (('off', None), ('clear', TEXT), ('keep', signed)):
            delivered, verdict = self.receive(sent, '--policies', policies, '--policy', name)
            self.assertSameMail(delivered, mail(entity) if entity else sent)
            self.assertEqual(verdict['gateway_verified'], name != 'off')


class C41(ReceivingTest):
    """Keep or remove the signature; of a triple wrapped message only the inner one."""

    def test_signed(self):
        for how in (SIGNED, OPAQUE):
            sent = mail(self.made(how))
            self.assertEqual(self.receive(sent, '--signature', 'keep')[0], sent)
            self.assertSameMail(self.receive(sent, '--signature', 'remove')[0], mail(TEXT))

    def test_signed_and_encrypted(self):
        inner = self.made(SIGNED)
        sent = mail(self.made(ENCRYPTED, entity=inner))
        self.assertSameMail(self.receive(sent, '--signature', 'keep')[0], mail(inner))
        self.assertSameMail(self.receive(sent, '--signature', 'remove')[0], mail(TEXT))

    def test_triple(self):
        """The outer signature goes with the encryption, whoever wrote it."""
        for name in ('openssl', 'bc', 'gpgsm'):
            writer = self.peer(name, 'ca')
            inner = self.made(SIGNED, writer=writer)
            sent = mail(self.made(ENCRYPTED, SIGNED, entity=inner, writer=writer))
            kept, verdict = self.receive(sent, '--signature', 'keep')
            self.assertEqual([layer['kind'] for layer in verdict['layers']],
                             ['signed-detached', 'enveloped', 'signed-detached'], name)
            self.assertEqual(verdict['outcome'], 'pass')
            self.assertSameMail(kept, mail(inner))
            self.assertEqual(self.peer('openssl', 'ca-b').verify(mime.entity_of(kept)), TEXT)
            removed, _ = self.receive(sent, '--signature', 'remove')
            self.assertSameMail(removed, mail(TEXT))

    def test_what_failed_is_never_removed(self):
        sent = mail(self.made(SIGNED)).replace(b'every byte counts', b'Every byte counts')
        self.assertEqual(self.receive(sent, '--signature', 'remove')[0], sent)
        stranger = mail(self.made(SIGNED, by='eve'))
        self.assertEqual(self.receive(stranger, '--signature', 'remove')[0], stranger)


def encoded(data):
    return base64.encodebytes(data).replace(b'\n', b'\r\n')


class Breaker:
    """Breaks a message so that no reader can take it for whole; seeded."""

    def __init__(self):
        self.rng = random.Random(40)

    def truncated(self, message):
        return message[:self.rng.randrange(len(message) // 2, len(message) * 9 // 10)]

    def object_cut(self, message):
        der = mime.unwrap(message)[1]
        return self._rewrapped(message, der[:self.rng.randrange(1, len(der))])

    def last_bytes_flipped(self, message):
        """The end of a signature, or the last block of what was encrypted."""
        der = bytearray(mime.unwrap(message)[1])
        der[-self.rng.randrange(1, 15)] ^= 1 << self.rng.randrange(8)
        return self._rewrapped(message, bytes(der))

    def noise(self, message):
        der = mime.unwrap(message)[1]
        return self._rewrapped(message, self.rng.randbytes(len(der)))

    def no_base64(self, message):
        text = encoded(mime.unwrap(message)[1])[:-2]
        return message.replace(text.split(b'\r\n')[1][:16], b'\0\xff<html>', 1)

    def _rewrapped(self, message, der):
        kind, _, content = mime.unwrap(message)
        if kind != 'detached':
            return mime.rewrap(message, der)
        return mime.with_outer(mime.outer_of(message), mime.wrap_detached(content, der, 'sha256'))

    ways = (truncated, object_cut, last_bytes_flipped, noise, no_base64)


class C42(ReceivingTest):
    """All mail is delivered, whatever the result."""

    def refused_by_openssl(self, message):
        """openssl verifies none of these either, so they are broken indeed."""
        source = self.write('broken.eml', message)
        done = subprocess.run(['openssl', 'cms', '-verify', '-in', source, '-CAfile',
                               self.world['ca-b'].cert], capture_output=True, check=False)
        return done.returncode != 0

    def test_a_hundred_broken_messages(self):
        breaker, count = Breaker(), 0
        originals = [mail(self.made(*layers)) for layers in
                     ((SIGNED,), (OPAQUE,), (AUTHENTICATED,), (SIGNED, ENCRYPTED))]
        originals.append(mail(self.made(SIGNED, ENCRYPTED, SIGNED)))
        for number in range(4):
            for way in Breaker.ways:
                for original in originals:
                    broken = way(breaker, original)
                    self.assertNotEqual(broken, original)
                    delivered, verdict = self.receive(broken, '--signature', 'remove')
                    with self.subTest(way=way.__name__, number=number, message=broken):
                        self.judge(broken, delivered, verdict)
                    count += 1
                    if number == 0 and original in originals[:2]:
                        self.assertTrue(self.refused_by_openssl(broken), way.__name__)
        self.assertEqual(count, 100)

    def judge(self, broken, delivered, verdict):
        self.assertFalse(verdict['gateway_verified'])
        opened = [layer for layer in verdict['layers'] if 'enveloped' in layer['kind'] and
                  layer['reason'] not in ('decrypt', 'syntax', 'no-key', 'limit')]
        if opened:
            # The signature around failed; what was encrypted opened, and is there to be read.
            self.assertEqual(mime.outer_of(delivered), mime.outer_of(broken))
            self.assertIn(b'every byte counts', delivered)
        else:
            self.assertEqual(delivered, broken)

    def test_no_key(self):
        sent = mail(self.made(ENCRYPTED, to='bob'))
        delivered, verdict = self.receive(sent)
        self.assertEqual(delivered, sent)
        self.assertEqual((verdict['reason'], verdict['gateway_verified']), ('no-key', False))


class C43(ReceivingTest):
    """What filter rules ask: is it S/MIME, and did all of it verify and decrypt?"""

    def test_the_two_booleans(self):
        changed = self.made(SIGNED).replace(b'every byte counts', b'Every byte counts')
        for entity, expected in (
                (TEXT, (False, False)), (MULTIPART, (False, False)),
                (self.made(SIGNED), (True, True)), (self.made(OPAQUE), (True, True)),
                (self.made(ENCRYPTED), (True, True)),
                (self.made(SIGNED, ENCRYPTED), (True, True)),
                (self.made(SIGNED, ENCRYPTED, SIGNED), (True, True)),
                (changed, (True, False)), (self.made(SIGNED, by='eve'), (True, False)),
                (self.made(ENCRYPTED, to='bob'), (True, False)),
                (self.made(ENCRYPTED, entity=changed), (True, False))):
            sent = mail(entity)
            delivered, verdict = self.receive(sent)
            found = verdict['gateway_message'], verdict['gateway_verified']
            self.assertEqual(found, expected, entity[:200])

    def test_the_example_rule(self):
        """Quarantine the first without the second."""
        quarantined = []
        for name, entity in (('plain', TEXT), ('good', self.made(SIGNED, ENCRYPTED)),
                             ('forged', self.made(SIGNED, by='eve')),
                             ('not ours', self.made(ENCRYPTED, to='bob'))):
            _, verdict = self.receive(mail(entity))
            if verdict['gateway_message'] and not verdict['gateway_verified']:
                quarantined.append(name)
        self.assertEqual(quarantined, ['forged', 'not ours'])


class C44(ReceivingTest):
    """Decryption certificates come from PKCS#12, and several may be held."""
    NAMES = ('a', 'bob', 'archive')

    def imported(self, name, *options):
        """Another program's PKCS#12, through `cert import` into a folder of identities."""
        leaf, source = self.world[name], self.folder / (name + '-source.p12')
        openssl('pkcs12', '-export', '-in', leaf.cert, '-inkey', leaf.key, '-certfile', leaf.chain,
                '-passout', 'pass:secret', '-out', str(source), *options)
        self.expect(DONE, 'cert', 'import', '--passphrase-file', self.passphrase, '--use',
                    'encrypt', '--store', self.folder, '--name', name, source)
        return self.folder / (name + '.p12')

    def test_several(self):
        self.passphrase = self.write('passphrase', b'secret\n')
        options = {'archive': ['-legacy'], 'bob': ['-keypbe', 'AES-128-CBC']}
        held = [word for name in self.NAMES
                for word in ('--identity', self.imported(name, *options.get(name, ())))]
        arguments = ['receive', *held, '--passphrase-file', self.passphrase]
        for name in self.NAMES:
            sent = mail(self.made(ENCRYPTED, to=name))
            self.assertSameMail(self.expect(DONE, *arguments, message=sent).out, mail(TEXT))
        other = mail(self.made(ENCRYPTED, to='carol'))
        self.assertEqual(self.expect(DONE, *arguments, message=other).out, other)

    def test_the_file_is_the_same_and_private(self):
        self.passphrase = self.write('passphrase', b'secret\n')
        path = self.imported('a')
        self.assertEqual(path.read_bytes(), (self.folder / 'a-source.p12').read_bytes())
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        done = subprocess.run(['openssl', 'pkcs12', '-in', path, '-passin', 'pass:wrong', '-noout'],
                              capture_output=True, check=False)
        self.assertNotEqual(done.returncode, 0)

    def test_one_message_for_two_of_them(self):
        sent = mail(self.writer.encrypt(TEXT, [self.world['archive'], self.world['a']], ENCRYPTED))
        for name in ('a', 'archive'):
            self.assertSameMail(self.receive(sent, identity=name)[0], mail(TEXT))


class C45(ReceivingTest):
    """Senders' CAs and senders' public keys are what verification goes by."""

    def reason(self, sent, *options):
        result = self.expect(DONE, 'receive', *options, '--json', '-o', self.folder / 'out.eml',
                             message=sent)
        return json.loads(result.out)['reason']

    def test_authorities(self):
        for name in ('openssl', 'bc', 'gpgsm'):
            sent = mail(self.made(SIGNED, writer=self.peer(name, 'ca')))
            for options, reason in (((), 'cert-untrusted'),
                                    (('--trust-domain', 'ca'), 'cert-untrusted'),
                                    (('--trust', 'ca-b'), 'from-domain'),
                                    (('--trust-domain', 'ca-b'), 'ok')):
                words = [self.world[word].cert if word.startswith('ca') else word
                         for word in options]
                self.assertEqual(self.reason(sent, *words), reason, name)

    def test_public_keys(self):
        """A key that the administrator holds needs no CA: one added by name, in one text file."""
        keyring = self.folder / 'keys.pem'
        sent = mail(self.made(SIGNED))
        self.expect(DONE, 'key', 'add', '--keyring', keyring, 'Carol', self.world['carol'].cert)
        self.assertEqual(self.reason(sent, '--pin', keyring), 'cert-untrusted')
        self.expect(DONE, 'key', 'add', '--keyring', keyring, 'B', self.world['gateway-b'].cert)
        self.assertEqual(self.reason(sent, '--pin', keyring), 'ok')
        self.expect(DONE, 'key', 'rm', '--keyring', keyring, 'B')
        self.assertEqual(self.reason(sent, '--pin', keyring), 'cert-untrusted')

    def test_denied(self):
        sent = mail(self.made(SIGNED))
        trust = ['--trust-domain', self.world['ca-b'].cert]
        self.assertEqual(self.reason(sent, *trust), 'ok')
        self.assertEqual(self.reason(sent, *trust, '--deny', self.world['gateway-b'].cert),
                         'cert-denied')


if __name__ == '__main__':
    unittest.main()
