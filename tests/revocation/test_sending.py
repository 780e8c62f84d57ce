#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Recipients that were revoked."""

import unittest

from authority import clear_text, run
from scene import DONE, TROUBLE, SceneTest


class Sending(SceneTest):
    def send(self, code, recipients, *arguments, verb='encrypt'):
        """To standard output, and to a file; nothing is there after a failure."""
        target = self.folder / 'out.eml'
        who = [part for person in recipients for part in ('--recipient', person.cert)]
        if verb != 'encrypt':
            who += ['--identity', self.world.bob.identity]
        message = clear_text(self.world.bob)
        result = self.expect(code, verb, *who, *self.world.everybody(), *arguments,
                             message=message)
        self.assertEqual(result.out != b'', code == DONE)
        self.expect(code, verb, *who, *self.world.everybody(), *arguments, '-o', target,
                    message=message)
        self.assertEqual(self.files(), ['out.eml'] if code == DONE else [])
        if code == DONE:
            target.unlink()
        return result

    def test_revoked(self):
        world = self.world
        for verb in ('encrypt', 'sign-encrypt', 'triple'):
            for rule in ([], ['--revocation', 'if-available'], ['--revocation', 'required']):
                given = [*self.given(world.root_list, world.bad), *rule]
                for recipients in ([world.alice], [world.bob, world.alice]):
                    result = self.send(TROUBLE, recipients, *given, verb=verb)
                    self.assertIn('revoked', result.err)
                    self.assertIn('CN=alice', result.err)
                self.send(DONE, [world.bob], *given, verb=verb)

    def test_revoked_by_a_response(self):
        world = self.world
        for signer in (world.middle.person, world.responder):
            for index, code in ((world.good_index, DONE), (world.bad_index, TROUBLE)):
                path = world.middle.answer('to-alice', index, world.alice.cert, signer)
                for rule in ('if-available', 'required'):
                    self.send(code, [world.alice], *self.given(world.root_list, path),
                              '--revocation', rule)

    def test_revoked_intermediate(self):
        given = self.given(self.world.root_bad, self.world.good)
        self.assertIn('revoked', self.send(TROUBLE, [self.world.bob], *given).err)

    def test_off(self):
        self.send(DONE, [self.world.alice], *self.given(self.world.bad), '--revocation', 'off')

    def test_unknown(self):
        """Temporary where it must be known: another answer may come later."""
        world = self.world
        for given in ([], self.given(world.root_list), self.given(world.root_list,
                                                                  world.stale_bad),
                      self.given(world.good)):
            for verb in ('encrypt', 'sign-encrypt'):
                self.send(DONE, [world.alice], *given, '--revocation', 'if-available', verb=verb)
                result = self.send(TROUBLE, [world.alice], *given, '--revocation', 'required',
                                   verb=verb)
                self.assertIn('not known', result.err)
        for verb in ('encrypt', 'sign-encrypt'):
            self.send(DONE, [world.alice, world.bob], *self.given(world.root_list, world.good),
                      '--revocation', 'required', verb=verb)

    def test_openssl_reads_what_was_sent(self):
        target = self.folder / 'out.eml'
        self.expect(DONE, 'encrypt', '--recipient', self.world.bob.cert, '--cipher',
                    'aes-256-cbc', *self.world.everybody(), '--revocation', 'required',
                    *self.given(self.world.root_list, self.world.bad), '-o', target,
                    message=clear_text(self.world.bob))
        clear = run('openssl', 'cms', '-decrypt', '-in', target, '-recip', self.world.bob.cert,
                    '-inkey', self.world.bob.key)
        self.assertIn(b'Hello', clear)


if __name__ == '__main__':
    unittest.main()
