# SPDX-License-Identifier: LGPL-2.1-or-later
"""smimegw cert: what it makes, imports, finds and shows."""

import json
import os
import stat
import subprocess
import unittest

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, pkcs7
from cryptography.x509.oid import NameOID

from support import (ALICE, ALICE_CERT, COMMAND, DONE, NOT_PASSED, OTHER_CERT, ROOT_CERT, TROUBLE,
                     USAGE, CommandTest, key, read)

EC = ['--algorithm', 'ecdsa-with-sha256']
NAMES = ['--cn', 'mail.example.com', '--org', 'Example', '--unit', 'Mail', '--city', 'Berlin',
         '--state', 'Berlin', '--country', 'DE', '--domain', 'example.com', '--domain',
         '*.example.com', '--address', 'alice@example.com', '--address', 'bob@example.com']


def load(pem):
    return x509.load_pem_x509_certificate(pem[pem.index(b'-----BEGIN CERTIFICATE'):])


def san(cert):
    names = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return names.get_values_for_type(x509.DNSName), names.get_values_for_type(x509.RFC822Name)


def public_bytes(cert):
    return cert.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def rights(path):
    return stat.S_IMODE(path.stat().st_mode)


class Create(CommandTest):
    def create(self, *more, name='id.pem'):
        path = self.folder / name
        result = self.expect(DONE, 'cert', 'create', *NAMES, *EC, '-o', path, *more)
        return path, result

    def test_all_fields(self):
        path, result = self.create('--days', '30', '--time', '2026-11-01T12:00:00Z')
        self.assertEqual(self.files(), ['id.pem'])
        self.assertEqual(rights(path), 0o600)
        cert = load(path.read_bytes())
        wanted = {NameOID.COMMON_NAME: 'mail.example.com', NameOID.ORGANIZATION_NAME: 'Example',
                  NameOID.ORGANIZATIONAL_UNIT_NAME: 'Mail', NameOID.LOCALITY_NAME: 'Berlin',
                  NameOID.STATE_OR_PROVINCE_NAME: 'Berlin', NameOID.COUNTRY_NAME: 'DE'}
        self.assertEqual({entry.oid: entry.value for entry in cert.subject}, wanted)
        self.assertEqual(san(cert), (['example.com', '*.example.com'],
                                     ['alice@example.com', 'bob@example.com']))
        self.assertEqual(cert.not_valid_before.isoformat(), '2026-11-01T12:00:00')
        self.assertEqual((cert.not_valid_after - cert.not_valid_before).days, 30)
        text = result.out.decode()
        self.assertTrue(text.startswith('%s:\n' % path))
        for words in ('alice@example.com', '*.example.com', 'P-256', 'digitalSignature',
                      '%x' % cert.serial_number, '2026-12-01T12:00:00Z'):
            self.assertIn(words, text)

    def test_mask_can_not_open_it(self):
        before = os.umask(0)
        self.addCleanup(os.umask, before)
        self.assertEqual(rights(self.create()[0]), 0o600)

    def test_json(self):
        path, result = self.create('--json')
        document = json.loads(result.out)
        cert = load(path.read_bytes())
        self.assertEqual(document['file'], str(path))
        self.assertEqual(int(document['serial'], 16), cert.serial_number)
        self.assertEqual(document['domains'], 'example.com,*.example.com')
        self.assertEqual(document['key'], 'P-256')

    def test_set_is_the_long_form(self):
        path = self.folder / 'id.pem'
        self.expect(DONE, 'cert', 'create', '--set', 'common-name=x.example.com', '--set',
                    'domains=example.com', '--domain', 'example.net', *EC, '-o', path)
        self.assertEqual(san(load(path.read_bytes()))[0], ['example.com', 'example.net'])

    def test_key_types_and_passphrase(self):
        passphrase = self.write('pass', b'geheim\n')
        for algorithm, words in (('ed25519', 'Ed25519'), ('rsa', 'RSA-2048')):
            more = ['--algorithm', algorithm] + (['--key-size', '2048'] if 'rsa' in algorithm else [])
            path = self.folder / (algorithm + '.pem')
            use = ['--use', 'sign'] if algorithm == 'ed25519' else []
            result = self.expect(DONE, 'cert', 'create', *NAMES, *more, *use, '--passphrase-file',
                                 passphrase, '-o', path)
            self.assertIn(words, result.out.decode())
            self.assertIn(b'ENCRYPTED PRIVATE KEY', path.read_bytes())
            self.expect(TROUBLE, 'sign', '--identity', path, message=self.offer)
            self.expect(DONE, 'sign', '--identity', path, '--passphrase-file', passphrase,
                        message=self.offer)

    def test_what_was_made_works(self):
        path, _ = self.create()
        signed = self.expect(DONE, 'sign-encrypt', '--identity', path, '--recipient', path,
                             message=self.offer).out
        plain = self.expect(DONE, 'decrypt', '--identity', path, '--pin', path, message=signed).out
        self.expect(DONE, 'verify', '--pin', path, message=plain)

    def test_never_over_a_file(self):
        path, _ = self.create()
        old = path.read_bytes()
        result = self.expect(TROUBLE, 'cert', 'create', *NAMES, *EC, '-o', path)
        self.assertIn(str(path), result.err)
        self.assertEqual(path.read_bytes(), old)
        self.create('--force')
        self.assertNotEqual(path.read_bytes(), old)
        self.assertEqual(self.files(), ['id.pem'])

    def test_two_at_once_do_not_both_win(self):
        path = self.folder / 'id.pem'
        processes = [subprocess.Popen([COMMAND, 'cert', 'create', *NAMES, *EC, '-o', path],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                     for _ in range(6)]
        codes = sorted(process.wait() for process in processes)
        self.assertEqual(codes, [DONE] + [TROUBLE] * 5)
        self.assertEqual(self.files(), ['id.pem'])

    def test_failures_leave_nothing(self):
        path = self.folder / 'id.pem'
        for code, more in ((USAGE, ['--country', 'Germany']), (USAGE, ['--days', '0']),
                           (USAGE, ['--key-size', '2048']), (USAGE, ['--fqdn-check', 'maybe'])):
            self.expect(code, 'cert', 'create', *NAMES, *EC, '-o', path, *more)
            self.assertEqual(self.files(), [])
        self.expect(USAGE, 'cert', 'create', '--cn', 'kein name', '--domain', 'example.com', *EC,
                    '--fqdn-check', 'both', '-o', path)
        self.expect(TROUBLE, 'cert', 'create', *NAMES, *EC, '-o', '/dev/full')
        self.assertEqual(self.files(), [])


class Renew(CommandTest):
    def setUp(self):
        super().setUp()
        self.path = self.folder / 'id.pem'
        self.expect(DONE, 'cert', 'create', *NAMES, *EC, '-o', self.path)

    def test_renewal_keeps_key_and_names(self):
        new = self.folder / 'new.pem'
        result = self.expect(DONE, 'cert', 'renew', '--identity', self.path, '--days', '10', '--json',
                             '-o', new)
        old_cert, cert = load(self.path.read_bytes()), load(new.read_bytes())
        self.assertEqual(public_bytes(old_cert), public_bytes(cert))
        self.assertEqual(old_cert.subject, cert.subject)
        self.assertEqual(san(old_cert), san(cert))
        self.assertNotEqual(old_cert.serial_number, cert.serial_number)
        self.assertEqual((cert.not_valid_after - cert.not_valid_before).days, 10)
        self.assertEqual(int(json.loads(result.out)['serial'], 16), cert.serial_number)
        self.assertEqual(rights(new), 0o600)
        self.expect(DONE, 'sign', '--identity', new, message=self.offer)
        self.expect(TROUBLE, 'cert', 'renew', '--identity', self.path, '-o', new)

    def test_of_a_bundle_only_the_certificate_is_written(self):
        passphrase = self.write('pass', b'secret')
        new = self.folder / 'new.pem'
        self.expect(DONE, 'cert', 'renew', '--identity', key('rsa2048.p12'), '--passphrase-file',
                    passphrase, '--empty', '--cn', 'x.example.com', '--domain', 'example.com', '-o', new)
        self.assertNotIn(b'PRIVATE KEY', new.read_bytes())
        self.expect(DONE, 'sign', '--identity', key('rsa2048-key.pem'), '--cert', new, '--set',
                    'check-sender=no', message=self.offer)

    def test_csr(self):
        request = self.folder / 'request.pem'
        out = self.expect(DONE, 'cert', 'csr', '--identity', self.path, '--cn', 'new.example.com').out
        self.assertEqual(self.expect(DONE, 'cert', 'csr', '--identity', self.path, '--org', 'Other',
                                     '-o', request).out, b'')
        cert = load(self.path.read_bytes())
        for pem, cn, org in ((out, 'new.example.com', 'Example'),
                             (request.read_bytes(), 'mail.example.com', 'Other')):
            csr = x509.load_pem_x509_csr(pem)
            self.assertTrue(csr.is_signature_valid)
            self.assertEqual(csr.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value, cn)
            self.assertEqual(csr.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value,
                             org)
            self.assertEqual(public_bytes(csr), public_bytes(cert))
            self.assertEqual(san(csr), san(cert))

    def test_csr_from_nothing(self):
        out = self.expect(DONE, 'cert', 'csr', '--identity', self.path, '--empty', '--cn',
                          'x.example.net', '--domain', 'example.net').out
        csr = x509.load_pem_x509_csr(out)
        self.assertEqual(san(csr), (['example.net'], []))
        self.assertEqual(len(list(csr.subject)), 1)


class Import(CommandTest):
    def test_files_are_kept_as_they_are(self):
        passphrase = self.write('pass', b'secret')
        store = self.folder / 'store'
        store.mkdir()
        for name, more in (('alice-id.pem', []), ('rsa2048.p12', ['--passphrase-file', passphrase])):
            result = self.expect(DONE, 'cert', 'import', key(name), '--store', store, '--name', 'gw',
                                 *more)
            kept = store / ('gw.' + name.split('.')[1])
            self.assertEqual(kept.read_bytes(), read(key(name)))
            self.assertEqual(rights(kept), 0o600)
            self.assertIn('meets the requirements', result.out.decode())
            self.assertIn('Test intermediate', result.out.decode())
        self.assertEqual(len(list(store.iterdir())), 2)
        result = self.expect(TROUBLE, 'cert', 'import', ALICE, '--store', store, '--name', 'gw')
        self.assertIn(str(store / 'gw.pem'), result.err)

    def test_key_and_certificate_apart(self):
        out = self.folder / 'out.pem'
        der = self.write('alice.der', load(read(ALICE_CERT)).public_bytes(Encoding.DER))
        self.expect(DONE, 'cert', 'import', key('alice-key.pem'), '--cert', der, '-o', out)
        self.expect(DONE, 'sign', '--identity', out, message=self.offer)
        result = self.expect(TROUBLE, 'cert', 'import', key('alice-key.pem'), '--cert', OTHER_CERT,
                             '-o', self.folder / 'x')
        self.assertIn('alice-key.pem', result.err)
        self.assertEqual(self.files(), ['alice.der', 'out.pem'])

    def test_wrong_passphrase(self):
        for more in ([], ['--passphrase-file', self.write('no', b'wrong')]):
            result = self.expect(TROUBLE, 'cert', 'import', key('rsa2048.p12'), *more, '-o',
                                 self.folder / 'x')
            self.assertIn('passphrase', result.err)
        self.assertEqual(self.files(), ['no'])

    def test_requirements(self):
        out = self.folder / 'out.pem'
        for more in (['--fqdn-check', 'common-name'], ['--fqdn-check', 'both'],
                     ['--time', '2060-01-01T00:00:00Z']):
            result = self.expect(NOT_PASSED, 'cert', 'import', ALICE, '-o', out, *more)
            self.assertIn('alice-id.pem', result.err)
            self.assertEqual(self.files(), [])
        document = json.loads(self.expect(NOT_PASSED, 'cert', 'import', key('encrypt-only-id.pem'),
                                          '--use', 'sign', '--json', '-o', out).out)
        self.assertEqual((document['private_key'], document['accepted']), (True, False))
        self.assertEqual(document['certificates'][0]['findings'][0]['severity'], 'error')
        self.assertEqual(self.files(), [])
        self.expect(DONE, 'cert', 'import', ALICE, '-o', out, '--fqdn-check', 'domains')
        self.expect(DONE, 'cert', 'import', key('expired-id.pem'), '--force', '-o', out)
        self.assertEqual(out.read_bytes(), read(key('expired-id.pem')))

    def test_certificates_alone_become_pem(self):
        certs = [load(read(ALICE_CERT)), load(read(ROOT_CERT))]
        bundle = pkcs7.serialize_certificates(certs, Encoding.DER)
        out = self.folder / 'out.pem'
        result = self.expect(DONE, 'cert', 'import', self.write('certs.p7b', bundle), '--json', '-o',
                             out)
        document = json.loads(result.out)
        self.assertFalse(document['private_key'])
        self.assertEqual(len(document['certificates']), 2)
        blocks = out.read_bytes().split(b'-----BEGIN CERTIFICATE-----')[1:]
        kept = {load(b'-----BEGIN CERTIFICATE-----' + block) for block in blocks}
        self.assertEqual(kept, set(certs))

    def test_open_private_keys_are_told(self):
        """AC-148."""
        path = self.write('open.pem', read(ALICE))
        path.chmod(0o644)
        for arguments in (['cert', 'import', path, '-o', self.folder / 'kept.pem'],
                          ['sign', '--identity', path]):
            self.assertRegex(self.expect(DONE, *arguments, message=self.offer).err,
                             r'\Asmimegw: warning: %s: [^\n]*0644[^\n]*\n\Z' % path)
        path.chmod(0o640)
        self.assertEqual(self.expect(DONE, 'sign', '--identity', path, message=self.offer).err, '')
        self.assertEqual(rights(self.folder / 'kept.pem'), 0o600)


class Show(CommandTest):
    def test_all_texts(self):
        text = self.expect(DONE, 'cert', 'show', ALICE_CERT).out.decode()
        cert = load(read(ALICE_CERT))
        for words in ('CN=Test alice', 'alice@example.com', 'CN=Test intermediate', 'RSA-2048',
                      '%x' % cert.serial_number, 'emailProtection', 'RSA-SHA256',
                      '2054-01-01T00:00:00Z', 'meets the requirements', 'note', 'serial: '):
            self.assertIn(words, text)

    def test_json_has_what_the_text_has(self):
        text = self.expect(DONE, 'cert', 'show', ALICE, OTHER_CERT).out.decode()
        documents = json.loads(self.expect(DONE, 'cert', 'show', ALICE, OTHER_CERT,
                                           '--json').out)['certificates']
        self.assertEqual([document['file'] for document in documents], [ALICE] * 2 + [OTHER_CERT])
        for document in documents:
            for name, value in document.items():
                if isinstance(value, str):
                    self.assertIn(value, text, name)
            for finding in document.get('findings', []):
                self.assertIn('%s: %s' % (finding['name'], finding['text']), text)
        self.assertIn('findings', documents[0])
        self.assertNotIn('findings', documents[1])

    def test_urls(self):
        path = self.folder / 'urls.pem'
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
                        'ec_paramgen_curve:P-256', '-nodes', '-keyout', '/dev/null', '-out', path,
                        '-subj', '/CN=x', '-addext', 'subjectAltName=email:x@example.com', '-addext',
                        'crlDistributionPoints=URI:http://a.example/1.crl,URI:http://a.example/2.crl',
                        '-addext', 'authorityInfoAccess=OCSP;URI:http://o.example,'
                        'caIssuers;URI:http://i.example'], check=True, capture_output=True)
        document = json.loads(self.expect(DONE, 'cert', 'show', '--json', path).out)['certificates'][0]
        self.assertEqual(document['crl_urls'], ['http://a.example/1.crl', 'http://a.example/2.crl'])
        self.assertEqual(document['ocsp_urls'], ['http://o.example'])
        self.assertEqual(document['issuer_urls'], ['http://i.example'])
        text = self.expect(DONE, 'cert', 'show', path).out.decode()
        self.assertRegex(text, r'(?m)^  CRL at +http://a\.example/1\.crl$')
        self.assertRegex(text, r'(?m)^  CRL at +http://a\.example/2\.crl$')

    def test_bundles(self):
        passphrase = self.write('pass', b'secret')
        result = self.expect(DONE, 'cert', 'show', key('rsa2048.p12'), '--passphrase-file', passphrase)
        self.assertIn('Test rsa2048', result.out.decode())
        self.assertIn('passphrase', self.expect(TROUBLE, 'cert', 'show', key('rsa2048.p12')).err)

    def test_lint(self):
        self.expect(DONE, 'cert', 'lint', ALICE_CERT)
        self.expect(DONE, 'cert', 'lint', ALICE)
        for path, more, name in ((key('expired.pem'), [], 'expired'),
                                 (key('rsa1024.pem'), [], 'key-weak'),
                                 (key('encrypt-only.pem'), ['--use', 'sign'], 'usage-sign'),
                                 (key('encrypt-only.pem'), ['--use', 'both'], 'usage-sign'),
                                 (ROOT_CERT, [], 'usage-encrypt'),
                                 (ALICE_CERT, ['--time', '2023-01-01T00:00:00Z'], 'not-yet')):
            with self.subTest(path=path, more=more):
                text = self.expect(NOT_PASSED, 'cert', 'lint', *more, path).out.decode()
                self.assertRegex(text, r'(?m)^  error +%s: ' % name)
                document = json.loads(self.expect(NOT_PASSED, 'cert', 'lint', '--json', *more,
                                                  path).out)
                self.assertIn(name, [finding['name'] for finding in
                                     document['certificates'][0]['findings']])
        self.expect(DONE, 'cert', 'lint', '--use', 'encrypt', key('encrypt-only.pem'))
        self.expect(NOT_PASSED, 'cert', 'lint', ALICE_CERT, key('expired.pem'))


if __name__ == '__main__':
    unittest.main()
