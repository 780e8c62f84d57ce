# SPDX-License-Identifier: LGPL-2.1-or-later
"""C1-C4: between companies, and between a company and a consumer, both ways."""

import subprocess
import unittest

from stage import (ALICE, BOB, CAROL, DONE, ENCRYPTED, GATEWAYS, MULTIPART, OPAQUE, SIGNED, TEXT,
                   Refused, SceneTest, letter, mime, text_of)


class C1(SceneTest):
    """The organisation's certificate signs, encrypts, verifies and decrypts, both ways."""

    def test_out(self):
        reader = self.peer('openssl', 'a-own')
        for sender in (ALICE, 'anybody.else@a.example'):
            mail = letter(sender)
            made = self.protect(mail, 'sign', identity='a-own')
            self.assertEqual(reader.verify(made), MULTIPART)
            self.assertEqual(mime.outer_of(made), mime.outer_of(mail))
        made = self.protect(letter(), 'encrypt', to=['gateway-b'])
        self.assertEqual(reader.decrypt(made, self.world['gateway-b']), MULTIPART)

    def test_in(self):
        writer = self.peer('openssl', 'a-own')
        by_b = writer.sign(MULTIPART, self.world['gateway-b'], SIGNED)
        signed = letter(BOB, [ALICE], entity=by_b)
        clear, verdict = self.receive(signed, '--signature', 'remove')
        self.assertSameMail(clear, letter(BOB, [ALICE]))
        self.assertEqual(verdict['outcome'], 'pass')
        encrypted = letter(BOB, [ALICE],
                           entity=writer.encrypt(MULTIPART, [self.world['a-own']], ENCRYPTED))
        clear, verdict = self.receive(encrypted, identity='a-own')
        self.assertSameMail(clear, letter(BOB, [ALICE]))
        self.assertTrue(verdict['gateway_verified'])

    def test_nobody_of_another_domain(self):
        result = self.run_command('sign', '--identity', self.world['a'].identity,
                                  message=letter('alice@a.example.evil'))
        self.assertNotEqual(result.code, DONE)
        self.assertEqual(result.out, b'')


class C2(SceneTest):
    """Business to business: delivered clear and still signed, there and here."""

    def there(self, name, form):
        gateway, user = self.peer(name, 'ca'), self.peer('openssl', 'ca')
        mail = letter(entity=TEXT)
        made = self.protect(mail, 'sign-encrypt', to=['gateway-b'], options=['--form', form])
        self.assertNotIn(b'every byte counts', made)
        self.assertEqual(mime.outer_of(made), mime.outer_of(mail))
        opened = gateway.decrypt(made, self.world['gateway-b'])
        self.assertEqual(gateway.verify(opened), TEXT)
        # What B's gateway delivers is still signed, and B's user can tell.
        self.assertEqual(user.verify(opened), TEXT)

    def back(self, name, how):
        gateway, user = self.peer(name, 'ca'), self.peer('openssl', 'ca-b')
        signed = gateway.sign(TEXT, self.world['gateway-b'], how)
        sent = gateway.encrypt(signed, [self.world['a']], ENCRYPTED)
        delivered, verdict = self.receive(letter(BOB, [ALICE], entity=sent))
        self.assertEqual([layer['kind'] for layer in verdict['layers']],
                         ['enveloped', 'signed-' + how.form])
        self.assertEqual(verdict['outcome'], 'pass')
        self.assertSameMail(delivered, letter(BOB, [ALICE], entity=signed))
        self.assertEqual(user.verify(mime.entity_of(delivered)), TEXT)

    def test_there(self):
        for kind in GATEWAYS:
            for form in ('detached', 'opaque'):
                with self.subTest(gateway=kind.name, form=form):
                    self.there(kind.name, form)

    def test_back(self):
        for kind in GATEWAYS:
            for how in (SIGNED, OPAQUE):
                with self.subTest(gateway=kind.name, form=how.form):
                    self.back(kind.name, how)

    def test_between_two_of_ours(self):
        mail = letter(entity=TEXT)
        made = self.protect(mail, 'sign-encrypt', to=['gateway-b'])
        delivered, verdict = self.receive(made, identity='gateway-b',
                                          trust=('--trust-domain', 'ca'))
        self.assertEqual(verdict['outcome'], 'pass')
        self.assertEqual(mime.outer_of(delivered), mime.outer_of(mail))
        self.assertEqual(self.peer('openssl', 'ca').verify(delivered), TEXT)


class C3(SceneTest):
    """Business to consumer: a mail client reads it; its answer ends clear and unsigned."""

    def test_there(self):
        for identity, flags in (('a', ',C,'), ('a-own', ',P,')):
            with self.subTest(identity=identity):
                client = self.peer('camel', 'ca')
                client.trust(self.world[identity].cert if flags == ',P,'
                             else self.world['ca'].cert, flags)
                mail = letter(to=[CAROL], entity=TEXT)
                made = self.protect(mail, 'sign-encrypt', identity=identity, to=['carol'])
                shown, found = client.open(made, self.world['carol'])
                self.assertEqual(found, ['encrypted', 'signed'])
                self.assertEqual(text_of(shown), text_of(TEXT))

    def test_the_client_can_tell(self):
        client = self.peer('camel', 'ca')
        made = self.protect(letter(to=[CAROL], entity=TEXT), 'sign')
        client.open(made)
        with self.assertRaises(Refused):
            client.open(made.replace(b'every byte counts', b'Every byte counts'))
        with self.assertRaises(Refused):
            client.open(self.protect(letter(), 'sign', identity='eve'))

    def test_back(self):
        client = self.peer('camel', 'ca')
        signed = client.sign(TEXT, self.world['carol'], SIGNED)
        sent = letter(CAROL, [ALICE], entity=client.encrypt(signed, [self.world['a']], ENCRYPTED))
        self.assertNotIn(b'every byte counts', sent)
        clear, verdict = self.receive(sent, '--signature', 'remove', trust=('--trust', 'ca'))
        self.assertEqual([layer['kind'] for layer in verdict['layers']],
                         ['enveloped', 'signed-detached'])
        self.assertEqual(verdict['outcome'], 'pass')
        self.assertEqual(mime.outer_of(clear), mime.outer_of(sent))
        self.assertEqual(text_of(mime.entity_of(clear)), text_of(TEXT))
        for word in (b'pkcs7', b'multipart/signed'):
            self.assertNotIn(word, clear)


class C4(SceneTest):
    """The host's own encryption comes after S/MIME on the way out."""

    def test_around_ours(self):
        mail = letter(entity=TEXT)
        made = self.protect(mail, 'sign')
        key = ['enc', '-aes-256-cbc', '-pbkdf2', '-pass', 'pass:the host']
        sealed = subprocess.run(['openssl', *key], input=made, capture_output=True,
                                check=True).stdout
        opened = subprocess.run(['openssl', *key, '-d'], input=sealed, capture_output=True,
                                check=True).stdout
        self.assertEqual(self.peer('openssl', 'ca').verify(opened), TEXT)
        self.assertEqual(mime.outer_of(opened), mime.outer_of(mail))

    def test_another_gateway_encrypts_what_we_signed(self):
        host = self.peer('openssl', 'ca')
        signed = self.protect(letter(entity=TEXT), 'sign')
        sealed = host.encrypt(mime.entity_of(signed), [self.world['gateway-b']], ENCRYPTED)
        self.assertEqual(host.verify(host.decrypt(sealed, self.world['gateway-b'])), TEXT)


if __name__ == '__main__':
    unittest.main()
