# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run the abuse cases of SECURITY.md (b) that concern one entity, through the command; TAP.

Arguments: names of cases (as AC-24) to run only these; --keep FOLDER leaves the messages there.
Environment: SMIMEGW, the command.

README.md tells of each case where its test is.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import cases_encrypted
import cases_mime
import cases_names
import cases_path
import cases_signed
import pki

SECONDS = 3.0  # of a process on a busy machine; the library's own bound is far below
GROUPS = [('verify', cases_signed.ROWS), ('verify', cases_encrypted.SIGNATURE_ROWS),
          ('verify', cases_mime.ROWS), ('verify', cases_path.ROWS),
          ('verify', cases_names.ROWS),
          ('decrypt', cases_encrypted.ROWS),
          ('decrypt', cases_mime.DECRYPT_ROWS)]


class Runner:
    def __init__(self, command, folder):
        self.command = command
        self.folder = folder
        self.world = pki.World()
        self.anchors, self.identity, self.domains, self.pinned = self.world.write(folder)
        self.refusals = {}  # text of each DECRYPT error, AC-79

    def arguments(self, verb, out):
        made = [self.command, verb, '--json', '--trust', self.anchors, '-o', out,
                '--trust-domain', self.domains, '--pin', self.pinned]
        keys = ['--identity', self.identity, '--identity', cases_encrypted.EC_IDENTITY]
        return made + (keys if verb == 'decrypt' else [])

    def run(self, verb, message):
        """What came of it in our words, and problems that no case may have."""
        path, out = os.path.join(self.folder, 'in.eml'), os.path.join(self.folder, 'out.eml')
        with open(path, 'wb') as target:
            target.write(message)
        start = time.monotonic()
        try:
            done = subprocess.run(self.arguments(verb, out) + [path], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=30)
        except subprocess.TimeoutExpired:
            return 'hangs', ['hangs']
        seconds = time.monotonic() - start
        written = os.path.exists(out)
        found, problems = self.outcome(verb, done)
        if seconds > SECONDS:
            problems.append('%.1f s' % seconds)
        if written:
            problems += self.check_output(out, found)
        elif found == 'opened' or found.startswith('pass'):
            problems.append('nothing was written')
        return found, problems

    def outcome(self, verb, done):
        if done.returncode not in (0, 1):
            return 'died', ['exit %d: %s' % (done.returncode, done.stderr.decode()[:200])]
        try:
            document = json.loads(done.stdout)
        except ValueError:
            return 'garbled', ['no JSON: ' + done.stdout.decode(errors='replace')[:100]]
        if 'error' in document:
            return self.error(document)
        outcome = document['outcome']
        kinds = [layer['kind'] for layer in document.get('layers', [])]
        signed = any(kind.startswith('signed') for kind in kinds)
        problems = []
        if verb == 'decrypt' and not signed and kinds and done.returncode == 0:
            return 'opened', ['encrypted only, and a pass'] if outcome == 'pass' else []
        if (outcome == 'pass') != (done.returncode == 0):
            problems.append('exit %d with outcome %s' % (done.returncode, outcome))
        return outcome + ':' + document['reason'], problems

    def error(self, document):
        name = document['error'].replace('SMIMEGW_E_', '')
        if name == 'DECRYPT':
            self.refusals.setdefault(document['text'], 0)
            self.refusals[document['text']] += 1
        return 'error:' + name, []

    def check_output(self, out, found):
        with open(out, 'rb') as source:
            text = source.read()
        os.unlink(out)
        if found != 'opened' and not found.startswith('pass'):
            return ['something was written']
        body = text.split(b'\r\n\r\n', 1)[0]
        # AC-94, AC-100: nothing of what stands around or inside the headers gets in.
        bad = [word for word in (b'Pay Eve', b'ceo@', b'evil', b'smime=pass', b'X-Spam')
               if word in body or word == b'Pay Eve' and word in text]
        return ['handed out: %r' % word for word in bad]


def matches(found, expected):
    """`expected` has alternatives; one without a reason takes any."""
    return any(found == one or found.split(':')[0] == one for one in expected.split())


def parse_arguments():
    parser = argparse.ArgumentParser(description='abuse cases')
    parser.add_argument('cases', nargs='*')
    parser.add_argument('--keep', metavar='FOLDER')
    return parser.parse_args()


def keep(folder, number, case, message):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, '%03d-%s.eml' % (number, case)), 'wb') as target:
        target.write(message)


def report(number, row, found, problems):
    case, name, _, expected = row
    good = matches(found, expected) and not problems
    print('%s %d - %s %s: %s%s' % ('ok' if good else 'not ok', number, case, name, found,
                                   '' if good else ' (expected %s; %s)' % (
                                       expected, '; '.join(problems) or 'no other problem')),
          flush=True)
    return not good


def command():
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
    return os.environ.get('SMIMEGW', os.path.join(root, 'build/examples/cli/smimegw'))


def select_rows(cases):
    """All, or those of the cases, as (verb, row)."""
    return [(verb, row) for verb, group in GROUPS for row in group
            if not cases or row[0] in cases]


def main():
    options = parse_arguments()
    rows = select_rows(options.cases)
    failures = 0
    print('1..%d' % (len(rows) + 1))
    with tempfile.TemporaryDirectory(prefix='smimegw-abuse-') as folder:
        runner = Runner(command(), folder)
        for number, (verb, row) in enumerate(rows, 1):
            message = row[2](runner.world)
            if options.keep:
                keep(options.keep, number, row[0], message)
            failures += report(number, row, *runner.run(verb, message))
        if options.keep:
            runner.world.write(options.keep)
        texts = list(runner.refusals)
    good = len(texts) < 2
    print('%s %d - AC-79 one text for all refusals: %s' % ('ok' if good else 'not ok',
                                                           len(rows) + 1, texts))
    return 1 if failures or not good else 0


if __name__ == '__main__':
    sys.exit(main())
