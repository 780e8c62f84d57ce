# SPDX-License-Identifier: LGPL-2.1-or-later
"""doc/features.md: every item of the chapter has a row, and what a row names exists.

usage: check_features.py smimegw.ffi.h
"""

import re
import sys

import gate

PAPER = gate.ROOT / 'doc' / 'features.md'
MANUAL = gate.ROOT / 'doc' / 'smimegw.1'
ITEMS = ['C%d' % number for number in range(1, 50)]
NOT_YET = re.compile(r'not yet \(issue \d+\)')


def rows():
    """(item, what, API, command, tests), each as it stands in the table."""
    for line in PAPER.read_text().splitlines():
        if re.match(r'\| C\d', line):
            yield tuple(cell.strip() for cell in line.strip('|').split('|'))


def quoted(cell):
    return re.findall(r'`([^`]+)`', cell)


def has_test(name):
    """Is there a class, method or function of this name in that file?"""
    path, _, where = name.partition(':')
    source = gate.ROOT / path
    if not source.is_file() or not where:
        return False
    text = source.read_text()
    if source.suffix == '.c':
        return re.search(rf'\b{re.escape(where)}\(void \*\*state\)', text) is not None
    group, _, method = where.partition('.')
    found = re.search(rf'^class {re.escape(group)}\b.*\n((?:[ \t].*\n|\n)*)', text, re.M)
    return found is not None and (not method or
                                  re.search(rf'^    def {re.escape(method)}\(', found.group(1),
                                            re.M) is not None)


def wrong_rows(table):
    for row in table:
        if len(row) != 5:
            yield f'{row[0]}: {len(row)} cells, not 5'
        elif not quoted(row[4]) and not NOT_YET.fullmatch(row[4]):
            yield f'{row[0]}: names neither a test nor the issue it waits for'


def main():
    functions = gate.declared(sys.argv[1])
    verbs = re.findall(r'^\.B ((?:\w|[ -])+)$', MANUAL.read_text().replace('\\-', '-'), re.M)
    table = list(rows())
    found = [row[0] for row in table]
    tap = gate.Tap()
    tap.check('every item has a row, in order',
              [] if found == ITEMS else [f'items: {" ".join(found)}'])
    tap.check('every row has tests, or an issue', wrong_rows(table))
    table = [row for row in table if len(row) == 5]
    tap.check('tests exist', (f'{row[0]}: there is no {name}' for row in table
                              for name in quoted(row[4]) if not has_test(name)))
    tap.check('functions exist', (f'{row[0]}: there is no {name}' for row in table
                                  for name in quoted(row[2])
                                  if name.removesuffix('()') not in functions))
    tap.check('verbs are in the manual', (f'{row[0]}: there is no {name}' for row in table
                                          for name in quoted(row[3])
                                          if name.removeprefix('smimegw ') not in verbs))
    tap.done()


if __name__ == '__main__':
    main()
