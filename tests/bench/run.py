# SPDX-License-Identifier: LGPL-2.1-or-later
"""Make keys, run the bench program for each kind of key, and join the results.

--quick is the smoke test: two sizes and few runs, TAP, good when both sides agree.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'interop'))
import pki  # noqa: E402

SIZES = ['4K', '100K', '1M', '25M', '250M']
QUICK_SIZES = ['4K', '1M']


def measure(program, folder, key, runs, sizes):
    """Run the program once; returns whether both sides agreed, its table and its rows."""
    path = os.path.join(folder, key + '.json')
    done = subprocess.run([program, folder, key, str(runs), path] + sizes,
                          stdout=subprocess.PIPE)
    rows = []
    if done.returncode == 0:
        with open(path) as source:
            rows = json.load(source)
    return done.returncode == 0, done.stdout.decode(), rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('program')
    parser.add_argument('--quick', action='store_true')
    parser.add_argument('--json', metavar='FILE')
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('--keys', default='rsa2048,p256')
    parser.add_argument('--sizes', default=','.join(SIZES))
    options = parser.parse_args()
    sizes = QUICK_SIZES if options.quick else options.sizes.split(',')
    runs = 1 if options.quick else options.runs
    keys = options.keys.split(',')
    failures = 0
    rows = []
    if options.quick:
        print('1..%d' % len(keys))
    with tempfile.TemporaryDirectory(prefix='smimegw-bench-') as folder:
        pki.Pki(folder)
        for number, key in enumerate(keys, 1):
            good, table, found = measure(options.program, folder, key, runs, sizes)
            rows += found
            failures += not good
            prefix = '# ' if options.quick else ''
            for line in table.splitlines():
                print(prefix + line, flush=True)
            if options.quick:
                print('%s %d - both sides agree with %s' % ('ok' if good else 'not ok', number, key))
    if options.json:
        with open(options.json, 'w') as out:
            json.dump(rows, out, indent=1)
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
