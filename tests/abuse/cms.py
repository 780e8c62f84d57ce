# SPDX-License-Identifier: LGPL-2.1-or-later
"""CMS objects, right by default and wrong on request: SignedData and EnvelopedData."""

import hashlib
import os
import subprocess

from der import (UTCTIME, context, integer, null, octets, oid, sequence, set_of, tlv)
from pki import DIGESTS, RSA, algorithm

DATA, SIGNED, ENVELOPED = ('1.2.840.113549.1.7.%d' % last for last in (1, 2, 3))
DIGESTED, ENCRYPTED = '1.2.840.113549.1.7.5', '1.2.840.113549.1.7.6'
AUTHENTICATED, COMPRESSED = '1.2.840.113549.1.9.16.1.2', '1.2.840.113549.1.9.16.1.9'
RECEIPT, AUTH_ENVELOPED = '1.2.840.113549.1.9.16.1.1', '1.2.840.113549.1.9.16.1.23'
CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME, COUNTER_SIGNATURE = (
    '1.2.840.113549.1.9.%d' % last for last in (3, 4, 5, 6))
CAPABILITIES, KEY_PREFERENCE = '1.2.840.113549.1.9.15', '1.2.840.113549.1.9.16.2.11'
SIGNING_CERTIFICATE, PROTECTION = '1.2.840.113549.1.9.16.2.47', '1.2.840.113549.1.9.52'
CIPHERS = {'aes-128-cbc': '2.16.840.1.101.3.4.1.2', 'aes-256-ofb': '2.16.840.1.101.3.4.1.43',
           'aes-256-cbc': '2.16.840.1.101.3.4.1.42', 'aes-256-gcm': '2.16.840.1.101.3.4.1.46',
           'des-ede3-cbc': '1.2.840.113549.3.7', 'rc2-cbc': '1.2.840.113549.3.2',
           'des-cbc': '1.3.14.3.2.7', 'rc4': '1.2.840.113549.3.4',
           'aes-256-ccm': '2.16.840.1.101.3.4.1.47'}


def content_info(kind, content):
    return sequence(oid(kind), context(0, content))


def attribute(kind, *values):
    return sequence(oid(kind), set_of(*values))


def utc(text):
    return tlv(UTCTIME, text.encode())


def usual_attributes(content, digest='sha256', kind=DATA):
    """What each signature has, by name, so that a case can change one."""
    return {'type': attribute(CONTENT_TYPE, oid(kind)),
            'time': attribute(SIGNING_TIME, utc('260101120000Z')),
            'digest': attribute(MESSAGE_DIGEST, octets(hashlib.new(digest, content).digest()))}


def signer_info(cert, content, **how):
    """`attributes`: bytes of each; None for no signed attributes. `wire`: the sent [0] element,
    where it is not what was signed."""
    digest = how.get('digest', 'sha256')
    attributes = how.get('attributes', list(usual_attributes(content, digest).values()))
    sent, signed = b'', content
    if attributes is not None:
        signed = how.get('signed') or set_of(*attributes, sort=how.get('sort', True))
        sent = how.get('wire') or b'\xa0' + set_of(*attributes, sort=how.get('sort', True))[1:]
    sid = how.get('sid', cert.issuer_and_serial())
    signature = how.get('signature', cert.key.sign(signed, digest))
    named = algorithm(DIGESTS[how.get('named_digest', digest)])
    unsigned = how.get('unsigned')
    return sequence(
        integer(how.get('version', 3 if sid[0] == 0x80 else 1)), sid, named, sent,
        algorithm(how.get('signature_algorithm', RSA), null()), octets(signature),
        context(1, *unsigned) if unsigned else b'')


def signed_data(content, signers, certs, **how):
    """A ContentInfo; `content` None for a detached signature."""
    named = how.get('digests', [algorithm(DIGESTS['sha256'])])
    inner = b'' if content is None else context(0, how.get('octets') or octets(content))
    bag = [cert if isinstance(cert, bytes) else cert.der for cert in certs]
    return content_info(SIGNED, sequence(
        integer(how.get('version', 1)), set_of(*named),
        sequence(oid(how.get('kind', DATA)), inner),
        context(0, *bag) if bag else b'', set_of(*signers)))


def sign(cert, content, detached=False, more=(), certs=None, kind=DATA, **how):
    """The usual message of one signer; keyword arguments reach signer_info()."""
    digests = how.pop('digests', [algorithm(DIGESTS[how.get('digest', 'sha256')])])
    signers = [signer_info(cert, content, **how)] + list(more)
    return signed_data(None if detached else content, signers,
                       [cert] if certs is None else certs, digests=digests, kind=kind)


def aes_cbc(key, initial, padded, name='aes-%d-cbc'):
    done = subprocess.run(['openssl', 'enc', '-' + name % (len(key) * 8), '-K', key.hex(), '-iv',
                           initial.hex(), '-nopad'], input=padded, stdout=subprocess.PIPE,
                          check=True)
    return done.stdout


def pad(data, block=16):
    last = block - len(data) % block
    return data + bytes([last]) * last


def recipient(cert, secret=None, wrapped=None, rid=None, algorithm_=None):
    """A KeyTransRecipientInfo."""
    rid = cert.issuer_and_serial() if rid is None else rid
    if wrapped is None:
        wrapped = cert.key.encrypt(secret)
    return sequence(integer(2 if rid[:1] == b'\x80' else 0), rid,
                    algorithm_ or algorithm(RSA, null()), octets(wrapped))


class Envelope:
    """EnvelopedData whose key and ciphertext stay at hand for a second try."""

    def __init__(self, content, cipher='aes-256-cbc', padded=None, initial=None):
        self.key = os.urandom(16 if '128' in cipher else 32)
        self.initial = os.urandom(16) if initial is None else initial
        self.cipher = cipher
        self.body = aes_cbc(self.key, self.initial, pad(content) if padded is None else padded)

    def encode(self, recipients, body=None, **how):
        body = self.body if body is None else body
        sealed = how.get('sealed', context(0, body, constructed=False))
        parameters = how.get('parameters', octets(self.initial))
        info = sequence(oid(how.get('content_type', DATA)), algorithm(CIPHERS[how.get('cipher', self.cipher)], parameters),
                        sealed)
        tail = [octets(how['mac'])] if 'mac' in how else []
        return content_info(how.get('kind', ENVELOPED), sequence(
            integer(how.get('version', 0)), how.get('originator', b''),
            set_of(*recipients, sort=False), info, *tail))
