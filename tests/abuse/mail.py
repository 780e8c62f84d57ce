# SPDX-License-Identifier: LGPL-2.1-or-later
"""MIME around CMS: the forms that mail has, and what senders get wrong."""

import base64

TEXT = b'Content-Type: text/plain\r\n\r\nPay 100 EUR to account 4711.\r\n'
OTHER = b'Content-Type: text/plain\r\n\r\nPay 900 EUR to account 1174.\r\n'
HEADERS = (b'From: alice@example.test\r\nTo: bob@example.test\r\nSubject: payment\r\n'
           b'Date: Thu, 01 Jan 2026 12:00:00 +0000\r\nMIME-Version: 1.0\r\n')


def lines(data, width=64):
    coded = base64.b64encode(data)
    return b''.join(coded[at:at + width] + b'\r\n' for at in range(0, len(coded), width))


def part(cms, media='application/pkcs7-mime', smime_type='signed-data', file='smime.p7m'):
    kind = b'; smime-type=' + smime_type.encode() if smime_type else b''
    return (b'Content-Type: ' + media.encode() + kind + b'; name="' + file.encode() + b'"\r\n'
            b'Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="' +
            file.encode() + b'"\r\n\r\n' + lines(cms))


def opaque(cms, **how):
    return HEADERS + part(cms, **how)


def sealed(cms, smime_type='enveloped-data', **how):
    return HEADERS + part(cms, smime_type=smime_type, **how)


def signature_part(cms):
    return part(cms, 'application/pkcs7-signature', None, 'smime.p7s')


def multipart(parts, kind=b'mixed', parameters=b'', boundary=b'=_abuse', preamble=b'',
              epilogue=b''):
    body = preamble + b''.join(b'--' + boundary + b'\r\n' + one + b'\r\n' for one in parts)
    return (b'Content-Type: multipart/' + kind + parameters + b'; boundary="' + boundary +
            b'"\r\n\r\n' + body + b'--' + boundary + b'--\r\n' + epilogue)


PROTOCOL = b'; protocol="application/pkcs7-signature"'


def detached(content, cms, headers=HEADERS, parameters=PROTOCOL + b'; micalg=sha-256', **how):
    """`content` was signed without the CRLF that belongs to the boundary."""
    return headers + multipart([content, signature_part(cms)], b'signed', parameters, **how)
