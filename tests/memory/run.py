# SPDX-License-Identifier: LGPL-2.1-or-later
"""Peak memory of every operation above the idle process, at sizes up to 1 GB; prints TAP.

DESIGN.md section 6: at most 8 MiB, whatever the size.
Arguments: the generator, the measured program, and sizes in bytes if not the usual ones.
"""

import concurrent.futures
import contextlib
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'interop'))
import pki  # noqa: E402

LIMIT_KB = 8 * 1024
SIZES = [4000, 25000000, 250000000, 1000000000]
ADDRESS = 'rsa2048@example.test'

# operation, the file it reads, the file that is kept for a reader or None
ROUNDS = [
    [('sign-detached', 'plain', 'signed'), ('verify-detached', 'signed', None)],
    [('sign-opaque', 'plain', 'opaque'), ('verify-opaque', 'opaque', None)],
    [('encrypt-cbc', 'plain', 'cbc'), ('decrypt-cbc', 'cbc', None)],
    [('encrypt-gcm', 'plain', 'gcm'), ('decrypt-gcm', 'gcm', None)],
    [('sign-encrypt', 'plain', 'both'), ('decrypt-signed', 'both', None)],
    [('triple', 'plain', 'triple'), ('decrypt-triple', 'triple', None)],
]


class Measure:
    def __init__(self, program, folder, anchors, identity):
        self.command = [program, anchors, identity]
        self.folder = folder

    def one(self, operation, source, target):
        """Idle KB, peak KB, seconds, and what went wrong or ''."""
        out = os.path.join(self.folder, target) if target else '/dev/null'
        done = subprocess.run(self.command + [operation, os.path.join(self.folder, source), out],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            return 0, 0, 0.0, done.stderr.decode(errors='replace').strip() or 'crashed'
        idle, peak, seconds = done.stdout.split()
        return int(idle), int(peak), float(seconds), ''

    def round(self, steps):
        """The writer, then the reader of what it wrote; the file goes away after."""
        results = []
        for operation, source, target in steps:
            results.append((operation, self.one(operation, source, target)))
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(self.folder, steps[0][2]))
        return results


def measure_size(measure, generator, size):
    """All operations at one size, two at a time, as (operation, result)."""
    with open(os.path.join(measure.folder, 'plain'), 'wb') as out:
        subprocess.run([generator, ADDRESS, str(size)], stdout=out, check=True)
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        return [row for rows in pool.map(measure.round, ROUNDS) for row in rows]


def report(number, operation, size, result):
    """One line of TAP; returns whether it failed."""
    idle, peak, seconds, problem = result
    above = peak - idle
    good = problem == '' and above <= LIMIT_KB
    print('%s %d - %-15s %10d bytes: %6d KB above idle (%d), %6.2f s%s' % (
        'ok' if good else 'not ok', number, operation, size, above, idle, seconds,
        ': ' + problem if problem else ''), flush=True)
    return not good


def main():
    generator, program = sys.argv[1:3]
    sizes = [int(size) for size in sys.argv[3:]] or SIZES
    failures = number = 0
    print('1..%d' % (len(sizes) * sum(len(steps) for steps in ROUNDS)))
    with tempfile.TemporaryDirectory(prefix='smimegw-memory-', dir='/var/tmp') as folder:
        keys = pki.Pki(os.path.join(folder, 'pki'))
        measure = Measure(program, folder, keys.root.cert, keys['rsa2048'].identity)
        for size in sizes:
            for operation, result in measure_size(measure, generator, size):
                number += 1
                failures += report(number, operation, size, result)
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
