# SPDX-License-Identifier: LGPL-2.1-or-later
"""A CMS writer of its own for what python3-cryptography's PKCS#7 builder can't:
Ed25519 signatures, AES-CBC and AES-GCM encryption for RSA, EC and X25519 keys."""

import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives import padding as block_padding
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, x25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import ber
from ber import OCTETS, SEQUENCE, der, der_integer, der_oid, der_set
from peers import cms_common as names

NULL = b'\5\0'
OAEP_HASHES = {'rsa-oaep-sha1': ('1.3.14.3.2.26', hashes.SHA1),
               'rsa-oaep-sha256': ('2.16.840.1.101.3.4.2.1', hashes.SHA256)}
# id-ecPublicKey without the curve, which the recipient's certificate tells [RFC5753-3.1.1]
EC_PUBLIC_KEY = ber.algorithm('1.2.840.10045.2.1')
X25519 = ber.algorithm('1.3.101.110')


def content_info(kind, content):
    return der(SEQUENCE, der_oid(kind), der(0xa0, content))


def _issuer_and_serial(cert):
    return der(SEQUENCE, cert.issuer.public_bytes(), der_integer(cert.serial_number))


# Signed data


def sign_ed25519(content, cert, key, chain, detached):
    digest_algorithm = ber.algorithm(names.SHA512)
    attributes = [
        der(SEQUENCE, der_oid(names.CONTENT_TYPE), der_set(der_oid(ber.DATA))),
        der(SEQUENCE, der_oid(names.MESSAGE_DIGEST),
            der_set(der(OCTETS, names.digest(hashes.SHA512, content)))),
    ]
    signed = der_set(*attributes)
    signer = der(SEQUENCE, der_integer(1), _issuer_and_serial(cert), digest_algorithm,
                 b'\xa0' + signed[1:], ber.algorithm(names.ED25519),
                 der(OCTETS, key.sign(signed)))
    inside = b'' if detached else der(0xa0, der(OCTETS, content))
    certs = b''.join(sorted(one.public_bytes(serialization.Encoding.DER)
                            for one in [cert] + chain))
    return content_info(ber.SIGNED_DATA, der(
        SEQUENCE, der_integer(1), der_set(digest_algorithm),
        der(SEQUENCE, der_oid(ber.DATA), inside), der(0xa0, certs), der_set(signer)))


# Encrypted data


def encrypt(content, certs, how):
    oid = names.CIPHER_OIDS[how.cipher]
    mode, size = names.CIPHERS[oid]
    secret = os.urandom(size)
    recipients = der_set(*[_recipient(cert, secret, how) for cert in certs])
    if mode == 'cbc':
        iv = os.urandom(16)
        inside = _encrypted(oid, der(OCTETS, iv), _encrypt_cbc(secret, iv, content))
        version = 0 if all(map(_is_rsa, certs)) and how.identifier == 'issuer-serial' else 2
        return content_info(ber.ENVELOPED_DATA, der(
            SEQUENCE, der_integer(version), recipients, inside))
    nonce = os.urandom(12)
    sealed = AESGCM(secret).encrypt(nonce, content, None)
    parameters = der(SEQUENCE, der(OCTETS, nonce), der_integer(16))
    return content_info(ber.AUTH_ENVELOPED_DATA, der(
        SEQUENCE, der_integer(0), recipients, _encrypted(oid, parameters, sealed[:-16]),
        der(OCTETS, sealed[-16:])))


def _encrypted(oid, parameters, ciphertext):
    return der(SEQUENCE, der_oid(ber.DATA), ber.algorithm(oid, parameters),
               der(0x80, ciphertext))


def _encrypt_cbc(secret, iv, content):
    pad = block_padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(secret), modes.CBC(iv)).encryptor()
    return encryptor.update(pad.update(content) + pad.finalize()) + encryptor.finalize()


def _is_rsa(cert):
    return isinstance(cert.public_key(), rsa.RSAPublicKey)


def _recipient(cert, secret, how):
    make = _key_transport if _is_rsa(cert) else _key_agreement
    return make(cert, secret, how)


def _key_identifier(cert):
    found = cert.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return found.value.digest


def _key_transport(cert, secret, how):
    if how.keys == 'rsa-pkcs1':
        algorithm, scheme = ber.algorithm(names.RSA_ENCRYPTION, NULL), padding.PKCS1v15()
    else:
        oid, digest = OAEP_HASHES[how.keys]
        scheme = padding.OAEP(padding.MGF1(digest()), digest(), None)
        parameters = b''    # SHA-1 is the default of both fields, and DER leaves defaults out
        if digest is not hashes.SHA1:
            inner = ber.algorithm(oid, NULL)
            parameters = der(0xa0, inner) + der(0xa1, ber.algorithm(names.MGF1, inner))
        algorithm = ber.algorithm(names.RSA_OAEP, der(SEQUENCE, parameters))
    version, rid = 0, _issuer_and_serial(cert)
    if how.identifier == 'ski':
        version, rid = 2, der(0x80, _key_identifier(cert))
    return der(SEQUENCE, der_integer(version), rid, algorithm,
               der(OCTETS, cert.public_key().encrypt(secret, scheme)))


def _key_agreement(cert, secret, how):
    public = cert.public_key()
    if isinstance(public, x25519.X25519PublicKey):
        scheme, key_type = names.ECDH_HKDF_SHA256, X25519
        ephemeral = x25519.X25519PrivateKey.generate()
        shared = ephemeral.exchange(public)
        point = ephemeral.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    else:
        scheme, key_type = names.ECDH_SHA256, EC_PUBLIC_KEY
        ephemeral = ec.generate_private_key(public.curve)
        shared = ephemeral.exchange(ec.ECDH(), public)
        point = ephemeral.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    wrap = ber.algorithm(names.AES256_WRAP)
    kek = names.key_encryption_key(scheme, shared, wrap, 32)
    originator = der(0xa0, der(0xa1, key_type, der(0x03, b'\0', point)))
    rid = _issuer_and_serial(cert)
    if how.identifier == 'ski':
        rid = der(0xa0, der(OCTETS, _key_identifier(cert)))
    wrapped = der(SEQUENCE, der(SEQUENCE, rid, der(OCTETS, keywrap.aes_key_wrap(kek, secret))))
    return der(0xa1, der_integer(3), originator, ber.algorithm(scheme, wrap), wrapped)
