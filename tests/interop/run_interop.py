#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The interoperability matrix: our command against independent S/MIME software, in both
directions, as tables; see operations.py for the rows and peers/ for the columns.

    SMIMEGW=build/examples/cli/smimegw tests/interop/run_interop.py [--peer NAME ...] [--tap]

Ends with `N passed, N failed, N skipped`; skipped are the cells of peers that are not
installed (tools/install-peers does). Cells that a peer can't do are counted apart.
"""

import argparse
import os
import sys
import tempfile
import threading

sys.dont_write_bytecode = True

import controls     # noqa: E402, after the line above
import tables
from matrix import Side
from operations import BOTH, MATRIX, VARIATIONS
from peers.bouncycastle import BouncyCastle
from peers.crypt_smime import CryptSmime
from peers.gpgsm import Gpgsm
from peers.node import Forge, Pkijs
from peers.nss import Nss
from peers.openssl_cms import OpensslCms
from peers.pycryptography import PyCryptography
from pki import KEYS, Pki
from product import Product

PEERS = (OpensslCms, Gpgsm, Nss, BouncyCastle, PyCryptography, CryptSmime, Pkijs, Forge)
SKIPPED = 77


def make_side(direction, command, pki, folder, chosen):
    """Each direction has peers of its own: a reader must not know the writer's chain."""
    peers = {}
    for kind in PEERS:
        if not chosen or kind.name in chosen:
            place = os.path.join(folder, '%s-%d' % (kind.name, BOTH.index(direction)))
            peers[kind.name] = kind.missing() or kind(place, pki)
    return Side(direction, Product(command, pki), pki, peers)


def run_side(side):
    running = [peer for peer in side.peers.values() if not isinstance(peer, str)]
    started = []
    try:
        for peer in running:
            peer.start()
            started.append(peer)
        side.run(MATRIX + VARIATIONS, KEYS)
        side.controls = controls.run(side)
    finally:
        for peer in started:
            peer.stop()


def run_sides(sides):
    """One thread for each direction; the work is in other processes."""
    failures = []

    def run(side):
        try:
            run_side(side)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=[side]) for side in sides]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--peer', action='append', default=[], help='only this one')
    parser.add_argument('--tap', action='store_true',
                        help='print each cell as a line of TAP too')
    options = parser.parse_args()
    command = os.path.abspath(os.environ.get('SMIMEGW', 'build/examples/cli/smimegw'))
    if not os.path.exists(command):
        print('no command %s' % command)
        return SKIPPED
    if OpensslCms.missing():
        print('no openssl, which makes the keys')
        return SKIPPED
    parent = os.environ.get('INTEROP_DIR')
    with tempfile.TemporaryDirectory(prefix='interop-', dir=parent) as folder:
        pki = Pki(os.path.join(folder, 'pki'))
        sides = [make_side(direction, command, pki, folder, options.peer)
                 for direction in BOTH]
        run_sides(sides)
    return tables.report(sides, options.tap)


if __name__ == '__main__':
    sys.exit(main())
