# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same against a Postfix that runs: who gets the mail that `sendmail -t` is given?

Its own configuration and queue below a folder of its own; it listens to nothing, and all mail
is held. Postfix is started by root only. Environment: READER, the program of reader.c.
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

import fields
import postfix
import senders

SECONDS = 60
MAIN = '''compatibility_level = 3.6
queue_directory = {0}/queue
data_directory = {0}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
myhostname = mx.example.test
mydomain = example.test
maillog_file = {0}/log
maillog_file_prefixes = {0}
alias_maps =
alias_database =
default_transport = error:held
header_checks = regexp:{0}/etc/hold
'''
MASTER = '''pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
postlog unix-dgram n - n - 1 postlogd
'''


class Instance:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='smimegw-postfix-')
        os.chmod(self.folder, 0o755)
        for name in ('etc', 'queue', 'data'):
            os.mkdir(os.path.join(self.folder, name))
        shutil.chown(os.path.join(self.folder, 'data'), 'postfix')
        self.etc = os.path.join(self.folder, 'etc')
        for name, content in (('main.cf', MAIN.format(self.folder)), ('master.cf', MASTER),
                              ('hold', '/^X-Case:/ HOLD\n')):
            with open(os.path.join(self.etc, name), 'w') as out:
                out.write(content)
        for source in ('/etc/postfix/dynamicmaps.cf', '/etc/postfix/postfix-files',
                       '/usr/share/postfix/postfix-files'):
            if os.path.exists(source):
                shutil.copy(source, self.etc)

    def control(self, verb):
        return subprocess.run(['postfix', '-c', self.etc, verb], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)

    def send(self, number, block):
        """From becomes To, lines end as those of a local message do."""
        block = re.sub(rb'(?im)^from(?=[ \t]*:)', b'To', block.replace(b'\r\n', b'\n'))
        mail = b'X-Case: %d\n' % number + block + b'Subject: x\n\nx\n'
        subprocess.run(['sendmail', '-C', self.etc, '-i', '-t', '-f', 'x@example.test'],
                       input=mail, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def held(self):
        hold = os.path.join(self.folder, 'queue', 'hold')
        return [os.path.join(hold, name) for name in os.listdir(hold)]

    def waiting(self):
        drop = os.path.join(self.folder, 'queue', 'maildrop')
        incoming = os.path.join(self.folder, 'queue', 'incoming')
        return os.listdir(drop) + os.listdir(incoming)

    def close(self):
        self.control('stop')
        shutil.rmtree(self.folder)


def records(path):
    """Type and content of each record of a queue file: rec_get(3) in Postfix' sources."""
    with open(path, 'rb') as source:
        data = source.read()
    at = 0
    while at < len(data):
        kind, size, shift, at = data[at:at + 1], 0, 0, at + 1
        while True:
            size |= (data[at] & 0x7f) << shift
            shift, at = shift + 7, at + 1
            if not data[at - 1] & 0x80:
                break
        yield kind, data[at:at + size]
        at += size


def recipients(path):
    number, found = None, []
    for kind, content in records(path):
        if kind == b'N' and content.startswith(b'X-Case: '):
            number = int(content[8:])
        if kind == b'R':
            found.append(content)
    return number, found


@unittest.skipUnless(postfix.IS_THERE and os.geteuid() == 0, 'needs Postfix, and root to start it')
class Cleanup(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.instance = Instance()
        cls.addClassCleanup(cls.instance.close)
        started = cls.instance.control('start')
        if started.returncode != 0:
            raise RuntimeError(started.stdout.decode())
        cls.blocks = [field + b'\r\n' for field in fields.BY_HAND]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(cls.instance.send, range(len(cls.blocks)), cls.blocks))
        end = time.monotonic() + SECONDS
        while cls.instance.waiting() and time.monotonic() < end:
            time.sleep(0.2)
        cls.found = dict(recipients(path) for path in cls.instance.held())

    def test_recipients(self):
        own = senders.ours(self.blocks)
        same, wrong = 0, []
        for number, block in enumerate(self.blocks):
            found = [senders.pair(*senders.text(one).rpartition('@')[::2])
                     for one in self.found.get(number, [])]
            same += own[number] is not None and found == [own[number]]
            if own[number] is not None and found and found != [own[number]]:
                wrong.append('%r: we %r, they %r' % (block, own[number], found))
        print('cleanup(8): %d messages, %d held, %d the same sender, %d against us' % (
            len(self.blocks), len(self.found), same, len(wrong)), flush=True)
        self.assertEqual(wrong, [])
        self.assertGreater(same, 20)
        self.assertFalse(self.instance.waiting())


if __name__ == '__main__':
    unittest.main()
