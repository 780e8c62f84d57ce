# SPDX-License-Identifier: LGPL-2.1-or-later
"""The smallest byte-exact MIME layer: what our command is given and gives back is
taken apart here, and peers that only speak CMS are given their wrapping."""

import base64
import binascii
import email
import os
import re


class MimeError(Exception):
    pass


def split(message):
    """(header, body); the header keeps its last CRLF, the empty line is dropped."""
    if message.startswith(b'\r\n'):
        return b'', message[2:]
    header, found, body = message.partition(b'\r\n\r\n')
    if not found:
        raise MimeError('no empty line after the header')
    return header + b'\r\n', body


def fields(header):
    """The raw header fields, each with its folded lines."""
    return re.findall(rb'[^\r\n]+\r\n(?:[ \t][^\r\n]*\r\n)*', header)


def _is_content(field):
    return field[:8].lower() == b'content-'


def entity_of(message):
    """The Content-* fields and the body: what gets signed and encrypted."""
    header, body = split(message)
    return b''.join(filter(_is_content, fields(header))) + b'\r\n' + body


def outer_of(message):
    """The fields that stay outside: all but Content-* and MIME-Version."""
    inside = (b'content-', b'mime-version:')
    return b''.join(field for field in fields(split(message)[0])
                    if not field.lower().startswith(inside))


def with_outer(outer, entity):
    """Put header fields of a mail in front of a bare entity."""
    version = b'' if entity[:13].lower() == b'mime-version:' else b'MIME-Version: 1.0\r\n'
    return outer + version + entity


def crlf(data):
    """Lines as mail wants them, for peers that write bare LF."""
    return re.sub(rb'\r?\n', b'\r\n', data)


def header_of(message):
    """The header as the standard library reads it, for parameters."""
    return email.message_from_bytes(split(message)[0])


def _decoded_body(part):
    coding = (header_of(part).get('Content-Transfer-Encoding') or '7bit').strip().lower()
    body = split(part)[1]
    if coding != 'base64':
        return body
    return base64.b64decode(body.translate(None, b'\r\n'), validate=True)


def unwrap(message):
    """(smime-type or 'detached', CMS bytes, detached content or None)"""
    header = header_of(message)
    if header.get_content_type() == 'multipart/signed':
        content, signature = two_parts(message)
        return 'detached', _decoded_body(signature), content
    if header.get_content_type() not in ('application/pkcs7-mime', 'application/x-pkcs7-mime'):
        raise MimeError('no S/MIME message: ' + header.get_content_type())
    return header.get_param('smime-type'), _decoded_body(message), None


def two_parts(message):
    """The two body parts of a multipart/signed, byte for byte."""
    boundary = header_of(message).get_boundary().encode()
    pattern = rb'(?:^|\r\n)--' + re.escape(boundary) + rb'(?:--)?[ \t]*(?:\r\n|$)'
    pieces = re.split(pattern, split(message)[1])
    if len(pieces) != 4:
        raise MimeError('multipart/signed has %d parts' % (len(pieces) - 2))
    return pieces[1], pieces[2]


def _base64_lines(data):
    lines = [binascii.b2a_base64(data[at:at + 48], newline=False)
             for at in range(0, len(data), 48)]
    return b'\r\n'.join(lines) + b'\r\n'


def wrap(smime_type, der):
    """application/pkcs7-mime around a CMS object."""
    return (b'MIME-Version: 1.0\r\n'
            b'Content-Type: application/pkcs7-mime; smime-type=%s; name="smime.p7m"\r\n'
            b'Content-Transfer-Encoding: base64\r\n'
            b'Content-Disposition: attachment; filename="smime.p7m"\r\n\r\n'
            % smime_type.encode()) + _base64_lines(der)


def rewrap(message, der):
    """The same header around another CMS object."""
    return split(message)[0] + b'\r\n' + _base64_lines(der)


def wrap_detached(content, der, digest):
    """multipart/signed around a content and its detached signature."""
    boundary = b'interop-' + binascii.hexlify(os.urandom(12))
    micalg = digest.replace('sha', 'sha-').encode()
    return (b'MIME-Version: 1.0\r\nContent-Type: multipart/signed;'
            b' protocol="application/pkcs7-signature"; micalg=%s; boundary="%s"\r\n\r\n'
            b'--%s\r\n%s\r\n--%s\r\n'
            b'Content-Type: application/pkcs7-signature; name="smime.p7s"\r\n'
            b'Content-Transfer-Encoding: base64\r\n\r\n%s--%s--\r\n'
            % (micalg, boundary, boundary, content, boundary, _base64_lines(der), boundary))
