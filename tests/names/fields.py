# SPDX-License-Identifier: LGPL-2.1-or-later
"""From fields as senders, and those who mean to deceive, write them."""

import random

SEED = 20261124

BY_HAND = [
    b'From: alice@good.example',
    b'From: Alice <alice@good.example>',
    b'From: "Alice, CEO" <alice@good.example>',
    b'From: =?utf-8?q?Alice?= <alice@good.example>',
    b'From: "alice@good.example" <eve@evil.example>',
    b'From: alice@good.example <eve@evil.example>',
    b'From: <alice@good.example> <eve@evil.example>',
    b'From: alice@good.example, eve@evil.example',
    b'From: alice@good.example; eve@evil.example',
    b'From: <alice@good.example>,',
    b'From: ,<alice@good.example>',
    b'From: alice@good.example\r\n , eve@evil.example',
    b'From: alice@good.example\r\nFrom: eve@evil.example',
    b'From: alice@good.example\r\nfrom: alice@good.example',
    b'From: alice@good.example\r\nFROM : eve@evil.example',
    b'From : alice@good.example',
    b' From: alice@good.example\r\nFrom: eve@evil.example',
    b'From:alice@good.example',
    b'From:\talice@good.example',
    b'From:\r\n alice@good.example',
    b'From:',
    b'From: \r\n ',
    b'Sender: alice@good.example',
    b'From: Friends: alice@good.example;',
    b'From: Friends: alice@good.example, eve@evil.example;',
    b'From: Friends:;',
    b'From: :alice@good.example;',
    b'From: Friends: <alice@good.example>; <eve@evil.example>',
    b'From: <@evil.example:alice@good.example>',
    b'From: <@evil.example,@x.example:alice@good.example>',
    b'From: @evil.example:alice@good.example',
    b'From: alice@good.example (eve@evil.example)',
    b'From: (alice@good.example) eve@evil.example',
    b'From: alice(x)@good.example',
    b'From: alice@(x)good.example',
    b'From: alice@good(.evil).example',
    b'From: alice@good.example(x <eve@evil.example>)',
    b'From: alice@good.example (x\\) <eve@evil.example>)',
    b'From: alice@good.example (x) <eve@evil.example>',
    b'From: (open alice@good.example',
    b'From: alice@good.example )',
    b'From: "alice@good.example',
    b'From: "alice"@good.example',
    b'From: "al ice"@good.example',
    b'From: "al\\ice"@good.example',
    b'From: "alice@good.example"@evil.example',
    b'From: "alice@good.example\\"@evil.example',
    b'From: "a"b@good.example',
    b'From: a."b"@good.example',
    b'From: "a"."b"@good.example',
    b'From: ""@good.example',
    b'From: alice@"good.example"',
    b'From: alice@good.example@evil.example',
    b'From: <alice@good.example@evil.example>',
    b'From: <alice@good.example>@evil.example',
    b'From: <<alice@good.example>>',
    b'From: <alice@good.example',
    b'From: alice@good.example>',
    b'From: Alice <<alice@good.example> <eve@evil.example>>',
    b'From: eve@evil.example> <alice@good.example',
    b'From: alice @ good.example',
    b'From: alice@ good.example',
    b'From: al ice@good.example',
    b'From: alice@good. example',
    b'From: alice@good.example eve',
    b'From: alice eve@evil.example',
    b'From: alice@good.example.',
    b'From: .alice@good.example',
    b'From: alice.@good.example',
    b'From: al..ice@good.example',
    b'From: alice@good..example',
    b'From: alice@[192.0.2.1]',
    b'From: alice@[good.example]',
    b'From: alice@[good.example\\]',
    b'From: alice%good.example@evil.example',
    b'From: good.example!alice@evil.example',
    b'From: alice@good.example!evil.example',
    b'From: alice@good.example%evil.example',
    b'From: alice',
    b'From: alice good.example',
    b'From: @good.example',
    b'From: alice@',
    b'From: <>',
    b'From: Alice <>',
    b'From: <alice>',
    b'From: *@good.example',
    b'From: =?utf-8?q?alice=40good.example?=',
    b'From: =?utf-8?q?alice?=@good.example',
    b'From: <=?utf-8?q?alice?=@good.example>',
    b'From: alice@=?utf-8?q?good?=.example',
    b'From: =?utf-8?q?=3Ceve=40evil.example=3E?= <alice@good.example>',
    b'From: =?utf-8?b?PGV2ZUBldmlsLmV4YW1wbGU+LA==?= <alice@good.example>',
    b'From: =?utf-8?q?x_=00_eve=40evil.example=3E?= <alice@good.example>',
    b'From: =?utf-8?q?Alice?= =?utf-8?q?=2C?= eve@evil.example <alice@good.example>',
    b'From: \xc3\xa4@good.example',
    b'From: alice@b\xc3\xbccher.example',
    b'From: \xc3\x84nne <alice@good.example>',
    b'From: \xe4nne <alice@good.example>',
    b'From: alice@good.example\xff',
    b'From: alice\xc2\xa0@good.example',
    b'From: alice@good.example\xc2\xa0',
    b'From: alice@good.example\xc2\x85, eve@evil.example',
    b'From: alice@good.example\xe2\x80\xa8, eve@evil.example',
    b'From: Alice\xe2\x80\xa8 <alice@good.example>',
    b'From: Alice\xe2\x80\xae <alice@good.example>',
    b'From: alice@good\xe3\x80\x82example',
    b'From: alice@good\xef\xbc\x8eexample',
    b'From: alice\xef\xbc\xa0good.example',
    b'From: alice@good.example\xef\xbc\x8ceve@evil.example',
    b'From: alice@good.ex\xc2\xadample',
    b'From: alice@good.example\0',
    b'From: alice@good.example\0, eve@evil.example',
    b'From: alice@good.example\rFrom: eve@evil.example',
    b'From: alice@good.example\n eve@evil.example',
    b'From: alice@good.example\nFrom: eve@evil.example',
    b'From: alice@good.example\x0b, eve@evil.example',
    b'From: alice@good.example\x0c<eve@evil.example>',
    b'From: alice@good.example\x1c<eve@evil.example>',
    b'From: alice@good.example\x1f',
    b'From: alice@good.example\x7f',
    b'From: ' + b'a' * 64 + b'@good.example',
    b'From: ' + b'a' * 65 + b'@good.example',
    b'From: alice@' + b'a' * 63 + b'.example',
    b'From: alice@' + b'a' * 64 + b'.example',
    b'From: alice@' + b'good.' * 60 + b'example',
    b'From: ' + b'(' * 1000 + b')' * 1000 + b' alice@good.example',
    b'From: ' + b'<' * 1000 + b'alice@good.example' + b'>' * 1000,
    b'From: ' + b'alice@good.example, ' * 200 + b'eve@evil.example',
    b'From: ' + b'Alice ' * 500 + b'<alice@good.example>',
    b'From: Alice [CEO] <alice@good.example>',
    b'From: Alice, CEO <alice@good.example>',
    b'From: Alice: CEO <alice@good.example>',
    b'From: Alice; CEO <alice@good.example>',
    b'From: Alice Q. Public <alice@good.example>',
    b'From: .Alice <alice@good.example>',
    b"From: 'alice@good.example' <eve@evil.example>",
    b"From: O'Brien <alice@good.example>",
    b'From: Alice\\ <alice@good.example>',
    b'From: Alice\\<eve@evil.example> <alice@good.example>',
    b'From: "Alice\\" <alice@good.example>',
    b'From: "Alice\\" <eve@evil.example>" <alice@good.example>',
    b'From: "Alice"x<alice@good.example>',
    b'From: "Al\r\n ice" <alice@good.example>',
    b'From: "Alice, CEO"\r\n <alice@good.example>',
    b'From: "Al,\r\n ice" <alice@good.example>',
    b'From: "Al\r\n ice" "eve@evil.example" <alice@good.example>',
    b'From: "Al\r\n ice" "<eve@evil.example>," <alice@good.example>',
    b'From: "Al\n ice" "<eve@evil.example>," <alice@good.example>',
    b'From: "Al\r\n \\" <eve@evil.example>, \\"" <alice@good.example>',
    b'From: "alice@good.example\r\n " <eve@evil.example>',
    b'From: (c\r\n c) <alice@good.example>',
    b'From: mailto:alice@good.example',
    b'From: alice@good.example?subject=x',
    b'From: alice@good.example/eve',
]

LOCALS = [b'alice', b'al.ice', b'ALICE', b'a+b', b"o'b", b'"alice"', b'"al ice"', b'"a@b"',
                           b'"a,b"', b'"a\\"b"', b'"a\\b"', b'"a<b"', b'""', b'', b'.a', b'a.', b'a..b',
                           b'a%b', b'b!a', b'\xc3\xa4', b'a\xc2\xa0', b'=?utf-8?q?a?=', b'a"b"', b'*',
                           b'a[b', b'a\\b', b'a(c)', b'a b', b'#', b'a' * 65]
DOMAINS = [b'good.example', b'GOOD.example', b'a-b.example', b'evil.example', b'x',
                                   b'b\xc3\xbccher.example', b'xn--bcher-kva.example', b'[192.0.2.1]',
                                   b'[x]', b'"good.example"', b'good.example.', b'.good.example',
                                   b'good..example', b'', b'good%evil', b'good!evil', b'-x.example',
                                   b'good .example', b'good.(c)example', b'good\xe3\x80\x82example',
                                   b'=?utf-8?q?good?=.example', b'good.example@evil.example',
                                   b'good_x.example', b'a' * 64 + b'.example']
PHRASES = [b'', b'Alice', b'Alice Good', b'Alice Q. Good', b'"Alice, CEO"', b'"alice@good.example"', b'"Al\r\n ice"',
                       b'"Al\r\n ice" "eve@evil.example"', b'"Al,\r\n\tice"',
                       b'"A\\"lice"', b'"Alice', b'Alice"', b'=?utf-8?q?Alice?=',
                       b'=?utf-8?q?eve=40evil.example?=', b'=?utf-8?q?=3Ceve=40evil.example=3E?=',
                       b'\xc3\x84nne', b'\xff', b'Alice,', b'Alice;', b'Friends:', b'alice@good.example',
                       b'<eve@evil.example>', b'Alice\\', b'[Alice]', b"'Alice'", b'.Alice', b'A.B.',
                       b'(Alice)', b'Alice\xe2\x80\xa8', b'Alice\x0c', b'"" ""', b'"Alice" Good', b'@evil.example']
COMMENTS = [b'', b'(c)', b'(c (d))', b'(eve@evil.example)', b'(<eve@evil.example>)', b'(open',
                         b'close)', b'(\\))', b'(")', b'(,)', b'()', b'(c)(d)']
BLANKS = [b' ', b'', b'\t', b'\r\n ', b'\r\n\t', b'  ', b'\xc2\xa0', b'\xe2\x80\xa8', b'\x0b']
INSIDE = COMMENTS + [b' ']
ROUTES = [b'', b'@evil.example:', b'@a,@b:', b'@:', b':']
SEPARATORS = [b',', b', ', b';', b' ', b',\r\n ', b',,', b'\r\nFrom: ', b'\r\nfrom:', b'\n', b'\r']
BYTES = [bytes([one]) for one in b'"\\()<>@,;:.[]%!= \t*'] + [b'\0', b'\x80', b'\xc3', b'\r', b'\n', b'\x1c']


class Maker:
    """Fields out of the tables: the first of each, or another where the mood is hostile."""

    def __init__(self, source):
        self.source = source
        self.hostility = source.choice((0.04, 0.1, 0.3))

    def happens(self, chance):
        return self.source.random() < chance

    def pick(self, table):
        return self.source.choice(table) if self.happens(self.hostility) else table[0]

    def spec(self):
        return (self.pick(LOCALS) + self.pick(INSIDE) + b'@' + self.pick(INSIDE) +
                self.pick(DOMAINS))

    def mailbox(self):
        if self.happens(0.3):
            return (self.pick(BLANKS) + self.pick(COMMENTS) + self.spec() + self.pick(BLANKS) +
                    self.pick(COMMENTS))
        phrase = self.source.choice(PHRASES if self.happens(0.5) else PHRASES[:9])
        return (self.pick(COMMENTS) + phrase + self.pick(BLANKS) + self.pick(COMMENTS) + b'<' +
                self.pick(ROUTES) + self.spec() + b'>' + self.pick(COMMENTS) + self.pick(BLANKS))

    def field(self):
        value = self.mailbox()
        while self.happens(self.hostility / 2):
            value += self.source.choice(SEPARATORS) + self.mailbox()
        if self.happens(self.hostility / 4):
            value = b'Friends:' + value + b';'
        if self.happens(self.hostility):
            value = mutated(self.source, value)
        return b'From: ' + value


def mutated(source, value):
    at = source.randrange(len(value) + 1)
    kind = source.randrange(3)
    if kind == 0:
        return value[:at] + source.choice(BYTES) + value[at:]
    if kind == 1:
        return value[:at] + value[at + 1:]
    other = source.randrange(len(value) + 1)
    return value[:at] + value[other:]


def made(count):
    """`count` fields; always the same ones."""
    source = random.Random(SEED)
    return [Maker(source).field() for _ in range(count)]
