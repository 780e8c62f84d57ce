# SPDX-License-Identifier: LGPL-2.1-or-later
"""smimegw rules: check and run."""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'cli'))
from support import (ALICE_CERT, DONE, NOT_PASSED, OFFER, ROOT_CERT, TROUBLE, USAGE, CommandTest,  # noqa: E402
                     body_of)

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

    def changed(self, code, rules, *more, to=('d@e.f',), message=None):
        self.rules = self.write('r.flt', rules.encode())
        out = self.folder / 'out.eml'
        words = [word for address in to for word in ('--to', address)]
        result = self.expect(code, 'rules', 'run', '--rules', self.rules, '--from', 'a@b.c', *words, '-o', out,
                             *more, message=message or self.offer)
        return result, out.read_bytes() if out.exists() else None

    def test_the_changed_message(self):
        rules = 'tag: if (subject == "Angebot") { insert-header("X-Tag", "yes"); drop; }'
        result, made = self.changed(DONE, rules, '--json')
        self.assertEqual(json.loads(result.out)['groups'][0]['action'], 'drop')
        self.assertEqual(made.replace(b'X-Tag: yes\r\n', b''), self.offer)
        self.assertEqual(self.changed(DONE, 'tag: if (false) { drop; }')[1], self.offer)

    def test_only_of_one_policy(self):
        (self.folder / 'out.eml').unlink(missing_ok=True)
        rules = 'policy one { to "d@e.f"; }'
        self.assertIn('several policies', self.changed(USAGE, rules, to=('d@e.f', 'g@h.i'))[0].err)
        self.assertEqual(self.changed(DONE, rules)[1], self.offer)

    def test_groups_of_files(self):
        group = self.write('ours', b'# these\ne.f\n')
        rules = 'tag: if (rcpt-to-group == "ours") { insert-header("X-Tag", "yes"); }'
        for options, count in ((['--group', 'ours=%s' % group], 1), ([], 0)):
            self.assertEqual(self.changed(DONE, rules, *options)[1].count(b'X-Tag'), count)
        self.changed(USAGE, rules, '--group', 'ours')
        self.changed(TROUBLE, rules, '--group', 'ours=/no/such')

    def test_receiving_policy_of_the_rules(self):
        policies = ['--policies', self.folder / 'policies.txt', '--incoming', '--pin', ALICE_CERT]
        self.expect(DONE, 'policy', 'create', *policies[:2], 'strip', '--set', 'signature=remove')
        rules = 'policy strip { to "d@e.f"; receiving-policy strip; }\npolicy rest { }'
        signed = self.sign()
        self.assertEqual(body_of(self.changed(DONE, rules, *policies, message=signed)[1]), body_of(self.offer))
        self.assertEqual(self.changed(DONE, rules, *policies, to=['g@h.i'], message=signed)[1], signed)
        self.changed(USAGE, rules, *policies, to=['d@e.f', 'g@h.i'], message=signed)
        self.changed(TROUBLE, rules, '--incoming', message=signed)

    def test_usage(self):
        self.expect(USAGE, 'rules', 'run', OFFER)
        self.expect(USAGE, 'rules', 'run', '--rules', self.rules, OFFER)


if __name__ == '__main__':
    unittest.main()
