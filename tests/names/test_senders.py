# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our reading of From against that of others: a disagreement is never a sender (AC-113).

Environment: READER, the program of reader.c.
"""

import email
import email.policy
import email.utils
import re
import unittest
import warnings

import fields
import postfix
from senders import ours, pair, text, unquoted

MADE = 6000


def values(block):
    """What stands behind each `From:`, by a reader that knows lines and folding only."""
    unfolded = re.sub(rb'\r?\n([ \t])', rb'\1', block)
    lines = re.split(rb'\r?\n', unfolded)
    return [line[5:] for line in lines if line[:5].lower() == b'from:']


def by_policy(block):
    message = email.message_from_bytes(block + b'\r\n\r\n', policy=email.policy.default)
    found = [one for field in message.get_all('From', []) for one in field.addresses]
    return [pair(one.username, one.domain) for one in found]


def by_compat(strict):
    def read(block):
        message = email.message_from_bytes(block + b'\r\n\r\n', policy=email.policy.compat32)
        raw = [value for name, value in message.raw_items() if name.lower() == 'from']
        options = {} if strict is None else {'strict': strict}
        return [unquoted(one) for _, one in email.utils.getaddresses(raw, **options) if one]
    return read


def by_postfix():
    parser = postfix.Parser()

    def read(block):
        found = [text(one) for value in values(block) for one in parser.addresses(value)]
        return [pair(*one.rpartition('@')[::2]) for one in found]
    return read


def peers():
    found = {'email, policy default': by_policy,
             'getaddresses, strict': by_compat(None)}
    try:
        email.utils.getaddresses([''], strict=False)
        found['getaddresses, lenient'] = by_compat(False)
    except TypeError:
        pass  # older than the repair: the only one there is, is lenient
    if postfix.IS_THERE:
        found['Postfix'] = by_postfix()
    return found


class Senders(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        blocks = [field + b'\r\n' for field in fields.BY_HAND]
        blocks += [field + b'\r\n' for field in fields.made(MADE)]
        cls.blocks = blocks
        cls.ours = ours(blocks)
        cls.found = {}

    def read(self, name, reader):
        """What a peer finds in each; an exception, of whatever kind, is nothing found."""
        if name in self.found:
            return self.found[name]
        found, broken = [], 0
        for block in self.blocks:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter('ignore')
                    # a word without a domain is nobody: `"Al<CRLF> ice" <a@b>` makes Python
                    # give ('', 'Al')
                    found.append([one for one in reader(block) if one[1]])
            except Exception:  # pylint: disable=broad-except
                found.append([])
                broken += 1
        self.assertLess(broken, len(found) // 50)
        self.found[name] = found
        return found

    def compare(self, name, found):
        same, only_peer, only_us, wrong = 0, 0, 0, []
        for block, own, others in zip(self.blocks, self.ours, found):
            if own is None:
                only_peer += len(others) == 1
            elif not others:
                only_us += 1
            elif others == [own]:
                same += 1
            else:
                wrong.append('%r: we %r, they %r' % (block, own, others))
        print('%-24s %5d the same sender, %5d one for them only, %4d for us only, %d against us' % (
            name, same, only_peer, only_us, len(wrong)), flush=True)
        self.assertEqual(wrong, [], '%d of them' % len(wrong))
        return same

    def test_all_are_answered(self):
        self.assertEqual(len(self.ours), len(self.blocks))
        self.assertGreaterEqual(len(self.blocks), 1000)

    def test_peers(self):
        """Who finds one sender finds ours; who finds others does so only where we find none."""
        for name, reader in peers().items():
            with self.subTest(name):
                self.assertGreater(self.compare(name, self.read(name, reader)), 500)

    def test_postfix_is_there(self):
        self.assertTrue(postfix.IS_THERE, 'install postfix')

    def test_every_one_is_known(self):
        """A sender that we find is found by at least one other reader, too."""
        tables = [self.read(name, reader) for name, reader in peers().items()]
        alone = [block for at, block in enumerate(self.blocks)
                 if self.ours[at] and not any([self.ours[at]] == table[at] for table in tables)]
        self.assertEqual(alone, [])


if __name__ == '__main__':
    unittest.main()
