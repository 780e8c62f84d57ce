# SPDX-License-Identifier: LGPL-2.1-or-later
"""receive: what is delivered, the report, Authentication-Results; openssl as the other company."""

import json
import random
import re
import shutil
import subprocess
import unittest

from support import (ALICE, ALICE_CERT, DONE, OTHER, OTHER_CERT, ROOT_CERT, TROUBLE, USAGE,
                     CommandTest, body_of, key)

TRUST = ['--trust', ROOT_CERT]
RECEIVE = ['receive', '--identity', OTHER, *TRUST]
ID = 'mx.example.net'
STAMP = [*RECEIVE, '--authserv-id', ID]
OPENSSL = shutil.which('openssl')
NAME = b'Authentication-Results'


def tampered(message):
    changed = message.replace(b'Sehr geehrter', b'Sehr geehrte ', 1)
    assert changed != message
    return changed


def header_of(message):
    return message.split(b'\r\n\r\n', 1)[0] + b'\r\n'


def split_fields(header):
    return re.findall(rb'[^\r\n]+\r?\n(?:[ \t][^\r\n]*\r?\n)*', header)


def outer(message):
    """Fields but for Content-*, ours on top and what MIME needs."""
    return [field for field in split_fields(header_of(message))
            if not re.match(rb'(?i)content-|mime-version:|authentication-results: mx', field)]


class Results:
    """An independent reader of RFC 8601 section 2.2."""
    TOKEN = r'[^\s()<>@,;:\\"/\[\]?=]+'
    VALUE = r'"(?:[^"\\\r\n]|\\.)*"|[^\s;"]+'

    def __init__(self, field):
        text = re.sub(r'\r\n(?=[ \t])', '', field.decode('ascii'))
        assert text.endswith('\r\n') and '\r' not in text[:-2], text
        assert all(len(line) < 78 or ' ' not in line[1:].strip().strip(';')
                   for line in field.decode().split('\r\n')), field
        assert all(line.strip() for line in field.decode().split('\r\n')[:-1]), field
        match = re.match(r'Authentication-Results: (%s);' % self.TOKEN, text)
        self.id, rest = match.group(1), text[match.end():].strip()
        self.results = []
        while rest:
            items = []
            while rest and not rest.startswith(';'):
                item = re.match(r'([\w.-]+)=(%s)\s*' % self.VALUE, rest)
                assert item, rest
                value = item.group(2)
                if value[0] == '"':
                    value = re.sub(r'\\(.)', r'\1', value[1:-1])
                items.append((item.group(1), value))
                rest = rest[item.end():]
            rest = rest[1:].strip()
            self.results.append(dict(items))

    def words(self):
        return [result['smime'] for result in self.results]


class ReceiveTest(CommandTest):
    def receive(self, message, *more, verb=RECEIVE):
        """The message that is delivered, and the verdict."""
        out = self.folder / 'out.eml'
        result = self.expect(DONE, *verb, '--json', '-o', out, *more, message=message)
        return out.read_bytes(), json.loads(result.out)

    def triple(self):
        return self.sign_encrypt(verb='triple')

    def openssl(self, *arguments, message):
        return subprocess.run([OPENSSL, 'cms', *arguments], input=message, check=True,
                              capture_output=True).stdout


class Deliver(ReceiveTest):
    def test_plain_mail_is_as_it_came(self):
        for message in (self.offer, b'', b'\n', b'\r\nx', b'junk', b'\0\xff\r' * 999,
                        b'A: b\nB: c\n\nlf\n', b'A: b\r\nno field\r\n\r\nbody\r\n',
                        b'Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\nx\r\n'):
            out, verdict = self.receive(message)
            self.assertEqual(out, message)
            self.assertFalse(verdict['gateway_message'])
            self.assertFalse(verdict['gateway_verified'])

    def test_signed(self):
        for form in ('detached', 'opaque'):
            made = self.sign('--form', form)
            kept, verdict = self.receive(made)
            self.assertEqual(kept, made)
            self.assertTrue(verdict['gateway_message'] and verdict['gateway_verified'])
            removed, verdict = self.receive(made, '--signature', 'remove')
            self.assertTrue(verdict['gateway_verified'])
            self.assertEqual(body_of(removed), body_of(self.offer))
            self.assertNotIn(b'pkcs7', removed)
            self.assertEqual(outer(removed), outer(made))

    def test_failed_signature_is_never_removed(self):
        made = self.sign()
        for message, more in ((tampered(made), TRUST), (made, ['--trust', key('self-signed.pem')])):
            for rule in ('keep', 'remove'):
                out, verdict = self.receive(message, '--signature', rule,
                                            verb=['receive', *more])
                self.assertEqual(out, message)
                self.assertTrue(verdict['gateway_message'])
                self.assertFalse(verdict['gateway_verified'])

    def test_encrypted_only(self):
        made = self.encrypt(cert=OTHER_CERT)
        out, verdict = self.receive(made)
        self.assertEqual(body_of(out), body_of(self.offer))
        self.assertEqual(verdict['outcome'], 'none')
        self.assertTrue(verdict['gateway_verified'])

    def test_what_can_not_be_decrypted_is_as_it_came(self):
        made = self.encrypt()  # for alice
        broken = self.encrypt('--cipher', 'aes-256-gcm', cert=OTHER_CERT)
        at = broken.rstrip().rfind(b'\r\n') - 40
        broken = broken[:at] + (b'A' if broken[at:at + 1] != b'A' else b'B') + broken[at + 1:]
        for message, reason in ((made, 'no-key'), (broken, 'decrypt')):
            out, verdict = self.receive(message)
            self.assertEqual(out, message)
            self.assertEqual(verdict['reason'], reason)
            self.assertTrue(verdict['gateway_message'])
            self.assertFalse(verdict['gateway_verified'])

    def test_no_identity(self):
        made = self.encrypt()
        out, verdict = self.receive(made, verb=['receive'])
        self.assertEqual((out, verdict['reason']), (made, 'no-key'))

    def test_signed_inside(self):
        made = self.sign_encrypt()
        kept, verdict = self.receive(made)
        self.assertIn(b'multipart/signed', kept)
        self.assertTrue(verdict['gateway_verified'])
        self.assertIs(verdict['recipient_bound'], False)
        # what is kept still passes
        self.expect(DONE, 'verify', *TRUST, message=kept)
        removed, _ = self.receive(made, '--signature', 'remove')
        self.assertEqual(body_of(removed), body_of(self.offer))
        # not where it fails
        out, verdict = self.receive(made, '--signature', 'remove',
                                    verb=['receive', '--identity', OTHER])
        self.assertIn(b'multipart/signed', out)
        self.assertFalse(verdict['gateway_verified'])

    def test_triple_both_endings(self):
        """C2 ends signed, C3 ends unsigned."""
        made = self.triple()
        kept, verdict = self.receive(made)
        self.assertEqual(kept.count(b'multipart/signed'), 1)
        self.assertTrue(verdict['gateway_verified'])
        self.assertIs(verdict['recipient_bound'], True)
        self.expect(DONE, 'verify', *TRUST, message=kept)
        removed, _ = self.receive(made, '--signature', 'remove')
        self.assertEqual(body_of(removed), body_of(self.offer))
        self.assertNotIn(b'pkcs7', removed)

    def test_outer_signature_fails_around_an_encryption(self):
        made = self.triple()
        broken = re.sub(rb'(Content-Type: application/pkcs7-mime;)', rb'\1 x=y;', made, count=1)
        self.assertNotEqual(broken, made)
        out, verdict = self.receive(broken, '--signature', 'remove')
        self.assertEqual(out.count(b'multipart/signed'), 1)
        self.assertEqual(verdict['reason'], 'digest-mismatch')
        self.assertFalse(verdict['gateway_verified'])

    def test_too_many_layers(self):
        made = self.offer
        for _ in range(6):
            made = self.expect(DONE, 'encrypt', '--recipient', OTHER_CERT, message=made).out
        out, verdict = self.receive(made)
        self.assertEqual((out, verdict['reason']), (made, 'limit'))
        self.assertFalse(verdict['gateway_verified'])
        out, verdict = self.receive(made, '--set', 'layers=6')
        self.assertEqual(body_of(out), body_of(self.offer))
        self.assertTrue(verdict['gateway_verified'])

    def test_encrypted_for_others_inside(self):
        inner = self.encrypt()  # for alice
        made = self.expect(DONE, 'encrypt', '--recipient', OTHER_CERT, message=inner).out
        out, verdict = self.receive(made)
        self.assertEqual(body_of(out), body_of(inner))
        self.assertFalse(verdict['gateway_verified'])

    def test_smime_off(self):
        made = self.sign_encrypt()
        out, verdict = self.receive(made, '--policy-set', 'smime=off')
        self.assertEqual(out, made)
        self.assertTrue(verdict['gateway_message'])
        self.assertFalse(verdict['gateway_verified'])
        self.assertEqual(verdict['reason'], 'not-checked')

    def test_strict_recipients(self):
        strict = ['--policy-set', 'strict-recipients=yes']
        named = self.offer.replace(b'\r\nTo: ', b'\r\nTo: RSA2048@example.com, ', 1)
        self.assertNotEqual(named, self.offer)
        for message, listed in ((self.offer, False), (named, True)):
            made = self.expect(DONE, 'sign-encrypt', '--identity', ALICE, '--recipient',
                               OTHER_CERT, message=message).out
            _, verdict = self.receive(made)
            self.assertIs(verdict['recipient_listed'], listed)
            self.assertTrue(verdict['gateway_verified'])
            out, verdict = self.receive(made, *strict, '--signature', 'remove')
            self.assertIs(verdict['gateway_verified'], listed)
            self.assertEqual(verdict['reason'], 'ok' if listed else 'recipient-mismatch')
            self.assertIs(b'multipart/signed' in out, not listed)

    def test_root_that_can_not_be_read(self):
        made = self.sign()
        odd = made.replace(b'\r\nMIME-Version', b'\r\nno field\r\nMIME-Version', 1)
        for message, more in ((odd, []), (made, ['--set', 'header-fields=2'])):
            out, verdict = self.receive(message, *more)
            self.assertEqual(out, message)
            self.assertEqual(verdict['outcome'], 'permerror')
            self.assertTrue(verdict['gateway_message'])

    def test_trouble_and_usage(self):
        made = self.sign()
        self.expect(TROUBLE, *RECEIVE, '-o', self.folder / 'none' / 'out.eml', message=made)
        self.expect(TROUBLE, 'receive', self.folder / 'none.eml')
        for wrong in ('a b', 'a;b', '"a"', 'a@b', 'x' * 256, 'ä', 'a\r\nB: c'):
            self.expect(USAGE, 'receive', '--authserv-id', wrong, message=made)
        self.expect(USAGE, 'receive', '--signature', 'maybe', message=made)
        self.expect(USAGE, 'receive', '--policy-set', 'nothing', message=made)
        self.expect(USAGE, 'receive', '--policy-set', 'no=thing', message=made)
        self.assertIn(b'policy (receive, filter, policy)', self.expect(DONE, 'settings').out)

    def test_report(self):
        result = self.expect(DONE, *RECEIVE, message=self.sign())
        self.assertIn('pass (ok', result.err)


@unittest.skipUnless(OPENSSL, 'no openssl')
class OtherCompany(ReceiveTest):
    """Messages that openssl made."""

    def head(self, made):
        fields = b'From: alice@example.com\r\nTo: b@example.net\r\nSubject: x\r\n'
        return fields + made.replace(b'\r\n', b'\n').replace(b'\n', b'\r\n')

    def sign_by(self, message, *more):
        return self.openssl('-sign', '-signer', ALICE_CERT, '-inkey', key('alice-key.pem'),
                            '-certfile', key('intermediate.pem'), *more, message=message)

    def encrypt_by(self, message):
        return self.openssl('-encrypt', '-aes256', OTHER_CERT, message=message)

    def test_triple_of_openssl(self):
        text = b'Content-Type: text/plain\r\n\r\nfor you\r\n'
        for inner in ([], ['-nodetach']):
            for outer_form in ([], ['-nodetach']):
                made = self.sign_by(self.encrypt_by(self.sign_by(text, *inner)), *outer_form)
                made = self.head(made)
                kept, verdict = self.receive(made)
                self.assertEqual(verdict['reason'], 'ok')
                self.assertEqual(len(verdict['layers']), 3)
                self.assertIs(verdict['recipient_bound'], True)
                self.expect(DONE, 'verify', *TRUST, message=kept)
                removed, _ = self.receive(made, '--signature', 'remove')
                self.assertEqual(body_of(removed), b'for you\r\n')
                self.assertEqual(outer(removed), outer(made))

    def test_openssl_reads_what_is_kept(self):
        kept, _ = self.receive(self.triple())
        self.openssl('-verify', '-CAfile', ROOT_CERT, '-purpose', 'any', message=kept)


class HostileHeaders(ReceiveTest):
    NAMES = ['X-Odd', 'Received', 'DKIM-Signature', 'List-Id', 'X-' + 'y' * 90, 'to', 'CC',
             'Subject', 'ARC-Authentication-Results', 'X-Authentication-Results',
             'Authentication-Results-Original', 'x!#$%&*+']

    def field(self, dice):
        value = ''.join(dice.choice('ab =?:;"\\()<>@,\t[]{}%.\xe4') for _ in range(dice.randrange(80)))
        value = value.replace('\t', dice.choice(['\t', '\r\n ', '\r\n\t', '\r\n x\r\n \t']))
        name = dice.choice(self.NAMES)
        return ('%s%s%s\r\n' % (name, dice.choice([':', ': ', ':\t']), value + 'z')).encode('utf-8')

    def block(self, dice):
        fields = [self.field(dice) for _ in range(dice.randrange(1, 12))]
        if dice.random() < .3:
            fields.append(b'%s: other.example; spf=pass\r\n' % NAME)
        dice.shuffle(fields)
        return fields

    def test_outer_headers_stay_byte_for_byte(self):
        """The second half of a message that was made once, below 200 hostile blocks."""
        dice = random.Random(9)
        made = [self.sign(), self.sign_encrypt(), self.triple(), self.encrypt(cert=OTHER_CERT)]
        for turn in range(200):
            fields = self.block(dice)
            message = b''.join(fields) + made[turn % 4]
            rule = ('keep', 'remove')[turn // 4 % 2]
            stamp = turn // 8 % 2
            verb = STAMP if stamp else RECEIVE
            out = self.expect(DONE, *verb, '--signature', rule, message=message).out
            if stamp:
                own, out = split_fields(out)[0], out[len(split_fields(out)[0]):]
                self.assertTrue(own.startswith(b'%s: %s;' % (NAME, ID.encode())))
            self.assertTrue(out.startswith(b''.join(fields)), message)
            self.assertEqual(outer(out), outer(message))


class AuthResults(ReceiveTest):
    def stamped(self, message, *more, verb=STAMP):
        """What was delivered below the field, the field as it was read, and the verdict."""
        out, verdict = self.receive(message, *more, verb=verb)
        eol = b'\r\n'
        if b'\r\n' not in out[:80]:
            eol = b'\n'
        first = re.match(rb'[^\n]*\n(?:[ \t][^\n]*\n)*', out).group(0)
        field = first if eol == b'\r\n' else first.replace(b'\n', b'\r\n')
        results = Results(field)
        self.assertEqual(results.id, ID)
        return out[len(first):], results, verdict

    def test_each_outcome(self):
        good = self.sign()
        plain = self.offer
        partial = (b'From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n' +
                   b'Content-Type: application/pkcs7-mime\r\n\r\nx\r\n--b--\r\n')
        cases = [(good, [], ['pass']), (tampered(good), [], ['fail']),
                 (good, ['--time', '2055-01-01T00:00:00Z'], ['policy']),
                 (plain, [], ['none']), (partial, [], ['neutral']),
                 (good, ['--set', 'revocation=required'], ['temperror']),
                 (good.replace(b'\r\nMIME-V', b'\r\nContent-Type: a/b\r\nMIME-V', 1), [],
                  ['permerror']),
                 (self.encrypt(cert=OTHER_CERT), [], ['none']),
                 (self.encrypt(), [], ['neutral']), (self.triple(), [], ['pass', 'pass'])]
        for message, more, words in cases:
            rest, results, verdict = self.stamped(message, *more)
            self.assertEqual(results.words(), words)
            self.assertEqual(verdict['outcome'], words[0])
            if verdict['outcome'] in ('fail', 'policy', 'neutral', 'temperror', 'permerror'):
                self.assertTrue(results.results[0]['reason'])
            else:
                self.assertNotIn('reason', results.results[0])

    def test_properties(self):
        made = self.sign()
        rest, results, verdict = self.stamped(made)
        self.assertEqual(rest, made)
        result = results.results[0]
        signer = verdict['layers'][0]['signers'][0]
        self.assertEqual(result['body.smime-part'], '2')
        self.assertEqual(result['body.smime-identifier'], 'alice@example.com')
        self.assertEqual(result['body.smime-serial'], signer['serial'])
        self.assertEqual(result['body.smime-issuer'], signer['issuer'])
        _, results, _ = self.stamped(self.sign('--form', 'opaque'))
        self.assertEqual(results.results[0]['body.smime-part'], '1')

    def test_no_pass_beside_a_failure(self):
        broken = re.sub(rb'(Content-Type: application/pkcs7-mime;)', rb'\1 x=y;', self.triple(),
                        count=1)
        _, results, _ = self.stamped(broken)
        self.assertEqual(results.words(), ['fail', 'fail'])

    def test_lf_and_mbox(self):
        message = b'From: a@b.example\nSubject: x\n\nbody\n'
        rest, results, _ = self.stamped(message)
        self.assertEqual((rest, results.words()), (message, ['none']))
        mbox = b'From a@b Mon Jan  1 00:00:00 2026\n' + message
        out, _ = self.receive(mbox, verb=STAMP)
        self.assertEqual(out, mbox.replace(b'From:', b'%s: %s; smime=none\nFrom:'
                                           % (NAME, ID.encode()), 1))
        for odd in (b'', b'\r\n', b'\r\nx', b'x', b'From x'):
            out, _ = self.receive(odd, verb=STAMP)
            own = rb'%s: %s; smime=(none|permerror\s+reason="malformed\s+or\s+ambiguous")\r\n'
            self.assertEqual(re.sub(own % (NAME, re.escape(ID.encode())), b'', out), odd)
            self.assertNotEqual(out, odd)

    def test_off_removes_and_writes_none(self):
        forged = b'%s: %s; smime=pass\r\n' % (NAME, ID.encode())
        out, _ = self.receive(forged + self.offer, '--policy-set', 'smime=off', verb=STAMP)
        self.assertEqual(out, self.offer)
        out, _ = self.receive(forged + self.offer, '--policy-set', 'remove-forged=no', verb=STAMP)
        self.assertTrue(out.endswith(forged + self.offer))
        out, _ = self.receive(forged + self.offer)
        self.assertEqual(out, forged + self.offer)


# Values of fields that claim to be ours, or could be read so; @ stands for our id.
FORGED = [
    '@; smime=pass', ' @; smime=pass', '  \t@;smime=pass', 'MX.EXAMPLE.NET; smime=pass',
    'Mx.Example.Net; smime=pass', '@ ; smime=pass', '@ 1; smime=pass', '@ 2; smime=pass',
    '@\t1 ; smime=pass', '@', '@;', '@ ; none', '"@"; smime=pass', '"MX.example.NET"; smime=pass',
    '"mx.exa\\mple.net"; smime=pass', '(x) @; smime=pass', '(x(y)z) @ (v) 1 (w); smime=pass',
    '(a \\) b) @; smime=pass', '@(x); smime=pass', '\r\n @; smime=pass',
    '\r\n\t@\r\n ;\r\n smime=pass', '(x\r\n y) @; smime=pass', '@.; smime=pass',
    '"@."; smime=pass', '" @"; smime=pass', '(x @; smime=pass', '@ (x; smime=pass',
    'mx . example . net; smime=pass', 'mx(x).example.net; smime=pass', '@/1; smime=pass',
    '@ v1; smime=pass', '"@; smime=pass', '"mx.example.net" x; smime=pass',
    '=?us-ascii?q?mx=2Eexample=2Enet?=; smime=pass', '"=?utf-8?b?bXguZXhhbXBsZS5uZXQ=?="; smime=pass',
    'mx\uff0eexample\uff0enet; smime=pass', '\uff4d\uff58.example.net; smime=pass',
    'mx.example.net\u200b; smime=pass', 'x=y @; smime=pass', ', @; smime=pass',
    '<@>; smime=pass', '[@]; smime=pass', 'a?@; smime=pass', 'smime=pass', '; smime=pass',
    'smime=pass; @', '"mx.\r\n example.net"; smime=pass', '"mx.\\example.net" ; smime=pass',
    '@ \x01; smime=pass', 'mx.exam\x7fple.net; smime=pass',
]
# Fields of others, which stay.
FOREIGN = [
    'other.example; spf=pass', 'mx.example.org; smime=pass', 'x.mx.example.net; smime=pass',
    'mx.example.net.evil; smime=pass', 'mx-example.net; smime=pass', 'other.example 1; dkim=pass',
    '"other.example"; dkim=pass (mx.example.net)', '(mx.example.net) other.example; dkim=pass',
    'other.example; smime=pass header.from=mx.example.net', 'other.example; none',
]
# Names of the field that some reader takes for it.
NAMES = [b'Authentication-Results:', b'authentication-results:', b'AUTHENTICATION-RESULTS :',
         b'Authentication-Results\t :', b'Authentication-Results\r\n :',
         b'Authentication-Results\xc2\xa0:', b'\xef\xbb\xbfAuthentication-Results:',
         b'Authentication-Results\x00:']


class Forged(ReceiveTest):
    """AC-104."""
    BEFORE = b'Received: by a\r\n\tfor b\r\n'
    AFTER = b'Subject: x\r\nX-Odd: y\r\n z\r\n\r\n' + NAME + b': mx.example.net; body\r\n'

    def rest(self, message, *more):
        out = self.expect(DONE, *STAMP, *more, message=message).out
        own = re.match(rb'%s: %s; smime=[^\n]*\n(?:[ \t][^\n]*\n)*' % (NAME, ID.encode()), out)
        self.assertTrue(own, out)
        return out[own.end():]

    def test_values(self):
        for value in FORGED:
            field = NAME + b':' + value.replace('@', ID).encode() + b'\r\n'
            self.assertEqual(self.rest(self.BEFORE + field + self.AFTER), self.BEFORE + self.AFTER,
                             field)

    def test_places(self):
        field = NAME + b': mx.example.net;\r\n smime=pass\r\n'
        for message, expected in (
                (field + self.AFTER, self.AFTER), (field * 3 + self.AFTER, self.AFTER),
                (self.AFTER.replace(b'\r\n\r\n', b'\r\n' + field + b'\r\n', 1), self.AFTER),
                (field, b''), (field[:-2], b''), (field + b'\r\n', b'\r\n'),
                (field.replace(b'\r\n', b'\n') + b'A: b\n\nx\n', b'A: b\n\nx\n'),
                (b' ' + field + self.AFTER, self.AFTER),
                (b'no field\r\n' + field + self.AFTER, b'no field\r\n' + self.AFTER),
                (b'A: b\r' + field + self.AFTER, b'A: b\r\n' + self.AFTER),
                (field[:-2] + b'\rA: b\r\n\r\n', b'A: b\r\n\r\n'),
                (b'A: b\r' + field[:-2] + b'\rC: d\r\n\r\n', b'A: b\rC: d\r\n\r\n'),
                (b'A: b\r\r' + field + self.AFTER, b'A: b\r\r\n' + self.AFTER)):
            self.assertEqual(self.rest(message), expected, message)

    def test_names(self):
        for name in NAMES:
            field = name + b' mx.example.net; smime=pass\r\n'
            self.assertEqual(self.rest(self.BEFORE + field + self.AFTER), self.BEFORE + self.AFTER,
                             field)

    def test_sizes(self):
        long = NAME + b': mx.example.net; smime=pass reason="' + b'x' * 100000 + b'"\r\n'
        self.assertEqual(self.rest(self.BEFORE + long + self.AFTER), self.BEFORE + self.AFTER)
        self.assertEqual(self.rest(b'A: b\r' + long + self.AFTER), b'A: b\r\n' + self.AFTER)
        padded = self.BEFORE + b'X-Long: ' + b'y' * 200000 + b'\r\n'
        self.assertEqual(self.rest(padded + self.AFTER), padded + self.AFTER)
        # over the limit of a header: the message can't be read, and is filtered all the same
        huge = b'X: ' + b'y' * 70000 + b'\r\n'
        field = NAME + b': mx.example.net; smime=pass\r\n'
        self.assertEqual(self.rest(huge * 5 + field + self.AFTER), huge * 5 + self.AFTER)

    def test_foreign_ones_stay(self):
        for value in FOREIGN:
            message = self.BEFORE + NAME + b': ' + value.encode() + b'\r\n' + self.AFTER
            self.assertEqual(self.rest(message), message)
        for name in (b'X-Authentication-Results', b'Authentication-Results-Original',
                     b'ARC-Authentication-Results', b'Authentication_Results',
                     b'Original-Authentication-Results'):
            message = self.BEFORE + name + b': mx.example.net; smime=pass\r\n' + self.AFTER
            self.assertEqual(self.rest(message), message)

    def test_inner_header_is_not_lifted(self):
        """AC-100: of what was encrypted only Content-* come out."""
        inner = (b'From: eve@evil.example\r\nTo: x\r\nBcc: y\r\nSubject: inner\r\nReply-To: eve\r\n'
                 b'Received: z\r\nDKIM-Signature: q\r\nX-Spam-Status: No\r\nList-Id: l\r\n' + NAME +
                 b': mx.example.net; smime=pass\r\nContent-Type: text/plain\r\n\r\ninner body\r\n')
        if not OPENSSL:
            self.skipTest('no openssl')
        made = b'From: a@b.example\r\n' + self.openssl(
            '-encrypt', '-aes256', OTHER_CERT, message=inner).replace(b'\n', b'\r\n')
        out = self.rest(made)
        self.assertEqual(body_of(out), b'inner body\r\n')
        self.assertEqual([field.split(b':')[0].lower() for field in split_fields(header_of(out))],
                         [b'from', b'mime-version', b'content-type'])


if __name__ == '__main__':
    unittest.main()
