# SPDX-License-Identifier: LGPL-2.1-or-later
"""Certificates and requests octet by octet, against DER that is written here."""

import base64
import time
import unittest

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from support import ALGORITHMS, DAY, START, IssueTest, all_fields, blocks

SIGNATURES = {
    'rsa': bytes.fromhex('300d06092a864886f70d01010b0500'),
    'ecdsa-with-sha256': bytes.fromhex('300a06082a8648ce3d040302'),
    'ed25519': bytes.fromhex('300506032b6570'),
}
# Unused bits, then the bits of [RFC5280-4.2.1.3], by algorithm and use.
USAGES = {
    ('rsa', 'both'): '05e0', ('rsa', 'sign'): '06c0', ('rsa', 'encrypt'): '0520',
    ('ecdsa-with-sha256', 'both'): '03c8', ('ecdsa-with-sha256', 'sign'): '06c0',
    ('ecdsa-with-sha256', 'encrypt'): '0308',
    ('ed25519', 'both'): '06c0', ('ed25519', 'sign'): '06c0',
}


def tlv(tag, *values):
    value = b''.join(values)
    size = len(value)
    if size < 128:
        return bytes([tag, size]) + value
    octets = size.to_bytes((size.bit_length() + 7) // 8, 'big')
    return bytes([tag, 0x80 | len(octets)]) + octets + value


def oid(text):
    return bytes.fromhex('06%02x%s' % (len(text) // 2, text))


def attribute(number, text, tag=0x0c):
    return tlv(0x31, tlv(0x30, oid('5504%02x' % number), tlv(tag, text.encode())))


def extension(number, value, critical=False):
    return tlv(0x30, oid('551d%02x' % number), b'\x01\x01\xff' if critical else b'',
               tlv(0x04, value))


def utc(seconds):
    return tlv(0x17, time.strftime('%y%m%d%H%M%SZ', time.gmtime(seconds)).encode())


NAME = tlv(0x30, attribute(6, 'DE', 0x13), attribute(8, 'Nordrhein-Westfalen'),
           attribute(7, 'Köln'), attribute(10, 'Müller & Söhne'), attribute(11, 'Post'),
           attribute(3, 'gw.example.org'))
# [RFC9598-3]: A-labels in both forms, otherName only for a local part beyond ASCII.
SMTP_UTF8 = tlv(0xa0, oid('2b06010505070809'),
                tlv(0xa0, tlv(0x0c, 'grüße@xn--exmple-cua.org'.encode())))
NAMES = tlv(0x30, tlv(0x81, b'Info@example.org'), SMTP_UTF8,
            tlv(0x81, b'bob@xn--exmple-cua.org'), tlv(0x82, b'example.org'),
            tlv(0x82, b'*.xn--mnchen-3ya.de'))


def shared_extensions(usage, names, critical=False):
    return (extension(0x13, b'\x30\x00', True) +
            extension(0x0f, tlv(0x03, bytes.fromhex(usage)), True) +
            extension(0x25, tlv(0x30, oid('2b06010505070304'))) +
            (extension(0x11, names, critical) if names else b''))


def public_key(thing):
    return thing.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key_ids(cert):
    """SHA-1 of the key's bits: method 1 of [RFC5280-4.2.1.2]."""
    bits = x509.SubjectKeyIdentifier.from_public_key(cert.public_key()).digest
    return extension(0x0e, tlv(0x04, bits)) + extension(0x23, tlv(0x30, tlv(0x80, bits)))


class CertificateTest(IssueTest):
    """TBSCertificate, [RFC5280-4.1]."""

    def make(self, **fields):
        pem = self.drive('create', START, '', **fields)
        return x509.load_pem_x509_certificate(blocks(pem)['CERTIFICATE'])

    def expected(self, cert, algorithm, name, days, extensions):
        serial = cert.serial_number
        return tlv(0x30, b'\xa0\x03\x02\x01\x02',
                   tlv(0x02, serial.to_bytes(serial.bit_length() // 8 + 1, 'big')),
                   SIGNATURES[algorithm], name,
                   tlv(0x30, utc(START), utc(START + days * DAY)), name, public_key(cert),
                   tlv(0xa3, tlv(0x30, extensions, key_ids(cert))))

    def test_every_field(self):
        for (algorithm, use), usage in USAGES.items():
            with self.subTest(algorithm=algorithm, use=use):
                cert = self.make(**all_fields(), algorithm=algorithm, use=use, days=400)
                body = self.expected(cert, algorithm, NAME, 400,
                                     shared_extensions(usage, NAMES))
                self.assertEqual(cert.tbs_certificate_bytes.hex(), body.hex())
                self.assertLess(cert.serial_number.bit_length(), 128)
                self.assertGreater(cert.serial_number.bit_length(), 64)

    def test_common_name_only(self):
        cert = self.make(common_name='Gateway', algorithm='ed25519')
        body = self.expected(cert, 'ed25519', tlv(0x30, attribute(3, 'Gateway')), 365,
                             shared_extensions('06c0', None))
        self.assertEqual(cert.tbs_certificate_bytes.hex(), body.hex())

    def test_names_only(self):
        """An issuer must have a name [RFC5280-4.1.2.4]: the first one serves."""
        for fields, name, names in (
                ({'addresses': 'a@example.org,b@example.org'}, 'a@example.org',
                 tlv(0x30, tlv(0x81, b'a@example.org'), tlv(0x81, b'b@example.org'))),
                ({'domains': 'example.org'}, 'example.org',
                 tlv(0x30, tlv(0x82, b'example.org')))):
            cert = self.make(**fields, algorithm='ed25519')
            body = self.expected(cert, 'ed25519', tlv(0x30, attribute(3, name)), 365,
                                 shared_extensions('06c0', names))
            self.assertEqual(cert.tbs_certificate_bytes.hex(), body.hex())

    def test_key_sizes(self):
        for size in (2048, 2056, 4096):
            cert = self.make(common_name='a', key_size=size)
            self.assertEqual(cert.public_key().key_size, size)
            self.assertEqual(cert.public_key().public_numbers().e, 65537)
        self.assertEqual(self.make(common_name='a').public_key().key_size, 3072)

    def test_years_with_four_digits(self):
        """GeneralizedTime from 2050 on [RFC5280-4.1.2.5]."""
        start = 2524607000  # 2049-12-31T23:43:20Z
        pem = self.drive('create', start, '', common_name='a', algorithm='ed25519', days=1)
        body = x509.load_pem_x509_certificate(blocks(pem)['CERTIFICATE']).tbs_certificate_bytes
        self.assertIn(tlv(0x30, utc(start), tlv(0x18, b'20500101234320Z')), body)

    def test_signature_algorithm_is_the_inner_one(self):
        for algorithm in ALGORITHMS:
            pem = blocks(self.drive('create', START, '', common_name='a',
                                    algorithm=algorithm))['CERTIFICATE']
            der = base64.b64decode(b''.join(pem.splitlines()[1:-1]))
            body = x509.load_pem_x509_certificate(pem).tbs_certificate_bytes
            self.assertEqual(der[der.index(body) + len(body):][:len(SIGNATURES[algorithm])],
                             SIGNATURES[algorithm])


class RequestTest(IssueTest):
    """[RFC2986-4.1] with the extensions of [RFC2985-5.4.2]."""

    def make(self, algorithm, **fields):
        identity, _ = self.create(common_name='old', algorithm=algorithm)
        return x509.load_pem_x509_csr(self.drive('request', identity, **fields))

    def check(self, request, name, extensions):
        asked = tlv(0x30, oid('2a864886f70d01090e'), tlv(0x31, tlv(0x30, extensions)))
        body = tlv(0x30, b'\x02\x01\x00', name, public_key(request), tlv(0xa0, asked))
        self.assertEqual(request.tbs_certrequest_bytes.hex(), body.hex())

    def test_every_field(self):
        for algorithm in ALGORITHMS:
            with self.subTest(algorithm=algorithm):
                request = self.make(algorithm, **all_fields())
                self.check(request, NAME,
                           shared_extensions(USAGES[algorithm, 'both'], NAMES))

    def test_names_only(self):
        """Without a subject the other name is critical [RFC5280-4.2.1.6]."""
        request = self.make('ed25519', addresses='a@example.org')
        names = tlv(0x30, tlv(0x81, b'a@example.org'))
        self.check(request, b'\x30\x00', shared_extensions('06c0', names, critical=True))


class RenewalTest(IssueTest):
    def test_the_key_stays(self):
        for algorithm in ALGORITHMS:
            identity, path = self.create(**all_fields(), algorithm=algorithm, days=90)
            old = x509.load_pem_x509_certificate(path.read_bytes())
            lines = self.drive('copy', path).decode().splitlines()
            fields = {name.replace('-', '_'): value for name, value in
                      (line.split('=', 1) for line in lines) if value}
            pem = self.drive('renew', identity, START + 80 * DAY, **fields)
            new = x509.load_pem_x509_certificate(pem)
            self.assertEqual(public_key(new), public_key(old))
            self.assertEqual(new.subject, old.subject)
            self.assertEqual([one.value for one in new.extensions],
                             [one.value for one in old.extensions])
            self.assertNotEqual(new.serial_number, old.serial_number)
            self.assertEqual(new.not_valid_after - new.not_valid_before,
                             old.not_valid_after - old.not_valid_before)

    def test_passphrase(self):
        pem = self.drive('create', START, 'geheim', common_name='a', algorithm='ed25519')
        identity = self.write('secret.pem', pem)
        self.drive('renew', identity, START, passphrase='geheim', common_name='b')
        done = self.try_drive('renew', identity, START, passphrase='Geheim', common_name='b')
        self.assertRegex(done.stderr.decode(), 'SMIMEGW_E_PASSPHRASE: .*wrong')


if __name__ == '__main__':
    unittest.main()
