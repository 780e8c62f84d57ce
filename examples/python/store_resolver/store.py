# SPDX-License-Identifier: LGPL-2.1-or-later
"""A store of libsmimegw in Python, over a database of the host's.

Each method below is one function of struct smimegw_store_functions. One that raises returns
what cffi puts in its place, 0: the library takes it for a temporary failure, never for "there
is no key".
"""

import logging

COLUMNS = ('kind', 'name', 'grade', 'added', 'used', 'signed_at', 'origin', 'data',
           'capabilities', 'lookup_keys')
NUMBERS = ('kind', 'grade', 'added', 'used', 'signed_at')
FAILED = 0

SCHEMA = '''
    CREATE TABLE IF NOT EXISTS record(
        kind INTEGER, name TEXT {order}, grade INTEGER, added BIGINT, used BIGINT,
        signed_at BIGINT, origin TEXT, data {bytes_type}, capabilities {bytes_type},
        lookup_keys TEXT, PRIMARY KEY(kind, name));
    CREATE TABLE IF NOT EXISTS lookup(
        lookup_key TEXT, kind INTEGER, name TEXT {order}, PRIMARY KEY(lookup_key, kind, name))
'''


class Store:
    """What smimegw_gateway_add_store() and smimegw_transaction_new() take is `pointer`."""

    def __init__(self, library, database):
        self.library, self.database, self.sessions = library, database, {}
        connection = database.connect()
        for statement in SCHEMA.format(**{'order': database.order,
                                          'bytes_type': database.bytes_type}).split(';'):
            database.execute(connection, statement)
        connection.close()
        ffi = library.ffi
        table = ffi.new('struct smimegw_store_functions *')
        table.size = ffi.sizeof(table[0])
        # they live as long as the store: C holds no reference
        self.callbacks = {
            name: ffi.callback(ffi.typeof(getattr(table, name)), getattr(self, name),
                               error=FAILED, onerror=self._note)
            for name in ('begin', 'end', 'get', 'find', 'each', 'oldest', 'put', 'remove',
                         'touch', 'measure')}
        for name, callback in self.callbacks.items():
            setattr(table, name, callback)
        self.pointer = library.make('store', 'store_new', table, ffi.NULL)

    def close(self):
        self.library.lib.smimegw_store_unref(self.pointer)

    @staticmethod
    def _note(kind, value, traceback):
        logging.error('store: %s', value, exc_info=(kind, value, traceback))

    def _run(self, session, statement, parameters=()):
        return self.database.execute(self.sessions[int(self._number(session))], statement,
                                     parameters)

    def _number(self, session):
        return self.library.ffi.cast('uintptr_t', session)

    # --- transactions: a session is a connection ---

    def begin(self, _userdata, mode, ret_session):
        connection = self.database.connect()
        try:
            self.database.begin(connection, mode)
        except BaseException:
            connection.close()
            raise
        self.sessions[id(connection)] = connection
        ret_session[0] = self.library.ffi.cast('void *', id(connection))
        return self.library.lib.SMIMEGW_STORE_DONE

    def end(self, _userdata, session, is_commit):
        connection = self.sessions.pop(int(self._number(session)))
        try:
            self.database.execute(connection, 'COMMIT' if is_commit else 'ROLLBACK')
        finally:
            connection.close()
        return self.library.lib.SMIMEGW_STORE_DONE

    # --- reading ---

    def _hand_over(self, rows, take, take_userdata):
        ffi = self.library.ffi
        for row in rows:
            row = dict(zip(COLUMNS, row))
            record = ffi.new('struct smimegw_record *')
            record.size = ffi.sizeof(record[0])
            for name in NUMBERS:
                setattr(record, name, row[name])
            # what the record points to lives until the next one
            keep = [ffi.new('char[]', text.encode()) for text in
                    [row['name'], row['origin'] or ''] + list(filter(None, row['lookup_keys'].split('\n')))]
            record.name = keep[0]
            record.origin = keep[1] if row['origin'] is not None else ffi.NULL
            data = ffi.from_buffer(row['data'])
            record.data, record.data_size = data, len(data)
            if row['capabilities'] is not None:
                capabilities = ffi.from_buffer(row['capabilities'])
                record.capabilities = capabilities
                record.capabilities_size = len(capabilities)
            keys = ffi.new('char *[]', keep[2:])
            record.lookup_keys, record.lookup_key_count = keys, len(keys)
            if take(take_userdata, record) != 0:
                break
        return self.library.lib.SMIMEGW_STORE_DONE

    def _select(self, session, rest, parameters, take, take_userdata):
        rows = self._run(session, f'SELECT {", ".join(COLUMNS)} FROM record {rest}', parameters)
        return self._hand_over(rows, take, take_userdata)

    def get(self, _userdata, session, kind, name, take, take_userdata):
        return self._select(session, 'WHERE kind = ? AND name = ?',
                            (kind, self.library.text(name)), take, take_userdata)

    def find(self, _userdata, session, lookup_keys, count, take, take_userdata):
        found = set()
        for i in range(count):
            found.update(self._run(session, 'SELECT kind, name FROM lookup WHERE lookup_key = ?',
                                   (self.library.text(lookup_keys[i]),)))
        rows = (self._run(session, f'SELECT {", ".join(COLUMNS)} FROM record WHERE kind = ? '
                          'AND name = ?', key).fetchone() for key in sorted(found))
        return self._hand_over(rows, take, take_userdata)

    def each(self, _userdata, session, kind, after, take, take_userdata):
        return self._select(session, 'WHERE kind = ? AND name > ? ORDER BY name',
                            (kind, self.library.text(after) or ''), take, take_userdata)

    def oldest(self, _userdata, session, kind, take, take_userdata):
        last = 'CASE WHEN used > added THEN used ELSE added END'
        return self._select(session, f'WHERE kind = ? ORDER BY {last}, name', (kind,), take,
                            take_userdata)

    def measure(self, _userdata, session, kind, ret_count, ret_bytes):
        ret_count[0], ret_bytes[0] = map(int, self._run(
            session, 'SELECT count(*), coalesce(sum(length(data) + length(name)), 0) '
            'FROM record WHERE kind = ?', (kind,)).fetchone())
        return self.library.lib.SMIMEGW_STORE_DONE

    # --- writing ---

    def put(self, userdata, session, record):
        library = self.library
        self.remove(userdata, session, record.kind, record.name)
        keys = [library.text(record.lookup_keys[i]) for i in range(record.lookup_key_count)]
        name = library.text(record.name)
        values = [record.kind, name, record.grade, record.added, record.used, record.signed_at,
                  library.text(record.origin), library.bytes(record.data, record.data_size),
                  library.bytes(record.capabilities, record.capabilities_size),
                  '\n'.join(keys)]
        self._run(session, f'INSERT INTO record({", ".join(COLUMNS)}) '
                  f'VALUES({", ".join("?" * len(values))})', values)
        for key in sorted(set(keys)):
            self._run(session, 'INSERT INTO lookup(lookup_key, kind, name) VALUES(?, ?, ?)',
                      (key, record.kind, name))
        return library.lib.SMIMEGW_STORE_DONE

    def remove(self, _userdata, session, kind, name):
        for table in ('lookup', 'record'):
            self._run(session, f'DELETE FROM {table} WHERE kind = ? AND name = ?',
                      (kind, self.library.text(name)))
        return self.library.lib.SMIMEGW_STORE_DONE

    def touch(self, _userdata, session, kind, names, count, time):
        for i in range(count):
            self._run(session, 'UPDATE record SET used = ? WHERE kind = ? AND name = ? AND '
                      'used < ?', (time, kind, self.library.text(names[i]), time))
        return self.library.lib.SMIMEGW_STORE_DONE
