# SPDX-License-Identifier: LGPL-2.1-or-later
"""Group S of SECURITY.md (b): signatures and the structure of SignedData.

A row is (case, name, builder, expected): the builder makes a message from the World, and the
expected words are `outcome` or `outcome:reason`, alternatives separated by blanks.
"""

import hashlib

import cms
import mail
import pki
from cms import attribute, sign, signed_data, signer_info, usual_attributes, utc
from der import (context, indefinite, integer, null, octets, oid, sequence, set_of, tlv)
from pki import DIGESTS, SIGNATURES, algorithm

T = mail.TEXT


def one(**how):
    """Opaque, signed by Alice, with changes to the SignerInfo."""
    return lambda w: mail.opaque(sign(w.alice, T, **how))


def attributes(change, wire=None, **how):
    """Opaque, with changed signed attributes; `change` edits the dictionary."""
    def build(w):
        found = usual_attributes(T)
        change(found, w)
        made = list(found.values())
        more = dict(how)
        if wire:
            more.update(wire(made))
        return mail.opaque(sign(w.alice, T, attributes=made, **more))
    return build


def replace(**changes):
    return attributes(lambda found, w: [
        found.pop(name) if value is None else found.__setitem__(name, value)
        for name, value in changes.items()])


GOOD = octets(hashlib.sha256(T).digest())
BAD = octets(hashlib.sha256(mail.OTHER).digest())
TYPE = oid(cms.DATA)


def two_signers(first, second):
    return lambda w: mail.opaque(signed_data(T, [first(w), second(w)], [w.alice, w.eve]))


def by_alice(w):
    return signer_info(w.alice, T)


def by_eve(w):
    return signer_info(w.eve, T)


def broken_eve(w):
    return signer_info(w.eve, mail.OTHER)


def strange(w):
    return signer_info(w.eve, T, signature_algorithm='1.3.6.1.4.1.99999.1')


def strange_version(w):
    return signer_info(w.eve, T, version=7)


def conflict(inner):
    """A detached signature that carries a content of its own."""
    return lambda w: mail.detached(T, inner(w))


def old_attributes(w):
    """What Alice signed once as attributes, shown as the content (euf-cma-signeddata)."""
    old = set_of(*usual_attributes(T).values())
    return signed_data(old, [signer_info(w.alice, old, attributes=None)], [w.alice])


def minimal(cert, **how):
    return mail.opaque(sign(cert, T, **how))


def weak_key(w):
    return minimal(w.leaf('alice', w.weak_key))


def colliding_serial(w):
    other = pki.Cert('unknown', w.alice_key, issuer_name=pki.name('unknown issuer'),
                     serial=w.alice.serial, signed_by=w.eve_key)
    return minimal(w.alice, sid=other.issuer_and_serial())


def same_name_and_serial(w):
    twin = w.leaf('alice', w.eve_key, serial=w.alice.serial)
    return minimal(w.alice, certs=[twin, w.alice])


def same_key_identifier(w):
    twin = pki.Cert('alice', w.eve_key, w.false_root, ski=w.alice.ski,
                    address='alice@example.test')
    sid = context(0, w.alice.ski, constructed=False)
    return minimal(w.alice, sid=sid, certs=[twin, w.alice])


def other_certificates(w):
    odd = [context(1, integer(1)), context(2, integer(1)),
           context(3, oid('1.3.6.1.4.1.99999.2'), null())]
    return minimal(w.alice, certs=odd + [w.alice])


def countersigned(depth):
    def build(w):
        inner = signer_info(w.eve, b'x')
        for _ in range(depth):
            inner = signer_info(w.eve, b'x', signature=b'\1' * 256,
                                unsigned=[attribute(cms.COUNTER_SIGNATURE, inner)])
        return minimal(w.alice, unsigned=[attribute(cms.COUNTER_SIGNATURE, inner)])
    return build


def many_signers(w):
    return mail.opaque(signed_data(T, [by_alice(w)] * 5000, [w.alice]))


def many_attributes(w):
    more = [attribute('1.3.6.1.4.1.99999.%d' % last, null()) for last in range(20000)]
    return minimal(w.alice, attributes=list(usual_attributes(T).values()) + more)


def many_certificates(w):
    return minimal(w.alice, certs=[w.alice] * 5000)


def detached(content, **how):
    return lambda w: mail.detached(content, sign(w.alice, T, detached=True), **how)


def as_received(edit):
    """Alice's detached message, edited on its way."""
    return lambda w: edit(mail.detached(T, sign(w.alice, T, detached=True)))


def parts(choose):
    def build(w):
        signature = mail.signature_part(sign(w.alice, T, detached=True))
        return mail.HEADERS + mail.multipart(choose(T, signature), b'signed', mail.PROTOCOL)
    return build


def spelled(**how):
    return lambda w: mail.opaque(sign(w.alice, T), **how)


def followed_by(tail):
    return lambda w: mail.opaque(sign(w.alice, T) + tail(w))


def armoured(w):
    armour = pki.pem('CMS', sign(w.alice, T)).replace('\n', '\r\n').encode()
    return mail.opaque(armour)


def certs_only(w):
    return mail.opaque(signed_data(None, [], [w.alice], digests=[]), smime_type='certs-only',
                       file='smime.p7c')


def no_signers(content, certs):
    def build(w):
        made = signed_data(content, [], [w.alice] if certs else [])
        return mail.opaque(made) if content else mail.detached(T, made)
    return build


def capabilities():
    return sequence(sequence(oid(cms.CIPHERS['aes-256-cbc'])))


def protection(digest, signature):
    return attribute(cms.PROTECTION, sequence(
        algorithm(DIGESTS[digest]), context(1, oid(signature), null())))


def signing_certificate(digest):
    return attribute(cms.SIGNING_CERTIFICATE, sequence(sequence(sequence(octets(digest)))))


def wrong_order(signed_as_sent):
    def change(made):
        wire = tlv(0xa0, *sorted(made, reverse=True))
        return {'wire': wire, 'signed': b'\x31' + wire[1:] if signed_as_sent else None}
    return attributes(lambda found, w: None, change)


def long_length(signed_as_sent):
    def change(made):
        body = b''.join(sorted(made))
        head = b'\x83' + len(body).to_bytes(3, 'big')
        return {'wire': b'\xa0' + head + body,
                'signed': b'\x31' + head + body if signed_as_sent else None}
    return attributes(lambda found, w: None, change)


def open_length(made):
    return {'wire': indefinite(0xa0, *sorted(made))}


def signing_time(value, *more):
    return replace(time=attribute(cms.SIGNING_TIME, value, *more))


def doubled(name, extra):
    """An attribute once more, as another element."""
    return attributes(lambda found, w: found.__setitem__(name + '+', extra))


def unsigned(*values):
    return one(unsigned=list(values))


FAIL = 'fail'
ROWS = [
    ('AC-1', 'no signer, detached, certificates', no_signers(None, True), 'neutral:no-signers'),
    ('AC-2', 'no signer, detached, no certificates', no_signers(None, False),
     'neutral:no-signers'),
    ('AC-2', 'no signer, opaque', no_signers(T, False), 'neutral:no-signers'),
    ('AC-3', 'certificates only', certs_only, 'none error:NOT_SMIME neutral:no-signers'),
    ('AC-4', 'signature with another content', conflict(lambda w: sign(w.alice, mail.OTHER)),
     'permerror:conflict'),
    ('AC-5', 'signature with old attributes as content', conflict(old_attributes),
     'permerror:conflict'),
    ('AC-6', 'signature with the same content', conflict(lambda w: sign(w.alice, T)),
     'permerror:conflict'),
    ('AC-7', 'two signers, second invalid', two_signers(by_alice, broken_eve), FAIL),
    ('AC-7', 'two signers, first invalid', two_signers(broken_eve, by_alice), FAIL),
    ('AC-8', 'two valid signers', two_signers(by_alice, by_eve), 'policy:many-signers'),
    ('AC-9', 'a signer of unknown algorithm', two_signers(by_alice, strange), 'policy'),
    ('AC-9', 'a signer of unknown version', two_signers(by_alice, strange_version), 'policy'),
    ('AC-10', 'attributes as content, no attributes',
     lambda w: mail.opaque(old_attributes(w)), FAIL),
    ('AC-11', 'no attributes', one(attributes=None), 'policy:attributes-missing'),
    ('AC-13', 'another content type, no attributes', one(attributes=None, kind='1.2.3.4.5'), FAIL),
    ('AC-14', 'another content type', attributes(
        lambda found, w: found.__setitem__('type', attribute(cms.CONTENT_TYPE, oid('1.2.3.4.5'))),
        kind='1.2.3.4.5'), 'policy:content-type'),
    ('AC-15', 'content-type missing', replace(type=None), FAIL),
    ('AC-15', 'content-type twice', doubled('type', attribute(cms.CONTENT_TYPE, TYPE)), FAIL),
    ('AC-15', 'content-type with two values',
     replace(type=attribute(cms.CONTENT_TYPE, TYPE, oid('1.2.3.4'))), FAIL),
    ('AC-15', 'content-type differs', replace(type=attribute(cms.CONTENT_TYPE, oid('1.2.3.4'))),
     FAIL),
    ('AC-15', 'content-type unsigned only', lambda w: minimal(
        w.alice, attributes=[usual_attributes(T)['digest']],
        unsigned=[attribute(cms.CONTENT_TYPE, TYPE)]), FAIL),
    ('AC-16', 'message-digest missing', replace(digest=None), FAIL),
    ('AC-16', 'message-digest twice, good and bad',
     doubled('digest', attribute(cms.MESSAGE_DIGEST, BAD)), FAIL),
    ('AC-16', 'message-digest twice, the same',
     doubled('digest', attribute(cms.MESSAGE_DIGEST, GOOD)), FAIL),
    ('AC-16', 'message-digest without value', replace(digest=attribute(cms.MESSAGE_DIGEST)), FAIL),
    ('AC-16', 'message-digest with two values',
     replace(digest=attribute(cms.MESSAGE_DIGEST, GOOD, BAD)), FAIL),
    ('AC-16', 'message-digest unsigned only', lambda w: minimal(
        w.alice, attributes=[usual_attributes(T)['type']],
        unsigned=[attribute(cms.MESSAGE_DIGEST, GOOD)]), FAIL),
    ('AC-17', 'message-digest is an INTEGER',
     replace(digest=attribute(cms.MESSAGE_DIGEST, b'\2' + GOOD[1:])), FAIL),
    ('AC-17', 'message-digest is NULL', replace(digest=attribute(cms.MESSAGE_DIGEST, null())),
     FAIL),
    ('AC-17', 'message-digest is a SEQUENCE',
     replace(digest=attribute(cms.MESSAGE_DIGEST, sequence(GOOD))), FAIL),
    ('AC-17', 'message-digest is constructed',
     replace(digest=attribute(cms.MESSAGE_DIGEST, tlv(0x24, GOOD))), FAIL + ' permerror'),
    ('AC-17', 'message-digest is empty',
     replace(digest=attribute(cms.MESSAGE_DIGEST, octets(b''))), FAIL),
    ('AC-17', 'message-digest of 1 MiB',
     replace(digest=attribute(cms.MESSAGE_DIGEST, octets(b'x' * (1 << 20)))),
     FAIL + ' permerror:limit'),
    ('AC-18', 'digest algorithm contradicts the signature',
     one(named_digest='sha512', signature_algorithm=SIGNATURES['sha256'],
         digests=[algorithm(DIGESTS['sha512'])]), FAIL),
    ('AC-19', 'digestAlgorithms empty', one(digests=[]), FAIL),
    ('AC-19', 'digestAlgorithms without ours', one(digests=[algorithm(DIGESTS['sha512'])]), FAIL),
    ('AC-19', 'digestAlgorithms of 1000', one(digests=[algorithm(DIGESTS['sha256'])] * 1000),
     'fail permerror:limit'),
    ('AC-20', 'algorithm protection differs', attributes(lambda found, w: found.__setitem__(
        'protection', protection('sha512', SIGNATURES['sha512']))), FAIL),
    ('AC-20', 'algorithm protection twice', attributes(lambda found, w: found.update(
        a=protection('sha256', pki.RSA), b=protection('sha256', pki.RSA))), FAIL),
    ('AC-20', 'algorithm protection fits', attributes(lambda found, w: found.__setitem__(
        'protection', protection('sha256', pki.RSA))), 'pass'),
    ('AC-21', 'signing certificate is another', attributes(lambda found, w: found.__setitem__(
        'cert', signing_certificate(hashlib.sha256(w.eve.der).digest()))), 'fail:cert-hash'),
    ('AC-21', 'signing certificate fits', attributes(lambda found, w: found.__setitem__(
        'cert', signing_certificate(hashlib.sha256(w.alice.der).digest()))), 'pass'),
    ('AC-22', 'signing time twice',
     doubled('time', attribute(cms.SIGNING_TIME, utc('260101120001Z'))), FAIL),
    ('AC-22', 'signing time with two values',
     signing_time(utc('260101120000Z'), utc('260101120001Z')), FAIL),
    ('AC-22', 'signing time with fractions',
     signing_time(tlv(0x18, b'20260101120000.5Z')), FAIL),
    ('AC-22', 'signing time with a zone', signing_time(utc('260101120000+0100')), FAIL),
    ('AC-22', 'signing time without seconds', signing_time(utc('2601011200Z')), FAIL),
    ('AC-22', 'signing time of month 13', signing_time(utc('261301120000Z')), FAIL),
    ('AC-22', 'signing time far ahead', signing_time(utc('490101120000Z')), 'policy:signing-time'),
    ('AC-23', 'capabilities twice', attributes(lambda found, w: found.update(
        a=attribute(cms.CAPABILITIES, capabilities()),
        b=attribute(cms.CAPABILITIES, capabilities()))), FAIL),
    ('AC-23', 'capabilities with two values', attributes(lambda found, w: found.update(
        a=attribute(cms.CAPABILITIES, capabilities(), sequence()))), FAIL),
    ('AC-23', 'capabilities unsigned', unsigned(attribute(cms.CAPABILITIES, capabilities())), FAIL),
    ('AC-23', 'key preference twice', attributes(lambda found, w: found.update(
        a=attribute(cms.KEY_PREFERENCE, context(0, w.alice.issuer_and_serial()[2:])),
        b=attribute(cms.KEY_PREFERENCE, context(0, w.alice.issuer_and_serial()[2:])))), FAIL),
    ('AC-24', 'attributes unsorted, signed as sent', wrong_order(True), FAIL),
    ('AC-24', 'attributes unsorted, signed sorted', wrong_order(False), FAIL),
    ('AC-24', 'attributes of long length, signed as sent', long_length(True), 'fail permerror'),
    ('AC-24', 'attributes of long length, signed as DER', long_length(False), 'fail permerror'),
    ('AC-24', 'attributes of indefinite length', attributes(lambda found, w: None, open_length),
     'fail permerror'),
    ('AC-25', 'signature empty', one(signature=b''), FAIL),
    ('AC-25', 'signature of 2048 bytes', one(signature=b'\x55' * 2048), FAIL),
    ('AC-25', 'signature of 1 MiB', one(signature=b'\x55' * (1 << 20)), 'fail permerror:limit'),
    ('AC-25', 'signature a byte short', one(signature=b'\x55' * 255), FAIL),
    ('AC-25', 'signature wrong', one(signature=b'\x55' * 256), 'fail:signature-invalid'),
    ('AC-29', 'SHA-1', one(digest='sha1'), 'policy:algorithm-weak'),
    ('AC-29', 'MD5', one(digest='md5'), 'policy:algorithm-weak'),
    ('AC-29', 'certificate signed with SHA-1',
     lambda w: minimal(w.leaf('alice', w.alice_key, digest='sha1')), 'policy'),
    ('AC-30', 'RSA 1024', weak_key, 'policy:key-weak'),
    ('AC-31', 'unknown issuer, serial of another', colliding_serial,
     'permerror:signer-not-found'),
    ('AC-32', 'two certificates of one name and serial', same_name_and_serial,
     'permerror:signer-ambiguous'),
    ('AC-33', 'two certificates of one key identifier', same_key_identifier, 'pass'),
    ('AC-34', 'attribute and other certificates in the bag', other_certificates, 'pass'),
    ('AC-35', 'countersignature', countersigned(1), 'pass'),
    ('AC-35', 'countersignatures 60 deep', countersigned(60), 'pass permerror:limit fail'),
    ('AC-36', '5000 signers', many_signers, 'permerror:limit'),
    ('AC-36', '20000 attributes', many_attributes, 'permerror:limit'),
    ('AC-36', '5000 certificates', many_certificates, 'permerror:limit'),
    ('AC-37', 'line ends are LF', as_received(lambda text: text.replace(b'\r\n', b'\n')), 'pass'),
    ('AC-37', 'a bare CR', as_received(lambda text: text.replace(b' to ', b' to\r ')),
     'fail permerror'),
    ('AC-37', 'a blank more', as_received(lambda text: text.replace(b'4711.', b'4711. ')), FAIL),
    ('AC-37', 'a dot doubled', as_received(lambda text: text.replace(b'\nPay', b'\n..Pay')), FAIL),
    ('AC-37', 'the final line end moved', detached(T + b'\r\n'), FAIL),
    ('AC-38', 'one part', parts(lambda text, signature: [text]), 'permerror'),
    ('AC-38', 'three parts', parts(lambda text, signature: [text, signature, text]), 'permerror'),
    ('AC-38', 'parts swapped', parts(lambda text, signature: [signature, text]), 'permerror'),
    ('AC-38', 'the signature in a multipart', parts(
        lambda text, signature: [text, mail.multipart([signature])]), 'permerror'),
    ('AC-39', 'micalg absent', detached(T, parameters=mail.PROTOCOL), 'pass'),
    ('AC-39', 'micalg wrong', detached(T, parameters=mail.PROTOCOL + b'; micalg=sha1'), 'pass'),
    ('AC-39', 'micalg unknown', detached(T, parameters=mail.PROTOCOL + b'; micalg=x-foo'), 'pass'),
    ('AC-39', 'protocol absent', detached(T, parameters=b'; micalg=sha-256'),
     'permerror pass none error:NOT_SMIME'),
    ('AC-39', 'protocol of another kind',
     detached(T, parameters=b'; protocol="application/pgp-signature"'),
     'permerror none error:NOT_SMIME neutral:partial'),
    ('AC-40', 'smime-type of an encryption', spelled(smime_type='enveloped-data'), 'pass'),
    ('AC-40', 'smime-type of certificates', spelled(smime_type='certs-only'), 'pass'),
    ('AC-40', 'smime-type absent', spelled(smime_type=None), 'pass'),
    ('AC-40', 'x-pkcs7-mime', spelled(media='application/x-pkcs7-mime'), 'pass'),
    ('AC-40', 'octet-stream by name', spelled(media='application/octet-stream', smime_type=None),
     'pass'),
    ('AC-41', 'bytes after the object', followed_by(lambda w: b'\0\0\0\0'), 'permerror'),
    ('AC-41', 'two objects', followed_by(lambda w: sign(w.alice, T)), 'permerror'),
    ('AC-41', 'PEM armour', armoured, 'permerror'),
]
