# SPDX-License-Identifier: LGPL-2.1-or-later
"""The public headers as data: functions, enums, callback types and function tables.

usage: describe.py VERSION FOLDER

Prints one JSON document for makers of bindings; the gates import the reading part.
"""

import json
import pathlib
import re
import sys

DECLARATION = re.compile(r'(/\*\*((?:[^*]|\*(?!/))*)\*/\n)?SMIMEGW_API\s+([^;]*?)\s*'
                         r'\b(smimegw_\w+)\(([^;]*)\);')
TYPE = re.compile(r'/\*\*((?:[^*]|\*(?!/))*)\*/\n(enum|struct) (smimegw_\w+) \{(.*?)\n\};', re.S)
CALLBACK = re.compile(r'/\*\*((?:[^*]|\*(?!/))*)\*/\ntypedef (\w[^;]*?)\(\*(smimegw_\w+)\)'
                      r'\(([^;]*)\);', re.S)
ENUM_MEMBER = re.compile(r'(\w+) = (-?\d+),?(?:\s*/\*\*<(.*?)\*/)?', re.S)
MARKS = re.compile(r'\((owned|borrowed|consumed|nullable)\)\s*')


def body(comment):
    return re.sub(r'^\s*\* ?', '', comment, flags=re.M).strip()


def sections(text):
    """The summary and (tag, text) in order."""
    parts = re.split(r'^@(?!p\b)', text, flags=re.M)
    tagged = [re.match(r'(\w+)\s*(.*)', part, re.S).groups() for part in parts[1:]]
    return parts[0].split('\n\n')[0].strip(), tagged


def parameters(text):
    """(type, name) of each parameter."""
    for part in text.split(','):
        match = re.fullmatch(r'\s*(.*?)(\w+)\s*', part, re.S)
        if match and match.group(1):
            yield match.group(1).strip(), match.group(2)


def flat(text):
    return ' '.join(re.sub(r'[#]((?:SMIMEGW|smimegw)_)', r'\1', text).split())


def marked(text):
    """Ownership marks, and the text without them."""
    return {'marks': MARKS.findall(text), 'text': flat(MARKS.sub('', text))}


def described(kind, comment, arguments):
    summary, tagged = sections(body(comment))
    said = dict(re.match(r'(\w+)\s*(.*)', text, re.S).groups()
                for tag, text in tagged if tag == 'param')
    texts = {tag: flat(text) for tag, text in tagged if tag != 'param'}
    long_text = re.split(r'^@(?!p\b)', body(comment), flags=re.M)[0]
    return {
        'summary': flat(summary), 'text': flat(long_text), 'returns': flat(kind),
        'result': marked(dict(tagged).get('return', '')),
        'parameters': [dict(name=name, type=flat(type_), **marked(said.get(name, '')))
                       for type_, name in parameters(arguments)],
        **{tag: texts[tag] for tag in ('rfc', 'thread', 'since') if tag in texts}}


def functions(text):
    for _, comment, kind, name, arguments in DECLARATION.findall(text):
        yield name, described(kind, comment, arguments)


def enums(text):
    for comment, kind, name, members in TYPE.findall(text):
        if kind == 'enum':
            yield name, {'summary': flat(body(comment)), 'members': [
                {'name': member, 'value': int(value), 'text': flat(body(said or ''))}
                for member, value, said in ENUM_MEMBER.findall(members)]}


def tables(text):
    for comment, kind, name, members in TYPE.findall(text):
        if kind == 'struct':
            plain = re.sub(r'/\*.*?\*/', '', members, flags=re.S)
            yield name, {'summary': flat(body(comment)),
                         'members': [flat(member) for member in plain.split(';')
                                     if member.strip()]}


def callbacks(text):
    for comment, kind, name, arguments in CALLBACK.findall(text):
        yield name, described(kind, comment, arguments)


def describe(version, folder):
    document = {'library': 'smimegw', 'version': version, 'functions': {}, 'enums': {},
                'callbacks': {}, 'tables': {}}
    for header in sorted(pathlib.Path(folder).glob('*.h')):
        text = header.read_text()
        for member, reader in (('functions', functions), ('enums', enums),
                               ('callbacks', callbacks), ('tables', tables)):
            for name, what in reader(text):
                document[member][name] = dict(header=header.name, **what)
    return document


if __name__ == '__main__':
    json.dump(describe(sys.argv[1], sys.argv[2]), sys.stdout, indent=1, ensure_ascii=False)
    print()
