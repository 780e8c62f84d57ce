# SPDX-License-Identifier: LGPL-2.1-or-later
"""Floors include only floors below them, without circles (STYLE 2)."""

import re

import gate

SUBSTRATE = re.compile(r'(gnutls|nettle|hogweed)/|libtasn1\.h|gmp\.h')
SUBSTRATE_FLOORS = {'base', 'asn1', 'pki', 'cms'}
FILES = gate.c_files(*(f'lib/{floor}' for floor in gate.FLOORS))


def floor_of(path):
    return path.relative_to(gate.ROOT / 'lib').parts[0]


def problems_of(judge):
    for path in FILES:
        for number, bracket, what in gate.includes(path):
            problem = judge(path, bracket, what)
            if problem:
                yield f'{gate.name(path)}:{number}: {what}: {problem}'


def form(path, bracket, what):
    if bracket == '<':
        return None
    if not re.fullmatch(r'\w+/[\w./-]+\.h', what) or '..' in what:
        return 'not of the form "floor/file.h"'
    if what.split('/')[0] not in gate.FLOORS:
        return 'no such floor'
    if not (gate.ROOT / 'lib' / what).exists():
        # What the build makes lies in the build folder.
        return None if what.endswith(('_asn1.h', '_tab.h')) else 'no such file'
    return None


def downward(path, bracket, what):
    floor = what.split('/')[0]
    if bracket == '<' or floor not in gate.FLOORS:
        return None
    above = gate.FLOORS.index(floor) > gate.FLOORS.index(floor_of(path))
    return 'a floor above' if above else None


# Folders of a floor that has several, bottom up.
FOLDERS = {'pki': ['cert', 'key', 'path', 'lint', 'issue']}


def folder_of(parts):
    order = FOLDERS.get(parts[0], [])
    return order.index(parts[1]) if len(parts) > 2 and parts[1] in order else -1


def within(path, bracket, what):
    own, other = path.relative_to(gate.ROOT / 'lib').parts, tuple(what.split('/'))
    if bracket == '<' or own[0] != other[0]:
        return None
    return 'a folder above' if folder_of(other) > folder_of(own) else None


def substrate(path, bracket, what):
    outside = SUBSTRATE.match(what) and floor_of(path) not in SUBSTRATE_FLOORS
    return 'only in base, asn1, pki and cms' if outside else None


def circles():
    """Headers that reach themselves, by following includes with a stack of our own."""
    edges = {gate.name(path)[4:]: [what for _, bracket, what in gate.includes(path)
                                   if bracket == '"']
             for path in FILES}
    for start in edges:
        seen, todo = set(), list(edges[start])
        while todo:
            what = todo.pop()
            if what not in seen:
                seen.add(what)
                todo += edges.get(what, [])
        if start in seen:
            yield f'lib/{start} includes itself, through {", ".join(sorted(seen))}'


def names():
    public = {path.name for path in gate.PUBLIC.glob('*.h')}
    for path in FILES:
        if path.name in public:
            yield f'{gate.name(path)}: a public header has this name'
    folders = {path.parent for path in FILES}
    for folder in sorted(folders):
        count = len(list(folder.glob('*.c')))
        if count > 20:
            yield f'{gate.name(folder)}: {count} sources, 20 at most'


def addon_problems():
    """An add-on stands on the public API; of the core's inside it shares the floor base."""
    for path in gate.c_files('lib/addons'):
        own = '/'.join(path.relative_to(gate.ROOT / 'lib').parts[:2]) + '/'
        for number, bracket, what in gate.includes(path):
            if bracket == '"' and not what.startswith((own, 'addons/common/', 'base/')):
                yield f'{gate.name(path)}:{number}: {what}: neither base nor addons/common nor its own'
            if path.name in {header.name for header in gate.PUBLIC.glob('*.h')}:
                yield f'{gate.name(path)}: a public header has this name'
    for addon in gate.ADDONS:
        count = len(list((gate.ROOT / 'lib' / 'addons' / addon).rglob('*.c')))
        if count > 20:
            yield f'lib/addons/{addon}: {count} sources, 20 at most'


def outsiders():
    """Programs see the installed API only."""
    for path in gate.c_files('examples', 'tests/api'):
        for number, bracket, what in gate.includes(path):
            floor = what.split('/')[0] if '/' in what else ''
            if bracket == '"' and floor in gate.FLOORS and not (path.parent / what).exists():
                yield f'{gate.name(path)}:{number}: {what} is not public'


def main():
    tap = gate.Tap()
    tap.check('includes are "floor/file.h"', problems_of(form))
    tap.check('a floor includes only floors below', problems_of(downward))
    tap.check('a folder of a floor includes only folders below', problems_of(within))
    tap.check('no circles', circles())
    tap.check('add-ons use the public API and base', addon_problems())
    tap.check('crypto libraries only where they belong', problems_of(substrate))
    tap.check('private headers do not have names of public ones; folders stay small', names())
    tap.check('examples and api tests include public headers only', outsiders())
    tap.done()


if __name__ == '__main__':
    main()
