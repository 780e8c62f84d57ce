# SPDX-License-Identifier: LGPL-2.1-or-later
"""smimegw rules: check and run."""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'cli'))
from support import ALICE, DONE, NOT_PASSED, OFFER, ROOT_CERT, TROUBLE, USAGE, CommandTest  # noqa: E402

EXAMPLE = (b'quarantine_smime_messages:if (smime-gateway-message and not smime-gateway-verified) '
           b'{ quarantine("Policy"); }\n')


class Rules(CommandTest):
    def setUp(self):
        super().setUp()
        self.rules = self.write('r.flt', EXAMPLE)

    def decide(self, message):
        out = self.expect(DONE, 'rules', 'run', '--rules', self.rules, '--from', 'a@b.c', '--to',
                          'd@e.f', '--incoming', '--trust', ROOT_CERT, '--json',
                          message=message).out
        return json.loads(out)['groups'][0]

    def test_check(self):
        self.assertEqual(self.expect(DONE, 'rules', 'check', self.rules).out,
                         b'1 filters, 0 policies\n')
        broken = self.write('b.flt', b'x: if (true) { fly; }')
        self.assertIn(':1:16: expected an action',
                      self.expect(NOT_PASSED, 'rules', 'check', broken).err)
        self.expect(TROUBLE, 'rules', 'check', self.folder / 'none')

    def test_incoming(self):
        signed = self.sign()
        self.assertEqual(self.decide(signed)['action'], 'deliver')
        self.assertEqual(self.decide(self.offer)['action'], 'deliver')
        bad = self.decide(signed.replace(b'Sehr geehrter', b'Sehr geehrte ', 1))
        self.assertEqual((bad['action'], bad['quarantines']), ('quarantine', ['Policy']))
        self.assertIn('quarantine', bad['decided'])

    def test_trace(self):
        out = self.expect(DONE, 'rules', 'run', '--rules', self.rules, '--to', 'd@e.f', OFFER).out
        self.assertIn(b'smime-gateway-message -> false', out)

    def test_usage(self):
        self.expect(USAGE, 'rules', 'run', OFFER)
        self.expect(USAGE, 'rules', 'run', '--rules', self.rules, OFFER)


if __name__ == '__main__':
    unittest.main()
