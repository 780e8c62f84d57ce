# SPDX-License-Identifier: LGPL-2.1-or-later
"""--store postgres:... on a server of its own (tests/postgres/server.py): two gateways share it."""

import json
import os
import unittest

from support import DONE, OTHER_CERT, ROOT_CERT, TROUBLE, USAGE, CommandTest

STORE = ['--store', 'postgres:dbname=postgres']


class Postgres(CommandTest):
    def test_two_gateways(self):
        self.expect(DONE, 'store', 'create', *STORE)
        self.expect(DONE, 'store', 'add', *STORE, 'Bob', OTHER_CERT)
        self.expect(DONE, 'policy', 'create', *STORE, 'in', '--set', 'harvest=on')
        self.expect(DONE, 'receive', *STORE, '--policy', 'in', '--trust', ROOT_CERT, message=self.sign())
        uri = ['--store', 'postgresql:///postgres?host=' + os.environ['PGHOST']]
        for store in (STORE, uri):
            found = json.loads(self.expect(DONE, 'harvest', 'list', *store, '--json').out)
            self.assertEqual([record['addresses'] for record in found['harvested']], ['alice@example.com'])
            plan = self.expect(DONE, 'plan', *store, '--set', 'mode=encrypt', '--from', 'a@example.net', '--to',
                               'alice@example.com', '--to', 'rsa2048@example.com', '--json', message=self.offer)
            grades = [recipient['grade'] for recipient in json.loads(plan.out)['recipients']]
            self.assertEqual(grades, ['harvested', 'administrator'])
        self.expect(DONE, 'store', 'check', *STORE)
        self.expect(USAGE, 'store', 'backup', *STORE, self.folder / 'copy')

    def test_no_server(self):
        """Trouble, and nobody's password on stderr."""
        store = ['--store', 'postgres:host=/no/such password=geheim']
        result = self.expect(TROUBLE, 'store', 'list', *store)
        self.assertIn('PostgreSQL', result.err)
        self.assertNotIn('geheim', result.err)
        result = self.run_command('filter', '--mta', '--outgoing', *store, '--set', 'mode=encrypt', '--from', '', '--',
                                  'rsa2048@example.com', message=self.offer)
        self.assertEqual((result.code, result.out), (75, b''))


if __name__ == '__main__':
    unittest.main()
