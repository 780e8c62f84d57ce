# SPDX-License-Identifier: LGPL-2.1-or-later
"""What SQLite and PostgreSQL call differently; connections are those of their DB-API drivers."""

import sqlite3

READ, WRITE = 0, 1


class Sqlite:
    bytes_type, order = 'BLOB', ''

    def __init__(self, path):
        self.path = path

    def connect(self):
        connection = sqlite3.connect(self.path, timeout=5, isolation_level=None,
                                     check_same_thread=False)
        connection.executescript('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
        return connection

    def begin(self, connection, mode):
        connection.execute('BEGIN IMMEDIATE' if mode == WRITE else 'BEGIN')
        # the first look takes the state that is seen
        connection.execute('SELECT 1 FROM record LIMIT 1').fetchall()

    def execute(self, connection, statement, parameters=()):
        return connection.execute(statement, parameters)


class Postgres:
    bytes_type, order = 'BYTEA', 'COLLATE "C"'

    def __init__(self, dsn):
        import psycopg2
        self.driver, self.dsn = psycopg2, dsn

    def connect(self):
        connection = self.driver.connect(self.dsn, connect_timeout=5,
                                         options='-c statement_timeout=10s -c lock_timeout=5s')
        # transactions are the store's
        connection.autocommit = True
        return connection

    def begin(self, connection, mode):
        with connection.cursor() as cursor:
            cursor.execute('BEGIN ISOLATION LEVEL REPEATABLE READ')
            if mode == WRITE:
                cursor.execute('LOCK TABLE record IN SHARE ROW EXCLUSIVE MODE')
            cursor.execute('SELECT 1 FROM record LIMIT 1')

    def execute(self, connection, statement, parameters=()):
        cursor = connection.cursor()
        cursor.execute(statement.replace('?', '%s'), parameters)
        return cursor
