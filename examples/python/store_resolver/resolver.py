# SPDX-License-Identifier: LGPL-2.1-or-later
"""A resolver of libsmimegw in Python: where certificates can be looked up, and no more.

It needs a table with a column of addresses and one of certificates in DER, as many hosts have
one already. Addresses are asked for as smimegw_address_normalise() makes them (lower case,
domains as A-labels): the column must hold them so, or people without a key would be told of who
have one. A lookup that raises has failed for all of its addresses; one with a certificate that
can't be read has failed for that address: the message waits.
"""

import logging


class Resolver:
    """What smimegw_gateway_add_resolver() takes is `pointer`."""

    QUERY = 'SELECT certificate FROM directory WHERE lower(address) = ?'

    def __init__(self, library, database, grade):
        self.library, self.database = library, database
        ffi = library.ffi
        # it lives as long as the resolver: C holds no reference
        self.callback = ffi.callback('smimegw_resolve_fn', self.lookup, error=0,
                                     onerror=self._note)
        table = ffi.new('struct smimegw_resolver_functions *', {'lookup': self.callback})
        table.size = ffi.sizeof(table[0])
        self.pointer = library.make('resolver', 'resolver_new', table, ffi.NULL, grade)

    def close(self):
        self.library.lib.smimegw_resolver_unref(self.pointer)

    @staticmethod
    def _note(kind, value, traceback):
        logging.error('resolver: %s', value, exc_info=(kind, value, traceback))

    def lookup(self, _userdata, plan, addresses, count):
        connection = self.database.connect()
        try:
            for i in range(count):
                rows = self.database.execute(connection, self.QUERY,
                                             (self.library.text(addresses[i]),)).fetchall()
                self._answer(plan, addresses[i], [bytes(row[0]) for row in rows])
        finally:
            connection.close()
        return self.library.lib.SMIMEGW_ANSWERED

    def _answer(self, plan, address, certificates):
        library, certs = self.library, []
        try:
            for der in certificates:
                certs.append(library.make('cert', 'cert_new', der, len(der)))
        except Exception as error:
            library.call('plan_supply_failure', plan, address, str(error).encode())
        else:
            library.call('plan_supply', plan, address, certs, len(certs), 0)
        finally:
            for cert in certs:
                library.lib.smimegw_cert_unref(cert)
