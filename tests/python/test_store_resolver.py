# SPDX-License-Identifier: LGPL-2.1-or-later
"""examples/python/store_resolver: the rules of a store, and a plan that asks it."""

import logging
import os
import pathlib
import sys
import tempfile
import threading
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS.parent / 'examples' / 'python' / 'store_resolver'))

from binding import Failed, Library  # noqa: E402, after the path
from database import READ, WRITE, Postgres, Sqlite  # noqa: E402
from resolver import Resolver  # noqa: E402
from store import Store  # noqa: E402

library = Library(os.environ['SMIMEGW_LIBRARY'], os.environ['SMIMEGW_FFI'])
ffi, lib = library.ffi, library.lib
ADDRESS = 'rsa2048@example.com'
MAIL = b'From: p256@example.com\r\nSubject: plan\r\n\r\nHello\r\n'


def der(cert):
    size = ffi.new('size_t *')
    data = lib.smimegw_cert_der(cert, size)
    return data, size[0]


def certificate(name):
    pem = (TESTS / 'data' / 'keys' / f'{name}.pem').read_bytes()
    return library.make('cert', 'cert_new', pem, len(pem))


class Transaction:
    """`with` commits, or rolls back where its body raised."""

    def __init__(self, store, mode):
        self.pointer = library.make('transaction', 'transaction_new', store.pointer, mode)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            library.call('transaction_commit', self.pointer)
        else:
            lib.smimegw_transaction_rollback(self.pointer)

    def names(self, what, *arguments):
        found = []

        @ffi.callback('smimegw_record_fn', error=1)
        def take(_userdata, record):
            found.append((library.text(record.name), record.used))
            return 0

        library.call(f'transaction_{what}', self.pointer, *arguments, take, ffi.NULL)
        return found

    def find(self, address):
        keep = ffi.new('char[]', address.encode())
        return [name for name, _ in self.names('find', ffi.new('char *[]', [keep]), 1)]

    def put(self, name, file, flags=0):
        keep, cert = ffi.new('char[]', name.encode()), certificate(file)
        record = ffi.new('struct smimegw_record *', {
            'kind': lib.SMIMEGW_RECORD_KEY, 'grade': lib.SMIMEGW_GRADE_ADMINISTRATOR,
            'name': keep})
        record.size = ffi.sizeof(record[0])
        record.data, record.data_size = der(cert)
        try:
            library.call('transaction_put', self.pointer, record, flags)
        finally:
            lib.smimegw_cert_unref(cert)

    def remove(self, name):
        library.call('transaction_remove', self.pointer, lib.SMIMEGW_RECORD_KEY, name.encode())

    def touch(self, name, time):
        keep = ffi.new('char[]', name.encode())
        library.call('transaction_touch', self.pointer, lib.SMIMEGW_RECORD_KEY,
                     ffi.new('char *[]', [keep]), 1, time)

    def measure(self):
        count, size = ffi.new('int64_t *'), ffi.new('int64_t *')
        library.call('transaction_measure', self.pointer, lib.SMIMEGW_RECORD_KEY, count, size)
        return count[0], size[0]


class Rules:
    """For each database."""

    def setUp(self):
        self.database = self.open_database()
        self.store = Store(library, self.database)
        self.addCleanup(self.store.close)
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)

    def execute(self, statement):
        connection = self.database.connect()
        self.database.execute(connection, statement)
        connection.close()

    def test_records_go_in_and_out(self):
        with Transaction(self.store, WRITE) as transaction:
            transaction.put('b', 'rsa2048')
            transaction.put('a', 'p256')
            transaction.put('d', 'domain')
            with self.assertRaises(Failed):
                transaction.put('a', 'p256')
        with Transaction(self.store, WRITE) as transaction:
            transaction.put('b', 'p256', lib.SMIMEGW_KEYRING_REPLACE)
            transaction.touch('a', 4_000_000_000)
            transaction.remove('d')
        with Transaction(self.store, READ) as transaction:
            kind = lib.SMIMEGW_RECORD_KEY
            self.assertEqual(transaction.names('each', kind, ffi.NULL),
                             [('a', 4_000_000_000), ('b', 0)])
            self.assertEqual(transaction.names('each', kind, b'a'), [('b', 0)])
            self.assertEqual(transaction.names('get', kind, b'a'), [('a', 4_000_000_000)])
            self.assertEqual([name for name, _ in transaction.names('oldest', kind)],
                             ['b', 'a'])
            self.assertEqual(transaction.find(ADDRESS), [])
            self.assertEqual(transaction.find('p256@example.com'), ['a', 'b'])
            self.assertEqual(transaction.measure()[0], 2)
            self.assertGreater(transaction.measure()[1], 500)

    def test_a_transaction_is_whole_or_not_at_all(self):
        with self.assertRaises(ZeroDivisionError):
            with Transaction(self.store, WRITE) as transaction:
                transaction.put('a', 'rsa2048')
                raise ZeroDivisionError
        with Transaction(self.store, READ) as early:
            with Transaction(self.store, WRITE) as transaction:
                transaction.put('b', 'rsa2048')
            self.assertEqual(early.find(ADDRESS), [])
        with Transaction(self.store, READ) as late:
            self.assertEqual(late.find(ADDRESS), ['b'])

    def test_threads(self):
        def add(number):
            for i in range(5):
                with Transaction(self.store, WRITE) as transaction:
                    transaction.put(f'{transaction.measure()[0]:02} {number} {i}', 'rsa2048')
        threads = [threading.Thread(target=add, args=[number]) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with Transaction(self.store, READ) as transaction:
            names = [name for name, _ in
                     transaction.names('each', lib.SMIMEGW_RECORD_KEY, ffi.NULL)]
        # each saw what the ones before it had done
        self.assertEqual([int(name[:2]) for name in names], list(range(20)))

    def test_a_callback_that_raises_is_a_temporary_failure(self):
        self.execute('ALTER TABLE lookup RENAME TO gone')
        with self.assertRaises(Failed) as caught, Transaction(self.store, READ) as transaction:
            transaction.find(ADDRESS)
        self.assertEqual(caught.exception.code, lib.SMIMEGW_E_STORE)

    def test_a_row_that_lies_is_an_error(self):
        with Transaction(self.store, WRITE) as transaction:
            transaction.put('a', 'rsa2048')
        self.execute("UPDATE lookup SET lookup_key = 'mallory@example.com'")
        with self.assertRaises(Failed) as caught, Transaction(self.store, READ) as transaction:
            transaction.find('mallory@example.com')
        self.assertEqual(caught.exception.code, lib.SMIMEGW_E_STORE)

    # --- a plan that asks it ---

    def plan(self, kind='store', source=None):
        """Outcome of the one recipient, and what is sent."""
        gateway = library.make('gateway', 'gateway_new')
        profile = library.make('profile', 'profile_new')
        library.call(f'gateway_add_{kind}', gateway, (source or self.store).pointer)
        library.call('profile_set', profile, b'mode', b'encrypt')
        message = library.make('message', 'message_new', gateway)
        library.call('message_write', message, MAIL, len(MAIL))
        library.call('message_finish', message)
        plan = library.make('plan', 'plan_new', gateway, profile, message)
        library.call('plan_add_recipient', plan, ADDRESS.encode(), ffi.NULL)
        library.call('plan_lookup', plan)
        library.call('plan_decide', plan)
        sent = []

        @ffi.callback('smimegw_write_fn', error=-1)
        def write(_userdata, data, size):
            sent.append(library.bytes(data, size))
            return 0

        outcome = lib.smimegw_plan_recipient_outcome(plan, 0, ffi.NULL, ffi.NULL)
        for delivery in range(lib.smimegw_plan_delivery_count(plan)):
            library.call('plan_delivery_write', plan, delivery, write, ffi.NULL)
        lib.smimegw_plan_free(plan)
        lib.smimegw_message_free(message)
        lib.smimegw_profile_unref(profile)
        lib.smimegw_gateway_unref(gateway)
        return outcome, b''.join(sent)

    def test_a_plan_encrypts_to_what_is_in_the_database(self):
        with Transaction(self.store, WRITE) as transaction:
            transaction.put('a', 'rsa2048')
        outcome, sent = self.plan()
        self.assertEqual(outcome, lib.SMIMEGW_PLAN_ENCRYPTED)
        self.assertIn(b'application/pkcs7-mime', sent)
        self.assertNotIn(b'Hello', sent)

    def test_a_plan_bounces_where_there_is_no_key(self):
        self.assertEqual(self.plan(), (lib.SMIMEGW_PLAN_BOUNCED, b''))

    def test_a_plan_waits_for_a_database_that_fails(self):
        self.execute('ALTER TABLE lookup RENAME TO gone')
        self.assertEqual(self.plan(), (lib.SMIMEGW_PLAN_DEFERRED, b''))

    def test_a_plan_asks_a_resolver(self):
        resolver = Resolver(library, self.database, lib.SMIMEGW_GRADE_CHAIN)
        self.addCleanup(resolver.close)
        # no such table: it raises
        self.assertEqual(self.plan('resolver', resolver), (lib.SMIMEGW_PLAN_DEFERRED, b''))
        connection = self.database.connect()
        self.database.execute(connection, 'CREATE TABLE directory(address TEXT, certificate '
                              f'{self.database.bytes_type})')
        connection.close()
        self.assertEqual(self.plan('resolver', resolver), (lib.SMIMEGW_PLAN_BOUNCED, b''))
        cert = certificate('rsa2048')
        connection = self.database.connect()
        # who fills the table does not always think of lower case
        self.database.execute(connection, 'INSERT INTO directory VALUES(?, ?)',
                              (ADDRESS.upper(), library.bytes(*der(cert))))
        connection.close()
        lib.smimegw_cert_unref(cert)
        outcome, sent = self.plan('resolver', resolver)
        self.assertEqual(outcome, lib.SMIMEGW_PLAN_ENCRYPTED)
        self.assertIn(b'application/pkcs7-mime', sent)
        connection = self.database.connect()
        self.database.execute(connection, 'INSERT INTO directory VALUES(?, ?)', (ADDRESS, b'junk'))
        connection.close()
        self.assertEqual(self.plan('resolver', resolver), (lib.SMIMEGW_PLAN_DEFERRED, b''))


class SqliteStore(Rules, unittest.TestCase):
    def open_database(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return Sqlite(f'{folder.name}/keys.db')


# tests/postgres/server.py sets it
@unittest.skipUnless('PGHOST' in os.environ, 'there is no PostgreSQL server or no psycopg2')
class PostgresStore(Rules, unittest.TestCase):
    def open_database(self):
        database = Postgres('dbname=postgres')
        connection = database.connect()
        for table in ('record', 'lookup', 'gone', 'directory'):
            database.execute(connection, f'DROP TABLE IF EXISTS {table}')
        connection.close()
        return database


if __name__ == '__main__':
    unittest.main()
