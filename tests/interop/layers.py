# SPDX-License-Identifier: LGPL-2.1-or-later
"""The layers of a protected message: how they are to be made, and whether they were."""

import collections

import ber
import mime

# None is left to our command, or filled in for a peer: the digest that suits the key, and a
# way of encrypting for an RSA key that the peer has. identifier: how a certificate is named.
Signing = collections.namedtuple('Signing', 'form digest identifier padding',
                                 defaults=(None, 'issuer-serial', 'pkcs1'))
Encryption = collections.namedtuple('Encryption', 'cipher keys identifier',
                                    defaults=(None, 'issuer-serial'))

CBC, GCM = 'aes-256-cbc', 'aes-256-gcm'

CONTENT_CIPHERS = {
    '2.16.840.1.101.3.4.1.2': 'aes-128-cbc', '2.16.840.1.101.3.4.1.22': 'aes-192-cbc',
    '2.16.840.1.101.3.4.1.42': 'aes-256-cbc', '2.16.840.1.101.3.4.1.6': 'aes-128-gcm',
    '2.16.840.1.101.3.4.1.26': 'aes-192-gcm', '2.16.840.1.101.3.4.1.46': 'aes-256-gcm',
}


class WrongLayer(Exception):
    """The message is not protected as it was asked for."""


def check(message, how):
    """Is the outermost layer what `how` says? Nobody else would notice a weaker cipher."""
    kind, der, _ = mime.unwrap(message)
    if isinstance(how, Signing):
        wanted = {'detached': 'detached', 'opaque': 'signed-data'}[how.form]
        found = kind
    else:
        found_type, enveloped = ber.content_info(der)
        cipher = CONTENT_CIPHERS.get(enveloped.tagged(ber.SEQUENCE)[1][0].oid())
        gcm = how.cipher.endswith('gcm')
        wanted = how.cipher, ber.AUTH_ENVELOPED_DATA if gcm else ber.ENVELOPED_DATA
        found = cipher, found_type
    if found != wanted:
        raise WrongLayer('asked for %s, written %s' % (wanted, found))


# Tampering. Each but the first takes a message and returns it with one bit changed.

MARKER = b'every byte counts'


def unchanged(message):
    return message


def tamper_content(message):
    """In the middle of what was signed."""
    kind, der, content = mime.unwrap(message)
    if kind == 'detached':
        changed = content.replace(MARKER, MARKER.replace(b'every', b'Every'))
        return message.replace(content, changed)
    _, signed = ber.content_info(der)
    positions = signed[2][1][0].positions()
    octets = bytes(der[at] for at in positions)
    return _flip(message, der, positions[octets.index(MARKER)], 0x20)


def tamper_padding(message):
    """In the block before the last, so that the last byte of the padding is over 127."""
    _, der, _ = mime.unwrap(message)
    return _flip(message, der, _ciphertext(der)[-17], 0x80)


def tamper_ciphertext(message):
    _, der, _ = mime.unwrap(message)
    positions = _ciphertext(der)
    return _flip(message, der, positions[len(positions) // 2], 0x01)


def tamper_tag(message):
    _, der, _ = mime.unwrap(message)
    _, enveloped = ber.content_info(der)
    return _flip(message, der, enveloped.tagged(ber.OCTETS).positions()[-1], 0x01)


def _ciphertext(der):
    _, enveloped = ber.content_info(der)
    return enveloped.tagged(ber.SEQUENCE)[2].positions()


def _flip(message, der, at, bits):
    changed = bytearray(der)
    changed[at] ^= bits
    return mime.rewrap(message, bytes(changed))
