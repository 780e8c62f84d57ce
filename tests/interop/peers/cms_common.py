# SPDX-License-Identifier: LGPL-2.1-or-later
"""Algorithm names that the CMS reader and writer on python3-cryptography share."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF

import ber
from layers import CONTENT_CIPHERS

HASHES = {
    '1.3.14.3.2.26': hashes.SHA1,
    '2.16.840.1.101.3.4.2.1': hashes.SHA256,
    '2.16.840.1.101.3.4.2.2': hashes.SHA384,
    '2.16.840.1.101.3.4.2.3': hashes.SHA512,
}
SHA512 = '2.16.840.1.101.3.4.2.3'

CONTENT_TYPE = '1.2.840.113549.1.9.3'
MESSAGE_DIGEST = '1.2.840.113549.1.9.4'
SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47'

RSA_ENCRYPTION = '1.2.840.113549.1.1.1'
RSA_OAEP = '1.2.840.113549.1.1.7'
MGF1 = '1.2.840.113549.1.1.8'
RSA_PSS = '1.2.840.113549.1.1.10'
RSA_WITH = {'1.2.840.113549.1.1.11': hashes.SHA256, '1.2.840.113549.1.1.12': hashes.SHA384,
            '1.2.840.113549.1.1.13': hashes.SHA512}
ECDSA_WITH = {'1.2.840.10045.4.3.2': hashes.SHA256, '1.2.840.10045.4.3.3': hashes.SHA384,
              '1.2.840.10045.4.3.4': hashes.SHA512}
ED25519 = '1.3.101.112'

CIPHER_OIDS = {name: oid for oid, name in CONTENT_CIPHERS.items()}
# content cipher: (mode, key bytes)
CIPHERS = {oid: (name[-3:], int(name[4:7]) // 8) for oid, name in CONTENT_CIPHERS.items()}

AES_WRAP = {'2.16.840.1.101.3.4.1.5': 16, '2.16.840.1.101.3.4.1.25': 24,
            '2.16.840.1.101.3.4.1.45': 32}
AES256_WRAP = '2.16.840.1.101.3.4.1.45'

# Key agreement schemes: (key derivation, hash)
KEY_AGREEMENT = {
    '1.3.133.16.840.63.0.2': ('x963', hashes.SHA1),
    '1.3.132.1.11.1': ('x963', hashes.SHA256),
    '1.3.132.1.11.2': ('x963', hashes.SHA384),
    '1.3.132.1.11.3': ('x963', hashes.SHA512),
    '1.2.840.113549.1.9.16.3.19': ('hkdf', hashes.SHA256),
    '1.2.840.113549.1.9.16.3.20': ('hkdf', hashes.SHA384),
    '1.2.840.113549.1.9.16.3.21': ('hkdf', hashes.SHA512),
}
ECDH_SHA256, ECDH_HKDF_SHA256 = '1.3.132.1.11.1', '1.2.840.113549.1.9.16.3.19'


def digest(algorithm, data):
    state = hashes.Hash(algorithm())
    state.update(data)
    return state.finalize()


def key_encryption_key(scheme, secret, wrap, wrap_size, ukm=None):
    """Derive from a shared secret [RFC5753-7.2] [RFC8418-2]; `wrap` is the DER of the key
    wrap algorithm, `ukm` the octets or None."""
    kdf, algorithm = KEY_AGREEMENT[scheme]
    size = ber.der(0xa2, ber.der(ber.OCTETS, (wrap_size * 8).to_bytes(4, 'big')))
    entity = ber.der(0xa0, ber.der(ber.OCTETS, ukm)) if ukm is not None else b''
    shared = ber.der(ber.SEQUENCE, wrap, entity, size)
    if kdf == 'x963':
        return X963KDF(algorithm(), wrap_size, shared).derive(secret)
    return HKDF(algorithm(), wrap_size, ukm, shared).derive(secret)
