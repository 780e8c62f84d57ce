# SPDX-License-Identifier: LGPL-2.1-or-later
"""Groups M and D of SECURITY.md (b): MIME, headers, and DER that lies.

Rows as in cases_signed.py. `unread` stands for: not taken for S/MIME, or found malformed; never a
pass.
"""

import cms
import mail
from cases_encrypted import envelope
from cms import Envelope, attribute, recipient, sign, signed_data, usual_attributes
from der import indefinite, octets, tlv

T = mail.TEXT
UNREAD = 'permerror neutral none error:NOT_SMIME error:SYNTAX error:LIMIT'
NO_PASS = UNREAD + ' fail policy'


def signed_part(w):
    return mail.detached(T, sign(w.alice, T, detached=True), headers=b'')


def below(place):
    return lambda w: mail.HEADERS + place(signed_part(w))


def text(message):
    return b'Content-Type: text/plain\r\n\r\n' + message


def html(message):
    return b'Content-Type: text/html\r\n\r\n' + message


def footer(inner):
    return mail.multipart([inner, text(b'list footer\r\n')], boundary=b'=_list')


def hiding(inner):
    return mail.multipart([html(b'Pay Eve<div style="display:none">'), inner], boundary=b'=_hide')


def related(inner):
    return mail.multipart([html(b'<img src="cid:x">Pay Eve'), inner], b'related',
                          boundary=b'=_rel')


def attached(inner):
    return mail.multipart([text(b'Pay Eve\r\n'),
                           b'Content-Disposition: attachment\r\n' + inner], boundary=b'=_att')


def forwarded(inner):
    return b'Content-Type: message/rfc822\r\n\r\n' + mail.HEADERS + inner


def header(*extra, first=False):
    """A good detached message with header lines more."""
    def build(w):
        good = signed_part(w)
        more = b''.join(line + b'\r\n' for line in extra)
        return mail.HEADERS + (more + good if first else good.replace(
            b'\r\n\r\n', b'\r\n' + more + b'\r\n', 1))
    return build


def parameters(wanted):
    """Content-Type of the root as given; %s stands for the boundary."""
    def build(w):
        head, rest = signed_part(w).split(b'\r\n', 1)
        return mail.HEADERS + b'Content-Type: multipart/signed' + wanted + b'\r\n' + rest
    return build


PROTOCOL = mail.PROTOCOL


def boundary(name, edit=lambda message: message):
    return lambda w: edit(mail.detached(T, sign(w.alice, T, detached=True), boundary=name))


def with_text(**how):
    return lambda w: mail.detached(T, sign(w.alice, T, detached=True), **how)


def signature_lines(edit):
    """The base64 of an opaque message, edited."""
    def build(w):
        head, lines = mail.opaque(sign(w.alice, T)).split(b'\r\n\r\n', 1)
        return head + b'\r\n\r\n' + edit(lines)
    return build


def joined(lines, width):
    whole = lines.replace(b'\r\n', b'')
    return b''.join(whole[at:at + width] + b'\r\n' for at in range(0, len(whole), width))


def headers(count):
    return lambda w: (mail.HEADERS + b''.join(b'X-%d: y\r\n' % i for i in range(count)) +
                      signed_part(w))


def deep(depth):
    def build(w):
        start = b''.join(b'Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n' % (i, i)
                         for i in range(depth))
        return mail.HEADERS + start + signed_part(w)
    return build


def wide(count):
    return lambda w: mail.HEADERS + mail.multipart([text(b'x')] * count + [signed_part(w)],
                                                   boundary=b'=_wide')


def inner_headers(w):
    """What the signer put inside may not become what the message says outside."""
    inner = (b'From: ceo@example.test\r\nTo: all@example.test\r\nSubject: evil\r\n'
             b'Authentication-Results: mx; smime=pass\r\nX-Spam-Flag: NO\r\n' + T)
    return mail.opaque(sign(w.alice, inner))


def from_line(line):
    return lambda w: mail.detached(T, sign(w.alice, T, detached=True), headers=(
        mail.HEADERS.replace(b'From: alice@example.test\r\n', line)))


def raw(make):
    """An opaque message of any bytes."""
    return lambda w: mail.opaque(make(w))


def length_claim(claim):
    """SignedData whose outer length is a lie."""
    return raw(lambda w: b'\x30' + claim + sign(w.alice, T)[4:])


def inner_claim(claim):
    def make(w):
        whole = sign(w.alice, T)
        at = whole.index(octets(T))
        return whole[:at + 1] + claim + whole[at + 2:]
    return raw(make)


def content_in(element):
    def build(w):
        return mail.opaque(signed_data(T, [cms.signer_info(w.alice, T)], [w.alice],
                                       octets=element))
    return build


def constructed(depth):
    element = octets(T)
    for _ in range(depth):
        element = tlv(0x24, element)
    return element


def pieces(size):
    return indefinite(0x24, b''.join(octets(T[at:at + size]) for at in range(0, len(T), size)))


def open_nesting(depth):
    return b'\x24\x80' * depth + octets(T) + b'\0\0' * depth


def deep_der(depth):
    return raw(lambda w: b'\x30\x80' * depth + b'\0\0' * depth)


def in_attributes(element):
    """A signed attribute of Alice's that holds the element."""
    def build(w):
        made = list(usual_attributes(T).values()) + [attribute('1.3.6.1.4.1.99999.5', element)]
        return mail.opaque(sign(w.alice, T, attributes=made))
    return build


def long_oid(arcs):
    return tlv(6, b'\x2b' + b'\x81\x01' * arcs)


def chunked_envelope(count):
    def build(w):
        body = T + b'x' * count
        made = Envelope(body)
        chunks = b''.join(octets(made.body[at:at + 1]) for at in range(len(made.body)))
        return mail.sealed(made.encode([recipient(w.alice, made.key)],
                                       sealed=indefinite(0xa0, chunks)))
    return build


def delimiter_inside(w):
    inner = T + b'\r\n--=_abuse\r\nContent-Type: text/plain\r\n\r\nPay Eve.'
    return mail.detached(inner, sign(w.alice, inner, detached=True))


def many_names(w):
    names = [(1, b'alice@example.test')] + [(1, b'a%d@example.test' % i) for i in range(10000)]
    return mail.opaque(sign(w.leaf('alice', w.alice_key, names=names), T))


ROWS = [
    ('M', 'control', with_text(), 'pass'),
    ('AC-90', 'text before the signed part', below(attached), 'neutral:partial error:NOT_SMIME'),
    ('AC-90', 'HTML that hides the signed part', below(hiding),
     'neutral:partial error:NOT_SMIME'),
    ('AC-90', 'HTML that refers to it', below(related), 'neutral:partial error:NOT_SMIME'),
    ('AC-90', 'signed message attached', below(forwarded), 'neutral:partial error:NOT_SMIME'),
    ('AC-91', 'footer of a list', below(footer), 'neutral:partial error:NOT_SMIME'),
    ('AC-92', 'a second Content-Type, text', header(b'Content-Type: text/plain'), UNREAD),
    ('AC-92', 'a first Content-Type, text', header(b'Content-Type: text/plain', first=True),
     UNREAD),
    ('AC-92', 'two boundaries', parameters(PROTOCOL + b'; boundary="=_abuse"; boundary=other'),
     UNREAD),
    ('AC-92', 'two equal boundaries',
     parameters(PROTOCOL + b'; boundary="=_abuse"; boundary="=_abuse"'), UNREAD),
    ('AC-92', 'two protocols', parameters(
        PROTOCOL + b'; protocol="application/pgp-signature"; boundary="=_abuse"'), UNREAD),
    ('AC-92', 'boundary in RFC 2231 pieces',
     parameters(PROTOCOL + b'; boundary*0="=_ab"; boundary*1=use'), UNREAD + ' pass'),
    ('AC-92', 'boundary twice, plain and RFC 2231',
     parameters(PROTOCOL + b'; boundary="=_abuse"; boundary*0=other'), UNREAD),
    ('AC-92', 'a comment between', parameters(
        b' (comment "; boundary=x)' + PROTOCOL + b'; boundary="=_abuse"'), UNREAD + ' pass'),
    ('AC-92', 'an open quote', parameters(PROTOCOL + b'; boundary="=_abuse'), UNREAD),
    ('AC-92', 'no boundary', parameters(PROTOCOL), UNREAD),
    ('AC-93', 'boundary of 200 characters', boundary(b'x' * 200), UNREAD + ' pass'),
    ('AC-93', 'empty boundary', boundary(b''), UNREAD),
    ('AC-93', 'boundary with a trailing blank', boundary(b'abc '), UNREAD),
    ('AC-93', 'blanks behind the delimiter', boundary(
        b'=_abuse', lambda m: m.replace(b'--=_abuse\r\n', b'--=_abuse \t\r\n')), UNREAD + ' pass'),
    ('AC-93', 'no end delimiter', boundary(
        b'=_abuse', lambda m: m.replace(b'--=_abuse--\r\n', b'')), UNREAD),
    ('AC-93', 'delimiter in the text', delimiter_inside, UNREAD),
    ('AC-94', 'text around the parts', with_text(
        preamble=b'Pay Eve 900.\r\n', epilogue=b'Pay Eve 900.\r\n'), 'pass'),
    ('AC-95', 'base64 announced for multipart/signed',
     header(b'Content-Transfer-Encoding: base64'), UNREAD),
    ('AC-95', 'quoted-printable announced',
     header(b'Content-Transfer-Encoding: quoted-printable'), UNREAD),
    ('AC-95', 'unknown encoding', header(b'Content-Transfer-Encoding: x-foo'), UNREAD),
    ('AC-95', 'two encodings', header(b'Content-Transfer-Encoding: 7bit',
                                      b'Content-Transfer-Encoding: 8bit'), UNREAD),
    ('AC-96', 'junk in base64', signature_lines(lambda lines: lines.replace(b'A', b'A!', 3)),
     UNREAD + ' pass'),
    ('AC-96', 'data after the padding', signature_lines(lambda lines: lines + b'====\r\nAAAA\r\n'),
     UNREAD),
    ('AC-96', 'lines of one character', signature_lines(lambda lines: joined(lines, 1)), 'pass'),
    ('AC-96', 'one long line', signature_lines(lambda lines: joined(lines, 1 << 20)), 'pass'),
    ('AC-96', 'line ends CR only', signature_lines(lambda lines: lines.replace(b'\r\n', b'\r')),
     UNREAD + ' pass'),
    ('AC-96', 'cut in a group', signature_lines(lambda lines: lines.rstrip(b'=\r\n')[:-1]),
     NO_PASS),
    ('AC-97', 'header without colon', header(b'no colon here'), UNREAD + ' pass'),
    ('AC-97', 'header of 100 KB', header(b'X-Long: ' + b'y' * 100000), UNREAD + ' pass'),
    ('AC-97', 'NUL in a header', header(b'X-Nul: a\0b'), UNREAD + ' pass'),
    ('AC-97', 'bare CR in a header', header(b'X-Cr: a\rFrom: eve@example.test'), NO_PASS + ' pass'),
    ('AC-97', '8-bit in a header', header(b'X-Eight: \xff\xfe'), UNREAD + ' pass'),
    ('AC-97', '100000 headers', headers(100000), UNREAD),
    ('AC-98', 'multipart 10000 deep', deep(10000), UNREAD),
    ('AC-98', '100000 parts', wide(100000), UNREAD),
    ('AC-99', 'message/partial', below(
        lambda inner: b'Content-Type: message/partial; id=x; number=1\r\n\r\n' + inner), UNREAD),
    ('AC-99', 'message/external-body', below(
        lambda inner: b'Content-Type: message/external-body; access-type=URL\r\n\r\n' + inner),
     UNREAD),
    ('AC-100', 'headers inside', inner_headers, 'pass policy'),
    ('AC-110', 'From is another', from_line(b'From: eve@example.test\r\n'),
     'policy:from-mismatch'),
    ('AC-111', 'the name says Alice',
     from_line(b'From: "alice@example.test" <eve@example.test>\r\n'), 'policy:from-mismatch'),
    ('AC-111', 'From is empty', from_line(b'From: \r\n'), 'policy:from-ambiguous'),
    ('AC-111', 'From is absent', from_line(b''), 'policy:from-ambiguous'),
    ('AC-112', 'two From', from_line(
        b'From: alice@example.test\r\nFrom: eve@example.test\r\n'), 'policy:from-ambiguous'),
    ('AC-112', 'two mailboxes', from_line(b'From: alice@example.test, eve@example.test\r\n'),
     'policy:from-ambiguous'),
    ('AC-112', 'Sender only', from_line(
        b'From: eve@example.test\r\nSender: alice@example.test\r\n'), 'policy:from-sender-only'),
    ('AC-170', 'length of 4 GB', length_claim(b'\x84\xff\xff\xff\xff'), UNREAD),
    ('AC-170', 'length of 2^63', length_claim(b'\x88\x80' + b'\0' * 7), UNREAD),
    ('AC-170', 'length of 2^64-1', length_claim(b'\x88' + b'\xff' * 8), UNREAD),
    ('AC-170', 'length of nine octets', length_claim(b'\x89\1' + b'\0' * 8), UNREAD),
    ('AC-170', 'length 0x80 without end', length_claim(b'\x80'), UNREAD),
    ('AC-170', 'content longer than all', inner_claim(b'\x84\x7f\xff\xff\xff'), UNREAD),
    ('AC-170', 'reserved length', length_claim(b'\xff'), UNREAD),
    ('AC-171', 'constructed once', content_in(constructed(1)), 'pass'),
    ('AC-171', 'constructed 3 times', content_in(constructed(3)), 'pass permerror'),
    ('AC-171', 'constructed 4 times', content_in(constructed(4)), UNREAD),
    ('AC-171', 'constructed 1000 times', content_in(open_nesting(1000)), UNREAD),
    ('AC-171', 'open 100000 times', content_in(open_nesting(100000)), UNREAD),
    ('AC-171', 'a million open SEQUENCEs', deep_der(1000000), UNREAD),
    ('AC-172', 'content in 1-byte pieces', content_in(pieces(1)), 'pass'),
    ('AC-172', 'a million empty pieces', content_in(
        indefinite(0x24, octets(T), b'\4\0' * 1000000)), 'pass permerror:limit permerror:syntax'),
    ('AC-173', 'OID of 10000 arcs', in_attributes(long_oid(10000)), 'pass permerror fail'),
    ('AC-173', 'INTEGER of 1 MiB', in_attributes(tlv(2, b'\1' * (1 << 20))),
     'permerror:limit fail'),
    ('AC-173', 'attribute of 8 MiB', in_attributes(octets(b'x' * (8 << 20))), 'permerror:limit'),
    ('AC-173', 'certificate with 10000 names', many_names, NO_PASS),
    ('AC-174', '20 MiB of junk as base64', signature_lines(
        lambda lines: (b'!' * 76 + b'\r\n') * 270000 + lines), UNREAD + ' pass'),
    ('AC-174', '20 MiB of base64 that is no CMS', lambda w: mail.HEADERS + mail.part(
        b'\x55' * (15 << 20)), UNREAD),
]

DECRYPT_ROWS = [
    ('AC-99', 'control', envelope(), 'opened'),
    ('AC-172', '200000 pieces', chunked_envelope(200000), 'opened'),
]
