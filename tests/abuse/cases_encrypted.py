# SPDX-License-Identifier: LGPL-2.1-or-later
"""Group E of SECURITY.md (b): encryption. Rows as in cases_signed.py, for `smimegw decrypt`.

`opened` stands for: decrypted, and nothing vouches for the sender. Of the refusals, those that
an attacker could use as an oracle are all the same `error:DECRYPT` (AC-79).
"""

import base64
import os
import subprocess
import tempfile

import cms
import mail
import pki
from cms import CIPHERS, Envelope, content_info, recipient, sign
from der import context, indefinite, integer, null, octets, oid, parse, sequence, tlv
from pki import algorithm

KEYS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'data', 'keys')
EC_CERT = os.path.join(KEYS, 'p256.pem')
EC_IDENTITY = os.path.join(KEYS, 'p256-id.pem')
T = mail.TEXT
LONG = T + b'filler of the message\r\n' * 20
NO = 'error:DECRYPT'
NOT_READ = 'error:UNSUPPORTED error:DECRYPT error:SYNTAX'
NOT_OURS = 'error:NOT_SMIME'


def envelope(content=LONG, recipients=None, how_to=None, **how):
    """EnvelopedData for Alice; `how` reaches Envelope.encode()."""
    def build(w):
        made = Envelope(content, **(how_to or {}))
        found = recipients(w, made) if recipients else [recipient(w.alice, made.key)]
        return mail.sealed(made.encode(found, **how))
    return build


def edited_body(edit, content=LONG):
    def build(w):
        text = content(w) if callable(content) else content
        made = Envelope(text)
        return mail.sealed(made.encode([recipient(w.alice, made.key)], edit(made.body)))
    return build


def other_iv(w):
    """The first block says what the attacker wants (EFAIL)."""
    made = Envelope(LONG)
    made.initial = bytes([made.initial[0] ^ 1]) + made.initial[1:]
    return mail.sealed(made.encode([recipient(w.alice, made.key)]))


def signed_inside(w):
    return mail.multipart([T, mail.signature_part(sign(w.alice, T, detached=True))], b'signed',
                          mail.PROTOCOL)


def broken_inside(w):
    return mail.part(content_info(cms.ENVELOPED, sequence(integer(0))), smime_type='enveloped-data')


def sealed_for_eve(w):
    made = Envelope(LONG)
    return mail.part(made.encode([recipient(w.eve, made.key)]), smime_type='enveloped-data')


def opaque_inside(w):
    return mail.part(sign(w.alice, LONG))


def gcm(edit=None, body=None, cipher='aes-256-gcm'):
    """AuthEnvelopedData made by openssl, its tree edited."""
    def build(w):
        with tempfile.NamedTemporaryFile('w', suffix='.pem') as cert:
            cert.write(pki.pem('CERTIFICATE', w.alice.der))
            cert.flush()
            made = subprocess.run(
                ['openssl', 'cms', '-encrypt', '-binary', '-aes-256-gcm', '-outform', 'DER',
                 '-noindef', cert.name], input=LONG, stdout=subprocess.PIPE, check=True).stdout
        tree = parse(made)
        if edit:
            edit(tree)
        return mail.sealed(tree.encode(), 'authEnveloped-data')
    return build


def agreed(edit=None):
    """EnvelopedData for a P-256 key made by openssl, its originator's algorithm edited."""
    def build(w):
        made = subprocess.run(
            ['openssl', 'cms', '-encrypt', '-binary', '-aes256', '-outform', 'DER', '-noindef',
             EC_CERT], input=LONG, stdout=subprocess.PIPE, check=True).stdout
        tree = parse(made)
        if edit:
            kari = next(field for field in tree[1][0].children if field.tag == 0x31)[0]
            originator = next(field for field in kari.children if field.tag == 0xa0)
            edit(originator[0][0].children)
        return mail.sealed(tree.encode())
    return build


def named_curve(*parameters):
    def edit(algorithm_fields):
        algorithm_fields[1:] = [parse(one) for one in parameters]
    return edit


def other_key_type(algorithm_fields):
    algorithm_fields[0] = parse(oid('1.2.840.113549.1.1.1'))


def info_of(tree):
    """EncryptedContentInfo and the list it stands in."""
    fields = tree[1][0].children
    at = next(i for i, field in enumerate(fields) if field.tag == 0x30)
    return fields, at


def tag_of(size, announced=16):
    def edit(tree):
        fields, at = info_of(tree)
        mac = fields[at + 1]
        mac.content = (mac.content + b'\0' * 32)[:size]
        parameters = fields[at][1][1]
        del parameters.children[1:]
        if announced is not None:
            parameters.children.append(parse(integer(announced)))
    return edit


def nonce_of(size):
    def edit(tree):
        fields, at = info_of(tree)
        nonce = fields[at][1][1][0]
        nonce.content = (nonce.content + b'\0' * size)[:size]
    return edit


def other_cipher(cipher, parameters=None):
    def edit(tree):
        fields, at = info_of(tree)
        fields[at][1].children[0] = parse(oid(CIPHERS[cipher]))
        if parameters is not None:
            fields[at][1].children[1] = parse(parameters)
    return edit


def third_parameter(tree):
    fields, at = info_of(tree)
    fields[at][1][1].children.append(parse(integer(0)))


def changed_byte(tree):
    fields, at = info_of(tree)
    body = fields[at][2]
    body.content = body.content[:-1] + bytes([body.content[-1] ^ 1])


def downgraded(w):
    """A GCM message, dressed as CBC, for a reader that may be asked for the result (RFC 9709)."""
    tree = parse(mail_cms(gcm()(w)))
    fields, at = info_of(tree)
    recipients = next(field for field in fields if field.tag == 0x31)
    body = fields[at][2].content
    info = sequence(oid(cms.DATA), algorithm(CIPHERS['aes-256-cbc'], octets(b'\0' * 16)),
                    context(0, body[:len(body) // 16 * 16], constructed=False))
    return mail.sealed(content_info(cms.ENVELOPED, sequence(integer(0), recipients.encode(),
                                                            info)))


def mail_cms(message):
    """The CMS object of a message whose body it is."""
    return base64.b64decode(message.split(b'\r\n\r\n', 1)[1])


def block_for(key, secret, **how):
    """A PKCS #1 block with one thing wrong."""
    fill = key.size - len(secret) - 3
    separator = how.get('separator', b'\0')
    return (how.get('start', b'\0\2') + b'\x55' * (fill - how.get('short', 0)) + separator +
            b'\0' * how.get('short', 0) + secret)


def wrapped_block(**how):
    return lambda w, made: [recipient(w.alice, wrapped=w.alice_key.encrypt_block(
        block_for(w.alice_key, made.key, **how)))]


def wrapped_key(edit):
    return lambda w, made: [recipient(w.alice, edit(made.key))]


def in_pieces(w, size):
    made = Envelope(LONG)
    body = b''.join(octets(made.body[at:at + size]) for at in range(0, len(made.body), size))
    return mail.sealed(made.encode([recipient(w.alice, made.key)], sealed=indefinite(0xa0, body)))


def two(order):
    """Two for us: one right, one whose key the attacker chose."""
    def recipients(w, made):
        found = {'good': recipient(w.alice, made.key), 'bad': recipient(w.alice, b'\7' * 32),
                 'junk': recipient(w.alice, wrapped=b'\1' * 256)}
        return [found[name] for name in order]
    return recipients


def by_key_id(w, made):
    return [recipient(w.alice, made.key, rid=context(0, w.alice.ski, constructed=False))]


def for_others(count, ours=False):
    def recipients(w, made):
        found = [recipient(w.eve, made.key)] * count
        return found + ([recipient(w.alice, made.key)] if ours else [])
    return recipients


def odd_recipients(w, made):
    """Password, mailed key and other: all skipped, and ours found behind them."""
    kek = context(2, integer(4), sequence(octets(b'id')), algorithm('2.16.840.1.101.3.4.1.45'),
                  octets(b'x' * 40))
    password = context(3, integer(0), algorithm('1.2.840.113549.1.9.16.3.9', algorithm(
        CIPHERS['aes-256-cbc'], octets(b'\0' * 16))), octets(b'x' * 48))
    other = context(4, oid('1.3.6.1.4.1.99999.3'), null())
    unknown = context(9, null())
    return [kek, password, other, unknown, recipient(w.alice, made.key)]


def bare_agreement(w, made):
    """KeyAgree with nothing in it that can be left out."""
    originator = context(0, context(1, sequence(oid('1.2.840.10045.2.1')), tlv(3, b'\0\4')))
    keys = sequence(sequence(sequence(), octets(b'x' * 40)))
    return [context(1, integer(3), originator, algorithm('1.3.132.1.11.1'), keys)]


def other_content(kind, content=None):
    return lambda w: mail.sealed(content_info(kind, content or sequence(integer(0))), 'x')


def padded(tail):
    return envelope(how_to={'padded': LONG + b'x' * (-len(LONG) % 16) + b'y' * (16 - len(tail)) +
                            tail})


def nested(count, cipher='aes-128-cbc'):
    """Encryptions in each other."""
    def build(w):
        inner = T
        for _ in range(count):
            made = Envelope(inner, cipher)
            inner = mail.part(made.encode([recipient(w.alice, made.key)]),
                              smime_type='enveloped-data')
        return mail.HEADERS + inner
    return build


def nested_signatures(count):
    def build(w):
        inner = T
        for _ in range(count):
            inner = mail.part(sign(w.alice, inner))
        return mail.HEADERS + inner
    return build


def triple(inner_signer='alice', outer_edit=None, inner_edit=None):
    def build(w):
        text = mail.OTHER if inner_edit else T
        signature = sign(getattr(w, inner_signer), T, detached=True)
        inner = mail.multipart([text, mail.signature_part(signature)], b'signed', mail.PROTOCOL)
        made = Envelope(inner)
        middle = mail.part(made.encode([recipient(w.alice, made.key)]), smime_type='enveloped-data')
        signed = middle + b'X' if outer_edit else middle
        return mail.detached(middle, sign(w.alice, signed, detached=True))
    return build


def root_only(build, place):
    """The encrypted part somewhere below the root."""
    def made(w):
        inner = build(w).split(b'MIME-Version: 1.0\r\n', 1)[1]
        return mail.HEADERS + place(inner)
    return made


def html(text):
    return b'Content-Type: text/html\r\n\r\n' + text + b'\r\n'


def in_message(inner):
    return b'Content-Type: message/rfc822\r\n\r\n' + mail.HEADERS + inner


ROWS = [
    ('E', 'control: CBC', envelope(), 'opened'),
    ('E', 'control: GCM', gcm(), 'opened'),
    ('E', 'control: signed inside', lambda w: envelope(signed_inside(w))(w), 'pass'),
    ('E', 'content larger than cms-overhead', envelope(T + b'filler of the text\r\n' * 250000),
     'opened'),
    ('AC-50', 'encrypted part between HTML', root_only(envelope(), lambda inner: mail.multipart(
        [html(b'<img src="http://eve/'), inner, html(b'">')])), NOT_OURS),
    ('AC-51', 'encrypted alternative', root_only(envelope(), lambda inner: mail.multipart(
        [html(b'hello'), inner], b'alternative')), NOT_OURS),
    ('AC-51', 'encrypted related part', root_only(envelope(), lambda inner: mail.multipart(
        [html(b'<iframe src="cid:x">'), inner], b'related')), NOT_OURS),
    ('AC-52', 'encrypted part in message/rfc822', root_only(envelope(), in_message), NOT_OURS),
    ('AC-53', 'IV changed', other_iv, 'opened ' + NO),
    ('AC-53', 'blocks swapped', edited_body(
        lambda body: body[:64] + body[80:96] + body[64:80] + body[96:]), 'opened ' + NO),
    ('AC-53', 'block doubled', edited_body(lambda body: body[:80] + body[64:]), 'opened ' + NO),
    ('AC-54', 'block changed, signed inside', edited_body(
        lambda body: body[:400] + bytes([body[400] ^ 1]) + body[401:], opaque_inside),
     'fail permerror ' + NO),
    ('AC-55', 'OFB in AuthEnvelopedData',
     gcm(other_cipher('aes-256-ofb', octets(b'\0' * 16))), NOT_READ),
    ('AC-55', 'CBC in AuthEnvelopedData',
     gcm(other_cipher('aes-256-cbc', octets(b'\0' * 16))), NOT_READ),
    ('AC-55', '3DES in AuthEnvelopedData',
     gcm(other_cipher('des-ede3-cbc', octets(b'\0' * 8))), NOT_READ),
    ('AC-56', 'tag of 16, announced', gcm(tag_of(16)), 'opened'),
    ('AC-56', 'tag of 12, announced', gcm(tag_of(12, 12)), 'opened'),
    ('AC-56', 'tag of 12 by default', gcm(tag_of(12, None)), 'opened'),
] + [
    ('AC-56', 'tag of %d' % size, gcm(tag_of(size, size)), NOT_READ)
    for size in (0, 1, 4, 8, 11, 17)
] + [
    ('AC-56', 'tag shorter than announced', gcm(tag_of(12, 16)), NOT_READ),
    ('AC-56', 'tag longer than announced', gcm(tag_of(16, 12)), NOT_READ),
] + [
    ('AC-57', 'nonce of %d' % size, gcm(nonce_of(size)), NOT_READ)
    for size in (0, 1, 7, 17, 1 << 20)
] + [
    ('AC-57', 'GCM with a third parameter', gcm(third_parameter), NOT_READ),
    ('AC-58', 'GCM dressed as CBC', downgraded, NO),
    ('AC-60', 'first byte is not 0', envelope(recipients=wrapped_block(start=b'\1\2')), NO),
    ('AC-60', 'block type 1', envelope(recipients=wrapped_block(start=b'\0\1')), NO),
    ('AC-60', 'no separator', envelope(recipients=wrapped_block(separator=b'\x55')), NO),
    ('AC-60', 'zero within the first eight',
     envelope(recipients=wrapped_block(start=b'\0\2\x55\0')), NO),
    ('AC-60', 'other key of right length',
     envelope(recipients=wrapped_key(lambda key: b'\7' * 32)), NO),
] + [
    ('AC-62', 'key of %d bytes' % size,
     envelope(recipients=wrapped_key(lambda key, size=size: (key + key)[:size])), NO)
    for size in (0, 15, 16, 17, 24, 31, 33)
] + [
    ('AC-61', 'two for us: ' + ', '.join(order), envelope(recipients=two(order)), 'opened')
    for order in (('good', 'bad'), ('bad', 'good'), ('junk', 'good'))
] + [
    ('AC-61', 'both chosen', envelope(recipients=two(['bad', 'bad'])), NO),
    ('AC-61', 'a thousand chosen', envelope(recipients=two(['bad'] * 1000)),
     NO + ' error:LIMIT'),
    ('AC-64', 'KeyAgree by openssl', agreed(), 'opened'),
    ('AC-64', 'originator with its curve', agreed(named_curve(oid('1.2.840.10045.3.1.7'))),
     'opened'),
    ('AC-64', 'originator without a curve', agreed(named_curve()), 'opened'),
    ('AC-64', 'originator with NULL', agreed(named_curve(null())), 'opened'),
    ('AC-64', 'originator of P-384', agreed(named_curve(oid('1.3.132.0.34'))), NO),
    ('AC-64', 'originator with two curves', agreed(named_curve(
        oid('1.2.840.10045.3.1.7'), oid('1.2.840.10045.3.1.7'))), NO),
    ('AC-64', 'originator of another type', agreed(other_key_type), NO),
    ('AC-65', 'KeyAgree with nothing in it', envelope(recipients=bare_agreement),
     'error:NO_KEY error:SYNTAX error:UNSUPPORTED ' + NO),
    ('AC-66', 'password and other recipients', envelope(recipients=odd_recipients), 'opened'),
    ('AC-68', 'RC2', envelope(cipher='rc2-cbc'), NOT_READ),
    ('AC-68', 'DES', envelope(cipher='des-cbc'), NOT_READ),
    ('AC-68', 'RC4', envelope(cipher='rc4', parameters=null()), NOT_READ),
    ('AC-68', 'unknown cipher parameters', envelope(parameters=octets(b'\0' * 15)), NOT_READ),
    ('AC-69', 'no recipient', envelope(recipients=for_others(0)), 'error:SYNTAX error:NO_KEY'),
    ('AC-69', 'one other', envelope(recipients=for_others(1)), 'error:NO_KEY'),
    ('AC-69', '1000 others and us', envelope(recipients=for_others(1000, True)), 'opened'),
    ('AC-69', '10000 others', envelope(recipients=for_others(10000)), 'error:LIMIT error:NO_KEY'),
    ('AC-70', 'recipient by key identifier', envelope(recipients=by_key_id), 'opened'),
    ('AC-71', 'content absent', envelope(sealed=b''), NOT_READ),
    ('AC-71', 'content empty', envelope(sealed=context(0, b'', constructed=False)), NO),
    ('AC-71', 'content no multiple of a block', edited_body(lambda body: body[:-1]), NO),
    ('AC-71', 'content in pieces of 7', lambda w: in_pieces(w, 7), 'opened'),
    ('AC-71', 'content in pieces of 1', lambda w: in_pieces(w, 1), 'opened'),
    ('AC-72', 'padding 0', padded(b'\0'), NO),
    ('AC-72', 'padding 17', padded(b'\x11' * 16), NO),
    ('AC-72', 'padding 255', padded(b'\xff' * 16), NO),
    ('AC-72', 'padding inconsistent', padded(b'\3\4\4\4'), NO),
    ('AC-73', 'ciphertext changed under GCM', gcm(changed_byte), NO),
    ('AC-74', 'no MIME entity inside', envelope(b'\0\1\2\3binary\xff' * 10),
     NO + ' error:SYNTAX opened permerror'),
    ('AC-76', 'compressed', other_content(cms.COMPRESSED), NOT_READ + ' ' + NOT_OURS),
    ('AC-77', 'digested', other_content(cms.DIGESTED), NOT_READ + ' ' + NOT_OURS),
    ('AC-77', 'encrypted without recipients', other_content(cms.ENCRYPTED),
     NOT_READ + ' ' + NOT_OURS),
    ('AC-77', 'authenticated', other_content(cms.AUTHENTICATED), NOT_READ + ' ' + NOT_OURS),
    ('AC-77', 'receipt', other_content(cms.RECEIPT), NOT_READ + ' ' + NOT_OURS),
    ('AC-77', 'unknown', other_content('1.3.6.1.4.1.99999.4'), NOT_READ + ' ' + NOT_OURS),
    ('AC-77', 'encrypted content of another type', envelope(content_type=cms.SIGNED), NOT_READ),
    ('AC-79', 'a broken encryption inside', lambda w: envelope(broken_inside(w))(w), NO),
    ('AC-79', 'an encryption for others inside', lambda w: envelope(sealed_for_eve(w))(w), NO),
    ('AC-81', 'triple', triple(), 'pass'),
    ('AC-81', 'triple, inner signed by another', triple('eve'), 'policy:from-mismatch'),
    ('AC-81', 'triple, outer invalid', triple(outer_edit=True), 'fail'),
    ('AC-81', 'triple, inner invalid', triple(inner_edit=True), 'fail'),
    ('AC-82', 'four encryptions', nested(4), 'opened'),
    ('AC-82', 'six encryptions', nested(6), 'permerror:limit error:LIMIT'),
    ('AC-82', 'fourteen encryptions', nested(14), 'permerror:limit error:LIMIT'),
]


SIGNATURE_ROWS = [
    ('AC-82', 'four signatures', nested_signatures(4), 'pass'),
    ('AC-82', 'twelve signatures', nested_signatures(12), 'permerror:limit'),
]
