# SPDX-License-Identifier: LGPL-2.1-or-later
"""C9: each field of a sending profile changes what comes out, in the eyes of others."""

import inspect
import re
import types
import unittest

from plan import make_plan
from stage import (ALICE, BOB, CAROL, DAVE, DONE, ENCRYPTED, MULTIPART, SIGNED, TEXT, SceneTest,
                   letter, mime, openssl, parsed, printed)

ERIN, FRANK = 'erin@mail.example', 'frank@mail.example'


class FieldsTest(SceneTest):
    def setUp(self):
        super().setUp()
        self.reader = self.peer('openssl', 'ca')

    def sign(self, **fields):
        return self.protect(letter(entity=TEXT), 'sign', options=self.profile('p', **fields))

    def encrypt(self, *, to=('gateway-b',), **fields):
        return self.protect(letter(entity=TEXT), 'encrypt', to=to,
                            options=self.profile('p', mode='encrypt', **fields))

    def plan(self, *, message=None, to=(BOB,), sender=ALICE, extra=(), more_keys=None, **fields):
        names = {BOB: 'bob', CAROL: 'carol', ERIN: 'erin', FRANK: 'frank'}
        keys = {address: [self.world[names[address]].cert] for address in to if address in names}
        settings = {name.replace('_', '-'): value for name, value in fields.items()}
        return make_plan({'mode': 'encrypt', **settings}, message or letter(entity=TEXT), to,
                         sender=sender, identity=self.world['a'].identity,
                         keys={**keys, **(more_keys or {})}, extra=extra)


class C9Signing(FieldsTest):
    def test_mode(self):
        """As openssl peels them off."""
        made_of = {'sign': ['detached'], 'encrypt': ['enveloped-data'],
                   'sign-encrypt': ['enveloped-data', 'detached'],
                   'triple': ['detached', 'enveloped-data', 'detached']}
        for mode, expected in made_of.items():
            made = self.protect(letter(entity=TEXT), mode, options=self.profile('p', mode=mode),
                                to=[] if mode == 'sign' else ['gateway-b'])
            found = []
            while mime.entity_of(made) != TEXT:
                found.append(mime.unwrap(made)[0])
                made = (self.reader.verify(made) if found[-1] == 'detached'
                        else self.reader.decrypt(made, self.world['gateway-b']))
            self.assertEqual(found, expected)

    def test_description(self):
        """For people only: their own words, and nothing of them leaves."""
        made = self.sign(description='Secret plans')
        self.assertNotIn(b'Secret plans', made)
        text = (self.folder / 'profiles.txt').read_text()
        self.assertIn('description = Secret plans\n', text)

    def test_signing_certificate(self):
        """The name under which the host finds the identity, which the command is given."""
        made = self.sign(signing_certificate='Company A')
        self.assertEqual(self.reader.verify(made), TEXT)
        text = (self.folder / 'profiles.txt').read_text()
        self.assertIn('signing-certificate = Company A\n', text)
        self.assertNotIn(b'Company A', mime.outer_of(made))

    def test_sign_form(self):
        for form, kind in (('detached', 'detached'), ('opaque', 'signed-data')):
            made = self.sign(sign_form=form)
            self.assertEqual(mime.unwrap(made)[0], kind)
            self.assertEqual(b'every byte counts' in made, form == 'detached')
            self.assertEqual(self.reader.verify(made), TEXT)

    def test_digest(self):
        for digest in ('sha256', 'sha384', 'sha512'):
            made = self.sign(digest=digest)
            self.assertIn('algorithm: %s (' % digest, printed(made).split('certificates:')[0])
            self.assertIn(b'micalg=sha-%s;' % digest[3:].encode(), made)
            self.assertEqual(self.reader.verify(made), TEXT)

    def test_rsa_padding(self):
        for padding, name in (('pkcs1', 'rsaEncryption'), ('pss', 'rsassaPss')):
            made = self.sign(rsa_padding=padding)
            signer = printed(made).split('signerInfos:')[1]
            self.assertRegex(signer, r'signatureAlgorithm:\s+algorithm: %s \(' % name)
            self.assertEqual(self.reader.verify(made), TEXT)

    def test_signer_id(self):
        for name, words in (('issuer-serial', 'd.issuerAndSerialNumber'),
                            ('ski', 'd.subjectKeyIdentifier')):
            made = self.sign(signer_id=name)
            self.assertIn(words, printed(made).split('signerInfos:')[1].split('signedAttrs')[0])
            self.assertEqual(self.reader.verify(made), TEXT)

    def test_include_chain(self):
        for chain, count in (('yes', 2), ('no', 1)):
            made = self.sign(include_chain=chain)
            self.assertEqual(printed(made).count('d.certificate:'), count)

    def test_check_sender(self):
        mail = letter('alice@elsewhere.example', entity=TEXT)
        options = self.profile('p', check_sender='yes')
        result = self.run_command('sign', '--identity', self.world['a'].identity, *options,
                                  message=mail)
        self.assertNotEqual(result.code, DONE)
        self.assertEqual(result.out, b'')
        made = self.protect(mail, 'sign', options=self.profile('p', check_sender='no'))
        self.assertEqual(self.reader.verify(made), TEXT)

    def test_signing_time(self):
        made = self.sign(signing_time='2025-03-01T12:34:56Z')
        self.assertIn('UTCTIME:Mar  1 12:34:56 2025 GMT', printed(made))
        self.assertNotIn('UTCTIME:Mar  1 12:34:56 2025 GMT', printed(self.sign()))


class C9Encryption(FieldsTest):
    def test_cipher(self):
        for size in (128, 192, 256):
            for mode, outside in (('cbc', 'd.envelopedData'), ('gcm', 'd.authEnvelopedData')):
                made = self.encrypt(cipher='aes-%d-%s' % (size, mode))
                found = printed(made)
                self.assertIn(outside, found)
                name = ('aes-%d-cbc' if mode == 'cbc' else 'id-aes%d-GCM') % size
                self.assertRegex(found, r'(?i)contentEncryptionAlgorithm:\s+algorithm: (%s|%s) \(' %
                                 (name, 'aes-%d-%s' % (size, mode)))
                self.assertEqual(self.reader.decrypt(made, self.world['gateway-b']), TEXT)

    def test_key_encryption(self):
        for name, words in (('rsa-pkcs1', ['rsaEncryption']), ('rsa-oaep-sha1', ['rsaesOaep']),
                            ('rsa-oaep-sha256', ['rsaesOaep', ':sha256'])):
            made = self.encrypt(key_encryption=name)
            algorithm = printed(made).split('keyEncryptionAlgorithm:')[1].split('encryptedKey:')[0]
            for word in words:
                self.assertIn(word, algorithm)
            self.assertEqual(':sha256' in algorithm, name == 'rsa-oaep-sha256')
            self.assertEqual(self.reader.decrypt(made, self.world['gateway-b']), TEXT)

    def test_recipient_id(self):
        for name, words in (('issuer-serial', 'd.issuerAndSerialNumber'),
                            ('ski', 'd.subjectKeyIdentifier')):
            made = self.encrypt(recipient_id=name)
            self.assertIn(words, printed(made))
            self.assertEqual(self.reader.decrypt(made, self.world['gateway-b']), TEXT)

    def test_encoding(self):
        for encoding, indefinite in (('der', False), ('ber', True)):
            made = self.encrypt(encoding=encoding)
            self.assertEqual('l=inf' in parsed(mime.unwrap(made)[1])[0], indefinite)
            self.assertEqual(self.reader.decrypt(made, self.world['gateway-b']), TEXT)

    def test_extra_recipients(self):
        """The archive reads each encrypted copy."""
        archive = self.world['archive']
        keyring = self.folder / 'keys.pem'
        self.expect(DONE, 'key', 'add', '--keyring', keyring, 'Archive', archive.cert)
        options = self.profile('p', mode='encrypt', extra_recipients='Archive')
        made = self.protect(letter(entity=TEXT), 'encrypt', to=['gateway-b'],
                            options=[*options, '--keyring', keyring])
        plan = self.plan(to=[BOB, CAROL, 'blind@b.example'], extra=[archive.cert],
                         extra_recipients='Archive', missing_key='split')
        copies = [copy.message for copy in plan.copies if 'blind@b.example' not in copy.recipients]
        for message in [made, *copies]:
            self.assertEqual(self.reader.decrypt(message, archive), TEXT)
        self.assertEqual(len(plan.copies), len(copies) + 1)

    def test_missing_key(self):
        fates = {'bounce': 'bounced', 'drop': 'dropped', 'split': 'clear',
                 'split-bounce': 'bounced'}
        for rule, fate in fates.items():
            plan = self.plan(to=[BOB, DAVE], missing_key=rule)
            self.assertEqual(plan.fates[DAVE], (fate, 'no-key'))
            readers = [copy.recipients for copy in plan.copies]
            self.assertEqual([BOB] in readers, rule.startswith('split'))
            self.assertEqual([DAVE] in readers, rule == 'split')

    def test_expired_certificates(self):
        """Bob's key of last year: no key, and no reason to send him clear mail."""
        bob, old = self.world['bob'], str(self.folder / 'old.pem')
        made_of = bob.cert.removesuffix('.crt')
        openssl('x509', '-req', '-in', made_of + '.csr', '-force_pubkey', made_of + '.pub', '-CA',
                bob.chain, '-CAkey', bob.issuer.key, '-set_serial', '77', '-days', '-1',
                '-extfile', made_of + '.ext', '-out', old)
        for rule in ('bounce', 'split'):
            plan = self.plan(more_keys={BOB: [old]}, missing_key=rule,
                             expired_certificates='refuse')
            self.assertEqual(plan.copies, [])
            self.assertEqual(plan.fates[BOB][0], 'bounced')
        copy, = self.plan(more_keys={BOB: [old]}, expired_certificates='use').copies
        found = self.reader.decrypt(copy.message, types.SimpleNamespace(key=bob.key, cert=old))
        self.assertEqual(found, TEXT)

    def cipher_for_frank(self, **fields):
        plan = self.plan(message=letter(to=[FRANK], entity=TEXT), to=[FRANK], **fields)
        copy, = plan.copies
        self.assertEqual(self.reader.decrypt(copy.message, self.world['frank']), TEXT)
        return re.search(r'contentEncryptionAlgorithm:\s+algorithm: (\S+)',
                         printed(copy.message)).group(1)

    def test_use_capabilities(self):
        """Frank's certificate says that he reads AES-128 and nothing else. [RFC4262-2]"""
        self.assertEqual(self.cipher_for_frank(use_capabilities='yes'), 'aes-128-cbc')
        self.assertEqual(self.cipher_for_frank(use_capabilities='no'), 'aes-256-cbc')

    def test_lowest_cipher(self):
        """What is below it weakens nothing."""
        self.assertEqual(self.cipher_for_frank(lowest_cipher='aes-128-cbc'), 'aes-128-cbc')
        self.assertEqual(self.cipher_for_frank(lowest_cipher='aes-192-cbc'), 'aes-256-cbc')

    def test_lowest_grade(self):
        """What a certificate in a store must be worth: Bob's was only harvested, Carol's was added."""
        bob, store = self.world['bob'], self.folder / 'store.db'
        keys = ['--store', store]
        self.expect(DONE, 'store', 'create', *keys)
        self.expect(DONE, 'store', 'add', *keys, 'Carol', self.world['carol'].cert)
        self.expect(DONE, 'receive', *keys, '--trust', self.world['ca-b'].cert, '--policy-set', 'harvest=on',
                    message=letter(BOB, [ALICE], entity=self.reader.sign(TEXT, bob, SIGNED)))
        for grade, readers in (('harvested', [BOB, CAROL]), ('chain', [BOB, CAROL]), ('administrator', [CAROL])):
            folder = self.folder / grade
            profile = self.profile('p', mode='encrypt', missing_key='split-bounce', lowest_grade=grade)
            self.run_command('protect', *keys, '--trust', self.world['ca-b'].cert, *profile, '--from', ALICE,
                             '--to', BOB, '--to', CAROL, '--out-dir', folder, message=letter(to=[BOB, CAROL], entity=TEXT))
            found = [address for path in folder.glob('*.rcpt') for address in path.read_text().split()]
            self.assertEqual(sorted(found), readers)

    def test_sign_clear_copy(self):
        for setting in ('yes', 'no'):
            plan = self.plan(to=[BOB, DAVE], mode='sign-encrypt', missing_key='split',
                             sign_clear_copy=setting)
            clear, = (copy.message for copy in plan.copies if copy.recipients == [DAVE])
            if setting == 'no':
                self.assertEqual(clear, letter(entity=TEXT))
            else:
                self.assertEqual(self.reader.verify(clear), TEXT)

    def test_isolate_ec(self):
        """gpgsm can't read a message that has an EC recipient of this kind; NSS neither."""
        mail = letter(to=[CAROL, ERIN], entity=TEXT)
        plan = self.plan(message=mail, to=[CAROL, ERIN], isolate_ec='yes')
        self.assertEqual([copy.recipients for copy in plan.copies], [[CAROL], [ERIN]])
        self.assertEqual([('d.ktri' in printed(copy.message), 'd.kari' in printed(copy.message))
                          for copy in plan.copies], [(True, False), (False, True)])
        self.assertEqual(self.reader.decrypt(plan.copies[1].message, self.world['erin']), TEXT)
        client = self.peer('camel', 'ca')
        client.trust(self.world['ca'].cert, ',C,')
        shown, _ = client.open(plan.copies[0].message, self.world['carol'])
        self.assertIn(b'every byte counts', shown)
        copy, = self.plan(message=mail, to=[CAROL, ERIN], isolate_ec='no').copies
        self.assertEqual(copy.recipients, [CAROL, ERIN])
        for word in ('d.ktri', 'd.kari'):
            self.assertIn(word, printed(copy.message))

    def test_isolate_blind(self):
        """Whoever is in Bcc is in no other's copy; with the setting off the others can tell."""
        mail = letter(to=[BOB], entity=TEXT)
        plan = self.plan(message=mail, to=[BOB, CAROL], isolate_blind='yes')
        self.assertEqual([copy.recipients for copy in plan.copies], [[BOB], [CAROL]])
        for copy in plan.copies:
            self.assertEqual(printed(copy.message).count('d.ktri'), 1)
        copy, = self.plan(message=mail, to=[BOB, CAROL], isolate_blind='no').copies
        self.assertEqual(printed(copy.message).count('d.ktri'), 2)


class C9Messages(FieldsTest):
    """Which messages are let alone."""

    def test_already_smime(self):
        signed = letter(entity=self.reader.sign(TEXT, self.world['carol'], SIGNED))
        sealed = letter(entity=self.reader.encrypt(TEXT, [self.world['bob']], ENCRYPTED))
        for message in (signed, sealed):
            copy, = self.plan(message=message, mode='sign', already_smime='pass').copies
            self.assertEqual(copy.message, message)
            plan = self.plan(message=message, mode='sign', already_smime='bounce')
            self.assertEqual(plan.copies, [])
            self.assertEqual(plan.fates[BOB][0], 'bounced')
            copy, = self.plan(message=message, mode='sign', already_smime='wrap').copies
            self.assertEqual(self.reader.verify(copy.message), mime.entity_of(message))

    def test_reports(self):
        report = letter(entity=b'Content-Type: multipart/report; report-type=delivery-status;'
                        b' boundary=b\r\n\r\n--b\r\n\r\nevery byte counts\r\n--b--\r\n')
        for message, sender in ((report, ALICE), (letter(entity=TEXT), '')):
            copy, = self.plan(message=message, sender=sender, reports='protect').copies
            self.assertEqual(self.reader.decrypt(copy.message, self.world['bob']),
                             mime.entity_of(message))
            copy, = self.plan(message=message, sender=sender, reports='pass').copies
            self.assertEqual(copy.message, message)

    def test_calendar(self):
        invitation = letter(entity=b'Content-Type: text/calendar; method=REQUEST\r\n\r\n'
                            b'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n')
        copy, = self.plan(message=invitation, mode='sign', calendar='protect').copies
        self.assertEqual(self.reader.verify(copy.message), mime.entity_of(invitation))
        copy, = self.plan(message=invitation, mode='sign', calendar='pass').copies
        self.assertEqual(copy.message, invitation)
        other = letter(entity=MULTIPART)
        copy, = self.plan(message=other, mode='sign', calendar='pass').copies
        self.assertEqual(self.reader.verify(copy.message), MULTIPART)


class C9Headers(FieldsTest):
    """What becomes of header fields outside."""

    def subject(self, message):
        return re.search(rb'(?im)^subject:(.*)\r$', mime.outer_of(message)).group(1).strip()

    def test_subject_trigger(self):
        mail = letter(entity=TEXT).replace(b'  two  spaces', b' [secure] offer')
        copy, = self.plan(message=mail, subject_trigger='[secure]').copies
        self.assertEqual(self.subject(copy.message), b'offer')
        self.assertEqual(self.reader.decrypt(copy.message, self.world['bob']), TEXT)
        copy, = self.plan(message=mail).copies
        self.assertEqual(self.subject(copy.message), b'[secure] offer')

    def test_bcc_field(self):
        mail = letter(entity=TEXT, more=b'Bcc: carol@mail.example\r\n')
        for rule in ('keep', 'remove'):
            copies = self.plan(message=mail, to=[BOB, CAROL], bcc_field=rule).copies
            self.assertEqual(len(copies), 2)
            for copy in copies:
                self.assertEqual(b'carol' in mime.outer_of(copy.message), rule == 'keep')

    def test_header_protection(self):
        """The subject is in what openssl decrypts, and no longer outside. [RFC9788-2.1]"""
        mail = letter(entity=TEXT)
        copy, = self.plan(message=mail, header_protection='none').copies
        self.assertEqual(mime.outer_of(copy.message), mime.outer_of(mail))
        for rule in ('baseline', 'shy'):
            copy, = self.plan(message=mail, header_protection=rule).copies
            self.assertEqual(self.subject(copy.message), b'[...]')
            inside = mime.header_of(self.reader.decrypt(copy.message, self.world['bob']))
            self.assertEqual(inside.get_param('hp'), 'cipher')
            self.assertEqual(inside['Subject'].split(), ['two', 'spaces'])
            self.assertIn('Somebody', inside['From'])
            self.assertEqual(b'Somebody' in mime.outer_of(copy.message), rule == 'baseline')
        copy, = self.plan(message=mail, mode='sign', header_protection='baseline').copies
        self.assertEqual(mime.outer_of(copy.message), mime.outer_of(mail))
        inside = mime.header_of(self.reader.verify(copy.message))
        self.assertEqual(inside.get_param('hp'), 'clear')
        self.assertEqual(inside['From'], '"Somebody" <%s>' % ALICE)


class C9Complete(SceneTest):
    def test_every_field_has_a_scene(self):
        scenes = {name[5:].replace('_', '-')
                  for kind in (C9Signing, C9Encryption, C9Messages, C9Headers)
                  for name, _ in inspect.getmembers(kind, inspect.isfunction)
                  if name.startswith('test_')}
        self.assertEqual(self.profile_fields(), scenes)


if __name__ == '__main__':
    unittest.main()
