# SPDX-License-Identifier: LGPL-2.1-or-later
"""What we take for the sender, by the program of reader.c in READER."""

import os
import re
import struct
import subprocess


def text(octets):
    return octets.decode('utf-8', 'surrogateescape')


def pair(local, domain):
    """Comparable, whether octets beyond ASCII were read as UTF-8 or carried along."""
    return tuple(text(one.encode('utf-8', 'surrogateescape')) for one in (local, domain.lower()))


def unquoted(address):
    """`"a b"@C` as (a b, c); the domain is empty where there is none."""
    local, at, domain = address.rpartition('@')
    if not at:
        return pair(address, '')
    if len(local) > 1 and local[0] == local[-1] == '"':
        local = re.sub(r'\\(.)', r'\1', local[1:-1], flags=re.DOTALL)
    return pair(local, domain)


def ours(blocks):
    packed = b''.join(struct.pack('<I', len(block)) + block for block in blocks)
    done = subprocess.run([os.environ['READER']], input=packed, stdout=subprocess.PIPE, check=True,
                          timeout=60)
    found = [line.split(' ') for line in done.stdout.decode().splitlines()]
    return [unquoted(text(bytes.fromhex(code))) if state == 'one' else None
            for state, code in found]
