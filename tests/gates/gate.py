# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the gates share: TAP output, the tree's C files, the public declarations."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLOORS = ['base', 'stream', 'mime', 'asn1', 'pki', 'cms', 'smime', 'gateway']
PUBLIC = ROOT / 'include' / 'smimegw'
# Each is a library of its own, with a header that smimegw.h does not include.
ADDONS = sorted(path.parent.name for path in (ROOT / 'lib' / 'addons').glob('*/*.map'))
ADDON_HEADERS = {f'{addon}.h' for addon in ADDONS}

# A comment, a string or a character: only the first is blanked out by strip_comments().
TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


class Tap:
    """One test case a rule; the problems of a rule are listed below its line."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def check(self, name, problems):
        self.count += 1
        problems = list(problems)
        self.failed += bool(problems)
        print(f'{"not ok" if problems else "ok"} {self.count} - {name}')
        for problem in problems:
            print(*(f'# {line}' for line in str(problem).splitlines()), sep='\n')

    def skip(self, name, reason):
        self.count += 1
        print(f'ok {self.count} - {name} # SKIP {reason}')

    def done(self):
        print(f'1..{self.count}')
        sys.exit(1 if self.failed else 0)


def skip_all(reason):
    print(f'1..0 # SKIP {reason}')
    sys.exit(0)


def run(*command, **options):
    """Output of a command and the problems it had: none, or what it printed."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, **options)
    problems = [] if done.returncode == 0 else [
        f'{" ".join(str(word) for word in command)}: exit {done.returncode}', done.stdout]
    return done.stdout, problems


def c_files(*folders, endings=('.c', '.h')):
    return sorted(path for folder in folders for path in (ROOT / folder).rglob('*')
                  if path.suffix in endings and path.is_file())


def name(path):
    return str(path.relative_to(ROOT))


def strip_comments(text, strings=False):
    """C without comments (and string contents); line numbers stay right."""
    def blank(match):
        found = match.group(0)
        if found.startswith('/'):
            return re.sub(r'[^\n]', ' ', found)
        return found[0] + '_' * (len(found) - 2) + found[-1] if strings else found
    return TOKEN.sub(blank, text)


def includes(path):
    """(line number, bracket, what) of each #include."""
    for number, line in enumerate(strip_comments(path.read_text()).splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if match:
            yield number, match.group(1), match.group(2)


def declared(ffi_header):
    """Names of the functions in smimegw.ffi.h."""
    text = re.sub(r'\btypedef\b[^;]*;', '', pathlib.Path(ffi_header).read_text())
    return sorted(re.findall(r'\b(smimegw_\w+)\s*\(', text))


def enum_values(text):
    """(name, number) of each member of the enums in C text; every number is written out."""
    for body in re.findall(r'\benum\s+\w+\s*\{([^}]*)\}', strip_comments(text)):
        for member in filter(None, (part.strip() for part in body.split(','))):
            match = re.fullmatch(r'(\w+)\s*=\s*(-?\d+)', member)
            yield match.groups() if match else (member, 'no number written out')
