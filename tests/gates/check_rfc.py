# SPDX-License-Identifier: LGPL-2.1-or-later
"""The clauses that decide code, [RFC8551-3.1.1], and where they are tested (STYLE 7)."""

import collections
import re

import gate

ANY = re.compile(r'\[RFC[^\]\n]*\]?')
CLAUSE = re.compile(r'\[(RFC\d{3,5})-((?:\d+|[A-Z])(?:\.\d+)*)\]')


def tags(*folders):
    for path in sorted(path for folder in folders for path in (gate.ROOT / folder).rglob('*')
                       if path.suffix in ('.c', '.h', '.py') and path.is_file()):
        if 'gates' in path.parts:
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for found in ANY.findall(line):
                yield found, f'{gate.name(path)}:{number}'


def key(clause):
    rfc, section = CLAUSE.fullmatch(clause).groups()
    return int(rfc[3:]), [(not part.isdigit(), part.zfill(4)) for part in section.split('.')]


def main():
    places = {folder: collections.defaultdict(list) for folder in ('lib', 'tests')}
    malformed = []
    for folder, clauses in places.items():
        for tag, where in tags(folder):
            if CLAUSE.fullmatch(tag):
                clauses[tag].append(where)
            elif folder == 'lib':
                malformed.append(f'{where}: {tag} is not of the form [RFC8551-3.1.1]')
    tap = gate.Tap()
    tap.check('clause tags can be parsed', malformed)
    for clause in sorted(set(places['lib']) | set(places['tests']), key=key):
        print(f'# {clause:20} {" ".join(places["lib"][clause])} | '
              f'{" ".join(places["tests"][clause]) or "no test names it"}')
    tap.done()


if __name__ == '__main__':
    main()
