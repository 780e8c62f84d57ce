# SPDX-License-Identifier: LGPL-2.1-or-later
"""smimegw plan and protect: what becomes of a message for whom, and the copies of it."""

import json
import os
import resource
import signal
import subprocess
import time
import unittest

from support import (ALICE, ALICE_CERT, COMMAND, DONE, OFFER, OTHER, OTHER_CERT, TROUBLE, USAGE,
                     CommandTest, body_of, key)

BOUNCED, DROPPED, DEFERRED = 4, 5, 6
BOB, DAVE, EVE = 'rsa2048@example.com', 'dave@example.net', 'p256@example.com'


class PlanTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.keyring = self.folder / 'keys.pem'
        self.expect(DONE, 'key', 'add', '--keyring', self.keyring, 'Bob', OTHER_CERT)
        self.expect(DONE, 'key', 'add', '--keyring', self.keyring, 'Eve', key('p256.pem'))
        self.envelope = ['--identity', ALICE, '--keyring', self.keyring, '--from', 'alice@example.com']
        self.before = self.files()

    def fields(self, mode, missing=None):
        return ['--set', 'mode=' + mode] + (['--set', 'missing-key=' + missing] if missing else [])

    def run_plan(self, code, *arguments, to=(BOB, DAVE), verb='plan', **options):
        recipients = [word for address in to for word in ('--to', address)]
        return self.expect(code, verb, *self.envelope, *recipients, *arguments, OFFER, **options)


class Plan(PlanTest):
    def test_table(self):
        out = self.run_plan(DONE, *self.fields('sign-encrypt', 'split')).out.decode()
        self.assertEqual(out, '%s  encrypted (profile)  CN=Test rsa2048\n%s  clear (no-key)\n'
                         'delivery 1: signed, encrypted, to %s\ndelivery 2: signed, to %s\n'
                         % (BOB, DAVE, BOB, DAVE))
        out = self.run_plan(BOUNCED, '--explain', *self.fields('encrypt', 'bounce'),
                            '--set', 'isolate-blind=no').out.decode()
        self.assertIn('550 5.7.5 No usable certificate', out)
        self.assertNotIn('delivery', out)

    def test_exit_codes(self):
        for missing, code in (('split', DONE), ('bounce', BOUNCED), ('split-bounce', BOUNCED),
                              ('drop', DROPPED)):
            self.run_plan(code, *self.fields('encrypt', missing))
        self.run_plan(DONE, *self.fields('encrypt'), to=(BOB, EVE))
        self.run_plan(DEFERRED, *self.fields('encrypt'), '--set', 'extra-recipients=nobody', to=(BOB,))

    def test_json_is_that_of_the_library(self):
        plan = json.loads(self.run_plan(DONE, '--json', *self.fields('encrypt', 'split')).out)
        self.assertEqual([entry['outcome'] for entry in plan['recipients']], ['encrypted', 'clear'])
        self.assertEqual([entry['recipients'] for entry in plan['deliveries']], [[BOB], [DAVE]])

    def test_profiles_and_the_null_sender(self):
        profiles = ['--profiles', self.folder / 'p.txt']
        self.expect(DONE, 'profile', 'create', *profiles, 'x', '--set', 'mode=encrypt',
                    '--set', 'missing-key=split')
        out = self.run_plan(DONE, *profiles, '--profile', 'x').out
        self.assertIn(b'delivery 1: encrypted', out)
        self.envelope[-1] = ''
        self.run_plan(DONE, *profiles, '--profile', 'x')

    def test_what_is_forgotten_is_told(self):
        for arguments, words in (
                (['--identity', ALICE, '--to', BOB], '--from'), (['--from', '', '--identity', ALICE], '--to'),
                (['--from', '', '--to', BOB], 'needs --identity for the mode sign'),
                (['--from', '', '--to', BOB, '--set', 'mode=encrypt'], '--keyring'),
                (['--from', '', '--to', '', '--identity', ALICE], 'address'),
                (['--from', '', '--to', BOB, '--set', 'mode=encrypt', '--set', 'digest=sha256'], 'digest')):
            for more in (['plan'], ['protect', '--out-dir', self.folder / 'out']):
                self.assertIn(words, self.expect(USAGE, *more, *arguments, OFFER).err)
        self.assertEqual(self.files(), self.before)


class Protect(PlanTest):
    def setUp(self):
        super().setUp()
        self.out = self.folder / 'out'

    def protect(self, code, *arguments, **options):
        return self.run_plan(code, '--out-dir', self.out, *arguments, verb='protect', **options)

    def test_deliveries(self):
        """C15"""
        plan = json.loads(self.protect(DONE, '--json', *self.fields('sign-encrypt', 'split')).out)
        self.assertEqual(sorted(os.listdir(self.out)), ['1.eml', '1.rcpt', '2.eml', '2.rcpt'])
        for number, delivery in enumerate(plan['deliveries'], 1):
            recipients = (self.out / ('%d.rcpt' % number)).read_text().split('\n')[:-1]
            self.assertEqual(recipients, delivery['recipients'])
        opened = self.expect(DONE, 'decrypt', '--identity', OTHER, '--pin', ALICE_CERT, self.out / '1.eml').out
        self.assertIn(b'multipart/signed', opened)
        clear = self.expect(DONE, 'verify', '--pin', ALICE_CERT, self.out / '2.eml').out
        self.assertEqual(body_of(clear), body_of(self.offer))

    def test_no_delivery_no_folder(self):
        for missing, code in (('bounce', BOUNCED), ('drop', DROPPED)):
            self.protect(code, *self.fields('encrypt', missing))
            self.assertFalse(self.out.exists())
        self.protect(BOUNCED, *self.fields('encrypt', 'split-bounce'))
        self.assertEqual((self.out / '1.rcpt').read_text(), BOB + '\n')

    def test_only_a_new_or_empty_folder(self):
        self.out.mkdir()
        self.protect(DONE, *self.fields('encrypt', 'split'))
        before = {path.name: path.read_bytes() for path in self.out.iterdir()}
        self.assertIn('out', self.protect(TROUBLE, *self.fields('encrypt', 'split')).err)
        self.assertEqual(before, {path.name: path.read_bytes() for path in self.out.iterdir()})
        self.assertEqual(self.files(), self.before + ['out'])

    def test_no_room_leaves_nothing(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))
        done = subprocess.run([COMMAND, 'protect', *map(str, self.envelope), '--to', DAVE, '--to', BOB,
                               '--out-dir', self.out, *self.fields('sign-encrypt', 'split'), OFFER],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=limit, check=False)
        self.assertEqual((done.returncode, done.stdout), (TROUBLE, b''), done.stderr)
        self.assertEqual(self.files(), self.before)

    def test_ended_in_the_middle(self):
        large = self.write('large.eml', self.offer + b'0123456789 abcdef\r\n' * 1000000)
        started = ['protect', *map(str, self.envelope), '--to', BOB, '--to', DAVE, '--out-dir', str(self.out),
                   *self.fields('sign-encrypt', 'split'), str(large)]
        killed = 0
        for delay in (0.02, 0.1, 0.2, 0.3):
            process = subprocess.Popen([COMMAND, *started], stdout=subprocess.DEVNULL)
            time.sleep(delay)
            process.terminate()
            killed += process.wait() == -signal.SIGTERM
            if self.out.exists():
                self.assertEqual(len(os.listdir(self.out)), 4)
                for path in self.out.iterdir():
                    path.unlink()
                self.out.rmdir()
            self.assertEqual(self.files(), sorted(self.before + ['large.eml']))
        self.assertGreater(killed, 0)


if __name__ == '__main__':
    unittest.main()
