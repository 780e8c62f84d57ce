# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rows of the matrix: what is protected, and in which layers."""

import base64
import collections

from layers import CBC, GCM, MARKER, Encryption, Signing

READS, WRITES = 'we write, peer reads', 'peer writes, we read'
BOTH = (READS, WRITES)
ALL_KEYS = ('RSA-2048', 'RSA-3072', 'P-256', 'P-384', '25519')
RSA = ('RSA-2048',)
RSA_AND_EC = ('RSA-2048', 'P-256')

# layers: from the inside out. others: recipients besides the reader, listed before it.
# lf: the peer's message is given to us in LF lines, as Unix tools write them.
# recoded: our command is right to change the transfer encoding; what counts is the text.
Operation = collections.namedtuple(
    'Operation', 'name layers entity keys sides others lf recoded',
    defaults=(ALL_KEYS, BOTH, (), False, False))

# Already canonical, so that nobody has a reason to change a byte of it, with lines that
# careless code trips over: tabs, what looks like a boundary or a header, empty last lines.
# What JavaMail would add or drop when it signs is avoided: a missing transfer encoding, and
# the text after a multipart's last boundary.
TEXT = b'\r\n'.join([
    b'Content-Type: text/plain; charset=us-ascii', b'Content-Transfer-Encoding: 7bit', b'',
    b'..', b'>From here on ' + MARKER + b'.', b'--', b'--interop', b'--interop--', b'',
    b'\tindented, and a long line: ' + b'x' * 800, b'Content-Type: text/html', b'', b'', b''])

MULTIPART = b'\r\n'.join([
    b'Content-Type: multipart/mixed;', b'\tboundary="=_inner"', b'Content-Language: en', b'',
    b'preamble', b'--=_inner', b'Content-Type: text/plain; charset=utf-8',
    b'Content-Transfer-Encoding: quoted-printable', b'',
    b'Gr=C3=BC=C3=9Fe =3D ' + MARKER + b'=20', b'', b'--=_inner',
    b'Content-Type: application/octet-stream', b'Content-Transfer-Encoding: base64',
    b'Content-Disposition: attachment; filename=all-bytes', b'',
    base64.b64encode(bytes(range(48))), base64.b64encode(bytes(range(208, 256))),
    b'--=_inner--', b''])

# Lines that mail servers change on the way. Peers sign them as they are, we encode them.
FRAGILE = b'\r\n'.join([
    b'Content-Type: text/plain; charset=us-ascii', b'Content-Transfer-Encoding: 7bit', b'',
    b'.', b'From here on', b'=20 and a trailing blank ', b'', b' ', b''])
EIGHT_BIT = b'\r\n'.join([
    b'Content-Type: text/plain; charset=utf-8', b'Content-Transfer-Encoding: 8bit', b'',
    'Grüße ='.encode(), b'y' * 2000, b'a trailing tab\t', b''])

EMPTY = b'Content-Type: text/plain\r\nContent-Transfer-Encoding: 7bit\r\n\r\n'

LARGE = b'\r\n'.join([
    b'Content-Type: application/octet-stream', b'Content-Transfer-Encoding: base64', b'',
    *[base64.b64encode(bytes(range(57)))] * 14000, b''])

DETACHED, OPAQUE = Signing('detached'), Signing('opaque')

# Every key with every peer, both ways.
MATRIX = (
    Operation('sign detached', (DETACHED,), TEXT),
    Operation('sign opaque', (OPAQUE,), MULTIPART),
    Operation('encrypt AES-CBC', (Encryption(CBC),), MULTIPART),
    Operation('encrypt AES-GCM', (Encryption(GCM),), TEXT),
    Operation('sign-encrypt', (DETACHED, Encryption(CBC)), MULTIPART),
    Operation('triple', (DETACHED, Encryption(CBC), DETACHED), TEXT),
)

# What the options of the command change, where it matters.
VARIATIONS = (
    Operation('sign SHA-384', (Signing('detached', 'sha384'),), TEXT, RSA),
    Operation('sign SHA-512', (Signing('opaque', 'sha512'),), TEXT, RSA),
    Operation('sign SHA-256', (Signing('detached', 'sha256'),), TEXT, ('P-384',)),
    Operation('sign RSA-PSS', (Signing('detached', padding='pss'),), TEXT, RSA, (WRITES,)),
    Operation('sign, SKI', (Signing('opaque', identifier='ski'),), TEXT, RSA, (WRITES,)),
    Operation('sign, multipart', (DETACHED,), MULTIPART, RSA),
    Operation('sign, empty body', (DETACHED,), EMPTY, RSA),
    Operation('sign, 1 MB', (OPAQUE,), LARGE, RSA),
    Operation('encrypt AES-128-CBC', (Encryption('aes-128-cbc'),), TEXT, RSA),
    Operation('encrypt AES-192-CBC', (Encryption('aes-192-cbc'),), TEXT, RSA),
    Operation('encrypt AES-128-GCM', (Encryption('aes-128-gcm'),), TEXT, RSA),
    Operation('encrypt AES-192-GCM', (Encryption('aes-192-gcm'),), TEXT, RSA),
    Operation('encrypt OAEP SHA-1', (Encryption(CBC, 'rsa-oaep-sha1'),), TEXT, RSA),
    Operation('encrypt OAEP SHA-256', (Encryption(CBC, 'rsa-oaep-sha256'),), TEXT, RSA),
    Operation('encrypt, SKI', (Encryption(CBC, identifier='ski'),), TEXT, RSA_AND_EC),
    Operation('encrypt, 2 RSA', (Encryption(CBC),), TEXT, RSA, BOTH, ('other',)),
    Operation('encrypt, 2 EC', (Encryption(CBC),), TEXT, ('P-256',), BOTH, ('other-p256',)),
    Operation('encrypt, RSA+EC', (Encryption(CBC),), TEXT, RSA, BOTH, ('other-p256',)),
    Operation('encrypt, 1 MB', (Encryption(CBC),), LARGE, RSA),
    Operation('encrypt GCM, 1 MB', (Encryption(GCM),), LARGE, RSA),
    Operation('sign-encrypt GCM', (OPAQUE, Encryption(GCM)), MULTIPART, RSA_AND_EC),
    Operation('triple opaque', (OPAQUE, Encryption(CBC), OPAQUE), TEXT, RSA_AND_EC),
    Operation('sign, fragile lines', (DETACHED,), FRAGILE, RSA, (WRITES,)),
    Operation('sign, fragile lines', (DETACHED,), FRAGILE, RSA, (READS,), recoded=True),
    Operation('sign, 8bit', (OPAQUE,), EIGHT_BIT, RSA, (READS,), recoded=True),
    Operation('encrypt, 8bit', (Encryption(CBC),), EIGHT_BIT, RSA, (READS,), recoded=True),
    Operation('sign, LF', (DETACHED,), MULTIPART, RSA, (WRITES,), (), True),
    Operation('sign opaque, LF', (OPAQUE,), TEXT, RSA, (WRITES,), (), True),
    Operation('encrypt, LF', (Encryption(CBC),), TEXT, RSA, (WRITES,), (), True),
)
