# SPDX-License-Identifier: LGPL-2.1-or-later
"""The little of BER that the tests need: read any TLV with definite or indefinite
length, find the parts of a CMS object, write DER."""

SEQUENCE, SET, INTEGER, OCTETS, OID = 0x30, 0x31, 0x02, 0x04, 0x06

DATA = '1.2.840.113549.1.7.1'
SIGNED_DATA = '1.2.840.113549.1.7.2'
ENVELOPED_DATA = '1.2.840.113549.1.7.3'
AUTH_ENVELOPED_DATA = '1.2.840.113549.1.9.16.1.23'


class BerError(Exception):
    pass


class Node:
    """One TLV. `start` and `end` are where its contents are in `source`."""

    def __init__(self, source, begin):
        self.source = source
        self.begin = begin
        self.tag = source[begin]
        if self.tag & 0x1f == 0x1f:
            raise BerError('long tag')
        self.indefinite = source[begin + 1] == 0x80
        length, self.start = _length(source, begin + 1)
        self.children = []
        self.end = self.after = self.start + length
        if self.end > len(source):
            raise BerError('TLV is longer than its source')
        if self.tag & 0x20:
            self._read_children()

    def _read_children(self):
        at = self.start
        while self.indefinite or at < self.end:
            if self.indefinite and self.source[at:at + 2] == b'\0\0':
                self.end, self.after = at, at + 2
                return
            child = Node(self.source, at)
            self.children.append(child)
            at = child.after
        if at != self.end:
            raise BerError('contents end inside a TLV')

    def __getitem__(self, index):
        return self.children[index]

    @property
    def content(self):
        return self.source[self.start:self.end]

    @property
    def raw(self):
        return self.source[self.begin:self.after]

    def integer(self):
        return int.from_bytes(self.content, 'big', signed=True)

    def octets(self):
        """An octet string's bytes, also when it was cut in pieces."""
        if self.tag & 0x20:
            return b''.join(child.octets() for child in self.children)
        return self.content

    def positions(self):
        """Where in the source each of those bytes is."""
        if self.tag & 0x20:
            return [at for child in self.children for at in child.positions()]
        return list(range(self.start, self.end))

    def oid(self):
        numbers, value = [], 0
        for byte in self.content:
            value = value << 7 | byte & 0x7f
            if byte < 0x80:
                numbers.append(value)
                value = 0
        first = min(numbers[0] // 40, 2)
        return '.'.join(map(str, [first, numbers[0] - 40 * first] + numbers[1:]))

    def tagged(self, tag):
        """The first child with this tag, or None."""
        return next((child for child in self.children if child.tag == tag), None)


def _length(source, at):
    first = source[at]
    if first < 0x80:
        return first, at + 1
    size = first & 0x7f
    if size > 4:
        raise BerError('length of %d bytes' % size)
    return int.from_bytes(source[at + 1:at + 1 + size], 'big'), at + 1 + size


def parse(source):
    try:
        return Node(source, 0)
    except IndexError:
        raise BerError('cut short')


def content_info(der):
    """(content type, the object inside)"""
    info = parse(der)
    return info[0].oid(), info[1][0]


def der(tag, *parts):
    """One DER TLV around its parts."""
    content = b''.join(parts)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    size = (len(content).bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + len(content).to_bytes(size, 'big') + content


def der_oid(text):
    numbers = [int(number) for number in text.split('.')]
    encoded = bytearray()
    for number in [40 * numbers[0] + numbers[1]] + numbers[2:]:
        septets = [number & 0x7f]
        while number > 0x7f:
            number >>= 7
            septets.append(0x80 | number & 0x7f)
        encoded += bytes(reversed(septets))
    return der(OID, bytes(encoded))


def der_integer(number):
    return der(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, 'big'))


def der_set(*parts):
    return der(SET, *sorted(parts))


def algorithm(oid, *parameters):
    """AlgorithmIdentifier"""
    return der(SEQUENCE, der_oid(oid), *parameters)
