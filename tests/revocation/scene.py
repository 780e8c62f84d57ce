# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of this folder share: the world, made once, and a look at verdicts."""

import datetime
import functools
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'cli'))

from authority import World, clear_text, sign  # noqa: E402
from support import DONE, NOT_PASSED, TROUBLE, CommandTest  # noqa: E402, F401

_HOLDER = tempfile.TemporaryDirectory()
_FOLDER = pathlib.Path(_HOLDER.name)
RULES = ('off', 'if-available', 'required')
# What a status of the leaf means under each rule.
GOOD = ('ok', 'ok', 'ok')
REVOKED = ('ok', 'cert-revoked', 'cert-revoked')
UNKNOWN = ('ok', 'ok', 'cert-revocation-unknown')


def later(days):
    """An argument of --time."""
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    return moment.strftime('%Y-%m-%dT%H:%M:%SZ')


@functools.cache
def world(name):
    return World(_FOLDER / name)


class SceneTest(CommandTest):
    @classmethod
    def setUpClass(cls):
        cls.world, cls.other = world('ours'), world('others')
        cls.by_openssl = sign(cls.world, cls.world.alice)

    def by_us(self, person):
        return self.expect(DONE, 'sign', '--identity', person.identity,
                           message=clear_text(person)).out

    def reason(self, message, rule, *arguments, verb='verify'):
        """The reason; the exit code must agree with it."""
        result = self.run_command(verb, '--json', '--trust', self.world.root.cert,
                                  '--revocation', rule, *arguments, message=message)
        self.assertIn(result.code, (DONE, NOT_PASSED), result.err)
        reason = json.loads(result.out)['reason']
        self.assertEqual(result.code, DONE if reason == 'ok' else NOT_PASSED)
        return reason

    def expect_reasons(self, expected, message, *arguments, verb='verify'):
        found = tuple(self.reason(message, rule, *arguments, verb=verb) for rule in RULES)
        self.assertEqual(found, expected, arguments)

    def given(self, *paths):
        return [part for path in paths for part in ('--crl', path)]
