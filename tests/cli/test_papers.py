# SPDX-License-Identifier: LGPL-2.1-or-later
"""The papers say what the product does. `--update` writes the generated parts of doc/guide.md."""

import os
import pathlib
import re
import subprocess
import sys
import unittest

from support import COMMAND, DONE, ROOT, CommandTest

GUIDE = ROOT / 'doc' / 'guide.md'
README = ROOT / 'README.md'
MANUAL = ROOT / 'doc' / 'smimegw.1'
MARK = r'(<!-- %s: [^\n]*-->\n)(.*?)(?=\n#|\Z)'


def settings_block():
    text = subprocess.run([COMMAND, 'settings'], capture_output=True, check=True).stdout.decode()
    return '```\n%s```\n' % text


def enum_rows(header, enum, prefix):
    """(name, number, sentence) of the members of an enum, with their comments."""
    text = (ROOT / 'include' / 'smimegw' / header).read_text()
    text = re.search(r'enum %s \{(.*?)\n\};' % enum, text, re.S)[1]
    return [(name, int(number), ' '.join(words.split())) for name, number, words in
            re.findall(prefix + r'(\w+) = (-?\d+),? +/\*\*< (.*?) \*/', text, re.S)]


def table(head, rows):
    lines = ['| %s |' % ' | '.join(head), '|%s' % ('---|' * len(head))]
    return '\n'.join(lines + ['| %s |' % ' | '.join(row) for row in rows]) + '\n'


def reasons_block():
    def word(name):
        return '`%s`' % name.lower().replace('_', '-')
    outcomes = enum_rows('verdict.h', 'smimegw_outcome', 'SMIMEGW_OUTCOME_')
    reasons = enum_rows('verdict.h', 'smimegw_reason', 'SMIMEGW_REASON_')
    return (table(('outcome', 'meaning'), [(word(name), words) for name, _, words in outcomes]) +
            '\n' +
            table(('reason', 'number', 'meaning'),
                  [(word(name), str(number), words) for name, number, words in reasons]))


def findings_block():
    rows = enum_rows('lint.h', 'smimegw_lint_code', 'SMIMEGW_LINT_')
    return table(('finding', 'code', 'meaning'),
                 [('`%s`' % name.lower().replace('_', '-'), str(number), words)
                  for name, number, words in rows])


def results_block():
    rows = enum_rows('error.h', 'smimegw_result', 'SMIMEGW_')
    return table(('code', 'number', 'meaning'),
                 [('`SMIMEGW_%s`' % name, str(number), words) for name, number, words in rows])


def updated(guide):
    for mark, block in (('settings', settings_block()), ('reasons', reasons_block()),
                        ('findings', findings_block()), ('results', results_block())):
        space = '' if mark == 'settings' else '\n'
        guide, count = re.subn(MARK % mark, lambda match: match[1] + space + block, guide, flags=re.S)
        assert count == 1, mark
    return guide


class Papers(CommandTest):
    def test_generated_parts_of_the_guide(self):
        guide = GUIDE.read_text()
        self.assertEqual(guide, updated(guide), 'run tests/cli/test_papers.py --update')
        self.assertIn('`cert-expired`', guide)
        self.assertIn('`key-weak`', guide)
        self.assertIn('`SMIMEGW_E_NO_KEY`', guide)

    def test_manual_knows_every_option_and_verb(self):
        manual = MANUAL.read_text().replace('\\-', '-')
        for verb in self.verbs():
            self.assertRegex(manual, r'(?m)^\.B "?%s"?$' % verb)
            for option in self.options(verb):
                self.assertIn(option, manual)
        known = {option for verb in self.verbs() for option in self.options(verb)}
        for option in re.findall(r'--[a-z-]+', manual):
            self.assertIn(option, {'--version', *known})

    def verbs(self):
        listing = self.expect(DONE, '--help').out.decode()
        verbs = []
        for word in re.findall(r'(?m)^  ([a-z-]+) +[A-Z]', listing):
            help_text = self.expect(DONE, word, '--help').out.decode()
            verbs += re.findall(r'(?m)^  (%s [a-z]+) +[A-Z]' % word, help_text) or [word]
        self.assertEqual(len(verbs), 63)
        return verbs

    def options(self, verb):
        return re.findall(r'--[a-z-]+', self.expect(DONE, *verb.split(), '--help').out.decode())

    def run_session(self, session):
        path = '%s:%s' % (pathlib.Path(COMMAND).parent, os.environ['PATH'])
        done = subprocess.run(['bash', '-euo', 'pipefail', '-c', session], cwd=self.folder,
                              env={**os.environ, 'PATH': path, 'LC_ALL': 'C.UTF-8'},
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.assertNotIn('other users', done.stderr.decode())
        return done.stdout.decode()

    def sessions(self, path):
        return re.findall(r'```sh\n(.*?)```', path.read_text(), re.S)

    def test_session_of_the_readme(self):
        session, = self.sessions(README)
        self.assertIn('✔ pass', self.run_session(session))
        self.assertIn(b'Hello, Bob.', (self.folder / 'clear.eml').read_bytes())

    def test_sessions_of_the_guide(self):
        sessions = self.sessions(GUIDE)
        self.assertEqual(len(sessions), 9)
        self.run_session('\n'.join(sessions))
        self.assertIn(b'Hello, Bob.', (self.folder / 'clear.eml').read_bytes())

    def test_examples_of_the_manual(self):
        text = re.search(r'\.SH EXAMPLES\n\.nf\n(.*?)\.fi', MANUAL.read_text(), re.S)[1]
        self.run_session(text.replace('\\-', '-').replace('\\e', '\\'))
        self.assertIn(b'Hello.', (self.folder / 'opened.eml').read_bytes())


if __name__ == '__main__':
    if sys.argv[1:] == ['--update']:
        GUIDE.write_text(updated(GUIDE.read_text()))
    else:
        unittest.main()
