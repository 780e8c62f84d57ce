# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints the results: a table for each direction, what is behind its marks, and the sums."""

import collections

from layers import CBC
from limitations import LIMITATIONS
from operations import READS, WRITES

WIDTH = 9


def report(sides, tap):
    """Print everything; return the exit code."""
    if tap:
        _print_tap(sides)
    used = {cell.limitation for side in sides for cell in side.cells.values()}
    notes = [_note(limitation) for limitation in LIMITATIONS if limitation in used]
    numbers = {note: number for number, note in enumerate(dict.fromkeys(notes), 1)}
    for side in sides:
        print('\n' + side.direction.upper())
        _print_table(side.peers, _rows(side.cells), numbers)
        _print_choices(side)
        print('\nmust be refused:')
        _print_table(side.peers, _rows(side.controls), numbers)
    _print_limitations(numbers)
    _print_list('limitations that are gone, limitations.py may forget them', 'gone', sides)
    _print_list('failures', 'FAIL', sides)
    for name, peer in sides[0].peers.items():
        if isinstance(peer, str):
            print('\nskipped: %s: %s' % (name, peer))
    return _print_sums(sides)


def _note(limitation):
    verb = 'reading' if limitation.direction == READS else 'writing'
    return '%s, %s: %s' % (limitation.peer, verb, limitation.reason)


def _rows(cells):
    """{row label: {peer: cell}}"""
    rows = collections.defaultdict(dict)
    for (*label, peer), cell in cells.items():
        rows[' '.join('%-22s' % part for part in label)][peer] = cell
    return rows


def _print_table(peers, rows, numbers):
    width = max(map(len, rows), default=0)
    print(' ' * width + ''.join('%*s' % (WIDTH, name) for name in peers))
    for label, row in rows.items():
        marks = [_mark(row[peer], numbers) for peer in peers]
        print('%-*s%s' % (width, label, ''.join('%*s' % (WIDTH, mark) for mark in marks)))


def _print_choices(side):
    """Where a peer leaves no choice, its rows are done in its way."""
    for name, peer in side.peers.items():
        if isinstance(peer, str):
            continue
        if peer.cbc_cipher != CBC and side.direction == WRITES:
            print('AES-CBC is %s with %s' % (peer.cbc_cipher, name))
        if peer.rsa_key_encryption != 'rsa-pkcs1':
            print('RSA keys get %s with %s, where the row leaves it open' % (
                peer.rsa_key_encryption, name))


def _mark(cell, numbers):
    if cell.status == 'n/a' and cell.limitation:
        return 'n/a(%d)' % numbers[_note(cell.limitation)]
    return cell.status


def _print_limitations(numbers):
    print("\nn/a, the peer's own limitations:")
    for note, number in numbers.items():
        print('%4d  %s' % (number, note))


def _all_cells(sides):
    for side in sides:
        for place, cell in list(side.cells.items()) + list(side.controls.items()):
            yield '%s: %s' % (side.direction, ', '.join(place)), cell


def _print_tap(sides):
    judged = [(place, cell) for place, cell in _all_cells(sides) if cell.status != 'n/a']
    print('1..%d' % len(judged))
    for number, (place, cell) in enumerate(judged, 1):
        result = 'not ok' if cell.status == 'FAIL' else 'ok'
        skip = ' # SKIP ' + cell.words if cell.status == 'skip' else ''
        print('%s %d - %s%s' % (result, number, place, skip))


def _print_list(title, status, sides):
    peers = collections.defaultdict(list)   # one line for the same trouble with many peers
    for place, cell in _all_cells(sides):
        if cell.status == status:
            row, peer = place.rsplit(', ', 1)
            peers[row, cell.words].append(peer)
    if peers:
        print('\n%s:' % title)
    for (row, words), names in peers.items():
        print('  %s: %s: %s' % (row, ', '.join(names), words))


def _print_sums(sides):
    counts = collections.Counter(cell.status for _, cell in _all_cells(sides))
    passed, failed = counts['ok'] + counts['gone'], counts['FAIL']
    print("\n%d cells are n/a, the peers' own limitations" % counts['n/a'])
    print('%d passed, %d failed, %d skipped' % (passed, failed, counts['skip']))
    return 1 if failed else 0
