# SPDX-License-Identifier: LGPL-2.1-or-later
"""A strict reader of Authentication-Results: the grammar of RFC 8601 section 2.2, and no more.

Comments are read where CFWS is allowed; whatever else is not in the grammar raises Malformed.
"""

import re

TOKEN = re.compile(r'[!#$%&\'*+\-.0-9A-Z^_`a-z{|}~]+')  # RFC 2045 section 5.1
KEYWORD = re.compile(r'[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?')  # RFC 5321 section 4.1.2
QUOTED = re.compile(r'"((?:[\t !#-\[\]-~]|\\[\t -~])*)"')
# pvalue: an address without quotes, too
VALUE = re.compile(r'[!#$%&\'*+\-./0-9=?A-Z^_`a-z{|}~]*@[0-9A-Za-z.\-]+')
COMMENT = re.compile(r'\((?:[^()\\]|\\.)*\)')  # none of ours nests
RESULTS = {'none', 'pass', 'fail', 'policy', 'neutral', 'temperror', 'permerror'}  # RFC 7281
PROPERTIES = {'smime-part', 'smime-identifier', 'smime-serial', 'smime-issuer'}


class Malformed(Exception):
    pass


class Reader:
    def __init__(self, text):
        self.text, self.at = text, 0

    def blanks(self):
        start = self.at
        while self.at < len(self.text):
            comment = COMMENT.match(self.text, self.at)
            if comment:
                self.at = comment.end()
            elif self.text[self.at] in ' \t':
                self.at += 1
            else:
                break
        return self.at > start

    def take(self, pattern, what):
        found = pattern.match(self.text, self.at)
        if not found:
            raise Malformed('%s at %r' % (what, self.text[self.at:self.at + 40]))
        self.at = found.end()
        return found

    def literal(self, text):
        if not self.text.startswith(text, self.at):
            raise Malformed('%r at %r' % (text, self.text[self.at:self.at + 40]))
        self.at += len(text)

    def value(self):
        """The text of a value, quotes undone."""
        found = QUOTED.match(self.text, self.at)
        if found:
            self.at = found.end()
            return re.sub(r'\\(.)', r'\1', found.group(1))
        address = VALUE.match(self.text, self.at)
        if address:
            self.at = address.end()
            return address.group(0)
        return self.take(TOKEN, 'value').group(0)

    def is_end(self):
        return self.at == len(self.text)


def unfold(field):
    """One line of it; RFC 5322: CRLF, at most 998 characters, no line of blanks."""
    text = field.decode('ascii')
    if not text.endswith('\r\n') or re.search(r'[^\t\r\n -~]|\r(?!\n)|(?<!\r)\n', text):
        raise Malformed('characters')
    lines = text[:-2].split('\r\n')
    if any(len(line) > 998 or not line.strip() for line in lines):
        raise Malformed('a line of blanks, or too long')
    if any(line[0] not in ' \t' for line in lines[1:]):
        raise Malformed('not folded')
    return ''.join(lines)


def read_result(reader):
    """resinfo: the method, its result, reason and properties, as a dictionary."""
    method = reader.take(KEYWORD, 'method').group(0)
    reader.literal('=')
    found = {method: reader.take(KEYWORD, 'result').group(0)}
    while reader.blanks() and not reader.is_end() and reader.text[reader.at] != ';':
        name = reader.take(KEYWORD, 'property or reason').group(0)
        if name != 'reason':
            reader.literal('.')
            name = reader.take(KEYWORD, 'property').group(0)
        reader.literal('=')
        if name in found:
            raise Malformed('twice: ' + name)
        found[name] = reader.value()
    return found


def read(field, name):
    """The results in a field under that authserv-id."""
    reader = Reader(unfold(field))
    reader.literal('Authentication-Results:')
    reader.blanks()
    if reader.value() != name:
        raise Malformed('authserv-id')
    results = []
    while not reader.is_end():
        reader.blanks()
        reader.literal(';')
        reader.blanks()
        results.append(read_result(reader))
    return results


def read_smime(field, name):
    """The words of smime=, after what RFC 7281 says of them."""
    results = read(field, name)
    for result in results:
        if result.get('smime') not in RESULTS:
            raise Malformed('result %r' % result)
        if set(result) - PROPERTIES - {'smime', 'reason'}:
            raise Malformed('properties of %r' % result)
        if ('smime-serial' in result) != ('smime-issuer' in result):
            raise Malformed('serial without issuer')
    if not results:
        raise Malformed('no result')
    return [result['smime'] for result in results]
