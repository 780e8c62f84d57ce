# SPDX-License-Identifier: LGPL-2.1-or-later
"""A CMS reader of its own for the tests: ber.py for the structure, python3-cryptography
for the keys. It is strict where our writing must be: DER attributes in order, the
signer's chain in the message, no digest but SHA-2."""

import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, x25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import ber
from peers import cms_common as names


class CmsError(Exception):
    pass


def require(condition, complaint):
    if not condition:
        raise CmsError(complaint)


# Signed data


def verify(der, detached, root):
    """The signed content, if its only signer leads to the root certificate."""
    kind, signed = ber.content_info(der)
    require(kind == ber.SIGNED_DATA, 'not SignedData')
    encapsulated = signed.children[2]
    require(encapsulated[0].oid() == ber.DATA, 'content is not id-data')
    content = detached
    if detached is None:
        content = encapsulated[1][0].octets()
    else:
        require(len(encapsulated.children) == 1, 'detached, but with a content')
    certs = [x509.load_der_x509_certificate(node.raw) for node in signed.tagged(0xa0).children]
    signers = signed.children[-1].children
    require(len(signers) == 1, '%d signers' % len(signers))
    _verify_signer(signers[0], content, certs, root)
    return content


def _verify_signer(signer, content, certs, root):
    version, sid, digest_algorithm, attributes, signature_algorithm, signature = \
        signer.children[:6]
    cert = _named(certs, sid)
    require(version.integer() == (1 if sid.tag == ber.SEQUENCE else 3), 'SignerInfo version')
    require(attributes.tag == 0xa0, 'no signed attributes')
    algorithm = names.HASHES[digest_algorithm[0].oid()]
    require(algorithm is not hashes.SHA1, 'SHA-1')
    _check_attributes(attributes, names.digest(algorithm, content), cert)
    _check_signature(cert.public_key(), signature_algorithm, algorithm, signature.content,
                     bytes([ber.SET]) + attributes.raw[1:])
    _check_chain(cert, certs, root)


def _named(certs, sid):
    """The certificate that an issuer and serial, or a key identifier, stand for."""
    for cert in certs:
        if sid.tag == ber.SEQUENCE:
            issuer, serial = sid[0].raw, sid[1].integer()
            if cert.serial_number == serial and cert.issuer.public_bytes() == issuer:
                return cert
        elif _key_identifier(cert) == sid.content:
            return cert
    raise CmsError('the certificate meant is not here')


def _key_identifier(cert):
    return cert.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest


def _check_attributes(attributes, digest, cert):
    raw = [attribute.raw for attribute in attributes.children]
    require(raw == sorted(raw), 'signed attributes are not in DER order')
    found = {}
    for attribute in attributes.children:
        require(attribute[0].oid() not in found, 'attribute twice')
        found[attribute[0].oid()] = attribute[1].children
    for oid in (names.CONTENT_TYPE, names.MESSAGE_DIGEST):
        require(len(found.get(oid, ())) == 1, 'no attribute ' + oid)
    require(found[names.CONTENT_TYPE][0].oid() == ber.DATA, 'content-type attribute')
    require(found[names.MESSAGE_DIGEST][0].content == digest, 'message digest differs')
    if names.SIGNING_CERTIFICATE_V2 in found:
        # ESSCertIDv2 with its default hash, SHA-256, starts with the hash itself.
        first = found[names.SIGNING_CERTIFICATE_V2][0][0][0]
        if first[0].tag == ber.OCTETS:
            require(first[0].content == cert.fingerprint(hashes.SHA256()), 'ESSCertIDv2 hash')


def _check_signature(key, algorithm, digest, signature, data):
    oid = algorithm[0].oid()
    if oid == names.RSA_ENCRYPTION or names.RSA_WITH.get(oid) is digest:
        key.verify(signature, data, padding.PKCS1v15(), digest())
    elif oid == names.RSA_PSS:
        salt = padding.PSS(padding.MGF1(digest()), digest.digest_size)
        key.verify(signature, data, salt, digest())
    elif names.ECDSA_WITH.get(oid) is digest:
        key.verify(signature, data, ec.ECDSA(digest()))
    elif oid == names.ED25519:
        require(digest is hashes.SHA512, 'Ed25519 needs SHA-512 [RFC8419-3.1]')
        key.verify(signature, data)
    else:
        raise CmsError('signature algorithm ' + oid)


def _check_chain(cert, certs, root):
    """From the signer to the root, by name and signature; python3-cryptography 38 has no
    path validation. All CA keys here are RSA."""
    usage = cert.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    require(x509.oid.ExtendedKeyUsageOID.EMAIL_PROTECTION in usage, 'not for e-mail')
    for _ in range(4):
        now = datetime.datetime.utcnow()
        require(cert.not_valid_before <= now <= cert.not_valid_after, 'certificate expired')
        if cert == root:
            return
        issuers = [other for other in certs + [root] if other.subject == cert.issuer]
        require(issuers, 'no issuer certificate of ' + cert.subject.rfc4514_string())
        issuers[0].public_key().verify(cert.signature, cert.tbs_certificate_bytes,
                                       padding.PKCS1v15(), cert.signature_hash_algorithm)
        cert = issuers[0]
    raise CmsError('chain does not end')


# Encrypted data


def decrypt(der, cert, key):
    """The content that was encrypted for this certificate."""
    kind, enveloped = ber.content_info(der)
    require(kind in (ber.ENVELOPED_DATA, ber.AUTH_ENVELOPED_DATA), 'not encrypted')
    encrypted = enveloped.tagged(ber.SEQUENCE)
    oid = encrypted[1][0].oid()
    mode, size = names.CIPHERS[oid]
    require((mode == 'gcm') == (kind == ber.AUTH_ENVELOPED_DATA), 'cipher in the wrong type')
    secret = _content_key(enveloped.tagged(ber.SET), cert, key)
    require(len(secret) == size, 'content key of %d bytes' % len(secret))
    parameters, ciphertext = encrypted[1][1], encrypted[2].octets()
    if mode == 'cbc':
        return _decrypt_cbc(secret, parameters.content, ciphertext)
    mac = enveloped.children[-1].content
    attributes = enveloped.tagged(0xa1)
    covered = bytes([ber.SET]) + attributes.raw[1:] if attributes else None
    require(len(mac) == (parameters[1].integer() if len(parameters.children) > 1 else 12),
            'tag length differs from the parameters')
    return AESGCM(secret).decrypt(parameters[0].content, ciphertext + mac, covered)


def _decrypt_cbc(secret, iv, ciphertext):
    decryptor = Cipher(algorithms.AES(secret), modes.CBC(iv)).decryptor()
    padded = decryptor.update(ciphertext) + decryptor.finalize()
    count = padded[-1]
    require(1 <= count <= 16 and padded.endswith(bytes([count]) * count), 'padding')
    return padded[:-count]


def _content_key(recipients, cert, key):
    for recipient in recipients.children:
        if recipient.tag == ber.SEQUENCE and isinstance(key, rsa.RSAPrivateKey):
            if _is_for(recipient[1], cert):
                return _transported_key(recipient, key)
        elif recipient.tag == 0xa1 and not isinstance(key, rsa.RSAPrivateKey):
            for encrypted in recipient.children[-1].children:
                if _is_for(encrypted[0], cert):
                    return _agreed_key(recipient, encrypted[1].content, key)
    raise CmsError('no recipient info for this certificate')


def _is_for(rid, cert):
    if rid.tag == 0xa0:     # RecipientKeyIdentifier, of a key agreement
        rid = rid[0]
    try:
        return _named([cert], rid) is cert
    except CmsError:
        return False


def _transported_key(recipient, key):
    algorithm = recipient[2]
    if algorithm[0].oid() == names.RSA_ENCRYPTION:
        scheme = padding.PKCS1v15()
    else:
        require(algorithm[0].oid() == names.RSA_OAEP, 'key encryption algorithm')
        parameters = algorithm[1]
        digest, mask = parameters.tagged(0xa0), parameters.tagged(0xa1)
        digest = names.HASHES[digest[0][0].oid()] if digest else hashes.SHA1
        mask = names.HASHES[mask[0][1][0].oid()] if mask else hashes.SHA1
        scheme = padding.OAEP(padding.MGF1(mask()), digest(), None)
    return key.decrypt(recipient[3].content, scheme)


def _agreed_key(recipient, wrapped, key):
    # KeyAgreeRecipientInfo: version, originator [0], ukm [1] OPTIONAL, algorithm, keys
    originator = recipient.tagged(0xa0)[0]
    require(originator.tag == 0xa1, 'originator is not a public key')
    point = originator[1].content[1:]
    ukm = recipient.tagged(0xa1)
    algorithm = recipient.children[-2]
    wrap = algorithm[1]
    size = names.AES_WRAP[wrap[0].oid()]
    if isinstance(key, x25519.X25519PrivateKey):
        secret = key.exchange(x25519.X25519PublicKey.from_public_bytes(point))
    else:
        public = ec.EllipticCurvePublicKey.from_encoded_point(key.curve, point)
        secret = key.exchange(ec.ECDH(), public)
    kek = names.key_encryption_key(algorithm[0].oid(), secret, wrap.raw, size,
                                   ukm[0].content if ukm else None)
    return keywrap.aes_key_unwrap(kek, wrapped)


def load_cert(path):
    with open(path, 'rb') as source:
        return x509.load_pem_x509_certificate(source.read())


def load_key(path):
    with open(path, 'rb') as source:
        return serialization.load_pem_private_key(source.read(), None)


REFUSALS = (CmsError, ber.BerError, InvalidSignature, InvalidTag, KeyError, ValueError,
            IndexError, keywrap.InvalidUnwrap)
