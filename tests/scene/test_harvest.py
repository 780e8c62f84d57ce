# SPDX-License-Identifier: LGPL-2.1-or-later
"""C32-C39: public keys from signed mail of others, while the clock goes on."""

import contextlib
import datetime
import itertools
import json
import sqlite3
import time
import unittest

from stage import (ALICE, BOB, CAROL, DONE, NOT_PASSED, SIGNED, TEXT,
                   Credential, SceneTest, command, letter, openssl)

HOUR, DAY = 3600, 86400
BOUNCED = 4
# Mail that was signed today comes in on other days.
ANY_DAY = ['--set', 'clock-skew=31536000']


class HarvestTest(SceneTest):
    def setUp(self):
        super().setUp()
        self.writer = self.peer('openssl', 'ca')
        self.store = self.folder / 'store.db'
        self.expect(DONE, 'store', 'create', '--store', self.store)

    def clock(self, seconds):
        now = datetime.datetime.now(datetime.timezone.utc)
        return (now + datetime.timedelta(seconds=seconds)).strftime('%Y-%m-%dT%H:%M:%SZ')

    def signed(self, who, *, sender=None, writer=None, how=SIGNED):
        entity = (writer or self.writer).sign(TEXT, self.world[who], how)
        return letter(sender or self.world[who].address, [ALICE], entity=entity)

    def take(self, message, *policy, after=0, trust=('ca', 'ca-b'), more=(), harvest='on'):
        """Receive a message; the verdict with what was harvested."""
        settings = ['harvest=' + harvest, *('harvest-' + rule for rule in policy)] if harvest else []
        words = [word for setting in settings for word in ('--policy-set', setting)]
        words += [word for name in trust for word in ('--trust', self.world[name].cert)]
        out = self.folder / 'delivered.eml'
        result = self.expect(DONE, 'receive', '--store', self.store, *words, *ANY_DAY, '--time',
                             self.clock(after), *more, '--json', '-o', out, message=message)
        self.assertEqual(out.read_bytes(), message)
        self.warnings = result.err
        return json.loads(result.out)

    def outcome(self, *arguments, **options):
        """(what became of the signer's key, why)"""
        signer, = self.take(*arguments, **options)['harvest']['signers']
        return signer['outcome'], signer['reason']

    def harvested(self):
        """{address: [record]}, as `harvest list` tells."""
        found = {}
        text = self.expect(DONE, 'harvest', 'list', '--store', self.store, '--json').out
        for record in json.loads(text)['harvested']:
            found.setdefault(record['addresses'], []).append(record)
        return found

    def alerts(self):
        text = self.expect(DONE, 'harvest', 'alerts', '--store', self.store, '--json').out
        return json.loads(text)['alerts']

    def later(self):
        """Signing times have seconds."""
        time.sleep(1.05)

    def plan(self, address, *more, code=DONE):
        options = ['--set', 'mode=encrypt', '--store', self.store, '--from', ALICE, '--to', address]
        document = json.loads(self.expect(code, 'plan', *options, *more, '--json',
                                          message=letter(to=[address])).out)
        return document['recipients'][0]

    def send(self, address, *more):
        """What an encrypted mail is for its reader."""
        folder = self.folder / ('out-%d' % len(self.files()))
        self.expect(DONE, 'protect', '--set', 'mode=encrypt', '--store', self.store, '--from', ALICE, '--to',
                    address, '--out-dir', folder, *more, message=letter(to=[address], entity=TEXT))
        return (folder / '1.eml').read_bytes()


class C32(HarvestTest):
    """Off by default, switched on by a policy."""

    def test_off(self):
        for harvest in (None, 'off'):
            self.assertNotIn('harvest', self.take(self.signed('bob'), harvest=harvest))
        self.assertEqual(self.harvested(), {})

    def test_by_a_policy_of_a_name(self):
        policies = ['--store', self.store]
        self.expect(DONE, 'policy', 'create', *policies, 'partners', '--set', 'harvest=on')
        self.expect(DONE, 'policy', 'create', *policies, 'others')
        for name, count in (('others', 0), ('partners', 1)):
            self.take(self.signed('bob'), harvest=None, more=['--policy', name])
            self.assertEqual(len(self.harvested()), count)
        record, = self.harvested()[BOB]
        self.assertEqual((record['state'], record['grade']), ('used', 'chain'))

    def test_what_a_mail_client_signed(self):
        client = self.peer('camel', 'ca')
        self.assertEqual(self.outcome(self.signed('carol', writer=client)), ('stored', 'by-policy'))
        self.assertEqual(list(self.harvested()), [CAROL])

    def test_only_of_what_passed(self):
        broken = self.signed('bob').replace(b'every byte', b'Every byte')
        self.assertEqual(self.outcome(broken), ('refused', 'not-passed'))
        foreign = self.signed('carol', sender=BOB)
        self.assertEqual(self.outcome(foreign), ('refused', 'not-passed'))
        self.assertEqual(self.harvested(), {})

    def test_an_incoming_filter_harvests(self):
        sent = self.signed('bob')
        made = self.expect(DONE, 'filter', '--incoming', '--mta', '--store', self.store, '--trust',
                           self.world['ca-b'].cert, '--policy-set', 'harvest=on', message=sent)
        self.assertEqual(made.out, sent)
        self.assertEqual(list(self.harvested()), [BOB])

    def test_trouble_costs_no_message(self):
        """The store is busy for too long: the mail is delivered all the same."""
        sent = self.signed('bob')
        with contextlib.closing(sqlite3.connect(self.store)) as other:
            other.execute('BEGIN IMMEDIATE')
            self.assertNotIn('harvest', self.take(sent))
        self.assertIn('warning: no public keys were collected: the store is busy', self.warnings)
        self.assertEqual(self.outcome(sent), ('stored', 'by-policy'))

    def test_a_store_that_keeps_none(self):
        keys = self.folder / 'keys.pem'
        self.expect(DONE, 'store', 'create', '--store', keys)
        options = ['--trust', self.world['ca-b'].cert, '--policy-set', 'harvest=on']
        for store in ([], ['--store', keys]):
            sent = self.signed('bob')
            result = self.expect(DONE, 'receive', *store, *options, message=sent)
            self.assertEqual(result.out, sent)
            self.assertIn('warning: the policy harvests', result.err)


class C33(HarvestTest):
    """Neither expired nor self-signed certificates, by default."""

    def self_signed(self):
        own = Credential(self.world.folder, 'own', 'rsa2048', None)
        own.chain, own.address = self.world['ca'].cert, 'own@b.example'
        self.world.leaves['own'] = own
        command('cert', 'create', '--force', '--address', own.address, '--key-size', '2048', '-o', own.identity)
        openssl('x509', '-in', own.identity, '-out', own.cert)
        openssl('pkey', '-in', own.identity, '-out', own.key)
        return own

    def test_expired(self):
        sent, later = self.signed('bob'), 40 * DAY
        self.assertEqual(self.outcome(sent, after=later)[0], 'refused')
        self.assertEqual(self.outcome(sent, 'on-failure=yes', after=later), ('refused', 'expired'))
        self.assertEqual(self.outcome(sent, 'on-failure=yes', 'expired=yes', after=later),
                         ('untrusted', 'not-passed'))
        self.assertEqual(self.outcome(sent, after=DAY), ('stored', 'by-policy'))

    def test_self_signed(self):
        own = self.self_signed()
        pin = ['--pin', own.cert]
        self.assertEqual(self.outcome(self.signed('own'), more=pin), ('refused', 'self-signed'))
        self.assertEqual(self.outcome(self.signed('own'), 'self-signed=yes', more=pin), ('stored', 'by-policy'))
        record, = self.harvested()[own.address]
        self.assertEqual(record['grade'], 'harvested')


class C34(HarvestTest):
    """Switch: also when verification failed; such keys are kept apart, and never used."""

    def test_untrusted(self):
        sent = self.signed('bob')
        self.assertEqual(self.outcome(sent, trust=['ca']), ('refused', 'not-passed'))
        self.assertEqual(self.outcome(sent, 'on-failure=yes', trust=['ca']), ('untrusted', 'not-passed'))
        record, = self.harvested()[BOB]
        self.assertEqual((record['state'], record['grade'], record['last_seen']), ('untrusted', 'untrusted', None))
        self.assertEqual(self.plan(BOB, code=BOUNCED)['outcome'], 'bounced')

    def test_it_becomes_trusted_by_a_pass(self):
        sent = self.signed('bob')
        self.take(sent, 'on-failure=yes', trust=['ca'])
        self.assertEqual(self.outcome(sent)[0], 'stored')
        self.assertEqual(self.plan(BOB)['outcome'], 'encrypted')


class C35(HarvestTest):
    """Switch: a newer key takes the place of the known one."""

    def test_switch(self):
        self.take(self.signed('bob'))
        self.later()
        update = self.signed('bob-new')
        self.assertEqual(self.outcome(update), ('refused', 'not-updating'))
        self.assertEqual(self.outcome(update, 'updated=yes'), ('updated', 'by-policy'))
        record, = self.harvested()[BOB]
        self.assertNotIn('RSA-2048', record['key'])
        self.assertEqual(self.writer.decrypt(self.send(BOB), self.world['bob-new']), TEXT)

    def test_never_back_by_a_replay(self):
        old = self.signed('bob')
        self.later()
        self.take(self.signed('bob-new'))
        self.assertEqual(self.outcome(old, 'updated=yes'), ('refused', 'old-signature'))
        self.assertEqual(self.writer.decrypt(self.send(BOB), self.world['bob-new']), TEXT)

    def test_another_issuer_waits_for_the_administrator(self):
        self.take(self.signed('bob'))
        self.later()
        self.assertEqual(self.outcome(self.signed('bob-other'), 'updated=yes'), ('held', 'new-issuer'))
        self.assertIn('warning: bob@b.example signs with a key of another issuer', self.warnings)
        self.assertEqual([record['state'] for record in self.harvested()[BOB]].count('held'), 1)
        self.assertEqual(self.writer.decrypt(self.send(BOB), self.world['bob']), TEXT)
        alert, = self.alerts()
        self.assertEqual((alert['alert'], alert['address']), ('new-issuer', BOB))


class C36(HarvestTest):
    """An alert when several updated keys come from one domain within 48 hours: one a window."""

    def update(self, who, hours):
        self.later()
        self.take(self.signed(who), 'updated=yes', after=hours * HOUR)
        return self.warnings.count('updated public keys came from b.example')

    def test_window(self):
        self.take(self.signed('bob'))
        self.take(self.signed('ben'))
        self.assertEqual(self.update('bob-new', 1), 0)
        self.assertEqual(self.alerts(), [])
        self.assertEqual(self.update('ben-new', 48), 1)
        self.assertEqual(self.update('bob-newer', 49), 0)
        alert, = self.alerts()
        self.assertEqual((alert['alert'], alert['domain']), ('updated-keys', 'b.example'))
        text = self.expect(DONE, 'harvest', 'alerts', '--store', self.store).out.decode()
        self.assertIn('updated-keys', text)
        # the window is over: what came in it counts no more, and the next two are told anew
        self.assertEqual(self.update('ben-newer', 96.5), 1)

    def test_not_with_more_than_48_hours_between(self):
        self.take(self.signed('bob'))
        self.take(self.signed('ben'))
        self.assertEqual(self.update('bob-new', 1), 0)
        self.assertEqual(self.update('ben-new', 50), 0)
        self.assertEqual(self.alerts(), [])


class C37(HarvestTest):
    """The repository has a bound; when it is full, unused keys go, an administrator's never."""

    def large(self, name):
        """A signer with a certificate of 15 kB."""
        self.world.leaves.pop(name, None)
        comment = 'nsComment=' + 'x' * 15000 + '\n'
        leaf = self.world._issue(name, 'p256', self.world['ca-b'],
                                 'keyUsage=digitalSignature,keyAgreement\nsubjectAltName=email:%s@b.example\n%s'
                                 % (name, comment))
        leaf.address = name + '@b.example'
        self.world.leaves[name] = leaf

    def test_unused_ones_go_first(self):
        small = ['--set', 'size-limit=65536']
        names = ['big%d' % number for number in range(6)]
        for hour, name in zip(itertools.count(), names[:3]):
            self.large(name)
            self.take(self.signed(name), after=hour * HOUR, more=small)
        self.send('big0@b.example', '--time', self.clock(3 * HOUR))
        self.assertIsNotNone(self.harvested()['big0@b.example'][0]['last_used'])
        promoted = self.harvested()['big1@b.example'][0]['name']
        self.expect(DONE, 'harvest', 'promote', '--store', self.store, promoted, 'Big One')
        for hour, name in zip(itertools.count(4), names[3:]):
            self.large(name)
            self.take(self.signed(name), after=hour * HOUR, more=small)
        left = set(self.harvested())
        self.assertIn('big0@b.example', left)
        self.assertIn('big5@b.example', left)
        self.assertNotIn('big2@b.example', left)
        self.expect(DONE, 'store', 'show', '--store', self.store, 'Big One')

    def test_the_bound_is_512_megabytes(self):
        settings = self.expect(DONE, 'settings').out.decode()
        self.assertRegex(settings, r'(?m)^  size-limit +512M ')


class C38(HarvestTest):
    """List, show, copy; an administrator adds one to the public keys for verification."""

    def setUp(self):
        super().setUp()
        sent, self.when = self.signed('bob'), self.clock(HOUR)
        self.take(sent, more=['--set', 'time=' + self.when])
        self.name = self.harvested()[BOB][0]['name']

    def command(self, code, verb, *arguments):
        return self.expect(code, 'harvest', verb, '--store', self.store, *arguments)

    def test_list_and_show(self):
        text = self.command(DONE, 'list').out.decode()
        for line in (self.name, 'addresses    ' + BOB, 'state        used', 'grade        chain',
                     'first seen   ' + self.when):
            self.assertIn(line, text)
        record = json.loads(self.command(DONE, 'show', self.name, '--json').out)
        self.assertEqual((record['added'], record['last_used']), (self.when, None))
        self.assertIn('CN=ca-b', record['issuer'])
        self.command(NOT_PASSED, 'show', 'nobody')

    def test_copy(self):
        out = self.folder / 'copy.pem'
        self.command(DONE, 'show', self.name, '-o', out)
        found = openssl('x509', '-in', str(out), '-outform', 'DER')
        self.assertEqual(found, openssl('x509', '-in', self.world['bob'].cert, '-outform', 'DER'))

    def reason(self):
        result = self.expect(DONE, 'receive', '--store', self.store, '--json', '-o', self.folder / 'x.eml',
                             message=self.signed('bob'))
        return json.loads(result.out)['reason']

    def test_promoted_it_verifies(self):
        self.assertEqual(self.reason(), 'cert-untrusted')
        self.command(DONE, 'promote', self.name, 'Bob')
        self.assertEqual(self.reason(), 'ok')
        self.assertEqual(self.harvested(), {})
        record = json.loads(self.expect(DONE, 'store', 'show', '--store', self.store, 'Bob', '--json').out)
        self.assertEqual((record['kind'], record['grade']), ('key', 'administrator'))
        self.command(NOT_PASSED, 'promote', self.name)
        self.expect(DONE, 'store', 'rm', '--store', self.store, 'Bob')
        self.assertEqual(self.reason(), 'cert-untrusted')

    def test_an_administrators_key_stays(self):
        self.command(DONE, 'promote', self.name)
        self.later()
        self.assertEqual(self.outcome(self.signed('bob-new'), 'updated=yes'), ('refused', 'administrator'))
        self.assertEqual(self.writer.decrypt(self.send(BOB), self.world['bob']), TEXT)

    def test_remove(self):
        self.command(NOT_PASSED, 'rm', self.name, 'nobody')
        self.assertEqual(len(self.harvested()), 1)
        self.command(DONE, 'rm', self.name)
        self.assertEqual(self.harvested(), {})


class C39(HarvestTest):
    """Harvested keys encrypt to their owner, a business or a consumer."""

    def test_business(self):
        self.assertEqual(self.plan(BOB, code=BOUNCED)['outcome'], 'bounced')
        self.take(self.signed('bob'))
        found = self.plan(BOB, '--trust', self.world['ca-b'].cert)
        self.assertEqual((found['outcome'], found['grade']), ('encrypted', 'chain'))
        made = self.expect(DONE, 'filter', '--mta', '--outgoing', '--set', 'mode=encrypt', '--store', self.store,
                           '--from', ALICE, '--', BOB, message=letter(entity=TEXT)).out
        self.assertEqual(self.writer.decrypt(made, self.world['bob']), TEXT)
        made = self.expect(DONE, 'sign-encrypt', '--identity', self.world['a'].identity, '--store', self.store,
                           '--to', BOB, message=letter(entity=TEXT)).out
        self.assertEqual(self.writer.verify(self.writer.decrypt(made, self.world['bob'])), TEXT)

    def test_consumer(self):
        client = self.peer('camel', 'ca')
        self.take(self.signed('carol', writer=client))
        client.trust(self.world['ca'].cert, ',C,')
        shown, found = client.open(self.send(CAROL), self.world['carol'])
        self.assertEqual(found, ['encrypted'])
        self.assertIn(b'every byte counts', shown)

    def test_not_for_others(self):
        self.take(self.signed('bob'))
        self.assertEqual(self.plan('robert@b.example', code=BOUNCED)['outcome'], 'bounced')

    def test_not_where_the_profile_wants_more(self):
        self.take(self.signed('bob'))
        more = ['--set', 'lowest-grade=administrator']
        self.assertEqual(self.plan(BOB, *more, code=BOUNCED)['outcome'], 'bounced')
        more = ['--set', 'lowest-grade=chain']
        self.assertEqual(self.plan(BOB, *more, code=BOUNCED)['outcome'], 'bounced')
        self.assertEqual(self.plan(BOB, *more, '--trust', self.world['ca-b'].cert)['outcome'], 'encrypted')


if __name__ == '__main__':
    unittest.main()
