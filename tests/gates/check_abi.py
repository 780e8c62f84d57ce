# SPDX-License-Identifier: LGPL-2.1-or-later
"""The binary interface against the stored one (STYLE 12).

usage: check_abi.py libsmimegw.so [--update]

A program that was linked with an earlier build must run with this one. `ninja abi-update` stores
the interface as it is now, in a commit of its own.
"""

import shutil
import sys

import gate

STORED = gate.ROOT / 'tests' / 'gates' / 'abi' / 'smimegw.abixml'
HEADERS = gate.PUBLIC.parent


def update(library):
    output, problems = gate.run('abidw', '--headers-dir', HEADERS, '--no-corpus-path',
                                '--no-comp-dir-path', '--short-locs', '--type-id-style', 'hash',
                                '--out-file', STORED, library)
    sys.exit('\n'.join([*problems, output]) if problems else 0)


def main():
    library = sys.argv[1]
    if sys.argv[2:] == ['--update']:
        update(library)
    if shutil.which('abidiff') is None:
        gate.skip_all('abidiff is not installed')
    if '.debug_info' not in gate.run('readelf', '-S', '--wide', library)[0]:
        gate.skip_all('the library was built without debug information')
    tap = gate.Tap()
    tap.check('types and functions are those of tests/gates/abi',
              gate.run('abidiff', '--no-added-syms', '--headers-dir1', HEADERS,
                       '--headers-dir2', HEADERS, STORED, library)[1])
    tap.done()


if __name__ == '__main__':
    main()
