# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whom verify, decrypt and encrypt trust; smimegw trust."""

import datetime
import hashlib
import json
import pathlib
import re
import subprocess
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from support import (ALICE, ALICE_CERT, DONE, NOT_PASSED, OTHER_CERT, ROOT_CERT, TROUBLE,
                     CommandTest, key, read)

MODULE = next(iter([*pathlib.Path('/usr/lib').glob('*/nss/libnssckbi.so'),
                    *pathlib.Path('/usr/lib').glob('*/libnssckbi.so')]), None)


def fingerprints(pem):
    blocks = re.findall(rb'-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n', pem, re.S)
    ders = [x509.load_pem_x509_certificate(block).public_bytes(Encoding.DER) for block in blocks]
    return [hashlib.sha256(der).hexdigest() for der in ders]


class Judging(CommandTest):
    def verify(self, code, *arguments, message=None):
        result = self.expect(code, 'verify', '--json', *arguments, message=message or self.sign())
        return json.loads(result.out)['reason']

    def test_domain_certificates_need_an_anchor_for_domains(self):
        made = self.expect(DONE, 'sign', '--identity', key('domain-id.pem'), message=self.offer).out
        self.assertEqual(self.verify(NOT_PASSED, '--trust', ROOT_CERT, message=made), 'from-domain')
        self.assertEqual(self.verify(DONE, '--trust-domain', ROOT_CERT, message=made), 'ok')
        self.assertEqual(self.verify(DONE, '--trust', OTHER_CERT, '--pin', key('domain.pem'),
                                     message=made), 'ok')

    def test_pinned_and_denied(self):
        self.assertEqual(self.verify(DONE, '--pin', ALICE_CERT), 'ok')
        self.assertEqual(self.verify(NOT_PASSED, '--pin', OTHER_CERT), 'cert-untrusted')
        for denied in (ALICE_CERT, key('intermediate.pem')):
            self.assertEqual(self.verify(NOT_PASSED, '--trust', ROOT_CERT, '--deny', denied),
                             'cert-denied')
        self.assertEqual(self.verify(DONE, '--trust', ROOT_CERT, '--deny', OTHER_CERT), 'ok')

    def test_decrypt_judges_with_any_of_them(self):
        made = self.sign_encrypt()
        for arguments, code in ((['--pin', ALICE_CERT], DONE), (['--trust-domain', ROOT_CERT], DONE),
                                (['--pin', OTHER_CERT], NOT_PASSED)):
            self.expect(code, 'decrypt', '--identity', key('rsa2048-id.pem'), *arguments,
                        message=made)

    def test_denied_recipients(self):
        result = self.expect(TROUBLE, 'encrypt', '--recipient', ALICE_CERT, '--deny', ALICE_CERT,
                             message=self.offer)
        self.assertIn('Test alice', result.err)
        self.expect(DONE, 'encrypt', '--recipient', ALICE_CERT, '--deny', OTHER_CERT,
                    message=self.offer)


class Revocation(CommandTest):
    def crl(self, name, issuer, *serials):
        now = datetime.datetime.utcnow()
        cert = x509.load_pem_x509_certificate(read(key(issuer + '.pem')))
        builder = (x509.CertificateRevocationListBuilder().issuer_name(cert.subject)
                   .last_update(now - datetime.timedelta(hours=1))
                   .next_update(now + datetime.timedelta(days=1)))
        for serial in serials:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(serial)
                .revocation_date(now - datetime.timedelta(hours=2)).build())
        made = builder.sign(load_pem_private_key(read(key(issuer + '-key.pem')), None),
                            hashes.SHA256())
        return self.write(name, made.public_bytes(Encoding.PEM))

    def setUp(self):
        super().setUp()
        serial = x509.load_pem_x509_certificate(read(ALICE_CERT)).serial_number
        self.roots = self.crl('root.crl', 'root')
        self.good = self.crl('good.crl', 'intermediate', 1)
        self.bad = self.crl('bad.crl', 'intermediate', serial)

    def verify(self, code, *arguments):
        result = self.expect(code, 'verify', '--json', '--trust', ROOT_CERT, *arguments,
                             message=self.sign())
        return json.loads(result.out)['reason']

    def test_verify(self):
        self.assertEqual(self.verify(NOT_PASSED, '--crl', self.bad), 'cert-revoked')
        self.assertEqual(self.verify(DONE, '--crl', self.good), 'ok')
        self.assertEqual(self.verify(DONE, '--crl', self.bad, '--revocation', 'off'), 'ok')
        self.assertEqual(self.verify(NOT_PASSED, '--revocation', 'required'),
                         'cert-revocation-unknown')
        self.assertEqual(self.verify(DONE, '--revocation', 'required', '--crl', self.good, '--crl',
                                     self.roots), 'ok')

    def test_encrypt(self):
        encrypt = ['encrypt', '--recipient', ALICE_CERT, '--trust', ROOT_CERT, '--intermediate',
                   key('intermediate.pem')]
        result = self.expect(TROUBLE, *encrypt, '--crl', self.bad, message=self.offer)
        self.assertEqual(result.out, b'')
        self.assertIn('revoked', result.err)
        self.expect(DONE, *encrypt, '--crl', self.good, message=self.offer)
        self.expect(TROUBLE, *encrypt, '--revocation', 'required', message=self.offer)
        self.expect(DONE, *encrypt, '--revocation', 'required', '--crl', self.good, '--crl',
                    self.roots, message=self.offer)


class List(CommandTest):
    def test_list(self):
        both = self.write('both.pem', read(ROOT_CERT) + read(OTHER_CERT))
        lines = self.expect(DONE, 'trust', 'list', both, ROOT_CERT).out.decode().splitlines()
        prints = fingerprints(both.read_bytes()) + fingerprints(read(ROOT_CERT))
        self.assertEqual([line.split()[0] for line in lines], prints)
        self.assertTrue(lines[0].endswith('2054-01-01  CN=Test root'), lines[0])
        document = json.loads(self.expect(DONE, 'trust', 'list', '--json', both, ROOT_CERT).out)
        self.assertEqual([cert['fingerprint'] for cert in document['certificates']], prints)
        self.assertEqual([cert['file'] for cert in document['certificates']],
                         [str(both)] * 2 + [ROOT_CERT])


class Extract(CommandTest):
    """Against NSS' own certutil on the same module."""

    def certutil(self, *arguments):
        return subprocess.run(['certutil', '-d', 'sql:%s' % self.database, *arguments], check=True,
                              capture_output=True).stdout

    def nss_roots(self):
        """Names and fingerprints of what NSS trusts for mail (the C in the second column)."""
        self.database = self.folder / 'nss'
        self.database.mkdir()
        self.certutil('-N', '--empty-password')
        (self.database / 'libnssckbi.so').symlink_to(MODULE)
        found = {}
        for line in self.certutil('-L', '-h', 'all').decode().splitlines():
            match = re.match(r'(Builtin Object Token:.*?) +\w*,(\w*),\w* *$', line)
            if match is not None and 'C' in match[2]:
                for fingerprint in fingerprints(self.certutil('-L', '-a', '-n', match[1])):
                    found[fingerprint] = match[1].partition(':')[2]
        return found

    def test_the_roots_are_those_that_nss_trusts_for_mail(self):
        out = self.folder / 'roots.pem'
        result = self.expect(DONE, 'trust', 'extract', '--module', MODULE, '-o', out)
        self.assertEqual(result.out, b'')
        ours = fingerprints(out.read_bytes())
        theirs = self.nss_roots()
        left_out = re.findall(r'being phased out: (.*)', result.err)
        self.assertGreater(len(ours), 50)
        self.assertEqual(len(ours), len(set(ours)))
        self.assertEqual(len(ours) + len(left_out), len(theirs))
        self.assertEqual(set(ours) - set(theirs), set())
        self.assertEqual(sorted(theirs[one] for one in set(theirs) - set(ours)), sorted(left_out))

    def test_form(self):
        out = self.folder / 'roots.pem'
        self.expect(DONE, 'trust', 'extract', '-o', out)
        lines = out.read_text().splitlines()
        starts = [number for number, line in enumerate(lines) if line.startswith('-----BEGIN')]
        self.assertTrue(all(re.fullmatch(r'# \S.*\S', lines[number - 1]) for number in starts))
        listed = self.expect(DONE, 'trust', 'list', out).out.decode().splitlines()
        self.assertEqual(len(listed), len(starts))
        self.assertEqual(self.expect(DONE, 'trust', 'extract').out, out.read_bytes())
        document = json.loads(self.expect(DONE, 'trust', 'extract', '--json').out)
        self.assertEqual([cert['fingerprint'] for cert in document['certificates']],
                         [line.split()[0] for line in listed])
        self.expect(NOT_PASSED, 'verify', '--trust', out, message=self.sign())

    def test_modules_without_roots(self):
        hsm = next(pathlib.Path('/usr/lib').rglob('libsofthsm2.so'))
        for module in ('/no/such.so', '/bin/true', ALICE, hsm):
            result = self.expect(TROUBLE, 'trust', 'extract', '--module', module,
                                 env={'SOFTHSM2_CONF': '/dev/null'})
            self.assertIn(str(module), result.err)


if __name__ == '__main__':
    unittest.main()
