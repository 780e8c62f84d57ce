# SPDX-License-Identifier: LGPL-2.1-or-later
"""smimegw filter: one message through a pipe, all of it or nothing, with the exit codes of an MTA."""

import signal
import subprocess
import time
import unittest

from support import (ALICE, ALICE_CERT, COMMAND, DONE, OTHER, OTHER_CERT, USAGE,
                     CommandTest, body_of)

REFUSED, NO_KEY, LATER = 65, 67, 75
BOB, DAVE = 'rsa2048@example.com', 'dave@example.net'
SENDER = 'alice@example.com'

# Takes what sendmail takes; files of it lie in the folder of argv[1].
SENDMAIL = '''#!/usr/bin/env python3
import os, sys
folder, limit, words = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
number = len(os.listdir(folder))
if number >= limit:
    sys.exit(69)
data = sys.stdin.buffer.read()
open('%s/%d' % (folder, number), 'wb').write(repr(words).encode() + b'\\n' + data)
print('queued')
'''


class FilterTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.keyring = self.folder / 'keys.pem'
        self.expect(DONE, 'key', 'add', '--keyring', self.keyring, 'Bob', OTHER_CERT)
        self.sent = self.folder / 'sent'
        self.sent.mkdir()
        self.sendmail = self.write('sendmail', SENDMAIL.encode())
        self.sendmail.chmod(0o755)

    def outgoing(self, code, *arguments, to=(BOB,), missing='bounce', mta=('--mta',), **options):
        options.setdefault('message', self.offer)
        result = self.run_command('filter', *mta, '--outgoing', '--keyring', self.keyring, '--from', SENDER,
                                  '--set', 'mode=encrypt', '--set', 'missing-key=' + missing,
                                  *arguments, '--', *to, **options)
        self.assertEqual(result.code, code, result.err)
        return result

    def incoming(self, code, *arguments, **options):
        result = self.run_command('filter', '--mta', '--incoming', *arguments, **options)
        self.assertEqual(result.code, code, result.err)
        return result

    def send_with(self, limit=9, marks='-f {sender} -- {recipients}'):
        return ['--send-with', '"%s" \'%s\' %d %s' % (self.sendmail, self.sent, limit, marks)]

    def was_sent(self):
        return [path.read_bytes().split(b'\n', 1) for path in sorted(self.sent.iterdir())]


class Outgoing(FilterTest):
    def test_one_delivery(self):
        made = self.outgoing(DONE)
        self.assertEqual(made.err, '')
        opened = self.expect(DONE, 'decrypt', '--identity', OTHER, message=made.out).out
        self.assertEqual(body_of(opened), body_of(self.offer))

    def test_profile_and_identity(self):
        profiles = ['--profiles', self.folder / 'p.txt']
        self.expect(DONE, 'profile', 'create', *profiles, 'x', '--set', 'mode=sign')
        made = self.run_command('filter', '--outgoing', *profiles, '--profile', 'x', '--identity', ALICE,
                                '--from', SENDER, '--to', DAVE, message=self.offer)
        self.assertEqual(made.code, DONE, made.err)
        self.expect(DONE, 'verify', '--pin', ALICE_CERT, message=made.out)

    def test_bounces(self):
        """C13, C12"""
        result = self.outgoing(NO_KEY, to=(DAVE,))
        self.assertEqual((result.out, result.err),
                         (b'', '5.7.5 No usable certificate to encrypt for this recipient\n'))
        self.assertEqual(self.outgoing(NO_KEY, to=(BOB, DAVE)).out, b'')
        self.assertEqual(self.outgoing(4, to=(DAVE,), mta=()).out, b'')
        result = self.run_command('filter', '--mta', '--outgoing', '--identity', OTHER, '--from', SENDER, BOB,
                                  message=self.offer)
        self.assertEqual((result.code, result.out), (REFUSED, b''))
        self.assertTrue(result.err.startswith('5.7.1 '), result.err)
        self.outgoing(REFUSED, message=b'From: a@example.com\nMIME-Version: 1.0\nContent-Type: text/plain\n'
                                       b'Content-Type: text/html\n\nx\n')

    def test_dropped(self):
        """C14: a final program drops; what a filter's MTA would take for an empty message waits."""
        for arguments, code in (([], LATER), (self.send_with(), DONE)):
            result = self.outgoing(code, *arguments, to=(BOB, DAVE), missing='drop')
            self.assertEqual(result.out, b'')
            self.assertIn('dropped', result.err)
        self.assertEqual(self.was_sent(), [])

    def test_what_one_exit_code_can_not_say_waits(self):
        for missing, words in (('split', 'send-with'), ('split-bounce', 'one recipient a call')):
            result = self.outgoing(LATER, to=(BOB, DAVE), missing=missing)
            self.assertEqual(result.out, b'')
            self.assertIn(words, result.err)
        self.assertEqual(self.outgoing(LATER, *self.send_with(), to=(BOB, DAVE), missing='split-bounce').out, b'')
        self.assertEqual(self.was_sent(), [])

    def test_all_trouble_is_75(self):
        for arguments in (['--set', 'cipher=rot13'], ['--no-such-option'], ['--set', 'extra-recipients=x'],
                          ['--identity', '/no/such'], ['--crl', '/no/such'], ['--incoming'],
                          ['--profile', 'x'], ['--signature', 'keep'], ['--set', 'message-size=100'],
                          ['--set', 'spool-directory=/no/such'], ['--send-with', '/bin/true'],
                          ['--send-with', '/bin/true {sender}'], ['--send-with', '/no/such {sender} -- {recipients}'],
                          ['--profiles', ALICE, '--profile', 'x']):
            with self.subTest(arguments=arguments):
                result = self.outgoing(LATER, *arguments)
                self.assertEqual(result.out, b'')
                self.assertNotEqual(result.err, '')
        self.assertEqual(self.outgoing(LATER, message=b'').out, b'')
        self.assertEqual(self.outgoing(LATER, to=('',)).out, b'')
        self.assertEqual(self.outgoing(LATER, to=()).out, b'')
        self.keyring.unlink()
        self.assertIn('keys.pem', self.outgoing(LATER).err)
        for words in (['filtr', '--mta'], ['filter', '--mta'], ['sign', '--mta'], ['key', '--mta']):
            self.assertEqual(self.run_command(*words, message=self.offer).code, LATER)
        # a recipient is no option
        self.assertEqual(self.run_command('filter', '--outgoing', '--', '--mta', message=self.offer).code, USAGE)

    def limited(self, size, *words):
        return subprocess.run(['bash', '-c', 'ulimit -v %d; exec "$@"' % size, 'x', COMMAND, *map(str, words)],
                              input=self.offer, capture_output=True, check=False)

    def test_out_of_memory(self):
        """From the least memory in which the command starts at all; a sanitizer starts in none."""
        codes = []
        for size in range(8000, 40000, 250):
            if not codes and self.limited(size, '--version').returncode != DONE:
                continue
            done = self.limited(size, 'filter', '--mta', '--outgoing', '--identity', ALICE, '--from', SENDER, DAVE)
            self.assertIn(done.returncode, (DONE, LATER), (size, done.stderr))
            self.assertEqual(done.returncode == DONE, done.stdout != b'')
            codes.append(done.returncode)
            if codes[-1] == DONE:
                break
        self.assertIn(codes[-1:], ([], [DONE]))


class SendWith(FilterTest):
    def test_each_delivery(self):
        """C15"""
        result = self.outgoing(DONE, *self.send_with(), to=(BOB, DAVE), missing='split')
        self.assertEqual(result.out, b'')
        (first, encrypted), (second, clear) = self.was_sent()
        self.assertEqual(first.decode(), repr(['-f', SENDER, '--', BOB]))
        self.assertEqual(second.decode(), repr(['-f', SENDER, '--', DAVE]))
        self.assertIn(b'enveloped-data', encrypted)
        self.assertEqual(clear, self.offer)

    def test_one_that_fails(self):
        result = self.outgoing(LATER, *self.send_with(limit=1), to=(BOB, DAVE), missing='split')
        self.assertIn('delivery 2 of 2 was not sent', result.err)
        self.assertIn('exit code 69', result.err)
        self.assertIn('sent already: ' + BOB, result.err)
        result = self.outgoing(LATER, *self.send_with(limit=0))
        self.assertNotIn('already', result.err)

    def test_no_address_is_an_option_or_a_command(self):
        odd = '$(touch x)`;|@example.com'
        self.outgoing(DONE, *self.send_with(), to=(odd, '-bs@example.com'), missing='split')
        self.assertEqual([words.decode() for words, _ in self.was_sent()],
                         [repr(['-f', SENDER, '--', odd, '-bs@example.com'])])
        result = self.outgoing(LATER, *self.send_with(marks='-f {sender} {recipients}'), to=('-bs@example.com',),
                               missing='split')
        self.assertIn('-bs@example.com', result.err)

    def test_incoming_and_the_null_sender(self):
        self.incoming(DONE, *self.send_with(), '--from', '', '--identity', ALICE, '--', BOB, DAVE,
                      message=self.encrypt())
        (words, message), = self.was_sent()
        self.assertEqual(words.decode(), repr(['-f', '', '--', BOB, DAVE]))
        self.assertNotIn(b'enveloped-data', message)
        self.incoming(LATER, *self.send_with(), '--', BOB, message=self.offer)


class Incoming(FilterTest):
    def test_policy(self):
        policies = ['--policies', self.folder / 'policies.txt']
        self.expect(DONE, 'policy', 'create', *policies, 'in', '--set', 'authserv-id=mx.example.com',
                    '--set', 'signature=remove')
        result = self.incoming(DONE, *policies, '--policy', 'in', '--pin', ALICE_CERT, message=self.sign())
        self.assertTrue(result.out.startswith(b'Authentication-Results: mx.example.com; smime=pass'))
        self.assertEqual(body_of(result.out), body_of(self.offer))
        self.assertEqual(result.err, '')

    def test_whatever_the_verdict(self):
        """C42"""
        broken = self.sign().replace(b'offer', b'0ffer', 1)
        for message in (broken, self.encrypt(), self.offer, b'\r\n', b'no mail at all\n' * 9):
            self.assertEqual(self.incoming(DONE, message=message).out, message)
        self.assertEqual(self.incoming(DONE, '--set', 'message-size=10', message=broken).out, broken)

    def test_all_trouble_is_75(self):
        for arguments in (['--policy', 'x'], ['--policies', '/no/such', '--policy', 'x'], ['--keyring', 'x'],
                          ['--policies', ALICE, '--policy', 'x'], ['--policy-set', 'x=y'],
                          ['--identity', '/no/such'], ['--outgoing'], ['--pin', '/no/such']):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.incoming(LATER, *arguments, message=self.offer).out, b'')
        self.assertEqual(self.incoming(LATER, message=b'').out, b'')


class Pipes(FilterTest):
    """Nothing half counts: whoever reads half of it sees a failure."""

    def start(self, **options):
        options = {'stdin': subprocess.PIPE, 'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE, **options}
        return subprocess.Popen([COMMAND, 'filter', '--mta', '--incoming'], **options)

    def test_nobody_reads(self):
        large = self.offer + b'0123456789 abcdef\r\n' * 100000
        process = self.start()
        process.stdout.close()
        process.stdin.write(large)
        process.stdin.close()
        self.assertIn(b"can't write the output", process.stderr.read())
        process.stderr.close()
        self.assertEqual(process.wait(), LATER)

    def test_full_disk(self):
        with open('/dev/full', 'wb') as full:
            done = subprocess.run([COMMAND, 'filter', '--mta', '--incoming'], input=self.offer, stdout=full,
                                  stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, LATER)
        self.assertIn(b'No space left', done.stderr)

    def test_stdin_fails(self):
        with open('/proc/self/mem', 'rb') as memory:
            process = self.start(stdin=memory)
            self.assertEqual(process.communicate()[0], b'')
        self.assertEqual(process.returncode, LATER)

    def test_ended_before_the_message_is(self):
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGHUP):
            # nohup and the like leave some of them ignored
            process = self.start(preexec_fn=lambda number=number: signal.signal(number, signal.SIG_DFL)
                                 if number != signal.SIGKILL else None)
            process.stdin.write(self.offer)
            process.stdin.flush()
            time.sleep(0.1)
            process.send_signal(number)
            self.assertEqual(process.communicate()[0], b'')
            self.assertEqual(process.returncode, -number)

    def test_ended_while_it_sends(self):
        """Deliveries that began to be sent are all sent."""
        self.sendmail.write_text(SENDMAIL.replace('data =', 'import time; time.sleep(0.4); data ='))
        process = subprocess.Popen([COMMAND, 'filter', '--mta', '--outgoing', '--keyring', self.keyring, '--from',
                                    SENDER, '--set', 'mode=encrypt', '--set', 'missing-key=split',
                                    *self.send_with(), '--', BOB, DAVE],
                                   stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        process.stdin.write(self.offer)
        process.stdin.close()
        time.sleep(0.3)
        process.terminate()
        process.wait()
        self.assertIn(len(self.was_sent()), (0, 2))
        self.assertEqual(self.files(), ['keys.pem', 'keys.pem.lock', 'sendmail', 'sent'])


if __name__ == '__main__':
    unittest.main()
