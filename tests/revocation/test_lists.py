#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""CRLs of `openssl ca` and certtool, and what comes of messages with each of them."""

import subprocess
import unittest

from authority import clear_text, openssl, run, sign
from scene import GOOD, REVOKED, TROUBLE, UNKNOWN, SceneTest


class Lists(SceneTest):
    def rows(self):
        world, other = self.world, self.other
        return ((GOOD, [world.good]), (REVOKED, [world.bad]), (UNKNOWN, [world.stale_good]),
                (UNKNOWN, [world.stale_bad]), (UNKNOWN, [other.good]), (UNKNOWN, [other.bad]),
                (REVOKED, [world.good, world.bad]), (REVOKED, [world.bad, world.good]),
                (REVOKED, [world.bad, other.good, world.stale_good]),
                (GOOD, [world.stale_bad, world.good, other.bad]))

    def test_nothing_is_supplied(self):
        for message in (self.by_openssl, self.by_us(self.world.alice)):
            self.expect_reasons(UNKNOWN, message)
            self.expect_reasons(UNKNOWN, message, *self.given(self.world.root_list))

    def test_pem_der_and_one_file(self):
        for number, message in enumerate((self.by_openssl, self.by_us(self.world.alice))):
            for expected, lists in self.rows():
                lists = [self.world.root_list, *lists]
                ders = [path.with_suffix('.der') for path in lists]
                one = self.write('all.pem', b''.join(path.read_bytes() for path in lists))
                for given in (lists, ders, [one]) if number == 0 else ([one],):
                    self.expect_reasons(expected, message, *self.given(*given))

    def test_with_text_between_the_lists(self):
        text = b''.join(openssl('crl', '-in', path, '-text')
                        for path in (self.world.root_list, self.world.bad))
        self.assertIn(b'Revocation Date', text)
        self.expect_reasons(REVOKED, self.by_openssl,
                            *self.given(self.write('text.pem', text)))

    def test_whoever_is_not_listed(self):
        message = sign(self.world, self.world.bob)
        self.expect_reasons(GOOD, message, *self.given(self.world.root_list, self.world.bad))

    def test_revoked_intermediate(self):
        for leaf in (self.world.alice, self.world.bob):
            self.expect_reasons(REVOKED, sign(self.world, leaf),
                                *self.given(self.world.root_bad, self.world.good))

    def test_only_the_leaf_is_known(self):
        """Required means the whole path."""
        self.expect_reasons(UNKNOWN, self.by_openssl, *self.given(self.world.good))

    def test_crl_alone_sets_the_rule(self):
        self.expect(1, 'verify', '--trust', self.world.root.cert, '--crl', self.world.bad,
                    message=self.by_openssl)

    def test_decrypting(self):
        made = self.expect(0, 'sign-encrypt', '--identity', self.world.alice.identity,
                           '--recipient', self.world.bob.cert,
                           message=clear_text(self.world.alice)).out
        bob = ['--identity', self.world.bob.identity]
        for expected, lists in self.rows()[:5]:
            self.expect_reasons(expected, made, *bob,
                                *self.given(self.world.root_list, *lists), verb='decrypt')

    def test_openssl_agrees(self):
        """`openssl verify` on the same lists: all of them, and the whole path."""
        world = self.world
        for lists, words in (([world.good], None), ([world.bad], 'revoked'),
                             ([world.stale_good], 'expired'), ([], 'unable to get'),
                             ([self.other.bad], 'unable to get')):
            given = b''.join(path.read_bytes() for path in [world.root_list, *lists])
            done = subprocess.run(
                ['openssl', 'verify', '-crl_check_all', '-CAfile', str(world.root.cert),
                 '-untrusted', str(world.middle.cert), '-CRLfile',
                 str(self.write('crls.pem', given)), str(world.alice.cert)],
                capture_output=True, check=False)
            text = (done.stdout + done.stderr).decode()
            ours = self.reason(self.by_openssl, 'required',
                               *self.given(self.folder / 'crls.pem'))
            self.assertEqual(done.returncode == 0, ours == 'ok', text)
            self.assertEqual(words == 'revoked', ours == 'cert-revoked')
            if words is not None:
                self.assertRegex(text, words)

    def test_what_is_not_a_list(self):
        for path, words in ((self.world.alice.cert, 'certificate'),
                            (self.world.alice.key, 'private key'),
                            (self.write('empty.pem', b''), 'empty')):
            result = self.expect(TROUBLE, 'verify', '--trust', self.world.root.cert, '--crl',
                                 path, message=self.by_openssl)
            self.assertIn(str(path), result.err)
            self.assertIn(words, result.err)
            self.assertEqual(result.out, b'')


class Certtool(SceneTest):
    """A CRL of GnuTLS' own."""

    def make(self, authority, *revoked):
        template = self.write('template', b'crl_next_update = 7\ncrl_number = 99\n')
        path = self.folder / (authority.folder.name + '-gnutls.pem')
        arguments = []
        if revoked:
            both = self.write('revoked.pem', b''.join(one.read_bytes() for one in revoked))
            arguments = ['--load-certificate', both]
        run('certtool', '--generate-crl', '--load-ca-privkey', authority.person.key,
            '--load-ca-certificate', authority.cert, *arguments, '--template', template,
            '--outfile', path)
        return path

    def test_lists(self):
        world = self.world
        roots = self.make(world.root)
        self.expect_reasons(GOOD, self.by_openssl,
                            *self.given(roots, self.make(world.middle)))
        self.expect_reasons(GOOD, self.by_openssl,
                            *self.given(roots, self.make(world.middle, world.bob.cert)))
        self.expect_reasons(REVOKED, self.by_openssl, *self.given(
            roots, self.make(world.middle, world.bob.cert, world.alice.cert)))
        self.expect_reasons(REVOKED, self.by_openssl, *self.given(
            self.make(world.root, world.middle.cert), self.make(world.middle)))

    def test_newer_than_that_of_openssl(self):
        """Of two lists of one issuer the newer one counts, whoever made it."""
        world = self.world
        taken_back = self.make(world.middle)
        self.expect_reasons(GOOD, self.by_openssl,
                            *self.given(world.root_list, world.stale_bad, taken_back))


if __name__ == '__main__':
    unittest.main()
