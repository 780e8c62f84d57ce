# SPDX-License-Identifier: LGPL-2.1-or-later
"""Public headers in the languages that read them (STYLE 10).

usage: check_headers.py smimegw.ffi.h libsmimegw.so
"""

import pathlib
import re
import shutil
import sys

import gate

HERE = pathlib.Path(__file__).parent
WARNINGS = ['-Wall', '-Wextra', '-Wconversion', '-Wshadow', '-Wundef', '-Werror',
            '-fsyntax-only']
COMPILERS = [
    ('gcc', 'c', ['-std=c99', '-pedantic-errors', '-Wstrict-prototypes']),
    ('clang', 'c', ['-std=c99', '-pedantic-errors', '-Wstrict-prototypes']),
    ('g++', 'c++', ['-std=c++11', '-pedantic-errors']),
    ('clang++', 'c++', ['-std=c++11', '-pedantic-errors']),
]
# Sizes of these differ between compilers and machines, or foreign callers can't pass them.
FORBIDDEN = re.compile(r'\b(bool|_Bool|long|short|unsigned|off_t|time_t|ssize_t|FILE|va_list|'
                       r'union|inline|extern\s+(?!"C"))\b|\.\.\.|\w+\s*:\s*\d+\s*;')


def alone(compiler, language, options):
    for header in sorted(gate.PUBLIC.glob('*.h')):
        unit = f'#include <smimegw/{header.name}>\n'
        yield from gate.run(compiler, *options, *WARNINGS, '-x', language,
                            f'-I{gate.PUBLIC.parent}', '-', input=unit)[1]


def forbidden():
    for header in sorted(gate.PUBLIC.glob('*.h')):
        text = gate.strip_comments(header.read_text(), strings=True)
        for number, line in enumerate(text.splitlines(), 1):
            match = None if line.startswith('#') else FORBIDDEN.search(line)
            if match:
                yield f'{gate.name(header)}:{number}: {match.group(0)} in a public header'


def whole():
    text = (gate.PUBLIC / 'smimegw.h').read_text()
    for header in sorted(gate.PUBLIC.glob('*.h')):
        included = f'#include <smimegw/{header.name}>' in text
        if header.name in gate.ADDON_HEADERS and included:
            yield f'smimegw.h includes {header.name}, which is of an add-on'
        if header.name not in gate.ADDON_HEADERS | {'smimegw.h'} and not included:
            yield f'smimegw.h does not include {header.name}'


def foreign(tap, title, program, script, arguments):
    if shutil.which(program) is None:
        return tap.skip(title, f'{program} is not installed')
    return tap.check(title, gate.run(program, HERE / script, *arguments)[1])


def main():
    tap = gate.Tap()
    for compiler, language, options in COMPILERS:
        title = f'each header alone: {compiler} {options[0]}'
        if shutil.which(compiler):
            tap.check(title, alone(compiler, language, options))
        else:
            tap.skip(title, f'{compiler} is not installed')
    tap.check('only types that cross the ABI', forbidden())
    tap.check('smimegw.h includes all', whole())
    if gate.run(sys.executable, '-c', 'import cffi')[1]:
        tap.skip('python3-cffi reads smimegw.ffi.h and calls', 'python3-cffi is not installed')
    else:
        foreign(tap, 'python3-cffi reads smimegw.ffi.h and calls', sys.executable, 'ffi_cffi.py',
                sys.argv[1:])
    foreign(tap, 'LuaJIT reads smimegw.ffi.h and calls', 'luajit', 'ffi_luajit.lua',
            sys.argv[1:])
    tap.done()


if __name__ == '__main__':
    main()
