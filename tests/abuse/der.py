# SPDX-License-Identifier: LGPL-2.1-or-later
"""A small DER builder, and an editor: parse to a tree, change it, encode it again.

It writes wrong things as gladly as right ones; that is what it is for.
"""

SEQUENCE, SET, INTEGER, OCTETS, OID, NULL = 0x30, 0x31, 0x02, 0x04, 0x06, 0x05
BOOLEAN, BITS, UTF8, IA5, UTCTIME, GENTIME = 0x01, 0x03, 0x0c, 0x16, 0x17, 0x18


def length(size):
    if size < 0x80:
        return bytes([size])
    body = size.to_bytes((size.bit_length() + 7) // 8, 'big')
    return bytes([0x80 | len(body)]) + body


def tlv(tag, *parts):
    """An element; the parts are joined to its content."""
    content = b''.join(parts)
    return bytes([tag]) + length(len(content)) + content


def sequence(*parts):
    return tlv(SEQUENCE, *parts)


def set_of(*parts, sort=True):
    return tlv(SET, *(sorted(parts) if sort else parts))


def integer(value):
    size = value.bit_length() // 8 + 1
    return tlv(INTEGER, value.to_bytes(size, 'big', signed=True))


def octets(data):
    return tlv(OCTETS, data)


def bits(data):
    return tlv(BITS, b'\0' + data)


def null():
    return tlv(NULL)


def context(number, *parts, constructed=True):
    return tlv((0xa0 if constructed else 0x80) | number, *parts)


def oid(dotted):
    arcs = [int(arc) for arc in dotted.split('.')]
    out = bytearray()
    for arc in [arcs[0] * 40 + arcs[1]] + arcs[2:]:
        group = [arc & 0x7f]
        arc >>= 7
        while arc:
            group.append(0x80 | (arc & 0x7f))
            arc >>= 7
        out += bytes(reversed(group))
    return tlv(OID, bytes(out))


def indefinite(tag, *parts):
    """An element in BER's form with end-of-contents octets."""
    return bytes([tag, 0x80]) + b''.join(parts) + b'\0\0'


class Node:
    """An element of a parsed object: a tag, and children or content."""

    def __init__(self, tag, content=b'', children=None):
        self.tag = tag
        self.content = content
        self.children = children

    def encode(self):
        if self.children is None:
            return tlv(self.tag, self.content)
        return tlv(self.tag, *(child.encode() for child in self.children))

    def __getitem__(self, index):
        return self.children[index]


def parse(data):
    """The first element of `data` as a tree; definite lengths only."""
    node, rest = _parse_one(data)
    if rest:
        raise ValueError('bytes after the element')
    return node


def _parse_one(data):
    tag, size, start = data[0], data[1], 2
    if size & 0x80:
        start = 2 + (size & 0x7f)
        size = int.from_bytes(data[2:start], 'big')
    content, rest = data[start:start + size], data[start + size:]
    if len(content) != size:
        raise ValueError('element longer than its surroundings')
    if not tag & 0x20:
        return Node(tag, content), rest
    children = []
    while content:
        child, content = _parse_one(content)
        children.append(child)
    return Node(tag, b'', children), rest
