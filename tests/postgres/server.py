# SPDX-License-Identifier: LGPL-2.1-or-later
"""A PostgreSQL server of our own, in a folder, on a UNIX socket there; and a test beside it.

usage: server.py FOLDER start|stop|kill|pause|resume     the server of a folder
       server.py run PROGRAM ARGUMENT...                 a program with a server around it

`run` sets PGHOST and PGUSER for the program, and SERVER to a command that takes one of the
words above. The server is no root's: as root, it runs as the user postgres.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

BIN = max(pathlib.Path('/usr/lib/postgresql').glob('*/bin'), default=pathlib.Path('/usr/bin'))
USER = 'postgres'
# A server that is killed leaves the same behind in memory, and a sync takes no time there.
MEMORY = '/dev/shm' if os.access('/dev/shm', os.W_OK) else None
OPTIONS = ('-c listen_addresses= -c unix_socket_permissions=0777 -c shared_buffers=16MB '
           '-c max_connections=100 -c max_wal_size=16MB -k ')


def command(*words):
    words = [str(word) for word in words]
    if os.geteuid() == 0:
        words = ['setpriv', f'--reuid={USER}', f'--regid={USER}', '--init-groups'] + words
    return words


def run(*words):
    done = subprocess.run(command(*words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f'{words[0]}: exit {done.returncode}\n{done.stdout}')


class Server:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.data = self.folder / 'data'

    def create(self):
        if os.geteuid() == 0:
            shutil.chown(self.folder, USER, USER)
        self.folder.chmod(0o755)
        run(BIN / 'initdb', '-D', self.data, '-A', 'trust', '-U', USER, '-E', 'UTF8',
            '--locale=C', '-k', '-N', '--wal-segsize=1')

    def start(self):
        run(BIN / 'pg_ctl', '-D', self.data, '-l', self.folder / 'log', '-w', '-t', '60', '-o',
            OPTIONS + str(self.folder), 'start')

    def stop(self):
        run(BIN / 'pg_ctl', '-D', self.data, '-w', '-m', 'immediate', 'stop')

    def _processes(self):
        """The first one, and all that it made."""
        first = (self.data / 'postmaster.pid').read_text().split()[0]
        children = pathlib.Path(f'/proc/{first}/task/{first}/children').read_text().split()
        return [int(pid) for pid in [first] + children]

    def _signal(self, which):
        for pid in self._processes():
            try:
                os.kill(pid, which)
            except ProcessLookupError:
                pass

    def kill(self):
        """As the power fails: nobody has time for anything."""
        self._signal(signal.SIGKILL)
        # where nobody reaps them, the next start would take the dead for a running server
        for lock in (self.data / 'postmaster.pid', self.folder / '.s.PGSQL.5432.lock'):
            lock.unlink(missing_ok=True)

    def pause(self):
        self._signal(signal.SIGSTOP)

    def resume(self):
        self._signal(signal.SIGCONT)


def run_program(program):
    with tempfile.TemporaryDirectory(prefix='smimegw-postgres-', dir=MEMORY) as folder:
        server = Server(folder)
        server.create()
        server.start()
        try:
            environment = {**os.environ, 'PGHOST': folder, 'PGUSER': USER,
                           'SERVER': f'{sys.executable} {__file__} {folder}'}
            return subprocess.run(program, env=environment, check=False).returncode
        finally:
            server.stop()


def main():
    first, word, *others = sys.argv[1:]
    if first == 'run':
        sys.exit(run_program([word] + others))
    getattr(Server(first), word)()


if __name__ == '__main__':
    main()
