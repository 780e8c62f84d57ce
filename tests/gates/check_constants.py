# SPDX-License-Identifier: LGPL-2.1-or-later
"""A published number never changes (STYLE 6): public enums against constants.txt."""

import gate

STORED = gate.ROOT / 'tests' / 'gates' / 'constants.txt'


def stored_values():
    for line in STORED.read_text().splitlines():
        if line and not line.startswith('#'):
            yield tuple(line.split())


def main():
    stored = dict(stored_values())
    now = {member: value for path in sorted(gate.PUBLIC.glob('*.h'))
           for member, value in gate.enum_values(path.read_text())}
    tap = gate.Tap()
    tap.check('published constants keep their numbers',
              (f'{member} was {value}, is {now.get(member, "gone")}'
               for member, value in stored.items() if now.get(member) != value))
    tap.check('every constant is in constants.txt',
              (f'add to tests/gates/constants.txt: {member} {value}'
               for member, value in now.items() if member not in stored))
    tap.check('names start with SMIMEGW_, none ends with _MAX',
              (member for member in now
               if not member.startswith('SMIMEGW_') or member.endswith('_MAX')))
    tap.done()


if __name__ == '__main__':
    main()
