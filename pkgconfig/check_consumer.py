# SPDX-License-Identifier: LGPL-2.1-or-later
"""Install into a temporary folder, then build and run a program there by pkg-config.

usage: check_consumer.py BUILD-FOLDER VERSION     (PYTHONPATH holds tests/gates)
"""

import os
import pathlib
import shutil
import sys
import tempfile

import gate

SOURCE = pathlib.Path(__file__).with_name('consumer.c')
COMPILERS = [('cc', ['-std=c99']), ('c++', ['-std=c++11', '-x', 'c++'])]


def installed_files(root):
    headers = {path.parent for path in root.rglob('smimegw.h')}
    there = {path.name for folder in headers for path in folder.iterdir()}
    expected = {path.name for path in gate.PUBLIC.glob('*.h')} | {'smimegw.ffi.h'}
    # an add-on's header comes with its library, where that could be built
    built = {f'{addon}.h' for addon in gate.ADDONS if list(root.rglob(f'libsmimegw-{addon}.so'))}
    expected -= gate.ADDON_HEADERS - built
    yield from (f'{name}: not installed' for name in sorted(expected - there))
    for addon in (header[:-2] for header in sorted(built)):
        if not list(root.rglob(f'smimegw-{addon}.pc')):
            yield f'smimegw-{addon}.pc: not installed'
    yield from (f'{name}: installed, not public' for name in sorted(there - expected))
    for pattern in ('libsmimegw.so', 'libsmimegw.so.0', 'smimegw.pc'):
        if not list(root.rglob(pattern)):
            yield f'{pattern}: not installed'


def consume(root, compiler, options, version):
    module = next(root.rglob('smimegw.pc')).parent
    environment = {**os.environ, 'PKG_CONFIG_SYSROOT_DIR': str(root),
                   'PKG_CONFIG_PATH': str(module),
                   'LD_LIBRARY_PATH': str(next(root.rglob('libsmimegw.so')).parent)}
    flags, problems = gate.run('pkg-config', '--cflags', '--libs', f'smimegw = {version}',
                               env=environment)
    if not problems:
        program = root / f'consumer-{compiler}'
        problems = gate.run(compiler, *options, '-Wall', '-Wextra', '-Werror', SOURCE, '-x',
                            'none', '-o', program, *flags.split())[1]
        problems += gate.run(program, version, env=environment)[1] if not problems else []
    return problems


def main():
    build, version = sys.argv[1:]
    tap = gate.Tap()
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        problems = gate.run('meson', 'install', '-C', build, '--no-rebuild', '--quiet',
                            '--destdir', root)[1]
        tap.check('meson install', problems)
        if not problems:
            tap.check('what programs need is installed', installed_files(root))
            for compiler, options in COMPILERS:
                title = f'a program of its own, {options[0][5:]}'
                if shutil.which(compiler):
                    tap.check(title, consume(root, compiler, options, version))
                else:
                    tap.skip(title, f'{compiler} is not installed')
    tap.done()


if __name__ == '__main__':
    main()
