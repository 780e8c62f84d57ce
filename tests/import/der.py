# SPDX-License-Identifier: LGPL-2.1-or-later
"""DER by hand, and PKCS#12 files of shapes that no installed software writes."""

import hashlib
import hmac

OIDS = {'data': '06092a864886f70d010701', 'sha256': '0609608648016503040201',
        'pbmac1': '06092a864886f70d01050e', 'pbkdf2': '06092a864886f70d01050c',
        'key': '060b2a864886f70d010c0a0101', 'cert': '060b2a864886f70d010c0a0103',
        'x509': '060a2a864886f70d01091601',
        'hmac-sha1': '06082a864886f70d0207', 'hmac-sha224': '06082a864886f70d0208',
        'hmac-sha256': '06082a864886f70d0209', 'hmac-sha384': '06082a864886f70d020a',
        'hmac-sha512': '06082a864886f70d020b'}


def oid(name):
    return bytes.fromhex(OIDS[name])


def tlv(tag, *parts):
    value = b''.join(parts)
    size = len(value)
    if size < 128:
        return bytes([tag, size]) + value
    octets = size.to_bytes((size.bit_length() + 7) // 8, 'big')
    return bytes([tag, 0x80 | len(octets)]) + octets + value


def number(value):
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, 'big'))


def sequence(*parts):
    return tlv(0x30, *parts)


def content(octets):
    return sequence(oid('data'), tlv(0xa0, tlv(4, octets)))


def safe(key, certs):
    """AuthenticatedSafe with nothing encrypted."""
    bags = [sequence(oid('key'), tlv(0xa0, key))]
    bags += [sequence(oid('cert'), tlv(0xa0, sequence(oid('x509'), tlv(0xa0, tlv(4, cert)))))
             for cert in certs]
    return sequence(content(sequence(*bags)))


def open_ended(tag, *parts):
    return bytes([tag, 0x80]) + b''.join(parts) + b'\0\0'


def pfx(safes, mac_data, is_ber=False):
    """Around the safes; in BER with indefinite lengths and octets in pieces, as NSS writes it."""
    if not is_ber:
        return sequence(number(3), content(safes), mac_data)
    pieces = [tlv(4, safes[at:at + 100]) for at in range(0, len(safes), 100)]
    info = open_ended(0x30, oid('data'), open_ended(0xa0, open_ended(0x24, *pieces)))
    return open_ended(0x30, number(3), info, mac_data)


def pbmac1(safes, passphrase, prf='sha256', mac='sha256', size=32, iterations=2048, cut=None,
           is_ber=False):
    """PFX with a PBMAC1 [RFC9579-4]; size None leaves the key's length out."""
    salt = b'saltsaltsaltsalt'
    key = hashlib.pbkdf2_hmac(prf, passphrase.encode(), salt, min(iterations, 10000), size or 32)
    digest = hmac.new(key, safes, mac).digest()[:cut]
    length = b'' if size is None else number(size)
    derivation = sequence(oid('pbkdf2'), sequence(tlv(4, salt), number(iterations), length,
                                                  sequence(oid(f'hmac-{prf}'), tlv(5))))
    scheme = sequence(oid('pbmac1'),
                      sequence(derivation, sequence(oid(f'hmac-{mac}'), tlv(5))))
    mac_data = sequence(sequence(scheme, tlv(4, digest)), tlv(4, b'NOT USED'), number(1))
    return pfx(safes, mac_data, is_ber)
