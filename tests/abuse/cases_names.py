# SPDX-License-Identifier: LGPL-2.1-or-later
"""Group N of SECURITY.md (b): whom a certificate names, and whom From names.

Rows as in cases_signed.py. The bases: the signer is `alice` by her key, below a root for
addresses; a domain is vouched for by w.domain_root only, or by a pinned certificate.
"""

import mail
from cms import sign
from der import UTF8, context, oid, sequence, set_of, tlv
from pki import ANY_USE, EMAIL, SERVER, extension, name

T = mail.TEXT
MISMATCH, AMBIGUOUS, DOMAIN = ('policy:from-' + word for word in ('mismatch', 'ambiguous', 'domain'))
ADDRESS_TAG, DOMAIN_TAG, IP_TAG = 1, 2, 7
ALICE = b'alice@example.test'
EMAIL_ATTRIBUTE, COMMON_NAME, SAN, PURPOSES = (
    '1.2.840.113549.1.9.1', '2.5.4.3', '2.5.29.17', '2.5.29.37')
SMTP_UTF8 = '1.3.6.1.5.5.7.8.9'
IA5 = 0x16


def message(cert, sender):
    headers = mail.HEADERS.replace(b'From: ' + ALICE, b'From: ' + sender)
    return mail.detached(T, sign(cert, T, detached=True), headers=headers)


def sent_by(sender):
    """Alice's certificate, and another From."""
    return lambda w: message(w.alice, sender)


def named(sender, *names, **how):
    """A certificate with these alternative names, and no other."""
    return lambda w: message(w.leaf('alice', w.alice_key, address=None, names=names, **how), sender)


def addressed(text, sender=ALICE):
    return named(sender, (ADDRESS_TAG, text))


def international(text, sender, tag=UTF8):
    """SmtpUTF8Mailbox."""
    other = context(0, oid(SMTP_UTF8), context(0, tlv(tag, text)))
    return named(sender, more=[extension(SAN, sequence(other))])


def subject(*attributes):
    return sequence(*(set_of(sequence(oid(kind), tlv(tag, text)))
                      for kind, tag, text in attributes))


def of_subject(address, sender, *names):
    """An emailAddress in the subject."""
    return named(sender, *names, subject=subject(
        (COMMON_NAME, UTF8, b'Alice'), (EMAIL_ATTRIBUTE, IA5, address)))


def domain(text, sender, **how):
    """A certificate for a domain, below the root that may vouch for domains."""
    return lambda w: message(w.leaf('gateway', w.alice_key, w.domain_root, address=None,
                                    names=[(DOMAIN_TAG, text)], **how), sender)


def unvouched(text, sender):
    return named(sender, (DOMAIN_TAG, text))


def web_server(w):
    return message(w.leaf('www', w.alice_key, w.domain_root, address=None, purposes=(SERVER,),
                          names=[(DOMAIN_TAG, b'example.test')]), b'ceo@example.test')


def purposes(critical, *wanted):
    return extension(PURPOSES, sequence(*(oid(one) for one in wanted)), critical)


def critical_purpose(sender):
    return domain(b'example.test', sender, purposes=(), more=[purposes(True, EMAIL)])


def pinned(which, sender):
    return lambda w: message(w.pinned[which], sender)


def twin(w):
    """Name and key of the pinned one, but another certificate."""
    return message(w.gateway(w.alice_key, 'bare.test', ()), b'any@bare.test')


ROWS = [
    ('AC-113', 'control', sent_by(b'"Alice, CEO" <alice@example.test>'), 'pass'),
    ('AC-113', 'group of one', sent_by(b'Friends: alice@example.test;'), AMBIGUOUS),
    ('AC-113', 'group of nobody', sent_by(b'Friends:;'), AMBIGUOUS),
    ('AC-113', 'address in a comment', sent_by(b'(alice@example.test) eve@evil.test'), AMBIGUOUS),
    ('AC-113', 'address in a later comment', sent_by(b'alice@example.test (<eve@evil.test>)'),
     AMBIGUOUS),
    ('AC-113', 'comment in the address', sent_by(b'alice(x)@example.test'), AMBIGUOUS),
    ('AC-113', 'quoted without need', sent_by(b'"alice"@example.test'), 'pass'),
    ('AC-113', 'quoted address of Alice', sent_by(b'"alice@example.test"@evil.test'), MISMATCH),
    ('AC-113', 'quoted blanks', sent_by(b'"alice "@example.test'), MISMATCH),
    ('AC-113', 'obsolete route', sent_by(b'<@evil.test:alice@example.test>'), AMBIGUOUS),
    ('AC-113', 'encoded word as address', sent_by(b'=?utf-8?q?alice=40example.test?='), AMBIGUOUS),
    ('AC-113', 'encoded word in the address', sent_by(b'=?utf-8?q?alice?=@example.test'), AMBIGUOUS),
    ('AC-113', 'two in angles', sent_by(b'<alice@example.test> <eve@evil.test>'), AMBIGUOUS),
    ('AC-113', 'address before angles', sent_by(b'alice@example.test <eve@evil.test>'), AMBIGUOUS),
    ('AC-113', 'two at signs', sent_by(b'alice@example.test@evil.test'), AMBIGUOUS),
    ('AC-113', 'semicolon', sent_by(b'alice@example.test; eve@evil.test'), AMBIGUOUS),
    ('AC-113', 'not UTF-8', sent_by(b'\xe4 <alice@example.test>'), AMBIGUOUS),
    ('AC-113', 'domain literal', sent_by(b'alice@[192.0.2.1]'), AMBIGUOUS),
    ('AC-113', 'bang path', sent_by(b'alice@example.test!evil'), AMBIGUOUS),
    ('AC-113', 'line end in quotes', sent_by(b'"A\r\n ," "<eve@evil.test>" <alice@example.test>'),
     AMBIGUOUS),
    ('AC-114', 'blank before', addressed(b' ' + ALICE), MISMATCH),
    ('AC-114', 'blank behind', addressed(ALICE + b' '), MISMATCH),
    ('AC-114', 'blank inside', addressed(b'alice @example.test'), MISMATCH),
    ('AC-114', 'tab', addressed(ALICE + b'\t'), MISMATCH),
    ('AC-114', 'line feed', addressed(b'eve@evil.test\nalice@example.test'), MISMATCH),
    ('AC-114', 'no-break space', addressed(ALICE + b'\xc2\xa0'), MISMATCH),
    ('AC-114', 'no-break space in both', addressed(b'alice\xc2\xa0@example.test',
                                                   b'alice\xc2\xa0@example.test'), AMBIGUOUS),
    ('AC-114', 'zero width in From', sent_by(b'alice@exa\xe2\x80\x8bmple.test'), AMBIGUOUS),
    ('AC-114', 'soft hyphen in From', sent_by(b'alice@exa\xc2\xadmple.test'), AMBIGUOUS),
    ('AC-115', 'NUL in rfc822Name', addressed(ALICE + b'\0.evil.test'), MISMATCH),
    ('AC-115', 'NUL in front', addressed(b'\0' + ALICE), MISMATCH),
    ('AC-115', 'NUL in the subject', of_subject(ALICE + b'\0.evil.test', ALICE), MISMATCH),
    ('AC-115', 'NUL in the common name', named(ALICE, subject=subject(
        (COMMON_NAME, UTF8, ALICE + b'\0'))), MISMATCH),
    ('AC-116', '*@d', addressed(b'*@example.test'), MISMATCH),
    ('AC-116', '*@d in both', addressed(b'*@example.test', b'*@example.test'), AMBIGUOUS),
    ('AC-116', '@d', addressed(b'@example.test'), MISMATCH),
    ('AC-116', 'd', addressed(b'example.test'), MISMATCH),
    ('AC-116', 'dNSName *', domain(b'*', ALICE), MISMATCH),
    ('AC-116', 'dNSName *.tld', domain(b'*.test', ALICE), MISMATCH),
    ('AC-116', 'dNSName *.co.jp', domain(b'*.co.jp', b'a@b.co.jp'), MISMATCH),
    ('AC-116', 'dNSName a.*.d', domain(b'a.*.test', b'a@a.b.test'), MISMATCH),
    ('AC-116', 'dNSName a*.d', domain(b'ex*.test', ALICE), MISMATCH),
    ('AC-116', 'dNSName d.', domain(b'example.test.', ALICE), MISMATCH),
    ('AC-116', 'dNSName .d', domain(b'.example.test', b'a@x.example.test'), MISMATCH),
    ('AC-116', 'dNSName of one label', domain(b'test', b'a@test'), MISMATCH),
    ('AC-116', 'dNSName is an address', domain(ALICE, ALICE), MISMATCH),
    ('AC-116', 'dNSName is an IP address', domain(b'192.0.2.1', b'a@192.0.2.1'), MISMATCH),
    ('AC-116', 'IP address', named(b'a@192.0.2.1', (IP_TAG, b'\xc0\0\2\1')), MISMATCH),
    ('AC-117', 'the domain', domain(b'example.test', b'any@example.test'), 'pass'),
    ('AC-117', 'in capitals', domain(b'EXAMPLE.test', b'any@Example.TEST'), 'pass'),
    ('AC-117', 'below the domain', domain(b'example.test', b'any@a.example.test'), MISMATCH),
    ('AC-117', 'above the domain', domain(b'a.example.test', b'any@example.test'), MISMATCH),
    ('AC-117', 'wildcard, one label', domain(b'*.example.test', b'any@a.example.test'), 'pass'),
    ('AC-117', 'wildcard, two labels', domain(b'*.example.test', b'any@b.a.example.test'), MISMATCH),
    ('AC-117', 'wildcard, no label', domain(b'*.example.test', b'any@example.test'), MISMATCH),
    ('AC-117', 'ends alike', domain(b'example.test', b'any@evilexample.test'), MISMATCH),
    ('AC-117', 'a root for addresses only', unvouched(b'example.test', b'any@example.test'), DOMAIN),
    ('AC-117', 'the same, wildcard', unvouched(b'*.example.test', b'any@a.example.test'), DOMAIN),
    ('AC-117', 'pinned', pinned('named', b'any@named.test'), 'pass'),
    ('AC-117', 'pinned, another domain', pinned('named', ALICE), MISMATCH),
    ('AC-117', 'pinned, without purposes', pinned('bare', b'any@bare.test'), 'pass'),
    ('AC-117', 'twin of the pinned', twin, 'policy:cert-untrusted'),
    ('AC-118', 'a web server', web_server, 'policy:cert-purpose'),
    ('AC-119', 'U-label in From', addressed(b'a@xn--bcher-kva.test', 'a@bücher.test'.encode()),
     'pass'),
    ('AC-119', 'A-label in capitals', addressed(b'a@XN--BCHER-KVA.test', b'a@xn--bcher-kva.TEST'),
     'pass'),
    ('AC-119', 'U-label in rfc822Name', addressed('a@bücher.test'.encode(),
                                                  'a@bücher.test'.encode()), MISMATCH),
    ('AC-119', 'other letters alike', sent_by('alice@еxample.test'.encode()), MISMATCH),
    ('AC-119', 'local part alike', sent_by('аlice@example.test'.encode()), MISMATCH),
    ('AC-119', 'full-width letter', sent_by('alice@ｅxample.test'.encode()), MISMATCH),
    ('AC-119', 'full-width dot', sent_by('alice@example。test'.encode()), MISMATCH),
    ('AC-119', 'full-width at sign', sent_by('alice＠example.test'.encode()), AMBIGUOUS),
    ('AC-119', 'domain in NFD', addressed(b'a@xn--bcher-kva.test', 'a@bu\u0308cher.test'.encode()),
     MISMATCH),
    ('AC-119', 'SmtpUTF8Mailbox', international('ünal@example.test'.encode(),
                                                'ünal@EXAMPLE.test'.encode()), 'pass'),
    ('AC-119', 'SmtpUTF8Mailbox, A-label', international('ü@xn--bcher-kva.test'.encode(),
                                                         'ü@bücher.test'.encode()), 'pass'),
    ('AC-119', 'SmtpUTF8Mailbox, NFD', international('ünal@example.test'.encode(),
                                                     'u\u0308nal@example.test'.encode()), MISMATCH),
    ('AC-119', 'SmtpUTF8Mailbox, capital', international('ünal@example.test'.encode(),
                                                         'Ünal@example.test'.encode()), MISMATCH),
    ('AC-119', 'SmtpUTF8Mailbox of ASCII', international(ALICE, ALICE), MISMATCH),
    ('AC-119', 'SmtpUTF8Mailbox of another type', international(
        'ünal@example.test'.encode(), 'ünal@example.test'.encode(), IA5), MISMATCH),
    ('AC-120', 'subject only', of_subject(ALICE, ALICE), 'pass'),
    ('AC-120', 'subject and another SAN', of_subject(ALICE, ALICE, (ADDRESS_TAG, b'eve@evil.test')),
     MISMATCH),
    ('AC-120', 'subject and a malformed SAN', of_subject(ALICE, ALICE, (ADDRESS_TAG, b'eve @x')),
     MISMATCH),
    ('AC-120', 'SAN and another subject', of_subject(b'eve@evil.test', ALICE, (ADDRESS_TAG, ALICE)),
     'pass'),
    ('AC-120', 'common name', named(ALICE, subject=name(ALICE.decode())), MISMATCH),
    ('AC-121', 'no address', named(ALICE), MISMATCH),
    ('AC-128', 'address, no purposes', named(
        ALICE, (ADDRESS_TAG, ALICE), purposes=()), 'pass'),
    ('AC-128', 'address, any purpose', named(ALICE, (ADDRESS_TAG, ALICE), purposes=(ANY_USE,)),
     'pass'),
    ('AC-128', 'address, a server', named(ALICE, (ADDRESS_TAG, ALICE), purposes=(SERVER,)),
     'policy:cert-purpose'),
    ('AC-128', 'domain, no purposes', domain(b'example.test', ALICE, purposes=()), DOMAIN),
    ('AC-128', 'domain, any purpose', domain(b'example.test', ALICE, purposes=(ANY_USE,)), DOMAIN),
    ('AC-128', 'domain, mail and any', domain(b'example.test', ALICE, purposes=(EMAIL, ANY_USE)),
     DOMAIN),
    ('AC-128', 'domain, mail and server', domain(b'example.test', ALICE, purposes=(SERVER, EMAIL)),
     'pass'),
    ('AC-128', 'domain, mail, critical', critical_purpose(ALICE), 'pass'),
    ('AC-128', 'domain, pinned, any purpose', pinned('any', b'any@any.test'), DOMAIN),
]
