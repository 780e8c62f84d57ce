# SPDX-License-Identifier: LGPL-2.1-or-later
"""Corpus files as mail: what is bare CMS gets a MIME entity around it."""

import base64
import binascii
import re

HEADERS = b'From: corpus@example.test\r\nTo: corpus@example.test\r\nMIME-Version: 1.0\r\n'
PEM = re.compile(rb'-----BEGIN ([^-]*)-----(.*?)-----END', re.S)
CONTENT_TYPE = re.compile(rb'^content-type:', re.I | re.M)


def is_der(data):
    return data[:1] == b'\x30' and (data[1] >= 0x80 or data[1] + 2 == len(data))


def is_mail(data):
    """Whether it begins with header lines, Content-Type among them."""
    if is_der(data):
        return False
    head = re.split(rb'\r?\n\r?\n', data.lstrip(), maxsplit=1)[0][:20000]
    return bool(CONTENT_TYPE.search(head)) and not head.startswith(b'-----BEGIN')


def cms_of(data):
    """The DER bytes of a bare object; None if there is none."""
    if is_der(data):
        return data
    found = PEM.search(data)
    text = found.group(2) if found else data
    try:
        return base64.b64decode(b''.join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def lines(data):
    coded = base64.b64encode(data)
    return b''.join(coded[at:at + 64] + b'\r\n' for at in range(0, len(coded), 64))


def opaque(cms):
    return (HEADERS + b'Content-Type: application/pkcs7-mime; name=smime.p7m\r\n'
            b'Content-Transfer-Encoding: base64\r\n\r\n' + lines(cms))


def detached(cms, content):
    return (HEADERS + b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; '
            b'boundary="=_corpus"\r\n\r\n--=_corpus\r\n' + content + b'\r\n--=_corpus\r\n'
            b'Content-Type: application/pkcs7-signature; name=smime.p7s\r\n'
            b'Content-Transfer-Encoding: base64\r\n\r\n' + lines(cms) + b'\r\n--=_corpus--\r\n')


def message_of(data, content):
    """A mail of the file; `content` is what a bare detached signature covers, or None."""
    if is_mail(data):
        data = data.lstrip()
        # Lines that mailboxes and HTTP put before the header.
        return data.split(b'\n', 1)[1] if data.startswith((b'From ', b'POST ')) else data
    cms = cms_of(data)
    if cms is None:
        return data
    return opaque(cms) if content is None else detached(cms, content)
