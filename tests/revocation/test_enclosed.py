#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""CRLs inside of the signed message: openssl writes none, so they are put in afterwards."""

import base64
import pathlib
import sys
import unittest

from authority import sign
from scene import GOOD, REVOKED, UNKNOWN, SceneTest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'abuse'))

import der  # noqa: E402

CRLS = 0xa1


def enclose(signed, *lists):
    """SignedData.crls [RFC5652-5.1] is behind the certificates; no signature covers it."""
    tree = der.parse(signed)
    parts = tree[1][0].children
    crls = der.Node(CRLS, b''.join(path.with_suffix('.der').read_bytes() for path in lists))
    at = next(i for i, part in enumerate(parts) if part.tag == 0xa0 and i > 0) + 1
    parts.insert(at, crls)
    return tree.encode()


class Enclosed(SceneTest):
    def message(self, *lists, person=None):
        person = person or self.world.alice
        signed = sign(self.world, person, '-nodetach', '-binary', '-outform', 'DER')
        lines = base64.encodebytes(enclose(signed, *lists)).replace(b'\n', b'\r\n')
        return (b'From: %s\r\nMIME-Version: 1.0\r\n'
                b'Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n'
                b'Content-Transfer-Encoding: base64\r\n\r\n' % person.address.encode()) + lines

    def test_own_signer(self):
        world = self.world
        self.expect_reasons(REVOKED, self.message(world.bad))
        self.expect_reasons(REVOKED, self.message(world.bad, world.root_list))
        self.expect_reasons(REVOKED, self.message(world.good, world.bad))
        self.expect_reasons(GOOD, self.message(world.good, world.root_list))
        self.expect_reasons(GOOD, self.message(world.bad, world.root_list, person=world.bob))
        self.expect_reasons(REVOKED, self.message(world.root_bad))

    def test_nothing_new(self):
        for lists in ([self.world.stale_bad], [self.other.bad], [self.other.good],
                      [self.world.root_list]):
            self.expect_reasons(UNKNOWN, self.message(*lists))

    def test_beside_supplied_ones(self):
        """Neither side can hide what the other one knows."""
        world = self.world
        roots = self.given(world.root_list)
        self.expect_reasons(REVOKED, self.message(world.good), *roots, *self.given(world.bad))
        self.expect_reasons(REVOKED, self.message(world.bad), *roots, *self.given(world.good))
        self.expect_reasons(GOOD, self.message(world.good), *roots)
        self.expect_reasons(GOOD, self.message(world.good), *roots,
                            *self.given(world.stale_bad))

    def test_detached(self):
        """The same in multipart/signed."""
        text = sign(self.world, self.world.alice)
        head, rest = text.split(b'Content-Transfer-Encoding: base64\r\n', 1)
        fields, body = rest.split(b'\r\n\r\n', 1)
        packed, tail = body.split(b'\r\n\r\n', 1)
        signed = enclose(base64.b64decode(packed), self.world.bad)
        lines = base64.encodebytes(signed).replace(b'\n', b'\r\n')
        message = (head + b'Content-Transfer-Encoding: base64\r\n' + fields + b'\r\n\r\n' +
                   lines + b'\r\n' + tail)
        self.expect_reasons(REVOKED, message)


if __name__ == '__main__':
    unittest.main()
