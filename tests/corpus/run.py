# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every message of the corpus through the command, against the manifest's verdict; TAP.

Environment: SMIMEGW the command, SMIMEGW_CORPUS the corpus; without a corpus all is skipped.
Arguments: parts of paths, to run only these; --propose prints the lines that exceptions.tsv lacks.

exceptions.tsv: path, what is expected instead, why our rule decides another way.
"""

import argparse
import concurrent.futures
import csv
import json
import os
import subprocess
import sys
import tempfile

import messages
import tables

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, '..', '..')
NOT_MESSAGES = ('malformed PKCS#12', 'Outlook .msg container')


class Corpus:
    def __init__(self, folder, command, scratch):
        self.folder = folder
        self.command = command
        self.scratch = scratch
        with open(os.path.join(folder, 'MANIFEST.tsv'), newline='') as source:
            rows = csv.DictReader(source, delimiter='\t', quoting=csv.QUOTE_NONE)
            self.entries = {row['path']: row for row in rows}
        with open(os.path.join(HERE, 'exceptions.tsv'), newline='') as source:
            lines = [line for line in source if line.strip() and not line.startswith('#')]
        self.exceptions = {line.split('\t')[0]: line.split('\t')[1] for line in lines}
        with open(os.path.join(folder, tables.PKITS), newline='') as source:
            rows = csv.DictReader(source, delimiter='\t', quoting=csv.QUOTE_NONE)
            self.crls = {tables.PKITS_MAILS + row['derived_eml']: row['crls'].split(',')
                         for row in rows}

    def messages(self):
        """The entries that are mail or CMS."""
        return [entry for entry in self.entries.values()
                if entry['kind'] in ('message', 'attack') and
                not any(words in entry['expected_verdict'] for words in NOT_MESSAGES)]

    def file(self, path):
        return os.path.join(self.folder, path)

    def note(self, entry, name):
        """The value of `name: value` in the note."""
        for item in entry['note'].split(';'):
            if item.strip().startswith(name + ':'):
                return item.split(':', 1)[1].strip().split(' ')[0]
        return None

    def message(self, entry):
        with open(self.file(entry['path']), 'rb') as source:
            data = source.read()
        name = self.note(entry, 'content')
        if name is None:
            return messages.message_of(data, None)
        with open(self.file(name), 'rb') as source:
            return messages.message_of(data, source.read())

    def identity(self, entry, number):
        """Arguments that name the key; PEM keys are joined with their certificate."""
        key = self.note(entry, 'key')
        if key not in self.entries or key in tables.UNREADABLE_KEYS or \
                entry['expected_verdict'].startswith('no key'):
            key = tables.SOMEBODY
        path = os.path.join(self.scratch, '%d.identity' % number)
        with open(path, 'wb') as out:
            for part in (tables.CERTS.get(key), key):
                if part is not None:
                    with open(self.file(part), 'rb') as source:
                        out.write(source.read() + (b'\n' if part != key else b''))
        measured = self.entries[key]['openssl_measured']
        arguments = ['--identity', path]
        if 'pw:' in measured:
            word = measured.split('pw:', 1)[1].split(')')[0].split(',')[0]
            secret = os.path.join(self.scratch, '%d.secret' % number)
            with open(secret, 'w') as out:
                out.write('' if word == '<empty>' else word)
            arguments += ['--passphrase-file', secret]
        return arguments

    def arguments(self, entry, number):
        path = entry['path']
        encrypted = 'env(' in entry['openssl_measured']
        verb = 'decrypt' if encrypted or 'decrypts' in entry['expected_verdict'] else 'verify'
        made = [self.command, verb, '--json', '--time', tables.by_prefix(tables.TIMES, path)]
        for anchor in tables.by_prefix(tables.ANCHORS, path, [tables.STRANGER]):
            made += ['--trust', self.file(anchor)]
        for cert in tables.by_prefix(tables.INTERMEDIATES, path, []):
            made += ['--intermediate', self.file(cert)]
        if path in self.crls:
            made += ['--set', 'sender-check=never', '--revocation', 'required']
            files = [self.file('%s/%s.crl' % (tables.PKITS_CRLS, name))
                     for name in self.crls[path]]
            for file in filter(os.path.exists, files):
                made += ['--crl', file]
        if verb == 'verify':
            return made
        return made + ['--set', 'legacy-decrypt=yes'] + self.identity(entry, number)

    def judge(self, number, entry):
        """What the command said, in our words."""
        path = os.path.join(self.scratch, '%d.eml' % number)
        with open(path, 'wb') as out:
            out.write(self.message(entry))
        try:
            done = subprocess.run(self.arguments(entry, number) + [path], timeout=30,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        except subprocess.TimeoutExpired:
            return 'hangs'
        finally:
            os.unlink(path)
        return words_of(done)


def words_of(done):
    if done.returncode not in (0, 1):
        return 'trouble:%s' % done.stderr.decode(errors='replace').strip()[:120]
    document = json.loads(done.stdout)
    if 'error' in document:
        return 'error:' + document['error'].replace('SMIMEGW_E_', '')
    kinds = [layer['kind'] for layer in document.get('layers', [])]
    if done.returncode == 0 and kinds and not any(kind.startswith('signed') for kind in kinds):
        return 'opened'
    return '%s:%s' % (document['outcome'], document['reason'])


def matches(found, expected):
    """A word without a reason takes any; one that ends with - takes reasons of that start."""
    for word in expected.split():
        if found == word or found.split(':')[0] == word or (
                word.endswith('-') and found.startswith(word)):
            return True
    return False


def report(number, entry, expected, found, exceptional):
    good = matches(found, expected)
    detail = '' if good else ' (expected %s: %s)' % (expected, entry['expected_verdict'])
    print('%s %d - %s: %s%s%s' % ('ok' if good else 'not ok', number, entry['path'], found,
                                  ' [exception]' if exceptional else '', detail))
    return good


def run_all(corpus, chosen, propose):
    counts = {'ok': 0, 'failed': 0, 'exceptions': 0}
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        found = list(pool.map(corpus.judge, range(len(chosen)), chosen))
    print('1..%d' % len(chosen))
    for number, (entry, words) in enumerate(zip(chosen, found), 1):
        exceptional = entry['path'] in corpus.exceptions
        expected = corpus.exceptions.get(entry['path'], tables.expected_of(entry))
        good = report(number, entry, expected, words, exceptional)
        counts['ok' if good else 'failed'] += 1
        counts['exceptions'] += exceptional
        if propose and not good:
            print('#\t%s\t%s\t%s' % (entry['path'], words, entry['expected_verdict']))
    print('# %(ok)d as expected (%(exceptions)d by exception), %(failed)d not' % counts)
    return 1 if counts['failed'] else 0


def main():
    parser = argparse.ArgumentParser(description='the corpus')
    parser.add_argument('parts', nargs='*')
    parser.add_argument('--propose', action='store_true')
    options = parser.parse_args()
    folder = os.environ.get('SMIMEGW_CORPUS', os.path.join(ROOT, '..', 'shared', 'corpus'))
    command = os.environ.get('SMIMEGW', os.path.join(ROOT, 'build/examples/cli/smimegw'))
    if not os.path.exists(os.path.join(folder, 'MANIFEST.tsv')):
        print('1..0 # SKIP no corpus: set SMIMEGW_CORPUS')
        return 0
    with tempfile.TemporaryDirectory(prefix='smimegw-corpus-') as scratch:
        corpus = Corpus(os.path.abspath(folder), command, scratch)
        chosen = [entry for entry in corpus.messages()
                  if not options.parts or any(part in entry['path'] for part in options.parts)]
        return run_all(corpus, chosen, options.propose)


if __name__ == '__main__':
    sys.exit(main())
