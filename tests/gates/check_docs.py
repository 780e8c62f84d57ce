# SPDX-License-Identifier: LGPL-2.1-or-later
"""Doc comments of public headers are complete (STYLE 10).

usage: check_docs.py smimegw.ffi.h smimegw.api.json
"""

import json
import pathlib
import re
import sys

import gate

sys.path.insert(0, str(gate.PUBLIC.parent))
from describe import DECLARATION, body, parameters, sections  # noqa: E402

TAGS = ['param', 'return', 'rfc', 'thread', 'since']
MARK = re.compile(r'\((owned|borrowed|consumed)\)')
PLAIN_OUT = re.compile(r'(int|size_t|u?int\d+_t)\s*\*')


def one_sentence(summary):
    flat = ' '.join(summary.split())
    return re.fullmatch(r'.*\.', flat) and not re.search(r'\.\s+[A-Z]', flat)


def wants_mark(index, kind, name):
    """Receivers and userdata are the caller's; numbers that come out belong to nobody."""
    return ('*' in kind and name != 'userdata' and not PLAIN_OUT.fullmatch(kind) and
            (index > 0 or not re.fullmatch(r'(const )?struct smimegw_\w+ \*', kind)))


def parameter_problems(tagged, declared):
    described = [re.match(r'(\w+)\s*(.*)', text, re.S).groups()
                 for tag, text in tagged if tag == 'param']
    if [name for name, _ in described] != [name for _, name in declared]:
        yield '@param: not the parameters, in order'
        return
    for index, ((kind, name), (_, text)) in enumerate(zip(declared, described)):
        if wants_mark(index, kind, name) and not MARK.search(text):
            yield f'@param {name}: no (owned), (borrowed) or (consumed)'
        if name == 'ret_error' and not text.startswith('(nullable) (owned)'):
            yield f'@param {name}: is (nullable) (owned)'
        if not MARK.sub('', text).replace('(nullable)', '').strip():
            yield f'@param {name}: says nothing'


def result_problems(name, kind, declared, texts):
    if kind == 'void':
        return
    if 'return' not in texts:
        yield 'no @return'
    elif '*' in kind and not MARK.search(texts['return']):
        yield '@return: no (owned) or (borrowed)'
    elif any(parameter == 'ret_error' for _, parameter in declared):
        if not re.search(r'#SMIMEGW_OK\b.*#SMIMEGW_E_|^as smimegw_', texts['return'], re.S):
            yield '@return: lists no results'
    if name.endswith(('_unref', '_free')):
        yield 'returns void'


def function_problems(comment, kind, name, arguments):
    if not comment:
        yield 'no doc comment'
        return
    summary, tagged = sections(body(comment))
    texts = dict(tagged)
    order = [TAGS.index(tag) if tag in TAGS else -1 for tag, _ in tagged]
    declared = list(parameters(arguments))
    if not one_sentence(summary):
        yield f'summary is not one sentence: {summary}'
    if -1 in order or order != sorted(order):
        yield f'tags are {", ".join(TAGS)}, in this order'
    yield from (f'no @{tag}' for tag in ('thread', 'since') if not texts.get(tag, '').strip())
    yield from parameter_problems(tagged, declared)
    yield from result_problems(name, kind, declared, texts)


def functions():
    for header in sorted(gate.PUBLIC.glob('*.h')):
        for _, comment, kind, name, arguments in DECLARATION.findall(header.read_text()):
            for problem in function_problems(comment, kind, name, arguments):
                yield f'{gate.name(header)}: {name}: {problem}'


def members():
    """Each member of an enum, and each enum and callback type, has a comment."""
    for header in sorted(gate.PUBLIC.glob('*.h')):
        text = header.read_text()
        for number, line in enumerate(text.splitlines(), 1):
            if re.match(r'\s+SMIMEGW_\w+ = -?\d+', line) and '/**<' not in line:
                yield f'{gate.name(header)}:{number}: no comment'
        for found in re.finditer(r'(\*/\n)?(enum \w+ \{|typedef [^;]*;)', text):
            if not found.group(1):
                yield f'{gate.name(header)}: {found.group(2).split("(")[0]}: no comment'


def references():
    texts = {header: header.read_text() for header in sorted(gate.PUBLIC.glob('*.h'))}
    known = set(re.findall(r'\b(?:SMIMEGW|smimegw)_\w+', ' '.join(
        gate.strip_comments(text) for text in texts.values())))
    for header, text in texts.items():
        for what in re.findall(r'#(smimegw_\w+|SMIMEGW_\w+)|\b(smimegw_\w+)\(\)', text):
            what = ''.join(what)
            if what not in known:
                yield f'{gate.name(header)}: {what} does not exist'


def api_document(ffi_header, api_document_path):
    """The JSON description has all that C has of the core, and says something about each."""
    document = json.loads(pathlib.Path(api_document_path).read_text())
    for part in ('functions', 'enums'):
        document[part] = {name: what for name, what in document[part].items()
                          if what['header'] not in gate.ADDON_HEADERS}
    functions_there = sorted(document['functions'])
    if functions_there != gate.declared(ffi_header):
        yield f'functions: {set(functions_there) ^ set(gate.declared(ffi_header))}'
    values = {member['name']: member['value'] for enum in document['enums'].values()
              for member in enum['members']}
    wanted = {name: int(value) for name, value in gate.enum_values(
        pathlib.Path(ffi_header).read_text())}
    if values != wanted:
        yield f'constants: {set(values.items()) ^ set(wanted.items())}'
    for name, what in document['functions'].items():
        for parameter in what['parameters']:
            if not parameter['text']:
                yield f'{name}: {parameter["name"]}: no text'
    for name, what in document['enums'].items():
        for member in what['members']:
            if not member['text']:
                yield f'{name}: {member["name"]}: no text'


def main():
    tap = gate.Tap()
    tap.check('every function is described', functions())
    tap.check('every constant and type is described', members())
    tap.check('what comments refer to exists', references())
    tap.check('smimegw.api.json describes all of it', api_document(*sys.argv[1:3]))
    tap.done()


if __name__ == '__main__':
    main()
