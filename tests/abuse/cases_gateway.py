# SPDX-License-Identifier: LGPL-2.1-or-later
"""The abuse cases of groups S, E and M in SECURITY.md (b) through `smimegw receive`; prints TAP.

The messages are those of run.py, and so is what is expected of each. At a gateway it means: each
message is delivered; as it came where it does not open, or where its signature is kept or counts
for nothing; the booleans and Authentication-Results say pass where run.py expects it, and nowhere
else. Arguments: as of run.py.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

import cases_encrypted
import cms
import mail
import results
import run

ID = 'mx.example.net'
FIELD = re.compile(rb'\AAuthentication-Results: [^\n]*\n(?:[ \t][^\n]*\n)*')
# What no rewritten message may hold: text around a signed part, fields that stood inside.
SMUGGLED = (b'ceo@', b'evil', b'smime=pass', b'X-Spam')

# AC-75: headers that an encryption may bring, each of them with a field for the outer header.
INNER = [b'Content-Type: text/plain\0\r\nBcc: eve\r\n', b'Content-Type: text/plain\rBcc: eve\r\n',
         b'Content-Type: text/plain\nBcc: eve\n', b'Content-X: a\r\n \r\nBcc: eve\r\n',
         b'Content-X: \xff\x80\r\nBcc: eve\r\n', b'Content-X: ' + b'y' * (1 << 20) + b'\r\nBcc: eve\r\n',
         b'Content-Type : text/plain\r\nBcc: eve\r\n', b'Content-X: y\r\r\nBcc: eve\r\n',
         b'From eve\r\nBcc: eve\r\n', b'no field\r\nBcc: eve\r\n']
# What becomes of fields that are not clean; None: it is left encrypted, for nobody could tell
# how to read what is inside.
DIRTY = [(b'Content-Type: text/plain; name="\xfc.txt"\r\n', b"\r\n name*=utf-8''%C3%BC.txt\r\n"),
         (b'Content-Type: text/plain; x="\x1b[2J"\r\n', b'\r\n x="_[2J"\r\n'),
         (b'Content-Type: text/plain; x="\xc3\xbc"\r\n', b'; x="\xc3\xbc"\r\n'),
         (b'Content-Type: text/plain\r\nContent-Description: \xfc\r\n \r\n\tb\r\n',
          b'\r\nContent-Description: =?utf-8?Q?=C3=BC?= b\r\n'),
         (b'Content-Type: text/plain\r\nContent-X: a\r\n \r\n\tb\r\n', b'\r\nContent-X: a\r\n\tb\r\n'),
         (b'Content-Type: text/plain\r\nContent-ID: <\xfc>\r\n', b'\r\nContent-Type: text/plain\r\n'),
         (b'Content-Type: text/pl\xe4in\r\n', None),
         (b'Content-Type: multipart/mixed; boundary="\xe4"\r\n', None),
         (b'Content-Type: text/plain\r\nContent-Transfer-Encoding: \xfc\r\n', None),
         (b'Content-Transfer-Encoding: 7bit\x01\r\n', None)]
UNCLEAN = re.compile(rb'(?m)Bcc:|[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|^[ \t]+\r?$')


class Gateway(run.Runner):
    def __init__(self, command, folder):
        super().__init__(command, folder)
        self.words = set()  # of smime=, AC-107

    def receive(self, message, rule, *more):
        """What was delivered, and the report."""
        path, out = os.path.join(self.folder, 'in.eml'), os.path.join(self.folder, 'out.eml')
        with open(path, 'wb') as target:
            target.write(message)
        arguments = self.arguments('decrypt', out)
        arguments[1] = 'receive'
        done = subprocess.run(arguments + ['--authserv-id', ID, '--signature', rule, *more, path],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
        if done.returncode != 0:
            raise results.Malformed('exit %d: %s' % (done.returncode, done.stderr.decode()[:200]))
        with open(out, 'rb') as source:
            return source.read(), json.loads(done.stdout)

    def split(self, delivered):
        """The words of our field, and what is below it."""
        field = FIELD.match(delivered)
        if not field:
            raise results.Malformed('no field')
        crlf = re.sub(rb'\r?\n', b'\r\n', field.group(0))  # in LF mail it ends as the others
        words = results.read_smime(crlf, ID)
        self.words.update(words)
        return words, delivered[field.end():]

    def check(self, verb, row, message, rule):
        """What is wrong with how this message is received."""
        delivered, verdict = self.receive(message, rule)
        words, rest = self.split(delivered)
        problems = self.check_verdict(row[3], verdict, words)
        if rest != message:
            problems += self.check_rewritten(verb, row[3], rest, rule, verdict)
        elif rule == 'remove' and verdict['outcome'] == 'pass':
            problems.append('the signature was not removed')
        return problems

    @staticmethod
    def check_verdict(expected, verdict, words):
        outcome, verified = verdict['outcome'], verdict['gateway_verified']
        may_pass = any(one.split(':')[0] in ('pass', 'opened') for one in expected.split())
        problems = []
        if ('pass' in words) != (outcome == 'pass') or 'pass' in words and len(set(words)) > 1:
            problems.append('%s with smime=%s' % (outcome, words))
        if verified and not may_pass:
            problems.append('gateway_verified')
        if verified and outcome not in ('pass', 'none'):
            problems.append('gateway_verified with ' + outcome)
        if outcome == 'pass' and not (verified and verdict['gateway_message']):
            problems.append('a pass without the booleans')
        if expected == 'pass' and outcome != 'pass' or expected == 'opened' and not verified:
            problems.append('%s:%s, expected %s' % (outcome, verdict['reason'], expected))
        return problems

    @staticmethod
    def check_rewritten(verb, expected, rest, rule, verdict):
        problems = []
        if verb == 'verify' and (rule == 'keep' or verdict['outcome'] != 'pass'):
            problems.append('not as it came')
        # what is encrypted again inside comes out for whom it is for
        if (all(one.startswith('error:') for one in expected.split()) and
                len(verdict['layers']) < 2):
            problems.append('opened')
        head = rest.split(b'\r\n\r\n', 1)[0]
        problems += ['handed out: %r' % word for word in SMUGGLED if word in head]
        if rule == 'remove' and verdict['outcome'] == 'pass' and b'Pay Eve' in rest:
            problems.append('text that nobody signed')
        return problems

    def judge(self, verb, row, message):
        problems = []
        for rule in ('keep', 'remove'):
            try:
                problems += ['%s: %s' % (rule, one)
                             for one in self.check(verb, row, message, rule)]
            except (results.Malformed, ValueError, KeyError,
                    subprocess.TimeoutExpired) as error:
                problems.append('%s: %s %s' % (rule, type(error).__name__, error))
        return problems


    def inner_headers(self):
        """AC-75: those that got something of theirs into the header of what is delivered."""
        bad = []
        for inner in INNER:
            message = cases_encrypted.envelope(inner + b'\r\nbody\r\n')(self.world)
            _, rest = self.split(self.receive(message, 'keep')[0])
            head = re.split(rb'\r?\n\r?\n', rest, maxsplit=1)[0]
            if rest != message and (UNCLEAN.search(head) or
                                    not head.startswith(mail.HEADERS.rstrip())):
                bad.append(inner[:40])
        for inner, wanted in DIRTY:
            message = cases_encrypted.envelope(inner + b'\r\nbody\r\n')(self.world)
            _, rest = self.split(self.receive(message, 'keep')[0])
            head = rest.split(b'\r\n\r\n')[0] + b'\r\n'
            if (rest == message if wanted else rest != message) or UNCLEAN.search(head) or \
                    wanted and wanted not in head or b'\xfc' in head.replace(b'\xc3\xbc', b''):
                bad.append(inner[:40])
        return bad

    def all_words(self):
        """AC-107: what was written has every result; whether a signer is revoked can be asked
        again later."""
        message = mail.opaque(cms.sign(self.world.alice, mail.TEXT))
        words, rest = self.split(self.receive(message, 'remove', '--revocation', 'required')[0])
        return words == ['temperror'] and rest == message and self.words == results.RESULTS


def main():
    options = run.parse_arguments()
    rows = run.select_rows(options.cases)
    failures = 0
    print('1..%d' % (len(rows) + 2))
    with tempfile.TemporaryDirectory(prefix='smimegw-abuse-') as folder:
        gateway = Gateway(run.command(), folder)
        for number, (verb, row) in enumerate(rows, 1):
            message = row[2](gateway.world)
            if options.keep:
                run.keep(options.keep, number, row[0], message)
            problems = gateway.judge(verb, row, message)
            failures += bool(problems)
            print('%s %d - %s %s%s' % ('not ok' if problems else 'ok', number, row[0], row[1],
                                       ': ' + '; '.join(problems) if problems else ''), flush=True)
        smuggled = gateway.inner_headers()
        failures += bool(smuggled)
        print('%s %d - AC-75 headers inside: %s' % ('not ok' if smuggled else 'ok', len(rows) + 1,
                                                    smuggled))
        good = gateway.all_words() or bool(options.cases)
        print('%s %d - AC-107 all results: %s' % ('ok' if good else 'not ok', len(rows) + 2,
                                                  sorted(gateway.words)))
    return 1 if failures or not good else 0


if __name__ == '__main__':
    sys.exit(main())
