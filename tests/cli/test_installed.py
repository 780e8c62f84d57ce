# SPDX-License-Identifier: LGPL-2.1-or-later
"""The minimal examples and the README's program, built against an installed package."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from support import ALICE, ALICE_CERT, OFFER, ROOT, ROOT_CERT, body_of

BUILD = sys.argv.pop(1) if len(sys.argv) > 1 else str(ROOT / 'build')


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if shutil.which('pkg-config') is None:
            raise unittest.SkipTest('no pkg-config')
        cls.holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.holder.cleanup)
        cls.root = pathlib.Path(cls.holder.name)
        subprocess.run(['meson', 'install', '-C', BUILD, '--no-rebuild', '--destdir', cls.root],
                       check=True, stdout=subprocess.DEVNULL)
        config = next(cls.root.rglob('smimegw.pc'))
        cls.environment = {**os.environ, 'PKG_CONFIG_PATH': str(config.parent),
                           'PKG_CONFIG_SYSROOT_DIR': str(cls.root),
                           'LD_LIBRARY_PATH': str(next(cls.root.rglob('libsmimegw.so')).parent)}

    def compile(self, source, name):
        program = self.root / name
        flags = subprocess.run(['pkg-config', '--cflags', '--libs', 'smimegw'], check=True,
                               env=self.environment, capture_output=True, text=True).stdout.split()
        self.assertTrue(any(str(self.root) in flag for flag in flags), flags)
        subprocess.run([os.environ.get('CC', 'cc'), '-Wall', '-Wextra', '-Werror', '-o', program,
                        source, *flags], check=True)
        return program

    def run_program(self, program, *arguments, code=0):
        done = subprocess.run([program, *map(str, arguments)], env=self.environment,
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, code, done.stderr.decode())
        return done.stdout

    def save(self, name, data):
        path = self.root / name
        path.write_bytes(data)
        return path

    def test_minimal_examples(self):
        folder = ROOT / 'examples' / 'minimal'
        programs = {source.stem: self.compile(source, source.stem)
                    for source in folder.glob('*.c')}
        self.assertEqual(sorted(programs), ['decrypt', 'encrypt', 'harvest', 'sign', 'verify'])
        for source in folder.glob('*.c'):
            self.assertLessEqual(len(source.read_text().splitlines()), 60, source)
        signed = self.save('signed.eml', self.run_program(programs['sign'], ALICE, OFFER))
        sent = self.save('sent.eml', self.run_program(programs['encrypt'], ALICE_CERT, signed))
        opened = self.save('opened.eml', self.run_program(programs['decrypt'], ALICE, sent))
        self.assertEqual(body_of(opened.read_bytes()), body_of(signed.read_bytes()))
        self.assertTrue(self.run_program(programs['verify'], ROOT_CERT, opened)
                        .startswith(b'pass: '))
        forged = self.save('forged.eml', opened.read_bytes().replace(b'14.230', b'94.230'))
        self.assertTrue(self.run_program(programs['verify'], ROOT_CERT, forged, code=1)
                        .startswith(b'NOT VERIFIED: '))
        self.assertEqual(self.run_program(programs['decrypt'], ALICE, OFFER, code=1), b'')
        self.assertRegex(self.run_program(programs['harvest'], ROOT_CERT, signed, forged),
                         rb'signed.eml: .*stored.*\n.*forged.eml: .*refused')
        for program in programs.values():
            self.run_program(program, '/no/such', '/no/such', code=1)

    def test_program_of_the_readme(self):
        source = re.search(r'```c\n(.*?)```', (ROOT / 'README.md').read_text(), re.S)[1]
        program = self.compile(self.save('look.c', source.encode()), 'look')
        self.assertIn(b'multipart/mixed', self.run_program(program, OFFER))
        self.assertIn(b'SMIMEGW_E_', self.run_program(program, '/no/such', code=1))

    def test_command_and_manual_are_installed(self):
        command = next(self.root.rglob('bin/smimegw'))
        self.assertTrue(self.run_program(command, '--version').startswith(b'smimegw '))
        self.assertTrue(list(self.root.rglob('man1/smimegw.1')))


if __name__ == '__main__':
    unittest.main()
