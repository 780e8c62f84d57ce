#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""OCSP responses of `openssl ocsp`, by the issuer and by a responder of its own."""

import unittest

from authority import run, sign
from scene import GOOD, REVOKED, UNKNOWN, SceneTest, later


class Responses(SceneTest):
    def answer(self, index, signer, *more, world=None, request=None):
        """About alice; the intermediate is known to be good from its CRL."""
        world = world or self.world
        path = world.middle.answer('one', index, world.alice.cert, signer, *more,
                                   request=request)
        copy = self.write('response-%d.der' % len(self.files()), path.read_bytes())
        return self.given(self.world.root_list, copy)

    def test_statuses(self):
        world = self.world
        messages = (self.by_openssl, self.by_us(world.alice))
        for signer in (world.middle.person, world.responder):
            for index, expected in ((world.good_index, GOOD), (world.bad_index, REVOKED),
                                    (world.empty_index, UNKNOWN)):
                given = self.answer(index, signer)
                for message in messages:
                    self.expect_reasons(expected, message, *given)

    def test_key_identifier_and_digest(self):
        """The responder is named by its key, and without its certificate by its issuer's."""
        for index, expected in ((self.world.good_index, GOOD), (self.world.bad_index, REVOKED)):
            for more in (['-resp_key_id'], ['-rmd', 'sha512'], ['-resp_no_certs']):
                self.expect_reasons(expected, self.by_openssl,
                                    *self.answer(index, self.world.middle.person, *more))

    def test_delegate_that_is_not_sent_along(self):
        given = self.answer(self.world.bad_index, self.world.responder, '-resp_no_certs')
        self.expect_reasons(UNKNOWN, self.by_openssl, *given)

    def test_certificate_id_with_sha256(self):
        request = self.folder / 'sha256.req'
        run('openssl', 'ocsp', '-sha256', '-issuer', self.world.middle.cert, '-cert',
            self.world.alice.cert, '-reqout', request)
        for index, expected in ((self.world.good_index, GOOD), (self.world.bad_index, REVOKED)):
            self.expect_reasons(expected, self.by_openssl, *self.answer(
                index, self.world.responder, request=request))

    def test_request_of_ocsptool(self):
        request = self.folder / 'gnutls.req'
        run('ocsptool', '--generate-request', '--load-cert', self.world.alice.cert,
            '--load-issuer', self.world.middle.cert, '--outfile', request)
        given = self.answer(self.world.bad_index, self.world.responder, request=request)
        self.expect_reasons(REVOKED, self.by_openssl, *given)
        text = run('ocsptool', '--response-info', '--infile', given[-1]).decode()
        self.assertIn('Certificate Status: revoked', text)

    def test_several_certificates_in_one_response(self):
        request = self.folder / 'both.req'
        run('openssl', 'ocsp', '-issuer', self.world.middle.cert, '-cert', self.world.bob.cert,
            '-cert', self.world.alice.cert, '-reqout', request)
        given = self.answer(self.world.bad_index, self.world.responder, request=request)
        self.expect_reasons(REVOKED, self.by_openssl, *given)
        self.expect_reasons(GOOD, sign(self.world, self.world.bob), *given)

    def test_stale_and_of_the_future(self):
        for index in (self.world.good_index, self.world.bad_index):
            given = self.answer(index, self.world.responder)
            for days, fresh in ((2, True), (4, False)):
                expected = (GOOD if index == self.world.good_index else REVOKED) \
                    if fresh else UNKNOWN
                self.expect_reasons(expected, self.by_openssl, '--time', later(days), *given)
            # before anything was issued
            self.assertNotEqual(self.reason(self.by_openssl, 'if-available', '--time',
                                            later(-2), *given), 'cert-revoked')

    def test_of_others(self):
        """Of strangers with the same names, and of somebody who may not answer."""
        world, other = self.world, self.other
        for index in (other.good_index, other.bad_index):
            for signer in (other.middle.person, other.responder):
                self.expect_reasons(UNKNOWN, self.by_openssl,
                                    *self.answer(index, signer, world=other))
        for signer in (world.bob, other.responder, other.middle.person, world.root.person):
            self.expect_reasons(UNKNOWN, self.by_openssl, *self.answer(
                world.bad_index, signer))

    def test_beside_lists(self):
        """Whoever says revoked is right."""
        world = self.world
        good = self.answer(world.good_index, world.responder)
        bad = self.answer(world.bad_index, world.responder)
        self.expect_reasons(REVOKED, self.by_openssl, *good, '--crl', world.bad)
        self.expect_reasons(REVOKED, self.by_openssl, *bad, '--crl', world.good)
        self.expect_reasons(REVOKED, self.by_openssl, *good, *bad)
        self.expect_reasons(GOOD, self.by_openssl, *good, '--crl', world.stale_bad)

    def test_about_the_intermediate(self):
        world = self.world
        for index, expected in ((world.good_index, GOOD), (world.bad_index, REVOKED)):
            leaf = self.answer(index, world.responder)[2:]
            path = world.root.answer('middle', world.root.folder / 'index.txt',
                                     world.middle.cert, world.root.person)
            self.expect_reasons(REVOKED, self.by_openssl, *leaf, *self.given(path))
            self.expect_reasons(expected, self.by_openssl, *leaf,
                                *self.given(world.root_list))


if __name__ == '__main__':
    unittest.main()
