# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the peers of Debian 12 can't do, each found by trying. A cell is n/a only if the
peer refuses it in these words, so that a mistake of ours can't hide behind an entry; and a
cell that works in spite of its entry is reported, so that the entry can go."""

import collections
import re

from operations import READS, WRITES


class Limitation(collections.namedtuple(
        'Limitation', 'peer direction operations keys words reason')):
    """operations, keys and words are regular expressions."""

    def fits(self, direction, peer, operation, key):
        return (direction == self.direction and peer == self.peer
                and re.search(self.operations, operation) is not None
                and re.search(self.keys, key) is not None)

    def explains(self, words):
        return re.search(self.words, words) is not None


# Operations and keys, as operations.py and pki.py name them.
ANY = ''
SIGN = '^(sign|triple)'
ENCRYPT = '^(encrypt|sign-encrypt|triple)'
BY_SKI = 'SKI'
OPAQUE = 'opaque|^sign SHA-512|^sign, (SKI|1 MB)|^sign-encrypt GCM'
EC = '^P-'
CURVE25519 = '25519'

LIMITATIONS = (
    Limitation('openssl', READS, SIGN, CURVE25519, 'eddsa_digest.*invalid digest',
               'OpenSSL 3.0 has no Ed25519 signatures in CMS'),
    Limitation('openssl', READS, ENCRYPT, CURVE25519, 'no matching recipient',
               'OpenSSL 3.0 has no X25519 recipients in CMS'),
    Limitation('openssl', WRITES, SIGN, CURVE25519, 'eddsa_digest.*invalid digest',
               'OpenSSL 3.0 has no Ed25519 signatures in CMS'),
    Limitation('openssl', WRITES, ENCRYPT, CURVE25519, 'not supported for this keytype',
               'OpenSSL 3.0 has no X25519 recipients in CMS'),

    Limitation('gpgsm', READS, SIGN, CURVE25519, 'DSA requires the hash length',
               'gpgsm 2.2 verifies Ed25519 as if it were DSA'),
    Limitation('gpgsm', READS, 'sign SHA-256', 'P-384', 'a 256 bit hash is not valid',
               'gpgsm wants a digest as long as the order of the curve'),
    Limitation('gpgsm', READS, ENCRYPT, EC, 'Invalid session key',
               'gpgsm 2.2 has no ECDH'),
    Limitation('gpgsm', READS, ENCRYPT, CURVE25519, 'error getting encrypted session key',
               'gpgsm 2.2 has no X25519'),
    Limitation('gpgsm', READS, 'GCM', ANY, 'error getting IV: Buffer too short',
               'libksba 1.6 takes the GCM parameters for an IV'),
    Limitation('gpgsm', READS, 'OAEP', ANY, 'error getting encrypted session key',
               'libksba 1.6 has no RSA-OAEP'),
    Limitation('gpgsm', READS, 'encrypt, SKI', ANY, 'error getting info: General error',
               'libksba 1.6 has no recipients by key identifier'),
    Limitation('gpgsm', WRITES, SIGN, CURVE25519, 'ksba_cms_build failed: Invalid OID string',
               'libksba 1.6 has no Ed25519 signatures'),
    Limitation('gpgsm', WRITES, 'sign SHA-256', 'P-384', 'Invalid length <GPG Agent>',
               'gpgsm wants a digest as long as the order of the curve'),
    Limitation('gpgsm', WRITES, ENCRYPT, EC + '|' + CURVE25519, 'Wrong key usage',
               'gpgsm 2.2 has no ECDH and refuses a certificate for key agreement'),
    Limitation('gpgsm', WRITES, r'RSA\+EC', ANY, 'Wrong key usage',
               'gpgsm 2.2 has no ECDH and refuses a certificate for key agreement'),
    Limitation('gpgsm', WRITES, 'GCM|OAEP|PSS|SKI', ANY, 'adapter: no option',
               'no option for AES-GCM, OAEP, PSS, key identifiers'),

    Limitation('nss', READS, SIGN, CURVE25519, 'signer status ProcessingError',
               'NSS 3.87 has no Ed25519'),
    Limitation('nss', READS, ENCRYPT, EC, 'SEC_ERROR_BAD_DER',
               'NSS 3.87 has no key agreement with EC keys'),
    Limitation('nss', READS, r'RSA\+EC', ANY, 'SEC_ERROR_BAD_DER',
               'NSS 3.87 reads no message that has an EC recipient too'),
    Limitation('nss', READS, ENCRYPT, CURVE25519, 'SEC_ERROR_PKCS12_UNABLE_TO_IMPORT_KEY',
               'NSS 3.87 has no X25519'),
    Limitation('nss', READS, 'GCM', ANY, 'SEC_ERROR_UNRECOGNIZED_OID',
               'NSS 3.87 has no AuthEnvelopedData'),
    Limitation('nss', READS, 'OAEP', ANY, 'SEC_ERROR_UNSUPPORTED_KEYALG',
               'NSS 3.87 has no RSA-OAEP in CMS'),
    Limitation('nss', WRITES, SIGN, CURVE25519, 'SEC_ERROR_PKCS12_UNABLE_TO_IMPORT_KEY',
               'NSS 3.87 has no Ed25519'),
    Limitation('nss', WRITES, ENCRYPT, EC, 'SEC_ERROR_INVALID_ALGORITHM',
               'NSS 3.87 has no key agreement with EC keys'),
    Limitation('nss', WRITES, r'RSA\+EC', ANY, 'SEC_ERROR_INVALID_ALGORITHM',
               'NSS 3.87 has no key agreement with EC keys'),
    Limitation('nss', WRITES, ENCRYPT, CURVE25519, 'SEC_ERROR_ADDING_CERT',
               'NSS 3.87 has no X25519'),
    Limitation('nss', WRITES, 'GCM|192|OAEP|PSS|SKI', ANY, 'adapter: no option',
               'cmsutil writes AES-128-CBC, PKCS #1 v1.5, issuer and serial only'),

    Limitation('bc', READS, ENCRYPT, CURVE25519, 'no such algorithm: 1.*[.]3[.]19',
               'BouncyCastle 1.72 has no HKDF key agreement [RFC8418]'),
    Limitation('bc', WRITES, ENCRYPT, CURVE25519, "can't identify EC private key",
               'BouncyCastle 1.72 has key agreement for EC keys only'),

    Limitation('pycrypto', WRITES, 'PSS|sign, SKI', ANY, 'adapter: no option',
               'no option for PSS and signers by key identifier'),

    Limitation('perl', READS, SIGN, CURVE25519, 'invalid digest',
               'OpenSSL 3.0 has no Ed25519 signatures in CMS'),
    Limitation('perl', READS, ENCRYPT, CURVE25519, 'no matching recipient',
               'OpenSSL 3.0 has no X25519 recipients in CMS'),
    Limitation('perl', WRITES, SIGN, CURVE25519, 'add signer error',
               'OpenSSL 3.0 has no Ed25519 signatures in CMS'),
    Limitation('perl', WRITES, ENCRYPT, CURVE25519, 'failed to encrypt the message.*cms lib',
               'OpenSSL 3.0 has no X25519 recipients in CMS'),
    Limitation('perl', WRITES, OPAQUE, ANY, 'adapter: no option for form opaque',
               'Crypt::SMIME has no opaque signatures'),
    Limitation('perl', WRITES, 'GCM|192|OAEP|PSS|SKI', ANY, 'adapter: no option',
               'Crypt::SMIME writes AES-128-CBC, PKCS #1 v1.5, issuer and serial only'),

    Limitation('pkijs', READS, SIGN, CURVE25519, 'Unsupported signature algorithm',
               'PKI.js 4.0 has no Ed25519'),
    Limitation('pkijs', READS, ENCRYPT, EC, 'cipher operation failed',
               'PKI.js 4.0 takes an absent ukm for an empty one and derives another key'),
    Limitation('pkijs', READS, ENCRYPT, CURVE25519, "reading 'constructor'",
               'PKI.js 4.0 has no X25519'),
    Limitation('pkijs', READS, 'GCM', ANY, 'schema was not verified .* EnvelopedData',
               'PKI.js 4.0 has no AuthEnvelopedData'),
    Limitation('pkijs', WRITES, SIGN, CURVE25519, "'algorithm' is empty",
               'PKI.js 4.0 has no Ed25519'),
    Limitation('pkijs', WRITES, ENCRYPT, CURVE25519, 'Unknown type of certificate.s public',
               'PKI.js 4.0 has no X25519'),
    Limitation('pkijs', WRITES, 'GCM', ANY, "wrong layer: .* written .'aes-...-gcm'",
               'PKI.js 4.0 puts AES-GCM into EnvelopedData, without AuthEnvelopedData'),
    Limitation('pkijs', WRITES, BY_SKI, ANY, 'adapter: no option',
               'the adapter has no key identifiers'),

    Limitation('forge', READS, SIGN, ANY, r'adapter: verify\(\) of forge',
               'node-forge 1.4 can not verify, the function is empty'),
    Limitation('forge', READS, ENCRYPT + '|EC', EC + '|' + CURVE25519,
               'ASN.1 object is not an PKCS#7 RecipientInfo', 'node-forge has no EC keys'),
    Limitation('forge', READS, r'RSA\+EC', ANY, 'ASN.1 object is not an PKCS#7 RecipientInfo',
               'node-forge reads no message that has an EC recipient too'),
    Limitation('forge', READS, 'GCM', ANY, '1.9.16.1.23 is not .yet. supported',
               'node-forge has no AuthEnvelopedData'),
    Limitation('forge', READS, 'OAEP', ANY, 'Encryption block is invalid|Unsupported asym',
               'node-forge has no RSA-OAEP in PKCS #7'),
    Limitation('forge', READS, 'encrypt, SKI', ANY, 'not an PKCS#7 RecipientInfo',
               'node-forge has no recipients by key identifier'),
    Limitation('forge', WRITES, ANY, EC + '|' + CURVE25519, 'OID is not RSA',
               'node-forge has no EC keys'),
    Limitation('forge', WRITES, r'RSA\+EC', ANY, 'OID is not RSA',
               'node-forge has no EC keys'),
    Limitation('forge', WRITES, 'GCM', ANY, 'no cipher aes-...-gcm',
               'node-forge has no AuthEnvelopedData'),
    Limitation('forge', WRITES, 'OAEP|PSS|SKI', ANY, 'adapter: no option',
               'no option for OAEP, PSS, key identifiers'),
)
