# SPDX-License-Identifier: LGPL-2.1-or-later
"""Headers = symbol map = what the shared library exports (STYLE 2, 3, 12).

usage: check_exports.py smimegw.ffi.h libsmimegw.so libsmimegw-internal.a
"""

import re
import sys

import gate


def symbols(path, *options):
    output, problems = gate.run('nm', '--defined-only', *options, path)
    if problems:
        sys.exit('\n'.join(problems))
    for line in output.splitlines():
        match = re.fullmatch(r'[0-9a-f]+ (\w) ([^@\s]+)(@\S+)?', line)
        if match and match.group(1) != 'A':
            yield match.group(2)


def difference(first, first_name, second, second_name):
    for symbol in sorted(set(first) ^ set(second)):
        there, missing = ((first_name, second_name) if symbol in first
                          else (second_name, first_name))
        yield f'{symbol}: in {there}, not in {missing}'


def map_nodes():
    """Symbols of each node of the map, in order; nodes have a release's name."""
    text = gate.strip_comments((gate.ROOT / 'lib' / 'smimegw.map').read_text())
    for node, body in re.findall(r'(\w[\w.]*)\s*\{(.*?)\}', text, re.S):
        yield node, re.findall(r'^\s*(smimegw_\w+);', body, re.M)


def map_form():
    text = (gate.ROOT / 'lib' / 'smimegw.map').read_text()
    if not re.search(r'local:\s*\*;', text):
        yield 'no "local: *;"'
    for node, listed in map_nodes():
        if listed != sorted(set(listed)):
            yield f'{node}: not alphabetical, or one twice'
        if not re.fullmatch(r'SMIMEGW_\d+\.\d+', node):
            yield f'{node}: not of the form SMIMEGW_1.2'


def addon_problems():
    """The map of an add-on lists what its header declares, in order."""
    for addon in gate.ADDONS:
        text = (gate.PUBLIC / f'{addon}.h').read_text()
        header = sorted(re.findall(r'SMIMEGW_API\s[^;(]*?\b(smimegw_\w+)\(', text))
        path = gate.ROOT / 'lib' / 'addons' / addon / f'smimegw-{addon}.map'
        listed = re.findall(r'^\s*(smimegw_\w+);', path.read_text(), re.M)
        if listed != sorted(set(listed)) or not re.search(r'local:\s*\*;', path.read_text()):
            yield f'{gate.name(path)}: not alphabetical, or not closed'
        yield from difference(header, f'{addon}.h', listed, gate.name(path))


def main():
    ffi_header, library, archive = sys.argv[1:]
    header = gate.declared(ffi_header)
    listed = [symbol for _, node in map_nodes() for symbol in node]
    exported = list(symbols(library, '-D'))
    tap = gate.Tap()
    tap.check('the map is alphabetical and closed', map_form())
    tap.check('headers and map agree', difference(header, 'headers', listed, 'the map'))
    tap.check('map and library agree', difference(listed, 'the map', exported, 'the library'))
    tap.check('global names inside start with sgw_',
              (symbol for symbol in symbols(archive, '-g')
               if not symbol.startswith('sgw_') and symbol not in header))
    tap.check('headers and maps of add-ons agree', addon_problems())
    tap.done()


if __name__ == '__main__':
    main()
