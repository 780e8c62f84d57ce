# SPDX-License-Identifier: LGPL-2.1-or-later
"""Functions and files stay small and in the house's format (STYLE 7, 12)."""

import pathlib
import re
import shutil

import gate

LINES, NESTING, PARAMETERS, FILE_LINES = 70, 4, 7, 500
# The operations say all they need in one call; a struct between would be a second ABI.
MORE_PARAMETERS = {'smimegw_encrypt': 8, 'smimegw_decrypt': 8, 'smimegw_protect': 9,
                   'smimegw_receive': 9}
FILES = gate.c_files('include', 'lib', 'examples', 'tests', 'pkgconfig')
# The brace of a function stands alone at the start of a line, and so does the one that ends it.
FUNCTION = re.compile(r'^(?P<head>\w[^;{}#=]*?\b(?P<name>\w+)\((?P<arguments>[^;{}]*)\)[^;{}=]*)'
                      r'\n\{\n(?P<body>.*?)^\}', re.M | re.S)


def parameters(text):
    depth, count = 0, 1 if text.strip() not in ('', 'void') else 0
    for character in text:
        depth += {'(': 1, ')': -1}.get(character, 0)
        count += character == ',' and depth == 0
    return count


def nesting(body):
    depth = deepest = 0
    # Lists of initialisers are no control flow.
    for character in re.sub(r'=\s*\{[^{};]*\}|\(\w[\w ]*\)\s*\{[^{};]*\}', '', body):
        depth += {'{': 1, '}': -1}.get(character, 0)
        deepest = max(deepest, depth)
    return deepest


def functions():
    for path in FILES:
        text = gate.strip_comments(path.read_text(), strings=True)
        for match in FUNCTION.finditer(text):
            where = f'{gate.name(path)}:{text.count(chr(10), 0, match.start()) + 1}'
            yield where, match


def too_long():
    for where, match in functions():
        lines = match.group(0).count('\n') + 1
        if lines > LINES:
            yield f'{where}: {match["name"]} has {lines} lines, {LINES} at most'


def too_deep():
    for where, match in functions():
        if nesting(match['body']) > NESTING:
            yield f'{where}: {match["name"]} nests {nesting(match["body"])} deep'


def too_many_parameters():
    for where, match in functions():
        count = parameters(match['arguments'])
        if count > MORE_PARAMETERS.get(match['name'], PARAMETERS):
            yield f'{where}: {match["name"]} has {count} parameters'


def files_too_long():
    for path in FILES:
        lines = path.read_text().count('\n')
        if lines > FILE_LINES:
            yield f'{gate.name(path)}: {lines} lines, {FILE_LINES} at most'


def form():
    """First line, characters, and what a formatter does not see."""
    for path in FILES:
        text = path.read_text()
        if not text.startswith('/* SPDX-License-Identifier: LGPL-2.1-or-later */\n'):
            yield f'{gate.name(path)}:1: no SPDX line'
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(r'\t|\s$|\b(TODO|FIXME|XXX)\b', line):
                yield f'{gate.name(path)}:{number}: tab, trailing blank or TODO'
        if re.search(r'^\s*//', text, re.M):
            yield f'{gate.name(path)}: // comment'
        if path.parts[-2] != 'gates' and re.search(r'#\s*include\s*"\.\./', text):
            yield f'{gate.name(path)}: relative include'


def unformatted():
    output, problems = gate.run('clang-format-14', '--dry-run', '-Werror', *FILES)
    lines = {}
    for path, line in re.findall(r'^(/\S+?):(\d+):\d+: error', output, re.M):
        lines.setdefault(path, {})[line] = True
    for path, numbers in lines.items():
        yield f'{gate.name(pathlib.Path(path))}: lines {" ".join(numbers)}'
    if problems and not lines:
        yield problems[-1]


def main():
    tap = gate.Tap()
    tap.check(f'functions have at most {LINES} lines', too_long())
    tap.check(f'and nest at most {NESTING} deep', too_deep())
    tap.check(f'and take at most {PARAMETERS} parameters', too_many_parameters())
    tap.check(f'files have at most {FILE_LINES} lines', files_too_long())
    tap.check('SPDX line, blanks, comments', form())
    # Other versions format differently: the tree follows this one.
    if shutil.which('clang-format-14'):
        tap.check('clang-format 14', unformatted())
    else:
        tap.skip('clang-format 14', 'clang-format-14 is not installed')
    tap.done()


if __name__ == '__main__':
    main()
