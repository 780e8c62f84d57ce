# SPDX-License-Identifier: LGPL-2.1-or-later
"""Certification paths of SECURITY.md (b): what a CA in the message may not do.

Rows as in cases_signed. The signer has Alice's key and address; the CAs above have Eve's key.
"""

import mail
from cms import sign
from der import BOOLEAN, context, integer, null, oid, sequence, tlv
from pki import EMAIL, SERVER, Cert, extension, key_usage, name

T = mail.TEXT
CONSTRAINTS, NAMES, POLICIES, MAPPINGS, POLICY_LIMITS, PURPOSES, INHIBIT = (
    '2.5.29.' + number for number in ('19', '30', '32', '33', '36', '37', '54'))
UNKNOWN = '1.2.3.4.5'
POLICY = '2.999.1'


def basic(length=None):
    """basicConstraints of a CA."""
    limit = b'' if length is None else integer(length)
    return extension(CONSTRAINTS, sequence(tlv(BOOLEAN, b'\xff'), limit), True)


CA = [basic(), key_usage(0x06)]


def subtrees(permitted=(), excluded=()):
    """nameConstraints of (context tag, bytes)."""
    lists = b''
    for number, names in enumerate((permitted, excluded)):
        if names:
            lists += context(number, *(
                sequence(context(tag, value, constructed=tag == 4)) for tag, value in names))
    return extension(NAMES, sequence(lists), True)


def chain(*authorities, **leaf):
    """Opaque, by a leaf below CAs with these extensions, the uppermost first."""
    def build(w):
        issuer, bag = w.root, []
        for number, extensions in enumerate(authorities):
            issuer = Cert('CA %d' % number, w.eve_key, issuer, extensions=extensions)
            bag.append(issuer)
        signer = w.leaf('alice', w.alice_key, issuer, **leaf)
        return mail.opaque(sign(signer, T, certs=[signer] + bag))
    return build


def policies(*names):
    return extension(POLICIES, sequence(*(sequence(oid(one)) for one in names)), True)


def skip(tag, number):
    return context(tag, bytes([number]), constructed=False)


EXPLICIT = extension(POLICY_LIMITS, sequence(skip(0, 0)), True)


def below_alice(w):
    """Eve's certificate, issued by Alice's, which is no CA."""
    eve = w.leaf('alice', w.eve_key, w.alice)
    return mail.opaque(sign(eve, T, certs=[eve, w.alice]))


class Scribbler:
    """Signs in no time, and wrongly."""
    size = 256

    def sign(self, data, digest):
        return b'\1' * self.size


def mappings(count):
    """count policies, each mapped to each (CVE-2023-0464)."""
    numbers = ['2.999.%d' % number for number in range(count)]
    pairs = [sequence(oid(one), oid(other)) for one in numbers for other in numbers]
    return [policies(*numbers), extension(MAPPINGS, sequence(*pairs), True)]


def crossed(count):
    """A signed by B, and B by A, many times."""
    def build(w):
        one, other = name('A'), name('B')
        pair = [Cert('', w.eve_key, subject=subject, issuer_name=issuer, extensions=CA,
                     signed_by=Scribbler() if count > 1 else w.eve_key, serial=serial)
                for serial in range(1, count + 1)
                for subject, issuer in ((one, other), (other, one))]
        signer = w.leaf('alice', w.alice_key, pair[0])
        return mail.opaque(sign(signer, T, certs=[signer] + pair))
    return build


def namesakes(count):
    """Issuers of one name and key; the root signed none of them."""
    def build(w):
        bag = [Cert('CA', w.eve_key, w.root, extensions=CA, signed_by=Scribbler(),
                    serial=serial) for serial in range(1, count + 1)]
        signer = w.leaf('alice', w.alice_key, bag[0])
        return mail.opaque(sign(signer, T, certs=[signer] + bag))
    return build


INVALID = 'policy:cert-invalid'
NO_PASS = 'policy fail permerror'
MAIL, DNS, DIRECTORY, URI = 1, 2, 4, 6
ORGANISATION = name('x')  # its RDNs: O=libsmimegw abuse, CN=x

ROWS = [
    ('AC-124', 'a CA, for comparison', chain(CA), 'pass'),
    ('AC-124', 'issued by a leaf', below_alice, INVALID),
    ('AC-124', 'CA:FALSE', chain([extension(CONSTRAINTS, sequence(), True), CA[1]]), INVALID),
    ('AC-124', 'no basicConstraints', chain([CA[1]]), INVALID),
    ('AC-124', 'no keyCertSign', chain([CA[0], key_usage(0x02)]), INVALID),
    ('AC-124', 'path length 0, and one more CA', chain([basic(0), CA[1]], CA), INVALID),
    ('AC-124', 'path length 1, and one more CA', chain([basic(1), CA[1]], CA), 'pass'),
    ('AC-124', 'path length that is negative', chain([basic(-1), CA[1]]), INVALID),
    ('AC-124', 'unknown critical extension of the CA',
     chain(CA + [extension(UNKNOWN, null(), True)]), INVALID),
    ('AC-124', 'unknown critical extension of the leaf',
     chain(CA, more=[extension(UNKNOWN, null(), True)]), INVALID),
    ('AC-124', 'unknown extensions', chain(CA + [extension(UNKNOWN, null())],
                                           more=[extension(UNKNOWN, null())]), 'pass'),
    ('AC-124', 'an extension twice', chain(CA, more=[extension(UNKNOWN, null())] * 2), NO_PASS),
    ('AC-124', 'CA for servers', chain(CA + [extension(PURPOSES, sequence(oid(SERVER)))]),
     'policy:cert-purpose'),
    ('AC-124', 'CA for mail', chain(CA + [extension(PURPOSES, sequence(oid(EMAIL)))]), 'pass'),
    ('AC-124', 'a policy is asked for, and there', chain(
        CA + [policies(POLICY), EXPLICIT], more=[policies(POLICY)]), 'pass'),
    ('AC-124', 'a policy is asked for, and not there', chain(
        CA + [policies(POLICY), EXPLICIT]), INVALID),
    ('AC-124', 'any-policy where it is inhibited', chain(
        CA + [policies(POLICY), EXPLICIT, extension(INHIBIT, integer(0), True)],
        more=[policies('2.5.29.32.0')]), INVALID),
    ('AC-124', 'policies that multiply', chain(*[CA + mappings(15)] * 6), 'pass'),
    ('AC-124', 'policies that multiply, and one is asked for',
     chain(CA + mappings(15) + [EXPLICIT], *[CA + mappings(15)] * 5), INVALID),
    ('AC-125', 'address permitted', chain(CA + [subtrees([(MAIL, b'example.test')])]), 'pass'),
    ('AC-125', 'address permitted, upper case',
     chain(CA + [subtrees([(MAIL, b'EXAMPLE.Test')])]), 'pass'),
    ('AC-125', 'address not permitted', chain(CA + [subtrees([(MAIL, b'example.com')])]),
     INVALID),
    ('AC-125', 'address excluded, upper case',
     chain(CA + [subtrees((), [(MAIL, b'EXAMPLE.Test')])]), INVALID),
    ('AC-125', 'excluded above, permitted below',
     chain(CA + [subtrees((), [(MAIL, b'example.test')])],
           CA + [subtrees([(MAIL, b'example.test')])]), INVALID),
    ('AC-125', 'another excluded above, permitted below',
     chain(CA + [subtrees((), [(MAIL, b'example.com')])],
           CA + [subtrees([(MAIL, b'example.test')])]), 'pass'),
    ('AC-125', 'one address of several is not permitted', chain(
        CA + [subtrees([(MAIL, b'example.test')])],
        names=[(1, b'alice@example.test'), (1, b'ceo@example.com')]), INVALID),
    ('AC-125', 'wildcard over an excluded domain', chain(
        CA + [subtrees((), [(DNS, b'secret.example.test')])],
        names=[(1, b'alice@example.test'), (2, b'*.example.test')]), INVALID),
    ('AC-125', 'URI excluded', chain(
        CA + [subtrees((), [(URI, b'example.com')])],
        names=[(1, b'alice@example.test'), (6, b'http://example.com/')]), INVALID),
    ('AC-125', 'another URI excluded', chain(
        CA + [subtrees((), [(URI, b'example.com')])],
        names=[(1, b'alice@example.test'), (6, b'http://example.test/')]), 'pass'),
    ('AC-125', 'directory name excluded',
     chain(CA + [subtrees((), [(DIRECTORY, name('alice'))])]), INVALID),
    ('AC-125', 'directory name excluded, upper case',
     chain(CA + [subtrees((), [(DIRECTORY, name('ALICE'))])]), INVALID),
    ('AC-125', 'another directory name excluded',
     chain(CA + [subtrees((), [(DIRECTORY, ORGANISATION)])]), 'pass'),
    ('AC-125', 'constraints that are none', chain(
        CA + [extension(NAMES, sequence(context(0, sequence())), True)]), NO_PASS),
    ('AC-125', '250 names, 250 constraints, five CAs', chain(
        *[CA + [subtrees((), [(MAIL, b'%d.test' % number) for number in range(250)])]] * 5,
        names=[(1, b'alice@example.test')] +
        [(1, b'alice@%d.example.test' % number) for number in range(249)]), NO_PASS),
    ('AC-125', '1000 names', chain(CA, names=[(1, b'alice@example.test')] * 1000), NO_PASS),
    ('AC-127', 'cross-signed loop', crossed(1), NO_PASS),
    ('AC-127', 'loop of 40 and 40', crossed(40), NO_PASS),
    ('AC-127', '90 issuers of one name', namesakes(90), NO_PASS),
    ('AC-127', 'loop of 300 and 300', crossed(300), NO_PASS),
    ('AC-127', '1000 issuers of one name', namesakes(1000), NO_PASS),
]
